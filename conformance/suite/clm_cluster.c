/* CLM assertions that need several nodes. The node that comes and goes is the last one; node 1 looks on. */
#include "conformance/suite/cluster.h"

#include <string.h>

#include "conformance/suite/assertions.h"
#include "saClm.h"

enum { TRACKER = 1 };

static struct cluster with_tracker(struct test *test, int flags)
{
	struct cluster cluster = cluster_begin(test);

	agent_expect(&cluster, 1, SA_AIS_OK, "clm.open %d", TRACKER);
	agent_expect(&cluster, 1, SA_AIS_OK, "clm.track %d %d", TRACKER, flags);
	return cluster;
}

static struct transition left(struct cluster *cluster)
{
	cluster_node_down(cluster, "stop", cluster->nodes);
	return transition_await(cluster, cluster_agent(cluster, 1), TRACKER, cluster->nodes, SA_CLM_NODE_LEFT);
}

static struct transition joined(struct cluster *cluster)
{
	cluster_node_up(cluster, cluster->nodes);
	return transition_await(cluster, cluster_agent(cluster, 1), TRACKER, cluster->nodes, SA_CLM_NODE_JOINED);
}

static void small_array(struct test *test, bool untouched)
{
	struct cluster cluster = cluster_begin(test);
	unsigned count = 0;
	int code = 0, same = 0;

	agent_expect(&cluster, 1, SA_AIS_OK, "clm.open %d", TRACKER);
	const char *answer = agent_call(cluster_agent(&cluster, 1), "clm.small %d 1", TRACKER);
	test_equal(test, (uint64_t)sscanf(answer, "%d %u %d", &code, &count, &same), 3, "words answered");
	test_code(test, (SaAisErrorT)code, SA_AIS_ERR_NO_SPACE, "CURRENT with an array of one");
	test_equal(test, count, cluster.nodes, "numberOfItems");
	if (untouched)
		test_true(test, same == 1, "the array is unchanged");
}

void CLM_012(struct test *test)
{
	small_array(test, false);
}

void CLM_013(struct test *test)
{
	small_array(test, true);
}

/* Members all, each once, the last node with this change and the others with none. */
static void lists_all(struct cluster *cluster, const struct transition *told, uint32_t items, int change)
{
	test_equal(cluster->test, told->count, items, "numberOfItems");
	for (uint32_t node = 1; node <= cluster->nodes; node++) {
		const int at = transition_find(told, node);
		test_true(cluster->test, at >= 0, "node %u is listed", node);
		test_equal(cluster->test, (uint64_t)told->entries[at].change, (uint64_t)(node == cluster->nodes ? change : SA_CLM_NODE_NO_CHANGE),
		           "its change");
		test_true(cluster->test, told->entries[at].member == (told->entries[at].change != SA_CLM_NODE_LEFT), "its member is %d",
		          told->entries[at].member);
	}
}

void CLM_036(struct test *test)
{
	struct cluster cluster = with_tracker(test, SA_TRACK_CHANGES);

	left(&cluster);
	const struct transition told = joined(&cluster);
	test_equal(test, told.members, cluster.nodes, "numberOfMembers");
	lists_all(&cluster, &told, cluster.nodes, SA_CLM_NODE_JOINED);
}

void CLM_037(struct test *test)
{
	struct cluster cluster = with_tracker(test, SA_TRACK_CHANGES);
	const struct transition told = left(&cluster);

	lists_all(&cluster, &told, cluster.nodes, SA_CLM_NODE_LEFT);
	cluster_node_up(&cluster, cluster.nodes);
}

void CLM_038(struct test *test)
{
	struct cluster cluster = with_tracker(test, SA_TRACK_CHANGES);
	const struct transition told = left(&cluster);

	test_equal(test, told.members, cluster.nodes - 1, "numberOfMembers");
	test_equal(test, told.count, told.members + 1, "numberOfItems");
	cluster_node_up(&cluster, cluster.nodes);
}

static void lists_only(struct cluster *cluster, const struct transition *told)
{
	test_equal(cluster->test, told->count, 1, "numberOfItems");
	test_equal(cluster->test, told->entries[0].node, cluster->nodes, "the node");
}

void CLM_039(struct test *test)
{
	struct cluster cluster = with_tracker(test, SA_TRACK_CHANGES_ONLY);

	left(&cluster);
	const struct transition told = joined(&cluster);
	lists_only(&cluster, &told);
}

void CLM_040(struct test *test)
{
	struct cluster cluster = with_tracker(test, SA_TRACK_CHANGES_ONLY);
	const struct transition told = left(&cluster);

	lists_only(&cluster, &told);
	cluster_node_up(&cluster, cluster.nodes);
}

/* The next callback is of another node's leaving: one of the first's coming back could not show it. */
void CLM_041(struct test *test)
{
	struct cluster cluster = with_tracker(test, SA_TRACK_CHANGES);
	const uint32_t first = cluster.nodes, second = cluster.nodes - 1;

	left(&cluster);
	cluster_node_down(&cluster, "stop", second);
	const struct transition told = transition_await(&cluster, cluster_agent(&cluster, 1), TRACKER, second, SA_CLM_NODE_LEFT);
	test_equal(test, told.members, cluster.nodes - 2, "numberOfMembers");
	test_equal(test, told.count, told.members + 1, "numberOfItems");
	test_true(test, transition_find(&told, first) < 0, "node %u, told before as left, is not listed again", first);
	cluster_node_back(&cluster, second);
	cluster_node_up(&cluster, first);
}

/* The stopped tracker's silence is held against another process that was told. */
void CLM_042(struct test *test)
{
	struct cluster cluster = with_tracker(test, SA_TRACK_CHANGES);
	struct agent *other = agent_start(test, 1);

	test_code(test, agent_code(agent_call(other, "clm.open 0")), SA_AIS_OK, "saClmInitialize in another process");
	test_code(test, agent_code(agent_call(other, "clm.track 0 %d", SA_TRACK_CHANGES)), SA_AIS_OK, "saClmClusterTrack there");
	agent_expect(&cluster, 1, SA_AIS_OK, "clm.stop %d", TRACKER);
	cluster_node_down(&cluster, "stop", cluster.nodes);
	transition_await(&cluster, other, 0, cluster.nodes, SA_CLM_NODE_LEFT);
	agent_expect(&cluster, 1, SA_AIS_ERR_TIMEOUT, "clm.wait %d 500", TRACKER);
	cluster_node_up(&cluster, cluster.nodes);
}

void CLM_043(struct test *test)
{
	struct cluster cluster = with_tracker(test, SA_TRACK_CHANGES);

	cluster_node_down(&cluster, "stop", cluster.nodes);
	agent_expect(&cluster, 1, SA_AIS_OK, "clm.pending %d 30000", TRACKER);
	agent_expect(&cluster, 1, SA_AIS_OK, "clm.stop %d", TRACKER);
	agent_expect(&cluster, 1, SA_AIS_ERR_TIMEOUT, "clm.wait %d 500", TRACKER);
	cluster_node_up(&cluster, cluster.nodes);
}

void CLM_044(struct test *test)
{
	struct cluster cluster = with_tracker(test, SA_TRACK_CHANGES);
	const struct transition first = left(&cluster), second = joined(&cluster);

	test_true(test, second.view > first.view || (second.view == 0 && first.view == 0), "view %llu follows view %llu",
	          (unsigned long long)second.view, (unsigned long long)first.view);
}

/* Whole: error, names, addresses and boot times too. */
static void told_alike(struct cluster *cluster, const struct transition *one, const struct transition *other)
{
	test_code(cluster->test, (SaAisErrorT)one->error, SA_AIS_OK, "the callback's error");
	test_equal(cluster->test, other->view, one->view, "viewNumber");
	test_true(cluster->test, strcmp(one->text, other->text) == 0, "told '%s' and '%s'", one->text, other->text);
}

void CLM_045(struct test *test)
{
	struct cluster cluster = with_tracker(test, SA_TRACK_CHANGES);

	agent_expect(&cluster, 2, SA_AIS_OK, "clm.open %d", TRACKER);
	agent_expect(&cluster, 2, SA_AIS_OK, "clm.track %d %d", TRACKER, SA_TRACK_CHANGES);
	const struct transition one = left(&cluster);
	const struct transition other = transition_await(&cluster, cluster_agent(&cluster, 2), TRACKER, cluster.nodes, SA_CLM_NODE_LEFT);
	told_alike(&cluster, &one, &other);
	cluster_node_up(&cluster, cluster.nodes);
}

void CLM_046(struct test *test)
{
	struct cluster cluster = with_tracker(test, SA_TRACK_CHANGES);
	struct agent *other = agent_start(test, 1);

	test_code(test, agent_code(agent_call(other, "clm.open 0")), SA_AIS_OK, "saClmInitialize in another process");
	test_code(test, agent_code(agent_call(other, "clm.track 0 %d", SA_TRACK_CHANGES)), SA_AIS_OK, "saClmClusterTrack there");
	const struct transition one = left(&cluster);
	const struct transition same = transition_await(&cluster, other, 0, cluster.nodes, SA_CLM_NODE_LEFT);
	told_alike(&cluster, &one, &same);
	cluster_node_up(&cluster, cluster.nodes);
}

void CLM_047(struct test *test)
{
	struct cluster cluster = with_tracker(test, SA_TRACK_CHANGES);

	left(&cluster);
	const struct transition told = joined(&cluster);
	const int late = transition_find(&told, cluster.nodes), early = transition_find(&told, 1);
	test_true(test, late >= 0 && early >= 0, "both are listed");
	test_true(test, told.entries[early].initial < told.entries[late].initial || told.view == 0, "initialViewNumber %llu of node 1, %llu of node %u",
	          (unsigned long long)told.entries[early].initial, (unsigned long long)told.entries[late].initial, cluster.nodes);
}

void CLM_048(struct test *test)
{
	struct cluster cluster = with_tracker(test, SA_TRACK_CHANGES);
	const struct transition all = left(&cluster);

	lists_all(&cluster, &all, cluster.nodes, SA_CLM_NODE_LEFT);
	agent_expect(&cluster, 1, SA_AIS_OK, "clm.track %d %d", TRACKER, SA_TRACK_CHANGES_ONLY);
	const struct transition only = joined(&cluster);
	lists_only(&cluster, &only);
}

/* Many begin to track one after the other while the node leaves: each was answered without it, or is told. */
static void no_gap_while_a_node_leaves(struct cluster *cluster)
{
	unsigned trackers = 0, with = 0, gaps = 0;
	int code = 0;

	agent_send(cluster_agent(cluster, 1), "clm.gap %u 30000", cluster->nodes);
	cluster_node_down(cluster, "stop", cluster->nodes);
	const char *answer = agent_answer(cluster_agent(cluster, 1));
	test_equal(cluster->test, (uint64_t)sscanf(answer, "%d %u %u %u", &code, &trackers, &with, &gaps), 4, "words answered");
	test_code(cluster->test, (SaAisErrorT)code, SA_AIS_OK, "CURRENT+CHANGES while the node leaves");
	test_true(cluster->test, with > 0, "%u of %u trackers were answered that it is a member", with, trackers);
	test_equal(cluster->test, gaps, 0, "of these were not told first that it left");
	cluster_node_up(cluster, cluster->nodes);
}

void CLM_049(struct test *test)
{
	struct cluster cluster = cluster_begin(test);

	agent_expect(&cluster, 1, SA_AIS_OK, "clm.open %d", TRACKER);
	const char *answer = agent_call(cluster_agent(&cluster, 1), "clm.current %d %d", TRACKER, SA_TRACK_CHANGES);
	test_code(test, agent_code(answer), SA_AIS_OK, "CURRENT+CHANGES");
	const struct transition now = transition_of(&cluster, answer);
	cluster_node_down(&cluster, "stop", cluster.nodes);
	answer = agent_call(cluster_agent(&cluster, 1), "clm.wait %d 30000", TRACKER);
	test_code(test, agent_code(answer), SA_AIS_OK, "the first callback");
	const struct transition first = transition_of(&cluster, answer);
	test_true(test, first.view > now.view || now.view == 0, "it is of view %llu, the answer was of %llu", (unsigned long long)first.view,
	          (unsigned long long)now.view);
	for (uint32_t i = 0; i < now.count; i++)
		test_true(test, transition_find(&first, now.entries[i].node) >= 0, "node %u is accounted for", now.entries[i].node);
	cluster_node_up(&cluster, cluster.nodes);
	no_gap_while_a_node_leaves(&cluster);
}

void CLM_068(struct test *test)
{
	struct cluster cluster = with_tracker(test, SA_TRACK_CHANGES);
	int code = 0, member = -1;
	unsigned node;

	left(&cluster);
	const char *answer = agent_call(cluster_agent(&cluster, 1), "clm.get %d %u", TRACKER, cluster.nodes);
	test_equal(test, (uint64_t)sscanf(answer, "%d %u %d", &code, &node, &member), 3, "words answered");
	test_code_either(test, (SaAisErrorT)code, SA_AIS_ERR_INVALID_PARAM, SA_AIS_OK, "saClmClusterNodeGet of a node that left");
	if (code == SA_AIS_OK)
		test_equal(test, (uint64_t)member, SA_FALSE, "member");
	cluster_node_up(&cluster, cluster.nodes);
}
