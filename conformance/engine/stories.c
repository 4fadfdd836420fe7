/* engine-stories: runs stories of the engine's world and holds what happens against the text under `----`. A file has blocks: commands,
 * `----`, all that happened, an empty line. `--rewrite` renews the text; a reader judges the difference.
 *
 *     cluster N [no-quorum] [no-partitions] [timed] [fencing] [expected VOTES] [old N]... [without N]... [range BYTES] [state-wait MS] [off RULE]...   begins anew: N nodes in one ring that serves
 *     boot N [the same]            the same without a ring: each node in one of its own
 *     view N...                    a ring of these forms and is installed; form, install: in two steps
 *     crash N | start N [no-disk]
 *     settle [N...] [but KIND...]  all that may happen at these nodes (all) happens, in order; kinds are send receive deliver stable lease
 *     step N KIND [COUNT]          one such event; `token` too: the node accepts one that lay in its socket while it was stopped
 *     until answer | until half N...  the same as settle, up to the next OK, or to where these have adopted and are not caught up
 *     add N KEY (2: of the service that nodes may be without) | read N KEY | lock N | unlock N | open N | close N    the client's calls; `timeout MS` and `padding BYTES` hold for those that follow
 *     rotate N                     the token of N's ring (cluster ... timed: leases run in time) goes to N and on to the next
 *     stall MS                     the whole machine sleeps; what had arrived is stepped before timers are, up to the next `wait`
 *     expected N VOTES | device N VOTES   at N: so many votes are to be expected; its quorum device gives so many
 *     fence N WHOM | leave N       an agent at N makes an end of it and says so; N says that it is going to leave
 *     starve N                     the next operation that N applies finds no memory half-way: it leaves, as its daemon does
 *     wait MS | adopt N | status | safe (to restart, what is to come) | rest | trace on | trace off
 *     again off RULE...            the block before once more, without these rules: says which promise breaks */
#include "conformance/check/story.h"
#include "conformance/engine/world.h"

#include <stdio.h>
#include <stdlib.h>

enum { STEPS_MAX = 4000 };

struct story {
	struct world *world;
	bool running, traced, quiet;
	bool failed; /* a command that makes no sense */
	uint64_t rules_off;
	struct story_text *said;
};

static const char *const kind_names[] = {
	[WORLD_RECEIVE] = "receive", [WORLD_DELIVER] = "deliver", [WORLD_SEND] = "send", [WORLD_STABLE] = "stable", [WORLD_LEASE] = "lease",
	[WORLD_TOKEN] = "token",
};

static bool is_detail(const char *line)
{
	return strstr(line, " sends ") != NULL || strstr(line, " delivers ") != NULL || strstr(line, ": stable below") != NULL ||
	       strstr(line, ": exchanged") != NULL;
}

static void say(void *context, const char *line)
{
	struct story *story = context;

	if (!story->quiet && (story->traced || !is_detail(line)))
		story_text_add(story->said, line);
}

static bool refuse(struct story *story, const char *why, const char *word)
{
	char line[STORY_LINE_MAX];

	snprintf(line, sizeof line, "error: %s: %s", why, word);
	story_text_add(story->said, line);
	story->failed = true;
	return false;
}

static bool rule_parse(const char *name, uint64_t *rules_off)
{
	for (unsigned i = 0; i < RULE_COUNT; i++)
		if (strcmp(engine_rule_names[i], name) == 0) {
			*rules_off |= UINT64_C(1) << i;
			return true;
		}
	return false;
}

static void story_stop(struct story *story)
{
	if (story->running)
		world_clear(story->world);
	story->running = false;
}

static bool option_take(struct story *story, struct world_options *options, char **words, size_t count, size_t *i)
{
	const char *word = words[*i];

	if (strcmp(word, "no-quorum") == 0)
		options->quorum = false;
	else if (strcmp(word, "no-partitions") == 0)
		options->partitions = false;
	else if (strcmp(word, "fencing") == 0)
		options->fencing = true;
	else if (strcmp(word, "timed") == 0)
		options->timed = true;
	else if (*i + 1 == count)
		return refuse(story, "needs a value", word);
	else if (strcmp(word, "old") == 0)
		options->old |= bit((unsigned)atoi(words[++*i]) - 1);
	else if (strcmp(word, "expected") == 0)
		options->expected = (unsigned)atoi(words[++*i]);
	else if (strcmp(word, "without") == 0)
		options->without |= bit((unsigned)atoi(words[++*i]) - 1);
	else if (strcmp(word, "range") == 0)
		options->range_size = (size_t)atoi(words[++*i]);
	else if (strcmp(word, "state-wait") == 0)
		options->state_wait_ns = INT64_C(1000000) * atoi(words[++*i]);
	else if (strcmp(word, "off") != 0 || !rule_parse(words[++*i], &options->rules_off))
		return refuse(story, "unknown option", words[*i]);
	return true;
}

static bool on_cluster(struct story *story, char **words, size_t count)
{
	struct world_options options = {.seed = 1, .quorum = true, .partitions = true, .exact = true, .range_size = 1024, .token_ns = INT64_C(600000000),
	                                .rules_off = story->rules_off, .operations = WORLD_OPERATIONS_MAX - 1};

	options.nodes = count > 1 ? (unsigned)atoi(words[1]) : 0;
	if (options.nodes < 1 || options.nodes > WORLD_NODES_MAX)
		return refuse(story, "how many nodes", words[0]);
	for (size_t i = 2; i < count; i++)
		if (!option_take(story, &options, words, count, &i))
			return false;
	story_stop(story);
	options.say = say;
	options.context = story;
	world_init(story->world, &options);
	story->running = true;
	const bool quiet = story->quiet;
	story->quiet = true;
	if (strcmp(words[0], "cluster") == 0)
		world_begin(story->world);
	else
		for (unsigned p = 0; p < options.nodes; p++)
			oracle_boot(story->world, p);
	story->quiet = quiet;
	return true;
}

static bool nodes_parse(struct story *story, char **words, size_t count, unsigned *nodes)
{
	for (size_t i = 0; i < count; i++) {
		const unsigned node = (unsigned)atoi(words[i]);

		if (node < 1 || node > story->world->options.nodes)
			return refuse(story, "no such node", words[i]);
		*nodes |= bit(node - 1);
	}
	return true;
}

static int kind_parse(const char *name)
{
	for (size_t i = 0; i < sizeof kind_names / sizeof kind_names[0]; i++)
		if (kind_names[i] != NULL && strcmp(kind_names[i], name) == 0)
			return (int)i;
	return -1;
}

/* The first of what may happen at one of the nodes; false: nothing. */
static bool happen(struct world *world, unsigned nodes, unsigned kinds)
{
	struct world_event events[WORLD_EVENTS_MAX];
	const size_t count = oracle_enabled(world, events, false);

	for (size_t i = 0; i < count; i++)
		if (events[i].kind != WORLD_EXCHANGE && (kinds >> events[i].kind & 1) != 0 && (nodes & bit(events[i].node)) != 0) {
			oracle_step(world, events[i]);
			return true;
		}
	return false;
}

static const unsigned quiet_kinds = 1u << WORLD_RECEIVE | 1u << WORLD_DELIVER | 1u << WORLD_SEND | 1u << WORLD_STABLE | 1u << WORLD_LEASE;

static bool on_settle(struct story *story, char **words, size_t count)
{
	unsigned nodes = 0, kinds = quiet_kinds;
	size_t but = 1;

	while (but < count && strcmp(words[but], "but") != 0)
		but++;
	if (!nodes_parse(story, words + 1, but - 1, &nodes))
		return false;
	for (size_t i = but + 1; i < count; i++) {
		const int kind = kind_parse(words[i]);

		if (kind < 0)
			return refuse(story, "no such event", words[i]);
		kinds &= ~(1u << kind);
	}
	for (unsigned step = 0; step < STEPS_MAX && !story->world->violated; step++)
		if (!happen(story->world, nodes == 0 ? ~0u : nodes, kinds))
			return true;
	return story->world->violated || refuse(story, "does not settle", words[0]);
}

static unsigned half_of(const struct world *world, unsigned nodes)
{
	unsigned half = 0;

	for (unsigned p = 0; p < world->options.nodes; p++)
		if ((nodes & bit(p)) != 0 && node_current(&world->nodes[p]) && !node_service(&world->nodes[p])->complete)
			half |= bit(p);
	return half;
}

static bool on_until(struct story *story, char **words, size_t count)
{
	struct world *world = story->world;
	const unsigned ok = world->counts.ok;
	const bool half = count > 2 && strcmp(words[1], "half") == 0;
	unsigned nodes = 0;

	if (half && !nodes_parse(story, words + 2, count - 2, &nodes))
		return false;
	for (unsigned step = 0; step < STEPS_MAX && !world->violated; step++) {
		if (half ? half_of(world, nodes) == nodes : world->counts.ok != ok)
			return true;
		if (!happen(world, ~half_of(world, nodes), quiet_kinds)) /* who is there waits for the others */
			break;
	}
	return world->violated || refuse(story, "never comes", words[0]);
}

static bool on_step(struct story *story, char **words, size_t count)
{
	const int kind = count > 2 ? kind_parse(words[2]) : -1;
	const int times = count > 3 ? atoi(words[3]) : 1;
	unsigned nodes = 0;

	if (kind < 0 || !nodes_parse(story, words + 1, 1, &nodes))
		return refuse(story, "which event", words[0]);
	for (int i = 0; i < times && !story->world->violated; i++) {
		if (kind == WORLD_TOKEN && (story->world->options.rules_off & engine_rule_bit(RULE_LEASE_FROM_FORWARD)) == 0)
			say(story, "a token that lay in a socket is accepted: no lease comes of it");
		else if (kind == WORLD_TOKEN)
			oracle_step(story->world, (struct world_event){WORLD_TOKEN, lowest(nodes), 0, 0});
		else if (!happen(story->world, nodes, 1u << kind))
			return refuse(story, "cannot happen", words[2]);
	}
	return true;
}

/* The token goes on until it has been at the node. */
static bool on_rotate(struct story *story, char **words, size_t count)
{
	struct world *world = story->world;
	unsigned nodes = 0;

	if (count != 2 || !nodes_parse(story, words + 1, 1, &nodes))
		return refuse(story, "to which node", words[0]);
	const struct ring *ring = world->nodes[lowest(nodes)].ring;
	for (unsigned turn = WORLD_NODES_MAX, round = 0; turn != lowest(nodes) && round <= WORLD_NODES_MAX; round++) {
		turn = ring->turn;
		if (!world->nodes[turn].up || !world->nodes[turn].operational || world->nodes[turn].ring != ring)
			return refuse(story, "the token is lost", words[1]);
		oracle_step(world, (struct world_event){WORLD_LEASE, turn, 0, 0});
	}
	return true;
}

static bool form(struct story *story, unsigned nodes)
{
	struct world *world = story->world;

	if (nodes == 0 || !oracle_form_allowed(world, nodes))
		return refuse(story, "this ring cannot form", "form");
	oracle_form(world, nodes);
	return true;
}

static bool install(struct story *story, unsigned nodes)
{
	struct world *world = story->world;

	for (unsigned p = 0; p < world->options.nodes; p++) {
		struct ring *attempt = world->nodes[p].attempt;

		if (!(nodes & bit(p)))
			continue;
		if (attempt == NULL)
			return refuse(story, "no ring to install", "install");
		for (unsigned r = 0; !attempt->exchanged; r++)
			if (world->rings[r] == attempt)
				oracle_step(world, (struct world_event){WORLD_EXCHANGE, r, 0, 0});
		oracle_step(world, (struct world_event){WORLD_INSTALL, p, 0, 0});
	}
	return true;
}

static bool on_fence(struct story *story, char **words, size_t count)
{
	unsigned nodes = 0, whom = 0;

	if (count != 3 || !nodes_parse(story, words + 1, 1, &nodes) || !nodes_parse(story, words + 2, 1, &whom))
		return refuse(story, "who fences whom", words[0]);
	oracle_step(story->world, (struct world_event){WORLD_FENCE, lowest(nodes), lowest(whom), 0});
	return true;
}

static bool on_starve(struct story *story, char **words, size_t count)
{
	unsigned nodes = 0;

	if (count != 2 || !nodes_parse(story, words + 1, 1, &nodes) || !story->world->nodes[lowest(nodes)].up)
		return refuse(story, "which node", words[0]);
	node_starve(story->world, lowest(nodes));
	return true;
}

static bool on_votes(struct story *story, char **words, size_t count, enum world_event_kind kind)
{
	unsigned nodes = 0;

	if (count != 3 || !nodes_parse(story, words + 1, 1, &nodes))
		return refuse(story, "whose votes", words[0]);
	oracle_step(story->world, (struct world_event){kind, lowest(nodes), (unsigned)atoi(words[2]), 0});
	return true;
}

static const char *gate_text(const struct node *node)
{
	const unsigned holders = gate_shown(node->engine);

	if (holders & ENGINE_GATE_QUORUM)
		return "gate held by quorum";
	if (holders & ENGINE_GATE_STATE)
		return "gate held by state";
	if (holders & ENGINE_GATE_BARRIER)
		return "gate held by the barrier";
	if (holders & ENGINE_GATE_FENCING)
		return "gate held by fencing";
	if (holders & ENGINE_GATE_CONTENT)
		return "gate held by content";
	return holders & ENGINE_GATE_ADOPTING ? "gate held by adoption" : "gate open";
}

static void status_say(struct story *story, const struct node *node)
{
	const struct service *service = node_service(node);
	const struct toy_lock *lock = toy_lock(service->state);
	char line[STORY_LINE_MAX], holder[40] = "free";
	int used = snprintf(line, sizeof line, "%u: ring %s, lineage %s, %s;", node->index + 1, ring_id_text(node->engine->view.ring).text,
	                    ring_id_is_none(node->engine->lineage) ? "none" : ring_id_text(node->engine->lineage).text,
	                    gate_text(node));

	if (node->world->options.old != 0)
		used += snprintf(line + used, sizeof line - (size_t)used, " version %u,", (unsigned)node->engine->version);
	for (uint8_t key = 0; key < TOY_KEYS; key++) {
		const struct toy_value *value = toy_counter(service->state, key);

		if (key >= WORLD_KEYS && (value == NULL || value->token == 0))
			continue;
		if (!ring_id_is_none(toy_lost(service->state, key)))
			used += snprintf(line + used, sizeof line - (size_t)used, " key %u lost since %s,", key,
			                 ring_id_text(toy_lost(service->state, key)).text);
		else if (value == NULL)
			used += snprintf(line + used, sizeof line - (size_t)used, " key %u not here,", key);
		else
			used += snprintf(line + used, sizeof line - (size_t)used, " key %u is %lld,", key, (long long)value->value);
	}
	if (node_elsewhere(node) != NULL) {
		const struct toy_value *value = toy_counter(node_elsewhere(node)->state, 0);

		if (value == NULL)
			used += snprintf(line + used, sizeof line - (size_t)used, " elsewhere not here,");
		else
			used += snprintf(line + used, sizeof line - (size_t)used, " elsewhere %lld,", (long long)value->value);
	}
	if (lock->holder.node != 0)
		snprintf(holder, sizeof holder, "held by %u", (unsigned)lock->holder.node);
	snprintf(line + used, sizeof line - (size_t)used, " lock %s", holder);
	story_text_add(story->said, line);
}

static void safe_say(struct story *story, const struct node *node)
{
	char line[STORY_LINE_MAX];
	struct engine_status status;

	engine_status(node->engine, &status);
	engine_status_objects(node->engine, &status);
	snprintf(line, sizeof line, "%u: %llu objects and %llu bytes to come, %llu lost; safe to restart: %s%.200s", node->index + 1,
	         (unsigned long long)status.services[0].objects_left, (unsigned long long)status.services[0].bytes_left,
	         (unsigned long long)status.services[0].objects_lost, status.restart_safe ? "yes" : "no, ", status.restart_reason);
	story_text_add(story->said, line);
	for (size_t i = 0; i < status.lost_count; i++) {
		snprintf(line, sizeof line, "   %.300s", status.lost[i]);
		story_text_add(story->said, line);
	}
}

static void safe(struct story *story)
{
	for (unsigned p = 0; p < story->world->options.nodes && !story->quiet; p++)
		if (story->world->nodes[p].up)
			safe_say(story, &story->world->nodes[p]);
}

static void status(struct story *story)
{
	for (unsigned p = 0; p < story->world->options.nodes && !story->quiet; p++)
		if (story->world->nodes[p].up)
			status_say(story, &story->world->nodes[p]);
}

static bool on_call(struct story *story, char **words, size_t count, enum world_request request)
{
	const int key = count > 2 ? atoi(words[2]) : 0;
	unsigned nodes = 0;

	if (count < 2 || key < 0 || key > WORLD_KEYS || (key == WORLD_KEYS && request != WORLD_REQUEST_ADD) || !nodes_parse(story, words + 1, 1, &nodes))
		return refuse(story, "whose call", words[0]);
	if (!story->world->nodes[lowest(nodes)].up || (key == WORLD_KEYS && story->world->nodes[lowest(nodes)].client_elsewhere == 0))
		return refuse(story, "is down, or without the service", words[1]);
	node_request(story->world, lowest(nodes), request, (uint8_t)key);
	return true;
}

static bool on_node(struct story *story, char **words, size_t count, enum world_event_kind kind)
{
	unsigned nodes = 0;

	const bool no_disk = count == 3 && kind == WORLD_START && strcmp(words[2], "no-disk") == 0;

	if (count != 2U + no_disk || !nodes_parse(story, words + 1, 1, &nodes))
		return refuse(story, "which node", words[0]);
	if (story->world->nodes[lowest(nodes)].up != (kind != WORLD_START))
		return refuse(story, "it is not", words[1]);
	oracle_step(story->world, (struct world_event){kind, lowest(nodes), no_disk, 0});
	return true;
}

static bool on_view(struct story *story, char **words, size_t count)
{
	unsigned nodes = 0;

	if (!nodes_parse(story, words + 1, count - 1, &nodes))
		return false;
	if (strcmp(words[0], "install") != 0 && !form(story, nodes))
		return false;
	return strcmp(words[0], "form") == 0 || install(story, nodes);
}

static void rest(struct story *story)
{
	const bool quiet = story->quiet;

	story->quiet = true;
	world_rest(story->world);
	story->quiet = quiet;
	if (!story->world->violated && !story->quiet)
		story_text_add(story->said, "at rest: every promise is kept");
}

static bool on_value(struct story *story, char **words, size_t count)
{
	struct world *world = story->world;

	if (count != 2)
		return refuse(story, "needs a value", words[0]);
	if (strcmp(words[0], "timeout") == 0)
		world->timeout_ns = INT64_C(1000000) * atoi(words[1]);
	else if (strcmp(words[0], "padding") == 0)
		world->padding = (size_t)atoi(words[1]);
	else if (strcmp(words[0], "trace") == 0)
		story->traced = strcmp(words[1], "on") == 0;
	else if (strcmp(words[0], "stall") == 0) {
		world->now_ns += INT64_C(1000000) * atoi(words[1]);
		world->drowsy = true;
	} else {
		world->drowsy = false;
		for (int i = 0; i < atoi(words[1]) && !world->violated; i++)
			world_tick(world);
	}
	return true;
}

static bool command(struct story *story, char **words, size_t count)
{
	static const char *const calls[] = {"add", "lock", "unlock", "read", "open", "close"};
	const char *name = words[0];

	if (strcmp(name, "cluster") == 0 || strcmp(name, "boot") == 0)
		return on_cluster(story, words, count);
	if (!story->running)
		return refuse(story, "no cluster yet", name);
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (strcmp(name, calls[i]) == 0)
			return on_call(story, words, count, (enum world_request)i);
	if (strcmp(name, "settle") == 0)
		return on_settle(story, words, count);
	if (strcmp(name, "until") == 0)
		return on_until(story, words, count);
	if (strcmp(name, "rotate") == 0)
		return on_rotate(story, words, count);
	if (strcmp(name, "step") == 0)
		return on_step(story, words, count);
	if (strcmp(name, "view") == 0 || strcmp(name, "form") == 0 || strcmp(name, "install") == 0)
		return on_view(story, words, count);
	if (strcmp(name, "crash") == 0)
		return on_node(story, words, count, WORLD_CRASH);
	if (strcmp(name, "start") == 0)
		return on_node(story, words, count, WORLD_START);
	if (strcmp(name, "expected") == 0)
		return on_votes(story, words, count, WORLD_EXPECTED);
	if (strcmp(name, "device") == 0)
		return on_votes(story, words, count, WORLD_DEVICE);
	if (strcmp(name, "leave") == 0)
		return on_node(story, words, count, WORLD_LEAVE);
	if (strcmp(name, "fence") == 0)
		return on_fence(story, words, count);
	if (strcmp(name, "starve") == 0)
		return on_starve(story, words, count);
	if (strcmp(name, "adopt") == 0)
		return on_node(story, words, count, WORLD_ADOPT);
	if (strcmp(name, "safe") == 0)
		safe(story);
	else if (strcmp(name, "status") == 0)
		status(story);
	else if (strcmp(name, "rest") == 0)
		rest(story);
	else if (strcmp(name, "timeout") == 0 || strcmp(name, "padding") == 0 || strcmp(name, "trace") == 0 || strcmp(name, "wait") == 0 ||
	         strcmp(name, "stall") == 0)
		return on_value(story, words, count);
	else
		return refuse(story, "no such command", name);
	return true;
}

static void block_run(struct story *story, const struct story_block *block)
{
	for (size_t i = 0; i < block->count && !story->failed && !(story->running && story->world->violated); i++) {
		char line[STORY_LINE_MAX], *words[STORY_WORDS_MAX];

		memcpy(line, block->lines[i], sizeof line);
		const size_t count = story_words(line, words);
		if (count > 0)
			command(story, words, count);
	}
}

/* The block before without these rules: only the broken promise is told. */
static void block_again(struct story *story, const struct story_block *before, char **words, size_t count)
{
	story->rules_off = 0;
	for (size_t i = 1; i < count; i++)
		if (strcmp(words[i], "off") != 0 && !rule_parse(words[i], &story->rules_off)) {
			refuse(story, "no such rule", words[i]);
			return;
		}
	story->quiet = true;
	block_run(story, before);
	story->quiet = false;
	story->rules_off = 0;
	story_text_add(story->said, story->running && story->world->violated ? story->world->violation : "nothing is broken");
}

static void block_tell(struct story *story, const struct story_block *block, const struct story_block *before)
{
	char line[STORY_LINE_MAX], *words[STORY_WORDS_MAX];
	size_t first = 0, count = 0;

	for (; first < block->count && count == 0; first++) {
		memcpy(line, block->lines[first], sizeof line);
		count = story_words(line, words);
	}
	if (count > 0 && strcmp(words[0], "again") == 0)
		block_again(story, before, words, count);
	else
		block_run(story, block);
}

static void story_tell(void *context, const struct story_block *block, const struct story_block *before, struct story_text *said)
{
	struct story *story = context;

	story->traced = false;
	story->failed = false;
	story->said = said;
	block_tell(story, block, before);
	story_stop(story);
}

int main(int count, char **values)
{
	struct story story = {.world = malloc(sizeof(struct world))};

	if (story.world == NULL)
		abort();
	const int status = story_main("engine-stories", count, values, story_tell, &story);
	free(story.world);
	return status;
}
