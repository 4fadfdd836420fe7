/* See access.h. A rule with a user and a group allows either, as files in the field have it. */
#include "core/daemon/access.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/config/config_keys.h"

static bool is_number(const char *text, uint32_t *number)
{
	char *end;

	errno = 0;
	const unsigned long value = strtoul(text, &end, 10);
	*number = (uint32_t)value;
	return isdigit((unsigned char)*text) && *end == '\0' && errno == 0 && value < UINT32_MAX;
}

static const struct config_value *rule_value(const struct config *config, size_t rule, const char *name)
{
	char key[64];

	snprintf(key, sizeof(key), "uidgid.%zu.%s", rule, name);
	return config_get(config, key);
}

static bool user_find(const char *text, uid_t *uid)
{
	const struct passwd *user = NULL;

	if (is_number(text, uid))
		return true;
	user = getpwnam(text);
	if (user != NULL)
		*uid = user->pw_uid;
	return user != NULL;
}

static bool group_find(const char *text, gid_t *gid)
{
	const struct group *group = NULL;

	if (is_number(text, gid))
		return true;
	group = getgrnam(text);
	if (group != NULL)
		*gid = group->gr_gid;
	return group != NULL;
}

static void rule_read(struct access_rule *rule, const struct config *config, size_t at, struct config_problems *problems)
{
	const struct config_value *uid = rule_value(config, at, "uid"), *gid = rule_value(config, at, "gid");
	const struct config_value *services = rule_value(config, at, "services");

	if (uid != NULL && !user_find(uid->text, &rule->uid))
		config_error(problems, uid->line, uid->key, "no user '%.64s' on this host", uid->text);
	if (gid != NULL && !group_find(gid->text, &rule->gid))
		config_error(problems, gid->line, gid->key, "no group '%.64s' on this host", gid->text);
	rule->has_uid = uid != NULL;
	rule->has_gid = gid != NULL;
	rule->services = services == NULL ? "all" : services->text;
}

void access_read(struct access_rules *rules, const struct config *config, struct config_problems *problems)
{
	const size_t count = config_sections(config, "uidgid");

	*rules = (struct access_rules){.rules = calloc(count + 1, sizeof(*rules->rules))};
	if (rules->rules == NULL) {
		config_error(problems, 0, "uidgid", "no memory");
		return;
	}
	rules->count = count;
	for (size_t i = 0; i < count; i++)
		rule_read(&rules->rules[i], config, i, problems);
}

void access_clear(struct access_rules *rules)
{
	free(rules->rules);
	*rules = (struct access_rules){0};
}

bool access_names_have(const char *names, const char *name)
{
	const size_t size = strlen(name);

	while (*names != '\0') {
		const size_t word = strcspn(names, " \t,");

		if ((word == 3 && strncmp(names, "all", 3) == 0) || (word == size && word > 0 && strncmp(names, name, size) == 0))
			return true;
		names += word;
		names += strspn(names, " \t,");
	}
	return false;
}

bool access_is_operator(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

bool access_allows(const struct access_rules *rules, const char *service, uid_t uid, gid_t gid)
{
	if (access_is_operator(uid))
		return true;
	for (size_t i = 0; i < rules->count; i++) {
		const struct access_rule *rule = &rules->rules[i];
		const bool is_meant = (rule->has_uid && rule->uid == uid) || (rule->has_gid && rule->gid == gid);

		if (is_meant && access_names_have(rule->services, service))
			return true;
	}
	return false;
}
