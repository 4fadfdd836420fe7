/* A message multicast by Corosync's CPG in agreed order and delivered back to its sender: what a checkpoint write costs that is answered at agreed
 * delivery. Each client is the only member of a group of its own. Without libcpg at configure time there is nothing here but a word. */
#include <stdio.h>

#include "conformance/bench/load.h"

#ifdef HAVE_CPG
#include <corosync/cpg.h>
#include <stdlib.h>
#include <string.h>

struct sender {
	cpg_handle_t handle;
	struct iovec message;
	bool is_delivered;
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

static cs_error_t sender_join(struct sender *sender, const struct load_client *client)
{
	static cpg_model_v1_data_t model = {.model = CPG_MODEL_V1, .cpg_deliver_fn = on_deliver};
	struct cpg_name group = {.length = 0};

	group.length = (uint32_t)snprintf(group.value, sizeof group.value, "client-%u", client->number);
	const cs_error_t error = cpg_model_initialize(&sender->handle, CPG_MODEL_V1, (cpg_model_data_t *)&model, sender);
	return error == CS_OK ? cpg_join(sender->handle, &group) : error;
}

static bool sender_open(struct load_client *client)
{
	struct sender *sender = calloc(1, sizeof *sender);

	client->own = sender;
	if (sender == NULL || (sender->message.iov_base = calloc(1, client->size)) == NULL)
		return complain(client, "memory", CS_ERR_NO_MEMORY);
	sender->message.iov_len = client->size;
	const cs_error_t error = sender_join(sender, client);
	return error == CS_OK || complain(client, "join", error);
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
