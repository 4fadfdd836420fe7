/* A daemon without memory or descriptors for a client's rings: each call on the way to them fails in turn. The client is told which of the two
 * it was, nothing stays behind, and the next client is served. */
#include <errno.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conformance/check/check.h"
#include "conformance/check/fault.h"
#include "core/base/wire.h"
#include "core/ipc/ipc_client.h"
#include "core/ipc/tests/echo_server.h"

/* The linker's --wrap sends the server's calls through here; the client's are not counted, as only the daemon's process is armed. */
int __real_memfd_create(const char *name, unsigned flags);
int __real_ftruncate(int descriptor, off_t size);
int __real_fcntl(int descriptor, int command, ...);
void *__real_mmap(void *at, size_t size, int protection, int flags, int descriptor, off_t offset);
int __real_socketpair(int domain, int type, int protocol, int pair[2]);
int __wrap_memfd_create(const char *name, unsigned flags);
int __wrap_ftruncate(int descriptor, off_t size);
int __wrap_fcntl(int descriptor, int command, ...);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int descriptor, off_t offset);
int __wrap_socketpair(int domain, int type, int protocol, int pair[2]);

enum { NOEXEC_SEAL = 8 /* MFD_NOEXEC_SEAL, which older headers lack */ };

/* As on a kernel that does not know the seal: the server then asks again without it, and that is the call that counts. */
int __wrap_memfd_create(const char *name, unsigned flags)
{
	if (fault_is_armed() && (flags & NOEXEC_SEAL)) {
		errno = EINVAL;
		return -1;
	}
	return fault_strikes() ? -1 : __real_memfd_create(name, flags);
}

int __wrap_ftruncate(int descriptor, off_t size)
{
	return fault_strikes() ? -1 : __real_ftruncate(descriptor, size);
}

int __wrap_fcntl(int descriptor, int command, ...)
{
	va_list arguments;

	va_start(arguments, command);
	const int argument = va_arg(arguments, int); /* seals, flags */
	va_end(arguments);
	return fault_strikes() ? -1 : __real_fcntl(descriptor, command, argument);
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int descriptor, off_t offset)
{
	return fault_strikes() ? MAP_FAILED : __real_mmap(at, size, protection, flags, descriptor, offset);
}

int __wrap_socketpair(int domain, int type, int protocol, int pair[2])
{
	return fault_strikes() ? -1 : __real_socketpair(domain, type, protocol, pair);
}

/* Open in the daemon while one client is served. */
static uint32_t descriptors_of(struct ipc_client *client)
{
	struct wire_writer answer = {0};

	CU_ASSERT_EQUAL_FATAL(ipc_client_call(client, ECHO_REQUEST_STATUS, -1, (struct bytes){0}, &answer), RESULT_OK);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer));
	const uint32_t descriptors = wire_get_u32(&in);
	wire_writer_clear(&answer);
	return descriptors;
}

/* What the first client was told when the call failed; RESULT_OK: there were not so many. If it was refused then the next is served. */
static uint32_t refusal_at(size_t call, int error, uint32_t *descriptors)
{
	struct echo_server server;
	struct ipc_client *client = NULL;

	fault_arm(call, error); /* inherited by the daemon */
	const bool started = echo_server_start(&server, NULL);
	fault_disarm();
	CU_ASSERT_FATAL(started);
	const uint32_t told = ipc_client_connect("echo", &client);
	if (told != RESULT_OK)
		CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &client), RESULT_OK);
	*descriptors = descriptors_of(client);
	ipc_client_close(client);
	echo_server_stop(&server);
	return told;
}

static void a_client_without_rings_is_told_why_and_leaves_nothing(void)
{
	static const struct {
		int error;
		uint32_t told;
	} cases[] = {{ENOMEM, RESULT_NO_MEMORY}, {EMFILE, RESULT_NO_RESOURCES}};
	enum { NEVER = 1000000, STEPS = 5 /* memfd_create, ftruncate, fcntl, mmap, socketpair */ };
	uint32_t clean;

	CU_ASSERT_EQUAL(refusal_at(NEVER, ENOMEM, &clean), RESULT_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t call = 0;

		for (uint32_t descriptors, told; (told = refusal_at(call, cases[i].error, &descriptors)) != RESULT_OK; call++) {
			CU_ASSERT_EQUAL(told, cases[i].told);
			CU_ASSERT_EQUAL(descriptors, clean);
		}
		CU_ASSERT_EQUAL(call, STEPS);
	}
}

int main(void)
{
	static const struct check_case cases[] = {
		{"a client without rings is told why and leaves nothing", a_client_without_rings_is_told_why_and_leaves_nothing},
	};

	return check_run("ipc full", cases, sizeof(cases) / sizeof(cases[0]));
}
