/* `ais ckpt export` and `ais ckpt import`: a checkpoint to a file and back. Export reads this daemon's memory, as dump does, what
 * lies elsewhere through it, and replaces the file whole or not at all. Import understands all of the file before it touches the cluster, and goes through libSaCkpt like any
 * program, but for the creation: it fills what it has itself created, or nothing. What it began and could not end, or was interrupted at, it removes. Not here: the format (ckpt_file.c). */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ais/ckpt/saCkpt.h"
#include "core/base/hash.h"
#include "core/base/result.h"
#include "core/ipc/ipc_client.h"
#include "core/tools/ais.h"
#include "core/tools/ais_ckpt_fetch.h"
#include "core/tools/ckpt_file.h"
#include "core/tools/output.h"

enum { PATH_SIZE = 4096, RETRY_MS = 20, PATIENCE_S = 60, OPEN_TIMEOUT_S = 10, READ_SIZE = 1 << 20, FETCH_TRIES = 5 };

/* --- Files. --- */

static bool file_trouble(const char *path, const char *what)
{
	ais_complain("%s: %s: %s", path, what, strerror(errno));
	return false;
}

static bool all_written(int file, struct bytes bytes)
{
	while (bytes.size > 0) {
		const ssize_t size = write(file, bytes.data, bytes.size);

		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return false;
		bytes = bytes_of(bytes.data + size, bytes.size - (size_t)size);
	}
	return true;
}

/* The rename is durable when the directory is. */
static bool directory_sync(const char *path)
{
	char directory[PATH_SIZE];
	const char *slash = strrchr(path, '/');

	snprintf(directory, sizeof(directory), "%.*s", slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path), slash == NULL ? "." : path);
	const int file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const bool good = file >= 0 && fsync(file) == 0;
	if (file >= 0)
		close(file);
	return good;
}

/* A new file takes the place of what is there, so it may be one: no device, no link. */
static bool is_replaceable(const char *path)
{
	struct stat there;

	if (lstat(path, &there) != 0 || S_ISREG(there.st_mode))
		return true;
	ais_complain("%s: it is there and no regular file, so it is not replaced: nothing written", path);
	return false;
}

/* Whole or not at all: what stood there before stays until all of the new one is on the disk. */
static bool file_replace(const char *path, struct bytes bytes)
{
	char new_path[PATH_SIZE];

	if (!is_replaceable(path))
		return false;
	if (snprintf(new_path, sizeof(new_path), "%s.XXXXXX", path) >= (int)sizeof(new_path)) {
		errno = ENAMETOOLONG;
		return file_trouble(path, "not written");
	}
	const int file = mkstemp(new_path);
	if (file < 0)
		return file_trouble(path, "cannot be written");
	bool good = all_written(file, bytes) && fsync(file) == 0;
	good = close(file) == 0 && good;
	if (!good || rename(new_path, path) != 0) {
		const int error = errno;

		unlink(new_path);
		errno = error;
		return file_trouble(path, "not written, what stood there is unharmed");
	}
	return directory_sync(path) || file_trouble(path, "written, but its directory is perhaps not on the disk yet");
}

static bool file_read(const char *path, struct wire_writer *content)
{
	const int file = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *piece = malloc(READ_SIZE);
	ssize_t size = -1;

	if (file >= 0 && piece != NULL) {
		while ((size = read(file, piece, READ_SIZE)) > 0 && !content->failed)
			wire_put_raw(content, piece, (size_t)size);
	}
	const bool good = (size == 0 && !content->failed) || file_trouble(path, "cannot be read");
	if (file >= 0)
		close(file);
	free(piece);
	return good;
}

/* --- Export. --- */

static int64_t wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* What goes into the file. All zero is valid and empty. */
struct gathered {
	struct wire_writer sections;
	uint32_t count;
	bool fetched; /* some from other nodes */
};

static uint32_t section_gather(struct ipc_client *client, struct identity checkpoint, const struct ckpt_dump_section *section,
                               struct gathered *gathered)
{
	struct ckpt_file_section written = {.id = section->id, .expiry_ns = section->expiry_ns, .content = section->content};
	struct wire_writer answer = {0};
	uint32_t result = RESULT_OK;

	if (!section->present) {
		result = content_fetch(client, checkpoint, section->id, &answer, &written.content);
		gathered->fetched = true;
	}
	if (result == RESULT_OK) {
		ckpt_file_section_encode(&gathered->sections, &written);
		gathered->count++;
	}
	wire_writer_clear(&answer);
	return result;
}

static uint32_t pages_gather(struct ipc_client *client, const struct pages *pages, struct gathered *gathered, bool *snapshot)
{
	struct ckpt_dump_answer answer = {0};
	struct ckpt_dump_section section;
	uint32_t result = RESULT_OK;

	for (size_t i = 0; result == RESULT_OK && i < pages->count && page_decode_dump(&pages->page[i], &answer); i++)
		for (struct wire_reader in = wire_reader_of(answer.sections); result == RESULT_OK && ckpt_dump_section_next(&in, &section);)
			result = section_gather(client, answer.checkpoint, &section, gathered);
	if (gathered->fetched && !page_is_current(client, &answer))
		*snapshot = false;
	return result;
}

/* Neither here nor to be had from another: on which nodes would it be? */
static void elsewhere_tell(const struct ckpt_list_entry *entry, uint32_t result)
{
	struct wire_reader in = wire_reader_of(entry->replicas);
	char nodes[200] = "";
	struct ckpt_replica replica;
	size_t used = 0;

	while (ckpt_replica_next(&in, &replica) && used < sizeof(nodes))
		if (replica.complete)
			used += (size_t)snprintf(nodes + used, sizeof(nodes) - used, "%s%" PRIu32, used == 0 ? "" : ", ", replica.node);
	if (used == 0)
		ais_complain("nothing written: sections are not on this node, and no node has all of them now: `ais ckpt show` says who holds what");
	else
		ais_complain("nothing written: sections are not on this node, and reading them through it was answered: %s. They are on node %s: "
		             "export there", ais_refusal_text(result), nodes);
}

/* All sections, of one moment if that can be had in a few tries. */
static int checkpoint_gather(struct ipc_client *client, const struct ckpt_list_entry *entry, struct gathered *gathered, bool *snapshot)
{
	for (unsigned try = 1;; try++) {
		struct pages pages = {0};
		uint32_t result = dump_fetch(client, entry->name, &pages, snapshot);
		const bool dumped = result == RESULT_OK;

		if (dumped)
			result = pages_gather(client, &pages, gathered, snapshot);
		pages_clear(&pages);
		if (!dumped && result == RESULT_NOT_EXIST)
			ais_complain("the checkpoint is gone meanwhile: nothing written");
		if (!dumped)
			return ais_exit_of(result);
		if (!gathered->fetched || (result == RESULT_OK && *snapshot) || try == FETCH_TRIES) {
			if (result != RESULT_OK)
				elsewhere_tell(entry, result);
			return result == RESULT_OK ? AIS_EXIT_OK : AIS_EXIT_CATCHING_UP;
		}
		wire_writer_clear(&gathered->sections);
		*gathered = (struct gathered){0};
	}
}

static int file_export(const struct ckpt_list_entry *entry, const struct gathered *gathered, bool snapshot, const char *path)
{
	const struct ckpt_file file = {
		.name = entry->name, .attributes = entry->attributes, .retention_ns = entry->retention_ns, .exported_ns = wall_ns(),
		.snapshot = snapshot, .section_count = gathered->count, .sections = wire_writer_bytes(&gathered->sections),
	};
	struct wire_writer bytes = {0};
	int code = AIS_EXIT_FAILED;

	ckpt_file_encode(&bytes, &file);
	if (gathered->sections.failed || bytes.failed)
		ais_complain("no memory: nothing written");
	else if (file_replace(path, wire_writer_bytes(&bytes)))
		code = AIS_EXIT_OK;
	if (code == AIS_EXIT_OK) {
		print_escaped(stdout, entry->name);
		printf(": %" PRIu32 " section%s, %zu bytes in %s\n", file.section_count, plural(file.section_count), bytes.size, path);
		if (!snapshot)
			ais_complain("it was changed meanwhile: the sections are of different moments");
	}
	wire_writer_clear(&bytes);
	return code;
}

static int entry_export(struct ipc_client *client, const struct ckpt_list_entry *entry, const char *path)
{
	struct gathered gathered = {0};
	bool snapshot;
	int code = checkpoint_gather(client, entry, &gathered, &snapshot);

	if (code == AIS_EXIT_OK)
		code = file_export(entry, &gathered, snapshot, path);
	wire_writer_clear(&gathered.sections);
	return code;
}

/* DIR/NAME.ckpt, where bytes that are not plain stand as %XX; a name that gets too long for a file ends with its digest. */
static bool path_of(const char *directory, struct bytes name, char *path, size_t size)
{
	enum { PLAIN_MAX = 200 };
	char plain[3 * SA_MAX_NAME_LENGTH + 1] = "", digest[20] = "";
	size_t used = 0;

	for (size_t i = 0; i < name.size; i++) {
		const uint8_t byte = name.data[i];
		const bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
		                      byte == '_' || byte == '-' || (byte == '.' && i > 0);

		used += (size_t)snprintf(plain + used, sizeof(plain) - used, is_plain ? "%c" : "%%%02X", byte);
	}
	if (used > PLAIN_MAX)
		snprintf(digest, sizeof(digest), "~%016" PRIx64, digest_bytes(0, name));
	if (snprintf(path, size, "%s/%.*s%s.ckpt", directory, PLAIN_MAX, plain, digest) < (int)size)
		return true;
	ais_complain("%s: the path gets too long", directory);
	return false;
}

/* Goes on behind one that fails; the first failure is the exit code. */
static int all_export(struct ipc_client *client, const struct pages *list, const char *directory)
{
	struct ckpt_list_answer answer;
	struct ckpt_list_entry entry;
	char path[PATH_SIZE];
	int code = AIS_EXIT_OK;

	for (size_t i = 0; i < list->count && page_decode_list(&list->page[i], &answer); i++) {
		for (struct wire_reader in = wire_reader_of(answer.entries); ckpt_list_entry_next(&in, &entry);) {
			if (entry.unlinked)
				continue;
			const int one = path_of(directory, entry.name, path, sizeof(path)) ? entry_export(client, &entry, path) : AIS_EXIT_FAILED;
			if (code == AIS_EXIT_OK)
				code = one;
		}
	}
	return code;
}

int ais_ckpt_export(const struct ais_options *options)
{
	int code = AIS_EXIT_FAILED;
	struct pages list = {0};
	struct ckpt_list_entry entry;
	struct ipc_client *client = ais_connect("ckpt", &code);

	if (client == NULL)
		return code;
	const uint32_t result = list_fetch(client, &list);
	code = ais_exit_of(result);
	if (result == RESULT_OK && options->all != NULL) {
		code = all_export(client, &list, options->all);
	} else if (result == RESULT_OK && entry_find(&list, bytes_of_text(options->arguments[0]), &entry)) {
		code = entry_export(client, &entry, options->arguments[1]);
	} else if (result == RESULT_OK) {
		ais_complain("no checkpoint %s", options->arguments[0]);
		code = AIS_EXIT_NOT_EXIST;
	}
	pages_clear(&list);
	ipc_client_close(client);
	return code;
}

/* --- Import. --- */

struct import {
	const struct ckpt_file *file;
	SaNameT name;
	int64_t retention_ns; /* the file's, or what is asked for instead */
	int64_t waiting_ns;   /* since when, monotonic; 0: it does not wait */
	int64_t told_s;       /* the second that was shown last */
	bool has_line;        /* on a terminal: one that changes is shown */
	bool is_unanswered;   /* a call that creates it was: it is there, or is not */
	bool is_anothers;     /* somebody else writes into what this import created */
	int signal;           /* that interrupted it and was taken; raised again at the end */
	struct ipc_client *client;
	SaCkptHandleT library;
	SaCkptCheckpointHandleT checkpoint;
	uint32_t written, expired;
};

/* A step of the wall's clock shortens and lengthens no wait. */
static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* These wait while an import is under way, and end the program when it is over, or at once while it is taken back. */
static sigset_t ending_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	return signals;
}

static bool is_interrupted(const struct import *import)
{
	sigset_t pending;

	sigpending(&pending);
	return import->signal != 0 || sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 ||
	       sigismember(&pending, SIGHUP) == 1;
}

/* The signal that interrupted the import has had its effect; the next one ends the program where it stands. */
static void signals_release(struct import *import)
{
	const sigset_t signals = ending_signals();

	for (int signal; (signal = sigtimedwait(&signals, NULL, &(struct timespec){0})) > 0;) {
		if (import->signal == 0)
			import->signal = signal;
	}
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
}

/* --- What an import says meanwhile: a terminal has a line that changes, anything else is told once that it waits. --- */

static void line_show(struct import *import, const char *text)
{
	fprintf(stderr, "\rais: %s\033[K", text);
	import->has_line = true;
}

static void line_end(struct import *import)
{
	if (import->has_line)
		fputs("\r\033[K", stderr);
	import->has_line = false;
}

/* A view change is over sooner than this says a word. */
static void waiting_tell(struct import *import, SaAisErrorT error)
{
	const int64_t now_ns = monotonic_ns(), left_s = PATIENCE_S - (now_ns - import->waiting_ns) / 1000000000;
	const bool is_terminal = isatty(STDERR_FILENO) == 1, is_first = import->told_s == 0;
	char text[200];

	if (now_ns - import->waiting_ns < 1000000000 || import->told_s == left_s || (!is_terminal && !is_first))
		return;
	import->told_s = left_s;
	snprintf(text, sizeof(text), "%s; tries for %" PRId64 " s more", ais_refusal_text(error), left_s);
	if (is_terminal)
		line_show(import, text);
	else
		ais_complain("%s", text);
}

static void section_tell(struct import *import)
{
	const int64_t now_s = monotonic_ns() / 1000000000;
	char text[80];

	if (import->told_s == now_s || isatty(STDERR_FILENO) != 1)
		return;
	import->told_s = now_s;
	snprintf(text, sizeof(text), "%" PRIu32 " of %" PRIu32 " section%s", import->written, import->file->section_count,
	         plural(import->file->section_count));
	line_show(import, text);
}

/* After TRY_AGAIN, and after TIMEOUT where the call may be made twice: until patience with this wait runs out. */
static bool is_to_be_repeated(struct import *import, SaAisErrorT error)
{
	const int64_t now_ns = monotonic_ns();

	if ((error != SA_AIS_ERR_TRY_AGAIN && error != SA_AIS_ERR_TIMEOUT) ||
	    (import->waiting_ns != 0 && now_ns - import->waiting_ns > PATIENCE_S * INT64_C(1000000000))) {
		import->waiting_ns = 0;
		return false;
	}
	if (import->waiting_ns == 0) {
		import->waiting_ns = now_ns;
		import->told_s = 0;
	}
	waiting_tell(import, error);
	nanosleep(&(struct timespec){.tv_nsec = RETRY_MS * 1000000}, NULL);
	return true;
}

/* A section that a call without an answer has perhaps created is this import's own, so what it is to hold is written over it. */
static SaAisErrorT section_import(struct import *import, const struct ckpt_file_section *section)
{
	SaCkptSectionIdT id = {.idLen = (SaUint16T)section->id.size, .id = section->id.size == 0 ? NULL : (SaUint8T *)section->id.data};
	SaCkptSectionCreationAttributesT attributes = {.sectionId = &id, .expirationTime = section->expiry_ns};
	bool perhaps_there = section->id.size == 0 && import->file->attributes.section_count_max == 1; /* the default section always is */
	SaAisErrorT error;

	do {
		error = perhaps_there ? saCkptSectionOverwrite(import->checkpoint, &id, section->content.data, section->content.size)
		                      : SA_AIS_ERR_NOT_EXIST;
		if (error == SA_AIS_ERR_NOT_EXIST)
			error = saCkptSectionCreate(import->checkpoint, &attributes, section->content.data, section->content.size);
		perhaps_there = perhaps_there || error == SA_AIS_ERR_TIMEOUT;
	} while (!is_interrupted(import) && is_to_be_repeated(import, error));
	return error;
}

static SaAisErrorT sections_import(struct import *import)
{
	struct wire_reader in = wire_reader_of(import->file->sections);
	struct ckpt_file_section section;
	SaAisErrorT error = SA_AIS_OK;

	while (error == SA_AIS_OK && ckpt_file_section_next(&in, &section)) {
		if (is_interrupted(import))
			return SA_AIS_ERR_INTERRUPT;
		if (section.expiry_ns <= wall_ns()) {
			import->expired++;
			continue;
		}
		error = section_import(import, &section);
		import->written += error == SA_AIS_OK;
		section_tell(import);
	}
	return error;
}

/* By a request of its own: libSaCkpt has no flag for `new, or not at all`, and an open that only asks whether one is there would stop the
 * retention of another's. The checkpoint is open by it until it is closed. */
static SaAisErrorT checkpoint_create(struct import *import, uint64_t *open)
{
	const struct ckpt_open_request request = {
		.name = bytes_of(import->name.value, import->name.length), .creates = true, .attributes = import->file->attributes,
		.flags = SA_CKPT_CHECKPOINT_CREATE | SA_CKPT_CHECKPOINT_WRITE | CKPT_OPEN_NEW,
	};
	struct wire_writer body = {0}, answer_body = {0};
	struct ckpt_open_answer answer = {0};
	SaAisErrorT error;

	ckpt_open_request_encode(&body, &request);
	do {
		error = ipc_client_call(import->client, CKPT_REQUEST_OPEN, OPEN_TIMEOUT_S * INT64_C(1000000000), wire_writer_bytes(&body), &answer_body);
		import->is_unanswered = import->is_unanswered || error == SA_AIS_ERR_TIMEOUT;
	} while (!is_interrupted(import) && is_to_be_repeated(import, error));
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer_body));
	if (error == SA_AIS_OK && !ckpt_open_answer_decode(&in, &answer))
		error = SA_AIS_ERR_LIBRARY;
	*open = answer.open;
	wire_writer_clear(&body);
	wire_writer_clear(&answer_body);
	return error;
}

static void created_close(struct import *import, uint64_t open)
{
	struct wire_writer body = {0};

	ckpt_open_number_encode(&body, &(struct ckpt_open_number){.open = open});
	ipc_client_call(import->client, CKPT_REQUEST_CLOSE, OPEN_TIMEOUT_S * INT64_C(1000000000), wire_writer_bytes(&body), NULL);
	wire_writer_clear(&body);
}

static SaAisErrorT checkpoint_open(struct import *import)
{
	SaAisErrorT error;

	do
		error = saCkptCheckpointOpen(import->library, &import->name, NULL, SA_CKPT_CHECKPOINT_WRITE,
		                             OPEN_TIMEOUT_S * SA_TIME_ONE_SECOND, &import->checkpoint);
	while (!is_interrupted(import) && is_to_be_repeated(import, error));
	return error;
}

static SaAisErrorT active_set(struct import *import)
{
	SaAisErrorT error;

	do
		error = saCkptActiveReplicaSet(import->checkpoint);
	while (!is_interrupted(import) && is_to_be_repeated(import, error));
	return error;
}

static SaAisErrorT retention_set(struct import *import)
{
	SaAisErrorT error;

	do
		error = saCkptCheckpointRetentionDurationSet(import->checkpoint, import->retention_ns);
	while (!is_interrupted(import) && is_to_be_repeated(import, error));
	return error;
}

static SaAisErrorT checkpoint_fill(struct import *import)
{
	const struct ckpt_attributes *attributes = &import->file->attributes;
	const bool wants_active = (attributes->creation_flags & SA_CKPT_CHECKPOINT_COLLOCATED) != 0 &&
	                          (attributes->creation_flags & SA_CKPT_WR_ALL_REPLICAS) == 0;
	SaAisErrorT error = checkpoint_open(import);

	if (error == SA_AIS_OK && wants_active)
		error = active_set(import);
	if (error == SA_AIS_OK) {
		error = sections_import(import);
		import->is_anothers = error == SA_AIS_ERR_EXIST;
	}
	if (error == SA_AIS_OK && import->retention_ns != attributes->retention_ns)
		error = retention_set(import);
	return error;
}

/* Says before what is left if it does not come to its end: from here on a signal needs no answer of the daemon to end the program. */
static void checkpoint_remove(struct import *import, const char *cause)
{
	SaAisErrorT error;

	line_end(import);
	ais_complain("%s; unlinks what was begun: if that is interrupted, the checkpoint is left with %" PRIu32 " of %" PRIu32
	             " section%s, not to be used", cause, import->written, import->file->section_count, plural(import->file->section_count));
	signals_release(import);
	import->waiting_ns = 0; /* of another wait */
	do
		error = saCkptCheckpointUnlink(import->library, &import->name);
	while (is_to_be_repeated(import, error));
	line_end(import);
	if (error == SA_AIS_OK || error == SA_AIS_ERR_NOT_EXIST)
		ais_complain("not imported, nothing is left of it: %s", cause);
	else
		ais_complain("not imported: %s; what was begun cannot be unlinked: %s; it is not to be used", cause, ais_refusal_text(error));
}

static void import_created(struct import *import, uint64_t open, SaAisErrorT *error)
{
	*error = checkpoint_fill(import);
	created_close(import, open);
	line_end(import);
	if (*error == SA_AIS_OK)
		return;
	if (import->is_anothers) /* not this one's to remove */
		ais_complain("not imported: somebody else writes into it; it is left with %" PRIu32 " section%s of the file", import->written,
		             plural(import->written));
	else
		checkpoint_remove(import, is_interrupted(import) ? "interrupted" : ais_refusal_text(*error));
}

static int import_run(struct import *import)
{
	SaVersionT version = {'B', 1, 1};
	uint64_t open;
	SaAisErrorT error = saCkptInitialize(&import->library, NULL, &version);

	if (error != SA_AIS_OK) {
		ais_complain("cannot reach the daemon: %s; nothing was done", ais_result_text(error));
		return ais_exit_of(error);
	}
	error = checkpoint_create(import, &open);
	line_end(import);
	if (error == SA_AIS_OK)
		import_created(import, open, &error);
	else
		ais_complain("%s; %s", error == SA_AIS_ERR_EXIST ?
		             "a checkpoint of that name exists: give another name, or have it unlinked first" : ais_refusal_text(error),
		             import->is_unanswered ? "an empty one of this import is perhaps there" : "nothing was done");
	saCkptFinalize(import->library);
	return error == SA_AIS_ERR_EXIST ? AIS_EXIT_EXIST : ais_exit_of_refusal(error);
}

static void print_import(const struct import *import)
{
	print_escaped(stdout, bytes_of(import->name.value, import->name.length));
	printf(": %" PRIu32 " section%s", import->written, plural(import->written));
	if (import->expired > 0)
		printf(", %" PRIu32 " more had expired", import->expired);
	if (import->retention_ns < INT64_MAX)
		printf("; goes after %.3f s unless it is opened", (double)import->retention_ns / 1e9);
	putchar('\n');
	if (!import->file->snapshot)
		ais_complain("it was exported while it was changed: the sections are of different moments");
}

static int import_interruptible(struct import *import)
{
	const sigset_t signals = ending_signals();
	int code = AIS_EXIT_FAILED;

	import->client = ais_connect("ckpt", &code);
	if (import->client == NULL)
		return code;
	sigprocmask(SIG_BLOCK, &signals, NULL);
	code = import_run(import);
	ipc_client_close(import->client);
	if (code == AIS_EXIT_OK) {
		print_import(import);
		fflush(stdout);
	}
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
	if (import->signal != 0)
		raise(import->signal);
	return code;
}

/* Nobody has an import open when it is at its end: one that is kept for no time would be gone with it. */
static bool is_kept(const struct import *import)
{
	if (import->retention_ns > 0)
		return true;
	ais_complain("it was exported with a retention duration of 0: it would go at once, since nobody has it open; nothing was done. With "
	             "--retention SECONDS, or --retention forever, it stays for a program to open it");
	return false;
}

static int file_import(const struct ais_options *options, const struct ckpt_file *file)
{
	const struct bytes name = options->argument_count > 1 ? bytes_of_text(options->arguments[1]) : file->name;
	struct import import = {
		.file = file, .name.length = (SaUint16T)name.size,
		.retention_ns = options->retention_ns > 0 ? options->retention_ns : file->retention_ns,
	};

	if (name.size == 0 || name.size > SA_MAX_NAME_LENGTH) {
		ais_complain("a name has 1 to %d bytes; nothing was done", SA_MAX_NAME_LENGTH);
		return AIS_EXIT_USAGE;
	}
	if (!is_kept(&import))
		return AIS_EXIT_USAGE;
	memcpy(import.name.value, name.data, name.size);
	return import_interruptible(&import);
}

int ais_ckpt_import(const struct ais_options *options)
{
	const char *path = options->arguments[0];
	struct wire_writer content = {0};
	struct ckpt_file file;
	const char *refusal = NULL;
	int code = AIS_EXIT_FAILED;

	if (file_read(path, &content) && (refusal = ckpt_file_decode(wire_writer_bytes(&content), &file)) == NULL)
		code = file_import(options, &file);
	else if (refusal != NULL)
		ais_complain("%s: %s; nothing was done", path, refusal);
	wire_writer_clear(&content);
	return code;
}
