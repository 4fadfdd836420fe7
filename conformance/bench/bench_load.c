/* One closed loop, run inside a node: ours or a peer's work, through the same loop (load.h). ais-bench starts what it needs around it.
 *
 *	bench-load KIND TARGET CLIENTS SIZE SECONDS
 *
 * KIND  ckpt   a section overwritten in a checkpoint with WR_ALL_REPLICAS; TARGET is the checkpoint's name
 *       lck    an exclusive lock taken and released, each client its own resource; TARGET begins the resources' names
 *       redis  SET, then WAIT for the replicas; TARGET is ADDRESS:PORT/REPLICAS
 *       etcd   a key put through the HTTP gateway; TARGET is ADDRESS:PORT
 *       etcd-lock  its lock service, each client its own lock, one lease for all of a client's; TARGET as above
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conformance/bench/load.h"
#include "saCkpt.h"
#include "saLck.h"

static bool complain(const struct load_client *client, const char *what, long code)
{
	fprintf(stderr, "bench-load: client %u: %s: %ld\n", client->number, what, code);
	return false;
}

static SaNameT name_of(const char *text)
{
	SaNameT name = {.length = (SaUint16T)strlen(text)};

	memcpy(name.value, text, name.length);
	return name;
}

static void pause_ms(void)
{
	usleep(10000);
}

/* --- ckpt --- */

struct ckpt {
	SaCkptHandleT handle;
	SaCkptCheckpointHandleT checkpoint;
	char key[16];
	SaCkptSectionIdT id;
	void *data;
};

static SaAisErrorT checkpoint_open(struct ckpt *ckpt, const struct load_client *client)
{
	const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = LOAD_CLIENTS_MAX * client->size, .maxSections = LOAD_CLIENTS_MAX,
		.maxSectionSize = client->size, .maxSectionIdSize = sizeof ckpt->key,
	};
	SaCkptSectionCreationAttributesT section = {.sectionId = &ckpt->id, .expirationTime = SA_TIME_END};
	const SaNameT name = name_of(client->target);
	SaVersionT version = {'B', 1, 1};
	SaAisErrorT error = saCkptInitialize(&ckpt->handle, NULL, &version);

	if (error == SA_AIS_OK)
		error = saCkptCheckpointOpen(ckpt->handle, &name, &attributes,
		                             SA_CKPT_CHECKPOINT_CREATE | SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_READ,
		                             10 * SA_TIME_ONE_SECOND, &ckpt->checkpoint);
	while (error == SA_AIS_OK && (error = saCkptSectionCreate(ckpt->checkpoint, &section, ckpt->data, client->size)) == SA_AIS_ERR_TRY_AGAIN)
		pause_ms();
	return error == SA_AIS_ERR_EXIST ? SA_AIS_OK : error;
}

static bool ckpt_open(struct load_client *client)
{
	struct ckpt *ckpt = calloc(1, sizeof *ckpt);

	client->own = ckpt;
	if (ckpt == NULL || (ckpt->data = calloc(1, client->size + 1)) == NULL)
		return complain(client, "no memory", 0);
	ckpt->id = (SaCkptSectionIdT){.id = (SaUint8T *)ckpt->key, .idLen = (SaUint16T)snprintf(ckpt->key, sizeof ckpt->key, "client-%u", client->number)};
	const SaAisErrorT error = checkpoint_open(ckpt, client);
	return error == SA_AIS_OK || complain(client, "checkpoint", error);
}

static enum load_step ckpt_step(struct load_client *client)
{
	struct ckpt *ckpt = client->own;
	const SaAisErrorT error = saCkptSectionOverwrite(ckpt->checkpoint, &ckpt->id, ckpt->data, client->size);

	if (error == SA_AIS_OK || error == SA_AIS_ERR_TRY_AGAIN)
		return error == SA_AIS_OK ? LOAD_DONE : LOAD_AGAIN;
	complain(client, "overwrite", error);
	return LOAD_FAILED;
}

static void ckpt_close(struct load_client *client)
{
	struct ckpt *ckpt = client->own;

	saCkptFinalize(ckpt->handle);
	free(ckpt->data);
	free(ckpt);
}

/* --- lck --- */

struct lck {
	SaLckHandleT handle;
	SaLckResourceHandleT resource;
};

static bool lck_open(struct load_client *client)
{
	struct lck *lck = calloc(1, sizeof *lck);
	SaVersionT version = {'B', 1, 1};
	char text[200];

	client->own = lck;
	if (lck == NULL)
		return complain(client, "no memory", 0);
	snprintf(text, sizeof text, "%s-%u", client->target, client->number);
	const SaNameT name = name_of(text);
	SaAisErrorT error = saLckInitialize(&lck->handle, NULL, &version);
	if (error == SA_AIS_OK)
		error = saLckResourceOpen(lck->handle, &name, SA_LCK_RESOURCE_CREATE, 10 * SA_TIME_ONE_SECOND, &lck->resource);
	return error == SA_AIS_OK || complain(client, "resource", error);
}

static enum load_step lck_step(struct load_client *client)
{
	struct lck *lck = client->own;
	SaLckLockStatusT status;
	SaLckLockIdT lock;

	SaAisErrorT error = saLckResourceLock(lck->resource, &lock, SA_LCK_EX_LOCK_MODE, 0, 0, 10 * SA_TIME_ONE_SECOND, &status);
	if (error == SA_AIS_ERR_TRY_AGAIN)
		return LOAD_AGAIN;
	if (error == SA_AIS_OK && status == SA_LCK_LOCK_GRANTED)
		error = saLckResourceUnlock(lock, 10 * SA_TIME_ONE_SECOND);
	if (error == SA_AIS_OK && status == SA_LCK_LOCK_GRANTED)
		return LOAD_DONE;
	complain(client, "lock", error == SA_AIS_OK ? (long)status : (long)error);
	return LOAD_FAILED;
}

static void lck_close(struct load_client *client)
{
	saLckFinalize(((struct lck *)client->own)->handle);
	free(client->own);
}

/* --- what the peers have in common: a stream to ADDRESS:PORT, and one text out for one text back --- */

struct stream {
	int descriptor;
	char *request, *answer;
	size_t request_size, answer_size, answer_capacity;
	char key[24], lease[32], lock_key[1024];
	unsigned replicas;
};

static bool stream_connect(struct stream *stream, const struct load_client *client)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	unsigned port, replicas = 0;
	char host[64];

	if (sscanf(client->target, "%63[0-9.]:%u/%u", host, &port, &replicas) < 2 || inet_pton(AF_INET, host, &address.sin_addr) != 1)
		return complain(client, "not an ADDRESS:PORT", 0);
	address.sin_port = htons((uint16_t)port);
	stream->replicas = replicas;
	stream->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(stream->descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	return connect(stream->descriptor, (struct sockaddr *)&address, sizeof address) == 0 || complain(client, strerror(errno), errno);
}

static bool stream_open(struct load_client *client)
{
	struct stream *stream = calloc(1, sizeof *stream);

	client->own = stream;
	if (stream == NULL)
		return complain(client, "no memory", 0);
	stream->answer_capacity = 65536;
	stream->answer = malloc(stream->answer_capacity);
	stream->request = malloc(3 * client->size + 4096);
	snprintf(stream->key, sizeof stream->key, "client-%u", client->number);
	if (stream->answer == NULL || stream->request == NULL)
		return complain(client, "no memory", 0);
	return stream_connect(stream, client);
}

static void stream_close(struct load_client *client)
{
	struct stream *stream = client->own;

	close(stream->descriptor);
	free(stream->answer);
	free(stream->request);
	free(stream);
}

static bool stream_send(struct stream *stream)
{
	for (size_t done = 0; done < stream->request_size;) {
		const ssize_t sent = send(stream->descriptor, stream->request + done, stream->request_size - done, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		done += (size_t)sent;
	}
	stream->answer_size = 0;
	return true;
}

/* More of the answer, with a NUL behind it. */
static bool stream_receive(struct stream *stream)
{
	if (stream->answer_size + 1 >= stream->answer_capacity)
		return false;
	const ssize_t got = recv(stream->descriptor, stream->answer + stream->answer_size, stream->answer_capacity - 1 - stream->answer_size, 0);
	if (got <= 0)
		return false;
	stream->answer_size += (size_t)got;
	stream->answer[stream->answer_size] = '\0';
	return true;
}

/* --- redis --- */

static bool redis_open(struct load_client *client)
{
	if (!stream_open(client))
		return false;
	struct stream *stream = client->own;
	char *at = stream->request;
	at += sprintf(at, "*3\r\n$3\r\nSET\r\n$%zu\r\n%s\r\n$%zu\r\n", strlen(stream->key), stream->key, client->size);
	memset(at, 'x', client->size);
	at += client->size;
	at += sprintf(at, "\r\n*3\r\n$4\r\nWAIT\r\n$1\r\n%u\r\n$4\r\n5000\r\n", stream->replicas);
	stream->request_size = (size_t)(at - stream->request);
	return true;
}

/* "+OK" and ":REPLICAS" */
static enum load_step redis_step(struct load_client *client)
{
	struct stream *stream = client->own;
	const char *second = NULL;

	if (!stream_send(stream))
		return complain(client, "send", errno) ? LOAD_DONE : LOAD_FAILED;
	while (second == NULL || strstr(second + 1, "\r\n") == NULL) {
		if (!stream_receive(stream) || stream->answer[0] != '+')
			return complain(client, stream->answer_size > 0 ? stream->answer : "receive", errno) ? LOAD_DONE : LOAD_FAILED;
		second = strchr(stream->answer, ':');
	}
	return (unsigned)atoi(second + 1) >= stream->replicas ? LOAD_DONE : LOAD_AGAIN;
}

/* --- etcd, through its HTTP gateway --- */

static char *base64(char *out, const char *data, size_t size)
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

static void http_request(struct stream *stream, const char *path, const char *body)
{
	stream->request_size = (size_t)sprintf(stream->request, "POST %s HTTP/1.1\r\nHost: etcd\r\nContent-Length: %zu\r\n\r\n%s", path, strlen(body), body);
}

/* The answer's body; NULL: complained. */
static const char *http_call(struct load_client *client)
{
	struct stream *stream = client->own;
	const char *body = NULL, *length;

	if (!stream_send(stream))
		return complain(client, "send", errno) ? "" : NULL;
	do {
		if (!stream_receive(stream))
			return complain(client, "receive", errno) ? "" : NULL;
		body = strstr(stream->answer, "\r\n\r\n");
		length = strstr(stream->answer, "Content-Length: ");
	} while (body == NULL || (length != NULL && (size_t)(stream->answer + stream->answer_size - body) < 4 + strtoul(length + 16, NULL, 10)));
	if (strncmp(stream->answer, "HTTP/1.1 200", 12) != 0)
		return complain(client, stream->answer, 0) ? "" : NULL;
	return body + 4;
}

static bool etcd_open(struct load_client *client)
{
	if (!stream_open(client))
		return false;
	struct stream *stream = client->own;
	char *data = calloc(1, client->size + 1), *body = malloc(2 * client->size + 200), *at = body;
	if (data == NULL || body == NULL)
		return complain(client, "no memory", 0);
	at += sprintf(at, "{\"key\":\"");
	at = base64(at, stream->key, strlen(stream->key));
	at += sprintf(at, "\",\"value\":\"");
	at = base64(at, data, client->size);
	sprintf(at, "\"}");
	http_request(stream, "/v3/kv/put", body);
	free(data);
	free(body);
	return true;
}

static enum load_step etcd_step(struct load_client *client)
{
	return http_call(client) != NULL ? LOAD_DONE : LOAD_FAILED;
}

/* "FIELD":"VALUE" out of an answer. */
static bool field_copy(char *out, size_t size, const char *json, const char *field)
{
	const char *found = strstr(json, field);

	return found != NULL && (found = strchr(found + strlen(field) + 1, '"')) != NULL && snprintf(out, size, "%.*s", (int)strcspn(found + 1, "\""), found + 1) > 0;
}

static bool etcd_lock_open(struct load_client *client)
{
	if (!stream_open(client))
		return false;
	struct stream *stream = client->own;
	http_request(stream, "/v3/lease/grant", "{\"TTL\":600}");
	const char *answer = http_call(client);
	return answer != NULL && (field_copy(stream->lease, sizeof stream->lease, answer, "\"ID\"") || complain(client, "no lease", 0));
}

static enum load_step etcd_lock_step(struct load_client *client)
{
	struct stream *stream = client->own;
	char name[64], body[1400];

	base64(name, stream->key, strlen(stream->key));
	snprintf(body, sizeof body, "{\"name\":\"%s\",\"lease\":\"%s\"}", name, stream->lease);
	http_request(stream, "/v3/lock/lock", body);
	const char *answer = http_call(client);
	if (answer == NULL || !field_copy(stream->lock_key, sizeof stream->lock_key, answer, "\"key\""))
		return LOAD_FAILED;
	snprintf(body, sizeof body, "{\"key\":\"%s\"}", stream->lock_key);
	http_request(stream, "/v3/lock/unlock", body);
	return http_call(client) != NULL ? LOAD_DONE : LOAD_FAILED;
}

/* --- */

static const struct {
	const char *name;
	struct load_kind kind;
} kinds[] = {
	{"ckpt", {ckpt_open, ckpt_step, ckpt_close}},
	{"lck", {lck_open, lck_step, lck_close}},
	{"redis", {redis_open, redis_step, stream_close}},
	{"etcd", {etcd_open, etcd_step, stream_close}},
	{"etcd-lock", {etcd_lock_open, etcd_lock_step, stream_close}},
};

int main(int argc, char **argv)
{
	const long clients = argc == 6 ? atol(argv[3]) : 0, size = argc == 6 ? atol(argv[4]) : 0;
	const double seconds = argc == 6 ? atof(argv[5]) : 0;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds && clients >= 1 && clients <= LOAD_CLIENTS_MAX && size >= 1 && seconds > 0; i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			return load_run(&kinds[i].kind, argv[2], (unsigned)clients, (size_t)size, seconds, NULL);
	fputs("usage: bench-load ckpt|lck|redis|etcd|etcd-lock TARGET CLIENTS SIZE SECONDS\n", stderr);
	return 2;
}
