/* Memory that fails at every allocation in turn: an operation is applied whole, or says that it failed so that its node leaves (CASE-082:
 * a section in one table and not in another). Never half an operation on a node that goes on, never a crash, never a leak. */
#include <errno.h>
#include <stdlib.h>

#include "ckpt_chance.h"
#include "conformance/check/check.h"
#include "conformance/check/fault.h"

/* The linker's --wrap sends every allocation of this program through here. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
	return fault_strikes() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fault_strikes() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fault_strikes() ? NULL : __real_realloc(old, size);
}

enum { PROLOGUE = 80 };

/* Applies operation `seq`; true: the effects say that memory failed. */
static bool apply(struct ckpt_state *state, uint64_t seq, uint16_t operation, struct bytes body)
{
	const struct at at = {.position = {.ring = {.seq = 4, .representative = 1}, .seq = seq}, .clock_ns = (int64_t)seq, .version = 1};
	struct effects effects = {0};

	ckpt_state_apply(state, &at, operation, body, &effects);
	const bool failed = effects.failed;
	effects_clear(&effects);
	return failed;
}

/* The state after the operations of `seed` up to the last but one; the last is left in `body`. */
static struct ckpt_state *state_before(uint64_t seed, uint64_t count, bool places, struct wire_writer *body, uint16_t *operation)
{
	struct ckpt_chance chance = {.state = seed, .data_size_max = 4000, .places = places};
	struct ckpt_state *state = ckpt_state_new(&ckpt_fixture_host);

	for (uint64_t seq = 1; seq <= count; seq++) {
		*operation = ckpt_chance_operation(&chance, state, body);
		if (seq < count)
			apply(state, seq, *operation, wire_writer_bytes(body));
	}
	return state;
}

/* Returns how often the operation failed. */
static unsigned each_allocation_fails(uint64_t seed, uint64_t count)
{
	unsigned failures = 0;
	bool struck = true;

	for (uint64_t allocation = 0; struck; allocation++) {
		struct wire_writer body = {0};
		uint16_t operation = 0;
		struct ckpt_state *state = state_before(seed, count, true, &body, &operation);
		struct ckpt_state *other = state_before(seed, count, true, &body, &operation);

		apply(other, count, operation, wire_writer_bytes(&body));
		fault_arm(allocation, ENOMEM);
		const bool failed = apply(state, count, operation, wire_writer_bytes(&body));
		struck = fault_disarm();
		failures += failed;
		if (!failed) {
			CU_ASSERT_EQUAL_FATAL(ckpt_state_digest_directory(state), ckpt_state_digest_directory(other));
			CU_ASSERT_EQUAL_FATAL(ckpt_state_digest_content(state), ckpt_state_digest_content(other));
		}
		wire_writer_clear(&body);
		ckpt_state_free(state);
		ckpt_state_free(other);
		CU_ASSERT_EQUAL_FATAL(ckpt_fixture_arena_bytes(), 0);
	}
	return failures;
}

static void an_operation_is_applied_whole_or_the_node_is_told(void)
{
	unsigned failures = 0;

	for (uint64_t seed = 1; seed <= 6; seed++)
		for (uint64_t count = 2; count <= PROLOGUE; count++)
			failures += each_allocation_fails(seed, count);
	CU_ASSERT_TRUE(failures > 500); /* the wrapping works */
}

static void a_transfer_is_refused_when_memory_fails(void)
{
	struct wire_writer body = {0}, directory = {0}, copy = {0};
	uint16_t operation = 0;
	struct ckpt_state *donor = state_before(3, PROLOGUE, false, &body, &operation);
	const struct service_range range = {.size_max = 1 << 20};
	bool struck = true;

	ckpt_state_directory_encode(donor, &directory);
	CU_ASSERT_TRUE(ckpt_state_range_copy(donor, &range, &copy));
	for (uint64_t allocation = 0; struck; allocation++) {
		struct ckpt_state *joiner = ckpt_state_new(&ckpt_fixture_host);
		struct wire_reader in = wire_reader_of(wire_writer_bytes(&directory));

		fault_arm(allocation, ENOMEM);
		bool done = ckpt_state_directory_decode(joiner, &in);
		if (done) {
			ckpt_state_range_open(joiner, &range);
			in = wire_reader_of(wire_writer_bytes(&copy));
			done = ckpt_state_range_install(joiner, &range, &in);
		}
		struck = fault_disarm();
		if (done) {
			CU_ASSERT_EQUAL(ckpt_state_digest_directory(joiner), ckpt_state_digest_directory(donor));
			CU_ASSERT_EQUAL(ckpt_state_digest_content(joiner), ckpt_state_digest_content(donor));
			CU_ASSERT_EQUAL(joiner->absent_count, 0);
		}
		ckpt_state_free(joiner);
	}
	wire_writer_clear(&body);
	wire_writer_clear(&directory);
	wire_writer_clear(&copy);
	ckpt_state_free(donor);
	CU_ASSERT_EQUAL(ckpt_fixture_arena_bytes(), 0);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"an operation is applied whole, or the node is told", an_operation_is_applied_whole_or_the_node_is_told},
		{"a transfer is refused when memory fails", a_transfer_is_refused_when_memory_fails},
	};

	return check_run("ckpt memory", cases, sizeof cases / sizeof *cases);
}
