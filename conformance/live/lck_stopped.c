/* A client of a daemon that is stopped, run inside a node: has LOCK open, says "ready", and at its first line of input asks for LOCK and for opening
 * OPEN, each with a timeout of a second. Says "given up" once the library has told it TIMEOUT of both. At the second line it opens DONE, which
 * the daemon takes behind what it was asked before, and says "done"; then it lives until its input ends, and lets nothing go.
 *
 *	lck-stopped LOCK OPEN DONE
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "saLck.h"

static SaLckHandleT handle;

static SaAisErrorT resource_open(const char *text, SaTimeT timeout, SaLckResourceHandleT *resource)
{
	SaNameT name = {.length = (SaUint16T)strlen(text)};

	memcpy(name.value, text, name.length);
	return saLckResourceOpen(handle, &name, SA_LCK_RESOURCE_CREATE, timeout, resource);
}

static void *open_given_up(void *text)
{
	static SaAisErrorT error;
	SaLckResourceHandleT resource;

	error = resource_open(text, SA_TIME_ONE_SECOND, &resource);
	return &error;
}

static bool say(const char *what)
{
	puts(what);
	return fflush(stdout) == 0;
}

static bool give_up(SaLckResourceHandleT resource, char *other)
{
	SaLckLockStatusT status;
	SaLckLockIdT lock;
	pthread_t thread;
	void *opened;

	if (pthread_create(&thread, NULL, open_given_up, other) != 0)
		return false;
	const SaAisErrorT locked = saLckResourceLock(resource, &lock, SA_LCK_EX_LOCK_MODE, 0, 0, SA_TIME_ONE_SECOND, &status);
	pthread_join(thread, &opened);
	fprintf(stderr, "lock: %d, open: %d\n", locked, *(SaAisErrorT *)opened);
	return locked == SA_AIS_ERR_TIMEOUT && *(SaAisErrorT *)opened == SA_AIS_ERR_TIMEOUT;
}

static bool line_read(void)
{
	char line[16];

	return fgets(line, sizeof line, stdin) != NULL;
}

int main(int argc, char **argv)
{
	SaVersionT version = {'B', 1, 1};
	SaLckResourceHandleT resource, done;

	if (argc != 4 || saLckInitialize(&handle, NULL, &version) != SA_AIS_OK ||
	    resource_open(argv[1], 10 * SA_TIME_ONE_SECOND, &resource) != SA_AIS_OK)
		return 1;
	if (!say("ready") || !line_read() || !give_up(resource, argv[2]) || !say("given up") || !line_read())
		return 1;
	for (SaAisErrorT error = SA_AIS_ERR_TRY_AGAIN; error != SA_AIS_OK;) {
		error = resource_open(argv[3], 10 * SA_TIME_ONE_SECOND, &done);
		if (error != SA_AIS_OK && error != SA_AIS_ERR_TRY_AGAIN && error != SA_AIS_ERR_TIMEOUT)
			return 1;
	}
	say("done");
	while (line_read()) {
	}
	return 0;
}
