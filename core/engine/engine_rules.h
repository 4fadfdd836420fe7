/* The rules of PROTOCOL by the names of its last column. Tests switch one off (config.rules_off, bit n) to show that a checker sees
 * it missing; a daemon never does. Rules that the group keeps stand here too, so that one list names them all. */
#ifndef AISLE_ENGINE_RULES_H
#define AISLE_ENGINE_RULES_H

#include <stdint.h>

enum engine_rule {
	RULE_LINEAGE_BEFORE_SIZE,          /* R6 */
	RULE_GROUP_BY_STATE,               /* R6 */
	RULE_ANSWER_NOT_AT_VIEW,           /* R14 */
	RULE_BARRIER_END_STABLE,           /* R10 */
	RULE_VIEW_TAG,                     /* R1 */
	RULE_STAMP_WHEN_COMPLETE,          /* R9 */
	RULE_LOST_IS_NO_LINEAGE,           /* R7 */
	RULE_MAJORITY_STAMPED,             /* R10 */
	RULE_NO_ADOPT_IN_NONPRIMARY,       /* R7 */
	RULE_APPLY_BEFORE_TOKEN,           /* R13: the group's */
	RULE_LEASE,                        /* R16 */
	RULE_LEASE_FROM_FORWARD,           /* R16: the group's */
	RULE_OWED_RELEASE,                 /* R15 */
	RULE_LOSERS_LOCKS_RELEASED,        /* R18 */
	RULE_MEMORYLESS_VIEW_WAITS,        /* R8 */
	RULE_IDENTITY_RING_ID,             /* R3 */
	RULE_CONTENT_NEEDS_COMPLETE,       /* R19 */
	RULE_CATCHUP_ANEW,                 /* R21 */
	RULE_COPY_NAMES_REQUEST,           /* R21 */
	RULE_REASK_OVER_BOUND,             /* R21 */
	RULE_DECIDED_ONLY_IF_CONTENT_KEPT, /* R14 */
	RULE_RELEASE_WAIT,                 /* R16 */
	RULE_PARTS_OF_ONE_VIEW,            /* R1 */
	RULE_REASK_HALVES,                 /* R21 */
	RULE_COUNTED_PER_SERVICE,          /* R10 */
	RULE_FENCED_FIRST,                 /* R20 */
	RULE_OPERATING_VERSION,            /* DESIGN, mechanism 5 */
	RULE_LOSER_KEEPS_OLD,              /* R19 */
	RULE_OLDER_IS_LOSS,                /* R19 */
	RULE_NEWEST_OLDER,                 /* R19 */
	RULE_VOTES_ORDERED,                /* R11 */
	RULE_RECLAIM,                      /* R17 */
	RULE_LATE_VIEW_KEEPS_NO_LOCK,      /* R18 */
	RULE_COPY_WITHOUT_GAP,             /* R21 */
	RULE_COUNT,
};

extern const char *const engine_rule_names[RULE_COUNT];

static inline uint64_t engine_rule_bit(enum engine_rule rule)
{
	return UINT64_C(1) << rule;
}

#endif
