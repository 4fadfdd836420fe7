/* Any bytes are a configuration file: either a tree or errors, never a crash, never more memory than the file's own size asks for. */
#include "core/config/config_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_problems problems = {.source = "fuzz"};
	struct config *config = config_new();

	if (config == NULL)
		return 0;
	config_read_bytes(config, bytes_of(data, size), &problems);
	config_check(config, &problems);
	config_problems_clear(&problems);
	config_free(config);
	return 0;
}
