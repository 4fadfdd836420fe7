/* CKPT-001, CKPT-002: the header's numbers and layouts, for LP64. */
#include <stddef.h>

#include "ais/ckpt/ckpt_client.h"
#include "conformance/check/check.h"

static void constants_are_the_standards(void)
{
	const SaCkptSectionIdT none = SA_CKPT_DEFAULT_SECTION_ID, generated = SA_CKPT_GENERATED_SECTION_ID;

	CU_ASSERT_EQUAL(SA_CKPT_WR_ALL_REPLICAS, 1);
	CU_ASSERT_EQUAL(SA_CKPT_WR_ACTIVE_REPLICA, 2);
	CU_ASSERT_EQUAL(SA_CKPT_WR_ACTIVE_REPLICA_WEAK, 4);
	CU_ASSERT_EQUAL(SA_CKPT_CHECKPOINT_COLLOCATED, 8);
	CU_ASSERT_EQUAL(SA_CKPT_CHECKPOINT_READ, 1);
	CU_ASSERT_EQUAL(SA_CKPT_CHECKPOINT_WRITE, 2);
	CU_ASSERT_EQUAL(SA_CKPT_CHECKPOINT_CREATE, 4);
	CU_ASSERT_EQUAL(SA_CKPT_SECTION_VALID, 1);
	CU_ASSERT_EQUAL(SA_CKPT_SECTION_CORRUPTED, 2);
	CU_ASSERT_EQUAL(SA_CKPT_SECTIONS_FOREVER, 1);
	CU_ASSERT_EQUAL(SA_CKPT_SECTIONS_LEQ_EXPIRATION_TIME, 2);
	CU_ASSERT_EQUAL(SA_CKPT_SECTIONS_GEQ_EXPIRATION_TIME, 3);
	CU_ASSERT_EQUAL(SA_CKPT_SECTIONS_CORRUPTED, 4);
	CU_ASSERT_EQUAL(SA_CKPT_SECTIONS_ANY, 5);
	CU_ASSERT_TRUE(none.idLen == 0 && none.id == NULL && generated.idLen == 0 && generated.id == NULL);
}

static void layouts_are_the_standards(void)
{
	if (sizeof(void *) != 8) {
		check_skip("the figures are LP64's");
		return;
	}
	CU_ASSERT_EQUAL(sizeof(SaCkptCheckpointCreationAttributesT), 48);
	CU_ASSERT_EQUAL(offsetof(SaCkptCheckpointCreationAttributesT, checkpointSize), 8);
	CU_ASSERT_EQUAL(offsetof(SaCkptCheckpointCreationAttributesT, retentionDuration), 16);
	CU_ASSERT_EQUAL(offsetof(SaCkptCheckpointCreationAttributesT, maxSections), 24);
	CU_ASSERT_EQUAL(offsetof(SaCkptCheckpointCreationAttributesT, maxSectionSize), 32);
	CU_ASSERT_EQUAL(offsetof(SaCkptCheckpointCreationAttributesT, maxSectionIdSize), 40);
	CU_ASSERT_EQUAL(sizeof(SaCkptSectionIdT), 16);
	CU_ASSERT_EQUAL(offsetof(SaCkptSectionIdT, id), 8);
	CU_ASSERT_EQUAL(sizeof(SaCkptSectionCreationAttributesT), 16);
	CU_ASSERT_EQUAL(sizeof(SaCkptSectionDescriptorT), 48);
	CU_ASSERT_EQUAL(offsetof(SaCkptSectionDescriptorT, sectionState), 32);
	CU_ASSERT_EQUAL(offsetof(SaCkptSectionDescriptorT, lastUpdate), 40);
	CU_ASSERT_EQUAL(sizeof(SaCkptIOVectorElementT), 48);
	CU_ASSERT_EQUAL(offsetof(SaCkptIOVectorElementT, dataOffset), 32);
	CU_ASSERT_EQUAL(offsetof(SaCkptIOVectorElementT, readSize), 40);
	CU_ASSERT_EQUAL(sizeof(SaCkptCheckpointDescriptorT), 64);
	CU_ASSERT_EQUAL(offsetof(SaCkptCheckpointDescriptorT, memoryUsed), 56);
	CU_ASSERT_EQUAL(sizeof(struct ckpt_openais_descriptor), 56);
	CU_ASSERT_EQUAL(offsetof(struct ckpt_openais_descriptor, memoryUsed), 52);
	CU_ASSERT_EQUAL(sizeof(SaCkptCallbacksT), 16);
	CU_ASSERT_EQUAL(offsetof(SaCkptCallbacksT, saCkptCheckpointSynchronizeCallback), 8);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"CKPT-001 constants are the standard's", constants_are_the_standards},
		{"CKPT-002 layouts are the standard's", layouts_are_the_standards},
	};

	return check_run("ckpt abi", cases, sizeof cases / sizeof *cases);
}
