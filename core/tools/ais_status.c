/* `ais status`: the daemon's own account of itself and its view, in words or as JSON. The exit code tells the standing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/result.h"
#include "core/ipc/ipc_client.h"
#include "core/services/admin_messages.h"
#include "core/tools/ais.h"
#include "core/tools/output.h"

enum { STATUS_SCHEMA = 1 };

static const struct {
	uint32_t bit;
	const char *name, *meaning;
} gates[] = {
	{ADMIN_GATE_QUORUM, "quorum", "too few votes"},
	{ADMIN_GATE_STATE, "state", "too few members remember the state; `ais cluster adopt` goes on with what there is"},
	{ADMIN_GATE_BARRIER, "barrier", "a view change is being dealt with"},
	{ADMIN_GATE_FENCING, "fencing", "nodes that departed without a word are to be fenced first; then `ais cluster fenced NODE`"},
	{ADMIN_GATE_LEAVING, "leaving", "this node is about to leave"},
	{ADMIN_GATE_ADOPTING, "adopting", "this node takes the state over"},
	{ADMIN_GATE_CONTENT, "content", "for the objects below alone: no member has them whole; until one returns that has, calls on them are to be"
	                     " tried again; `ais cluster adopt` goes on without"},
};

enum { GATE_COUNT = sizeof(gates) / sizeof(gates[0]) };

static int status_exit(const struct admin_status *status)
{
	switch (admin_standing(status->ring, status->gate, status->serving, status->caught_up)) {
	case ADMIN_STANDING_CAUGHT_UP: return AIS_EXIT_OK;
	case ADMIN_STANDING_CATCHING_UP: return AIS_EXIT_CATCHING_UP;
	case ADMIN_STANDING_NO_QUORUM: return AIS_EXIT_NO_QUORUM;
	case ADMIN_STANDING_STATE: return AIS_EXIT_STATE;
	case ADMIN_STANDING_FENCING: return AIS_EXIT_FENCING;
	case ADMIN_STANDING_BARRIER: break;
	}
	return AIS_EXIT_BARRIER;
}

/* `caught up` is said only of a node whose replicas lack nothing. */
static const char *standing_text(int exit_code)
{
	switch (exit_code) {
	case AIS_EXIT_OK: return "serving, caught up";
	case AIS_EXIT_NO_QUORUM: return "no quorum";
	case AIS_EXIT_STATE: return "waiting for state";
	case AIS_EXIT_CATCHING_UP: return "serving, catching up";
	case AIS_EXIT_FENCING: return "waiting for fencing";
	default: return "view change";
	}
}

static void print_name(const char *before, struct bytes name)
{
	fputs(before, stdout);
	print_escaped(stdout, name);
	putchar('\n');
}

static void print_gate(const struct admin_status *status)
{
	fputs("gate        ", stdout);
	if (status->gate == 0)
		fputs("open", stdout);
	for (size_t i = 0, held = 0; i < GATE_COUNT; i++) {
		if (status->gate & gates[i].bit)
			printf("%s%s (%s)", held++ > 0 ? ", " : "shut by ", gates[i].name, gates[i].meaning);
	}
	fputc('\n', stdout);
	for (uint32_t i = 0; i < status->unfenced_count && (status->gate & ADMIN_GATE_FENCING); i++)
		printf("            node %" PRIu32 " is to be fenced\n", status->unfenced[i]);
	for (uint32_t i = 0; i < status->lost_count; i++)
		print_name("            ", status->lost[i]);
}

/* What an adoption lost, and what a merge took back: it stays on the page until the daemon ends. */
static void print_losses(const struct admin_status *status)
{
	if (status->taken_back > 0)
		printf("taken back  %" PRIu64 " operations that this node answered OK while it was apart\n", status->taken_back);
	for (uint32_t i = 0; i < status->given_up_shown; i++)
		print_name(i == 0 ? "given up    " : "            ", status->given_up[i]);
	if (status->given_up_count > status->given_up_shown)
		printf("            and %" PRIu64 " more, all in the daemon's log\n", status->given_up_count - status->given_up_shown);
}

static void print_restart(const struct admin_status *status)
{
	fputs("restart     safe to restart: ", stdout);
	if (status->restart_safe) {
		puts("yes");
		return;
	}
	fputs("no (", stdout);
	print_escaped(stdout, status->restart_reason);
	puts(")");
}

static void print_service(const struct admin_service_status *service)
{
	print_escaped(stdout, service->name);
	printf(": %" PRIu32 " client%s, %s", service->clients, plural(service->clients),
	       service->complete ? "complete" : "incomplete");
	if (service->objects_left > 0)
		printf(", %" PRIu64 " object%s with %" PRIu64 " bytes still to come", service->objects_left,
		       plural(service->objects_left), service->bytes_left);
	if (service->objects_lost > 0)
		printf(", %" PRIu64 " that no member has whole", service->objects_lost);
	putchar('\n');
}

static void print_catch_up(const struct admin_status *status)
{
	if (status->caught_up)
		puts("catch-up    caught up");
	else if (status->gate & (ADMIN_GATE_QUORUM | ADMIN_GATE_STATE | ADMIN_GATE_BARRIER | ADMIN_GATE_FENCING))
		puts("catch-up    waits for a view that may decide");
	else
		printf("catch-up    catching up, %" PRIu64 " bytes received\n", status->range_bytes);
}

static void print_members(const struct admin_status *status)
{
	for (uint32_t i = 0; i < status->member_count; i++) {
		const struct admin_member *member = &status->members[i];

		printf("%s%c node %" PRIu32 " ", i == 0 ? "members   " : "          ", member->node == status->node ? '*' : ' ', member->node);
		print_escaped(stdout, member->name);
		fputc(' ', stdout);
		print_escaped(stdout, member->address);
		printf(", since ring %s%s\n", ring_id_text(member->joined).text, member->winner ? "" : ", took the state over");
	}
}

static void print_status(const struct admin_status *status, int exit_code)
{
	printf("node %" PRIu32 " (", status->node);
	print_escaped(stdout, status->node_name);
	printf("): %s, ring %s, %" PRIu32 " member%s\n", standing_text(exit_code),
	       ring_id_is_none(status->ring) ? "none" : ring_id_text(status->ring).text, status->member_count,
	       plural(status->member_count));
	print_members(status);
	printf("quorum      %s, %" PRIu32 " of %" PRIu32 " votes%s", status->quorate ? "yes" : "no", status->votes,
	       status->expected_votes, status->quorum_required ? "" : ", not required");
	if (status->expected_votes_next != status->expected_votes)
		printf(", of %" PRIu32 " from the next view on", status->expected_votes_next);
	puts(status->fencing ? "; fencing required" : "");
	print_gate(status);
	printf("view        %s%s, state stamped in ring %s\n", status->primary ? "primary" : "not primary",
	       status->serving ? ", serving" : "", ring_id_is_none(status->lineage) ? "none" : ring_id_text(status->lineage).text);
	print_catch_up(status);
	for (uint32_t i = 0; i < status->service_count; i++) {
		fputs(i == 0 ? "services    " : "            ", stdout);
		print_service(&status->services[i]);
	}
	print_losses(status);
	print_restart(status);
	fputs("daemon      aisexec ", stdout);
	print_escaped(stdout, status->release);
	printf(", pid %" PRIu32 ", instance ", status->pid);
	print_escaped(stdout, status->instance);
	fputs(", provider ", stdout);
	print_escaped(stdout, status->provider);
	printf(", since %s\n", time_text(status->started_ns).text);
}

static void json_ring(struct json *json, const char *key, const char *key_parts, struct ring_id ring)
{
	char hex[24];

	if (ring_id_is_none(ring)) {
		json_null(json, key);
		json_null(json, key_parts);
		return;
	}
	snprintf(hex, sizeof(hex), "%" PRIx64, ring.seq);
	json_text(json, key, ring_id_text(ring).text);
	json_object_begin(json, key_parts);
	json_u64(json, "representative", ring.representative);
	json_u64(json, "seq", ring.seq);
	json_text(json, "seq_hex", hex);
	json_object_end(json);
}

static void json_members(struct json *json, const struct admin_status *status)
{
	json_array_begin(json, "members");
	for (uint32_t i = 0; i < status->member_count; i++) {
		const struct admin_member *member = &status->members[i];

		json_object_begin(json, NULL);
		json_u64(json, "node", member->node);
		json_bytes(json, "name", member->name);
		json_bytes(json, "address", member->address);
		json_bool(json, "local", member->node == status->node);
		json_bool(json, "winner", member->winner);
		json_text(json, "joined", ring_id_text(member->joined).text);
		json_i64(json, "boot_ns", member->boot_ns);
		json_object_end(json);
	}
	json_array_end(json);
}

static void json_digest(struct json *json, const char *key, uint64_t digest)
{
	char hex[24];

	snprintf(hex, sizeof(hex), "%016" PRIx64, digest);
	json_text(json, key, hex);
}

static void json_names(struct json *json, const char *key, const struct bytes *names, uint32_t count)
{
	json_array_begin(json, key);
	for (uint32_t i = 0; i < count; i++)
		json_bytes(json, NULL, names[i]);
	json_array_end(json);
}

static void json_services(struct json *json, const struct admin_status *status)
{
	json_array_begin(json, "services");
	for (uint32_t i = 0; i < status->service_count; i++) {
		json_object_begin(json, NULL);
		json_bytes(json, "service", status->services[i].name);
		json_u64(json, "clients", status->services[i].clients);
		json_u64(json, "calls", status->services[i].calls);
		json_bool(json, "complete", status->services[i].complete);
		json_u64(json, "objects_to_come", status->services[i].objects_left);
		json_u64(json, "bytes_to_come", status->services[i].bytes_left);
		json_u64(json, "objects_lost", status->services[i].objects_lost);
		json_digest(json, "directory_digest", status->services[i].directory_digest);
		json_digest(json, "content_digest", status->services[i].content_digest);
		json_object_end(json);
	}
	json_array_end(json);
}

static void json_counters(struct json *json, const struct admin_status *status)
{
	json_array_begin(json, "counters");
	for (uint32_t i = 0; i < status->counter_count; i++) {
		json_object_begin(json, NULL);
		json_bytes(json, "counter", status->counters[i].name);
		json_u64(json, "value", status->counters[i].value);
		json_object_end(json);
	}
	json_array_end(json);
}

static void print_status_json(const struct admin_status *status, int exit_code)
{
	struct json json = {.file = stdout};

	json_object_begin(&json, NULL);
	json_u64(&json, "schema", STATUS_SCHEMA);
	json_text(&json, "standing", standing_text(exit_code));
	json_u64(&json, "node_id", status->node);
	json_bytes(&json, "node_name", status->node_name);
	json_bytes(&json, "cluster_name", status->cluster_name);
	json_bytes(&json, "provider", status->provider);
	json_ring(&json, "ring", "ring_id", status->ring);
	json_ring(&json, "lineage", "lineage_id", status->lineage);
	json_members(&json, status);
	json_u64(&json, "configured_nodes", status->configured_count);
	json_bool(&json, "quorum_required", status->quorum_required);
	json_bool(&json, "quorate", status->quorate);
	json_u64(&json, "votes", status->votes);
	json_u64(&json, "expected_votes", status->expected_votes);
	json_u64(&json, "expected_votes_next", status->expected_votes_next);
	json_bool(&json, "fencing", status->fencing);
	json_bool(&json, "primary", status->primary);
	json_bool(&json, "serving", status->serving);
	json_array_begin(&json, "gate");
	for (size_t i = 0; i < GATE_COUNT; i++) {
		if (status->gate & gates[i].bit)
			json_text(&json, NULL, gates[i].name);
	}
	json_array_end(&json);
	json_array_begin(&json, "unfenced");
	for (uint32_t i = 0; i < status->unfenced_count; i++)
		json_u64(&json, NULL, status->unfenced[i]);
	json_array_end(&json);
	json_names(&json, "lost", status->lost, status->lost_count);
	json_names(&json, "given_up", status->given_up, status->given_up_shown);
	json_u64(&json, "given_up_count", status->given_up_count);
	json_u64(&json, "taken_back", status->taken_back);
	json_bool(&json, "restart_safe", status->restart_safe);
	json_bytes(&json, "restart_reason", status->restart_reason);
	json_bool(&json, "caught_up", status->caught_up);
	json_u64(&json, "catch_up_bytes", status->range_bytes);
	json_u64(&json, "operating_version", status->operating_version);
	json_services(&json, status);
	json_bytes(&json, "release", status->release);
	json_bytes(&json, "instance", status->instance);
	json_u64(&json, "pid", status->pid);
	json_i64(&json, "started_ns", status->started_ns);
	json_i64(&json, "wall_ns", status->wall_ns);
	json_i64(&json, "monotonic_ns", status->monotonic_ns);
	json_counters(&json, status);
	json_object_end(&json);
	json_end(&json);
}

/* What --wait names; 0: no such word. */
static uint32_t standings_of(const char *word)
{
	static const struct {
		const char *word;
		uint32_t standings;
	} words[] = {
		{"caught-up", ADMIN_STANDING_CAUGHT_UP},
		{"serving", ADMIN_STANDING_CAUGHT_UP | ADMIN_STANDING_CATCHING_UP},
		{"no-quorum", ADMIN_STANDING_NO_QUORUM},
		{"state", ADMIN_STANDING_STATE},
		{"fencing", ADMIN_STANDING_FENCING},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].standings;
	return 0;
}

/* The daemon answers when it is so, or at the deadline that it is not. */
static uint32_t status_await(struct ipc_client *client, const struct ais_options *options, struct wire_writer *answer)
{
	struct wire_writer body = {0};
	const int64_t timeout_ns = options->patience_s == 0 ? INT64_MAX : options->patience_s * INT64_C(1000000000);

	admin_await_encode(&body, &(struct admin_await){standings_of(options->wait), options->member_count});
	wire_writer_reset(answer);
	const uint32_t result = ipc_client_call(client, ADMIN_REQUEST_AWAIT, timeout_ns, wire_writer_bytes(&body), answer);
	wire_writer_clear(&body);
	return result;
}

/* Asks, and decodes into `status`, whose views point into `answer`. *patience_over: what was waited for is not so, and `status` shows what is
 * instead. */
static int status_fetch(const struct ais_options *options, struct wire_writer *answer, struct admin_status *status, bool *patience_over)
{
	int exit_code = AIS_EXIT_OK;
	struct wire_writer body = {0};
	struct ipc_client *client = ais_connect(ADMIN_SERVICE_NAME, &exit_code);
	uint32_t result = RESULT_OK;

	if (client == NULL)
		return exit_code;
	if (options->wait != NULL)
		result = status_await(client, options, answer);
	*patience_over = result == RESULT_TRY_AGAIN || result == RESULT_TIMEOUT;
	if (options->wait == NULL || *patience_over) {
		admin_plain_encode(&body);
		result = ais_call(client, ADMIN_REQUEST_STATUS, wire_writer_bytes(&body), answer);
		wire_writer_clear(&body);
	}
	ipc_client_close(client);
	if (result != RESULT_OK) {
		ais_complain("no status: %s", ais_result_text(result));
		return ais_exit_of(result);
	}
	struct wire_reader in = wire_reader_of(wire_writer_bytes(answer));
	if (!admin_status_decode(&in, status)) {
		ais_complain("the daemon's answer is not understood: is it of another release?");
		return AIS_EXIT_FAILED;
	}
	return AIS_EXIT_OK;
}

/* One line: what was to be, and what is. */
static void patience_over_tell(const struct ais_options *options, const struct admin_status *status)
{
	char members[40] = "";

	if (options->member_count != 0)
		snprintf(members, sizeof(members), " with %" PRIu32 " member%s", options->member_count, plural(options->member_count));
	ais_complain("not %s%s within %" PRIu32 " s; now: %s, %" PRIu32 " member%s", options->wait, members, options->patience_s,
	             standing_text(status_exit(status)), status->member_count, plural(status->member_count));
}

int ais_status(const struct ais_options *options)
{
	bool patience_over = false;
	struct wire_writer answer = {0};
	struct admin_status *status;

	if (options->wait != NULL && standings_of(options->wait) == 0) {
		ais_complain("--wait %s: it is caught-up, serving, no-quorum, state or fencing", options->wait);
		return AIS_EXIT_USAGE;
	}
	if (options->wait == NULL && (options->member_count != 0 || options->patience_s != 0)) {
		ais_complain("--members and --patience go with --wait");
		return AIS_EXIT_USAGE;
	}
	status = calloc(1, sizeof(*status));
	if (status == NULL) {
		ais_complain("no memory");
		return AIS_EXIT_FAILED;
	}
	int exit_code = status_fetch(options, &answer, status, &patience_over);
	if (exit_code == AIS_EXIT_OK) {
		exit_code = status_exit(status);
		if (options->json)
			print_status_json(status, exit_code);
		else
			print_status(status, exit_code);
		if (patience_over) {
			patience_over_tell(options, status);
			exit_code = AIS_EXIT_PATIENCE;
		}
	}
	wire_writer_clear(&answer);
	free(status);
	return exit_code;
}
