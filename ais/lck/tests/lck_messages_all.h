/* Every message of LCK with a sample of it, and a way through its decoder and back: for the unit tests and the fuzz target. */
#ifndef AISLE_LCK_MESSAGES_ALL_H
#define AISLE_LCK_MESSAGES_ALL_H

#include "ais/lck/lck_messages.h"

struct lck_message_kind {
	const char *name;
	void (*sample)(struct wire_writer *out);
	bool (*again)(struct wire_reader *in, struct wire_writer *out); /* decodes and writes what was understood; false: refused */
};

extern const struct lck_message_kind lck_message_kinds[];
extern const size_t lck_message_kind_count;

#endif
