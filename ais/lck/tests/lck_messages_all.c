/* The table of what LCK says on the wire: see lck_messages_all.h. */
#include "ais/lck/tests/lck_messages_all.h"

static const struct requester requester = {.node = 1, .incarnation = 2, .client = 3, .call = 4};
static const struct identity resource = {.position = {.ring = {.seq = 5, .representative = 6}, .seq = 7, .index = 8}};
static const struct lck_token token = {.lineage = {.seq = 9, .representative = 10}, .number = 11};

static void open_request_sample(struct wire_writer *out)
{
	lck_open_request_encode(out, &(struct lck_open_request){
		.open = 1, .invocation = 2, .flags = 3, .has_waiter = true, .name = bytes_of_text("alpha"),
	});
}

static bool open_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_open_request message;

	if (!lck_open_request_decode(in, &message))
		return false;
	lck_open_request_encode(out, &message);
	return true;
}

static void lock_request_sample(struct wire_writer *out)
{
	lck_lock_request_encode(out, &(struct lck_lock_request){
		.open = 1, .lock = 2, .invocation = 3, .signal = UINT64_MAX, .mode = SA_LCK_EX_LOCK_MODE, .flags = 3, .at_once = true,
	});
}

static bool lock_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_lock_request message;

	if (!lck_lock_request_decode(in, &message))
		return false;
	lck_lock_request_encode(out, &message);
	return true;
}

static void number_request_sample(struct wire_writer *out)
{
	lck_number_request_encode(out, &(struct lck_number_request){
		.number = 1, .invocation = 2, .open = 3,
	});
}

static bool number_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_number_request message;

	if (!lck_number_request_decode(in, &message))
		return false;
	lck_number_request_encode(out, &message);
	return true;
}

static void lost_set_request_sample(struct wire_writer *out)
{
	lck_lost_set_request_encode(out, &(struct lck_lost_set_request){
		.wanted = true,
	});
}

static bool lost_set_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_lost_set_request message;

	if (!lck_lost_set_request_decode(in, &message))
		return false;
	lck_lost_set_request_encode(out, &message);
	return true;
}

static void limit_request_sample(struct wire_writer *out)
{
	lck_limit_request_encode(out);
}

static bool limit_request_again(struct wire_reader *in, struct wire_writer *out)
{
	if (!lck_limit_request_decode(in))
		return false;
	lck_limit_request_encode(out);
	return true;
}

static void limit_answer_sample(struct wire_writer *out)
{
	lck_limit_answer_encode(out, &(struct lck_limit_answer){.locks = {.client = 1, .all = 2}});
}

static bool limit_answer_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_limit_answer message;

	if (!lck_limit_answer_decode(in, &message))
		return false;
	lck_limit_answer_encode(out, &message);
	return true;
}

static void answer_sample(struct wire_writer *out)
{
	lck_answer_encode(out, &(struct lck_answer){
		.subject = LCK_SUBJECT_LOCK, .number = 1, .open = 2, .resource = resource, .status = 4, .token = token,
	});
}

static bool answer_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_answer message;

	if (!lck_answer_decode(in, &message))
		return false;
	lck_answer_encode(out, &message);
	return true;
}

static void opened_event_sample(struct wire_writer *out)
{
	lck_opened_event_encode(out, &(struct lck_opened_event){
		.open = 1, .invocation = 2, .error = 3, .resource = resource,
	});
}

static bool opened_event_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_opened_event message;

	if (!lck_opened_event_decode(in, &message))
		return false;
	lck_opened_event_encode(out, &message);
	return true;
}

static void granted_event_sample(struct wire_writer *out)
{
	lck_granted_event_encode(out, &(struct lck_granted_event){
		.open = 1, .lock = 2, .invocation = 3, .error = 4, .status = 5, .token = token,
	});
}

static bool granted_event_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_granted_event message;

	if (!lck_granted_event_decode(in, &message))
		return false;
	lck_granted_event_encode(out, &message);
	return true;
}

static void waiter_event_sample(struct wire_writer *out)
{
	lck_waiter_event_encode(out, &(struct lck_waiter_event){
		.open = 1, .lock = 2, .signal = 3, .mode_held = 4, .mode_requested = 5,
	});
}

static bool waiter_event_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_waiter_event message;

	if (!lck_waiter_event_decode(in, &message))
		return false;
	lck_waiter_event_encode(out, &message);
	return true;
}

static void unlocked_event_sample(struct wire_writer *out)
{
	lck_unlocked_event_encode(out, &(struct lck_unlocked_event){
		.open = 1, .invocation = 2, .error = 3,
	});
}

static bool unlocked_event_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_unlocked_event message;

	if (!lck_unlocked_event_decode(in, &message))
		return false;
	lck_unlocked_event_encode(out, &message);
	return true;
}

static void refused_event_sample(struct wire_writer *out)
{
	lck_refused_event_encode(out, &(struct lck_refused_event){
		.open = 1, .lock = 2, .invocation = 3, .error = 4,
	});
}

static bool refused_event_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_refused_event message;

	if (!lck_refused_event_decode(in, &message))
		return false;
	lck_refused_event_encode(out, &message);
	return true;
}

static void lost_event_sample(struct wire_writer *out)
{
	lck_lost_event_encode(out, &(struct lck_lost_event){
		.open = 1, .lock = 2, .invocation = 3, .was_waiting = true,
	});
}

static bool lost_event_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_lost_event message;

	if (!lck_lost_event_decode(in, &message))
		return false;
	lck_lost_event_encode(out, &message);
	return true;
}

static void open_sample(struct wire_writer *out)
{
	lck_open_encode(out, &(struct lck_open){
		.requester = requester, .async = true, .limits = {.client = 3, .all = LCK_OPENS_TOP}, .request = {.open = 1, .name = bytes_of_text("alpha")},
	});
}

static bool open_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_open message;

	if (!lck_open_decode(in, &message))
		return false;
	lck_open_encode(out, &message);
	return true;
}

static void lock_sample(struct wire_writer *out)
{
	lck_lock_encode(out, &(struct lck_lock){
		.requester = requester, .async = true, .limits = {.client = LCK_LOCKS_TOP, .all = 4}, .request = {.open = 1, .lock = 2, .mode = SA_LCK_PR_LOCK_MODE},
	});
}

static bool lock_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_lock message;

	if (!lck_lock_decode(in, &message))
		return false;
	lck_lock_encode(out, &message);
	return true;
}

static void end_sample(struct wire_writer *out)
{
	lck_end_encode(out, &(struct lck_end){
		.requester = requester, .number = 1, .open = 2, .async = true, .invocation = 3,
	});
}

static bool end_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_end message;

	if (!lck_end_decode(in, &message))
		return false;
	lck_end_encode(out, &message);
	return true;
}

static void client_gone_sample(struct wire_writer *out)
{
	lck_client_gone_encode(out, &(struct lck_client_gone){
		.client = requester,
	});
}

static bool client_gone_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_client_gone message;

	if (!lck_client_gone_decode(in, &message))
		return false;
	lck_client_gone_encode(out, &message);
	return true;
}

static void list_request_sample(struct wire_writer *out)
{
	lck_list_request_encode(out, &(struct lck_list_request){
		.started = true, .after = bytes_of_text("alpha"),
	});
}

static bool list_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_list_request message;

	if (!lck_list_request_decode(in, &message))
		return false;
	lck_list_request_encode(out, &message);
	return true;
}

static void show_request_sample(struct wire_writer *out)
{
	lck_show_request_encode(out, &(struct lck_show_request){
		.name = bytes_of_text("alpha"), .waiting = true, .after_grant = 9, .after = resource,
	});
}

static bool show_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_show_request message;

	if (!lck_show_request_decode(in, &message))
		return false;
	lck_show_request_encode(out, &message);
	return true;
}

static void reclaim_sample(struct wire_writer *out)
{
	struct wire_writer claims = {0};

	for (uint64_t open = 1; open <= 2; open++)
		lck_claim_encode(&claims, &(struct lck_claim){.open = open, .call = 3, .has_waiter = true, .resource = resource});
	lck_reclaim_encode(out, &(struct lck_reclaim){.client = requester, .count = 2, .claims = wire_writer_bytes(&claims)});
	wire_writer_clear(&claims);
}

static bool reclaim_again(struct wire_reader *in, struct wire_writer *out)
{
	struct wire_writer claims = {0};
	struct lck_reclaim message;
	struct lck_claim claim;

	if (!lck_reclaim_decode(in, &message))
		return false;
	for (struct wire_reader left = wire_reader_of(message.claims); lck_claim_next(&left, &claim);)
		lck_claim_encode(&claims, &claim);
	message.claims = wire_writer_bytes(&claims);
	lck_reclaim_encode(out, &message);
	wire_writer_clear(&claims);
	return true;
}

static void list_sample(struct wire_writer *out)
{
	lck_list_answer_encode(out, &(struct lck_list_answer){.end = true, .count = 2});
	for (uint32_t i = 0; i < 2; i++)
		lck_list_entry_encode(out, &(struct lck_list_entry){
			.name = bytes_of_text("alpha"), .resource = resource, .opens = 1, .held = 2, .orphans = 3, .waiting = 4, .mode = i + 1,
		});
}

static bool list_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_list_answer answer;
	struct lck_list_entry entry;

	if (!lck_list_answer_decode(in, &answer, lck_list_entry_size_min))
		return false;
	lck_list_answer_encode(out, &answer);
	for (uint32_t i = 0; i < answer.count && lck_list_entry_decode(in, &entry); i++)
		lck_list_entry_encode(out, &entry);
	return wire_finish(in);
}

static void show_sample(struct wire_writer *out)
{
	lck_list_answer_encode(out, &(struct lck_list_answer){.count = 2});
	for (uint32_t i = 0; i < 2; i++)
		lck_show_entry_encode(out, &(struct lck_show_entry){
			.lock = resource, .granted = i == 0, .orphan = i == 0, .mode = 1, .flags = 2, .owner = requester, .token = token,
		});
}

static bool show_again(struct wire_reader *in, struct wire_writer *out)
{
	struct lck_list_answer answer;
	struct lck_show_entry entry;

	if (!lck_list_answer_decode(in, &answer, lck_show_entry_size_min))
		return false;
	lck_list_answer_encode(out, &answer);
	for (uint32_t i = 0; i < answer.count && lck_show_entry_decode(in, &entry); i++)
		lck_show_entry_encode(out, &entry);
	return wire_finish(in);
}

const struct lck_message_kind lck_message_kinds[] = {
	{"open_request", open_request_sample, open_request_again},
	{"lock_request", lock_request_sample, lock_request_again},
	{"number_request", number_request_sample, number_request_again},
	{"lost_set_request", lost_set_request_sample, lost_set_request_again},
	{"limit_request", limit_request_sample, limit_request_again},
	{"limit_answer", limit_answer_sample, limit_answer_again},
	{"answer", answer_sample, answer_again},
	{"opened_event", opened_event_sample, opened_event_again},
	{"granted_event", granted_event_sample, granted_event_again},
	{"waiter_event", waiter_event_sample, waiter_event_again},
	{"unlocked_event", unlocked_event_sample, unlocked_event_again},
	{"refused_event", refused_event_sample, refused_event_again},
	{"lost_event", lost_event_sample, lost_event_again},
	{"open", open_sample, open_again},
	{"lock", lock_sample, lock_again},
	{"end", end_sample, end_again},
	{"client_gone", client_gone_sample, client_gone_again},
	{"list_request", list_request_sample, list_request_again},
	{"show_request", show_request_sample, show_request_again},
	{"reclaim", reclaim_sample, reclaim_again},
	{"list", list_sample, list_again},
	{"show", show_sample, show_again},
};
const size_t lck_message_kind_count = sizeof lck_message_kinds / sizeof *lck_message_kinds;
