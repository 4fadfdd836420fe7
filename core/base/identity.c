#include "core/base/identity.h"

#include <inttypes.h>
#include <stdio.h>

static int order_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int ring_id_compare(struct ring_id a, struct ring_id b)
{
	const int order = order_u64(a.seq, b.seq);

	return order != 0 ? order : order_u64(a.representative, b.representative);
}

bool ring_id_equal(struct ring_id a, struct ring_id b)
{
	return ring_id_compare(a, b) == 0;
}

bool ring_id_is_none(struct ring_id ring)
{
	return ring.seq == 0 && ring.representative == 0;
}

int position_compare(struct position a, struct position b)
{
	int order = ring_id_compare(a.ring, b.ring);

	if (order == 0)
		order = order_u64(a.seq, b.seq);
	return order != 0 ? order : order_u64(a.index, b.index);
}

bool position_equal(struct position a, struct position b)
{
	return position_compare(a, b) == 0;
}

int identity_compare(struct identity a, struct identity b)
{
	return position_compare(a.position, b.position);
}

bool identity_equal(struct identity a, struct identity b)
{
	return identity_compare(a, b) == 0;
}

bool requester_equal(struct requester a, struct requester b)
{
	return requester_same_client(a, b) && a.call == b.call;
}

bool requester_same_client(struct requester a, struct requester b)
{
	return a.node == b.node && a.incarnation == b.incarnation && a.client == b.client;
}

struct identity identity_at(const struct at *at)
{
	return (struct identity){.position = at->position};
}

void ring_id_encode(struct wire_writer *out, struct ring_id ring)
{
	wire_put_u64(out, ring.seq);
	wire_put_u32(out, ring.representative);
}

struct ring_id ring_id_decode(struct wire_reader *in)
{
	struct ring_id ring;

	ring.seq = wire_get_u64(in);
	ring.representative = wire_get_u32(in);
	return ring;
}

void position_encode(struct wire_writer *out, struct position position)
{
	ring_id_encode(out, position.ring);
	wire_put_u64(out, position.seq);
	wire_put_u32(out, position.index);
}

struct position position_decode(struct wire_reader *in)
{
	struct position position;

	position.ring = ring_id_decode(in);
	position.seq = wire_get_u64(in);
	position.index = wire_get_u32(in);
	return position;
}

void identity_encode(struct wire_writer *out, struct identity identity)
{
	position_encode(out, identity.position);
}

struct identity identity_decode(struct wire_reader *in)
{
	return (struct identity){.position = position_decode(in)};
}

void requester_encode(struct wire_writer *out, struct requester requester)
{
	wire_put_u32(out, requester.node);
	wire_put_u64(out, requester.incarnation);
	wire_put_u64(out, requester.client);
	wire_put_u64(out, requester.call);
}

struct requester requester_decode(struct wire_reader *in)
{
	struct requester requester;

	requester.node = wire_get_u32(in);
	requester.incarnation = wire_get_u64(in);
	requester.client = wire_get_u64(in);
	requester.call = wire_get_u64(in);
	return requester;
}

struct ring_text ring_id_text(struct ring_id ring)
{
	struct ring_text text;

	snprintf(text.text, sizeof text.text, "%" PRIu32 ".%" PRIu64, ring.representative, ring.seq);
	return text;
}

struct position_text position_text(struct position position)
{
	struct position_text text;

	snprintf(text.text, sizeof text.text, "%s:%" PRIu64 "+%" PRIu32, ring_id_text(position.ring).text, position.seq,
	         position.index);
	return text;
}
