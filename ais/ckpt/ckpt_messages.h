/* Every message of CKPT once: struct, encode, decode. A client's request names the number of an open and waits in the daemon; an operation
 * travels on the ring and names what all nodes know: who waits, and the checkpoint's identity. The last part is for the operator's tool.
 * Views (struct bytes) point into the message that was decoded. A list is kept as the run of its encoded entries, checked by the decoder
 * and read one by one with its _next function, so that no decoder allocates. */
#ifndef AISLE_CKPT_MESSAGES_H
#define AISLE_CKPT_MESSAGES_H

#include "core/base/identity.h"
#include "saAis.h"

/* Three formats, since who speaks them is renewed apart. What grows takes the next number of its own. */
enum {
	CKPT_FORMAT = 1,          /* client and daemon: a program may have an older library loaded, so older numbers are understood */
	CKPT_RING_FORMAT = 3,     /* nodes: operations, directory, ranges, objects. Nodes of two numbers share no ring (engine, R5); 1 had no
	                           * replicas of its own to a checkpoint, and no holder to a READ; 2 had no CKPT_OPEN_NEW */
	CKPT_OPERATOR_FORMAT = 2, /* the operator's tool and its daemon, which are of one release; 1 had no `held` in an entry of LIST */
	CKPT_NAME_SIZE_MAX = SA_MAX_NAME_LENGTH,
	CKPT_SECTION_ID_SIZE_MAX = UINT16_MAX,
	CKPT_SECTION_LIMIT = 64 << 20,   /* of any section, as the cluster starts with: it must go to a joiner in one piece */
	CKPT_SECTION_SIZE_MAX = 1 << 30, /* of one message; what a section may hold is its checkpoint's matter */
	CKPT_VECTOR_MAX = 1 << 20,       /* elements of a read or write vector */
	CKPT_EXPIRIES_MAX = 64,          /* of one operation */
	CKPT_DESCRIPTORS_MAX = 64,       /* of one answer to ITERATE */
	CKPT_CLIENT_OPENS_MAX = 4096,
	CKPT_REPLICAS_SIZE_MAX = 1024 * 5, /* of one entry of LIST */
	CKPT_OPEN_NEW = 1 << 30, /* beside SaCkptCheckpointOpenFlagsT, from the operator's tool: EXIST if the name is in use, whatever its attributes */
};

/* Indexes the service's table. */
enum ckpt_request {
	CKPT_REQUEST_OPEN,
	CKPT_REQUEST_OPEN_ASYNC,
	CKPT_REQUEST_CLOSE,
	CKPT_REQUEST_UNLINK,
	CKPT_REQUEST_RETENTION_SET,
	CKPT_REQUEST_ACTIVE_SET,
	CKPT_REQUEST_STATUS,
	CKPT_REQUEST_SECTION_CREATE,
	CKPT_REQUEST_SECTION_DELETE,
	CKPT_REQUEST_EXPIRATION_SET,
	CKPT_REQUEST_ITERATE,
	CKPT_REQUEST_WRITE,
	CKPT_REQUEST_OVERWRITE,
	CKPT_REQUEST_READ,
	CKPT_REQUEST_SYNCHRONIZE,
	CKPT_REQUEST_SYNCHRONIZE_ASYNC,
	CKPT_REQUEST_LIST, /* the operator's tool */
	CKPT_REQUEST_DUMP,
	CKPT_REQUEST_WATCH,
	CKPT_REQUEST_MAP,
	CKPT_REQUEST_FETCH, /* the operator's tool again */
	CKPT_REQUEST_FILLED, /* OK once this node's replica is on its way no more; of struct ckpt_open_number `open` alone */
	CKPT_REQUEST_COUNT
};

enum ckpt_operation {
	CKPT_OPERATION_OPEN = 1,
	CKPT_OPERATION_CLOSE,
	CKPT_OPERATION_UNLINK,
	CKPT_OPERATION_RETENTION_SET,
	CKPT_OPERATION_ACTIVE_SET,
	CKPT_OPERATION_SECTION_CREATE,
	CKPT_OPERATION_SECTION_DELETE,
	CKPT_OPERATION_EXPIRATION_SET,
	CKPT_OPERATION_WRITE,
	CKPT_OPERATION_OVERWRITE,
	CKPT_OPERATION_SYNCHRONIZE,
	CKPT_OPERATION_EXPIRE,
	CKPT_OPERATION_RETENTION_START,
	CKPT_OPERATION_RETENTION_END,
	CKPT_OPERATION_CLIENT_GONE,
	CKPT_OPERATION_RECLAIM,
	CKPT_OPERATION_READ,
	CKPT_OPERATION_READ_ANSWER,
	CKPT_OPERATION_END
};

enum ckpt_event {
	CKPT_EVENT_OPENED,
	CKPT_EVENT_SYNCHRONIZED,
	CKPT_EVENT_CHANGED, /* empty: what WATCH asked for */
};

/* SaCkptCheckpointCreationAttributesT without its padding. */
struct ckpt_attributes {
	uint32_t creation_flags;
	uint64_t checkpoint_size;
	int64_t retention_ns; /* a duration; SA_TIME_MAX: for ever */
	uint32_t section_count_max;
	uint64_t section_size_max;
	uint64_t section_id_size_max;
};

/* --- Client requests. `open` is the number that the answer to OPEN, or the event OPENED, gave. --- */

/* OPEN, OPEN_ASYNC. Answer to OPEN: ckpt_open_answer. OPEN_ASYNC is answered empty, the event OPENED follows. */
struct ckpt_open_request {
	uint64_t invocation; /* OPEN_ASYNC */
	struct bytes name;
	uint32_t flags; /* SaCkptCheckpointOpenFlagsT, CKPT_OPEN_NEW */
	bool creates;   /* attributes are given */
	struct ckpt_attributes attributes;
};

struct ckpt_open_answer {
	uint64_t open;
	uint64_t section_size_max;
};

struct ckpt_opened_event {
	uint64_t invocation;
	uint32_t error; /* SaAisErrorT; what follows is for SA_AIS_OK */
	uint32_t flags;
	struct ckpt_open_answer answer;
};

/* CLOSE, ACTIVE_SET, STATUS, MAP, SYNCHRONIZE, SYNCHRONIZE_ASYNC: all that these need is the open (and the invocation). */
struct ckpt_open_number {
	uint64_t open;
	uint64_t invocation; /* SYNCHRONIZE_ASYNC: the event SYNCHRONIZED follows */
	uint64_t cookie;     /* SYNCHRONIZE_ASYNC: the library's, echoed; tells it whether the checkpoint was closed meanwhile */
};

struct ckpt_synchronized_event {
	uint64_t cookie;
	uint64_t invocation;
	uint32_t error;
};

struct ckpt_unlink_request {
	struct bytes name;
};

struct ckpt_retention_set_request {
	uint64_t open;
	int64_t retention_ns;
};

/* Answer to STATUS. */
struct ckpt_status_answer {
	struct ckpt_attributes attributes; /* the retention duration as last set */
	uint32_t section_count;
	uint64_t memory_used; /* sum of the section sizes */
};

/* Answer to MAP, to an open with READ: two descriptors come before it, of the checkpoint's memory (ckpt_image.h) and of the lease on it. */
struct ckpt_map_answer {
	uint64_t generation;
	uint64_t size;
};

/* The answer's body is the section's id. */
struct ckpt_section_create_request {
	uint64_t open;
	int64_t expiry_ns;    /* absolute; SA_TIME_END: never */
	struct bytes id;      /* empty: generate one */
	struct bytes initial; /* may be empty */
};

struct ckpt_section_delete_request {
	uint64_t open;
	struct bytes id;
};

struct ckpt_expiration_set_request {
	uint64_t open;
	int64_t expiry_ns;
	struct bytes id;
};

/* ITERATE: the next descriptors in key order behind `after`. No state is kept between two of them: what exists throughout is met exactly
 * once because keys are ordered. */
struct ckpt_iterate_request {
	uint64_t open;
	uint32_t chosen;   /* SaCkptSectionsChosenT */
	int64_t expiry_ns; /* LEQ, GEQ */
	bool started;      /* false: from the first section on, `after` is not looked at */
	struct bytes after;
	uint32_t count_max; /* 0: only says whether iteration is possible */
};

/* Head of the answer, `count` descriptors in `descriptors`. More follows behind `resume` unless `end`. */
struct ckpt_iterate_answer {
	bool end;
	struct bytes resume;
	uint32_t count;
	struct bytes descriptors;
};

struct ckpt_descriptor {
	struct bytes id;
	int64_t expiry_ns;
	uint64_t size;
	int64_t last_update_ns;
};

/* One element of a write vector. */
struct ckpt_element {
	struct bytes id;
	uint64_t offset;
	struct bytes data;
};

/* On an error that one element causes the answer's body is its index (ckpt_index_decode), else it is empty. */
struct ckpt_write_request {
	uint64_t open;
	uint32_t count;
	struct bytes elements;
};

struct ckpt_overwrite_request {
	uint64_t open;
	struct bytes id;
	struct bytes data;
};

struct ckpt_read_element {
	struct bytes id;
	uint64_t offset;
	uint64_t size; /* at most so many bytes */
	bool whole;    /* `size` is not looked at: up to the section's end */
};

/* Answer: per element the bytes read, one wire_get_bytes() each; on an error the element's index, as for WRITE. */
struct ckpt_read_request {
	uint64_t open;
	uint32_t count;
	struct bytes elements;
};

/* --- Operations, node to all. --- */

/* Opens a checkpoint, creates it where asked. The open's number is the requester's call. */
struct ckpt_open {
	struct requester requester;
	bool async; /* the answer is the event OPENED */
	uint64_t invocation;
	struct bytes name;
	uint32_t flags;
	bool creates;
	struct ckpt_attributes attributes;
	uint32_t replicas; /* on how many nodes a new one lies that is not collocated; 0: on all */
};

/* Closes one open of a client; also what a timed-out open is withdrawn with. Nobody waits. */
struct ckpt_close {
	struct requester client; /* call 0 */
	uint64_t open;
};

struct ckpt_unlink {
	struct requester requester;
	struct bytes name;
};

struct ckpt_retention_set {
	struct requester requester;
	struct identity checkpoint;
	int64_t retention_ns;
};

/* The requester's node holds the active replica from now on. */
struct ckpt_active_set {
	struct requester requester;
	struct identity checkpoint;
};

/* Adds a section to every replica of a checkpoint. */
struct ckpt_section_create {
	struct requester requester; /* who waits for the answer: node, its incarnation, client */
	struct identity checkpoint; /* position of its creating operation: ring id, seq, index */
	int64_t expiry_ns;          /* absolute; SA_TIME_END: never */
	struct bytes id;            /* empty: generate one */
	struct bytes initial;       /* may be empty */
};

struct ckpt_section_delete {
	struct requester requester;
	struct identity checkpoint;
	struct bytes id;
};

struct ckpt_expiration_set {
	struct requester requester;
	struct identity checkpoint;
	int64_t expiry_ns;
	struct bytes id;
};

/* All elements or none. */
struct ckpt_write {
	struct requester requester;
	struct identity checkpoint;
	uint32_t count;
	struct bytes elements;
};

struct ckpt_overwrite {
	struct requester requester;
	struct identity checkpoint;
	struct bytes id;
	struct bytes data;
};

/* Its place in the order, and the answer once that is stable, are all that synchronizing needs: every update that was answered before is
 * ordered before it. */
struct ckpt_synchronize {
	struct requester requester;
	struct identity checkpoint;
	bool async; /* the answer is the event SYNCHRONIZED */
	uint64_t cookie;
	uint64_t invocation;
};

/* From the time keeper: sections whose time has come. An entry is void if its section's expiry is not the one seen. */
struct ckpt_expire {
	uint32_t count;
	struct bytes expiries;
};

struct ckpt_expiry {
	struct identity checkpoint;
	int64_t expiry_ns; /* as seen */
	struct bytes id;
};

/* From the time keeper: the retention of a checkpoint that nobody has open starts (RETENTION_START, due_ns: when it ends), or is over
 * (RETENTION_END, due_ns: as seen). Void if it was opened and closed since: `closed` is not its last close then. */
struct ckpt_retention {
	struct identity checkpoint;
	struct position closed;
	int64_t due_ns;
};

/* A read takes its place in the order: behind all that an active replica's node has answered. With a holder, that node is to answer it with
 * what it has at this place, since the requester's replica lacks content. Changes nothing. */
struct ckpt_read {
	struct requester requester;
	uint32_t holder; /* 0: the requester's node reads its own replica; what follows is empty then */
	struct identity checkpoint;
	uint32_t count;
	struct bytes elements;
};

/* From the holder; body as of the answer to READ. */
struct ckpt_read_answer {
	struct requester requester;
	uint32_t code;
	struct bytes body;
};

struct ckpt_client_gone {
	struct requester client;
};

/* From a node that took over another state: what its client holds open. Other opens of the client are closed. */
struct ckpt_reclaim {
	struct requester client;
	uint32_t count;
	struct bytes claims;
};

struct ckpt_claim {
	uint64_t open;
	struct identity checkpoint;
	uint32_t flags;
};

/* --- The operator's tool: LIST, DUMP and WATCH read this daemon's memory as it is, at once, whatever the gate. --- */

/* The checkpoints behind `after` in order of their identities. */
struct ckpt_list_request {
	bool started; /* false: from the first on */
	struct identity after;
};

/* Head of the answer; `count` entries in `entries`. Unless `end`, ask again behind the last one. */
struct ckpt_list_answer {
	bool end;
	uint32_t count;
	struct bytes entries;
};

struct ckpt_list_entry {
	struct identity checkpoint;
	struct bytes name;
	bool unlinked;
	bool complete; /* this daemon's replica lacks nothing */
	bool held;     /* this daemon has a replica, or is being filled */
	uint32_t replicas_wanted; /* said at its creation; 0: on all nodes, or, collocated, where it is open */
	struct ckpt_attributes attributes; /* as at creation */
	int64_t retention_ns;              /* as last set */
	int64_t retention_due_ns;          /* nobody has it open: when it goes; INT64_MAX: never, or not dated yet */
	uint32_t open_count;               /* cluster-wide */
	uint32_t active_node;              /* 0: none set */
	uint32_t section_count;
	uint64_t memory_used; /* sum of the section sizes */
	uint64_t memory_held; /* what this daemon's replica takes, administration included */
	struct bytes replicas; /* a run of struct ckpt_replica: who holds it or is being filled */
};

struct ckpt_replica {
	uint32_t node;
	bool complete; /* it is known to lack nothing; else its content is on its way */
};

/* The sections of one checkpoint behind `after` in key order. */
struct ckpt_dump_request {
	bool by_identity; /* false: the linked checkpoint of that name */
	struct bytes name;
	struct identity checkpoint;
	bool started; /* false: from the first section on */
	struct bytes after;
	uint32_t size_max; /* about so many bytes an answer, one section at least */
};

/* Head of the answer (NOT_EXIST: no such checkpoint); `count` sections in `sections`. Unless `end`, ask again behind the last one,
 * by identity. Pages with one `changed` are one snapshot. */
struct ckpt_dump_answer {
	struct identity checkpoint;
	struct bytes name;
	bool complete; /* this daemon's replica of the checkpoint lacks nothing */
	struct position changed;
	bool end;
	uint32_t count;
	struct bytes sections;
};

struct ckpt_dump_section {
	struct bytes id;
	int64_t expiry_ns;
	int64_t last_update_ns;
	uint64_t size;
	bool present; /* false: this replica has not received the content yet, `content` is empty */
	struct bytes content;
};

/* The content of one section that DUMP had not: read where it is, as READ is, but without an open, which would move what a collocated checkpoint
 * has where, and its retention. Answer: as of READ. */
struct ckpt_fetch_request {
	struct identity checkpoint;
	struct bytes id;
};

/* Asks for one event CHANGED as soon as the checkpoint is not as `seen` (ckpt_dump_answer.changed), or gone; a client has one watch, its
 * last. Answer: code alone; the event may be there at once. */
struct ckpt_watch_request {
	struct identity checkpoint;
	struct position seen;
};

void ckpt_attributes_encode(struct wire_writer *out, const struct ckpt_attributes *attributes);
struct ckpt_attributes ckpt_attributes_decode(struct wire_reader *in);
bool ckpt_attributes_are_valid(const struct ckpt_attributes *attributes);
bool ckpt_attributes_equal(const struct ckpt_attributes *a, const struct ckpt_attributes *b);

void ckpt_open_request_encode(struct wire_writer *out, const struct ckpt_open_request *request);
bool ckpt_open_request_decode(struct wire_reader *in, struct ckpt_open_request *request);
void ckpt_open_answer_encode(struct wire_writer *out, const struct ckpt_open_answer *answer);
bool ckpt_open_answer_decode(struct wire_reader *in, struct ckpt_open_answer *answer);
void ckpt_opened_event_encode(struct wire_writer *out, const struct ckpt_opened_event *event);
bool ckpt_opened_event_decode(struct wire_reader *in, struct ckpt_opened_event *event);
void ckpt_open_number_encode(struct wire_writer *out, const struct ckpt_open_number *number);
bool ckpt_open_number_decode(struct wire_reader *in, struct ckpt_open_number *number);
void ckpt_synchronized_event_encode(struct wire_writer *out, const struct ckpt_synchronized_event *event);
bool ckpt_synchronized_event_decode(struct wire_reader *in, struct ckpt_synchronized_event *event);
void ckpt_unlink_request_encode(struct wire_writer *out, const struct ckpt_unlink_request *request);
bool ckpt_unlink_request_decode(struct wire_reader *in, struct ckpt_unlink_request *request);
void ckpt_retention_set_request_encode(struct wire_writer *out, const struct ckpt_retention_set_request *request);
bool ckpt_retention_set_request_decode(struct wire_reader *in, struct ckpt_retention_set_request *request);
void ckpt_status_answer_encode(struct wire_writer *out, const struct ckpt_status_answer *answer);
bool ckpt_status_answer_decode(struct wire_reader *in, struct ckpt_status_answer *answer);
void ckpt_map_answer_encode(struct wire_writer *out, const struct ckpt_map_answer *answer);
bool ckpt_map_answer_decode(struct wire_reader *in, struct ckpt_map_answer *answer);
void ckpt_section_create_request_encode(struct wire_writer *out, const struct ckpt_section_create_request *request);
bool ckpt_section_create_request_decode(struct wire_reader *in, struct ckpt_section_create_request *request);
void ckpt_section_delete_request_encode(struct wire_writer *out, const struct ckpt_section_delete_request *request);
bool ckpt_section_delete_request_decode(struct wire_reader *in, struct ckpt_section_delete_request *request);
void ckpt_expiration_set_request_encode(struct wire_writer *out, const struct ckpt_expiration_set_request *request);
bool ckpt_expiration_set_request_decode(struct wire_reader *in, struct ckpt_expiration_set_request *request);
void ckpt_iterate_request_encode(struct wire_writer *out, const struct ckpt_iterate_request *request);
bool ckpt_iterate_request_decode(struct wire_reader *in, struct ckpt_iterate_request *request);
void ckpt_iterate_answer_encode(struct wire_writer *out, const struct ckpt_iterate_answer *answer);
bool ckpt_iterate_answer_decode(struct wire_reader *in, struct ckpt_iterate_answer *answer);
void ckpt_descriptor_encode(struct wire_writer *out, const struct ckpt_descriptor *descriptor);
bool ckpt_descriptor_next(struct wire_reader *in, struct ckpt_descriptor *descriptor);
void ckpt_element_encode(struct wire_writer *out, const struct ckpt_element *element);
bool ckpt_element_next(struct wire_reader *in, struct ckpt_element *element); /* false: no further one */
void ckpt_write_request_encode(struct wire_writer *out, const struct ckpt_write_request *request);
bool ckpt_write_request_decode(struct wire_reader *in, struct ckpt_write_request *request);
void ckpt_overwrite_request_encode(struct wire_writer *out, const struct ckpt_overwrite_request *request);
bool ckpt_overwrite_request_decode(struct wire_reader *in, struct ckpt_overwrite_request *request);
void ckpt_read_element_encode(struct wire_writer *out, const struct ckpt_read_element *element);
bool ckpt_read_element_next(struct wire_reader *in, struct ckpt_read_element *element);
void ckpt_read_request_encode(struct wire_writer *out, const struct ckpt_read_request *request);
bool ckpt_read_request_decode(struct wire_reader *in, struct ckpt_read_request *request);
void ckpt_index_encode(struct wire_writer *out, uint32_t index);
bool ckpt_index_decode(struct wire_reader *in, uint32_t *index);

void ckpt_open_encode(struct wire_writer *out, const struct ckpt_open *open);
bool ckpt_open_decode(struct wire_reader *in, struct ckpt_open *open);
void ckpt_close_encode(struct wire_writer *out, const struct ckpt_close *close);
bool ckpt_close_decode(struct wire_reader *in, struct ckpt_close *close);
void ckpt_unlink_encode(struct wire_writer *out, const struct ckpt_unlink *unlink);
bool ckpt_unlink_decode(struct wire_reader *in, struct ckpt_unlink *unlink);
void ckpt_retention_set_encode(struct wire_writer *out, const struct ckpt_retention_set *set);
bool ckpt_retention_set_decode(struct wire_reader *in, struct ckpt_retention_set *set);
void ckpt_active_set_encode(struct wire_writer *out, const struct ckpt_active_set *set);
bool ckpt_active_set_decode(struct wire_reader *in, struct ckpt_active_set *set);
void ckpt_section_create_encode(struct wire_writer *out, const struct ckpt_section_create *create);
bool ckpt_section_create_decode(struct wire_reader *in, struct ckpt_section_create *create);
void ckpt_section_delete_encode(struct wire_writer *out, const struct ckpt_section_delete *delete);
bool ckpt_section_delete_decode(struct wire_reader *in, struct ckpt_section_delete *delete);
void ckpt_expiration_set_encode(struct wire_writer *out, const struct ckpt_expiration_set *set);
bool ckpt_expiration_set_decode(struct wire_reader *in, struct ckpt_expiration_set *set);
void ckpt_write_encode(struct wire_writer *out, const struct ckpt_write *write);
bool ckpt_write_decode(struct wire_reader *in, struct ckpt_write *write);
void ckpt_overwrite_encode(struct wire_writer *out, const struct ckpt_overwrite *overwrite);
bool ckpt_overwrite_decode(struct wire_reader *in, struct ckpt_overwrite *overwrite);
void ckpt_synchronize_encode(struct wire_writer *out, const struct ckpt_synchronize *synchronize);
bool ckpt_synchronize_decode(struct wire_reader *in, struct ckpt_synchronize *synchronize);
void ckpt_expiry_encode(struct wire_writer *out, const struct ckpt_expiry *expiry);
bool ckpt_expiry_next(struct wire_reader *in, struct ckpt_expiry *expiry);
void ckpt_expire_encode(struct wire_writer *out, const struct ckpt_expire *expire);
bool ckpt_expire_decode(struct wire_reader *in, struct ckpt_expire *expire);
void ckpt_retention_encode(struct wire_writer *out, const struct ckpt_retention *retention);
bool ckpt_retention_decode(struct wire_reader *in, struct ckpt_retention *retention);
void ckpt_read_encode(struct wire_writer *out, const struct ckpt_read *read);
bool ckpt_read_decode(struct wire_reader *in, struct ckpt_read *read);
void ckpt_read_answer_encode(struct wire_writer *out, const struct ckpt_read_answer *answer);
bool ckpt_read_answer_decode(struct wire_reader *in, struct ckpt_read_answer *answer);
void ckpt_client_gone_encode(struct wire_writer *out, const struct ckpt_client_gone *gone);
bool ckpt_client_gone_decode(struct wire_reader *in, struct ckpt_client_gone *gone);
void ckpt_claim_encode(struct wire_writer *out, const struct ckpt_claim *claim);
bool ckpt_claim_next(struct wire_reader *in, struct ckpt_claim *claim);
void ckpt_reclaim_encode(struct wire_writer *out, const struct ckpt_reclaim *reclaim);
bool ckpt_reclaim_decode(struct wire_reader *in, struct ckpt_reclaim *reclaim);

void ckpt_list_request_encode(struct wire_writer *out, const struct ckpt_list_request *request);
bool ckpt_list_request_decode(struct wire_reader *in, struct ckpt_list_request *request);
void ckpt_list_answer_encode(struct wire_writer *out, const struct ckpt_list_answer *answer);
bool ckpt_list_answer_decode(struct wire_reader *in, struct ckpt_list_answer *answer);
void ckpt_replica_encode(struct wire_writer *out, const struct ckpt_replica *replica);
bool ckpt_replica_next(struct wire_reader *in, struct ckpt_replica *replica);
void ckpt_list_entry_encode(struct wire_writer *out, const struct ckpt_list_entry *entry);
bool ckpt_list_entry_next(struct wire_reader *in, struct ckpt_list_entry *entry);
void ckpt_dump_request_encode(struct wire_writer *out, const struct ckpt_dump_request *request);
bool ckpt_dump_request_decode(struct wire_reader *in, struct ckpt_dump_request *request);
void ckpt_fetch_request_encode(struct wire_writer *out, const struct ckpt_fetch_request *request);
bool ckpt_fetch_request_decode(struct wire_reader *in, struct ckpt_fetch_request *request);
void ckpt_watch_request_encode(struct wire_writer *out, const struct ckpt_watch_request *request);
bool ckpt_watch_request_decode(struct wire_reader *in, struct ckpt_watch_request *request);
void ckpt_dump_answer_encode(struct wire_writer *out, const struct ckpt_dump_answer *answer);
bool ckpt_dump_answer_decode(struct wire_reader *in, struct ckpt_dump_answer *answer);
void ckpt_dump_section_encode(struct wire_writer *out, const struct ckpt_dump_section *section);
bool ckpt_dump_section_next(struct wire_reader *in, struct ckpt_dump_section *section);

#endif
