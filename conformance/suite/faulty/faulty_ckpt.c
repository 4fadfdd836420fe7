/* libSaCkpt.so.3 with faults 6 to 12; see faulty.h. Each is one that a library of the field has shown, or could. */
#include "conformance/suite/faulty/faulty.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "saCkpt.h"

/* 6: a used section id is overwritten. */
SaAisErrorT saCkptSectionCreate(SaCkptCheckpointHandleT checkpointHandle, SaCkptSectionCreationAttributesT *attributes,
                                const void *initialData, SaSizeT initialDataSize)
{
	__typeof__(&saCkptSectionCreate) create = real("saCkptSectionCreate");
	__typeof__(&saCkptSectionOverwrite) overwrite = real("saCkptSectionOverwrite");
	const SaAisErrorT error = create(checkpointHandle, attributes, initialData, initialDataSize);

	if (has_fault(6) && error == SA_AIS_ERR_EXIST)
		return overwrite(checkpointHandle, attributes->sectionId, initialData, initialDataSize);
	return error;
}

/* 7: data read from an offset lands at that offset of the buffer. */
SaAisErrorT saCkptCheckpointRead(SaCkptCheckpointHandleT checkpointHandle, SaCkptIOVectorElementT *ioVector, SaUint32T numberOfElements,
                                 SaUint32T *erroneousVectorIndex)
{
	__typeof__(&saCkptCheckpointRead) read = real("saCkptCheckpointRead");
	const SaAisErrorT error = read(checkpointHandle, ioVector, numberOfElements, erroneousVectorIndex);

	for (SaUint32T i = 0; has_fault(7) && error == SA_AIS_OK && i < numberOfElements; i++)
		if (ioVector[i].dataBuffer != NULL && ioVector[i].dataOffset > 0 && ioVector[i].dataOffset + ioVector[i].readSize <= 10)
			memmove((char *)ioVector[i].dataBuffer + ioVector[i].dataOffset, ioVector[i].dataBuffer, ioVector[i].readSize);
	return error;
}

/* 8: one message an element, so a failure leaves the earlier ones written. */
SaAisErrorT saCkptCheckpointWrite(SaCkptCheckpointHandleT checkpointHandle, const SaCkptIOVectorElementT *ioVector,
                                  SaUint32T numberOfElements, SaUint32T *erroneousVectorIndex)
{
	__typeof__(&saCkptCheckpointWrite) write_real = real("saCkptCheckpointWrite");

	if (!has_fault(8) || ioVector == NULL)
		return write_real(checkpointHandle, ioVector, numberOfElements, erroneousVectorIndex);
	for (SaUint32T i = 0; i < numberOfElements; i++) {
		const SaAisErrorT error = write_real(checkpointHandle, &ioVector[i], 1, NULL);
		if (error == SA_AIS_OK)
			continue;
		if (erroneousVectorIndex != NULL)
			*erroneousVectorIndex = i;
		return error;
	}
	return SA_AIS_OK;
}

/* 9: one word too many is written. */
SaAisErrorT saCkptCheckpointStatusGet(SaCkptCheckpointHandleT checkpointHandle, SaCkptCheckpointDescriptorT *checkpointStatus)
{
	__typeof__(&saCkptCheckpointStatusGet) status_get = real("saCkptCheckpointStatusGet");
	const SaAisErrorT error = status_get(checkpointHandle, checkpointStatus);
	unsigned char *beyond = (unsigned char *)(checkpointStatus + 1);

	if (has_fault(9) && error == SA_AIS_OK)
		*(volatile unsigned char *)beyond = 0;
	return error;
}

/* 10: what is offered is not written back. */
SaAisErrorT saCkptInitialize(SaCkptHandleT *ckptHandle, const SaCkptCallbacksT *ckptCallbacks, SaVersionT *version)
{
	__typeof__(&saCkptInitialize) initialize = real("saCkptInitialize");
	const SaVersionT asked = version == NULL ? (SaVersionT){0} : *version;
	const SaAisErrorT error = initialize(ckptHandle, ckptCallbacks, version);

	if (has_fault(10) && error == SA_AIS_ERR_VERSION)
		*version = asked;
	return error;
}

/* 11: closing a handle that is closed already ends the process. */
SaAisErrorT saCkptCheckpointClose(SaCkptCheckpointHandleT checkpointHandle)
{
	__typeof__(&saCkptCheckpointClose) close_real = real("saCkptCheckpointClose");
	const SaAisErrorT error = close_real(checkpointHandle);

	if (has_fault(11) && error == SA_AIS_ERR_BAD_HANDLE)
		raise(SIGSEGV);
	return error;
}

/* 12: ONE waits until there is something. */
SaAisErrorT saCkptDispatch(SaCkptHandleT ckptHandle, SaDispatchFlagsT dispatchFlags)
{
	__typeof__(&saCkptDispatch) dispatch = real("saCkptDispatch");

	return dispatch(ckptHandle, has_fault(12) && dispatchFlags == SA_DISPATCH_ONE ? SA_DISPATCH_BLOCKING : dispatchFlags);
}
