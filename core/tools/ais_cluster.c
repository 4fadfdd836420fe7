/* `ais cluster adopt` and `ais recorder dump`: one request each to this node's daemon. */
#include <stdio.h>

#include "core/base/result.h"
#include "core/ipc/ipc_client.h"
#include "core/services/admin_messages.h"
#include "core/tools/ais.h"
#include "core/tools/output.h"

/* Returns the result of the call, or 0 with *exit_code set: no daemon. */
static uint32_t admin_call(uint16_t request, struct wire_writer *answer, int *exit_code)
{
	struct wire_writer body = {0};
	struct ipc_client *client = ais_connect(ADMIN_SERVICE_NAME, exit_code);

	if (client == NULL)
		return 0;
	admin_plain_encode(&body);
	const uint32_t result = ais_call(client, request, wire_writer_bytes(&body), answer);
	wire_writer_clear(&body);
	ipc_client_close(client);
	return result;
}

int ais_cluster_adopt(const struct ais_options *options)
{
	(void)options;
	int exit_code = AIS_EXIT_FAILED;
	struct wire_writer answer = {0};
	const uint32_t result = admin_call(ADMIN_REQUEST_ADOPT, &answer, &exit_code);

	wire_writer_clear(&answer);
	switch (result) {
	case 0:
		return exit_code;
	case RESULT_OK:
		puts("ordered: the present view goes on with the best state it has; the daemon's log names what may be lost");
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
