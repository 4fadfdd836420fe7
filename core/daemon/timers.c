/* See timers.h. Two trees over the same entries: by name, to move and cancel; by time, to take. */
#include "core/daemon/timers.h"

#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "core/base/list.h"
#include "core/base/tree.h"

struct entry {
	struct tree_node by_name, by_time;
	struct timer_due due;
};

struct timers {
	int descriptor;
	struct tree by_name, by_time;
	int64_t armed_ns; /* what the descriptor is set to; INT64_MAX: nothing */
};

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int name_compare(const void *key, const struct tree_node *node)
{
	const struct timer_due *a = key, *b = &container_of(node, struct entry, by_name)->due;

	return a->owner != b->owner ? compare_u64(a->owner, b->owner) : compare_u64(a->id, b->id);
}

static int time_compare(const void *key, const struct tree_node *node)
{
	const struct timer_due *a = key;
	const struct entry *entry = container_of(node, struct entry, by_time);

	if (a->at_ns != entry->due.at_ns)
		return a->at_ns < entry->due.at_ns ? -1 : 1;
	return name_compare(key, &entry->by_name);
}

struct timers *timers_new(void)
{
	struct timers *timers = calloc(1, sizeof(*timers));

	if (timers == NULL)
		return NULL;
	timers->by_name.compare = name_compare;
	timers->by_time.compare = time_compare;
	timers->armed_ns = INT64_MAX;
	timers->descriptor = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (timers->descriptor >= 0)
		return timers;
	free(timers);
	return NULL;
}

static void entry_remove(struct timers *timers, struct entry *entry)
{
	tree_remove(&timers->by_name, &entry->by_name);
	tree_remove(&timers->by_time, &entry->by_time);
	free(entry);
}

void timers_free(struct timers *timers)
{
	if (timers == NULL)
		return;
	while (tree_first(&timers->by_name) != NULL)
		entry_remove(timers, container_of(tree_first(&timers->by_name), struct entry, by_name));
	close(timers->descriptor);
	free(timers);
}

int timers_descriptor(const struct timers *timers)
{
	return timers->descriptor;
}

void timers_woken(struct timers *timers)
{
	uint64_t expirations;
	const ssize_t cleared = read(timers->descriptor, &expirations, sizeof(expirations));

	(void)cleared; /* not readable after all: nothing to clear */
	timers->armed_ns = INT64_MAX;
}

static struct entry *entry_find(const struct timers *timers, uint32_t owner, uint64_t id)
{
	struct tree_node *node = tree_find(&timers->by_name, &(struct timer_due){.owner = owner, .id = id});

	return node == NULL ? NULL : container_of(node, struct entry, by_name);
}

bool timers_set(struct timers *timers, uint32_t owner, uint64_t id, int64_t at_ns)
{
	struct entry *entry = entry_find(timers, owner, id);

	if (entry != NULL) {
		tree_remove(&timers->by_time, &entry->by_time);
		entry->due.at_ns = at_ns;
	} else {
		entry = calloc(1, sizeof(*entry));
		if (entry == NULL)
			return false;
		entry->due = (struct timer_due){.owner = owner, .id = id, .at_ns = at_ns};
		tree_insert(&timers->by_name, &entry->by_name, &entry->due);
	}
	tree_insert(&timers->by_time, &entry->by_time, &entry->due);
	return true;
}

void timers_cancel(struct timers *timers, uint32_t owner, uint64_t id)
{
	struct entry *entry = entry_find(timers, owner, id);

	if (entry != NULL)
		entry_remove(timers, entry);
}

void timers_cancel_all(struct timers *timers, uint32_t owner)
{
	for (struct tree_node *node = tree_first(&timers->by_name), *next; node != NULL; node = next) {
		struct entry *entry = container_of(node, struct entry, by_name);

		next = tree_next(node);
		if (entry->due.owner == owner)
			entry_remove(timers, entry);
	}
}

bool timers_take(struct timers *timers, int64_t now_ns, struct timer_due *due)
{
	struct tree_node *first = tree_first(&timers->by_time);
	struct entry *entry = first == NULL ? NULL : container_of(first, struct entry, by_time);

	if (entry == NULL || entry->due.at_ns > now_ns)
		return false;
	*due = entry->due;
	entry_remove(timers, entry);
	return true;
}

void timers_arm(struct timers *timers)
{
	struct tree_node *first = tree_first(&timers->by_time);
	const int64_t at_ns = first == NULL ? INT64_MAX : container_of(first, struct entry, by_time)->due.at_ns;
	const int64_t set_ns = at_ns < 1 ? 1 : at_ns; /* zero would switch it off */

	if (at_ns == timers->armed_ns)
		return;
	struct itimerspec setting = {0};
	if (at_ns != INT64_MAX)
		setting.it_value = (struct timespec){.tv_sec = set_ns / 1000000000, .tv_nsec = set_ns % 1000000000};
	if (timerfd_settime(timers->descriptor, TFD_TIMER_ABSTIME, &setting, NULL) == 0)
		timers->armed_ns = at_ns;
}
