/* Unit tests of the service alone, the engine replaced by this file, and of its messages. */
#include "conformance/check/check.h"

#include <stdlib.h>

#include "ais/tmr/tmr_messages.h"
#include "ais/tmr/tmr_service.h"
#include "core/config/config_keys.h"

enum { CLIENTS_MAX = 600 };

struct client {
	size_t number;
	uint8_t data[64];
	uint32_t code;
	bool is_open, is_disconnected;
	struct wire_writer answer;
};

struct service {
	uint8_t data[64];
};

static struct {
	struct service service;
	struct client clients[CLIENTS_MAX];
} at;

static const struct service_engine *const table = &aisle_service_tmr;

/* --- the engine's part --- */

static int64_t host_wall_ns(void *context)
{
	(void)context;
	return 1234;
}

const struct host *service_host(struct service *service)
{
	static const struct host host = {.wall_ns = host_wall_ns};

	(void)service;
	return &host;
}

void *service_data(struct service *service, size_t size)
{
	CU_ASSERT_FATAL(size <= sizeof service->data);
	return service->data;
}

struct client *client_next(struct service *service, struct client *client)
{
	(void)service;
	for (size_t i = client == NULL ? 0 : client->number + 1; i < CLIENTS_MAX; i++)
		if (at.clients[i].is_open)
			return &at.clients[i];
	return NULL;
}

struct client *client_first(struct service *service)
{
	return client_next(service, NULL);
}

void *client_data(struct client *client)
{
	return client->data;
}

uint64_t client_id(const struct client *client)
{
	return client->number + 1;
}

uint32_t client_uid(const struct client *client)
{
	return (uint32_t)client->number + 100;
}

uint32_t client_gid(const struct client *client)
{
	return (uint32_t)client->number + 200;
}

enum service_outcome service_answer_with(struct client *client, uint32_t code, struct bytes body)
{
	client->code = code;
	wire_writer_reset(&client->answer);
	wire_put_raw(&client->answer, body.data, body.size);
	return SERVICE_ANSWERED;
}

enum service_outcome service_answer(struct client *client, uint32_t code)
{
	return service_answer_with(client, code, (struct bytes){0});
}

enum service_outcome service_disconnect(struct client *client, const char *why)
{
	(void)why;
	client->is_disconnected = true;
	return SERVICE_CLOSED;
}

/* --- */

static struct client *client_open(size_t number)
{
	struct client *client = &at.clients[number];

	client->number = number;
	client->is_open = table->client_opened(&at.service, client);
	return client;
}

static void client_close(struct client *client)
{
	if (client->is_open)
		table->client_closed(&at.service, client);
	wire_writer_clear(&client->answer);
	*client = (struct client){0};
}

static void all_close(void)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		client_close(&at.clients[i]);
}

static void request(struct client *client, uint16_t number, struct wire_writer *body)
{
	struct wire_reader in = wire_reader_of(wire_writer_bytes(body));

	table->requests[number].handle(&at.service, client, &in);
	wire_writer_clear(body);
}

static void report(struct client *client, uint64_t count)
{
	struct wire_writer body = {0};

	tmr_report_encode(&body, &(struct tmr_report){.pid = 7, .timer_count = count, .next_wall_ns = 99});
	request(client, TMR_REQUEST_REPORT, &body);
}

/* As a library does within Initialize: its first report says whether there is a place. */
static bool enters(size_t number)
{
	struct client *client = client_open(number);

	CU_ASSERT_TRUE(client->is_open);
	report(client, 0);
	CU_ASSERT_FALSE(client->is_disconnected);
	if (client->code == RESULT_OK)
		return true;
	CU_ASSERT_EQUAL(client->code, RESULT_NO_RESOURCES);
	client_close(client);
	return false;
}

static struct tmr_list list_of(struct client *asker, struct wire_reader *entries)
{
	struct wire_writer body = {0};
	struct tmr_list list = {0};

	tmr_list_request_encode(&body);
	request(asker, TMR_REQUEST_LIST, &body);
	CU_ASSERT_EQUAL(asker->code, RESULT_OK);
	*entries = wire_reader_of(wire_writer_bytes(&asker->answer));
	CU_ASSERT_TRUE_FATAL(tmr_list_decode(entries, &list));
	return list;
}

static void the_list_tells_all_that_have_a_place(void)
{
	struct client *asker = client_open(2);
	struct tmr_list_entry entry;
	struct wire_reader in;

	CU_ASSERT_TRUE(enters(0) && enters(1));
	report(&at.clients[1], 5);
	CU_ASSERT_EQUAL_FATAL(list_of(asker, &in).count, 2);
	CU_ASSERT_TRUE(tmr_list_entry_decode(&in, &entry));
	CU_ASSERT_TRUE(entry.client == client_id(&at.clients[0]) && entry.uid == 100 && entry.gid == 200 && entry.report.timer_count == 0);
	CU_ASSERT_TRUE(tmr_list_entry_decode(&in, &entry));
	CU_ASSERT_TRUE(entry.client == client_id(&at.clients[1]) && entry.uid == 101);
	CU_ASSERT_TRUE(entry.report.pid == 7 && entry.report.timer_count == 5 && entry.report.next_wall_ns == 99 &&
	               entry.reported_wall_ns == 1234);
	CU_ASSERT_TRUE(wire_finish(&in));
	all_close();
}

static void a_client_above_the_limit_is_refused_until_one_goes(void)
{
	size_t entered = 0;

	for (size_t i = 0; i < CLIENTS_MAX; i++)
		entered += enters(i);
	CU_ASSERT_EQUAL(entered, 512);
	client_close(&at.clients[3]);
	CU_ASSERT_TRUE(enters(550));
	CU_ASSERT_FALSE(enters(551));
	all_close();
}

static void at_the_limit_the_list_is_told_and_who_asks_takes_no_place(void)
{
	struct wire_reader in;

	table->setting(&at.service, "clients_max", 2);
	struct client *early = client_open(10);
	CU_ASSERT_TRUE(enters(0) && enters(1));
	CU_ASSERT_FALSE(enters(2));
	struct client *late = client_open(11);
	CU_ASSERT_TRUE_FATAL(early->is_open && late->is_open);
	CU_ASSERT_EQUAL(list_of(early, &in).count, 2);
	CU_ASSERT_EQUAL(list_of(late, &in).count, 2);
	client_close(early);
	client_close(late);
	CU_ASSERT_FALSE(enters(2));
	all_close();
	table->setting(&at.service, "clients_max", 512);
}

static void no_more_can_be_configured_than_one_list_tells(void)
{
	const struct config_key *key = config_key_find("tmr.clients_max");

	CU_ASSERT_PTR_NOT_NULL_FATAL(key);
	CU_ASSERT_EQUAL(key->maximum, TMR_LIST_ENTRIES_MAX);
	CU_ASSERT_EQUAL(strtoul(key->preset, NULL, 10), 512);
}

static void the_limit_is_the_configured_one_and_ends_nobody(void)
{
	table->setting(&at.service, "clients_max", 2);
	CU_ASSERT_TRUE(enters(0) && enters(1));
	CU_ASSERT_FALSE(enters(2));
	table->setting(&at.service, "clients_max", 1);
	client_close(&at.clients[0]);
	report(&at.clients[1], 3);
	CU_ASSERT_EQUAL(at.clients[1].code, RESULT_OK);
	CU_ASSERT_FALSE(enters(2));
	table->setting(&at.service, "clients_max", 3);
	CU_ASSERT_TRUE(enters(2) && enters(3));
	CU_ASSERT_FALSE(enters(4));
	all_close();
	table->setting(&at.service, "clients_max", 512);
}

static void a_malformed_request_ends_its_client_alone(void)
{
	struct client *one = client_open(0), *two = client_open(1);

	for (uint16_t number = 0; number < TMR_REQUEST_COUNT; number++) {
		struct wire_writer body = {0};
		wire_put_raw(&body, "\xff\xff\xff", 3);
		one->is_disconnected = false;
		request(one, number, &body);
		CU_ASSERT_TRUE(one->is_disconnected);
	}
	report(two, 1);
	CU_ASSERT_EQUAL(two->code, RESULT_OK);
	CU_ASSERT_FALSE(two->is_disconnected);
	all_close();
}

static void no_part_of_a_message_is_a_message(void)
{
	struct wire_writer whole = {0};
	struct tmr_report decoded;

	tmr_report_encode(&whole, &(struct tmr_report){.pid = 7, .timer_count = 8, .next_wall_ns = -9});
	for (size_t size = 0; size <= whole.size; size++) {
		struct wire_reader in = wire_reader_of(bytes_of(whole.data, size));
		CU_ASSERT_EQUAL(tmr_report_decode(&in, &decoded), size == whole.size);
	}
	CU_ASSERT_TRUE(decoded.pid == 7 && decoded.timer_count == 8 && decoded.next_wall_ns == -9);
	wire_writer_clear(&whole);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"the list tells all that have a place", the_list_tells_all_that_have_a_place},
		{"a client above the limit is refused until one goes", a_client_above_the_limit_is_refused_until_one_goes},
		{"at the limit the list is told, and who asks takes no place", at_the_limit_the_list_is_told_and_who_asks_takes_no_place},
		{"no more can be configured than one list tells", no_more_can_be_configured_than_one_list_tells},
		{"the limit is the configured one and ends nobody", the_limit_is_the_configured_one_and_ends_nobody},
		{"a malformed request ends its client alone", a_malformed_request_ends_its_client_alone},
		{"no part of a message is a message", no_part_of_a_message_is_a_message},
	};
	return check_run("tmr_service", cases, sizeof cases / sizeof *cases);
}
