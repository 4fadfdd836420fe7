/* The small reason of a violation: operations are made weak, in halves and ever smaller parts, as long as the case stays violated. */
#include <stdlib.h>
#include <string.h>

#include "conformance/history/history.h"

enum { JUDGEMENTS_MAX = 3000, OPERATIONS_JUDGED_MAX = 60000000 }; /* then the reason stays as large as it is */

struct shrinking {
	const struct history_model *model;
	struct history_case this;
	bool *weak;
	bool *tried;
	size_t judgements, operations_judged;
	bool no_memory;
};

/* Makes those in [begin, end) weak if what is left is violated still. */
static bool weaken(struct shrinking *shrinking, size_t begin, size_t end)
{
	size_t blamed;

	if (shrinking->judgements++ >= JUDGEMENTS_MAX || shrinking->operations_judged > OPERATIONS_JUDGED_MAX)
		return false;
	shrinking->operations_judged += shrinking->this.count;
	memcpy(shrinking->tried, shrinking->weak, shrinking->this.count * sizeof(*shrinking->weak));
	memset(shrinking->tried + begin, true, (end - begin) * sizeof(*shrinking->tried));
	shrinking->this.weak = shrinking->tried;
	const enum history_verdict verdict = shrinking->model->judge(&shrinking->this, &blamed);
	shrinking->no_memory = shrinking->no_memory || verdict == HISTORY_NO_MEMORY;
	if (verdict != HISTORY_VIOLATED)
		return false;
	memcpy(shrinking->weak, shrinking->tried, shrinking->this.count * sizeof(*shrinking->weak));
	return true;
}

/* The longest beginning, or end, that can be spared. */
static void cut(struct shrinking *shrinking, bool from_the_end)
{
	const size_t count = shrinking->this.count;
	size_t good = 0, bad = count + 1;

	while (bad - good > 1) {
		const size_t middle = good + (bad - good) / 2;
		const bool spared = from_the_end ? weaken(shrinking, count - middle, count) : weaken(shrinking, 0, middle);

		if (spared)
			good = middle;
		else
			bad = middle;
	}
}

static bool is_all_weak(const struct shrinking *shrinking, size_t begin, size_t end)
{
	while (begin < end && shrinking->weak[begin])
		begin++;
	return begin == end;
}

bool history_shrink(const struct history_model *model, const struct history_case *whole, bool *weak)
{
	struct shrinking shrinking = {
		.model = model, .this = *whole, .weak = weak, .tried = malloc((whole->count + 1) * sizeof(*weak)),
	};

	if (shrinking.tried == NULL)
		return false;
	cut(&shrinking, true);
	cut(&shrinking, false);
	for (size_t part = whole->count / 2; part > 0 && !shrinking.no_memory; part /= 2) {
		for (size_t begin = 0; begin < whole->count; begin += part) {
			const size_t end = whole->count - begin < part ? whole->count : begin + part;

			if (!is_all_weak(&shrinking, begin, end))
				weaken(&shrinking, begin, end);
		}
	}
	free(shrinking.tried);
	return !shrinking.no_memory;
}
