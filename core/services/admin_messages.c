/* Encodes and decodes the messages of `admin`, each decoder the mirror of its encoder. Not here: what they mean (admin_service.c). */
#include "core/services/admin_messages.h"

void admin_plain_encode(struct wire_writer *out)
{
	wire_put_format(out, ADMIN_FORMAT);
}

bool admin_plain_decode(struct wire_reader *in)
{
	wire_get_format(in, ADMIN_FORMAT);
	return wire_finish(in);
}

enum admin_standing admin_standing(struct ring_id ring, uint32_t gate, bool serving, bool caught_up)
{
	if (ring_id_is_none(ring))
		return ADMIN_STANDING_BARRIER;
	if (gate & ADMIN_GATE_QUORUM)
		return ADMIN_STANDING_NO_QUORUM;
	if (gate & ADMIN_GATE_STATE)
		return ADMIN_STANDING_STATE;
	if (gate & ADMIN_GATE_BARRIER)
		return ADMIN_STANDING_BARRIER;
	if (gate & ADMIN_GATE_FENCING)
		return ADMIN_STANDING_FENCING;
	if ((gate & ADMIN_GATE_ADOPTING) || !caught_up)
		return ADMIN_STANDING_CATCHING_UP;
	return serving ? ADMIN_STANDING_CAUGHT_UP : ADMIN_STANDING_BARRIER;
}

void admin_await_encode(struct wire_writer *out, const struct admin_await *await)
{
	wire_put_format(out, ADMIN_FORMAT);
	wire_put_u32(out, await->standings);
	wire_put_u32(out, await->member_count);
}

bool admin_await_decode(struct wire_reader *in, struct admin_await *await)
{
	const uint32_t known = ADMIN_STANDING_CAUGHT_UP | ADMIN_STANDING_CATCHING_UP | ADMIN_STANDING_NO_QUORUM | ADMIN_STANDING_STATE |
	                       ADMIN_STANDING_BARRIER | ADMIN_STANDING_FENCING;

	wire_get_format(in, ADMIN_FORMAT);
	await->standings = wire_get_u32(in);
	await->member_count = wire_get_u32(in);
	if (await->standings == 0 || (await->standings & ~known) != 0)
		wire_fail(in);
	return wire_finish(in);
}

void admin_number_encode(struct wire_writer *out, const struct admin_number *number)
{
	wire_put_format(out, ADMIN_FORMAT);
	wire_put_u32(out, number->number);
}

bool admin_number_decode(struct wire_reader *in, struct admin_number *number)
{
	wire_get_format(in, ADMIN_FORMAT);
	number->number = wire_get_u32(in);
	if (number->number == 0)
		wire_fail(in);
	return wire_finish(in);
}

void admin_leave_encode(struct wire_writer *out, const struct admin_leave *leave)
{
	wire_put_format(out, ADMIN_FORMAT);
	wire_put_bool(out, leave->force);
}

bool admin_leave_decode(struct wire_reader *in, struct admin_leave *leave)
{
	wire_get_format(in, ADMIN_FORMAT);
	leave->force = wire_get_bool(in);
	return wire_finish(in);
}

static void member_encode(struct wire_writer *out, const struct admin_member *member)
{
	wire_put_u32(out, member->node);
	wire_put_u64(out, member->incarnation);
	wire_put_bool(out, member->winner);
	wire_put_bytes(out, member->name);
	wire_put_bytes(out, member->address);
	wire_put_u8(out, member->address_family);
	wire_put_i64(out, member->boot_ns);
	ring_id_encode(out, member->joined);
}

static void member_decode(struct wire_reader *in, struct admin_member *member)
{
	member->node = wire_get_u32(in);
	member->incarnation = wire_get_u64(in);
	member->winner = wire_get_bool(in);
	member->name = wire_get_bytes(in, ADMIN_TEXT_SIZE_MAX);
	member->address = wire_get_bytes(in, ADMIN_TEXT_SIZE_MAX);
	member->address_family = wire_get_u8(in);
	member->boot_ns = wire_get_i64(in);
	member->joined = ring_id_decode(in);
}

/* Appended later than the list of services itself, so they stand behind all lists. */
static void digests_encode(struct wire_writer *out, const struct admin_status *status)
{
	for (uint32_t i = 0; i < status->service_count; i++) {
		wire_put_u32(out, status->services[i].calls);
		wire_put_u64(out, status->services[i].directory_digest);
		wire_put_u64(out, status->services[i].content_digest);
	}
}

/* An older daemon does not send them. */
static void digests_decode(struct wire_reader *in, struct admin_status *status)
{
	for (uint32_t i = 0; i < status->service_count && in->left > 0; i++) {
		status->services[i].calls = wire_get_u32(in);
		status->services[i].directory_digest = wire_get_u64(in);
		status->services[i].content_digest = wire_get_u64(in);
	}
}

static void lists_encode(struct wire_writer *out, const struct admin_status *status)
{
	wire_put_u32(out, status->member_count);
	for (uint32_t i = 0; i < status->member_count; i++)
		member_encode(out, &status->members[i]);
	wire_put_u32(out, status->service_count);
	for (uint32_t i = 0; i < status->service_count; i++) {
		wire_put_bytes(out, status->services[i].name);
		wire_put_u32(out, status->services[i].clients);
		wire_put_bool(out, status->services[i].complete);
	}
	wire_put_u32(out, status->counter_count);
	for (uint32_t i = 0; i < status->counter_count; i++) {
		wire_put_bytes(out, status->counters[i].name);
		wire_put_u64(out, status->counters[i].value);
	}
}

/* The smallest an entry can be: its fixed fields and the lengths of its texts. */
enum { MEMBER_SIZE_MIN = 4 + 8 + 1 + 4 + 4 + 1 + 8 + 12, SERVICE_SIZE_MIN = 4 + 4 + 1, COUNTER_SIZE_MIN = 4 + 8 };

static void lists_decode(struct wire_reader *in, struct admin_status *status)
{
	status->member_count = wire_get_count(in, MEMBER_SIZE_MIN, ADMIN_MEMBERS_MAX);
	for (uint32_t i = 0; i < status->member_count; i++)
		member_decode(in, &status->members[i]);
	status->service_count = wire_get_count(in, SERVICE_SIZE_MIN, ADMIN_SERVICES_MAX);
	for (uint32_t i = 0; i < status->service_count; i++) {
		status->services[i].name = wire_get_bytes(in, ADMIN_TEXT_SIZE_MAX);
		status->services[i].clients = wire_get_u32(in);
		status->services[i].complete = wire_get_bool(in);
	}
	status->counter_count = wire_get_count(in, COUNTER_SIZE_MIN, ADMIN_COUNTERS_MAX);
	for (uint32_t i = 0; i < status->counter_count; i++) {
		status->counters[i].name = wire_get_bytes(in, ADMIN_TEXT_SIZE_MAX);
		status->counters[i].value = wire_get_u64(in);
	}
}

static void names_encode(struct wire_writer *out, const struct bytes *names, uint32_t count)
{
	wire_put_u32(out, count);
	for (uint32_t i = 0; i < count; i++)
		wire_put_bytes(out, names[i]);
}

static uint32_t names_decode(struct wire_reader *in, struct bytes *names)
{
	const uint32_t count = wire_get_count(in, 4, ADMIN_NAMES_MAX);

	for (uint32_t i = 0; i < count; i++)
		names[i] = wire_get_bytes(in, ADMIN_TEXT_SIZE_MAX);
	return count;
}

static void safety_encode(struct wire_writer *out, const struct admin_status *status)
{
	wire_put_bool(out, status->restart_safe);
	wire_put_bytes(out, status->restart_reason);
	wire_put_u64(out, status->taken_back);
	names_encode(out, status->lost, status->lost_count);
	names_encode(out, status->given_up, status->given_up_shown);
	wire_put_u64(out, status->given_up_count);
	wire_put_u32(out, status->unfenced_count);
	for (uint32_t i = 0; i < status->unfenced_count; i++)
		wire_put_u32(out, status->unfenced[i]);
	for (uint32_t i = 0; i < status->service_count; i++) {
		wire_put_u64(out, status->services[i].objects_left);
		wire_put_u64(out, status->services[i].bytes_left);
		wire_put_u64(out, status->services[i].objects_lost);
	}
}

static void safety_decode(struct wire_reader *in, struct admin_status *status)
{
	status->restart_safe = wire_get_bool(in);
	status->restart_reason = wire_get_bytes(in, ADMIN_TEXT_SIZE_MAX);
	status->taken_back = wire_get_u64(in);
	status->lost_count = names_decode(in, status->lost);
	status->given_up_shown = names_decode(in, status->given_up);
	status->given_up_count = wire_get_u64(in);
	status->unfenced_count = wire_get_count(in, 4, ADMIN_MEMBERS_MAX);
	for (uint32_t i = 0; i < status->unfenced_count; i++)
		status->unfenced[i] = wire_get_u32(in);
	for (uint32_t i = 0; i < status->service_count; i++) {
		status->services[i].objects_left = wire_get_u64(in);
		status->services[i].bytes_left = wire_get_u64(in);
		status->services[i].objects_lost = wire_get_u64(in);
	}
}

void admin_status_encode(struct wire_writer *out, const struct admin_status *status)
{
	wire_put_format(out, ADMIN_FORMAT);
	wire_put_bytes(out, status->release);
	wire_put_bytes(out, status->instance);
	wire_put_bytes(out, status->cluster_name);
	wire_put_bytes(out, status->provider);
	wire_put_u32(out, status->node);
	wire_put_bytes(out, status->node_name);
	wire_put_u64(out, status->incarnation);
	wire_put_u32(out, status->pid);
	wire_put_i64(out, status->wall_ns);
	wire_put_i64(out, status->monotonic_ns);
	wire_put_i64(out, status->started_ns);
	ring_id_encode(out, status->ring);
	ring_id_encode(out, status->lineage);
	wire_put_bool(out, status->quorum_required);
	wire_put_bool(out, status->quorate);
	wire_put_bool(out, status->primary);
	wire_put_bool(out, status->serving);
	wire_put_u32(out, status->votes);
	wire_put_u32(out, status->expected_votes);
	wire_put_u32(out, status->gate);
	wire_put_bool(out, status->caught_up);
	wire_put_u64(out, status->range_bytes);
	wire_put_u16(out, status->operating_version);
	wire_put_u32(out, status->configured_count);
	lists_encode(out, status);
	safety_encode(out, status);
	digests_encode(out, status);
	wire_put_bool(out, status->fencing);
	wire_put_u32(out, status->expected_votes_next);
}

bool admin_status_decode(struct wire_reader *in, struct admin_status *status)
{
	*status = (struct admin_status){0};
	wire_get_format(in, ADMIN_FORMAT);
	status->release = wire_get_bytes(in, ADMIN_TEXT_SIZE_MAX);
	status->instance = wire_get_bytes(in, ADMIN_TEXT_SIZE_MAX);
	status->cluster_name = wire_get_bytes(in, ADMIN_TEXT_SIZE_MAX);
	status->provider = wire_get_bytes(in, ADMIN_TEXT_SIZE_MAX);
	status->node = wire_get_u32(in);
	status->node_name = wire_get_bytes(in, ADMIN_TEXT_SIZE_MAX);
	status->incarnation = wire_get_u64(in);
	status->pid = wire_get_u32(in);
	status->wall_ns = wire_get_i64(in);
	status->monotonic_ns = wire_get_i64(in);
	status->started_ns = wire_get_i64(in);
	status->ring = ring_id_decode(in);
	status->lineage = ring_id_decode(in);
	status->quorum_required = wire_get_bool(in);
	status->quorate = wire_get_bool(in);
	status->primary = wire_get_bool(in);
	status->serving = wire_get_bool(in);
	status->votes = wire_get_u32(in);
	status->expected_votes = wire_get_u32(in);
	status->gate = wire_get_u32(in);
	status->caught_up = wire_get_bool(in);
	status->range_bytes = wire_get_u64(in);
	status->operating_version = wire_get_u16(in);
	status->configured_count = wire_get_u32(in);
	lists_decode(in, status);
	safety_decode(in, status);
	digests_decode(in, status);
	if (in->left == 0) { /* an older daemon's */
		status->expected_votes_next = status->expected_votes;
		return !in->failed;
	}
	status->fencing = wire_get_bool(in);
	status->expected_votes_next = wire_get_u32(in);
	return !in->failed;
}

void admin_dumped_encode(struct wire_writer *out, const struct admin_dumped *dumped)
{
	wire_put_format(out, ADMIN_FORMAT);
	wire_put_bytes(out, dumped->path);
}

bool admin_dumped_decode(struct wire_reader *in, struct admin_dumped *dumped)
{
	wire_get_format(in, ADMIN_FORMAT);
	dumped->path = wire_get_bytes(in, ADMIN_TEXT_SIZE_MAX);
	return !in->failed;
}
