/* Layouts of openais' header where it departed from the standard's text: programs linked against it find them under the symbol version
 * OPENAIS_CKPT_B.01.01. */
#ifndef AISLE_CKPT_CLIENT_H
#define AISLE_CKPT_CLIENT_H

#include <stdint.h>

#pragma GCC visibility push(default)
#include "saCkpt.h"
#pragma GCC visibility pop

/* memoryUsed is 32 bits wide: 56 bytes on LP64. */
struct ckpt_openais_descriptor {
	SaCkptCheckpointCreationAttributesT checkpointCreationAttributes;
	SaUint32T numberOfSections;
	SaUint32T memoryUsed;
};

/* What does not fit 32 bits is shown as their largest value. */
static inline struct ckpt_openais_descriptor ckpt_openais_descriptor_of(const SaCkptCheckpointDescriptorT *status)
{
	return (struct ckpt_openais_descriptor){
		.checkpointCreationAttributes = status->checkpointCreationAttributes, .numberOfSections = status->numberOfSections,
		.memoryUsed = status->memoryUsed > UINT32_MAX ? UINT32_MAX : (SaUint32T)status->memoryUsed,
	};
}

#pragma GCC visibility push(default)
SaAisErrorT ckpt_openais_status_get(SaCkptCheckpointHandleT checkpointHandle, struct ckpt_openais_descriptor *checkpointStatus);
SaAisErrorT ckpt_openais_section_create(SaCkptCheckpointHandleT checkpointHandle,
                                        SaCkptSectionCreationAttributesT *sectionCreationAttributes, const void *initialData,
                                        SaUint32T initialDataSize);
#pragma GCC visibility pop

#endif
