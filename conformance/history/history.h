/* A history: what clients asked and were told, read from the text that ais-history(1) documents, and the models that judge one key of it.
 * Not here: reporting, and the search for a small reason (shrink.h). Called by ais-history, its tests and its fuzzer. */
#ifndef AISLE_HISTORY_H
#define AISLE_HISTORY_H

#include <stdio.h>

#include "core/base/hash.h"

enum {
	HISTORY_FORMAT = 1,
	HISTORY_WORD_MAX = 255,    /* bytes of a client, key or value */
	HISTORY_OUTCOME_OK = 0,    /* the first answer of every kind of operation; what follows is the model's */
	HISTORY_OUTCOME_REFUSED = 254,
	HISTORY_OUTCOME_UNKNOWN = 255, /* it may have happened, at any time from the call on, or not */
	HISTORY_NONE = 0,          /* no name */
};

/* Words by number, from 1 on. All zero is valid and empty. */
struct history_names {
	struct hash_table table;
	struct history_name **name;
	size_t count, capacity;
};

struct history_operation {
	int64_t called_ns;
	int64_t answered_ns; /* INT64_MAX: no answer was written down */
	uint32_t client;
	uint32_t key;          /* HISTORY_NONE: it is of all keys */
	uint32_t value;        /* what is to be written; HISTORY_NONE */
	uint32_t answer_value; /* what was read; HISTORY_NONE */
	uint32_t file, line;   /* of the call; `file` indexes history.file_names */
	uint8_t kind;          /* indexes the model's kinds */
	uint8_t outcome;       /* indexes the kind's answers, or one of the two above */
};

struct history_answer {
	const char *name;
	bool takes_value;
};

struct history_kind {
	const char *name;
	bool takes_value;
	struct history_answer answers[4]; /* ends with a NULL name; `refused` and `unknown` are everyone's */
	bool of_all; /* it takes no key: every key's case has it */
};

enum history_verdict {
	HISTORY_EXPLAINED,
	HISTORY_VIOLATED,
	HISTORY_TOO_LARGE, /* more orders at one time than this judge follows */
	HISTORY_NO_MEMORY,
};

/* Operations of one key in order of their calls. `weak[i]` (weak may be NULL): operation i is taken as one that may or may not have
 * happened, in its time, and told nothing. That only ever allows more, so what is still violated has its reason in the others. */
struct history_case {
	const struct history_operation *const *operations;
	const bool *weak;
	size_t count;
	size_t value_count; /* values are below it */
	const struct history_operation *const *of_all; /* those of all keys; they are never weak */
	size_t of_all_count;
};

struct history_model {
	const char *name;
	const struct history_kind *kinds;
	size_t kind_count;
	/* Is there an order of the operations, each between its call and its answer, that explains all answers? *blamed: where it was noticed. */
	enum history_verdict (*judge)(const struct history_case *this, size_t *blamed);
	/* In words, for a case whose weak operations play no part: the kind of violation, and a sentence about it. */
	const char *(*explain)(const struct history_case *this, char *sentence, size_t size, const struct history_names *values,
	                       const struct history_names *clients);
};

extern const struct history_model history_register, history_asynchronous;

struct history {
	const struct history_model *model; /* NULL: nothing was read */
	struct history_names clients, keys, values;
	struct history_operation *operations;
	size_t count, capacity;
	struct history_client *client; /* indexed by its name */
	size_t client_capacity;
	const char **file_names;
	size_t file_count;
};

/* Adds one file; `name` must live as long as the history. false: `problem` says where, what, and what was expected. */
bool history_read(struct history *history, FILE *file, const char *name, char *problem, size_t problem_size);
/* By key, those of all keys first, then by call. To be called once, after everything was read. */
void history_sort(struct history *history);
void history_clear(struct history *history);

const char *history_name_text(const struct history_names *names, uint32_t number); /* "" for HISTORY_NONE */
/* `ok`, `refused`, ... */
const char *history_outcome_text(const struct history_model *model, const struct history_operation *operation);

/* Marks operations weak as long as the case stays violated: what is left strict is a reason of which nothing can be left out. `weak` has
 * `count` entries, all false at first. The work is bounded; false: memory ran out. */
bool history_shrink(const struct history_model *model, const struct history_case *whole, bool *weak);

#endif
