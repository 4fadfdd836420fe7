#include "core/ipc/ipc_session.h"

#include <stdlib.h>

enum { BODY_KEPT_MAX = 64 << 10 }; /* a larger request's memory is given back at once */

/* An answer or event that waits for room. */
struct pending {
	struct list link;
	struct ipc_record record;
	size_t done; /* octets of the body that are in the ring already */
	uint8_t body[];
};

void ipc_session_init(struct ipc_session *session, const struct ipc_session_limits *limits, void *mapping, uint32_t ring_size)
{
	*session = (struct ipc_session){.limits = *limits};
	ipc_rings_of_mapping(mapping, ring_size, &session->request, &session->answer, &session->event);
	list_init(&session->answers);
	list_init(&session->events);
}

static void pending_free(struct ipc_session *session, struct pending *pending)
{
	session->pending_size -= sizeof *pending + pending->record.total;
	list_remove(&pending->link);
	free(pending);
}

void ipc_session_clear(struct ipc_session *session)
{
	while (!list_is_empty(&session->answers))
		pending_free(session, container_of(session->answers.next, struct pending, link));
	while (!list_is_empty(&session->events))
		pending_free(session, container_of(session->events.next, struct pending, link));
	ipc_assembly_clear(&session->assembly);
}

static void session_wake(struct ipc_session *session, enum ipc_wake where)
{
	session->wake_futex |= where == IPC_WAKE_FUTEX;
	session->wake_client |= where == IPC_WAKE_SOCKET;
}

bool ipc_session_is_open(const struct ipc_session *session)
{
	return list_is_empty(&session->answers) && session->calls_open < session->limits.calls_max &&
	       session->posted_open < session->limits.posted_max;
}

static bool is_posted(uint64_t call)
{
	return (call & IPC_CALL_POSTED) != 0;
}

enum ipc_take ipc_session_take(struct ipc_session *session)
{
	if (!session->assembly.is_open && session->assembly.body.capacity > BODY_KEPT_MAX)
		ipc_assembly_clear(&session->assembly);

	const enum ipc_take take = ipc_assembly_take(&session->assembly, &session->request, session->limits.request_size_max,
	                                             &session->why);
	/* Who waits for room sleeps where it sleeps for answers; what is in the socket it sees later, too, if it is just about to sleep elsewhere. */
	if ((take == IPC_TAKE_PART || take == IPC_TAKE_MESSAGE) && ipc_ring_release(&session->request)) {
		session_wake(session, ipc_ring_rouse(&session->answer));
		session->wake_client = true;
	}
	if (take == IPC_TAKE_MESSAGE) {
		session->calls_open++;
		session->posted_open += is_posted(session->assembly.record.call);
	}
	return take;
}

bool ipc_session_sleep(struct ipc_session *session)
{
	return ipc_ring_sleep(&session->request);
}

void ipc_session_awake(struct ipc_session *session)
{
	ipc_ring_awake(&session->request);
}

bool ipc_session_has_request(const struct ipc_session *session)
{
	return ipc_session_is_open(session) && ipc_ring_available(&session->request) > 0; /* or what cannot be: the taking finds out */
}

static bool session_refuse(struct ipc_session *session, const char *why)
{
	session->why = why;
	return false;
}

static void session_note_put(struct ipc_session *session, const struct ipc_ring *ring)
{
	if (ring == &session->event)
		session->events_put = true;
	else
		session->answers_put = true;
}

void ipc_session_publish_events(struct ipc_session *session)
{
	if (session->events_put)
		session->wake_event |= ipc_ring_publish_armed(&session->event);
	session->events_put = false;
}

void ipc_session_publish(struct ipc_session *session)
{
	ipc_session_publish_events(session);
	if (session->answers_put)
		session_wake(session, ipc_ring_publish(&session->answer));
	session->answers_put = false;
}

static bool session_keep(struct ipc_session *session, struct list *queue, const struct ipc_record *record, const uint8_t *body,
                         size_t done)
{
	const size_t size = sizeof(struct pending) + record->total;

	/* A message alone may be larger than the limit: what a client asked for it gets, if it then fetches it. */
	if (session->pending_size > 0 && session->pending_size + size > session->limits.pending_size_max)
		return session_refuse(session, "does not fetch its answers and events");
	struct pending *pending = malloc(size);
	if (pending == NULL)
		return session_refuse(session, "no memory for its answers and events");
	pending->record = *record;
	pending->done = done;
	if (record->total > 0)
		memcpy(pending->body, body, record->total);
	list_append(queue, &pending->link);
	session->pending_size += size;
	return true;
}

static bool session_put(struct ipc_session *session, struct ipc_ring *ring, struct list *queue, struct ipc_record record,
                        struct bytes body)
{
	size_t done = 0;

	if (body.size > UINT32_MAX)
		return session_refuse(session, "answer above the format's limit");
	record.total = (uint32_t)body.size;
	if (!list_is_empty(queue))
		return session_keep(session, queue, &record, body.data, 0);

	const uint32_t before = ring->position;
	const enum ipc_put put = ipc_record_put(ring, record, body.data, &done);
	if (ring->position != before)
		session_note_put(session, ring);
	if (put == IPC_PUT_BROKEN)
		return session_refuse(session, "impossible ring position");
	if (put == IPC_PUT_FULL)
		ipc_session_publish(session); /* a client that is awake makes room meanwhile */
	return put == IPC_PUT_DONE || session_keep(session, queue, &record, body.data, done);
}

bool ipc_session_answer(struct ipc_session *session, uint64_t call, uint32_t code, struct bytes body)
{
	const bool with_descriptors = session->has_passed && session->passed_call == call;

	if (session->calls_open > 0)
		session->calls_open--;
	if (is_posted(call)) {
		session->posted_open -= session->posted_open > 0;
		return true;
	}
	session->has_passed = session->has_passed && !with_descriptors;
	return session_put(session, &session->answer, &session->answers,
	                   (struct ipc_record){.kind = with_descriptors ? IPC_ANSWER_PASSED : 0, .call = call, .code = code}, body);
}

bool ipc_session_event(struct ipc_session *session, uint16_t event, struct bytes body)
{
	return session_put(session, &session->event, &session->events, (struct ipc_record){.kind = event}, body);
}

static bool session_flush_queue(struct ipc_session *session, struct ipc_ring *ring, struct list *queue)
{
	const uint32_t before = ring->position;
	enum ipc_put put = IPC_PUT_DONE;

	while (put == IPC_PUT_DONE && !list_is_empty(queue)) {
		struct pending *pending = container_of(queue->next, struct pending, link);
		put = ipc_record_put(ring, pending->record, pending->body, &pending->done);
		if (put == IPC_PUT_DONE)
			pending_free(session, pending);
	}
	if (ring->position != before)
		session_note_put(session, ring);
	return put != IPC_PUT_BROKEN || session_refuse(session, "impossible ring position");
}

bool ipc_session_flush(struct ipc_session *session)
{
	return session_flush_queue(session, &session->answer, &session->answers) &&
	       session_flush_queue(session, &session->event, &session->events);
}
