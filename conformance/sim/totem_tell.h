/* What the Totem machine sends and tells, in words: lines of the trace (world_totem.c) and of the golden stories (totem_stories.c). */
#ifndef AISLE_SIM_TOTEM_TELL_H
#define AISLE_SIM_TOTEM_TELL_H

#include "core/group/group.h"

enum { TOTEM_TELL_MAX = 300 };

struct totem_telling {
	char text[TOTEM_TELL_MAX];
};

/* `to`: 0 is everybody. */
struct totem_telling totem_tell_packet(struct bytes packet, uint64_t cluster, uint32_t to);
struct totem_telling totem_tell_event(const struct group_event *event);

#endif
