/* One node's part in the live pass with the toy service: it adds to counters, takes the lock, reads, and holds every answer against the
 * account that all nodes share. Not here: faults, and who is started where (toy.sh).
 *
 *	toy-checker run ACCOUNT NODE     until `live-account end`; exit 1: a promise broken
 *	toy-checker judge ACCOUNT NODE   after it: each counter once, against what was acknowledged; the lock once; exit 1: broken or not to be had
 *
 * Counter NODE is added to by that node alone, counter 0 by all. Every add is of 1, so a counter's value lies between the adds that were
 * acknowledged before it was asked for and those that had been tried and not refused when the answer came. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conformance/engine/toy.h"
#include "conformance/live/account.h"
#include "core/ipc/ipc_client.h"

enum { SHARED_KEY = 0, NODES_MAX = TOY_KEYS - 1, RETRY_MS = 20, PAUSE_MS = 1, CALL_S = 5, JUDGE_TRIES = 500 };

struct worker {
	pthread_t thread;
	struct account *account;
	struct ipc_client *client; /* NULL: not connected */
	unsigned node;
	uint64_t done, refused;
	bool broken;
};

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static void broken(struct worker *worker, const char *what, uint64_t value, uint64_t low, uint64_t high)
{
	if (!worker->broken)
		printf("BROKEN: %s: %" PRIu64 " is not within %" PRIu64 " and %" PRIu64 "\n", what, value, low, high);
	worker->broken = true;
}

/* A connection that the daemon has ended is given up; the next call makes another. TRY_AGAIN: nothing was asked for. */
static uint32_t toy_call(struct worker *worker, uint16_t request, const struct wire_writer *body, struct wire_writer *answer)
{
	if (worker->client == NULL && ipc_client_connect("toy", &worker->client) != RESULT_OK) {
		worker->client = NULL;
		return RESULT_TRY_AGAIN;
	}
	const uint32_t result =
	        ipc_client_call(worker->client, request, CALL_S * INT64_C(1000000000), wire_writer_bytes(body), answer);
	if (result == RESULT_LIBRARY) {
		ipc_client_close(worker->client);
		worker->client = NULL;
	}
	return result;
}

static uint32_t toy_add(struct worker *worker, uint8_t key, uint64_t token)
{
	struct wire_writer body = {0};

	toy_add_encode(&body, &(struct toy_add){.key = key, .amount = 1, .token = token});
	const uint32_t result = toy_call(worker, TOY_REQUEST_ADD, &body, NULL);
	wire_writer_clear(&body);
	return result;
}

static uint32_t toy_read(struct worker *worker, uint8_t key, struct toy_value *value)
{
	struct wire_writer body = {0}, answer = {0};

	toy_key_encode(&body, key);
	uint32_t result = toy_call(worker, TOY_REQUEST_READ, &body, &answer);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer));
	if (result == RESULT_OK && !toy_value_decode(&in, value))
		result = RESULT_FAILED_OPERATION;
	wire_writer_clear(&body);
	wire_writer_clear(&answer);
	return result;
}

static uint32_t toy_lock_change(struct worker *worker, bool lock, uint64_t token)
{
	struct wire_writer body = {0};

	if (lock)
		toy_token_encode(&body, token);
	else
		toy_unlock_encode(&body);
	const uint32_t result = toy_call(worker, lock ? TOY_REQUEST_LOCK : TOY_REQUEST_UNLOCK, &body, NULL);
	wire_writer_clear(&body);
	return result;
}

/* Whatever is neither OK nor TRY_AGAIN may have been done, and stays between the two bounds. */
static void count_up(struct worker *worker, uint8_t key)
{
	const uint64_t number = account_add(worker->account, key, ACCOUNT_TRIED);
	const uint32_t result = toy_add(worker, key, (uint64_t)worker->node << 48 | number);

	if (result == RESULT_OK) {
		account_add(worker->account, key, ACCOUNT_ACKED);
		worker->done++;
	} else {
		if (result == RESULT_TRY_AGAIN)
			account_add(worker->account, key, ACCOUNT_REFUSED);
		worker->refused++;
		pause_ms(RETRY_MS);
	}
}

/* The bounds are read on either side of the question: the lower before it, the upper, whose subtrahend grows too, behind it. */
static bool counter_check(struct worker *worker, uint8_t key, uint64_t *value)
{
	struct account *account = worker->account;
	const uint64_t acked = account_get(account, key, ACCOUNT_ACKED), seen = account_get(account, key, ACCOUNT_FLOOR);
	const uint64_t low = acked > seen ? acked : seen;
	const uint64_t refused = account_get(account, key, ACCOUNT_REFUSED);
	struct toy_value read = {0};

	if (toy_read(worker, key, &read) != RESULT_OK)
		return false;
	const uint64_t high = account_get(account, key, ACCOUNT_TRIED) - refused;
	*value = (uint64_t)read.value;
	if (*value < low || *value > high)
		broken(worker, key == SHARED_KEY ? "the shared counter" : "a counter", *value, low, high);
	account_raise(account, key, ACCOUNT_FLOOR, *value);
	return true;
}

static void *add_run(void *argument)
{
	struct worker *worker = argument;

	while (!atomic_load(&worker->account->ended)) {
		count_up(worker, (uint8_t)worker->node);
		count_up(worker, SHARED_KEY);
		pause_ms(PAUSE_MS);
	}
	return NULL;
}

static void *read_run(void *argument)
{
	struct worker *worker = argument;
	uint64_t value;

	for (uint8_t key = 0; !atomic_load(&worker->account->ended); key = (uint8_t)((key + 1) % TOY_KEYS)) {
		if (counter_check(worker, key, &value)) {
			account_add(worker->account, worker->node, ACCOUNT_READ);
			worker->done++;
		} else {
			worker->refused++;
			pause_ms(RETRY_MS);
		}
		pause_ms(PAUSE_MS);
	}
	return NULL;
}

/* Stays connected and silent until it is asked for: its question then lies before a daemon that may be stopped, and what was acknowledged
 * elsewhere meanwhile has to be in the answer. */
static void *wait_run(void *argument)
{
	struct worker *worker = argument;
	uint32_t seen = atomic_load(&worker->account->questions);
	uint64_t value;

	while (!atomic_load(&worker->account->ended)) {
		if (!counter_check(worker, SHARED_KEY, &value)) { /* connected from here on */
			pause_ms(RETRY_MS);
			continue;
		}
		seen = account_await_question(worker->account, seen);
		account_add(worker->account, worker->node, ACCOUNT_ASKED);
		if (counter_check(worker, SHARED_KEY, &value))
			worker->done++;
		else
			worker->refused++;
	}
	return NULL;
}

static void lock_held(struct worker *worker)
{
	uint32_t nobody = 0;

	if (!atomic_compare_exchange_strong(&worker->account->holder, &nobody, worker->node) && atomic_load(&worker->account->one_view))
		broken(worker, "the lock's holder, when another got it", nobody, 0, 0);
	count_up(worker, SHARED_KEY);
	atomic_store(&worker->account->holder, 0);
}

static void *lock_run(void *argument)
{
	struct worker *worker = argument;

	for (uint64_t token = 1; !atomic_load(&worker->account->ended); token++) {
		if (toy_lock_change(worker, true, (uint64_t)worker->node << 48 | token) == RESULT_OK) {
			lock_held(worker);
			toy_lock_change(worker, false, 0);
			worker->done++;
		} else {
			worker->refused++;
			pause_ms(RETRY_MS);
		}
	}
	return NULL;
}

static int run(struct account *account, unsigned node)
{
	static void *(*const runs[])(void *) = {add_run, read_run, wait_run, lock_run};
	static const char *const names[] = {"adds", "reads", "reads on demand", "locks"};
	enum { WORKERS = sizeof(runs) / sizeof(runs[0]) };
	struct worker workers[WORKERS];
	bool kept = true;

	for (int i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){.account = account, .node = node};
		if (pthread_create(&workers[i].thread, NULL, runs[i], &workers[i]) != 0)
			return 2;
	}
	for (int i = 0; i < WORKERS; i++) {
		pthread_join(workers[i].thread, NULL);
		printf("%s: %" PRIu64 " answered OK, %" PRIu64 " not\n", names[i], workers[i].done, workers[i].refused);
		kept = kept && !workers[i].broken;
		if (workers[i].client != NULL)
			ipc_client_close(workers[i].client);
	}
	return kept ? 0 : 1;
}

/* The lock comes free when its last holder is gone for the cluster; nothing tells those that were refused, so they ask again. */
static bool lock_to_be_had(struct worker *worker)
{
	for (int i = 0; i < JUDGE_TRIES; i++) {
		if (toy_lock_change(worker, true, 1) == RESULT_OK)
			return toy_lock_change(worker, false, 0) == RESULT_OK;
		pause_ms(RETRY_MS);
	}
	return false;
}

static int judge(struct account *account, unsigned node)
{
	struct worker worker = {.account = account, .node = node};
	bool good = true;

	for (uint8_t key = 0; key < TOY_KEYS; key++) {
		uint64_t value = 0;
		int tries = 0;

		while (!counter_check(&worker, key, &value) && ++tries < JUDGE_TRIES)
			pause_ms(RETRY_MS);
		good = good && tries < JUDGE_TRIES;
		printf("counter %u: %" PRIu64 "\n", key, value);
	}
	if (!lock_to_be_had(&worker)) {
		puts("BROKEN: the lock is not to be had");
		good = false;
	}
	if (worker.client != NULL)
		ipc_client_close(worker.client);
	return good && !worker.broken ? 0 : 1;
}

int main(int argc, char **argv)
{
	const unsigned long node = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
	struct account *account;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (node < 1 || node > NODES_MAX || (strcmp(argv[1], "run") != 0 && strcmp(argv[1], "judge") != 0)) {
		fputs("usage: toy-checker run|judge ACCOUNT NODE (1 to 7)\n", stderr);
		return 2;
	}
	account = account_map(argv[2]);
	if (account == NULL)
		return 2;
	return strcmp(argv[1], "run") == 0 ? run(account, (unsigned)node) : judge(account, (unsigned)node);
}
