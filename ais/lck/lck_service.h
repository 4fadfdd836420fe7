/* The lock service's table, for who links it. In the module lck.so it is named `aisle_service`: that is what the loader looks for. */
#ifndef AISLE_LCK_SERVICE_H
#define AISLE_LCK_SERVICE_H

#include "core/engine/service.h"

extern const struct service_engine aisle_service_lck __attribute__((visibility("default")));

#endif
