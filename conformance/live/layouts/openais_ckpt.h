/* What a program of openais 1.1 was compiled against, as far as program.c uses it: openais' saCkpt.h departs from the standard's text in two
 * places, marked here. Facts alone; ours is ais/ckpt/saCkpt.h. */
#ifndef AISLE_LAYOUTS_OPENAIS_CKPT_H
#define AISLE_LAYOUTS_OPENAIS_CKPT_H

#include <stddef.h>

#include <saAis.h> /* openais' saCkpt.h left this to the program */

typedef SaUint64T SaCkptHandleT, SaCkptCheckpointHandleT;
typedef SaUint32T SaCkptCheckpointCreationFlagsT, SaCkptCheckpointOpenFlagsT;

#define SA_CKPT_WR_ALL_REPLICAS 0x1
#define SA_CKPT_CHECKPOINT_READ 0x1
#define SA_CKPT_CHECKPOINT_WRITE 0x2
#define SA_CKPT_CHECKPOINT_CREATE 0x4

typedef struct {
	SaCkptCheckpointCreationFlagsT creationFlags;
	SaSizeT checkpointSize;
	SaTimeT retentionDuration;
	SaUint32T maxSections;
	SaSizeT maxSectionSize;
	SaSizeT maxSectionIdSize;
} SaCkptCheckpointCreationAttributesT;

typedef struct {
	SaUint16T idLen;
	SaUint8T *id;
} SaCkptSectionIdT;

typedef struct {
	SaCkptSectionIdT *sectionId;
	SaTimeT expirationTime;
} SaCkptSectionCreationAttributesT;

typedef struct {
	SaCkptSectionIdT sectionId;
	void *dataBuffer;
	SaSizeT dataSize;
	SaOffsetT dataOffset;
	SaSizeT readSize;
} SaCkptIOVectorElementT;

typedef struct {
	SaCkptCheckpointCreationAttributesT checkpointCreationAttributes;
	SaUint32T numberOfSections;
	SaUint32T memoryUsed; /* the text: SaSizeT */
} SaCkptCheckpointDescriptorT;

#ifdef __LP64__
_Static_assert(sizeof(SaCkptCheckpointDescriptorT) == 56 && offsetof(SaCkptCheckpointDescriptorT, memoryUsed) == 52, "openais' descriptor");
#endif

SaAisErrorT saCkptInitialize(SaCkptHandleT *ckptHandle, const void *callbacks, SaVersionT *version);
SaAisErrorT saCkptFinalize(SaCkptHandleT ckptHandle);
SaAisErrorT saCkptCheckpointOpen(SaCkptHandleT ckptHandle, const SaNameT *checkpointName,
                                 const SaCkptCheckpointCreationAttributesT *checkpointCreationAttributes,
                                 SaCkptCheckpointOpenFlagsT checkpointOpenFlags, SaTimeT timeout, SaCkptCheckpointHandleT *checkpointHandle);
SaAisErrorT saCkptCheckpointStatusGet(SaCkptCheckpointHandleT checkpointHandle, SaCkptCheckpointDescriptorT *checkpointStatus);
SaAisErrorT saCkptSectionCreate(SaCkptCheckpointHandleT checkpointHandle, SaCkptSectionCreationAttributesT *sectionCreationAttributes,
                                const void *initialData, SaUint32T initialDataSize); /* the text: SaSizeT */
SaAisErrorT saCkptSectionOverwrite(SaCkptCheckpointHandleT checkpointHandle, const SaCkptSectionIdT *sectionId, const void *dataBuffer,
                                   SaSizeT dataSize);
SaAisErrorT saCkptCheckpointRead(SaCkptCheckpointHandleT checkpointHandle, SaCkptIOVectorElementT *ioVector, SaUint32T numberOfElements,
                                 SaUint32T *erroneousVectorIndex);

#endif
