/* `ais ckpt list|show|dump`: what this daemon holds in memory, through the requests that CKPT has for the operator's tool. They are answered
 * at once and by this daemon alone, whatever the gate: what they show of a node cut off or catching up is what it has. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ais/ckpt/saCkpt.h"
#include "core/base/result.h"
#include "core/ipc/ipc_client.h"
#include "core/tools/ais.h"
#include "core/tools/ais_ckpt_fetch.h"
#include "core/tools/output.h"

enum { CKPT_SCHEMA = 1 };

static const char *mode_text(uint32_t flags)
{
	switch (flags & (SA_CKPT_WR_ALL_REPLICAS | SA_CKPT_WR_ACTIVE_REPLICA | SA_CKPT_WR_ACTIVE_REPLICA_WEAK)) {
	case SA_CKPT_WR_ALL_REPLICAS: return "all replicas";
	case SA_CKPT_WR_ACTIVE_REPLICA: return "active replica";
	default: return "active replica, weak";
	}
}

static bool is_collocated(const struct ckpt_list_entry *entry)
{
	return (entry->attributes.creation_flags & SA_CKPT_CHECKPOINT_COLLOCATED) != 0;
}

static void json_entry(struct json *json, const struct ckpt_list_entry *entry)
{
	json_text_or_base64(json, "name", "name_base64", entry->name);
	json_text(json, "id", position_text(entry->checkpoint.position).text);
	json_bool(json, "unlinked", entry->unlinked);
	json_bool(json, "complete", entry->complete);
	json_bool(json, "held", entry->held);
	json_u64(json, "replicas_wanted", is_collocated(entry) ? 0 : entry->replicas_wanted);
	json_text(json, "mode", mode_text(entry->attributes.creation_flags));
	json_bool(json, "collocated", is_collocated(entry));
	json_u64(json, "creation_flags", entry->attributes.creation_flags);
	json_u64(json, "checkpoint_size", entry->attributes.checkpoint_size);
	json_u64(json, "section_count_max", entry->attributes.section_count_max);
	json_u64(json, "section_size_max", entry->attributes.section_size_max);
	json_u64(json, "section_id_size_max", entry->attributes.section_id_size_max);
	json_i64(json, "retention_ns", entry->retention_ns);
	json_i64(json, "retention_due_ns", entry->retention_due_ns);
	json_u64(json, "opens", entry->open_count);
	json_u64(json, "active_node", entry->active_node);
	json_u64(json, "sections", entry->section_count);
	json_u64(json, "memory_used", entry->memory_used);
	json_u64(json, "memory_held", entry->memory_held);
	json_array_begin(json, "replicas");
	struct ckpt_replica replica;
	for (struct wire_reader in = wire_reader_of(entry->replicas); ckpt_replica_next(&in, &replica);) {
		json_object_begin(json, NULL);
		json_u64(json, "node", replica.node);
		json_bool(json, "complete", replica.complete);
		json_object_end(json);
	}
	json_array_end(json);
}

static void print_list_json(const struct pages *pages)
{
	struct json json = {.file = stdout};
	struct ckpt_list_answer answer;
	struct ckpt_list_entry entry;

	json_object_begin(&json, NULL);
	json_u64(&json, "schema", CKPT_SCHEMA);
	json_array_begin(&json, "checkpoints");
	for (size_t i = 0; i < pages->count && page_decode_list(&pages->page[i], &answer); i++) {
		for (struct wire_reader in = wire_reader_of(answer.entries); ckpt_list_entry_next(&in, &entry);) {
			json_object_begin(&json, NULL);
			json_entry(&json, &entry);
			json_object_end(&json);
		}
	}
	json_array_end(&json);
	json_object_end(&json);
	json_end(&json);
}

static void print_list(const struct pages *pages)
{
	struct ckpt_list_answer answer;
	struct ckpt_list_entry entry;

	for (size_t i = 0; i < pages->count && page_decode_list(&pages->page[i], &answer); i++) {
		for (struct wire_reader in = wire_reader_of(answer.entries); ckpt_list_entry_next(&in, &entry);) {
			print_escaped(stdout, entry.name);
			printf(": %" PRIu32 " section%s, %" PRIu64 " bytes, %" PRIu32 " open%s%s%s\n", entry.section_count, plural(entry.section_count),
			       entry.memory_used, entry.open_count, plural(entry.open_count), entry.unlinked ? ", unlinked" : "", entry.complete ? "" : entry.held ? ", replica incomplete" : ", not held here");
		}
	}
}

static void print_replicas(const struct ckpt_list_entry *entry, bool complete, const char *what)
{
	struct wire_reader in = wire_reader_of(entry->replicas);
	struct ckpt_replica replica;
	bool any = false;

	while (ckpt_replica_next(&in, &replica)) {
		if (replica.complete != complete)
			continue;
		if (!any)
			fputs(what, stdout);
		printf(" %" PRIu32, replica.node);
		any = true;
	}
	if (any)
		putchar('\n');
}

static void print_entry(const struct ckpt_list_entry *entry)
{
	fputs("name           ", stdout);
	print_escaped(stdout, entry->name);
	printf("\nid             %s\nreplica        %s; %" PRIu64 " bytes of memory%s\nmode           %s%s\n",
	       position_text(entry->checkpoint.position).text, entry->complete ? "complete" : entry->held ? "incomplete" : "not on this node",
	       entry->memory_held, entry->held ? "" : " for what it knows of it", mode_text(entry->attributes.creation_flags),
	       is_collocated(entry) ? ", collocated" : "");
	print_replicas(entry, true, "complete on    node");
	print_replicas(entry, false, "on its way to  node");
	printf("sections       %" PRIu32 " of %" PRIu32 ", each up to %" PRIu64 " bytes, ids up to %" PRIu64 " bytes\n", entry->section_count,
	       entry->attributes.section_count_max, entry->attributes.section_size_max, entry->attributes.section_id_size_max);
	printf("content        %" PRIu64 " of %" PRIu64 " bytes\nopens          %" PRIu32 "\n", entry->memory_used,
	       entry->attributes.checkpoint_size, entry->open_count);
	if (entry->retention_ns == INT64_MAX)
		puts("retention      for ever");
	else
		printf("retention      %.3f s\n", (double)entry->retention_ns / 1e9);
	if (entry->open_count == 0)
		printf("goes           %s\n", due_text(entry->retention_due_ns, entry->retention_ns).text);
	if (entry->active_node != 0)
		printf("active replica node %" PRIu32 "\n", entry->active_node);
}

static void print_entry_json(const struct ckpt_list_entry *entry)
{
	struct json json = {.file = stdout};

	json_object_begin(&json, NULL);
	json_u64(&json, "schema", CKPT_SCHEMA);
	json_entry(&json, entry);
	json_object_end(&json);
	json_end(&json);
}

static void print_dump_json(const struct pages *pages, bool snapshot)
{
	struct json json = {.file = stdout};
	struct ckpt_dump_answer answer;
	struct ckpt_dump_section section;

	json_object_begin(&json, NULL);
	json_u64(&json, "schema", CKPT_SCHEMA);
	if (pages->count > 0 && page_decode_dump(&pages->page[pages->count - 1], &answer)) {
		json_text_or_base64(&json, "name", "name_base64", answer.name);
		json_text(&json, "id", position_text(answer.checkpoint.position).text);
		json_text(&json, "changed", position_text(answer.changed).text);
		json_bool(&json, "complete", answer.complete);
	}
	json_bool(&json, "snapshot", snapshot);
	json_array_begin(&json, "sections");
	for (size_t i = 0; i < pages->count && page_decode_dump(&pages->page[i], &answer); i++) {
		for (struct wire_reader in = wire_reader_of(answer.sections); ckpt_dump_section_next(&in, &section);) {
			json_object_begin(&json, NULL);
			json_text_or_base64(&json, "id", "id_base64", section.id);
			json_u64(&json, "size", section.size);
			json_i64(&json, "expiry_ns", section.expiry_ns);
			json_i64(&json, "last_update_ns", section.last_update_ns);
			json_bool(&json, "present", section.present);
			if (section.present)
				json_text_or_base64(&json, "data", "data_base64", section.content);
			json_object_end(&json);
		}
	}
	json_array_end(&json);
	json_object_end(&json);
	json_end(&json);
}

static void print_dump(const struct pages *pages)
{
	struct ckpt_dump_answer answer;
	struct ckpt_dump_section section;

	for (size_t i = 0; i < pages->count && page_decode_dump(&pages->page[i], &answer); i++) {
		for (struct wire_reader in = wire_reader_of(answer.sections); ckpt_dump_section_next(&in, &section);) {
			print_escaped(stdout, section.id);
			printf("\t%" PRIu64 "\t", section.size);
			if (section.present)
				print_escaped(stdout, section.content);
			else
				fputs("(not here)", stdout);
			putchar('\n');
		}
	}
}

int ais_ckpt_list(const struct ais_options *options)
{
	int exit_code = AIS_EXIT_FAILED;
	struct pages pages = {0};
	struct ipc_client *client = ais_connect("ckpt", &exit_code);

	if (client == NULL)
		return exit_code;
	const uint32_t result = list_fetch(client, &pages);
	if (result == RESULT_OK && options->json)
		print_list_json(&pages);
	else if (result == RESULT_OK)
		print_list(&pages);
	pages_clear(&pages);
	ipc_client_close(client);
	return ais_exit_of(result);
}

int ais_ckpt_show(const struct ais_options *options)
{
	int exit_code = AIS_EXIT_FAILED;
	struct pages pages = {0};
	struct ckpt_list_entry entry;
	struct ipc_client *client = ais_connect("ckpt", &exit_code);

	if (client == NULL)
		return exit_code;
	uint32_t result = list_fetch(client, &pages);
	if (result == RESULT_OK && !entry_find(&pages, bytes_of_text(options->arguments[0]), &entry)) {
		ais_complain("no checkpoint %s", options->arguments[0]);
		result = RESULT_NOT_EXIST;
	} else if (result == RESULT_OK && options->json) {
		print_entry_json(&entry);
	} else if (result == RESULT_OK) {
		print_entry(&entry);
	}
	pages_clear(&pages);
	ipc_client_close(client);
	return ais_exit_of(result);
}

int ais_ckpt_dump(const struct ais_options *options)
{
	int exit_code = AIS_EXIT_FAILED;
	bool snapshot = false;
	struct pages pages = {0};
	struct ckpt_dump_answer last;
	struct ipc_client *client = ais_connect("ckpt", &exit_code);

	if (client == NULL)
		return exit_code;
	const uint32_t result = dump_fetch(client, bytes_of_text(options->arguments[0]), &pages, &snapshot);
	exit_code = ais_exit_of(result);
	if (result == RESULT_NOT_EXIST) {
		ais_complain("no checkpoint %s", options->arguments[0]);
	} else if (result == RESULT_OK) {
		if (options->json)
			print_dump_json(&pages, snapshot);
		else
			print_dump(&pages);
		if (!snapshot)
			ais_complain("it was changed meanwhile: the sections are of different moments");
		if (page_decode_dump(&pages.page[pages.count - 1], &last) && !last.complete)
			exit_code = AIS_EXIT_CATCHING_UP;
	}
	pages_clear(&pages);
	ipc_client_close(client);
	return exit_code;
}
