/* Our lock service. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/bench/lock.h"
#include "saLck.h"

struct ours {
	SaLckHandleT handle;
	SaLckResourceHandleT resource;
	SaLckLockIdT lock;
};

static bool complain(const char *what, long code)
{
	fprintf(stderr, "bench: lck: %s: code %ld\n", what, code);
	return false;
}

static void *ours_open(const char *target, const char *text, unsigned session_ms)
{
	struct ours *ours = calloc(1, sizeof *ours);
	SaNameT name = {.length = (SaUint16T)strlen(text)};
	SaVersionT version = {'B', 1, 1};

	(void)target;
	(void)session_ms;
	if (ours == NULL)
		return NULL;
	memcpy(name.value, text, name.length);
	SaAisErrorT error = saLckInitialize(&ours->handle, NULL, &version);
	if (error == SA_AIS_OK)
		error = saLckResourceOpen(ours->handle, &name, SA_LCK_RESOURCE_CREATE, 10 * SA_TIME_ONE_SECOND, &ours->resource);
	if (error == SA_AIS_OK)
		return ours;
	complain("open", error);
	free(ours);
	return NULL;
}

static enum lock_result ours_take(void *lock)
{
	struct ours *ours = lock;
	SaLckLockStatusT status = SA_LCK_LOCK_NOT_QUEUED;
	const SaAisErrorT error = saLckResourceLock(ours->resource, &ours->lock, SA_LCK_EX_LOCK_MODE, 0, 0, SA_TIME_ONE_HOUR, &status);

	if (error == SA_AIS_ERR_TRY_AGAIN)
		return LOCK_AGAIN;
	if (error == SA_AIS_OK && status == SA_LCK_LOCK_GRANTED)
		return LOCK_OK;
	complain("lock", error == SA_AIS_OK ? (long)status : (long)error);
	return LOCK_FAILED;
}

static bool ours_release(void *lock)
{
	const SaAisErrorT error = saLckResourceUnlock(((struct ours *)lock)->lock, 10 * SA_TIME_ONE_SECOND);

	return error == SA_AIS_OK || complain("unlock", error);
}

static void ours_close(void *lock)
{
	saLckFinalize(((struct ours *)lock)->handle);
	free(lock);
}

const struct lock_kind lock_ours = {"lck", ours_open, ours_take, ours_release, NULL, ours_close, NULL};
