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
		char section[64], address[96];

		snprintf(section, sizeof(section), "nodelist.node.%zu", i);
		if (node_value(config, i, "ring0_addr") == NULL) {
			const struct config_value *id = node_value(config, i, "nodeid"), *name = node_value(config, i, "name");
			const uint32_t line = id != NULL ? id->line : name != NULL ? name->line : 0;

			snprintf(address, sizeof(address), " %s.ring0_addr: ", section);
			if (strstr(config_problems_text(problems), address) == NULL) /* one that was refused has been told of */
				config_error(problems, line, section, "no ring0_addr: where is the node reached?");
		}
	}
	check_unique(config, nodes, "nodeid", problems);
	check_unique(config, nodes, "ring0_addr", problems);
	check_unique(config, nodes, "name", problems);
}

static const struct config_value *interface_value(const struct config *config, size_t interface, const char *name)
{
	char key[64];

	snprintf(key, sizeof(key), "totem.interface.%zu.%s", interface, name);
	return config_get(config, key);
}

/* What says the nodes' addresses in this file. */
static const char *addresses_said(const struct config *config)
{
	if (config_sections(config, "nodelist.node") > 0)
		return "ring0_addr of the nodelist says it";
	if (config_sections(config, "totem.interface.0.member") > 0)
		return "memberaddr of the members says it";
	return "a ring needs a nodelist, and its ring0_addr says it";
}

static void check_bindnetaddr(const struct config_value *value, const char *said, struct config_problems *problems)
{
	if (value != NULL)
		config_warning(problems, value->line, value->key, "without effect: %s", said);
}

/* The first line that says something of an interface. */
static uint32_t interface_line(const struct config *config, size_t interface)
{
	static const char *const names[] = {"ringnumber", "linknumber", "bindnetaddr", "mcastaddr", "mcastport"};
	uint32_t line = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct config_value *value = interface_value(config, interface, names[i]);

		if (value != NULL && (line == 0 || value->line < line))
			line = value->line;
	}
	return line;
}

/* An interface of a second ring. A file that gives it to no node, or to some only, meant a redundancy that it would not have had (CASE-196). */
static void check_second_ring(const struct config *config, size_t interface, struct config_problems *problems)
{
	const struct config_value *number = interface_value(config, interface, "ringnumber");
	const size_t nodes = config_sections(config, "nodelist.node");
	size_t lacking = 0;
	char section[64];

	if (number == NULL)
		number = interface_value(config, interface, "linknumber");
	if (number == NULL || number->number != 1)
		return;
	for (size_t i = 0; i < nodes; i++)
		lacking += node_value(config, i, "ring1_addr") == NULL;
	if (lacking == 0)
		return;
	snprintf(section, sizeof(section), "totem.interface.%zu", interface);
	config_warning(problems, interface_line(config, interface), section,
	               "a second ring, but %zu of %zu nodes have no ring1_addr; this release has one ring, that of ring0_addr", lacking, nodes);
}

static void check_interfaces(const struct config *config, struct config_problems *problems)
{
	const size_t interfaces = config_sections(config, "totem.interface");

	for (size_t i = 0; i < interfaces; i++) {
		check_bindnetaddr(interface_value(config, i, "bindnetaddr"), addresses_said(config), problems);
		check_second_ring(config, i, problems);
	}
}

enum { FAIL_RECV_FEW = 100 };

static void check_fail_recv(const struct config *config, struct config_problems *problems)
{
	const struct config_value *rotations = config_get(config, "totem.fail_recv_const");

	if (rotations != NULL && rotations->number < FAIL_RECV_FEW)
		config_warning(problems, rotations->line, rotations->key,
		               "%s rotations are very few: a node that loses some packets may be taken for one that receives none; the default is 2500",
		               rotations->text);
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

/* What others' files rely on and nobody here does: told, lest it be missed when it is needed. */
static void check_others(const struct config *config, struct config_problems *problems)
{
	const struct config_value *model = config_get(config, "quorum.device.model");
	const size_t services = config_sections(config, "service");

	if (model != NULL)
		config_warning(problems, model->line, model->key, "without effect: no quorum device in this release, %.128s has no votes", model->text);
	for (size_t i = 0; i < services; i++) {
		char key[64];

		snprintf(key, sizeof(key), "service.%zu.name", i);
		const struct config_value *name = config_get(config, key);
		if (name != NULL)
			config_warning(problems, name->line, name->key,
			               "without effect: %.128s is not loaded from here; Aisle's own services are there anyway (aisle.services), any other "
			               "program is to be started by itself", name->text);
	}
}

void config_check(const struct config *config, struct config_problems *problems)
{
	check_transport(config, problems);
	check_not_less(config, "totem.consensus", "totem.join", problems);
	check_not_less(config, "totem.token", "totem.token_retransmit", problems);
	check_not_less(config, "totem.token_retransmit", "totem.hold", problems);
	check_not_less(config, "totem.window_size", "totem.max_messages", problems);
	check_interfaces(config, problems);
	check_fail_recv(config, problems);
	check_nodes(config, problems);
	check_quorum(config, problems);
	check_logging(config, problems);
	check_others(config, problems);
}
