/* The library's view of an open checkpoint's memory in the daemon: asked for when a checkpoint is read again and again, mapped read-only, mapped
 * anew as it grows or moves, given up with the open. Threads share it. Judging what is read is ckpt_image.h's matter. */
#ifndef AISLE_CKPT_MAPPING_H
#define AISLE_CKPT_MAPPING_H

#include <pthread.h>

#include "ais_client.h"
#include "ckpt_image.h"
#include "saCkpt.h"

struct ckpt_mapping {
	pthread_rwlock_t lock; /* of all below; readers of the memory hold it shared */
	struct image image;    /* base NULL: none */
	uint32_t pause, pause_next; /* reads to go to the daemon before the next asking */
};

void ckpt_mapping_init(struct ckpt_mapping *mapping);
void ckpt_mapping_clear(struct ckpt_mapping *mapping);
/* The whole vector from memory. False: the daemon is to be asked; nothing was touched but buffers, and what was copied into them is zeros
 * again. No system call if there is a mapping that still holds. */
bool ckpt_mapping_read(struct ckpt_mapping *mapping, struct ais_handle *handle, uint64_t open, SaCkptIOVectorElementT *vector,
                       SaUint32T count);

#endif
