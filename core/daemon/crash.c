/* See crash.h. A signal handler is given nothing, so what it needs lies in a variable of the file: the one beside the handle table, set
 * before the handler is and not changed while it can run. All that the handler calls is async-signal-safe. */
#include "core/daemon/crash.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static struct {
	const struct recorder *recorder;
	char path[PATH_MAX];
} crash;

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

static void on_fatal(int signal_number)
{
	static const char said[] = "aisexec: a fatal signal; the flight recorder is written to ";
	ssize_t done = write(STDERR_FILENO, said, sizeof(said) - 1);
	size_t size = 0;

	while (crash.path[size] != '\0')
		size++;
	done = write(STDERR_FILENO, crash.path, size);
	done = write(STDERR_FILENO, "\n", 1);
	(void)done;
	recorder_dump_file(crash.recorder, crash.path);
	/* SA_RESETHAND has put the default back; returning runs into the same fault again, abort() raises it itself. */
	raise(signal_number);
}

void crash_dump_to(const struct recorder *recorder, const char *directory)
{
	struct sigaction action = {.sa_handler = recorder == NULL ? SIG_DFL : on_fatal, .sa_flags = SA_RESETHAND | SA_NODEFER};

	sigemptyset(&action.sa_mask);
	if (recorder != NULL) {
		crash.recorder = recorder;
		snprintf(crash.path, sizeof(crash.path), "%.4000s/recorder-%ld-crash.log", directory, (long)getpid());
	}
	for (size_t i = 0; i < sizeof(fatal_signals) / sizeof(fatal_signals[0]); i++)
		sigaction(fatal_signals[i], &action, NULL);
}
