/* Several threads share one connection: whoever waits first reads for all, the others sleep until their answer is there or the reader
 * hands over. Requests are put into the ring one after the other, the parts of a long one not mixed with others. */
#include "core/ipc/ipc_client.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/base/list.h"
#include "core/ipc/ipc_clock.h"
#include "core/ipc/ipc_messages.h"
#include "core/ipc/ipc_path.h"
#include "core/ipc/ipc_yield.h"

enum { LOOKS_BEFORE_SLEEP = 60 };

static const int64_t second_ns = 1000000000;
static const int64_t never_ns = INT64_MAX;
/* So long a sleeper may not know that the daemon has died. */
static const int64_t brief_ns = 10000000;

/* One thread that waits, on that thread's stack. */
struct call {
	struct list link;
	uint64_t number;
	pthread_cond_t wake;
	struct wire_writer *answer; /* NULL: not wanted */
	size_t received;            /* octets of the answer so far */
	uint32_t code;
	bool is_done;
	int *descriptors;           /* [IPC_DESCRIPTORS_MAX]; NULL: none are wanted */
};

struct ipc_client {
	const uint8_t *is_here; /* a page of its own that holds 1 here and zeros in a child: asked at each call, a system call is too much for it */
	int socket, events;
	void *mapping;
	size_t mapping_size;
	uint64_t request_size_max;
	bool is_lost; /* atomic */

	pthread_mutex_t lock; /* of the calls */
	struct ipc_ring request, answer;
	struct list calls;
	struct call *sender; /* who may put into the request ring; NULL: nobody does */
	uint32_t senders_waiting;
	bool is_being_read;
	uint64_t number_last;

	pthread_mutex_t event_lock;
	struct ipc_ring event;
	struct ipc_assembly assembly; /* of events */
	struct ipc_yield yield;       /* of whoever reads */
	uint32_t wakes_owed;          /* bytes in the event socket that stand for no event */
};

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * second_ns + now.tv_nsec;
}

static int64_t after_ns(int64_t now_ns, int64_t duration_ns)
{
	return duration_ns > never_ns - now_ns ? never_ns : now_ns + duration_ns;
}

static struct timespec timespec_of(int64_t ns)
{
	return (struct timespec){.tv_sec = ns / second_ns, .tv_nsec = ns % second_ns};
}

/* False: the deadline has passed. A signal counts as an event: the caller looks again. */
static bool wait_readable(int descriptor, int64_t deadline_ns)
{
	struct pollfd ready = {.fd = descriptor, .events = POLLIN};
	struct timespec left;

	if (deadline_ns == never_ns)
		return ppoll(&ready, 1, NULL, NULL) != 0;
	const int64_t now_ns = monotonic_ns();
	left = timespec_of(deadline_ns > now_ns ? deadline_ns - now_ns : 0);
	return ppoll(&ready, 1, &left, NULL) != 0;
}

static bool is_foreign(const struct ipc_client *client)
{
	return *client->is_here == 0;
}

bool ipc_client_is_lost(const struct ipc_client *client)
{
	return __atomic_load_n(&client->is_lost, __ATOMIC_ACQUIRE);
}

static void daemon_wake(const struct ipc_client *client)
{
	(void)send(client->socket, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL); /* full: it has not looked at the last ones */
}

/* --- connecting --- */

static uint32_t result_of_errno(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return RESULT_ACCESS;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
		return RESULT_NO_RESOURCES;
	case ENOMEM:
		return RESULT_NO_MEMORY;
	default:
		return RESULT_TRY_AGAIN; /* nobody there, not listening yet, its queue is full */
	}
}

/* The connected socket, or -1: errno. */
static int socket_connect(const struct ipc_path *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, path->text, sizeof address.sun_path);

	if (!ipc_path_is_safe(path))
		return -1;
	const int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (descriptor < 0)
		return -1;
	if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0)
		return descriptor;
	const int error = errno;
	close(descriptor);
	errno = error;
	return -1;
}

static uint32_t instance_connect(int *descriptor)
{
	struct ipc_path path;

	if (!ipc_path_of_process(&path))
		return RESULT_LIBRARY;
	*descriptor = socket_connect(&path);
	const bool is_absent = *descriptor < 0 && (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR);
	if (is_absent && !path.is_named && geteuid() != 0 && ipc_path_of(&path, ipc_instance(), 0))
		*descriptor = socket_connect(&path);
	return *descriptor >= 0 ? RESULT_OK : result_of_errno(errno);
}

static void descriptors_take(struct msghdr *message, int descriptors[IPC_DESCRIPTORS_MAX])
{
	descriptors[0] = descriptors[1] = -1;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
		if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
		    header->cmsg_len <= CMSG_LEN(IPC_DESCRIPTORS_MAX * sizeof(int)))
			memcpy(descriptors, CMSG_DATA(header), header->cmsg_len - CMSG_LEN(0));
	}
}

static void descriptors_close(const int descriptors[IPC_DESCRIPTORS_MAX])
{
	for (int i = 0; i < IPC_DESCRIPTORS_MAX; i++) {
		if (descriptors[i] >= 0)
			close(descriptors[i]);
	}
}

/* Says what is wanted and waits for the welcome. RESULT_OK: with two descriptors. */
static uint32_t socket_greet(int descriptor, const char *service, struct ipc_welcome *welcome, int descriptors[2])
{
	uint8_t buffer[IPC_GREETING_SIZE_MAX];
	struct wire_writer out = {.data = buffer, .capacity = sizeof buffer};
	struct ipc_hello hello = {.clock = ipc_clock_id()};
	const int64_t deadline_ns = after_ns(monotonic_ns(), IPC_GRACE_S * second_ns);
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(IPC_DESCRIPTORS_MAX * sizeof(int))];
	} control;

	if (strlen(service) > IPC_SERVICE_SIZE_MAX)
		return RESULT_NOT_EXIST;
	memcpy(hello.service, service, strlen(service));
	ipc_hello_encode(&out, &hello);
	/* Refused at the door, it may be closed already; the refusal can be read all the same. */
	if (send(descriptor, out.data, out.size, MSG_NOSIGNAL) != (ssize_t)out.size && errno != EPIPE && errno != ECONNRESET)
		return result_of_errno(errno);

	struct iovec part = {.iov_base = buffer, .iov_len = sizeof buffer};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	ssize_t size;
	int resets = 0;
	do {
		if (!wait_readable(descriptor, deadline_ns))
			return RESULT_TRY_AGAIN;
		size = recvmsg(descriptor, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (size < 0 && (errno == EAGAIN || errno == EINTR || (errno == ECONNRESET && resets++ == 0)));
	if (size <= 0)
		return RESULT_TRY_AGAIN; /* it is going down, or was too busy */

	struct wire_reader in = wire_reader_of(bytes_of(buffer, (size_t)size));
	descriptors_take(&message, descriptors);
	uint32_t code = ipc_welcome_decode(&in, welcome) ? welcome->code : RESULT_VERSION;
	if (code == RESULT_OK && (message.msg_flags & MSG_CTRUNC) != 0)
		code = RESULT_NO_RESOURCES; /* no room for its descriptors in ours */
	else if (code == RESULT_OK && (descriptors[0] < 0 || descriptors[1] < 0 || !ipc_ring_size_is_valid(welcome->ring_size)))
		code = RESULT_VERSION;
	if (code != RESULT_OK)
		descriptors_close(descriptors);
	return code;
}

static uint8_t *mark_new(void)
{
	uint8_t *mark = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mark == MAP_FAILED)
		return NULL;
	if (madvise(mark, 1, MADV_WIPEONFORK) != 0) {
		munmap(mark, 1);
		return NULL;
	}
	*mark = 1;
	return mark;
}

static void mark_free(uint8_t *mark)
{
	if (mark != NULL)
		munmap(mark, 1);
}

/* Takes over socket and event descriptor if it returns OK. */
static uint32_t client_new(int descriptor, int events, int memory, const struct ipc_welcome *welcome, struct ipc_client **result)
{
	const size_t size = ipc_mapping_size(welcome->ring_size);
	struct stat status;

	if (fstat(memory, &status) != 0 || (uint64_t)status.st_size < size)
		return RESULT_VERSION;
	struct ipc_client *client = calloc(1, sizeof *client);
	if (client == NULL)
		return RESULT_NO_MEMORY;
	uint8_t *is_here = mark_new();
	void *mapping = is_here == NULL ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (mapping == MAP_FAILED) {
		mark_free(is_here);
		free(client);
		return RESULT_NO_MEMORY;
	}
	madvise(mapping, size, MADV_DONTFORK); /* a child has nothing to look for in its parent's rings */
	*client = (struct ipc_client){.is_here = is_here, .socket = descriptor, .events = events, .mapping = mapping,
	                              .mapping_size = size, .request_size_max = welcome->request_size_max};
	ipc_rings_of_mapping(mapping, welcome->ring_size, &client->request, &client->answer, &client->event);
	pthread_mutex_init(&client->lock, NULL);
	pthread_mutex_init(&client->event_lock, NULL);
	list_init(&client->calls);
	*result = client;
	return RESULT_OK;
}

static uint32_t client_connect(const char *service, struct ipc_client **client)
{
	struct ipc_welcome welcome;
	int descriptor, descriptors[2];

	uint32_t code = instance_connect(&descriptor);
	if (code != RESULT_OK)
		return code;
	code = socket_greet(descriptor, service, &welcome, descriptors);
	if (code == RESULT_OK) {
		code = client_new(descriptor, descriptors[1], descriptors[0], &welcome, client);
		close(descriptors[0]);
		if (code != RESULT_OK)
			close(descriptors[1]);
	}
	if (code != RESULT_OK)
		close(descriptor);
	return code;
}

uint32_t ipc_client_connect(const char *service, struct ipc_client **client)
{
	int cancel_state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	const uint32_t code = client_connect(service, client);
	pthread_setcancelstate(cancel_state, NULL);
	return code;
}

void ipc_client_forked(struct ipc_client *client)
{
	if (client->socket >= 0)
		close(client->socket);
	if (client->events >= 0)
		close(client->events);
	client->socket = client->events = -1;
}

void ipc_client_close(struct ipc_client *client)
{
	if (client == NULL)
		return;
	if (!is_foreign(client)) {
		shutdown(client->socket, SHUT_RDWR); /* a child may still have a copy */
		munmap(client->mapping, client->mapping_size);
		pthread_mutex_destroy(&client->lock);
		pthread_mutex_destroy(&client->event_lock);
	}
	ipc_client_forked(client);
	mark_free((uint8_t *)(uintptr_t)client->is_here);
	ipc_assembly_clear(&client->assembly);
	free(client);
}

static void client_lose(struct ipc_client *client)
{
	__atomic_store_n(&client->is_lost, true, __ATOMIC_SEQ_CST);
	shutdown(client->socket, SHUT_RDWR);
	shutdown(client->events, SHUT_RDWR);
	if (ipc_ring_rouse(&client->answer) == IPC_WAKE_FUTEX)
		(void)syscall(SYS_futex, &client->answer.words->wake_wanted, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void ipc_client_shutdown(struct ipc_client *client)
{
	if (!is_foreign(client))
		client_lose(client); /* whoever reads or waits wakes up by it, and tells the others */
}

/* --- calls; all of these hold client->lock --- */

static struct call *call_find(const struct ipc_client *client, uint64_t number)
{
	for (struct list *link = client->calls.next; link != &client->calls; link = link->next) {
		struct call *call = container_of(link, struct call, link);
		if (call->number == number)
			return call;
	}
	return NULL;
}

/* One packet from the socket: a wake-up, or descriptors for a call; `descriptors` are -1 where there are none. As recv(). */
static ssize_t packet_take(int descriptor, uint64_t *call, int descriptors[IPC_DESCRIPTORS_MAX])
{
	uint8_t packet[IPC_GREETING_SIZE_MAX];
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(IPC_DESCRIPTORS_MAX * sizeof(int))];
	} control;
	struct iovec part = {.iov_base = packet, .iov_len = sizeof packet};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};

	const ssize_t size = recvmsg(descriptor, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	*call = 0;
	descriptors[0] = descriptors[1] = -1;
	if (size < 0)
		return size;
	descriptors_take(&message, descriptors);
	if (size == IPC_PASS_SIZE) {
		struct wire_reader in = wire_reader_of(bytes_of(packet, IPC_PASS_SIZE));
		*call = wire_get_u64(&in);
	}
	return size;
}

/* To the call that waits for them; else they are closed. */
static void descriptors_give(const struct ipc_client *client, uint64_t number, const int descriptors[IPC_DESCRIPTORS_MAX])
{
	struct call *call = number == 0 ? NULL : call_find(client, number);

	if (call == NULL || call->descriptors == NULL || call->descriptors[0] >= 0)
		descriptors_close(descriptors);
	else
		memcpy(call->descriptors, descriptors, IPC_DESCRIPTORS_MAX * sizeof(int));
}

/* What belongs to an answer was sent before the answer was published, so it is in the socket, if no one has it already. */
static void descriptors_fetch(const struct ipc_client *client)
{
	int descriptors[IPC_DESCRIPTORS_MAX];
	uint64_t number;

	while (packet_take(client->socket, &number, descriptors) > 0)
		descriptors_give(client, number, descriptors);
}

static void call_complete(struct call *call, uint32_t code)
{
	call->code = call->answer != NULL && call->answer->failed ? RESULT_NO_MEMORY : code;
	call->is_done = true;
	pthread_cond_signal(&call->wake);
}

/* The next part of an answer goes from the ring to where its caller wants it. Nobody waits for it any more: it is dropped. */
static bool answer_take(struct ipc_client *client, uint32_t available)
{
	struct ipc_ring *ring = &client->answer;
	uint8_t header[IPC_RECORD_SIZE];
	struct ipc_record record;

	if (available < IPC_RECORD_SIZE)
		return false;
	ipc_ring_get(ring, header, sizeof header);
	if (!ipc_record_decode(header, &record) || ipc_ring_padded(record.size) > available - IPC_RECORD_SIZE)
		return false;
	struct call *call = call_find(client, record.call);
	if (record.kind == IPC_ANSWER_PASSED)
		descriptors_fetch(client); /* nobody wants them: they are closed, and do not stand in the way of the next */
	if (call == NULL || call->is_done || call->answer == NULL || call->answer->failed) {
		ring->position += ipc_ring_padded(record.size);
	} else if (record.size > 0) {
		struct wire_writer *answer = call->answer;
		wire_put_zeros(answer, record.size); /* makes room */
		if (answer->failed)
			ring->position += ipc_ring_padded(record.size);
		else
			ipc_ring_get(ring, answer->data + answer->size - record.size, record.size);
	}
	if (call == NULL || call->is_done)
		return true;
	call->received += record.size;
	if (call->received >= record.total && call->descriptors != NULL)
		descriptors_fetch(client); /* a daemon of before does not say that there are some */
	if (call->received >= record.total)
		call_complete(call, record.code);
	return true;
}

static void calls_wake(const struct ipc_client *client)
{
	for (struct list *link = client->calls.next; link != &client->calls; link = link->next)
		pthread_cond_signal(&container_of(link, struct call, link)->wake);
}

static void client_lose_all(struct ipc_client *client)
{
	client_lose(client);
	calls_wake(client);
}

static void answers_take(struct ipc_client *client)
{
	uint32_t available;

	while ((available = ipc_ring_available(&client->answer)) > 0) {
		if (available == ipc_ring_broken || !answer_take(client, available)) {
			client_lose_all(client);
			return;
		}
		if (ipc_ring_release(&client->answer))
			daemon_wake(client);
	}
	/* A sender may wait for room in the request ring, which is told by the same socket. */
	if (client->sender != NULL)
		pthread_cond_signal(&client->sender->wake);
}

/* Sleeps on the word in the ring, not long. True: woken, by an answer or because the connection is lost. */
static bool wait_briefly(const struct ipc_client *client, int64_t deadline_ns)
{
	const int64_t now_ns = monotonic_ns(), left_ns = deadline_ns - now_ns;
	const struct timespec brief = timespec_of(left_ns < 0 ? 0 : left_ns < brief_ns ? left_ns : brief_ns);
	uint32_t *word = &client->answer.words->wake_wanted;

	if (__atomic_load_n(&client->is_lost, __ATOMIC_SEQ_CST))
		return true;
	return syscall(SYS_futex, word, FUTEX_WAIT, IPC_WAKE_FUTEX, &brief, NULL, 0) == 0 || errno == EAGAIN;
}

/* A core that sleeps takes long to wake: a few times whoever wants it has it first. How often, not how long: on a quiet machine it is soon over,
 * on a full one the answer has been made meanwhile. */
static bool answers_come(struct ipc_client *client)
{
	if (!ipc_yield_gives(sched_getscheduler(0)))
		return false;
	for (int look = 0; look < LOOKS_BEFORE_SLEEP; look++) {
		if (ipc_ring_available(&client->answer) != 0 || ipc_client_is_lost(client))
			return true;
		if (!ipc_yield(&client->yield))
			return false;
	}
	return false;
}

/* As ipc_ring_sleep(), or false after a short sleep that has ended well. Without the lock, by the thread that reads. A sender that waits for
 * room hears of it by the socket alone. */
static bool answers_sleep(struct ipc_client *client, bool briefly, int64_t deadline_ns)
{
	if (answers_come(client))
		return false;
	if (briefly && (!ipc_ring_sleep_where(&client->answer, IPC_WAKE_FUTEX) || wait_briefly(client, deadline_ns)))
		return false;
	return ipc_ring_sleep(&client->answer);
}

/* Sleeps without the lock, then takes what has come. False: the deadline has passed. */
static bool client_read(struct ipc_client *client, int64_t deadline_ns)
{
	int descriptors[IPC_DESCRIPTORS_MAX];
	uint64_t number = 0;
	bool in_time = true;

	if (ipc_ring_available(&client->answer) == 0) {
		const bool briefly = client->sender == NULL;
		client->is_being_read = true;
		pthread_mutex_unlock(&client->lock);
		const bool sleeps = answers_sleep(client, briefly, deadline_ns);
		in_time = !sleeps || wait_readable(client->socket, deadline_ns);
		const ssize_t size = sleeps && in_time ? packet_take(client->socket, &number, descriptors) : -1;
		const bool is_lost = sleeps && in_time && (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR));
		pthread_mutex_lock(&client->lock);
		client->is_being_read = false;
		if (size > 0)
			descriptors_give(client, number, descriptors);
		if (is_lost || ipc_client_is_lost(client)) {
			client_lose_all(client);
			return true;
		}
	}
	ipc_ring_awake(&client->answer);
	answers_take(client);
	return in_time;
}

/* Waits for whatever comes next. False: the deadline has passed. */
static bool call_wait(struct ipc_client *client, struct call *call, int64_t deadline_ns)
{
	if (!client->is_being_read)
		return client_read(client, deadline_ns);
	if (deadline_ns == never_ns)
		return pthread_cond_wait(&call->wake, &client->lock) == 0;
	const struct timespec deadline = timespec_of(deadline_ns);
	return pthread_cond_timedwait(&call->wake, &client->lock, &deadline) != ETIMEDOUT;
}

/* Who has read for all and leaves wakes one that goes on reading. */
static void reading_hand_over(struct ipc_client *client)
{
	if (client->is_being_read)
		return;
	for (struct list *link = client->calls.next; link != &client->calls; link = link->next) {
		struct call *call = container_of(link, struct call, link);
		if (!call->is_done) {
			pthread_cond_signal(&call->wake);
			return;
		}
	}
}

static uint32_t request_put(struct ipc_client *client, struct call *call, const struct ipc_record *record, const uint8_t *body,
                            int64_t deadline_ns)
{
	size_t done = 0;

	while (!ipc_client_is_lost(client)) {
		const uint32_t before = client->request.position;
		const enum ipc_put put = ipc_record_put(&client->request, *record, body, &done);
		if (client->request.position != before && ipc_ring_publish(&client->request))
			daemon_wake(client);
		if (put == IPC_PUT_DONE)
			return RESULT_OK;
		if (put == IPC_PUT_BROKEN)
			client_lose_all(client);
		else if (!call_wait(client, call, deadline_ns))
			return RESULT_TIMEOUT; /* the next request's first part ends this one's */
	}
	return RESULT_LIBRARY;
}

static uint32_t request_send(struct ipc_client *client, struct call *call, const struct ipc_record *record, const uint8_t *body,
                             int64_t deadline_ns)
{
	while (client->sender != NULL && !ipc_client_is_lost(client)) {
		client->senders_waiting++;
		const bool in_time = call_wait(client, call, deadline_ns);
		client->senders_waiting--;
		if (!in_time)
			return RESULT_TIMEOUT;
	}
	if (ipc_client_is_lost(client))
		return RESULT_LIBRARY;
	client->sender = call;
	const uint32_t code = request_put(client, call, record, body, deadline_ns);
	client->sender = NULL;
	if (client->senders_waiting > 0)
		calls_wake(client); /* which of them waits to send is not known, and it is rare */
	return code;
}

static uint32_t call_run(struct ipc_client *client, struct call *call, const struct ipc_record *record, const uint8_t *body,
                         int64_t deadline_ns)
{
	const uint32_t code = request_send(client, call, record, body, deadline_ns);

	if (code != RESULT_OK)
		return code;
	while (!call->is_done) {
		if (ipc_client_is_lost(client))
			return RESULT_LIBRARY;
		if (!call_wait(client, call, deadline_ns) && !call->is_done)
			return RESULT_TIMEOUT;
	}
	return call->code;
}

static uint32_t client_call(struct ipc_client *client, uint16_t request, int64_t timeout_ns, struct bytes body,
                            struct wire_writer *answer, int *descriptors)
{
	const int64_t limit_ns = timeout_ns < 0 ? IPC_DAEMON_LIMIT_S * second_ns : timeout_ns;
	const int64_t deadline_ns = limit_ns == never_ns ? never_ns
	                                                 : after_ns(monotonic_ns(), after_ns(limit_ns, IPC_GRACE_S * second_ns));
	struct call call = {.answer = answer, .descriptors = descriptors};
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&call.wake, &attributes);
	pthread_condattr_destroy(&attributes);

	pthread_mutex_lock(&client->lock);
	call.number = ++client->number_last;
	list_append(&client->calls, &call.link);
	const struct ipc_record record = {.kind = request, .total = (uint32_t)body.size, .call = call.number, .timeout_ns = timeout_ns,
	                                  .asked_ns = ipc_clock_ns()};
	const uint32_t code = call_run(client, &call, &record, body.data, deadline_ns);
	list_remove(&call.link);
	reading_hand_over(client);
	pthread_mutex_unlock(&client->lock);
	pthread_cond_destroy(&call.wake);
	return code;
}

static uint32_t call_checked(struct ipc_client *client, uint16_t request, int64_t timeout_ns, struct bytes body,
                             struct wire_writer *answer, int *descriptors)
{
	int cancel_state;

	if (answer != NULL)
		wire_writer_reset(answer);
	if (is_foreign(client))
		return RESULT_BAD_HANDLE;
	if (ipc_client_is_lost(client))
		return RESULT_LIBRARY;
	if (body.size > client->request_size_max)
		return RESULT_NO_RESOURCES;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	const uint32_t code = client_call(client, request, timeout_ns, body, answer, descriptors);
	pthread_setcancelstate(cancel_state, NULL);
	return code;
}

uint32_t ipc_client_call(struct ipc_client *client, uint16_t request, int64_t timeout_ns, struct bytes body,
                         struct wire_writer *answer)
{
	return call_checked(client, request, timeout_ns, body, answer, NULL);
}

uint32_t ipc_client_call_descriptors(struct ipc_client *client, uint16_t request, int64_t timeout_ns, struct bytes body,
                                     struct wire_writer *answer, int descriptors[IPC_DESCRIPTORS_MAX])
{
	for (int i = 0; i < IPC_DESCRIPTORS_MAX; i++)
		descriptors[i] = -1;
	const uint32_t code = call_checked(client, request, timeout_ns, body, answer, descriptors);
	if (code == RESULT_OK)
		return code;
	descriptors_close(descriptors);
	for (int i = 0; i < IPC_DESCRIPTORS_MAX; i++)
		descriptors[i] = -1;
	return code;
}

static bool client_tell(struct ipc_client *client, const struct ipc_record *record, const uint8_t *body)
{
	size_t done = 0;

	if (client->sender != NULL || ipc_client_is_lost(client) || ipc_ring_room(&client->request) < IPC_RECORD_SIZE + ipc_ring_padded(record->total))
		return false;
	const bool is_sent = ipc_record_put(&client->request, *record, body, &done) == IPC_PUT_DONE;
	if (ipc_ring_publish(&client->request))
		daemon_wake(client);
	return is_sent;
}

bool ipc_client_tell(struct ipc_client *client, uint16_t request, struct bytes body)
{
	int cancel_state;

	if (is_foreign(client) || ipc_client_is_lost(client))
		return false;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	pthread_mutex_lock(&client->lock);
	const struct ipc_record record = {.kind = request, .total = (uint32_t)body.size, .call = IPC_CALL_POSTED | ++client->number_last,
	                                  .timeout_ns = -1, .asked_ns = ipc_clock_ns()};
	const bool is_sent = client_tell(client, &record, body.data);
	pthread_mutex_unlock(&client->lock);
	pthread_setcancelstate(cancel_state, NULL);
	return is_sent;
}

bool ipc_client_post(struct ipc_client *client, uint16_t request, struct bytes body)
{
	if (is_foreign(client) || ipc_client_is_gone(client) ||
	    __atomic_load_n(ipc_may_post_of_mapping(client->mapping), __ATOMIC_ACQUIRE) == 0)
		return false;
	return ipc_client_tell(client, request, body);
}

/* --- events --- */

int ipc_client_event_descriptor(const struct ipc_client *client)
{
	return client->events;
}

/* Takes one byte out of the event socket. The daemon sends it right after it has published, so it is there or just about to be. */
static void wake_take_back(struct ipc_client *client)
{
	const int64_t deadline_ns = after_ns(monotonic_ns(), second_ns / 10);
	uint8_t wake;

	do {
		const ssize_t size = recv(client->events, &wake, 1, MSG_DONTWAIT);
		if (size == 1)
			return;
		if (size == 0) {
			client_lose(client);
			return;
		}
	} while (wait_readable(client->events, deadline_ns));
	client->wakes_owed++; /* it was stopped just there: the byte will stand for nothing */
}

static void wakes_settle(struct ipc_client *client)
{
	uint8_t wake;
	const ssize_t size = recv(client->events, &wake, 1, MSG_DONTWAIT | (client->wakes_owed > 0 ? 0 : MSG_PEEK));

	if (size == 0)
		client_lose(client);
	else if (size == 1 && client->wakes_owed > 0)
		client->wakes_owed--;
}

static bool event_take(struct ipc_client *client, uint16_t *event, struct wire_writer *body)
{
	const char *why;
	enum ipc_take take;

	do {
		take = ipc_assembly_take(&client->assembly, &client->event, UINT32_MAX, &why);
		if (take == IPC_TAKE_NOTHING) {
			wakes_settle(client);
			return false;
		}
		if (take == IPC_TAKE_BROKEN || take == IPC_TAKE_NO_MEMORY) {
			client_lose(client);
			return false;
		}
		if (ipc_ring_release(&client->event))
			daemon_wake(client);
		if (ipc_ring_disarm(&client->event))
			wake_take_back(client);
	} while (take == IPC_TAKE_PART);
	*event = client->assembly.record.kind;
	wire_writer_reset(body);
	wire_put_raw(body, client->assembly.body.data, client->assembly.body.size);
	if (body->failed) {
		client_lose(client); /* an event is lost: the connection is worth nothing any more */
		return false;
	}
	return true;
}

bool ipc_client_event_take(struct ipc_client *client, uint16_t *event, struct wire_writer *body)
{
	int cancel_state;

	if (is_foreign(client) || ipc_client_is_lost(client))
		return false;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	pthread_mutex_lock(&client->event_lock);
	const bool is_taken = event_take(client, event, body);
	pthread_mutex_unlock(&client->event_lock);
	pthread_setcancelstate(cancel_state, NULL);
	return is_taken;
}

void ipc_client_wait(struct ipc_client *client, int descriptor, int64_t timeout_ns)
{
	int cancel_state;

	if (is_foreign(client) || ipc_client_is_lost(client))
		return;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	wait_readable(descriptor, timeout_ns < 0 ? never_ns : monotonic_ns() + timeout_ns);
	pthread_setcancelstate(cancel_state, NULL);
}

void ipc_client_event_wait(struct ipc_client *client)
{
	ipc_client_wait(client, client->events, -1);
}

bool ipc_client_is_gone(struct ipc_client *client)
{
	uint8_t wake;

	if (!is_foreign(client) && !ipc_client_is_lost(client) && recv(client->events, &wake, 1, MSG_DONTWAIT | MSG_PEEK) == 0)
		client_lose(client);
	return ipc_client_is_lost(client);
}
