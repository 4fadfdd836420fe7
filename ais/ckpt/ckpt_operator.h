/* What the operator's tool asks: this daemon's memory as it is, at once, whatever the gate. Called by the table in ckpt_service.c. */
#ifndef AISLE_CKPT_OPERATOR_H
#define AISLE_CKPT_OPERATOR_H

#include "core/engine/service.h"

enum service_outcome ckpt_on_list(struct service *service, struct client *client, struct wire_reader *in);
enum service_outcome ckpt_on_dump(struct service *service, struct client *client, struct wire_reader *in);
enum service_outcome ckpt_on_watch(struct service *service, struct client *client, struct wire_reader *in);

/* Its client watches no more. */
void ckpt_watch_end(struct service *service, struct client *client);
/* The engine's hook. */
void ckpt_applied(struct service *service);

#endif
