/* Loads the registry into the directory and checks what it holds. Two commands:
 *
 *	load ACKED NODE=ADDRESS...   PUTs all records, 32 outstanding, one per key, to whichever server is active; a key is written to the
 *	                             file ACKED, with the SHA-256 of its value, when its OK has come and not before
 *	verify ACKED ADDRESS         GETs every key of ACKED from one server and compares
 *
 * --count N: the first N records; --times FILE: when each OK came, milliseconds since 1970, and from which node.
 *
 * `load` follows the active server: a standby names it; and when nothing has been acknowledged for half a second another server that
 * calls itself active is believed. A PUT whose outcome is unknown is sent again: the same value to the same key, so nothing is lost
 * by doing it twice. */
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "records.h"
#include "sha256.h"

enum {
	SLOT_COUNT = 32,
	NODES_MAX = 64,
	LINE_SIZE_MAX = 4096 + 64,
	RETRY_MS = 50,         /* before a refused PUT goes out again */
	CONNECT_MS = 100,      /* before another attempt to connect */
	ASK_MS = 200,          /* WHO, to every server */
	DOUBT_MS = 500,        /* without an OK: another server that calls itself active is believed */
	GIVE_UP_MS = 120000,   /* without an OK */
	VERIFY_BATCH = 64,
	VERIFY_PATIENCE_S = 60,
};

static const char *port = "7700";

struct line_buffer {
	char text[LINE_SIZE_MAX];
	size_t size;
};

/* A server. One connection asks it who is active. */
struct node {
	uint32_t id;
	const char *address;
	int fd;
	int64_t next_ms;          /* when to connect, or to ask */
	bool asked;
	int64_t claimed_ms;       /* when it last called itself active; 0: it does not */
	struct line_buffer in;
};

/* One connection to the active server, one PUT outstanding. */
struct slot {
	int fd;
	struct record *record;    /* NULL: none; waits for its OK, or to be sent */
	size_t sent;              /* bytes of the request that have gone out */
	bool waiting;             /* all has gone out, the answer is due */
	int64_t next_ms;          /* not before */
	char out[LINE_SIZE_MAX];
	size_t out_size;
	struct line_buffer in;
};

struct loader {
	struct records records;
	size_t next, acked, resent;
	FILE *acked_file, *times_file;
	struct node nodes[NODES_MAX];
	unsigned node_count, target;
	struct slot slots[SLOT_COUNT];
	int64_t now_ms, start_ms, last_ok_ms, switched_ms;
	unsigned shown;           /* percent */
	bool bar;
};

static int64_t clock_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* Not blocking: whether it is connected shows when it is written to. -1: no. */
static int connect_start(const char *address, bool blocking)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	int fd;

	if (getaddrinfo(address, port, &hints, &found) != 0)
		return -1;
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK), 0);
	if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0 && errno != EINPROGRESS) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	return fd;
}

/* Reads what is there. 1: a line is in the buffer, its end replaced; 0: not yet; -1: the connection is gone. */
static int line_read(int fd, struct line_buffer *in)
{
	const ssize_t size = recv(fd, in->text + in->size, sizeof(in->text) - in->size, 0);
	char *end;

	if (size <= 0)
		return size < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
	in->size += (size_t)size;
	end = memchr(in->text, '\n', in->size);
	if (end == NULL)
		return in->size == sizeof(in->text) ? -1 : 0;
	*end = '\0';
	in->size = 0; /* one request outstanding: nothing follows */
	return 1;
}

static void progress_show(struct loader *loader)
{
	const unsigned percent = (unsigned)(loader->acked * 100 / loader->records.count);
	const double seconds = (double)(loader->now_ms - loader->start_ms) / 1000;
	char bar[41];

	if (percent == loader->shown && loader->acked != loader->records.count)
		return;
	loader->shown = percent;
	printf("progress %zu %zu node %" PRIu32 "\n", loader->acked, loader->records.count, loader->nodes[loader->target].id);
	fflush(stdout);
	memset(bar, '.', 40);
	memset(bar, '#', percent * 40 / 100);
	bar[40] = '\0';
	if (loader->bar)
		fprintf(stderr, "\r[%s] %3u %% %6zu of %zu, node %" PRIu32 ", %.0f/s ", bar, percent, loader->acked, loader->records.count,
		        loader->nodes[loader->target].id, seconds > 0 ? (double)loader->acked / seconds : 0);
	else if (percent % 10 == 0)
		fprintf(stderr, "[%s] %3u %% %6zu of %zu, node %" PRIu32 "\n", bar, percent, loader->acked, loader->records.count,
		        loader->nodes[loader->target].id);
}

static void slot_close(struct slot *slot)
{
	if (slot->fd >= 0)
		close(slot->fd);
	slot->fd = -1;
	slot->sent = 0;
	slot->waiting = false;
	slot->in.size = 0;
}

/* Everything outstanding goes to another server. */
static void target_switch(struct loader *loader, unsigned target)
{
	if (target == loader->target)
		return;
	fprintf(stderr, "%snode %" PRIu32 " is active now\n", loader->bar ? "\n" : "", loader->nodes[target].id);
	loader->target = target;
	loader->switched_ms = loader->now_ms;
	for (int i = 0; i < SLOT_COUNT; i++) {
		loader->resent += loader->slots[i].waiting;
		slot_close(&loader->slots[i]);
		loader->slots[i].next_ms = 0;
	}
}

static unsigned node_find(const struct loader *loader, uint32_t id)
{
	for (unsigned i = 0; i < loader->node_count; i++) {
		if (loader->nodes[i].id == id)
			return i;
	}
	return loader->target;
}

static void slot_acked(struct loader *loader, struct slot *slot)
{
	const struct sha256_text hash = sha256_of(slot->record->value, strlen(slot->record->value));

	fprintf(loader->acked_file, "%s\t%s\n", slot->record->key, hash.text);
	if (loader->times_file != NULL)
		fprintf(loader->times_file, "%" PRId64 "\t%" PRIu32 "\n", clock_ms(CLOCK_REALTIME), loader->nodes[loader->target].id);
	loader->acked++;
	loader->last_ok_ms = loader->now_ms;
	slot->record = NULL;
	progress_show(loader);
}

static void slot_answered(struct loader *loader, struct slot *slot, const char *line)
{
	uint32_t active;

	slot->waiting = false;
	slot->sent = 0;
	if (strcmp(line, "OK") == 0) {
		slot_acked(loader, slot);
		return;
	}
	loader->resent++;
	slot->next_ms = loader->now_ms + RETRY_MS;
	if (sscanf(line, "ERR standby, active is %" SCNu32, &active) == 1)
		target_switch(loader, node_find(loader, active));
}

static void slot_lost(struct loader *loader, struct slot *slot)
{
	loader->resent += slot->waiting;
	slot_close(slot);
	slot->next_ms = loader->now_ms + CONNECT_MS;
}

static void slot_fill(struct loader *loader, struct slot *slot)
{
	if (slot->record != NULL || loader->next == loader->records.count)
		return;
	slot->record = &loader->records.record[loader->next++];
	slot->out_size = (size_t)snprintf(slot->out, sizeof(slot->out), "PUT %s %s\n", slot->record->key, slot->record->value);
	slot->sent = 0;
}

static void slot_send(struct loader *loader, struct slot *slot)
{
	const ssize_t size = send(slot->fd, slot->out + slot->sent, slot->out_size - slot->sent, MSG_NOSIGNAL);

	if (size < 0 && errno != EAGAIN && errno != EINTR) {
		slot_lost(loader, slot);
		return;
	}
	slot->sent += size > 0 ? (size_t)size : 0;
	slot->waiting = slot->sent == slot->out_size;
}

/* What the slot waits for; 0: nothing but time. */
static short slot_events(struct loader *loader, struct slot *slot)
{
	slot_fill(loader, slot);
	if (slot->record == NULL || loader->now_ms < slot->next_ms)
		return slot->fd >= 0 ? POLLIN : 0;
	if (slot->fd < 0)
		slot->fd = connect_start(loader->nodes[loader->target].address, false);
	if (slot->fd < 0) {
		slot->next_ms = loader->now_ms + CONNECT_MS;
		return 0;
	}
	return slot->waiting ? POLLIN : POLLIN | POLLOUT;
}

static void slot_event(struct loader *loader, struct slot *slot, short events)
{
	if (events & POLLOUT && !slot->waiting && slot->record != NULL)
		slot_send(loader, slot);
	if (slot->fd < 0 || !(events & (POLLIN | POLLHUP | POLLERR)))
		return;
	const int got = line_read(slot->fd, &slot->in);
	if (got < 0)
		slot_lost(loader, slot);
	else if (got > 0 && slot->waiting)
		slot_answered(loader, slot, slot->in.text);
}

static void node_close(struct loader *loader, struct node *node)
{
	if (node->fd >= 0)
		close(node->fd);
	node->fd = -1;
	node->asked = false;
	node->claimed_ms = 0;
	node->in.size = 0;
	node->next_ms = loader->now_ms + ASK_MS;
}

static short node_events(struct loader *loader, struct node *node)
{
	if (loader->now_ms < node->next_ms)
		return node->fd >= 0 ? POLLIN : 0;
	if (node->asked) /* the last question is not answered yet: what it said before is old */
		node_close(loader, node);
	if (node->fd < 0)
		node->fd = connect_start(node->address, false);
	if (node->fd < 0) {
		node->next_ms = loader->now_ms + ASK_MS;
		return 0;
	}
	return POLLIN | POLLOUT;
}

static void node_event(struct loader *loader, struct node *node, short events)
{
	int got = 0;
	uint32_t active;

	if (events & POLLOUT && !node->asked && loader->now_ms >= node->next_ms) {
		if (send(node->fd, "WHO\n", 4, MSG_NOSIGNAL) != 4)
			got = -1;
		node->asked = true;
		node->next_ms = loader->now_ms + 5 * ASK_MS;
	}
	if (got == 0 && events & (POLLIN | POLLHUP | POLLERR))
		got = line_read(node->fd, &node->in);
	if (got < 0) {
		node_close(loader, node);
	} else if (got > 0) {
		node->claimed_ms = sscanf(node->in.text, "VALUE %" SCNu32, &active) == 1 && active == node->id ? loader->now_ms : 0;
		node->asked = false;
		node->next_ms = loader->now_ms + ASK_MS;
	}
}

/* Nothing acknowledged for a while, by a server that had its time: is there another that calls itself active? */
static void target_doubt(struct loader *loader)
{
	const int64_t since = loader->last_ok_ms > loader->switched_ms ? loader->last_ok_ms : loader->switched_ms;

	if (loader->now_ms - since < DOUBT_MS)
		return;
	for (unsigned i = 0; i < loader->node_count; i++) {
		if (i != loader->target && loader->nodes[i].claimed_ms != 0) {
			target_switch(loader, i);
			return;
		}
	}
}

static void loader_step(struct loader *loader)
{
	struct pollfd wait[SLOT_COUNT + NODES_MAX];
	nfds_t count = 0;

	loader->now_ms = clock_ms(CLOCK_MONOTONIC);
	for (int i = 0; i < SLOT_COUNT; i++) {
		const short events = slot_events(loader, &loader->slots[i]);
		wait[count++] = (struct pollfd){.fd = loader->slots[i].fd, .events = events};
	}
	for (unsigned i = 0; i < loader->node_count; i++) {
		const short events = node_events(loader, &loader->nodes[i]);
		wait[count++] = (struct pollfd){.fd = loader->nodes[i].fd, .events = events};
	}
	poll(wait, count, RETRY_MS / 2);
	loader->now_ms = clock_ms(CLOCK_MONOTONIC);
	for (int i = 0; i < SLOT_COUNT; i++) {
		/* an answer may have closed all: what poll() saw then is of another connection */
		if (wait[i].fd >= 0 && wait[i].fd == loader->slots[i].fd && wait[i].revents != 0)
			slot_event(loader, &loader->slots[i], wait[i].revents);
	}
	for (unsigned i = 0; i < loader->node_count; i++) {
		if (wait[SLOT_COUNT + i].fd >= 0 && wait[SLOT_COUNT + i].revents != 0)
			node_event(loader, &loader->nodes[i], wait[SLOT_COUNT + i].revents);
	}
	target_doubt(loader);
}

static bool nodes_parse(struct loader *loader, int count, char **words)
{
	for (int i = 0; i < count; i++) {
		char *end;
		const unsigned long id = strtoul(words[i], &end, 10);

		if (i == NODES_MAX || *end != '=' || id == 0 || id > UINT32_MAX) {
			fprintf(stderr, "%s is not NODE=ADDRESS\n", words[i]);
			return false;
		}
		loader->nodes[i] = (struct node){.id = (uint32_t)id, .address = end + 1, .fd = -1};
	}
	loader->node_count = (unsigned)count;
	return count > 0;
}

static int load(struct loader *loader, const char *acked_path, const char *times_path)
{
	loader->acked_file = fopen(acked_path, "w");
	loader->times_file = times_path != NULL ? fopen(times_path, "w") : NULL;
	if (loader->acked_file == NULL || (times_path != NULL && loader->times_file == NULL)) {
		perror(loader->acked_file == NULL ? acked_path : times_path);
		return 1;
	}
	for (int i = 0; i < SLOT_COUNT; i++)
		loader->slots[i].fd = -1;
	loader->bar = isatty(STDERR_FILENO);
	loader->now_ms = loader->start_ms = loader->last_ok_ms = clock_ms(CLOCK_MONOTONIC);
	loader->shown = UINT32_MAX;
	while (loader->acked < loader->records.count && loader->now_ms - loader->last_ok_ms < GIVE_UP_MS)
		loader_step(loader);
	if (loader->bar)
		fputc('\n', stderr);
	const double seconds = (double)(loader->now_ms - loader->start_ms) / 1000;
	printf("acknowledged %zu of %zu in %.1f s, %zu sent again\n", loader->acked, loader->records.count, seconds, loader->resent);
	if (fclose(loader->acked_file) != 0 || (loader->times_file != NULL && fclose(loader->times_file) != 0)) {
		perror(acked_path);
		return 1;
	}
	return loader->acked == loader->records.count ? 0 : 1;
}

/* --- verify --- */

struct claim {
	char key[256];
	char hash[65];
};

/* A batch of questions in one go, then their answers. Returns how many were right; those that the server could not answer for the
 * moment are left in `claims`, their number in *left; -1: the connection is gone. */
static int verify_batch(FILE *to, FILE *from, struct claim *claims, int count, int *left, size_t *wrong)
{
	char *line = NULL;
	size_t capacity = 0;
	int right = 0;

	*left = 0;
	for (int i = 0; i < count; i++)
		fprintf(to, "GET %s\n", claims[i].key);
	if (fflush(to) != 0)
		return -1;
	for (int i = 0; i < count; i++) {
		ssize_t size = getline(&line, &capacity, from);

		if (size <= 0 || line[size - 1] != '\n') {
			right = -1;
			break;
		}
		line[size - 1] = '\0';
		if (strncmp(line, "ERR unavailable", 15) == 0) {
			claims[(*left)++] = claims[i];
		} else if (strncmp(line, "VALUE ", 6) == 0 && strcmp(sha256_of(line + 6, (size_t)size - 7).text, claims[i].hash) == 0) {
			right++;
		} else {
			(*wrong)++;
			fprintf(stderr, "%s: wrong: %s\n", claims[i].key, line);
		}
	}
	free(line);
	return right;
}

static int verify(const char *acked_path, const char *address)
{
	FILE *acked = fopen(acked_path, "r");
	const int fd = connect_start(address, true);
	FILE *to = fd >= 0 ? fdopen(fd, "w") : NULL, *from = fd >= 0 ? fdopen(dup(fd), "r") : NULL;
	const int64_t end_ms = clock_ms(CLOCK_MONOTONIC) + VERIFY_PATIENCE_S * 1000;
	struct claim claims[VERIFY_BATCH];
	size_t right = 0, wrong = 0;
	int count = 0, got = 0;

	if (acked == NULL || to == NULL || from == NULL) {
		perror(acked == NULL ? acked_path : address);
		return 1;
	}
	while (got >= 0 && clock_ms(CLOCK_MONOTONIC) < end_ms) {
		while (count < VERIFY_BATCH && fscanf(acked, "%255s %64s", claims[count].key, claims[count].hash) == 2)
			count++;
		if (count == 0)
			break;
		got = verify_batch(to, from, claims, count, &count, &wrong);
		right += got > 0 ? (size_t)got : 0;
	}
	fclose(to);
	fclose(from);
	fclose(acked);
	printf("verified %zu, wrong %zu, not answered %d%s\n", right, wrong, count, got < 0 ? ", connection lost" : "");
	return wrong == 0 && count == 0 && got >= 0 ? 0 : 1;
}

static int usage(void)
{
	fputs("usage: subscribers-loader [--port P] [--csv FILE] [--count N] [--times FILE] load ACKED NODE=ADDRESS...\n"
	      "       subscribers-loader [--port P] verify ACKED ADDRESS\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static struct loader loader;
	const char *csv = "/usr/share/ieee-data/oui.csv", *times = NULL;
	size_t count = 0;
	int at = 1;

	for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
		if (strcmp(argv[at], "--port") == 0)
			port = argv[at + 1];
		else if (strcmp(argv[at], "--times") == 0)
			times = argv[at + 1];
		else if (strcmp(argv[at], "--csv") == 0)
			csv = argv[at + 1];
		else if (strcmp(argv[at], "--count") == 0)
			count = strtoul(argv[at + 1], NULL, 10);
		else
			return usage();
	}
	if (argc - at == 3 && strcmp(argv[at], "verify") == 0)
		return verify(argv[at + 1], argv[at + 2]);
	if (argc - at < 3 || strcmp(argv[at], "load") != 0)
		return usage();
	if (!nodes_parse(&loader, argc - at - 2, argv + at + 2))
		return usage();
	if (!records_read(csv, &loader.records) || loader.records.count == 0)
		return 1;
	if (count > 0 && count < loader.records.count)
		loader.records.count = count;
	return load(&loader, argv[at + 1], times);
}
