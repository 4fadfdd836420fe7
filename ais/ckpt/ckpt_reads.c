#include "ckpt_reads.h"

#include "ckpt_held.h"
#include "ckpt_placement.h"
#include "ckpt_state.h"
#include "saCkpt.h"

enum {
	READ_SIZE_MAX = CKPT_SECTION_LIMIT, /* of one answer */
	ASKED_SIZE_MAX = 1 << 20, /* of a read that another node is asked for; more waits until it is here */
	ITERATE_SCAN_MAX = 4096,  /* sections looked at for one answer */
};

/* What a read found: the answer, and what it depends on (R16). */
struct reading {
	SaAisErrorT code;
	struct position depends_on;
	struct wire_writer body;
	bool lacks_content; /* this replica has not received it yet */
	const struct checkpoint *checkpoint;
	bool lacks_order;   /* another node's replica is the active one */
	const struct checkpoint *active; /* this node's replica is: what it has need not be stable */
};

/* Who is to answer a read that this node's replica cannot. 0: nobody. */
static uint32_t holder_of(struct service *service, const struct checkpoint *checkpoint, struct bytes elements)
{
	struct wire_reader in = wire_reader_of(elements);
	struct ckpt_read_element element;
	uint64_t total = 0;

	/* What is on its way may be waited for; what lies elsewhere may not. */
	const uint64_t size_max = checkpoint->here ? ASKED_SIZE_MAX : READ_SIZE_MAX;

	while (total <= size_max && ckpt_read_element_next(&in, &element)) {
		const struct section *section = section_find(checkpoint, element.id);

		total += section == NULL ? 0 : element.whole || element.size > section->size ? section->size : element.size;
	}
	return total > size_max ? 0 : service_content_holder(service, bytes_of(checkpoint->key, sizeof(checkpoint->key)));
}

static enum service_outcome order_ask(struct service *service, struct client *client, const struct ckpt_read_request *read,
                                      const struct checkpoint *checkpoint, uint32_t holder)
{
	struct ckpt_read operation = {.requester = client_requester(client), .holder = holder};

	if (holder != 0) {
		operation.checkpoint = checkpoint->identity;
		operation.count = read->count;
		operation.elements = read->elements;
	}
	ckpt_read_encode(service_operation(service, CKPT_OPERATION_READ), &operation);
	return service_read_order(service, client);
}

/* `read`, if it is one of content: another node may be asked for what this one lacks. */
static enum service_outcome reading_answer(struct service *service, struct client *client, struct reading *reading,
                                           const struct ckpt_read_request *read)
{
	const bool is_short = !service_content_complete(service) ||
	                      (reading->checkpoint != NULL && !placement_is_whole_here(reading->checkpoint));
	const bool may_ask = read != NULL && is_short && !service_read_ordered_now(client) && (reading->lacks_order || reading->lacks_content);
	const uint32_t holder = may_ask ? holder_of(service, reading->checkpoint, read->elements) : 0;
	enum service_outcome outcome;

	if (reading->active != NULL)
		reading->depends_on = reading->active->active_since;
	if (reading->lacks_order || holder != 0)
		outcome = order_ask(service, client, read, reading->checkpoint, holder);
	else if (reading->lacks_content)
		outcome = service_answer_later(client);
	else if (reading->body.failed)
		outcome = service_answer(client, SA_AIS_ERR_TRY_AGAIN);
	else
		outcome = service_answer_read(client, reading->code, wire_writer_bytes(&reading->body), reading->depends_on);
	wire_writer_clear(&reading->body);
	return outcome;
}

static bool is_active_here(struct service *service, struct client *client, const struct checkpoint *checkpoint)
{
	return checkpoint->active_node == service_node(service) &&
	       checkpoint->active_incarnation == client_requester_all(client).incarnation;
}

static SaAisErrorT data_verdict(const struct checkpoint *checkpoint)
{
	if (checkpoint_is_lost(checkpoint))
		return SA_AIS_ERR_TRY_AGAIN;
	return checkpoint_lacks_active(checkpoint) ? SA_AIS_ERR_NOT_EXIST : SA_AIS_OK;
}

/* The checkpoint, if its data can be asked for; else NULL, and the reading says why. */
static const struct checkpoint *reading_begin(struct service *service, struct client *client, struct identity identity,
                                              struct reading *reading)
{
	const struct ckpt_state *state = service_state(service);
	const struct checkpoint *checkpoint = checkpoint_find(state, identity);

	*reading = (struct reading){.code = SA_AIS_OK, .depends_on = checkpoint == NULL ? state->listed : checkpoint->listed};
	if (checkpoint == NULL)
		reading->code = SA_AIS_ERR_BAD_HANDLE; /* it did not survive a take-over */
	else
		reading->code = data_verdict(checkpoint);
	if (reading->code != SA_AIS_OK)
		return NULL;
	reading->checkpoint = checkpoint;
	if (checkpoint_is_asynchronous(checkpoint)) {
		const bool is_own = is_active_here(service, client, checkpoint);

		reading->active = is_own ? checkpoint : NULL;
		reading->lacks_order = !is_own && !service_read_ordered(client);
	}
	return reading->lacks_order ? NULL : checkpoint;
}

enum service_outcome ckpt_on_status(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_open_number request;
	struct reading reading;

	if (!ckpt_open_number_decode(in, &request))
		return service_disconnect(client, "malformed status request");
	const struct held_open *open = ckpt_held_find(client, request.open);
	if (open == NULL)
		return service_answer(client, SA_AIS_ERR_BAD_HANDLE);
	const struct checkpoint *checkpoint = reading_begin(service, client, open->checkpoint, &reading);
	if (checkpoint != NULL) {
		struct ckpt_status_answer answer = {
			.attributes = checkpoint->attributes, .section_count = (uint32_t)checkpoint->sections.count,
			.memory_used = checkpoint->memory_used,
		};
		answer.attributes.retention_ns = checkpoint->retention_ns;
		ckpt_status_answer_encode(&reading.body, &answer);
		reading.depends_on = checkpoint->changed;
	}
	return reading_answer(service, client, &reading, NULL);
}

static SaAisErrorT read_element(const struct checkpoint *checkpoint, const struct ckpt_read_element *element, struct reading *reading)
{
	const struct section *section = section_find(checkpoint, element->id);

	if (section == NULL)
		return SA_AIS_ERR_NOT_EXIST;
	if (position_compare(section_changed(section), reading->depends_on) > 0)
		reading->depends_on = section_changed(section);
	if (!element->whole && element->size > checkpoint->attributes.section_size_max)
		return SA_AIS_ERR_INVALID_PARAM;
	if (element->offset > section->size)
		return SA_AIS_ERR_INVALID_PARAM; /* CKPT-102 */
	if (!section->present) {
		reading->lacks_content = true;
		return SA_AIS_OK;
	}
	const struct bytes content = section_content(checkpoint, section);
	const uint64_t left = content.size - element->offset;
	const uint64_t size = element->whole || element->size > left ? left : element->size;
	if (size > READ_SIZE_MAX - reading->body.size)
		return SA_AIS_ERR_NO_RESOURCES;
	wire_put_bytes(&reading->body, size == 0 ? (struct bytes){0} : bytes_of(content.data + element->offset, size));
	return SA_AIS_OK;
}

static void read_elements(const struct checkpoint *checkpoint, struct bytes elements, struct reading *reading)
{
	struct wire_reader in = wire_reader_of(elements);
	struct ckpt_read_element element;

	for (uint32_t index = 0; !reading->lacks_content && ckpt_read_element_next(&in, &element); index++) {
		reading->code = read_element(checkpoint, &element, reading);
		if (reading->code == SA_AIS_OK)
			continue;
		wire_writer_reset(&reading->body);
		ckpt_index_encode(&reading->body, index);
		return;
	}
}

enum service_outcome ckpt_on_read(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_read_request request;
	struct reading reading;

	if (!ckpt_read_request_decode(in, &request))
		return service_disconnect(client, "malformed read request");
	const struct held_open *open = ckpt_held_find(client, request.open);
	if (open == NULL)
		return service_answer(client, SA_AIS_ERR_BAD_HANDLE);
	if ((open->flags & SA_CKPT_CHECKPOINT_READ) == 0)
		return service_answer(client, SA_AIS_ERR_ACCESS);
	const struct checkpoint *checkpoint = reading_begin(service, client, open->checkpoint, &reading);
	if (checkpoint != NULL)
		read_elements(checkpoint, request.elements, &reading);
	return reading_answer(service, client, &reading, &request);
}

/* For the operator's tool: one section whole, wherever it is. */
enum service_outcome ckpt_on_fetch(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_fetch_request request;
	struct wire_writer elements = {0};
	struct reading reading;

	if (!ckpt_fetch_request_decode(in, &request))
		return service_disconnect(client, "malformed fetch request");
	ckpt_read_element_encode(&elements, &(struct ckpt_read_element){.id = request.id, .whole = true});
	const struct ckpt_read_request read = {.count = 1, .elements = wire_writer_bytes(&elements)};
	const struct checkpoint *checkpoint = reading_begin(service, client, request.checkpoint, &reading);
	if (checkpoint != NULL)
		read_elements(checkpoint, read.elements, &reading);
	reading.body.failed |= elements.failed;
	const enum service_outcome outcome = reading_answer(service, client, &reading, &read);
	wire_writer_clear(&elements);
	return outcome;
}

/* Another node reads what this one has, as of now. If this one lacks it too, the other waits for its own. */
void ckpt_asked(struct service *service, struct bytes payload)
{
	const struct ckpt_state *state = service_state(service);
	struct wire_reader in = wire_reader_of(payload);
	struct reading reading = {.code = SA_AIS_OK};
	struct ckpt_read read;

	if (!ckpt_read_decode(&in, &read))
		return;
	const struct checkpoint *checkpoint = checkpoint_find(state, read.checkpoint);
	reading.code = checkpoint == NULL ? SA_AIS_ERR_BAD_HANDLE : data_verdict(checkpoint);
	if (reading.code == SA_AIS_OK)
		read_elements(checkpoint, read.elements, &reading);
	if (!reading.lacks_content && !reading.body.failed) {
		ckpt_read_answer_encode(service_operation(service, CKPT_OPERATION_READ_ANSWER), &(struct ckpt_read_answer){
			.requester = read.requester, .code = reading.code, .body = wire_writer_bytes(&reading.body),
		});
		service_multicast_own(service);
	}
	wire_writer_clear(&reading.body);
}

/* --- Readers of this node's memory (DESIGN, mechanism 8). --- */

/* Only who may read is shown what there is; whether it may be believed is in the memory itself, so no gate stands here. */
enum service_outcome ckpt_on_map(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_state *state = service_state(service);
	struct ckpt_open_number request;
	struct wire_writer body = {0};

	if (!ckpt_open_number_decode(in, &request))
		return service_disconnect(client, "malformed map request");
	const struct held_open *open = ckpt_held_find(client, request.open);
	if (open == NULL)
		return service_answer(client, SA_AIS_ERR_BAD_HANDLE);
	if ((open->flags & SA_CKPT_CHECKPOINT_READ) == 0)
		return service_answer(client, SA_AIS_ERR_ACCESS);
	const struct checkpoint *checkpoint = checkpoint_find(state, open->checkpoint);
	if (checkpoint == NULL || !checkpoint_is_readable(checkpoint) || checkpoint->content.arena == NULL)
		return service_answer(client, SA_AIS_ERR_NOT_EXIST);
	struct arena *const arenas[] = {checkpoint->content.arena, ckpt_state_lease(state)};
	if (arenas[1] == NULL || !service_share(client, arenas, 2))
		return service_answer(client, SA_AIS_ERR_NO_RESOURCES);
	ckpt_map_answer_encode(&body, &(struct ckpt_map_answer){
		.generation = checkpoint->content.generation, .size = arenas[0]->size,
	});
	const enum service_outcome outcome =
		body.failed ? service_answer(client, SA_AIS_ERR_NO_MEMORY) : service_answer_with(client, SA_AIS_OK, wire_writer_bytes(&body));
	wire_writer_clear(&body);
	return outcome;
}

/* What is stable is told before the lease that lets it be read, and the end of a lease before all else. */
bool ckpt_readers(struct service *service, int64_t until_ns)
{
	struct ckpt_state *state = service_state(service);
	const struct ckpt_change *change;

	if (until_ns != 0)
		while ((change = ckpt_state_unstable_first(state)) != NULL && service_is_stable(service, change->position))
			ckpt_state_unstable_pop(state);
	ckpt_state_lease_set(state, until_ns);
	return state->lease != NULL;
}

/* CKPT-113 to -117. Nothing is ever corrupted here. */
static bool is_chosen(const struct section *section, const struct ckpt_iterate_request *request)
{
	switch ((SaCkptSectionsChosenT)request->chosen) {
	case SA_CKPT_SECTIONS_FOREVER:
		return section_expiry_ns(section) == SA_TIME_END;
	case SA_CKPT_SECTIONS_LEQ_EXPIRATION_TIME:
		return section_expiry_ns(section) <= request->expiry_ns;
	case SA_CKPT_SECTIONS_GEQ_EXPIRATION_TIME:
		return section_expiry_ns(section) >= request->expiry_ns;
	case SA_CKPT_SECTIONS_CORRUPTED:
		return false;
	case SA_CKPT_SECTIONS_ANY:
		return true;
	}
	return false;
}

static void iterate(const struct checkpoint *checkpoint, const struct ckpt_iterate_request *request, struct reading *reading)
{
	const uint32_t count_max = request->count_max < CKPT_DESCRIPTORS_MAX ? request->count_max : CKPT_DESCRIPTORS_MAX;
	const struct section *section =
		request->started ? section_find_after(checkpoint, request->after) : section_first(checkpoint);
	struct ckpt_iterate_answer answer = {.resume = request->after};
	struct wire_writer descriptors = {0};

	for (size_t looked_at = 0; section != NULL && answer.count < count_max && looked_at < ITERATE_SCAN_MAX; looked_at++) {
		if (is_chosen(section, request)) {
			ckpt_descriptor_encode(&descriptors, &(struct ckpt_descriptor){
				.id = section_id(section), .expiry_ns = section_expiry_ns(section), .size = section->size,
				.last_update_ns = section->last_update_ns,
			});
			answer.count++;
		}
		answer.resume = section_id(section);
		section = section_next(section);
	}
	answer.end = section == NULL;
	answer.descriptors = wire_writer_bytes(&descriptors);
	ckpt_iterate_answer_encode(&reading->body, &answer);
	reading->body.failed |= descriptors.failed;
	reading->depends_on = checkpoint->changed;
	wire_writer_clear(&descriptors);
}

enum service_outcome ckpt_on_iterate(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_iterate_request request;
	struct reading reading;

	if (!ckpt_iterate_request_decode(in, &request))
		return service_disconnect(client, "malformed iterate request");
	const struct held_open *open = ckpt_held_find(client, request.open);
	if (open == NULL)
		return service_answer(client, SA_AIS_ERR_BAD_HANDLE);
	const struct checkpoint *checkpoint = reading_begin(service, client, open->checkpoint, &reading);
	if (checkpoint != NULL)
		iterate(checkpoint, &request, &reading);
	return reading_answer(service, client, &reading, NULL);
}
