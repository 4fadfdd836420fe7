/* A stream to a peer's server at ADDRESS:PORT, one text out for one text back, and HTTP with JSON on it. Called by the workers that measure a peer. */
#ifndef AISLE_BENCH_STREAM_H
#define AISLE_BENCH_STREAM_H

#include <stdbool.h>
#include <stddef.h>

struct stream {
	int descriptor;
	char *request, *answer; /* the answer ends with a NUL */
	size_t request_size, answer_size, answer_capacity;
};

/* These complain on standard error when they fail. */
bool stream_open(struct stream *stream, const char *target, size_t request_capacity); /* ADDRESS:PORT, and what may follow a slash */
void stream_close(struct stream *stream);
bool stream_send(struct stream *stream);    /* the request; the answer is empty then */
bool stream_receive(struct stream *stream); /* more of the answer */
bool stream_complain(const struct stream *stream, const char *what); /* false, for whom returns it */

void http_request(struct stream *stream, const char *path, const char *body); /* makes one; fits if the capacity is the body's and 4096 */
const char *http_call(struct stream *stream);                                  /* sends it; the answer's body, NULL: it is not 200 */
char *base64(char *out, const char *data, size_t size);                        /* returns the end */
bool json_copy(char *out, size_t size, const char *json, const char *field);   /* "field":"text"; the field with its quotes */

#endif
