/* The `ckpt` world: real Totem, real engine, real CKPT on every node, one client a node that writes, reads, creates and is killed with its
 * node. Each change carries a token; a token is a place in a section of its own (or a section of its own), so that a state shows which
 * changes it holds, and a checker can say which are missing. */
#ifndef AISLE_CONFORMANCE_CKPT_WORLD_H
#define AISLE_CONFORMANCE_CKPT_WORLD_H

#include "ais/ckpt/ckpt_service.h"
#include "ais/ckpt/ckpt_state.h"
#include "conformance/sim/sim_course.h"
#include "conformance/sim/sim_stack.h"
#include "core/engine/engine_internal.h"

enum {
	CKPT_WORLD_KEYS = 4,      /* pairs of sections that are always written together */
	CKPT_WORLD_TOKENS = 512,  /* the first is 1 */
	CKPT_WORLD_SLOT = 16,     /* bytes of a token's place */
	CKPT_WORLD_READS = 1024,
	CKPT_WORLD_DIGESTS = 1 << 16,
	CKPT_WORLD_ROLES = 512,
};

struct token_set {
	uint64_t words[CKPT_WORLD_TOKENS / 64];
};

static inline bool token_in(const struct token_set *set, size_t token)
{
	return (set->words[token / 64] >> token % 64 & 1) != 0;
}

static inline void token_add(struct token_set *set, size_t token)
{
	set->words[token / 64] |= UINT64_C(1) << token % 64;
}

static inline void token_remove(struct token_set *set, size_t token)
{
	set->words[token / 64] &= ~(UINT64_C(1) << token % 64);
}

enum token_kind {
	TOKEN_WRITE,    /* a vector over a key's two sections */
	TOKEN_HALF,     /* the same, but its second section does not exist: it must be refused, and leave nothing */
	TOKEN_CREATE,   /* a section of its own */
	TOKEN_EXPIRING, /* the same, for a while */
	TOKEN_OVERWRITE, /* of the section of an answered TOKEN_CREATE, which nobody else changes */
	TOKEN_DELETE,    /* the same: it is gone */
	TOKEN_EXPIRY,    /* the same: it is to go at a given time */
	TOKEN_UNLINK,    /* the checkpoint "aside" has no name any more */
	TOKEN_RETENTION, /* its retention duration is this one's, or a later one's */
};

struct token {
	enum token_kind kind;
	unsigned key;
	int64_t expiry_ns;     /* true time; 0: never */
	size_t of;                  /* TOKEN_OVERWRITE, TOKEN_DELETE, TOKEN_EXPIRY: whose section */
	struct identity checkpoint; /* TOKEN_DELETE: where it is gone, since one that was created anew never had it; of the directory: which */
	bool answered_ok;           /* TOKEN_CREATE */
	bool taken;                 /* TOKEN_CREATE: its section is overwritten, deleted, or given a time */
	bool deleted;               /* TOKEN_CREATE: somebody asked for it, so it may be gone at any time */
	size_t answered_at;    /* OK: how many tokens there were then; the later ones were asked for behind it. 0: not */
	uint64_t answered_seq; /* of the ring in which it was answered, or read; 0: neither */
	struct position since; /* active: the beginning of the role under which it was */
	uint64_t active_seq;   /* active: of the ring in which it was last */
};

/* A role of the active replica that began where another ended, with nothing lost in between. */
struct role {
	struct position since, before;
};

struct read_asked {
	unsigned key;
	uint32_t node;
	struct token_set must_see;
};

struct world_ckpt {
	struct sim *sim;
	const struct sim_options *options;
	struct service_engine service; /* CKPT's table, or a mutant of it */
	struct totem_config totem;
	struct sim_course course;
	bool quorum;
	bool overwrites; /* clients overwrite, delete and give a time to what was created */
	bool aside;      /* clients open, close and unlink another checkpoint, which is kept for 0 to 2 s */
	bool deep;       /* catch-up goes in many small steps, and is interrupted at any of them, while clients of the joiners write */
	bool eager; /* clients of a node that takes content over read before all is there */
	uint32_t nodes;
	uint32_t wrong_clock; /* the node whose clock is; 0: none */
	bool wrong_clock_kept; /* it was a view's time keeper once: in a view with one holder of the state there is nobody else */
	size_t range_size;
	uint32_t digest_interval; /* operations between two comparisons; 0: as always, so none in most seeds */
	uint64_t rules_off;
	unsigned readers_unchecked; /* of a mutant; enum image_check */
	uint64_t readers_chance;
	uint64_t lives; /* numbers clients and incarnations */
	struct token tokens[CKPT_WORLD_TOKENS];
	size_t token_count;
	struct token_set promised, read_promised;
	uint32_t creation_flags; /* of the checkpoint */
	bool went_apart;         /* without quorum required two parts went on: what either answered may be taken back */
	uint64_t replicas;       /* as configured; 0: on all nodes */
	struct token_set active; /* answered or read at the active replica: kept as long as that is */
	struct role roles[CKPT_WORLD_ROLES];
	size_t role_count;
	bool roles_unknown; /* there were too many */
	struct read_asked reads[CKPT_WORLD_READS];
	size_t read_count;
	struct {
		uint64_t key, value;
	} digests[CKPT_WORLD_DIGESTS];
	size_t digest_count;
	struct {
		uint64_t answered, refused, timeouts, reads, mapped, elsewhere, joins, views;
	} counts;
};

/* Of what the directory alone shows, which an active replica has no say in. */
static inline bool token_of_directory(const struct world_ckpt *world, size_t token)
{
	return world->tokens[token].kind >= TOKEN_UNLINK;
}

struct ckpt_node {
	struct sim_stack stack;
	struct world_ckpt *world;
	uint64_t client;
	uint64_t call, open, open_call; /* open: 0: not yet */
	uint64_t active_call;           /* the last that asked for the active role */
	size_t active_reads;            /* how many reads there were when its replica last was the active one */
	size_t open_token, open_read; /* how many tokens and reads there were when it was opened */
	uint64_t aside_open, aside_call; /* the same of "aside"; what opens it; 0: none */
	uint64_t retention_call;         /* under way, sets its retention; 0: none */
	uint64_t retention_open;         /* and the open that it names */
	bool made;                      /* its sections were created, or found */
	unsigned outstanding;
	struct image image; /* what its readers have mapped; base NULL: nothing */
	uint64_t synchronize_call;          /* 0: none is on its way */
	struct token_set synchronize_must;  /* what it is to make safe */
	struct position was_since;
	struct ring_id configuration; /* the last, transitional or regular */
	bool was_current, was_complete, was_ended, was_lost;
	struct ring_id was_ring;
};

struct ckpt_node *member_of(const struct world_ckpt *world, uint32_t node); /* NULL: does not run */
struct service *member_service(const struct ckpt_node *member);
bool member_current(const struct ckpt_node *member); /* its state is its view's */
void state_tokens(const struct world_ckpt *world, const struct ckpt_state *state, bool lacking_counts, struct token_set *set);
void state_names(const struct world_ckpt *world, const struct ckpt_state *state, struct token_set *set); /* what the directory alone shows */
const struct checkpoint *world_checkpoint(const struct ckpt_node *member); /* NULL: it does not exist */
bool world_active_here(const struct ckpt_node *member);                     /* its replica is the active one, as it knows */
void section_name(char text[24], const char *kind, size_t number);

/* readers.c: who reads the nodes' memory. */
void readers_call(void *context, uint64_t argument); /* of sim_call(); goes on by itself */
void readers_stored(struct sim_stack *stack);

/* Checkers, one a promise. */
void check_ckpt_promised(struct world_ckpt *world, struct ckpt_node *member, size_t token);  /* an OK leaves */
void check_ckpt_active_answered(struct world_ckpt *world, struct ckpt_node *member); /* every member knows who is active */
void check_ckpt_read(struct world_ckpt *world, struct ckpt_node *member, const struct read_asked *read, struct bytes first,
                     struct bytes second);
void check_ckpt_serving(struct world_ckpt *world, struct ckpt_node *member, const char *where); /* no answered write is lost */
void check_ckpt_synchronized(struct world_ckpt *world, struct ckpt_node *member); /* what was answered before is safe */
void check_ckpt_role(struct world_ckpt *world, struct ckpt_node *member); /* an operation was applied: it may have moved the role */
void check_ckpt_lost(struct world_ckpt *world, const struct ckpt_node *member); /* R19: what is lost nobody has */
void check_ckpt_kept(struct world_ckpt *world, const struct ckpt_node *member); /* but for crashes nothing answered is let go */
void check_ckpt_crashed(struct world_ckpt *world, const struct ckpt_node *crashed);
void check_ckpt_applied(struct world_ckpt *world, struct ckpt_node *member, struct position position); /* equal digests */
void check_ckpt_bounded(struct world_ckpt *world, const struct ckpt_node *member); /* R21: what is kept beside a copy on its way */
void check_ckpt_whole(struct world_ckpt *world, struct ckpt_node *member); /* half of a vector never; a refused one not at all */
void check_ckpt_unopened(struct world_ckpt *world, const struct ckpt_node *member); /* what nobody has open is gone in time */
void check_ckpt_at_rest(struct world_ckpt *world); /* equal bytes, opens are those of living clients, nobody waits */

#endif
