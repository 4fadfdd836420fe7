/* See cluster.h. Order across nodes comes from the driver's own calls, never from clocks. */
#include "conformance/suite/cluster.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const double whole_seconds = 60, change_seconds = 60;

SaAisErrorT agent_code(const char *answer)
{
	return (SaAisErrorT)strtol(answer, NULL, 10);
}

struct transition transition_of(struct cluster *cluster, const char *answer)
{
	struct transition transition = {0};
	unsigned long long view, initial;
	int used = 0;

	if (sscanf(answer, "%*d %llu %u %d%n", &view, &transition.members, &transition.error, &used) < 3)
		test_fail(cluster->test, "no notification in '%s'", answer);
	transition.view = view;
	snprintf(transition.text, sizeof transition.text, "%s", strchr(answer, ' ') + 1);
	for (const char *at = answer + used; transition.count < CLUSTER_NODES_MAX * 2; at += used) {
		struct transition_entry *entry = &transition.entries[transition.count];
		if (sscanf(at, " %u:%d:%d:%llu:%*s%n", &entry->node, &entry->change, &entry->member, &initial, &used) < 4)
			break;
		entry->initial = initial;
		transition.count++;
	}
	return transition;
}

int transition_find(const struct transition *transition, uint32_t node)
{
	for (uint32_t i = 0; i < transition->count; i++)
		if (transition->entries[i].node == node)
			return (int)i;
	return -1;
}

struct transition transition_await(struct cluster *cluster, struct agent *agent, unsigned slot, uint32_t node, int change)
{
	const int64_t until = now_ns() + test_limit_ns(cluster->test, change_seconds);

	while (now_ns() < until) {
		const char *answer = agent_call(agent, "clm.wait %u 5000", slot);
		if (agent_code(answer) != SA_AIS_OK)
			continue;
		const struct transition transition = transition_of(cluster, answer);
		const int at = transition_find(&transition, node);
		if (at >= 0 && transition.entries[at].change == change)
			return transition;
	}
	test_fail(cluster->test, "no transition in which node %u is told with change %d", node, change);
}

struct agent *cluster_agent(struct cluster *cluster, uint32_t node)
{
	if (cluster->agents[node] == NULL)
		cluster->agents[node] = agent_start(cluster->test, node);
	return cluster->agents[node];
}

static bool cluster_is_whole(struct cluster *cluster, struct transition *now)
{
	const bool is_new = cluster->agents[1] == NULL;
	struct agent *observer = cluster_agent(cluster, 1);

	if (is_new)
		test_code(cluster->test, agent_code(agent_call(observer, "clm.open %d", CLUSTER_SLOT)), SA_AIS_OK, "saClmInitialize on node 1");
	const char *answer = agent_call(observer, "clm.current %d 0", CLUSTER_SLOT);

	if (agent_code(answer) != SA_AIS_OK)
		return false;
	*now = transition_of(cluster, answer);
	return now->members == cluster->nodes;
}

void cluster_whole(struct cluster *cluster)
{
	const int64_t until = now_ns() + test_limit_ns(cluster->test, whole_seconds);
	struct transition now;

	while (!cluster_is_whole(cluster, &now)) {
		if (now_ns() >= until)
			test_fail(cluster->test, "the cluster does not become whole");
		test_sleep(cluster->test, 0.2);
	}
}

/* A test that failed half way may have left a node down. */
static void cluster_repair(struct cluster *cluster, const struct transition *now)
{
	char node[20];

	control_run(cluster->test, "heal", "");
	for (uint32_t i = 1; i <= cluster->nodes; i++) {
		snprintf(node, sizeof node, "%u", i);
		if (transition_find(now, i) < 0)
			control_run(cluster->test, "start", node);
	}
}

struct cluster cluster_begin(struct test *test)
{
	struct cluster cluster = {.test = test, .nodes = test->options->nodes};
	struct transition now = {0};

	if (!cluster_is_whole(&cluster, &now) && test->options->node_control != NULL)
		cluster_repair(&cluster, &now);
	cluster_whole(&cluster);
	return cluster;
}

void cluster_node_down(struct cluster *cluster, const char *verb, uint32_t node)
{
	char text[20];

	snprintf(text, sizeof text, "%u", node);
	control(cluster->test, verb, text);
	if (cluster->agents[node] != NULL)
		agent_abandon(cluster->agents[node]); /* not before: its end alone would be a process's, which the node would tell of */
	cluster->agents[node] = NULL;
}

void cluster_node_back(struct cluster *cluster, uint32_t node)
{
	char text[20];

	snprintf(text, sizeof text, "%u", node);
	control(cluster->test, "start", text);
}

void cluster_node_up(struct cluster *cluster, uint32_t node)
{
	cluster_node_back(cluster, node);
	cluster_whole(cluster); /* else the next assertion may find a node 1 that does not serve yet */
}

void agent_expect(struct cluster *cluster, uint32_t node, SaAisErrorT wanted, const char *format, ...)
{
	char call[2000];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(call, sizeof call, format, arguments);
	va_end(arguments);
	test_code(cluster->test, agent_code(agent_call(cluster_agent(cluster, node), "%s", call)), wanted, "node %u: %.200s", node, call);
}

const char *agent_insist(struct cluster *cluster, uint32_t node, SaAisErrorT wanted, const char *format, ...)
{
	const int64_t until = now_ns() + test_limit_ns(cluster->test, change_seconds);
	char call[2000];
	const char *answer;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(call, sizeof call, format, arguments);
	va_end(arguments);
	for (;;) {
		answer = agent_call(cluster_agent(cluster, node), "%s", call);
		const SaAisErrorT code = agent_code(answer);
		if ((code != SA_AIS_ERR_TRY_AGAIN && code != SA_AIS_ERR_TIMEOUT) || now_ns() >= until)
			break;
		test_sleep(cluster->test, 0.1);
	}
	test_code(cluster->test, agent_code(answer), wanted, "node %u: %.200s", node, call);
	const char *rest = strchr(answer, ' ');
	return rest == NULL ? "" : rest + 1;
}
