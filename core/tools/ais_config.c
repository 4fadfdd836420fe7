/* `ais config ...`: a file checked, this node's configuration shown, all nodes' files read anew. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/result.h"
#include "core/config/config_file.h"
#include "core/ipc/ipc_client.h"
#include "core/services/config_messages.h"
#include "core/tools/ais.h"
#include "core/tools/output.h"

enum { CONFIG_SCHEMA = 1, RELOAD_TIMEOUT_S = 30 };

static void lines_print(struct bytes text)
{
	for (size_t at = 0; at < text.size;) {
		const uint8_t *end = memchr(text.data + at, '\n', text.size - at);
		const size_t size = end == NULL ? text.size - at : (size_t)(end - text.data) - at;

		fputs("ais: ", stderr);
		print_escaped(stderr, bytes_of(text.data + at, size));
		fputc('\n', stderr);
		at += size + 1;
	}
}

int ais_config_check(const struct ais_options *options)
{
	struct config_problems problems = {.source = options->arguments[0]};
	struct config *config = config_new();

	if (config == NULL) {
		ais_complain("no memory");
		return AIS_EXIT_FAILED;
	}
	if (config_read_file(config, &problems))
		config_check(config, &problems);
	lines_print(bytes_of_text(config_problems_text(&problems)));
	const bool good = problems.errors == 0;
	if (good)
		printf("good: %zu key%s, %" PRIu32 " warning%s\n", config_count(config), plural(config_count(config)), problems.warnings, plural(problems.warnings));
	config_problems_clear(&problems);
	config_free(config);
	return good ? AIS_EXIT_OK : AIS_EXIT_FAILED;
}

/* Returns the result, or 0 with *exit_code set: no daemon. */
static uint32_t config_call(uint16_t request, struct wire_writer *answer, int *exit_code)
{
	struct ipc_client *client = ais_connect(CONFIG_SERVICE_NAME, exit_code);
	struct wire_writer body = {0};

	if (client == NULL)
		return 0;
	config_plain_encode(&body);
	const uint32_t result = ipc_client_call(client, request, RELOAD_TIMEOUT_S * INT64_C(1000000000), wire_writer_bytes(&body), answer);
	wire_writer_clear(&body);
	ipc_client_close(client);
	return result;
}

static void shown_print(const struct config_shown *shown)
{
	if (!shown->is_set)
		fputs("# ", stdout);
	print_escaped(stdout, shown->key);
	fputs(": ", stdout);
	print_escaped(stdout, shown->is_set || shown->text.size > 0 ? shown->text : bytes_of_text("(none)"));
	putchar('\n');
}

static void shown_json(struct json *json, const struct config_shown *shown)
{
	json_object_begin(json, NULL);
	json_bytes(json, "key", shown->key);
	if (shown->is_set || shown->text.size > 0)
		json_bytes(json, "value", shown->text);
	else
		json_null(json, "value");
	json_bool(json, "set", shown->is_set);
	json_bool(json, "at_run_time", shown->at_run_time);
	json_object_end(json);
}

static bool list_print(struct wire_reader *in, bool as_json)
{
	struct json json = {.file = stdout};
	struct config_shown shown;
	uint32_t count;

	if (!config_shown_head_decode(in, &count))
		return false;
	if (as_json) {
		json_object_begin(&json, NULL);
		json_u64(&json, "schema", CONFIG_SCHEMA);
		json_array_begin(&json, "keys");
	}
	for (uint32_t i = 0; i < count && config_shown_decode(in, &shown); i++) {
		if (as_json)
			shown_json(&json, &shown);
		else
			shown_print(&shown);
	}
	if (as_json) {
		json_array_end(&json);
		json_object_end(&json);
		json_end(&json);
	}
	return !in->failed;
}

int ais_config_show(const struct ais_options *options)
{
	struct wire_writer answer = {0};
	int exit_code = AIS_EXIT_FAILED;
	const uint32_t result = config_call(CONFIG_REQUEST_SHOW, &answer, &exit_code);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer));

	if (result == RESULT_OK && list_print(&in, options->json)) {
		exit_code = AIS_EXIT_OK;
	} else if (result != 0) {
		ais_complain("no configuration: %s", result == RESULT_OK ? "the daemon's answer is not understood" : ais_result_text(result));
		exit_code = result == RESULT_OK ? AIS_EXIT_FAILED : ais_exit_of(result);
	}
	wire_writer_clear(&answer);
	return exit_code;
}

static void refusal_tell(const struct wire_writer *answer)
{
	struct wire_reader in = wire_reader_of(wire_writer_bytes(answer));
	struct config_reason reason;

	if (!config_reason_decode(&in, &reason)) {
		ais_complain("nothing is changed on any node");
		return;
	}
	if (reason.node != 0)
		ais_complain("nothing is changed on any node: node %" PRIu32 " refuses its file", reason.node);
	else
		ais_complain("nothing is changed on any node");
	lines_print(reason.text);
}

int ais_config_reload(const struct ais_options *options)
{
	(void)options;
	struct wire_writer answer = {0};
	int exit_code = AIS_EXIT_FAILED;
	const uint32_t result = config_call(CONFIG_REQUEST_RELOAD, &answer, &exit_code);

	switch (result) {
	case 0:
		break;
	case RESULT_OK:
		puts("reloaded on all nodes; each daemon's log names the keys that changed");
		exit_code = AIS_EXIT_OK;
		break;
	case RESULT_FAILED_OPERATION:
		refusal_tell(&answer);
		break;
	case RESULT_BUSY:
		ais_complain("not reloaded: another reload is under way; try again");
		break;
	case RESULT_TIMEOUT:
		ais_complain("not known to be reloaded: a node did not say within %d s whether its file is good; see ais config show", RELOAD_TIMEOUT_S);
		break;
	case RESULT_TRY_AGAIN:
		ais_complain("not reloaded: the cluster does not serve; see ais status");
		exit_code = AIS_EXIT_BARRIER;
		break;
	default:
		ais_complain("not reloaded: %s", ais_result_text(result));
		exit_code = ais_exit_of(result);
	}
	wire_writer_clear(&answer);
	return exit_code;
}
