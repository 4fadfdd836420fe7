#include "core/engine/tests/engine_fixture.h"

#include <stdlib.h>

enum { OPERATION_MIRROR = 1, OPERATION_WITHDRAW = 2, OPERATION_ROLE = 3, OPERATION_READ = 4 };

struct mirror {
	uint64_t digest;
	struct position changed, role;
};

static void *mirror_new(const struct host *arenas)
{
	(void)arenas;
	return calloc(1, sizeof(struct mirror));
}

static void mirror_apply(void *state, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	struct mirror *mirror = state;
	struct wire_reader in = wire_reader_of(body);
	const struct requester requester = requester_decode(&in);
	const uint32_t active = wire_get_u32(&in);

	if (!wire_finish(&in))
		return;
	if (operation == OPERATION_READ) {
		effects_ordered(effects, requester);
		return;
	}
	mirror->digest = digest_u64(mirror->digest, requester.call + operation);
	mirror->changed = at->position;
	if (operation == OPERATION_ROLE)
		mirror->role = at->position;
	if (operation == OPERATION_MIRROR || operation == OPERATION_ROLE)
		effects_reply_active(effects, requester, RESULT_OK, (struct bytes){0}, active, mirror->role);
}

static uint64_t mirror_digest(const void *state)
{
	return ((const struct mirror *)state)->digest;
}

/* It and every other hold something, and have it equal. */
static void mirror_shared(const void *state, const struct service_peer *members, size_t count, uint64_t *digests)
{
	(void)state;
	for (size_t i = 0; i < count; i++)
		digests[i] = FIXTURE_SHARED + members[i].node;
}

static void mirror_encode(const void *state, struct wire_writer *out)
{
	wire_put_u64(out, mirror_digest(state));
}

static bool mirror_decode(void *state, struct wire_reader *in)
{
	((struct mirror *)state)->digest = wire_get_u64(in);
	return wire_finish(in);
}

static void operation_write(struct service *service, struct client *client, uint16_t operation, uint32_t active)
{
	struct wire_writer *out = service_operation(service, operation);

	requester_encode(out, client_requester(client));
	wire_put_u32(out, active);
}

static enum service_outcome on_at_once(struct service *service, struct client *client, struct wire_reader *in)
{
	(void)service;
	(void)in;
	return service_answer(client, RESULT_OK);
}

static enum service_outcome on_mirror(struct service *service, struct client *client, struct wire_reader *in)
{
	(void)in;
	operation_write(service, client, OPERATION_MIRROR, 0);
	return service_multicast(service, client);
}

static enum service_outcome on_active(struct service *service, struct client *client, struct wire_reader *in)
{
	(void)in;
	operation_write(service, client, OPERATION_MIRROR, service_node(service));
	return service_multicast(service, client);
}

static enum service_outcome on_read(struct service *service, struct client *client, struct wire_reader *in)
{
	const struct mirror *mirror = service_state(service);

	(void)in;
	return service_answer_read(client, RESULT_OK, (struct bytes){0}, mirror->changed);
}

static enum service_outcome on_role(struct service *service, struct client *client, struct wire_reader *in)
{
	(void)in;
	operation_write(service, client, OPERATION_ROLE, 0);
	return service_multicast(service, client);
}

static enum service_outcome on_read_ordered(struct service *service, struct client *client, struct wire_reader *in)
{
	if (service_read_ordered(client))
		return on_read(service, client, in);
	operation_write(service, client, OPERATION_READ, 0);
	return service_read_order(service, client);
}

static void withdraw(struct service *service, struct client *client, uint64_t call, struct wire_reader *in)
{
	(void)call;
	(void)in;
	operation_write(service, client, OPERATION_WITHDRAW, 0);
	service_owe(service);
}

static uint32_t known(struct client *client, struct wire_reader *in)
{
	(void)client;
	(void)in;
	return 0;
}

static uint32_t gone(struct client *client, struct wire_reader *in)
{
	(void)client;
	(void)in;
	return RESULT_NOT_EXIST;
}

static enum service_outcome on_accepted(struct service *service, struct client *client, struct wire_reader *in)
{
	(void)in;
	operation_write(service, client, OPERATION_MIRROR, 0);
	return service_accept(service, client);
}

static void accepted_refused(struct service *service, struct client *client, uint32_t code, struct wire_reader *in)
{
	(void)service;
	(void)in;
	service_event(client, (uint16_t)code, (struct bytes){0});
}

static const struct service_request requests[MIRROR_COUNT] = {
	[MIRROR_AT_ONCE] = {.name = "at_once", .handle = on_at_once, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE},
	[MIRROR_AGREED] = {.name = "agreed", .handle = on_mirror, .answer = ANSWER_AGREED, .gate = GATE_CHANGE},
	[MIRROR_STABLE] = {.name = "stable", .handle = on_mirror, .answer = ANSWER_STABLE, .gate = GATE_CHANGE},
	[MIRROR_ACTIVE] = {.name = "active", .handle = on_active, .answer = ANSWER_STABLE_UNLESS_ACTIVE, .gate = GATE_CHANGE},
	[MIRROR_PASSIVE] = {.name = "passive", .handle = on_mirror, .answer = ANSWER_STABLE_UNLESS_ACTIVE, .gate = GATE_CHANGE},
	[MIRROR_READ] = {.name = "read", .handle = on_read, .answer = ANSWER_STABLE, .gate = GATE_READ},
	[MIRROR_OWED] = {.name = "owed", .handle = on_mirror, .answer = ANSWER_STABLE, .gate = GATE_CHANGE, .withdraw = withdraw},
	[MIRROR_COMPLETES] = {.name = "completes", .handle = on_mirror, .answer = ANSWER_STABLE, .gate = GATE_CHANGE, .withdraw = withdraw,
	                      .timeout_completes = true},
	[MIRROR_COMPLETES_KNOWN] = {.name = "completes_known", .handle = on_mirror, .answer = ANSWER_STABLE, .gate = GATE_CHANGE, .withdraw = withdraw,
	                            .timeout_completes = true, .gone = known},
	[MIRROR_GONE] = {.name = "gone", .handle = on_mirror, .answer = ANSWER_STABLE, .gate = GATE_CHANGE, .gone = gone},
	[MIRROR_RESOURCES] = {.name = "resources", .handle = on_mirror, .answer = ANSWER_STABLE, .gate = GATE_CHANGE,
	                      .lists_no_resources = true},
	[MIRROR_ROLE] = {.name = "role", .handle = on_role, .answer = ANSWER_STABLE, .gate = GATE_CHANGE},
	[MIRROR_ACCEPTED] = {.name = "accepted", .handle = on_accepted, .answer = ANSWER_AT_ONCE, .gate = GATE_CHANGE, .refused = accepted_refused},
	[MIRROR_READ_ORDERED] = {.name = "read_ordered", .handle = on_read_ordered, .answer = ANSWER_STABLE, .gate = GATE_READ},
};

static bool mirror_client_opened(struct service *service, struct client *client)
{
	(void)service;
	return client_uid(client) != FIXTURE_UID_REFUSED;
}

static const struct service_engine mirror = {
	.name = "mirror", .id = 201, .format = MIRROR_FORMAT, .requests = requests, .request_count = MIRROR_COUNT,
	.state_new = mirror_new, .state_free = free, .apply = mirror_apply, .digest_directory = mirror_digest, .digest_shared = mirror_shared,
	.directory_encode = mirror_encode, .directory_decode = mirror_decode,
	.client_opened = mirror_client_opened,
};

/* The host */

static int64_t host_now(void *context)
{
	return ((struct fixture *)context)->now_ns;
}

static uint64_t host_random(void *context)
{
	(void)context;
	return 4;
}

static void host_timer_set(void *context, uint64_t timer, int64_t at_ns)
{
	(void)context;
	(void)timer;
	(void)at_ns;
}

static void host_timer_cancel(void *context, uint64_t timer)
{
	(void)context;
	(void)timer;
}

static void host_answer(void *context, uint64_t client, uint64_t call, uint32_t code, struct bytes body)
{
	struct fixture *fixture = context;

	(void)client;
	(void)body;
	if (fixture->answer_count < FIXTURE_ANSWERS_MAX)
		fixture->answers[fixture->answer_count++] = (struct fixture_answer){call, code};
}

static void host_event(void *context, uint64_t client, uint16_t event, struct bytes body)
{
	(void)client;
	(void)body;
	((struct fixture *)context)->refusal = event;
}

static void host_may_post(void *context, bool may_post)
{
	((struct fixture *)context)->may_post = may_post;
}

static void host_close(void *context, uint64_t client, const char *why)
{
	(void)client;
	((struct fixture *)context)->closed = why;
}

static void host_log(void *context, enum host_log_level level, const char *subject, const char *id, const char *text)
{
	(void)context;
	(void)level;
	(void)subject;
	(void)id;
	(void)text;
}

static void host_leave(void *context, const char *why)
{
	((struct fixture *)context)->left = why;
}

static bool group_take(struct group *group, struct bytes message, enum group_urgency urgency)
{
	struct fixture *fixture = container_of(group, struct fixture, group);

	(void)urgency;
	if (fixture->refuses || fixture->message_count == FIXTURE_MESSAGES_MAX || message.size > FIXTURE_MESSAGE_SIZE_MAX)
		return false;
	struct fixture_message *caught = &fixture->messages[fixture->message_count++];
	memcpy(caught->data, message.data, message.size);
	caught->size = message.size;
	return true;
}

static void group_gone(struct group *group)
{
	(void)group;
}

static const struct group_operations group_operations = {.multicast = group_take, .leave = group_gone};

void fixture_open(struct fixture *fixture, bool quorum_required, uint32_t expected_votes)
{
	static const uint32_t configured[] = {1, 2, 3};

	memset(fixture, 0, sizeof *fixture);
	fixture->now_ns = 1000;
	fixture->host = (struct host){
		.context = fixture, .monotonic_ns = host_now, .wall_ns = host_now, .random = host_random, .timer_set = host_timer_set,
		.timer_cancel = host_timer_cancel, .client_answer = host_answer, .client_event = host_event, .client_close = host_close,
		.clients_may_post = host_may_post,
		.log = host_log, .leave = host_leave,
	};
	fixture->group = (struct group){.operations = &group_operations, .message_size_max = FIXTURE_MESSAGE_SIZE_MAX};
	fixture->engine = engine_new(&(struct engine_config){
		.node = 1, .incarnation = 11, .node_name = "one", .node_address = "10.0.0.1", .address_family = 4,
		.quorum_required = quorum_required, .expected_votes = expected_votes, .configured_nodes = configured,
		.configured_node_count = expected_votes, .state_wait_ns = INT64_MAX, .client_timeout_ns = INT64_MAX, .client_calls_max = 8,
	}, &fixture->host, &fixture->group);
	engine_service_add(fixture->engine, &mirror);
	engine_client_opened(fixture->engine, FIXTURE_CLIENT, "mirror", 0, 0);
}

void fixture_close(struct fixture *fixture)
{
	engine_free(fixture->engine);
}

void fixture_view(struct fixture *fixture, uint64_t ring_seq, const uint32_t *members, size_t count)
{
	fixture->ring = (struct ring_id){.seq = ring_seq, .representative = members[0]};
	fixture->seq = 0;
	fixture->message_count = 0;
	engine_group_event(fixture->engine, &(struct group_event){
		.kind = GROUP_EVENT_VIEW, .view = {.kind = GROUP_VIEW_REGULAR, .ring = fixture->ring, .members = members,
		                                   .member_count = count, .release_not_before_ns = fixture->release_not_before_ns},
	});
}

void fixture_deliver(struct fixture *fixture, uint32_t sender, struct bytes message)
{
	fixture->seq++;
	engine_group_event(fixture->engine, &(struct group_event){
		.kind = GROUP_EVENT_DELIVER, .sender = sender, .message = message, .position = {.ring = fixture->ring, .seq = fixture->seq},
	});
}

size_t fixture_deliver_own(struct fixture *fixture)
{
	size_t delivered = 0;

	for (size_t i = 0; i < fixture->message_count; i++, delivered++)
		fixture_deliver(fixture, 1, bytes_of(fixture->messages[i].data, fixture->messages[i].size));
	fixture->message_count = 0;
	return delivered;
}

void fixture_stable(struct fixture *fixture, uint64_t seq)
{
	engine_group_event(fixture->engine, &(struct group_event){.kind = GROUP_EVENT_STABLE,
	                                                          .position = {.ring = fixture->ring, .seq = seq}});
}

void fixture_fresh(struct fixture *fixture, bool fresh)
{
	engine_group_event(fixture->engine, &(struct group_event){.kind = GROUP_EVENT_FRESH, .fresh_until_ns = fresh ? INT64_MAX : 0});
}

void fixture_claims(struct fixture *fixture, uint32_t node, struct ring_id lineage)
{
	struct claim claim = {.incarnation = node, .version = ENGINE_VERSION, .lineage = lineage, .quorum_required = true,
	                      .expected_votes = fixture->engine->config.expected_votes, .lineage_members = &node,
	                      .lineage_member_count = 1, .release_wait_ns = fixture->claim_wait_ns};
	struct wire_writer out = {0};

	digests_of(fixture->engine, claim.services, &claim.service_count);
	if (fixture->announces_nothing)
		claim.service_count = 0;
	for (uint32_t i = 0; i < claim.service_count && fixture->claim_format != 0; i++)
		claim.services[i].format = fixture->claim_format;
	engine_header_encode(&out, ENGINE_CLAIM, fixture->ring);
	claim_encode(&out, &claim);
	fixture_deliver(fixture, node, wire_writer_bytes(&out));
	wire_writer_clear(&out);
}

void fixture_agrees(struct fixture *fixture, uint32_t node)
{
	struct wire_writer out = {0};

	engine_header_encode(&out, ENGINE_AGREED, fixture->ring);
	fixture_deliver(fixture, node, wire_writer_bytes(&out));
	wire_writer_clear(&out);
}

void fixture_serve_alone(struct fixture *fixture, uint64_t ring_seq)
{
	static const uint32_t alone[] = {1};

	fixture_view(fixture, ring_seq, alone, 1);
	fixture_deliver_own(fixture);
	fixture_stable(fixture, fixture->seq);
}

void fixture_call(struct fixture *fixture, uint64_t call, enum mirror_request request, int64_t timeout_ns)
{
	engine_client_request(fixture->engine, FIXTURE_CLIENT, call, (uint16_t)request, timeout_ns, (struct bytes){0});
}

void fixture_time(struct fixture *fixture, int64_t now_ns)
{
	fixture->now_ns = now_ns;
	for (uint64_t timer = ENGINE_TIMER_DEADLINE; timer <= ENGINE_TIMER_STATE_WAIT; timer++)
		if (fixture->engine->timers[timer] <= now_ns)
			engine_timer(fixture->engine, timer);
}

uint32_t fixture_answered(const struct fixture *fixture, uint64_t call)
{
	for (size_t i = 0; i < fixture->answer_count; i++)
		if (fixture->answers[i].call == call)
			return fixture->answers[i].code;
	return 0;
}
