#include "core/ipc/ipc_path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool ipc_instance_is_valid(const char *instance)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	const size_t size = strlen(instance);

	return size > 0 && size <= IPC_INSTANCE_SIZE_MAX && instance[0] != '.' && strspn(instance, allowed) == size;
}

const char *ipc_instance(void)
{
	const char *instance = secure_getenv("AISLE_INSTANCE");

	if (instance == NULL || instance[0] == '\0')
		return "aisle";
	return ipc_instance_is_valid(instance) ? instance : NULL;
}

static bool path_set(struct ipc_path *path, const char *directory, const char *instance)
{
	const int size = snprintf(path->text, sizeof path->text, "%s/%s/ipc.sock", directory, instance);

	return size > 0 && (size_t)size < sizeof path->text;
}

bool ipc_path_of(struct ipc_path *path, const char *instance, uid_t uid)
{
	const char *named = secure_getenv("AISLE_SOCKET"), *runtime = secure_getenv("XDG_RUNTIME_DIR");
	char directory[sizeof path->text];

	*path = (struct ipc_path){0};
	if (named != NULL && named[0] != '\0') {
		path->is_named = true;
		return (size_t)snprintf(path->text, sizeof path->text, "%s", named) < sizeof path->text;
	}
	if (instance == NULL || !ipc_instance_is_valid(instance))
		return false;
	if (uid == 0)
		return path_set(path, "/run/aisle", instance);
	if (runtime != NULL && runtime[0] == '/') {
		const int size = snprintf(directory, sizeof directory, "%s/aisle", runtime);
		return (size_t)size < sizeof directory && path_set(path, directory, instance);
	}
	path->is_shared = true;
	snprintf(directory, sizeof directory, "/tmp/aisle-%u", (unsigned)uid);
	return path_set(path, directory, instance);
}

bool ipc_path_of_process(struct ipc_path *path)
{
	return ipc_path_of(path, ipc_instance(), geteuid());
}

static bool directory_is_ours(const char *directory)
{
	struct stat status;

	if (lstat(directory, &status) != 0)
		return false;
	if (S_ISDIR(status.st_mode) && status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return true;
	errno = EPERM;
	return false;
}

/* The length of "/tmp/aisle-UID" in the path, 0 if there is none. */
static size_t shared_directory_size(const struct ipc_path *path)
{
	return path->is_shared ? strcspn(path->text + strlen("/tmp/"), "/") + strlen("/tmp/") : 0;
}

bool ipc_path_is_safe(const struct ipc_path *path)
{
	char directory[sizeof path->text];
	const size_t size = shared_directory_size(path);

	if (size == 0)
		return true;
	memcpy(directory, path->text, size);
	directory[size] = '\0';
	return directory_is_ours(directory);
}

bool ipc_path_prepare(const struct ipc_path *path)
{
	char directory[sizeof path->text];
	const mode_t mode = geteuid() == 0 ? 0755 : 0700;

	for (const char *slash = strchr(path->text + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		const size_t size = (size_t)(slash - path->text);
		memcpy(directory, path->text, size);
		directory[size] = '\0';
		if (mkdir(directory, mode) != 0 && errno != EEXIST)
			return false;
	}
	return ipc_path_is_safe(path);
}
