/* The `default` profile, what follows from it, and which values are refused (sheet §13). */
#include "core/totem/totem_internal.h"

enum { TIMEOUT_MS_MIN = 30, HOLD_MS_MIN = 14 };

void totem_config_default(struct totem_config *config)
{
	*config = (struct totem_config){
		.token_ms = 1000,
		.consensus_ms = 1200,
		.join_ms = 50,
		.merge_ms = 200,
		.token_retransmits_before_loss = 4,
		.window_size = 50,
		.messages_max = 17,
		.miss_count = 5,
		.fail_recv_rotations = 2500,
		.seqno_unchanged_rotations = 30,
		.packet_size_max = 1500 - 20 - 8,
		.queue_size_max = 4 * 1024 * 1024,
	};
	totem_config_derive(config);
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

void totem_config_derive(struct totem_config *config)
{
	if (config->consensus_ms == 0)
		config->consensus_ms = (uint32_t)((uint64_t)config->token_ms * 12 / 10);
	if (config->token_retransmit_ms == 0) /* token / (const + 0.2) */
		config->token_retransmit_ms = larger(
			(uint32_t)((uint64_t)config->token_ms * 10 / ((uint64_t)config->token_retransmits_before_loss * 10 + 2)), TIMEOUT_MS_MIN);
	if (config->hold_ms == 0)
		config->hold_ms = larger((uint32_t)((uint64_t)config->token_retransmit_ms * 8 / 10) - 10, HOLD_MS_MIN);
}

/* What no ring can be made with. Ranges that a user is told about by name are the configuration's. */
bool totem_config_valid(const struct totem_config *config)
{
	return config->node != 0 && config->token_ms >= TIMEOUT_MS_MIN && config->consensus_ms >= TIMEOUT_MS_MIN &&
	       config->token_retransmit_ms > 0 && config->hold_ms > 0 && config->join_ms > 0 && config->merge_ms > 0 &&
	       config->join_ms <= config->consensus_ms && config->window_size > 0 && config->messages_max > 0 &&
	       config->packet_size_max >= TOTEM_PACKET_SIZE_MIN && config->packet_size_max <= TOTEM_DATAGRAM_SIZE_MAX &&
	       config->queue_size_max > 0 && config->seq_start < UINT64_MAX / 2;
}
