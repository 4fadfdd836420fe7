/* udpu over the loopback: what is sent arrives as it was, from peers alone, and what goes wrong is counted and told. */
#include "conformance/check/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/link/link.h"

enum { NODES = 3 };

struct end {
	struct link *link;
	uint32_t packets, foreign, refused;
	uint32_t misplaced; /* numbered packets that were not as they were sent */
	size_t last_size;
	uint8_t last[LINK_PACKET_SIZE_MAX];
};

struct fixture {
	struct end ends[NODES + 1]; /* by node id */
	uint16_t port;
};

/* Sizes as a visit of the token has them: full packets, shorter ones, a longer one after a shorter one, the token. */
static struct bytes numbered_packet(uint32_t number, uint8_t *space)
{
	static const size_t sizes[] = {1400, 1400, 1400, 90, 1400, 700, 1400, 1400, 20000, 40};
	const size_t size = sizes[number % 10];

	for (size_t i = 0; i < size; i++)
		space[i] = (uint8_t)(number + i);
	return bytes_of(space, size);
}

static void packet_compare(struct end *end, struct bytes packet)
{
	static uint8_t space[LINK_PACKET_SIZE_MAX];
	const struct bytes wanted = numbered_packet(end->packets, space);

	end->misplaced += packet.size != wanted.size || memcmp(packet.data, wanted.data, wanted.size) != 0;
}

static void on_packet(void *context, uint32_t network, struct bytes packet)
{
	struct end *end = context;

	CU_ASSERT_EQUAL(network, 0);
	packet_compare(end, packet);
	end->packets++;
	end->last_size = packet.size;
	memcpy(end->last, packet.data, packet.size);
}

static void on_foreign(void *context, const struct sockaddr *from, socklen_t from_size)
{
	struct end *end = context;

	CU_ASSERT_PTR_NOT_NULL(strstr(link_address_text(from, from_size).text, "127.0.1."));
	end->foreign++;
}

static void on_refused(void *context, uint32_t node, int error)
{
	struct end *end = context;

	(void)node;
	(void)error;
	end->refused++;
}

static struct sockaddr_in address_of(uint32_t node, uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(0x7f000100 + node)};
}

static struct link *link_of(struct fixture *fixture, uint32_t node, char *error, size_t error_size)
{
	struct link_config *config = calloc(1, sizeof(*config));

	config->node = node;
	config->socket_buffer_size = 1024 * 1024;
	config->handler = (struct link_handler){.context = &fixture->ends[node], .packet = on_packet, .foreign = on_foreign, .refused = on_refused};
	for (uint32_t i = 1; i <= NODES; i++) {
		const struct sockaddr_in address = address_of(i, fixture->port);

		config->peers[config->peer_count].node = i;
		config->peers[config->peer_count].address_size = sizeof(address);
		memcpy(&config->peers[config->peer_count++].address, &address, sizeof(address));
	}
	struct link *link = link_udpu_new(config, error, error_size);
	free(config);
	return link;
}

/* A port of its own for each test process. */
static struct fixture *fixture_open(void)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char error[256] = "";

	fixture->port = (uint16_t)(20000 + getpid() % 20000);
	for (uint32_t i = 1; i <= NODES; i++) {
		fixture->ends[i].link = link_of(fixture, i, error, sizeof(error));
		if (fixture->ends[i].link == NULL)
			printf("%s\n", error);
		CU_ASSERT_PTR_NOT_NULL_FATAL(fixture->ends[i].link);
	}
	return fixture;
}

static void fixture_close(struct fixture *fixture)
{
	for (uint32_t i = 1; i <= NODES; i++)
		link_free(fixture->ends[i].link);
	free(fixture);
}

static bool await_readable(const struct link *link)
{
	struct pollfd wait = {.fd = link->descriptor, .events = POLLIN};

	return poll(&wait, 1, 10000) == 1;
}

static void a_multicast_reaches_every_other_node(void)
{
	struct fixture *fixture = fixture_open();

	link_multicast(fixture->ends[1].link, bytes_of_text("hello"));
	link_flush(fixture->ends[1].link);
	for (uint32_t i = 2; i <= NODES; i++) {
		CU_ASSERT_TRUE(await_readable(fixture->ends[i].link));
		CU_ASSERT_TRUE(link_receive(fixture->ends[i].link, 100));
		CU_ASSERT_EQUAL(fixture->ends[i].packets, 1);
		CU_ASSERT_TRUE(fixture->ends[i].last_size == 5 && memcmp(fixture->ends[i].last, "hello", 5) == 0);
	}
	link_receive(fixture->ends[1].link, 100);
	CU_ASSERT_EQUAL(fixture->ends[1].packets, 0); /* its own does not come back */
	CU_ASSERT_EQUAL(fixture->ends[1].link->counters.packets_sent, 2);
	CU_ASSERT_EQUAL(fixture->ends[1].link->counters.bytes_sent, 10);
	fixture_close(fixture);
}

static void a_unicast_reaches_its_node_alone(void)
{
	struct fixture *fixture = fixture_open();

	link_unicast(fixture->ends[1].link, 3, bytes_of_text("token"));
	link_unicast(fixture->ends[1].link, 1, bytes_of_text("to itself")); /* nothing */
	link_unicast(fixture->ends[1].link, 9, bytes_of_text("to nobody")); /* nothing */
	CU_ASSERT_TRUE(await_readable(fixture->ends[3].link));
	link_receive(fixture->ends[3].link, 100);
	link_receive(fixture->ends[2].link, 100);
	CU_ASSERT_TRUE(fixture->ends[3].packets == 1 && fixture->ends[2].packets == 0);
	CU_ASSERT_EQUAL(fixture->ends[1].link->counters.packets_sent, 1);
	fixture_close(fixture);
}

static void packets_to_one_peer_keep_their_order_and_sizes(void)
{
	struct fixture *fixture = fixture_open();
	static uint8_t packet[60000];
	const size_t sizes[] = {0, 1, 1472, 60000};

	for (size_t i = 0; i < 4; i++) {
		memset(packet, (int)i, sizeof(packet));
		link_unicast(fixture->ends[1].link, 2, bytes_of(packet, sizes[i]));
	}
	while (fixture->ends[2].packets < 4 && await_readable(fixture->ends[2].link))
		link_receive(fixture->ends[2].link, 100);
	CU_ASSERT_EQUAL(fixture->ends[2].packets, 4);
	CU_ASSERT_TRUE(fixture->ends[2].last_size == 60000 && fixture->ends[2].last[59999] == 3);
	fixture_close(fixture);
}

static void packets_that_wait_go_with_the_next_unicast_or_flush(void)
{
	struct fixture *fixture = fixture_open();

	link_multicast(fixture->ends[1].link, bytes_of_text("first"));
	link_multicast(fixture->ends[1].link, bytes_of_text("other"));
	link_unicast(fixture->ends[1].link, 2, bytes_of_text("tok"));
	for (uint32_t i = 2; i <= NODES; i++)
		while (fixture->ends[i].packets < (i == 2 ? 3 : 2) && await_readable(fixture->ends[i].link))
			link_receive(fixture->ends[i].link, 100);
	CU_ASSERT_TRUE(fixture->ends[2].last_size == 3 && memcmp(fixture->ends[2].last, "tok", 3) == 0);
	CU_ASSERT_TRUE(fixture->ends[3].last_size == 5 && memcmp(fixture->ends[3].last, "other", 5) == 0);
	CU_ASSERT_EQUAL(fixture->ends[1].link->counters.packets_sent, 5);
	link_flush(fixture->ends[1].link); /* nothing waits any more */
	CU_ASSERT_EQUAL(fixture->ends[1].link->counters.packets_sent, 5);
	fixture_close(fixture);
}

static void what_is_for_one_node_keeps_its_place_beside_what_is_for_all(void)
{
	struct fixture *fixture = fixture_open();
	static uint8_t space[LINK_PACKET_SIZE_MAX];

	for (uint32_t i = 0; i < 9; i++) {
		const struct bytes packet = numbered_packet(i, space);

		if (i % 3 == 0)
			link_multicast(fixture->ends[1].link, packet);
		else
			link_direct(fixture->ends[1].link, 2, packet);
	}
	link_unicast(fixture->ends[1].link, 3, bytes_of_text("token"));
	for (uint32_t i = 2; i <= NODES; i++)
		while (fixture->ends[i].packets < (i == 2 ? 9 : 4) && await_readable(fixture->ends[i].link))
			link_receive(fixture->ends[i].link, 100);
	CU_ASSERT_TRUE(fixture->ends[2].packets == 9 && fixture->ends[2].misplaced == 0);
	CU_ASSERT_TRUE(fixture->ends[3].packets == 4 && fixture->ends[3].last_size == 5);
	CU_ASSERT_EQUAL(fixture->ends[1].link->counters.packets_sent, 9 + 3 + 1);
	fixture_close(fixture);
}

static void batches_of_any_sizes_arrive_as_they_were_sent(void)
{
	struct fixture *fixture = fixture_open();
	static uint8_t space[LINK_PACKET_SIZE_MAX];

	for (uint32_t i = 0; i < 500; i++) {
		if (i % 10 == 9)
			link_unicast(fixture->ends[1].link, 2, numbered_packet(i, space));
		else
			link_multicast(fixture->ends[1].link, numbered_packet(i, space));
		while (i % 50 == 49 && fixture->ends[2].packets <= i && await_readable(fixture->ends[2].link))
			link_receive(fixture->ends[2].link, 100);
	}
	CU_ASSERT_EQUAL(fixture->ends[2].packets, 500);
	CU_ASSERT_EQUAL(fixture->ends[2].misplaced, 0);
	fixture_close(fixture);
}

static void many_small_ones_are_more_than_one_batch(void)
{
	struct fixture *fixture = fixture_open();

	for (uint32_t i = 0; i < 1000; i++)
		link_multicast(fixture->ends[1].link, bytes_of_text("x"));
	link_flush(fixture->ends[1].link);
	while (fixture->ends[3].packets < 1000 && await_readable(fixture->ends[3].link))
		link_receive(fixture->ends[3].link, 100);
	CU_ASSERT_EQUAL(fixture->ends[3].packets, 1000);
	CU_ASSERT_EQUAL(fixture->ends[1].link->counters.packets_unsent, 0);
	fixture_close(fixture);
}

static void who_is_not_listed_is_dropped_and_told(void)
{
	struct fixture *fixture = fixture_open();
	const int stranger = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const struct sockaddr_in to = address_of(2, fixture->port), same_host_other_port = address_of(1, 0);

	CU_ASSERT_EQUAL(bind(stranger, (const struct sockaddr *)&same_host_other_port, sizeof(same_host_other_port)), 0);
	CU_ASSERT_EQUAL(sendto(stranger, "forged", 6, 0, (const struct sockaddr *)&to, sizeof(to)), 6);
	link_unicast(fixture->ends[1].link, 2, bytes_of_text("real"));
	while (fixture->ends[2].packets == 0 && await_readable(fixture->ends[2].link))
		link_receive(fixture->ends[2].link, 100);
	CU_ASSERT_TRUE(fixture->ends[2].packets == 1 && memcmp(fixture->ends[2].last, "real", 4) == 0);
	CU_ASSERT_EQUAL(fixture->ends[2].foreign, 1);
	CU_ASSERT_EQUAL(fixture->ends[2].link->counters.packets_foreign, 1);
	close(stranger);
	fixture_close(fixture);
}

static void a_flood_is_taken_in_turns(void)
{
	struct fixture *fixture = fixture_open();

	for (int i = 0; i < 200; i++)
		link_unicast(fixture->ends[1].link, 2, bytes_of_text("x"));
	CU_ASSERT_FALSE(link_receive(fixture->ends[2].link, 32)); /* more may wait */
	CU_ASSERT_EQUAL(fixture->ends[2].packets, 32);
	CU_ASSERT_TRUE(link_receive(fixture->ends[2].link, 10000));
	CU_ASSERT_EQUAL(fixture->ends[2].packets, 200);
	fixture_close(fixture);
}

static void an_address_in_use_or_not_ours_is_told(void)
{
	struct fixture *fixture = fixture_open();
	char error[256] = "";

	CU_ASSERT_PTR_NULL(link_of(fixture, 2, error, sizeof(error)));
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "another daemon"));
	fixture_close(fixture);

	struct link_config *config = calloc(1, sizeof(*config));
	struct sockaddr_in elsewhere = {.sin_family = AF_INET, .sin_port = htons(5405), .sin_addr.s_addr = htonl(0xc0000201)};
	config->node = config->peers[0].node = 1;
	config->peers[0].address_size = sizeof(elsewhere);
	memcpy(&config->peers[0].address, &elsewhere, sizeof(elsewhere));
	config->peer_count = 1;
	CU_ASSERT_PTR_NULL(link_udpu_new(config, error, sizeof(error)));
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "192.0.2.1:5405 cannot be bound"));
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "no address of this host"));
	free(config);
}

static void addresses_are_told_and_compared(void)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(5405)}, other = six;
	struct sockaddr_in four = address_of(1, 5405);

	inet_pton(AF_INET6, "2001:db8::1", &six.sin6_addr);
	CU_ASSERT_STRING_EQUAL(link_address_text((struct sockaddr *)&six, sizeof(six)).text, "[2001:db8::1]:5405");
	CU_ASSERT_FALSE(link_address_equal((struct sockaddr *)&six, (struct sockaddr *)&other));
	CU_ASSERT_FALSE(link_address_equal((struct sockaddr *)&six, (struct sockaddr *)&four));
	other.sin6_addr = six.sin6_addr;
	CU_ASSERT_TRUE(link_address_equal((struct sockaddr *)&six, (struct sockaddr *)&other));
	CU_ASSERT_NOT_EQUAL(link_address_key((struct sockaddr *)&six), link_address_key((struct sockaddr *)&four));
}

int main(void)
{
	static const struct check_case cases[] = {
		{"a multicast reaches every other node", a_multicast_reaches_every_other_node},
		{"a unicast reaches its node alone", a_unicast_reaches_its_node_alone},
		{"packets to one peer keep their order and sizes", packets_to_one_peer_keep_their_order_and_sizes},
		{"packets that wait go with the next unicast or flush", packets_that_wait_go_with_the_next_unicast_or_flush},
		{"batches of any sizes arrive as they were sent", batches_of_any_sizes_arrive_as_they_were_sent},
		{"what is for one node keeps its place beside what is for all", what_is_for_one_node_keeps_its_place_beside_what_is_for_all},
		{"many small ones are more than one batch", many_small_ones_are_more_than_one_batch},
		{"who is not listed is dropped and told", who_is_not_listed_is_dropped_and_told},
		{"a flood is taken in turns", a_flood_is_taken_in_turns},
		{"an address in use or not ours is told", an_address_in_use_or_not_ours_is_told},
		{"addresses are told and compared", addresses_are_told_and_compared},
	};

	return check_run("link", cases, sizeof(cases) / sizeof(cases[0]));
}
