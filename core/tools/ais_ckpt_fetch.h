/* Checkpoints as this daemon has them in memory, fetched page by page. Called by what is under `ais ckpt`. */
#ifndef AISLE_TOOLS_AIS_CKPT_FETCH_H
#define AISLE_TOOLS_AIS_CKPT_FETCH_H

#include "ais/ckpt/ckpt_messages.h"

struct ipc_client;

/* The answers as they came: entries are views into them. All zero is valid and empty. */
struct pages {
	struct wire_writer *page;
	size_t count, capacity;
};

void pages_clear(struct pages *pages);
bool page_decode_list(const struct wire_writer *page, struct ckpt_list_answer *answer);
bool page_decode_dump(const struct wire_writer *page, struct ckpt_dump_answer *answer);

/* Both complain about what goes wrong; NOT_EXIST is the caller's. */
uint32_t list_fetch(struct ipc_client *client, struct pages *pages);
/* All sections. *snapshot: nothing was changed while they were fetched. */
uint32_t dump_fetch(struct ipc_client *client, struct bytes name, struct pages *pages, bool *snapshot);
/* The content of a section that a page of a dump lacks, from a node that has it: a view into the answer. Complains about nothing. */
uint32_t content_fetch(struct ipc_client *client, struct identity checkpoint, struct bytes id, struct wire_writer *answer,
                       struct bytes *content);
/* Nothing was changed since that page of a dump was answered. */
bool page_is_current(struct ipc_client *client, const struct ckpt_dump_answer *page);
/* The linked checkpoint of that name in the pages of a list. */
bool entry_find(const struct pages *pages, struct bytes name, struct ckpt_list_entry *entry);

#endif
