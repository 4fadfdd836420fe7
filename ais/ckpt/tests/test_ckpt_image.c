/* The reader of a checkpoint's memory against its writer (DESIGN, mechanism 8). The litmus stops the writer after every store and lets the reader
 * run in a thread of its own: each read is the old content whole, the new one whole, or no hit; and half of a vector never. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "ckpt_fixture.h"
#include "conformance/check/check.h"

enum { ARENA_MAX = 1 << 20, NOW_NS = 1000 };

/* --- Arenas that stay where they are and are kept when they are freed: what a client has mapped. --- */

struct kept_arena {
	struct arena arena;
	struct kept_arena *next;
};

static struct {
	struct kept_arena *first;
	bool is_watched; /* the reader runs after each store */
	void (*look)(void);
} world;

static struct arena *arena_new(void *context, const char *name)
{
	struct kept_arena *kept = calloc(1, sizeof(*kept));

	(void)context;
	(void)name;
	kept->arena.base = mmap(NULL, ARENA_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	kept->next = world.first;
	world.first = kept;
	return &kept->arena;
}

static bool arena_grow(void *context, struct arena *arena, size_t size)
{
	(void)context;
	if (size > ARENA_MAX)
		return false;
	arena->size = size;
	return true;
}

static void arena_free(void *context, struct arena *arena)
{
	(void)context;
	(void)arena;
}

static void arenas_unmap(void)
{
	for (struct kept_arena *next; world.first != NULL; world.first = next) {
		next = world.first->next;
		munmap(world.first->arena.base, ARENA_MAX);
		free(world.first);
	}
}

static void arena_stored(void *context)
{
	(void)context;
	if (world.is_watched)
		world.look();
}

static const struct host host = {
	.arena_new = arena_new, .arena_grow = arena_grow, .arena_free = arena_free, .arena_stored = arena_stored,
};

/* --- The reader. --- */

static struct ckpt_fixture fixture_new(void)
{
	struct ckpt_fixture ckpt = {
		.state = ckpt_state_new(&host), .seq = 1, .clock_ns = INT64_C(1700000000) * SA_TIME_ONE_SECOND,
	};
	const struct ckpt_attributes attributes = ckpt_fixture_attributes(100);

	ckpt_fixture_open_name(&ckpt, 1, "fixture", 7, &attributes, &ckpt.open);
	ckpt.checkpoint = checkpoint_find_linked(ckpt.state, bytes_of_text("fixture"))->identity;
	return ckpt;
}

static void fixture_close(struct ckpt_fixture *ckpt)
{
	world.is_watched = false;
	ckpt_fixture_close(ckpt);
	arenas_unmap();
}

static struct image image_of(const struct ckpt_fixture *ckpt)
{
	const struct content *content = &ckpt_fixture_checkpoint(ckpt)->content;

	return (struct image){
		.base = content->arena->base, .size = content->arena->size, .generation = content->generation,
		.lease = (const void *)ckpt_state_lease(ckpt->state)->base,
	};
}

static void all_stable(struct ckpt_fixture *ckpt)
{
	while (ckpt_state_unstable_first(ckpt->state) != NULL)
		ckpt_state_unstable_pop(ckpt->state);
	ckpt_state_lease_set(ckpt->state, NOW_NS + 1);
}

static int64_t now_ns(void *context)
{
	(void)context;
	return NOW_NS;
}

struct seen {
	uint8_t bytes[2][4096];
	size_t size[2];
};

static enum image_result read_two(const struct image *image, const char *one, const char *other, struct seen *seen)
{
	struct image_element elements[2] = {
		{.id = bytes_of_text(one), .size = sizeof seen->bytes[0], .buffer = seen->bytes[0]},
		{.id = bytes_of_text(other), .size = sizeof seen->bytes[1], .buffer = seen->bytes[1]},
	};
	const size_t count = other[0] == '\0' ? 1 : 2;
	enum image_result result = IMAGE_HIT;

	for (size_t i = 0; i < count && result == IMAGE_HIT; i++)
		result = image_find(image, &elements[i]);
	if (result == IMAGE_HIT)
		result = image_take(image, elements, count, now_ns, NULL);
	for (size_t i = 0; i < count; i++)
		seen->size[i] = elements[i].size;
	return result;
}

static enum image_result read_one(const struct image *image, const char *id, struct seen *seen)
{
	return read_two(image, id, "", seen);
}

static bool is_filled(const struct seen *seen, size_t i, size_t size, uint8_t with)
{
	if (seen->size[i] != size)
		return false;
	for (size_t at = 0; at < size; at++)
		if (seen->bytes[i][at] != with)
			return false;
	return true;
}

static SaAisErrorT fill(struct ckpt_fixture *ckpt, const char *id, size_t size, uint8_t with)
{
	static uint8_t data[4096];

	memset(data, with, size);
	return ckpt_fixture_overwrite(ckpt, id, bytes_of(data, size));
}

static void write_two(struct ckpt_fixture *ckpt, const char *one, const char *other, size_t size, uint8_t with)
{
	struct wire_writer elements = {0}, body = {0};
	static uint8_t data[4096];

	memset(data, with, size);
	ckpt_element_encode(&elements, &(struct ckpt_element){bytes_of_text(one), 0, bytes_of(data, size)});
	ckpt_element_encode(&elements, &(struct ckpt_element){bytes_of_text(other), 0, bytes_of(data, size)});
	ckpt_write_encode(&body, &(struct ckpt_write){
		.requester = ckpt_fixture_requester(ckpt, 1), .checkpoint = ckpt->checkpoint, .count = 2,
		.elements = wire_writer_bytes(&elements),
	});
	CU_ASSERT_EQUAL(ckpt_fixture_apply_and_clear(ckpt, CKPT_OPERATION_WRITE, &body), SA_AIS_OK);
	wire_writer_clear(&elements);
}

/* --- What is a hit. --- */

static void what_is_stable_under_a_lease_is_read(void)
{
	struct ckpt_fixture ckpt = fixture_new();
	struct seen seen;

	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", "first"), SA_AIS_OK);
	const struct image image = image_of(&ckpt);
	CU_ASSERT_EQUAL(read_one(&image, "a", &seen), IMAGE_MISS); /* neither */
	ckpt_state_lease_set(ckpt.state, NOW_NS + 1);
	CU_ASSERT_EQUAL(read_one(&image, "a", &seen), IMAGE_MISS); /* not stable */
	all_stable(&ckpt);
	CU_ASSERT_EQUAL(read_one(&image, "a", &seen), IMAGE_HIT);
	CU_ASSERT_TRUE(seen.size[0] == 5 && memcmp(seen.bytes[0], "first", 5) == 0);
	CU_ASSERT_EQUAL(fill(&ckpt, "a", 5, 7), SA_AIS_OK);
	CU_ASSERT_EQUAL(read_one(&image, "a", &seen), IMAGE_MISS); /* the new one is not stable */
	all_stable(&ckpt);
	CU_ASSERT_EQUAL(read_one(&image, "a", &seen), IMAGE_HIT);
	CU_ASSERT_TRUE(is_filled(&seen, 0, 5, 7));
	ckpt_state_lease_set(ckpt.state, NOW_NS); /* it has just run out */
	CU_ASSERT_EQUAL(read_one(&image, "a", &seen), IMAGE_MISS);
	fixture_close(&ckpt);
}

static void what_is_not_there_is_for_the_daemon_to_say(void)
{
	struct ckpt_fixture ckpt = fixture_new();
	struct seen seen;

	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", "first"), SA_AIS_OK);
	all_stable(&ckpt);
	const struct image image = image_of(&ckpt);
	CU_ASSERT_EQUAL(read_one(&image, "b", &seen), IMAGE_MISS);
	struct image_element behind = {.id = bytes_of_text("a"), .offset = 6, .size = 1};
	CU_ASSERT_EQUAL(image_find(&image, &behind), IMAGE_MISS); /* CKPT-102 */
	CU_ASSERT_EQUAL(ckpt_fixture_delete(&ckpt, "a"), SA_AIS_OK);
	CU_ASSERT_EQUAL(read_one(&image, "a", &seen), IMAGE_MISS);
	ckpt_fixture_unlink(&ckpt, "fixture");
	ckpt_fixture_close_open(&ckpt, 1, ckpt.open);
	CU_ASSERT_EQUAL(read_one(&image, "a", &seen), IMAGE_ENDED);
	fixture_close(&ckpt);
}

/* A checkpoint that moved into new memory is not read in the old. */
static void moved_memory_has_ended(void)
{
	struct ckpt_fixture ckpt = fixture_new();
	struct seen seen;
	char id[8] = "s0";

	for (int i = 0; i < 40; i++) {
		id[1] = (char)('0' + i);
		CU_ASSERT_EQUAL_FATAL(ckpt_fixture_create(&ckpt, id, ""), SA_AIS_OK);
		CU_ASSERT_EQUAL_FATAL(fill(&ckpt, id, 4096, (uint8_t)i), SA_AIS_OK);
	}
	all_stable(&ckpt);
	const struct image image = image_of(&ckpt);
	CU_ASSERT_EQUAL(read_one(&image, "s0", &seen), IMAGE_HIT);
	for (int i = 1; i < 40; i++) {
		id[1] = (char)('0' + i);
		CU_ASSERT_EQUAL_FATAL(ckpt_fixture_delete(&ckpt, id), SA_AIS_OK);
	}
	all_stable(&ckpt);
	CU_ASSERT_EQUAL(read_one(&image, "s0", &seen), IMAGE_ENDED);
	const struct image other = image_of(&ckpt);
	CU_ASSERT_TRUE(other.base != image.base && other.generation != image.generation && other.size < image.size);
	CU_ASSERT_EQUAL(read_one(&other, "s0", &seen), IMAGE_HIT);
	CU_ASSERT_TRUE(is_filled(&seen, 0, 4096, 0));
	fixture_close(&ckpt);
}

static void grown_memory_is_said_to_be_grown(void)
{
	struct ckpt_fixture ckpt = fixture_new();
	struct seen seen;
	char id[8] = "s0";

	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", "first"), SA_AIS_OK);
	struct image image = image_of(&ckpt);
	for (int i = 0; i < 40; i++) {
		id[1] = (char)('0' + i);
		CU_ASSERT_EQUAL_FATAL(ckpt_fixture_create(&ckpt, id, ""), SA_AIS_OK);
		CU_ASSERT_EQUAL_FATAL(fill(&ckpt, id, 4096, (uint8_t)i), SA_AIS_OK);
	}
	all_stable(&ckpt);
	CU_ASSERT_EQUAL(read_one(&image, "s7", &seen), IMAGE_GROWN);
	image.size = image_size(&image);
	CU_ASSERT_EQUAL(read_one(&image, "s7", &seen), IMAGE_HIT);
	CU_ASSERT_TRUE(is_filled(&seen, 0, 4096, 7));
	fixture_close(&ckpt);
}

/* CKPT-127: no active replica, no data. */
static void without_an_active_replica_nothing_is_read(void)
{
	struct ckpt_fixture ckpt = fixture_new();
	struct seen seen;

	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", "first"), SA_AIS_OK);
	all_stable(&ckpt);
	const struct image image = image_of(&ckpt);
	struct content *content = &ckpt_fixture_checkpoint(&ckpt)->content;
	content_readable_set(content, false, ckpt.state->index);
	CU_ASSERT_EQUAL(read_one(&image, "a", &seen), IMAGE_MISS);
	content_readable_set(content, true, ckpt.state->index + 1);
	CU_ASSERT_EQUAL(read_one(&image, "a", &seen), IMAGE_MISS); /* that there is one is not stable yet */
	ckpt_state_changed(ckpt.state, (struct position){.ring = {.seq = 4, .representative = 1}, .seq = 99});
	all_stable(&ckpt);
	CU_ASSERT_EQUAL(read_one(&image, "a", &seen), IMAGE_HIT);
	fixture_close(&ckpt);
}

/* No image makes the reader leave it: every word of header and slots takes values that could lead out. */
static void no_image_leads_the_reader_out(void)
{
	static const uint64_t values[] = {0, 1, 15, 16, 63, 64, 4095, 4096, UINT32_MAX, UINT64_MAX / 32, UINT64_MAX, UINT64_C(1) << 63, 64 << 16 | 1,
	                                  UINT64_C(4096) << 16 | 1, UINT64_MAX << 16 | 1, UINT64_C(4088) << 16 | 1};
	struct ckpt_fixture ckpt = fixture_new();
	struct seen seen;

	CU_ASSERT_EQUAL(ckpt_fixture_create(&ckpt, "a", "first"), SA_AIS_OK);
	all_stable(&ckpt);
	struct image image = image_of(&ckpt);
	/* A copy that ends where nothing is mapped any more. */
	const size_t page = 4096;
	uint8_t *copy = mmap(NULL, image.size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(copy, image.base, image.size);
	CU_ASSERT_TRUE_FATAL(munmap(copy + image.size, page) == 0);
	image.base = copy;
	uint64_t *words = (uint64_t *)(void *)copy;
	for (size_t at = 0; at < image.size / sizeof(*words); at++) {
		const uint64_t kept = words[at];

		for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
			words[at] = values[i];
			read_one(&image, "a", &seen);
			words[at] = kept + values[i];
			read_one(&image, "a", &seen);
		}
		words[at] = kept;
	}
	CU_ASSERT_EQUAL(read_one(&image, "a", &seen), IMAGE_HIT);
	munmap(copy, image.size);
	fixture_close(&ckpt);
}

/* --- Litmus. --- */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t turn;
	bool is_readers, is_over;
	struct image image;
	const char *one, *other;
	struct seen seen;
	enum image_result result;
	size_t stores, hits, torn;
} litmus = {.lock = PTHREAD_MUTEX_INITIALIZER, .turn = PTHREAD_COND_INITIALIZER};

static void *reader_run(void *argument)
{
	(void)argument;
	pthread_mutex_lock(&litmus.lock);
	while (!litmus.is_over) {
		if (litmus.is_readers) {
			litmus.image.size = image_size(&litmus.image);
			litmus.result = read_two(&litmus.image, litmus.one, litmus.other, &litmus.seen);
			litmus.is_readers = false;
			pthread_cond_signal(&litmus.turn);
		} else {
			pthread_cond_wait(&litmus.turn, &litmus.lock);
		}
	}
	pthread_mutex_unlock(&litmus.lock);
	return NULL;
}

static struct {
	size_t size[2];
	uint8_t old, new;
} expected;

/* The writer is stopped here, the reader runs: whatever is changed counts as stable at once, so that what is torn would be seen. */
static void let_the_reader_look(void)
{
	pthread_mutex_lock(&litmus.lock);
	litmus.is_readers = true;
	pthread_cond_signal(&litmus.turn);
	while (litmus.is_readers)
		pthread_cond_wait(&litmus.turn, &litmus.lock);
	pthread_mutex_unlock(&litmus.lock);
	litmus.stores++;
	if (litmus.result != IMAGE_HIT)
		return;
	litmus.hits++;
	const bool old = is_filled(&litmus.seen, 0, expected.size[0], expected.old) &&
	                 (litmus.other[0] == '\0' || is_filled(&litmus.seen, 1, expected.size[0], expected.old));
	const bool new = is_filled(&litmus.seen, 0, expected.size[1], expected.new) &&
	                 (litmus.other[0] == '\0' || is_filled(&litmus.seen, 1, expected.size[1], expected.new));
	litmus.torn += !old && !new;
}

/* The operation, from `old` to `new` sizes and bytes, watched at each store. A mutant is to be seen: `is_torn`. */
static void litmus_run(unsigned unchecked, bool is_torn, void (*operation)(struct ckpt_fixture *ckpt))
{
	struct ckpt_fixture ckpt = fixture_new();
	pthread_t reader;
	char id[8] = "x0";

	for (int i = 0; i < 10; i++) { /* work for the table and the holes */
		id[1] = (char)('0' + i);
		CU_ASSERT_EQUAL_FATAL(ckpt_fixture_create(&ckpt, id, "filler"), SA_AIS_OK);
	}
	CU_ASSERT_EQUAL_FATAL(ckpt_fixture_create(&ckpt, litmus.one, ""), SA_AIS_OK);
	CU_ASSERT_EQUAL_FATAL(fill(&ckpt, litmus.one, expected.size[0], expected.old), SA_AIS_OK);
	if (litmus.other[0] != '\0') {
		CU_ASSERT_EQUAL_FATAL(ckpt_fixture_create(&ckpt, litmus.other, ""), SA_AIS_OK);
		CU_ASSERT_EQUAL_FATAL(fill(&ckpt, litmus.other, expected.size[0], expected.old), SA_AIS_OK);
	}
	all_stable(&ckpt);
	litmus.image = image_of(&ckpt);
	litmus.image.unchecked = unchecked | IMAGE_CHECK_STABLE;
	litmus.is_over = litmus.is_readers = false;
	litmus.stores = litmus.hits = litmus.torn = 0;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&reader, NULL, reader_run, NULL), 0);
	world.look = let_the_reader_look;
	world.is_watched = true;
	operation(&ckpt);
	world.is_watched = false;
	pthread_mutex_lock(&litmus.lock);
	litmus.is_over = true;
	pthread_cond_signal(&litmus.turn);
	pthread_mutex_unlock(&litmus.lock);
	pthread_join(reader, NULL);
	CU_ASSERT_TRUE(litmus.stores > 5 && litmus.hits > 0);
	CU_ASSERT_EQUAL(litmus.torn > 0, is_torn);
	fixture_close(&ckpt);
}

static void operation_overwrite(struct ckpt_fixture *ckpt)
{
	CU_ASSERT_EQUAL(fill(ckpt, litmus.one, expected.size[1], expected.new), SA_AIS_OK);
}

static void operation_write_two(struct ckpt_fixture *ckpt)
{
	write_two(ckpt, litmus.one, litmus.other, expected.size[1], expected.new);
}

static void operation_write_apart(struct ckpt_fixture *ckpt)
{
	static uint8_t data[4096];

	memset(data, expected.new, expected.size[1]);
	CU_ASSERT_EQUAL(ckpt_fixture_write(ckpt, litmus.one, 0, bytes_of(data, expected.size[1])), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_write(ckpt, litmus.other, 0, bytes_of(data, expected.size[1])), SA_AIS_OK);
}

/* Deleted, its bytes and its slot another's. */
static void operation_replace(struct ckpt_fixture *ckpt)
{
	CU_ASSERT_EQUAL(ckpt_fixture_delete(ckpt, litmus.one), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_create(ckpt, "y", ""), SA_AIS_OK);
	CU_ASSERT_EQUAL(fill(ckpt, "y", expected.size[0], 0x99), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_create(ckpt, litmus.one, ""), SA_AIS_OK);
}

/* The table moves twice. */
static void operation_many(struct ckpt_fixture *ckpt)
{
	char id[8] = "z0";

	for (int i = 0; i < 40; i++) {
		id[1] = (char)('0' + i);
		CU_ASSERT_EQUAL_FATAL(ckpt_fixture_create(ckpt, id, "another filler"), SA_AIS_OK);
	}
	for (int i = 0; i < 40; i += 2) {
		id[1] = (char)('0' + i);
		CU_ASSERT_EQUAL_FATAL(ckpt_fixture_delete(ckpt, id), SA_AIS_OK);
	}
}

static void litmus_overwrite(void)
{
	litmus.one = "a";
	litmus.other = "";
	for (size_t i = 0; i < 4; i++) {
		static const size_t sizes[4][2] = {{100, 100}, {100, 777}, {777, 30}, {61, 59}};
		const bool stays = i == 0 || i == 3; /* in its place; the others move with their record, and one store shows that */

		memcpy(expected.size, sizes[i], sizeof sizes[i]);
		expected.old = 1;
		expected.new = 2;
		litmus_run(0, false, operation_overwrite);
		litmus_run(IMAGE_CHECK_SEQUENCE, stays, operation_overwrite); /* what the sequence is for */
	}
}

static void litmus_vector(void)
{
	litmus.one = "a";
	litmus.other = "b";
	expected.old = 1;
	expected.new = 2;
	for (size_t i = 0; i < 2; i++) {
		expected.size[0] = 100;
		expected.size[1] = i == 0 ? 100 : 900;
		litmus_run(0, false, operation_write_two);
		litmus_run(IMAGE_CHECK_SEQUENCE, true, operation_write_two);
		litmus_run(0, true, operation_write_apart); /* each section shown by itself */
	}
}

/* What follows the deletion is empty; `new` says so. */
static void litmus_replace(void)
{
	litmus.one = "a";
	litmus.other = "";
	expected.size[0] = 200;
	expected.size[1] = 0;
	expected.old = 1;
	litmus_run(0, false, operation_replace);
}

static void litmus_table(void)
{
	litmus.one = "a";
	expected.old = expected.new = 'f';
	litmus.other = "";
	expected.size[0] = expected.size[1] = 50;
	litmus_run(0, false, operation_many);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"what is stable under a lease is read", what_is_stable_under_a_lease_is_read},
		{"what is not there is for the daemon to say", what_is_not_there_is_for_the_daemon_to_say},
		{"moved memory has ended", moved_memory_has_ended},
		{"grown memory is said to be grown", grown_memory_is_said_to_be_grown},
		{"CKPT-127 without an active replica nothing is read", without_an_active_replica_nothing_is_read},
		{"no image leads the reader out", no_image_leads_the_reader_out},
		{"litmus: an overwritten section is old, new or no hit", litmus_overwrite},
		{"litmus: a vector is old, new or no hit", litmus_vector},
		{"litmus: a section deleted and made again is old, new or no hit", litmus_replace},
		{"litmus: a table that moves hides nothing wrong", litmus_table},
	};

	return check_run("ckpt image", cases, sizeof cases / sizeof *cases);
}
