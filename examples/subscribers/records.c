/* See records.h. */
#include "records.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMN_COUNT = 4, COLUMN_ASSIGNMENT = 1, COLUMN_NAME = 2, COLUMN_ADDRESS = 3 };

/* The file, and where reading stands. Fields are unquoted in place: they only get shorter. */
struct csv {
	char *at, *end;
	size_t line;
	const char *error;
};

static char *file_read(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	long length;

	if (file != NULL && fseek(file, 0, SEEK_END) == 0 && (length = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0) {
		text = malloc((size_t)length + 1);
		if (text != NULL && fread(text, 1, (size_t)length, file) != (size_t)length) {
			free(text);
			text = NULL;
		}
		*size = (size_t)length;
	}
	if (file != NULL)
		fclose(file);
	if (text == NULL)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return text;
}

/* The quoted field that starts at the cursor: two quotes are one, everything else is itself, line ends too. */
static void quoted_read(struct csv *csv, char **out)
{
	for (csv->at++; csv->at < csv->end; csv->at++) {
		if (*csv->at == '"') {
			csv->at++;
			if (csv->at == csv->end || *csv->at != '"')
				return;
		}
		csv->line += *csv->at == '\n';
		*(*out)++ = *csv->at;
	}
	csv->error = "a quote is not closed";
}

/* One field; *last: the record ends behind it. */
static char *field_read(struct csv *csv, bool *last)
{
	char *field = csv->at, *out = csv->at;

	if (csv->at < csv->end && *csv->at == '"') {
		quoted_read(csv, &out);
	} else {
		while (csv->at < csv->end && *csv->at != ',' && *csv->at != '\n' && *csv->at != '\r')
			*out++ = *csv->at++;
	}
	if (csv->error != NULL)
		return field;
	*last = csv->at == csv->end || *csv->at != ',';
	if (csv->at + 1 < csv->end && csv->at[0] == '\r' && csv->at[1] == '\n')
		csv->at++;
	if (*last && csv->at < csv->end && *csv->at != '\n')
		csv->error = "text behind a closing quote, or a lone carriage return";
	csv->line += csv->at < csv->end && *csv->at == '\n';
	csv->at += csv->at < csv->end;
	*out = '\0'; /* at the latest where the separator stood */
	return field;
}

static bool record_read(struct csv *csv, char *fields[COLUMN_COUNT])
{
	bool last = false;

	for (int i = 0; i < COLUMN_COUNT && csv->error == NULL; i++) {
		if (last)
			csv->error = "too few fields";
		else
			fields[i] = field_read(csv, &last);
	}
	if (csv->error == NULL && !last)
		csv->error = "too many fields";
	return csv->error == NULL;
}

static char *escape(char *out, const char *text)
{
	static const char special[] = "\\\t\r\n", letter[] = "\\trn";

	for (; *text != '\0'; text++) {
		const char *found = strchr(special, *text);

		if (found != NULL)
			*out++ = '\\';
		*out++ = found != NULL ? letter[found - special] : *text;
	}
	return out;
}

static bool record_make(struct record *record, char *const fields[COLUMN_COUNT])
{
	const size_t key_size = strlen(fields[COLUMN_ASSIGNMENT]);
	char *out;

	record->key = malloc(key_size + 16);
	record->value = malloc(2 * (strlen(fields[COLUMN_NAME]) + strlen(fields[COLUMN_ADDRESS])) + 2);
	if (record->key == NULL || record->value == NULL)
		return false;
	memcpy(record->key, fields[COLUMN_ASSIGNMENT], key_size + 1);
	out = escape(record->value, fields[COLUMN_NAME]);
	*out++ = '\t';
	*escape(out, fields[COLUMN_ADDRESS]) = '\0';
	return true;
}

static int by_key_then_place(const void *a, const void *b)
{
	const struct record *const *left = a, *const *right = b;
	const int order = strcmp((*left)->key, (*right)->key);

	return order != 0 ? order : (*left > *right) - (*left < *right);
}

/* The second of a key and those behind it get their number. */
static bool keys_number(struct records *records)
{
	struct record **sorted = malloc((records->count + 1) * sizeof(struct record *));
	size_t first = 0;

	if (sorted == NULL)
		return false;
	for (size_t i = 0; i < records->count; i++)
		sorted[i] = &records->record[i];
	qsort(sorted, records->count, sizeof(*sorted), by_key_then_place);
	for (size_t i = 1; i < records->count; i++) {
		if (strcmp(sorted[i]->key, sorted[first]->key) != 0)
			first = i;
		else
			sprintf(sorted[i]->key + strlen(sorted[i]->key), ".%zu", i - first + 1);
	}
	free(sorted);
	return true;
}

bool records_read(const char *path, struct records *records)
{
	size_t size = 0, capacity = 0;
	char *fields[COLUMN_COUNT];
	char *text = file_read(path, &size);

	*records = (struct records){0};
	if (text == NULL)
		return false;
	struct csv csv = {.at = text, .end = text + size, .line = 1};
	if (record_read(&csv, fields) && strcmp(fields[COLUMN_ASSIGNMENT], "Assignment") != 0)
		csv.error = "the second column is not 'Assignment'";
	while (csv.error == NULL && csv.at < csv.end && record_read(&csv, fields)) {
		if (records->count == capacity) {
			capacity = capacity == 0 ? 1024 : capacity * 2;
			struct record *grown = realloc(records->record, capacity * sizeof(*grown));
			if (grown == NULL) {
				csv.error = "no memory";
				break;
			}
			records->record = grown;
		}
		if (!record_make(&records->record[records->count++], fields))
			csv.error = "no memory";
	}
	free(text);
	if (csv.error == NULL && !keys_number(records))
		csv.error = "no memory";
	if (csv.error == NULL)
		return true;
	fprintf(stderr, "%s:%zu: %s\n", path, csv.line, csv.error);
	records_clear(records);
	return false;
}

void records_clear(struct records *records)
{
	for (size_t i = 0; i < records->count; i++) {
		free(records->record[i].key);
		free(records->record[i].value);
	}
	free(records->record);
	*records = (struct records){0};
}
