/* `ais tmr list`: who has timers on this node, as their libraries last told the daemon. */
#include <inttypes.h>
#include <stdio.h>

#include "ais/tmr/tmr_messages.h"
#include "core/ipc/ipc_client.h"
#include "core/tools/ais.h"
#include "core/tools/output.h"

enum { TMR_SCHEMA = 1 };

static void entry_print(const struct tmr_list_entry *entry)
{
	printf("client %" PRIu64 ", user %" PRIu32 ", process %" PRIu32 ": %" PRIu64 " timer%s", entry->client, entry->uid, entry->report.pid,
	       entry->report.timer_count, plural(entry->report.timer_count));
	if (entry->report.next_wall_ns != SA_TIME_MAX)
		printf(", next %s", time_text(entry->report.next_wall_ns).text);
	printf(", told %s\n", time_text(entry->reported_wall_ns).text);
}

static void entry_json(struct json *json, const struct tmr_list_entry *entry)
{
	json_object_begin(json, NULL);
	json_u64(json, "client", entry->client);
	json_u64(json, "uid", entry->uid);
	json_u64(json, "gid", entry->gid);
	json_u64(json, "pid", entry->report.pid);
	json_u64(json, "timers", entry->report.timer_count);
	if (entry->report.next_wall_ns != SA_TIME_MAX)
		json_i64(json, "next_ns", entry->report.next_wall_ns);
	json_i64(json, "told_ns", entry->reported_wall_ns);
	json_object_end(json);
}

static int list_print(struct bytes answer, bool as_json)
{
	struct wire_reader in = wire_reader_of(answer);
	struct json json = {.file = stdout};
	struct tmr_list_entry entry;
	struct tmr_list list;

	if (!tmr_list_decode(&in, &list)) {
		ais_complain("the daemon's list of timers makes no sense to this program");
		return AIS_EXIT_FAILED;
	}
	if (as_json) {
		json_object_begin(&json, NULL);
		json_u64(&json, "schema", TMR_SCHEMA);
		json_array_begin(&json, "clients");
	} else {
		printf("%" PRIu32 " client%s\n", list.count, plural(list.count));
	}
	for (uint32_t i = 0; i < list.count && tmr_list_entry_decode(&in, &entry); i++) {
		if (as_json)
			entry_json(&json, &entry);
		else
			entry_print(&entry);
	}
	if (as_json) {
		json_array_end(&json);
		json_object_end(&json);
		json_end(&json);
	}
	return in.failed ? AIS_EXIT_FAILED : AIS_EXIT_OK;
}

int ais_tmr_list(const struct ais_options *options)
{
	struct wire_writer body = {0}, answer = {0};
	int code = AIS_EXIT_OK;
	struct ipc_client *client = ais_connect("tmr", &code);

	if (client == NULL)
		return code;
	tmr_list_request_encode(&body);
	const uint32_t result = ais_call(client, TMR_REQUEST_LIST, wire_writer_bytes(&body), &answer);
	if (result == SA_AIS_OK) {
		code = list_print(wire_writer_bytes(&answer), options->json);
	} else {
		ais_complain("no list of timers: %s", ais_result_text(result));
		code = ais_exit_of(result);
	}
	wire_writer_clear(&body);
	wire_writer_clear(&answer);
	ipc_client_close(client);
	return code;
}
