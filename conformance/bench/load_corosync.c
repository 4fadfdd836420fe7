/* A message multicast by Corosync's CPG in agreed order and delivered back to its sender: what a checkpoint write costs that is answered at agreed
 * delivery. Each client is the only member of a group of its own; the target says how many nodes the ring must have. Without libcpg at configure time there is nothing here but a word. */
#include <stdio.h>

#include "conformance/bench/load.h"

#ifdef HAVE_CPG
#include <corosync/cpg.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct sender {
	cpg_handle_t handle;
	struct iovec message;
	bool is_delivered, has_members;
	uint32_t members; /* of the ring */
};

static bool complain(const struct load_client *client, const char *what, cs_error_t error)
{
	fprintf(stderr, "bench-load: client %u: corosync: %s: %s\n", client->number, what, cs_strerror(error));
	return false;
}

static void on_deliver(cpg_handle_t handle, const struct cpg_name *group, uint32_t node, uint32_t pid, void *message, size_t size)
{
	void *context = NULL;

	(void)group, (void)node, (void)pid, (void)message, (void)size;
	if (cpg_context_get(handle, &context) == CS_OK)
		((struct sender *)context)->is_delivered = true;
}

static void on_ring(cpg_handle_t handle, struct cpg_ring_id ring, uint32_t members, const uint32_t *nodes)
{
	void *context = NULL;

	(void)ring, (void)nodes;
	if (cpg_context_get(handle, &context) != CS_OK)
		return;
	((struct sender *)context)->has_members = true;
	((struct sender *)context)->members = members;
}

static cs_error_t sender_join(struct sender *sender, const struct load_client *client)
{
	cpg_model_v1_data_t model = {.model = CPG_MODEL_V1, .cpg_deliver_fn = on_deliver, .cpg_totem_confchg_fn = on_ring,
	                             .flags = CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF};
	struct cpg_name group = {.length = 0};

	group.length = (uint32_t)snprintf(group.value, sizeof group.value, "client-%u", client->number);
	cs_error_t error = cpg_model_initialize(&sender->handle, CPG_MODEL_V1, (cpg_model_data_t *)&model, sender);
	if (error == CS_OK)
		error = cpg_join(sender->handle, &group);
	while (error == CS_OK && !sender->has_members)
		error = cpg_dispatch(sender->handle, CS_DISPATCH_ONE);
	return error;
}

/* Handles that were made by several threads at once were seen to be none (BAD_HANDLE, LIBRARY). */
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

static bool sender_open(struct load_client *client)
{
	struct sender *sender = calloc(1, sizeof *sender);

	client->own = sender;
	if (sender == NULL || (sender->message.iov_base = calloc(1, client->size)) == NULL)
		return complain(client, "memory", CS_ERR_NO_MEMORY);
	sender->message.iov_len = client->size;
	pthread_mutex_lock(&opening);
	const cs_error_t error = sender_join(sender, client);
	pthread_mutex_unlock(&opening);
	if (error != CS_OK)
		return complain(client, "join", error);
	return sender->members >= (uint32_t)atoi(client->target) || complain(client, "nodes are missing in its ring", CS_ERR_TRY_AGAIN);
}

static enum load_step sender_step(struct load_client *client)
{
	struct sender *sender = client->own;
	cs_error_t error = cpg_mcast_joined(sender->handle, CPG_TYPE_AGREED, &sender->message, 1);

	if (error == CS_ERR_TRY_AGAIN)
		return LOAD_AGAIN;
	sender->is_delivered = false;
	while (error == CS_OK && !sender->is_delivered)
		error = cpg_dispatch(sender->handle, CS_DISPATCH_ONE);
	if (error == CS_OK)
		return LOAD_DONE;
	complain(client, "message", error);
	return LOAD_FAILED;
}

static void sender_close(struct load_client *client)
{
	struct sender *sender = client->own;

	cpg_finalize(sender->handle);
	free(sender->message.iov_base);
	free(sender);
}
#else
static bool sender_open(struct load_client *client)
{
	(void)client;
	fputs("bench-load: no libcpg at configure time: apt-get install libcpg-dev, then configure anew\n", stderr);
	return false;
}

static enum load_step sender_step(struct load_client *client)
{
	(void)client;
	return LOAD_FAILED;
}

static void sender_close(struct load_client *client)
{
	(void)client;
}
#endif

const struct load_kind load_corosync = {sender_open, sender_step, sender_close};
