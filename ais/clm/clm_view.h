/* What the membership service knows: the view, kept as the libraries see it, and the notifications that follow from two successive views.
 * Pure. Called by clm_service.c; knows no client and sends nothing. */
#ifndef AISLE_CLM_VIEW_H
#define AISLE_CLM_VIEW_H

#include "ais/clm/clm_messages.h"
#include "core/engine/service.h"

struct clm_member {
	struct clm_node node; /* its views point into `address` and `name` */
	uint64_t incarnation;
	struct ring_id joined;
	uint8_t address[SA_CLM_MAX_ADDRESS_LENGTH];
	uint8_t name[SA_MAX_NAME_LENGTH];
};

/* A copy that outlives the engine's: the last view that clients were told of. */
struct clm_view {
	uint64_t number; /* the ring's sequence */
	uint32_t node;   /* this one */
	size_t member_count;
	struct clm_member members[]; /* ascending by id */
};

/* In order of node id, each node once. All zero is valid and empty. */
struct clm_list {
	struct clm_entry *entries; /* their views live as long as both clm_views do */
	size_t count;
};

struct clm_view *clm_view_new(const struct service_view *view); /* NULL: no memory */
void clm_view_free(struct clm_view *view);
const struct clm_member *clm_view_find(const struct clm_view *view, uint32_t id); /* NULL: no member */

/* SA_TRACK_CURRENT: the members of `now`, NO_CHANGE; `before` is not looked at. SA_TRACK_CHANGES and _CHANGES_ONLY: what became of `before`
 * (NULL: of nothing). Decided from the two views alone, so a view that clients never heard of hides no change. False: no memory. */
bool clm_view_list(const struct clm_view *before, const struct clm_view *now, uint8_t mode, struct clm_list *list);
void clm_list_clear(struct clm_list *list);

#endif
