/* The two entry points that exist twice. In a file of its own because only a library can carry two versions of a name. */
#include "ckpt_client.h"

#include <stddef.h>

__asm__(".symver ckpt_openais_status_get, saCkptCheckpointStatusGet@OPENAIS_CKPT_B.01.01");
__asm__(".symver ckpt_openais_section_create, saCkptSectionCreate@OPENAIS_CKPT_B.01.01");

SaAisErrorT ckpt_openais_status_get(SaCkptCheckpointHandleT checkpointHandle, struct ckpt_openais_descriptor *checkpointStatus)
{
	SaCkptCheckpointDescriptorT status;

	if (checkpointStatus == NULL)
		return SA_AIS_ERR_INVALID_PARAM;
	const SaAisErrorT error = saCkptCheckpointStatusGet(checkpointHandle, &status);
	if (error == SA_AIS_OK)
		*checkpointStatus = ckpt_openais_descriptor_of(&status);
	return error;
}

SaAisErrorT ckpt_openais_section_create(SaCkptCheckpointHandleT checkpointHandle,
                                        SaCkptSectionCreationAttributesT *sectionCreationAttributes, const void *initialData,
                                        SaUint32T initialDataSize)
{
	return saCkptSectionCreate(checkpointHandle, sectionCreationAttributes, initialData, initialDataSize);
}
