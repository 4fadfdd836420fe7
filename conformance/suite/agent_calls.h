/* The calls that an agent knows: a word, arguments, and one line of answer that begins with a code of the standard as a number (1: OK). */
#ifndef AISLE_SUITE_AGENT_CALLS_H
#define AISLE_SUITE_AGENT_CALLS_H

#include "conformance/suite/suite.h"

enum { AGENT_WORDS_MAX = 16, AGENT_SLOTS = 16 };

struct agent_state;
struct agent_state *agent_state_new(struct test *test);
void agent_state_call(struct agent_state *state, char **words, size_t count, FILE *answer);

#endif
