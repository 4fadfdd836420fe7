/* `ais ckpt watch`: the sections of a checkpoint as they are made, changed and deleted on this node. The daemon gives notice (CKPT's request
 * WATCH); then the checkpoint is fetched and held against what was there. Changes between two notices are told as one, so a fast writer
 * costs neither the daemon nor this process more than two copies in memory. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/result.h"
#include "core/ipc/ipc_client.h"
#include "core/tools/ais.h"
#include "core/tools/ais_ckpt_fetch.h"
#include "core/tools/output.h"

/* Without a notice so long: asks again, for what came without an operation (this node has taken over another state, and is idle). */
enum { ASK_AGAIN_MS = 30000, WATCH_SCHEMA = 1 };

/* Walks the sections of all pages in key order. */
struct walk {
	const struct pages *pages;
	size_t page;
	struct wire_reader in;
	struct ckpt_dump_section section;
	bool there; /* `section` is one */
};

static void walk_next(struct walk *walk)
{
	struct ckpt_dump_answer answer;

	while (!(walk->there = ckpt_dump_section_next(&walk->in, &walk->section)) && walk->page < walk->pages->count) {
		if (!page_decode_dump(&walk->pages->page[walk->page++], &answer))
			return;
		walk->in = wire_reader_of(answer.sections);
	}
}

static void print_change(const char *what, const struct ckpt_dump_section *section, bool json)
{
	struct json out = {.file = stdout, .one_line = 1};

	if (!json) {
		printf("%s\t", what);
		print_escaped(stdout, section->id);
		printf("\t%" PRIu64 "\t", section->size);
		if (section->present)
			print_escaped(stdout, section->content);
		else if (strcmp(what, "deleted") != 0)
			fputs("(not here)", stdout);
		putchar('\n');
		return;
	}
	json_object_begin(&out, NULL);
	json_u64(&out, "schema", WATCH_SCHEMA);
	json_text(&out, "change", what);
	json_text_or_base64(&out, "id", "id_base64", section->id);
	json_u64(&out, "size", section->size);
	json_i64(&out, "expiry_ns", section->expiry_ns);
	json_i64(&out, "last_update_ns", section->last_update_ns);
	if (section->present)
		json_text_or_base64(&out, "data", "data_base64", section->content);
	json_object_end(&out);
	json_end(&out);
}

static bool is_same(const struct ckpt_dump_section *a, const struct ckpt_dump_section *b)
{
	return a->expiry_ns == b->expiry_ns && a->last_update_ns == b->last_update_ns && a->size == b->size && a->present == b->present &&
	       bytes_equal(a->content, b->content);
}

static void print_changes(const struct pages *before, const struct pages *after, bool json)
{
	struct walk old = {.pages = before}, new = {.pages = after};

	walk_next(&old);
	walk_next(&new);
	while (old.there || new.there) {
		const int order = !old.there ? 1 : !new.there ? -1 : bytes_compare(old.section.id, new.section.id);

		if (order < 0)
			print_change("deleted", &(struct ckpt_dump_section){.id = old.section.id}, json);
		else if (order > 0)
			print_change("created", &new.section, json);
		else if (!is_same(&old.section, &new.section))
			print_change("changed", &new.section, json);
		if (order <= 0)
			walk_next(&old);
		if (order >= 0)
			walk_next(&new);
	}
	fflush(stdout);
}

static uint32_t watch_ask(struct ipc_client *client, const struct ckpt_dump_answer *seen)
{
	struct wire_writer body = {0}, answer = {0};

	ckpt_watch_request_encode(&body, &(struct ckpt_watch_request){.checkpoint = seen->checkpoint, .seen = seen->changed});
	const uint32_t result = ais_call(client, CKPT_REQUEST_WATCH, wire_writer_bytes(&body), &answer);
	wire_writer_clear(&body);
	wire_writer_clear(&answer);
	return result;
}

/* Until the checkpoint is not as seen, or a while has passed. */
static uint32_t notice_wait(struct ipc_client *client, const struct ckpt_dump_answer *seen, bool *reader_is_gone)
{
	struct pollfd ready[] = {{.fd = ipc_client_event_descriptor(client), .events = POLLIN}, {.fd = STDOUT_FILENO}};
	struct wire_writer body = {0};
	uint16_t event;
	const uint32_t result = watch_ask(client, seen);

	if (result != RESULT_OK)
		return result;
	poll(ready, 2, ASK_AGAIN_MS);
	if (ready[1].revents != 0)
		*reader_is_gone = true;
	while (ipc_client_event_take(client, &event, &body)) {
	}
	wire_writer_clear(&body);
	return ipc_client_is_lost(client) ? RESULT_LIBRARY : RESULT_OK;
}

/* Goes on until the checkpoint, the daemon or the reader of the output is gone. */
static uint32_t watch(struct ipc_client *client, struct bytes name, bool json)
{
	struct pages before = {0}, after = {0};
	struct ckpt_dump_answer seen;
	uint32_t result;
	bool snapshot, reader_is_gone = false;

	while ((result = dump_fetch(client, name, &after, &snapshot)) == RESULT_OK) {
		print_changes(&before, &after, json);
		pages_clear(&before);
		before = after;
		after = (struct pages){0};
		if (ferror(stdout) || !page_decode_dump(&before.page[0], &seen))
			break;
		result = notice_wait(client, &seen, &reader_is_gone); /* as of the first page: what came later than it is told again to be new */
		if (result != RESULT_OK || reader_is_gone)
			break;
	}
	pages_clear(&before);
	pages_clear(&after);
	return result;
}

int ais_ckpt_watch(const struct ais_options *options)
{
	int code = AIS_EXIT_FAILED;
	struct ipc_client *client = ais_connect("ckpt", &code);

	if (client == NULL)
		return code;
	const uint32_t result = watch(client, bytes_of_text(options->arguments[0]), options->json);
	code = ais_exit_of(result);
	if (result == RESULT_NOT_EXIST)
		ais_complain("no checkpoint %s", options->arguments[0]);
	else if (result != RESULT_OK)
		ais_complain("the watch ends: %s", ais_result_text(result));
	ipc_client_close(client);
	return code;
}
