/* Holds locks for a test, and waits for them:
 *
 *	lck-holder NAME RESOURCES SHARED ORPHANS EXCLUSIVE
 *
 * Opens NAME, and RESOURCES others named NAME-0001...; takes so many shared locks of NAME, so many more that become orphans at its end, then
 * asks for so many exclusive ones, which wait. Says "ready" and stays until its input ends. Exit status 1: something was refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "saLck.h"

static _Noreturn void give_up(const char *what, SaAisErrorT error)
{
	fprintf(stderr, "lck-holder: %s: %d\n", what, error);
	exit(1);
}

static SaLckResourceHandleT open_one(SaLckHandleT handle, const char *text)
{
	SaNameT name = {.length = (SaUint16T)strlen(text)};
	SaLckResourceHandleT resource;

	memcpy(name.value, text, name.length);
	const SaAisErrorT error = saLckResourceOpen(handle, &name, SA_LCK_RESOURCE_CREATE, 0, &resource);
	if (error != SA_AIS_OK)
		give_up("saLckResourceOpen", error);
	return resource;
}

static void take(SaLckResourceHandleT resource, int count, SaLckLockFlagsT flags)
{
	SaLckLockStatusT status;
	SaLckLockIdT id;

	for (int i = 0; i < count; i++) {
		const SaAisErrorT error = saLckResourceLock(resource, &id, SA_LCK_PR_LOCK_MODE, flags, 0, SA_TIME_MAX, &status);
		if (error != SA_AIS_OK || status != SA_LCK_LOCK_GRANTED)
			give_up("saLckResourceLock", error);
	}
}

static void on_grant(SaInvocationT invocation, SaLckLockStatusT status, SaAisErrorT error)
{
	(void)invocation;
	(void)status;
	(void)error;
}

static void on_waiter(SaLckWaiterSignalT signal, SaLckLockIdT id, SaLckLockModeT held, SaLckLockModeT requested)
{
	(void)signal;
	(void)id;
	(void)held;
	(void)requested;
}

int main(int argc, char **argv)
{
	const SaLckCallbacksT callbacks = {.saLckLockGrantCallback = on_grant, .saLckLockWaiterCallback = on_waiter};
	SaVersionT version = {'B', 1, 1};
	SaLckHandleT handle;
	SaLckLockIdT id;
	char byte;

	if (argc != 6) {
		fprintf(stderr, "usage: lck-holder NAME RESOURCES SHARED ORPHANS EXCLUSIVE\n");
		return 2;
	}
	SaAisErrorT error = saLckInitialize(&handle, &callbacks, &version);
	if (error != SA_AIS_OK)
		give_up("saLckInitialize", error);
	for (int i = 1; i <= atoi(argv[2]); i++) {
		char name[300];
		snprintf(name, sizeof name, "%.200s-%04d", argv[1], i);
		open_one(handle, name);
	}
	const SaLckResourceHandleT resource = open_one(handle, argv[1]);
	take(resource, atoi(argv[3]), 0);
	take(resource, atoi(argv[4]), SA_LCK_LOCK_ORPHAN);
	for (int i = 0; i < atoi(argv[5]); i++)
		if ((error = saLckResourceLockAsync(resource, 0, &id, SA_LCK_EX_LOCK_MODE, 0, 0)) != SA_AIS_OK)
			give_up("saLckResourceLockAsync", error);
	open_one(handle, argv[1]); /* an ordered call behind them: all of them have been decided */
	puts("ready");
	fflush(stdout);
	return read(STDIN_FILENO, &byte, 1) < 0;
}
