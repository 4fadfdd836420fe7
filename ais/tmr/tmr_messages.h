/* Every message between libSaTmr, the operator's tool and the daemon, once. Nothing of TMR travels on the ring. Called by tmr_client.c and
 * core/tools on one side, tmr_service.c on the other. */
#ifndef AISLE_TMR_MESSAGES_H
#define AISLE_TMR_MESSAGES_H

#include "core/base/wire.h"
#include "saTmr.h"

/* One list tells them all: no more clients can be configured (tmr.clients_max). */
enum { TMR_FORMAT = 1, TMR_SERVICE_ID = 6, TMR_LIST_ENTRIES_MAX = 1024 };

enum tmr_request {
	TMR_REQUEST_REPORT,
	TMR_REQUEST_LIST,
	TMR_REQUEST_COUNT
};

/* What a library says of one handle. The first is a call, within Initialize: OK, or NO_RESOURCES above the limit. Later ones come at most once a
 * second, and nobody waits for their answers, which are empty. */
struct tmr_report {
	uint32_t pid; /* as the client knows itself */
	uint64_t timer_count;
	int64_t next_wall_ns; /* when the first one is due, on the wall clock; SA_TIME_MAX: none */
};

/* Body of LIST: the format alone. Head of its answer; `count` entries follow. */
struct tmr_list {
	uint32_t count;
};

struct tmr_list_entry {
	uint64_t client; /* the daemon's number of it */
	uint32_t uid, gid;
	struct tmr_report report;
	int64_t reported_wall_ns;
};

void tmr_report_encode(struct wire_writer *out, const struct tmr_report *report);
bool tmr_report_decode(struct wire_reader *in, struct tmr_report *report);
void tmr_list_request_encode(struct wire_writer *out);
bool tmr_list_request_decode(struct wire_reader *in);
void tmr_list_encode(struct wire_writer *out, const struct tmr_list *list);
bool tmr_list_decode(struct wire_reader *in, struct tmr_list *list); /* then entries, then wire_finish() */
void tmr_list_entry_encode(struct wire_writer *out, const struct tmr_list_entry *entry);
bool tmr_list_entry_decode(struct wire_reader *in, struct tmr_list_entry *entry);

#endif
