/* `ais node leave`: this node's daemon leaves in good order; the command ends when the daemon has. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/result.h"
#include "core/ipc/ipc_client.h"
#include "core/services/admin_messages.h"
#include "core/tools/ais.h"
#include "core/tools/output.h"

enum { PATIENCE_S = 60 };

struct leaving {
	bool force;
	uint32_t patience_s;
};

/* Returns an ais_exit, or -1: go on. */
static int options_read(struct leaving *leaving, int count, char **words)
{
	static const struct option names[] = {{"force", no_argument, NULL, 'f'}, {"patience", required_argument, NULL, 'p'}, {NULL, 0, NULL, 0}};
	int option;

	optind = 1;
	words[-1] = (char *)"ais node leave"; /* what getopt calls itself */
	while ((option = getopt_long(count + 1, words - 1, "", names, NULL)) != -1) {
		if (option == 'f') {
			leaving->force = true;
		} else if (option == 'p') {
			leaving->patience_s = ais_number("--patience", optarg);
			if (leaving->patience_s == 0)
				return AIS_EXIT_USAGE;
		} else {
			return AIS_EXIT_USAGE;
		}
	}
	if (optind == count + 1)
		return -1;
	ais_complain("%s is one word too many", words[optind - 1]);
	return AIS_EXIT_USAGE;
}

/* Views point into `answer`. */
static bool status_ask(struct ipc_client *client, struct wire_writer *answer, struct admin_status *status)
{
	struct wire_writer body = {0};

	admin_plain_encode(&body);
	const uint32_t result = ais_call(client, ADMIN_REQUEST_STATUS, wire_writer_bytes(&body), answer);
	wire_writer_clear(&body);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(answer));
	return result == RESULT_OK && admin_status_decode(&in, status);
}

static void reason_tell(struct ipc_client *client, struct admin_status *status)
{
	struct wire_writer answer = {0};

	if (status_ask(client, &answer, status) && status->restart_reason.size > 0) {
		fputs("ais: not left: ", stderr);
		print_escaped(stderr, status->restart_reason);
		fputs("; --force leaves all the same\n", stderr);
	} else {
		ais_complain("not left: it is not safe yet");
	}
	wire_writer_clear(&answer);
}

static uint32_t leave_ask(struct ipc_client *client, const struct leaving *leaving)
{
	struct wire_writer body = {0};

	admin_leave_encode(&body, &(struct admin_leave){leaving->force});
	const uint32_t result = ipc_client_call(client, ADMIN_REQUEST_LEAVE, leaving->patience_s * INT64_C(1000000000), wire_writer_bytes(&body), NULL);
	wire_writer_clear(&body);
	return result;
}

/* -1: it is not to be seen from here. */
static int process_open(uint32_t pid)
{
	return pid == 0 ? -1 : (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
}

/* The daemon's process when it is to be seen, else its socket. */
static void end_await(struct ipc_client *client, int process)
{
	struct pollfd wait = {.fd = process, .events = POLLIN};

	while (!ipc_client_is_gone(client))
		ipc_client_event_wait(client);
	while (process >= 0 && poll(&wait, 1, -1) < 0 && errno == EINTR)
		continue;
}

static int leave(struct ipc_client *client, struct admin_status *status, const struct leaving *leaving)
{
	struct wire_writer answer = {0};

	if (!status_ask(client, &answer, status)) {
		ais_complain("the daemon does not tell its status");
		wire_writer_clear(&answer);
		return AIS_EXIT_FAILED;
	}
	const int process = process_open(status->pid);
	const uint32_t node = status->node;
	wire_writer_clear(&answer);
	const uint32_t result = leave_ask(client, leaving);
	int code = AIS_EXIT_OK;
	if (result == RESULT_OK) {
		end_await(client, process);
		printf("node %" PRIu32 " has left, its daemon has ended\n", node);
	} else if (result == RESULT_TRY_AGAIN || result == RESULT_TIMEOUT) {
		reason_tell(client, status);
		code = AIS_EXIT_UNSAFE;
	} else {
		ais_complain("not left: %s", ais_result_text(result));
		code = ais_exit_of(result);
	}
	if (process >= 0)
		close(process);
	return code;
}

int ais_node_leave(int count, char **words)
{
	struct leaving leaving = {.patience_s = PATIENCE_S};
	int code = options_read(&leaving, count, words);

	if (code >= 0)
		return code;
	struct ipc_client *client = ais_connect(ADMIN_SERVICE_NAME, &code);
	struct admin_status *status = calloc(1, sizeof(*status));
	if (client != NULL && status != NULL)
		code = leave(client, status, &leaving);
	else if (client != NULL)
		code = AIS_EXIT_FAILED;
	ipc_client_close(client);
	free(status);
	return code;
}
