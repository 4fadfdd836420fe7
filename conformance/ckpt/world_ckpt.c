/* One seed of the `ckpt` world: nodes boot and meet, clients work while faults strike, then all is healed and must come to rest equal. */
#include "conformance/ckpt/world_ckpt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ais/ckpt/ckpt_held.h"
#include "ais/ckpt/ckpt_placement.h"
#include "conformance/ckpt/mutants.h"
#include "saCkpt.h"

enum {
	CALL_TOKEN = 1000000,    /* and the token */
	CALL_READ = 2000000,     /* and the read's index */
	OUTSTANDING_MAX = 6,
	NOISE_SECTIONS = 6,
	EAGER_READS = 100,
	RETENTION_STEP_NS = 250000000, /* what a duration has beyond a multiple of it is the token that set it */
};

static const char OVERWRITTEN[] = "overwritten";

/* --- States and tokens. --- */

void section_name(char text[24], const char *kind, size_t number)
{
	snprintf(text, 24, "%s%zu", kind, number);
}

struct ckpt_node *member_of(const struct world_ckpt *world, uint32_t node)
{
	return sim_node_instance(world->sim, node);
}

struct service *member_service(const struct ckpt_node *member)
{
	return sim_stack_service(&member->stack);
}

bool member_current(const struct ckpt_node *member)
{
	return sim_stack_current(&member->stack);
}

const struct checkpoint *world_checkpoint(const struct ckpt_node *member)
{
	return checkpoint_find_linked(member_service(member)->state, bytes_of_text("world"));
}

bool world_active_here(const struct ckpt_node *member)
{
	const struct checkpoint *checkpoint = world_checkpoint(member);

	return checkpoint != NULL && checkpoint_is_asynchronous(checkpoint) && checkpoint->active_node == member->stack.node &&
	       checkpoint->active_incarnation == member->stack.engine->config.incarnation;
}

static void key_tokens(const struct world_ckpt *world, const struct checkpoint *checkpoint, unsigned key, bool lacking_counts,
                       struct token_set *set)
{
	char name[24];

	section_name(name, "a", key);
	const struct section *section = section_find(checkpoint, bytes_of_text(name));
	if (section == NULL || (!section->present && !lacking_counts))
		return;
	const struct bytes content = section->present ? section_content(checkpoint, section) : (struct bytes){0};
	for (size_t token = 1; token <= world->token_count; token++) {
		const size_t at = token * CKPT_WORLD_SLOT;

		if (world->tokens[token].kind > TOKEN_HALF || world->tokens[token].key != key)
			continue;
		if (!section->present || (at + CKPT_WORLD_SLOT <= content.size && content.data[at] != 0))
			token_add(set, token);
	}
}

static bool section_has(const struct checkpoint *checkpoint, const struct section *section, bool lacking_counts, const char *text)
{
	return section->present ? text == NULL || bytes_equal(section_content(checkpoint, section), bytes_of_text(text)) : lacking_counts;
}

static bool state_is_unlinked(const struct ckpt_state *state, struct identity identity)
{
	const struct checkpoint *checkpoint = checkpoint_find(state, identity);

	return checkpoint == NULL || checkpoint->unlinked;
}

/* One that concerns a section of its own. */
static bool checkpoint_has_token(const struct world_ckpt *world, const struct checkpoint *checkpoint, size_t token, bool lacking_counts)
{
	const struct token *known = &world->tokens[token];
	char name[24];

	section_name(name, "n", known->of == 0 ? token : known->of);
	const struct section *section = section_find(checkpoint, bytes_of_text(name));
	if (known->kind == TOKEN_DELETE)
		return section == NULL && identity_equal(checkpoint->identity, known->checkpoint);
	if (section != NULL && known->kind == TOKEN_EXPIRY)
		return section_expiry_ns(section) == SIM_EPOCH_NS + known->expiry_ns;
	return section != NULL && section_has(checkpoint, section, lacking_counts, known->kind == TOKEN_OVERWRITE ? OVERWRITTEN : NULL);
}

/* The value that is there may be of any that was not yet answered when this one was asked for: which of the two came later is not known. */
static bool state_has_retention(const struct world_ckpt *world, const struct ckpt_state *state, size_t token)
{
	const struct checkpoint *checkpoint = checkpoint_find(state, world->tokens[token].checkpoint);

	if (checkpoint == NULL)
		return true;
	const size_t set_by = (size_t)(checkpoint->retention_ns % RETENTION_STEP_NS);
	const size_t answered_at = world->tokens[set_by].answered_at;
	return set_by == token || (set_by != 0 && (answered_at == 0 || answered_at >= token));
}

static bool state_has_name_token(const struct world_ckpt *world, const struct ckpt_state *state, size_t token)
{
	const struct token *known = &world->tokens[token];

	return known->kind == TOKEN_UNLINK ? state_is_unlinked(state, known->checkpoint) : state_has_retention(world, state, token);
}

void state_names(const struct world_ckpt *world, const struct ckpt_state *state, struct token_set *set)
{
	if (checkpoint_find_linked(state, bytes_of_text("world")) == NULL)
		return; /* it may not know anything yet */
	for (size_t token = 1; token <= world->token_count; token++)
		if (token_of_directory(world, token) && state_has_name_token(world, state, token))
			token_add(set, token);
}

void state_tokens(const struct world_ckpt *world, const struct ckpt_state *state, bool lacking_counts, struct token_set *set)
{
	const struct checkpoint *checkpoint = checkpoint_find_linked(state, bytes_of_text("world"));

	if (checkpoint == NULL)
		return;
	state_names(world, state, set);
	if (checkpoint_is_lost(checkpoint)) { /* it holds nothing, and serves nothing that anything could be missing in */
		for (size_t token = 1; lacking_counts && token <= world->token_count; token++)
			if (!token_of_directory(world, token))
				token_add(set, token);
		return;
	}
	for (unsigned key = 0; key < CKPT_WORLD_KEYS; key++)
		key_tokens(world, checkpoint, key, lacking_counts, set);
	for (size_t token = 1; token <= world->token_count; token++)
		if (world->tokens[token].kind > TOKEN_HALF && !token_of_directory(world, token) &&
		    checkpoint_has_token(world, checkpoint, token, lacking_counts))
			token_add(set, token);
}

/* --- What the client asks. --- */

static void request(struct ckpt_node *member, uint64_t call, enum ckpt_request kind, int64_t timeout_ns, struct wire_writer *body)
{
	member->outstanding++;
	engine_client_request(member->stack.engine, member->client, call, kind, timeout_ns, wire_writer_bytes(body));
	wire_writer_clear(body);
}

static int64_t timeout_drawn(struct world_ckpt *world)
{
	return sim_chance(world->sim, 12000) ? (int64_t)(1 + sim_random_below(world->sim, 200)) * SIM_MS : 2000 * SIM_MS;
}

static void ask_open(struct ckpt_node *member)
{
	struct wire_writer body = {0};

	member->open_call = ++member->call;
	ckpt_open_request_encode(&body, &(struct ckpt_open_request){
		.name = bytes_of_text("world"), .flags = 7, .creates = true,
		.attributes = {
			.creation_flags = member->world->creation_flags, .checkpoint_size = 1, .retention_ns = SA_TIME_MAX, .section_count_max = 1000,
			.section_size_max = 1 << 20, .section_id_size_max = 24,
		},
	});
	/* Often too short: what times out must not stay open. */
	const int64_t timeout_ns = sim_chance(member->world->sim, 32768) ? (int64_t)(1 + sim_random_below(member->world->sim, 6)) * SIM_MS
	                                                                 : 2000 * SIM_MS;
	request(member, member->open_call, CKPT_REQUEST_OPEN, timeout_ns, &body);
}

static void ask_close(struct ckpt_node *member, uint64_t *open)
{
	struct wire_writer body = {0};

	ckpt_open_number_encode(&body, &(struct ckpt_open_number){.open = *open});
	*open = 0;
	request(member, ++member->call, CKPT_REQUEST_CLOSE, timeout_drawn(member->world), &body);
}

/* CKPT-127: nothing else can be done before. */
static void ask_active(struct ckpt_node *member)
{
	struct wire_writer body = {0};

	ckpt_open_number_encode(&body, &(struct ckpt_open_number){.open = member->open});
	member->active_call = ++member->call;
	request(member, member->active_call, CKPT_REQUEST_ACTIVE_SET, timeout_drawn(member->world), &body);
}

static void ask_synchronize(struct ckpt_node *member)
{
	struct wire_writer body = {0};

	member->synchronize_must = member->world->active;
	member->synchronize_call = ++member->call;
	ckpt_open_number_encode(&body, &(struct ckpt_open_number){.open = member->open});
	request(member, member->synchronize_call, CKPT_REQUEST_SYNCHRONIZE, timeout_drawn(member->world), &body);
}

static void ask_create(struct ckpt_node *member, uint64_t call, const char *name, int64_t expiry_ns, struct bytes initial)
{
	struct wire_writer body = {0};

	ckpt_section_create_request_encode(&body, &(struct ckpt_section_create_request){
		.open = member->open, .expiry_ns = expiry_ns, .id = bytes_of_text(name), .initial = initial,
	});
	request(member, call, CKPT_REQUEST_SECTION_CREATE, timeout_drawn(member->world), &body);
}

/* The sections that the world works on; whoever comes first makes them. */
static void make_sections(struct ckpt_node *member)
{
	char name[24];

	for (size_t key = 0; key < CKPT_WORLD_KEYS; key++) {
		section_name(name, "a", key);
		ask_create(member, ++member->call, name, SA_TIME_END, (struct bytes){0});
		section_name(name, "b", key);
		ask_create(member, ++member->call, name, SA_TIME_END, (struct bytes){0});
	}
	member->made = true;
}

static size_t token_new(struct world_ckpt *world, enum token_kind kind)
{
	const size_t token = ++world->token_count;

	world->tokens[token] = (struct token){.kind = kind, .key = (unsigned)sim_random_below(world->sim, CKPT_WORLD_KEYS)};
	return token;
}

static void ask_token_write(struct ckpt_node *member, size_t token)
{
	struct world_ckpt *world = member->world;
	struct wire_writer elements = {0}, body = {0}, data = {0};
	char one[24], other[24];

	section_name(one, "a", world->tokens[token].key);
	section_name(other, world->tokens[token].kind == TOKEN_HALF ? "missing" : "b", world->tokens[token].key);
	wire_put_u64(&data, token * 0x0101010101010101u | 1);
	wire_put_u64(&data, token);
	ckpt_element_encode(&elements, &(struct ckpt_element){bytes_of_text(one), token * CKPT_WORLD_SLOT, wire_writer_bytes(&data)});
	ckpt_element_encode(&elements, &(struct ckpt_element){bytes_of_text(other), token * CKPT_WORLD_SLOT, wire_writer_bytes(&data)});
	ckpt_write_request_encode(&body, &(struct ckpt_write_request){
		.open = member->open, .count = 2, .elements = wire_writer_bytes(&elements),
	});
	sim_trace(world->sim, member->stack.node, "client writes %zu to key %u", token, world->tokens[token].key);
	wire_writer_clear(&elements);
	wire_writer_clear(&data);
	request(member, CALL_TOKEN + token, CKPT_REQUEST_WRITE, timeout_drawn(world), &body);
}

static void ask_write(struct ckpt_node *member, enum token_kind kind)
{
	ask_token_write(member, token_new(member->world, kind));
}

static int64_t expiry_drawn(struct world_ckpt *world)
{
	return sim_now(world->sim) + (int64_t)(200 + sim_random_below(world->sim, 1500)) * SIM_MS;
}

static void ask_token_create(struct ckpt_node *member)
{
	struct world_ckpt *world = member->world;
	const bool expires = sim_chance(world->sim, 16384);
	const size_t token = token_new(world, expires ? TOKEN_EXPIRING : TOKEN_CREATE);
	int64_t expiry_ns = SA_TIME_END;
	char name[24];

	if (expires) { /* true time; nodes' clocks are near it, but for one that is wrong */
		world->tokens[token].expiry_ns = expiry_drawn(world);
		expiry_ns = SIM_EPOCH_NS + world->tokens[token].expiry_ns;
	}
	section_name(name, "n", token);
	sim_trace(world->sim, member->stack.node, "client creates %zu", token);
	ask_create(member, CALL_TOKEN + token, name, expiry_ns, bytes_of_text("created"));
}

/* An answered section that nobody has asked to change; 0: there is none. */
static size_t created_untaken(struct world_ckpt *world)
{
	const size_t from = sim_random_below(world->sim, world->token_count + 1);

	for (size_t i = 0; i <= world->token_count; i++) {
		const size_t token = (from + i) % (world->token_count + 1);

		if (world->tokens[token].answered_ok && !world->tokens[token].taken)
			return token;
	}
	return 0;
}

static void ask_deletion(struct ckpt_node *member, size_t token, struct bytes name, const struct checkpoint *checkpoint)
{
	struct world_ckpt *world = member->world;
	struct wire_writer body = {0};

	world->tokens[token].checkpoint = checkpoint->identity;
	world->tokens[world->tokens[token].of].deleted = true;
	ckpt_section_delete_request_encode(&body, &(struct ckpt_section_delete_request){member->open, name});
	request(member, CALL_TOKEN + token, CKPT_REQUEST_SECTION_DELETE, timeout_drawn(world), &body);
}

static void ask_overwrite(struct ckpt_node *member, size_t token, struct bytes name)
{
	struct wire_writer body = {0};

	ckpt_overwrite_request_encode(&body, &(struct ckpt_overwrite_request){member->open, name, bytes_of_text(OVERWRITTEN)});
	request(member, CALL_TOKEN + token, CKPT_REQUEST_OVERWRITE, timeout_drawn(member->world), &body);
}

/* From then on its creation is no promise either, also if this is refused or not answered. */
static void ask_expiration(struct ckpt_node *member, size_t token, struct bytes name)
{
	struct world_ckpt *world = member->world;
	const int64_t expiry_ns = expiry_drawn(world);
	struct wire_writer body = {0};

	world->tokens[token].expiry_ns = world->tokens[world->tokens[token].of].expiry_ns = expiry_ns;
	ckpt_expiration_set_request_encode(&body, &(struct ckpt_expiration_set_request){member->open, SIM_EPOCH_NS + expiry_ns, name});
	request(member, CALL_TOKEN + token, CKPT_REQUEST_EXPIRATION_SET, timeout_drawn(world), &body);
}

/* Each section once, so that a state shows whether it has the change. */
static void ask_change(struct ckpt_node *member, size_t of)
{
	static const enum token_kind kinds[] = {TOKEN_OVERWRITE, TOKEN_EXPIRY, TOKEN_DELETE};
	static const char *const words[] = {"overwrites", "gives a time to", "deletes"};
	struct world_ckpt *world = member->world;
	const struct checkpoint *checkpoint = world_checkpoint(member);
	const size_t which = sim_random_below(world->sim, checkpoint == NULL ? 2 : 3);
	const size_t token = token_new(world, kinds[which]);
	char name[24];

	section_name(name, "n", of);
	world->tokens[token].of = of;
	world->tokens[of].taken = true;
	sim_trace(world->sim, member->stack.node, "client %s %zu: change %zu", words[which], of, token);
	if (kinds[which] == TOKEN_DELETE)
		ask_deletion(member, token, bytes_of_text(name), checkpoint);
	else if (kinds[which] == TOKEN_EXPIRY)
		ask_expiration(member, token, bytes_of_text(name));
	else
		ask_overwrite(member, token, bytes_of_text(name));
}

static void ask_create_or_change(struct ckpt_node *member)
{
	const size_t of = member->world->overwrites && sim_chance(member->world->sim, 32768) ? created_untaken(member->world) : 0;

	if (of == 0)
		ask_token_create(member);
	else
		ask_change(member, of);
}

static void ask_read_of(struct ckpt_node *member, unsigned key)
{
	struct world_ckpt *world = member->world;
	struct read_asked *read = &world->reads[world->read_count];
	struct wire_writer elements = {0}, body = {0};
	char one[24], other[24];

	*read = (struct read_asked){.node = member->stack.node, .key = key};
	for (size_t token = 1; token <= world->token_count; token++)
		if (world->tokens[token].kind == TOKEN_WRITE && world->tokens[token].key == read->key &&
		    (token_in(&world->promised, token) || token_in(&world->read_promised, token) || token_in(&world->active, token)))
			token_add(&read->must_see, token);
	section_name(one, "a", read->key);
	section_name(other, "b", read->key);
	ckpt_read_element_encode(&elements, &(struct ckpt_read_element){.id = bytes_of_text(one), .whole = true});
	ckpt_read_element_encode(&elements, &(struct ckpt_read_element){.id = bytes_of_text(other), .whole = true});
	ckpt_read_request_encode(&body, &(struct ckpt_read_request){
		.open = member->open, .count = 2, .elements = wire_writer_bytes(&elements),
	});
	wire_writer_clear(&elements);
	if (world_active_here(member))
		member->active_reads = world->read_count + 1;
	request(member, CALL_READ + world->read_count++, CKPT_REQUEST_READ, timeout_drawn(world), &body);
}

static void ask_read(struct ckpt_node *member)
{
	ask_read_of(member, (unsigned)sim_random_below(member->world->sim, CKPT_WORLD_KEYS));
}

/* Sections that come, go and change size: work for the allocator, the digests and the transfer. */
static void ask_noise(struct ckpt_node *member)
{
	struct sim *sim = member->world->sim;
	static const uint8_t data[3000] = {7};
	const struct bytes some = bytes_of(data, sim_random_below(sim, sizeof data));
	struct wire_writer body = {0};
	char name[24];

	section_name(name, "x", sim_random_below(sim, NOISE_SECTIONS));
	switch (sim_random_below(sim, 4)) {
	case 0:
		ckpt_section_delete_request_encode(&body, &(struct ckpt_section_delete_request){member->open, bytes_of_text(name)});
		request(member, ++member->call, CKPT_REQUEST_SECTION_DELETE, timeout_drawn(member->world), &body);
		break;
	case 1:
		ckpt_overwrite_request_encode(&body, &(struct ckpt_overwrite_request){member->open, bytes_of_text(name), some});
		request(member, ++member->call, CKPT_REQUEST_OVERWRITE, timeout_drawn(member->world), &body);
		break;
	default:
		ask_create(member, ++member->call, name, SA_TIME_END, some);
		break;
	}
}

static void read_call(void *context, uint64_t node)
{
	struct world_ckpt *world = context;
	struct ckpt_node *member = member_of(world, (uint32_t)node);

	if (member != NULL && !member->stack.left && member->open != 0 && world->read_count < CKPT_WORLD_READS &&
	    !sim_node_paused(world->sim, (uint32_t)node))
		ask_read(member);
}

/* The role moves while the one who has it is asked for what the other is about to answer. */
static void ask_take_over(struct ckpt_node *member, uint32_t active_node)
{
	struct world_ckpt *world = member->world;

	ask_active(member);
	if (active_node == 0 || active_node == member->stack.node || world->token_count + 1 >= CKPT_WORLD_TOKENS)
		return;
	ask_write(member, TOKEN_WRITE);
	for (int64_t i = 1; i <= 12; i++)
		sim_call(world->sim, i * SIM_MS / 4, read_call, world, active_node);
}

/* Asynchronous, collocated: who finds nobody active becomes it, and sometimes another takes the role over. True: it asked for that. */
static bool ask_for_role(struct ckpt_node *member)
{
	const uint32_t flags = member->world->creation_flags;
	const struct checkpoint *checkpoint = world_checkpoint(member);

	if ((flags & SA_CKPT_CHECKPOINT_COLLOCATED) == 0 || (flags & SA_CKPT_WR_ALL_REPLICAS) != 0 || checkpoint == NULL ||
	    !sim_chance(member->world->sim, checkpoint->active_node == 0 ? 20000 : 1500))
		return false;
	ask_take_over(member, checkpoint->active_node);
	return true;
}

static int64_t retention_drawn(struct world_ckpt *world)
{
	return (int64_t)sim_random_below(world->sim, 9) * RETENTION_STEP_NS;
}

static void ask_aside_open(struct ckpt_node *member)
{
	struct wire_writer body = {0};

	member->aside_call = ++member->call;
	ckpt_open_request_encode(&body, &(struct ckpt_open_request){
		.name = bytes_of_text("aside"), .flags = 7, .creates = true,
		.attributes = {
			.creation_flags = SA_CKPT_WR_ALL_REPLICAS, .checkpoint_size = 100, .retention_ns = retention_drawn(member->world),
			.section_count_max = 1, .section_size_max = 100, .section_id_size_max = 24,
		},
	});
	request(member, member->aside_call, CKPT_REQUEST_OPEN, timeout_drawn(member->world), &body);
}

/* Of the checkpoint that this client has open, though another may have its name by now. */
static void ask_retention(struct ckpt_node *member)
{
	struct world_ckpt *world = member->world;
	struct client *client = client_find(member->stack.engine, member->client);
	const struct held_open *held = client == NULL ? NULL : ckpt_held_find(client, member->aside_open);
	struct wire_writer body = {0};

	/* A state without "world" is taken for one that knows nothing yet. */
	if (member->retention_call != 0 || held == NULL || world_checkpoint(member) == NULL || world->token_count + 1 >= CKPT_WORLD_TOKENS)
		return;
	const size_t token = token_new(world, TOKEN_RETENTION);
	const int64_t retention_ns = retention_drawn(world) + (int64_t)token;
	world->tokens[token].checkpoint = held->checkpoint;
	member->retention_call = CALL_TOKEN + token;
	member->retention_open = member->aside_open;
	sim_trace(world->sim, member->stack.node, "client sets a retention of %" PRId64 " ns: change %zu", retention_ns, token);
	ckpt_retention_set_request_encode(&body, &(struct ckpt_retention_set_request){member->aside_open, retention_ns});
	request(member, member->retention_call, CKPT_REQUEST_RETENTION_SET, timeout_drawn(world), &body);
}

/* Whichever has the name when it is ordered: the one that has it here has it no more then. */
static void ask_unlink(struct ckpt_node *member)
{
	struct world_ckpt *world = member->world;
	const struct checkpoint *aside = checkpoint_find_linked(member_service(member)->state, bytes_of_text("aside"));
	struct wire_writer body = {0};

	/* A state without "world" is taken for one that knows nothing yet. */
	if (aside == NULL || world_checkpoint(member) == NULL || world->token_count + 1 >= CKPT_WORLD_TOKENS)
		return;
	const size_t token = token_new(world, TOKEN_UNLINK);
	world->tokens[token].checkpoint = aside->identity;
	sim_trace(world->sim, member->stack.node, "client unlinks: change %zu", token);
	ckpt_unlink_request_encode(&body, &(struct ckpt_unlink_request){bytes_of_text("aside")});
	request(member, CALL_TOKEN + token, CKPT_REQUEST_UNLINK, timeout_drawn(world), &body);
}

static void ask_aside(struct ckpt_node *member)
{
	if (member->aside_call != 0)
		return;
	if (member->aside_open == 0) {
		ask_aside_open(member);
		return;
	}
	switch (sim_random_below(member->world->sim, 4)) {
	case 0:
		ask_retention(member);
		break;
	case 1:
		ask_unlink(member);
		break;
	default:
		ask_close(member, &member->aside_open);
		break;
	}
}

static bool is_asynchronous(const struct world_ckpt *world)
{
	return (world->creation_flags & SA_CKPT_WR_ALL_REPLICAS) == 0;
}

static void ask_something(struct ckpt_node *member)
{
	struct world_ckpt *world = member->world;
	const uint64_t kind = sim_random_below(world->sim, 100);

	if (world->aside && sim_chance(world->sim, 6000)) {
		ask_aside(member);
		return;
	}
	if (member->open == 0 && member->open_call == 0)
		ask_open(member);
	else if (member->open == 0)
		return;
	else if (is_asynchronous(world) && ask_for_role(member))
		return;
	else if (!member->made)
		make_sections(member);
	else if (is_asynchronous(world) && kind >= 95 && kind < 97 && member->synchronize_call == 0)
		ask_synchronize(member);
	else if (kind == 99)
		ask_close(member, &member->open);
	else if (kind < 20 && world->read_count < CKPT_WORLD_READS)
		ask_read(member);
	else if (kind < 40)
		ask_noise(member);
	else if (world->token_count + 1 >= CKPT_WORLD_TOKENS)
		return;
	else if (kind < 45)
		ask_write(member, TOKEN_HALF);
	else if (kind < 60)
		ask_create_or_change(member);
	else
		ask_write(member, TOKEN_WRITE);
}

/* --- What it is answered. --- */

static void on_open_answer(struct ckpt_node *member, uint32_t code, struct bytes body)
{
	struct wire_reader in = wire_reader_of(body);
	struct ckpt_open_answer answer;

	member->open_call = 0;
	if (code != SA_AIS_OK || !ckpt_open_answer_decode(&in, &answer))
		return;
	member->open = answer.open;
	member->open_token = member->world->token_count;
	member->open_read = member->world->read_count;
}

static void on_aside_answer(struct ckpt_node *member, uint32_t code, struct bytes body)
{
	struct wire_reader in = wire_reader_of(body);
	struct ckpt_open_answer answer;

	member->aside_call = 0;
	if (code == SA_AIS_OK && ckpt_open_answer_decode(&in, &answer))
		member->aside_open = answer.open;
}

/* Of an open that it has opened since it says nothing. */
static void on_retention_answer(struct ckpt_node *member, uint32_t code)
{
	if (code == SA_AIS_ERR_BAD_HANDLE && member->retention_open == member->aside_open)
		member->aside_open = 0;
	member->retention_call = 0;
}

/* Whether a call names the open that the client has now: what it asked of one that it closed since says nothing of this one. */
static bool asked_of_present_open(const struct ckpt_node *member, uint64_t call)
{
	if (call >= CALL_READ)
		return call - CALL_READ >= member->open_read;
	if (call >= CALL_TOKEN)
		return call - CALL_TOKEN > member->open_token;
	return call > member->open;
}

static void on_read_answer(struct ckpt_node *member, const struct read_asked *read, uint32_t code, struct bytes body)
{
	struct wire_reader in = wire_reader_of(body);

	if (code != SA_AIS_OK)
		return;
	const struct bytes first = wire_get_bytes(&in, CKPT_SECTION_SIZE_MAX), second = wire_get_bytes(&in, CKPT_SECTION_SIZE_MAX);
	member->world->counts.reads++;
	member->world->counts.elsewhere += world_checkpoint(member) != NULL && world_checkpoint(member)->absent_count > 0;
	if (!wire_finish(&in))
		sim_violation(member->world->sim, "answers", "node %" PRIu32 " answers a read with something else", member->stack.node);
	else
		check_ckpt_read(member->world, member, read, first, second);
}

static void on_token_answer(struct ckpt_node *member, size_t token, uint32_t code)
{
	struct world_ckpt *world = member->world;

	world->counts.answered += code == SA_AIS_OK;
	world->counts.timeouts += code == SA_AIS_ERR_TIMEOUT;
	world->counts.refused += code != SA_AIS_OK && code != SA_AIS_ERR_TIMEOUT;
	world->tokens[token].answered_ok = code == SA_AIS_OK && world->tokens[token].kind == TOKEN_CREATE;
	world->tokens[token].answered_at = code == SA_AIS_OK ? world->token_count : 0;
	if (code == SA_AIS_OK)
		check_ckpt_promised(world, member, token);
	if (code == SA_AIS_ERR_NOT_EXIST && world->tokens[token].kind == TOKEN_WRITE)
		member->made = false; /* nobody was active when they were to be made */
}

static void on_synchronize_answer(struct ckpt_node *member, uint32_t code)
{
	member->synchronize_call = 0;
	if (code == SA_AIS_OK)
		check_ckpt_synchronized(member->world, member);
}

static struct ckpt_node *node_of(struct sim_stack *stack)
{
	return container_of(stack, struct ckpt_node, stack);
}

static void on_client_answer(struct sim_stack *stack, uint64_t client, uint64_t call, uint32_t code, struct bytes body)
{
	struct ckpt_node *member = node_of(stack);

	if (client != member->client)
		return;
	sim_trace(member->world->sim, member->stack.node, "answers %" PRIu32 " to call %" PRIu64, code, call);
	member->outstanding--;
	if (call == member->retention_call)
		on_retention_answer(member, code);
	else if (code == SA_AIS_ERR_BAD_HANDLE && asked_of_present_open(member, call))
		member->open = 0; /* taken over by a state in which it is not: opens anew */
	if (call == member->aside_call)
		on_aside_answer(member, code, body);
	else if (call == member->open_call)
		on_open_answer(member, code, body);
	else if (call == member->active_call && code == SA_AIS_OK)
		check_ckpt_active_answered(member->world, member);
	else if (call == member->synchronize_call)
		on_synchronize_answer(member, code);
	else if (call >= CALL_READ)
		on_read_answer(member, &member->world->reads[call - CALL_READ], code, body);
	else if (call >= CALL_TOKEN)
		on_token_answer(member, call - CALL_TOKEN, code);
}

/* Reads that another node is asked for, while content is on its way here. */
static void eager_call(void *context, uint64_t node)
{
	struct world_ckpt *world = context;
	struct ckpt_node *member = member_of(world, (uint32_t)node);

	if (member == NULL || member->stack.left || !world->course.busy || !member_current(member) || member_service(member)->complete ||
	    sim_node_paused(world->sim, (uint32_t)node))
		return;
	if (member->open == 0 && member->open_call == 0)
		ask_open(member);
	else if (member->open != 0 && world->read_count < CKPT_WORLD_READS && member->outstanding < 4 * OUTSTANDING_MAX)
		ask_read(member);
}

/* --- Stepping it, with checks behind each step. --- */

static void on_engine_stepping(struct sim_stack *stack, const struct group_event *event)
{
	struct ckpt_node *member = node_of(stack);
	const struct view *view = &member->stack.engine->view;

	(void)event;
	member->was_current = member_current(member);
	member->was_complete = member->was_current && member_service(member)->complete;
	member->was_lost = member->was_current && objects_any_lost(member_service(member));
	const struct checkpoint *checkpoint = member->was_current && !member->was_lost ? world_checkpoint(member) : NULL;
	member->was_since = checkpoint == NULL ? (struct position){0} : checkpoint->active_since;
	member->was_ended = view->ended;
	member->was_ring = view->ring;
}

static void compare(struct ckpt_node *member)
{
	struct world_ckpt *world = member->world;
	const struct view *view = &member->stack.engine->view;
	const bool same_view = ring_id_equal(view->ring, member->was_ring);

	if (sim_violated(world->sim) || member->stack.left)
		return;
	if (view->ended && view->serving && view->claims[view->verdict.keeper].node == world->wrong_clock)
		world->wrong_clock_kept = true;
	world->counts.views += view->ended && !(same_view && member->was_ended);
	if (member_current(member) && !(same_view && member->was_current)) {
		world->counts.joins += !view->members[view->self].winner;
		if (world->eager && world->course.busy && !member_service(member)->complete)
			for (int64_t i = 1; i <= EAGER_READS; i++)
				sim_call(world->sim, i * SIM_MS / 2, eager_call, world, member->stack.node);
		if (!world->quorum || view->primary)
			check_ckpt_serving(world, member, view->members[view->self].winner ? "barrier's end" : "adopted");
		check_ckpt_kept(world, member);
	} else if (member_current(member) && (member->was_lost || (member_service(member)->complete && !member->was_complete)) &&
	           view->primary) {
		check_ckpt_serving(world, member, member_service(member)->complete ? "caught up" : "content came");
		check_ckpt_whole(world, member);
	}
}

static void on_engine_stepped(struct sim_stack *stack, const struct group_event *event)
{
	struct ckpt_node *member = node_of(stack);

	if (event != NULL && event->kind == GROUP_EVENT_VIEW)
		member->configuration = event->view.ring;
	compare(member);
	if (!stack->left && world_active_here(member))
		member->active_reads = member->world->read_count;
	if (event != NULL && event->kind == GROUP_EVENT_DELIVER && !stack->left && member_current(member) &&
	    ring_id_equal(member->was_ring, member->stack.engine->view.ring) && member->was_ended)
		check_ckpt_role(member->world, member);
	if (event != NULL && event->kind == GROUP_EVENT_DELIVER && !stack->left)
		check_ckpt_applied(member->world, member, event->position);
	if (!stack->left)
		check_ckpt_bounded(member->world, member);
}

static const struct sim_stack_hooks hooks = {
	.engine_stepping = on_engine_stepping, .engine_stepped = on_engine_stepped, .client_answer = on_client_answer, .arena_stored = readers_stored,
};

static void engine_begin(struct world_ckpt *world, struct ckpt_node *member)
{
	const uint64_t life = ++world->lives;

	sim_stack_engine(&member->stack, &(struct engine_config){
		.incarnation = life, .quorum_required = world->quorum, .state_wait_ns = INT64_MAX, .range_size = world->range_size,
		.rules_off = world->rules_off, .digest_interval = world->digest_interval,
	}, &world->service);
	engine_setting(member->stack.engine, "ckpt", "replicas", world->replicas);
	member->client = life;
	if (!engine_client_opened(member->stack.engine, member->client, "ckpt", 0, 0))
		abort();
}

static void *member_start(struct sim *sim, uint32_t node)
{
	struct world_ckpt *world = sim_context(sim);
	struct ckpt_node *member = calloc(1, sizeof(*member));

	if (member == NULL)
		abort();
	*member = (struct ckpt_node){.world = world, .call = world->lives * 1000 % CALL_TOKEN / 2};
	sim_stack_init(&member->stack, sim, node, &world->totem, &hooks);
	engine_begin(world, member);
	sim_stack_start(&member->stack, sim_node_disk(sim, node));
	return member;
}

static void member_stop(void *instance)
{
	struct ckpt_node *member = instance;

	check_ckpt_crashed(member->world, member);
	sim_stack_clear(&member->stack);
	free(member);
}

static const struct sim_program program = {
	.start = member_start, .stop = member_stop, .packet = sim_stack_packet, .timer = sim_stack_timer, .stored = sim_stack_stored,
};

/* --- The course of a seed. --- */

static void act(void *context, uint32_t node)
{
	struct world_ckpt *world = context;
	struct ckpt_node *member = member_of(world, node);

	if (member != NULL && !member->stack.left && !sim_node_paused(world->sim, node) && member->outstanding < OUTSTANDING_MAX)
		ask_something(member);
}

/* Without quorum required only what survives crashes is promised: the network stays whole and nobody sleeps. */
static struct sim_chaos chaos_draw(struct world_ckpt *world)
{
	struct sim_chaos chaos = sim_course_chaos_draw(world->sim, 50, 600, 4); /* the ring's sequence is on disk, and stays */

	if (!world->quorum) {
		chaos.partition = chaos.one_way = chaos.pause = chaos.burst = chaos.calm = 0;
		chaos.crash = 2;
	}
	return chaos;
}

static bool rests_complete(const void *context)
{
	const struct world_ckpt *world = context;

	for (uint32_t node = SIM_NODE_FIRST; node <= world->nodes; node++) {
		const struct ckpt_node *member = member_of(world, node);

		if (member == NULL || member->stack.left || !member_current(member) || !member_service(member)->complete ||
		    member->stack.engine->view.count != world->nodes)
			return false;
	}
	return true;
}

/* None is being filled any more. */
static bool replicas_rest(const struct ckpt_node *member)
{
	const struct checkpoint *checkpoint = world_checkpoint(member);

	for (uint32_t i = 0; checkpoint != NULL && !checkpoint_is_lost(checkpoint) && i < checkpoint->replica_count; i++)
		if (!checkpoint->replicas[i].complete)
			return false;
	return true;
}

static bool rests(const void *context)
{
	const struct world_ckpt *world = context;

	for (uint32_t node = SIM_NODE_FIRST; node <= world->nodes; node++) {
		const struct ckpt_node *member = member_of(world, node);
		const struct engine *engine = member->stack.engine;

		if (member->stack.left)
			return true; /* a violation already */
		if (!member_current(member) || engine->view.count != world->nodes || !member_service(member)->complete ||
		    !replicas_rest(member) || member->outstanding > 0 || engine->held.count > 0 || !list_is_empty(&engine->queue) || !list_is_empty(&engine->sent))
			return false;
	}
	return true;
}

/* Once faults have stopped all come together, catch up, and nobody waits for an answer. */
static void come_to_rest(struct world_ckpt *world)
{
	sim_course_reaches(&world->course, rests, 6000);
	sim_run(world->sim, 2500 * SIM_MS); /* what expires does */
	for (uint32_t node = SIM_NODE_FIRST; node <= world->nodes && !sim_violated(world->sim); node++) {
		const struct ckpt_node *member = member_of(world, node);

		if (member_current(member) && objects_any_lost(member_service(member))) {
			check_ckpt_lost(world, member);
			if (sim_violated(world->sim) || !engine_adopt(member->stack.engine))
				return;
			/* R19: no complete replica is left. The operator says so: it is given up, or goes on as an older state has it. */
			sim_run(world->sim, 100 * SIM_MS); /* what was asked for is on its way: until then all still rest */
			sim_course_reaches(&world->course, rests, 6000);
			sim_run(world->sim, 2500 * SIM_MS);
			break;
		}
	}
	if (!sim_violated(world->sim) && !rests(world))
		sim_violation(world->sim, "no-rest", "all is healed, and the nodes do not come to rest");
}

/* In tenths: how much of the world's content a node has so far. */
static unsigned tenths_present(const struct ckpt_node *member)
{
	const struct checkpoint *checkpoint = world_checkpoint(member);
	unsigned count = 0, present = 0;

	for (const struct section *section = checkpoint == NULL ? NULL : section_first(checkpoint); section != NULL; section = section_next(section)) {
		count++;
		present += section->present;
	}
	return count == 0 ? 0 : present * 10 / count;
}

/* Whoever catches up has a client that writes meanwhile: its answers are on their way when the catch-up is interrupted. */
static void joiners_write(struct world_ckpt *world, uint64_t half)
{
	for (uint32_t node = SIM_NODE_FIRST; node <= world->nodes; node++) {
		struct ckpt_node *member = (half >> node & 1) == 0 ? NULL : member_of(world, node);

		if (member == NULL || sim_node_paused(world->sim, node) || member->outstanding >= OUTSTANDING_MAX || !sim_chance(world->sim, 16384))
			continue;
		if (member->open == 0 && member->open_call == 0)
			ask_open(member);
		else if (member->open != 0 && world->token_count + 1 < CKPT_WORLD_TOKENS)
			ask_write(member, TOKEN_WRITE);
	}
}

static uint64_t half_members(const struct world_ckpt *world, unsigned *count)
{
	uint64_t half = 0;

	*count = 0;
	for (uint32_t node = SIM_NODE_FIRST; node <= world->nodes; node++) {
		const struct ckpt_node *member = member_of(world, node);

		if (member == NULL || !member_current(member) || member_service(member)->complete)
			continue;
		half |= UINT64_C(1) << node;
		++*count;
	}
	return half;
}

static void complete_go(struct world_ckpt *world, uint64_t half)
{
	for (uint32_t node = SIM_NODE_FIRST; node <= world->nodes; node++)
		if ((half >> node & 1) == 0 && sim_node_runs(world->sim, node))
			sim_node_crash(world->sim, node, false);
}

/* On until one of them has so much, as long as there are enough; the seeds that draw 0 are met at their first step. */
static uint64_t half_members_with(struct world_ckpt *world, uint64_t half, unsigned *count, unsigned tenths)
{
	const unsigned enough = *count;

	for (int rounds = 0; rounds < 8000 && !sim_violated(world->sim); rounds++) {
		unsigned now = 0;

		for (uint32_t node = SIM_NODE_FIRST; node <= world->nodes; node++)
			if ((half >> node & 1) != 0 && tenths_present(member_of(world, node)) >= tenths)
				return half;
		joiners_write(world, half);
		sim_run(world->sim, SIM_MS / 16);
		const uint64_t next = half_members(world, &now);
		if (now < enough && 2 * now <= (world->quorum ? world->nodes : 0))
			return half; /* these were complete meanwhile: what they lack does not matter any more */
		half = next;
		*count = now;
	}
	return half;
}

/* R19: all but one node lose their memory, or one was apart and keeps an old state; while they catch up they are cut off from who has all
 * content, or it dies. */
static void ambush(struct world_ckpt *world)
{
	struct sim *sim = world->sim;
	const uint32_t keeper = SIM_NODE_FIRST + (uint32_t)sim_random_below(sim, world->nodes);
	const bool dies = !world->quorum || sim_chance(sim, 16384);
	const uint32_t apart = world->quorum && sim_chance(sim, 32768) ? keeper % world->nodes + SIM_NODE_FIRST : 0;
	unsigned count = 0;
	uint64_t half = 0;

	if (!sim_course_reaches(&world->course, rests_complete, 1000))
		return;
	if (apart != 0) {
		sim_partition(sim, UINT64_C(1) << apart);
		sim_run(sim, 500 * SIM_MS);
	}
	for (uint32_t node = SIM_NODE_FIRST; node <= world->nodes; node++)
		if (node != keeper && node != apart)
			sim_node_crash(sim, node, false);
	sim_heal(sim);
	sim_start_all(sim);
	for (int rounds = 0; rounds < 8000 && 2 * count <= (world->quorum ? world->nodes : 0) && !sim_violated(sim); rounds++) {
		sim_run(sim, SIM_MS / 8);
		half = half_members(world, &count);
	}
	if (count > 0 && world->deep) {
		const unsigned tenths = (unsigned)sim_random_below(sim, 10);

		half = half_members_with(world, half, &count, tenths);
	}
	if (count == 0 || sim_violated(sim))
		return;
	for (uint32_t node = SIM_NODE_FIRST; node <= world->nodes; node++)
		if ((half >> node & 1) != 0)
			sim_trace(sim, node, "ambush: met with %u tenths of the content", tenths_present(member_of(world, node)));
	sim_trace(sim, 0, "ambush: whoever has all content %s", dies ? "dies" : "is cut off");
	if (dies)
		complete_go(world, half);
	else
		sim_partition(sim, half);
	sim_run(sim, (int64_t)(300 + sim_random_below(sim, 700)) * SIM_MS);
	sim_heal(sim);
	sim_start_all(sim);
	sim_run(sim, 300 * SIM_MS);
}

static struct ckpt_node *active_member(const struct world_ckpt *world)
{
	for (uint32_t node = SIM_NODE_FIRST; node <= world->nodes; node++)
		if (world_active_here(member_of(world, node)))
			return member_of(world, node);
	return NULL;
}

/* Each by itself for a while, then they meet. */
static void all_apart(struct world_ckpt *world)
{
	struct sim *sim = world->sim;

	for (uint32_t from = SIM_NODE_FIRST; from <= world->nodes; from++)
		for (uint32_t to = SIM_NODE_FIRST; to <= world->nodes; to++)
			sim_cut(sim, from, to, to != from);
	sim_run(sim, (int64_t)(300 + sim_random_below(sim, 700)) * SIM_MS);
	sim_heal(sim);
	sim_run(sim, 300 * SIM_MS);
}

/* The active replica answers what nobody else has, then all are apart and nobody serves. Whose state wins when they meet is open, and who
 * takes content over is not the active one any longer. */
static void scatter(struct world_ckpt *world)
{
	struct sim *sim = world->sim;

	if (!sim_course_reaches(&world->course, rests_complete, 1000))
		return;
	struct ckpt_node *active = active_member(world);
	if (active == NULL || active->open == 0 || world->token_count + 1 >= CKPT_WORLD_TOKENS)
		return;
	const uint32_t node = active->stack.node;
	sim_trace(sim, 0, "scatter: node %" PRIu32 " is active and not heard, then all are apart", node);
	for (uint32_t to = SIM_NODE_FIRST; to <= world->nodes; to++)
		sim_cut(sim, node, to, to != node);
	ask_write(active, TOKEN_WRITE);
	sim_run(sim, 20 * SIM_MS);
	all_apart(world);
}

/* --- A gap: who misses a change, but not one behind it of the same sections. --- */

static bool has_token(const struct world_ckpt *world, uint32_t node, size_t token)
{
	const struct ckpt_node *member = member_of(world, node);
	struct token_set set = {{0}};

	if (member != NULL)
		state_tokens(world, member_service(member)->state, false, &set);
	return token_in(&set, token);
}

/* By anybody who hears it. */
static bool becomes_known(struct world_ckpt *world, uint32_t misser, size_t token)
{
	for (int rounds = 0; rounds < 800 && !sim_violated(world->sim); rounds++) {
		for (uint32_t node = SIM_NODE_FIRST; node <= world->nodes; node++)
			if (node != misser && has_token(world, node, token))
				return true;
		sim_run(world->sim, SIM_MS / 16);
	}
	return false;
}

static bool can_write(const struct ckpt_node *member)
{
	return member != NULL && member_current(member) && member->open != 0;
}

static bool has_section(const struct checkpoint *checkpoint, const char *kind, unsigned key, bool present)
{
	char name[24];

	section_name(name, kind, key);
	const struct section *section = checkpoint == NULL ? NULL : section_find(checkpoint, bytes_of_text(name));
	return section != NULL && (section->present || !present);
}

static bool has_sections(const struct ckpt_node *member, unsigned key, bool present)
{
	return has_section(world_checkpoint(member), "a", key, present) && has_section(world_checkpoint(member), "b", key, present);
}

/* Somebody who has the content, or would have. */
static uint32_t misser_draw(const struct world_ckpt *world)
{
	const uint32_t first = (uint32_t)sim_random_below(world->sim, world->nodes);

	for (uint32_t i = 0; i < world->nodes; i++) {
		const uint32_t node = SIM_NODE_FIRST + (first + i) % world->nodes;
		const struct checkpoint *checkpoint = world_checkpoint(member_of(world, node));

		if (checkpoint != NULL && placement_is_whole_here(checkpoint))
			return node;
	}
	return SIM_NODE_FIRST + first;
}

/* It loses its memory, and its client comes while content does. True: it has what is to be written to, and not yet all. */
static bool misser_prepare(struct world_ckpt *world, uint32_t misser, unsigned key)
{
	struct sim *sim = world->sim;

	sim_node_crash(sim, misser, false);
	sim_run(sim, 2 * world->totem.token_ms * SIM_MS);
	sim_node_start(sim, misser);
	for (int rounds = 0; rounds < 16000 && !sim_violated(sim); rounds++) {
		struct ckpt_node *member = member_of(world, misser);

		sim_run(sim, SIM_MS / 16);
		if (!member_current(member))
			continue;
		if (member_service(member)->complete)
			return false;
		if (member->open == 0 && member->open_call == 0)
			ask_open(member);
		else if (member->open != 0 && has_sections(member, key, true))
			return true;
	}
	return false;
}

static bool is_reader_elsewhere(const struct world_ckpt *world, uint32_t node)
{
	const struct ckpt_node *member = member_of(world, node);
	const struct checkpoint *checkpoint = member == NULL ? NULL : world_checkpoint(member);

	return can_write(member) && checkpoint != NULL && placement_is_listed(checkpoint) && checkpoint->absent_count > 0;
}

static bool any_reads_elsewhere(const struct world_ckpt *world)
{
	uint32_t node = SIM_NODE_FIRST;

	while (node <= world->nodes && !is_reader_elsewhere(world, node))
		node++;
	return node <= world->nodes && world->read_count + world->nodes < CKPT_WORLD_READS;
}

/* What the one sent and the other misses is read by those that have to ask for it, since none of the content is theirs. */
static void read_over_gap(struct world_ckpt *world, uint32_t misser, size_t missed)
{
	if (becomes_known(world, misser, missed))
		for (uint32_t node = SIM_NODE_FIRST; node <= world->nodes; node++)
			if (is_reader_elsewhere(world, node))
				ask_read_of(member_of(world, node), world->tokens[missed].key);
	sim_run(world->sim, 20 * SIM_MS);
	sim_heal(world->sim);
	sim_run(world->sim, 300 * SIM_MS);
}

static void write_over_gap(struct world_ckpt *world, uint32_t misser, size_t missed)
{
	const size_t next = token_new(world, TOKEN_WRITE);

	world->tokens[next].key = world->tokens[missed].key;
	if (becomes_known(world, misser, missed)) {
		ask_token_write(member_of(world, misser), next);
		becomes_known(world, misser, next);
	}
	sim_trace(world->sim, 0, "gap: all are apart");
	all_apart(world);
}

/* One node misses a change that another sends. Others read it, or that node sends the next one of the same sections: all have the same last
 * changes, and not the same content. Then all are apart. Where the content lies on all nodes, that node is still catching up. */
static void gap(struct world_ckpt *world)
{
	struct sim *sim = world->sim;
	const uint32_t misser = misser_draw(world);
	const uint32_t sender = SIM_NODE_FIRST + misser % world->nodes; /* behind it in the ring: its token comes from another */
	const struct checkpoint *checkpoint = world_checkpoint(member_of(world, sender));

	if (world->nodes < 3 || checkpoint == NULL || world->token_count + 2 >= CKPT_WORLD_TOKENS || !can_write(member_of(world, sender)))
		return;
	const size_t missed = token_new(world, TOKEN_WRITE);
	const unsigned key = world->tokens[missed].key;
	if (!has_sections(member_of(world, sender), key, false) || (!placement_is_listed(checkpoint) && !misser_prepare(world, misser, key)) ||
	    !can_write(member_of(world, misser)) || !can_write(member_of(world, sender)))
		return;
	sim_trace(sim, 0, "gap: node %" PRIu32 " does not hear node %" PRIu32, misser, sender);
	sim_cut(sim, sender, misser, true);
	ask_token_write(member_of(world, sender), missed);
	if (any_reads_elsewhere(world) && sim_chance(sim, 32768))
		read_over_gap(world, misser, missed);
	else
		write_over_gap(world, misser, missed);
	if (!sim_course_reaches(&world->course, rests, 6000) && !sim_violated(sim))
		sim_violation(sim, "no-rest", "all have met after a gap, and the nodes do not come to rest");
	if (!sim_violated(sim))
		check_ckpt_at_rest(world);
}

static void check_expired(struct world_ckpt *world)
{
	struct token_set own = {{0}};
	const struct ckpt_node *member = member_of(world, SIM_NODE_FIRST);

	state_tokens(world, member_service(member)->state, true, &own);
	for (size_t token = 1; token <= world->token_count; token++)
		if ((world->tokens[token].kind == TOKEN_EXPIRING || world->tokens[token].kind == TOKEN_EXPIRY) && token_in(&own, token) &&
		    sim_now(world->sim) > world->tokens[token].expiry_ns + 1500 * SIM_MS)
			sim_violation(world->sim, "expiry", "section %zu is still there long after its time", token);
}

static const uint32_t asynchronous[] = {
	SA_CKPT_WR_ACTIVE_REPLICA | SA_CKPT_CHECKPOINT_COLLOCATED, SA_CKPT_WR_ACTIVE_REPLICA,
	SA_CKPT_WR_ACTIVE_REPLICA_WEAK | SA_CKPT_CHECKPOINT_COLLOCATED, SA_CKPT_WR_ACTIVE_REPLICA_WEAK,
};

static void world_draw(struct world_ckpt *world)
{
	struct sim *sim = world->sim;

	world->nodes = sim_course_nodes_draw(sim, world->options, 3, 5);
	world->quorum = sim_random_below(sim, 5) != 0;
	world->range_size = sim_chance(sim, 32768) ? 700 : 6000;
	sim_stack_totem_draw(sim, world->nodes, &world->totem);
	totem_config_derive(&world->totem);
	const uint64_t reorder_ms = 1 + sim_random_below(sim, 60);

	sim_network(sim)->reorder_delay_max_ns = (int64_t)reorder_ms * SIM_MS;
	world->eager = reorder_ms % 3 == 0;
	world->overwrites = (reorder_ms + 1) % 7 < 3; /* none of seeds/ckpt.txt, which keep their courses */
	world->deep = reorder_ms * 5 % 9 < 4;                /* nor this */
	world->aside = (reorder_ms + 3) % 5 < 2;             /* nor this */
	world->range_size = world->deep ? 300 : world->range_size;
	world->digest_interval = reorder_ms % 4 == 3 ? 8 : 0;
	world->creation_flags = reorder_ms % 2 == 0 ? SA_CKPT_WR_ALL_REPLICAS : asynchronous[reorder_ms / 2 % 4];
	world->creation_flags |= reorder_ms % 8 == 2 ? SA_CKPT_CHECKPOINT_COLLOCATED : 0;
	world->replicas = reorder_ms % 5 < 3 ? 0 : reorder_ms % 5 - 2 + reorder_ms / 5 % 2;
	for (uint32_t node = SIM_NODE_FIRST; node < SIM_NODE_FIRST + world->nodes; node++) {
		/* One clock may be wrong by an hour: it is never the median's. */
		const bool is_wrong = node == SIM_NODE_FIRST + world->nodes - 1 && sim_chance(sim, 32768);

		if (is_wrong)
			world->wrong_clock = node;
		sim_node_add(sim, node, &program);
		sim_node_drift(sim, node, (int32_t)sim_random_below(sim, 200) - 100, is_wrong ? INT64_C(3600000) * SIM_MS : 0);
	}
}

static void seed_run(struct world_ckpt *world)
{
	struct sim *sim = world->sim;

	world_draw(world);
	sim_course_begin(&world->course);
	readers_call(world, 0);
	sim_run(sim, 600 * SIM_MS);
	const struct sim_chaos chaos = chaos_draw(world);
	sim_course_strike(&world->course, &chaos, 4000 * SIM_MS);
	sim_chaos_end(sim);
	sim_run(sim, 300 * SIM_MS);
	if (!sim_violated(sim) && world->quorum && is_asynchronous(world) && sim_chance(sim, 32768))
		scatter(world);
	if (!sim_violated(sim) && (sim_chance(sim, 32768) || world->deep))
		ambush(world);
	world->course.busy = false;
	if (sim_violated(sim))
		return;
	come_to_rest(world);
	if (!sim_violated(sim) && rests(world) && !objects_any_lost(member_service(member_of(world, SIM_NODE_FIRST)))) {
		check_ckpt_at_rest(world);
		check_expired(world);
		if (world->aside && !world->wrong_clock_kept)
			check_ckpt_unopened(world, member_of(world, SIM_NODE_FIRST));
		if (!sim_violated(sim) && world->quorum)
			gap(world); /* the last, so that the seeds that are kept draw what they always drew */
	}
}

void world_ckpt_run(struct sim *sim, const struct sim_options *options)
{
	struct world_ckpt *world = calloc(1, sizeof(*world));

	if (world == NULL)
		abort();
	world->sim = sim;
	world->options = options;
	world->course = (struct sim_course){.sim = sim, .world = world, .act = act, .act_interval_max_ns = 24 * SIM_MS};
	world->service = aisle_service_ckpt;
	ckpt_mutant_apply(world, options->mutation);
	sim_context_set(sim, world);
	seed_run(world);
	sim_trace(sim, 0, "answered %" PRIu64 " refused %" PRIu64 " timeouts %" PRIu64 " reads %" PRIu64 " mapped %" PRIu64 " elsewhere %" PRIu64 " views %" PRIu64 " joins %" PRIu64,
	          world->counts.answered, world->counts.refused, world->counts.timeouts, world->counts.reads, world->counts.mapped,
	          world->counts.elsewhere, world->counts.views,
	          world->counts.joins);
	sim_stop_all(sim);
	free(world);
}
