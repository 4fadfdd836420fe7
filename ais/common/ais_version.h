/* Version negotiation (SAI-AIS, 3.4.1 of each service): a walk over the versions that a library offers. Pure. */
#ifndef AISLE_AIS_VERSION_H
#define AISLE_AIS_VERSION_H

#include <stdbool.h>
#include <stddef.h>

#include "saAis.h"

/* Is `version` (in: the required one; its minor is not looked at) among what `offered` serves? Either way it is rewritten to what the
 * standard wants to be told: with true the required release's highest major and that one's highest minor; with false the same of
 * the required release, or of the nearest above it that is offered, or of the nearest below. */
bool ais_version_negotiate(const SaVersionT *offered, size_t offered_count, SaVersionT *version);

#endif
