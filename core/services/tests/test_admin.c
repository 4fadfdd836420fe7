/* The messages of `admin`: what was encoded is decoded, what is cut short is not, and how a node stands in one word. */
#include "conformance/check/check.h"

#include <stdlib.h>
#include <string.h>

#include "core/services/admin_messages.h"

static void requests_come_back_and_are_refused_when_cut(void)
{
	struct wire_writer out = {0};
	struct admin_number number;
	struct admin_leave leave;

	admin_number_encode(&out, &(struct admin_number){4294967295});
	for (size_t size = 0; size <= out.size; size++) {
		struct wire_reader in = wire_reader_of(bytes_of(out.data, size));

		CU_ASSERT_EQUAL(admin_number_decode(&in, &number), size == out.size);
	}
	CU_ASSERT_EQUAL(number.number, 4294967295);
	wire_writer_reset(&out);
	admin_number_encode(&out, &(struct admin_number){0});
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&out));
	CU_ASSERT_FALSE(admin_number_decode(&in, &number)); /* neither a node nor votes */
	wire_writer_reset(&out);
	admin_leave_encode(&out, &(struct admin_leave){true});
	for (size_t size = 0; size <= out.size; size++) {
		in = wire_reader_of(bytes_of(out.data, size));
		CU_ASSERT_EQUAL(admin_leave_decode(&in, &leave), size == out.size);
	}
	CU_ASSERT_TRUE(leave.force);
	out.data[out.size - 1] = 2;
	in = wire_reader_of(wire_writer_bytes(&out));
	CU_ASSERT_FALSE(admin_leave_decode(&in, &leave));
	wire_writer_clear(&out);
}

static void a_status_comes_back_an_older_ones_too(void)
{
	struct admin_status *status = calloc(1, sizeof(*status)), *back = calloc(1, sizeof(*back));
	struct wire_writer out = {0};

	CU_ASSERT_PTR_NOT_NULL_FATAL(status);
	CU_ASSERT_PTR_NOT_NULL_FATAL(back);
	status->expected_votes = 5;
	status->expected_votes_next = 3;
	status->fencing = true;
	status->unfenced_count = 2;
	status->unfenced[0] = 4;
	status->unfenced[1] = 5;
	admin_status_encode(&out, status);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&out));
	CU_ASSERT_TRUE(admin_status_decode(&in, back));
	CU_ASSERT_TRUE(back->fencing);
	CU_ASSERT_EQUAL(back->expected_votes_next, 3);
	CU_ASSERT_EQUAL(back->unfenced_count, 2);
	CU_ASSERT_EQUAL(back->unfenced[1], 5);
	in = wire_reader_of(bytes_of(out.data, out.size - 5)); /* before the two were appended */
	CU_ASSERT_TRUE(admin_status_decode(&in, back));
	CU_ASSERT_FALSE(back->fencing);
	CU_ASSERT_EQUAL(back->expected_votes_next, 5);
	for (size_t size = 0; size < out.size - 5; size++) {
		in = wire_reader_of(bytes_of(out.data, size));
		CU_ASSERT_FALSE(admin_status_decode(&in, back));
	}
	wire_writer_clear(&out);
	free(status);
	free(back);
}

static void a_standing_is_the_first_reason_not_to_serve(void)
{
	const struct ring_id ring = {.seq = 4, .representative = 1};

	CU_ASSERT_EQUAL(admin_standing((struct ring_id){0}, 0, true, true), ADMIN_STANDING_BARRIER);
	CU_ASSERT_EQUAL(admin_standing(ring, 0, true, true), ADMIN_STANDING_CAUGHT_UP);
	CU_ASSERT_EQUAL(admin_standing(ring, ADMIN_GATE_FENCING, true, false), ADMIN_STANDING_FENCING);
	CU_ASSERT_EQUAL(admin_standing(ring, ADMIN_GATE_FENCING | ADMIN_GATE_ADOPTING, true, false), ADMIN_STANDING_FENCING);
	CU_ASSERT_EQUAL(admin_standing(ring, ADMIN_GATE_QUORUM | ADMIN_GATE_FENCING, true, false), ADMIN_STANDING_NO_QUORUM);
	CU_ASSERT_EQUAL(admin_standing(ring, ADMIN_GATE_LEAVING, true, true), ADMIN_STANDING_CAUGHT_UP);
	CU_ASSERT_EQUAL(admin_standing(ring, ADMIN_GATE_ADOPTING, true, false), ADMIN_STANDING_CATCHING_UP);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"requests come back as they were, and are refused when cut short", requests_come_back_and_are_refused_when_cut},
		{"a status comes back as it was, one of an older daemon too", a_status_comes_back_an_older_ones_too},
		{"a standing is the first reason not to serve", a_standing_is_the_first_reason_not_to_serve},
	};

	return check_run("admin", cases, sizeof(cases) / sizeof(cases[0]));
}
