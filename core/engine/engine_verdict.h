/* The verdict of a barrier: a pure function of the claims, so that all members reach the same one (R6 to R8). */
#ifndef AISLE_ENGINE_VERDICT_H
#define AISLE_ENGINE_VERDICT_H

#include "core/engine/engine_messages.h"

struct verdict {
	bool winner[ENGINE_MEMBERS_MAX]; /* by the claim's index */
	size_t winner_count;
	size_t reference;           /* the winner with the lowest id: its facts are the view's */
	struct ring_id lineage;     /* the highest; none: nobody remembers anything */
	bool quorum_required;
	uint32_t expected_votes;
	bool expected_ordered;      /* R11: it is part of the winners' state */
	uint32_t device_votes;
	bool quorate;               /* the members are a majority of the expected votes (or quorum is not required) */
	bool full;                  /* the winners have a complete replica of every service's content */
	bool primary;               /* may decide and stamp */
	bool serving;               /* the gate may open */
	uint16_t version;
	size_t keeper;              /* index of the view's time keeper */
};

/* `claims` ascend by node id; count is 1 to ENGINE_MEMBERS_MAX. */
/* Whose state of one service the view takes: the winners that announce it. Where none does, those of the highest lineage among the others
 * that do, which hold the same of it: they were the majority that last answered for it, or have its state from them. */
struct verdict_service {
	bool source[ENGINE_MEMBERS_MAX]; /* by the claim's index */
	bool complete;                   /* one of them has all its content */
	size_t keeper;                   /* whose clock keeps its time; SIZE_MAX: nobody announces it */
};

void engine_verdict_service(const struct claim *claims, size_t count, const struct verdict *verdict, uint16_t id,
                            struct verdict_service *service);

/* In whose format the view speaks of the service: of those whose state is taken, as most of them do, then as the lowest id does. The claim's
 * index; SIZE_MAX: nobody announces it. */
size_t engine_verdict_speaker(const struct claim *claims, size_t count, const struct verdict_service *service, uint16_t id);

/* With these votes of a device: quorate; and primary, as every node is there and the device has the rest of the votes (R7). */
bool engine_verdict_complete(const struct claim *claims, size_t count, const struct verdict *verdict, uint32_t device_votes);
bool engine_verdict_quorate(const struct verdict *verdict, size_t count, uint32_t device_votes);
void engine_verdict(const struct claim *claims, size_t count, uint64_t rules_off, struct verdict *verdict);

#endif
