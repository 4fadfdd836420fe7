/* The daemon: the loop and what runs on it. daemon.c keeps the parts together, host.c is what the engine sees of the world,
 * cluster.c one run of provider, engine and IPC from joining to leaving. */
#ifndef AISLE_DAEMON_DAEMON_H
#define AISLE_DAEMON_DAEMON_H

#include <limits.h>
#include <qb/qbloop.h>

#include "core/daemon/busy_poll.h"
#include "core/daemon/loader.h"
#include "core/daemon/paths.h"
#include "core/daemon/provider.h"
#include "core/daemon/shares.h"
#include "core/engine/engine.h"
#include "core/ipc/ipc_server.h"
#include "core/ipc/ipc_yield.h"
#include "core/services/admin_service.h"
#include "core/services/config_service.h"

enum daemon_timer { DAEMON_TIMER_AGAIN, DAEMON_TIMER_LEAVE, DAEMON_TIMER_CUT, DAEMON_TIMER_REJOIN, DAEMON_TIMER_SHARES };

/* How far a node has come that leaves of its own will: leave.c. */
enum leave_stage { LEAVE_NOT, LEAVE_DRAINING, LEAVE_CUTTING, LEAVE_SAYING, LEAVE_LEAVING };

/* The daemon's own client of the service `config`: no connection has this number. */
#define DAEMON_CLIENT UINT64_MAX

/* A configuration that was found good and is not decided yet: reload.c. */
struct reload {
	struct position transaction; /* the one that was asked about last */
	uint64_t call;               /* of the vote */
	struct config *next;         /* NULL: none */
	struct settings settings;
	bool decided;                /* the state has it as to be made */
};

#define DAEMON_SHARES_SWEEP_NS INT64_C(1000000000) /* while something ended is still held by somebody */

enum daemon_exit {
	DAEMON_EXIT_OK = 0,      /* left the ring and ended */
	DAEMON_EXIT_FAILED = 1,  /* could not start or go on: the system refused something */
	DAEMON_EXIT_USAGE = 2,   /* command line or configuration; nothing was started */
	DAEMON_EXIT_RUNNING = 3, /* another daemon of this instance runs */
};

/* What admin_service.h asks of a host's context: the hooks come first. */
struct daemon {
	struct admin_hooks admin;
	struct host host;
	qb_loop_t *loop;
	struct config *config;
	struct config *config_texts; /* what the settings point into since the last reload; NULL: into `config` */
	struct reload reload;
	char config_path[PATH_MAX]; /* "": started without */
	uint32_t node_option;
	struct settings settings;
	struct paths paths;
	char instance[64];
	struct log *log;
	struct recorder *recorder;
	struct timers *timers;
	struct worker *worker;
	struct shares shares;
	bool shares_timer; /* is set */
	struct loaded loaded;
	int64_t started_wall_ns, boot_ns;
	uint64_t random_state[2];

	/* One run; NULL between two. */
	struct provider *provider;
	struct engine *engine;
	struct ipc_server *ipc;
	struct busy_poll busy_poll; /* of the provider's packets */
	struct ipc_yield yield;
	uint64_t incarnation;
	bool has_view, said_ready;
	bool standing_asked; /* something happened to the engine that may have changed who holds the gate */
	unsigned gate_told;  /* of the last standing_tell() that said something */
	char leave_why[256]; /* the engine or the provider wants to leave; "" : no */

	bool in_settle, stopping, run_ending;
	enum leave_stage leave_stage;
	enum daemon_exit exit_code;
	int64_t rejoin_wait_ns;
	uint64_t dumps, late_count;
	int64_t late_max_ns;
};

int64_t daemon_monotonic_ns(void *context);
int64_t daemon_wall_ns(void *context);
uint64_t daemon_random(void *context);

/* host.c: fills in daemon->host. */
void host_init(struct daemon *daemon);

/* cluster.c. Makes the run's parts and binds its sockets; nothing that comes in is read before cluster_start(). */
bool cluster_listen(struct daemon *daemon, char *error, size_t error_size);
void cluster_start(struct daemon *daemon);
void cluster_settings(struct daemon *daemon); /* what services take from the configuration, also after a reload */
void cluster_stop(struct daemon *daemon); /* at once, without a word to the others */
void cluster_cut(struct daemon *daemon);  /* the clients alone */

/* leave.c. Begins to leave the ring for good and to end; `drain`: after the clients have got their answers. Needs a run, and may be called
 * anywhere; daemon_settle() asks what is next. */
void leave_begin(struct daemon *daemon, bool drain, const char *why);
void leave_settle(struct daemon *daemon);   /* what may be done in every call-back */
void leave_cut(struct daemon *daemon);      /* on DAEMON_TIMER_CUT */
bool leave_deadline(struct daemon *daemon); /* on DAEMON_TIMER_LEAVE; true: it is over */

/* reload.c: what `config` asks of the daemon; after status_init(). */
void reload_init(struct daemon *daemon);
void reload_clear(struct daemon *daemon);
void reload_answered(struct daemon *daemon, uint64_t call, uint32_t code); /* to DAEMON_CLIENT */

/* status.c: what admin answers. */
void status_init(struct daemon *daemon);

/* standing.c: says in the log who holds the gate, if that has changed; at the end of every step. */
void standing_tell(struct daemon *daemon);

/* daemon.c. Settles what a call-back has left behind: to be called at the end of every call-back of the loop. */
void daemon_settle(struct daemon *daemon);
/* The recorder's content goes to a new file in the state directory, written by the worker. `path` PATH_MAX bytes, or NULL. */
bool daemon_recorder_dump(struct daemon *daemon, const char *why, char *path, size_t path_size);
enum daemon_exit daemon_run(struct daemon *daemon); /* after cluster_listen() */

#endif
