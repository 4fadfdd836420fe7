/* The client's end of the recorder. See recorder.h. */
#include "conformance/live/recorder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "recorder: %s: %s\n", what, strerror(errno));
	exit(1);
}

int recorder_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0)
		give_up(path);
	return descriptor;
}

struct recorder_answer recorder_tell(int recorder, const struct recorder_request *request)
{
	struct recorder_answer answer;

	if (send(recorder, request, sizeof *request, MSG_NOSIGNAL) != (ssize_t)sizeof *request ||
	    recv(recorder, &answer, sizeof answer, 0) != (ssize_t)sizeof answer)
		give_up("no answer");
	return answer;
}
