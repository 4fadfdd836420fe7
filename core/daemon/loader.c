/* See loader.h. Libraries (lib*.so) lie in the same directories of a build tree and are passed by. */
#include "core/daemon/loader.h"

#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/daemon/access.h"

/* What a module must have to be one: a hostile module is in the daemon anyhow, but a mistaken one is told so. */
static const char *service_fault(const struct loaded *loaded, const struct service_engine *service)
{
	if (service->name == NULL || service->name[0] == '\0' || service->id == 0)
		return "it has no name or no id";
	if (service->requests == NULL || service->request_count > SERVICE_REQUESTS_MAX)
		return "its table of requests is missing or too large";
	if ((service->state_new == NULL) != (service->apply == NULL))
		return "it has a state without apply, or the other way round";
	if (loaded->count == SERVICES_MAX - 1)
		return "there are too many services";
	for (size_t i = 0; i < loaded->count; i++)
		if (loaded->services[i]->id == service->id || strcmp(loaded->services[i]->name, service->name) == 0)
			return "another one has its name or its id";
	return NULL;
}

static void service_insert(struct loaded *loaded, const struct service_engine *service, void *module)
{
	size_t at = loaded->count++;

	for (; at > 0 && loaded->services[at - 1]->id > service->id; at--) {
		loaded->services[at] = loaded->services[at - 1];
		loaded->modules[at] = loaded->modules[at - 1];
	}
	loaded->services[at] = service;
	loaded->modules[at] = module;
}

static bool already_has(const struct loaded *loaded, const char *name)
{
	for (size_t i = 0; i < loaded->count; i++)
		if (strcmp(loaded->services[i]->name, name) == 0)
			return true;
	return false;
}

/* The file's name without .so is the service's name: what is not asked for is not opened. */
static void module_load(struct loaded *loaded, const char *path, const char *names, struct log *log)
{
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (module == NULL) {
		log_write(log, LOG_LEVEL_WARNING, "loader", "module-refused", "%s: %s", path, dlerror());
		return;
	}
	const struct service_engine *service = dlsym(module, "aisle_service");
	if (service == NULL) {
		log_write(log, LOG_LEVEL_DEBUG, "loader", "no-service", "%s exports no aisle_service", path);
		dlclose(module);
		return;
	}
	if (service->name != NULL && (already_has(loaded, service->name) || !access_names_have(names, service->name))) {
		dlclose(module); /* of the same name in an earlier directory, or not wanted */
		return;
	}
	const char *fault = service_fault(loaded, service);
	if (fault != NULL) {
		log_write(log, LOG_LEVEL_WARNING, "loader", "module-refused", "%s: %s", path, fault);
		dlclose(module);
		return;
	}
	service_insert(loaded, service, module);
	log_write(log, LOG_LEVEL_INFO, "loader", "service-loaded", "%s (id %u, format %u) from %s", service->name, service->id,
	          service->format, path);
}

static int is_module(const struct dirent *entry)
{
	const size_t size = strlen(entry->d_name);

	return size > 3 && strcmp(entry->d_name + size - 3, ".so") == 0 && strncmp(entry->d_name, "lib", 3) != 0;
}

static void directory_load(struct loaded *loaded, const char *directory, const char *names, struct log *log)
{
	struct dirent **entries = NULL;
	const int count = scandir(directory, &entries, is_module, alphasort);

	for (int i = 0; i < count; i++) {
		char path[PATH_MAX];

		if (snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name) < (int)sizeof(path))
			module_load(loaded, path, names, log);
		free(entries[i]);
	}
	free(entries);
}

/* Every name that was asked for must be there. */
static bool names_found(const struct loaded *loaded, const char *names, const char *directories, char *error, size_t error_size)
{
	char copy[4096], *rest = copy;

	snprintf(copy, sizeof(copy), "%s", names);
	for (char *name = strsep(&rest, " \t,"); name != NULL; name = strsep(&rest, " \t,"))
		if (*name != '\0' && strcmp(name, "all") != 0 && strcmp(name, "admin") != 0 && !already_has(loaded, name)) {
			snprintf(error, error_size, "aisle.services: no service '%.64s' in %.512s", name, directories);
			return false;
		}
	return true;
}

bool loader_load(struct loaded *loaded, const char *names, struct log *log, char *error, size_t error_size)
{
	const char *directories = getenv("AISLE_PLUGIN_DIR");
	char copy[16384], *rest = copy;

	if (directories == NULL || *directories == '\0')
		directories = getenv("AISLE_PLUGIN_PATH");
	if (directories == NULL || *directories == '\0')
		directories = AISLE_PLUGINDIR;
	*loaded = (struct loaded){0};
	snprintf(copy, sizeof(copy), "%s", directories);
	for (char *directory = strsep(&rest, ":"); directory != NULL; directory = strsep(&rest, ":"))
		if (*directory != '\0')
			directory_load(loaded, directory, names, log);
	if (loaded->count == 0 && access_names_have(names, "clm"))
		log_write(log, LOG_LEVEL_WARNING, "loader", "no-services",
		          "no service in %s: every saClmInitialize and saCkptInitialize is refused; AISLE_PLUGIN_DIR says where ckpt.so and its siblings are",
		          directories);
	return names_found(loaded, names, directories, error, error_size);
}

void loader_unload(struct loaded *loaded)
{
	for (size_t i = 0; i < loaded->count; i++)
		dlclose(loaded->modules[i]);
	*loaded = (struct loaded){0};
}
