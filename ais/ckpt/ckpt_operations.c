/* Operations, node to all: encode and decode. */
#include "ckpt_message_parts.h"

void ckpt_open_encode(struct wire_writer *out, const struct ckpt_open *open)
{
	wire_put_format(out, CKPT_RING_FORMAT);
	requester_encode(out, open->requester);
	wire_put_bool(out, open->async);
	wire_put_u64(out, open->invocation);
	wire_put_bytes(out, open->name);
	wire_put_u32(out, open->flags);
	wire_put_bool(out, open->creates);
	ckpt_attributes_encode(out, &open->attributes);
	wire_put_u32(out, open->replicas);
}

bool ckpt_open_decode(struct wire_reader *in, struct ckpt_open *open)
{
	wire_get_format_of(in, CKPT_RING_FORMAT);
	open->requester = requester_decode(in);
	open->async = wire_get_bool(in);
	open->invocation = wire_get_u64(in);
	open->name = ckpt_name_decode(in);
	open->flags = wire_get_u32(in);
	open->creates = wire_get_bool(in);
	open->attributes = ckpt_attributes_decode(in);
	open->replicas = wire_get_u32(in);
	return wire_finish(in);
}

void ckpt_close_encode(struct wire_writer *out, const struct ckpt_close *close)
{
	wire_put_format(out, CKPT_RING_FORMAT);
	requester_encode(out, close->client);
	wire_put_u64(out, close->open);
}

bool ckpt_close_decode(struct wire_reader *in, struct ckpt_close *close)
{
	wire_get_format_of(in, CKPT_RING_FORMAT);
	close->client = requester_decode(in);
	close->open = wire_get_u64(in);
	return wire_finish(in);
}

void ckpt_unlink_encode(struct wire_writer *out, const struct ckpt_unlink *unlink)
{
	wire_put_format(out, CKPT_RING_FORMAT);
	requester_encode(out, unlink->requester);
	wire_put_bytes(out, unlink->name);
}

bool ckpt_unlink_decode(struct wire_reader *in, struct ckpt_unlink *unlink)
{
	wire_get_format_of(in, CKPT_RING_FORMAT);
	unlink->requester = requester_decode(in);
	unlink->name = ckpt_name_decode(in);
	return wire_finish(in);
}

void ckpt_retention_set_encode(struct wire_writer *out, const struct ckpt_retention_set *set)
{
	wire_put_format(out, CKPT_RING_FORMAT);
	requester_encode(out, set->requester);
	identity_encode(out, set->checkpoint);
	wire_put_i64(out, set->retention_ns);
}

bool ckpt_retention_set_decode(struct wire_reader *in, struct ckpt_retention_set *set)
{
	wire_get_format_of(in, CKPT_RING_FORMAT);
	set->requester = requester_decode(in);
	set->checkpoint = identity_decode(in);
	set->retention_ns = wire_get_i64(in);
	return wire_finish(in);
}

void ckpt_active_set_encode(struct wire_writer *out, const struct ckpt_active_set *set)
{
	wire_put_format(out, CKPT_RING_FORMAT);
	requester_encode(out, set->requester);
	identity_encode(out, set->checkpoint);
}

bool ckpt_active_set_decode(struct wire_reader *in, struct ckpt_active_set *set)
{
	wire_get_format_of(in, CKPT_RING_FORMAT);
	set->requester = requester_decode(in);
	set->checkpoint = identity_decode(in);
	return wire_finish(in);
}

void ckpt_section_create_encode(struct wire_writer *out, const struct ckpt_section_create *create)
{
	wire_put_format(out, CKPT_RING_FORMAT);
	requester_encode(out, create->requester);
	identity_encode(out, create->checkpoint);
	wire_put_i64(out, create->expiry_ns);
	wire_put_bytes(out, create->id);
	wire_put_bytes(out, create->initial);
}

/* After a failed read every further one yields zero, so one check at the end is enough. The views point into the message. */
bool ckpt_section_create_decode(struct wire_reader *in, struct ckpt_section_create *create)
{
	wire_get_format_of(in, CKPT_RING_FORMAT);
	create->requester = requester_decode(in);
	create->checkpoint = identity_decode(in);
	create->expiry_ns = wire_get_i64(in);
	create->id = ckpt_id_decode(in);
	create->initial = wire_get_bytes(in, CKPT_SECTION_SIZE_MAX);
	return wire_finish(in);
}

void ckpt_section_delete_encode(struct wire_writer *out, const struct ckpt_section_delete *delete)
{
	wire_put_format(out, CKPT_RING_FORMAT);
	requester_encode(out, delete->requester);
	identity_encode(out, delete->checkpoint);
	wire_put_bytes(out, delete->id);
}

bool ckpt_section_delete_decode(struct wire_reader *in, struct ckpt_section_delete *delete)
{
	wire_get_format_of(in, CKPT_RING_FORMAT);
	delete->requester = requester_decode(in);
	delete->checkpoint = identity_decode(in);
	delete->id = ckpt_id_decode(in);
	return wire_finish(in);
}

void ckpt_expiration_set_encode(struct wire_writer *out, const struct ckpt_expiration_set *set)
{
	wire_put_format(out, CKPT_RING_FORMAT);
	requester_encode(out, set->requester);
	identity_encode(out, set->checkpoint);
	wire_put_i64(out, set->expiry_ns);
	wire_put_bytes(out, set->id);
}

bool ckpt_expiration_set_decode(struct wire_reader *in, struct ckpt_expiration_set *set)
{
	wire_get_format_of(in, CKPT_RING_FORMAT);
	set->requester = requester_decode(in);
	set->checkpoint = identity_decode(in);
	set->expiry_ns = wire_get_i64(in);
	set->id = ckpt_id_decode(in);
	return wire_finish(in);
}

void ckpt_write_encode(struct wire_writer *out, const struct ckpt_write *write)
{
	wire_put_format(out, CKPT_RING_FORMAT);
	requester_encode(out, write->requester);
	identity_encode(out, write->checkpoint);
	ckpt_run_encode(out, write->count, write->elements);
}

bool ckpt_write_decode(struct wire_reader *in, struct ckpt_write *write)
{
	wire_get_format_of(in, CKPT_RING_FORMAT);
	write->requester = requester_decode(in);
	write->checkpoint = identity_decode(in);
	write->elements = ckpt_run_decode(in, &write->count, 16, CKPT_VECTOR_MAX, ckpt_element_skip);
	return wire_finish(in);
}

void ckpt_overwrite_encode(struct wire_writer *out, const struct ckpt_overwrite *overwrite)
{
	wire_put_format(out, CKPT_RING_FORMAT);
	requester_encode(out, overwrite->requester);
	identity_encode(out, overwrite->checkpoint);
	wire_put_bytes(out, overwrite->id);
	wire_put_bytes(out, overwrite->data);
}

bool ckpt_overwrite_decode(struct wire_reader *in, struct ckpt_overwrite *overwrite)
{
	wire_get_format_of(in, CKPT_RING_FORMAT);
	overwrite->requester = requester_decode(in);
	overwrite->checkpoint = identity_decode(in);
	overwrite->id = ckpt_id_decode(in);
	overwrite->data = wire_get_bytes(in, CKPT_SECTION_SIZE_MAX);
	return wire_finish(in);
}

void ckpt_synchronize_encode(struct wire_writer *out, const struct ckpt_synchronize *synchronize)
{
	wire_put_format(out, CKPT_RING_FORMAT);
	requester_encode(out, synchronize->requester);
	identity_encode(out, synchronize->checkpoint);
	wire_put_bool(out, synchronize->async);
	wire_put_u64(out, synchronize->cookie);
	wire_put_u64(out, synchronize->invocation);
}

bool ckpt_synchronize_decode(struct wire_reader *in, struct ckpt_synchronize *synchronize)
{
	wire_get_format_of(in, CKPT_RING_FORMAT);
	synchronize->requester = requester_decode(in);
	synchronize->checkpoint = identity_decode(in);
	synchronize->async = wire_get_bool(in);
	synchronize->cookie = wire_get_u64(in);
	synchronize->invocation = wire_get_u64(in);
	return wire_finish(in);
}

void ckpt_expiry_encode(struct wire_writer *out, const struct ckpt_expiry *expiry)
{
	identity_encode(out, expiry->checkpoint);
	wire_put_i64(out, expiry->expiry_ns);
	wire_put_bytes(out, expiry->id);
}

static struct ckpt_expiry expiry_decode(struct wire_reader *in)
{
	struct ckpt_expiry expiry;

	expiry.checkpoint = identity_decode(in);
	expiry.expiry_ns = wire_get_i64(in);
	expiry.id = ckpt_id_decode(in);
	return expiry;
}

bool ckpt_expiry_next(struct wire_reader *in, struct ckpt_expiry *expiry)
{
	if (in->left == 0)
		return false;
	*expiry = expiry_decode(in);
	return !in->failed;
}

static void expiry_skip(struct wire_reader *in)
{
	(void)expiry_decode(in);
}

void ckpt_expire_encode(struct wire_writer *out, const struct ckpt_expire *expire)
{
	wire_put_format(out, CKPT_RING_FORMAT);
	ckpt_run_encode(out, expire->count, expire->expiries);
}

bool ckpt_expire_decode(struct wire_reader *in, struct ckpt_expire *expire)
{
	wire_get_format_of(in, CKPT_RING_FORMAT);
	expire->expiries = ckpt_run_decode(in, &expire->count, 36, CKPT_EXPIRIES_MAX, expiry_skip);
	return wire_finish(in);
}

void ckpt_retention_encode(struct wire_writer *out, const struct ckpt_retention *retention)
{
	wire_put_format(out, CKPT_RING_FORMAT);
	identity_encode(out, retention->checkpoint);
	position_encode(out, retention->closed);
	wire_put_i64(out, retention->due_ns);
}

bool ckpt_retention_decode(struct wire_reader *in, struct ckpt_retention *retention)
{
	wire_get_format_of(in, CKPT_RING_FORMAT);
	retention->checkpoint = identity_decode(in);
	retention->closed = position_decode(in);
	retention->due_ns = wire_get_i64(in);
	return wire_finish(in);
}

void ckpt_read_encode(struct wire_writer *out, const struct ckpt_read *read)
{
	wire_put_format(out, CKPT_RING_FORMAT);
	requester_encode(out, read->requester);
	wire_put_u32(out, read->holder);
	identity_encode(out, read->checkpoint);
	ckpt_run_encode(out, read->count, read->elements);
}

bool ckpt_read_decode(struct wire_reader *in, struct ckpt_read *read)
{
	wire_get_format_of(in, CKPT_RING_FORMAT);
	read->requester = requester_decode(in);
	read->holder = wire_get_u32(in);
	read->checkpoint = identity_decode(in);
	read->elements = ckpt_run_decode(in, &read->count, 21, CKPT_VECTOR_MAX, ckpt_read_element_skip);
	return wire_finish(in);
}

void ckpt_read_answer_encode(struct wire_writer *out, const struct ckpt_read_answer *answer)
{
	wire_put_format(out, CKPT_RING_FORMAT);
	requester_encode(out, answer->requester);
	wire_put_u32(out, answer->code);
	wire_put_bytes(out, answer->body);
}

bool ckpt_read_answer_decode(struct wire_reader *in, struct ckpt_read_answer *answer)
{
	wire_get_format_of(in, CKPT_RING_FORMAT);
	answer->requester = requester_decode(in);
	answer->code = wire_get_u32(in);
	answer->body = wire_get_bytes(in, CKPT_SECTION_SIZE_MAX);
	return wire_finish(in);
}

void ckpt_client_gone_encode(struct wire_writer *out, const struct ckpt_client_gone *gone)
{
	wire_put_format(out, CKPT_RING_FORMAT);
	requester_encode(out, gone->client);
}

bool ckpt_client_gone_decode(struct wire_reader *in, struct ckpt_client_gone *gone)
{
	wire_get_format_of(in, CKPT_RING_FORMAT);
	gone->client = requester_decode(in);
	return wire_finish(in);
}

void ckpt_claim_encode(struct wire_writer *out, const struct ckpt_claim *claim)
{
	wire_put_u64(out, claim->open);
	identity_encode(out, claim->checkpoint);
	wire_put_u32(out, claim->flags);
}

static struct ckpt_claim claim_decode(struct wire_reader *in)
{
	struct ckpt_claim claim;

	claim.open = wire_get_u64(in);
	claim.checkpoint = identity_decode(in);
	claim.flags = wire_get_u32(in);
	return claim;
}

bool ckpt_claim_next(struct wire_reader *in, struct ckpt_claim *claim)
{
	if (in->left == 0)
		return false;
	*claim = claim_decode(in);
	return !in->failed;
}

static void claim_skip(struct wire_reader *in)
{
	(void)claim_decode(in);
}

void ckpt_reclaim_encode(struct wire_writer *out, const struct ckpt_reclaim *reclaim)
{
	wire_put_format(out, CKPT_RING_FORMAT);
	requester_encode(out, reclaim->client);
	ckpt_run_encode(out, reclaim->count, reclaim->claims);
}

bool ckpt_reclaim_decode(struct wire_reader *in, struct ckpt_reclaim *reclaim)
{
	wire_get_format_of(in, CKPT_RING_FORMAT);
	reclaim->client = requester_decode(in);
	reclaim->claims = ckpt_run_decode(in, &reclaim->count, 36, CKPT_CLIENT_OPENS_MAX, claim_skip);
	return wire_finish(in);
}
