/* Whether values that are each in range fit together. */
#include "core/config/config_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/config/config_keys.h"

static uint32_t line_of(const struct config *config, const char *key)
{
	const struct config_value *value = config_get(config, key);

	return value == NULL ? 0 : value->line;
}

/* a must not be less than b; judged only where both are written or have a default of their own. */
static void check_not_less(const struct config *config, const char *a, const char *b, struct config_problems *problems)
{
	const uint64_t a_number = config_number(config, a), b_number = config_number(config, b);
	const bool a_given = config_get(config, a) != NULL;

	if (a_number == 0 || b_number == 0 || a_number >= b_number || (!a_given && config_get(config, b) == NULL))
		return;
	config_error(problems, line_of(config, a_given ? a : b), a_given ? a : b,
	             "%s (%" PRIu64 ") must not be less than %s (%" PRIu64 ")", a, a_number, b, b_number);
}

/* Two values of the same key in two nodes. */
static const struct config_value *node_value(const struct config *config, size_t node, const char *name)
{
	char key[64];

	snprintf(key, sizeof(key), "nodelist.node.%zu.%s", node, name);
	return config_get(config, key);
}

static void check_unique(const struct config *config, size_t nodes, const char *name, struct config_problems *problems)
{
	for (size_t i = 0; i < nodes; i++) {
		const struct config_value *value = node_value(config, i, name);

		for (size_t j = 0; value != NULL && j < i; j++) {
			const struct config_value *other = node_value(config, j, name);

			if (other == NULL || value->number != other->number || (value->type != CONFIG_NUMBER && strcmp(value->text, other->text) != 0))
				continue;
			config_error(problems, value->line, value->key, "%.128s is used by %s too (line %u)", value->text, other->key, other->line);
			break;
		}
	}
}

static void check_nodes(const struct config *config, struct config_problems *problems)
{
	const size_t nodes = config_sections(config, "nodelist.node");

	if (nodes > 128) {
		config_error(problems, 0, "nodelist", "%zu nodes; 128 can be had", nodes);
		return;
	}
	for (size_t i = 0; i < nodes; i++) {
		char section[64];

		snprintf(section, sizeof(section), "nodelist.node.%zu", i);
		if (node_value(config, i, "ring0_addr") == NULL) {
			const struct config_value *id = node_value(config, i, "nodeid"), *name = node_value(config, i, "name");
			const uint32_t line = id != NULL ? id->line : name != NULL ? name->line : 0;

			config_error(problems, line, section, "no ring0_addr: where is the node reached?");
		}
	}
	check_unique(config, nodes, "nodeid", problems);
	check_unique(config, nodes, "ring0_addr", problems);
	check_unique(config, nodes, "name", problems);
}

static void check_transport(const struct config *config, struct config_problems *problems)
{
	const struct config_value *transport = config_get(config, "totem.transport");

	if (transport != NULL && transport->number != 0)
		config_error(problems, transport->line, transport->key,
		             "this release carries packets by udpu alone; %s cannot be had", transport->text);
}

static void check_logging(const struct config *config, struct config_problems *problems)
{
	if (config_number(config, "logging.to_logfile") != 0 && config_text(config, "logging.logfile") == NULL)
		config_error(problems, line_of(config, "logging.to_logfile"), "logging.to_logfile", "logging.logfile does not say which file");
}

static void check_quorum(const struct config *config, struct config_problems *problems)
{
	const struct config_value *expected = config_get(config, "quorum.expected_votes");
	const size_t nodes = config_sections(config, "nodelist.node");

	if (expected != NULL && nodes > 0 && expected->number < nodes)
		config_error(problems, expected->line, expected->key, "%s, but %zu nodes are listed: two halves could both have a majority",
		             expected->text, nodes);
}

void config_check(const struct config *config, struct config_problems *problems)
{
	check_transport(config, problems);
	check_not_less(config, "totem.consensus", "totem.join", problems);
	check_not_less(config, "totem.token", "totem.token_retransmit", problems);
	check_not_less(config, "totem.token_retransmit", "totem.hold", problems);
	check_not_less(config, "totem.window_size", "totem.max_messages", problems);
	check_nodes(config, problems);
	check_quorum(config, problems);
	check_logging(config, problems);
}
