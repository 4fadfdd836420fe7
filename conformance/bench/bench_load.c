/* One closed loop, run inside a node: ours or a peer's work, through the same loop (load.h). ais-bench starts what it needs around it.
 *
 *	bench-load KIND TARGET CLIENTS SIZE SECONDS
 *
 * KIND  ckpt   a section overwritten in a checkpoint with WR_ALL_REPLICAS; TARGET is the checkpoint's name
 *       redis  SET, then WAIT for the replicas; TARGET is ADDRESS:PORT/REPLICAS
 *       etcd   a key put through the HTTP gateway; TARGET is ADDRESS:PORT
 *       corosync  a CPG message delivered back to its sender; TARGET is how many nodes its ring has
 *       lck, etcd-lock, zookeeper-lock  an exclusive lock taken and released, each client its own (lock.h); TARGET as above, ours takes none
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance/bench/load.h"
#include "conformance/bench/lock.h"
#include "conformance/bench/stream.h"
#include "saCkpt.h"

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

/* --- redis and etcd: one text out for one text back --- */

struct peer {
	struct stream stream;
	char key[24];
};

static bool peer_open(struct load_client *client)
{
	struct peer *peer = calloc(1, sizeof *peer);

	client->own = peer;
	if (peer == NULL)
		return complain(client, "no memory", 0);
	snprintf(peer->key, sizeof peer->key, "client-%u", client->number);
	return stream_open(&peer->stream, client->target, 3 * client->size + 4096);
}

static void peer_close(struct load_client *client)
{
	stream_close(&((struct peer *)client->own)->stream);
	free(client->own);
}

static unsigned peer_replicas(const struct load_client *client)
{
	const char *slash = strchr(client->target, '/');

	return slash == NULL ? 0 : (unsigned)atoi(slash + 1);
}

static bool redis_open(struct load_client *client)
{
	if (!peer_open(client))
		return false;
	struct peer *peer = client->own;
	char *at = peer->stream.request;
	at += sprintf(at, "*3\r\n$3\r\nSET\r\n$%zu\r\n%s\r\n$%zu\r\n", strlen(peer->key), peer->key, client->size);
	memset(at, 'x', client->size);
	at += client->size;
	at += sprintf(at, "\r\n*3\r\n$4\r\nWAIT\r\n$1\r\n%u\r\n$4\r\n5000\r\n", peer_replicas(client));
	peer->stream.request_size = (size_t)(at - peer->stream.request);
	return true;
}

/* "+OK" and ":REPLICAS" */
static enum load_step redis_step(struct load_client *client)
{
	struct stream *stream = &((struct peer *)client->own)->stream;
	const char *second = NULL;

	if (!stream_send(stream))
		return LOAD_FAILED;
	while (second == NULL || strstr(second + 1, "\r\n") == NULL) {
		if (!stream_receive(stream))
			return LOAD_FAILED;
		if (stream->answer[0] != '+')
			return stream_complain(stream, "redis") ? LOAD_DONE : LOAD_FAILED;
		second = strchr(stream->answer, ':');
	}
	return (unsigned)atoi(second + 1) >= peer_replicas(client) ? LOAD_DONE : LOAD_AGAIN;
}

static bool etcd_open(struct load_client *client)
{
	if (!peer_open(client))
		return false;
	struct peer *peer = client->own;
	char *data = calloc(1, client->size + 1), *body = malloc(2 * client->size + 200), *at = body;
	if (data == NULL || body == NULL)
		return complain(client, "no memory", 0);
	at += sprintf(at, "{\"key\":\"");
	at = base64(at, peer->key, strlen(peer->key));
	at += sprintf(at, "\",\"value\":\"");
	at = base64(at, data, client->size);
	sprintf(at, "\"}");
	http_request(&peer->stream, "/v3/kv/put", body);
	free(data);
	free(body);
	return true;
}

static enum load_step etcd_step(struct load_client *client)
{
	return http_call(&((struct peer *)client->own)->stream) != NULL ? LOAD_DONE : LOAD_FAILED;
}

/* --- locks, ours and the peers': each client its own --- */

static bool lock_open(struct load_client *client)
{
	const struct lock_kind *kind = client->context;
	char name[40];

	snprintf(name, sizeof name, "pair-%u", client->number);
	client->own = kind->open(client->target, name, LOCK_SESSION_MS);
	return client->own != NULL || complain(client, kind->name, 0);
}

static enum load_step lock_step(struct load_client *client)
{
	const struct lock_kind *kind = client->context;
	const enum lock_result taken = kind->take(client->own);

	if (taken != LOCK_OK)
		return taken == LOCK_AGAIN ? LOAD_AGAIN : LOAD_FAILED;
	return kind->release(client->own) ? LOAD_DONE : LOAD_FAILED;
}

static void lock_close(struct load_client *client)
{
	((const struct lock_kind *)client->context)->close(client->own);
}

static const struct load_kind lock_load = {lock_open, lock_step, lock_close};

/* --- */

static const struct {
	const char *name;
	struct load_kind kind;
} kinds[] = {
	{"ckpt", {ckpt_open, ckpt_step, ckpt_close}},
	{"redis", {redis_open, redis_step, peer_close}},
	{"etcd", {etcd_open, etcd_step, peer_close}},
};

int main(int argc, char **argv)
{
	const long clients = argc == 6 ? atol(argv[3]) : 0, size = argc == 6 ? atol(argv[4]) : 0;
	const double seconds = argc == 6 ? atof(argv[5]) : 0;
	const bool valid = clients >= 1 && clients <= LOAD_CLIENTS_MAX && size >= 1 && seconds > 0;

	for (size_t i = 0; valid && i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			return load_run(&kinds[i].kind, NULL, argv[2], (unsigned)clients, (size_t)size, seconds, NULL);
	if (valid && strcmp(argv[1], "corosync") == 0)
		return load_run(&load_corosync, NULL, argv[2], (unsigned)clients, (size_t)size, seconds, NULL);
	const struct lock_kind *lock = valid ? lock_kind_find(argv[1]) : NULL;
	if (lock != NULL)
		return load_run(&lock_load, lock, argv[2], (unsigned)clients, (size_t)size, seconds, NULL);
	fputs("usage: bench-load ckpt|redis|etcd|corosync|lck|etcd-lock|zookeeper-lock TARGET CLIENTS SIZE SECONDS\n", stderr);
	return 2;
}
