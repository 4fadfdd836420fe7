#include "conformance/engine/toy.h"

#include "core/base/hash.h"

#include <stdlib.h>

enum toy_operation { TOY_ADD = 1, TOY_LOCK, TOY_RELEASE, TOY_RELEASE_CLIENT, TOY_OPEN, TOY_CLOSE, TOY_RECLAIM };

struct counter {
	bool present; /* its content is here */
	struct toy_value value;
	uint64_t digest;
	struct position changed;
	struct ring_id lost; /* nobody has it (R19) */
};

/* What was written inside a range while its copy was on its way. */
struct kept {
	uint8_t key;
	struct position position;
	int64_t amount;
	uint64_t token;
	bool younger;
};

struct toy {
	struct toy_lock lock;
	uint64_t lock_digest;
	struct position lock_changed;
	struct toy_box box;
	struct counter counters[TOY_KEYS];
	bool open;          /* a range is on its way */
	size_t open_from;   /* its first key */
	bool begun;         /* some of its copy has been taken */
	uint32_t left;      /* counters of the copy that have not */
	struct kept *kept;
	size_t kept_count, kept_capacity, kept_size;
	bool starving; /* the next operation finds no memory */
};

/* Of one client on its node. */
struct toy_client {
	uint64_t lock_call; /* of the call that got the lock; 0: it holds none */
	uint64_t open_call; /* of the call that opened the box; 0: it is not open */
	struct identity box;
};

/* An operation: who asked, then a request's own body. */
static bool operation_head(struct wire_reader *in, struct requester *requester)
{
	*requester = requester_decode(in);
	return !in->failed;
}

/* State */

static void *toy_new(const struct host *arenas)
{
	struct toy *toy = calloc(1, sizeof *toy);

	(void)arenas;
	for (size_t i = 0; toy != NULL && i < TOY_KEYS; i++)
		toy->counters[i].present = true;
	return toy;
}

static void toy_free(void *state)
{
	struct toy *toy = state;

	free(toy->kept);
	free(toy);
}

static uint64_t token_bit(uint64_t token)
{
	return UINT64_C(1) << (token & 63);
}

static void counter_add(struct counter *counter, struct position position, int64_t amount, uint64_t token, bool younger)
{
	counter->value.value = (int64_t)((uint64_t)counter->value.value + (uint64_t)amount);
	counter->value.token = token;
	counter->value.seen |= token_bit(token);
	counter->digest = digest_u64(counter->digest, younger ? ~token : token); /* what a younger release does otherwise */
	counter->changed = position;
}

static void keep(struct toy *toy, const struct at *at, const struct toy_add *add, struct effects *effects)
{
	if (toy->kept_count == toy->kept_capacity) {
		const size_t capacity = toy->kept_capacity == 0 ? 8 : toy->kept_capacity * 2;
		struct kept *kept = realloc(toy->kept, capacity * sizeof *kept);

		if (kept == NULL) {
			effects->failed = true;
			return;
		}
		toy->kept = kept;
		toy->kept_capacity = capacity;
	}
	toy->kept[toy->kept_count++] = (struct kept){add->key, at->position, add->amount, add->token, at->version >= TOY_YOUNGER};
	toy->kept_size += sizeof *toy->kept + add->padding.size;
}

static void apply_add(struct toy *toy, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct requester requester;
	struct toy_add add;

	if (!operation_head(in, &requester) || (at->version >= TOY_YOUNGER && wire_get_u8(in) != TOY_YOUNGER) || !toy_add_decode(in, &add))
		return;
	struct counter *counter = &toy->counters[add.key];
	if (!ring_id_is_none(counter->lost)) {
		effects_reply(effects, requester, RESULT_TRY_AGAIN, (struct bytes){0});
		return;
	}
	if (counter->present)
		counter_add(counter, at->position, add.amount, add.token, at->version >= TOY_YOUNGER);
	else if (toy->open && add.key >= toy->open_from)
		keep(toy, at, &add, effects);
	effects_reply(effects, requester, RESULT_OK, (struct bytes){0});
}

static void lock_change(struct toy *toy, struct position position, uint64_t token)
{
	toy->lock.seen |= token_bit(token);
	toy->lock_digest = digest_u64(toy->lock_digest, token);
	toy->lock_changed = position;
}

static void lock_free(struct toy *toy, struct position position)
{
	lock_change(toy, position, toy->lock.token);
	toy->lock.holder = (struct requester){0};
	toy->lock.grant = (struct identity){0};
	toy->lock.token = 0;
}

static void apply_lock(struct toy *toy, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct requester requester;
	uint64_t token;

	if (!operation_head(in, &requester) || !toy_token_decode(in, &token))
		return;
	lock_change(toy, at->position, token);
	if (toy->lock.holder.node != 0) {
		effects_reply(effects, requester, RESULT_BUSY, (struct bytes){0});
		return;
	}
	toy->lock.holder = requester;
	toy->lock.grant = identity_at(at);
	toy->lock.token = token;
	effects_reply(effects, requester, RESULT_OK, (struct bytes){0});
}

/* `requester` waits for the answer; the lock goes if `holder` has it. */
static void apply_release(struct toy *toy, const struct at *at, struct wire_reader *in, struct effects *effects, bool whole_client)
{
	struct requester requester, holder;

	if (!operation_head(in, &requester))
		return;
	holder = requester_decode(in);
	if (!wire_finish(in))
		return;
	const bool holds = toy->lock.holder.node != 0 && (whole_client ? requester_same_client(toy->lock.holder, holder)
	                                                               : requester_equal(toy->lock.holder, holder));
	if (holds)
		lock_free(toy, at->position);
	effects_reply(effects, requester, holds ? RESULT_OK : RESULT_NOT_EXIST, (struct bytes){0});
}

static void apply_open(struct toy *toy, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct wire_writer out = {0};
	struct requester requester;

	if (!operation_head(in, &requester) || !wire_finish(in))
		return;
	const bool opened = toy_box_open(&toy->box, at, requester);
	identity_encode(&out, toy->box.identity);
	effects_reply(effects, requester, opened ? RESULT_OK : RESULT_BUSY, wire_writer_bytes(&out));
	wire_writer_clear(&out);
}

static void apply_close(struct toy *toy, struct wire_reader *in)
{
	struct requester opener;

	if (operation_head(in, &opener) && wire_finish(in))
		toy_box_close(&toy->box, opener);
}

static void apply_reclaim(struct toy *toy, struct wire_reader *in, struct effects *effects)
{
	struct requester opener;

	if (!operation_head(in, &opener))
		return;
	const struct bytes named = bytes_of(in->data, in->left);
	const struct identity identity = identity_decode(in);
	if (!wire_finish(in) || toy_box_reclaim(&toy->box, identity, opener))
		return;
	toy_box_close(&toy->box, opener); /* its open of another box than the one it knows: it came here without this node's seeing it */
	effects_notify(effects, opener, TOY_EVENT_STALE, named);
}

/* Memory fails half-way: nothing of the change is made, and its OK is among the effects by then. */
static void apply_starved(struct toy *toy, struct wire_reader *in, struct effects *effects)
{
	struct requester requester;

	toy->starving = false;
	if (operation_head(in, &requester))
		effects_reply(effects, requester, RESULT_OK, (struct bytes){0});
	effects->failed = true;
}

static void toy_apply(void *state, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	struct wire_reader in = wire_reader_of(body);

	if (((struct toy *)state)->starving) {
		apply_starved(state, &in, effects);
		return;
	}
	switch (operation) {
	case TOY_ADD:
		apply_add(state, at, &in, effects);
		break;
	case TOY_LOCK:
		apply_lock(state, at, &in, effects);
		break;
	case TOY_RELEASE:
		apply_release(state, at, &in, effects, false);
		break;
	case TOY_RELEASE_CLIENT:
		apply_release(state, at, &in, effects, true);
		break;
	case TOY_OPEN:
		apply_open(state, at, &in, effects);
		break;
	case TOY_CLOSE:
		apply_close(state, &in);
		break;
	case TOY_RECLAIM:
		apply_reclaim(state, &in, effects);
		break;
	}
}

static bool owner_wins(const struct service_view *view, struct requester owner)
{
	for (size_t i = 0; i < view->member_count; i++)
		if (view->members[i].node == owner.node)
			return view->members[i].winner && view->members[i].incarnation == owner.incarnation;
	return false;
}

static bool owner_owes(const struct service_view *view, struct requester owner)
{
	for (size_t i = 0; i < view->debt_count; i++)
		if (requester_equal(view->debts[i], owner))
			return true;
	return false;
}

/* R18 */
static void toy_view_applied(void *state, const struct at *at, const struct service_view *view, struct effects *effects)
{
	struct toy *toy = state;

	(void)effects;
	if (toy->lock.holder.node != 0 && (!owner_wins(view, toy->lock.holder) || owner_owes(view, toy->lock.holder)))
		lock_free(toy, at->position);
	toy_box_view(&toy->box, view);
}

static uint64_t toy_digest_directory(const void *state)
{
	const struct toy *toy = state;
	uint64_t digest = digest_u64(toy->lock_digest, toy->lock.holder.node);

	digest = digest_u64(digest, toy->lock.holder.client);
	for (size_t i = 0; i < TOY_KEYS; i++)
		digest = digest_u64(digest, toy->counters[i].lost.seq);
	return toy_box_digest(digest_u64(digest, toy->lock.holder.call), &toy->box);
}

static uint64_t toy_digest_content(const void *state)
{
	const struct toy *toy = state;
	uint64_t digest = 0;

	for (size_t i = 0; i < TOY_KEYS; i++)
		digest = digest_u64(digest_u64(digest, toy->counters[i].digest), (uint64_t)toy->counters[i].value.value);
	return digest;
}

static void toy_directory_encode(const void *state, struct wire_writer *out)
{
	const struct toy *toy = state;

	wire_put_format(out, TOY_FORMAT);
	requester_encode(out, toy->lock.holder);
	identity_encode(out, toy->lock.grant);
	wire_put_u64(out, toy->lock.token);
	wire_put_u64(out, toy->lock.seen);
	wire_put_u64(out, toy->lock_digest);
	position_encode(out, toy->lock_changed);
	toy_box_encode(out, &toy->box);
	for (size_t i = 0; i < TOY_KEYS; i++)
		ring_id_encode(out, toy->counters[i].lost);
}

static bool toy_directory_decode(void *state, struct wire_reader *in)
{
	struct toy *toy = state;

	wire_get_format(in, TOY_FORMAT);
	toy->lock.holder = requester_decode(in);
	toy->lock.grant = identity_decode(in);
	toy->lock.token = wire_get_u64(in);
	toy->lock.seen = wire_get_u64(in);
	toy->lock_digest = wire_get_u64(in);
	toy->lock_changed = position_decode(in);
	toy_box_decode(in, &toy->box);
	for (size_t i = 0; i < TOY_KEYS; i++)
		toy->counters[i] = (struct counter){.lost = ring_id_decode(in)};
	return wire_finish(in);
}

/* Ranges: keys in order; `after` is one byte, the last key that is here. */

static const uint8_t key_bytes[TOY_KEYS] = {0, 1, 2, 3, 4, 5, 6, 7};

static size_t range_first(const struct service_range *range)
{
	return range->after.size == 1 && range->after.data[0] < TOY_KEYS ? range->after.data[0] + (size_t)1 : 0;
}

static bool toy_range_next(const void *state, struct service_range *range)
{
	const struct toy *toy = state;

	for (size_t i = 0; i < TOY_KEYS; i++) {
		if (toy->counters[i].present || !ring_id_is_none(toy->counters[i].lost))
			continue;
		range->after = i == 0 ? (struct bytes){0} : bytes_of(&key_bytes[i - 1], 1);
		range->object = bytes_of(&key_bytes[i < 2 ? i : 2], 1); /* the object's first */
		return true;
	}
	return false;
}

static void toy_range_drop(void *state)
{
	struct toy *toy = state;

	toy->open = toy->begun = false;
	toy->kept_count = 0;
	toy->kept_size = 0;
}

static void toy_range_open(void *state, const struct service_range *range)
{
	struct toy *toy = state;

	toy_range_drop(toy);
	toy->open = true;
	toy->open_from = range_first(range);
}

static size_t toy_range_kept(const void *state)
{
	return ((const struct toy *)state)->kept_size;
}

static bool toy_range_copy(const void *state, const struct service_range *range, struct wire_writer *out)
{
	const struct toy *toy = state;
	const size_t entry_size = 1 + 3 * 8 + 8 + 24, first = range_first(range);
	size_t count = range->size_max / entry_size;

	count = count == 0 ? 1 : count;
	count = count < TOY_KEYS - first ? count : TOY_KEYS - first;
	for (size_t i = 0; i < count; i++)
		if (!toy->counters[first + i].present)
			count = i;
	if (count == 0)
		return false;
	wire_put_format(out, TOY_FORMAT);
	wire_put_u32(out, (uint32_t)count);
	for (size_t i = first; i < first + count; i++) {
		wire_put_u8(out, (uint8_t)i);
		toy_value_encode(out, &toy->counters[i].value);
		wire_put_u64(out, toy->counters[i].digest);
		position_encode(out, toy->counters[i].changed);
	}
	return true;
}

static void copy_begin(struct toy *toy, struct wire_reader *in)
{
	if (toy->begun || in->left < 2 + 4)
		return;
	wire_get_format(in, TOY_FORMAT);
	toy->left = wire_get_u32(in);
	toy->begun = true;
}

/* One counter of the copy, if all of it is there. */
static bool counter_install(struct toy *toy, struct wire_reader *in)
{
	struct wire_reader ahead = *in;
	const uint8_t key = wire_get_u8(&ahead);
	struct counter copy = {.present = true};

	toy_value_get(&ahead, &copy.value);
	copy.digest = wire_get_u64(&ahead);
	copy.changed = position_decode(&ahead);
	if (!toy->begun || toy->left == 0 || ahead.failed || key >= TOY_KEYS)
		return false;
	*in = ahead;
	toy->left--;
	if (toy->counters[key].present)
		return true; /* newer than the copy */
	toy->counters[key] = copy;
	for (size_t k = 0; k < toy->kept_count; k++)
		if (toy->kept[k].key == key)
			counter_add(&toy->counters[key], toy->kept[k].position, toy->kept[k].amount, toy->kept[k].token,
			            toy->kept[k].younger);
	return true;
}

static size_t toy_range_part(void *state, struct bytes came, size_t most)
{
	struct toy *toy = state;
	struct wire_reader in = wire_reader_of(came);

	copy_begin(toy, &in);
	while (came.size - in.left < most && counter_install(toy, &in))
		;
	return came.size - in.left;
}

static bool toy_range_install(void *state, const struct service_range *range, struct wire_reader *in)
{
	struct toy *toy = state;

	(void)range;
	copy_begin(toy, in);
	while (counter_install(toy, in))
		;
	const bool is_whole = toy->begun && toy->left == 0;
	toy_range_drop(toy);
	return is_whole && wire_finish(in);
}

/* Objects: the two keys that the world uses, and the others together. The key of an object is its first counter's. */

static const struct {
	uint8_t first, end;
	char name[10];
} objects[] = {{0, 1, "key 0"}, {1, 2, "key 1"}, {2, TOY_KEYS, "keys 2-7"}};

enum { OBJECTS = sizeof objects / sizeof objects[0] };

static size_t object_of_key(struct bytes key)
{
	for (size_t i = 0; i < OBJECTS; i++)
		if (key.size == 1 && key.data[0] == objects[i].first)
			return i;
	return OBJECTS;
}

static bool toy_object_find(const void *state, struct bytes key, struct service_object *object)
{
	const struct toy *toy = state;
	const size_t i = object_of_key(key);

	if (i == OBJECTS)
		return false;
	*object = (struct service_object){
		.key = bytes_of(&key_bytes[objects[i].first], 1), .name = bytes_of_text(objects[i].name),
		.lost = toy->counters[objects[i].first].lost,
	};
	for (size_t k = objects[i].first; k < objects[i].end; k++)
		object->lacking += toy->counters[k].present ? 0 : sizeof toy->counters[k].value;
	object->complete = object->lacking == 0;
	return true;
}

static bool toy_object_next(const void *state, struct bytes key, struct service_object *object)
{
	const size_t next = key.size == 0 ? 0 : object_of_key(key) + 1;

	return next < OBJECTS && toy_object_find(state, bytes_of(&key_bytes[objects[next].first], 1), object);
}

static void toy_object_forget(void *older, struct bytes key)
{
	const size_t i = object_of_key(key);

	for (size_t k = objects[i].first; k < objects[i].end; k++)
		((struct toy *)older)->counters[k].present = false;
}

static void toy_objects_lost(void *state, struct ring_id since)
{
	struct toy *toy = state;

	for (size_t k = 0; k < TOY_KEYS; k++)
		if (ring_id_is_none(toy->counters[k].lost))
			toy->counters[k] = (struct counter){.lost = since};
}

static void toy_object_encode(const void *older, struct bytes key, struct wire_writer *out)
{
	(void)older;
	(void)key;
	wire_put_format(out, TOY_FORMAT);
}

static bool toy_object_restore(void *state, const struct at *at, struct bytes key, struct wire_reader *in, const void *older,
                               struct effects *effects)
{
	const size_t i = object_of_key(key);
	struct toy *toy = state;

	(void)at;
	(void)effects;
	wire_get_format(in, TOY_FORMAT);
	if (!wire_finish(in))
		return false;
	for (size_t k = objects[i].first; k < objects[i].end; k++) {
		toy->counters[k] = older == NULL ? (struct counter){0} : ((const struct toy *)older)->counters[k];
		toy->counters[k].lost = (struct ring_id){0};
	}
	return true;
}

static void toy_object_give_up(void *state, const struct at *at, struct bytes key, struct effects *effects)
{
	const size_t i = object_of_key(key);

	(void)at;
	(void)effects;
	for (size_t k = objects[i].first; k < objects[i].end; k++)
		((struct toy *)state)->counters[k] = (struct counter){.present = true};
}

/* Requests */

static void operation_begin(struct service *service, enum toy_operation operation, struct requester requester, struct bytes rest)
{
	struct wire_writer *out = service_operation(service, (uint16_t)operation);

	requester_encode(out, requester);
	wire_put_raw(out, rest.data, rest.size);
}

static enum service_outcome on_add(struct service *service, struct client *client, struct wire_reader *in)
{
	const struct bytes whole = bytes_of(in->data, in->left);
	struct toy_add add;

	if (!toy_add_decode(in, &add))
		return service_disconnect(client, "malformed add");
	struct wire_writer *out = service_operation(service, TOY_ADD);

	requester_encode(out, client_requester(client));
	if (service_version(service) >= TOY_YOUNGER)
		wire_put_u8(out, TOY_YOUNGER);
	wire_put_raw(out, whole.data, whole.size);
	return service_multicast(service, client);
}

/* An addition written for a view of the other version. */
static bool toy_convert(uint16_t operation, uint16_t from, uint16_t to, struct wire_reader *in, struct wire_writer *out)
{
	if (operation == TOY_ADD) {
		requester_encode(out, requester_decode(in));
		if (from >= TOY_YOUNGER)
			wire_get_u8(in);
		if (to >= TOY_YOUNGER)
			wire_put_u8(out, TOY_YOUNGER);
	}
	const struct bytes rest = wire_get_rest(in);

	wire_put_raw(out, rest.data, rest.size);
	return !in->failed;
}

static enum service_outcome on_read(struct service *service, struct client *client, struct wire_reader *in)
{
	const struct toy *toy = service_state(service);
	struct wire_writer out = {0};
	uint8_t key;

	if (!toy_key_decode(in, &key))
		return service_disconnect(client, "malformed read");
	if (!ring_id_is_none(toy->counters[key].lost))
		return service_answer(client, RESULT_TRY_AGAIN);
	if (!toy->counters[key].present)
		return service_answer_later(client);
	toy_value_encode(&out, &toy->counters[key].value);
	const enum service_outcome outcome =
	        service_answer_read(client, RESULT_OK, wire_writer_bytes(&out), toy->counters[key].changed);
	wire_writer_clear(&out);
	return outcome;
}

static enum service_outcome on_lock(struct service *service, struct client *client, struct wire_reader *in)
{
	const struct bytes whole = bytes_of(in->data, in->left);
	uint64_t token;

	if (!toy_token_decode(in, &token))
		return service_disconnect(client, "malformed lock");
	operation_begin(service, TOY_LOCK, client_requester(client), whole);
	return service_multicast(service, client);
}

static void release_write(struct service *service, enum toy_operation operation, struct requester waiter, struct requester holder)
{
	struct wire_writer *out = service_operation(service, (uint16_t)operation);

	requester_encode(out, waiter);
	requester_encode(out, holder);
}

static void lock_withdraw(struct service *service, struct client *client, uint64_t call, struct wire_reader *in)
{
	struct toy_client *data = client_data(client);

	(void)in;
	if (data->lock_call == call)
		data->lock_call = 0;
	release_write(service, TOY_RELEASE, client_requester_all(client), client_requester(client));
	service_owe(service);
}

static enum service_outcome on_unlock(struct service *service, struct client *client, struct wire_reader *in)
{
	struct toy_client *data = client_data(client);
	struct requester holder = client_requester_all(client);

	wire_get_format(in, TOY_FORMAT);
	if (!wire_finish(in))
		return service_disconnect(client, "malformed unlock");
	if (data->lock_call == 0)
		return service_answer(client, RESULT_NOT_EXIST);
	holder.call = data->lock_call;
	data->lock_call = 0;
	release_write(service, TOY_RELEASE, client_requester(client), holder);
	return service_multicast(service, client);
}

static enum service_outcome on_open(struct service *service, struct client *client, struct wire_reader *in)
{
	const struct toy_client *data = client_data(client);

	wire_get_format(in, TOY_FORMAT);
	if (!wire_finish(in))
		return service_disconnect(client, "malformed open");
	if (data->open_call != 0)
		return service_answer(client, RESULT_BUSY);
	requester_encode(service_operation(service, TOY_OPEN), client_requester(client));
	return service_multicast(service, client);
}

/* Owed: it is ordered whatever comes, and goes before what the client asks next. */
static void close_owe(struct service *service, struct client *client, uint64_t call)
{
	struct requester opener = client_requester_all(client);

	opener.call = call;
	requester_encode(service_operation(service, TOY_CLOSE), opener);
	service_owe(service);
}

static void open_withdraw(struct service *service, struct client *client, uint64_t call, struct wire_reader *in)
{
	struct toy_client *data = client_data(client);

	(void)in;
	if (data->open_call == call)
		data->open_call = 0;
	close_owe(service, client, call);
}

static enum service_outcome on_close(struct service *service, struct client *client, struct wire_reader *in)
{
	struct toy_client *data = client_data(client);
	const uint64_t call = data->open_call;

	wire_get_format(in, TOY_FORMAT);
	if (!wire_finish(in))
		return service_disconnect(client, "malformed close");
	if (call == 0)
		return service_answer(client, RESULT_NOT_EXIST);
	data->open_call = 0;
	close_owe(service, client, call);
	return service_answer(client, RESULT_OK);
}

static void toy_client_reclaim(struct service *service, struct client *client)
{
	const struct toy_client *data = client_data(client);
	struct requester opener = client_requester_all(client);

	if (data->open_call == 0)
		return;
	opener.call = data->open_call;
	struct wire_writer *out = service_operation(service, TOY_RECLAIM);
	requester_encode(out, opener);
	identity_encode(out, data->box);
	service_multicast_own(service);
}

/* The client's open, as its answer or the notice of its end passes. The notice promises nothing, so it need not wait: held, it could be
 * dropped with what is undecided. What another history has of the open is closed. */
static void open_replied(struct service *service, struct client *client, const struct effect *effect, struct bytes payload)
{
	struct toy_client *data = client_data(client);
	struct wire_reader in = wire_reader_of(payload);

	if (effect->kind == EFFECT_NOTIFY && data->open_call != 0 && identity_equal(identity_decode(&in), data->box)) {
		close_owe(service, client, data->open_call);
		service_event(client, TOY_EVENT_STALE, payload);
		data->open_call = 0;
	} else if (effect->kind == EFFECT_REPLY && effect->code == RESULT_OK && payload.size > 0) {
		data->open_call = effect->requester.call;
		data->box = identity_decode(&in);
	}
}

static void toy_replied(struct service *service, struct client *client, const struct effect *effect, struct bytes payload)
{
	const struct toy *toy = service_state(service);
	struct toy_client *data = client_data(client);

	open_replied(service, client, effect, payload);
	if (effect->code == RESULT_OK && requester_equal(toy->lock.holder, effect->requester))
		data->lock_call = effect->requester.call;
}

static void toy_client_closed(struct service *service, struct client *client)
{
	release_write(service, TOY_RELEASE_CLIENT, client_requester_all(client), client_requester_all(client));
	service_owe(service);
	close_owe(service, client, 0);
}

static bool client_holds(const struct toy *toy, struct client *client, const struct toy_client *data)
{
	struct requester holder = client_requester_all(client);

	holder.call = data->lock_call;
	return requester_equal(toy->lock.holder, holder);
}

/* R18, R20: losers and holders in a view that does not serve are told now. */
static void toy_view_ended(struct service *service, const struct service_view *view)
{
	const struct toy *toy = service_state(service);
	bool stays = view->serving;

	for (size_t i = 0; i < view->member_count; i++)
		if (view->members[i].node == view->node)
			stays = stays && view->members[i].winner;
	for (struct client *client = client_first(service); client != NULL; client = client_next(service, client)) {
		struct toy_client *data = client_data(client);

		if (data->lock_call == 0 || (stays && client_holds(toy, client, data)))
			continue;
		service_debt(client, data->lock_call);
		data->lock_call = 0;
		service_event(client, TOY_EVENT_LOST, (struct bytes){0});
	}
}

static const struct service_request toy_requests[TOY_REQUEST_COUNT] = {
	[TOY_REQUEST_ADD] = {.name = "add", .handle = on_add, .answer = ANSWER_STABLE, .gate = GATE_CHANGE},
	[TOY_REQUEST_READ] = {.name = "read", .handle = on_read, .answer = ANSWER_STABLE, .gate = GATE_READ},
	[TOY_REQUEST_LOCK] = {.name = "lock", .handle = on_lock, .answer = ANSWER_STABLE, .gate = GATE_CHANGE,
	                      .withdraw = lock_withdraw},
	[TOY_REQUEST_UNLOCK] = {.name = "unlock", .handle = on_unlock, .answer = ANSWER_STABLE, .gate = GATE_CHANGE},
	[TOY_REQUEST_OPEN] = {.name = "open", .handle = on_open, .answer = ANSWER_STABLE, .gate = GATE_CHANGE,
	                      .withdraw = open_withdraw},
	[TOY_REQUEST_CLOSE] = {.name = "close", .handle = on_close, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE},
};

/* The same table under two names; the second takes a range at once. */
#define TOY_TABLE \
	.format = TOY_FORMAT, .requests = toy_requests, .request_count = TOY_REQUEST_COUNT, \
	.state_new = toy_new, .state_free = toy_free, .apply = toy_apply, .view_applied = toy_view_applied, \
	.digest_directory = toy_digest_directory, .digest_content = toy_digest_content, \
	.directory_encode = toy_directory_encode, .directory_decode = toy_directory_decode, \
	.range_next = toy_range_next, .range_open = toy_range_open, .range_kept = toy_range_kept, .range_drop = toy_range_drop, \
	.range_copy = toy_range_copy, .range_install = toy_range_install, \
	.object_find = toy_object_find, .object_next = toy_object_next, .object_forget = toy_object_forget, \
	.objects_lost = toy_objects_lost, .object_encode = toy_object_encode, .object_restore = toy_object_restore, \
	.object_give_up = toy_object_give_up, \
	.client_data_size = sizeof(struct toy_client), .client_closed = toy_client_closed, \
	.replied = toy_replied, .operation_convert = toy_convert, .client_reclaim = toy_client_reclaim, .view_ended = toy_view_ended,

const struct service_engine aisle_service_toy = {.name = "toy", .id = 200, .range_part = toy_range_part, TOY_TABLE};
const struct service_engine toy_elsewhere = {.name = "elsewhere", .id = 201, TOY_TABLE};

const struct toy_value *toy_counter(const void *state, uint8_t key)
{
	const struct toy *toy = state;

	return toy->counters[key].present ? &toy->counters[key].value : NULL;
}

const struct toy_box *toy_box(const void *state)
{
	return &((const struct toy *)state)->box;
}

const struct toy_lock *toy_lock(const void *state)
{
	return &((const struct toy *)state)->lock;
}

struct position toy_counter_changed(const void *state, uint8_t key)
{
	return ((const struct toy *)state)->counters[key].changed;
}

struct ring_id toy_lost(const void *state, uint8_t key)
{
	return ((const struct toy *)state)->counters[key].lost;
}

void toy_starve(void *state)
{
	((struct toy *)state)->starving = true;
}
