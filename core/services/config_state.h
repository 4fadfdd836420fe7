/* A reload of the configuration as a transaction, pure. At most one is open. It is decided in the total order: by the vote of the last member
 * that was in the view when it was proposed (every file is good: it is made on all), by the first vote that is not good, by a withdrawal, or
 * by a view change (on none). Whoever voted is answered then, like the one who asked; and as an answer leaves a node only when it is stable,
 * no node makes a change that another has not decided too. */
#ifndef AISLE_CONFIG_STATE_H
#define AISLE_CONFIG_STATE_H

#include "core/base/effects.h"
#include "core/services/config_messages.h"

enum { CONFIG_MEMBERS_MAX = 128 };

struct config_voter {
	uint32_t node;
	struct requester requester;
};

struct config_state {
	uint32_t members[CONFIG_MEMBERS_MAX]; /* of the view, ascending */
	uint32_t member_count;
	bool is_open;
	struct position transaction;
	struct requester asker;
	struct config_voter voters[CONFIG_MEMBERS_MAX]; /* who found its file good, in the order of their votes */
	uint32_t voter_count;
	struct position decided; /* the last transaction that was made */
	uint64_t decided_count;
};

void config_state_apply(struct config_state *state, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects);
void config_state_view(struct config_state *state, const uint32_t *members, size_t count, struct effects *effects);
uint64_t config_state_digest(const struct config_state *state);
void config_state_encode(const struct config_state *state, struct wire_writer *out);
bool config_state_decode(struct config_state *state, struct wire_reader *in);
bool config_state_has_voted(const struct config_state *state, uint32_t node);

#endif
