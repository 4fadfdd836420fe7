/* Any bytes are a history or an error with its place; what is one is judged, and a violation has a reason. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/history/history.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void key_judge(const struct history *history, const struct history_case *this)
{
	char sentence[200];
	size_t blamed = 0;
	bool *weak = calloc(this->count + 1, sizeof(*weak));
	struct history_case small = *this;

	if (weak != NULL && history->model->judge(this, &blamed) == HISTORY_VIOLATED) {
		if (blamed >= this->count || !history_shrink(history->model, this, weak))
			abort();
		small.weak = weak;
		if (history->model->judge(&small, &blamed) != HISTORY_VIOLATED)
			abort();
		history->model->explain(&small, sentence, sizeof(sentence), &history->values, &history->clients);
	}
	free(weak);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct history history = {0};
	char problem[200] = "";
	FILE *file = size == 0 ? NULL : fmemopen((void *)data, size, "r");

	if (file == NULL)
		return 0;
	if (!history_read(&history, file, "input", problem, sizeof(problem))) {
		if (strncmp(problem, "input:", 6) != 0)
			abort();
	} else if (history.count > 0) {
		const struct history_operation **operations = calloc(history.count, sizeof(*operations));

		history_sort(&history);
		for (size_t i = 0; operations != NULL && i < history.count; i++)
			operations[i] = &history.operations[i];
		for (size_t begin = 0, end; operations != NULL && begin < history.count; begin = end) {
			for (end = begin; end < history.count && operations[end]->key == operations[begin]->key;)
				end++;
			key_judge(&history, &(struct history_case){
				.operations = &operations[begin], .count = end - begin, .value_count = history.values.count + 1,
			});
		}
		free(operations);
	}
	fclose(file);
	history_clear(&history);
	return 0;
}
