/* Programs of openais find their layouts under the symbol version they were linked with; a call writes its own struct and nothing behind
 * it (CKPT-109). No daemon is needed: the handle is none. */
#include <dlfcn.h>

#include "ais/ckpt/ckpt_client.h"
#include "conformance/check/check.h"

static const char *const OPENAIS = "OPENAIS_CKPT_B.01.01", *const TEXT = "AISLE_CKPT_B.01.01";

static void two_names_have_two_versions_and_the_text_is_the_default(void)
{
	const char *const names[] = {"saCkptCheckpointStatusGet", "saCkptSectionCreate"};

	for (size_t i = 0; i < 2; i++) {
		CU_ASSERT_PTR_NOT_NULL(dlvsym(RTLD_DEFAULT, names[i], OPENAIS));
		CU_ASSERT_PTR_NOT_NULL(dlvsym(RTLD_DEFAULT, names[i], TEXT));
		CU_ASSERT_PTR_NOT_EQUAL(dlvsym(RTLD_DEFAULT, names[i], OPENAIS), dlvsym(RTLD_DEFAULT, names[i], TEXT));
		CU_ASSERT_PTR_EQUAL(dlsym(RTLD_DEFAULT, names[i]), dlvsym(RTLD_DEFAULT, names[i], TEXT));
	}
}

static void every_function_has_the_version_that_old_programs_ask_for(void)
{
	const char *const names[] = {
		"saCkptInitialize", "saCkptSelectionObjectGet", "saCkptDispatch", "saCkptFinalize", "saCkptCheckpointOpen",
		"saCkptCheckpointOpenAsync", "saCkptCheckpointClose", "saCkptCheckpointUnlink", "saCkptCheckpointRetentionDurationSet",
		"saCkptActiveReplicaSet", "saCkptCheckpointStatusGet", "saCkptSectionCreate", "saCkptSectionDelete",
		"saCkptSectionExpirationTimeSet", "saCkptSectionIterationInitialize", "saCkptSectionIterationNext",
		"saCkptSectionIterationFinalize", "saCkptCheckpointWrite", "saCkptSectionOverwrite", "saCkptCheckpointRead",
		"saCkptCheckpointSynchronize", "saCkptCheckpointSynchronizeAsync",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		CU_ASSERT_PTR_NOT_NULL(dlvsym(RTLD_DEFAULT, names[i], OPENAIS));
}

static void the_old_entries_answer_as_the_new_ones(void)
{
	SaAisErrorT (*status_get)(SaCkptCheckpointHandleT, struct ckpt_openais_descriptor *);
	SaAisErrorT (*section_create)(SaCkptCheckpointHandleT, SaCkptSectionCreationAttributesT *, const void *, SaUint32T);
	struct ckpt_openais_descriptor status;
	SaCkptSectionIdT id = SA_CKPT_GENERATED_SECTION_ID;
	SaCkptSectionCreationAttributesT attributes = {.sectionId = &id, .expirationTime = SA_TIME_END};

	*(void **)&status_get = dlvsym(RTLD_DEFAULT, "saCkptCheckpointStatusGet", OPENAIS);
	*(void **)&section_create = dlvsym(RTLD_DEFAULT, "saCkptSectionCreate", OPENAIS);
	CU_ASSERT_EQUAL(status_get(0, NULL), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(status_get(0, &status), SA_AIS_ERR_BAD_HANDLE);
	CU_ASSERT_EQUAL(section_create(0, NULL, NULL, 0), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(section_create(0, &attributes, NULL, 0), SA_AIS_ERR_BAD_HANDLE);
}

/* memoryUsed of a checkpoint of 4 GiB and more: 32 bits show their largest value, not what is left of it. */
static void what_the_old_layout_cannot_hold_is_shown_as_its_largest_value(void)
{
	static const uint64_t used[] = {0, 17, UINT32_MAX - UINT64_C(1), UINT32_MAX, UINT64_C(1) << 32, (UINT64_C(1) << 32) + 5, UINT64_C(5) << 40};

	for (size_t i = 0; i < sizeof used / sizeof *used; i++) {
		const SaCkptCheckpointDescriptorT status = {
			.checkpointCreationAttributes = {.maxSectionSize = UINT64_C(5) << 40}, .numberOfSections = 3, .memoryUsed = used[i],
		};
		const struct ckpt_openais_descriptor shown = ckpt_openais_descriptor_of(&status);

		CU_ASSERT_EQUAL(shown.memoryUsed, used[i] < UINT32_MAX ? used[i] : UINT32_MAX);
		CU_ASSERT_EQUAL(shown.numberOfSections, 3);
		CU_ASSERT_EQUAL(shown.checkpointCreationAttributes.maxSectionSize, UINT64_C(5) << 40);
	}
}

/* Keeps the library linked in, whatever the linker thinks of what is used. */
static void a_handle_that_is_none_is_refused(void)
{
	CU_ASSERT_EQUAL(saCkptFinalize(0), SA_AIS_ERR_BAD_HANDLE);
	CU_ASSERT_EQUAL(saCkptCheckpointClose(0), SA_AIS_ERR_BAD_HANDLE);
	CU_ASSERT_EQUAL(saCkptSectionIterationFinalize(4711), SA_AIS_ERR_BAD_HANDLE);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"a handle that is none is refused", a_handle_that_is_none_is_refused},
		{"two names have two versions, and the text's is the default", two_names_have_two_versions_and_the_text_is_the_default},
		{"every function has the version that old programs ask for", every_function_has_the_version_that_old_programs_ask_for},
		{"the old entries answer as the new ones", the_old_entries_answer_as_the_new_ones},
		{"what the old layout cannot hold is shown as its largest value", what_the_old_layout_cannot_hold_is_shown_as_its_largest_value},
	};

	return check_run("ckpt versions", cases, sizeof cases / sizeof *cases);
}
