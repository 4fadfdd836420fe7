/* The arena's allocator against a model, its waste, and what tens of thousands of sections cost. */
#include <stdio.h>
#include <stdlib.h>

#include "ckpt_chance.h"
#include "conformance/check/check.h"

enum { EXTENTS = 300 };

struct model {
	struct extent extents[EXTENTS];
	uint8_t marks[EXTENTS];
	uint64_t sizes[EXTENTS];
};

static bool is_intact(const struct content *content, const struct model *model, size_t i)
{
	const uint8_t *bytes = content_bytes(content, model->extents[i]);

	for (uint64_t at = 0; at < model->sizes[i]; at++) {
		if (bytes[at] != model->marks[i])
			return false;
	}
	return true;
}

static void compact(struct content *content, struct model *model)
{
	struct extent *live[EXTENTS];

	for (size_t i = 0; i < EXTENTS; i++)
		live[i] = &model->extents[i];
	content_compact(content, live, EXTENTS);
}

static void extents_never_overlap_and_waste_is_bounded(void)
{
	static struct model model;
	struct ckpt_chance chance = {.state = 9};
	struct content content;
	uint64_t used = 0;

	content_init(&content, &ckpt_fixture_host);
	for (size_t round = 0; round < 60000; round++) {
		const size_t i = ckpt_chance_below(&chance, EXTENTS);

		CU_ASSERT_TRUE_FATAL(is_intact(&content, &model, i));
		content_free(&content, &model.extents[i]);
		used -= model.sizes[i];
		model.sizes[i] = ckpt_chance_below(&chance, 3) == 0 ? 0 : ckpt_chance_below(&chance, 1 + 4000 * ckpt_chance_below(&chance, 5));
		if (content_wants_compaction(&content, model.sizes[i]))
			compact(&content, &model);
		CU_ASSERT_TRUE_FATAL(content_allocate(&content, model.sizes[i], &model.extents[i]));
		model.marks[i] = (uint8_t)round;
		used += model.sizes[i];
		if (model.sizes[i] > 0)
			memset(content_bytes(&content, model.extents[i]), model.marks[i], model.sizes[i]);
		if (round > 1000)
			CU_ASSERT_TRUE_FATAL(content_held(&content) <= used * 2 + 256 * 1024);
	}
	for (size_t i = 0; i < EXTENTS; i++) {
		CU_ASSERT_TRUE(is_intact(&content, &model, i));
		content_free(&content, &model.extents[i]);
	}
	CU_ASSERT_EQUAL(content.used, IMAGE_HEADER_SIZE);
	CU_ASSERT_EQUAL(content.free_by_offset.count, 1); /* all joined again */
	CU_ASSERT_TRUE(content_wants_compaction(&content, 0));
	compact(&content, &model);
	CU_ASSERT_TRUE(content_held(&content) <= 4096);
	content_clear(&content);
	CU_ASSERT_EQUAL(ckpt_fixture_arena_bytes(), 0);
}

/* What the target asks of 100,000 sections of 1 KiB holds at every number of them: tables that have just grown and what they leave behind are
 * counted, and what malloc puts before a block and behind it. */
static void many_sections_cost_little_more_than_their_bytes(void)
{
	enum { COUNT_MIN = 2000, COUNT = 100000, SIZE = 1024, MALLOC_HEAD = 8, MALLOC_UNIT = 16 };
	static const uint8_t data[SIZE];
	struct ckpt_fixture ckpt = ckpt_fixture_open(COUNT);
	double worst = 0, of_all = 0;
	char id[16];
	int worst_count = 0;

	for (int i = 0; i < COUNT; i++) {
		const size_t id_size = (size_t)snprintf(id, sizeof id, "section%06d", i);
		const uint64_t block = sizeof(struct section) + id_size;

		CU_ASSERT_EQUAL_FATAL(ckpt_fixture_create_at(&ckpt, bytes_of_text(id), bytes_of(data, SIZE), SA_TIME_END), SA_AIS_OK);
		const uint64_t malloced = (block + MALLOC_HEAD + MALLOC_UNIT - 1) / MALLOC_UNIT * MALLOC_UNIT;
		const uint64_t held = checkpoint_held(ckpt_fixture_checkpoint(&ckpt)) + (uint64_t)(i + 1) * (malloced - block);
		const double of_payload = (double)held / SIZE / (i + 1);
		if (i + 1 >= COUNT_MIN && of_payload > worst) {
			worst = of_payload;
			worst_count = i + 1;
		}
		of_all = of_payload;
	}
	printf("     %.3f of the payload at 100,000 sections; at most %.3f, at %d\n", of_all, worst, worst_count);
	CU_ASSERT_TRUE(of_all < 1.25);
	CU_ASSERT_TRUE(worst < 1.3);
	ckpt_fixture_close(&ckpt);
	CU_ASSERT_EQUAL(ckpt_fixture_arena_bytes(), 0);
}

/* Every old byte is met again while neighbours come, go and grow. */
static void contents_survive_compaction(void)
{
	struct ckpt_fixture ckpt = ckpt_fixture_open(4000);
	static uint8_t data[4096];
	char id[16];

	for (int round = 0; round < 6; round++) {
		for (int i = 0; i < 300; i++) {
			snprintf(id, sizeof id, "s%d-%d", round, i);
			memset(data, i, sizeof data);
			CU_ASSERT_EQUAL_FATAL(ckpt_fixture_create_at(&ckpt, bytes_of_text(id), bytes_of(data, 200 + 13 * (size_t)i), SA_TIME_END),
			                      SA_AIS_OK);
			CU_ASSERT_EQUAL_FATAL(ckpt_fixture_write(&ckpt, id, 200 + 13 * (size_t)i, bytes_of(data, 1 + 100 * (size_t)round)), SA_AIS_OK);
		}
		for (int i = 0; i < 300; i++) {
			snprintf(id, sizeof id, "s%d-%d", round, i);
			if (i % 3 != 0)
				CU_ASSERT_EQUAL_FATAL(ckpt_fixture_delete(&ckpt, id), SA_AIS_OK);
		}
	}
	for (int round = 0; round < 6; round++) {
		for (int i = 0; i < 300; i += 3) {
			snprintf(id, sizeof id, "s%d-%d", round, i);
			const struct bytes content = ckpt_fixture_read(&ckpt, id);
			CU_ASSERT_EQUAL_FATAL(content.size, 201 + 13 * (size_t)i + 100 * (size_t)round);
			memset(data, i, sizeof data);
			CU_ASSERT_TRUE(memcmp(content.data, data, content.size < sizeof data ? content.size : sizeof data) == 0);
		}
	}
	ckpt_fixture_close(&ckpt);
	CU_ASSERT_EQUAL(ckpt_fixture_arena_bytes(), 0);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"extents never overlap, and waste is bounded", extents_never_overlap_and_waste_is_bounded},
		{"many sections cost little more than their bytes, at every number of them", many_sections_cost_little_more_than_their_bytes},
		{"contents survive compaction", contents_survive_compaction},
	};

	return check_run("ckpt content", cases, sizeof cases / sizeof *cases);
}
