/* The timer service's table, for who links it. In the module tmr.so it is named `aisle_service`: that is what the loader looks for. */
#ifndef AISLE_TMR_SERVICE_H
#define AISLE_TMR_SERVICE_H

#include "core/engine/service.h"

extern const struct service_engine aisle_service_tmr __attribute__((visibility("default")));

#endif
