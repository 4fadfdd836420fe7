/* The toy's box: what clients open and close. It comes to be with the first open, goes with the last close, and is named by the operation that
 * made it, so that a client which was apart finds its own again, or learns that it is gone (R17). */
#ifndef AISLE_CONFORMANCE_ENGINE_TOY_BOX_H
#define AISLE_CONFORMANCE_ENGINE_TOY_BOX_H

#include "core/engine/service.h"

enum { TOY_OPENERS_MAX = 16 };

struct toy_box {
	struct identity identity; /* none: nobody has it open */
	struct requester openers[TOY_OPENERS_MAX];
	uint32_t count;
};

bool toy_box_open(struct toy_box *box, const struct at *at, struct requester opener); /* false: too many have it open */
void toy_box_close(struct toy_box *box, struct requester opener); /* call 0: whatever that client opened */
bool toy_box_reclaim(struct toy_box *box, struct identity identity, struct requester opener); /* false: it is not that one any more */
/* Who departed, restarted or owes has nothing open; a loser keeps what it has until it re-claims. */
void toy_box_view(struct toy_box *box, const struct service_view *view);
uint64_t toy_box_digest(uint64_t digest, const struct toy_box *box);
void toy_box_encode(struct wire_writer *out, const struct toy_box *box);
void toy_box_decode(struct wire_reader *in, struct toy_box *box);

#endif
