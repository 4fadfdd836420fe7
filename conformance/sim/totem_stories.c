/* totem-stories: stories of the ring, told by real machines in the simulator's network, every packet 1 ms on its way unless a story says
 * otherwise. The form of a file is conformance/check/story.h's.
 *
 *     set KEY VALUE           of the nodes that start from here on: token, consensus, join, merge, window, messages, packet, queue, miss, idle, fail_recv, seq
 *     nodes N                 N nodes, none runs yet
 *     ring N...               starts them, untold, and waits for the ring of exactly these
 *     start N... | crash N | crash-diskless N | leave N | pause N MS
 *     crash-at N STATE        N dies when it next enters commit, recovery or operational
 *     send N SIZE [COUNT] [safe]
 *     lose KIND FROM TO [COUNT]   the next such packets are lost; double: arrive twice; keep: are copied too; 0 is anybody. Kinds: data token
 *                             join leave commit merge hold
 *     pass                    nothing is lost, doubled or kept any more
 *     replay N                what was kept arrives at N
 *     foreign N | garbage N   a merge detect of another cluster, bytes of nobody arrive at N
 *     cut A B | split N... | heal     one way; these from the rest
 *     run MS | until N...     until: exactly these are in one ring, all delivered and stable, at most 20 s
 *     tell WORD... | hide WORD...     lines that begin so; hidden at first: data token join commit merge hold stable gather: starts
 *     count | status          packets so far; what each node has
 *     again mutation N        a block of its own: the one before once more with rule N of the sheet's §19 broken; says what is told instead first */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "conformance/check/story.h"
#include "conformance/sim/sim_stack.h"
#include "conformance/sim/totem_tell.h"
#include "core/totem/totem_internal.h"

enum { RULES_MAX = 16, HIDDEN_MAX = 24, KEPT_MAX = 8, NODES_MAX = SIM_NODES_MAX, UNTIL_MS_MAX = 20000 };

static const uint64_t CLUSTER = 0x73746f7279;

enum fate { FATE_LOSE, FATE_DOUBLE, FATE_KEEP };

/* What befalls packets of a kind on their way. */
struct rule {
	enum fate fate;
	char kind[16];
	uint32_t from, to; /* 0: anybody */
	uint64_t left;
};

struct kept {
	uint8_t *data;
	size_t size;
};

struct story {
	struct sim *sim;
	FILE *trace;
	char *traced;
	size_t traced_size;
	struct totem_config config;
	struct story_text *said;
	struct rule rules[RULES_MAX];
	size_t rule_count;
	struct kept kept[KEPT_MAX];
	size_t kept_count;
	char hidden[HIDDEN_MAX][16];
	size_t hidden_count;
	enum totem_state death[NODES_MAX + 1]; /* the state on entering which a node dies */
	bool failed;                           /* a command that makes no sense */
};

/* A node: the stack first. */
struct actor {
	struct sim_stack stack;
	struct story *story;
	enum totem_state state;
};

static bool refuse(struct story *story, const char *why, const char *word)
{
	char line[STORY_LINE_MAX];

	snprintf(line, sizeof line, "error: %s: %s", why, word);
	story_text_add(story->said, line);
	story->failed = true;
	return false;
}

/* --- What is told: the simulator's trace, to the millisecond, without what is hidden. --- */

static bool is_hidden(const struct story *story, const char *text)
{
	for (size_t i = 0; i < story->hidden_count; i++) {
		const size_t size = strlen(story->hidden[i]);
		if (strncmp(text, story->hidden[i], size) == 0 && text[size] != '-')
			return true;
	}
	return false;
}

static void line_say(struct story *story, const char *line)
{
	const char *rest = strstr(line, "ms ");
	char told[STORY_LINE_MAX];

	if (rest == NULL)
		return;
	rest += strlen("ms ");
	const size_t node = strspn(rest, "0123456789");
	if (is_hidden(story, node > 0 && rest[node] == ' ' ? rest + node + 1 : rest))
		return;
	snprintf(told, sizeof told, "%6ld ms  %s", strtol(line, NULL, 10), rest);
	story_text_add(story->said, told);
}

static void trace_forget(struct story *story)
{
	fflush(story->trace);
	rewind(story->trace);
}

static void trace_say(struct story *story)
{
	fflush(story->trace);
	for (char *line = story->traced, *end; line < story->traced + story->traced_size; line = end + 1) {
		end = memchr(line, '\n', (size_t)(story->traced + story->traced_size - line));
		if (end == NULL)
			break;
		*end = '\0';
		line_say(story, line);
	}
	trace_forget(story);
}

/* --- The nodes. --- */

static struct actor *actor_of(struct sim_stack *stack)
{
	return container_of(stack, struct actor, stack);
}

static void on_packet_out(struct sim_stack *stack, uint32_t to, struct bytes packet)
{
	sim_trace(stack->sim, stack->node, "%s", totem_tell_packet(packet, CLUSTER, to).text);
}

static void on_group_event(struct sim_stack *stack, const struct group_event *event)
{
	if (event->kind != GROUP_EVENT_FRESH)
		sim_trace(stack->sim, stack->node, "%s", totem_tell_event(event).text);
}

static void death(void *context, uint64_t node)
{
	struct sim *sim = context;

	if (sim_node_runs(sim, (uint32_t)node))
		sim_node_crash(sim, (uint32_t)node, false);
}

static void on_stepped(struct sim_stack *stack)
{
	struct actor *actor = actor_of(stack);
	struct story *story = actor->story;
	const enum totem_state state = stack->group.totem->state;

	if (state != actor->state && state == story->death[stack->node]) {
		story->death[stack->node] = TOTEM_NEW;
		sim_call(stack->sim, 0, death, stack->sim, stack->node);
	}
	actor->state = state;
}

static const struct sim_stack_hooks hooks = {.packet_out = on_packet_out, .group_event = on_group_event, .stepped = on_stepped};

static void *actor_start(struct sim *sim, uint32_t node)
{
	struct story *story = sim_context(sim);
	struct actor *actor = calloc(1, sizeof(*actor));

	if (actor == NULL)
		abort();
	actor->story = story;
	sim_stack_init(&actor->stack, sim, node, &story->config, &hooks);
	sim_stack_start(&actor->stack, sim_stack_stored_or_guess(sim, node, sim_now(sim) > 0));
	return actor;
}

static void actor_stop(void *instance)
{
	struct actor *actor = instance;

	sim_stack_clear(&actor->stack);
	free(actor);
}

static bool is_of_kind(struct bytes packet, const char *kind)
{
	return strncmp(totem_tell_packet(packet, CLUSTER, 0).text, kind, strlen(kind)) == 0;
}

static struct rule *rule_find(struct story *story, uint32_t from, uint32_t to, struct bytes packet)
{
	for (size_t i = 0; i < story->rule_count; i++) {
		struct rule *rule = &story->rules[i];
		if (rule->left > 0 && (rule->from == 0 || rule->from == from) && (rule->to == 0 || rule->to == to) && is_of_kind(packet, rule->kind))
			return rule;
	}
	return NULL;
}

static void packet_keep(struct story *story, struct bytes packet)
{
	struct kept *kept = &story->kept[story->kept_count];

	if (story->kept_count == KEPT_MAX)
		return;
	kept->data = malloc(packet.size);
	if (kept->data == NULL)
		abort();
	memcpy(kept->data, packet.data, packet.size);
	kept->size = packet.size;
	story->kept_count++;
}

static void actor_packet(void *instance, uint32_t from, struct bytes packet)
{
	struct actor *actor = instance;
	struct story *story = actor->story;
	struct rule *rule = rule_find(story, from, actor->stack.node, packet);

	if (rule != NULL) {
		static const char *const words[] = {[FATE_LOSE] = "loses", [FATE_DOUBLE] = "gets twice", [FATE_KEEP] = "gets, and a copy is kept,"};
		rule->left--;
		sim_trace(story->sim, actor->stack.node, "%s from %" PRIu32 ": %s", words[rule->fate], from,
		          totem_tell_packet(packet, CLUSTER, actor->stack.node).text);
		if (rule->fate == FATE_LOSE)
			return;
		if (rule->fate == FATE_KEEP)
			packet_keep(story, packet);
		else
			sim_stack_packet(instance, from, packet);
	}
	sim_stack_packet(instance, from, packet);
}

static const struct sim_program program = {
	.start = actor_start, .stop = actor_stop, .packet = actor_packet, .timer = sim_stack_timer, .stored = sim_stack_stored,
};

static void story_stop(struct story *story)
{
	if (story->sim == NULL)
		return;
	sim_stop_all(story->sim);
	sim_free(story->sim);
	story->sim = NULL;
	fclose(story->trace);
	free(story->traced);
	for (size_t i = 0; i < story->kept_count; i++)
		free(story->kept[i].data);
}

/* --- Commands. --- */

static bool on_set(struct story *story, char **words, size_t count)
{
	struct totem_config *config = &story->config;
	const struct {
		const char *name;
		uint32_t *value;
	} keys[] = {
		{"token", &config->token_ms}, {"consensus", &config->consensus_ms}, {"join", &config->join_ms}, {"merge", &config->merge_ms},
		{"window", &config->window_size}, {"messages", &config->messages_max}, {"packet", &config->packet_size_max},
		{"queue", &config->queue_size_max}, {"miss", &config->miss_count}, {"idle", &config->seqno_unchanged_rotations},
		{"fail_recv", &config->fail_recv_rotations},
	};

	if (count != 3)
		return refuse(story, "key and value", words[0]);
	const uint64_t value = strtoull(words[2], NULL, 0);
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		if (strcmp(keys[i].name, words[1]) != 0)
			continue;
		*keys[i].value = (uint32_t)value;
		return true;
	}
	if (strcmp(words[1], "seq") == 0)
		config->seq_start = value;
	else
		return refuse(story, "no such key", words[1]);
	return true;
}

static bool on_nodes(struct story *story, char **words, size_t count)
{
	const int nodes = count == 2 ? atoi(words[1]) : 0;

	if (nodes < 1 || nodes > NODES_MAX || story->sim != NULL)
		return refuse(story, "how many nodes, once", words[0]);
	totem_config_derive(&story->config);
	story->trace = open_memstream(&story->traced, &story->traced_size);
	if (story->trace == NULL)
		abort();
	story->sim = sim_new(1, story->trace);
	sim_context_set(story->sim, story);
	sim_network(story->sim)->delay_min_ns = sim_network(story->sim)->delay_max_ns = SIM_MS;
	sim_network(story->sim)->store_max_ns = SIM_MS;
	for (uint32_t node = SIM_NODE_FIRST; node < SIM_NODE_FIRST + (uint32_t)nodes; node++)
		sim_node_add(story->sim, node, &program);
	return true;
}

static bool node_parse(struct story *story, const char *word, uint32_t *node)
{
	*node = (uint32_t)atoi(word);
	if (*node >= SIM_NODE_FIRST && *node < SIM_NODE_FIRST + sim_node_count(story->sim))
		return true;
	return refuse(story, "no such node", word);
}

static bool nodes_parse(struct story *story, char **words, size_t count, struct node_set *nodes)
{
	nodes->count = 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t node;
		if (!node_parse(story, words[i], &node))
			return false;
		node_set_add(nodes, node);
	}
	return true;
}

static const struct totem *totem_of(const struct story *story, uint32_t node)
{
	const struct actor *actor = sim_node_instance(story->sim, node);

	return actor == NULL ? NULL : actor->stack.group.totem;
}

static bool in_one_ring(const struct story *story, const struct node_set *nodes)
{
	const struct totem_ring *first = NULL;

	for (size_t i = 0; i < nodes->count; i++) {
		const struct totem *totem = totem_of(story, nodes->ids[i]);
		if (totem == NULL || totem->state != TOTEM_OPERATIONAL || !totem_queue_is_empty(&totem->queue))
			return false;
		const struct totem_ring *ring = totem->installed;
		first = first == NULL ? ring : first;
		if (!ring_id_equal(ring->id, first->id) || !node_set_equal(&ring->members, nodes) || ring->delivered != first->delivered ||
		    ring->stable != first->delivered)
			return false;
	}
	return true;
}

static bool until(struct story *story, char **words, size_t count)
{
	struct node_set nodes;

	if (!nodes_parse(story, words + 1, count - 1, &nodes) || nodes.count == 0)
		return refuse(story, "of whom", words[0]);
	for (int64_t waited = 0; waited < UNTIL_MS_MAX; waited++) {
		if (in_one_ring(story, &nodes))
			return true;
		sim_run(story->sim, SIM_MS);
	}
	trace_say(story);
	return refuse(story, "never comes", words[0]);
}

static bool on_start(struct story *story, char **words, size_t count)
{
	struct node_set nodes;

	if (!nodes_parse(story, words + 1, count - 1, &nodes))
		return false;
	for (size_t i = 0; i < nodes.count; i++)
		sim_node_start(story->sim, nodes.ids[i]);
	return true;
}

static bool on_ring(struct story *story, char **words, size_t count)
{
	if (!on_start(story, words, count) || !until(story, words, count))
		return false;
	trace_forget(story);
	return true;
}

static bool on_node(struct story *story, char **words, size_t count)
{
	const bool pause = strcmp(words[0], "pause") == 0;
	uint32_t node;

	if (count != (pause ? 3 : 2) || !node_parse(story, words[1], &node))
		return refuse(story, "which node", words[0]);
	struct actor *actor = sim_node_instance(story->sim, node);
	if (actor == NULL)
		return refuse(story, "does not run", words[1]);
	if (pause) {
		sim_node_pause(story->sim, node, atoi(words[2]) * SIM_MS);
	} else if (strcmp(words[0], "leave") == 0) {
		sim_trace(story->sim, node, "is told to leave");
		sim_stack_leave(&actor->stack);
	} else {
		sim_node_crash(story->sim, node, strcmp(words[0], "crash-diskless") == 0);
	}
	return true;
}

static bool on_crash_at(struct story *story, char **words, size_t count)
{
	uint32_t node;

	if (count != 3 || !node_parse(story, words[1], &node))
		return refuse(story, "who and where", words[0]);
	if (strcmp(words[2], "commit") == 0)
		story->death[node] = TOTEM_COMMIT;
	else if (strcmp(words[2], "recovery") == 0)
		story->death[node] = TOTEM_RECOVERY;
	else if (strcmp(words[2], "operational") == 0)
		story->death[node] = TOTEM_OPERATIONAL;
	else
		return refuse(story, "no such state", words[2]);
	return true;
}

static bool on_send(struct story *story, char **words, size_t count)
{
	const size_t size = count > 2 ? strtoul(words[2], NULL, 0) : 0;
	const int times = count > 3 && strcmp(words[3], "safe") != 0 ? atoi(words[3]) : 1;
	const bool safe = strcmp(words[count - 1], "safe") == 0;
	int refused = 0;
	uint32_t node;

	if (count < 3 || size > TOTEM_MESSAGE_SIZE_MAX || !node_parse(story, words[1], &node) || sim_node_instance(story->sim, node) == NULL)
		return refuse(story, "who sends how much", words[0]);
	struct actor *actor = sim_node_instance(story->sim, node);
	uint8_t *bytes = calloc(1, size + 1);
	if (bytes == NULL)
		abort();
	for (int i = 0; i < times; i++)
		refused += !sim_stack_multicast(&actor->stack, bytes_of(bytes, size), GROUP_ORDINARY, safe);
	free(bytes);
	if (refused > 0)
		sim_trace(story->sim, node, "takes %d of %d messages: its queue is full", times - refused, times);
	return true;
}

static bool on_rule(struct story *story, char **words, size_t count, enum fate fate)
{
	if (count < 4 || story->rule_count == RULES_MAX)
		return refuse(story, "which packets, from whom, to whom", words[0]);
	struct rule *rule = &story->rules[story->rule_count++];
	*rule = (struct rule){
		.fate = fate, .from = (uint32_t)atoi(words[2]), .to = (uint32_t)atoi(words[3]),
		.left = count > 4 ? strtoull(words[4], NULL, 0) : 1,
	};
	snprintf(rule->kind, sizeof rule->kind, "%s", words[1]);
	return true;
}

static bool on_arrives(struct story *story, char **words, size_t count)
{
	uint8_t packet[TOTEM_RING_PACKET_SIZE] = "no packet of Totem at all";
	struct wire_writer out = {.data = packet, .capacity = sizeof(packet)};
	uint32_t node;

	if (count != 2 || !node_parse(story, words[1], &node) || sim_node_instance(story->sim, node) == NULL)
		return refuse(story, "at whom", words[0]);
	struct sim_stack *stack = sim_node_instance(story->sim, node);
	if (strcmp(words[0], "replay") == 0) {
		for (size_t i = 0; i < story->kept_count; i++) {
			const struct bytes kept = bytes_of(story->kept[i].data, story->kept[i].size);
			sim_trace(story->sim, node, "gets once more: %s", totem_tell_packet(kept, CLUSTER, node).text);
			sim_stack_packet(stack, 0, kept);
		}
		return true;
	}
	if (strcmp(words[0], "foreign") == 0) {
		totem_header_encode(&out, &(struct totem_header){
			.type = TOTEM_PACKET_MERGE_DETECT, .cluster = CLUSTER + 1, .sender = NODES_MAX + 1, .boot = 7, .networks = 1});
		ring_id_encode(&out, (struct ring_id){.seq = 400, .representative = NODES_MAX + 1});
		totem_packet_seal(packet, sizeof(packet));
	}
	sim_trace(story->sim, node, "gets %s", totem_tell_packet(bytes_of(packet, sizeof(packet)), CLUSTER, node).text);
	sim_stack_packet(stack, 0, bytes_of(packet, sizeof(packet)));
	return true;
}

static bool on_network(struct story *story, char **words, size_t count)
{
	struct node_set nodes;
	uint64_t side = 0;

	if (!nodes_parse(story, words + 1, count - 1, &nodes))
		return false;
	if (strcmp(words[0], "heal") == 0) {
		sim_heal(story->sim);
	} else if (strcmp(words[0], "split") == 0) {
		for (size_t i = 0; i < nodes.count; i++)
			side |= UINT64_C(1) << nodes.ids[i];
		sim_partition(story->sim, side);
	} else if (count == 3) {
		sim_cut(story->sim, (uint32_t)atoi(words[1]), (uint32_t)atoi(words[2]), true);
	} else {
		return refuse(story, "from whom to whom", words[0]);
	}
	return true;
}

static bool on_hide(struct story *story, char **words, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (strcmp(words[0], "hide") == 0) {
			if (story->hidden_count == HIDDEN_MAX)
				return refuse(story, "too many", words[i]);
			snprintf(story->hidden[story->hidden_count++], sizeof story->hidden[0], "%s", words[i]);
			continue;
		}
		for (size_t h = 0; h < story->hidden_count; h++)
			if (strcmp(story->hidden[h], words[i]) == 0)
				memmove(story->hidden + h, story->hidden + h + 1, (--story->hidden_count - h) * sizeof story->hidden[0]);
	}
	return true;
}

static void on_count(struct story *story, bool status)
{
	static const char *const states[] = {"new", "starting", "operational", "gather", "commit", "recovery", "leaving", "left"};

	for (uint32_t node = SIM_NODE_FIRST; node < SIM_NODE_FIRST + sim_node_count(story->sim); node++) {
		const struct totem *totem = totem_of(story, node);
		if (totem == NULL) {
			sim_trace(story->sim, node, "is down, disk %" PRIu64, sim_node_disk(story->sim, node));
			continue;
		}
		const struct totem_ring *ring = totem->installed;
		if (status && ring != NULL)
			sim_trace(story->sim, node, "is %s in %s of %zu: delivered %" PRIu64 ", stable %" PRIu64 ", queue %zu bytes, disk %" PRIu64,
			          states[totem->state], ring_id_text(ring->id).text, ring->members.count, ring->delivered, ring->stable,
			          totem->queue.bytes[GROUP_ORDINARY], sim_node_disk(story->sim, node));
		else
			sim_trace(story->sim, node, "sent %" PRIu64 " packets and %" PRIu64 " again; %" PRIu64 " duplicate tokens; dropped %" PRIu64
			          ", foreign %" PRIu64 ", malformed %" PRIu64, totem->data_sent, totem->data_resent, totem->tokens_duplicate,
			          totem->packets_dropped, totem->packets_foreign, totem->packets_malformed);
	}
}

static bool command(struct story *story, char **words, size_t count)
{
	static const struct {
		const char *name;
		bool (*run)(struct story *story, char **words, size_t count);
	} commands[] = {
		{"ring", on_ring}, {"start", on_start}, {"until", until}, {"crash", on_node}, {"crash-diskless", on_node}, {"leave", on_node},
		{"pause", on_node}, {"crash-at", on_crash_at}, {"send", on_send}, {"replay", on_arrives}, {"foreign", on_arrives},
		{"garbage", on_arrives}, {"cut", on_network}, {"split", on_network}, {"heal", on_network}, {"tell", on_hide}, {"hide", on_hide},
	};
	static const char *const fates[] = {"lose", "double", "keep"};
	const char *name = words[0];

	if (strcmp(name, "set") == 0)
		return on_set(story, words, count);
	if (strcmp(name, "nodes") == 0)
		return on_nodes(story, words, count);
	if (story->sim == NULL)
		return refuse(story, "no nodes yet", name);
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run(story, words, count);
	for (size_t i = 0; i < sizeof fates / sizeof fates[0]; i++)
		if (strcmp(name, fates[i]) == 0)
			return on_rule(story, words, count, (enum fate)i);
	if (strcmp(name, "pass") == 0)
		story->rule_count = 0;
	else if (strcmp(name, "run") == 0 && count == 2)
		sim_run(story->sim, atoi(words[1]) * SIM_MS);
	else if (strcmp(name, "count") == 0 || strcmp(name, "status") == 0)
		on_count(story, name[0] == 's');
	else
		return refuse(story, "no such command", name);
	return true;
}

static void story_begin(struct story *story, struct story_text *said)
{
	static const char *const hidden[] = {"data", "token", "join", "commit", "merge", "hold", "stable", "gather:", "starts", "ring-formed", "member-joined"};

	*story = (struct story){.said = said, .hidden_count = sizeof hidden / sizeof hidden[0]};
	for (size_t i = 0; i < story->hidden_count; i++)
		snprintf(story->hidden[i], sizeof story->hidden[i], "%s", hidden[i]);
	totem_config_default(&story->config);
	story->config.cluster = CLUSTER;
	story->config.token_retransmit_ms = story->config.hold_ms = 0;
}

static void block_run(struct story *story, const struct story_block *block, uint64_t mutations, struct story_text *said)
{
	story_begin(story, said);
	story->config.mutations = mutations;
	for (size_t i = 0; i < block->count && !story->failed; i++) {
		char line[STORY_LINE_MAX], *words[STORY_WORDS_MAX];

		memcpy(line, block->lines[i], sizeof line);
		const size_t count = story_words(line, words);
		if (count > 0 && command(story, words, count) && story->sim != NULL)
			trace_say(story);
	}
	story_stop(story);
}

/* The first line that differs, of two tellings. */
static void difference_say(struct story_text *said, const char *right, const char *broken)
{
	char line[STORY_LINE_MAX];
	const char *begin = broken;

	if (strcmp(right, broken) == 0) {
		story_text_add(said, "error: nothing is told otherwise");
		return;
	}
	for (; *right != '\0' && *right == *broken; right++, broken++)
		if (*broken == '\n')
			begin = broken + 1;
	snprintf(line, sizeof line, "%.*s", (int)strcspn(begin, "\n"), begin);
	story_text_add(said, *begin == '\0' ? "nothing more" : line);
}

static bool again_parse(const struct story_block *block, uint64_t *mutations)
{
	for (size_t i = 0; i < block->count; i++) {
		char line[STORY_LINE_MAX], *words[STORY_WORDS_MAX];

		memcpy(line, block->lines[i], sizeof line);
		const size_t count = story_words(line, words);
		if (count == 0)
			continue;
		if (count != 3 || strcmp(words[0], "again") != 0 || strcmp(words[1], "mutation") != 0 || atoi(words[2]) < 1 || atoi(words[2]) > 63)
			return false;
		*mutations = UINT64_C(1) << atoi(words[2]);
		return true;
	}
	return false;
}

static void block_tell(void *context, const struct story_block *block, const struct story_block *before, struct story_text *said)
{
	struct story_text right = {0}, broken = {0};
	uint64_t mutations;

	if (!again_parse(block, &mutations)) {
		block_run(context, block, 0, said);
		return;
	}
	block_run(context, before, 0, &right);
	block_run(context, before, mutations, &broken);
	difference_say(said, right.data == NULL ? "" : right.data, broken.data == NULL ? "" : broken.data);
	free(right.data);
	free(broken.data);
}

int main(int count, char **values)
{
	struct story *story = malloc(sizeof(*story));

	if (story == NULL)
		abort();
	const int status = story_main("totem-stories", count, values, block_tell, story);
	free(story);
	return status;
}
