/* Encodes and decodes the messages of TMR, each decoder the mirror of its encoder. */
#include "ais/tmr/tmr_messages.h"

static void report_put(struct wire_writer *out, const struct tmr_report *report)
{
	wire_put_u32(out, report->pid);
	wire_put_u64(out, report->timer_count);
	wire_put_i64(out, report->next_wall_ns);
}

static struct tmr_report report_get(struct wire_reader *in)
{
	struct tmr_report report;

	report.pid = wire_get_u32(in);
	report.timer_count = wire_get_u64(in);
	report.next_wall_ns = wire_get_i64(in);
	return report;
}

void tmr_report_encode(struct wire_writer *out, const struct tmr_report *report)
{
	wire_put_format(out, TMR_FORMAT);
	report_put(out, report);
}

bool tmr_report_decode(struct wire_reader *in, struct tmr_report *report)
{
	wire_get_format(in, TMR_FORMAT);
	*report = report_get(in);
	return wire_finish(in);
}

void tmr_list_request_encode(struct wire_writer *out)
{
	wire_put_format(out, TMR_FORMAT);
}

bool tmr_list_request_decode(struct wire_reader *in)
{
	wire_get_format(in, TMR_FORMAT);
	return wire_finish(in);
}

/* The smallest an entry can be. */
enum { ENTRY_SIZE = 8 + 4 + 4 + 4 + 8 + 8 + 8 };

void tmr_list_encode(struct wire_writer *out, const struct tmr_list *list)
{
	wire_put_format(out, TMR_FORMAT);
	wire_put_u32(out, list->count);
}

bool tmr_list_decode(struct wire_reader *in, struct tmr_list *list)
{
	wire_get_format(in, TMR_FORMAT);
	list->count = wire_get_count(in, ENTRY_SIZE, TMR_LIST_ENTRIES_MAX);
	return !in->failed;
}

void tmr_list_entry_encode(struct wire_writer *out, const struct tmr_list_entry *entry)
{
	wire_put_u64(out, entry->client);
	wire_put_u32(out, entry->uid);
	wire_put_u32(out, entry->gid);
	report_put(out, &entry->report);
	wire_put_i64(out, entry->reported_wall_ns);
}

bool tmr_list_entry_decode(struct wire_reader *in, struct tmr_list_entry *entry)
{
	entry->client = wire_get_u64(in);
	entry->uid = wire_get_u32(in);
	entry->gid = wire_get_u32(in);
	entry->report = report_get(in);
	entry->reported_wall_ns = wire_get_i64(in);
	return !in->failed;
}
