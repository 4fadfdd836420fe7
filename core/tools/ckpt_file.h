/* A checkpoint in a file: attributes and sections, version first, a checksum of all of it last. Not here: files and the cluster. Any bytes
 * are a checkpoint or are refused with the reason. Called by `ais ckpt export` and `import`, and the fuzzer. */
#ifndef AISLE_TOOLS_CKPT_FILE_H
#define AISLE_TOOLS_CKPT_FILE_H

#include "ais/ckpt/ckpt_messages.h"

enum { CKPT_FILE_FORMAT = 2 }; /* 1: another checksum */

struct ckpt_file {
	struct bytes name;
	struct ckpt_attributes attributes; /* as at creation */
	int64_t retention_ns;              /* as last set */
	int64_t exported_ns;               /* wall clock */
	bool snapshot;                     /* all sections are of one moment */
	uint32_t section_count;
	struct bytes sections; /* their run; read with ckpt_file_section_next() */
};

struct ckpt_file_section {
	struct bytes id; /* empty: the default section */
	int64_t expiry_ns;
	struct bytes content;
};

/* `sections` is the run of what ckpt_file_section_encode() wrote. */
void ckpt_file_encode(struct wire_writer *out, const struct ckpt_file *file);
void ckpt_file_section_encode(struct wire_writer *out, const struct ckpt_file_section *section);
/* NULL: *file is filled, with views into `bytes`, and every section fits its attributes. Else why not, in words. */
const char *ckpt_file_decode(struct bytes bytes, struct ckpt_file *file);
bool ckpt_file_section_next(struct wire_reader *in, struct ckpt_file_section *section);

#endif
