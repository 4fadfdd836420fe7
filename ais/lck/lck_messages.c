/* Encodes and decodes the messages of LCK, each decoder the mirror of its encoder. */
#include "ais/lck/lck_messages.h"

const size_t lck_list_entry_size_min = 4 + 24 + 4 * 4 + 4;
const size_t lck_show_entry_size_min = 24 + 1 + 1 + 4 + 4 + 28 + 20;

enum { CLAIM_SIZE = 8 + 8 + 1 + 24 };

const struct lck_limits lck_locks_preset = {.client = 1 << 17, .all = 1 << 20};
const struct lck_limits lck_opens_preset = {.client = 1 << 16, .all = 1 << 19};

void lck_token_encode(struct wire_writer *out, struct lck_token token)
{
	ring_id_encode(out, token.lineage);
	wire_put_u64(out, token.number);
}

struct lck_token lck_token_decode(struct wire_reader *in)
{
	struct lck_token token;

	token.lineage = ring_id_decode(in);
	token.number = wire_get_u64(in);
	return token;
}

static void limits_put(struct wire_writer *out, struct lck_limits limits)
{
	wire_put_u32(out, limits.client);
	wire_put_u32(out, limits.all);
}

/* No node is configured beyond the tops: what says so is damaged. */
static struct lck_limits limits_get(struct wire_reader *in, uint32_t top)
{
	struct lck_limits limits;

	limits.client = wire_get_u32(in);
	limits.all = wire_get_u32(in);
	if (limits.client > top || limits.all > top)
		wire_fail(in);
	return limits;
}

/* --- requests and their answers; the parts that operations share --- */

static void open_put(struct wire_writer *out, const struct lck_open_request *request)
{
	wire_put_u64(out, request->open);
	wire_put_u64(out, request->invocation);
	wire_put_u32(out, request->flags);
	wire_put_bool(out, request->has_waiter);
	wire_put_bytes(out, request->name);
}

static struct lck_open_request open_get(struct wire_reader *in)
{
	struct lck_open_request request;

	request.open = wire_get_u64(in);
	request.invocation = wire_get_u64(in);
	request.flags = wire_get_u32(in);
	request.has_waiter = wire_get_bool(in);
	request.name = wire_get_bytes(in, SA_MAX_NAME_LENGTH);
	if (request.name.size == 0)
		wire_fail(in);
	return request;
}

static void lock_put(struct wire_writer *out, const struct lck_lock_request *request)
{
	wire_put_u64(out, request->open);
	wire_put_u64(out, request->lock);
	wire_put_u64(out, request->invocation);
	wire_put_u64(out, request->signal);
	wire_put_u32(out, request->mode);
	wire_put_u32(out, request->flags);
	wire_put_bool(out, request->at_once);
}

static struct lck_lock_request lock_get(struct wire_reader *in)
{
	struct lck_lock_request request;

	request.open = wire_get_u64(in);
	request.lock = wire_get_u64(in);
	request.invocation = wire_get_u64(in);
	request.signal = wire_get_u64(in);
	request.mode = wire_get_u32(in);
	request.flags = wire_get_u32(in);
	request.at_once = wire_get_bool(in);
	if (request.mode != SA_LCK_PR_LOCK_MODE && request.mode != SA_LCK_EX_LOCK_MODE)
		wire_fail(in);
	return request;
}

void lck_open_request_encode(struct wire_writer *out, const struct lck_open_request *request)
{
	wire_put_format(out, LCK_FORMAT);
	open_put(out, request);
}

bool lck_open_request_decode(struct wire_reader *in, struct lck_open_request *request)
{
	wire_get_format(in, LCK_FORMAT);
	*request = open_get(in);
	return wire_finish(in);
}

void lck_lock_request_encode(struct wire_writer *out, const struct lck_lock_request *request)
{
	wire_put_format(out, LCK_FORMAT);
	lock_put(out, request);
}

bool lck_lock_request_decode(struct wire_reader *in, struct lck_lock_request *request)
{
	wire_get_format(in, LCK_FORMAT);
	*request = lock_get(in);
	return wire_finish(in);
}

void lck_number_request_encode(struct wire_writer *out, const struct lck_number_request *request)
{
	wire_put_format(out, LCK_FORMAT);
	wire_put_u64(out, request->number);
	wire_put_u64(out, request->invocation);
	wire_put_u64(out, request->open);
}

bool lck_number_request_decode(struct wire_reader *in, struct lck_number_request *request)
{
	wire_get_format(in, LCK_FORMAT);
	request->number = wire_get_u64(in);
	request->invocation = wire_get_u64(in);
	request->open = wire_get_u64(in);
	return wire_finish(in);
}

void lck_lost_set_request_encode(struct wire_writer *out, const struct lck_lost_set_request *request)
{
	wire_put_format(out, LCK_FORMAT);
	wire_put_bool(out, request->wanted);
}

bool lck_lost_set_request_decode(struct wire_reader *in, struct lck_lost_set_request *request)
{
	wire_get_format(in, LCK_FORMAT);
	request->wanted = wire_get_bool(in);
	return wire_finish(in);
}

void lck_limit_request_encode(struct wire_writer *out)
{
	wire_put_format(out, LCK_FORMAT);
}

bool lck_limit_request_decode(struct wire_reader *in)
{
	wire_get_format(in, LCK_FORMAT);
	return wire_finish(in);
}

void lck_limit_answer_encode(struct wire_writer *out, const struct lck_limit_answer *answer)
{
	wire_put_format(out, LCK_FORMAT);
	limits_put(out, answer->locks);
}

bool lck_limit_answer_decode(struct wire_reader *in, struct lck_limit_answer *answer)
{
	wire_get_format(in, LCK_FORMAT);
	answer->locks = limits_get(in, LCK_LOCKS_TOP);
	return wire_finish(in);
}

void lck_answer_encode(struct wire_writer *out, const struct lck_answer *answer)
{
	wire_put_format(out, LCK_FORMAT);
	wire_put_u8(out, (uint8_t)answer->subject);
	wire_put_u64(out, answer->number);
	wire_put_u64(out, answer->open);
	identity_encode(out, answer->resource);
	wire_put_u32(out, answer->status);
	lck_token_encode(out, answer->token);
}

bool lck_answer_decode(struct wire_reader *in, struct lck_answer *answer)
{
	wire_get_format(in, LCK_FORMAT);
	answer->subject = (enum lck_subject)wire_get_u8(in);
	answer->number = wire_get_u64(in);
	answer->open = wire_get_u64(in);
	answer->resource = identity_decode(in);
	answer->status = wire_get_u32(in);
	answer->token = lck_token_decode(in);
	return wire_finish(in);
}

/* --- events --- */

void lck_opened_event_encode(struct wire_writer *out, const struct lck_opened_event *event)
{
	wire_put_format(out, LCK_FORMAT);
	wire_put_u64(out, event->open);
	wire_put_u64(out, event->invocation);
	wire_put_u32(out, event->error);
	identity_encode(out, event->resource);
}

bool lck_opened_event_decode(struct wire_reader *in, struct lck_opened_event *event)
{
	wire_get_format(in, LCK_FORMAT);
	event->open = wire_get_u64(in);
	event->invocation = wire_get_u64(in);
	event->error = wire_get_u32(in);
	event->resource = identity_decode(in);
	return wire_finish(in);
}

void lck_granted_event_encode(struct wire_writer *out, const struct lck_granted_event *event)
{
	wire_put_format(out, LCK_FORMAT);
	wire_put_u64(out, event->open);
	wire_put_u64(out, event->lock);
	wire_put_u64(out, event->invocation);
	wire_put_u32(out, event->error);
	wire_put_u32(out, event->status);
	lck_token_encode(out, event->token);
}

bool lck_granted_event_decode(struct wire_reader *in, struct lck_granted_event *event)
{
	wire_get_format(in, LCK_FORMAT);
	event->open = wire_get_u64(in);
	event->lock = wire_get_u64(in);
	event->invocation = wire_get_u64(in);
	event->error = wire_get_u32(in);
	event->status = wire_get_u32(in);
	event->token = lck_token_decode(in);
	return wire_finish(in);
}

void lck_waiter_event_encode(struct wire_writer *out, const struct lck_waiter_event *event)
{
	wire_put_format(out, LCK_FORMAT);
	wire_put_u64(out, event->open);
	wire_put_u64(out, event->lock);
	wire_put_u64(out, event->signal);
	wire_put_u32(out, event->mode_held);
	wire_put_u32(out, event->mode_requested);
}

bool lck_waiter_event_decode(struct wire_reader *in, struct lck_waiter_event *event)
{
	wire_get_format(in, LCK_FORMAT);
	event->open = wire_get_u64(in);
	event->lock = wire_get_u64(in);
	event->signal = wire_get_u64(in);
	event->mode_held = wire_get_u32(in);
	event->mode_requested = wire_get_u32(in);
	return wire_finish(in);
}

void lck_unlocked_event_encode(struct wire_writer *out, const struct lck_unlocked_event *event)
{
	wire_put_format(out, LCK_FORMAT);
	wire_put_u64(out, event->open);
	wire_put_u64(out, event->invocation);
	wire_put_u32(out, event->error);
}

bool lck_unlocked_event_decode(struct wire_reader *in, struct lck_unlocked_event *event)
{
	wire_get_format(in, LCK_FORMAT);
	event->open = wire_get_u64(in);
	event->invocation = wire_get_u64(in);
	event->error = wire_get_u32(in);
	return wire_finish(in);
}

void lck_refused_event_encode(struct wire_writer *out, const struct lck_refused_event *event)
{
	wire_put_format(out, LCK_FORMAT);
	wire_put_u64(out, event->open);
	wire_put_u64(out, event->lock);
	wire_put_u64(out, event->invocation);
	wire_put_u32(out, event->error);
}

bool lck_refused_event_decode(struct wire_reader *in, struct lck_refused_event *event)
{
	wire_get_format(in, LCK_FORMAT);
	event->open = wire_get_u64(in);
	event->lock = wire_get_u64(in);
	event->invocation = wire_get_u64(in);
	event->error = wire_get_u32(in);
	return wire_finish(in);
}

void lck_lost_event_encode(struct wire_writer *out, const struct lck_lost_event *event)
{
	wire_put_format(out, LCK_FORMAT);
	wire_put_u64(out, event->open);
	wire_put_u64(out, event->lock);
	wire_put_u64(out, event->invocation);
	wire_put_bool(out, event->was_waiting);
}

bool lck_lost_event_decode(struct wire_reader *in, struct lck_lost_event *event)
{
	wire_get_format(in, LCK_FORMAT);
	event->open = wire_get_u64(in);
	event->lock = wire_get_u64(in);
	event->invocation = wire_get_u64(in);
	event->was_waiting = wire_get_bool(in);
	return wire_finish(in);
}

/* --- operations --- */

void lck_open_encode(struct wire_writer *out, const struct lck_open *open)
{
	wire_put_format(out, LCK_RING_FORMAT);
	requester_encode(out, open->requester);
	wire_put_bool(out, open->async);
	limits_put(out, open->limits);
	open_put(out, &open->request);
}

bool lck_open_decode(struct wire_reader *in, struct lck_open *open)
{
	wire_get_format_of(in, LCK_RING_FORMAT);
	open->requester = requester_decode(in);
	open->async = wire_get_bool(in);
	open->limits = limits_get(in, LCK_OPENS_TOP);
	open->request = open_get(in);
	return wire_finish(in);
}

void lck_lock_encode(struct wire_writer *out, const struct lck_lock *lock)
{
	wire_put_format(out, LCK_RING_FORMAT);
	requester_encode(out, lock->requester);
	wire_put_bool(out, lock->async);
	limits_put(out, lock->limits);
	lock_put(out, &lock->request);
}

bool lck_lock_decode(struct wire_reader *in, struct lck_lock *lock)
{
	wire_get_format_of(in, LCK_RING_FORMAT);
	lock->requester = requester_decode(in);
	lock->async = wire_get_bool(in);
	lock->limits = limits_get(in, LCK_LOCKS_TOP);
	lock->request = lock_get(in);
	return wire_finish(in);
}

void lck_end_encode(struct wire_writer *out, const struct lck_end *end)
{
	wire_put_format(out, LCK_RING_FORMAT);
	requester_encode(out, end->requester);
	wire_put_u64(out, end->number);
	wire_put_u64(out, end->open);
	wire_put_bool(out, end->async);
	wire_put_u64(out, end->invocation);
}

bool lck_end_decode(struct wire_reader *in, struct lck_end *end)
{
	wire_get_format_of(in, LCK_RING_FORMAT);
	end->requester = requester_decode(in);
	end->number = wire_get_u64(in);
	end->open = wire_get_u64(in);
	end->async = wire_get_bool(in);
	end->invocation = wire_get_u64(in);
	return wire_finish(in);
}

void lck_client_gone_encode(struct wire_writer *out, const struct lck_client_gone *gone)
{
	wire_put_format(out, LCK_RING_FORMAT);
	requester_encode(out, gone->client);
}

bool lck_client_gone_decode(struct wire_reader *in, struct lck_client_gone *gone)
{
	wire_get_format_of(in, LCK_RING_FORMAT);
	gone->client = requester_decode(in);
	return wire_finish(in);
}

void lck_claim_encode(struct wire_writer *out, const struct lck_claim *claim)
{
	wire_put_u64(out, claim->open);
	wire_put_u64(out, claim->call);
	wire_put_bool(out, claim->has_waiter);
	identity_encode(out, claim->resource);
}

bool lck_claim_next(struct wire_reader *in, struct lck_claim *claim)
{
	if (in->left == 0)
		return false;
	claim->open = wire_get_u64(in);
	claim->call = wire_get_u64(in);
	claim->has_waiter = wire_get_bool(in);
	claim->resource = identity_decode(in);
	return !in->failed;
}

static bool claims_are_valid(struct bytes claims, uint32_t count)
{
	struct wire_reader in = wire_reader_of(claims);
	struct lck_claim claim;

	for (uint32_t i = 0; i < count; i++)
		if (!lck_claim_next(&in, &claim))
			return false;
	return wire_finish(&in);
}

void lck_reclaim_encode(struct wire_writer *out, const struct lck_reclaim *reclaim)
{
	wire_put_format(out, LCK_RING_FORMAT);
	requester_encode(out, reclaim->client);
	wire_put_u32(out, reclaim->count);
	wire_put_raw(out, reclaim->claims.data, reclaim->claims.size);
}

bool lck_reclaim_decode(struct wire_reader *in, struct lck_reclaim *reclaim)
{
	wire_get_format_of(in, LCK_RING_FORMAT);
	reclaim->client = requester_decode(in);
	reclaim->count = wire_get_count(in, CLAIM_SIZE, LCK_OPENS_TOP);
	reclaim->claims = wire_get_rest(in);
	return wire_finish(in) && claims_are_valid(reclaim->claims, reclaim->count);
}

/* --- the operator's tool --- */

void lck_list_request_encode(struct wire_writer *out, const struct lck_list_request *request)
{
	wire_put_format(out, LCK_FORMAT);
	wire_put_bool(out, request->started);
	wire_put_bytes(out, request->after);
}

bool lck_list_request_decode(struct wire_reader *in, struct lck_list_request *request)
{
	wire_get_format(in, LCK_FORMAT);
	request->started = wire_get_bool(in);
	request->after = wire_get_bytes(in, SA_MAX_NAME_LENGTH);
	return wire_finish(in);
}

void lck_show_request_encode(struct wire_writer *out, const struct lck_show_request *request)
{
	wire_put_format(out, LCK_FORMAT);
	wire_put_bytes(out, request->name);
	wire_put_bool(out, request->waiting);
	wire_put_u64(out, request->after_grant);
	identity_encode(out, request->after);
}

bool lck_show_request_decode(struct wire_reader *in, struct lck_show_request *request)
{
	wire_get_format(in, LCK_FORMAT);
	request->name = wire_get_bytes(in, SA_MAX_NAME_LENGTH);
	request->waiting = wire_get_bool(in);
	request->after_grant = wire_get_u64(in);
	request->after = identity_decode(in);
	return wire_finish(in);
}

void lck_list_answer_encode(struct wire_writer *out, const struct lck_list_answer *answer)
{
	wire_put_format(out, LCK_FORMAT);
	wire_put_bool(out, answer->end);
	wire_put_u32(out, answer->count);
}

bool lck_list_answer_decode(struct wire_reader *in, struct lck_list_answer *answer, size_t entry_size_min)
{
	wire_get_format(in, LCK_FORMAT);
	answer->end = wire_get_bool(in);
	answer->count = wire_get_count(in, entry_size_min, LCK_LIST_ENTRIES_MAX);
	return !in->failed;
}

void lck_list_entry_encode(struct wire_writer *out, const struct lck_list_entry *entry)
{
	wire_put_bytes(out, entry->name);
	identity_encode(out, entry->resource);
	wire_put_u32(out, entry->opens);
	wire_put_u32(out, entry->held);
	wire_put_u32(out, entry->orphans);
	wire_put_u32(out, entry->waiting);
	wire_put_u32(out, entry->mode);
}

bool lck_list_entry_decode(struct wire_reader *in, struct lck_list_entry *entry)
{
	entry->name = wire_get_bytes(in, SA_MAX_NAME_LENGTH);
	entry->resource = identity_decode(in);
	entry->opens = wire_get_u32(in);
	entry->held = wire_get_u32(in);
	entry->orphans = wire_get_u32(in);
	entry->waiting = wire_get_u32(in);
	entry->mode = wire_get_u32(in);
	return !in->failed;
}

void lck_show_entry_encode(struct wire_writer *out, const struct lck_show_entry *entry)
{
	identity_encode(out, entry->lock);
	wire_put_bool(out, entry->granted);
	wire_put_bool(out, entry->orphan);
	wire_put_u32(out, entry->mode);
	wire_put_u32(out, entry->flags);
	requester_encode(out, entry->owner);
	lck_token_encode(out, entry->token);
}

bool lck_show_entry_decode(struct wire_reader *in, struct lck_show_entry *entry)
{
	entry->lock = identity_decode(in);
	entry->granted = wire_get_bool(in);
	entry->orphan = wire_get_bool(in);
	entry->mode = wire_get_u32(in);
	entry->flags = wire_get_u32(in);
	entry->owner = requester_decode(in);
	entry->token = lck_token_decode(in);
	return !in->failed;
}
