/* Where an instance's socket is: one rule for the daemon, the clients and the tools.
 *
 *	$AISLE_SOCKET if set
 *	root:      /run/aisle/INSTANCE/ipc.sock
 *	others:    $XDG_RUNTIME_DIR/aisle/INSTANCE/ipc.sock, or /tmp/aisle-UID/INSTANCE/ipc.sock without that variable
 *
 * INSTANCE is $AISLE_INSTANCE, `aisle` without it. A client that is not root and finds no daemon of its own user at its own place
 * asks the system's, at root's. */
#ifndef AISLE_IPC_PATH_H
#define AISLE_IPC_PATH_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

enum { IPC_INSTANCE_SIZE_MAX = 32 };

struct ipc_path {
	char text[sizeof ((struct sockaddr_un *)0)->sun_path];
	bool is_named;  /* by $AISLE_SOCKET */
	bool is_shared; /* below /tmp, where anybody can put a directory: its owner is to be checked */
};

/* 1 to 32 of A-Z a-z 0-9 . _ -, not beginning with a dot. */
bool ipc_instance_is_valid(const char *instance);
const char *ipc_instance(void); /* NULL: $AISLE_INSTANCE is no valid name */

/* False: no valid instance, or the path is longer than a socket's name can be (107 octets). */
bool ipc_path_of(struct ipc_path *path, const char *instance, uid_t uid);
bool ipc_path_of_process(struct ipc_path *path); /* of ipc_instance() and the effective user */

/* For the daemon: makes the directories above the socket, those of one user with mode 0700, root's with 0755. False: errno says why;
 * EPERM: a directory below /tmp belongs to somebody else. */
bool ipc_path_prepare(const struct ipc_path *path);
/* False: the socket's directory is below /tmp and not this user's: whoever listens there is not to be trusted. */
bool ipc_path_is_safe(const struct ipc_path *path);

#endif
