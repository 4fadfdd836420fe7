#include "ckpt_held.h"

#include <stdlib.h>

#include "ckpt_operator.h"
#include "ckpt_state.h"
#include "saCkpt.h"

static struct held_open *held_of_node(const struct tree_node *node)
{
	return node == NULL ? NULL : container_of(node, struct held_open, by_number);
}

static int number_compare(const void *key, const struct tree_node *node)
{
	const uint64_t number = *(const uint64_t *)key, other = held_of_node(node)->number;

	return (number > other) - (number < other);
}

struct held_open *ckpt_held_find(struct client *client, uint64_t number)
{
	return held_of_node(tree_find(&((struct ckpt_client *)client_data(client))->opens, &number));
}

static struct held_open *held_add(struct client *client, uint64_t number)
{
	struct held_open *held = calloc(1, sizeof(*held));

	if (held == NULL)
		return NULL;
	held->number = number;
	tree_insert(&((struct ckpt_client *)client_data(client))->opens, &held->by_number, &held->number);
	return held;
}

void ckpt_held_remove(struct client *client, struct held_open *held)
{
	tree_remove(&((struct ckpt_client *)client_data(client))->opens, &held->by_number);
	free(held);
}

/* An answer's effect names the call; a callback's names the client alone, and the open's number stands in its payload. 0: no open's. */
static uint64_t number_opened(const struct effect *effect, struct bytes payload)
{
	struct wire_reader in = wire_reader_of(payload);
	struct ckpt_opened_event event;

	if (effect->kind == EFFECT_REPLY)
		return effect->requester.call;
	return effect->event == CKPT_EVENT_OPENED && ckpt_opened_event_decode(&in, &event) ? event.answer.open : 0;
}

/* The answer, or the callback, to an open: what it opened is in the state under the call's number. */
void ckpt_replied(struct service *service, struct client *client, const struct effect *effect, struct bytes payload)
{
	const uint64_t number = number_opened(effect, payload);
	const struct ckpt_opened *opened = ckpt_opened_find(service_state(service), client_requester_all(client), number);

	if (opened == NULL || ckpt_held_find(client, number) != NULL)
		return;
	struct held_open *held = held_add(client, number);
	if (held == NULL)
		return; /* its handle will be BAD_HANDLE, and the open ends with the client */
	held->checkpoint = opened->checkpoint->identity;
	held->flags = opened->flags;
}

bool ckpt_client_opened(struct service *service, struct client *client)
{
	(void)service;
	((struct ckpt_client *)client_data(client))->opens.compare = number_compare;
	return true;
}

void ckpt_client_closed(struct service *service, struct client *client)
{
	struct ckpt_client *own = client_data(client);

	ckpt_watch_end(service, client);
	for (struct held_open *held; (held = held_of_node(tree_first(&own->opens))) != NULL;)
		ckpt_held_remove(client, held);
	if (!own->has_opened)
		return;
	ckpt_client_gone_encode(service_operation(service, CKPT_OPERATION_CLIENT_GONE), &(struct ckpt_client_gone){
		.client = client_requester_all(client),
	});
	service_owe(service);
}

void ckpt_client_reclaim(struct service *service, struct client *client)
{
	struct ckpt_client *own = client_data(client);
	struct wire_writer claims = {0};
	struct ckpt_reclaim reclaim = {.client = client_requester_all(client)};

	if (!own->has_opened)
		return;
	for (struct tree_node *node = tree_first(&own->opens); node != NULL; node = tree_next(node)) {
		const struct held_open *held = held_of_node(node);

		if (reclaim.count == CKPT_CLIENT_OPENS_MAX)
			break;
		ckpt_claim_encode(&claims, &(struct ckpt_claim){
			.open = held->number, .checkpoint = held->checkpoint, .flags = held->flags,
		});
		reclaim.count++;
	}
	reclaim.claims = wire_writer_bytes(&claims);
	if (!claims.failed) {
		ckpt_reclaim_encode(service_operation(service, CKPT_OPERATION_RECLAIM), &reclaim);
		service_owe(service);
	}
	wire_writer_clear(&claims);
}

/* The open, if it is one that may write; else NULL and the refusal. */
const struct held_open *ckpt_held_for_writing(struct client *client, uint64_t number, SaAisErrorT *refusal)
{
	const struct held_open *held = ckpt_held_find(client, number);

	*refusal = held == NULL ? SA_AIS_ERR_BAD_HANDLE : SA_AIS_ERR_ACCESS;
	return held != NULL && (held->flags & SA_CKPT_CHECKPOINT_WRITE) != 0 ? held : NULL;
}
