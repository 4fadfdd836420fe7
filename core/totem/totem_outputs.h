/* What a step asks of the caller, in order, with the memory that it points into. The caller executes the entries from `next` on and
 * then resets; a step that comes meanwhile only appends. */
#ifndef AISLE_TOTEM_OUTPUTS_H
#define AISLE_TOTEM_OUTPUTS_H

#include "core/totem/totem.h"

/* Counted memory: a packet may lie in a window and in several outputs at once. */
struct totem_buffer {
	uint32_t references;
	size_t size;
	uint8_t data[];
};

struct totem_buffer *totem_buffer_new(size_t size); /* NULL: no memory */
struct totem_buffer *totem_buffer_copy(struct bytes bytes);
struct totem_buffer *totem_buffer_hold(struct totem_buffer *buffer);
void totem_buffer_release(struct totem_buffer *buffer); /* NULL does no harm */
struct bytes totem_buffer_bytes(const struct totem_buffer *buffer);

/* All zero is valid and empty. `failed`: memory ran out; the node must not go on. */
struct totem_outputs {
	struct totem_output *list;
	size_t count, capacity;
	size_t next; /* the first that is not yet executed: the caller's */
	bool failed;
};

enum totem_log_level { TOTEM_LOG_ERROR, TOTEM_LOG_WARNING, TOTEM_LOG_NOTICE, TOTEM_LOG_INFO, TOTEM_LOG_DEBUG, TOTEM_LOG_TRACE };

void totem_outputs_reset(struct totem_outputs *outputs); /* empties, keeps the list's memory */
void totem_outputs_clear(struct totem_outputs *outputs); /* frees */

/* Each holds the buffers that it is given. */
void totem_output_multicast(struct totem_outputs *outputs, struct totem_buffer *packet);
void totem_output_unicast(struct totem_outputs *outputs, uint32_t node, struct totem_buffer *packet);
void totem_output_direct(struct totem_outputs *outputs, uint32_t node, struct totem_buffer *packet);
void totem_output_timer_set(struct totem_outputs *outputs, uint32_t timer, int64_t at_ns);
void totem_output_timer_cancel(struct totem_outputs *outputs, uint32_t timer);
void totem_output_store(struct totem_outputs *outputs, uint64_t ring_seq);
void totem_output_deliver(struct totem_outputs *outputs, uint32_t sender, struct bytes message, struct totem_buffer *owner,
                          struct position position);
void totem_output_come(struct totem_outputs *outputs, uint32_t sender, struct bytes message, struct totem_buffer *owner); /* beside the order */
void totem_output_view(struct totem_outputs *outputs, const struct group_view *view); /* copies the lists */
void totem_output_stable(struct totem_outputs *outputs, struct position position);
void totem_output_fresh(struct totem_outputs *outputs, int64_t until_ns);
void totem_output_writable(struct totem_outputs *outputs);
void totem_output_left(struct totem_outputs *outputs);
void totem_output_log(struct totem_outputs *outputs, enum totem_log_level level, const char *log_id, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
