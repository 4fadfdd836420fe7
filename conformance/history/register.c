/* The model `register`: a key that is absent or has a value; read, write (of one that is there), create, delete. And `asynchronous`: the same
 * where what was answered may be taken back, while it is `lost` (the active replica is), as far as nothing was synchronized behind it. Judged by following,
 * call by call and answer by answer, every state that the key may be in (just-in-time linearization: Wing and Gong, Lowe): a
 * configuration is a state and the set of pending operations that have taken effect. At an answer those survive in which its operation has, or can now.
 *
 * What keeps the configurations few, without losing any verdict:
 *	- an operation without effect (a read, a refusal that tells the state) takes effect as soon as its answer fits: it changes nothing;
 *	- a value that one operation alone can have written is not left before all reads that returned it have taken effect: it never returns;
 *	- when they have, and for values that nobody read, all values are one: PRESENT; a write whose value nobody reads takes effect at once there;
 *	- of deletes (and of creates whose value nobody reads) the one that was answered first goes first: they may be exchanged;
 *	- those of unknown outcome come after them, and are only counted; of two configurations that differ in how many were needed, the one with
 *	  fewer stands for both.
 * A weak operation is one that may be left out; with the time of its answer its chance is over.
 * A loss may take the key back, any number of times, to what changes that were called made of it, but for those that were answered before a
 * change was called that was synchronized with no loss in between. Values return then: no value is left for good. */
#include <stdlib.h>
#include <string.h>

#include "conformance/history/history.h"

enum { CONFIGURATIONS_MAX = 1 << 14, SLOT_FREE = -1, CELLS_HEAD = 2 };

enum { KIND_READ, KIND_WRITE, KIND_CREATE, KIND_DELETE, KIND_SYNCHRONIZE, KIND_LOST, KIND_COUNT, REGISTER_KIND_COUNT = KIND_SYNCHRONIZE };
enum { OUTCOME_OK, OUTCOME_ABSENT_OR_EXISTS };

/* Values are numbered from 1 on; these two are none. */
enum { STATE_ABSENT = 0, STATE_PRESENT = UINT32_MAX };

/* What an operation is for the judge. */
enum role {
	ROLE_NONE,         /* had no effect and tells nothing, or nobody can tell */
	ROLE_SEES_VALUE,   /* a read that returned one */
	ROLE_SEES_PRESENT,
	ROLE_SEES_ABSENT,
	ROLE_WRITE,        /* its value is read */
	ROLE_BLIND_WRITE,
	ROLE_CREATE,
	ROLE_BLIND_CREATE,
	ROLE_DELETE,
	ROLE_LOSS, /* of no operation of this key */
};

struct slot {
	long operation; /* SLOT_FREE */
	enum role role;
	uint32_t value;
	int64_t answered_ns;
	bool optional; /* its outcome is unknown, or it is weak */
};

struct value_fact {
	uint32_t writers; /* operations that can have written it */
	uint32_t reads, reads_answered;
	uint32_t slot; /* of its only writer if that is optional, + 1 */
};

/* The losses' operations are numbered behind the key's own. */
struct event {
	int64_t time_ns;
	bool is_answer;
	uint32_t operation;
};

/* What a loss may make of the key, from the call of the change on that made it so. */
struct taken_back {
	uint64_t state;
	int64_t called_ns;
};

struct loss {
	int64_t begin_ns, end_ns;
	struct taken_back *states;
	size_t count;
};

/* Configurations of `stride` cells each: the state; how many unknown deletes (upper half) and creates were needed; a bit a slot. */
struct configurations {
	uint64_t *cells;
	size_t count, capacity;
};

struct judge {
	const struct history_case *this;
	struct value_fact *facts; /* by value */
	enum role *roles;         /* by operation */
	struct event *events;
	size_t event_count;
	struct slot *slots;
	uint32_t *slot_of; /* by operation */
	size_t slot_count, slot_words;
	uint64_t *free_mask;     /* slots that are better taken effect: nothing is lost by it */
	uint64_t *optional_mask; /* slots that are better not */
	uint32_t unknown_deletes, unknown_creates;
	struct loss *losses;
	int64_t now_ns; /* of the event that is followed */
	struct configurations now, reached, next;
	uint64_t *one, *other; /* scratch */
	enum history_verdict verdict;
};

static const struct history_kind kinds[KIND_COUNT] = {
	[KIND_READ] = {"read", false, {{"ok", true}, {"absent", false}}},
	[KIND_WRITE] = {"write", true, {{"ok", false}, {"absent", false}}},
	[KIND_CREATE] = {"create", true, {{"ok", false}, {"exists", false}}},
	[KIND_DELETE] = {"delete", false, {{"ok", false}, {"absent", false}}},
	[KIND_SYNCHRONIZE] = {"synchronize", false, {{"ok", false}}},
	[KIND_LOST] = {"lost", false, {{"ok", false}}, .of_all = true},
};

/* --- What each operation is. --- */

static const struct history_operation *operation_of(const struct judge *judge, size_t index)
{
	return judge->this->operations[index];
}

static bool is_weak(const struct history_case *this, size_t index)
{
	return this->weak != NULL && this->weak[index];
}

static bool is_writer(const struct history_operation *operation)
{
	return (operation->kind == KIND_WRITE || operation->kind == KIND_CREATE) &&
	       (operation->outcome == OUTCOME_OK || operation->outcome == HISTORY_OUTCOME_UNKNOWN);
}

static bool is_unknown(const struct judge *judge, size_t index)
{
	return operation_of(judge, index)->outcome == HISTORY_OUTCOME_UNKNOWN || is_weak(judge->this, index);
}

static bool this_has_losses(const struct judge *judge)
{
	return judge->this->of_all_count > 0;
}

static void facts_gather(struct judge *judge)
{
	for (size_t i = 0; i < judge->this->count; i++) {
		const struct history_operation *operation = operation_of(judge, i);

		if (is_writer(operation))
			judge->facts[operation->value].writers++;
		else if (operation->kind == KIND_READ && operation->outcome == OUTCOME_OK && !is_weak(judge->this, i))
			judge->facts[operation->answer_value].reads++;
	}
	for (size_t value = 0; this_has_losses(judge) && value < judge->this->value_count; value++)
		judge->facts[value].writers += judge->facts[value].writers == 1; /* a loss may bring it back */
}

static enum role role_of_answer(const struct history_operation *operation)
{
	if (operation->kind == KIND_CREATE)
		return ROLE_SEES_PRESENT;
	return ROLE_SEES_ABSENT;
}

static enum role role_of(const struct judge *judge, size_t index)
{
	const struct history_operation *operation = operation_of(judge, index);
	const bool unknown = is_unknown(judge, index);

	if (operation->outcome == HISTORY_OUTCOME_REFUSED || operation->kind == KIND_SYNCHRONIZE)
		return ROLE_NONE;
	if (operation->outcome == OUTCOME_ABSENT_OR_EXISTS)
		return unknown ? ROLE_NONE : role_of_answer(operation);
	switch (operation->kind) {
	case KIND_READ:
		return unknown ? ROLE_NONE : ROLE_SEES_VALUE;
	case KIND_WRITE:
		if (judge->facts[operation->value].reads > 0)
			return ROLE_WRITE;
		return unknown ? ROLE_NONE : ROLE_BLIND_WRITE; /* an unread value in place of another: nobody can tell */
	case KIND_CREATE:
		return judge->facts[operation->value].reads > 0 ? ROLE_CREATE : ROLE_BLIND_CREATE;
	default:
		return ROLE_DELETE;
	}
}

static int event_compare(const void *a, const void *b)
{
	const struct event *one = a, *other = b;

	if (one->time_ns != other->time_ns)
		return one->time_ns < other->time_ns ? -1 : 1;
	if (one->is_answer != other->is_answer)
		return one->is_answer ? 1 : -1; /* at one time: calls first, they may overlap */
	return (one->operation > other->operation) - (one->operation < other->operation);
}

static void events_gather(struct judge *judge)
{
	for (size_t i = 0; i < judge->this->count; i++) {
		const struct history_operation *operation = operation_of(judge, i);

		judge->roles[i] = role_of(judge, i);
		if (judge->roles[i] == ROLE_NONE)
			continue;
		judge->events[judge->event_count++] = (struct event){.time_ns = operation->called_ns, .operation = (uint32_t)i};
		if (operation->outcome != HISTORY_OUTCOME_UNKNOWN)
			judge->events[judge->event_count++] =
				(struct event){.time_ns = operation->answered_ns, .is_answer = true, .operation = (uint32_t)i};
	}
	for (size_t i = 0; i < judge->this->of_all_count; i++) {
		const uint32_t number = (uint32_t)(judge->this->count + i);

		judge->roles[number] = ROLE_LOSS;
		judge->events[judge->event_count++] = (struct event){.time_ns = judge->losses[i].begin_ns, .operation = number};
		judge->events[judge->event_count++] = (struct event){.time_ns = judge->losses[i].end_ns, .is_answer = true, .operation = number};
	}
	if (judge->event_count > 0)
		qsort(judge->events, judge->event_count, sizeof(*judge->events), event_compare);
}

/* --- What losses may make of the key. --- */

static bool is_change(const struct history_operation *operation)
{
	return operation->kind == KIND_WRITE || operation->kind == KIND_CREATE || operation->kind == KIND_DELETE;
}

static bool any_loss_within(const struct judge *judge, int64_t from_ns, int64_t to_ns)
{
	for (size_t i = 0; i < judge->this->of_all_count; i++)
		if (judge->losses[i].begin_ns <= to_ns && judge->losses[i].end_ns >= from_ns)
			return true;
	return false;
}

/* When the last change was called that a synchronization before the loss made safe; INT64_MIN: there is none. Operations are in order of
 * their calls, so the latest change that a synchronization covers is looked for from its end. */
static int64_t safe_from(const struct judge *judge, const struct loss *loss)
{
	int64_t safe_ns = INT64_MIN;

	for (size_t i = 0; i < judge->this->count; i++) {
		const struct history_operation *synchronize = operation_of(judge, i);

		if (synchronize->kind != KIND_SYNCHRONIZE || synchronize->outcome != OUTCOME_OK || is_weak(judge->this, i) ||
		    synchronize->answered_ns >= loss->begin_ns)
			continue;
		for (size_t k = i; k-- > 0;) {
			const struct history_operation *change = operation_of(judge, k);

			if (change->called_ns <= safe_ns)
				break;
			if (is_change(change) && change->outcome == OUTCOME_OK && !is_weak(judge->this, k) &&
			    change->answered_ns < synchronize->called_ns &&
			    !any_loss_within(judge, change->called_ns, synchronize->answered_ns)) {
				safe_ns = change->called_ns;
				break;
			}
		}
	}
	return safe_ns;
}

static void taken_back_add(struct loss *loss, uint64_t state, int64_t called_ns)
{
	for (size_t i = 0; i < loss->count; i++)
		if (loss->states[i].state == state)
			return; /* by an earlier call */
	loss->states[loss->count++] = (struct taken_back){state, called_ns};
}

static bool loss_gather(const struct judge *judge, struct loss *loss)
{
	const int64_t safe_ns = safe_from(judge, loss);

	loss->states = calloc(judge->this->count + 1, sizeof(*loss->states));
	if (loss->states == NULL)
		return false;
	if (safe_ns == INT64_MIN)
		taken_back_add(loss, STATE_ABSENT, INT64_MIN); /* as it was at first */
	for (size_t i = 0; i < judge->this->count; i++) {
		const struct history_operation *change = operation_of(judge, i);
		const bool unknown = change->outcome == HISTORY_OUTCOME_UNKNOWN;

		if (!is_change(change) || (change->outcome != OUTCOME_OK && !unknown) || change->called_ns > loss->end_ns ||
		    (!unknown && change->answered_ns < safe_ns))
			continue;
		const bool is_read = change->kind != KIND_DELETE && judge->facts[change->value].reads > 0;
		taken_back_add(loss, change->kind == KIND_DELETE ? STATE_ABSENT : is_read ? change->value : STATE_PRESENT, change->called_ns);
	}
	return true;
}

static bool losses_gather(struct judge *judge)
{
	for (size_t i = 0; i < judge->this->of_all_count; i++)
		judge->losses[i] = (struct loss){.begin_ns = judge->this->of_all[i]->called_ns, .end_ns = judge->this->of_all[i]->answered_ns};
	for (size_t i = 0; i < judge->this->of_all_count; i++)
		if (!loss_gather(judge, &judge->losses[i]))
			return false;
	return true;
}

/* --- Sets of configurations. --- */

static size_t stride(const struct judge *judge)
{
	return CELLS_HEAD + judge->slot_words;
}

static uint64_t *configuration_at(const struct judge *judge, const struct configurations *set, size_t index)
{
	return &set->cells[index * stride(judge)];
}

static bool has(const uint64_t *configuration, size_t slot)
{
	return (configuration[CELLS_HEAD + slot / 64] >> slot % 64 & 1) != 0;
}

static void mark(uint64_t *configuration, size_t slot)
{
	configuration[CELLS_HEAD + slot / 64] |= UINT64_C(1) << slot % 64;
}

/* Whatever may follow `b` may follow `a`. */
static bool stands_for(const struct judge *judge, const uint64_t *a, const uint64_t *b)
{
	if (a[0] != b[0] || a[1] >> 32 > b[1] >> 32 || (uint32_t)a[1] > (uint32_t)b[1])
		return false;
	for (size_t i = 0; i < judge->slot_words; i++) {
		const uint64_t only_a = a[CELLS_HEAD + i] & ~b[CELLS_HEAD + i], only_b = b[CELLS_HEAD + i] & ~a[CELLS_HEAD + i];

		if ((only_a & ~judge->free_mask[i]) != 0 || (only_b & ~judge->optional_mask[i]) != 0)
			return false;
	}
	return true;
}

static bool set_reserve(struct judge *judge, struct configurations *set, size_t count)
{
	if (count <= set->capacity)
		return true;
	const size_t capacity = set->capacity == 0 ? 64 : set->capacity * 2;
	uint64_t *cells = count > CONFIGURATIONS_MAX ? NULL : realloc(set->cells, capacity * stride(judge) * sizeof(*cells));
	if (cells == NULL) {
		judge->verdict = count > CONFIGURATIONS_MAX ? HISTORY_TOO_LARGE : HISTORY_NO_MEMORY;
		return false;
	}
	set->cells = cells;
	set->capacity = capacity;
	return true;
}

/* Unless another stands for it. With `replaces` those that it stands for go. */
static void set_add(struct judge *judge, struct configurations *set, const uint64_t *configuration, bool replaces)
{
	const size_t size = stride(judge) * sizeof(*configuration);

	for (size_t i = 0; i < set->count; i++) {
		if (stands_for(judge, configuration_at(judge, set, i), configuration))
			return;
	}
	for (size_t i = 0; replaces && i < set->count;) {
		if (stands_for(judge, configuration, configuration_at(judge, set, i)))
			memcpy(configuration_at(judge, set, i), configuration_at(judge, set, --set->count), size);
		else
			i++;
	}
	if (set_reserve(judge, set, set->count + 1))
		memcpy(configuration_at(judge, set, set->count++), configuration, size);
}

/* --- Slots: operations that are pending, and those of unknown outcome that somebody may still read. --- */

static bool words_grow(struct judge *judge)
{
	const size_t words = judge->slot_words == 0 ? 1 : judge->slot_words * 2, old_stride = stride(judge);
	struct slot *slots = realloc(judge->slots, words * 64 * sizeof(*slots));
	uint64_t *cells = calloc(judge->now.count + 1, (CELLS_HEAD + words) * sizeof(*cells));
	uint64_t *masks[4] = {NULL};
	bool good = slots != NULL && cells != NULL;

	judge->slots = slots != NULL ? slots : judge->slots;
	for (size_t i = 0; i < 4; i++) {
		masks[i] = calloc(CELLS_HEAD + words, sizeof(uint64_t));
		good = good && masks[i] != NULL;
	}
	if (!good) {
		for (size_t i = 0; i < 4; i++)
			free(masks[i]);
		free(cells);
		judge->verdict = HISTORY_NO_MEMORY;
		return false;
	}
	for (size_t i = judge->slot_words * 64; i < words * 64; i++)
		judge->slots[i] = (struct slot){.operation = SLOT_FREE};
	for (size_t i = 0; i < judge->now.count; i++)
		memcpy(&cells[i * (CELLS_HEAD + words)], &judge->now.cells[i * old_stride], old_stride * sizeof(*cells));
	if (judge->slot_words > 0) {
		memcpy(masks[0], judge->free_mask, judge->slot_words * sizeof(uint64_t));
		memcpy(masks[1], judge->optional_mask, judge->slot_words * sizeof(uint64_t));
	}
	free(judge->now.cells);
	free(judge->reached.cells);
	free(judge->next.cells);
	free(judge->free_mask);
	free(judge->optional_mask);
	free(judge->one);
	free(judge->other);
	judge->free_mask = masks[0];
	judge->optional_mask = masks[1];
	judge->one = masks[2];
	judge->other = masks[3];
	judge->now.cells = cells;
	judge->now.capacity = judge->now.count + 1;
	judge->reached = judge->next = (struct configurations){0};
	judge->slot_words = words;
	return true;
}

static bool role_is_free(enum role role)
{
	return role == ROLE_SEES_VALUE || role == ROLE_SEES_PRESENT || role == ROLE_SEES_ABSENT || role == ROLE_BLIND_WRITE;
}

/* SIZE_MAX: no memory. */
static size_t slot_find(struct judge *judge)
{
	size_t slot = 0;

	while (slot < judge->slot_count && judge->slots[slot].operation != SLOT_FREE)
		slot++;
	if (slot == judge->slot_words * 64 && !words_grow(judge))
		return SIZE_MAX;
	if (slot == judge->slot_count)
		judge->slot_count++;
	return slot;
}

static bool slot_take(struct judge *judge, size_t operation)
{
	const struct history_operation *it = operation_of(judge, operation);
	const bool unknown = is_unknown(judge, operation);
	const size_t slot = slot_find(judge);

	if (slot == SIZE_MAX)
		return false;
	judge->slots[slot] = (struct slot){
		.operation = (long)operation, .role = judge->roles[operation], .optional = unknown,
		.value = it->kind == KIND_READ ? it->answer_value : it->value,
		.answered_ns = it->outcome == HISTORY_OUTCOME_UNKNOWN ? INT64_MAX : it->answered_ns,
	};
	judge->slot_of[operation] = (uint32_t)slot;
	if (role_is_free(judge->roles[operation]))
		judge->free_mask[slot / 64] |= UINT64_C(1) << slot % 64;
	if (unknown)
		judge->optional_mask[slot / 64] |= UINT64_C(1) << slot % 64;
	if (it->outcome == HISTORY_OUTCOME_UNKNOWN && judge->facts[it->value].writers == 1)
		judge->facts[it->value].slot = (uint32_t)slot + 1;
	return true;
}

static void slot_release(struct judge *judge, size_t slot)
{
	const uint64_t bit = UINT64_C(1) << slot % 64;

	for (size_t i = 0; i < judge->now.count; i++)
		configuration_at(judge, &judge->now, i)[CELLS_HEAD + slot / 64] &= ~bit;
	judge->free_mask[slot / 64] &= ~bit;
	judge->optional_mask[slot / 64] &= ~bit;
	judge->slots[slot].operation = SLOT_FREE;
	while (judge->slot_count > 0 && judge->slots[judge->slot_count - 1].operation == SLOT_FREE)
		judge->slot_count--;
}

/* --- Following. --- */

static bool is_value(uint64_t state)
{
	return state != STATE_ABSENT && state != STATE_PRESENT;
}

static bool sees(const struct slot *slot, uint64_t state)
{
	switch (slot->role) {
	case ROLE_SEES_VALUE: return state == slot->value;
	case ROLE_SEES_PRESENT: return state != STATE_ABSENT;
	case ROLE_SEES_ABSENT: return state == STATE_ABSENT;
	default: return false;
	}
}

/* Lets everything take effect that loses nothing by it. */
static void settle(const struct judge *judge, uint64_t *configuration)
{
	uint32_t reading = 0; /* pending reads that see the value */

	for (size_t slot = 0; slot < judge->slot_count; slot++) {
		if (judge->slots[slot].operation == SLOT_FREE || !sees(&judge->slots[slot], configuration[0]))
			continue;
		mark(configuration, slot);
		reading += judge->slots[slot].role == ROLE_SEES_VALUE;
	}
	if (is_value(configuration[0])) {
		const struct value_fact *fact = &judge->facts[configuration[0]];

		if (fact->writers == 1 && fact->reads == fact->reads_answered + reading)
			configuration[0] = STATE_PRESENT;
	}
	for (size_t slot = 0; configuration[0] == STATE_PRESENT && slot < judge->slot_count; slot++) {
		if (judge->slots[slot].operation != SLOT_FREE && judge->slots[slot].role == ROLE_BLIND_WRITE)
			mark(configuration, slot);
	}
}

/* Not yet taken effect, of that role. */
static bool can(const struct judge *judge, const uint64_t *configuration, size_t slot, enum role role)
{
	return judge->slots[slot].operation != SLOT_FREE && judge->slots[slot].role == role && !has(configuration, slot);
}

/* The one that was answered first, of those that must or of those that may; SLOT_FREE: none. */
static long first_of(const struct judge *judge, const uint64_t *configuration, enum role role, bool optional)
{
	long first = SLOT_FREE;

	for (size_t slot = 0; slot < judge->slot_count; slot++) {
		if (can(judge, configuration, slot, role) && judge->slots[slot].optional == optional &&
		    (first == SLOT_FREE || judge->slots[slot].answered_ns < judge->slots[first].answered_ns))
			first = (long)slot;
	}
	return first;
}

/* `one` with this state and slot (SLOT_FREE: none), where the operation whose answer is due has taken effect or may yet. */
static void reach(struct judge *judge, uint64_t state, long slot, uint64_t unknowns, size_t due)
{
	memcpy(judge->other, judge->one, stride(judge) * sizeof(*judge->other));
	judge->other[0] = state;
	judge->other[1] += unknowns;
	if (slot != SLOT_FREE)
		mark(judge->other, (size_t)slot);
	settle(judge, judge->other);
	if (has(judge->other, due))
		set_add(judge, &judge->next, judge->other, true);
	else
		set_add(judge, &judge->reached, judge->other, false);
}

/* While a loss lasts, and a last time when it ends. */
static void expand_losses(struct judge *judge, size_t due)
{
	for (size_t slot = 0; this_has_losses(judge) && slot < judge->slot_count; slot++) {
		if (!can(judge, judge->one, slot, ROLE_LOSS))
			continue;
		const struct loss *loss = &judge->losses[judge->slots[slot].value];

		for (size_t i = 0; i < loss->count; i++) {
			if (loss->states[i].called_ns > judge->now_ns)
				continue;
			reach(judge, loss->states[i].state, SLOT_FREE, 0, due);
			if (slot == due)
				reach(judge, loss->states[i].state, (long)slot, 0, due);
		}
	}
}

static void expand_absent(struct judge *judge, size_t due)
{
	const long must = first_of(judge, judge->one, ROLE_BLIND_CREATE, false), may = first_of(judge, judge->one, ROLE_BLIND_CREATE, true);

	for (size_t slot = 0; slot < judge->slot_count; slot++) {
		if (can(judge, judge->one, slot, ROLE_CREATE))
			reach(judge, judge->slots[slot].value, (long)slot, 0, due);
	}
	if (must != SLOT_FREE)
		reach(judge, STATE_PRESENT, must, 0, due);
	if (may != SLOT_FREE)
		reach(judge, STATE_PRESENT, may, 0, due);
	if (must == SLOT_FREE && may == SLOT_FREE && (uint32_t)judge->one[1] < judge->unknown_creates)
		reach(judge, STATE_PRESENT, SLOT_FREE, 1, due);
}

static void expand_present(struct judge *judge, size_t due)
{
	const long must = first_of(judge, judge->one, ROLE_DELETE, false), may = first_of(judge, judge->one, ROLE_DELETE, true);
	const long blind = first_of(judge, judge->one, ROLE_BLIND_WRITE, false);

	if (is_value(judge->one[0]) && judge->facts[judge->one[0]].writers == 1)
		return; /* reads that returned it are still to come */
	if (blind != SLOT_FREE)
		reach(judge, STATE_PRESENT, blind, 0, due);
	for (size_t slot = 0; slot < judge->slot_count; slot++) {
		if (can(judge, judge->one, slot, ROLE_WRITE))
			reach(judge, judge->slots[slot].value, (long)slot, 0, due);
	}
	if (must != SLOT_FREE)
		reach(judge, STATE_ABSENT, must, 0, due);
	if (may != SLOT_FREE)
		reach(judge, STATE_ABSENT, may, 0, due);
	if (must == SLOT_FREE && may == SLOT_FREE && judge->one[1] >> 32 < judge->unknown_deletes)
		reach(judge, STATE_ABSENT, SLOT_FREE, UINT64_C(1) << 32, due);
}

static void on_loss(struct judge *judge, size_t operation)
{
	const size_t slot = slot_find(judge);

	if (slot == SIZE_MAX)
		return;
	judge->slots[slot] = (struct slot){
		.operation = (long)operation, .role = ROLE_LOSS, .optional = true, .value = (uint32_t)(operation - judge->this->count),
	};
	judge->slot_of[operation] = (uint32_t)slot;
}

static void on_call(struct judge *judge, size_t operation)
{
	const enum role role = judge->roles[operation];
	const bool unknown = operation_of(judge, operation)->outcome == HISTORY_OUTCOME_UNKNOWN;

	if (unknown && role == ROLE_DELETE) {
		judge->unknown_deletes++;
		return;
	}
	if (unknown && role == ROLE_BLIND_CREATE) {
		judge->unknown_creates++;
		return;
	}
	if (!slot_take(judge, operation))
		return;
	for (size_t i = 0; i < judge->now.count; i++)
		settle(judge, configuration_at(judge, &judge->now, i));
}

static void swap(struct configurations *a, struct configurations *b)
{
	const struct configurations before = *a;

	*a = *b;
	*b = before;
}

/* false: nothing explains this answer. */
static bool on_answer(struct judge *judge, size_t operation)
{
	const size_t due = judge->slot_of[operation];

	judge->next.count = judge->reached.count = 0;
	for (size_t i = 0; i < judge->now.count; i++) {
		const uint64_t *configuration = configuration_at(judge, &judge->now, i);

		set_add(judge, has(configuration, due) ? &judge->next : &judge->reached, configuration, true);
		if (judge->slots[due].optional)
			set_add(judge, &judge->next, configuration, true); /* it is left out */
	}
	for (size_t i = 0; i < judge->reached.count && judge->verdict == HISTORY_EXPLAINED; i++) {
		memcpy(judge->one, configuration_at(judge, &judge->reached, i), stride(judge) * sizeof(*judge->one));
		if (judge->one[0] == STATE_ABSENT)
			expand_absent(judge, due);
		else
			expand_present(judge, due);
		expand_losses(judge, due);
	}
	swap(&judge->now, &judge->next);
	slot_release(judge, due);
	if (judge->roles[operation] == ROLE_SEES_VALUE) {
		struct value_fact *fact = &judge->facts[operation_of(judge, operation)->answer_value];

		if (++fact->reads_answered == fact->reads && fact->slot != 0) {
			slot_release(judge, fact->slot - 1); /* it did happen, and its value is gone or one of many */
			fact->slot = 0;
		}
	}
	return judge->now.count > 0;
}

static void follow(struct judge *judge, size_t *blamed)
{
	if (!words_grow(judge))
		return;
	judge->now.count = 1; /* absent, nothing has taken effect; there is room for one */
	for (size_t i = 0; i < judge->event_count && judge->verdict == HISTORY_EXPLAINED; i++) {
		const struct event *event = &judge->events[i];

		judge->now_ns = event->time_ns;
		if (!event->is_answer && judge->roles[event->operation] == ROLE_LOSS) {
			on_loss(judge, event->operation);
		} else if (!event->is_answer) {
			on_call(judge, event->operation);
		} else if (!on_answer(judge, event->operation) && judge->verdict == HISTORY_EXPLAINED) {
			*blamed = event->operation;
			judge->verdict = HISTORY_VIOLATED;
		}
	}
}

static enum history_verdict register_judge(const struct history_case *this, size_t *blamed)
{
	const size_t all = this->count + this->of_all_count;
	struct judge judge = {
		.this = this,
		.facts = calloc(this->value_count + 1, sizeof(*judge.facts)),
		.roles = calloc(all + 1, sizeof(*judge.roles)),
		.events = calloc(2 * all + 1, sizeof(*judge.events)),
		.slot_of = calloc(all + 1, sizeof(*judge.slot_of)),
		.losses = calloc(this->of_all_count + 1, sizeof(*judge.losses)),
		.verdict = HISTORY_EXPLAINED,
	};

	const bool good = judge.facts != NULL && judge.roles != NULL && judge.events != NULL && judge.slot_of != NULL && judge.losses != NULL;
	if (good)
		facts_gather(&judge);
	if (!good || !losses_gather(&judge)) {
		judge.verdict = HISTORY_NO_MEMORY;
	} else {
		events_gather(&judge);
		follow(&judge, blamed);
	}
	for (size_t i = 0; judge.losses != NULL && i < this->of_all_count; i++)
		free(judge.losses[i].states);
	free(judge.losses);
	free(judge.facts);
	free(judge.roles);
	free(judge.events);
	free(judge.slot_of);
	free(judge.slots);
	free(judge.free_mask);
	free(judge.optional_mask);
	free(judge.one);
	free(judge.other);
	free(judge.now.cells);
	free(judge.reached.cells);
	free(judge.next.cells);
	return judge.verdict;
}

/* --- In words. --- */

static const struct history_operation *last_strict(const struct history_case *this)
{
	const struct history_operation *last = NULL;

	for (size_t i = 0; i < this->count; i++) {
		const struct history_operation *operation = this->operations[i];

		if (!is_weak(this, i) && operation->outcome != HISTORY_OUTCOME_UNKNOWN && operation->outcome != HISTORY_OUTCOME_REFUSED &&
		    operation->kind != KIND_SYNCHRONIZE && (last == NULL || operation->called_ns > last->called_ns))
			last = operation;
	}
	return last;
}

static const struct history_operation *writer_of(const struct history_case *this, uint32_t value, bool refused)
{
	for (size_t i = 0; i < this->count; i++) {
		const struct history_operation *operation = this->operations[i];

		if (operation->value == value && (refused || is_writer(operation)))
			return operation;
	}
	return NULL;
}

/* It must have happened: strict, or a strict read returned what it alone wrote. */
static bool is_certain(const struct history_case *this, size_t index)
{
	const uint32_t value = this->operations[index]->value;

	for (size_t i = 0; is_weak(this, index) && value != HISTORY_NONE && i < this->count; i++) {
		if (!is_weak(this, i) && this->operations[i]->answer_value == value)
			return true;
	}
	return !is_weak(this, index);
}

/* A change that was answered before `by` was called and called after `after` was answered (NULL: whenever). */
static const struct history_operation *change_between(const struct history_case *this, const struct history_operation *after,
                                                      const struct history_operation *by, bool deletes)
{
	for (size_t i = this->count; i-- > 0;) {
		const struct history_operation *operation = this->operations[i];

		if (operation->outcome != OUTCOME_OK || operation == by || operation == after || !is_change(operation) ||
		    (operation->kind == KIND_DELETE) != deletes)
			continue;
		if (operation->answered_ns < by->called_ns && (after == NULL || operation->called_ns > after->answered_ns) && is_certain(this, i))
			return operation;
	}
	return NULL;
}

/* A strict answer that the key is absent, between the two. */
static const struct history_operation *absence_between(const struct history_case *this, const struct history_operation *after,
                                                       const struct history_operation *by)
{
	for (size_t i = this->count; i-- > 0;) {
		const struct history_operation *operation = this->operations[i];

		if (!is_weak(this, i) && operation->kind != KIND_CREATE && operation->outcome == OUTCOME_ABSENT_OR_EXISTS &&
		    operation->answered_ns < by->called_ns && operation->called_ns > after->answered_ns)
			return operation;
	}
	return NULL;
}

/* When the value was certainly there first: its write, if that was answered, or a strict read of it before `read`. */
static const struct history_operation *first_seen(const struct history_case *this, const struct history_operation *read,
                                                  const struct history_operation *writer)
{
	for (size_t i = 0; writer->outcome != OUTCOME_OK && i < this->count; i++) {
		const struct history_operation *operation = this->operations[i];

		if (!is_weak(this, i) && operation != read && operation->kind == KIND_READ && operation->outcome == OUTCOME_OK &&
		    operation->answer_value == read->answer_value)
			return operation;
	}
	return writer;
}

/* A strict read of another value that was answered before `read` was called. */
static const struct history_operation *read_before(const struct history_case *this, const struct history_operation *read)
{
	for (size_t i = this->count; i-- > 0;) {
		const struct history_operation *operation = this->operations[i];

		if (!is_weak(this, i) && operation->kind == KIND_READ && operation->outcome == OUTCOME_OK &&
		    operation->answer_value != read->answer_value && operation->answered_ns < read->called_ns)
			return operation;
	}
	return NULL;
}

struct words {
	char *sentence;
	size_t size;
	const struct history_names *values, *clients;
};

static const char *explain_read(const struct history_case *this, const struct history_operation *read, const struct words *words)
{
	const char *value = history_name_text(words->values, read->answer_value), *reader = history_name_text(words->clients, read->client);
	const struct history_operation *writer = writer_of(this, read->answer_value, false), *seen, *between;

	if (writer == NULL && (writer = writer_of(this, read->answer_value, true)) != NULL) {
		snprintf(words->sentence, words->size, "%s read %s, but the %s of %s by %s was refused: nothing of it may be seen", reader, value,
		         kinds[writer->kind].name, value, history_name_text(words->clients, writer->client));
		return "dirty read";
	}
	if (writer == NULL) {
		snprintf(words->sentence, words->size, "%s read %s, which nobody ever wrote to this key", reader, value);
		return "value never written";
	}
	if (writer->called_ns > read->answered_ns) {
		snprintf(words->sentence, words->size, "%s read %s and was answered before %s called the %s of it", reader, value,
		         history_name_text(words->clients, writer->client), kinds[writer->kind].name);
		return "read before its write";
	}
	seen = first_seen(this, read, writer);
	if ((between = change_between(this, seen, read, true)) != NULL) {
		snprintf(words->sentence, words->size, "%s read %s, but %s deleted the key after that value was written and before the read began",
		         reader, value, history_name_text(words->clients, between->client));
		return "resurrected value";
	}
	if ((between = absence_between(this, seen, read)) != NULL) {
		snprintf(words->sentence, words->size, "%s read %s after %s had been told that the key is absent, and nobody wrote that value again", reader,
		         value, history_name_text(words->clients, between->client));
		return "resurrected value";
	}
	if ((between = change_between(this, seen, read, false)) != NULL) {
		snprintf(words->sentence, words->size, "%s read %s, but %s had %s %s over it, and was answered before the read began", reader, value,
		         history_name_text(words->clients, between->client), between->kind == KIND_CREATE ? "created" : "written",
		         history_name_text(words->values, between->value));
		return "stale read";
	}
	if ((between = read_before(this, read)) != NULL) {
		snprintf(words->sentence, words->size, "%s read %s after %s had been told %s: no one order of the writes suits both", reader, value,
		         history_name_text(words->clients, between->client), history_name_text(words->values, between->answer_value));
		return "readers disagree on the order";
	}
	snprintf(words->sentence, words->size, "%s read %s: no order of these operations explains all answers", reader, value);
	return "no order";
}

/* That of `asynchronous` tells why nothing could be taken back, where a synchronization is part of the reason. */
static const char *asynchronous_explain(const struct history_case *this, char *sentence, size_t size, const struct history_names *values,
                                        const struct history_names *clients)
{
	const char *kind = history_register.explain(this, sentence, size, values, clients);
	const size_t used = strlen(sentence);

	for (size_t i = 0; i < this->count; i++) {
		if (is_weak(this, i) || this->operations[i]->kind != KIND_SYNCHRONIZE)
			continue;
		snprintf(sentence + used, size - used, "; %s had synchronized, and no loss came between", history_name_text(clients, this->operations[i]->client));
		break;
	}
	return kind;
}

static const char *register_explain(const struct history_case *this, char *sentence, size_t size, const struct history_names *values,
                                    const struct history_names *clients)
{
	const struct words words = {.sentence = sentence, .size = size, .values = values, .clients = clients};
	const struct history_operation *last = last_strict(this), *change;

	snprintf(sentence, size, "no order of these operations explains all answers");
	if (last == NULL)
		return "no order";
	const char *client = history_name_text(clients, last->client);
	if (last->kind == KIND_READ && last->outcome == OUTCOME_OK)
		return explain_read(this, last, &words);
	if (last->kind != KIND_CREATE && last->outcome == OUTCOME_ABSENT_OR_EXISTS) {
		change = change_between(this, NULL, last, false);
		if (change == NULL)
			return "no order";
		snprintf(sentence, size, "%s was told that the key is absent, but %s had %s %s and was answered before, and no delete explains it",
		         client, history_name_text(clients, change->client), change->kind == KIND_CREATE ? "created it with" : "written",
		         history_name_text(values, change->value));
		return "lost write";
	}
	if (last->kind == KIND_CREATE && last->outcome == OUTCOME_ABSENT_OR_EXISTS) {
		snprintf(sentence, size, "%s was told that the key exists, but nothing explains that it does", client);
		return "key that nobody created";
	}
	if (last->kind == KIND_CREATE) {
		snprintf(sentence, size, "%s created the key, but it had to be there already", client);
		return "created twice";
	}
	snprintf(sentence, size, "the %s by %s was answered ok, but the key had to be absent", kinds[last->kind].name, client);
	return "change of an absent key";
}

const struct history_model history_register = {
	.name = "register", .kinds = kinds, .kind_count = REGISTER_KIND_COUNT, .judge = register_judge, .explain = register_explain,
};

const struct history_model history_asynchronous = {
	.name = "asynchronous", .kinds = kinds, .kind_count = KIND_COUNT, .judge = register_judge, .explain = asynchronous_explain,
};
