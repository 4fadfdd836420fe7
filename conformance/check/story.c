/* Story files: reading, cutting into blocks, holding against what happens. */
#include "conformance/check/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void story_text_add(struct story_text *text, const char *line)
{
	const size_t size = strlen(line);

	text->data = realloc(text->data, text->size + size + 2);
	if (text->data == NULL)
		abort();
	memcpy(text->data + text->size, line, size);
	text->size += size;
	text->data[text->size++] = '\n';
	text->data[text->size] = '\0';
}

size_t story_words(char *line, char **words)
{
	size_t count = 0;
	char *comment = strchr(line, '#');

	if (comment != NULL)
		*comment = '\0';
	for (char *word = strtok(line, " \t"); word != NULL && count < STORY_WORDS_MAX; word = strtok(NULL, " \t"))
		words[count++] = word;
	return count;
}

static bool line_next(const char **text, char line[STORY_LINE_MAX])
{
	const char *end = strchr(*text, '\n');
	size_t size;

	if (**text == '\0')
		return false;
	size = end == NULL ? strlen(*text) : (size_t)(end - *text);
	snprintf(line, STORY_LINE_MAX, "%.*s", (int)(size < STORY_LINE_MAX - 1 ? size : STORY_LINE_MAX - 1), *text);
	*text += end == NULL ? size : size + 1;
	return true;
}

/* The commands, past the text that follows them; false: none are left. */
static bool block_next(const char **text, struct story_block *block)
{
	char line[STORY_LINE_MAX];

	block->count = 0;
	while (line_next(text, line)) {
		if (line[0] == '\0' && block->count == 0)
			continue;
		if (strcmp(line, "----") == 0) {
			while (line_next(text, line) && line[0] != '\0')
				continue;
			return true;
		}
		if (block->count < STORY_BLOCK_MAX)
			memcpy(block->lines[block->count++], line, STORY_LINE_MAX);
	}
	return block->count > 0;
}

static char *file_read(const char *name)
{
	FILE *file = fopen(name, "r");
	char *data = NULL;
	size_t size = 0;

	if (file == NULL)
		return NULL;
	for (;;) {
		data = realloc(data, size + 4097);
		if (data == NULL)
			abort();
		const size_t got = fread(data + size, 1, 4096, file);
		size += got;
		data[size] = '\0';
		if (got == 0)
			break;
	}
	fclose(file);
	return data;
}

struct teller {
	story_tell_fn *tell;
	void *context;
};

static void blocks_tell(const struct teller *teller, const char *text, struct story_text *whole)
{
	struct story_block *blocks = calloc(2, sizeof *blocks);
	size_t current = 0;

	if (blocks == NULL)
		abort();
	while (block_next(&text, &blocks[current])) {
		struct story_text said = {0};
		teller->tell(teller->context, &blocks[current], &blocks[1 - current], &said);
		if (whole->size > 0)
			story_text_add(whole, "");
		for (size_t i = 0; i < blocks[current].count; i++)
			story_text_add(whole, blocks[current].lines[i]);
		story_text_add(whole, "----");
		if (said.size > 0) {
			said.data[said.size - 1] = '\0';
			story_text_add(whole, said.data);
		}
		free(said.data);
		current = 1 - current;
	}
	free(blocks);
}

static void difference_show(const char *name, const char *old, const char *new)
{
	char was[STORY_LINE_MAX] = "", is[STORY_LINE_MAX] = "";
	unsigned number = 0;
	bool more;

	do {
		was[0] = is[0] = '\0';
		more = line_next(&old, was) | line_next(&new, is);
		number++;
	} while (more && strcmp(was, is) == 0);
	printf("%s:%u: told:    %s\n%s:%u: happens: %s\n", name, number, was, name, number, is);
}

static bool file_write(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	if (file == NULL)
		return false;
	const bool written = fputs(text, file) >= 0;
	return fclose(file) == 0 && written;
}

static bool file_tell(const struct teller *teller, const char *name, bool rewrite)
{
	struct story_text whole = {0};
	char *text = file_read(name);

	if (text == NULL) {
		printf("%s: cannot be read\n", name);
		return false;
	}
	blocks_tell(teller, text, &whole);
	const char *told = whole.data != NULL ? whole.data : "";
	bool same = strcmp(text, told) == 0;
	if (!same && rewrite)
		same = file_write(name, told);
	else if (!same)
		difference_show(name, text, told);
	free(whole.data);
	free(text);
	return same;
}

int story_main(const char *program, int count, char **values, story_tell_fn *tell, void *context)
{
	const struct teller teller = {.tell = tell, .context = context};
	const bool rewrite = count > 1 && strcmp(values[1], "--rewrite") == 0;
	int passed = 0, failed = 0;

	for (int i = rewrite ? 2 : 1; i < count; i++) {
		if (file_tell(&teller, values[i], rewrite))
			passed++;
		else
			failed++;
	}
	if (passed + failed == 0) {
		fprintf(stderr, "usage: %s [--rewrite] FILE...\n", program);
		return 2;
	}
	printf("%d passed, %d failed, 0 skipped\n", passed, failed);
	return failed == 0 ? 0 : 1;
}
