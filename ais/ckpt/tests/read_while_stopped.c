/* A mapped read waits for no daemon, and so for nothing that goes over the ring: it is answered while the daemon is stopped. Called with the
 * daemon's process id by test_ckpt_keeper.sh. A machine that stalls may let the lease run out (ENGINE_READERS_LEASE_NS) before the reads are done; the next of them
 * asks then, is answered as the daemon goes on, and all starts afresh, TRIES times at most. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "saCkpt.h"

enum { SIZE = 64, READS = 10, TRIES = 20, LEASE_S = 1 };

static pid_t daemon_pid;
static volatile sig_atomic_t late;

static void on_alarm(int number)
{
	(void)number;
	late = 1;
	kill(daemon_pid, SIGCONT);
}

static bool checkpoint_open(SaCkptCheckpointHandleT *checkpoint)
{
	const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = SIZE, .maxSections = 1, .maxSectionSize = SIZE, .maxSectionIdSize = 8,
	};
	const SaNameT name = {.length = 7, .value = "stopped"};
	SaVersionT version = {'B', 1, 1};
	SaCkptHandleT handle;

	return saCkptInitialize(&handle, NULL, &version) == SA_AIS_OK &&
	       saCkptCheckpointOpen(handle, &name, &attributes, SA_CKPT_CHECKPOINT_CREATE | SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_READ,
	                            SA_TIME_ONE_MINUTE, checkpoint) == SA_AIS_OK;
}

static bool is_read(SaCkptCheckpointHandleT checkpoint, const char *content)
{
	char buffer[SIZE] = "";
	SaCkptIOVectorElementT element = {.dataBuffer = buffer, .dataSize = SIZE};

	return saCkptCheckpointRead(checkpoint, &element, 1, NULL) == SA_AIS_OK && element.readSize == SIZE && memcmp(buffer, content, SIZE) == 0;
}

/* A signal is sent at once and obeyed later. */
static bool daemon_stop(void)
{
	char path[64], state = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)daemon_pid);
	if (kill(daemon_pid, SIGSTOP) != 0)
		return false;
	while (state != 'T') {
		FILE *file = fopen(path, "r");

		if (file == NULL)
			return false;
		if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
			state = 'Z';
		fclose(file);
		if (state == 'Z')
			return false;
	}
	return true;
}

/* How many reads were answered before the daemon went on. */
static int reads_while_stopped(SaCkptCheckpointHandleT checkpoint, const char *content)
{
	int answered = 0;

	late = 0;
	if (daemon_stop()) {
		alarm(LEASE_S);
		while (answered < READS && is_read(checkpoint, content) && late == 0)
			answered++;
		alarm(0);
	}
	kill(daemon_pid, SIGCONT);
	return answered;
}

int main(int argc, char **argv)
{
	const struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
	SaCkptSectionIdT id = SA_CKPT_DEFAULT_SECTION_ID;
	SaCkptCheckpointHandleT checkpoint;
	char content[SIZE];
	int answered = 0, tries = 0;

	memset(content, 'x', SIZE);
	daemon_pid = argc == 2 ? (pid_t)strtol(argv[1], NULL, 10) : 0;
	if (daemon_pid <= 1 || sigaction(SIGALRM, &action, NULL) != 0 || !checkpoint_open(&checkpoint) ||
	    saCkptSectionOverwrite(checkpoint, &id, content, SIZE) != SA_AIS_OK)
		return 1;
	for (; answered < READS && tries < TRIES; tries++)
		if (is_read(checkpoint, content) && is_read(checkpoint, content))
			answered = reads_while_stopped(checkpoint, content);
	printf("%d of %d reads answered while the daemon was stopped, at try %d\n", answered, READS, tries);
	return answered < READS;
}
