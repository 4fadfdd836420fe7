/* See tmr_timers.h. Two indexed heaps, so that each call is O(log n). */
#include "ais/tmr/tmr_timers.h"

#include <stdlib.h>

struct tmr_timer {
	SaTmrTimerIdT id;
	SaTmrTimerAttributesT attributes; /* as last given */
	const void *data;
	enum tmr_clock clock; /* that `due_ns` is on */
	int64_t due_ns;       /* SA_TIME_MAX: never */
	uint64_t sequence;
	SaUint64T count; /* expirations so far */
	size_t place;    /* in its heap */
};

/* --- arithmetic: a sum beyond the end of time is never --- */

static int64_t time_after(int64_t time_ns, int64_t duration_ns)
{
	return duration_ns > SA_TIME_MAX - time_ns ? SA_TIME_MAX : time_ns + duration_ns;
}

static bool is_periodic(const struct tmr_timer *timer)
{
	return timer->attributes.timerPeriodDuration > 0;
}

/* Expirations that have passed and were not handed out. */
static uint64_t missed(const struct tmr_timer *timer, int64_t steady_ns)
{
	if (timer->clock != TMR_STEADY || timer->due_ns > steady_ns || timer->due_ns == SA_TIME_MAX)
		return 0;
	return is_periodic(timer) ? 1 + (uint64_t)((steady_ns - timer->due_ns) / timer->attributes.timerPeriodDuration) : 1;
}

/* --- the heap --- */

static bool is_sooner(const struct tmr_timer *one, const struct tmr_timer *other)
{
	return one->due_ns != other->due_ns ? one->due_ns < other->due_ns : one->sequence < other->sequence;
}

static void heap_set(struct tmr_heap *heap, size_t place, struct tmr_timer *timer)
{
	heap->timers[place] = timer;
	timer->place = place;
}

/* Puts a timer where it belongs, from a place that is free. */
static void heap_settle(struct tmr_heap *heap, size_t place, struct tmr_timer *timer)
{
	for (; place > 0 && is_sooner(timer, heap->timers[(place - 1) / 2]); place = (place - 1) / 2)
		heap_set(heap, place, heap->timers[(place - 1) / 2]);
	for (;;) {
		size_t child = 2 * place + 1;
		if (child >= heap->count)
			break;
		if (child + 1 < heap->count && is_sooner(heap->timers[child + 1], heap->timers[child]))
			child++;
		if (!is_sooner(heap->timers[child], timer))
			break;
		heap_set(heap, place, heap->timers[child]);
		place = child;
	}
	heap_set(heap, place, timer);
}

static bool heap_reserve(struct tmr_heap *heap, size_t count)
{
	if (count <= heap->capacity)
		return true;
	const size_t capacity = heap->capacity == 0 ? 16 : 2 * heap->capacity;
	struct tmr_timer **timers = realloc(heap->timers, capacity * sizeof *timers);
	if (timers == NULL)
		return false;
	heap->timers = timers;
	heap->capacity = capacity;
	return true;
}

static void heap_add(struct tmr_heap *heap, struct tmr_timer *timer)
{
	heap->count++;
	heap_settle(heap, heap->count - 1, timer);
}

static void heap_remove(struct tmr_heap *heap, struct tmr_timer *timer)
{
	struct tmr_timer *last = heap->timers[--heap->count];

	if (last != timer)
		heap_settle(heap, timer->place, last);
}

static struct tmr_timer *heap_first(const struct tmr_heap *heap)
{
	return heap->count == 0 ? NULL : heap->timers[0];
}

static void timer_place(struct tmr_timers *timers, struct tmr_timer *timer, enum tmr_clock clock, int64_t due_ns)
{
	timer->clock = clock;
	timer->due_ns = due_ns;
	heap_add(&timers->heaps[clock], timer);
}

/* --- the two clocks --- */

/* When, on the steady clock, did the wall clock reach `due_ns`? Exactly known as long as it was not set meanwhile. If it was, the moment lies
 * between the two sights of it, and the latest that both sights allow is taken: no period is counted that may not have passed. */
static int64_t steady_of_wall(const struct tmr_timers *timers, struct tmr_now now, int64_t due_ns)
{
	const int64_t as_before = timers->last.at[TMR_STEADY] + (due_ns - timers->last.at[TMR_WALL]);
	const int64_t as_now = now.at[TMR_STEADY] - (now.at[TMR_WALL] - due_ns);
	const int64_t later = as_before > as_now ? as_before : as_now;

	return later < now.at[TMR_STEADY] ? later : now.at[TMR_STEADY];
}

void tmr_settle(struct tmr_timers *timers, struct tmr_now now)
{
	struct tmr_timer *timer;

	while ((timer = heap_first(&timers->heaps[TMR_WALL])) != NULL && timer->due_ns <= now.at[TMR_WALL]) {
		heap_remove(&timers->heaps[TMR_WALL], timer);
		timer_place(timers, timer, TMR_STEADY, steady_of_wall(timers, now, timer->due_ns));
	}
	timers->last = now;
}

/* --- the calls --- */

void tmr_timers_init(struct tmr_timers *timers, SaUint64T key, struct tmr_now now)
{
	*timers = (struct tmr_timers){.key = key, .last = now};
}

void tmr_timers_clear(struct tmr_timers *timers)
{
	for (int clock = 0; clock < TMR_CLOCKS; clock++) {
		for (size_t i = 0; i < timers->heaps[clock].count; i++)
			free(timers->heaps[clock].timers[i]);
		free(timers->heaps[clock].timers);
	}
	handle_table_clear(&timers->ids);
	*timers = (struct tmr_timers){0};
}

static struct tmr_timer *timer_find(const struct tmr_timers *timers, SaTmrTimerIdT id)
{
	return id == 0 ? NULL : handle_table_get(&timers->ids, id ^ timers->key);
}

static SaTmrTimerIdT id_new(struct tmr_timers *timers, struct tmr_timer *timer)
{
	SaUint64T value = handle_table_add(&timers->ids, timer);

	if (value == timers->key) { /* would be 0 */
		handle_table_remove(&timers->ids, value);
		value = handle_table_add(&timers->ids, timer);
	}
	return value == 0 ? 0 : value ^ timers->key;
}

static bool attributes_are_valid(const SaTmrTimerAttributesT *attributes, struct tmr_now now)
{
	if (attributes->initialExpirationTime < 0 || attributes->timerPeriodDuration < 0)
		return false;
	if (attributes->type == SA_TIME_ABSOLUTE)
		return attributes->initialExpirationTime > now.at[TMR_WALL];
	return attributes->type == SA_TIME_DURATION && attributes->initialExpirationTime > 0 &&
	       attributes->initialExpirationTime <= SA_TIME_MAX - now.at[TMR_WALL];
}

static void timer_schedule(struct tmr_timers *timers, struct tmr_timer *timer, struct tmr_now now, const SaTmrTimerAttributesT *attributes)
{
	timer->attributes = *attributes;
	timer->sequence = ++timers->sequence;
	if (attributes->type == SA_TIME_ABSOLUTE)
		timer_place(timers, timer, TMR_WALL, attributes->initialExpirationTime);
	else
		timer_place(timers, timer, TMR_STEADY, time_after(now.at[TMR_STEADY], attributes->initialExpirationTime));
}

SaAisErrorT tmr_start(struct tmr_timers *timers, struct tmr_now now, const SaTmrTimerAttributesT *attributes, const void *data,
                      SaTmrTimerIdT *id)
{
	tmr_settle(timers, now);
	if (!attributes_are_valid(attributes, now))
		return SA_AIS_ERR_INVALID_PARAM;
	/* Room in both heaps: whatever becomes of a timer later needs no memory. */
	if (!heap_reserve(&timers->heaps[TMR_STEADY], timers->count + 1) || !heap_reserve(&timers->heaps[TMR_WALL], timers->count + 1))
		return SA_AIS_ERR_NO_MEMORY;
	struct tmr_timer *timer = calloc(1, sizeof *timer);
	if (timer == NULL)
		return SA_AIS_ERR_NO_MEMORY;
	timer->data = data;
	timer->id = id_new(timers, timer);
	if (timer->id == 0) {
		free(timer);
		return SA_AIS_ERR_NO_MEMORY;
	}
	timers->count++;
	timer_schedule(timers, timer, now, attributes);
	*id = timer->id;
	return SA_AIS_OK;
}

static void timer_end(struct tmr_timers *timers, struct tmr_timer *timer)
{
	heap_remove(&timers->heaps[timer->clock], timer);
	handle_table_remove(&timers->ids, timer->id ^ timers->key);
	timers->count--;
	free(timer);
}

SaAisErrorT tmr_reschedule(struct tmr_timers *timers, struct tmr_now now, SaTmrTimerIdT id, const SaTmrTimerAttributesT *attributes)
{
	tmr_settle(timers, now);
	if (!attributes_are_valid(attributes, now))
		return SA_AIS_ERR_INVALID_PARAM;
	struct tmr_timer *timer = timer_find(timers, id);
	if (timer == NULL)
		return SA_AIS_ERR_NOT_EXIST;
	if ((attributes->timerPeriodDuration > 0) != is_periodic(timer))
		return SA_AIS_ERR_INVALID_PARAM;
	const uint64_t passed = missed(timer, now.at[TMR_STEADY]);
	if (passed > 0 && !is_periodic(timer))
		return SA_AIS_ERR_NOT_EXIST; /* it has expired: its callback comes */
	timer->count += passed;
	heap_remove(&timers->heaps[timer->clock], timer);
	timer_schedule(timers, timer, now, attributes);
	return SA_AIS_OK;
}

SaAisErrorT tmr_cancel(struct tmr_timers *timers, SaTmrTimerIdT id, const void **data)
{
	struct tmr_timer *timer = timer_find(timers, id);

	if (timer == NULL)
		return SA_AIS_ERR_NOT_EXIST;
	*data = timer->data;
	timer_end(timers, timer);
	return SA_AIS_OK;
}

/* Past expirations that have taken place: these fit between two readings of a clock, the next one may not. */
static int64_t due_after(const struct tmr_timer *timer, uint64_t periods)
{
	const int64_t period_ns = timer->attributes.timerPeriodDuration;

	return periods == 0 ? timer->due_ns : time_after(timer->due_ns + (int64_t)(periods - 1) * period_ns, period_ns);
}

static void timer_advance(struct tmr_timers *timers, struct tmr_timer *timer, int64_t due_ns)
{
	heap_remove(&timers->heaps[timer->clock], timer);
	timer_place(timers, timer, timer->clock, due_ns);
}

SaAisErrorT tmr_skip(struct tmr_timers *timers, struct tmr_now now, SaTmrTimerIdT id)
{
	tmr_settle(timers, now);
	struct tmr_timer *timer = timer_find(timers, id);
	if (timer == NULL || !is_periodic(timer))
		return SA_AIS_ERR_NOT_EXIST;
	const uint64_t passed = missed(timer, now.at[TMR_STEADY]);
	timer->count += passed; /* dropped, but they took place; the skipped one will not */
	timer_advance(timers, timer, time_after(due_after(timer, passed), timer->attributes.timerPeriodDuration));
	return SA_AIS_OK;
}

SaAisErrorT tmr_remaining(struct tmr_timers *timers, struct tmr_now now, SaTmrTimerIdT id, SaTimeT *remaining)
{
	tmr_settle(timers, now);
	const struct tmr_timer *timer = timer_find(timers, id);
	if (timer == NULL)
		return SA_AIS_ERR_NOT_EXIST;
	const int64_t clock_ns = now.at[timer->clock];
	*remaining = timer->due_ns <= clock_ns ? 0 : timer->due_ns - clock_ns;
	return SA_AIS_OK;
}

SaAisErrorT tmr_attributes(const struct tmr_timers *timers, SaTmrTimerIdT id, SaTmrTimerAttributesT *attributes)
{
	const struct tmr_timer *timer = timer_find(timers, id);

	if (timer == NULL)
		return SA_AIS_ERR_NOT_EXIST;
	*attributes = timer->attributes;
	return SA_AIS_OK;
}

bool tmr_expire(struct tmr_timers *timers, struct tmr_now now, int64_t until, struct tmr_expired *expired)
{
	tmr_settle(timers, now);
	struct tmr_timer *timer = heap_first(&timers->heaps[TMR_STEADY]);
	const uint64_t passed = timer == NULL || timer->due_ns > until ? 0 : missed(timer, now.at[TMR_STEADY]);
	if (passed == 0)
		return false;
	timer->count += passed;
	*expired = (struct tmr_expired){.id = timer->id, .data = timer->data, .count = timer->count};
	if (is_periodic(timer))
		timer_advance(timers, timer, due_after(timer, passed));
	else
		timer_end(timers, timer);
	return true;
}

int64_t tmr_due(const struct tmr_timers *timers, enum tmr_clock clock)
{
	const struct tmr_timer *timer = heap_first(&timers->heaps[clock]);

	return timer == NULL ? SA_TIME_MAX : timer->due_ns;
}

int64_t tmr_due_in(struct tmr_timers *timers, struct tmr_now now)
{
	int64_t first_ns = SA_TIME_MAX;

	tmr_settle(timers, now);
	for (int clock = 0; clock < TMR_CLOCKS; clock++) {
		const int64_t due_ns = tmr_due(timers, (enum tmr_clock)clock);
		const int64_t in_ns = due_ns == SA_TIME_MAX ? SA_TIME_MAX : due_ns <= now.at[clock] ? 0 : due_ns - now.at[clock];
		first_ns = in_ns < first_ns ? in_ns : first_ns;
	}
	return first_ns;
}
