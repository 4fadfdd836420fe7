#include "ckpt_state.h"

#include <assert.h>
#include <stdlib.h>

#include "ckpt_placement.h"
#include "saCkpt.h"

/* --- The state as a whole. --- */

static int identity_of_checkpoint_compare(const void *key, const struct tree_node *node)
{
	return identity_compare(*(const struct identity *)key, checkpoint_of_node(node)->identity);
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int opened_compare(const void *key, const struct tree_node *node)
{
	const struct requester *wanted = key, *client = &ckpt_opened_of_node(node)->client;

	if (wanted->node != client->node)
		return order(wanted->node, client->node);
	if (wanted->incarnation != client->incarnation)
		return order(wanted->incarnation, client->incarnation);
	if (wanted->client != client->client)
		return order(wanted->client, client->client);
	return order(wanted->call, client->call);
}

static struct ckpt_due *due_of_node(const struct tree_node *node)
{
	return node == NULL ? NULL : container_of(node, struct ckpt_due, by_time);
}

/* By time, then checkpoint, its retention before its sections, these by id. */
static int due_compare(const void *key, const struct tree_node *node)
{
	const struct ckpt_due *wanted = key, *due = due_of_node(node);

	if (wanted->due_ns != due->due_ns)
		return wanted->due_ns > due->due_ns ? 1 : -1;
	const int by_checkpoint = identity_compare(wanted->checkpoint->identity, due->checkpoint->identity);
	if (by_checkpoint != 0)
		return by_checkpoint;
	if (wanted->section == NULL || due->section == NULL)
		return (wanted->section != NULL) - (due->section != NULL);
	return bytes_compare(section_id(wanted->section), section_id(due->section));
}

void *ckpt_state_new(const struct host *arenas)
{
	struct ckpt_state *state = calloc(1, sizeof(*state));
	struct wire_writer *range_key = calloc(1, sizeof(*range_key));

	if (state == NULL || range_key == NULL) {
		free(state);
		free(range_key);
		return NULL;
	}
	state->host = arenas;
	state->limits = (struct ckpt_limits){
		.charge_max = UINT64_C(4) << 30, .section_size_max = CKPT_SECTION_LIMIT, .directory_size_max = 48 << 20,
		.checkpoint_count_max = 65536, .open_count_max = 1 << 20,
	};
	state->checkpoints.compare = identity_of_checkpoint_compare;
	state->opens.compare = opened_compare;
	state->dues.compare = due_compare;
	state->range_key = range_key;
	list_init(&state->range.patched);
	list_init(&state->whole);
	return state;
}

void ckpt_state_free(void *context)
{
	struct ckpt_state *state = context;

	if (state == NULL)
		return;
	ckpt_state_range_drop(state);
	for (struct ckpt_opened *opened; (opened = ckpt_opened_of_node(tree_first(&state->opens))) != NULL;)
		ckpt_opened_remove(state, opened);
	for (struct checkpoint *checkpoint; (checkpoint = checkpoint_first(state)) != NULL;)
		checkpoint_remove(state, checkpoint);
	hash_table_clear(&state->names);
	if (state->lease != NULL) {
		ckpt_state_lease_set(state, 0);
		state->host->arena_free(state->host->context, state->lease);
	}
	wire_writer_clear(state->range_key);
	free(state->range_key);
	free(state->members);
	free(state);
}

uint64_t ckpt_state_digest_directory(const void *context)
{
	const struct ckpt_state *state = context;
	uint64_t digest = digest_u64(state->directory_digest, state->listed.ring.seq);

	digest = digest_u64(digest, state->listed.ring.representative);
	return digest_u64(digest_u64(digest, state->listed.seq), state->listed.index);
}

uint64_t ckpt_state_digest_content(const void *context)
{
	return ((const struct ckpt_state *)context)->content_digest;
}

void ckpt_state_digest_shared(const void *context, const struct service_peer *members, size_t count, uint64_t *digests)
{
	placement_digest_shared(context, members, count, digests);
}

struct ckpt_due *ckpt_state_due_first(const struct ckpt_state *state)
{
	return due_of_node(tree_first(&state->dues));
}

struct ckpt_due *ckpt_state_due_next(const struct ckpt_due *due)
{
	return due_of_node(tree_next(&due->by_time));
}

void ckpt_state_due_add(struct ckpt_state *state, struct ckpt_due *due)
{
	tree_insert(&state->dues, &due->by_time, due);
}

void ckpt_state_due_remove(struct ckpt_state *state, struct ckpt_due *due)
{
	tree_remove(&state->dues, &due->by_time);
}

/* --- Readers of this node's memory. --- */

static struct image_lease *lease_of(const struct ckpt_state *state)
{
	return (struct image_lease *)(void *)state->lease->base;
}

struct arena *ckpt_state_lease(struct ckpt_state *state)
{
	const struct host *host = state->host;

	if (state->lease != NULL)
		return state->lease;
	struct arena *arena = host->arena_new(host->context, "ckpt-lease");
	if (arena == NULL)
		return NULL;
	if (!host->arena_grow(host->context, arena, sizeof(struct image_lease))) {
		host->arena_free(host->context, arena);
		return NULL;
	}
	state->lease = arena;
	struct image_lease *lease = lease_of(state);
	image_store(host, &lease->layout, IMAGE_LAYOUT);
	image_store(host, &lease->clock, host->clock_id);
	image_store(host, &lease->stable, state->stable_index);
	image_store(host, &lease->until_ns, (uint64_t)state->lease_until_ns);
	return arena;
}

void ckpt_state_lease_set(struct ckpt_state *state, int64_t until_ns)
{
	if (state->lease_until_ns == until_ns)
		return;
	state->lease_until_ns = until_ns;
	if (state->lease != NULL)
		image_store(state->host, &lease_of(state)->until_ns, (uint64_t)until_ns);
}

void ckpt_state_changed(struct ckpt_state *state, struct position position)
{
	const bool is_full = state->unstable_count == CKPT_UNSTABLE_MAX;
	const size_t last = state->unstable_first + state->unstable_count - is_full;

	state->unstable_count += !is_full;
	state->unstable[last % CKPT_UNSTABLE_MAX] = (struct ckpt_change){.index = ++state->index, .position = position};
}

const struct ckpt_change *ckpt_state_unstable_first(const struct ckpt_state *state)
{
	return state->unstable_count == 0 ? NULL : &state->unstable[state->unstable_first];
}

void ckpt_state_unstable_pop(struct ckpt_state *state)
{
	state->stable_index = state->unstable[state->unstable_first].index;
	state->unstable_first = (state->unstable_first + 1) % CKPT_UNSTABLE_MAX;
	state->unstable_count--;
	if (state->lease != NULL)
		image_store(state->host, &lease_of(state)->stable, state->stable_index);
}

/* --- Checkpoints. --- */

static void apply_unlink(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct ckpt_unlink unlink;

	if (!ckpt_unlink_decode(in, &unlink))
		return;
	struct checkpoint *checkpoint = checkpoint_find_linked(state, unlink.name);

	if (checkpoint == NULL) {
		effects_reply(effects, unlink.requester, SA_AIS_ERR_NOT_EXIST, (struct bytes){0});
		return;
	}
	hash_table_remove(&state->names, &checkpoint->by_name);
	checkpoint->unlinked = true;
	state->listed = checkpoint->changed = at->position;
	checkpoint_rehash(state, checkpoint);
	if (checkpoint->open_count == 0)
		checkpoint_unopened(state, at, checkpoint, effects);
	effects_reply(effects, unlink.requester, SA_AIS_OK, (struct bytes){0});
}

static SaAisErrorT retention_set_verdict(const struct checkpoint *checkpoint, const struct ckpt_retention_set *set)
{
	if (checkpoint == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	if (checkpoint->unlinked)
		return SA_AIS_ERR_BAD_OPERATION;
	return set->retention_ns < 0 ? SA_AIS_ERR_INVALID_PARAM : SA_AIS_OK;
}

/* The caller has it open, so nothing runs that would have to be moved; should its open be gone, the next close counts. */
static void apply_retention_set(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct ckpt_retention_set set;

	if (!ckpt_retention_set_decode(in, &set))
		return;
	struct checkpoint *checkpoint = checkpoint_find(state, set.checkpoint);
	const SaAisErrorT verdict = retention_set_verdict(checkpoint, &set);

	if (verdict == SA_AIS_OK) {
		checkpoint->retention_ns = set.retention_ns;
		checkpoint->changed = at->position;
		checkpoint_rehash(state, checkpoint);
	}
	effects_reply(effects, set.requester, verdict, (struct bytes){0});
}

static SaAisErrorT active_set_verdict(const struct checkpoint *checkpoint, struct requester requester)
{
	if (checkpoint == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	if (!checkpoint_is_asynchronous(checkpoint) || !checkpoint_is_collocated(checkpoint))
		return SA_AIS_ERR_BAD_OPERATION; /* CKPT-129 */
	const struct replica *replica = placement_replica(checkpoint, requester.node, requester.incarnation);
	return replica == NULL || !replica->complete ? SA_AIS_ERR_TRY_AGAIN : SA_AIS_OK; /* it must be in step (CKPT-134) */
}

static void apply_active_set(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct ckpt_active_set set;

	if (!ckpt_active_set_decode(in, &set))
		return;
	struct checkpoint *checkpoint = checkpoint_find(state, set.checkpoint);
	const SaAisErrorT verdict = active_set_verdict(checkpoint, set.requester);
	const bool is_new = verdict == SA_AIS_OK && (checkpoint->active_node != set.requester.node ||
	                                             checkpoint->active_incarnation != set.requester.incarnation);
	if (is_new) /* CKPT-130 */
		checkpoint_active_set(state, at, checkpoint, set.requester.node, set.requester.incarnation);
	if (is_new)
		placement_settle(state, checkpoint); /* where the role was it may have lain for that alone */
	effects_reply(effects, set.requester, verdict, (struct bytes){0});
}

static SaAisErrorT synchronize_verdict(const struct checkpoint *checkpoint)
{
	if (checkpoint == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	if (!checkpoint_is_asynchronous(checkpoint))
		return SA_AIS_ERR_BAD_OPERATION; /* CKPT-143 */
	if (checkpoint_is_lost(checkpoint))
		return SA_AIS_ERR_TRY_AGAIN;
	return checkpoint_lacks_active(checkpoint) ? SA_AIS_ERR_NOT_EXIST : SA_AIS_OK;
}

static void apply_synchronize(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct ckpt_synchronize synchronize;

	(void)at;
	if (!ckpt_synchronize_decode(in, &synchronize))
		return;
	const SaAisErrorT verdict = synchronize_verdict(checkpoint_find(state, synchronize.checkpoint));

	if (!synchronize.async) {
		effects_reply(effects, synchronize.requester, verdict, (struct bytes){0});
		return;
	}
	struct wire_writer body = {0};
	ckpt_synchronized_event_encode(&body, &(struct ckpt_synchronized_event){
		.cookie = synchronize.cookie, .invocation = synchronize.invocation,
		.error = verdict == SA_AIS_ERR_BAD_HANDLE ? SA_AIS_ERR_LIBRARY : verdict, /* the callback's list has no BAD_HANDLE */
	});
	effects->failed |= body.failed;
	effects_notify(effects, synchronize.requester, CKPT_EVENT_SYNCHRONIZED, wire_writer_bytes(&body));
	wire_writer_clear(&body);
}

/* --- Sections. --- */

/* To a call on data. The active replica's node answers with what it has; others when all have it. */
static void data_reply(struct effects *effects, const struct checkpoint *checkpoint, struct requester requester, SaAisErrorT verdict,
                       struct bytes payload)
{
	const bool is_active = checkpoint != NULL && checkpoint_is_asynchronous(checkpoint);

	effects_reply_active(effects, requester, verdict, payload, is_active ? checkpoint->active_node : 0,
	                     is_active ? checkpoint->active_since : (struct position){0});
}

static bool section_fits(const struct ckpt_state *state, const struct ckpt_section_create *create)
{
	return section_charge(create->id, create->initial.size) <= state->limits.charge_max - state->charge &&
	       create->initial.size <= state->limits.section_size_max &&
	       state->directory_size + section_directory_size(create->id) <= state->limits.directory_size_max;
}

/* The verdict follows from state and operation alone: every replica reaches the same one. CKPT-060, -065, -127. */
static SaAisErrorT section_create_verdict(const struct ckpt_state *state, const struct checkpoint *checkpoint,
                                          const struct ckpt_section_create *create)
{
	if (checkpoint == NULL)
		return SA_AIS_ERR_BAD_HANDLE; /* closed or taken over meanwhile */
	if (checkpoint_is_lost(checkpoint))
		return SA_AIS_ERR_TRY_AGAIN;
	if (checkpoint_lacks_active(checkpoint))
		return SA_AIS_ERR_NOT_EXIST;
	const struct ckpt_attributes *attributes = &checkpoint->attributes;
	if (create->id.size > attributes->section_id_size_max || create->initial.size > attributes->section_size_max)
		return SA_AIS_ERR_INVALID_PARAM;
	if (checkpoint_has_default_section(checkpoint))
		return SA_AIS_ERR_EXIST; /* its one section, the default section, is there from the start */
	if (create->id.size > 0 && section_find(checkpoint, create->id) != NULL)
		return SA_AIS_ERR_EXIST;
	if (checkpoint->sections.count >= attributes->section_count_max)
		return SA_AIS_ERR_NO_SPACE;
	return section_fits(state, create) ? SA_AIS_OK : SA_AIS_ERR_NO_RESOURCES;
}

enum { GENERATED_ID_SIZE = 16 };

/* The counter in base 36, as long as it fits the checkpoint's ids; returns the length, 0: it does not fit. */
static size_t generated_id_write(uint64_t counter, uint64_t size_max, uint8_t id[GENERATED_ID_SIZE])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	size_t size = 0;

	for (uint64_t left = counter; size == 0 || left > 0; left /= 36) {
		if (size == size_max || size == GENERATED_ID_SIZE)
			return 0;
		id[size++] = (uint8_t)digits[left % 36];
	}
	return size;
}

/* A free id from the checkpoint's own counter. Of one try more than there are sections one is free, if short ids do not run out. */
static struct bytes generated_id(struct checkpoint *checkpoint, uint8_t id[GENERATED_ID_SIZE])
{
	for (size_t tries = 0; tries <= checkpoint->sections.count + 1; tries++) {
		size_t size = generated_id_write(checkpoint->generated, checkpoint->attributes.section_id_size_max, id);

		if (size == 0) {
			checkpoint->generated = 0;
			size = generated_id_write(0, checkpoint->attributes.section_id_size_max, id);
		}
		checkpoint->generated++;
		if (size > 0 && section_find(checkpoint, bytes_of(id, size)) == NULL)
			return bytes_of(id, size);
	}
	return (struct bytes){0};
}

/* No clock here: the view's time keeper multicasts the expiry then. */
static void expiry_due(struct effects *effects, int64_t expiry_ns)
{
	if (expiry_ns != SA_TIME_END)
		effects_due(effects, expiry_ns < SA_TIME_BEGIN ? SA_TIME_BEGIN : expiry_ns);
}

static void apply_section_create(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct ckpt_section_create create;

	if (!ckpt_section_create_decode(in, &create))
		return;
	struct checkpoint *checkpoint = checkpoint_find(state, create.checkpoint);
	SaAisErrorT verdict = section_create_verdict(state, checkpoint, &create);
	uint8_t generated[GENERATED_ID_SIZE];
	struct bytes id = create.id;

	if (verdict == SA_AIS_OK && id.size == 0) {
		id = generated_id(checkpoint, generated);
		if (id.size == 0)
			verdict = SA_AIS_ERR_NO_SPACE;
	}
	if (verdict != SA_AIS_OK) {
		if (checkpoint != NULL)
			checkpoint_rehash(state, checkpoint); /* the counter may have moved */
		data_reply(effects, checkpoint, create.requester, verdict, (struct bytes){0});
		return;
	}
	/* Copies the views; lastUpdate is the sender's clock in `at`. */
	struct section *section = section_add(state, checkpoint, at, id, create.expiry_ns);
	if (section == NULL || !section_overwrite(state, checkpoint, at, section, create.initial)) {
		effects->failed = true;
		return;
	}
	checkpoint_rehash(state, checkpoint);
	expiry_due(effects, create.expiry_ns);
	data_reply(effects, checkpoint, create.requester, SA_AIS_OK, section_id(section));
}

/* For what names one section that is not the protected default section. CKPT-061, -062, -078, -082. */
static SaAisErrorT section_verdict(const struct checkpoint *checkpoint, struct bytes id)
{
	if (checkpoint == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	if (checkpoint_has_default_section(checkpoint) && id.size == 0)
		return SA_AIS_ERR_INVALID_PARAM;
	if (checkpoint_is_lost(checkpoint))
		return SA_AIS_ERR_TRY_AGAIN;
	if (checkpoint_lacks_active(checkpoint))
		return SA_AIS_ERR_NOT_EXIST;
	return section_find(checkpoint, id) == NULL ? SA_AIS_ERR_NOT_EXIST : SA_AIS_OK;
}

static void apply_section_delete(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct ckpt_section_delete delete;

	if (!ckpt_section_delete_decode(in, &delete))
		return;
	struct checkpoint *checkpoint = checkpoint_find(state, delete.checkpoint);
	const SaAisErrorT verdict = section_verdict(checkpoint, delete.id);

	if (verdict == SA_AIS_OK) {
		section_remove(state, checkpoint, section_find(checkpoint, delete.id));
		checkpoint->listed = checkpoint->changed = at->position;
		checkpoint_rehash(state, checkpoint);
	}
	data_reply(effects, checkpoint, delete.requester, verdict, (struct bytes){0});
}

static void apply_expiration_set(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct ckpt_expiration_set set;

	if (!ckpt_expiration_set_decode(in, &set))
		return;
	struct checkpoint *checkpoint = checkpoint_find(state, set.checkpoint);
	const SaAisErrorT verdict = section_verdict(checkpoint, set.id);

	if (verdict == SA_AIS_OK) {
		if (!section_expiry_set(state, checkpoint, at, section_find(checkpoint, set.id), set.expiry_ns)) {
			effects->failed = true;
			return;
		}
		checkpoint_rehash(state, checkpoint);
		expiry_due(effects, set.expiry_ns);
	}
	data_reply(effects, checkpoint, set.requester, verdict, (struct bytes){0});
}

/* --- Data. --- */

enum { NO_ELEMENT = UINT32_MAX };

static void refuse_write(struct effects *effects, const struct checkpoint *checkpoint, struct requester requester,
                         SaAisErrorT verdict, uint32_t index)
{
	struct wire_writer body = {0};

	if (index != NO_ELEMENT)
		ckpt_index_encode(&body, index);
	effects->failed |= body.failed;
	data_reply(effects, checkpoint, requester, verdict, wire_writer_bytes(&body));
	wire_writer_clear(&body);
}

static SaAisErrorT element_verdict(const struct checkpoint *checkpoint, const struct ckpt_element *element)
{
	const uint64_t size_max = checkpoint->attributes.section_size_max;

	if (section_find(checkpoint, element->id) == NULL)
		return SA_AIS_ERR_NOT_EXIST;
	if (element->data.size > size_max || element->offset > size_max - element->data.size)
		return SA_AIS_ERR_INVALID_PARAM; /* CKPT-090, -091 */
	return SA_AIS_OK;
}

/* Counts each element as if it grew its section by itself: never too little, and exact where sections are named once. */
static uint64_t element_growth(const struct checkpoint *checkpoint, const struct ckpt_element *element)
{
	const struct section *section = section_find(checkpoint, element->id);
	const uint64_t end = element->data.size == 0 ? 0 : element->offset + element->data.size;

	return end > section->size ? end - section->size : 0;
}

/* CKPT-092, -093: the first element in the wrong, and nothing is written. */
static SaAisErrorT write_verdict(const struct ckpt_state *state, const struct checkpoint *checkpoint, const struct ckpt_write *write,
                                 uint32_t *index)
{
	struct wire_reader in = wire_reader_of(write->elements);
	struct ckpt_element element;
	uint64_t growth = 0;

	*index = NO_ELEMENT;
	if (checkpoint == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	if (checkpoint_is_lost(checkpoint))
		return SA_AIS_ERR_TRY_AGAIN;
	if (checkpoint_lacks_active(checkpoint))
		return SA_AIS_ERR_NOT_EXIST;
	for (*index = 0; ckpt_element_next(&in, &element); ++*index) {
		const SaAisErrorT verdict = element_verdict(checkpoint, &element);

		if (verdict != SA_AIS_OK)
			return verdict;
		const uint64_t more = element_growth(checkpoint, &element);
		if (more > 0 && element.offset + element.data.size > state->limits.section_size_max)
			return SA_AIS_ERR_NO_RESOURCES;
		if (more > state->limits.charge_max - state->charge - growth)
			return SA_AIS_ERR_NO_RESOURCES;
		growth += more;
	}
	return SA_AIS_OK;
}

/* None is shown to readers again before the last is changed, so that none sees half of it. */
static bool elements_apply(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint, struct bytes elements)
{
	struct wire_reader in = wire_reader_of(elements);
	struct ckpt_element element;
	bool done = true;

	while (done && ckpt_element_next(&in, &element))
		done = section_write(state, checkpoint, at, section_find(checkpoint, element.id), element.offset, element.data);
	in = wire_reader_of(elements);
	while (done && ckpt_element_next(&in, &element)) {
		struct section *section = section_find(checkpoint, element.id);

		if (section->hidden)
			done = section_show(state, checkpoint, section);
	}
	return done;
}

static void apply_write(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct ckpt_write write;

	if (!ckpt_write_decode(in, &write))
		return;
	struct checkpoint *checkpoint = checkpoint_find(state, write.checkpoint);
	uint32_t index;
	const SaAisErrorT verdict = write_verdict(state, checkpoint, &write, &index);

	if (verdict != SA_AIS_OK) {
		refuse_write(effects, checkpoint, write.requester, verdict, index);
		return;
	}
	if (!elements_apply(state, at, checkpoint, write.elements)) {
		effects->failed = true;
		return;
	}
	checkpoint_rehash(state, checkpoint);
	data_reply(effects, checkpoint, write.requester, SA_AIS_OK, (struct bytes){0});
}

static SaAisErrorT overwrite_verdict(const struct ckpt_state *state, const struct checkpoint *checkpoint,
                                     const struct ckpt_overwrite *overwrite)
{
	if (checkpoint == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	if (checkpoint_is_lost(checkpoint))
		return SA_AIS_ERR_TRY_AGAIN;
	if (checkpoint_lacks_active(checkpoint))
		return SA_AIS_ERR_NOT_EXIST;
	const struct section *section = section_find(checkpoint, overwrite->id);
	if (section == NULL)
		return SA_AIS_ERR_NOT_EXIST;
	if (overwrite->data.size > checkpoint->attributes.section_size_max)
		return SA_AIS_ERR_INVALID_PARAM;
	if (overwrite->data.size > state->limits.section_size_max)
		return SA_AIS_ERR_NO_RESOURCES;
	if (overwrite->data.size > section->size &&
	    overwrite->data.size - section->size > state->limits.charge_max - state->charge)
		return SA_AIS_ERR_NO_RESOURCES;
	return SA_AIS_OK;
}

static void apply_overwrite(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct ckpt_overwrite overwrite;

	if (!ckpt_overwrite_decode(in, &overwrite))
		return;
	struct checkpoint *checkpoint = checkpoint_find(state, overwrite.checkpoint);
	const SaAisErrorT verdict = overwrite_verdict(state, checkpoint, &overwrite);

	if (verdict == SA_AIS_OK) {
		if (!section_overwrite(state, checkpoint, at, section_find(checkpoint, overwrite.id), overwrite.data)) {
			effects->failed = true;
			return;
		}
		checkpoint_rehash(state, checkpoint);
	}
	data_reply(effects, checkpoint, overwrite.requester, verdict, (struct bytes){0});
}

/* Who holds it now may be another than when it was asked. */
static uint32_t asked_of(const struct ckpt_state *state, const struct ckpt_read *read)
{
	const struct checkpoint *checkpoint = checkpoint_find(state, read->checkpoint);

	return read->holder == 0 || checkpoint == NULL || !placement_is_listed(checkpoint) ? read->holder
	                                                                                   : placement_holder(checkpoint, read->holder);
}

/* The holder first: what it has now is what it answers. */
static void apply_read(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	const struct bytes body = bytes_of(in->data, in->left);
	struct ckpt_read read;

	(void)at;
	if (!ckpt_read_decode(in, &read))
		return;
	const uint32_t holder = asked_of(state, &read);

	if (holder != 0)
		effects_ask(effects, holder, body);
	effects_ordered(effects, read.requester);
}

static void apply_read_answer(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct ckpt_read_answer answer;

	(void)state;
	(void)at;
	if (ckpt_read_answer_decode(in, &answer))
		effects_reply(effects, answer.requester, answer.code, answer.body);
}

/* --- Time: what the time keeper saw, void if it has changed. --- */

static void apply_expire(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct ckpt_expire expire;
	struct ckpt_expiry expiry;

	(void)effects;
	if (!ckpt_expire_decode(in, &expire))
		return;
	for (struct wire_reader expiries = wire_reader_of(expire.expiries); ckpt_expiry_next(&expiries, &expiry);) {
		struct checkpoint *checkpoint = checkpoint_find(state, expiry.checkpoint);
		struct section *section = checkpoint == NULL ? NULL : section_find(checkpoint, expiry.id);

		if (section == NULL || section->due == NULL || section_expiry_ns(section) != expiry.expiry_ns)
			continue;
		section_remove(state, checkpoint, section);
		checkpoint->listed = checkpoint->changed = at->position;
		checkpoint_rehash(state, checkpoint);
	}
}

static void apply_retention_start(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct ckpt_retention start;

	(void)at;
	if (!ckpt_retention_decode(in, &start))
		return;
	struct checkpoint *checkpoint = checkpoint_find(state, start.checkpoint);

	if (checkpoint == NULL || checkpoint->retention != RETENTION_PENDING || !position_equal(checkpoint->closed, start.closed))
		return;
	checkpoint_due_set(state, checkpoint, RETENTION_RUNNING, start.due_ns);
	checkpoint_rehash(state, checkpoint);
	effects_due(effects, start.due_ns);
}

static void apply_retention_end(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct ckpt_retention end;

	(void)effects;
	if (!ckpt_retention_decode(in, &end))
		return;
	struct checkpoint *checkpoint = checkpoint_find(state, end.checkpoint);
	if (checkpoint == NULL || checkpoint->retention != RETENTION_RUNNING || !position_equal(checkpoint->closed, end.closed) ||
	    checkpoint->due.due_ns != end.due_ns)
		return;
	state->listed = at->position;
	checkpoint_remove(state, checkpoint);
}

/* --- Entry points. --- */

/* What does not decode is nothing, on all nodes alike: each decodes its own operation first. */
static void (*const operations[])(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects) = {
	[CKPT_OPERATION_OPEN] = ckpt_apply_open,
	[CKPT_OPERATION_CLOSE] = ckpt_apply_close,
	[CKPT_OPERATION_UNLINK] = apply_unlink,
	[CKPT_OPERATION_RETENTION_SET] = apply_retention_set,
	[CKPT_OPERATION_ACTIVE_SET] = apply_active_set,
	[CKPT_OPERATION_SECTION_CREATE] = apply_section_create,
	[CKPT_OPERATION_SECTION_DELETE] = apply_section_delete,
	[CKPT_OPERATION_EXPIRATION_SET] = apply_expiration_set,
	[CKPT_OPERATION_WRITE] = apply_write,
	[CKPT_OPERATION_OVERWRITE] = apply_overwrite,
	[CKPT_OPERATION_SYNCHRONIZE] = apply_synchronize,
	[CKPT_OPERATION_EXPIRE] = apply_expire,
	[CKPT_OPERATION_RETENTION_START] = apply_retention_start,
	[CKPT_OPERATION_RETENTION_END] = apply_retention_end,
	[CKPT_OPERATION_CLIENT_GONE] = ckpt_apply_client_gone,
	[CKPT_OPERATION_RECLAIM] = ckpt_apply_reclaim,
	[CKPT_OPERATION_READ] = apply_read,
	[CKPT_OPERATION_READ_ANSWER] = apply_read_answer,
};

static_assert(sizeof(operations) / sizeof(operations[0]) == CKPT_OPERATION_END, "one for each operation");

void ckpt_state_apply(void *context, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	struct ckpt_state *state = context;
	struct wire_reader in = wire_reader_of(body);

	ckpt_state_changed(state, at->position);
	placement_sent(state, at);
	if (operation < CKPT_OPERATION_END && operations[operation] != NULL)
		operations[operation](state, at, &in, effects);
}

static bool is_member(const struct service_view *view, uint32_t node, uint64_t incarnation)
{
	for (size_t i = 0; i < view->member_count; i++) {
		if (view->members[i].node == node)
			return view->members[i].incarnation == incarnation;
	}
	return false;
}

/* Its replica is what it was: one that lost the barrier has been replaced. */
static bool is_active_still(const struct service_view *view, const struct checkpoint *checkpoint)
{
	for (size_t i = 0; i < view->member_count; i++) {
		if (view->members[i].node == checkpoint->active_node)
			return view->members[i].winner && view->members[i].incarnation == checkpoint->active_incarnation;
	}
	return false;
}

static const struct service_member *first_winner(const struct service_view *view)
{
	for (size_t i = 0; i < view->member_count; i++) {
		if (view->members[i].winner)
			return &view->members[i];
	}
	return NULL;
}

/* With its replica gone the role is nobody's until it is set again (CKPT-135), or the service gives it to another. */
static void active_nodes_check(struct ckpt_state *state, const struct at *at, const struct service_view *view)
{
	for (struct checkpoint *checkpoint = checkpoint_first(state); checkpoint != NULL; checkpoint = checkpoint_next(checkpoint)) {
		if (!checkpoint_is_asynchronous(checkpoint) || is_active_still(view, checkpoint) ||
		    (placement_is_listed(checkpoint) && !checkpoint_is_collocated(checkpoint))) /* theirs follows where they lie */
			continue;
		const struct service_member *next = checkpoint_is_collocated(checkpoint) ? NULL : first_winner(view);
		if (next != NULL)
			checkpoint_active_set(state, at, checkpoint, next->node, next->incarnation);
		else if (checkpoint->active_node != 0)
			checkpoint_active_set(state, at, checkpoint, 0, 0);
	}
}

/* CKPT-142: opens of departed nodes count as closed, in the order of their owners. A member's stay even where its state has lost: it will
 * claim them again, or close what it does not claim. */
void ckpt_state_view_applied(void *context, const struct at *at, const struct service_view *view, struct effects *effects)
{
	struct ckpt_state *state = context;
	struct ckpt_opened *next;

	ckpt_state_changed(state, at->position);
	effects->failed |= !placement_members_take(state, view);
	placement_departed(state, view);
	active_nodes_check(state, at, view);
	for (size_t i = 0; i < view->debt_count; i++) /* opens that timed out: their callers were told that they are not open */
		ckpt_opened_close(state, at, view->debts[i], view->debts[i].call, effects);
	for (struct ckpt_opened *opened = ckpt_opened_of_node(tree_first(&state->opens)); opened != NULL; opened = next) {
		next = ckpt_opened_of_node(tree_next(&opened->by_client));
		if (is_member(view, opened->client.node, opened->client.incarnation))
			continue;
		ckpt_opened_close(state, at, opened->client, opened->client.call, effects);
	}
	effects->failed |= !placement_refill(state, at, view);
}
