/* See worker.h. */
#include "core/daemon/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct jobs {
	struct worker_job *first, **last;
};

struct worker {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t filled;
	struct jobs waiting, done;
	bool ending;
	int descriptor;
};

static void jobs_append(struct jobs *jobs, struct worker_job *job)
{
	job->next = NULL;
	*jobs->last = job;
	jobs->last = &job->next;
}

static struct worker_job *jobs_take_all(struct jobs *jobs)
{
	struct worker_job *first = jobs->first;

	jobs->first = NULL;
	jobs->last = &jobs->first;
	return first;
}

static struct worker_job *jobs_take(struct jobs *jobs)
{
	struct worker_job *first = jobs->first;

	jobs->first = first->next;
	if (jobs->first == NULL)
		jobs->last = &jobs->first;
	return first;
}

static void *worker_run(void *context)
{
	struct worker *worker = context;

	pthread_mutex_lock(&worker->mutex);
	while (!worker->ending || worker->waiting.first != NULL) {
		if (worker->waiting.first == NULL) {
			pthread_cond_wait(&worker->filled, &worker->mutex);
			continue;
		}
		struct worker_job *job = jobs_take(&worker->waiting);
		pthread_mutex_unlock(&worker->mutex);
		job->run(job);
		pthread_mutex_lock(&worker->mutex);
		jobs_append(&worker->done, job);
		const uint64_t one = 1;
		const ssize_t told = write(worker->descriptor, &one, sizeof(one));
		(void)told; /* the counter is full: the loop has been told often enough */
	}
	pthread_mutex_unlock(&worker->mutex);
	return NULL;
}

static bool thread_start(struct worker *worker)
{
	sigset_t all, before;

	sigfillset(&all); /* signals are the loop's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	const int failed = pthread_create(&worker->thread, NULL, worker_run, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed == 0;
}

struct worker *worker_new(void)
{
	struct worker *worker = calloc(1, sizeof(*worker));

	if (worker == NULL)
		return NULL;
	pthread_mutex_init(&worker->mutex, NULL);
	pthread_cond_init(&worker->filled, NULL);
	worker->waiting.last = &worker->waiting.first;
	worker->done.last = &worker->done.first;
	worker->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->descriptor >= 0 && thread_start(worker))
		return worker;
	if (worker->descriptor >= 0)
		close(worker->descriptor);
	free(worker);
	return NULL;
}

void worker_free(struct worker *worker)
{
	if (worker == NULL)
		return;
	pthread_mutex_lock(&worker->mutex);
	worker->ending = true;
	pthread_cond_signal(&worker->filled);
	pthread_mutex_unlock(&worker->mutex);
	pthread_join(worker->thread, NULL);
	worker_collect(worker);
	close(worker->descriptor);
	pthread_cond_destroy(&worker->filled);
	pthread_mutex_destroy(&worker->mutex);
	free(worker);
}

int worker_descriptor(const struct worker *worker)
{
	return worker->descriptor;
}

void worker_put(struct worker *worker, struct worker_job *job)
{
	pthread_mutex_lock(&worker->mutex);
	jobs_append(&worker->waiting, job);
	pthread_cond_signal(&worker->filled);
	pthread_mutex_unlock(&worker->mutex);
}

void worker_collect(struct worker *worker)
{
	uint64_t count;
	const ssize_t cleared = read(worker->descriptor, &count, sizeof(count));

	(void)cleared;
	pthread_mutex_lock(&worker->mutex);
	struct worker_job *job = jobs_take_all(&worker->done);
	pthread_mutex_unlock(&worker->mutex);
	while (job != NULL) {
		struct worker_job *next = job->next;

		job->done(job);
		job = next;
	}
}
