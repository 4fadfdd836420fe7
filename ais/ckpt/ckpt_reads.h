/* Reads, from this node's replica. Where a checkpoint has an active replica, what that has is the truth: its node answers with it at once,
 * others let the read have its place in the order first, behind all that the active node has answered. Called by the table in
 * ckpt_service.c. */
#ifndef AISLE_CKPT_READS_H
#define AISLE_CKPT_READS_H

#include "core/engine/service.h"

enum service_outcome ckpt_on_status(struct service *service, struct client *client, struct wire_reader *in);
enum service_outcome ckpt_on_read(struct service *service, struct client *client, struct wire_reader *in);
enum service_outcome ckpt_on_iterate(struct service *service, struct client *client, struct wire_reader *in);
enum service_outcome ckpt_on_fetch(struct service *service, struct client *client, struct wire_reader *in);
enum service_outcome ckpt_on_map(struct service *service, struct client *client, struct wire_reader *in);

/* The engine's hooks. */
void ckpt_asked(struct service *service, struct bytes payload);
bool ckpt_readers(struct service *service, int64_t until_ns);

#endif
