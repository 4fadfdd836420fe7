/* Extended virtual synchrony as an oracle: rings, what each member holds of them, attempts and their exchange of what is missing,
 * installation. Lists the events that may happen next, and does one. */
#include "conformance/engine/world.h"

#include <stdlib.h>

static struct ring *ring_new(struct world *world, uint64_t seq, unsigned members)
{
	struct ring *ring = calloc(1, sizeof *ring);

	ring->id = (struct ring_id){.seq = seq, .representative = lowest(members) + 1};
	ring->members = members;
	ring->turn = lowest(members);
	world->rings[world->ring_count++] = ring;
	return ring;
}

static size_t ids_of(unsigned mask, uint32_t *ids)
{
	size_t count = 0;

	for (unsigned i = 0; i < WORLD_NODES_MAX; i++)
		if (mask & bit(i))
			ids[count++] = i + 1;
	return count;
}

/* R16: who was left out may still believe in its lease. */
static int64_t release_not_before(const struct node *node, const struct ring *ring)
{
	if (!node->world->options.timed || node->ring == NULL || (node->ring->members & ~ring->members) == 0)
		return 0;
	return node->forwarded_ns + node->world->options.token_ns;
}

static void view_event(struct world *world, unsigned p, enum group_view_kind kind, const struct ring *ring, unsigned members, unsigned before,
                       int64_t release_not_before_ns)
{
	uint32_t member[WORLD_NODES_MAX], joined[WORLD_NODES_MAX], left[WORLD_NODES_MAX];
	struct group_event event = {.kind = GROUP_EVENT_VIEW};

	event.view = (struct group_view){.kind = kind, .ring = ring->id, .members = member, .joined = joined, .left = left,
	                                 .release_not_before_ns = release_not_before_ns};
	event.view.member_count = ids_of(members, member);
	event.view.joined_count = ids_of(members & ~before, joined);
	event.view.left_count = ids_of(before & ~members, left);
	node_event(world, p, &event);
}

static void stable_event(struct world *world, unsigned p, size_t count)
{
	const struct node *node = &world->nodes[p];

	if (count == 0)
		return;
	node_event(world, p, &(struct group_event){.kind = GROUP_EVENT_STABLE,
	                                           .position = {.ring = node->ring->id, .seq = count - 1}});
}

static void fresh_event(struct world *world, unsigned p, int64_t until_ns)
{
	node_event(world, p, &(struct group_event){.kind = GROUP_EVENT_FRESH, .fresh_until_ns = until_ns});
}

static void lease_end(struct world *world, unsigned p)
{
	if ((world->nodes[p].lease || world->options.timed) && world->nodes[p].up)
		fresh_event(world, p, 0);
	world->nodes[p].lease = false;
}

static void deliver(struct world *world, unsigned p, size_t index)
{
	struct node *node = &world->nodes[p];
	const struct message *message = &node->ring->messages[index];

	world_trace(world, "%u delivers %s:%zu from %u%s", p + 1, ring_id_text(node->ring->id).text, index, message->from + 1,
	            node->transitional ? " (transitional)" : "");
	node_event(world, p, &(struct group_event){
		.kind = GROUP_EVENT_DELIVER, .sender = message->from + 1, .message = bytes_of(message->data, message->size),
		.position = {.ring = node->ring->id, .seq = index},
	});
	if (node->up && !node->leaving && !world->violated)
		check_digests_applied(world, p, index, node->transitional ? node->attempt->transitional[p] : 0);
}

/* The regular notice of `ring`. */
static void enter(struct world *world, unsigned p, struct ring *ring)
{
	struct node *node = &world->nodes[p];
	const unsigned before = node->ring == NULL ? 0 : node->ring->members;
	const int64_t release_ns = release_not_before(node, ring);

	node->ring = ring;
	node->forwarded_ns = world->now_ns;
	node->forwarded = false;
	node->operational = true;
	node->attempt = node->received = NULL;
	node->failed = node->obligation = 0;
	node->stable = 0;
	node->stale_token = node->lease = node->transitional = false;
	for (size_t i = 0; i < node->barrier.count; i++)
		free(node->barrier.messages[i].data);
	node->barrier.count = 0;
	ring->installed |= bit(p);
	world_trace(world, "%u installs %s", p + 1, ring_id_text(ring->id).text);
	view_event(world, p, GROUP_VIEW_REGULAR, ring, ring->members, before, release_ns);
}

/* By now the leases of those that are left out have run out. */
static void install_leases(struct world *world, unsigned p)
{
	const struct node *node = &world->nodes[p];
	const unsigned members = node->attempt->members;

	for (unsigned i = 0; i < world->options.nodes; i++) {
		const struct node *other = &world->nodes[i];

		if (!other->up || !other->operational || (members & bit(i)))
			continue;
		if (other->ring == node->ring || (other->ring->members & members))
			lease_end(world, i);
	}
}

static void install(struct world *world, unsigned p)
{
	struct node *node = &world->nodes[p];
	struct ring *old = node->ring, *next = node->attempt;
	bool gap = false;

	if (!world->options.timed)
		install_leases(world, p);
	if (next->full_line[p] > node->stable) {
		node->stable = next->full_line[p];
		stable_event(world, p, node->stable);
	}
	for (size_t i = old->applied[p]; i < old->message_count && !world->violated; i++) {
		if (!old->held[p][i] && !gap) {
			gap = node->transitional = true;
			view_event(world, p, GROUP_VIEW_TRANSITIONAL, old, next->transitional[p], old->members, 0);
		}
		if (!old->held[p][i] || (gap && !(node->obligation & bit(old->messages[i].from))))
			continue;
		deliver(world, p, i);
	}
	if (!gap)
		view_event(world, p, GROUP_VIEW_TRANSITIONAL, old, next->transitional[p], old->members, 0);
	if (!world->violated)
		enter(world, p, next);
}

void oracle_form(struct world *world, unsigned members)
{
	uint64_t seq = 0;

	for (unsigned i = 0; i < world->options.nodes; i++)
		if ((members & bit(i)) && world->nodes[i].ring_seq > seq)
			seq = world->nodes[i].ring_seq;
	struct ring *ring = ring_new(world, (seq + 4) & ~UINT64_C(3), members);
	world->forms++;
	for (unsigned i = 0; i < world->options.nodes; i++) {
		struct node *node = &world->nodes[i];

		if (!(members & bit(i)))
			continue;
		node->failed |= node->ring->members & ~members;
		if (node->attempt != NULL)
			node->failed |= node->attempt->members & ~members;
		node->ring->left |= bit(i);
		node->attempt = ring;
		node->operational = false;
		lease_end(world, i);
		node->ring_seq = ring->id.seq;
		for (unsigned j = 0; j < world->options.nodes; j++)
			if ((members & bit(j)) && world->nodes[j].ring == node->ring)
				ring->transitional[i] |= bit(j);
	}
	world_trace(world, "ring %s forms of %x", ring_id_text(ring->id).text, members);
}

static void exchange_old(struct world *world, struct ring *ring, unsigned together)
{
	struct ring *old = world->nodes[lowest(together)].ring;
	struct ring *received = world->nodes[lowest(together)].received;
	bool same = received != NULL;
	size_t full_line = 0;

	for (unsigned i = 0; i < world->options.nodes; i++) {
		if (!(together & bit(i)))
			continue;
		same = same && world->nodes[i].received == received;
		if (world->nodes[i].stable > full_line)
			full_line = world->nodes[i].stable;
	}
	for (unsigned i = 0; i < world->options.nodes; i++) {
		if (!(together & bit(i)))
			continue;
		ring->full_line[i] = full_line;
		if (same)
			continue;
		for (size_t m = 0; m < old->message_count; m++)
			for (unsigned j = 0; j < world->options.nodes; j++)
				if ((together & bit(j)) && old->held[j][m])
					old->held[i][m] = true;
		world->nodes[i].received = ring;
		world->nodes[i].obligation = together;
	}
}

static void exchange(struct world *world, struct ring *ring)
{
	ring->exchanged = true;
	for (unsigned i = 0; i < world->options.nodes; i++)
		if ((ring->members & bit(i)) && lowest(ring->transitional[i]) == i)
			exchange_old(world, ring, ring->transitional[i]);
	world_trace(world, "ring %s: exchanged", ring_id_text(ring->id).text);
}

void oracle_boot(struct world *world, unsigned p)
{
	struct node *node = &world->nodes[p];
	const uint32_t incarnation = node->incarnation + 1;
	const uint64_t ring_seq = node->ring_seq + 1;

	*node = (struct node){.world = world, .index = p, .up = true, .incarnation = incarnation, .ring_seq = ring_seq};
	world_trace(world, "%u starts", p + 1);
	node_start(world, p);
	enter(world, p, ring_new(world, ring_seq, bit(p)));
}

static void crash(struct world *world, unsigned p, const char *how)
{
	struct node *node = &world->nodes[p];

	world_trace(world, "%u %s", p + 1, how);
	const bool safe = check_restart_asked(world, p);
	const uint64_t promised = world->promised;
	check_promises_crashing(world, p);
	node_stop(world, p);
	node->up = false;
	node->belief = 0;
	node->opening = node->opened = false;
	node->ring->left |= bit(p);
	world->crashes++;
	check_promises_crashed(world);
	check_restart_crashed(world, p, safe, promised);
}

/* Beside ordinary messages some of the time, so that these can neither starve it nor be starved. */
static bool bulk_goes(struct world *world, const struct node *node)
{
	return node->bulk.count > 0 && (node->ordinary.count == 0 || world_random(world) % 4 == 0);
}

static void send_one(struct world *world, unsigned p)
{
	struct node *node = &world->nodes[p];
	struct queue *queue = node->barrier.count > 0 ? &node->barrier : bulk_goes(world, node) ? &node->bulk : &node->ordinary;
	struct ring *ring = node->ring;

	ring->messages[ring->message_count] = queue->messages[0];
	ring->messages[ring->message_count].from = p;
	ring->held[p][ring->message_count] = true;
	world_trace(world, "%u sends %s:%zu kind %u", p + 1, ring_id_text(ring->id).text, ring->message_count, queue->messages[0].data[2]);
	ring->message_count++;
	queue->count--;
	memmove(queue->messages, queue->messages + 1, queue->count * sizeof queue->messages[0]);
	if (node->blocked && node->ordinary.count < WORLD_QUEUE_MAX / 2 && node->bulk.count < WORLD_QUEUE_MAX / 2) {
		node->blocked = false;
		node_event(world, p, &(struct group_event){.kind = GROUP_EVENT_WRITABLE});
	}
}

/* What every member of the ring has installed and applied, up to what this node has. */
size_t oracle_stable(const struct world *world, unsigned p)
{
	const struct ring *ring = world->nodes[p].ring;
	size_t stable = ring->applied[p];

	for (unsigned i = 0; i < world->options.nodes; i++) {
		size_t has = ring->applied[i];

		if (!(ring->members & bit(i)))
			continue;
		if ((world->options.rules_off & engine_rule_bit(RULE_APPLY_BEFORE_TOKEN)) != 0)
			for (has = 0; has < ring->message_count && ring->held[i][has];)
				has++;
		if (!(ring->installed & bit(i)))
			has = 0;
		stable = has < stable ? has : stable;
	}
	return stable;
}

bool oracle_form_allowed(const struct world *world, unsigned members)
{
	bool same = true;

	for (unsigned i = 0; i < world->options.nodes; i++)
		if ((members & bit(i)) && (!world->nodes[i].up || (world->nodes[i].failed & members)))
			return false;
	const struct node *first = &world->nodes[lowest(members)];
	if (bits(members) == 1 && first->attempt == NULL && bits(first->ring->members) == 1)
		return false;
	for (unsigned i = 0; i < world->options.nodes; i++)
		if ((members & bit(i)) && (world->nodes[i].attempt == NULL || world->nodes[i].attempt->members != members))
			same = false;
	if (same)
		return false;
	if (world->options.partitions)
		return true;
	/* Without partitions a ring leaves out only who is gone. */
	for (unsigned i = 0; i < world->options.nodes; i++)
		for (unsigned j = 0; j < world->options.nodes; j++) {
			const struct node *in = &world->nodes[i], *out = &world->nodes[j];

			if (!(members & bit(i)) || (members & bit(j)) || !out->up)
				continue;
			if (out->ring == in->ring && (in->ring->installed & bit(j)))
				return false;
			if ((in->attempt != NULL && (in->attempt->members & bit(j))) ||
			    (out->attempt != NULL && (out->attempt->members & bit(i))))
				return false;
			if ((in->ring->members & bit(j)) && (in->ring->installed & bit(j)) && !(in->ring->left & bit(j)))
				return false;
		}
	return true;
}

static bool ring_reads_wait(const struct world *world, const struct ring *ring)
{
	for (unsigned i = 0; i < world->options.nodes; i++) {
		const struct node *node = &world->nodes[i];

		if (node->up && node->operational && node->ring == ring && node_serves(node) && !list_is_empty(&node->engine->waiting))
			return true;
	}
	return false;
}

/* The token is at this node, and goes on: everybody forwarded it after this node last did, so nobody had left the ring by then. */
void oracle_token(struct world *world, unsigned p)
{
	struct node *node = &world->nodes[p];
	const unsigned behind = node->ring->members & ~((2u << p) - 1);
	const bool late = (world->options.rules_off & engine_rule_bit(RULE_LEASE_FROM_FORWARD)) != 0;
	const int64_t since_ns = late ? world->now_ns : node->forwarded_ns;
	const bool around = node->forwarded;

	node->ring->turn = lowest(behind != 0 ? behind : node->ring->members);
	node->forwarded_ns = world->now_ns;
	node->forwarded = true;
	if (around)
		fresh_event(world, p, since_ns + world->options.token_ns / 2);
}

/* Without faults it goes round as long as somebody waits for it. */
static bool token_moves(const struct world *world, unsigned p, bool faults)
{
	const struct ring *ring = world->nodes[p].ring;

	return ring->turn == p && ring->installed == ring->members && (faults || ring_reads_wait(world, ring));
}

static bool exchange_ready(const struct world *world, const struct ring *ring)
{
	for (unsigned i = 0; i < world->options.nodes; i++)
		if ((ring->members & bit(i)) && (!world->nodes[i].up || world->nodes[i].attempt != ring))
			return false;
	return true;
}

static size_t ring_index(const struct world *world, const struct ring *ring)
{
	size_t index = 0;

	while (world->rings[index] != ring)
		index++;
	return index;
}

static size_t enabled_operational(struct world *world, unsigned p, struct world_event *events, bool faults)
{
	struct node *node = &world->nodes[p];
	struct ring *ring = node->ring;
	size_t count = 0;

	if (node->barrier.count + node->ordinary.count + node->bulk.count > 0 && ring->message_count < WORLD_MESSAGES_MAX)
		events[count++] = (struct world_event){WORLD_SEND, p, 0, 0};
	for (size_t i = ring->applied[p]; i < ring->message_count; i++) {
		if (ring->held[p][i])
			continue;
		events[count++] = (struct world_event){WORLD_RECEIVE, p, (unsigned)i, 0};
		if (i > ring->applied[p] + 1)
			break;
	}
	if (ring->applied[p] < ring->message_count && ring->held[p][ring->applied[p]])
		events[count++] = (struct world_event){WORLD_DELIVER, p, 0, 0};
	const size_t stable = oracle_stable(world, p);
	if (stable > node->stable)
		events[count++] = (struct world_event){WORLD_STABLE, p, (unsigned)stable, 0};
	if (world->options.timed) {
		if (token_moves(world, p, faults))
			events[count++] = (struct world_event){WORLD_LEASE, p, 0, 0};
	} else if (!node->lease && ring->left == 0)
		events[count++] = (struct world_event){WORLD_LEASE, p, 0, 0};
	else if (!node->lease && (world->options.rules_off & engine_rule_bit(RULE_LEASE_FROM_FORWARD)) != 0 && !node->stale_token && faults)
		events[count++] = (struct world_event){WORLD_TOKEN, p, 0, 0};
	return count;
}

static size_t enabled_requests(struct world *world, unsigned p, struct world_event *events)
{
	struct node *node = &world->nodes[p];
	const struct world_options *options = &world->options;
	size_t count = 0;

	if (world->operation_count < options->operations && node->ordinary.count < WORLD_QUEUE_MAX - 2) {
		for (unsigned key = 0; key < WORLD_KEYS; key++)
			events[count++] = (struct world_event){WORLD_REQUEST, p, WORLD_REQUEST_ADD, key};
		if (node->client_elsewhere != 0)
			events[count++] = (struct world_event){WORLD_REQUEST, p, WORLD_REQUEST_ADD, WORLD_KEYS};
		if (options->opens && !node->opening)
			events[count++] = (struct world_event){WORLD_REQUEST, p,
			                                       node->opened ? WORLD_REQUEST_CLOSE : WORLD_REQUEST_OPEN, 0};
		if (options->locks)
			events[count++] = (struct world_event){WORLD_REQUEST, p,
			                                       node->belief ? WORLD_REQUEST_UNLOCK : WORLD_REQUEST_LOCK, 0};
	}
	/* A node that is left out has calls that wait for ever; where leases run in time its clients read on beside them. */
	const bool reads_on = options->timed || options->lone || tree_first(&node->engine->deadlines) == NULL;
	if (options->reads && world->read_count < WORLD_READS_MAX && reads_on)
		for (unsigned key = 0; key < WORLD_KEYS; key++)
			events[count++] = (struct world_event){WORLD_REQUEST, p, WORLD_REQUEST_READ, key};
	return count;
}

/* The agents' host is the member with the lowest id. Without faults nobody is shot: who is up comes back by itself. */
static size_t enabled_fencing(struct world *world, unsigned p, struct world_event *events, bool faults)
{
	const struct engine *engine = world->nodes[p].engine;
	size_t count = 0;

	if (!fencing_waits(engine) || engine->view.self != 0 || engine->view.transitional)
		return 0;
	for (uint32_t i = 0; i < engine->unfenced_count; i++) {
		const unsigned target = engine->unfenced[i].node - 1;

		if ((faults || !world->nodes[target].up) && world->nodes[p].barrier.count == 0)
			events[count++] = (struct world_event){WORLD_FENCE, p, target, 0};
	}
	return count;
}

size_t oracle_enabled(struct world *world, struct world_event *events, bool faults)
{
	size_t count = 0;

	for (unsigned p = 0; p < world->options.nodes; p++) {
		struct node *node = &world->nodes[p];

		if (!node->up) {
			if (!faults || world->ring_count >= WORLD_RINGS_MAX - 14)
				continue;
			events[count++] = (struct world_event){WORLD_START, p, 0, 0};
			if (world->options.disks && !world->disk_lost)
				events[count++] = (struct world_event){WORLD_START, p, 1, 0};
			continue;
		}
		if (node->attempt != NULL && node->attempt->exchanged)
			events[count++] = (struct world_event){WORLD_INSTALL, p, 0, 0};
		else if (node->attempt != NULL && lowest(node->attempt->members) == p && exchange_ready(world, node->attempt))
			events[count++] = (struct world_event){WORLD_EXCHANGE, (unsigned)ring_index(world, node->attempt), 0, 0};
		if (node->operational) {
			count += enabled_operational(world, p, events + count, faults);
			count += enabled_fencing(world, p, events + count, faults);
		}
		if (faults && node->operational && node_serves(node))
			count += enabled_requests(world, p, events + count);
		if (faults && world->options.votes && node->operational) {
			const unsigned nodes = world->options.nodes;

			events[count++] = (struct world_event){WORLD_EXPECTED, p, nodes + (node->engine->expected <= nodes), 0};
			events[count++] = (struct world_event){WORLD_DEVICE, p, node->engine->device_votes == 0, 0};
		}
		if (faults && world->options.adopt && node->operational && node->engine->view.ended &&
		    (!node->engine->view.serving || objects_any_lost(node_service(node))))
			events[count++] = (struct world_event){WORLD_ADOPT, p, 0, 0};
		if (faults && world->crashes < world->options.crashes)
			events[count++] = (struct world_event){WORLD_CRASH, p, 0, 0};
	}
	if (faults && world->forms < world->options.forms && world->ring_count < WORLD_RINGS_MAX - 14)
		for (unsigned members = 1; members < 1u << world->options.nodes; members++)
			if (oracle_form_allowed(world, members))
				events[count++] = (struct world_event){WORLD_FORM, members, 0, 0};
	for (unsigned p = 0; p < world->options.nodes && count == 0; p++)
		if (world->nodes[p].up && world->nodes[p].timers[ENGINE_TIMER_RELEASE] != INT64_MAX)
			events[count++] = (struct world_event){WORLD_PASS, p, 0, 0};
	return count;
}

/* What the ring does with a message, and a node with its token. */
static void step_ring(struct world *world, struct node *node, struct world_event event)
{
	size_t stable;

	switch (event.kind) {
	case WORLD_RECEIVE:
		node->ring->held[event.node][event.a] = true;
		break;
	case WORLD_DELIVER:
		/* R13: applied before anybody can hear of it. */
		deliver(world, event.node, node->ring->applied[event.node]);
		node->ring->applied[event.node]++;
		break;
	case WORLD_SEND:
		send_one(world, event.node);
		break;
	case WORLD_STABLE:
		stable = event.a - (!world->options.exact && event.a - 1 > node->stable && world_random(world) % 3 == 0);
		node->stable = stable;
		world_trace(world, "%u: stable below %zu", event.node + 1, stable);
		stable_event(world, event.node, stable);
		break;
	case WORLD_TOKEN:
		node->stale_token = true;
		world_trace(world, "%u accepts a token that lay in its socket", event.node + 1);
		/* fall through */
	case WORLD_LEASE:
		if (world->options.timed) {
			oracle_token(world, event.node);
			break;
		}
		node->lease = true;
		fresh_event(world, event.node, INT64_MAX);
		break;
	default:
		break;
	}
}

/* Rings form and nodes come and go. */
static void step_membership(struct world *world, struct node *node, struct world_event event)
{
	switch (event.kind) {
	case WORLD_FORM:
		oracle_form(world, event.node);
		break;
	case WORLD_EXCHANGE:
		exchange(world, world->rings[event.node]);
		break;
	case WORLD_INSTALL:
		install(world, event.node);
		break;
	case WORLD_CRASH:
		crash(world, event.node, "crashes");
		break;
	case WORLD_START:
		world->disk_lost |= event.a != 0;
		if (event.a != 0)
			node->ring_seq = 0;
		oracle_boot(world, event.node);
		break;
	case WORLD_FENCE:
		if (world->nodes[event.a].up)
			crash(world, event.a, "is fenced");
		engine_fenced(node->engine, event.a + 1);
		break;
	default:
		break;
	}
}

/* What an operator or a quorum device tells a node. */
static void step_told(struct world *world, struct node *node, struct world_event event)
{
	switch (event.kind) {
	case WORLD_ADOPT:
		world->adopted = true;
		world_trace(world, "%u: adopt", event.node + 1);
		engine_adopt(node->engine);
		break;
	case WORLD_EXPECTED:
		world_trace(world, "%u: %u votes are to be expected", event.node + 1, event.a);
		engine_expected_votes(node->engine, event.a);
		break;
	case WORLD_DEVICE:
		world_trace(world, "%u: its quorum device gives %u votes", event.node + 1, event.a);
		engine_device_votes(node->engine, event.a);
		break;
	case WORLD_LEAVE:
		world_trace(world, "%u says that it leaves", event.node + 1);
		engine_leaving(node->engine);
		break;
	default:
		break;
	}
}

void oracle_step(struct world *world, struct world_event event)
{
	struct node *node = &world->nodes[event.node % WORLD_NODES_MAX];

	world_tick(world);
	if (world->violated)
		return;
	switch (event.kind) {
	case WORLD_RECEIVE:
	case WORLD_DELIVER:
	case WORLD_SEND:
	case WORLD_STABLE:
	case WORLD_TOKEN:
	case WORLD_LEASE:
		step_ring(world, node, event);
		break;
	case WORLD_FORM:
	case WORLD_EXCHANGE:
	case WORLD_INSTALL:
	case WORLD_CRASH:
	case WORLD_START:
	case WORLD_FENCE:
		step_membership(world, node, event);
		break;
	case WORLD_ADOPT:
	case WORLD_EXPECTED:
	case WORLD_DEVICE:
	case WORLD_LEAVE:
		step_told(world, node, event);
		break;
	case WORLD_REQUEST:
		node_request(world, event.node, (enum world_request)event.a, (uint8_t)event.b);
		break;
	case WORLD_PASS:
		break;
	}
	if (event.kind != WORLD_FORM && event.kind != WORLD_EXCHANGE && node->up && node->leaving && !world->violated)
		crash(world, event.node, "leaves");
}
