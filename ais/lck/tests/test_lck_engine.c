/* LCK on the real engine, one node, its group played by the engine's fixture: in which order what a client asked for, gave up and closed is
 * ordered when its ring reforms in between. */
#include "conformance/check/check.h"

#include "ais/lck/lck_service.h"
#include "ais/lck/lck_state.h"
#include "core/engine/tests/engine_fixture.h"

enum { CLIENT = 8, HANDLE = 101, HELD = 201, ASKED = 202, FIRST_RING = 4, NEXT_RING = 8, SOON = 100 };

static struct fixture fixture;
static uint64_t last_call;

/* The call's number. */
static uint64_t request(enum lck_request kind, uint64_t flags, int64_t timeout_ns, struct wire_writer *body)
{
	const uint64_t call = ++last_call | flags;

	engine_client_request(fixture.engine, CLIENT, call, (uint16_t)kind, timeout_ns, wire_writer_bytes(body));
	wire_writer_clear(body);
	return call;
}

static uint64_t request_number(enum lck_request kind, uint64_t number, int64_t timeout_ns)
{
	struct wire_writer body = {0};

	lck_number_request_encode(&body, &(struct lck_number_request){.number = number, .open = HANDLE, .invocation = number});
	return request(kind, 0, timeout_ns, &body);
}

static uint64_t request_lock(enum lck_request kind, uint64_t flags, uint64_t number, int64_t timeout_ns)
{
	struct wire_writer body = {0};

	lck_lock_request_encode(&body, &(struct lck_lock_request){
		.open = HANDLE, .lock = number, .invocation = number, .mode = SA_LCK_PR_LOCK_MODE, .flags = SA_LCK_LOCK_ORPHAN,
	});
	return request(kind, flags, timeout_ns, &body);
}

static void all_is_ordered(void)
{
	fixture_deliver_own(&fixture);
	fixture_stable(&fixture, fixture.seq);
	fixture_deliver_own(&fixture); /* what that let go */
	fixture_stable(&fixture, fixture.seq);
}

/* A client with one open. */
static void begin(void)
{
	struct wire_writer body = {0};

	fixture_open(&fixture, false, 1);
	engine_service_add(fixture.engine, &aisle_service_lck);
	CU_ASSERT_TRUE_FATAL(engine_client_opened(fixture.engine, CLIENT, "lck", 0, 0));
	fixture_serve_alone(&fixture, FIRST_RING);
	fixture_fresh(&fixture, true);
	lck_open_request_encode(&body, &(struct lck_open_request){.open = HANDLE, .flags = SA_LCK_RESOURCE_CREATE, .name = bytes_of_text("a")});
	const uint64_t call = request(LCK_REQUEST_OPEN, 0, -1, &body);
	all_is_ordered();
	CU_ASSERT_EQUAL_FATAL(fixture_answered(&fixture, call), SA_AIS_OK);
}

static void ring_reforms(void)
{
	const uint32_t alone[] = {1};

	fixture_view(&fixture, NEXT_RING, alone, 1);
}

static const struct lck_resource *resource(void)
{
	const struct service *service = client_find(fixture.engine, CLIENT)->service;

	return lck_resource_named(service->state, bytes_of_text("a"));
}

static void lock_is_had(void)
{
	const uint64_t call = request_lock(LCK_REQUEST_LOCK, 0, HELD, -1);

	all_is_ordered();
	CU_ASSERT_EQUAL_FATAL(fixture_answered(&fixture, call), SA_AIS_OK);
	CU_ASSERT_EQUAL_FATAL(resource()->held_count, 1);
}

static void unlock_times_out(uint64_t number)
{
	const uint64_t call = request_number(LCK_REQUEST_UNLOCK, number, SOON);

	fixture_time(&fixture, fixture.now_ns + 2 * SOON);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, call), SA_AIS_ERR_TIMEOUT);
}

static void close_and_all_is_ordered(void)
{
	const uint64_t call = request_number(LCK_REQUEST_CLOSE, HANDLE, -1);

	CU_ASSERT_EQUAL(fixture_answered(&fixture, call), SA_AIS_OK);
	all_is_ordered();
	CU_ASSERT_PTR_NULL(resource()); /* no open, no lock, no orphan */
	fixture_close(&fixture);
}

/* Behind a posted request that waits at the gate as well. */
static void a_close_leaves_no_orphan_of_what_was_unlocked_before_it(void)
{
	begin();
	lock_is_had();
	ring_reforms();
	request_lock(LCK_REQUEST_LOCK_ASYNC, ENGINE_CALL_POSTED, ASKED, -1);
	unlock_times_out(HELD);
	close_and_all_is_ordered();
}

static void a_close_takes_a_posted_request_and_the_unlock_behind_it(void)
{
	begin();
	ring_reforms();
	request_lock(LCK_REQUEST_LOCK_ASYNC, ENGINE_CALL_POSTED, ASKED, -1);
	unlock_times_out(ASKED);
	close_and_all_is_ordered();
}

/* It was sent, and the ring broke before it came back. */
static void a_close_leaves_no_orphan_of_a_posted_request_that_was_sent(void)
{
	begin();
	request_lock(LCK_REQUEST_LOCK_ASYNC, ENGINE_CALL_POSTED, ASKED, -1);
	ring_reforms();
	request_lock(LCK_REQUEST_LOCK_ASYNC, ENGINE_CALL_POSTED, ASKED + 1, -1);
	unlock_times_out(ASKED);
	close_and_all_is_ordered();
}

/* Two threads: one waits in Lock until its time is over, another closes then. */
static void a_close_leaves_no_orphan_of_a_lock_that_timed_out(void)
{
	begin();
	request_lock(LCK_REQUEST_LOCK, 0, HELD, SOON);
	fixture_time(&fixture, fixture.now_ns + 2 * SOON); /* its withdrawal is on its way behind it */
	close_and_all_is_ordered();
}

int main(void)
{
	static const struct check_case cases[] = {
		{"a close leaves no orphan of what was unlocked before it", a_close_leaves_no_orphan_of_what_was_unlocked_before_it},
		{"a close takes a posted request and the unlock behind it", a_close_takes_a_posted_request_and_the_unlock_behind_it},
		{"a close leaves no orphan of a posted request that was sent", a_close_leaves_no_orphan_of_a_posted_request_that_was_sent},
		{"a close leaves no orphan of a lock that timed out", a_close_leaves_no_orphan_of_a_lock_that_timed_out},
	};

	return check_run("lck on the engine", cases, sizeof cases / sizeof *cases);
}
