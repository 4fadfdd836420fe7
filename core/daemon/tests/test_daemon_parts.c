/* The daemon's parts one by one: the ring sequence on disk, timers, the worker, arenas, access rules, settings. */
#include "conformance/check/check.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/list.h"
#include "core/config/config_file.h"
#include "core/daemon/arenas.h"
#include "core/daemon/boot_time.h"
#include "core/daemon/busy_poll.h"
#include "core/daemon/ring_store.h"
#include "core/daemon/settings.h"
#include "core/daemon/shares.h"
#include "core/daemon/timers.h"
#include "core/daemon/worker.h"
#include "core/ipc/ipc_yield.h"

struct directory {
	char path[64];
};

static struct directory directory_new(void)
{
	struct directory directory = {.path = "/tmp/test_daemon_parts.XXXXXX"};

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory.path));
	return directory;
}

static void directory_free(const struct directory *directory)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", directory->path);
	CU_ASSERT_EQUAL(system(command), 0);
}

static void file_of(const struct directory *directory, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", directory->path, name);
}

static void what_was_saved_is_loaded(void)
{
	const struct directory directory = directory_new();
	uint64_t seq = 1;

	CU_ASSERT_EQUAL(ring_store_load(directory.path, 7, &seq), RING_STORE_MISSING);
	CU_ASSERT_TRUE(ring_store_save(directory.path, 7, UINT64_C(0x123456789abcdef)));
	CU_ASSERT_TRUE(ring_store_save(directory.path, 8, 8));
	CU_ASSERT_EQUAL(ring_store_load(directory.path, 7, &seq), RING_STORE_FOUND);
	CU_ASSERT_EQUAL(seq, UINT64_C(0x123456789abcdef));
	CU_ASSERT_FALSE(ring_store_save("/nonexistent", 7, 1));
	directory_free(&directory);
}

/* Every way in which the file can be cut short, and every bit that can turn over. */
static void a_torn_or_changed_record_is_seen(void)
{
	const struct directory directory = directory_new();
	char path[128];
	uint8_t good[64], bad[64];
	uint64_t seq;

	CU_ASSERT_TRUE(ring_store_save(directory.path, 7, 4711));
	file_of(&directory, "ring-7", path, sizeof(path));
	int descriptor = open(path, O_RDWR);
	const ssize_t size = read(descriptor, good, sizeof(good));
	CU_ASSERT_EQUAL(size, 30);
	for (ssize_t cut = 0; cut < size; cut++) {
		CU_ASSERT_EQUAL(ftruncate(descriptor, cut), 0);
		CU_ASSERT_EQUAL(ring_store_load(directory.path, 7, &seq), RING_STORE_DAMAGED);
		CU_ASSERT_EQUAL(seq, 0);
	}
	for (ssize_t bit = 0; bit < size * 8; bit++) {
		memcpy(bad, good, sizeof(bad));
		bad[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CU_ASSERT_EQUAL(pwrite(descriptor, bad, (size_t)size, 0), size);
		CU_ASSERT_EQUAL(ring_store_load(directory.path, 7, &seq), RING_STORE_DAMAGED);
	}
	CU_ASSERT_EQUAL(pwrite(descriptor, good, (size_t)size, 0), size);
	CU_ASSERT_EQUAL(ring_store_load(directory.path, 7, &seq), RING_STORE_FOUND);
	CU_ASSERT_EQUAL(write(descriptor, "x", 1), 1);
	CU_ASSERT_EQUAL(ring_store_load(directory.path, 7, &seq), RING_STORE_DAMAGED);
	close(descriptor);
	directory_free(&directory);
}

static void a_crash_while_writing_leaves_the_older_value(void)
{
	const struct directory directory = directory_new();
	char path[128];
	uint64_t seq;

	CU_ASSERT_TRUE(ring_store_save(directory.path, 7, 100));
	file_of(&directory, "ring-7.new", path, sizeof(path)); /* what a crash leaves: half a new file */
	int descriptor = open(path, O_WRONLY | O_CREAT, 0600);
	CU_ASSERT_EQUAL(write(descriptor, "AISLERNG", 8), 8);
	close(descriptor);
	CU_ASSERT_EQUAL(ring_store_load(directory.path, 7, &seq), RING_STORE_FOUND);
	CU_ASSERT_EQUAL(seq, 100);
	CU_ASSERT_TRUE(ring_store_save(directory.path, 7, 104));
	CU_ASSERT_EQUAL(ring_store_load(directory.path, 7, &seq), RING_STORE_FOUND);
	CU_ASSERT_EQUAL(seq, 104);
	directory_free(&directory);
}

/* Another node's file copied here is not this node's. */
static void a_record_of_another_node_is_refused(void)
{
	const struct directory directory = directory_new();
	char from[128], to[128];
	uint64_t seq;

	CU_ASSERT_TRUE(ring_store_save(directory.path, 1, 100));
	file_of(&directory, "ring-1", from, sizeof(from));
	file_of(&directory, "ring-2", to, sizeof(to));
	CU_ASSERT_EQUAL(rename(from, to), 0);
	CU_ASSERT_EQUAL(ring_store_load(directory.path, 2, &seq), RING_STORE_DAMAGED);
	directory_free(&directory);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void timers_come_in_the_order_of_their_time(void)
{
	struct timers *timers = timers_new();
	struct timer_due due;

	timers_set(timers, 1, 10, 300);
	timers_set(timers, 2, 10, 100);
	timers_set(timers, 1, 11, 200);
	timers_set(timers, 1, 12, 150);
	timers_cancel(timers, 1, 12);
	timers_set(timers, 1, 10, 50); /* moved */
	CU_ASSERT_FALSE(timers_take(timers, 49, &due));
	CU_ASSERT_TRUE(timers_take(timers, 250, &due) && due.owner == 1 && due.id == 10 && due.at_ns == 50);
	CU_ASSERT_TRUE(timers_take(timers, 250, &due) && due.owner == 2 && due.id == 10);
	CU_ASSERT_TRUE(timers_take(timers, 250, &due) && due.owner == 1 && due.id == 11);
	CU_ASSERT_FALSE(timers_take(timers, INT64_MAX, &due));
	timers_set(timers, 3, 1, 1);
	timers_set(timers, 4, 1, 1);
	timers_set(timers, 3, 2, 1);
	timers_cancel_all(timers, 3);
	CU_ASSERT_TRUE(timers_take(timers, 1, &due) && due.owner == 4);
	CU_ASSERT_FALSE(timers_take(timers, 1, &due));
	timers_free(timers);
}

static bool is_readable(int descriptor, int timeout_ms)
{
	struct pollfd wait = {.fd = descriptor, .events = POLLIN};

	return poll(&wait, 1, timeout_ms) == 1;
}

static void the_descriptor_wakes_for_the_earliest_again_and_again(void)
{
	struct timers *timers = timers_new();
	struct timer_due due;

	timers_arm(timers);
	CU_ASSERT_FALSE(is_readable(timers_descriptor(timers), 0));
	timers_set(timers, 1, 1, now_ns() + INT64_C(3600000000000));
	timers_set(timers, 1, 2, now_ns() + 1000000);
	timers_arm(timers);
	CU_ASSERT_TRUE(is_readable(timers_descriptor(timers), 60000));
	timers_woken(timers);
	CU_ASSERT_TRUE(timers_take(timers, now_ns(), &due) && due.id == 2);
	timers_set(timers, 1, 2, due.at_ns); /* the very time that was armed before */
	timers_arm(timers);
	CU_ASSERT_TRUE(is_readable(timers_descriptor(timers), 60000));
	timers_cancel(timers, 1, 2);
	timers_woken(timers);
	timers_arm(timers);
	CU_ASSERT_FALSE(is_readable(timers_descriptor(timers), 0));
	timers_free(timers);
}

struct note {
	struct worker_job job;
	int *ran, *done, number;
};

static void note_run(struct worker_job *job)
{
	struct note *note = container_of(job, struct note, job);

	*note->ran = *note->ran * 10 + note->number;
}

static void note_done(struct worker_job *job)
{
	struct note *note = container_of(job, struct note, job);

	*note->done = *note->done * 10 + note->number;
	free(note);
}

static void jobs_run_and_come_back_in_their_order(void)
{
	struct worker *worker = worker_new();
	int ran = 0, done = 0;

	for (int i = 1; i <= 3; i++) {
		struct note *note = calloc(1, sizeof(*note));

		*note = (struct note){.job = {.run = note_run, .done = note_done}, .ran = &ran, .done = &done, .number = i};
		worker_put(worker, &note->job);
	}
	while (done < 123 && is_readable(worker_descriptor(worker), 60000))
		worker_collect(worker);
	CU_ASSERT_EQUAL(done, 123);
	struct note *last = calloc(1, sizeof(*last));
	*last = (struct note){.job = {.run = note_run, .done = note_done}, .ran = &ran, .done = &done, .number = 4};
	worker_put(worker, &last->job);
	worker_free(worker); /* what is queued is done, and told */
	CU_ASSERT_TRUE(ran == 1234 && done == 1234);
}

static void an_arena_keeps_its_bytes_and_new_ones_are_zero(void)
{
	struct arena *arena = arena_new("test");

	CU_ASSERT_TRUE(arena_grow(arena, 5000));
	memset(arena->base, 0xaa, 5000);
	CU_ASSERT_TRUE(arena_grow(arena, 10 * 1024 * 1024));
	CU_ASSERT_TRUE(arena->base[4999] == 0xaa && arena->base[5000] == 0 && arena->base[10 * 1024 * 1024 - 1] == 0);
	CU_ASSERT_FALSE(arena_grow(arena, 4990)); /* it never shrinks: somebody may be looking at it */
	CU_ASSERT_FALSE(arena_grow(arena, SIZE_MAX / 4)); /* refused, and as it was */
	CU_ASSERT_TRUE(arena->size == 10 * 1024 * 1024 && arena->base[4999] == 0xaa);
	arena_free(arena);
}

/* What a client gets can be read, and nothing else be done with it, by whatever way. */
static void an_arenas_descriptor_can_only_read(void)
{
	struct arena *arena = arena_new("test");
	char path[32];

	CU_ASSERT_TRUE_FATAL(arena_grow(arena, 100));
	arena->base[5] = 7;
	const int descriptor = arena_descriptor(arena);
	CU_ASSERT_TRUE_FATAL(descriptor >= 0);
	const uint8_t *seen = mmap(NULL, 4096, PROT_READ, MAP_SHARED, descriptor, 0);
	CU_ASSERT_TRUE_FATAL(seen != MAP_FAILED);
	CU_ASSERT_EQUAL(seen[5], 7);
	arena->base[5] = 8;
	CU_ASSERT_EQUAL(seen[5], 8);
	CU_ASSERT_TRUE(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0) == MAP_FAILED);
	CU_ASSERT_TRUE(mprotect((void *)seen, 4096, PROT_READ | PROT_WRITE) != 0);
	CU_ASSERT_TRUE(write(descriptor, "x", 1) < 0 && ftruncate(descriptor, 0) != 0 && fcntl(descriptor, F_ADD_SEALS, F_SEAL_GROW) != 0);
	/* Not even for the owner, who may open it for writing: the seals. */
	snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
	const int writable = open(path, O_RDWR);
	if (writable >= 0) {
		CU_ASSERT_TRUE(write(writable, "x", 1) < 0 && ftruncate(writable, 0) != 0 && fcntl(writable, F_ADD_SEALS, F_SEAL_GROW) != 0);
		CU_ASSERT_TRUE(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, writable, 0) == MAP_FAILED);
		close(writable);
	}
	CU_ASSERT_TRUE(arena_grow(arena, 1 << 20)); /* the daemon's own mapping goes on */
	arena->base[(1 << 20) - 1] = 9;
	arena_free(arena);
	CU_ASSERT_EQUAL(seen[5], 8); /* and what is freed stays as it was for who looks at it */
	munmap((void *)seen, 4096);
	close(descriptor);
}

/* The clock is set by an hour between two starts of the daemon: the boot was when it was. */
static void one_boot_has_one_time_whatever_the_clock_is_set_to(void)
{
	const struct directory directory = directory_new();

	CU_ASSERT_EQUAL(boot_time_ns(directory.path, "boot-a", 5000, 1000), 4000);
	CU_ASSERT_EQUAL(boot_time_ns(directory.path, "boot-a", INT64_C(3600000005000), 2000), 4000);
	CU_ASSERT_EQUAL(boot_time_ns(directory.path, "boot-a", -7, 2000), 4000);
	CU_ASSERT_EQUAL(boot_time_ns(directory.path, "boot-b", 9000, 100), 8900); /* the next boot, where the directory outlasts one */
	CU_ASSERT_EQUAL(boot_time_ns(directory.path, "boot-b", 9500, 100), 8900);
	CU_ASSERT_EQUAL(boot_time_ns(directory.path, "boot", 9500, 100), 9400);
	CU_ASSERT_EQUAL(boot_time_ns(directory.path, "", 9500, 200), 9300); /* no name of the boot: nothing to go by */
	CU_ASSERT_EQUAL(boot_time_ns("/nonexistent", "boot-b", 9500, 300), 9200);
	directory_free(&directory);
}

/* What is no line of ours, to the letter, is not believed, and is replaced. */
static void a_damaged_boot_time_is_told_anew(void)
{
	static const char *const lines[] = {
		"", "boot-a", "boot-a ", "boot-a 4000", "boot-a 4000\n\n", "boot-a 04000\n", "boot-a +4000\n", "boot-a 4e3\n", " boot-a 4000\n",
		"boot-a 99999999999999999999\n", "boot-a 4000 \n", "boot-ab 4000\n",
		"boot-a 4000\nboot-a 4000\nboot-a 4000\nboot-a 4000\nboot-a 4000\nboot-a 4000\n",
	};
	const struct directory directory = directory_new();
	char path[128];

	file_of(&directory, "boot", path, sizeof(path));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		CU_ASSERT_EQUAL(write(descriptor, lines[i], strlen(lines[i])), (ssize_t)strlen(lines[i]));
		close(descriptor);
		CU_ASSERT_EQUAL(boot_time_ns(directory.path, "boot-a", 6000 + (int64_t)i, 1000), 5000 + (int64_t)i);
		CU_ASSERT_EQUAL(boot_time_ns(directory.path, "boot-a", 7000, 1000), 5000 + (int64_t)i);
	}
	directory_free(&directory);
}

static void the_kernel_names_its_boot(void)
{
	char id[BOOT_ID_SIZE], again[BOOT_ID_SIZE];

	boot_id_read(id);
	boot_id_read(again);
	CU_ASSERT_EQUAL(strlen(id), 36);
	CU_ASSERT_STRING_EQUAL(id, again);
}

struct sharing {
	struct shares shares;
	struct arena *arenas[8];
	int client[8]; /* what a client was passed and keeps; -1: nothing */
};

static void sharing_init(struct sharing *sharing, uint32_t count_max, uint64_t size_max)
{
	shares_init(&sharing->shares, &(struct shares_limits){.count_max = count_max, .size_max = size_max});
	for (int i = 0; i < 8; i++) {
		sharing->arenas[i] = arena_new("test");
		CU_ASSERT_TRUE_FATAL(sharing->arenas[i] != NULL && arena_grow(sharing->arenas[i], 1000));
		sharing->client[i] = -1;
	}
}

static bool sharing_show(struct sharing *sharing, uid_t user, int i)
{
	if (!shares_note(&sharing->shares, user, &sharing->arenas[i], 1))
		return false;
	if (sharing->client[i] < 0)
		sharing->client[i] = arena_descriptor(sharing->arenas[i]);
	return sharing->client[i] >= 0;
}

static void sharing_let_go(struct sharing *sharing, int i)
{
	close(sharing->client[i]);
	sharing->client[i] = -1;
}

static void sharing_end(struct sharing *sharing, int i)
{
	shares_end(&sharing->shares, sharing->arenas[i]);
	sharing->arenas[i] = NULL;
}

static void sharing_clear(struct sharing *sharing)
{
	for (int i = 0; i < 8; i++) {
		if (sharing->arenas[i] != NULL)
			sharing_end(sharing, i);
		if (sharing->client[i] >= 0)
			close(sharing->client[i]);
	}
	shares_clear(&sharing->shares);
}

/* A user who keeps what has ended gets no more, another user does, and who lets go gets more again. */
static void memory_that_a_user_keeps_is_bounded(void)
{
	struct sharing sharing;

	sharing_init(&sharing, 3, 1 << 20);
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_TRUE(sharing_show(&sharing, 1000, i));
		sharing_end(&sharing, i);
	}
	CU_ASSERT_FALSE(sharing_show(&sharing, 1000, 3));
	CU_ASSERT_TRUE(shares_sweep(&sharing.shares));
	CU_ASSERT_FALSE(sharing_show(&sharing, 1000, 3));
	CU_ASSERT_EQUAL(shares_count(&sharing.shares, 1000), 3);
	CU_ASSERT_TRUE(sharing_show(&sharing, 1001, 3));
	sharing_let_go(&sharing, 1);
	CU_ASSERT_TRUE(sharing_show(&sharing, 1000, 4));
	CU_ASSERT_EQUAL(shares_count(&sharing.shares, 1000), 3);
	CU_ASSERT_FALSE(sharing_show(&sharing, 1000, 5));
	sharing_clear(&sharing);
}

/* A descriptor that is closed lives on in a mapping, and that in a copy of the mapping: the kernel knows. */
static void a_mapping_counts_without_its_descriptor(void)
{
	struct sharing sharing;

	sharing_init(&sharing, 1, 1 << 20);
	CU_ASSERT_TRUE(sharing_show(&sharing, 1000, 0));
	void *seen = mmap(NULL, 4096, PROT_READ, MAP_SHARED, sharing.client[0], 0);
	sharing_let_go(&sharing, 0);
	void *copy = mremap(seen, 0, 4096, MREMAP_MAYMOVE);
	munmap(seen, 4096);
	sharing_end(&sharing, 0);
	CU_ASSERT_TRUE(copy != MAP_FAILED && !sharing_show(&sharing, 1000, 1));
	munmap(copy, 4096);
	CU_ASSERT_TRUE(sharing_show(&sharing, 1000, 1));
	sharing_clear(&sharing);
}

static void bytes_count_as_they_have_grown(void)
{
	struct sharing sharing;

	sharing_init(&sharing, 100, 100 * 1000);
	CU_ASSERT_TRUE(sharing_show(&sharing, 1000, 0) && sharing_show(&sharing, 1000, 1));
	CU_ASSERT_TRUE(arena_grow(sharing.arenas[0], 100 * 1000));
	CU_ASSERT_FALSE(sharing_show(&sharing, 1000, 2));
	CU_ASSERT_TRUE(sharing_show(&sharing, 1000, 0)); /* what it has costs nothing more ... */
	CU_ASSERT_EQUAL(shares_count(&sharing.shares, 1000), 2);
	CU_ASSERT_TRUE(sharing_show(&sharing, 1001, 1)); /* ... and is another's account for another */
	sharing_let_go(&sharing, 0);
	CU_ASSERT_TRUE(sharing_show(&sharing, 1000, 2));
	sharing_clear(&sharing);
}

/* What ended goes when its last holder has let go of it, were there several users, and none of them is charged for it any more. */
static void what_ended_is_freed_once_nobody_holds_it(void)
{
	struct sharing sharing;

	sharing_init(&sharing, 0, 0);
	CU_ASSERT_TRUE(sharing_show(&sharing, 1000, 0) && sharing_show(&sharing, 1001, 0) && sharing_show(&sharing, 1000, 1));
	sharing_end(&sharing, 0);
	sharing_let_go(&sharing, 1);
	sharing_end(&sharing, 1); /* nobody holds it: at once */
	CU_ASSERT_EQUAL(shares_count(&sharing.shares, 1000), 1);
	CU_ASSERT_TRUE(shares_sweep(&sharing.shares));
	sharing_let_go(&sharing, 0);
	CU_ASSERT_FALSE(shares_sweep(&sharing.shares));
	CU_ASSERT_TRUE(shares_count(&sharing.shares, 1000) == 0 && shares_count(&sharing.shares, 1001) == 0);
	sharing_clear(&sharing);
}

struct reading {
	struct config *config;
	struct config_problems problems;
	struct settings settings;
};

static struct reading *reading_of(const char *text, uint32_t node)
{
	struct reading *reading = calloc(1, sizeof(*reading));

	reading->config = config_new();
	reading->problems.source = "text";
	config_read_bytes(reading->config, bytes_of_text(text), &reading->problems);
	CU_ASSERT_EQUAL(reading->problems.errors, 0);
	settings_read(&reading->settings, reading->config, node, &reading->problems);
	return reading;
}

static void reading_free(struct reading *reading)
{
	settings_clear(&reading->settings);
	config_problems_clear(&reading->problems);
	config_free(reading->config);
	free(reading);
}

static bool is_told(const struct reading *reading, const char *text)
{
	return strstr(config_problems_text(&reading->problems), text) != NULL;
}

static uint64_t of_service(const struct reading *reading, const char *service, const char *name)
{
	for (size_t i = 0; i < SETTINGS_OF_SERVICES; i++)
		if (strcmp(service_keys[i].service, service) == 0 && strcmp(service_keys[i].name, name) == 0)
			return reading->settings.of_services[i];
	CU_FAIL("a key that no service is told of");
	return 0;
}

static void services_are_told_their_keys(void)
{
	struct reading *reading = reading_of("lck {\nclient_locks_max: 7\nopens_max: 9\n}\ntmr {\nclients_max: 3\n}\n", 0);

	CU_ASSERT_EQUAL(reading->problems.errors, 0);
	CU_ASSERT_EQUAL(of_service(reading, "ckpt", "replicas"), 0); /* all */
	CU_ASSERT_EQUAL(of_service(reading, "lck", "client_locks_max"), 7);
	CU_ASSERT_EQUAL(of_service(reading, "lck", "client_opens_max"), 65536);
	CU_ASSERT_EQUAL(of_service(reading, "lck", "locks_max"), 1048576);
	CU_ASSERT_EQUAL(of_service(reading, "lck", "opens_max"), 9);
	CU_ASSERT_EQUAL(of_service(reading, "tmr", "clients_max"), 3);
	reading_free(reading);
}

/* Packets come after `wait_ns`, and are done with at once. */
static int64_t packets_after(struct busy_poll *poll, int64_t now_ns, int64_t wait_ns)
{
	busy_poll_come(poll, now_ns + wait_ns);
	busy_poll_done(poll, now_ns + wait_ns);
	return now_ns + wait_ns;
}

static void the_loop_looks_only_while_packets_come_fast(void)
{
	struct busy_poll poll;

	busy_poll_init(&poll, 100);
	CU_ASSERT_FALSE(busy_poll_looks(&poll, 1000)); /* nothing came yet */
	int64_t now_ns = packets_after(&poll, 1000000, 0); /* the first: since when is not known */
	CU_ASSERT_FALSE(busy_poll_looks(&poll, now_ns));
	now_ns = packets_after(&poll, now_ns, 400);
	CU_ASSERT_TRUE(busy_poll_looks(&poll, now_ns));
	CU_ASSERT_TRUE(busy_poll_looks(&poll, now_ns + 99));
	CU_ASSERT_FALSE(busy_poll_looks(&poll, now_ns + 100));
	now_ns = packets_after(&poll, now_ns, 401); /* the ring has become quiet */
	CU_ASSERT_FALSE(busy_poll_looks(&poll, now_ns));
	now_ns = packets_after(&poll, now_ns, 1);
	CU_ASSERT_TRUE(busy_poll_looks(&poll, now_ns));
}

static void who_works_long_is_still_busy(void)
{
	struct busy_poll poll;

	busy_poll_init(&poll, 100);
	packets_after(&poll, 0, 1000);
	busy_poll_come(&poll, 1010);
	busy_poll_done(&poll, 5000); /* that took long, but they had been waited for 10 */
	CU_ASSERT_TRUE(busy_poll_looks(&poll, 5099));
}

static void yields_short(struct ipc_yield *yield, int count, int64_t at_ns)
{
	for (int i = 0; i < count; i++)
		ipc_yield_took(yield, at_ns, at_ns + 1000);
}

/* Beside somebody who computes. */
static void who_does_not_get_the_core_back_sleeps_for_a_while(void)
{
	const int64_t ms = 1000000;
	struct ipc_yield yield = {0};

	CU_ASSERT_TRUE(ipc_yield_pays(&yield, 1));
	ipc_yield_took(&yield, 0, ms);
	CU_ASSERT_TRUE(ipc_yield_pays(&yield, ms));
	ipc_yield_took(&yield, ms, 3 * ms);
	CU_ASSERT_FALSE(ipc_yield_pays(&yield, 103 * ms - 1));
	CU_ASSERT_TRUE(ipc_yield_pays(&yield, 103 * ms));
	ipc_yield_took(&yield, 9000 * ms, 9002 * ms); /* still there, however late: twice as long */
	CU_ASSERT_FALSE(ipc_yield_pays(&yield, 9202 * ms - 1));
	CU_ASSERT_TRUE(ipc_yield_pays(&yield, 9202 * ms));
	for (int i = 0; i < 10; i++)
		ipc_yield_took(&yield, 10000 * ms, 10002 * ms);
	CU_ASSERT_TRUE(ipc_yield_pays(&yield, 11602 * ms)); /* never longer */
	yields_short(&yield, 5 * 64, 11700 * ms);
	ipc_yield_took(&yield, 11800 * ms, 11802 * ms); /* he was gone, not for long */
	CU_ASSERT_FALSE(ipc_yield_pays(&yield, 11902 * ms - 1));
	CU_ASSERT_TRUE(ipc_yield_pays(&yield, 11902 * ms));
}

/* The system's upkeep has a core for some milliseconds twice a second. */
static void one_who_has_the_core_once_is_not_waited_for(void)
{
	const int64_t ms = 1000000;
	struct ipc_yield yield = {0};

	yields_short(&yield, 64, 1000 * ms);
	ipc_yield_took(&yield, 1000 * ms, 1002 * ms);
	CU_ASSERT_FALSE(ipc_yield_pays(&yield, 1012 * ms - 1));
	CU_ASSERT_TRUE(ipc_yield_pays(&yield, 1012 * ms));
	yields_short(&yield, 64, 1100 * ms);
	ipc_yield_took(&yield, 1500 * ms, 1502 * ms);
	CU_ASSERT_TRUE(ipc_yield_pays(&yield, 1512 * ms));
	yields_short(&yield, 64, 1600 * ms);
	ipc_yield_took(&yield, 1700 * ms, 1702 * ms); /* again, and soon */
	CU_ASSERT_FALSE(ipc_yield_pays(&yield, 1802 * ms - 1));
	yields_short(&yield, 63, 3000 * ms);
	ipc_yield_took(&yield, 3000 * ms, 3002 * ms); /* long after, but hardly anybody looked in between */
	CU_ASSERT_FALSE(ipc_yield_pays(&yield, 3202 * ms - 1));
}

static void how_long_to_look_follows_the_scheduling(void)
{
	CU_ASSERT_EQUAL(busy_poll_look_ns(-1, SCHED_OTHER), 100000);
	CU_ASSERT_EQUAL(busy_poll_look_ns(-1, SCHED_OTHER | SCHED_RESET_ON_FORK), 100000);
	CU_ASSERT_EQUAL(busy_poll_look_ns(-1, SCHED_RR), 0);
	CU_ASSERT_EQUAL(busy_poll_look_ns(-1, SCHED_RR | SCHED_RESET_ON_FORK), 0);
	CU_ASSERT_EQUAL(busy_poll_look_ns(250000, SCHED_RR), 250000);
	CU_ASSERT_EQUAL(busy_poll_look_ns(0, SCHED_OTHER), 0);
}

static void the_loop_never_looks_when_told_so(void)
{
	struct busy_poll poll;

	busy_poll_init(&poll, 0);
	CU_ASSERT_FALSE(busy_poll_looks(&poll, packets_after(&poll, packets_after(&poll, 0, 0), 0)));
}

static void access_is_by_user_group_and_service(void)
{
	struct reading *reading = reading_of("uidgid {\nuid: 1000\nservices: clm ckpt\n}\nuidgid {\ngid: 2000\n}\n", 0);
	const struct access_rules *rules = &reading->settings.access;

	CU_ASSERT_EQUAL(reading->problems.errors, 0);
	CU_ASSERT_TRUE(access_allows(rules, "clm", 0, 77) && access_allows(rules, "admin", geteuid(), 77));
	CU_ASSERT_TRUE(access_allows(rules, "clm", 1000, 77) && access_allows(rules, "ckpt", 1000, 77));
	CU_ASSERT_FALSE(access_allows(rules, "admin", 1000, 77));
	CU_ASSERT_FALSE(access_allows(rules, "ck", 1000, 77));
	CU_ASSERT_TRUE(access_allows(rules, "admin", 1001, 2000));
	CU_ASSERT_FALSE(access_allows(rules, "clm", 1001, 77));
	CU_ASSERT_FALSE(access_allows(rules, "clm", 1001, 0)); /* root's group is not root */
	reading_free(reading);
	reading = reading_of("uidgid {\nuid: no-such-user-here\n}\n", 0);
	CU_ASSERT_TRUE(is_told(reading, "text:2: uidgid.0.uid: no user 'no-such-user-here' on this host"));
	reading_free(reading);
}

static void nothing_configured_is_one_node_on_local(void)
{
	struct reading *reading = reading_of("", 0);

	CU_ASSERT_FALSE(reading->settings.use_totem);
	CU_ASSERT_EQUAL(reading->settings.node, 1);
	CU_ASSERT_EQUAL(reading->settings.expected_votes, 1);
	CU_ASSERT_EQUAL(reading->settings.configured_count, 1);
	CU_ASSERT_FALSE(reading->settings.quorum_required);
	CU_ASSERT_TRUE(reading->settings.node_name[0] != '\0');
	reading_free(reading);
}

static void a_log_file_has_the_date(void)
{
	static const struct {
		const char *logging;
		enum log_timestamp timestamp;
	} cases[] = {
		{"", LOG_TIMESTAMP_MS},
		{"to_logfile: yes\nlogfile: /var/log/a.log\n", LOG_TIMESTAMP_DATE_MS},
		{"to_logfile: yes\nlogfile: /var/log/a.log\ntimestamp: on\n", LOG_TIMESTAMP_SECONDS},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[256];

		snprintf(text, sizeof(text), "logging {\n%s}\n", cases[i].logging);
		struct reading *reading = reading_of(text, 0);
		CU_ASSERT_EQUAL(reading->problems.errors, 0);
		CU_ASSERT_EQUAL(reading->settings.log.timestamp, cases[i].timestamp);
		reading_free(reading);
	}
}

static void how_long_to_look_may_be_told(void)
{
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {{"", -1}, {"system {\nbusy_poll: 0\n}\n", 0}, {"system {\nbusy_poll: 250\n}\n", 250000}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reading *reading = reading_of(cases[i].text, 0);

		CU_ASSERT_EQUAL(reading->problems.errors, 0);
		CU_ASSERT_EQUAL(reading->settings.busy_poll_ns, cases[i].ns);
		reading_free(reading);
	}
}

/* A file for multicast, as others read it, would make as many clusters as there are nodes. CASE-174 */
static void a_ring_without_a_list_of_nodes_is_warned_of(void)
{
	static const char *const told[] = {"totem {\ninterface {\nbindnetaddr: 192.0.2.0\nmcastaddr: 239.1.1.1\n}\n}\n", "quorum {\nexpected_votes: 3\n}\n"};
	static const char *const meant[] = {"aisle {\nprovider: local\n}\ntotem {\ntoken: 500\n}\n", "logging {\ndebug: off\n}\n"};

	for (size_t i = 0; i < 2; i++) {
		struct reading *reading = reading_of(told[i], 0);

		CU_ASSERT_FALSE(reading->settings.use_totem);
		CU_ASSERT_EQUAL(reading->problems.errors, 0);
		CU_ASSERT_TRUE(is_told(reading, "nodelist: no node is listed: this node is a cluster of its own"));
		reading_free(reading);
		reading = reading_of(meant[i], 0);
		CU_ASSERT_EQUAL(reading->problems.errors + reading->problems.warnings, 0);
		reading_free(reading);
	}
}

static const char three_nodes[] = "nodelist {\nnode {\nnodeid: 3\nname: c\nring0_addr: 127.0.0.3\n}\nnode {\nnodeid: 1\nname: a\n"
                                  "ring0_addr: 127.0.0.1\n}\nnode {\nnodeid: 2\nring0_addr: 127.0.0.2\n}\n}\n";

static void a_nodelist_is_a_ring(void)
{
	char text[1024];
	snprintf(text, sizeof(text), "%stotem {\ninterface {\nmcastport: 6000\n}\n}\nquorum {\nprovider: corosync_votequorum\n}\n", three_nodes);
	struct reading *reading = reading_of(text, 3);
	const struct settings *settings = &reading->settings;

	CU_ASSERT_EQUAL(reading->problems.errors, 0);
	CU_ASSERT_TRUE(settings->use_totem && settings->quorum_required);
	CU_ASSERT_TRUE(settings->node == 3 && strcmp(settings->node_name, "c") == 0 && strcmp(settings->node_address, "127.0.0.3") == 0);
	CU_ASSERT_TRUE(settings->configured_nodes[0] == 1 && settings->configured_nodes[2] == 3);
	CU_ASSERT_EQUAL(settings->expected_votes, 3);
	CU_ASSERT_STRING_EQUAL(link_address_text((const struct sockaddr *)&settings->link.peers[0].address, 0).text, "127.0.0.3:6000");
	CU_ASSERT_TRUE(settings->totem.token_ms == 1000 && settings->totem.consensus_ms == 1200);
	CU_ASSERT_TRUE(settings->totem.token_retransmit_ms == 238 && settings->totem.hold_ms == 180);
	CU_ASSERT_EQUAL(settings->totem.packet_size_max, 1472);
	reading_free(reading);
}

static void the_log_names_the_nodes_that_the_ring_numbers(void)
{
	struct reading *reading = reading_of(three_nodes, 1);
	char text[256];

	settings_node_named(&reading->settings, "node 3 lost: no token for 2200 ms; ring 1.204: 1 2", text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "node 3 (c, 127.0.0.3:5405) lost: no token for 2200 ms; ring 1.204: 1 2");
	settings_node_named(&reading->settings, "node 2 left as announced", text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "node 2 (127.0.0.2:5405) left as announced");
	settings_node_named(&reading->settings, "node 33 lost", text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "node 33 lost");
	settings_node_named(&reading->settings, "ring 1.204: 2 members", text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "ring 1.204: 2 members");
	reading_free(reading);
}

static void which_node_this_is_must_be_clear(void)
{
	struct reading *reading = reading_of(three_nodes, 0);

	CU_ASSERT_TRUE(is_told(reading, "3 of the nodes' addresses belong to this host"));
	reading_free(reading);
	reading = reading_of(three_nodes, 4);
	CU_ASSERT_TRUE(is_told(reading, "node 4, which this node is told to be, is not listed"));
	reading_free(reading);
	reading = reading_of("nodelist {\nnode {\nring0_addr: 192.0.2.1\n}\n}\n", 0);
	CU_ASSERT_TRUE(is_told(reading, "none of the 1 nodes' addresses belongs to this host; theirs: 192.0.2.1; this host's: ")); /* CASE-060 */
	reading_free(reading);
	reading = reading_of("nodelist {\nnode {\nnodeid: 5\nring0_addr: 127.0.0.5\n}\nnode {\nnodeid: 6\nring0_addr: 192.0.2.1\n}\n}\n", 0);
	CU_ASSERT_EQUAL(reading->problems.errors, 0);
	CU_ASSERT_EQUAL(reading->settings.node, 5);
	reading_free(reading);
}

/* CASE-060: a name is told with its node's key and the resolver's word. No network is asked for these. */
static void a_name_that_leads_nowhere_is_told(void)
{
	struct reading *reading = reading_of("nodelist {\nnode {\nnodeid: 1\nring0_addr: 127.0.0.1\n}\nnode {\nnodeid: 2\nring0_addr: ha..node2\n}\n}\n", 1);

	CU_ASSERT_TRUE(is_told(reading, "text:8: nodelist.node.1.ring0_addr: 'ha..node2' is no numeric address and does not resolve: "));
	reading_free(reading);
	reading = reading_of("nodelist {\nnode {\nnodeid: 1\nring0_addr: localhost\n}\nnode {\nnodeid: 2\nring0_addr: 192.0.2.1\n}\n}\n", 1);
	CU_ASSERT_EQUAL(reading->problems.errors, 1);
	CU_ASSERT_TRUE(is_told(reading, "text:4: nodelist.node.0.ring0_addr: 'localhost' resolves to "));
	CU_ASSERT_TRUE(is_told(reading, "this host alone, while other nodes are elsewhere"));
	reading_free(reading);
	reading = reading_of("nodelist {\nnode {\nnodeid: 1\nring0_addr: localhost\n}\n}\n", 1);
	CU_ASSERT_EQUAL(reading->problems.errors, 0);
	reading_free(reading);
}

/* CASE-198. */
static void a_node_on_ipv6_needs_an_id(void)
{
	struct reading *reading = reading_of("totem {\nip_version: ipv6\n}\nnodelist {\nnode {\nring0_addr: ::1\n}\n}\n", 0);

	CU_ASSERT_TRUE(is_told(reading, "text:6: nodelist.node.0.ring0_addr: a node with an IPv6 address needs a nodeid"));
	reading_free(reading);
	reading = reading_of("nodelist {\nnode {\nnodeid: 3\nring0_addr: ::1\n}\n}\n", 3);
	CU_ASSERT_EQUAL(reading->problems.errors, 0);
	CU_ASSERT_EQUAL(reading->settings.totem.packet_size_max, 1500 - 40 - 8);
	reading_free(reading);
}

/* CASE-172: without ids the addresses are ids. CASE-181: members of the interface are nodes. */
static void older_files_come_to_nodes_too(void)
{
	struct reading *reading = reading_of("nodelist {\nnode {\nring0_addr: 127.0.0.1\n}\nnode {\nring0_addr: 127.0.0.2\n}\n}\n", 0x7f000002);

	CU_ASSERT_EQUAL(reading->problems.errors, 0);
	CU_ASSERT_EQUAL(reading->settings.node, 0x7f000002);
	reading_free(reading);
	reading = reading_of("totem {\ninterface {\nmember {\nmemberaddr: 127.0.0.1\n}\nmember {\nmemberaddr: 127.0.0.2\n}\n}\n}\n", 0x7f000001);
	CU_ASSERT_EQUAL(reading->settings.link.peer_count, 2);
	reading_free(reading);
	reading = reading_of("nodelist {\nnode {\nnodeid: 2130706434\nring0_addr: 127.0.0.1\n}\nnode {\nring0_addr: 127.0.0.2\n}\n}\n", 2130706434);
	CU_ASSERT_TRUE(is_told(reading, "node id 2130706434 is another node's too"));
	reading_free(reading);
}

/* TOT-110, TOT-111: Corosync's numbers under its profile. */
static void profiles_set_the_timers(void)
{
	static const struct {
		const char *keys;
		uint32_t token, retransmit, hold, consensus;
	} cases[] = {
		{"profile: corosync", 3650, 869, 685, 4380},
		{"profile: corosync\ntoken_coefficient: 0", 3000, 714, 561, 3600},
		{"profile: wan", 5000, 1190, 942, 6000},
		{"profile: fast", 300, 71, 46, 360},
		{"profile: fast\ntoken: 500\nconsensus: 800", 500, 119, 85, 800},
		{"hold: 700", 1000, 238, 250, 1200}, /* a quarter of the token: the read lease (R16) */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[1024];

		snprintf(text, sizeof(text), "%stotem {\n%s\n}\n", three_nodes, cases[i].keys);
		struct reading *reading = reading_of(text, 1);
		const struct totem_config *totem = &reading->settings.totem;
		CU_ASSERT_EQUAL(totem->token_ms, cases[i].token);
		CU_ASSERT_EQUAL(totem->token_retransmit_ms, cases[i].retransmit);
		CU_ASSERT_EQUAL(totem->hold_ms, cases[i].hold);
		CU_ASSERT_EQUAL(totem->consensus_ms, cases[i].consensus);
		reading_free(reading);
	}
}

int main(void)
{
	static const struct check_case cases[] = {
		{"what was saved is loaded", what_was_saved_is_loaded},
		{"a torn or changed record is seen", a_torn_or_changed_record_is_seen},
		{"a crash while writing leaves the older value", a_crash_while_writing_leaves_the_older_value},
		{"a record of another node is refused", a_record_of_another_node_is_refused},
		{"timers come in the order of their time", timers_come_in_the_order_of_their_time},
		{"the descriptor wakes for the earliest, again and again", the_descriptor_wakes_for_the_earliest_again_and_again},
		{"jobs run and come back in their order", jobs_run_and_come_back_in_their_order},
		{"an arena keeps its bytes and new ones are zero", an_arena_keeps_its_bytes_and_new_ones_are_zero},
		{"an arena's descriptor can only read", an_arenas_descriptor_can_only_read},
		{"memory that a user keeps is bounded", memory_that_a_user_keeps_is_bounded},
		{"a mapping counts without its descriptor", a_mapping_counts_without_its_descriptor},
		{"bytes count as they have grown", bytes_count_as_they_have_grown},
		{"what ended is freed once nobody holds it", what_ended_is_freed_once_nobody_holds_it},
		{"one boot has one time, whatever the clock is set to", one_boot_has_one_time_whatever_the_clock_is_set_to},
		{"a damaged boot time is told anew", a_damaged_boot_time_is_told_anew},
		{"the kernel names its boot", the_kernel_names_its_boot},
		{"services are told their keys", services_are_told_their_keys},
		{"the loop looks only while packets come fast", the_loop_looks_only_while_packets_come_fast},
		{"who works long is still busy", who_works_long_is_still_busy},
		{"who does not get the core back sleeps for a while", who_does_not_get_the_core_back_sleeps_for_a_while},
		{"one who has the core once is not waited for", one_who_has_the_core_once_is_not_waited_for},
		{"how long to look follows the scheduling", how_long_to_look_follows_the_scheduling},
		{"the loop never looks when told so", the_loop_never_looks_when_told_so},
		{"access is by user, group and service", access_is_by_user_group_and_service},
		{"nothing configured is one node on local", nothing_configured_is_one_node_on_local},
		{"a log file has the date, unless told otherwise", a_log_file_has_the_date},
		{"how long to look before sleeping may be told", how_long_to_look_may_be_told},
		{"a ring without a list of nodes is warned of (CASE-174)", a_ring_without_a_list_of_nodes_is_warned_of},
		{"a nodelist is a ring", a_nodelist_is_a_ring},
		{"the log names the nodes that the ring numbers", the_log_names_the_nodes_that_the_ring_numbers},
		{"which node this is must be clear", which_node_this_is_must_be_clear},
		{"a name that leads nowhere is told (CASE-060)", a_name_that_leads_nowhere_is_told},
		{"a node on IPv6 needs an id (CASE-198)", a_node_on_ipv6_needs_an_id},
		{"older files come to nodes too", older_files_come_to_nodes_too},
		{"profiles set the timers", profiles_set_the_timers},
	};

	return check_run("daemon parts", cases, sizeof(cases) / sizeof(cases[0]));
}
