/* See shares.h. A share is one user's part in one arena; it is in two lists. */
#include "core/daemon/shares.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/daemon/arenas.h"

enum { COUNT_MAX_DEFAULT = 1024, LOOKS_MAX = 32 };

struct share_user {
	struct list entry; /* of shares.users */
	uid_t uid;
	uint32_t count;
	struct list held;
};

struct share {
	struct list of_user; /* the one that was not asked about for the longest time comes first */
	struct list of_arena;
	struct share_user *user;
	struct arena *arena;
};

void shares_init(struct shares *shares, const struct shares_limits *limits)
{
	shares->limits = *limits;
	if (shares->limits.count_max == 0)
		shares->limits.count_max = COUNT_MAX_DEFAULT;
	if (shares->limits.size_max == 0)
		shares->limits.size_max = (uint64_t)sysconf(_SC_PHYS_PAGES) / 4 * (uint64_t)sysconf(_SC_PAGESIZE);
	list_init(&shares->users);
	list_init(&shares->ended);
}

static struct share_user *user_find(const struct shares *shares, uid_t uid)
{
	for (struct list *at = shares->users.next; at != &shares->users; at = at->next) {
		struct share_user *user = container_of(at, struct share_user, entry);

		if (user->uid == uid)
			return user;
	}
	return NULL;
}

static void user_free_if_empty(struct share_user *user)
{
	if (user->count > 0)
		return;
	list_remove(&user->entry);
	free(user);
}

/* Of all who came and let go of everything nothing stays. */
static struct share_user *user_get(struct shares *shares, uid_t uid)
{
	for (struct list *at = shares->users.next, *next = at->next; at != &shares->users; at = next, next = at->next)
		user_free_if_empty(container_of(at, struct share_user, entry));
	struct share_user *user = user_find(shares, uid);
	if (user != NULL || (user = malloc(sizeof(*user))) == NULL)
		return user;
	*user = (struct share_user){.uid = uid};
	list_init(&user->held);
	list_append(&shares->users, &user->entry);
	return user;
}

/* Nobody has the arena: no user's account has it either. The users stay. */
static void arena_forget(struct arena *arena)
{
	struct list *shares = arena_shares(arena);

	while (!list_is_empty(shares)) {
		struct share *share = container_of(shares->next, struct share, of_arena);

		list_remove(&share->of_arena);
		list_remove(&share->of_user);
		share->user->count--;
		free(share);
	}
}

static void ended_free(struct arena *arena)
{
	arena_forget(arena);
	list_remove(arena_ended(arena));
	arena_free(arena);
}

static bool has_share(const struct share_user *user, struct arena *arena)
{
	for (const struct list *at = arena_shares(arena)->next; at != arena_shares(arena); at = at->next)
		if (container_of(at, const struct share, of_arena)->user == user)
			return true;
	return false;
}

/* For what it has not yet. */
static bool has_room(const struct shares *shares, const struct share_user *user, struct arena *const *arenas, size_t arena_count)
{
	uint64_t size = 0;
	uint32_t count = 0;

	for (size_t i = 0; i < arena_count; i++) {
		if (has_share(user, arenas[i]))
			continue;
		size += arenas[i]->size;
		count++;
	}
	if (count == 0)
		return true;
	for (const struct list *at = user->held.next; at != &user->held; at = at->next)
		size += container_of(at, const struct share, of_user)->arena->size;
	return user->count + count <= shares->limits.count_max && size <= shares->limits.size_max;
}

/* Asks about those that were not asked about for the longest time. */
static void user_look(struct share_user *user)
{
	for (uint32_t looks = user->count < LOOKS_MAX ? user->count : LOOKS_MAX; looks > 0 && user->count > 0; looks--) {
		struct share *share = container_of(user->held.next, struct share, of_user);
		struct arena *arena = share->arena;

		if (arena_is_shown(arena)) {
			list_remove(&share->of_user);
			list_append(&user->held, &share->of_user);
		} else if (arena_has_ended(arena)) {
			ended_free(arena);
		} else {
			arena_forget(arena);
		}
	}
}

static bool share_add(struct share_user *user, struct arena *arena)
{
	if (has_share(user, arena))
		return true;
	struct share *share = malloc(sizeof(*share));
	if (share == NULL)
		return false;
	*share = (struct share){.user = user, .arena = arena};
	list_append(&user->held, &share->of_user);
	list_append(arena_shares(arena), &share->of_arena);
	user->count++;
	return true;
}

bool shares_note(struct shares *shares, uid_t uid, struct arena *const *arenas, size_t count)
{
	struct share_user *user = user_get(shares, uid);

	if (user == NULL)
		return false;
	bool done = has_room(shares, user, arenas, count);
	if (!done) {
		user_look(user);
		done = has_room(shares, user, arenas, count);
	}
	for (size_t i = 0; i < count && done; i++)
		done = share_add(user, arenas[i]);
	return done;
}

void shares_end(struct shares *shares, struct arena *arena)
{
	if (list_is_empty(arena_shares(arena))) {
		arena_free(arena);
		return;
	}
	arena_end(arena);
	list_append(&shares->ended, arena_ended(arena));
	if (!arena_is_shown(arena))
		ended_free(arena);
}

bool shares_sweep(struct shares *shares)
{
	for (int looks = LOOKS_MAX; looks > 0 && !list_is_empty(&shares->ended); looks--) {
		struct arena *arena = arena_of_ended(shares->ended.next);

		if (!arena_is_shown(arena)) {
			ended_free(arena);
			continue;
		}
		list_remove(arena_ended(arena));
		list_append(&shares->ended, arena_ended(arena));
	}
	return !list_is_empty(&shares->ended);
}

uint32_t shares_count(const struct shares *shares, uid_t uid)
{
	const struct share_user *user = user_find(shares, uid);

	return user == NULL ? 0 : user->count;
}

void shares_clear(struct shares *shares)
{
	while (!list_is_empty(&shares->ended))
		ended_free(arena_of_ended(shares->ended.next));
	while (!list_is_empty(&shares->users)) {
		struct share_user *user = container_of(shares->users.next, struct share_user, entry);

		assert(user->count == 0);
		user_free_if_empty(user);
	}
}
