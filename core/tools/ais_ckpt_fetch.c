/* What this daemon holds in memory of checkpoints, asked for page by page through CKPT's requests for the operator's tool. */
#include "core/tools/ais_ckpt_fetch.h"

#include <stdlib.h>

#include "core/base/result.h"
#include "core/ipc/ipc_client.h"
#include "core/tools/ais.h"

enum {
	DUMP_PAGE_SIZE = 256 * 1024,
	DUMP_TRIES = 5, /* for pages that are one snapshot */
};

static struct wire_writer *pages_add(struct pages *pages)
{
	if (pages->count == pages->capacity) {
		const size_t capacity = pages->capacity == 0 ? 8 : pages->capacity * 2;
		struct wire_writer *page = realloc(pages->page, capacity * sizeof(*page));

		if (page == NULL)
			return NULL;
		pages->page = page;
		pages->capacity = capacity;
	}
	pages->page[pages->count] = (struct wire_writer){0};
	return &pages->page[pages->count++];
}

void pages_clear(struct pages *pages)
{
	for (size_t i = 0; i < pages->count; i++)
		wire_writer_clear(&pages->page[i]);
	free(pages->page);
	*pages = (struct pages){0};
}

/* One request, its answer a further page. Complains about what goes wrong; NOT_EXIST is the caller's. */
static uint32_t page_fetch(struct ipc_client *client, uint16_t request, struct wire_writer *body, struct pages *pages)
{
	struct wire_writer *page = pages_add(pages);
	uint32_t result = RESULT_NO_MEMORY;

	if (page != NULL)
		result = ais_call(client, request, wire_writer_bytes(body), page);
	wire_writer_clear(body);
	if (result != RESULT_OK && result != RESULT_NOT_EXIST)
		ais_complain("cannot read the checkpoints: %s", ais_result_text(result));
	return result;
}

static uint32_t not_understood(void)
{
	ais_complain("the daemon's answer is not understood: is it of another release?");
	return RESULT_LIBRARY;
}

bool page_decode_list(const struct wire_writer *page, struct ckpt_list_answer *answer)
{
	struct wire_reader in = wire_reader_of(wire_writer_bytes(page));

	return ckpt_list_answer_decode(&in, answer);
}

bool page_decode_dump(const struct wire_writer *page, struct ckpt_dump_answer *answer)
{
	struct wire_reader in = wire_reader_of(wire_writer_bytes(page));

	return ckpt_dump_answer_decode(&in, answer);
}

uint32_t list_fetch(struct ipc_client *client, struct pages *pages)
{
	struct ckpt_list_request request = {0};
	struct ckpt_list_answer answer = {0};

	do {
		struct wire_writer body = {0};
		struct ckpt_list_entry entry;

		ckpt_list_request_encode(&body, &request);
		const uint32_t result = page_fetch(client, CKPT_REQUEST_LIST, &body, pages);
		if (result != RESULT_OK)
			return result;
		if (!page_decode_list(&pages->page[pages->count - 1], &answer) || (answer.count == 0 && !answer.end))
			return not_understood();
		for (struct wire_reader in = wire_reader_of(answer.entries); ckpt_list_entry_next(&in, &entry);)
			request = (struct ckpt_list_request){.started = true, .after = entry.checkpoint};
	} while (!answer.end);
	return RESULT_OK;
}

/* All sections, page by page. *snapshot: nothing was changed in between. */
static uint32_t dump_fetch_once(struct ipc_client *client, struct bytes name, struct pages *pages, bool *snapshot)
{
	struct ckpt_dump_request request = {.name = name, .size_max = DUMP_PAGE_SIZE};
	struct ckpt_dump_answer answer = {0};
	struct position changed = {0};

	*snapshot = true;
	do {
		struct wire_writer body = {0};
		struct ckpt_dump_section section;

		ckpt_dump_request_encode(&body, &request);
		const uint32_t result = page_fetch(client, CKPT_REQUEST_DUMP, &body, pages);
		if (result != RESULT_OK)
			return result;
		if (!page_decode_dump(&pages->page[pages->count - 1], &answer) || (answer.count == 0 && !answer.end))
			return not_understood();
		if (pages->count > 1 && !position_equal(changed, answer.changed))
			*snapshot = false;
		changed = answer.changed;
		request.by_identity = true;
		request.checkpoint = answer.checkpoint;
		for (struct wire_reader in = wire_reader_of(answer.sections); ckpt_dump_section_next(&in, &section);) {
			request.started = true;
			request.after = section.id;
		}
	} while (!answer.end);
	return RESULT_OK;
}

uint32_t dump_fetch(struct ipc_client *client, struct bytes name, struct pages *pages, bool *snapshot)
{
	for (unsigned try = 1;; try++) {
		const uint32_t result = dump_fetch_once(client, name, pages, snapshot);

		if (result != RESULT_OK || *snapshot || try == DUMP_TRIES)
			return result;
		pages_clear(pages);
	}
}

uint32_t content_fetch(struct ipc_client *client, struct identity checkpoint, struct bytes id, struct wire_writer *answer,
                       struct bytes *content)
{
	struct wire_writer body = {0};

	ckpt_fetch_request_encode(&body, &(struct ckpt_fetch_request){.checkpoint = checkpoint, .id = id});
	uint32_t result = body.failed ? RESULT_NO_MEMORY : ais_call(client, CKPT_REQUEST_FETCH, wire_writer_bytes(&body), answer);
	wire_writer_clear(&body);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(answer));
	if (result == RESULT_OK) {
		*content = wire_get_bytes(&in, CKPT_SECTION_SIZE_MAX);
		if (!wire_finish(&in))
			result = not_understood();
	}
	return result;
}

bool page_is_current(struct ipc_client *client, const struct ckpt_dump_answer *page)
{
	const struct ckpt_dump_request request = {.by_identity = true, .checkpoint = page->checkpoint, .size_max = 0};
	struct wire_writer body = {0}, answer = {0};
	struct ckpt_dump_answer now;

	ckpt_dump_request_encode(&body, &request);
	const bool same = ais_call(client, CKPT_REQUEST_DUMP, wire_writer_bytes(&body), &answer) == RESULT_OK &&
	                  page_decode_dump(&answer, &now) && position_equal(now.changed, page->changed);
	wire_writer_clear(&body);
	wire_writer_clear(&answer);
	return same;
}

bool entry_find(const struct pages *pages, struct bytes name, struct ckpt_list_entry *entry)
{
	struct ckpt_list_answer answer;

	for (size_t i = 0; i < pages->count && page_decode_list(&pages->page[i], &answer); i++) {
		for (struct wire_reader in = wire_reader_of(answer.entries); ckpt_list_entry_next(&in, entry);) {
			if (!entry->unlinked && bytes_equal(entry->name, name))
				return true;
		}
	}
	return false;
}
