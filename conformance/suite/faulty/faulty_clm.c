/* libSaClm.so.3 with faults 1 to 5; see faulty.h. Each is one that a library of the field has shown, or could. */
#include "conformance/suite/faulty/faulty.h"

#include <string.h>

#include "saClm.h"

/* 1: who is a member already is told as having joined. 4: no flag at all is taken for CHANGES. */
SaAisErrorT saClmClusterTrack(SaClmHandleT clmHandle, SaUint8T trackFlags, SaClmClusterNotificationBufferT *notificationBuffer)
{
	__typeof__(&saClmClusterTrack) track = real("saClmClusterTrack");

	if (has_fault(4) && trackFlags == 0)
		trackFlags = SA_TRACK_CHANGES;
	const SaAisErrorT error = track(clmHandle, trackFlags, notificationBuffer);
	if (has_fault(1) && error == SA_AIS_OK && (trackFlags & SA_TRACK_CURRENT) != 0 && notificationBuffer != NULL)
		for (SaUint32T i = 0; i < notificationBuffer->numberOfItems; i++)
			notificationBuffer->notification[i].clusterChange = SA_CLM_NODE_JOINED;
	return error;
}

/* 2: a stop without tracking is fine. */
SaAisErrorT saClmClusterTrackStop(SaClmHandleT clmHandle)
{
	__typeof__(&saClmClusterTrackStop) track_stop = real("saClmClusterTrackStop");
	const SaAisErrorT error = track_stop(clmHandle);

	return has_fault(2) && error == SA_AIS_ERR_NOT_EXIST ? SA_AIS_OK : error;
}

/* 3: an unknown id is OK, with nothing in it. */
SaAisErrorT saClmClusterNodeGet(SaClmHandleT clmHandle, SaClmNodeIdT nodeId, SaTimeT timeout, SaClmClusterNodeT *clusterNode)
{
	__typeof__(&saClmClusterNodeGet) node_get = real("saClmClusterNodeGet");
	const SaAisErrorT error = node_get(clmHandle, nodeId, timeout, clusterNode);

	return has_fault(3) && error == SA_AIS_ERR_INVALID_PARAM && clusterNode != NULL ? SA_AIS_OK : error;
}

/* 5: ONE runs all that are pending. */
SaAisErrorT saClmDispatch(SaClmHandleT clmHandle, SaDispatchFlagsT dispatchFlags)
{
	__typeof__(&saClmDispatch) dispatch = real("saClmDispatch");

	return dispatch(clmHandle, has_fault(5) && dispatchFlags == SA_DISPATCH_ONE ? SA_DISPATCH_ALL : dispatchFlags);
}
