/* Pieces that messages of CKPT are put together of. For ckpt_messages.c, ckpt_requests.c, ckpt_operations.c and ckpt_operator_messages.c
 * alone. */
#ifndef AISLE_CKPT_MESSAGE_PARTS_H
#define AISLE_CKPT_MESSAGE_PARTS_H

#include "ckpt_messages.h"

struct bytes ckpt_name_decode(struct wire_reader *in); /* not empty */
struct bytes ckpt_id_decode(struct wire_reader *in);

void ckpt_run_encode(struct wire_writer *out, uint32_t count, struct bytes entries);
/* The rest of the message: exactly `count` entries. What is handed on has been walked once, so that its readers need not check again. */
struct bytes ckpt_run_decode(struct wire_reader *in, uint32_t *count, size_t entry_size_min, uint32_t count_max,
                             void (*skip)(struct wire_reader *in));
void ckpt_element_skip(struct wire_reader *in);
void ckpt_read_element_skip(struct wire_reader *in);

#endif
