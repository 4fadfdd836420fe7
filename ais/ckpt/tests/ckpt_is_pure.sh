#!/bin/sh
# The replicated machine makes no system call, reads no clock and has no global: nm -u on its objects.
exec sh "${top_srcdir:?}/conformance/check/purity.sh" ais/ckpt/ckpt_state.lo ais/ckpt/ckpt_open.lo ais/ckpt/ckpt_checkpoint.lo \
	ais/ckpt/ckpt_section.lo ais/ckpt/ckpt_content.lo ais/ckpt/ckpt_image.lo ais/ckpt/ckpt_transfer.lo ais/ckpt/ckpt_placement.lo ais/ckpt/ckpt_object.lo ais/ckpt/ckpt_messages.lo \
	ais/ckpt/ckpt_requests.lo ais/ckpt/ckpt_operations.lo ais/ckpt/ckpt_operator_messages.lo
