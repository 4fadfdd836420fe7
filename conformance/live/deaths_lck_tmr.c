/* Every call of libSaLck and libSaTmr, for deaths.c. */
#include "aisLck.h"
#include "conformance/live/deaths.h"

enum { TIMER_FAR_S = 3600 };

/* --- LCK --- */

static void on_open(SaInvocationT invocation, SaLckResourceHandleT resource, SaAisErrorT error)
{
	(void)invocation, (void)resource, (void)error;
}

static void on_grant(SaInvocationT invocation, SaLckLockStatusT status, SaAisErrorT error)
{
	(void)invocation, (void)status, (void)error;
}

static void on_waiter(SaLckWaiterSignalT signal, SaLckLockIdT lock, SaLckLockModeT held, SaLckLockModeT requested)
{
	(void)signal, (void)lock, (void)held, (void)requested;
}

static void on_unlock(SaInvocationT invocation, SaAisErrorT error)
{
	(void)invocation, (void)error;
}

static void on_lost(SaLckLockIdT lock, SaLckResourceHandleT resource)
{
	(void)lock, (void)resource;
}

static SaAisErrorT lck_initialize(struct victim *victim)
{
	SaVersionT version = {'B', 1, 1};

	return saLckInitialize(&victim->lck, &(SaLckCallbacksT){on_open, on_grant, on_waiter, on_unlock}, &version);
}

static SaAisErrorT lck_selection(struct victim *victim) { return saLckSelectionObjectGet(victim->lck, &victim->ready); }
static SaAisErrorT lck_dispatch(struct victim *victim) { return saLckDispatch(victim->lck, SA_DISPATCH_ALL); }
static SaAisErrorT lck_finalize(struct victim *victim) { return saLckFinalize(victim->lck); }

static SaAisErrorT lck_options(struct victim *victim)
{
	SaLckOptionsT options;

	return saLckOptionCheck(victim->lck, &options);
}

static SaAisErrorT lck_open(struct victim *victim)
{
	return saLckResourceOpen(victim->lck, &victim->name, SA_LCK_RESOURCE_CREATE, CALL_S * SA_TIME_ONE_SECOND, &victim->resource);
}

static SaAisErrorT lck_open_async(struct victim *victim) { return saLckResourceOpenAsync(victim->lck, 7, &victim->name, SA_LCK_RESOURCE_CREATE); }
static SaAisErrorT lck_close(struct victim *victim) { return saLckResourceClose(victim->resource); }
static SaAisErrorT lck_purge(struct victim *victim) { return saLckLockPurge(victim->resource); }

static SaAisErrorT lck_lock(struct victim *victim)
{
	SaLckLockStatusT status = SA_LCK_LOCK_NOT_QUEUED;
	const SaAisErrorT error = saLckResourceLock(victim->resource, &victim->lock, SA_LCK_EX_LOCK_MODE, 0, 7, CALL_S * SA_TIME_ONE_SECOND, &status);

	return error == SA_AIS_OK && status != SA_LCK_LOCK_GRANTED ? SA_AIS_ERR_EXIST : error;
}

/* Where it is behind its own lock it waits, and the waiter callback is on its way to it as the holder. */
static SaAisErrorT lck_lock_async(struct victim *victim)
{
	return saLckResourceLockAsync(victim->resource, 7, &victim->lock, SA_LCK_EX_LOCK_MODE, 0, 7);
}

static SaAisErrorT lck_unlock(struct victim *victim) { return saLckResourceUnlock(victim->lock, CALL_S * SA_TIME_ONE_SECOND); }
static SaAisErrorT lck_unlock_async(struct victim *victim) { return saLckResourceUnlockAsync(7, victim->lock); }
static SaAisErrorT lck_lost(struct victim *victim) { return aisLckLostCallbackSet(victim->lck, on_lost); }

static SaAisErrorT lck_token(struct victim *victim)
{
	AisLckTokenT token;

	return aisLckLockTokenGet(victim->lock, &token);
}

/* --- TMR --- */

static void on_expired(SaTmrTimerIdT timer, const void *data, SaUint64T count)
{
	(void)timer, (void)data, (void)count;
}

static SaAisErrorT tmr_initialize(struct victim *victim)
{
	SaVersionT version = {'A', 1, 1};

	return saTmrInitialize(&victim->tmr, &(SaTmrCallbacksT){on_expired}, &version);
}

static SaAisErrorT tmr_selection(struct victim *victim) { return saTmrSelectionObjectGet(victim->tmr, &victim->ready); }
static SaAisErrorT tmr_dispatch(struct victim *victim) { return saTmrDispatch(victim->tmr, SA_DISPATCH_ALL); }
static SaAisErrorT tmr_finalize(struct victim *victim) { return saTmrFinalize(victim->tmr); }
static SaAisErrorT tmr_skip(struct victim *victim) { return saTmrPeriodicTimerSkip(victim->tmr, victim->timer); }

static const SaTmrTimerAttributesT far = {SA_TIME_DURATION, TIMER_FAR_S *SA_TIME_ONE_SECOND, SA_TIME_ONE_SECOND};
static const SaTmrTimerAttributesT due = {SA_TIME_DURATION, 1, 0};

static SaAisErrorT tmr_start(struct victim *victim)
{
	SaTimeT now;

	return saTmrTimerStart(victim->tmr, &far, NULL, &victim->timer, &now);
}

static SaAisErrorT tmr_start_due(struct victim *victim)
{
	SaTimeT now;

	return saTmrTimerStart(victim->tmr, &due, NULL, &victim->timer, &now);
}

static SaAisErrorT tmr_reschedule(struct victim *victim)
{
	SaTimeT now;

	return saTmrTimerReschedule(victim->tmr, victim->timer, &far, &now);
}

static SaAisErrorT tmr_cancel(struct victim *victim)
{
	void *data;

	return saTmrTimerCancel(victim->tmr, victim->timer, &data);
}

static SaAisErrorT tmr_remaining(struct victim *victim)
{
	SaTimeT left;

	return saTmrTimerRemainingTimeGet(victim->tmr, victim->timer, &left);
}

static SaAisErrorT tmr_attributes(struct victim *victim)
{
	SaTmrTimerAttributesT attributes;

	return saTmrTimerAttributesGet(victim->tmr, victim->timer, &attributes);
}

static SaAisErrorT tmr_time(struct victim *victim)
{
	SaTimeT now;

	return saTmrTimeGet(victim->tmr, &now);
}

static SaAisErrorT tmr_tick(struct victim *victim)
{
	SaTimeT tick;

	return saTmrClockTickGet(victim->tmr, &tick);
}

const struct call deaths_lck_tmr[] = {
	{"saLckInitialize", lck_initialize, {NULL}},
	{"saLckSelectionObjectGet", lck_selection, {lck_initialize}},
	{"saLckOptionCheck", lck_options, {lck_initialize}},
	{"saLckDispatch", lck_dispatch, {lck_initialize, lck_selection, lck_open, lck_lock_async, victim_callback_await}},
	{"saLckFinalize", lck_finalize, {lck_initialize, lck_open, lck_lock}},
	{"saLckResourceOpen", lck_open, {lck_initialize}},
	{"saLckResourceOpenAsync", lck_open_async, {lck_initialize}},
	{"saLckResourceClose", lck_close, {lck_initialize, lck_open, lck_lock}},
	{"saLckResourceLock", lck_lock, {lck_initialize, lck_open}},
	{"saLckResourceLockAsync", lck_lock_async, {lck_initialize, lck_open, lck_lock, lck_open}},
	{"saLckResourceUnlock", lck_unlock, {lck_initialize, lck_open, lck_lock}},
	{"saLckResourceUnlockAsync", lck_unlock_async, {lck_initialize, lck_open, lck_lock}},
	{"saLckLockPurge", lck_purge, {lck_initialize, lck_open, lck_lock}},
	{"aisLckLostCallbackSet", lck_lost, {lck_initialize, lck_open, lck_lock}},
	{"aisLckLockTokenGet", lck_token, {lck_initialize, lck_open, lck_lock}},
	{"saTmrInitialize", tmr_initialize, {NULL}},
	{"saTmrSelectionObjectGet", tmr_selection, {tmr_initialize}},
	{"saTmrDispatch", tmr_dispatch, {tmr_initialize, tmr_selection, tmr_start_due, victim_callback_await}},
	{"saTmrFinalize", tmr_finalize, {tmr_initialize, tmr_start}},
	{"saTmrTimerStart", tmr_start, {tmr_initialize}},
	{"saTmrTimerReschedule", tmr_reschedule, {tmr_initialize, tmr_start}},
	{"saTmrTimerCancel", tmr_cancel, {tmr_initialize, tmr_start}},
	{"saTmrPeriodicTimerSkip", tmr_skip, {tmr_initialize, tmr_start}},
	{"saTmrTimerRemainingTimeGet", tmr_remaining, {tmr_initialize, tmr_start}},
	{"saTmrTimerAttributesGet", tmr_attributes, {tmr_initialize, tmr_start}},
	{"saTmrTimeGet", tmr_time, {tmr_initialize}},
	{"saTmrClockTickGet", tmr_tick, {tmr_initialize}},
	{NULL, NULL, {NULL}},
};
