/* What tests on several nodes share: a whole cluster to begin with, an agent a node, faults, and the transitions that agents were told. */
#ifndef AISLE_SUITE_CLUSTER_H
#define AISLE_SUITE_CLUSTER_H

#include "conformance/suite/suite.h"

enum { CLUSTER_NODES_MAX = 64, CLUSTER_SLOT = 15, TRANSITION_TEXT_MAX = 12000 };

struct cluster {
	struct test *test;
	uint32_t nodes; /* 1 to nodes */
	struct agent *agents[CLUSTER_NODES_MAX + 1];
};

struct transition_entry {
	uint32_t node;
	int change, member;
	uint64_t initial;
};

struct transition {
	uint64_t view;
	uint32_t members, count;
	int error;
	struct transition_entry entries[CLUSTER_NODES_MAX * 2];
	char text[TRANSITION_TEXT_MAX]; /* all that was told, as the agent wrote it */
};

/* All nodes up and members, whatever the test before has left; the agent of node 1 runs. */
struct cluster cluster_begin(struct test *test);
struct agent *cluster_agent(struct cluster *cluster, uint32_t node); /* starts it if need be */
/* Waits until all nodes are members again: a node that is told so serves. */
void cluster_whole(struct cluster *cluster);
/* The agent of the node is gone then. */
void cluster_node_down(struct cluster *cluster, const char *verb, uint32_t node);
void cluster_node_back(struct cluster *cluster, uint32_t node); /* others may still be down */
void cluster_node_up(struct cluster *cluster, uint32_t node); /* and whole: no other is down */

SaAisErrorT agent_code(const char *answer);
void agent_expect(struct cluster *cluster, uint32_t node, SaAisErrorT wanted, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The same, asked again while it is TRY_AGAIN or TIMEOUT: for the time around a failure. Returns what follows the code. */
const char *agent_insist(struct cluster *cluster, uint32_t node, SaAisErrorT wanted, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

struct transition transition_of(struct cluster *cluster, const char *answer);
/* The next transition of the tracker in which `node` has become `change`; those before it are passed over. */
struct transition transition_await(struct cluster *cluster, struct agent *agent, unsigned slot, uint32_t node, int change);
/* The node's entry in it, -1: none. */
int transition_find(const struct transition *transition, uint32_t node);

#endif
