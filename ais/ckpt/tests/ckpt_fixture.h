/* A replica of CKPT on its own: positions that count up, a host of malloc's arenas, and operations as one call each. Used by all tests of
 * this room. The state's table `aisle_service_ckpt` needs the engine's calls at link time; here they are answered by ckpt_fixture.c. */
#ifndef AISLE_CKPT_FIXTURE_H
#define AISLE_CKPT_FIXTURE_H

#include "ais/ckpt/ckpt_state.h"
#include "saCkpt.h"

struct ckpt_fixture {
	struct ckpt_state *state;
	uint64_t seq;
	uint64_t call;
	int64_t clock_ns;
	struct identity checkpoint; /* of the one that ckpt_fixture_open() made */
	uint64_t open;
	struct effects effects; /* of the last operation */
};

extern const struct host ckpt_fixture_host;
size_t ckpt_fixture_arena_bytes(void); /* all arenas' */

struct ckpt_attributes ckpt_fixture_attributes(uint32_t section_count_max);
struct ckpt_fixture ckpt_fixture_new(void);
struct ckpt_fixture ckpt_fixture_open(uint32_t section_count_max); /* with one checkpoint "fixture", ALL_REPLICAS, open */
struct ckpt_fixture ckpt_fixture_open_with(const struct ckpt_attributes *attributes);
void ckpt_fixture_close(struct ckpt_fixture *ckpt);

struct requester ckpt_fixture_requester(struct ckpt_fixture *ckpt, uint32_t node); /* with the next call number */
/* Applies; the code of the first reply, or 0 where there is none. */
SaAisErrorT ckpt_fixture_apply(struct ckpt_fixture *ckpt, uint16_t operation, const struct wire_writer *body);
SaAisErrorT ckpt_fixture_apply_and_clear(struct ckpt_fixture *ckpt, uint16_t operation, struct wire_writer *body);
struct bytes ckpt_fixture_payload(const struct ckpt_fixture *ckpt); /* of the first effect */

SaAisErrorT ckpt_fixture_open_name(struct ckpt_fixture *ckpt, uint32_t node, const char *name, uint32_t flags,
                                   const struct ckpt_attributes *attributes, uint64_t *open);
void ckpt_fixture_close_open(struct ckpt_fixture *ckpt, uint32_t node, uint64_t open);
SaAisErrorT ckpt_fixture_unlink(struct ckpt_fixture *ckpt, const char *name);
SaAisErrorT ckpt_fixture_create(struct ckpt_fixture *ckpt, const char *id, const char *initial);
SaAisErrorT ckpt_fixture_create_at(struct ckpt_fixture *ckpt, struct bytes id, struct bytes initial, int64_t expiry_ns);
SaAisErrorT ckpt_fixture_delete(struct ckpt_fixture *ckpt, const char *id);
SaAisErrorT ckpt_fixture_expiration_set(struct ckpt_fixture *ckpt, const char *id, int64_t expiry_ns);
SaAisErrorT ckpt_fixture_write(struct ckpt_fixture *ckpt, const char *id, uint64_t offset, struct bytes data);
SaAisErrorT ckpt_fixture_overwrite(struct ckpt_fixture *ckpt, const char *id, struct bytes data);
struct checkpoint *ckpt_fixture_checkpoint(const struct ckpt_fixture *ckpt);
struct bytes ckpt_fixture_read(const struct ckpt_fixture *ckpt, const char *id); /* {NULL, 0}: missing */

#endif
