/* Golden stories: a file has blocks of commands, `----`, all that happened, an empty line. This reads the files, has each block told anew and
 * holds it against the text; `--rewrite` renews the text, and a reader judges the difference. What a command means is the teller's: a program
 * a family of stories (conformance/engine/stories.c, conformance/sim/totem_stories.c). */
#ifndef AISLE_CHECK_STORY_H
#define AISLE_CHECK_STORY_H

#include <stdbool.h>
#include <stddef.h>

enum { STORY_LINE_MAX = 800, STORY_BLOCK_MAX = 200, STORY_WORDS_MAX = 72 };

struct story_block {
	char lines[STORY_BLOCK_MAX][STORY_LINE_MAX];
	size_t count;
};

struct story_text {
	char *data; /* NULL: nothing yet */
	size_t size;
};

/* Tells one block: runs its commands and adds to `said`. `before` is the block before it in the file. */
typedef void story_tell_fn(void *context, const struct story_block *block, const struct story_block *before, struct story_text *said);

void story_text_add(struct story_text *text, const char *line);
/* Cuts a line of at most STORY_LINE_MAX into at most STORY_WORDS_MAX words, without its comment. */
size_t story_words(char *line, char **words);
/* The program: [--rewrite] FILE... Returns its exit status. */
int story_main(const char *program, int count, char **values, story_tell_fn *tell, void *context);

#endif
