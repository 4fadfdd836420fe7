/* Unit tests of the replicated machine: verdicts by the sheet's assertions, retention and expiry, equal replicas. */
#include <stdlib.h>

#include "ckpt_fixture.h"
#include "conformance/check/check.h"

static const uint32_t ALL = SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_CREATE;

/* --- Opening. --- */

static void a_missing_name_is_not_opened_without_create(void)
{
	struct ckpt_fixture ckpt = ckpt_fixture_new();

	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 1, "nobody", SA_CKPT_CHECKPOINT_READ, NULL, NULL), SA_AIS_ERR_NOT_EXIST);
	ckpt_fixture_close(&ckpt);
}

static void flags_and_attributes_must_fit(void)
{
	struct ckpt_fixture ckpt = ckpt_fixture_new();
	struct ckpt_attributes attributes = ckpt_fixture_attributes(4);

	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 1, "n", SA_CKPT_CHECKPOINT_CREATE, NULL, NULL), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 1, "n", SA_CKPT_CHECKPOINT_READ, &attributes, NULL), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 1, "n", 0x8, NULL, NULL), SA_AIS_ERR_BAD_FLAGS);
	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 1, "n", 0x80000000, NULL, NULL), SA_AIS_ERR_BAD_FLAGS);
	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 1, "n", 0, NULL, NULL), SA_AIS_ERR_BAD_FLAGS);
	CU_ASSERT_EQUAL(ckpt.state->checkpoints.count, 0);
	ckpt_fixture_close(&ckpt);
}

static void attributes_are_held_against_their_bounds(void)
{
	struct ckpt_attributes attributes = ckpt_fixture_attributes(4);

	attributes.checkpoint_size = 4 * attributes.section_size_max;
	CU_ASSERT_TRUE(ckpt_attributes_are_valid(&attributes));
	attributes.checkpoint_size++;
	CU_ASSERT_FALSE(ckpt_attributes_are_valid(&attributes));
	attributes = (struct ckpt_attributes){
		.creation_flags = SA_CKPT_WR_ALL_REPLICAS, .checkpoint_size = 1, .section_count_max = 2, .section_size_max = UINT64_C(1) << 63,
	};
	CU_ASSERT_TRUE(ckpt_attributes_are_valid(&attributes)); /* CKPT-008: no wrap-around */
	const uint32_t bad_flags[] = {0, 0x3, 0x5, 0x6, 0x8, 0x10, 0x11};
	for (size_t i = 0; i < sizeof bad_flags / sizeof *bad_flags; i++) {
		attributes.creation_flags = bad_flags[i];
		CU_ASSERT_FALSE(ckpt_attributes_are_valid(&attributes));
	}
	const uint32_t good_flags[] = {0x1, 0x2, 0x4, 0x9, 0xa, 0xc};
	for (size_t i = 0; i < sizeof good_flags / sizeof *good_flags; i++) {
		attributes.creation_flags = good_flags[i];
		CU_ASSERT_TRUE(ckpt_attributes_are_valid(&attributes));
	}
}

/* CKPT-016 to -022. */
static void create_of_what_exists_wants_the_attributes_of_its_creation(void)
{
	const struct ckpt_attributes original = ckpt_fixture_attributes(4);
	struct ckpt_fixture ckpt = ckpt_fixture_open_with(&original);
	struct ckpt_attributes other[6];

	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", "data"), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 2, "fixture", ALL, &original, NULL), SA_AIS_OK);
	CU_ASSERT_TRUE(bytes_equal(ckpt_fixture_read(&ckpt, "a"), bytes_of_text("data")));
	for (size_t i = 0; i < 6; i++)
		other[i] = original;
	other[0].creation_flags = SA_CKPT_WR_ACTIVE_REPLICA;
	other[1].checkpoint_size++;
	other[2].section_count_max++;
	other[3].section_size_max++;
	other[4].section_id_size_max++;
	other[5].retention_ns++;
	for (size_t i = 0; i < 6; i++)
		CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 2, "fixture", ALL, &other[i], NULL), SA_AIS_ERR_EXIST);
	ckpt_fixture_close(&ckpt);
}

/* What an import creates is its own; another's is not even touched. */
static void a_checkpoint_that_is_to_be_new_is_not_taken_from_another(void)
{
	const struct ckpt_attributes attributes = ckpt_fixture_attributes(4);
	struct ckpt_fixture ckpt = ckpt_fixture_open_with(&attributes);
	uint64_t open = 0;

	const uint64_t before = ckpt_state_digest_directory(ckpt.state);
	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 2, "fixture", ALL | CKPT_OPEN_NEW, &attributes, NULL), SA_AIS_ERR_EXIST);
	CU_ASSERT_EQUAL(ckpt_state_digest_directory(ckpt.state), before);
	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 2, "new", ALL | CKPT_OPEN_NEW, &attributes, &open), SA_AIS_OK);
	const struct ckpt_opened *opened = ckpt_opened_find(ckpt.state, ckpt_fixture_requester(&ckpt, 2), open);
	CU_ASSERT_PTR_NOT_NULL_FATAL(opened);
	CU_ASSERT_EQUAL(opened->flags, ALL);
	ckpt_fixture_close(&ckpt);
}

static SaAisErrorT retention_set(struct ckpt_fixture *ckpt, int64_t retention_ns)
{
	struct wire_writer body = {0};

	ckpt_retention_set_encode(&body, &(struct ckpt_retention_set){
		.requester = ckpt_fixture_requester(ckpt, 1), .checkpoint = ckpt->checkpoint, .retention_ns = retention_ns,
	});
	return ckpt_fixture_apply_and_clear(ckpt, CKPT_OPERATION_RETENTION_SET, &body);
}

/* CKPT-024, -047, -049. */
static void the_retention_set_later_is_not_compared(void)
{
	const struct ckpt_attributes original = ckpt_fixture_attributes(4);
	struct ckpt_fixture ckpt = ckpt_fixture_open_with(&original);

	CU_ASSERT_EQUAL(retention_set(&ckpt, 17), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 2, "fixture", ALL, &original, NULL), SA_AIS_OK);
	CU_ASSERT_EQUAL(retention_set(&ckpt, -1), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(ckpt_fixture_unlink(&ckpt, "fixture"), SA_AIS_OK);
	CU_ASSERT_EQUAL(retention_set(&ckpt, 17), SA_AIS_ERR_BAD_OPERATION);
	ckpt_fixture_close(&ckpt);
}

/* --- Unlink, retention. --- */

/* CKPT-051 to -055, -057. */
static void an_unlinked_checkpoint_lives_until_its_last_close(void)
{
	struct ckpt_fixture ckpt = ckpt_fixture_open(4);
	const struct ckpt_attributes attributes = ckpt_fixture_attributes(4);
	uint64_t second;

	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", "old"), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_unlink(&ckpt, "fixture"), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_unlink(&ckpt, "fixture"), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 2, "fixture", SA_CKPT_CHECKPOINT_READ, NULL, NULL), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(ckpt_fixture_overwrite(&ckpt, "a", bytes_of_text("still")), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 2, "fixture", ALL, &attributes, &second), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt.state->checkpoints.count, 2);
	CU_ASSERT_TRUE(bytes_equal(ckpt_fixture_read(&ckpt, "a"), bytes_of_text("still")));
	ckpt_fixture_close_open(&ckpt, 1, ckpt.open);
	CU_ASSERT_EQUAL(ckpt.state->checkpoints.count, 1);
	CU_ASSERT_PTR_NOT_NULL(checkpoint_find_linked(ckpt.state, bytes_of_text("fixture")));
	ckpt_fixture_close(&ckpt);
}

static SaAisErrorT unlink_from(struct ckpt_fixture *ckpt, uint32_t node)
{
	struct wire_writer body = {0};

	ckpt_unlink_encode(&body, &(struct ckpt_unlink){.requester = ckpt_fixture_requester(ckpt, node), .name = bytes_of_text("fixture")});
	return ckpt_fixture_apply_and_clear(ckpt, CKPT_OPERATION_UNLINK, &body);
}

/* One of the orders, A having created it. It is there, with its data, as long as it has its name or somebody has it open. */
static void unlink_and_close_in_order(const char *order, uint32_t unlinker)
{
	struct ckpt_fixture ckpt = ckpt_fixture_open(4);
	bool named = true, open_a = true, open_b = false;
	uint64_t second = 0;

	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", "data"), SA_AIS_OK);
	for (const char *step = order; *step != '\0'; step++) {
		if (*step == 'U') {
			CU_ASSERT_EQUAL(unlink_from(&ckpt, unlinker), SA_AIS_OK);
			named = false;
		} else if (*step == 'A') {
			ckpt_fixture_close_open(&ckpt, 1, ckpt.open);
			open_a = false;
		} else if (*step == 'O') {
			CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 2, "fixture", SA_CKPT_CHECKPOINT_READ, NULL, &second),
			                named ? SA_AIS_OK : SA_AIS_ERR_NOT_EXIST);
			open_b = named;
		} else if (open_b) {
			ckpt_fixture_close_open(&ckpt, 2, second);
			open_b = false;
		}
		const bool lives = named || open_a || open_b;
		CU_ASSERT_EQUAL(ckpt.state->checkpoints.count, lives);
		CU_ASSERT_TRUE(!lives || bytes_equal(ckpt_fixture_read(&ckpt, "a"), bytes_of_text("data")));
	}
	CU_ASSERT_EQUAL(ckpt.state->checkpoints.count, 0);
	CU_ASSERT_EQUAL(ckpt.state->charge, 0);
	CU_ASSERT_EQUAL(ckpt.state->directory_digest, 0);
	CU_ASSERT_EQUAL(ckpt.state->content_digest, 0);
	CU_ASSERT_EQUAL(ckpt_fixture_arena_bytes(), 0);
	ckpt_fixture_close(&ckpt);
}

/* CASE-076: A has it, B opens (O) and closes it, A closes it, one of them unlinks it (U): all 24 orders. */
static void whatever_the_order_of_unlink_and_close_nothing_stays(void)
{
	static const char *orders[] = {"AOUB", "AOBU", "AUOB", "OAUB", "OABU", "OUAB", "OUBA", "OBAU", "OBUA", "UAOB", "UOAB", "UOBA"};

	for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
		unlink_and_close_in_order(orders[i], 1);
		unlink_and_close_in_order(orders[i], 2);
	}
}

/* An owed open, ordered by a half that was not kept and again by the one that was: one open, and no error. */
static void an_open_that_comes_a_second_time_is_the_same_open(void)
{
	struct ckpt_fixture ckpt = ckpt_fixture_open(4);
	uint64_t open, again;

	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 2, "fixture", SA_CKPT_CHECKPOINT_READ, NULL, &open), SA_AIS_OK);
	const uint64_t before = ckpt_state_digest_directory(ckpt.state);
	ckpt.call--;
	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 2, "fixture", SA_CKPT_CHECKPOINT_READ, NULL, &again), SA_AIS_OK);
	CU_ASSERT_EQUAL(again, open);
	CU_ASSERT_EQUAL(ckpt_state_digest_directory(ckpt.state), before);
	ckpt_fixture_close(&ckpt);
}

static void retention(struct ckpt_fixture *ckpt, uint16_t operation, struct position closed, int64_t due_ns)
{
	struct wire_writer body = {0};

	ckpt_retention_encode(&body, &(struct ckpt_retention){.checkpoint = ckpt->checkpoint, .closed = closed, .due_ns = due_ns});
	ckpt_fixture_apply_and_clear(ckpt, operation, &body);
}

/* CKPT-040 to -043, CASE-075: the keeper's word on an older close is void. */
static void retention_runs_from_the_last_close_and_stops_at_an_open(void)
{
	struct ckpt_fixture ckpt = ckpt_fixture_open(4);
	uint64_t second;

	ckpt_fixture_close_open(&ckpt, 1, ckpt.open);
	struct checkpoint *checkpoint = ckpt_fixture_checkpoint(&ckpt);
	const struct position first_close = checkpoint->closed;
	CU_ASSERT_EQUAL(checkpoint->retention, RETENTION_PENDING);
	CU_ASSERT_PTR_EQUAL(ckpt_state_due_first(ckpt.state), &checkpoint->due);
	retention(&ckpt, CKPT_OPERATION_RETENTION_START, first_close, 1000);
	CU_ASSERT_EQUAL(checkpoint->retention, RETENTION_RUNNING);

	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 2, "fixture", SA_CKPT_CHECKPOINT_READ, NULL, &second), SA_AIS_OK);
	CU_ASSERT_PTR_NULL(ckpt_state_due_first(ckpt.state));
	retention(&ckpt, CKPT_OPERATION_RETENTION_END, first_close, 1000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ckpt_fixture_checkpoint(&ckpt));

	ckpt_fixture_close_open(&ckpt, 2, second);
	retention(&ckpt, CKPT_OPERATION_RETENTION_START, first_close, 1000);
	CU_ASSERT_EQUAL(checkpoint->retention, RETENTION_PENDING);
	retention(&ckpt, CKPT_OPERATION_RETENTION_START, checkpoint->closed, 2000);
	retention(&ckpt, CKPT_OPERATION_RETENTION_END, checkpoint->closed, 1000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ckpt_fixture_checkpoint(&ckpt));
	retention(&ckpt, CKPT_OPERATION_RETENTION_END, checkpoint->closed, 2000);
	CU_ASSERT_PTR_NULL(ckpt_fixture_checkpoint(&ckpt));
	ckpt_fixture_close(&ckpt);
}

/* CKPT-044, -045. */
static void no_retention_ends_at_once_and_an_endless_one_never(void)
{
	struct ckpt_attributes attributes = ckpt_fixture_attributes(4);

	attributes.retention_ns = 0;
	struct ckpt_fixture ckpt = ckpt_fixture_open_with(&attributes);
	ckpt_fixture_close_open(&ckpt, 1, ckpt.open);
	CU_ASSERT_EQUAL(ckpt.state->checkpoints.count, 0);
	ckpt_fixture_close(&ckpt);

	attributes.retention_ns = SA_TIME_MAX;
	ckpt = ckpt_fixture_open_with(&attributes);
	ckpt_fixture_close_open(&ckpt, 1, ckpt.open);
	CU_ASSERT_EQUAL(ckpt.state->checkpoints.count, 1);
	CU_ASSERT_PTR_NULL(ckpt_state_due_first(ckpt.state));
	CU_ASSERT_EQUAL(ckpt_fixture_unlink(&ckpt, "fixture"), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt.state->checkpoints.count, 0);
	ckpt_fixture_close(&ckpt);
}

static void view(struct ckpt_fixture *ckpt, const struct service_member *members, size_t count)
{
	const struct at at = {.position = {.ring = {.seq = 8, .representative = 1}, .seq = ckpt->seq++}};
	struct service_member told[8];
	const struct service_view view = {.members = told, .member_count = count, .lineage = {.seq = 4, .representative = 1}};

	for (size_t i = 0; i < count; i++) {
		told[i] = members[i];
		told[i].announces = true;
		told[i].holds = members[i].winner;
	}
	ckpt_state_view_applied(ckpt->state, &at, &view, &ckpt->effects);
}

/* CKPT-142: and one that is back with another incarnation is another. */
static void opens_of_a_departed_node_count_as_closed(void)
{
	struct ckpt_fixture ckpt = ckpt_fixture_open(4);

	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 2, "fixture", SA_CKPT_CHECKPOINT_READ, NULL, NULL), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 2, "fixture", SA_CKPT_CHECKPOINT_READ, NULL, NULL), SA_AIS_OK);
	view(&ckpt, (struct service_member[]){{.node = 1, .incarnation = 7}, {.node = 2, .incarnation = 7}}, 2);
	CU_ASSERT_EQUAL(ckpt_fixture_checkpoint(&ckpt)->open_count, 3);
	view(&ckpt, (struct service_member[]){{.node = 1, .incarnation = 7}, {.node = 2, .incarnation = 8}}, 2);
	CU_ASSERT_EQUAL(ckpt_fixture_checkpoint(&ckpt)->open_count, 1);
	view(&ckpt, (struct service_member[]){{.node = 3, .incarnation = 7}}, 1);
	CU_ASSERT_EQUAL(ckpt_fixture_checkpoint(&ckpt)->open_count, 0);
	CU_ASSERT_EQUAL(ckpt_fixture_checkpoint(&ckpt)->retention, RETENTION_PENDING);
	ckpt_fixture_close(&ckpt);
}

/* R15: a debt names the call that timed out. */
static void an_open_that_timed_out_is_not_open_after_the_barrier(void)
{
	struct ckpt_fixture ckpt = ckpt_fixture_open(4);
	struct requester debt = ckpt_fixture_requester(&ckpt, 1);
	const struct at at = {.position = {.ring = {.seq = 8, .representative = 1}, .seq = 1}};
	const struct service_member member = {.node = 1, .incarnation = 7};

	debt.call = ckpt.open;
	ckpt_state_view_applied(ckpt.state, &at, &(struct service_view){
		.members = &member, .member_count = 1, .debts = &debt, .debt_count = 1,
	}, &ckpt.effects);
	CU_ASSERT_EQUAL(ckpt.state->opens.count, 0);
	ckpt_fixture_close(&ckpt);
}

/* R17 */
static void a_reclaim_keeps_what_is_claimed_and_closes_the_rest(void)
{
	struct ckpt_fixture ckpt = ckpt_fixture_open(4);
	struct wire_writer claims = {0}, body = {0};
	uint64_t second;
	const uint64_t unknown = 4711;

	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 1, "fixture", SA_CKPT_CHECKPOINT_READ, NULL, &second), SA_AIS_OK);
	ckpt_claim_encode(&claims, &(struct ckpt_claim){.open = second, .checkpoint = ckpt.checkpoint, .flags = 1});
	ckpt_claim_encode(&claims, &(struct ckpt_claim){.open = unknown, .checkpoint = ckpt.checkpoint, .flags = 2});
	ckpt_claim_encode(&claims, &(struct ckpt_claim){.open = 4712, .checkpoint = {.position = {.seq = 99}}, .flags = 2});
	ckpt_reclaim_encode(&body, &(struct ckpt_reclaim){
		.client = ckpt_fixture_requester(&ckpt, 1), .count = 3, .claims = wire_writer_bytes(&claims),
	});
	ckpt_fixture_apply_and_clear(&ckpt, CKPT_OPERATION_RECLAIM, &body);
	const struct requester client = ckpt_fixture_requester(&ckpt, 1);
	CU_ASSERT_PTR_NULL(ckpt_opened_find(ckpt.state, client, ckpt.open));
	CU_ASSERT_PTR_NOT_NULL(ckpt_opened_find(ckpt.state, client, second));
	CU_ASSERT_PTR_NOT_NULL(ckpt_opened_find(ckpt.state, client, unknown));
	CU_ASSERT_PTR_NULL(ckpt_opened_find(ckpt.state, client, 4712));
	CU_ASSERT_EQUAL(ckpt_fixture_checkpoint(&ckpt)->open_count, 2);
	wire_writer_clear(&claims);

	ckpt_client_gone_encode(&body, &(struct ckpt_client_gone){.client = client});
	ckpt_fixture_apply_and_clear(&ckpt, CKPT_OPERATION_CLIENT_GONE, &body);
	CU_ASSERT_EQUAL(ckpt_fixture_checkpoint(&ckpt)->open_count, 0);
	ckpt_fixture_close(&ckpt);
}

/* --- Sections. --- */

/* CKPT-065: a used id is refused, and the refusal leaves no trace in the replica. */
static void used_section_id_is_refused_without_a_trace(void)
{
	struct ckpt_fixture ckpt = ckpt_fixture_open(8 /* section_count_max */);
	CU_ASSERT_EQUAL_FATAL(ckpt_fixture_create(&ckpt, "subscriber-17", "first"), SA_AIS_OK);
	const uint64_t before = ckpt_state_digest_directory(ckpt.state);

	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "subscriber-17", "second"), SA_AIS_ERR_EXIST);
	CU_ASSERT_EQUAL(ckpt_state_digest_directory(ckpt.state), before);
	CU_ASSERT_TRUE(bytes_equal(ckpt_fixture_read(&ckpt, "subscriber-17"), bytes_of_text("first")));
	ckpt_fixture_close(&ckpt);
}

/* CKPT-059 to -062, -099. */
static void a_checkpoint_of_one_section_has_the_default_section_for_ever(void)
{
	struct ckpt_fixture ckpt = ckpt_fixture_open(1);
	struct section *section = section_find(ckpt_fixture_checkpoint(&ckpt), (struct bytes){0});

	CU_ASSERT_PTR_NOT_NULL_FATAL(section);
	CU_ASSERT_EQUAL(section->size, 0);
	CU_ASSERT_EQUAL(section_expiry_ns(section), SA_TIME_END);
	CU_ASSERT_TRUE(section->present);
	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", ""), SA_AIS_ERR_EXIST);
	CU_ASSERT_EQUAL(ckpt_fixture_delete(&ckpt, ""), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(ckpt_fixture_expiration_set(&ckpt, "", 5), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(ckpt_fixture_overwrite(&ckpt, "", bytes_of_text("x")), SA_AIS_OK);
	ckpt_fixture_close(&ckpt);
}

/* CKPT-063, -066 to -069, -071, -072; CASE-081. */
static void section_bounds_and_generated_ids(void)
{
	struct ckpt_fixture ckpt = ckpt_fixture_open(4);
	static uint8_t large[(1 << 20) + 1];

	CU_ASSERT_EQUAL(ckpt_fixture_write(&ckpt, "", 0, bytes_of_text("x")), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(ckpt_fixture_create_at(&ckpt, bytes_of_text("seventeen octets."), (struct bytes){0}, SA_TIME_END),
	                SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(ckpt_fixture_create_at(&ckpt, bytes_of("a\0b", 3), bytes_of(large, 1 << 20), SA_TIME_END), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_create_at(&ckpt, bytes_of("a\0c", 3), bytes_of(large, sizeof large), SA_TIME_END),
	                SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "0", ""), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "", "one"), SA_AIS_OK);
	CU_ASSERT_TRUE(bytes_equal(ckpt_fixture_payload(&ckpt), bytes_of_text("1"))); /* "0" was taken */
	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "", "two"), SA_AIS_OK);
	CU_ASSERT_TRUE(bytes_equal(ckpt_fixture_payload(&ckpt), bytes_of_text("2")));
	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "fifth", ""), SA_AIS_ERR_NO_SPACE);
	CU_ASSERT_EQUAL(ckpt_fixture_delete(&ckpt, "1"), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_delete(&ckpt, "1"), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "fifth", ""), SA_AIS_OK);
	ckpt_fixture_close(&ckpt);
}

static void short_generated_ids_run_out_without_harm(void)
{
	struct ckpt_attributes attributes = ckpt_fixture_attributes(100);

	attributes.section_id_size_max = 1;
	struct ckpt_fixture ckpt = ckpt_fixture_open_with(&attributes);
	for (int i = 0; i < 36; i++)
		CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "", "x"), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "", "x"), SA_AIS_ERR_NO_SPACE);
	CU_ASSERT_EQUAL(ckpt_fixture_delete(&ckpt, "7"), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "", "x"), SA_AIS_OK);
	CU_ASSERT_TRUE(bytes_equal(ckpt_fixture_payload(&ckpt), bytes_of_text("7")));
	ckpt_fixture_close(&ckpt);
}

static void expire(struct ckpt_fixture *ckpt, const char *id, int64_t expiry_ns)
{
	struct wire_writer expiries = {0}, body = {0};

	ckpt_expiry_encode(&expiries, &(struct ckpt_expiry){
		.checkpoint = ckpt->checkpoint, .expiry_ns = expiry_ns, .id = bytes_of_text(id),
	});
	ckpt_expire_encode(&body, &(struct ckpt_expire){.count = 1, .expiries = wire_writer_bytes(&expiries)});
	ckpt_fixture_apply_and_clear(ckpt, CKPT_OPERATION_EXPIRE, &body);
	wire_writer_clear(&expiries);
}

/* CKPT-079 to -084. */
static void an_expiry_is_void_once_its_time_was_moved(void)
{
	struct ckpt_fixture ckpt = ckpt_fixture_open(4);

	CU_ASSERT_EQUAL(ckpt_fixture_create_at(&ckpt, bytes_of_text("a"), bytes_of_text("x"), 500), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_create_at(&ckpt, bytes_of_text("b"), bytes_of_text("x"), 400), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_state_due_first(ckpt.state)->due_ns, 400);
	CU_ASSERT_EQUAL(ckpt_fixture_expiration_set(&ckpt, "b", 600), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_state_due_first(ckpt.state)->due_ns, 500);
	expire(&ckpt, "b", 400);
	CU_ASSERT_PTR_NOT_NULL(ckpt_fixture_read(&ckpt, "b").data);
	expire(&ckpt, "a", 500);
	CU_ASSERT_PTR_NULL(ckpt_fixture_read(&ckpt, "a").data);
	CU_ASSERT_EQUAL(ckpt_fixture_expiration_set(&ckpt, "b", SA_TIME_END), SA_AIS_OK);
	CU_ASSERT_PTR_NULL(ckpt_state_due_first(ckpt.state));
	expire(&ckpt, "b", SA_TIME_END);
	CU_ASSERT_PTR_NOT_NULL(ckpt_fixture_read(&ckpt, "b").data);
	CU_ASSERT_EQUAL(ckpt_fixture_expiration_set(&ckpt, "a", 1), SA_AIS_ERR_NOT_EXIST);
	ckpt_fixture_close(&ckpt);
}

/* --- Data. --- */

/* CKPT-107, more than 32 bits hold: the sum of the section sizes, on a node that holds none of the bytes as on one that does. */
static void memory_used_of_a_checkpoint_above_4_gib_is_the_sum_of_its_sections(void)
{
	enum { COUNT = 70, SIZE = CKPT_SECTION_LIMIT };
	struct ckpt_attributes attributes = ckpt_fixture_attributes(COUNT);
	char id[8];

	attributes.section_size_max = SIZE;
	struct ckpt_fixture ckpt = ckpt_fixture_open_with(&attributes);
	struct checkpoint *checkpoint = ckpt_fixture_checkpoint(&ckpt);
	checkpoint->here = false; /* the test does not have that memory either */
	ckpt.state->limits.charge_max = UINT64_C(8) << 30;
	for (int i = 0; i < COUNT; i++) {
		snprintf(id, sizeof id, "s%d", i);
		CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, id, ""), SA_AIS_OK);
		CU_ASSERT_EQUAL(ckpt_fixture_write(&ckpt, id, SIZE - 1, bytes_of_text("Z")), SA_AIS_OK);
		CU_ASSERT_EQUAL(checkpoint->memory_used, (uint64_t)SIZE * ((uint64_t)i + 1));
	}
	CU_ASSERT_TRUE(checkpoint->memory_used > UINT64_C(1) << 32);
	CU_ASSERT_EQUAL(ckpt_fixture_delete(&ckpt, "s3"), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_overwrite(&ckpt, "s4", bytes_of_text("short")), SA_AIS_OK);
	CU_ASSERT_EQUAL(checkpoint->memory_used, (uint64_t)SIZE * (COUNT - 2) + 5);
	ckpt_fixture_close(&ckpt);
}

/* CKPT-085 to -088, -090, -091, -096, -097. */
static void writes_grow_and_overwrites_replace(void)
{
	struct ckpt_fixture ckpt = ckpt_fixture_open(4);

	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", "abcdef"), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_write(&ckpt, "a", 2, bytes_of_text("XY")), SA_AIS_OK);
	CU_ASSERT_TRUE(bytes_equal(ckpt_fixture_read(&ckpt, "a"), bytes_of_text("abXYef")));
	CU_ASSERT_EQUAL(ckpt_fixture_write(&ckpt, "a", 8, bytes_of_text("Z")), SA_AIS_OK);
	CU_ASSERT_TRUE(bytes_equal(ckpt_fixture_read(&ckpt, "a"), bytes_of("abXYef\0\0Z", 9)));
	CU_ASSERT_EQUAL(ckpt_fixture_write(&ckpt, "a", 1 << 20, bytes_of_text("Z")), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(ckpt_fixture_write(&ckpt, "a", UINT64_MAX, bytes_of_text("Z")), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(ckpt_fixture_write(&ckpt, "a", (1 << 20) - 1, bytes_of_text("Z")), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_checkpoint(&ckpt)->memory_used, 1 << 20);
	CU_ASSERT_EQUAL(ckpt_fixture_overwrite(&ckpt, "a", bytes_of_text("short")), SA_AIS_OK);
	CU_ASSERT_TRUE(bytes_equal(ckpt_fixture_read(&ckpt, "a"), bytes_of_text("short")));
	CU_ASSERT_EQUAL(ckpt_fixture_write(&ckpt, "a", 7, bytes_of_text("!")), SA_AIS_OK);
	CU_ASSERT_TRUE(bytes_equal(ckpt_fixture_read(&ckpt, "a"), bytes_of("short\0\0!", 8))); /* no old bytes in the gap */
	CU_ASSERT_EQUAL(ckpt_fixture_overwrite(&ckpt, "missing", bytes_of_text("x")), SA_AIS_ERR_NOT_EXIST);
	ckpt_fixture_close(&ckpt);
}

static SaAisErrorT write_vector(struct ckpt_fixture *ckpt, const struct ckpt_element *list, uint32_t count)
{
	struct wire_writer elements = {0}, body = {0};

	for (uint32_t i = 0; i < count; i++)
		ckpt_element_encode(&elements, &list[i]);
	ckpt_write_encode(&body, &(struct ckpt_write){
		.requester = ckpt_fixture_requester(ckpt, 1), .checkpoint = ckpt->checkpoint, .count = count,
		.elements = wire_writer_bytes(&elements),
	});
	wire_writer_clear(&elements);
	return ckpt_fixture_apply_and_clear(ckpt, CKPT_OPERATION_WRITE, &body);
}

/* CKPT-089, -092. */
static void a_write_vector_is_applied_whole_or_not_at_all(void)
{
	struct ckpt_fixture ckpt = ckpt_fixture_open(4);
	struct ckpt_element vector[] = {
		{.id = bytes_of_text("a"), .offset = 0, .data = bytes_of_text("11")},
		{.id = bytes_of_text("b"), .offset = 0, .data = bytes_of_text("22")},
		{.id = bytes_of_text("c"), .offset = 0, .data = bytes_of_text("33")},
	};

	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", "aaaa"), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "b", "bbbb"), SA_AIS_OK);
	const uint64_t directory = ckpt_state_digest_directory(ckpt.state), content = ckpt_state_digest_content(ckpt.state);
	CU_ASSERT_EQUAL(write_vector(&ckpt, vector, 3), SA_AIS_ERR_NOT_EXIST);
	struct wire_reader in = wire_reader_of(ckpt_fixture_payload(&ckpt));
	uint32_t index = 99;
	CU_ASSERT_TRUE(ckpt_index_decode(&in, &index));
	CU_ASSERT_EQUAL(index, 2);
	CU_ASSERT_EQUAL(ckpt_state_digest_directory(ckpt.state), directory);
	CU_ASSERT_EQUAL(ckpt_state_digest_content(ckpt.state), content);

	vector[2] = (struct ckpt_element){.id = bytes_of_text("a"), .offset = 1, .data = bytes_of_text("zz")};
	CU_ASSERT_EQUAL(write_vector(&ckpt, vector, 3), SA_AIS_OK);
	CU_ASSERT_TRUE(bytes_equal(ckpt_fixture_read(&ckpt, "a"), bytes_of_text("1zza")));
	CU_ASSERT_TRUE(bytes_equal(ckpt_fixture_read(&ckpt, "b"), bytes_of_text("22bb")));
	ckpt_fixture_close(&ckpt);
}

static size_t directory_size(const struct ckpt_state *state)
{
	struct wire_writer out = {0};

	ckpt_state_directory_encode(state, &out);
	const size_t size = out.size;
	wire_writer_clear(&out);
	return size;
}

/* What a joiner could not take is refused before it exists. */
static void directory_and_sections_stay_small_enough_to_be_handed_over(void)
{
	struct ckpt_fixture ckpt = ckpt_fixture_open(4);
	struct ckpt_fixture empty = ckpt_fixture_new();
	const struct ckpt_attributes attributes = ckpt_fixture_attributes(1);

	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", "aaaa"), SA_AIS_OK);
	CU_ASSERT_EQUAL(directory_size(ckpt.state), directory_size(empty.state) + ckpt.state->directory_size);
	ckpt.state->limits.directory_size_max = ckpt.state->directory_size + 55;
	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 1, "fixture", SA_CKPT_CHECKPOINT_READ, NULL, NULL), SA_AIS_ERR_NO_RESOURCES);
	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&ckpt, 1, "other", ALL, &attributes, NULL), SA_AIS_ERR_NO_RESOURCES);
	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "four", ""), SA_AIS_ERR_NO_RESOURCES);
	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "six", ""), SA_AIS_OK);
	ckpt.state->limits.section_size_max = 10;
	CU_ASSERT_EQUAL(ckpt_fixture_write(&ckpt, "a", 9, bytes_of_text("xy")), SA_AIS_ERR_NO_RESOURCES);
	CU_ASSERT_EQUAL(ckpt_fixture_overwrite(&ckpt, "a", bytes_of_text("eleven oct.")), SA_AIS_ERR_NO_RESOURCES);
	CU_ASSERT_EQUAL(ckpt_fixture_write(&ckpt, "a", 8, bytes_of_text("xy")), SA_AIS_OK);
	ckpt_fixture_close(&empty);
	ckpt_fixture_close(&ckpt);
}

static void what_goes_beyond_the_clusters_bound_is_refused(void)
{
	struct ckpt_fixture ckpt = ckpt_fixture_open(4);

	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", "aaaa"), SA_AIS_OK);
	ckpt.state->limits.charge_max = ckpt.state->charge + 10;
	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "b", ""), SA_AIS_ERR_NO_RESOURCES);
	CU_ASSERT_EQUAL(ckpt_fixture_write(&ckpt, "a", 14, bytes_of_text("x")), SA_AIS_ERR_NO_RESOURCES);
	CU_ASSERT_EQUAL(ckpt_fixture_write(&ckpt, "a", 13, bytes_of_text("x")), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_overwrite(&ckpt, "a", bytes_of_text("fifteen octets.")), SA_AIS_ERR_NO_RESOURCES);
	CU_ASSERT_EQUAL(ckpt_fixture_overwrite(&ckpt, "a", bytes_of_text("x")), SA_AIS_OK);
	ckpt_fixture_close(&ckpt);
}

/* --- Active replica. --- */

static SaAisErrorT active_set(struct ckpt_fixture *ckpt, uint32_t node)
{
	struct wire_writer body = {0};

	ckpt_active_set_encode(&body, &(struct ckpt_active_set){
		.requester = ckpt_fixture_requester(ckpt, node), .checkpoint = ckpt->checkpoint,
	});
	return ckpt_fixture_apply_and_clear(ckpt, CKPT_OPERATION_ACTIVE_SET, &body);
}

/* Its node has a replica from then on. */
static void open_at(struct ckpt_fixture *ckpt, uint32_t node)
{
	uint64_t open;

	CU_ASSERT_EQUAL(ckpt_fixture_open_name(ckpt, node, "fixture", SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE, NULL, &open), SA_AIS_OK);
}

static SaAisErrorT synchronize(struct ckpt_fixture *ckpt)
{
	struct wire_writer body = {0};

	ckpt_synchronize_encode(&body, &(struct ckpt_synchronize){
		.requester = ckpt_fixture_requester(ckpt, 1), .checkpoint = ckpt->checkpoint,
	});
	return ckpt_fixture_apply_and_clear(ckpt, CKPT_OPERATION_SYNCHRONIZE, &body);
}

/* CKPT-127, -128, -130, -134, -135, -143. */
static void without_an_active_replica_data_calls_do_not_exist(void)
{
	struct ckpt_attributes attributes = ckpt_fixture_attributes(4);

	attributes.creation_flags = SA_CKPT_WR_ACTIVE_REPLICA | SA_CKPT_CHECKPOINT_COLLOCATED;
	struct ckpt_fixture ckpt = ckpt_fixture_open_with(&attributes);
	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", ""), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(synchronize(&ckpt), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(active_set(&ckpt, 1), SA_AIS_OK);
	CU_ASSERT_EQUAL(active_set(&ckpt, 2), SA_AIS_ERR_TRY_AGAIN); /* nobody has it open there: no replica */
	open_at(&ckpt, 2);
	CU_ASSERT_EQUAL(active_set(&ckpt, 2), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", "x"), SA_AIS_OK);
	CU_ASSERT_EQUAL(synchronize(&ckpt), SA_AIS_OK);
	view(&ckpt, (struct service_member[]){{.node = 1, .incarnation = 7, .winner = true}, {.node = 2, .incarnation = 7, .winner = true}}, 2);
	CU_ASSERT_EQUAL(ckpt_fixture_write(&ckpt, "a", 0, bytes_of_text("y")), SA_AIS_OK);
	view(&ckpt, (struct service_member[]){{.node = 1, .incarnation = 7, .winner = true}, {.node = 2, .incarnation = 8, .winner = true}}, 2);
	CU_ASSERT_EQUAL(ckpt_fixture_write(&ckpt, "a", 0, bytes_of_text("z")), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(ckpt_fixture_payload(&ckpt).size, 0); /* no element is to blame */
	CU_ASSERT_EQUAL(ckpt_fixture_overwrite(&ckpt, "a", bytes_of_text("z")), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(ckpt_fixture_delete(&ckpt, "a"), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(active_set(&ckpt, 1), SA_AIS_OK);
	CU_ASSERT_TRUE(bytes_equal(ckpt_fixture_read(&ckpt, "a"), bytes_of_text("y")));
	ckpt_fixture_close(&ckpt);
}

/* CKPT-129, -131, -132, -143. */
static void an_active_replica_is_set_on_asynchronous_collocated_checkpoints_alone(void)
{
	const uint32_t flags[] = {SA_CKPT_WR_ALL_REPLICAS, SA_CKPT_WR_ALL_REPLICAS | SA_CKPT_CHECKPOINT_COLLOCATED, SA_CKPT_WR_ACTIVE_REPLICA,
	                          SA_CKPT_WR_ACTIVE_REPLICA_WEAK};

	for (size_t i = 0; i < 4; i++) {
		struct ckpt_attributes attributes = ckpt_fixture_attributes(4);

		attributes.creation_flags = flags[i];
		struct ckpt_fixture ckpt = ckpt_fixture_open_with(&attributes);
		CU_ASSERT_EQUAL(active_set(&ckpt, 1), SA_AIS_ERR_BAD_OPERATION);
		CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", "x"), SA_AIS_OK);
		CU_ASSERT_EQUAL(synchronize(&ckpt), i < 2 ? SA_AIS_ERR_BAD_OPERATION : SA_AIS_OK);
		ckpt_fixture_close(&ckpt);
	}
}

static struct ckpt_fixture asynchronous(uint32_t flags)
{
	struct ckpt_attributes attributes = ckpt_fixture_attributes(4);

	attributes.creation_flags = flags;
	return ckpt_fixture_open_with(&attributes);
}

/* The answer that the last operation gave may leave at agreed delivery on this node; 0: nowhere. */
static uint32_t answered_at(const struct ckpt_fixture *ckpt)
{
	for (size_t i = 0; i < ckpt->effects.count; i++) {
		const struct effect *effect = &ckpt->effects.list[i];

		if (effect->kind != EFFECT_REPLY)
			continue;
		if (effect->active_node != 0)
			CU_ASSERT_TRUE(position_equal(effect->active_since, ckpt_fixture_checkpoint((struct ckpt_fixture *)ckpt)->active_since));
		return effect->active_node;
	}
	return UINT32_MAX;
}

/* Refusals too; what only changes the directory is everybody's. */
static void the_active_replica_answers_calls_on_data_and_nothing_else(void)
{
	const uint32_t modes[] = {SA_CKPT_WR_ACTIVE_REPLICA, SA_CKPT_WR_ACTIVE_REPLICA_WEAK};

	for (size_t i = 0; i < 2; i++) {
		struct ckpt_fixture ckpt = asynchronous(modes[i] | SA_CKPT_CHECKPOINT_COLLOCATED);

		open_at(&ckpt, 2);
		active_set(&ckpt, 2);
		CU_ASSERT_EQUAL(answered_at(&ckpt), 0);
		CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", "x"), SA_AIS_OK);
		CU_ASSERT_EQUAL(answered_at(&ckpt), 2);
		CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", "x"), SA_AIS_ERR_EXIST);
		CU_ASSERT_EQUAL(answered_at(&ckpt), 2);
		CU_ASSERT_EQUAL(ckpt_fixture_write(&ckpt, "a", 0, bytes_of_text("y")), SA_AIS_OK);
		CU_ASSERT_EQUAL(answered_at(&ckpt), 2);
		CU_ASSERT_EQUAL(ckpt_fixture_write(&ckpt, "b", 0, bytes_of_text("y")), SA_AIS_ERR_NOT_EXIST);
		CU_ASSERT_EQUAL(answered_at(&ckpt), 2);
		CU_ASSERT_EQUAL(ckpt_fixture_overwrite(&ckpt, "a", bytes_of_text("z")), SA_AIS_OK);
		CU_ASSERT_EQUAL(answered_at(&ckpt), 2);
		CU_ASSERT_EQUAL(synchronize(&ckpt), SA_AIS_OK);
		CU_ASSERT_EQUAL(answered_at(&ckpt), 0); /* when all replicas have it */
		CU_ASSERT_EQUAL(ckpt_fixture_delete(&ckpt, "a"), SA_AIS_OK);
		CU_ASSERT_EQUAL(answered_at(&ckpt), 2);
		ckpt_fixture_close(&ckpt);
	}
	struct ckpt_fixture ckpt = ckpt_fixture_open(4);
	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", "x"), SA_AIS_OK);
	CU_ASSERT_EQUAL(answered_at(&ckpt), 0);
	ckpt_fixture_close(&ckpt);
}

/* CKPT-130: an active replica that is set again has been active all the time. */
static void a_role_begins_when_it_is_first_given(void)
{
	struct ckpt_fixture ckpt = asynchronous(SA_CKPT_WR_ACTIVE_REPLICA | SA_CKPT_CHECKPOINT_COLLOCATED);

	active_set(&ckpt, 1);
	const struct position since = ckpt_fixture_checkpoint(&ckpt)->active_since;
	active_set(&ckpt, 1);
	CU_ASSERT_TRUE(position_equal(ckpt_fixture_checkpoint(&ckpt)->active_since, since));
	open_at(&ckpt, 2);
	active_set(&ckpt, 2);
	CU_ASSERT_TRUE(position_compare(ckpt_fixture_checkpoint(&ckpt)->active_since, since) > 0);
	ckpt_fixture_close(&ckpt);
}

/* Its node is a member all the same, but what it had answered is not in the state that won. */
static void a_replica_that_lost_the_barrier_is_active_no_more(void)
{
	const struct service_member members[] = {
		{.node = 1, .incarnation = 7}, {.node = 2, .incarnation = 7, .winner = true}, {.node = 3, .incarnation = 7, .winner = true}};
	struct ckpt_fixture collocated = asynchronous(SA_CKPT_WR_ACTIVE_REPLICA | SA_CKPT_CHECKPOINT_COLLOCATED);
	struct ckpt_fixture chosen = asynchronous(SA_CKPT_WR_ACTIVE_REPLICA);

	active_set(&collocated, 1);
	CU_ASSERT_EQUAL(ckpt_fixture_checkpoint(&chosen)->active_node, 1);
	view(&collocated, members, 3);
	view(&chosen, members, 3);
	CU_ASSERT_EQUAL(ckpt_fixture_checkpoint(&collocated)->active_node, 0);
	CU_ASSERT_EQUAL(ckpt_fixture_checkpoint(&chosen)->active_node, 2);
	const struct position since = ckpt_fixture_checkpoint(&chosen)->active_since;
	view(&chosen, members, 3);
	CU_ASSERT_TRUE(position_equal(ckpt_fixture_checkpoint(&chosen)->active_since, since));
	ckpt_fixture_close(&collocated);
	ckpt_fixture_close(&chosen);
}

/* What the active replica has answered need not be here yet. */
static void an_asynchronous_checkpoint_is_not_read_from_memory(void)
{
	struct ckpt_fixture all = ckpt_fixture_open(4);
	struct ckpt_fixture active = asynchronous(SA_CKPT_WR_ACTIVE_REPLICA);

	ckpt_fixture_create(&all, "a", "x");
	ckpt_fixture_create(&active, "a", "x");
	CU_ASSERT_TRUE(ckpt_fixture_checkpoint(&all)->content.readable);
	CU_ASSERT_FALSE(ckpt_fixture_checkpoint(&active)->content.readable);
	ckpt_fixture_close(&all);
	ckpt_fixture_close(&active);
}

static void a_read_takes_its_place_and_changes_nothing(void)
{
	struct ckpt_fixture ckpt = asynchronous(SA_CKPT_WR_ACTIVE_REPLICA);
	const struct requester reader = ckpt_fixture_requester(&ckpt, 2);
	const uint64_t before = ckpt_state_digest_directory(ckpt.state);
	struct wire_writer body = {0};

	ckpt_read_encode(&body, &(struct ckpt_read){.requester = reader});
	ckpt_fixture_apply_and_clear(&ckpt, CKPT_OPERATION_READ, &body);
	CU_ASSERT_EQUAL_FATAL(ckpt.effects.count, 1);
	CU_ASSERT_EQUAL(ckpt.effects.list[0].kind, EFFECT_READ);
	CU_ASSERT_EQUAL(ckpt.effects.list[0].requester.node, 2);
	CU_ASSERT_EQUAL(ckpt.effects.list[0].requester.call, reader.call);
	CU_ASSERT_EQUAL(ckpt_state_digest_directory(ckpt.state), before);
	ckpt_fixture_close(&ckpt);
}

/* The holder, and only then the reader's node, so that what the one has is of this place. The answer is as good as a change's. */
static void a_holder_is_asked_and_its_answer_waits_for_stability(void)
{
	struct ckpt_fixture ckpt = asynchronous(SA_CKPT_WR_ACTIVE_REPLICA);
	const struct requester reader = ckpt_fixture_requester(&ckpt, 2);
	struct wire_writer body = {0}, answer = {0};

	ckpt_read_encode(&body, &(struct ckpt_read){.requester = reader, .holder = 3, .checkpoint = ckpt.checkpoint});
	ckpt_fixture_apply(&ckpt, CKPT_OPERATION_READ, &body);
	CU_ASSERT_EQUAL_FATAL(ckpt.effects.count, 2);
	CU_ASSERT_EQUAL(ckpt.effects.list[0].kind, EFFECT_ASK);
	CU_ASSERT_EQUAL(ckpt.effects.list[0].asked_node, 3);
	CU_ASSERT_TRUE(bytes_equal(effects_payload(&ckpt.effects, &ckpt.effects.list[0]), wire_writer_bytes(&body)));
	CU_ASSERT_EQUAL(ckpt.effects.list[1].kind, EFFECT_READ);
	ckpt_read_answer_encode(&answer, &(struct ckpt_read_answer){reader, SA_AIS_OK, bytes_of_text("bytes")});
	CU_ASSERT_EQUAL(ckpt_fixture_apply_and_clear(&ckpt, CKPT_OPERATION_READ_ANSWER, &answer), SA_AIS_OK);
	CU_ASSERT_EQUAL(answered_at(&ckpt), 0);
	CU_ASSERT_EQUAL(ckpt.effects.list[0].requester.call, reader.call);
	CU_ASSERT_TRUE(bytes_equal(ckpt_fixture_payload(&ckpt), bytes_of_text("bytes")));
	wire_writer_clear(&body);
	ckpt_fixture_close(&ckpt);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"CKPT-004 a missing name is not opened without CREATE", a_missing_name_is_not_opened_without_create},
		{"CKPT-005 CKPT-006 CKPT-009 CKPT-010 flags and attributes must fit", flags_and_attributes_must_fit},
		{"CKPT-007 CKPT-008 CKPT-011 CKPT-012 CKPT-013 attributes are held against their bounds",
		 attributes_are_held_against_their_bounds},
		{"CKPT-016..022 CREATE of what exists wants the attributes of its creation",
		 create_of_what_exists_wants_the_attributes_of_its_creation},
		{"a checkpoint that is to be new is not taken from another", a_checkpoint_that_is_to_be_new_is_not_taken_from_another},
		{"CKPT-024 CKPT-047 CKPT-049 the retention set later is not compared", the_retention_set_later_is_not_compared},
		{"CKPT-051..057 an unlinked checkpoint lives until its last close", an_unlinked_checkpoint_lives_until_its_last_close},
		{"whatever the order of unlink and close, nothing stays", whatever_the_order_of_unlink_and_close_nothing_stays},
		{"an open that comes a second time is the same open", an_open_that_comes_a_second_time_is_the_same_open},
		{"CKPT-040..043 retention runs from the last close and stops at an open",
		 retention_runs_from_the_last_close_and_stops_at_an_open},
		{"CKPT-044 CKPT-045 no retention ends at once and an endless one never", no_retention_ends_at_once_and_an_endless_one_never},
		{"CKPT-142 opens of a departed node count as closed", opens_of_a_departed_node_count_as_closed},
		{"an open that timed out is not open after the barrier", an_open_that_timed_out_is_not_open_after_the_barrier},
		{"a re-claim keeps what is claimed and closes the rest", a_reclaim_keeps_what_is_claimed_and_closes_the_rest},
		{"CKPT-065 a used section id is refused without a trace", used_section_id_is_refused_without_a_trace},
		{"CKPT-059..062 a checkpoint of one section has the default section for ever",
		 a_checkpoint_of_one_section_has_the_default_section_for_ever},
		{"CKPT-063 CKPT-066..072 section bounds and generated ids", section_bounds_and_generated_ids},
		{"short generated ids run out without harm", short_generated_ids_run_out_without_harm},
		{"CKPT-079..084 an expiry is void once its time was moved", an_expiry_is_void_once_its_time_was_moved},
		{"CKPT-107 memoryUsed of a checkpoint above 4 GiB is the sum of its sections",
		 memory_used_of_a_checkpoint_above_4_gib_is_the_sum_of_its_sections},
		{"CKPT-085..097 writes grow and overwrites replace", writes_grow_and_overwrites_replace},
		{"CKPT-089 CKPT-092 a write vector is applied whole or not at all", a_write_vector_is_applied_whole_or_not_at_all},
		{"directory and sections stay small enough to be handed over",
		 directory_and_sections_stay_small_enough_to_be_handed_over},
		{"what goes beyond the cluster's bound is refused", what_goes_beyond_the_clusters_bound_is_refused},
		{"CKPT-127 CKPT-135 without an active replica data calls do not exist", without_an_active_replica_data_calls_do_not_exist},
		{"CKPT-129 CKPT-131 CKPT-132 CKPT-143 an active replica is set on asynchronous collocated checkpoints alone",
		 an_active_replica_is_set_on_asynchronous_collocated_checkpoints_alone},
		{"the active replica answers calls on data, and nothing else", the_active_replica_answers_calls_on_data_and_nothing_else},
		{"CKPT-130 a role begins when it is first given", a_role_begins_when_it_is_first_given},
		{"CKPT-135 a replica that lost the barrier is active no more", a_replica_that_lost_the_barrier_is_active_no_more},
		{"an asynchronous checkpoint is not read from memory", an_asynchronous_checkpoint_is_not_read_from_memory},
		{"a holder is asked, and its answer waits for stability", a_holder_is_asked_and_its_answer_waits_for_stability},
		{"a read takes its place in the order and changes nothing", a_read_takes_its_place_and_changes_nothing},
	};

	return check_run("ckpt state", cases, sizeof cases / sizeof *cases);
}
