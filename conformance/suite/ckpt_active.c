/* CKPT assertions on update modes, the active replica and synchronizing: CKPT-127 to -132, -143 to -148. */
#include "conformance/suite/ckpt.h"

#include <string.h>

#include "conformance/suite/assertions.h"

static struct ckpt collocated(struct test *test)
{
	return ckpt_begin_with(test, ckpt_attributes(SA_CKPT_WR_ACTIVE_REPLICA | SA_CKPT_CHECKPOINT_COLLOCATED));
}

void CKPT_127(struct test *test)
{
	struct ckpt ckpt = collocated(test);
	SaCkptCheckpointDescriptorT status;
	SaCkptSectionIterationHandleT iteration;
	SaSizeT size;
	char byte;

	test_code(test, ckpt_read(&ckpt, "s", &byte, 1, &size), SA_AIS_ERR_NOT_EXIST, "saCkptCheckpointRead without active replica");
	test_code(test, ckpt_write(&ckpt, "s", 0, "x"), SA_AIS_ERR_NOT_EXIST, "saCkptCheckpointWrite");
	test_code(test, ckpt_overwrite(&ckpt, "s", "x"), SA_AIS_ERR_NOT_EXIST, "saCkptSectionOverwrite");
	test_code(test, ckpt_section(&ckpt, "s", "x"), SA_AIS_ERR_NOT_EXIST, "saCkptSectionCreate");
	test_code(test, ckpt_delete(&ckpt, "s"), SA_AIS_ERR_NOT_EXIST, "saCkptSectionDelete");
	test_code(test, ckpt.api.status_get(ckpt.checkpoint, &status), SA_AIS_ERR_NOT_EXIST, "saCkptCheckpointStatusGet");
	test_code(test, ckpt.api.iteration_initialize(ckpt.checkpoint, SA_CKPT_SECTIONS_ANY, 0, &iteration), SA_AIS_ERR_NOT_EXIST,
	          "saCkptSectionIterationInitialize");
	test_code(test, ckpt.api.synchronize(ckpt.checkpoint, SA_TIME_ONE_MINUTE), SA_AIS_ERR_NOT_EXIST, "saCkptCheckpointSynchronize");
}

static void all_work(struct ckpt *ckpt)
{
	struct test *test = ckpt->test;
	SaCkptCheckpointDescriptorT status;
	SaCkptSectionIterationHandleT iteration;

	test_code(test, ckpt_section(ckpt, "s", "x"), SA_AIS_OK, "saCkptSectionCreate");
	test_code(test, ckpt_write(ckpt, "s", 0, "y"), SA_AIS_OK, "saCkptCheckpointWrite");
	ckpt_section_is(ckpt, "s", "y");
	test_code(test, ckpt_overwrite(ckpt, "s", "zz"), SA_AIS_OK, "saCkptSectionOverwrite");
	ckpt_section_is(ckpt, "s", "zz");
	test_code(test, ckpt->api.status_get(ckpt->checkpoint, &status), SA_AIS_OK, "saCkptCheckpointStatusGet");
	test_code(test, ckpt->api.iteration_initialize(ckpt->checkpoint, SA_CKPT_SECTIONS_ANY, 0, &iteration), SA_AIS_OK,
	          "saCkptSectionIterationInitialize");
	test_code(test, ckpt_delete(ckpt, "s"), SA_AIS_OK, "saCkptSectionDelete");
}

void CKPT_128(struct test *test)
{
	struct ckpt ckpt = collocated(test);

	test_code(test, ckpt.api.active_replica_set(ckpt.checkpoint), SA_AIS_OK, "saCkptActiveReplicaSet");
	all_work(&ckpt);
	test_code(test, ckpt.api.synchronize(ckpt.checkpoint, SA_TIME_ONE_MINUTE), SA_AIS_OK, "saCkptCheckpointSynchronize");
}

void CKPT_129(struct test *test)
{
	static const SaCkptCheckpointCreationFlagsT flags[] = {
		SA_CKPT_WR_ALL_REPLICAS, SA_CKPT_WR_ALL_REPLICAS | SA_CKPT_CHECKPOINT_COLLOCATED, SA_CKPT_WR_ACTIVE_REPLICA,
		SA_CKPT_WR_ACTIVE_REPLICA_WEAK,
	};
	struct ckpt ckpt = ckpt_begin(test);

	for (size_t i = 0; i < 4; i++) {
		char suffix[] = {'m', (char)('0' + i), '\0'};
		ckpt.name = test_name(test, suffix);
		ckpt.attributes.creationFlags = flags[i];
		test_code(test, ckpt_open(&ckpt, CKPT_ALL, &ckpt.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen, creationFlags 0x%x", flags[i]);
		test_code(test, ckpt.api.active_replica_set(ckpt.checkpoint), SA_AIS_ERR_BAD_OPERATION, "saCkptActiveReplicaSet");
	}
}

void CKPT_130(struct test *test)
{
	struct ckpt ckpt = collocated(test);

	test_code(test, ckpt.api.active_replica_set(ckpt.checkpoint), SA_AIS_OK, "saCkptActiveReplicaSet");
	test_code(test, ckpt_section(&ckpt, "s", "kept"), SA_AIS_OK, "saCkptSectionCreate");
	test_code(test, ckpt.api.active_replica_set(ckpt.checkpoint), SA_AIS_OK, "saCkptActiveReplicaSet again");
	ckpt_section_is(&ckpt, "s", "kept");
}

void CKPT_131(struct test *test)
{
	static const SaCkptCheckpointCreationFlagsT flags[] = {SA_CKPT_WR_ACTIVE_REPLICA, SA_CKPT_WR_ACTIVE_REPLICA_WEAK};
	struct ckpt ckpt = ckpt_begin(test);

	for (size_t i = 0; i < 2; i++) {
		char suffix[] = {'m', (char)('0' + i), '\0'};
		ckpt.name = test_name(test, suffix);
		ckpt.attributes.creationFlags = flags[i];
		test_code(test, ckpt_open(&ckpt, CKPT_ALL, &ckpt.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen, creationFlags 0x%x", flags[i]);
		all_work(&ckpt);
	}
}

void CKPT_132(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_with(test, ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS | SA_CKPT_CHECKPOINT_COLLOCATED));

	all_work(&ckpt);
}

/* --- Synchronize --- */

void CKPT_143(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_with(test, ckpt_attributes(SA_CKPT_WR_ACTIVE_REPLICA)), all = ckpt;

	test_code(test, ckpt_section(&ckpt, "s", "x"), SA_AIS_OK, "saCkptSectionCreate");
	test_code(test, ckpt.api.synchronize(ckpt.checkpoint, SA_TIME_ONE_MINUTE), SA_AIS_OK, "saCkptCheckpointSynchronize");
	all.name = test_name(test, "all");
	all.attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS);
	test_code(test, ckpt_open(&all, CKPT_ALL, &all.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen(ALL_REPLICAS)");
	test_code(test, all.api.synchronize(all.checkpoint, SA_TIME_ONE_MINUTE), SA_AIS_ERR_BAD_OPERATION, "saCkptCheckpointSynchronize of it");
}

void CKPT_144(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_with(test, ckpt_attributes(SA_CKPT_WR_ACTIVE_REPLICA));

	test_code(test, ckpt.api.synchronize(ckpt.checkpoint, SA_TIME_ONE_MINUTE), SA_AIS_OK, "saCkptCheckpointSynchronize with no section");
}

void CKPT_145(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_with(test, ckpt_attributes(SA_CKPT_WR_ACTIVE_REPLICA));

	test_code(test, ckpt.api.synchronize(ckpt.checkpoint, 0), SA_AIS_ERR_TIMEOUT, "saCkptCheckpointSynchronize, timeout 0");
}

void CKPT_146(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_with(test, ckpt_attributes(SA_CKPT_WR_ACTIVE_REPLICA)), silent = ckpt;

	test_code(test, ckpt.api.synchronize_async(ckpt.checkpoint, 0xfedcba9876543210), SA_AIS_OK, "saCkptCheckpointSynchronizeAsync");
	ckpt_dispatch_until(&ckpt, &ckpt_callbacks.synchronize_count, 1);
	test_code(test, ckpt_callbacks.synchronizes[0].error, SA_AIS_OK, "the callback's error");
	test_true(test, ckpt_callbacks.synchronizes[0].invocation == 0xfedcba9876543210, "the invocation came back");
	test_code(test, ckpt_initialize(test, &silent.api, &silent.handle, NULL), SA_AIS_OK, "saCkptInitialize without callbacks");
	test_code(test, ckpt_open(&silent, CKPT_READ | CKPT_WRITE, &silent.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen through it");
	test_code(test, silent.api.synchronize_async(silent.checkpoint, 1), SA_AIS_ERR_INIT, "saCkptCheckpointSynchronizeAsync");
}

void CKPT_147(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	const SaAisErrorT error = ckpt.api.synchronize_async(ckpt.checkpoint, 1);

	if (error != SA_AIS_OK) {
		test_code(test, error, SA_AIS_ERR_BAD_OPERATION, "from the call");
		return;
	}
	ckpt_dispatch_until(&ckpt, &ckpt_callbacks.synchronize_count, 1);
	test_code(test, ckpt_callbacks.synchronizes[0].error, SA_AIS_ERR_BAD_OPERATION, "from the callback");
}

void CKPT_148(struct test *test)
{
	struct ckpt other = ckpt_begin(test), ckpt = ckpt_begin_with(test, ckpt_attributes(SA_CKPT_WR_ACTIVE_REPLICA));

	test_code(test, ckpt.api.synchronize_async(ckpt.checkpoint, 3), SA_AIS_OK, "saCkptCheckpointSynchronizeAsync");
	ckpt_settle(&other);
	test_equal(test, ckpt_callbacks.synchronize_count, 0, "callbacks through another handle");
	ckpt_dispatch_until(&ckpt, &ckpt_callbacks.synchronize_count, 1);
}
