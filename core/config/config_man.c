/* Writes aisle.conf(5) from the table of keys, so that page and program cannot differ. Run by the build. */
#include <stdio.h>
#include <string.h>

#include "core/config/config_keys.h"

static const char head[] =
	".TH AISLE.CONF 5 \"\" Aisle \"Aisle\"\n"
	".SH NAME\naisle.conf \\- configuration of aisexec\n"
	".SH SYNOPSIS\n.B /etc/aisle/INSTANCE.conf\n"
	".SH DESCRIPTION\n"
	"The file of a node, in the format of Corosync and openais. Without one\n.BR aisexec (8)\n"
	"runs a cluster of one node. All nodes of a cluster have the same file.\n"
	".PP\nSections stand in braces and may nest; inside, a line is\n.I key\n:\n.IR value .\n"
	"The value is all that follows the first colon, without the blanks around it. Lines that begin with # are comments.\n"
	"Behind a number, a choice or an address a remark (blank, #, text) is passed over with a warning; in texts it belongs to the value.\n"
	"Yes or no is written yes, no, on, off, true, false, 1 or 0.\n"
	".PP\nAn unknown key in one of the sections below is an error that names the nearest one. Keys that Corosync or openais know and\n"
	"Aisle does not use are noticed as without effect. Other sections are kept, with a warning if nobody knows them.\n"
	"After an error the rest is read all the same, so that all errors are told at once; nothing is started then (status 2).\n"
	"\\fBaisexec --check-config\\fR checks a file, \\fBaisexec --print-config\\fR prints what it comes to.\n"
	".PP\nKeys marked\n.I at run time\nare changed by \\fBais config reload\\fR, on all nodes or on none; the others by a restart.\n"
	".SH EXAMPLE\n.nf\n"
	"totem {\n\tcluster_name: subscribers\n}\nquorum {\n\tprovider: corosync_votequorum\n}\n"
	"nodelist {\n\tnode {\n\t\tnodeid: 1\n\t\tname: db-1\n\t\tring0_addr: 192.0.2.1\n\t}\n"
	"\tnode {\n\t\tnodeid: 2\n\t\tname: db-2\n\t\tring0_addr: 192.0.2.2\n\t}\n"
	"\tnode {\n\t\tnodeid: 3\n\t\tname: db-3\n\t\tring0_addr: 192.0.2.3\n\t}\n}\n.fi\n"
	".SH KEYS\n";

/* A dash is a dash and not a hyphen; a line must not begin with what roff takes for a command. */
static void text_print(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text != '\0'; text++)
		if (*text == '-' || *text == '\\')
			printf("\\%c", *text);
		else
			putchar(*text);
}

static void type_print(const struct config_key *key)
{
	static const char *const types[] = {"text", "number", "yes or no", "one of", "address or host name"};

	fputs(types[key->type], stdout);
	for (size_t i = 0; key->type == CONFIG_CHOICE && key->choices[i] != NULL; i++) {
		fputs(i == 0 ? " " : ", ", stdout);
		text_print(key->choices[i]);
	}
	if (key->type == CONFIG_NUMBER)
		printf(" from %llu to %llu", (unsigned long long)key->minimum, (unsigned long long)key->maximum);
	if (key->unit != NULL)
		printf(" %s", key->unit);
	if (key->word != NULL)
		printf(", or %s", key->word);
	if (key->preset != NULL) {
		fputs("; default ", stdout);
		text_print(key->preset);
	}
	if (key->at_run_time)
		fputs("; at run time", stdout);
}

static size_t section_size(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot == NULL ? 0 : (size_t)(dot - name);
}

int main(void)
{
	const char *section = "";

	fputs(head, stdout);
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		const size_t size = section_size(key->name);

		if (key->use == CONFIG_WITHOUT_EFFECT)
			continue;
		if (section_size(section) != size || strncmp(section, key->name, size) != 0) {
			printf(".SS \"%.*s\"\n", (int)size, key->name);
			section = key->name;
		}
		fputs(".TP\n.B ", stdout);
		text_print(key->name + size + 1);
		fputs("\n(", stdout);
		type_print(key);
		fputs(")\n.br\n", stdout);
		text_print(key->help);
		putchar('\n');
	}
	fputs(".PP\nA star in a section's name stands for its number: the section may be given more than once.\n.SH SEE ALSO\n.BR aisexec (8),\n"
	      ".BR ais (1)\n", stdout);
	return ferror(stdout) != 0 || fflush(stdout) != 0;
}
