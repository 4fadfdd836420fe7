#include "conformance/bench/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_CAPACITY = 65536 };

bool stream_complain(const struct stream *stream, const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, stream->answer_size > 0 ? stream->answer : strerror(errno));
	return false;
}

static bool stream_connect(struct stream *stream, const char *target)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	unsigned port;
	char host[64];

	if (sscanf(target, "%63[0-9.]:%u", host, &port) != 2 || inet_pton(AF_INET, host, &address.sin_addr) != 1) {
		errno = EINVAL;
		return stream_complain(stream, target);
	}
	address.sin_port = htons((in_port_t)port);
	stream->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(stream->descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	return connect(stream->descriptor, (struct sockaddr *)&address, sizeof address) == 0 || stream_complain(stream, target);
}

bool stream_open(struct stream *stream, const char *target, size_t request_capacity)
{
	*stream = (struct stream){.descriptor = -1, .answer_capacity = ANSWER_CAPACITY};
	stream->answer = malloc(ANSWER_CAPACITY);
	stream->request = malloc(request_capacity);
	if (stream->answer == NULL || stream->request == NULL)
		return stream_complain(stream, "stream");
	return stream_connect(stream, target);
}

void stream_close(struct stream *stream)
{
	if (stream->descriptor >= 0)
		close(stream->descriptor);
	free(stream->answer);
	free(stream->request);
}

bool stream_send(struct stream *stream)
{
	stream->answer_size = 0;
	for (size_t done = 0; done < stream->request_size;) {
		const ssize_t sent = send(stream->descriptor, stream->request + done, stream->request_size - done, MSG_NOSIGNAL);
		if (sent <= 0)
			return stream_complain(stream, "send");
		done += (size_t)sent;
	}
	return true;
}

bool stream_receive(struct stream *stream)
{
	if (stream->answer_size + 1 >= stream->answer_capacity)
		return stream_complain(stream, "the answer is too long");
	const ssize_t got = recv(stream->descriptor, stream->answer + stream->answer_size, stream->answer_capacity - 1 - stream->answer_size, 0);
	if (got <= 0)
		return stream_complain(stream, "receive");
	stream->answer_size += (size_t)got;
	stream->answer[stream->answer_size] = '\0';
	return true;
}

/* --- HTTP --- */

void http_request(struct stream *stream, const char *path, const char *body)
{
	stream->request_size = (size_t)sprintf(stream->request, "POST %s HTTP/1.1\r\nHost: peer\r\nContent-Length: %zu\r\n\r\n%s", path, strlen(body), body);
}

/* A chunked answer is whole when its last chunk, an empty one, is there. */
static bool http_is_whole(const struct stream *stream)
{
	static const char last[] = "\r\n0\r\n\r\n";
	const char *body = strstr(stream->answer, "\r\n\r\n"), *length = strstr(stream->answer, "Content-Length: ");

	if (body == NULL)
		return false;
	const size_t rest = (size_t)(stream->answer + stream->answer_size - body) - 4;
	if (length != NULL && length < body)
		return rest >= strtoul(length + 16, NULL, 10);
	return rest >= sizeof last - 1 && strcmp(stream->answer + stream->answer_size - (sizeof last - 1), last) == 0;
}

const char *http_call(struct stream *stream)
{
	if (!stream_send(stream))
		return NULL;
	do {
		if (!stream_receive(stream))
			return NULL;
	} while (!http_is_whole(stream));
	if (strncmp(stream->answer, "HTTP/1.1 200", 12) != 0)
		return stream_complain(stream, "refused") ? stream->answer : NULL;
	return strstr(stream->answer, "\r\n\r\n") + 4;
}

char *base64(char *out, const char *data, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < size; i += 3) {
		const unsigned char a = (unsigned char)data[i], b = i + 1 < size ? (unsigned char)data[i + 1] : 0, c = i + 2 < size ? (unsigned char)data[i + 2] : 0;
		*out++ = digits[a >> 2];
		*out++ = digits[(a & 3) << 4 | b >> 4];
		*out++ = i + 1 < size ? digits[(b & 15) << 2 | c >> 6] : '=';
		*out++ = i + 2 < size ? digits[c & 63] : '=';
	}
	*out = '\0';
	return out;
}

bool json_copy(char *out, size_t size, const char *json, const char *field)
{
	const char *found = strstr(json, field);

	return found != NULL && (found = strchr(found + strlen(field) + 1, '"')) != NULL &&
	       snprintf(out, size, "%.*s", (int)strcspn(found + 1, "\""), found + 1) > 0;
}
