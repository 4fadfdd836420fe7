/* `ais lck list|show`: what this daemon's directory says of locks, through the requests that LCK has for the operator's tool. They are answered
 * at once and by this daemon alone, whatever the gate: of a node that is cut off they show what it has. A page at a time, printed as it comes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ais/lck/lck_messages.h"
#include "core/base/result.h"
#include "core/ipc/ipc_client.h"
#include "core/tools/ais.h"
#include "core/tools/output.h"

enum { LCK_SCHEMA = 1 };

static const char *mode_text(uint32_t mode)
{
	return mode == SA_LCK_EX_LOCK_MODE ? "exclusive" : mode == SA_LCK_PR_LOCK_MODE ? "shared" : "free";
}

static int senseless(void)
{
	ais_complain("what the daemon says of locks makes no sense to this program");
	return AIS_EXIT_FAILED;
}

/* --- list --- */

static void list_entry_print(const struct lck_list_entry *entry)
{
	print_escaped(stdout, entry->name);
	printf(": %s", mode_text(entry->mode));
	if (entry->held > 0)
		printf(", %" PRIu32 " held", entry->held);
	if (entry->orphans > 0)
		printf(", %" PRIu32 " of them orphan%s", entry->orphans, plural(entry->orphans));
	printf(", %" PRIu32 " waiting, %" PRIu32 " open%s\n", entry->waiting, entry->opens, plural(entry->opens));
}

static void list_entry_json(struct json *json, const struct lck_list_entry *entry)
{
	json_object_begin(json, NULL);
	json_text_or_base64(json, "name", "name_base64", entry->name);
	json_text(json, "id", position_text(entry->resource.position).text);
	json_text(json, "mode", mode_text(entry->mode));
	json_u64(json, "held", entry->held);
	json_u64(json, "orphans", entry->orphans);
	json_u64(json, "waiting", entry->waiting);
	json_u64(json, "opens", entry->opens);
	json_object_end(json);
}

/* False: malformed. `last` becomes the last entry's name. */
static bool list_page_print(struct wire_reader *in, const struct lck_list_answer *page, struct json *json, SaNameT *last)
{
	struct lck_list_entry entry;

	for (uint32_t i = 0; i < page->count; i++) {
		if (!lck_list_entry_decode(in, &entry))
			return false;
		if (json != NULL)
			list_entry_json(json, &entry);
		else
			list_entry_print(&entry);
		last->length = (SaUint16T)entry.name.size;
		memcpy(last->value, entry.name.data, entry.name.size);
	}
	return true;
}

static int list_pages(struct ipc_client *client, struct json *json)
{
	struct wire_writer body = {0}, answer = {0};
	struct lck_list_answer page = {0};
	int code = AIS_EXIT_OK;
	SaNameT last = {0};

	while (code == AIS_EXIT_OK && !page.end) {
		wire_writer_reset(&body);
		lck_list_request_encode(&body, &(struct lck_list_request){.started = last.length > 0, .after = bytes_of(last.value, last.length)});
		const uint32_t result = ais_call(client, LCK_REQUEST_LIST, wire_writer_bytes(&body), &answer);
		struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer));
		if (result != RESULT_OK) {
			ais_complain("no list of locks: %s", ais_result_text(result));
			code = ais_exit_of(result);
		} else if (!lck_list_answer_decode(&in, &page, lck_list_entry_size_min) || (page.count == 0 && !page.end) ||
		           !list_page_print(&in, &page, json, &last)) {
			code = senseless();
		}
	}
	wire_writer_clear(&body);
	wire_writer_clear(&answer);
	return code;
}

int ais_lck_list(const struct ais_options *options)
{
	int code = AIS_EXIT_OK;
	struct json json = {.file = stdout};
	struct ipc_client *client = ais_connect("lck", &code);

	if (client == NULL)
		return code;
	if (options->json) {
		json_object_begin(&json, NULL);
		json_u64(&json, "schema", LCK_SCHEMA);
		json_array_begin(&json, "resources");
	}
	code = list_pages(client, options->json ? &json : NULL);
	if (options->json) {
		json_array_end(&json);
		json_object_end(&json);
		json_end(&json);
	}
	ipc_client_close(client);
	return code;
}

/* --- show --- */

static const char *standing_text(const struct lck_show_entry *entry)
{
	return entry->orphan ? "orphan" : entry->granted ? "held" : "waits";
}

static void show_entry_print(const struct lck_show_entry *entry)
{
	printf("%-6s  %-9s  %s node %" PRIu32 ", client %" PRIu64, standing_text(entry), mode_text(entry->mode), entry->orphan ? "left by" : "by",
	       entry->owner.node, entry->owner.client);
	if (entry->granted)
		printf(", token %" PRIu64 ".%" PRIu32 ".%" PRIu64, entry->token.lineage.seq, entry->token.lineage.representative, entry->token.number);
	if (!entry->orphan && (entry->flags & SA_LCK_LOCK_ORPHAN) != 0)
		printf(", becomes an orphan");
	putchar('\n');
}

static void show_entry_json(struct json *json, const struct lck_show_entry *entry)
{
	json_object_begin(json, NULL);
	json_text(json, "state", standing_text(entry));
	json_text(json, "mode", mode_text(entry->mode));
	json_u64(json, "node", entry->owner.node);
	json_u64(json, "client", entry->owner.client);
	json_bool(json, "orphan_flag", (entry->flags & SA_LCK_LOCK_ORPHAN) != 0);
	json_text(json, "id", position_text(entry->lock.position).text);
	if (entry->granted) {
		json_u64(json, "token_lineage", entry->token.lineage.seq);
		json_u64(json, "token_representative", entry->token.lineage.representative);
		json_u64(json, "token_grant", entry->token.number);
	}
	json_object_end(json);
}

/* False: malformed. `request` becomes that for the page behind. */
static bool show_page_print(struct wire_reader *in, const struct lck_list_answer *page, struct json *json, struct lck_show_request *request)
{
	struct lck_show_entry entry;

	for (uint32_t i = 0; i < page->count; i++) {
		if (!lck_show_entry_decode(in, &entry))
			return false;
		if (json != NULL)
			show_entry_json(json, &entry);
		else
			show_entry_print(&entry);
		request->waiting = !entry.granted;
		request->after_grant = entry.token.number;
		request->after = entry.lock;
	}
	return true;
}

static uint32_t show_fetch(struct ipc_client *client, const struct lck_show_request *request, struct wire_writer *answer)
{
	struct wire_writer body = {0};

	lck_show_request_encode(&body, request);
	const uint32_t result = ais_call(client, LCK_REQUEST_SHOW, wire_writer_bytes(&body), answer);
	wire_writer_clear(&body);
	return result;
}

/* The first page has come. A resource that goes between two pages has no more locks. */
static int show_pages(struct ipc_client *client, struct lck_show_request *request, struct wire_writer *answer, struct json *json)
{
	uint32_t result = RESULT_OK;

	while (result == RESULT_OK) {
		struct wire_reader in = wire_reader_of(wire_writer_bytes(answer));
		struct lck_list_answer page;
		if (!lck_list_answer_decode(&in, &page, lck_show_entry_size_min) || (page.count == 0 && !page.end) ||
		    !show_page_print(&in, &page, json, request))
			return senseless();
		if (page.end)
			return AIS_EXIT_OK;
		result = show_fetch(client, request, answer);
	}
	return result == RESULT_NOT_EXIST ? AIS_EXIT_OK : ais_exit_of(result);
}

static int show_print(struct ipc_client *client, struct lck_show_request *request, struct wire_writer *answer, bool as_json)
{
	struct json json = {.file = stdout};

	if (!as_json)
		return show_pages(client, request, answer, NULL);
	json_object_begin(&json, NULL);
	json_u64(&json, "schema", LCK_SCHEMA);
	json_text_or_base64(&json, "name", "name_base64", request->name);
	json_array_begin(&json, "locks");
	const int code = show_pages(client, request, answer, &json);
	json_array_end(&json);
	json_object_end(&json);
	json_end(&json);
	return code;
}

int ais_lck_show(const struct ais_options *options)
{
	struct lck_show_request request = {.name = bytes_of_text(options->arguments[0])};
	struct wire_writer answer = {0};
	int code = AIS_EXIT_NOT_EXIST;

	if (request.name.size == 0 || request.name.size > SA_MAX_NAME_LENGTH) {
		ais_complain("a lock's name has 1 to %d bytes", SA_MAX_NAME_LENGTH);
		return AIS_EXIT_USAGE;
	}
	struct ipc_client *client = ais_connect("lck", &code);
	if (client == NULL)
		return code;
	const uint32_t result = show_fetch(client, &request, &answer);
	if (result == RESULT_OK) {
		code = show_print(client, &request, &answer, options->json);
	} else if (result == RESULT_NOT_EXIST) {
		ais_complain("no lock %s: nobody has it open, and it has no orphan", options->arguments[0]);
		code = AIS_EXIT_NOT_EXIST;
	} else {
		ais_complain("no word of locks: %s", ais_result_text(result));
		code = ais_exit_of(result);
	}
	wire_writer_clear(&answer);
	ipc_client_close(client);
	return code;
}
