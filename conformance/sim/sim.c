/* The kernel: event heap, clocks, network, disks. Everything is drawn from one generator in one order, so a seed is a run. */
#include "conformance/sim/sim.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

enum { INBOX_MAX = 4096, VIOLATION_SIZE = 1024 };

enum event_kind { EVENT_PACKET, EVENT_TIMER, EVENT_STORED, EVENT_RESUME, EVENT_CALL };

struct packet {
	uint32_t references;
	size_t size;
	uint8_t data[];
};

struct event {
	int64_t at_ns;
	uint64_t order; /* of creation: ties are decided by it */
	enum event_kind kind;
	uint32_t node, from;
	uint64_t life; /* the node's when it was made */
	uint64_t argument;
	uint64_t generation;
	struct packet *packet;
	sim_call_fn *call;
	void *context;
};

struct timer {
	uint64_t id, generation;
	int64_t due_ns; /* global clock */
	bool set;
};

struct waiting {
	uint32_t from;
	struct packet *packet;
};

struct node {
	const struct sim_program *program;
	void *instance;
	uint64_t life;
	uint64_t disk, storing;
	bool has_storing;
	int32_t drift_ppm;
	int64_t wall_offset_ns;
	bool paused;
	int64_t resume_ns;
	struct timer *timers;
	size_t timer_count;
	struct waiting *inbox;
	size_t inbox_count;
	bool cut_to[SIM_NODES_MAX + 1];
	int64_t arrival_ns[SIM_NODES_MAX + 1]; /* of the last packet to each: one after the other unless reordered */
};

struct sim {
	uint64_t random_state;
	int64_t now_ns;
	struct event *heap;
	size_t heap_count, heap_capacity;
	uint64_t order;
	uint64_t events;
	struct node nodes[SIM_NODES_MAX + 1];
	uint32_t node_count;
	struct sim_network network;
	void *world;
	FILE *trace;
	bool violated;
	char violation[VIOLATION_SIZE];
	struct sim_chaos chaos;
	bool chaotic;
	uint64_t chaos_generation;
};

static void *allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (memory == NULL)
		abort(); /* the simulator itself has no use for a machine without memory */
	return memory;
}

struct sim *sim_new(uint64_t seed, FILE *trace)
{
	struct sim *sim = allocate(sizeof(*sim));

	sim->random_state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
	sim->trace = trace;
	sim->network = (struct sim_network){.delay_min_ns = 50000, .delay_max_ns = 300000, .store_max_ns = 5 * SIM_MS};
	return sim;
}

static void packet_release(struct packet *packet)
{
	if (packet != NULL && --packet->references == 0)
		free(packet);
}

static void node_forget(struct node *node)
{
	for (size_t i = 0; i < node->inbox_count; i++)
		packet_release(node->inbox[i].packet);
	node->inbox_count = 0;
	node->timer_count = 0;
	node->paused = false;
	node->has_storing = false;
}

void sim_stop_all(struct sim *sim)
{
	for (uint32_t id = SIM_NODE_FIRST; id <= sim->node_count; id++) {
		struct node *node = &sim->nodes[id];
		if (node->instance != NULL)
			node->program->stop(node->instance);
		node->instance = NULL;
		node_forget(node);
	}
	for (size_t i = 0; i < sim->heap_count; i++)
		packet_release(sim->heap[i].packet);
	sim->heap_count = 0;
}

void sim_free(struct sim *sim)
{
	sim_stop_all(sim);
	for (uint32_t id = SIM_NODE_FIRST; id <= sim->node_count; id++) {
		free(sim->nodes[id].timers);
		free(sim->nodes[id].inbox);
	}
	free(sim->heap);
	free(sim);
}

uint64_t sim_random(struct sim *sim)
{
	uint64_t z = sim->random_state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

uint64_t sim_random_below(struct sim *sim, uint64_t bound)
{
	return bound == 0 ? 0 : sim_random(sim) % bound;
}

bool sim_chance(struct sim *sim, uint32_t out_of_65536)
{
	return out_of_65536 > 0 && (sim_random(sim) & 0xffff) < out_of_65536;
}

static bool event_before(const struct event *a, const struct event *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static void event_push(struct sim *sim, struct event event)
{
	if (sim->heap_count == sim->heap_capacity) {
		sim->heap_capacity = sim->heap_capacity == 0 ? 1024 : sim->heap_capacity * 2;
		sim->heap = realloc(sim->heap, sim->heap_capacity * sizeof(*sim->heap));
		if (sim->heap == NULL)
			abort();
	}
	event.order = sim->order++;
	size_t at = sim->heap_count++;
	while (at > 0 && event_before(&event, &sim->heap[(at - 1) / 2])) {
		sim->heap[at] = sim->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	sim->heap[at] = event;
}

static struct event event_pop(struct sim *sim)
{
	const struct event first = sim->heap[0], last = sim->heap[--sim->heap_count];
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;
		if (child >= sim->heap_count)
			break;
		if (child + 1 < sim->heap_count && event_before(&sim->heap[child + 1], &sim->heap[child]))
			child++;
		if (!event_before(&sim->heap[child], &last))
			break;
		sim->heap[at] = sim->heap[child];
		at = child;
	}
	if (sim->heap_count > 0)
		sim->heap[at] = last;
	return first;
}

void sim_node_add(struct sim *sim, uint32_t id, const struct sim_program *program)
{
	assert(id >= SIM_NODE_FIRST && id <= SIM_NODES_MAX);
	sim->nodes[id].program = program;
	if (id > sim->node_count)
		sim->node_count = id;
}

void sim_node_start(struct sim *sim, uint32_t id)
{
	struct node *node = &sim->nodes[id];

	if (node->instance != NULL)
		return;
	node->life++;
	sim_trace(sim, id, "starts (disk %" PRIu64 ")", node->disk);
	node->instance = node->program->start(sim, id);
}

void sim_start_all(struct sim *sim)
{
	for (uint32_t node = SIM_NODE_FIRST; node <= sim->node_count; node++)
		sim_node_start(sim, node);
}

void sim_node_crash(struct sim *sim, uint32_t id, bool disk_lost)
{
	struct node *node = &sim->nodes[id];

	if (node->instance == NULL)
		return;
	sim_trace(sim, id, "crashes%s", disk_lost ? ", its disk is lost" : "");
	if (node->has_storing && sim_chance(sim, 32768))
		node->disk = node->storing; /* it had reached the disk, and nobody was told */
	if (disk_lost)
		node->disk = 0;
	node->program->stop(node->instance);
	node->instance = NULL;
	node->life++;
	node_forget(node);
}

bool sim_node_runs(const struct sim *sim, uint32_t id)
{
	return sim->nodes[id].instance != NULL;
}

bool sim_node_paused(const struct sim *sim, uint32_t id)
{
	return sim->nodes[id].paused;
}

void *sim_node_instance(const struct sim *sim, uint32_t id)
{
	return sim->nodes[id].instance;
}

uint64_t sim_node_disk(const struct sim *sim, uint32_t id)
{
	return sim->nodes[id].disk;
}

uint32_t sim_node_count(const struct sim *sim)
{
	return sim->node_count;
}

struct sim_network *sim_network(struct sim *sim)
{
	return &sim->network;
}

void sim_cut(struct sim *sim, uint32_t from, uint32_t to, bool cut)
{
	sim->nodes[from].cut_to[to] = cut;
}

void sim_partition(struct sim *sim, uint64_t side)
{
	for (uint32_t a = SIM_NODE_FIRST; a <= sim->node_count; a++)
		for (uint32_t b = SIM_NODE_FIRST; b <= sim->node_count; b++)
			sim->nodes[a].cut_to[b] = (side >> a & 1) != (side >> b & 1);
}

void sim_heal(struct sim *sim)
{
	for (uint32_t a = SIM_NODE_FIRST; a <= sim->node_count; a++)
		memset(sim->nodes[a].cut_to, 0, sizeof(sim->nodes[a].cut_to));
}

void sim_node_drift(struct sim *sim, uint32_t id, int32_t parts_per_million, int64_t wall_offset_ns)
{
	sim->nodes[id].drift_ppm = parts_per_million;
	sim->nodes[id].wall_offset_ns = wall_offset_ns;
}

/* Each node's clock began at another time. */
static int64_t node_clock_base(uint32_t id)
{
	return (int64_t)id * 1000000007;
}

int64_t sim_node_now(const struct sim *sim, uint32_t id)
{
	return node_clock_base(id) + sim->now_ns + sim->now_ns / 1000000 * sim->nodes[id].drift_ppm;
}

int64_t sim_node_wall(const struct sim *sim, uint32_t id)
{
	return SIM_EPOCH_NS + sim->nodes[id].wall_offset_ns + sim_node_now(sim, id) - node_clock_base(id);
}

/* When the node's clock shows `at_ns`, never earlier than it does. */
static int64_t global_time(const struct sim *sim, uint32_t id, int64_t at_ns)
{
	const int64_t ahead = at_ns - sim_node_now(sim, id);

	if (ahead <= 0)
		return sim->now_ns;
	return sim->now_ns + ahead - ahead / 1000000 * sim->nodes[id].drift_ppm + 1000 * (sim->nodes[id].drift_ppm != 0);
}

static struct timer *timer_find(struct node *node, uint64_t id)
{
	for (size_t i = 0; i < node->timer_count; i++)
		if (node->timers[i].id == id)
			return &node->timers[i];
	return NULL;
}

static struct timer *timer_add(struct node *node, uint64_t id)
{
	for (size_t i = 0; i < node->timer_count; i++) {
		if (node->timers[i].set)
			continue;
		node->timers[i].id = id;
		return &node->timers[i];
	}
	node->timers = realloc(node->timers, (node->timer_count + 1) * sizeof(*node->timers));
	if (node->timers == NULL)
		abort();
	node->timers[node->timer_count] = (struct timer){.id = id};
	return &node->timers[node->timer_count++];
}

void sim_timer_set(struct sim *sim, uint32_t id, uint64_t timer_id, int64_t at_ns)
{
	struct node *node = &sim->nodes[id];
	struct timer *timer = timer_find(node, timer_id);

	if (timer == NULL)
		timer = timer_add(node, timer_id);
	timer->set = true;
	timer->generation = ++sim->order;
	timer->due_ns = global_time(sim, id, at_ns);
	event_push(sim, (struct event){.at_ns = timer->due_ns, .kind = EVENT_TIMER, .node = id, .life = node->life,
	                               .argument = timer_id, .generation = timer->generation});
}

void sim_timer_cancel(struct sim *sim, uint32_t id, uint64_t timer_id)
{
	struct timer *timer = timer_find(&sim->nodes[id], timer_id);

	if (timer != NULL)
		timer->set = false;
}

void sim_store(struct sim *sim, uint32_t id, uint64_t value)
{
	struct node *node = &sim->nodes[id];

	node->storing = value;
	node->has_storing = true;
	event_push(sim, (struct event){.at_ns = sim->now_ns + 1 + (int64_t)sim_random_below(sim, (uint64_t)sim->network.store_max_ns),
	                               .kind = EVENT_STORED, .node = id, .life = node->life, .argument = value});
}

static int64_t between(struct sim *sim, int64_t low, int64_t high)
{
	return low + (int64_t)sim_random_below(sim, (uint64_t)(high - low + 1));
}

static void packet_schedule(struct sim *sim, uint32_t from, uint32_t to, struct packet *packet)
{
	struct node *sender = &sim->nodes[from];
	int64_t at = sim->now_ns + between(sim, sim->network.delay_min_ns, sim->network.delay_max_ns);

	if (sim_chance(sim, sim->network.reorder)) {
		at += between(sim, 0, sim->network.reorder_delay_max_ns);
	} else {
		if (at <= sender->arrival_ns[to])
			at = sender->arrival_ns[to] + 1;
		sender->arrival_ns[to] = at;
	}
	packet->references++;
	event_push(sim, (struct event){.at_ns = at, .kind = EVENT_PACKET, .node = to, .from = from, .packet = packet});
}

static struct packet *packet_new(struct bytes bytes)
{
	struct packet *packet = allocate(sizeof(*packet) + bytes.size);

	packet->references = 1;
	packet->size = bytes.size;
	if (bytes.size > 0)
		memcpy(packet->data, bytes.data, bytes.size);
	return packet;
}

static void packet_corrupt(struct sim *sim, struct packet *packet)
{
	const uint64_t how = sim_random_below(sim, 3);

	if (packet->size == 0)
		return;
	if (how == 0)
		packet->size = sim_random_below(sim, packet->size);
	else
		packet->data[sim_random_below(sim, packet->size)] ^= (uint8_t)(1 << sim_random_below(sim, 8));
}

static void packet_send(struct sim *sim, uint32_t from, uint32_t to, struct packet *packet)
{
	if (sim->nodes[from].cut_to[to] || sim_chance(sim, sim->network.loss))
		return;
	if (sim_chance(sim, sim->network.corrupt)) {
		struct packet *damaged = packet_new(bytes_of(packet->data, packet->size));
		packet_corrupt(sim, damaged);
		packet_schedule(sim, from, to, damaged);
		packet_release(damaged);
		return;
	}
	packet_schedule(sim, from, to, packet);
	if (sim_chance(sim, sim->network.duplicate))
		packet_schedule(sim, from, to, packet);
}

void sim_multicast(struct sim *sim, uint32_t from, struct bytes bytes)
{
	struct packet *packet = packet_new(bytes);

	for (uint32_t to = SIM_NODE_FIRST; to <= sim->node_count; to++)
		if (to != from)
			packet_send(sim, from, to, packet);
	packet_release(packet);
}

void sim_unicast(struct sim *sim, uint32_t from, uint32_t to, struct bytes bytes)
{
	if (to < SIM_NODE_FIRST || to > sim->node_count)
		return;
	struct packet *packet = packet_new(bytes);
	packet_send(sim, from, to, packet);
	packet_release(packet);
}

void sim_node_pause(struct sim *sim, uint32_t id, int64_t for_ns)
{
	struct node *node = &sim->nodes[id];

	if (node->instance == NULL || node->paused)
		return;
	sim_trace(sim, id, "is paused for %" PRId64 " ms", for_ns / SIM_MS);
	node->paused = true;
	node->resume_ns = sim->now_ns + for_ns;
	event_push(sim, (struct event){.at_ns = node->resume_ns, .kind = EVENT_RESUME, .node = id, .life = node->life});
}

static void inbox_add(struct node *node, uint32_t from, struct packet *packet)
{
	if (node->inbox == NULL)
		node->inbox = allocate(INBOX_MAX * sizeof(*node->inbox));
	if (node->inbox_count == INBOX_MAX) {
		packet_release(packet); /* a socket's buffer is full at some point */
		return;
	}
	node->inbox[node->inbox_count++] = (struct waiting){.from = from, .packet = packet};
}

static void on_packet(struct sim *sim, struct event *event)
{
	struct node *node = &sim->nodes[event->node];

	if (node->instance != NULL && node->paused) {
		inbox_add(node, event->from, event->packet);
		return;
	}
	if (node->instance != NULL)
		node->program->packet(node->instance, event->from, bytes_of(event->packet->data, event->packet->size));
	packet_release(event->packet);
}

static void timer_fire(struct sim *sim, uint32_t id, struct timer *timer)
{
	struct node *node = &sim->nodes[id];
	const uint64_t which = timer->id;
	const int64_t late = sim->now_ns - timer->due_ns;

	timer->set = false;
	node->program->timer(node->instance, which, late);
}

static void on_timer(struct sim *sim, const struct event *event)
{
	struct node *node = &sim->nodes[event->node];
	struct timer *timer = timer_find(node, event->argument);

	if (node->instance == NULL || node->life != event->life || node->paused || timer == NULL || !timer->set ||
	    timer->generation != event->generation)
		return;
	timer_fire(sim, event->node, timer);
}

/* What had arrived comes first, then the timers that are due, as a host must do it. */
static void on_resume(struct sim *sim, const struct event *event)
{
	struct node *node = &sim->nodes[event->node];

	if (node->instance == NULL || node->life != event->life || !node->paused || node->resume_ns > sim->now_ns)
		return;
	sim_trace(sim, event->node, "resumes, %zu packets wait", node->inbox_count);
	node->paused = false;
	struct waiting *inbox = node->inbox;
	const size_t count = node->inbox_count;
	node->inbox = NULL;
	node->inbox_count = 0;
	for (size_t i = 0; i < count; i++) {
		if (node->instance != NULL && node->life == event->life && !node->paused)
			node->program->packet(node->instance, inbox[i].from, bytes_of(inbox[i].packet->data, inbox[i].packet->size));
		packet_release(inbox[i].packet);
	}
	free(inbox);
	for (size_t i = 0; i < node->timer_count; i++)
		if (node->instance != NULL && node->timers[i].set && node->timers[i].due_ns <= sim->now_ns)
			timer_fire(sim, event->node, &node->timers[i]);
}

static void on_stored(struct sim *sim, const struct event *event)
{
	struct node *node = &sim->nodes[event->node];

	if (node->instance == NULL || node->life != event->life)
		return;
	if (event->argument > node->disk)
		node->disk = event->argument;
	if (node->has_storing && node->storing == event->argument)
		node->has_storing = false;
	if (node->paused) { /* the disk did its work; the node learns of it later */
		event_push(sim, (struct event){.at_ns = node->resume_ns + 1, .kind = EVENT_STORED, .node = event->node, .life = event->life,
		                               .argument = event->argument});
		return;
	}
	node->program->stored(node->instance, event->argument);
}

void sim_call(struct sim *sim, int64_t after_ns, sim_call_fn *call, void *context, uint64_t argument)
{
	event_push(sim, (struct event){.at_ns = sim->now_ns + after_ns, .kind = EVENT_CALL, .call = call, .context = context,
	                               .argument = argument});
}

static void event_handle(struct sim *sim, struct event *event)
{
	switch (event->kind) {
	case EVENT_PACKET:
		on_packet(sim, event);
		break;
	case EVENT_TIMER:
		on_timer(sim, event);
		break;
	case EVENT_STORED:
		on_stored(sim, event);
		break;
	case EVENT_RESUME:
		on_resume(sim, event);
		break;
	case EVENT_CALL:
		event->call(event->context, event->argument);
		break;
	}
}

void sim_run(struct sim *sim, int64_t for_ns)
{
	const int64_t end = sim->now_ns + for_ns;

	while (sim->heap_count > 0 && sim->heap[0].at_ns <= end && !sim->violated) {
		struct event event = event_pop(sim);
		sim->now_ns = event.at_ns;
		sim->events++;
		event_handle(sim, &event);
	}
	if (!sim->violated)
		sim->now_ns = end;
}

int64_t sim_now(const struct sim *sim)
{
	return sim->now_ns;
}

uint64_t sim_events(const struct sim *sim)
{
	return sim->events;
}

void sim_context_set(struct sim *sim, void *world)
{
	sim->world = world;
}

void *sim_context(const struct sim *sim)
{
	return sim->world;
}

bool sim_tracing(const struct sim *sim)
{
	return sim->trace != NULL;
}

void sim_trace(struct sim *sim, uint32_t node, const char *format, ...)
{
	va_list arguments;

	if (sim->trace == NULL)
		return;
	fprintf(sim->trace, "%6" PRId64 ".%06" PRId64 "ms ", sim->now_ns / SIM_MS, sim->now_ns % SIM_MS);
	if (node != 0)
		fprintf(sim->trace, "%" PRIu32 " ", node);
	va_start(arguments, format);
	vfprintf(sim->trace, format, arguments);
	va_end(arguments);
	fputc('\n', sim->trace);
}

void sim_violation(struct sim *sim, const char *promise, const char *format, ...)
{
	va_list arguments;

	if (sim->violated)
		return;
	sim->violated = true;
	const int used = snprintf(sim->violation, sizeof(sim->violation), "%s: ", promise);
	va_start(arguments, format);
	vsnprintf(sim->violation + used, sizeof(sim->violation) - (size_t)used, format, arguments);
	va_end(arguments);
	sim_trace(sim, 0, "VIOLATION %s", sim->violation);
}

bool sim_violated(const struct sim *sim)
{
	return sim->violated;
}

const char *sim_violation_text(const struct sim *sim)
{
	return sim->violation;
}

struct sim_chaos sim_chaos_default(void)
{
	return (struct sim_chaos){
		.interval_max_ns = 400 * SIM_MS, .partition = 3, .one_way = 2, .heal = 4, .crash = 3, .restart = 4, .pause = 2, .burst = 2,
		.calm = 2, .disk_lost = 0, .pause_max_ns = 800 * SIM_MS, .alive_min = 1,
	};
}

static uint32_t random_node(struct sim *sim)
{
	return SIM_NODE_FIRST + (uint32_t)sim_random_below(sim, sim->node_count);
}

static uint32_t alive_count(const struct sim *sim)
{
	uint32_t alive = 0;

	for (uint32_t id = SIM_NODE_FIRST; id <= sim->node_count; id++)
		alive += sim->nodes[id].instance != NULL;
	return alive;
}

static void chaos_strike(struct sim *sim)
{
	const struct sim_chaos *chaos = &sim->chaos;
	const uint32_t weights[] = {chaos->partition, chaos->one_way, chaos->heal, chaos->crash, chaos->restart, chaos->pause,
	                            chaos->burst, chaos->calm};
	uint32_t sum = 0, kind = 0;

	for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++)
		sum += weights[i];
	uint64_t drawn = sim_random_below(sim, sum);
	while (kind < 7 && drawn >= weights[kind])
		drawn -= weights[kind++];
	const uint32_t a = random_node(sim), b = random_node(sim);
	const uint64_t random = sim_random(sim);

	switch (kind) {
	case 0:
		sim_trace(sim, 0, "partition %016" PRIx64, random);
		sim_partition(sim, random);
		break;
	case 1:
		sim_trace(sim, 0, "cut %" PRIu32 " -> %" PRIu32, a, b);
		sim_cut(sim, a, b, true);
		break;
	case 2:
		sim_trace(sim, 0, "heal");
		sim_heal(sim);
		break;
	case 3:
		if (alive_count(sim) > chaos->alive_min)
			sim_node_crash(sim, a, (random & 0xffff) < chaos->disk_lost);
		break;
	case 4:
		sim_node_start(sim, a);
		break;
	case 5:
		sim_node_pause(sim, a, 1 + (int64_t)(random % (uint64_t)chaos->pause_max_ns));
		break;
	case 6:
		sim->network.loss = (uint32_t)(random % 20000);
		sim->network.reorder = (uint32_t)(random >> 20 & 0x3fff);
		sim->network.duplicate = (uint32_t)(random >> 40 & 0xfff);
		sim->network.corrupt = (uint32_t)(random >> 52 & 0x3ff);
		break;
	default:
		sim->network.loss = (uint32_t)(random % 600);
		sim->network.reorder = (uint32_t)(random >> 20 & 0xff);
		sim->network.corrupt = 0;
		break;
	}
}

void sim_ambush(struct sim *sim, uint64_t random)
{
	const uint32_t node = SIM_NODE_FIRST + (uint32_t)(random >> 8) % sim->node_count;

	switch (random & 7) {
	case 0:
	case 1:
		sim_node_crash(sim, node, false);
		break;
	case 2:
		sim_partition(sim, random >> 8);
		break;
	case 3:
		sim_cut(sim, node, SIM_NODE_FIRST + (uint32_t)(random >> 32) % sim->node_count, true);
		break;
	case 4:
		sim_node_pause(sim, node, 1 + (int64_t)(random >> 16 & 0x7f) * SIM_MS);
		break;
	default:
		sim->network.loss = (uint32_t)(random >> 16 & 0x7fff);
		break;
	}
}

static void chaos_call(void *context, uint64_t generation)
{
	struct sim *sim = context;

	if (!sim->chaotic || generation != sim->chaos_generation)
		return;
	chaos_strike(sim);
	sim_call(sim, 1 + (int64_t)sim_random_below(sim, (uint64_t)sim->chaos.interval_max_ns), chaos_call, sim, generation);
}

void sim_chaos_begin(struct sim *sim, const struct sim_chaos *chaos)
{
	sim->chaos = *chaos;
	sim->chaotic = true;
	sim_call(sim, (int64_t)sim_random_below(sim, (uint64_t)chaos->interval_max_ns), chaos_call, sim, ++sim->chaos_generation);
}

void sim_chaos_end(struct sim *sim)
{
	sim->chaotic = false;
	sim->network.loss = sim->network.reorder = sim->network.duplicate = sim->network.corrupt = 0;
	sim_trace(sim, 0, "the network is whole again");
	sim_heal(sim);
	for (uint32_t id = SIM_NODE_FIRST; id <= sim->node_count; id++) {
		struct node *node = &sim->nodes[id];
		sim_node_start(sim, id);
		if (node->paused) {
			node->resume_ns = sim->now_ns;
			event_push(sim, (struct event){.at_ns = sim->now_ns, .kind = EVENT_RESUME, .node = id, .life = node->life});
		}
	}
}
