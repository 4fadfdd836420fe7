/* Intrusive doubly linked list. The head is a struct list of its own; an entry embeds one. */
#ifndef AISLE_BASE_LIST_H
#define AISLE_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next, *previous;
};

/* The struct that embeds `member` at `pointer`. One of the few macros: C has no other way to say it. */
#define container_of(pointer, type, member) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

static inline void list_init(struct list *head)
{
	head->next = head->previous = head;
}

static inline bool list_is_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_insert_before(struct list *where, struct list *entry)
{
	entry->next = where;
	entry->previous = where->previous;
	where->previous->next = entry;
	where->previous = entry;
}

static inline void list_append(struct list *head, struct list *entry)
{
	list_insert_before(head, entry);
}

static inline void list_prepend(struct list *head, struct list *entry)
{
	list_insert_before(head->next, entry);
}

/* All entries, in their order, behind those of `to`. */
static inline void list_move(struct list *from, struct list *to)
{
	if (list_is_empty(from))
		return;
	from->next->previous = to->previous;
	to->previous->next = from->next;
	from->previous->next = to;
	to->previous = from->previous;
	list_init(from);
}

/* The entry is then a list of its own: removing it twice does no harm. */
static inline void list_remove(struct list *entry)
{
	entry->next->previous = entry->previous;
	entry->previous->next = entry->next;
	list_init(entry);
}

#endif
