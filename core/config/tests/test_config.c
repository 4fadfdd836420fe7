/* The configuration: what a file comes to, told as input and expected output side by side (tests/NAME.conf, NAME.expected), and the tree
 * with its notices. AISLE_REWRITE=1 renews the expected files; a reader judges the difference. */
#include "conformance/check/check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/config/config_file.h"
#include "core/config/config_keys.h"
#include "core/config/config_print.h"
#include "core/config/config_reload.h"

enum { TEXT_SIZE = 256 * 1024 };

struct text {
	char *data;
	size_t size;
};

static void text_add(struct text *text, const char *format, const char *a, const char *b)
{
	text->size += (size_t)snprintf(text->data + text->size, TEXT_SIZE - text->size, format, a, b);
}

static void value_add(void *context, const struct config_value *value)
{
	text_add(context, "%s = %s\n", value->key, value->text);
}

/* The problems, then the tree that is left, in key order. */
static struct text outcome(const char *path, const char *name)
{
	struct text text = {.data = calloc(1, TEXT_SIZE)};
	struct config_problems problems = {.source = path};
	struct config *config = config_new();
	char counts[64];

	config_read_file(config, &problems);
	config_check(config, &problems);
	problems.source = name;
	for (const char *line = config_problems_text(&problems); *line != '\0'; line = strchr(line, '\n') + 1) {
		char shown[4096];

		/* the file's name without the directories of this build */
		snprintf(shown, sizeof(shown), "%.*s", (int)strcspn(line, "\n"), line);
		text_add(&text, "%s%s\n", strncmp(shown, path, strlen(path)) == 0 ? name : "",
		         strncmp(shown, path, strlen(path)) == 0 ? shown + strlen(path) : shown);
	}
	snprintf(counts, sizeof(counts), "%u errors, %u warnings", problems.errors, problems.warnings);
	text_add(&text, "%s\n%s----\n", counts, "");
	config_each(config, "", value_add, &text);
	config_problems_clear(&problems);
	config_free(config);
	return text;
}

static char *file_read(const char *path)
{
	FILE *file = fopen(path, "re");
	char *data = calloc(1, TEXT_SIZE);

	if (file != NULL && data != NULL) {
		data[fread(data, 1, TEXT_SIZE - 1, file)] = '\0';
		fclose(file);
	}
	return data;
}

static const char *tests_directory(char *out, size_t size)
{
	const char *top = getenv("top_srcdir");

	snprintf(out, size, "%s/core/config/tests", top == NULL ? "." : top);
	return out;
}

static int is_input(const struct dirent *entry)
{
	const size_t size = strlen(entry->d_name);

	return size > 5 && strcmp(entry->d_name + size - 5, ".conf") == 0;
}

static void pair_hold(const char *directory, const char *name)
{
	char input[8192], expected[8192];

	snprintf(input, sizeof(input), "%s/%s", directory, name);
	snprintf(expected, sizeof(expected), "%s/%.*s.expected", directory, (int)strlen(name) - 5, name);
	struct text got = outcome(input, name);
	if (getenv("AISLE_REWRITE") != NULL) {
		FILE *file = fopen(expected, "we");

		fputs(got.data, file);
		fclose(file);
	}
	char *wanted = file_read(expected);
	const bool equal = strcmp(got.data, wanted) == 0;
	if (!equal)
		printf("%s:\n--- expected\n%s--- found\n%s", name, wanted, got.data);
	CU_ASSERT_TRUE(equal);
	free(wanted);
	free(got.data);
}

static void every_file_comes_to_what_is_expected(void)
{
	char directory[4096];
	struct dirent **entries = NULL;
	const int count = scandir(tests_directory(directory, sizeof(directory)), &entries, is_input, alphasort);

	CU_ASSERT_TRUE(count > 10);
	for (int i = 0; i < count; i++) {
		pair_hold(directory, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

/* What the daemon is given as its configuration may be anything. */
static void what_is_no_file_is_refused_in_words(void)
{
	static const char *const refused[][2] = {{"/", "/: not a regular file\n"}, {"/dev/null/x", "/dev/null/x: cannot be read: Not a directory\n"}};

	for (size_t i = 0; i < 2; i++) {
		struct config_problems problems = {.source = refused[i][0]};
		struct config *config = config_new();

		CU_ASSERT_FALSE(config_read_file(config, &problems));
		CU_ASSERT_STRING_EQUAL(config_problems_text(&problems), refused[i][1]);
		config_problems_clear(&problems);
		config_free(config);
	}
}

static struct config_problems read_text(struct config *config, const char *text)
{
	struct config_problems problems = {.source = "text"};

	config_read_bytes(config, bytes_of_text(text), &problems);
	if (problems.errors == 0)
		config_check(config, &problems);
	return problems;
}

static bool is_accepted(const char *format, const char *value)
{
	char text[512];
	struct config *config = config_new();

	snprintf(text, sizeof(text), format, value);
	struct config_problems problems = read_text(config, text);
	const bool accepted = problems.errors == 0;
	config_problems_clear(&problems);
	config_free(config);
	return accepted;
}

/* CASE-054, TOT-112: bad numbers are refused, each with the key and the range. */
static void bad_numbers_are_refused_with_key_and_range(void)
{
	static const char *const bad[] = {"abc", "1e3", "-1", "99999999999", "29", "0x40", "100ms", "1 000"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[128];
		struct config *config = config_new();

		snprintf(text, sizeof(text), "totem {\n token: %s\n}\n", bad[i]);
		struct config_problems problems = read_text(config, text);
		CU_ASSERT_EQUAL(problems.errors, 1);
		CU_ASSERT_PTR_NOT_NULL(strstr(config_problems_text(&problems), "text:2: totem.token: "));
		CU_ASSERT_PTR_NOT_NULL(strstr(config_problems_text(&problems), "from 30 to 3600000"));
		CU_ASSERT_PTR_NOT_NULL(strstr(config_problems_text(&problems), bad[i]));
		config_problems_clear(&problems);
		config_free(config);
	}
}

static void limits_are_where_they_are_said_to_be(void)
{
	CU_ASSERT_FALSE(is_accepted("totem {\ntoken: %s\n}\n", "29"));
	CU_ASSERT_TRUE(is_accepted("totem {\ntoken: %s\n}\n", "30"));
	CU_ASSERT_FALSE(is_accepted("totem {\nhold: %s\n}\n", "13"));
	CU_ASSERT_TRUE(is_accepted("totem {\nhold: %s\n}\n", "14"));
	CU_ASSERT_FALSE(is_accepted("totem {\nconsensus: 40\njoin: %s\n}\n", "41"));
	CU_ASSERT_TRUE(is_accepted("totem {\nconsensus: 40\njoin: %s\n}\n", "40"));
	CU_ASSERT_FALSE(is_accepted("totem {\ninterface {\nmcastport: %s\n}\n}\n", "0"));
	CU_ASSERT_FALSE(is_accepted("totem {\ninterface {\nmcastport: %s\n}\n}\n", "65536"));
	CU_ASSERT_TRUE(is_accepted("totem {\ninterface {\nmcastport: %s\n}\n}\n", "65535"));
	CU_ASSERT_FALSE(is_accepted("nodelist {\nnode {\nring0_addr: 192.0.2.1\nnodeid: %s\n}\n}\n", "4294967296"));
	CU_ASSERT_TRUE(is_accepted("nodelist {\nnode {\nring0_addr: 192.0.2.1\nnodeid: %s\n}\n}\n", "4294967295"));
	CU_ASSERT_TRUE(is_accepted("quorum {\nstate_wait: %s\n}\n", "forever"));
	CU_ASSERT_FALSE(is_accepted("quorum {\nstate_wait: %s\n}\n", "never"));
}

/* CASE-184: the same file with and without remarks. */
static void a_remark_leaves_the_tree_as_it_is(void)
{
	static const char *const files[] = {"totem {\nwindow_size: 500     # default 50\nmax_messages: 50\t# default 17\n}\n",
	                                    "totem {\nwindow_size: 500\nmax_messages: 50\n}\n"};
	struct text trees[2];

	for (size_t i = 0; i < 2; i++) {
		struct config *config = config_new();
		struct config_problems problems = read_text(config, files[i]);

		CU_ASSERT_EQUAL(problems.errors, 0);
		trees[i] = (struct text){.data = calloc(1, TEXT_SIZE)};
		config_each(config, "", value_add, &trees[i]);
		config_problems_clear(&problems);
		config_free(config);
	}
	CU_ASSERT_STRING_EQUAL(trees[0].data, "totem.max_messages = 50\ntotem.window_size = 500\n");
	CU_ASSERT_STRING_EQUAL(trees[0].data, trees[1].data);
	CU_ASSERT_FALSE(is_accepted("totem {\nwindow_size: 500\nmax_messages: %s\n}\n", "501"));
	free(trees[0].data);
	free(trees[1].data);
}

/* CASE-012: the greatest number of nodes is enforced before anything starts, and named. */
static void more_nodes_than_can_be_are_refused(void)
{
	for (unsigned count = 128; count <= 129; count++) {
		struct text text = {.data = calloc(1, TEXT_SIZE)};
		struct config *config = config_new();

		text_add(&text, "nodelist {\n%s%s", "", "");
		for (unsigned i = 1; i <= count; i++)
			text.size += (size_t)snprintf(text.data + text.size, TEXT_SIZE - text.size, "node {\nnodeid: %u\nring0_addr: 192.0.2.%u\n}\n", i, i);
		text_add(&text, "}\n%s%s", "", "");
		struct config_problems problems = read_text(config, text.data);
		CU_ASSERT_EQUAL(problems.errors, count == 129);
		CU_ASSERT_STRING_EQUAL(config_problems_text(&problems), count == 129 ? "text: nodelist: 129 nodes; 128 can be had\n" : "");
		config_problems_clear(&problems);
		config_free(config);
		free(text.data);
	}
}

static void transports_that_are_not_there_are_refused(void)
{
	CU_ASSERT_TRUE(is_accepted("totem {\ntransport: %s\n}\n", "udpu"));
	CU_ASSERT_FALSE(is_accepted("totem {\ntransport: %s\n}\n", "udp"));
	CU_ASSERT_FALSE(is_accepted("totem {\ntransport: %s\n}\n", "knet"));
	CU_ASSERT_FALSE(is_accepted("totem {\nsecauth: %s\n}\n", "on"));
	CU_ASSERT_TRUE(is_accepted("totem {\nversion: 2\nsecauth: %s\nrrp_mode:  none\n}\n", "false")); /* CASE-192 */
	CU_ASSERT_FALSE(is_accepted("totem {\ncrypto_cipher: %s\n}\n", "aes256"));
}

static void a_dotted_name_is_no_section(void)
{
	CU_ASSERT_FALSE(is_accepted("nodelist {\nnode.%s.nodeid: 1\n}\n", "4000000000"));
	CU_ASSERT_FALSE(is_accepted("nodelist {\nnode.%s {\nnodeid: 1\n}\n}\n", "4000000000"));
}

struct changes {
	unsigned came, went, changed;
	char last[256];
};

static void on_change(void *context, const struct config_value *before, const struct config_value *after)
{
	struct changes *changes = context;

	changes->came += before == NULL;
	changes->went += after == NULL;
	changes->changed += before != NULL && after != NULL;
	snprintf(changes->last, sizeof(changes->last), "%s: %s -> %s", (after != NULL ? after : before)->key,
	         before == NULL ? "" : before->text, after == NULL ? "" : after->text);
}

static void changes_are_told_below_their_prefix_alone(void)
{
	struct config *config = config_new();
	struct changes totem = {0}, all = {0};
	struct config_tracker *tracker = config_track(config, "totem.", on_change, &totem);
	struct config_tracker *everything = config_track(config, "", on_change, &all);

	CU_ASSERT_TRUE(config_set(config, "totem.token", "1000", CONFIG_NUMBER, 1000, 0));
	CU_ASSERT_TRUE(config_set(config, "quorum.provider", "none", CONFIG_TEXT, 0, 0));
	CU_ASSERT_TRUE(config_set(config, "totem.token", "2000", CONFIG_NUMBER, 2000, 0));
	CU_ASSERT_STRING_EQUAL(totem.last, "totem.token: 1000 -> 2000");
	CU_ASSERT_STRING_EQUAL(config_get(config, "totem.token")->text, "2000");
	CU_ASSERT_TRUE(config_remove(config, "totem.token"));
	CU_ASSERT_FALSE(config_remove(config, "totem.token"));
	CU_ASSERT_TRUE(totem.came == 1 && totem.changed == 1 && totem.went == 1);
	CU_ASSERT_TRUE(all.came == 2 && all.changed == 1 && all.went == 1);
	config_untrack(config, tracker);
	config_set(config, "totem.token", "1", CONFIG_NUMBER, 1, 0);
	CU_ASSERT_TRUE(totem.came == 1 && all.came == 3);
	config_untrack(config, everything);
	config_free(config);
}

static void keys_that_cannot_be_are_refused(void)
{
	struct config *config = config_new();
	char longest[CONFIG_KEY_SIZE_MAX + 2];

	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	CU_ASSERT_FALSE(config_set(config, longest, "", CONFIG_TEXT, 0, 0));
	longest[CONFIG_KEY_SIZE_MAX] = '\0';
	CU_ASSERT_TRUE(config_set(config, longest, "", CONFIG_TEXT, 0, 0));
	CU_ASSERT_FALSE(config_set(config, "", "x", CONFIG_TEXT, 0, 0));
	CU_ASSERT_FALSE(config_set(config, "a b", "x", CONFIG_TEXT, 0, 0));
	config_free(config);
}

static void node_ten_comes_after_node_two(void)
{
	struct config *config = config_new();
	struct text text = {.data = calloc(1, TEXT_SIZE)};

	config_set(config, "nodelist.node.10.name", "k", CONFIG_TEXT, 0, 0);
	config_set(config, "nodelist.node.2.name", "c", CONFIG_TEXT, 0, 0);
	config_each(config, "nodelist.", value_add, &text);
	CU_ASSERT_STRING_EQUAL(text.data, "nodelist.node.2.name = c\nnodelist.node.10.name = k\n");
	CU_ASSERT_EQUAL(config_sections(config, "nodelist.node"), 11);
	free(text.data);
	config_free(config);
}

/* What --print-config prints comes to the same tree when it is read. */
static void the_printed_configuration_reads_back_the_same(void)
{
	static const char file[] = "totem {\nversion: 2\ninterface {\nmcastport: 5407\n}\n}\nnodelist {\nnode {\nnodeid: 1\nring0_addr: 192.0.2.1\n}\n"
	                           "node {\nnodeid: 2\nring0_addr: 192.0.2.2\n}\n}\nservice {\nname: x\n}\nservice {\nname: y\n}\n";
	struct config *first = config_new(), *second = config_new();
	struct text a = {.data = calloc(1, TEXT_SIZE)}, b = {.data = calloc(1, TEXT_SIZE)};
	char *printed = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&printed, &size);

	struct config_problems problems = read_text(first, file);
	CU_ASSERT_EQUAL(problems.errors, 0);
	config_problems_clear(&problems);
	config_print(first, memory);
	fclose(memory);
	problems = read_text(second, printed);
	CU_ASSERT_EQUAL(problems.errors, 0);
	config_problems_clear(&problems);
	config_each(first, "", value_add, &a);
	config_each(second, "", value_add, &b);
	CU_ASSERT_STRING_EQUAL(a.data, b.data);
	free(printed);
	free(a.data);
	free(b.data);
	config_free(first);
	config_free(second);
}

static void every_default_is_in_its_own_range(void)
{
	for (size_t i = 0; i < config_key_count; i++) {
		uint64_t number;
		char error[256];

		if (config_keys[i].preset != NULL)
			CU_ASSERT_TRUE(config_key_read(&config_keys[i], config_keys[i].preset, &number, error, sizeof(error)));
		CU_ASSERT_PTR_NOT_NULL(config_keys[i].help);
		CU_ASSERT_TRUE(config_keys[i].type != CONFIG_CHOICE || config_keys[i].choices != NULL);
	}
}

/* CASE-050: text keeps a '#', a typed value does not. */
static void only_typed_values_lose_a_remark(void)
{
	struct config *config = config_new();
	struct config_problems problems = read_text(config, "totem {\ncluster_name: my cluster #1\ntoken: 500 # ms\n}\n");

	CU_ASSERT_EQUAL(problems.errors, 0);
	CU_ASSERT_EQUAL(problems.warnings, 1);
	CU_ASSERT_STRING_EQUAL(config_text(config, "totem.cluster_name"), "my cluster #1");
	CU_ASSERT_EQUAL(config_number(config, "totem.token"), 500);
	config_problems_clear(&problems);
	config_free(config);
}

static void any_amount_of_trouble_is_told_in_bounds(void)
{
	const size_t size = 400000;
	char *text = malloc(size + 1);
	struct config *config = config_new();

	for (size_t i = 0; i < size; i += 2)
		memcpy(text + i, "}\n", 2);
	text[size] = '\0';
	struct config_problems problems = read_text(config, text);
	CU_ASSERT_TRUE(problems.errors >= CONFIG_PROBLEMS_MAX);
	CU_ASSERT_TRUE(problems.size < 100000);
	config_problems_clear(&problems);
	memset(text, '{', size);
	problems = read_text(config, text);
	CU_ASSERT_TRUE(problems.errors > 0);
	config_problems_clear(&problems);
	config_free(config);
	free(text);
}

static struct config *tree_of(const char *text)
{
	struct config *config = config_new();
	struct config_problems problems = {.source = "t"};

	config_read_bytes(config, bytes_of_text(text), &problems);
	CU_ASSERT_EQUAL(problems.errors, 0);
	config_problems_clear(&problems);
	return config;
}

static void reload_refuses(const char *running, const char *next, const char *expected)
{
	struct config *a = tree_of(running), *b = tree_of(next);
	struct config_problems problems = {.source = "f"};

	config_reload_check(a, b, &problems);
	CU_ASSERT_STRING_EQUAL(config_problems_text(&problems), expected);
	if (strcmp(config_problems_text(&problems), expected) != 0)
		fputs(config_problems_text(&problems), stderr);
	config_problems_clear(&problems);
	config_free(a);
	config_free(b);
}

/* CASE-057: who this node is, and how it is reached, stay what they are. */
static void a_reload_refuses_what_needs_a_restart(void)
{
	reload_refuses("nodelist {\n node {\n  nodeid: 1\n }\n}\n", "nodelist {\n node {\n  nodeid: 3\n }\n}\n",
	               "f:3: nodelist.node.0.nodeid: was 1, is 3; only a restart can change it\n");
	reload_refuses("totem {\n cluster_name: a\n}\n", "totem {\n cluster_name: b\n}\n",
	               "f:2: totem.cluster_name: was a, is b; only a restart can change it\n");
	reload_refuses("totem {\n transport: udpu\n}\n", "totem {\n transport: udp\n}\n",
	               "f:2: totem.transport: was udpu, is udp; only a restart can change it\n");
	reload_refuses("totem {\n token: 1000\n}\n", "totem {\n\n token: 2000\n}\n", "f:3: totem.token: was 1000, is 2000; only a restart can change it\n");
	reload_refuses("", "totem {\n token: 2000\n}\n", "f:2: totem.token: was not set, is 2000; only a restart can change it\n");
	reload_refuses("totem {\n token: 2000\n}\n", "", "f: totem.token: was 2000, is not set any more; only a restart can change it\n");
	reload_refuses("totem {\n join: 50\n}\n", "totem {\n merge: 200\n}\n", ""); /* both are the defaults */
	reload_refuses("quorum {\n required: yes\n}\n", "quorum {\n required: on\n}\n", "");
	reload_refuses("logging {\n debug: on\n}\n", "uidgid {\n uid: 7\n}\naisle {\n clients_max: 5\n}\n", "");
	reload_refuses("pload {\n a: 1\n}\n", "totem {\n rrp_mode: none\n}\n", ""); /* nobody uses them */
}

struct told {
	unsigned count;
	char last[80];
};

static void on_told(void *context, const struct config_value *before, const struct config_value *after)
{
	struct told *told = context;

	told->count++;
	snprintf(told->last, sizeof(told->last), "%s %s %s", before != NULL ? before->key : after->key, before != NULL ? before->text : "-",
	         after != NULL ? after->text : "-");
}

static void a_reload_tells_of_each_change_once(void)
{
	struct config *a = tree_of("logging {\n debug: on\n to_syslog: no\n}\nuidgid {\n uid: 7\n}\n");
	struct config *b = tree_of("# moved\nlogging {\n to_syslog: off\n debug: on\n timestamp: date\n}\n");
	struct told all = {0}, stamp = {0}, rules = {0};
	bool complete;

	config_track(a, "", on_told, &all);
	config_track(a, "logging.timestamp", on_told, &stamp);
	config_track(a, "uidgid", on_told, &rules);
	CU_ASSERT_EQUAL(config_reload_apply(a, b, &complete), 2);
	CU_ASSERT_TRUE(complete);
	CU_ASSERT_EQUAL(all.count, 2); /* moved lines and other words for the same are no change */
	CU_ASSERT_EQUAL(stamp.count, 1);
	CU_ASSERT_STRING_EQUAL(stamp.last, "logging.timestamp - date");
	CU_ASSERT_EQUAL(rules.count, 1);
	CU_ASSERT_STRING_EQUAL(rules.last, "uidgid.0.uid 7 -");
	CU_ASSERT_EQUAL(config_count(a), config_count(b));
	CU_ASSERT_EQUAL(config_reload_apply(a, b, &complete), 0);
	CU_ASSERT_EQUAL(all.count, 2);
	config_free(a);
	config_free(b);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"every file comes to what is expected", every_file_comes_to_what_is_expected},
		{"what is no file is refused in words", what_is_no_file_is_refused_in_words},
		{"bad numbers are refused with key and range", bad_numbers_are_refused_with_key_and_range},
		{"limits are where they are said to be", limits_are_where_they_are_said_to_be},
		{"a remark leaves the tree as it is (CASE-184)", a_remark_leaves_the_tree_as_it_is},
		{"more nodes than can be are refused (CASE-012)", more_nodes_than_can_be_are_refused},
		{"transports and crypto that are not there are refused", transports_that_are_not_there_are_refused},
		{"a dotted name is no section", a_dotted_name_is_no_section},
		{"changes are told below their prefix alone", changes_are_told_below_their_prefix_alone},
		{"a reload refuses what needs a restart, with old and new value", a_reload_refuses_what_needs_a_restart},
		{"a reload tells of each change once", a_reload_tells_of_each_change_once},
		{"keys that cannot be are refused", keys_that_cannot_be_are_refused},
		{"node 10 comes after node 2", node_ten_comes_after_node_two},
		{"the printed configuration reads back the same", the_printed_configuration_reads_back_the_same},
		{"every default is in its own range", every_default_is_in_its_own_range},
		{"only typed values lose a remark", only_typed_values_lose_a_remark},
		{"any amount of trouble is told in bounds", any_amount_of_trouble_is_told_in_bounds},
	};

	return check_run("config", cases, sizeof(cases) / sizeof(cases[0]));
}
