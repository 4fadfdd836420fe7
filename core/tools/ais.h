/* What the subcommands of `ais` share: how one is described, what it is given, the exit codes. */
#ifndef AISLE_TOOLS_AIS_H
#define AISLE_TOOLS_AIS_H

#include "core/base/wire.h"

struct ipc_client;

/* The exit codes are part of the interface: ais(1). */
enum ais_exit {
	AIS_EXIT_OK = 0,          /* status: serves, and this node is caught up */
	AIS_EXIT_FAILED = 1,
	AIS_EXIT_USAGE = 2,
	AIS_EXIT_NO_DAEMON = 3,   /* no daemon answers on this node */
	AIS_EXIT_NO_QUORUM = 4,
	AIS_EXIT_STATE = 5,       /* quorate, but too few remember the state; see ais cluster adopt */
	AIS_EXIT_BARRIER = 6,     /* a view change is being dealt with, or no view yet */
	AIS_EXIT_CATCHING_UP = 7, /* the cluster serves, this node is not complete yet */
	AIS_EXIT_NOT_EXIST = 8,   /* no object of that name */
	AIS_EXIT_LOCKED = 9,      /* lck run: somebody else holds the lock; the command was not run */
	AIS_EXIT_LOST = 10,       /* lck run: the lock was lost, the command ended */
	AIS_EXIT_EXIST = 11,      /* ckpt import: there is one already */
	AIS_EXIT_FENCING = 12,    /* nodes that departed without a word are to be fenced first */
	AIS_EXIT_UNSAFE = 13,     /* node leave: something would be lost */
	AIS_EXIT_PATIENCE = 14,   /* status --wait: it did not come to be so */
};

struct ais_options {
	bool json;
	const char *replica;      /* "local" */
	const char *all;          /* export: the directory for all checkpoints; NULL: one */
	const char *wait;         /* a standing to wait for; NULL: none */
	uint32_t member_count;    /* with `wait`: in a view of so many; 0: of any size */
	uint32_t patience_s;      /* with `wait`; 0: for ever */
	int64_t retention_ns;     /* import: instead of the file's; INT64_MAX: for ever; 0: the file's */
	const char *arguments[4]; /* what is neither a subcommand's word nor an option */
	int argument_count;
};

struct ais_command {
	const char *words[2];     /* "ckpt", "list"; the second may be NULL */
	const char *argument;     /* its arguments' names in the help, those in brackets may be left out, ` | --all ...` goes in
	                           * their place; NULL: takes none */
	bool takes_json, takes_replica, takes_wait;
	int (*run)(const struct ais_options *options); /* returns an ais_exit */
	const char *summary;      /* one line */
	const char *help;         /* what --help adds */
};

/* One whose words are its own to read: all behind its name; words[-1] may be written. */
struct ais_program {
	const char *words[2];
	const char *usage; /* in the list of commands */
	int (*run)(int count, char **words);
	const char *summary, *help;
};

int ais_status(const struct ais_options *options);
int ais_cluster_adopt(const struct ais_options *options);
int ais_cluster_fenced(const struct ais_options *options);
int ais_cluster_expected_votes(const struct ais_options *options);
int ais_config_check(const struct ais_options *options);
int ais_config_show(const struct ais_options *options);
int ais_config_reload(const struct ais_options *options);
int ais_node_leave(int count, char **words);
int ais_recorder_show(const struct ais_options *options);
int ais_recorder_dump(const struct ais_options *options);
int ais_clm_nodes(const struct ais_options *options);
int ais_lck_run(int count, char **words);
int ais_lck_list(const struct ais_options *options);
int ais_lck_show(const struct ais_options *options);
int ais_tmr_list(const struct ais_options *options);
int ais_ckpt_list(const struct ais_options *options);
int ais_ckpt_show(const struct ais_options *options);
int ais_ckpt_dump(const struct ais_options *options);
int ais_ckpt_watch(const struct ais_options *options);
int ais_ckpt_export(const struct ais_options *options);
int ais_ckpt_import(const struct ais_options *options);
int ais_clm_watch(const struct ais_options *options);

/* Prints "ais: ..." on stderr. */
void ais_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *ais_result_text(uint32_t result); /* enum result in words */
/* Connects to a service of this node's daemon; NULL: complained, and *exit_code says how to end. */
struct ipc_client *ais_connect(const char *service, int *exit_code);
/* One call. Complains about any result but OK and `expected`, and about it returns AIS_EXIT_FAILED or AIS_EXIT_NO_DAEMON. */
uint32_t ais_call(struct ipc_client *client, uint16_t request, struct bytes body, struct wire_writer *answer);
int ais_exit_of(uint32_t result);
/* The same of a daemon that was reached: TRY_AGAIN is its own, and not that nobody answers. */
const char *ais_refusal_text(uint32_t result);
int ais_exit_of_refusal(uint32_t result);
/* A number from 1 to 4294967295, as node ids are; 0: complained. */
uint32_t ais_number(const char *what, const char *text);

#endif
