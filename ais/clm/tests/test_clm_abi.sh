#!/bin/sh
# The library's names and versions, the module, and purity: see conformance/check/abi.sh.
top=${top_srcdir:-$(cd "$(dirname "$0")/../../.." && pwd)}
{
	for function in ClusterNodeGet ClusterNodeGetAsync ClusterTrack ClusterTrackStop Dispatch Finalize Initialize SelectionObjectGet; do
		echo "saClm$function@@OPENAIS_CLM_B.01.01"
	done
} | "$top/conformance/check/abi.sh" libSaClm.so.3 clm.so ais/clm/clm_view.lo ais/clm/clm_messages.lo -- inet_pton
