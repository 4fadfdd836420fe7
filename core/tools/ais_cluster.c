/* `ais cluster ...` and `ais recorder dump`: one request each to this node's daemon. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/result.h"
#include "core/ipc/ipc_client.h"
#include "core/services/admin_messages.h"
#include "core/tools/ais.h"
#include "core/tools/output.h"

static uint32_t plain_call(struct ipc_client *client, uint16_t request, struct wire_writer *answer)
{
	struct wire_writer body = {0};

	admin_plain_encode(&body);
	const uint32_t result = ais_call(client, request, wire_writer_bytes(&body), answer);
	wire_writer_clear(&body);
	return result;
}

/* Returns the result of the call, or 0 with *exit_code set: no daemon. */
static uint32_t admin_call(uint16_t request, struct wire_writer *answer, int *exit_code)
{
	struct ipc_client *client = ais_connect(ADMIN_SERVICE_NAME, exit_code);

	if (client == NULL)
		return 0;
	const uint32_t result = plain_call(client, request, answer);
	ipc_client_close(client);
	return result;
}

/* As they were when the adoption was asked for: one whose holder returns first is not given up. */
static void print_given_up(const struct wire_writer *answer)
{
	struct admin_status *status = calloc(1, sizeof(*status));
	struct wire_reader in = wire_reader_of(wire_writer_bytes(answer));
	uint64_t lost = 0;

	if (status == NULL || !admin_status_decode(&in, status)) {
		free(status);
		return;
	}
	for (uint32_t i = 0; i < status->service_count; i++)
		lost += status->services[i].objects_lost;
	for (uint32_t i = 0; i < status->lost_count; i++) {
		fputs("given up: ", stdout);
		print_escaped(stdout, status->lost[i]);
		putchar('\n');
	}
	if (lost > status->lost_count)
		printf("given up: %" PRIu64 " more\n", lost - status->lost_count);
	if (!status->serving)
		puts("what only the missing nodes hold is given up: `ais status` and the daemon's log name it");
	free(status);
}

int ais_cluster_adopt(const struct ais_options *options)
{
	(void)options;
	int exit_code = AIS_EXIT_FAILED;
	struct wire_writer answer = {0};
	struct ipc_client *client = ais_connect(ADMIN_SERVICE_NAME, &exit_code);

	if (client == NULL)
		return exit_code;
	struct wire_writer status = {0};
	uint32_t result = plain_call(client, ADMIN_REQUEST_STATUS, &status);
	if (result == RESULT_OK)
		result = plain_call(client, ADMIN_REQUEST_ADOPT, &answer);
	ipc_client_close(client);
	wire_writer_clear(&answer);
	if (result == RESULT_OK)
		print_given_up(&status);
	wire_writer_clear(&status);
	switch (result) {
	case RESULT_OK:
		puts("ordered: the present view goes on with the best state it has");
		return AIS_EXIT_OK;
	case RESULT_EXIST:
		puts("nothing to do: the cluster serves");
		return AIS_EXIT_OK;
	case RESULT_TRY_AGAIN:
		ais_complain("not adopted: there is no view yet");
		return AIS_EXIT_BARRIER;
	default:
		ais_complain("not adopted: %s", ais_result_text(result));
		return ais_exit_of(result);
	}
}

/* Returns the result of the call, or 0 with *exit_code set: no daemon. */
static uint32_t number_call(uint16_t request, uint32_t number, int *exit_code)
{
	struct ipc_client *client = ais_connect(ADMIN_SERVICE_NAME, exit_code);
	struct wire_writer body = {0}, answer = {0};

	if (client == NULL)
		return 0;
	admin_number_encode(&body, &(struct admin_number){number});
	const uint32_t result = ais_call(client, request, wire_writer_bytes(&body), &answer);
	ipc_client_close(client);
	wire_writer_clear(&body);
	wire_writer_clear(&answer);
	return result;
}

int ais_cluster_fenced(const struct ais_options *options)
{
	int exit_code = AIS_EXIT_FAILED;
	const uint32_t node = ais_number("NODE", options->arguments[0]);

	if (node == 0)
		return AIS_EXIT_USAGE;
	const uint32_t result = number_call(ADMIN_REQUEST_FENCED, node, &exit_code);
	switch (result) {
	case 0:
		return exit_code;
	case RESULT_OK:
		printf("every member knows that node %" PRIu32 " is fenced\n", node);
		return AIS_EXIT_OK;
	case RESULT_NOT_EXIST:
		ais_complain("nobody waits for the fencing of node %" PRIu32 "; `ais status` names who is waited for", node);
		return AIS_EXIT_NOT_EXIST;
	case RESULT_TRY_AGAIN:
		ais_complain("not said: the view changes; try again");
		return AIS_EXIT_BARRIER;
	default:
		ais_complain("not said: %s", ais_result_text(result));
		return ais_exit_of(result);
	}
}

int ais_cluster_expected_votes(const struct ais_options *options)
{
	int exit_code = AIS_EXIT_FAILED;
	const uint32_t votes = ais_number("VOTES", options->arguments[0]);

	if (votes == 0)
		return AIS_EXIT_USAGE;
	const uint32_t result = number_call(ADMIN_REQUEST_EXPECTED_VOTES, votes, &exit_code);
	switch (result) {
	case 0:
		return exit_code;
	case RESULT_OK:
		printf("%" PRIu32 " votes are expected from the next view on\n", votes);
		return AIS_EXIT_OK;
	case RESULT_INVALID_PARAM:
		ais_complain("not changed: with %" PRIu32 " votes expected two halves of this view could both have a majority, or it would have none",
		             votes);
		return AIS_EXIT_FAILED;
	case RESULT_TRY_AGAIN:
		ais_complain("not changed: no view that may decide; see ais status");
		return AIS_EXIT_BARRIER;
	default:
		ais_complain("not changed: %s", ais_result_text(result));
		return ais_exit_of(result);
	}
}

int ais_recorder_dump(const struct ais_options *options)
{
	(void)options;
	int exit_code = AIS_EXIT_FAILED;
	struct wire_writer answer = {0};
	struct admin_dumped dumped;
	const uint32_t result = admin_call(ADMIN_REQUEST_RECORDER_DUMP, &answer, &exit_code);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer));

	if (result == 0) {
		/* said already */
	} else if (result != RESULT_OK || !admin_dumped_decode(&in, &dumped)) {
		ais_complain("no dump: %s", result == RESULT_OK ? "the daemon's answer is not understood" : ais_result_text(result));
		exit_code = result == RESULT_OK ? AIS_EXIT_FAILED : ais_exit_of(result);
	} else {
		print_escaped(stdout, dumped.path);
		putchar('\n');
		exit_code = AIS_EXIT_OK;
	}
	wire_writer_clear(&answer);
	return exit_code;
}
