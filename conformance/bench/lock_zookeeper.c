/* ZooKeeper's lock as its own recipe has it, with its own C client: an ephemeral sequential node below the lock's; who has the lowest number holds
 * it, and everybody else watches the one before. A session for each client. Without the client at configure time there is nothing here but a word. */
#include "conformance/bench/lock.h"

#ifdef HAVE_ZOOKEEPER
#define THREADED
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zookeeper/zookeeper.h>

/* Its client gives a server up that has been silent for two thirds of the session: no longer than that is a silence waited out. */
enum { CONNECT_S = 10, SESSION_MS_MAX = 15000, PARENT_SIZE = 256, PATH_SIZE = 512 };

struct keeper {
	zhandle_t *session;
	char parent[PARENT_SIZE], own[PATH_SIZE];
	pthread_mutex_t mutex; /* of what follows; the library calls from its own thread */
	pthread_cond_t changed;
	bool connected, fired;
};

static bool complain(const char *what, int code)
{
	fprintf(stderr, "bench: zookeeper: %s: %s\n", what, zerror(code));
	return false;
}

static void keeper_set(struct keeper *keeper, bool *what)
{
	pthread_mutex_lock(&keeper->mutex);
	*what = true;
	pthread_cond_broadcast(&keeper->changed);
	pthread_mutex_unlock(&keeper->mutex);
}

static void on_session(zhandle_t *session, int type, int state, const char *path, void *context)
{
	(void)session;
	(void)path;
	if (type == ZOO_SESSION_EVENT && state == ZOO_CONNECTED_STATE)
		keeper_set(context, &((struct keeper *)context)->connected);
}

/* The one before is gone, or something else is the matter: to be looked at again. */
static void on_predecessor(zhandle_t *session, int type, int state, const char *path, void *context)
{
	(void)session;
	(void)type;
	(void)state;
	(void)path;
	keeper_set(context, &((struct keeper *)context)->fired);
}

static bool keeper_connect(struct keeper *keeper, const char *target, unsigned session_ms)
{
	struct timespec until;

	zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
	keeper->session = zookeeper_init(target, on_session, session_ms < SESSION_MS_MAX ? (int)session_ms : SESSION_MS_MAX, NULL, keeper, 0);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += CONNECT_S;
	pthread_mutex_lock(&keeper->mutex);
	while (keeper->session != NULL && !keeper->connected && pthread_cond_timedwait(&keeper->changed, &keeper->mutex, &until) == 0)
		;
	const bool connected = keeper->connected;
	pthread_mutex_unlock(&keeper->mutex);
	return connected || complain("connect", ZOPERATIONTIMEOUT);
}

static void keeper_close(void *lock)
{
	struct keeper *keeper = lock;

	if (keeper->session != NULL)
		zookeeper_close(keeper->session);
	pthread_cond_destroy(&keeper->changed);
	pthread_mutex_destroy(&keeper->mutex);
	free(keeper);
}

static void *keeper_open(const char *target, const char *name, unsigned session_ms)
{
	struct keeper *keeper = calloc(1, sizeof *keeper);

	if (keeper == NULL)
		return NULL;
	pthread_mutex_init(&keeper->mutex, NULL);
	pthread_cond_init(&keeper->changed, NULL);
	snprintf(keeper->parent, sizeof keeper->parent, "/%s", name);
	if (keeper_connect(keeper, target, session_ms)) {
		const int code = zoo_create(keeper->session, keeper->parent, "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT, NULL, 0);
		if (code == ZOK || code == ZNODEEXISTS)
			return keeper;
		complain("create", code);
	}
	keeper_close(keeper);
	return NULL;
}

/* The highest of those below our own; NULL: ours is the lowest. All names are of one form and length. */
static const char *predecessor(const struct String_vector *names, const char *own)
{
	const char *found = NULL;

	for (int i = 0; i < names->count; i++)
		if (strcmp(names->data[i], own) < 0 && (found == NULL || strcmp(names->data[i], found) > 0))
			found = names->data[i];
	return found;
}

static void fired_await(struct keeper *keeper)
{
	pthread_mutex_lock(&keeper->mutex);
	while (!keeper->fired)
		pthread_cond_wait(&keeper->changed, &keeper->mutex);
	pthread_mutex_unlock(&keeper->mutex);
}

/* ZOK: nobody is before us (`first`), or the one who was has gone. */
static int predecessor_outlive(struct keeper *keeper, bool *first)
{
	struct String_vector names = {0};
	char path[2 * PATH_SIZE], byte;
	int size = sizeof byte, code = zoo_get_children(keeper->session, keeper->parent, 0, &names);

	if (code != ZOK)
		return code;
	const char *before = predecessor(&names, keeper->own + strlen(keeper->parent) + 1);
	*first = before == NULL;
	snprintf(path, sizeof path, "%s/%s", keeper->parent, before == NULL ? "" : before);
	deallocate_String_vector(&names);
	if (*first)
		return ZOK;
	keeper->fired = false; /* no watch is set */
	code = zoo_wget(keeper->session, path, on_predecessor, keeper, &byte, &size, NULL); /* leaves no watch on what is gone, as exists would */
	if (code == ZOK)
		fired_await(keeper);
	return code == ZNONODE ? ZOK : code;
}

static enum lock_result keeper_take(void *lock)
{
	struct keeper *keeper = lock;
	char path[PATH_SIZE];
	bool first = false;

	snprintf(path, sizeof path, "%s/lock-", keeper->parent);
	int code = zoo_create(keeper->session, path, "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL | ZOO_SEQUENCE, keeper->own, sizeof keeper->own);
	while (code == ZOK && !first)
		code = predecessor_outlive(keeper, &first);
	if (code == ZOK)
		return LOCK_OK;
	complain("lock", code);
	return LOCK_FAILED;
}

static bool keeper_release(void *lock)
{
	struct keeper *keeper = lock;
	const int code = zoo_delete(keeper->session, keeper->own, -1);

	return code == ZOK || complain("unlock", code);
}

const struct lock_kind lock_zookeeper = {"zookeeper-lock", keeper_open, keeper_take, keeper_release, NULL, keeper_close, NULL};
#else
const struct lock_kind lock_zookeeper = {
	.name = "zookeeper-lock", .missing = "built without ZooKeeper's client: apt-get install libzookeeper-mt-dev, then configure and make again",
};
#endif
