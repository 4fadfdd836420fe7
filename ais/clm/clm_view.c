/* Views and what changed between them; see clm_view.h. */
#include "ais/clm/clm_view.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

/* IPv6 in eight full groups, as the standard shows it; what does not parse goes on as it is. Returns the size. */
static size_t address_copy(uint8_t *to, struct bytes text, uint8_t family)
{
	char source[SA_CLM_MAX_ADDRESS_LENGTH + 1] = {0};
	uint8_t group[16];
	const size_t size = text.size < SA_CLM_MAX_ADDRESS_LENGTH ? text.size : SA_CLM_MAX_ADDRESS_LENGTH;

	if (size > 0)
		memcpy(source, text.data, size);
	source[strcspn(source, "%")] = '\0'; /* the scope of a link-local address means nothing to other nodes */
	if (family == 6 && inet_pton(AF_INET6, source, group) == 1)
		snprintf(source, sizeof source, "%x:%x:%x:%x:%x:%x:%x:%x", group[0] << 8 | group[1], group[2] << 8 | group[3],
		         group[4] << 8 | group[5], group[6] << 8 | group[7], group[8] << 8 | group[9], group[10] << 8 | group[11],
		         group[12] << 8 | group[13], group[14] << 8 | group[15]);
	memcpy(to, source, SA_CLM_MAX_ADDRESS_LENGTH);
	return strlen(source);
}

static void member_copy(struct clm_member *to, const struct service_member *from)
{
	const size_t name_size = from->name.size < SA_MAX_NAME_LENGTH ? from->name.size : SA_MAX_NAME_LENGTH;
	const size_t address_size = address_copy(to->address, from->address, from->address_family);

	if (name_size > 0)
		memcpy(to->name, from->name.data, name_size);
	to->incarnation = from->incarnation;
	to->joined = from->joined;
	to->node = (struct clm_node){
		.id = from->node,
		.address_family = from->address_family == 6 ? 6 : 4,
		.member = true,
		.boot_ns = from->boot_ns,
		.initial_view = from->joined.seq,
		.address = bytes_of(to->address, address_size),
		.name = bytes_of(to->name, name_size),
	};
}

struct clm_view *clm_view_new(const struct service_view *from)
{
	struct clm_view *view = calloc(1, sizeof *view + from->member_count * sizeof view->members[0]);

	if (view == NULL)
		return NULL;
	view->number = from->ring.seq;
	view->node = from->node;
	view->member_count = from->member_count;
	for (size_t i = 0; i < from->member_count; i++)
		member_copy(&view->members[i], &from->members[i]);
	return view;
}

void clm_view_free(struct clm_view *view)
{
	free(view);
}

const struct clm_member *clm_view_find(const struct clm_view *view, uint32_t id)
{
	size_t low = 0, high = view->member_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		if (view->members[middle].node.id == id)
			return &view->members[middle];
		if (view->members[middle].node.id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* A node that left and came back is another member: it restarted (incarnation), or was counted anew (joined). CLM-041, CASE-109. */
static uint8_t member_change(const struct clm_member *before, const struct clm_member *now)
{
	if (before == NULL || before->incarnation != now->incarnation || !ring_id_equal(before->joined, now->joined))
		return SA_CLM_NODE_JOINED;
	if (!bytes_equal(before->node.name, now->node.name) || !bytes_equal(before->node.address, now->node.address))
		return SA_CLM_NODE_RECONFIGURED;
	return SA_CLM_NODE_NO_CHANGE;
}

static void list_append_entry(struct clm_list *list, const struct clm_member *member, uint8_t change)
{
	struct clm_entry *entry = &list->entries[list->count++];

	*entry = (struct clm_entry){.node = member->node, .change = change};
	if (change == SA_CLM_NODE_LEFT)
		entry->node.member = false;
}

static void list_current(struct clm_list *list, const struct clm_view *now)
{
	for (size_t i = 0; i < now->member_count; i++)
		list_append_entry(list, &now->members[i], SA_CLM_NODE_NO_CHANGE);
}

/* Both views ascend by id: one walk through the two. */
static void list_changes(struct clm_list *list, const struct clm_view *before, const struct clm_view *now, bool only)
{
	const size_t before_count = before == NULL ? 0 : before->member_count;
	size_t old = 0;

	for (size_t i = 0; i < now->member_count; i++) {
		const struct clm_member *member = &now->members[i];
		for (; old < before_count && before->members[old].node.id < member->node.id; old++)
			list_append_entry(list, &before->members[old], SA_CLM_NODE_LEFT);
		const bool known = old < before_count && before->members[old].node.id == member->node.id;
		const uint8_t change = member_change(known ? &before->members[old] : NULL, member);
		if (known)
			old++;
		if (!only || change != SA_CLM_NODE_NO_CHANGE)
			list_append_entry(list, member, change);
	}
	for (; old < before_count; old++)
		list_append_entry(list, &before->members[old], SA_CLM_NODE_LEFT);
}

bool clm_view_list(const struct clm_view *before, const struct clm_view *now, uint8_t mode, struct clm_list *list)
{
	const size_t capacity = now->member_count + (before == NULL ? 0 : before->member_count);

	*list = (struct clm_list){.entries = calloc(capacity == 0 ? 1 : capacity, sizeof list->entries[0])};
	if (list->entries == NULL)
		return false;
	if (mode == SA_TRACK_CURRENT)
		list_current(list, now);
	else
		list_changes(list, before, now, mode == SA_TRACK_CHANGES_ONLY);
	return true;
}

void clm_list_clear(struct clm_list *list)
{
	free(list->entries);
	*list = (struct clm_list){0};
}
