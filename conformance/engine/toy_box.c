#include "conformance/engine/toy_box.h"

#include "core/base/hash.h"

static bool same_open(struct requester has, struct requester opener)
{
	return requester_same_client(has, opener) && (opener.call == 0 || has.call == opener.call);
}

static void opener_remove(struct toy_box *box, uint32_t i)
{
	box->count--;
	memmove(&box->openers[i], &box->openers[i + 1], (box->count - i) * sizeof box->openers[0]);
	if (box->count == 0)
		box->identity = (struct identity){0};
}

bool toy_box_open(struct toy_box *box, const struct at *at, struct requester opener)
{
	if (box->count == TOY_OPENERS_MAX)
		return false;
	if (box->count == 0)
		box->identity = identity_at(at);
	box->openers[box->count++] = opener;
	return true;
}

void toy_box_close(struct toy_box *box, struct requester opener)
{
	for (uint32_t i = box->count; i > 0; i--)
		if (same_open(box->openers[i - 1], opener))
			opener_remove(box, i - 1);
}

bool toy_box_reclaim(struct toy_box *box, struct identity identity, struct requester opener)
{
	if (box->count == 0 || !identity_equal(box->identity, identity))
		return false;
	for (uint32_t i = 0; i < box->count; i++)
		if (same_open(box->openers[i], opener))
			return true;
	if (box->count == TOY_OPENERS_MAX)
		return false;
	box->openers[box->count++] = opener;
	return true;
}

static bool owner_is_member(const struct service_view *view, struct requester owner)
{
	for (size_t i = 0; i < view->member_count; i++)
		if (view->members[i].node == owner.node)
			return view->members[i].incarnation == owner.incarnation;
	return false;
}

static bool owner_owes(const struct service_view *view, struct requester owner)
{
	for (size_t i = 0; i < view->debt_count; i++)
		if (requester_equal(view->debts[i], owner))
			return true;
	return false;
}

void toy_box_view(struct toy_box *box, const struct service_view *view)
{
	for (uint32_t i = box->count; i > 0; i--)
		if (!owner_is_member(view, box->openers[i - 1]) || owner_owes(view, box->openers[i - 1]))
			opener_remove(box, i - 1);
}

uint64_t toy_box_digest(uint64_t digest, const struct toy_box *box)
{
	digest = digest_u64(digest_u64(digest, box->identity.position.ring.seq), box->identity.position.seq);
	for (uint32_t i = 0; i < box->count; i++)
		digest = digest_u64(digest_u64(digest, box->openers[i].client), box->openers[i].call);
	return digest;
}

void toy_box_encode(struct wire_writer *out, const struct toy_box *box)
{
	identity_encode(out, box->identity);
	wire_put_u32(out, box->count);
	for (uint32_t i = 0; i < box->count; i++)
		requester_encode(out, box->openers[i]);
}

void toy_box_decode(struct wire_reader *in, struct toy_box *box)
{
	box->identity = identity_decode(in);
	box->count = wire_get_count(in, 4 + 8 + 8 + 8, TOY_OPENERS_MAX);
	for (uint32_t i = 0; i < box->count; i++)
		box->openers[i] = requester_decode(in);
}
