/* The recorder of the live pass with locks: an independent resource that locks protect. One loop, so one order: it refuses a write whose token is
 * older than one it has seen for the resource, logs each write and its verdict, and knows who believes to hold what. Not here: who
 * competes (lck_competitor.c), which faults (lck.sh), that accepted writes do not interleave (lck.sh, from the log).
 *
 *	lck-recorder run SOCKET LOG                       until it is told to quit; exit 1: a promise was broken
 *	lck-recorder inquorate SOCKET SEQ REPRESENTATIVE  a ring that must not grant, nor have granted
 *	lck-recorder await SOCKET NODES CLIENTS TIMES PATIENCE_S   until each client of each node has held a lock so many times more
 *	lck-recorder finish SOCKET | quit SOCKET
 *
 * What it asserts:
 * - no two grants have one token;
 * - inside a view one believes at a time, or several that share: who was granted in a view, or says that it still holds there, is alone with
 *   it but for those. One that is dead, or whose daemon is, may be found so a moment later;
 * - what was held with ORPHAN by one that died, lost it or closed its handle excludes others until somebody has begun a purge;
 * - a ring without quorum grants nothing;
 * - an unlock does not say OK when another had the lock already: who lost is told, by the callback or by that call. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "conformance/live/recorder.h"
#include "saAis.h"

enum { CONNECTIONS_MAX = 256, RINGS_MAX = 4096 };

struct token {
	uint64_t part[3];
};

struct connection {
	int descriptor;
	uint32_t node, client, resource;
	bool exclusive, orphan;
	uint64_t purges; /* of its resource, begun before it held */
	bool believes, suspect; /* suspect: another was granted it in the same view; right only if this one is dead, or its daemon */
	struct token token;
	uint64_t view;
	bool awaits;
	uint32_t await_nodes, await_clients;
	uint64_t await_goal[RECORDER_NODES_MAX + 1][RECORDER_CLIENTS_MAX + 1];
};

struct recorder {
	struct connection connections[CONNECTIONS_MAX];
	size_t connection_count;
	struct token youngest_held[RECORDER_RESOURCES_MAX], youngest_exclusive[RECORDER_RESOURCES_MAX], youngest_written[RECORDER_RESOURCES_MAX];
	struct orphan {
		bool is_there;
		struct token token;
	} orphans[RECORDER_RESOURCES_MAX][2]; /* one of several shared ones; the exclusive one */
	uint64_t purges[RECORDER_RESOURCES_MAX];                                    /* begun */
	bool purging[RECORDER_RESOURCES_MAX][RECORDER_NODES_MAX + 1][RECORDER_CLIENTS_MAX + 1]; /* may take effect yet */
	uint64_t held_count[RECORDER_NODES_MAX + 1][RECORDER_CLIENTS_MAX + 1];
	struct token granted[RINGS_MAX], inquorate[RINGS_MAX]; /* rings; the last part is 0 */
	size_t granted_count, inquorate_count;
	uint64_t counts[RECORDER_COUNTS], orphaned;
	uint64_t accepted, refused, holds, releases, superseded, lost, not_exist, gone, timeouts, stills, deaths;
	unsigned broken;
	bool over, quit;
	FILE *log;
};

static int token_compare(const struct token *a, const struct token *b)
{
	for (int i = 0; i < 3; i++)
		if (a->part[i] != b->part[i])
			return a->part[i] < b->part[i] ? -1 : 1;
	return 0;
}

static void broken(struct recorder *recorder, const struct connection *who, const struct token *token, const char *what)
{
	recorder->broken++;
	printf("BROKEN: %s: node %" PRIu32 " client %" PRIu32 " resource %" PRIu32 " token %" PRIu64 ".%" PRIu64 ".%" PRIu64 "\n", what, who->node,
	       who->client, who->resource, token->part[0], token->part[1], token->part[2]);
}

/* --- rings --- */

static bool ring_is_in(const struct token *rings, size_t count, const struct token *token)
{
	for (size_t i = 0; i < count; i++)
		if (rings[i].part[0] == token->part[0] && rings[i].part[1] == token->part[1])
			return true;
	return false;
}

static void ring_add(struct token *rings, size_t *count, const struct token *token)
{
	if (!ring_is_in(rings, *count, token) && *count < RINGS_MAX)
		rings[(*count)++] = (struct token){{token->part[0], token->part[1], 0}};
}

static void inquorate(struct recorder *recorder, const struct token *ring)
{
	if (ring_is_in(recorder->granted, recorder->granted_count, ring))
		broken(recorder, &(struct connection){0}, ring, "a ring without quorum has granted a lock");
	ring_add(recorder->inquorate, &recorder->inquorate_count, ring);
}

/* --- who believes --- */

static bool is_dead(const struct connection *connection)
{
	struct pollfd ready = {.fd = connection->descriptor, .events = POLLRDHUP};

	return poll(&ready, 1, 0) == 1 && (ready.revents & (POLLHUP | POLLRDHUP | POLLERR)) != 0;
}

/* The youngest grant that a lock of this mode excludes. */
static const struct token *youngest_against(const struct recorder *recorder, uint32_t resource, bool exclusive)
{
	return exclusive ? &recorder->youngest_held[resource] : &recorder->youngest_exclusive[resource];
}

static bool is_superseded(const struct recorder *recorder, const struct connection *holder, const struct token *token)
{
	return token_compare(youngest_against(recorder, holder->resource, holder->exclusive), token) > 0;
}

/* --- orphans --- */

static bool may_be_purged(const struct recorder *recorder, uint32_t resource)
{
	for (uint32_t node = 0; node <= RECORDER_NODES_MAX; node++)
		for (uint32_t client = 0; client <= RECORDER_CLIENTS_MAX; client++)
			if (recorder->purging[resource][node][client])
				return true;
	return false;
}

/* Its holder is no more. It may have been an orphan for a while: a purge that was begun since it was granted may have taken it. */
static void orphan_note(struct recorder *recorder, const struct connection *holder)
{
	struct orphan *orphan = &recorder->orphans[holder->resource][holder->exclusive];

	if (!holder->believes || !holder->orphan)
		return;
	recorder->orphaned++;
	if (holder->purges == recorder->purges[holder->resource] && !may_be_purged(recorder, holder->resource))
		*orphan = (struct orphan){true, holder->token};
}

static void orphans_hold(struct recorder *recorder, const struct connection *holder, const struct token *token)
{
	for (int exclusive = 0; exclusive < 2; exclusive++) {
		const struct orphan *orphan = &recorder->orphans[holder->resource][exclusive];
		if (orphan->is_there && (exclusive || holder->exclusive) && token_compare(token, &orphan->token) > 0)
			broken(recorder, holder, token, "granted beside an orphan that nobody has purged");
	}
}

static void purge_begins(struct recorder *recorder, const struct connection *from)
{
	recorder->purges[from->resource]++;
	recorder->purging[from->resource][from->node][from->client] = true;
	recorder->orphans[from->resource][false].is_there = recorder->orphans[from->resource][true].is_there = false;
}

/* One whose outcome is not known is over when its client holds something again: by then its daemon has come into another view, or asked
 * for it anew. */
static void purge_ends(struct recorder *recorder, const struct connection *from, SaAisErrorT error)
{
	if (error != SA_AIS_ERR_TIMEOUT && error != SA_AIS_ERR_LIBRARY)
		recorder->purging[from->resource][from->node][from->client] = false;
}

static void hold(struct recorder *recorder, struct connection *holder, const struct recorder_request *request, const struct token *token)
{
	const struct token *youngest = youngest_against(recorder, holder->resource, request->exclusive);
	const int order = token_compare(token, youngest);

	holder->exclusive = request->exclusive;
	holder->orphan = request->orphan;
	for (uint32_t resource = 0; resource < RECORDER_RESOURCES_MAX; resource++)
		recorder->purging[resource][holder->node][holder->client] = false;
	holder->purges = may_be_purged(recorder, holder->resource) ? UINT64_MAX : recorder->purges[holder->resource];
	orphans_hold(recorder, holder, token);
	recorder->counts[request->exclusive ? RECORDER_EXCLUSIVE : RECORDER_SHARED]++;
	recorder->holds++;
	recorder->held_count[holder->node][holder->client]++;
	if (ring_is_in(recorder->inquorate, recorder->inquorate_count, token))
		broken(recorder, holder, token, "granted in a ring without quorum");
	ring_add(recorder->granted, &recorder->granted_count, token);
	if (order == 0 || token_compare(token, &recorder->youngest_held[holder->resource]) == 0)
		broken(recorder, holder, token, "two grants with one token");
	if (order < 0 && youngest->part[0] == token->part[0] && youngest->part[1] == token->part[1])
		broken(recorder, holder, token, "believes after a younger grant of the same view");
	if (token_compare(token, &recorder->youngest_held[holder->resource]) > 0)
		recorder->youngest_held[holder->resource] = *token;
	if (request->exclusive && token_compare(token, &recorder->youngest_exclusive[holder->resource]) > 0)
		recorder->youngest_exclusive[holder->resource] = *token;
	for (size_t i = 0; i < recorder->connection_count; i++) {
		struct connection *other = &recorder->connections[i];
		if (other != holder && other->believes && other->resource == holder->resource && (other->exclusive || holder->exclusive) &&
		    other->view == token->part[0] && !is_dead(other))
			other->suspect = true;
	}
	holder->believes = true;
	holder->suspect = false;
	holder->token = *token;
	holder->view = token->part[0];
}

static void still(struct recorder *recorder, struct connection *holder, uint64_t view)
{
	const struct token *youngest = youngest_against(recorder, holder->resource, holder->exclusive);

	recorder->stills++;
	if (holder->believes && is_superseded(recorder, holder, &holder->token) && youngest->part[0] == view)
		broken(recorder, holder, &holder->token, "believes in the view that has granted it to another");
	if (view > holder->view)
		holder->view = view;
}

static void believes_no_more(struct recorder *recorder, struct connection *holder, bool is_gone)
{
	if (holder->suspect && !is_gone)
		broken(recorder, holder, &holder->token, "two holders in one view");
	holder->believes = holder->suspect = false;
}

/* --- writes --- */

static bool write_judge(struct recorder *recorder, const struct connection *writer, const struct token *token, const char *what)
{
	struct token *youngest = &recorder->youngest_written[writer->resource];
	const bool accepted = token_compare(token, youngest) >= 0;

	if (accepted)
		*youngest = *token;
	*(accepted ? &recorder->accepted : &recorder->refused) += 1;
	fprintf(recorder->log, "%s %s %" PRIu32 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu32 ".%" PRIu32 "\n", accepted ? "accepted" : "refused", what,
	        writer->resource, token->part[0], token->part[1], token->part[2], writer->node, writer->client);
	return accepted;
}

static void unlocked(struct recorder *recorder, const struct connection *holder, const struct recorder_request *request)
{
	const bool was_superseded = request->view != 0; /* as RELEASE answered */

	switch ((SaAisErrorT)request->error) {
	case SA_AIS_OK:
		recorder->releases++;
		if (was_superseded)
			broken(recorder, holder, &holder->token, "unlocked with OK what another held already");
		break;
	case SA_AIS_ERR_NOT_EXIST:
	case SA_AIS_ERR_BAD_HANDLE: recorder->not_exist++; break;
	case SA_AIS_ERR_TIMEOUT: recorder->timeouts++; break;
	case SA_AIS_ERR_LIBRARY: recorder->gone++; break;
	default: broken(recorder, holder, &holder->token, "an unlock with a code that it has not"); break;
	}
}

/* --- waiting --- */

static bool await_is_met(const struct recorder *recorder, const struct connection *waiter)
{
	for (uint32_t node = 1; node <= waiter->await_nodes; node++)
		for (uint32_t client = 1; client <= waiter->await_clients; client++)
			if (recorder->held_count[node][client] < waiter->await_goal[node][client])
				return false;
	return true;
}

/* Patience ran out. */
static void await_end(const struct recorder *recorder, const struct connection *waiter)
{
	for (uint32_t node = 1; node <= waiter->await_nodes; node++)
		for (uint32_t client = 1; client <= waiter->await_clients; client++)
			if (recorder->held_count[node][client] < waiter->await_goal[node][client])
				printf("node %" PRIu32 " client %" PRIu32 " lacks %" PRIu64 " locks\n", node, client,
				       waiter->await_goal[node][client] - recorder->held_count[node][client]);
	for (size_t i = 0; i < recorder->connection_count; i++)
		if (recorder->connections[i].believes)
			printf("node %" PRIu32 " client %" PRIu32 " holds resource %" PRIu32 "\n", recorder->connections[i].node,
			       recorder->connections[i].client, recorder->connections[i].resource);
}

static void await_begin(struct recorder *recorder, struct connection *waiter, const struct recorder_request *request)
{
	waiter->awaits = true;
	waiter->await_nodes = request->node;
	waiter->await_clients = request->client;
	for (uint32_t node = 1; node <= request->node; node++)
		for (uint32_t client = 1; client <= request->client; client++)
			waiter->await_goal[node][client] = recorder->held_count[node][client] + request->resource;
}

static void answer_send(const struct recorder *recorder, const struct connection *connection, struct recorder_answer answer)
{
	answer.over = recorder->over;
	send(connection->descriptor, &answer, sizeof answer, MSG_NOSIGNAL | MSG_DONTWAIT); /* who does not take it has died */
}

static void awaits_answer(struct recorder *recorder)
{
	for (size_t i = 0; i < recorder->connection_count; i++) {
		struct connection *waiter = &recorder->connections[i];
		if (!waiter->awaits || !await_is_met(recorder, waiter))
			continue;
		waiter->awaits = false;
		answer_send(recorder, waiter, (struct recorder_answer){0});
	}
}

/* --- the loop --- */

static void request_take(struct recorder *recorder, struct connection *from, const struct recorder_request *request)
{
	const struct token token = {{request->token[0], request->token[1], request->token[2]}};
	struct recorder_answer answer = {0};

	if (request->kind != RECORDER_AWAIT && request->kind < RECORDER_INQUORATE) {
		from->node = request->node;
		from->client = request->client;
		from->resource = request->resource;
	}
	switch ((enum recorder_kind)request->kind) {
	case RECORDER_HOLD: hold(recorder, from, request, &token); break;
	case RECORDER_STILL: still(recorder, from, request->view); break;
	case RECORDER_BEGIN: answer.accepted = write_judge(recorder, from, &token, "begin"); break;
	case RECORDER_END: answer.accepted = write_judge(recorder, from, &token, "end"); break;
	case RECORDER_RELEASE:
		answer.superseded = is_superseded(recorder, from, &token);
		recorder->superseded += answer.superseded;
		believes_no_more(recorder, from, false);
		break;
	case RECORDER_UNLOCKED: unlocked(recorder, from, request); break;
	case RECORDER_ORPHANED:
		orphan_note(recorder, from);
		believes_no_more(recorder, from, false);
		break;
	case RECORDER_PURGE: purge_begins(recorder, from); break;
	case RECORDER_PURGED: purge_ends(recorder, from, (SaAisErrorT)request->error); break;
	case RECORDER_COUNT: recorder->counts[request->error % RECORDER_COUNTS]++; break;
	case RECORDER_LOST:
		recorder->lost++;
		orphan_note(recorder, from);
		believes_no_more(recorder, from, false);
		break;
	case RECORDER_GONE:
		recorder->gone++;
		orphan_note(recorder, from);
		believes_no_more(recorder, from, true);
		break;
	case RECORDER_INQUORATE: inquorate(recorder, &token); break;
	case RECORDER_AWAIT: await_begin(recorder, from, request); return;
	case RECORDER_FINISH: recorder->over = true; break;
	case RECORDER_QUIT: recorder->quit = true; break;
	case RECORDER_HELLO:
	case RECORDER_IDLE: break;
	}
	answer_send(recorder, from, answer);
}

static bool request_is_sound(const struct recorder_request *request)
{
	return request->node <= RECORDER_NODES_MAX && request->client <= RECORDER_CLIENTS_MAX &&
	       (request->kind == RECORDER_AWAIT || request->resource < RECORDER_RESOURCES_MAX);
}

/* False: it has ended. */
static bool connection_serve(struct recorder *recorder, struct connection *connection)
{
	struct recorder_request request;
	const ssize_t size = recv(connection->descriptor, &request, sizeof request, MSG_DONTWAIT);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (size != (ssize_t)sizeof request || !request_is_sound(&request)) {
		recorder->deaths += connection->believes;
		orphan_note(recorder, connection);
		if (connection->awaits)
			await_end(recorder, connection);
		return false;
	}
	request_take(recorder, connection, &request);
	return true;
}

static void connection_remove(struct recorder *recorder, size_t index)
{
	close(recorder->connections[index].descriptor);
	recorder->connections[index] = recorder->connections[--recorder->connection_count];
}

static void connection_accept(struct recorder *recorder, int listener)
{
	const int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (descriptor < 0)
		return;
	if (recorder->connection_count == CONNECTIONS_MAX) {
		close(descriptor);
		return;
	}
	recorder->connections[recorder->connection_count++] = (struct connection){.descriptor = descriptor};
}

static void serve(struct recorder *recorder, int listener)
{
	static struct pollfd ready[CONNECTIONS_MAX + 1];

	while (!recorder->quit) {
		const size_t count = recorder->connection_count;

		ready[0] = (struct pollfd){.fd = listener, .events = POLLIN};
		for (size_t i = 0; i < count; i++)
			ready[i + 1] = (struct pollfd){.fd = recorder->connections[i].descriptor, .events = POLLIN};
		if (poll(ready, count + 1, -1) < 0)
			continue;
		for (size_t i = count; i-- > 0;) /* from the end: a removed one is replaced by the last */
			if (ready[i + 1].revents != 0 && !connection_serve(recorder, &recorder->connections[i]))
				connection_remove(recorder, i);
		if (ready[0].revents != 0)
			connection_accept(recorder, listener);
		awaits_answer(recorder);
	}
}

static int listener_open(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, CONNECTIONS_MAX) != 0) {
		perror(path);
		return -1;
	}
	return listener;
}

static void counts_print(const struct recorder *recorder)
{
	static const char *const names[RECORDER_COUNTS] = {
		[RECORDER_SHARED] = "shared grants", [RECORDER_EXCLUSIVE] = "exclusive ones", [RECORDER_ORPHANS_REFUSED] = "ORPHANED answers",
		[RECORDER_PURGES] = "purges", [RECORDER_WAITERS] = "waiter callbacks", [RECORDER_DEADLOCKS] = "DEADLOCK answers",
		[RECORDER_NESTED] = "second locks", [RECORDER_LOCKS_ASYNC] = "asynchronous locks", [RECORDER_UNLOCKS_ASYNC] = "asynchronous unlocks",
		[RECORDER_OPENS_ASYNC] = "asynchronous opens", [RECORDER_CLOSED] = "closed with its lock",
	};

	printf("orphans left behind %" PRIu64, recorder->orphaned);
	for (size_t i = 0; i < RECORDER_COUNTS; i++)
		printf(", %s %" PRIu64, names[i], recorder->counts[i]);
	printf("\n");
}

static int run(const char *path, const char *log)
{
	static struct recorder recorder;
	const int listener = listener_open(path);

	recorder.log = fopen(log, "we");
	if (listener < 0 || recorder.log == NULL)
		return 2;
	puts("listening");
	serve(&recorder, listener);
	fclose(recorder.log);
	for (size_t i = 0; i < recorder.connection_count; i++)
		if (recorder.connections[i].suspect)
			broken(&recorder, &recorder.connections[i], &recorder.connections[i].token, "two holders in one view");
	printf("grants %" PRIu64 " in %zu rings, writes accepted %" PRIu64 " refused %" PRIu64 ", unlocked %" PRIu64 ", lost: told by callback %" PRIu64
	       ", by a call %" PRIu64 " (of them and timeouts %" PRIu64 " after another had it), daemon gone %" PRIu64 ", unlock timed out %" PRIu64
	       ", holders killed %" PRIu64 ", said still holding in a new view %" PRIu64 ", rings without quorum %zu\n",
	       recorder.holds, recorder.granted_count, recorder.accepted, recorder.refused, recorder.releases, recorder.lost, recorder.not_exist,
	       recorder.superseded, recorder.gone, recorder.timeouts, recorder.deaths, recorder.stills, recorder.inquorate_count);
	counts_print(&recorder);
	return recorder.broken > 0;
}

static int driver(const char *path, const struct recorder_request *request, unsigned patience_s)
{
	const int recorder = recorder_connect(path);
	struct recorder_answer answer;

	if (patience_s == 0) {
		recorder_tell(recorder, request);
		return 0;
	}
	if (send(recorder, request, sizeof *request, MSG_NOSIGNAL) != (ssize_t)sizeof *request)
		return 1;
	return poll(&(struct pollfd){.fd = recorder, .events = POLLIN}, 1, (int)(patience_s * 1000)) == 1 &&
	                       recv(recorder, &answer, sizeof answer, 0) == (ssize_t)sizeof answer
	               ? 0
	               : 1;
}

int main(int argc, char **argv)
{
	const char *word = argc > 2 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 4 && strcmp(word, "run") == 0)
		return run(argv[2], argv[3]);
	if (argc == 5 && strcmp(word, "inquorate") == 0)
		return driver(argv[2], &(struct recorder_request){.kind = RECORDER_INQUORATE,
		              .token = {strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10), 0}}, 0);
	if (argc == 7 && strcmp(word, "await") == 0)
		return driver(argv[2], &(struct recorder_request){.kind = RECORDER_AWAIT, .node = (uint32_t)atoi(argv[3]),
		              .client = (uint32_t)atoi(argv[4]), .resource = (uint32_t)atoi(argv[5])}, (unsigned)atoi(argv[6]));
	if (argc == 3 && strcmp(word, "finish") == 0)
		return driver(argv[2], &(struct recorder_request){.kind = RECORDER_FINISH}, 0);
	if (argc == 3 && strcmp(word, "quit") == 0)
		return driver(argv[2], &(struct recorder_request){.kind = RECORDER_QUIT}, 0);
	fputs("usage: lck-recorder run SOCKET LOG | inquorate SOCKET SEQ REPRESENTATIVE | await SOCKET NODES CLIENTS TIMES PATIENCE_S | "
	      "finish SOCKET | quit SOCKET\n", stderr);
	return 2;
}
