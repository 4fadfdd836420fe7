/* Fuzz target: the first byte says what the rest is: raw operations (a number, a size and a body each), well-formed ones in any order with
 * views among them (a few bytes each), or the state of a donor. Two replicas, one of which joins on the way, apply the same and must be equal,
 * nobody may hold what excludes another, and a joiner that takes the state over must have it as it was. */
#include <stdlib.h>

#include "ais/lck/lck_state.h"
#include "core/engine/service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct pair {
	struct lck_state *a, *b;
	uint64_t seq;
};

static struct at here(const struct pair *pair)
{
	return (struct at){.position = {.ring = {.seq = 4, .representative = 1}, .seq = pair->seq}, .version = 1};
}

static void apply(struct pair *pair, uint16_t operation, struct bytes body)
{
	pair->seq++;
	const struct at at = here(pair);
	struct effects effects = {0};

	lck_state_apply(pair->a, &at, operation, body, &effects);
	effects_reset(&effects);
	lck_state_apply(pair->b, &at, operation, body, &effects);
	effects_clear(&effects);
}

/* --- operations that are well-formed --- */

static struct requester client_of(uint8_t byte)
{
	return (struct requester){.node = byte % 3 + 1, .incarnation = 1 + byte / 64 % 2, .client = byte % 6, .call = byte / 4};
}

static void put_open(struct wire_writer *out, struct requester client, uint8_t what)
{
	static const char *const names[] = {"a", "b", "c", "d"};

	lck_open_encode(out, &(struct lck_open){.limits = lck_opens_preset,
		.requester = client, .async = what % 2 == 0,
		.request = {.open = what % 5, .flags = what / 8 % 4, .has_waiter = what % 3 == 0, .name = bytes_of_text(names[what / 16 % 4])},
	});
}

static void put_lock(struct wire_writer *out, struct requester client, uint8_t what, uint8_t number)
{
	lck_lock_encode(out, &(struct lck_lock){.limits = lck_locks_preset,
		.requester = client, .async = what % 2 == 0,
		.request = {.open = number % 5, .lock = number, .signal = what, .mode = what / 2 % 2 + 1, .flags = what / 4 % 8, .at_once = what % 11 == 0},
	});
}

static void put_end(struct wire_writer *out, struct requester client, uint8_t what, uint8_t number)
{
	client.call *= what % 2;
	lck_end_encode(out, &(struct lck_end){.requester = client, .number = number, .open = what % 5, .async = what % 4 == 0});
}

static void put_reclaim(const struct pair *pair, struct wire_writer *out, struct requester client, uint8_t what)
{
	struct wire_writer claims = {0};
	struct lck_reclaim reclaim = {.client = client};

	reclaim.client.call = 0;
	for (const struct lck_resource *resource = lck_resource_first(pair->a); resource != NULL; resource = lck_resource_next(resource), what /= 2)
		for (uint64_t open = 0; open < 2 && what % 2 != 0; open++, reclaim.count++)
			lck_claim_encode(&claims, &(struct lck_claim){.open = open + what % 4, .call = what, .resource = resource->identity});
	reclaim.claims = wire_writer_bytes(&claims);
	lck_reclaim_encode(out, &reclaim);
	wire_writer_clear(&claims);
}

static void view(struct pair *pair, uint8_t what, uint8_t number)
{
	struct service_member members[3];
	struct requester debt = client_of(number);
	size_t count = 0;

	for (uint32_t node = 1; node <= 3; node++)
		if ((what >> node) % 2 == 0)
			members[count++] = (struct service_member){.node = node, .incarnation = 1 + (what >> 6) % 2, .winner = (what >> (node + 3)) % 2 == 0};
	pair->seq++;
	const struct at at = here(pair);
	const struct service_view view = {
		.ring = at.position.ring, .members = members, .member_count = count, .node = 1, .serving = true, .debts = &debt,
		.debt_count = number % 2,
	};
	struct effects effects = {0};
	lck_state_view_applied(pair->a, &at, &view, &effects);
	effects_reset(&effects);
	lck_state_view_applied(pair->b, &at, &view, &effects);
	effects_clear(&effects);
}

static void formed(struct pair *pair, uint8_t verb, uint8_t who, uint8_t what, uint8_t number)
{
	const uint16_t operation = verb % (LCK_OPERATION_END + 1);
	const struct requester client = client_of(who);
	struct wire_writer body = {0};

	switch (operation) {
	case LCK_OPERATION_OPEN: put_open(&body, client, what); break;
	case LCK_OPERATION_LOCK: put_lock(&body, client, what, number); break;
	case LCK_OPERATION_RECLAIM: put_reclaim(pair, &body, client, what); break;
	case LCK_OPERATION_CLIENT_GONE:
		lck_client_gone_encode(&body, &(struct lck_client_gone){.client = {.node = client.node, .incarnation = client.incarnation, .client = client.client}});
		break;
	case LCK_OPERATION_CLOSE: case LCK_OPERATION_UNLOCK: case LCK_OPERATION_PURGE: put_end(&body, client, what, number); break;
	default: view(pair, what, number); return;
	}
	apply(pair, operation, wire_writer_bytes(&body));
	wire_writer_clear(&body);
}

/* --- what must hold --- */

static void exclusion_holds(const struct lck_state *state)
{
	for (const struct lck_resource *resource = lck_resource_first(state); resource != NULL; resource = lck_resource_next(resource)) {
		size_t held = 0, exclusive = 0;
		for (const struct lck_held *lock = lck_held_first(&resource->held); lock != NULL; lock = lck_held_next(&resource->held, lock), held++)
			exclusive += lock->mode == SA_LCK_EX_LOCK_MODE;
		if (exclusive > 1 || (exclusive == 1 && held > 1) || held != resource->held_count || exclusive != resource->exclusive_count)
			abort();
	}
}

static void copy_is_equal(const struct lck_state *state)
{
	struct lck_state *joiner = lck_state_new(NULL);
	struct wire_writer out = {0};

	lck_state_encode(state, &out);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&out));
	if (!lck_state_decode(joiner, &in) || lck_state_digest(joiner) != lck_state_digest(state))
		abort();
	wire_writer_clear(&out);
	lck_state_free(joiner);
}

/* From here on b is one that joined. */
static void joins(struct pair *pair)
{
	struct wire_writer out = {0};

	lck_state_encode(pair->a, &out);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&out));
	lck_state_clear(pair->b);
	if (!lck_state_decode(pair->b, &in))
		abort();
	wire_writer_clear(&out);
}

static void operations(struct wire_reader *in, bool raw)
{
	struct pair pair = {.a = lck_state_new(NULL), .b = lck_state_new(NULL)};
	const uint64_t joins_at = wire_get_u8(in);

	while (in->left > 3) {
		if (pair.seq == joins_at)
			joins(&pair);
		if (raw) {
			const uint8_t operation = wire_get_u8(in);
			const uint16_t wanted = wire_get_u16(in);
			apply(&pair, operation, wire_get_raw(in, wanted < in->left ? wanted : in->left));
		} else {
			const uint8_t verb = wire_get_u8(in), who = wire_get_u8(in), what = wire_get_u8(in), number = wire_get_u8(in);
			formed(&pair, verb, who, what, number);
		}
		exclusion_holds(pair.a);
	}
	if (lck_state_digest(pair.a) != lck_state_digest(pair.b))
		abort();
	copy_is_equal(pair.a);
	lck_state_free(pair.a);
	lck_state_free(pair.b);
}

/* What a donor says may be a lie; what is taken is a state like any other. */
static void donors_state(struct wire_reader *in)
{
	struct lck_state *state = lck_state_new(NULL);

	if (lck_state_decode(state, in)) {
		exclusion_holds(state);
		copy_is_equal(state);
	}
	lck_state_free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_reader in = wire_reader_of(bytes_of(data, size));

	switch (wire_get_u8(&in) % 3) {
	case 0: operations(&in, true); break;
	case 1: operations(&in, false); break;
	default: donors_state(&in); break;
	}
	return 0;
}
