/* This node's part in a reload of the configuration (core/services/config_state.h says how all nodes decide): reads and judges the file in the
 * worker, votes through a client of its own, and when it is decided makes the change: the tree, the log, the IPC's limits, who may connect.
 * What was prepared and not decided leaves no trace. */
#include "core/daemon/daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"
#include "core/base/result.h"
#include "core/config/config_file.h"
#include "core/config/config_keys.h"
#include "core/config/config_reload.h"
#include "core/services/config_messages.h"

struct reload_job {
	struct worker_job job;
	struct daemon *daemon;
	uint64_t incarnation; /* of the run that asked */
	struct position transaction;
	struct config *next;
	struct settings settings;
	struct config_problems problems;
};

static void prepared_drop(struct reload *reload)
{
	settings_clear(&reload->settings);
	config_free(reload->next);
	*reload = (struct reload){.call = reload->call};
}

static void job_free(struct reload_job *job)
{
	settings_clear(&job->settings);
	config_free(job->next);
	config_problems_clear(&job->problems);
	free(job);
}

/* In the worker: files, names and users may take their time. */
static void job_run(struct worker_job *base)
{
	struct reload_job *job = container_of(base, struct reload_job, job);
	const struct daemon *daemon = job->daemon;

	if (daemon->config_path[0] == '\0') {
		config_error(&job->problems, 0, NULL, "this node was started without a configuration file: there is nothing to read anew");
		return;
	}
	if (job->next == NULL)
		config_error(&job->problems, 0, NULL, "no memory");
	else if (config_read_file(job->next, &job->problems))
		config_check(job->next, &job->problems);
	if (job->problems.errors == 0)
		settings_read(&job->settings, job->next, daemon->node_option, &job->problems);
}

/* Whole lines, as many as fit. */
static struct bytes reason_of(const struct config_problems *problems)
{
	const char *text = config_problems_text(problems);
	size_t size = strlen(text);

	if (size > CONFIG_REASON_SIZE_MAX) {
		for (size = CONFIG_REASON_SIZE_MAX; size > 0 && text[size - 1] != '\n'; size--)
			continue;
	}
	return bytes_of(text, size);
}

static void vote(struct daemon *daemon, const struct reload_job *job, bool good)
{
	struct wire_writer body = {0};

	config_vote_encode(&body, &(struct config_vote){
		.transaction = job->transaction, .good = good, .reason = good ? (struct bytes){0} : reason_of(&job->problems)});
	daemon->reload.call++;
	if (!body.failed)
		engine_client_request(daemon->engine, DAEMON_CLIENT, daemon->reload.call, CONFIG_REQUEST_VOTE, INT64_MAX, wire_writer_bytes(&body));
	wire_writer_clear(&body);
}

static void job_done(struct worker_job *base)
{
	struct reload_job *job = container_of(base, struct reload_job, job);
	struct daemon *daemon = job->daemon;
	struct reload *reload = &daemon->reload;

	if (daemon->engine == NULL || daemon->incarnation != job->incarnation || daemon->leave_why[0] != '\0' ||
	    !position_equal(reload->transaction, job->transaction)) {
		job_free(job);
		return;
	}
	if (job->problems.errors == 0)
		config_reload_check(daemon->config, job->next, &job->problems);
	const bool good = job->problems.errors == 0;
	if (good) {
		reload->next = job->next;
		reload->settings = job->settings;
		job->next = NULL;
		job->settings = (struct settings){0};
	}
	vote(daemon, job, good);
	job_free(job);
}

static struct daemon *daemon_of(struct admin_hooks *hooks)
{
	return (struct daemon *)(void *)hooks; /* its first member */
}

static void on_prepare(struct admin_hooks *hooks, struct position transaction)
{
	struct daemon *daemon = daemon_of(hooks);
	struct reload_job *job = calloc(1, sizeof(*job));

	prepared_drop(&daemon->reload);
	daemon->reload.transaction = transaction;
	if (job == NULL)
		return; /* it does not vote: the reload is withdrawn in the end */
	*job = (struct reload_job){.job = {.run = job_run, .done = job_done}, .daemon = daemon, .incarnation = daemon->incarnation,
	                           .transaction = transaction, .next = config_new(), .problems = {.source = daemon->config_path}};
	worker_put(daemon->worker, &job->job);
}

/* A view change may take the answer to a vote; what the state says then is what counts. */
static void on_decided(struct admin_hooks *hooks, struct position transaction)
{
	struct reload *reload = &daemon_of(hooks)->reload;

	reload->decided |= !ring_id_is_none(transaction.ring) && position_equal(reload->transaction, transaction);
}

static void make(struct daemon *daemon)
{
	struct reload *reload = &daemon->reload;
	char error[512];
	bool complete;
	const uint32_t changed = config_reload_apply(daemon->config, reload->next, &complete);

	if (!complete) {
		daemon->host.leave(daemon, "no memory for the new configuration");
		return;
	}
	access_clear(&daemon->settings.access);
	daemon->settings.access = reload->settings.access;
	reload->settings.access = (struct access_rules){0};
	daemon->settings.ipc = reload->settings.ipc;
	daemon->settings.log = reload->settings.log;
	daemon->settings.services = reload->settings.services;
	daemon->settings.user = reload->settings.user;
	memcpy(daemon->settings.of_services, reload->settings.of_services, sizeof(daemon->settings.of_services));
	if (daemon->engine != NULL)
		cluster_settings(daemon);
	if (daemon->ipc != NULL)
		ipc_server_limits_change(daemon->ipc, &daemon->settings.ipc);
	if (!log_configure(daemon->log, &daemon->settings.log, error, sizeof(error)))
		log_write(daemon->log, LOG_LEVEL_WARNING, "daemon", "log-file", "%s", error);
	log_write(daemon->log, LOG_LEVEL_NOTICE, "config", "reloaded", "%u keys changed, on all nodes", (unsigned)changed);
	/* Its texts are in use from now on, those of the one before no more. */
	config_free(daemon->config_texts);
	daemon->config_texts = reload->next;
	reload->next = NULL;
}

void reload_answered(struct daemon *daemon, uint64_t call, uint32_t code)
{
	struct reload *reload = &daemon->reload;

	if (call != reload->call)
		return;
	if (reload->next != NULL && (code == RESULT_OK || reload->decided))
		make(daemon);
	else
		log_write(daemon->log, LOG_LEVEL_NOTICE, "config", "not-reloaded", "the configuration stays as it is, on all nodes");
	prepared_drop(reload);
}

/* --- show --- */

struct showing {
	struct wire_writer *out;
	uint32_t count;
};

static void value_show(void *context, const struct config_value *value)
{
	struct showing *showing = context;
	const struct config_key *key = config_key_find(value->key);

	if (showing->count++ < CONFIG_KEYS_MAX && showing->out != NULL)
		config_shown_encode(showing->out, &(struct config_shown){
			.key = bytes_of_text(value->key), .text = bytes_of_text(value->text), .is_set = true,
			.at_run_time = key != NULL && key->at_run_time});
}

static bool show(struct daemon *daemon, struct showing *showing)
{
	const bool walked = config_each(daemon->config, "", value_show, showing);

	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];

		if (key->use != CONFIG_USED || strchr(key->name, '*') != NULL || config_get(daemon->config, key->name) != NULL)
			continue;
		if (showing->count++ < CONFIG_KEYS_MAX && showing->out != NULL)
			config_shown_encode(showing->out, &(struct config_shown){
				.key = bytes_of_text(key->name), .text = key->preset == NULL ? (struct bytes){0} : bytes_of_text(key->preset),
				.at_run_time = key->at_run_time});
	}
	return walked;
}

static bool on_show(struct admin_hooks *hooks, struct wire_writer *out)
{
	struct showing counting = {0}, showing = {.out = out};

	if (!show(daemon_of(hooks), &counting))
		return false;
	config_shown_head_encode(out, counting.count < CONFIG_KEYS_MAX ? counting.count : CONFIG_KEYS_MAX);
	return show(daemon_of(hooks), &showing);
}

/* --- notices --- */

static void on_changed(void *context, const struct config_value *before, const struct config_value *after)
{
	struct daemon *daemon = context;

	log_write(daemon->log, LOG_LEVEL_NOTICE, "config", "changed", "%s: %s -> %s", before != NULL ? before->key : after->key,
	          before != NULL ? before->text : "not set", after != NULL ? after->text : "not set");
}

void reload_init(struct daemon *daemon)
{
	config_track(daemon->config, "", on_changed, daemon);
	daemon->admin.config_show = on_show;
	daemon->admin.config_prepare = on_prepare;
	daemon->admin.config_decided = on_decided;
}

void reload_clear(struct daemon *daemon)
{
	prepared_drop(&daemon->reload);
	config_free(daemon->config_texts);
	daemon->config_texts = NULL;
}
