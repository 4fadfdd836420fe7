/* The timer service in the daemon: it limits the clients and lists them. The timers are the libraries' own; this knows of them what the
 * libraries say. No state, no operation, no gate. Called by the engine. */
#include "ais/tmr/tmr_service.h"

#include <string.h>

#include "ais/tmr/tmr_messages.h"

/* Handles on this node, where the configuration says nothing else (tmr.clients_max). Timers need the daemon least of all services: they shall not
 * take the places of the others' clients. */
enum { TMR_CLIENTS_PRESET = 512 };

/* Of the service on this node. */
struct tmr {
	uint32_t client_count;
	uint32_t clients_max; /* 0: has not been said */
};

/* Of one library handle. */
struct tmr_client {
	bool has_reported; /* and so has a place */
	struct tmr_report report;
	int64_t reported_wall_ns;
};

static struct tmr *tmr_of(struct service *service)
{
	return service_data(service, sizeof(struct tmr));
}

/* Who is there already stays, also above it. */
static void tmr_setting(struct service *service, const char *name, uint64_t value)
{
	struct tmr *tmr = tmr_of(service);

	if (tmr != NULL && strcmp(name, "clients_max") == 0)
		tmr->clients_max = (uint32_t)value;
}

/* It takes no place yet: the operator's tool, which asks who has them all, never does. */
static bool tmr_client_opened(struct service *service, struct client *client)
{
	(void)client;
	return tmr_of(service) != NULL;
}

static void tmr_client_closed(struct service *service, struct client *client)
{
	if (((struct tmr_client *)client_data(client))->has_reported)
		tmr_of(service)->client_count--;
}

/* With its first report, which every library makes before its Initialize returns. */
static bool place_take(struct tmr *tmr, struct tmr_client *own)
{
	if (own->has_reported)
		return true;
	if (tmr->client_count >= (tmr->clients_max == 0 ? TMR_CLIENTS_PRESET : tmr->clients_max))
		return false;
	tmr->client_count++;
	own->has_reported = true;
	return true;
}

static enum service_outcome on_report(struct service *service, struct client *client, struct wire_reader *in)
{
	struct tmr_client *own = client_data(client);
	struct tmr_report report;

	if (!tmr_report_decode(in, &report))
		return service_disconnect(client, "malformed report request");
	if (!place_take(tmr_of(service), own))
		return service_answer(client, RESULT_NO_RESOURCES);
	own->report = report;
	own->reported_wall_ns = service_host(service)->wall_ns(service_host(service)->context);
	return service_answer(client, RESULT_OK);
}

static void entry_put(struct wire_writer *out, struct client *client)
{
	const struct tmr_client *own = client_data(client);

	tmr_list_entry_encode(out, &(struct tmr_list_entry){
		.client = client_id(client), .uid = client_uid(client), .gid = client_gid(client),
		.report = own->report, .reported_wall_ns = own->reported_wall_ns,
	});
}

/* All that have a place. */
static enum service_outcome on_list(struct service *service, struct client *client, struct wire_reader *in)
{
	struct wire_writer entries = {0}, body = {0};
	struct tmr_list list = {0};

	if (!tmr_list_request_decode(in))
		return service_disconnect(client, "malformed list request");
	for (struct client *other = client_first(service); other != NULL; other = client_next(service, other)) {
		if (!((const struct tmr_client *)client_data(other))->has_reported)
			continue;
		entry_put(&entries, other);
		list.count++;
	}
	tmr_list_encode(&body, &list);
	wire_put_raw(&body, entries.data, entries.size);
	const bool failed = body.failed || entries.failed;
	const enum service_outcome outcome = failed ? service_answer(client, RESULT_NO_MEMORY)
	                                            : service_answer_with(client, RESULT_OK, wire_writer_bytes(&body));
	wire_writer_clear(&entries);
	wire_writer_clear(&body);
	return outcome;
}

static const struct service_request tmr_requests[TMR_REQUEST_COUNT] = {
	[TMR_REQUEST_REPORT] = {"report", on_report, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE, .lists_no_resources = true},
	[TMR_REQUEST_LIST] = {"list", on_list, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE, .lists_no_resources = true},
};

const struct service_engine aisle_service_tmr = {
	.name = "tmr",
	.id = TMR_SERVICE_ID,
	.format = TMR_FORMAT,
	.requests = tmr_requests,
	.request_count = TMR_REQUEST_COUNT,
	.client_data_size = sizeof(struct tmr_client),
	.client_opened = tmr_client_opened,
	.client_closed = tmr_client_closed,
	.setting = tmr_setting,
};
