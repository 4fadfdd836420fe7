/* See paths.h. */
#include "core/daemon/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/ipc/ipc_path.h"

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value == NULL || *value == '\0' ? NULL : value;
}

static bool path_put(char *out, const char *format, const char *a, const char *b)
{
	const int size = snprintf(out, PATH_MAX, format, a, b);

	return size > 0 && size < PATH_MAX;
}

static bool state_find(struct paths *paths, const char *instance, const char *configured)
{
	const char *chosen = environment("AISLE_STATE_DIR"), *xdg = environment("XDG_STATE_HOME"), *home = environment("HOME");

	chosen = chosen != NULL ? chosen : configured;
	paths->state_is_chosen = chosen != NULL;
	if (chosen != NULL)
		return path_put(paths->state, "%s%s", chosen, "");
	if (geteuid() == 0)
		return path_put(paths->state, "%s/%s", "/var/lib/aisle", instance);
	if (xdg != NULL && xdg[0] == '/')
		return path_put(paths->state, "%s/aisle/%s", xdg, instance);
	if (home != NULL && home[0] == '/')
		return path_put(paths->state, "%s/.local/state/aisle/%s", home, instance);
	paths->state[0] = '\0';
	return true;
}

static bool run_find(struct paths *paths, const char *instance, const char *configured, char *error, size_t error_size)
{
	const char *chosen = environment("AISLE_RUN_DIR");
	struct ipc_path socket;

	chosen = chosen != NULL ? chosen : configured;
	if (!ipc_path_of(&socket, instance, geteuid())) {
		snprintf(error, error_size, "no valid path for the socket of instance '%.64s'", instance);
		return false;
	}
	if (chosen == NULL) {
		if (!ipc_path_prepare(&socket)) {
			snprintf(error, error_size, "no directory for %s: %s%s", socket.text, strerror(errno),
			         errno == EPERM ? " (it belongs to somebody else)" : "");
			return false;
		}
		snprintf(paths->socket, sizeof(paths->socket), "%s", socket.text);
		snprintf(paths->run, sizeof(paths->run), "%.*s", (int)(strrchr(socket.text, '/') - socket.text), socket.text);
		return true;
	}
	if (path_put(paths->run, "%s%s", chosen, "") &&
	    path_put(paths->socket, "%s%s", socket.is_named ? socket.text : paths->run, socket.is_named ? "" : "/ipc.sock"))
		return true;
	snprintf(error, error_size, "the run directory's path is too long");
	return false;
}

bool paths_find(struct paths *paths, const char *instance, const char *state_configured, const char *run_configured, char *error,
                size_t error_size)
{
	*paths = (struct paths){0};
	if (!run_find(paths, instance, run_configured, error, error_size))
		return false;
	if (state_find(paths, instance, state_configured))
		return true;
	snprintf(error, error_size, "the state directory's path is too long");
	return false;
}

static bool directories_make(const char *path, mode_t mode)
{
	char part[PATH_MAX];

	snprintf(part, sizeof(part), "%s", path);
	for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0755) != 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
			return false;
		*slash = '/';
	}
	return mkdir(part, mode) == 0 || errno == EEXIST;
}

/* What the mode says is not what a mount or a quota allows: a file is made and removed. */
static bool directory_is_writable(const char *path)
{
	char probe[PATH_MAX + 32];

	snprintf(probe, sizeof(probe), "%s/.probe-%ld", path, (long)getpid());
	const int descriptor = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (descriptor < 0)
		return false;
	close(descriptor);
	return unlink(probe) == 0;
}

bool paths_prepare(struct paths *paths, char *error, size_t error_size)
{
	if (!directories_make(paths->run, 0755) || !directory_is_writable(paths->run)) {
		snprintf(error, error_size, "run directory %s cannot be written: %s", paths->run, strerror(errno));
		return false;
	}
	if (paths->state[0] != '\0' && directories_make(paths->state, 0750) && directory_is_writable(paths->state))
		return true;
	if (paths->state_is_chosen || geteuid() == 0) {
		snprintf(error, error_size, "state directory %s cannot be written: %s; it holds the ring sequence, without which no ring can "
		                            "be formed safely; AISLE_STATE_DIR or system.state_dir names another", paths->state, strerror(errno));
		return false;
	}
	snprintf(paths->state, sizeof(paths->state), "%s", paths->run);
	paths->state_is_run = true;
	return true;
}

const char *paths_config(const char *option, const char *instance, char *out, bool *named)
{
	const char *chosen = option != NULL ? option : environment("AISLE_CONFIG");

	*named = chosen != NULL;
	if (chosen != NULL)
		return path_put(out, "%s%s", chosen, "") ? out : NULL;
	if (!path_put(out, AISLE_SYSCONFDIR "/%s%s", instance, ".conf") || access(out, F_OK) != 0)
		return NULL;
	return out;
}

static long lock_holder(int descriptor)
{
	char text[32] = {0};

	return pread(descriptor, text, sizeof(text) - 1, 0) > 0 ? strtol(text, NULL, 10) : 0;
}

int paths_lock(const struct paths *paths, bool *held, char *error, size_t error_size)
{
	char path[PATH_MAX + 8], pid[32];

	*held = false;
	snprintf(path, sizeof(path), "%s/lock", paths->run);
	const int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (descriptor < 0) {
		snprintf(error, error_size, "%s: %s", path, strerror(errno));
		return -1;
	}
	if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
		*held = errno == EWOULDBLOCK;
		snprintf(error, error_size, *held ? "a daemon of this instance runs already (process %ld, lock %s)" : "cannot lock %ld %s",
		         lock_holder(descriptor), path);
		close(descriptor);
		return -1;
	}
	const int size = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, pid, (size_t)size, 0) != size) {
		snprintf(error, error_size, "%s cannot be written: %s", path, strerror(errno));
		close(descriptor);
		return -1;
	}
	return descriptor;
}
