/* The membership service in the daemon: answers from the last stable view, and tells trackers of each new one. It has no state but that
 * view: no operation, no gate, no lineage. Called by the engine. */
#include "ais/clm/clm_service.h"

#include "ais/clm/clm_messages.h"
#include "ais/clm/clm_view.h"

enum { MODE_NONE = 0 };

/* Of the service on this node. */
struct clm {
	struct clm_view *view; /* the last one whose barrier's end is stable; NULL: none yet */
};

/* Of one library handle. */
struct tracker {
	uint8_t mode;    /* MODE_NONE, SA_TRACK_CHANGES or SA_TRACK_CHANGES_ONLY */
	uint64_t serial; /* of the last track event sent to it */
};

static struct clm *clm_of(struct service *service)
{
	return service_data(service, sizeof(struct clm));
}

static bool flags_are_valid(uint8_t flags)
{
	const uint8_t known = SA_TRACK_CURRENT | SA_TRACK_CHANGES | SA_TRACK_CHANGES_ONLY;
	const uint8_t both = SA_TRACK_CHANGES | SA_TRACK_CHANGES_ONLY;

	return flags != 0 && (flags & ~known) == 0 && (flags & both) != both;
}

/* False: no memory. */
static bool notifications_encode(struct wire_writer *out, const struct clm_view *before, const struct clm_view *now, uint8_t mode,
                                 uint64_t serial)
{
	struct clm_list list;

	if (!clm_view_list(before, now, mode, &list))
		return false;
	clm_notifications_encode(out, &(struct clm_notifications){
		.serial = serial, .view_number = now->number,
		.member_count = (uint32_t)now->member_count, .count = (uint32_t)list.count,
	});
	for (size_t i = 0; i < list.count; i++)
		clm_entry_encode(out, &list.entries[i]);
	clm_list_clear(&list);
	return !out->failed;
}

static bool track_event(struct client *client, const struct clm_view *before, const struct clm_view *now, uint8_t mode)
{
	struct tracker *tracker = client_data(client);
	struct wire_writer out = {0};
	const bool written = notifications_encode(&out, before, now, mode, tracker->serial + 1);

	if (written) {
		tracker->serial++;
		service_event(client, CLM_EVENT_TRACK, wire_writer_bytes(&out));
	}
	wire_writer_clear(&out);
	return written;
}

static enum service_outcome answer_current(struct client *client, const struct clm_view *view)
{
	struct wire_writer out = {0};
	const bool written = notifications_encode(&out, NULL, view, SA_TRACK_CURRENT, 0);
	const enum service_outcome outcome = written ? service_answer_with(client, RESULT_OK, wire_writer_bytes(&out))
	                                             : service_answer(client, RESULT_NO_MEMORY);

	wire_writer_clear(&out);
	return outcome;
}

static enum service_outcome answer_no_space(struct client *client, const struct clm_view *view)
{
	struct wire_writer out = {0};

	clm_notifications_encode(&out, &(struct clm_notifications){
		.view_number = view->number, .member_count = (uint32_t)view->member_count,
	});
	const enum service_outcome outcome = service_answer_with(client, RESULT_NO_SPACE, wire_writer_bytes(&out));
	wire_writer_clear(&out);
	return outcome;
}

/* The answer and the start of tracking are one step: the next event is of the next view, no gap and no view twice (CLM-049). */
static enum service_outcome on_track(struct service *service, struct client *client, struct wire_reader *in)
{
	const struct clm_view *view = clm_of(service)->view;
	struct tracker *tracker = client_data(client);
	struct clm_track_request request;

	if (!clm_track_request_decode(in, &request))
		return service_disconnect(client, "malformed track request");
	if (!flags_are_valid(request.flags))
		return service_answer(client, RESULT_BAD_FLAGS);
	if (view == NULL)
		return service_answer_later(client);
	const bool current = (request.flags & SA_TRACK_CURRENT) != 0;
	if (current && request.in_answer && request.capacity < view->member_count)
		return answer_no_space(client, view);
	if (current && !request.in_answer && !track_event(client, NULL, view, SA_TRACK_CURRENT))
		return service_answer(client, RESULT_NO_MEMORY);
	if ((request.flags & ~SA_TRACK_CURRENT) != 0)
		tracker->mode = request.flags & ~SA_TRACK_CURRENT;
	return current && request.in_answer ? answer_current(client, view) : service_answer(client, RESULT_OK);
}

/* What the library has not yet run of events up to the serial, it drops. */
static enum service_outcome on_track_stop(struct service *service, struct client *client, struct wire_reader *in)
{
	struct tracker *tracker = client_data(client);
	struct wire_writer out = {0};

	(void)service;
	if (!clm_track_stop_request_decode(in))
		return service_disconnect(client, "malformed track_stop request");
	if (tracker->mode == MODE_NONE)
		return service_answer(client, RESULT_NOT_EXIST);
	tracker->mode = MODE_NONE;
	clm_track_stop_answer_encode(&out, &(struct clm_track_stop_answer){.serial = tracker->serial});
	const enum service_outcome outcome = service_answer_with(client, RESULT_OK, wire_writer_bytes(&out));
	wire_writer_clear(&out);
	return outcome;
}

static const struct clm_member *member_named(const struct clm_view *view, uint32_t id)
{
	return clm_view_find(view, id == SA_CLM_LOCAL_NODE_ID ? view->node : id);
}

static enum service_outcome on_node_get(struct service *service, struct client *client, struct wire_reader *in)
{
	const struct clm_view *view = clm_of(service)->view;
	struct clm_node_get_request request;
	struct wire_writer out = {0};

	if (!clm_node_get_request_decode(in, &request))
		return service_disconnect(client, "malformed node_get request");
	if (view == NULL)
		return service_answer_later(client);
	const struct clm_member *member = member_named(view, request.id);
	if (member == NULL)
		return service_answer(client, RESULT_INVALID_PARAM);
	clm_node_get_answer_encode(&out, &member->node);
	const enum service_outcome outcome = service_answer_with(client, RESULT_OK, wire_writer_bytes(&out));
	wire_writer_clear(&out);
	return outcome;
}

/* The event goes before the answer: it is pending when the call returns. */
static enum service_outcome on_node_get_async(struct service *service, struct client *client, struct wire_reader *in)
{
	const struct clm_view *view = clm_of(service)->view;
	struct clm_node_get_request request;
	struct wire_writer out = {0};

	if (!clm_node_get_request_decode(in, &request))
		return service_disconnect(client, "malformed node_get_async request");
	if (view == NULL)
		return service_answer_later(client);
	const struct clm_member *member = member_named(view, request.id);
	if (member == NULL)
		return service_answer(client, RESULT_INVALID_PARAM);
	clm_node_get_event_encode(&out, &(struct clm_node_get_event){.invocation = request.invocation, .node = member->node});
	const bool written = !out.failed;
	if (written)
		service_event(client, CLM_EVENT_NODE_GET, wire_writer_bytes(&out));
	wire_writer_clear(&out);
	return service_answer(client, written ? RESULT_OK : RESULT_TRY_AGAIN);
}

/* A transition is told once, to all trackers, whatever became of the views between this and the one told before. */
static void clm_view_stable(struct service *service, const struct service_view *stable)
{
	struct clm *clm = clm_of(service);
	struct clm_view *before = clm->view;
	bool told = true;

	clm->view = clm_view_new(stable);
	if (clm->view == NULL) {
		clm->view = before;
		service_host(service)->leave(service_host(service)->context, "clm: no memory for a view");
		return;
	}
	for (struct client *client = client_first(service); client != NULL; client = client_next(service, client)) {
		const struct tracker *tracker = client_data(client);
		if (tracker->mode != MODE_NONE)
			told = track_event(client, before, clm->view, tracker->mode) && told;
	}
	clm_view_free(before);
	if (!told)
		service_host(service)->leave(service_host(service)->context, "clm: no memory to tell a view");
}

static void clm_stopped(struct service *service)
{
	struct clm *clm = clm_of(service);

	clm_view_free(clm->view);
	clm->view = NULL;
}

static const struct service_request clm_requests[CLM_REQUEST_COUNT] = {
	[CLM_REQUEST_TRACK] = {"track", on_track, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE, .lists_no_resources = true},
	[CLM_REQUEST_TRACK_STOP] = {"track_stop", on_track_stop, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE, .lists_no_resources = true},
	[CLM_REQUEST_NODE_GET] = {"node_get", on_node_get, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE, .lists_no_resources = true},
	[CLM_REQUEST_NODE_GET_ASYNC] = {"node_get_async", on_node_get_async, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE},
};

const struct service_engine aisle_service_clm = {
	.name = "clm",
	.id = 1,
	.format = CLM_FORMAT,
	.requests = clm_requests,
	.request_count = CLM_REQUEST_COUNT,
	.client_data_size = sizeof(struct tracker),
	.view_stable = clm_view_stable,
	.stopped = clm_stopped,
};
