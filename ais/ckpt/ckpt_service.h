/* The checkpoint service's table, for who links it (the simulator, the unit tests). In the module ckpt.so it is named `aisle_service`:
 * that is what the loader looks for. */
#ifndef AISLE_CKPT_SERVICE_H
#define AISLE_CKPT_SERVICE_H

#include "core/engine/service.h"

extern const struct service_engine aisle_service_ckpt __attribute__((visibility("default")));

#endif
