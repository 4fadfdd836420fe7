/* etcd's lock service, through its HTTP gateway: a lease for each client, and its locks in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/bench/lock.h"
#include "conformance/bench/stream.h"

enum { BODY_MAX = 1400 };

struct etcd {
	struct stream stream;
	char name[400], lease[32], key[1024];
};

/* The answer's body; NULL: complained. */
static const char *etcd_call(struct etcd *etcd, const char *path, const char *body)
{
	http_request(&etcd->stream, path, body);
	return http_call(&etcd->stream);
}

static void etcd_close(void *lock)
{
	stream_close(&((struct etcd *)lock)->stream);
	free(lock);
}

/* A lease has whole seconds. */
static void *etcd_open(const char *target, const char *name, unsigned session_ms)
{
	struct etcd *etcd = calloc(1, sizeof *etcd);
	char body[BODY_MAX];
	const char *answer;

	if (etcd == NULL)
		return NULL;
	base64(etcd->name, name, strlen(name));
	snprintf(body, sizeof body, "{\"TTL\":%u}", (session_ms + 999) / 1000);
	if (stream_open(&etcd->stream, target, BODY_MAX + 4096) && (answer = etcd_call(etcd, "/v3/lease/grant", body)) != NULL &&
	    json_copy(etcd->lease, sizeof etcd->lease, answer, "\"ID\""))
		return etcd;
	etcd_close(etcd);
	return NULL;
}

static enum lock_result etcd_take(void *lock)
{
	struct etcd *etcd = lock;
	char body[BODY_MAX];

	snprintf(body, sizeof body, "{\"name\":\"%s\",\"lease\":\"%s\"}", etcd->name, etcd->lease);
	const char *answer = etcd_call(etcd, "/v3/lock/lock", body);
	return answer != NULL && json_copy(etcd->key, sizeof etcd->key, answer, "\"key\"") ? LOCK_OK : LOCK_FAILED;
}

static bool etcd_release(void *lock)
{
	struct etcd *etcd = lock;
	char body[BODY_MAX];

	snprintf(body, sizeof body, "{\"key\":\"%s\"}", etcd->key);
	return etcd_call(etcd, "/v3/lock/unlock", body) != NULL;
}

static bool etcd_keep(void *lock)
{
	struct etcd *etcd = lock;
	char body[BODY_MAX];

	snprintf(body, sizeof body, "{\"ID\":\"%s\"}", etcd->lease);
	return etcd_call(etcd, "/v3/lease/keepalive", body) != NULL;
}

const struct lock_kind lock_etcd = {"etcd-lock", etcd_open, etcd_take, etcd_release, etcd_keep, etcd_close, NULL};
