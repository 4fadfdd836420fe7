/* Promise: a call is answered by a code that its sheet lists, and what is gone stays gone: an id that was unlocked, lost or timed out is never
 * unlocked again with OK, a handle that was closed or lost never locks. */
#include <inttypes.h>

#include "conformance/lck/world_lck.h"

static bool code_is_listed(const struct world_lck *world, const struct lck_world_call *call, uint32_t code)
{
	switch (call->kind) {
	case LCK_REQUEST_CLOSE:
		return code == SA_AIS_OK || code == SA_AIS_ERR_BAD_HANDLE;
	case LCK_REQUEST_LOST_SET:
		return code == SA_AIS_OK;
	case LCK_REQUEST_OPEN:
		return (code == SA_AIS_ERR_NO_RESOURCES && world->limited) || code == SA_AIS_OK || code == SA_AIS_ERR_NOT_EXIST || code == SA_AIS_ERR_TIMEOUT || code == SA_AIS_ERR_TRY_AGAIN;
	case LCK_REQUEST_OPEN_ASYNC:
		return code == SA_AIS_OK || code == SA_AIS_ERR_TIMEOUT || code == SA_AIS_ERR_TRY_AGAIN;
	case LCK_REQUEST_UNLOCK:
	case LCK_REQUEST_UNLOCK_ASYNC:
		return code == SA_AIS_OK || code == SA_AIS_ERR_NOT_EXIST || code == SA_AIS_ERR_TIMEOUT || code == SA_AIS_ERR_TRY_AGAIN;
	default:
		return code == SA_AIS_OK || code == SA_AIS_ERR_BAD_HANDLE || code == SA_AIS_ERR_TIMEOUT || code == SA_AIS_ERR_TRY_AGAIN;
	}
}

void check_lck_answer(struct lck_world_node *node, const struct lck_world_call *call, uint32_t code)
{
	if (!code_is_listed(node->world, call, code))
		sim_violation(node->world->sim, "answers", "node %" PRIu32 " answers %" PRIu32 " to request %d", node->stack.node, code, (int)call->kind);
	if (call->is_of_dead && code == SA_AIS_OK)
		sim_violation(node->world->sim, "not-exist", "node %" PRIu32 " answers OK to request %d of %" PRIu64 ", which is gone", node->stack.node,
		              (int)call->kind, call->object);
}
