/* libSaTmr: argument checks, the clocks, and the descriptor that both of them make readable. What the timers do is tmr_timers.c's; versions,
 * handles, dispatching and the daemon's loss are ais/common's. */
#include <errno.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "ais/common/ais_client.h"
#include "ais/tmr/tmr_messages.h"
#include "ais/tmr/tmr_timers.h"

#define API __attribute__((visibility("default")))

static const int64_t report_interval_ns = 1000000000;
/* When a duration ends by the wall clock is another nanosecond with each look: nothing to tell. */
static const int64_t report_slack_ns = 1000000;

/* The steady clock goes on while the machine is suspended: an hour is an hour. The kernel moves what is armed on the wall clock when that is
 * set, so nothing has to watch for it. */
static const clockid_t clocks[TMR_CLOCKS] = {[TMR_STEADY] = CLOCK_BOOTTIME, [TMR_WALL] = CLOCK_REALTIME};

/* Of one handle. */
struct tmr_handle {
	pthread_mutex_t lock;
	struct tmr_timers timers;
	int descriptor;         /* epoll over the two below and the daemon's events */
	int clock[TMR_CLOCKS];  /* timerfds; the wall clock's from the first absolute timer on, -1 before */
	int64_t armed[TMR_CLOCKS];
	/* What the daemon was told last, and when that was tried; and is it another by now? */
	struct tmr_report told;
	int64_t told_ns;
	bool owes_report;
};

/* --- clocks and descriptors --- */

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * SA_TIME_ONE_SECOND + now.tv_nsec;
}

static struct tmr_now now_read(void)
{
	struct tmr_now now;

	now.at[TMR_WALL] = clock_ns(clocks[TMR_WALL]);
	now.at[TMR_STEADY] = clock_ns(clocks[TMR_STEADY]);
	return now;
}

static bool descriptor_watch(const struct tmr_handle *own, int descriptor)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(own->descriptor, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

/* False: errno. */
static bool clock_open(struct tmr_handle *own, enum tmr_clock clock)
{
	if (own->clock[clock] >= 0)
		return true;
	const int descriptor = timerfd_create(clocks[clock], TFD_NONBLOCK | TFD_CLOEXEC);
	if (descriptor < 0)
		return false;
	if (!descriptor_watch(own, descriptor)) {
		const int error = errno;
		close(descriptor);
		errno = error;
		return false;
	}
	own->clock[clock] = descriptor;
	own->armed[clock] = SA_TIME_MAX;
	return true;
}

static SaAisErrorT error_of_errno(void)
{
	return errno == ENOMEM ? SA_AIS_ERR_NO_MEMORY : SA_AIS_ERR_NO_RESOURCES;
}

static void clock_arm(struct tmr_handle *own, enum tmr_clock clock, int64_t due_ns)
{
	struct itimerspec at = {0};

	if (due_ns != SA_TIME_MAX)
		at.it_value = (struct timespec){.tv_sec = due_ns / SA_TIME_ONE_SECOND, .tv_nsec = due_ns % SA_TIME_ONE_SECOND};
	timerfd_settime(own->clock[clock], TFD_TIMER_ABSTIME, &at, NULL);
	own->armed[clock] = due_ns;
}

/* The descriptors follow the timers: setting one takes back that it had fired. */
static void clocks_arm(struct tmr_handle *own)
{
	for (int clock = 0; clock < TMR_CLOCKS; clock++) {
		const int64_t due_ns = tmr_due(&own->timers, (enum tmr_clock)clock);
		if (due_ns != own->armed[clock])
			clock_arm(own, (enum tmr_clock)clock, due_ns);
	}
}

static void descriptors_close(struct tmr_handle *own)
{
	for (int clock = 0; clock < TMR_CLOCKS; clock++)
		if (own->clock[clock] >= 0)
			close(own->clock[clock]);
	if (own->descriptor >= 0)
		close(own->descriptor);
}

static SaAisErrorT source_open(void *data, SaSelectionObjectT events)
{
	struct tmr_handle *own = data;
	SaUint64T key = 0;

	own->clock[TMR_STEADY] = own->clock[TMR_WALL] = -1;
	own->descriptor = epoll_create1(EPOLL_CLOEXEC);
	if (own->descriptor < 0 || !descriptor_watch(own, (int)events) || !clock_open(own, TMR_STEADY)) {
		const SaAisErrorT error = error_of_errno();
		descriptors_close(own);
		return error;
	}
	own->armed[TMR_WALL] = SA_TIME_MAX;
	(void)!getrandom(&key, sizeof key, GRND_NONBLOCK);
	tmr_timers_init(&own->timers, key, now_read());
	pthread_mutex_init(&own->lock, NULL);
	return SA_AIS_OK;
}

static void source_close(void *data)
{
	struct tmr_handle *own = data;

	descriptors_close(own);
	tmr_timers_clear(&own->timers);
}

static SaSelectionObjectT source_descriptor(const void *data)
{
	return (SaSelectionObjectT)((const struct tmr_handle *)data)->descriptor;
}

static SaInt64T source_now(void *data)
{
	struct tmr_handle *own = data;

	pthread_mutex_lock(&own->lock);
	const struct tmr_now now = now_read();
	tmr_settle(&own->timers, now);
	pthread_mutex_unlock(&own->lock);
	return now.at[TMR_STEADY];
}

/* --- what the daemon is told --- */

static struct tmr_report report_of(struct tmr_handle *own, struct tmr_now now)
{
	const int64_t in_ns = tmr_due_in(&own->timers, now);

	return (struct tmr_report){
		.pid = (uint32_t)getpid(), .timer_count = own->timers.count,
		.next_wall_ns = in_ns > SA_TIME_MAX - now.at[TMR_WALL] ? SA_TIME_MAX : now.at[TMR_WALL] + in_ns,
	};
}

/* Takes a place with the daemon, or is refused one. The first timer is told at once all the same. */
static SaAisErrorT handle_enter(struct ais_handle *handle)
{
	struct tmr_handle *own = ais_handle_data(handle);
	struct wire_writer body = {0};

	own->told = report_of(own, now_read());
	tmr_report_encode(&body, &own->told);
	const SaAisErrorT error = ais_call(handle, TMR_REQUEST_REPORT, -1, &body, NULL);
	wire_writer_clear(&body);
	return error;
}

static bool reports_are_alike(const struct tmr_report *a, const struct tmr_report *b)
{
	const int64_t later = a->next_wall_ns > b->next_wall_ns ? a->next_wall_ns : b->next_wall_ns;
	const int64_t earlier = a->next_wall_ns > b->next_wall_ns ? b->next_wall_ns : a->next_wall_ns;

	return a->timer_count == b->timer_count && later - report_slack_ns < earlier;
}

/* What may not be told yet, or found no room on its way, is owed: a later call tells it, or a blocking dispatch. A program that sleeps in poll() runs none of our code, and its
 * selection object shall not wake it for this. */
static void report(struct ais_handle *handle, struct tmr_handle *own, struct tmr_now now)
{
	const struct tmr_report told = report_of(own, now);

	own->owes_report = !reports_are_alike(&told, &own->told);
	if (!own->owes_report || (own->told_ns != 0 && now.at[TMR_STEADY] - own->told_ns < report_interval_ns))
		return;
	struct wire_writer body = {0};
	tmr_report_encode(&body, &told);
	own->owes_report = !ais_tell(handle, TMR_REQUEST_REPORT, &body);
	wire_writer_clear(&body);
	if (!own->owes_report)
		own->told = told;
	own->told_ns = now.at[TMR_STEADY];
}

static SaInt64T source_patience(void *data)
{
	struct tmr_handle *own = data;

	pthread_mutex_lock(&own->lock);
	const bool owes_report = own->owes_report;
	const int64_t left_ns = own->told_ns + report_interval_ns - clock_ns(clocks[TMR_STEADY]);
	pthread_mutex_unlock(&own->lock);
	return !owes_report ? -1 : left_ns < 0 ? 0 : left_ns;
}

/* --- the calls --- */

static bool source_run(struct ais_handle *handle, SaInt64T until)
{
	const SaTmrCallbacksT *callbacks = ais_handle_callbacks(handle);
	struct tmr_handle *own = ais_handle_data(handle);
	struct tmr_expired expired;

	pthread_mutex_lock(&own->lock);
	const struct tmr_now now = now_read();
	const bool found = tmr_expire(&own->timers, now, until, &expired);
	/* The wall clock may have been set back since its descriptor fired: that is over only when it is set again. */
	if (!found && own->armed[TMR_WALL] != SA_TIME_MAX)
		own->armed[TMR_WALL] = -1;
	clocks_arm(own);
	report(handle, own, now);
	pthread_mutex_unlock(&own->lock);
	if (found)
		callbacks->saTmrTimerExpiredCallback(expired.id, expired.data, expired.count);
	return found;
}

static const struct ais_source source = {
	.open = source_open,
	.close = source_close,
	.descriptor = source_descriptor,
	.now = source_now,
	.run = source_run,
	.patience = source_patience,
};

static const struct ais_library library = {
	.service = "tmr",
	.version = {'A', 1, 1},
	.callbacks_size = sizeof(SaTmrCallbacksT),
	.data_size = sizeof(struct tmr_handle),
	.source = &source,
	.enter = handle_enter,
};

API SaAisErrorT saTmrInitialize(SaTmrHandleT *tmrHandle, const SaTmrCallbacksT *timerCallbacks, SaVersionT *version)
{
	return ais_initialize(&library, tmrHandle, timerCallbacks, version);
}

API SaAisErrorT saTmrSelectionObjectGet(SaTmrHandleT tmrHandle, SaSelectionObjectT *selectionObject)
{
	return ais_selection_object_get(&library, tmrHandle, selectionObject);
}

API SaAisErrorT saTmrDispatch(SaTmrHandleT tmrHandle, SaDispatchFlagsT dispatchFlags)
{
	return ais_dispatch(&library, tmrHandle, dispatchFlags);
}

API SaAisErrorT saTmrFinalize(SaTmrHandleT tmrHandle)
{
	return ais_finalize(&library, tmrHandle);
}

/* One call on a handle's timers, from its begin, which takes the lock and the time, to its end, which lets the descriptors follow. */
struct call {
	struct ais_handle *handle;
	struct tmr_handle *own;
	struct tmr_now now;
	SaAisErrorT error; /* OK: go on; and what is returned in the end */
};

static struct call call_begin(SaTmrHandleT value, bool arguments_are_valid)
{
	struct call call = {.error = SA_AIS_ERR_INVALID_PARAM};

	if (!arguments_are_valid)
		return call;
	call.handle = ais_handle_get(&library, value);
	if (call.handle == NULL) {
		call.error = SA_AIS_ERR_BAD_HANDLE;
		return call;
	}
	call.error = ais_handle_is_lost(call.handle) ? SA_AIS_ERR_LIBRARY : SA_AIS_OK;
	call.own = ais_handle_data(call.handle);
	pthread_mutex_lock(&call.own->lock);
	call.now = now_read();
	return call;
}

static SaAisErrorT call_end(struct call *call)
{
	if (call->handle == NULL)
		return call->error;
	clocks_arm(call->own);
	report(call->handle, call->own, call->now);
	pthread_mutex_unlock(&call->own->lock);
	ais_handle_put(call->handle);
	return call->error;
}

/* Their values are judged with the time at hand. */
static bool attributes_are_given(const SaTmrTimerAttributesT *attributes)
{
	return attributes != NULL && (attributes->type == SA_TIME_ABSOLUTE || attributes->type == SA_TIME_DURATION);
}

/* Before a timer is put on the wall clock. */
static void call_needs_clock(struct call *call, const SaTmrTimerAttributesT *attributes)
{
	if (call->error == SA_AIS_OK && attributes->type == SA_TIME_ABSOLUTE && !clock_open(call->own, TMR_WALL))
		call->error = error_of_errno();
}

API SaAisErrorT saTmrTimerStart(SaTmrHandleT tmrHandle, const SaTmrTimerAttributesT *timerAttributes, const void *timerData,
                                SaTmrTimerIdT *timerId, SaTimeT *callTime)
{
	struct call call = call_begin(tmrHandle, attributes_are_given(timerAttributes) && timerId != NULL && callTime != NULL);

	if (call.error == SA_AIS_OK && ((const SaTmrCallbacksT *)ais_handle_callbacks(call.handle))->saTmrTimerExpiredCallback == NULL)
		call.error = SA_AIS_ERR_INIT;
	call_needs_clock(&call, timerAttributes);
	if (call.error == SA_AIS_OK)
		call.error = tmr_start(&call.own->timers, call.now, timerAttributes, timerData, timerId);
	if (call.error == SA_AIS_OK)
		*callTime = call.now.at[TMR_WALL];
	return call_end(&call);
}

API SaAisErrorT saTmrTimerReschedule(SaTmrHandleT tmrHandle, SaTmrTimerIdT timerId, const SaTmrTimerAttributesT *timerAttributes,
                                     SaTimeT *callTime)
{
	struct call call = call_begin(tmrHandle, attributes_are_given(timerAttributes) && callTime != NULL);

	call_needs_clock(&call, timerAttributes);
	if (call.error == SA_AIS_OK)
		call.error = tmr_reschedule(&call.own->timers, call.now, timerId, timerAttributes);
	if (call.error == SA_AIS_OK)
		*callTime = call.now.at[TMR_WALL];
	return call_end(&call);
}

API SaAisErrorT saTmrTimerCancel(SaTmrHandleT tmrHandle, SaTmrTimerIdT timerId, void **timerDataP)
{
	struct call call = call_begin(tmrHandle, timerDataP != NULL);
	const void *data;

	if (call.error == SA_AIS_OK)
		call.error = tmr_cancel(&call.own->timers, timerId, &data);
	if (call.error == SA_AIS_OK)
		*timerDataP = (void *)data;
	return call_end(&call);
}

API SaAisErrorT saTmrPeriodicTimerSkip(SaTmrHandleT tmrHandle, SaTmrTimerIdT timerId)
{
	struct call call = call_begin(tmrHandle, true);

	if (call.error == SA_AIS_OK)
		call.error = tmr_skip(&call.own->timers, call.now, timerId);
	return call_end(&call);
}

API SaAisErrorT saTmrTimerRemainingTimeGet(SaTmrHandleT tmrHandle, SaTmrTimerIdT timerId, SaTimeT *remainingTime)
{
	struct call call = call_begin(tmrHandle, remainingTime != NULL);

	if (call.error == SA_AIS_OK)
		call.error = tmr_remaining(&call.own->timers, call.now, timerId, remainingTime);
	return call_end(&call);
}

API SaAisErrorT saTmrTimerAttributesGet(SaTmrHandleT tmrHandle, SaTmrTimerIdT timerId, SaTmrTimerAttributesT *timerAttributes)
{
	struct call call = call_begin(tmrHandle, timerAttributes != NULL);

	if (call.error == SA_AIS_OK)
		call.error = tmr_attributes(&call.own->timers, timerId, timerAttributes);
	return call_end(&call);
}

API SaAisErrorT saTmrTimeGet(SaTmrHandleT tmrHandle, SaTimeT *currentTime)
{
	struct call call = call_begin(tmrHandle, currentTime != NULL);

	if (call.error == SA_AIS_OK)
		*currentTime = call.now.at[TMR_WALL];
	return call_end(&call);
}

API SaAisErrorT saTmrClockTickGet(SaTmrHandleT tmrHandle, SaTimeT *clockTick)
{
	struct call call = call_begin(tmrHandle, clockTick != NULL);
	struct timespec tick;

	if (call.error == SA_AIS_OK && clock_getres(clocks[TMR_STEADY], &tick) != 0)
		call.error = SA_AIS_ERR_LIBRARY;
	if (call.error == SA_AIS_OK)
		*clockTick = tick.tv_sec * SA_TIME_ONE_SECOND + tick.tv_nsec;
	return call_end(&call);
}
