/* Five threads iterate over one checkpoint, one with each of the filters, while a sixth creates and deletes sections as fast as it can. Each
 * section that is there all the time and fits the filter comes exactly once in each iteration (S 3.6.5), none comes twice, none comes that does
 * not fit. Needs a daemon; test_ckpt_keeper.sh starts one. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ais/ckpt/saCkpt.h"

enum { STAY_EACH = 64, STAY = 3 * STAY_EACH, ROUNDS = 100, CHURN = 48, SEEN_MAX = 1024 };

struct filter {
	const char *name;
	SaCkptSectionsChosenT chosen;
	int expiry;     /* index of the time given */
	bool fits[3];   /* sections of that expiry */
};

static const struct filter filters[] = {
	{"FOREVER", SA_CKPT_SECTIONS_FOREVER, 0, {false, false, true}},
	{"LEQ", SA_CKPT_SECTIONS_LEQ_EXPIRATION_TIME, 0, {true, false, false}},
	{"GEQ", SA_CKPT_SECTIONS_GEQ_EXPIRATION_TIME, 1, {false, true, true}},
	{"CORRUPTED", SA_CKPT_SECTIONS_CORRUPTED, 0, {false, false, false}},
	{"ANY", SA_CKPT_SECTIONS_ANY, 0, {true, true, true}},
};

static SaTimeT expiries[3]; /* an hour, two hours, never; set before the threads are */
static atomic_bool over;
static atomic_uint failures, changes;

static void expect(const char *call, SaAisErrorT error)
{
	if (error == SA_AIS_OK)
		return;
	printf("FAIL %s: %d\n", call, (int)error);
	exit(1);
}

static SaCkptCheckpointHandleT checkpoint_open(void)
{
	const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = 1024 * 64, .retentionDuration = 0, .maxSections = 1024,
		.maxSectionSize = 64, .maxSectionIdSize = 16,
	};
	SaNameT name = {.length = 7, .value = "changed"};
	SaVersionT version = {'B', 1, 1};
	SaCkptCheckpointHandleT checkpoint;
	SaCkptHandleT handle;

	expect("initialize", saCkptInitialize(&handle, NULL, &version));
	expect("open", saCkptCheckpointOpen(handle, &name, &attributes,
		SA_CKPT_CHECKPOINT_CREATE | SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE, SA_TIME_ONE_MINUTE, &checkpoint));
	return checkpoint;
}

static void section_create(SaCkptCheckpointHandleT checkpoint, char kind, unsigned number)
{
	char id[16];
	SaCkptSectionIdT section = {.id = (SaUint8T *)id};
	SaCkptSectionCreationAttributesT attributes = {.sectionId = &section, .expirationTime = expiries[number % 3]};

	section.idLen = (SaUint16T)snprintf(id, sizeof(id), "%c%u", kind, number);
	expect("create", saCkptSectionCreate(checkpoint, &attributes, "x", 1));
}

static void *change(void *context)
{
	const SaCkptCheckpointHandleT checkpoint = checkpoint_open();

	(void)context;
	for (unsigned number = 0; !atomic_load(&over); number++) {
		char id[16];
		SaCkptSectionIdT section = {.id = (SaUint8T *)id};

		section_create(checkpoint, 'c', number);
		if (number >= CHURN) {
			section.idLen = (SaUint16T)snprintf(id, sizeof(id), "c%u", number - CHURN);
			expect("delete", saCkptSectionDelete(checkpoint, &section));
		}
		atomic_fetch_add(&changes, 1);
	}
	return NULL;
}

static int text_compare(const void *left, const void *right)
{
	return strcmp(left, right);
}

static bool iterate_once(SaCkptCheckpointHandleT checkpoint, const struct filter *filter)
{
	static _Thread_local char seen[SEEN_MAX][16];
	SaCkptSectionIterationHandleT iteration;
	SaCkptSectionDescriptorT descriptor;
	unsigned count = 0, stayed = 0, wanted = 0;
	SaAisErrorT error = SA_AIS_OK;

	expect("iterate", saCkptSectionIterationInitialize(checkpoint, filter->chosen, expiries[filter->expiry], &iteration));
	while (count < SEEN_MAX && (error = saCkptSectionIterationNext(iteration, &descriptor)) == SA_AIS_OK) {
		snprintf(seen[count], sizeof(seen[0]), "%.*s", (int)descriptor.sectionId.idLen, (char *)descriptor.sectionId.id);
		stayed += seen[count][0] == 's';
		if (!filter->fits[atoi(seen[count] + 1) % 3])
			return false;
		count++;
	}
	expect("finalize", saCkptSectionIterationFinalize(iteration));
	for (int i = 0; i < 3; i++)
		wanted += filter->fits[i] ? STAY_EACH : 0;
	qsort(seen, count, sizeof(seen[0]), text_compare);
	for (unsigned i = 1; i < count; i++)
		if (strcmp(seen[i - 1], seen[i]) == 0)
			return false;
	return error == SA_AIS_ERR_NO_SECTIONS && stayed == wanted;
}

static void *iterate(void *context)
{
	const struct filter *filter = context;
	const SaCkptCheckpointHandleT checkpoint = checkpoint_open();
	bool good = true;

	for (int round = 0; round < ROUNDS && good; round++)
		good = iterate_once(checkpoint, filter);
	printf("%s iterate: %s, while others change\n", good ? "ok  " : "FAIL", filter->name);
	atomic_fetch_add(&failures, !good);
	return NULL;
}

int main(void)
{
	pthread_t threads[5], changer;

	expiries[0] = ((SaTimeT)time(NULL) + 3600) * SA_TIME_ONE_SECOND;
	expiries[1] = expiries[0] + 3600 * SA_TIME_ONE_SECOND;
	expiries[2] = SA_TIME_END;
	const SaCkptCheckpointHandleT checkpoint = checkpoint_open();
	for (unsigned i = 0; i < STAY; i++)
		section_create(checkpoint, 's', i);
	pthread_create(&changer, NULL, change, NULL);
	for (int i = 0; i < 5; i++)
		pthread_create(&threads[i], NULL, iterate, (void *)&filters[i]);
	for (int i = 0; i < 5; i++)
		pthread_join(threads[i], NULL);
	atomic_store(&over, true);
	pthread_join(changer, NULL);
	printf("%s iterate: %u changes meanwhile\n", atomic_load(&changes) > 0 ? "ok  " : "FAIL", atomic_load(&changes));
	return atomic_load(&failures) == 0 && atomic_load(&changes) > 0 ? 0 : 1;
}
