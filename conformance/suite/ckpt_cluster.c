/* CKPT assertions that need several nodes. A node that dies is the last one, so that the others go on where quorum is required. */
#include "conformance/suite/cluster.h"

#include <stdlib.h>
#include <string.h>

#include "conformance/suite/assertions.h"
#include "saCkpt.h"

enum { RW = SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE, RWC = RW | SA_CKPT_CHECKPOINT_CREATE };
enum { COLLOCATED = SA_CKPT_WR_ACTIVE_REPLICA | SA_CKPT_CHECKPOINT_COLLOCATED };

struct name {
	char text[100];
};

static struct name name(const struct test *test)
{
	struct name name;

	snprintf(name.text, sizeof name.text, "suite-%s-%s", test->options->run, test->assertion->id);
	return name;
}

/* In slot 0 of the node's agent. */
static void creates(struct cluster *cluster, uint32_t node, int flags, int retention_ms)
{
	agent_insist(cluster, node, SA_AIS_OK, "ckpt.open 0 %s %d %d %d", name(cluster->test).text, flags, retention_ms, RWC);
}

static void opens(struct cluster *cluster, uint32_t node)
{
	agent_insist(cluster, node, SA_AIS_OK, "ckpt.open 0 %s 0 0 %d", name(cluster->test).text, RW);
}

static void reads(struct cluster *cluster, uint32_t node, const char *section, const char *wanted)
{
	const char *data = agent_insist(cluster, node, SA_AIS_OK, "ckpt.read 0 %s", section);

	test_true(cluster->test, strcmp(data, wanted) == 0, "node %u reads '%s', expected '%s'", node, data, wanted);
}

void CKPT_133(struct test *test)
{
	struct cluster cluster = cluster_begin(test);

	creates(&cluster, 1, COLLOCATED, 0);
	agent_expect(&cluster, 1, SA_AIS_OK, "ckpt.active 0");
	agent_expect(&cluster, 1, SA_AIS_OK, "ckpt.create 0 s from-1");
	opens(&cluster, 2);
	reads(&cluster, 2, "s", "from-1");
	agent_expect(&cluster, 2, SA_AIS_OK, "ckpt.overwrite 0 s from-2");
	reads(&cluster, 1, "s", "from-2");
	reads(&cluster, 2, "s", "from-2");
}

void CKPT_134(struct test *test)
{
	struct cluster cluster = cluster_begin(test);

	creates(&cluster, 1, COLLOCATED, 0);
	agent_expect(&cluster, 1, SA_AIS_OK, "ckpt.active 0");
	agent_expect(&cluster, 1, SA_AIS_OK, "ckpt.create 0 s first");
	opens(&cluster, 2);
	agent_expect(&cluster, 1, SA_AIS_OK, "ckpt.overwrite 0 s second");
	agent_expect(&cluster, 2, SA_AIS_OK, "ckpt.active 0");
	reads(&cluster, 2, "s", "second");
	agent_expect(&cluster, 1, SA_AIS_OK, "ckpt.overwrite 0 s third");
	reads(&cluster, 2, "s", "third");
	reads(&cluster, 1, "s", "third");
}

void CKPT_135(struct test *test)
{
	struct cluster cluster = cluster_begin(test);

	creates(&cluster, cluster.nodes, COLLOCATED, 0);
	agent_expect(&cluster, cluster.nodes, SA_AIS_OK, "ckpt.active 0");
	agent_expect(&cluster, cluster.nodes, SA_AIS_OK, "ckpt.create 0 s kept");
	opens(&cluster, 1);
	opens(&cluster, 2);
	reads(&cluster, 1, "s", "kept");
	reads(&cluster, 2, "s", "kept");
	cluster_node_down(&cluster, "kill", cluster.nodes);
	for (uint32_t node = 1; node <= 2; node++) {
		const int64_t until = now_ns() + test_limit_ns(test, 30);
		while (agent_code(agent_call(cluster_agent(&cluster, node), "ckpt.read 0 s")) != SA_AIS_ERR_NOT_EXIST && now_ns() < until)
			test_sleep(test, 0.1); /* until the death is known */
		agent_expect(&cluster, node, SA_AIS_ERR_NOT_EXIST, "ckpt.read 0 s");
		agent_insist(&cluster, node, SA_AIS_ERR_NOT_EXIST, "ckpt.overwrite 0 s lost");
	}
	agent_insist(&cluster, 1, SA_AIS_OK, "ckpt.active 0");
	reads(&cluster, 1, "s", "kept");
	reads(&cluster, 2, "s", "kept");
	cluster_node_up(&cluster, cluster.nodes);
}

void CKPT_136(struct test *test)
{
	struct cluster cluster = cluster_begin(test);
	char data[20];

	creates(&cluster, 1, SA_CKPT_WR_ALL_REPLICAS, 0);
	agent_expect(&cluster, 1, SA_AIS_OK, "ckpt.create 0 s 0000");
	opens(&cluster, 2);
	for (int i = 1; i <= 50; i++) {
		snprintf(data, sizeof data, "%04d", i);
		agent_insist(&cluster, 1, SA_AIS_OK, "ckpt.write 0 s %s", data);
		reads(&cluster, 2, "s", data);
	}
}

/* A collocated one: where it was opened after it was written there is a replica too (S 3.1.3, 3.5.1). In slot 1. */
static void near_begins(struct cluster *cluster)
{
	const struct name own = name(cluster->test);

	agent_insist(cluster, cluster->nodes, SA_AIS_OK, "ckpt.open 1 %s-near %d 0 %d", own.text,
	             SA_CKPT_WR_ALL_REPLICAS | SA_CKPT_CHECKPOINT_COLLOCATED, RWC);
	agent_expect(cluster, cluster->nodes, SA_AIS_OK, "ckpt.create 1 s near");
	agent_insist(cluster, 1, SA_AIS_OK, "ckpt.open 1 %s-near 0 0 %d", own.text, RW);
}

static void near_is_there(struct cluster *cluster)
{
	const char *data = agent_insist(cluster, 1, SA_AIS_OK, "ckpt.read 1 s");

	test_true(cluster->test, strcmp(data, "near") == 0, "node 1 reads '%s' of a collocated checkpoint", data);
	agent_insist(cluster, 1, SA_AIS_OK, "ckpt.overwrite 1 s changed");
}

/* CASE-075: its retention is 0, and it is open elsewhere. */
void CKPT_137(struct test *test)
{
	struct cluster cluster = cluster_begin(test);

	near_begins(&cluster);
	creates(&cluster, cluster.nodes, SA_CKPT_WR_ALL_REPLICAS, 0);
	agent_expect(&cluster, cluster.nodes, SA_AIS_OK, "ckpt.create 0 s kept");
	opens(&cluster, 1);
	reads(&cluster, 1, "s", "kept");
	cluster_node_down(&cluster, "kill", cluster.nodes);
	reads(&cluster, 1, "s", "kept");
	agent_insist(&cluster, 1, SA_AIS_OK, "ckpt.overwrite 0 s changed");
	reads(&cluster, 1, "s", "changed");
	near_is_there(&cluster);
	cluster_node_up(&cluster, cluster.nodes);
}

/* The writer's loop runs while the reader looks: the second section first, then the first, which must not be older. */
void CKPT_138(struct test *test)
{
	struct cluster cluster = cluster_begin(test);
	int rounds = 0;

	creates(&cluster, 1, SA_CKPT_WR_ALL_REPLICAS, 0);
	agent_expect(&cluster, 1, SA_AIS_OK, "ckpt.create 0 first 00000000");
	agent_expect(&cluster, 1, SA_AIS_OK, "ckpt.create 0 second 00000000");
	opens(&cluster, 2);
	agent_send(cluster_agent(&cluster, 1), "ckpt.pairs 0 300");
	for (long d2 = 0; d2 < 300 && rounds < 2000; rounds++) {
		d2 = atol(agent_insist(&cluster, 2, SA_AIS_OK, "ckpt.read 0 second"));
		const long d1 = atol(agent_insist(&cluster, 2, SA_AIS_OK, "ckpt.read 0 first"));
		test_true(test, d1 >= d2, "D2 %ld was seen, D1 is %ld", d2, d1);
	}
	test_code(test, agent_code(agent_answer(cluster_agent(&cluster, 1))), SA_AIS_OK, "the writer");
}

/* 40 sections that node 1 made are all there once node 2 has opened it; in the slot of both. */
static void open_delivers(struct cluster *cluster, unsigned slot, const char *suffix, int flags)
{
	const struct name own = name(cluster->test);
	unsigned sections = 0;

	agent_insist(cluster, 1, SA_AIS_OK, "ckpt.open %u %s%s %d 0 %d", slot, own.text, suffix, flags, RWC);
	for (int i = 0; i < 40; i++)
		agent_insist(cluster, 1, SA_AIS_OK, "ckpt.create %u s%d data-%d", slot, i, i);
	agent_insist(cluster, 2, SA_AIS_OK, "ckpt.open %u %s%s 0 0 %d", slot, own.text, suffix, RW);
	const char *status = agent_insist(cluster, 2, SA_AIS_OK, "ckpt.status %u", slot);
	test_true(cluster->test, sscanf(status, "%u", &sections) == 1 && sections == 40, "node 2 sees %u sections", sections);
	for (int i = 0; i < 40; i++) {
		char wanted[20];
		snprintf(wanted, sizeof wanted, "data-%d", i);
		const char *data = agent_insist(cluster, 2, SA_AIS_OK, "ckpt.read %u s%d", slot, i);
		test_true(cluster->test, strcmp(data, wanted) == 0, "node 2 reads '%s' of s%d, expected '%s'", data, i, wanted);
	}
}

/* Of a checkpoint that is not collocated node 2 may have had all from the start; of a collocated one the open brings it there. */
void CKPT_139(struct test *test)
{
	struct cluster cluster = cluster_begin(test);

	open_delivers(&cluster, 0, "", SA_CKPT_WR_ALL_REPLICAS);
	open_delivers(&cluster, 1, "-near", SA_CKPT_WR_ALL_REPLICAS | SA_CKPT_CHECKPOINT_COLLOCATED);
}

void CKPT_140(struct test *test)
{
	struct cluster cluster = cluster_begin(test);

	creates(&cluster, 1, SA_CKPT_WR_ALL_REPLICAS, 60000);
	opens(&cluster, 2);
	agent_insist(&cluster, 2, SA_AIS_OK, "ckpt.unlink %s", name(test).text);
	agent_insist(&cluster, 1, SA_AIS_ERR_NOT_EXIST, "ckpt.open 1 %s 0 0 %d", name(test).text, RW);
}

/* Closed on node 1 and opened on node 2 half-way through its retention; a machine that stalled for as long begins again. */
static void reopened_half_way(struct cluster *cluster, unsigned retention_ms)
{
	for (;;) {
		creates(cluster, 1, SA_CKPT_WR_ALL_REPLICAS, (int)retention_ms);
		agent_expect(cluster, 1, SA_AIS_OK, "ckpt.create 0 s kept");
		const int64_t until = now_ns() + (int64_t)retention_ms * 1000000;
		agent_expect(cluster, 1, SA_AIS_OK, "ckpt.close 0");
		test_sleep(cluster->test, retention_ms / 2000.0);
		const SaAisErrorT code = agent_code(agent_call(cluster_agent(cluster, 2), "ckpt.open 0 %s 0 0 %d", name(cluster->test).text, RW));
		if (code == SA_AIS_OK)
			return;
		test_true(cluster->test, code == SA_AIS_ERR_NOT_EXIST && now_ns() > until, "node 2 opens it: %s", code_text(code));
	}
}

/* CASE-075 (a): any open, wherever it is, stops the retention; and what one node closed another has open. */
void CKPT_141(struct test *test)
{
	struct cluster cluster = cluster_begin(test);

	reopened_half_way(&cluster, 3000);
	test_sleep(test, 6);
	reads(&cluster, 2, "s", "kept");
	agent_insist(&cluster, 2, SA_AIS_OK, "ckpt.overwrite 0 s changed");
	opens(&cluster, 1);
	agent_expect(&cluster, 2, SA_AIS_OK, "ckpt.close 0");
	test_sleep(test, 6);
	reads(&cluster, 1, "s", "changed");
}

/* CASE-075 (c): three opens on the node that dies, and one that outlives it. */
void CKPT_142(struct test *test)
{
	struct cluster cluster = cluster_begin(test);
	const int64_t until = now_ns() + test_limit_ns(test, 40);

	creates(&cluster, cluster.nodes, SA_CKPT_WR_ALL_REPLICAS, 0);
	agent_expect(&cluster, cluster.nodes, SA_AIS_OK, "ckpt.create 0 s kept");
	for (unsigned slot = 1; slot < 3; slot++)
		agent_insist(&cluster, cluster.nodes, SA_AIS_OK, "ckpt.open %u %s 0 0 %d", slot, name(test).text, RW);
	opens(&cluster, 1);
	cluster_node_down(&cluster, "kill", cluster.nodes);
	reads(&cluster, 1, "s", "kept");
	agent_insist(&cluster, 1, SA_AIS_OK, "ckpt.overwrite 0 s changed");
	agent_expect(&cluster, 1, SA_AIS_OK, "ckpt.close 0");
	for (;;) { /* each Open that still finds it holds it for a moment only */
		const SaAisErrorT code = agent_code(agent_call(cluster_agent(&cluster, 1), "ckpt.open 1 %s 0 0 %d", name(test).text, RW));
		if (code == SA_AIS_ERR_NOT_EXIST)
			break;
		test_true(test, now_ns() < until, "it is still there: %s", code_text(code));
		if (code == SA_AIS_OK)
			agent_expect(&cluster, 1, SA_AIS_OK, "ckpt.close 1");
		test_sleep(test, 0.2);
	}
	test_observe(test, "gone once the last that is alive has closed it");
	cluster_node_up(&cluster, cluster.nodes);
}
