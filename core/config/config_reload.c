/* See config_reload.h. */
#include "core/config/config_reload.h"

#include <string.h>

#include "core/config/config_keys.h"

struct comparing {
	const struct config *other;
	struct config_problems *problems;
	bool only_missing; /* the pass over the running tree: what the next one has was compared already */
};

static bool is_equal(const struct config_value *a, const struct config_value *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->type == b->type && (a->type == CONFIG_NUMBER || a->type == CONFIG_BOOL || a->type == CONFIG_CHOICE
	                                      ? a->number == b->number
	                                      : strcmp(a->text, b->text) == 0);
}

/* Of two values of one key, either of which may be left out: the default stands in. */
static bool comes_to_the_same(const struct config_key *key, const struct config_value *a, const struct config_value *b)
{
	const struct config_value *given = a != NULL ? a : b;
	uint64_t number;
	char ignored[160];

	if (a != NULL && b != NULL)
		return is_equal(a, b);
	if (key->preset == NULL || !config_key_read(key, key->preset, &number, ignored, sizeof(ignored)))
		return false;
	return given->type == CONFIG_TEXT || given->type == CONFIG_ADDRESS ? strcmp(given->text, key->preset) == 0 : given->number == number;
}

static void value_compare(void *context, const struct config_value *value)
{
	struct comparing *comparing = context;
	const struct config_key *key = config_key_find(value->key);
	const struct config_value *other = config_get(comparing->other, value->key);

	if (key == NULL || key->use != CONFIG_USED || key->at_run_time || (comparing->only_missing && other != NULL))
		return;
	if (comes_to_the_same(key, value, other))
		return;
	const struct config_value *from = comparing->only_missing ? value : other, *to = comparing->only_missing ? other : value;
	config_error(comparing->problems, to == NULL ? 0 : to->line, value->key, "%s%.128s%s%.128s; only a restart can change it",
	             from == NULL ? "was not set, is " : "was ", from == NULL ? "" : from->text,
	             from == NULL ? "" : to == NULL ? ", is not set any more" : ", is ", to == NULL ? "" : to->text);
}

void config_reload_check(const struct config *running, const struct config *next, struct config_problems *problems)
{
	struct comparing comparing = {.other = running, .problems = problems};

	if (!config_each(next, "", value_compare, &comparing))
		config_error(problems, 0, NULL, "no memory");
	comparing.other = next;
	comparing.only_missing = true;
	if (!config_each(running, "", value_compare, &comparing))
		config_error(problems, 0, NULL, "no memory");
}

/* The tree must not be changed while it is walked. */
struct applying {
	struct config *running;
	const struct config_value *remove; /* one at a time */
	const struct config *next;
	uint32_t changed;
	bool complete;
};

static void value_take(void *context, const struct config_value *value)
{
	struct applying *applying = context;

	if (is_equal(config_get(applying->running, value->key), value))
		return;
	applying->complete &= config_set(applying->running, value->key, value->text, value->type, value->number, value->line);
	applying->changed++;
}

static void value_find_gone(void *context, const struct config_value *value)
{
	struct applying *applying = context;

	if (applying->remove == NULL && config_get(applying->next, value->key) == NULL)
		applying->remove = value;
}

uint32_t config_reload_apply(struct config *running, const struct config *next, bool *complete)
{
	struct applying applying = {.running = running, .next = next, .complete = true};

	applying.complete &= config_each(next, "", value_take, &applying);
	do {
		applying.remove = NULL;
		applying.complete &= config_each(running, "", value_find_gone, &applying);
		applying.changed += applying.remove != NULL && config_remove(running, applying.remove->key);
	} while (applying.remove != NULL);
	*complete = applying.complete;
	return applying.changed;
}
