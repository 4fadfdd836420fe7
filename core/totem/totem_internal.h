/* The machine's inside: one context, and what its files offer each other. Also included by the simulator's checkers, which look but do
 * not touch. */
#ifndef AISLE_TOTEM_INTERNAL_H
#define AISLE_TOTEM_INTERNAL_H

#include "core/totem/totem_flow.h"
#include "core/totem/totem_outputs.h"
#include "core/totem/totem_pack.h"
#include "core/totem/totem_packets.h"
#include "core/totem/totem_window.h"

enum totem_state {
	TOTEM_NEW,
	TOTEM_STARTING, /* the sequence of the first ring is being stored */
	TOTEM_OPERATIONAL,
	TOTEM_GATHER,
	TOTEM_COMMIT,
	TOTEM_RECOVERY,
	TOTEM_LEAVING,
	TOTEM_LEFT,
};

enum totem_timer {
	TOTEM_TIMER_TOKEN_LOSS,
	TOTEM_TIMER_TOKEN_RETRANSMIT,
	TOTEM_TIMER_JOIN,
	TOTEM_TIMER_CONSENSUS,
	TOTEM_TIMER_MERGE,
	TOTEM_TIMER_HOLD,
	TOTEM_TIMER_SEND_JOIN,
	TOTEM_TIMER_LEAVE,
	TOTEM_TIMER_YIELD,
	TOTEM_TIMER_COUNT,
};

/* Why Gather was entered: the numbers that tools know (sheet §14). */
enum totem_gather_reason {
	TOTEM_GATHER_CONSENSUS_TIMEOUT = 0,
	TOTEM_GATHER_TOKEN_LOST = 2,
	TOTEM_GATHER_CONSENSUS_EXPIRED = 3,
	TOTEM_GATHER_COMMIT_LOST = 4,
	TOTEM_GATHER_RECOVERY_LOST = 5,
	TOTEM_GATHER_FAIL_TO_RECEIVE = 6,
	TOTEM_GATHER_FOREIGN_OPERATIONAL = 7,
	TOTEM_GATHER_FOREIGN_GATHER = 8,
	TOTEM_GATHER_MERGE_OPERATIONAL = 9,
	TOTEM_GATHER_MERGE_GATHER = 10,
	TOTEM_GATHER_JOIN_MERGED = 11,
	TOTEM_GATHER_JOIN_OPERATIONAL = 12,
	TOTEM_GATHER_JOIN_COMMIT = 13,
	TOTEM_GATHER_JOIN_RECOVERY = 14,
};

/* Mutations that can be switched on, bit n of totem_config.mutations: those of the sheet's §19 by its numbers, from 51 on our own. */
enum totem_mutation {
	TOTEM_MUTATION_DELIVER_AT_RECEIPT = 1,
	TOTEM_MUTATION_SAFE_ONE_VISIT = 2,
	TOTEM_MUTATION_ARU_FORGETS_OWN = 3,
	TOTEM_MUTATION_ARU_ID_KEPT = 4,
	TOTEM_MUTATION_TOKEN_SEQ_EQUAL = 5,
	TOTEM_MUTATION_RING_SEQ_REUSED = 6,
	TOTEM_MUTATION_NEW_SEQ_MAX = 7,
	TOTEM_MUTATION_TRANSITIONAL_BY_NAME = 8,
	TOTEM_MUTATION_OBLIGATION_SKIPPED = 9,
	TOTEM_MUTATION_OLD_STATE_OVERWRITTEN = 10,
	TOTEM_MUTATION_TRANSITIONAL_EARLY = 11,
	TOTEM_MUTATION_GAP_PASSED = 12,
	TOTEM_MUTATION_OWN_DROPPED = 13,
	TOTEM_MUTATION_INSTALL_EARLY = 14,
	TOTEM_MUTATION_SEND_IN_RECOVERY = 15,
	TOTEM_MUTATION_CONSENSUS_BY_PROC = 16,
	TOTEM_MUTATION_STALE_JOINS = 17,
	TOTEM_MUTATION_FAIL_CLEARED = 18,
	TOTEM_MUTATION_RELEASE_AT_ARU = 19,
	TOTEM_MUTATION_FCC_KEPT = 22,
	TOTEM_MUTATION_LEVELS_MIXED = 24,
	TOTEM_MUTATION_HIGH_DELIVERED_IGNORED = 31,
	TOTEM_MUTATION_NO_HOLD_CANCEL = 33,
	TOTEM_MUTATION_LEAVE_DROPPED = 34,
	TOTEM_MUTATION_NO_LOSS_IN_COMMIT = 35,
	TOTEM_MUTATION_STABLE_ONE_VISIT = 36,
	TOTEM_MUTATION_ARU_RAISED_BY_ANYONE = 37,
	TOTEM_MUTATION_RECEIVED_KEPT = 38,
	TOTEM_MUTATION_RECEIVED_BY_GAP = 39,
	TOTEM_MUTATION_RECEIVED_MIXED = 40,
	TOTEM_MUTATION_STRAYS_ACCEPTED = 41,
	TOTEM_MUTATION_SEND_WHILE_INSTALLING = 42,
	TOTEM_MUTATION_CUT_BY_OWN_LINE = 43,
	TOTEM_MUTATION_RECOVERED_DROPPED = 44,
	TOTEM_MUTATION_FAIL_CLEARED_AFTER_COMMIT = 45,
	TOTEM_MUTATION_EFFECT_BEFORE_DUPLICATE_CHECK = 46,
	TOTEM_MUTATION_FIRST_PASS_STARTS = 47,
	TOTEM_MUTATION_HOLD_EARLY = 48,
	TOTEM_MUTATION_OWN_JOIN_IGNORED = 50,
	TOTEM_MUTATION_NO_ROOM_TO_WRAP = 51,
	TOTEM_MUTATION_REQUESTS_UNLOOKED = 52,
	TOTEM_MUTATION_WINDOW_UNSHARED = 53,
	TOTEM_MUTATION_VISIT_UNBOUNDED = 54,
	TOTEM_MUTATION_FULL_LINE_OWN = 55,
	TOTEM_MUTATION_DUPLICATE_MOVES_LINE = 56,
	TOTEM_MUTATION_TRANSITIONAL_OWN_ONLY = 57,
};

/* One ring: its members, its packets and what its token told. */
struct totem_ring {
	struct ring_id id;
	struct node_set members;
	uint64_t boots[TOTEM_NODES_MAX]; /* by member index */
	uint32_t successor, predecessor;
	struct totem_window window;
	uint64_t aru;       /* my_aru: all up to there is held */
	uint64_t delivered; /* high_delivered */
	uint64_t stable;    /* S of §4a */
	uint64_t forwarded_aru; /* F of the last visit */
	uint32_t visits;
	uint64_t token_seq; /* of the last token accepted */
	uint64_t seq;       /* highest that a token announced */
	uint64_t own_from;  /* own packets of this visit are above it */
	uint32_t others_visits; /* visits since something other than this node's bulk went */
	int64_t forwarded_ns; /* when the token was last forwarded; 0: never */
	bool forwarded;
	uint64_t idle_seq;  /* the token's seq at the last visit */
	uint32_t idle_visits;
	bool stable_before; /* all was stable at the end of the previous visit */
	uint64_t stuck_aru;
	uint32_t stuck_visits;
	int64_t stuck_since_ns;
	uint32_t round;
	struct totem_flow flow;
	uint64_t complete_seq; /* the last delivered packet that completed a message, 0: none, and the message's index */
	uint32_t complete_index;
	struct position stable_told;
	struct totem_assembly assemblies[TOTEM_NODES_MAX]; /* by member index */
};

struct totem_lazy_timer {
	bool set, armed;
	int64_t due_ns, armed_ns; /* armed may be earlier than due: it is looked at again then */
	bool forgiven;            /* restarted once after a stall of our own */
};

struct totem_recovery {
	struct node_set transitional;
	uint64_t high_delivered, full_line;
	uint64_t next;       /* first old seq that may still have to be sent */
	uint64_t entry_aru;
	bool flag_is_mine;   /* this node raised retrans_flg */
	uint32_t clean_visits;
	uint32_t ready_visits;
	bool install_known;
	uint64_t install_seq;
	uint32_t visits;
	bool started;        /* representative: the regular token is under way */
};

enum { TOTEM_ABANDONED_MAX = 16 };

/* A node with which rounds keep failing (totem_yield.c). */
struct totem_strikes {
	uint32_t node, count;
	uint32_t backoff_ms; /* of the last time; 0: not yet */
};

struct totem {
	struct totem_config config;
	enum totem_state state;
	uint64_t boot;
	uint64_t parameters;
	size_t payload_max;

	/* of the step */
	int64_t now_ns;
	uint64_t random;
	struct totem_outputs *outputs;

	uint64_t ring_seq;      /* highest of a ring this node committed to */
	uint64_t ring_seq_seen; /* highest in any Join */
	uint64_t storing_seq;   /* 0: nothing is being stored */
	struct totem_ring *installed;
	struct totem_ring *forming; /* Commit and Recovery */
	struct ring_id abandoned[TOTEM_ABANDONED_MAX]; /* attempts that were not installed, latest first */

	struct node_set proc, fail, consensus;
	bool consensus_reached;
	struct node_set leavers; /* said LEAVE since the last installation */
	struct totem_commit commit;
	struct totem_recovery recovery;
	struct ring_id received; /* §6; none: not */
	struct node_set obligation;
	uint32_t gather_count; /* since the last installation */
	struct node_set heard; /* sent a Join in this round */
	struct totem_strikes strikes[TOTEM_NODES_MAX];
	size_t strikes_count;
	bool yielding; /* alone on purpose, until the timer */

	struct totem_buffer *saved; /* the token sent last, for retransmission */
	uint32_t saved_to;
	uint64_t saved_seq;
	bool holding;
	struct totem_token held;
	bool hold_cancelled; /* said HOLD CANCEL since the last token */

	struct totem_lazy_timer timers[TOTEM_TIMER_COUNT];
	struct totem_queue queue;
	bool writable_wanted;
	uint32_t leave_repeats;
	uint64_t twin_boot; /* last other incarnation seen under our own id */
	bool mismatch_logged, foreign_logged;
	bool fresh;

	/* counters (§14) */
	uint64_t packets_malformed, packets_foreign, packets_corrupted, packets_dropped, tokens_duplicate;
	uint64_t operational_entered, gather_entered, commit_entered, recovery_entered, token_lost, data_sent, data_resent;
};

static inline bool totem_mutated(const struct totem *totem, enum totem_mutation mutation)
{
	return totem->config.mutations >> mutation & 1;
}

/* totem_config.c */
bool totem_config_valid(const struct totem_config *config);

/* totem.c */
void totem_timer_start(struct totem *totem, enum totem_timer timer, int64_t after_ms);
void totem_timer_stop(struct totem *totem, enum totem_timer timer);
void totem_fresh_end(struct totem *totem);
/* An empty packet of that type and size, header written; the writer stands behind it. NULL: no memory. */
struct totem_buffer *totem_packet_begin(struct totem *totem, enum totem_packet_type type, size_t size, struct wire_writer *out);
void totem_packet_end(struct totem_buffer *packet);

/* totem_ring.c: the token, order, retransmission */
struct totem_ring *totem_ring_new(const struct totem *totem, struct ring_id id, const struct node_set *members);
void totem_ring_free(struct totem_ring *ring);
bool totem_ring_store(struct totem *totem, struct totem_ring *ring, const struct totem_data *data, struct totem_buffer *packet);
void totem_on_token(struct totem *totem, const struct totem_header *header, struct totem_token *token);
void totem_on_hold_cancel(struct totem *totem, struct ring_id ring);
void totem_on_work(struct totem *totem); /* something was queued */
void totem_token_visit(struct totem *totem, struct totem_ring *ring, struct totem_token *token);
void totem_hold_end(struct totem *totem);
void totem_token_save(struct totem *totem, struct totem_buffer *packet, uint32_t to, uint64_t seq);
void totem_token_forget(struct totem *totem);
void totem_token_resend(struct totem *totem);

/* totem_deliver.c: delivery, stability, the transition at installation */
void totem_deliver(struct totem *totem, struct totem_ring *ring, uint64_t up_to);
void totem_stable_tell(struct totem *totem, struct totem_ring *ring, uint64_t line);
void totem_transition(struct totem *totem, struct totem_ring *old, const struct totem_ring *new_ring);

/* totem_membership.c: gather, consensus */
void totem_gather(struct totem *totem, enum totem_gather_reason reason);
void totem_on_join(struct totem *totem, const struct totem_header *header, const struct totem_join *join);
void totem_on_foreign(struct totem *totem, uint32_t sender, struct ring_id ring, bool merge_detect);
void totem_on_consensus_timeout(struct totem *totem);
void totem_on_token_loss(struct totem *totem);
void totem_join_send(struct totem *totem, bool leave);

/* totem_yield.c: who gives way when two nodes cannot be in one ring */
void totem_yield_silent(struct totem *totem, const struct node_set *silent);
void totem_yield_excluded(struct totem *totem, uint32_t by);
void totem_yield_due(struct totem *totem); /* if it is: all others are in the fail set then, and the caller begins Gather again */
void totem_yield_deaf(struct totem *totem);
void totem_yield_over(struct totem *totem);
void totem_yield_forget(struct totem *totem, const struct node_set *members);

/* totem_recovery.c: commit, exchange, installation */
void totem_commit_create(struct totem *totem, const struct node_set *members);
void totem_on_commit(struct totem *totem, const struct totem_header *header, const struct totem_commit *commit);
void totem_on_stored(struct totem *totem, uint64_t ring_seq);
void totem_attempt_abandon(struct totem *totem);
uint32_t totem_recovery_waiting(struct totem *totem);
uint32_t totem_recovery_send(struct totem *totem, struct totem_ring *ring, struct totem_token *token, uint32_t allowance);
bool totem_recovery_count(struct totem *totem, struct totem_ring *ring, struct totem_token *token); /* true: install */
void totem_recovery_data(struct totem *totem, const struct totem_data *data, struct bytes packet);
void totem_install(struct totem *totem);
void totem_install_first(struct totem *totem);

#endif
