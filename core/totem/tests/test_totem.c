/* Flow control, configuration, and what a lone machine does: start, send, two nodes with one id, garbage. Rings of several are the
 * simulator's. */
#include <stdlib.h>

#include "conformance/check/check.h"
#include "core/totem/totem_internal.h"

static const struct totem_flow_limits limits = {.window = 50, .visit_max = 17};

/* TOT-081: what this node itself sent in its last visit is not held against it. */
static void lone_sender_gets_the_maximum(void)
{
	struct totem_flow flow = {0};
	uint32_t fcc = 0, backlog = 0;

	for (int visit = 0; visit < 5; visit++) {
		const uint32_t allowed = totem_flow_allowance(&flow, limits, fcc, backlog, 100);
		CU_ASSERT_EQUAL(allowed, 17);
		totem_flow_update(&flow, &fcc, &backlog, allowed, 100);
		CU_ASSERT_EQUAL(fcc, 17);
		CU_ASSERT_EQUAL(backlog, 100);
	}
	totem_flow_update(&flow, &fcc, &backlog, 0, 0);
	CU_ASSERT_EQUAL(fcc, 0);
	CU_ASSERT_EQUAL(backlog, 0);
}

/* TOT-077, -079, -080. */
static void saturated_senders_share_the_window(void)
{
	struct totem_flow flows[5] = {0};
	uint32_t fcc = 0, backlog = 0, sent[5] = {0};

	for (int rotation = 0; rotation < 100; rotation++) {
		for (int node = 0; node < 5; node++) {
			const uint32_t allowed = totem_flow_allowance(&flows[node], limits, fcc, backlog, 200);
			CU_ASSERT_TRUE(allowed <= limits.visit_max);
			totem_flow_update(&flows[node], &fcc, &backlog, allowed, 200);
			CU_ASSERT_TRUE(fcc <= limits.window);
			sent[node] += rotation >= 20 ? allowed : 0;
		}
		uint32_t sum = 0;
		for (int node = 0; node < 5; node++)
			sum += flows[node].sent;
		CU_ASSERT_EQUAL(sum, fcc);
	}
	for (int node = 1; node < 5; node++)
		CU_ASSERT_TRUE(sent[node] * 5 >= sent[0] * 4 && sent[0] * 5 >= sent[node] * 4);
}

/* TOT-082: a window that shrank, or a counter that lies, never gives room without end. */
static void allowance_is_never_beyond_the_maximum(void)
{
	const struct totem_flow flow = {.sent = 3, .backlog = UINT32_MAX};

	CU_ASSERT_EQUAL(totem_flow_allowance(&flow, limits, 60, 0, 10), 0);
	CU_ASSERT_EQUAL(totem_flow_allowance(&flow, limits, UINT32_MAX, UINT32_MAX, UINT32_MAX), 0);
	CU_ASSERT_TRUE(totem_flow_allowance(&flow, limits, 0, 0, UINT32_MAX) <= 17);
	CU_ASSERT_EQUAL(totem_flow_allowance(&(struct totem_flow){0}, limits, 0, 1000000, 1), 1);
}

static void defaults_follow_from_the_token(void)
{
	struct totem_config config;

	totem_config_default(&config);
	CU_ASSERT_EQUAL(config.token_ms, 1000);
	CU_ASSERT_EQUAL(config.consensus_ms, 1200);
	CU_ASSERT_EQUAL(config.token_retransmit_ms, 238);
	CU_ASSERT_EQUAL(config.hold_ms, 180);
	config.token_ms = 3000;
	config.consensus_ms = config.token_retransmit_ms = config.hold_ms = 0;
	totem_config_derive(&config);
	CU_ASSERT_EQUAL(config.consensus_ms, 3600);
	CU_ASSERT_EQUAL(config.token_retransmit_ms, 714);
	CU_ASSERT_EQUAL(config.hold_ms, 561);
}

static void impossible_values_are_refused(void)
{
	struct totem_config good;

	totem_config_default(&good);
	CU_ASSERT_PTR_NULL(totem_new(&good)); /* no id */
	good.node = 1;
	struct totem *totem = totem_new(&good);
	CU_ASSERT_PTR_NOT_NULL(totem);
	totem_free(totem);
	for (int what = 0; what < 5; what++) {
		struct totem_config bad = good;
		bad.token_ms = what == 0 ? 29 : bad.token_ms;
		bad.packet_size_max = what == 1 ? TOTEM_PACKET_SIZE_MIN - 1 : what == 2 ? 70000 : bad.packet_size_max;
		bad.window_size = what == 3 ? 0 : bad.window_size;
		bad.join_ms = what == 4 ? bad.consensus_ms + 1 : bad.join_ms;
		CU_ASSERT_PTR_NULL(totem_new(&bad));
	}
}

struct lone {
	struct totem *totem;
	struct totem_outputs outputs;
	size_t delivered, stable, views, fresh_for_ever, logged_twin, stored;
	bool delivered_before_stable;
	uint64_t store_seq;
};

static void lone_look(struct lone *lone)
{
	for (size_t i = 0; i < lone->outputs.count; i++) {
		const struct totem_output *output = &lone->outputs.list[i];
		if (output->kind == TOTEM_OUTPUT_STORE) {
			lone->stored++;
			lone->store_seq = output->ring_seq;
		}
		if (output->kind == TOTEM_OUTPUT_LOG && strcmp(output->log_id, "duplicate-id") == 0)
			lone->logged_twin++;
		if (output->kind != TOTEM_OUTPUT_EVENT)
			continue;
		lone->delivered += output->event.kind == GROUP_EVENT_DELIVER;
		lone->stable += output->event.kind == GROUP_EVENT_STABLE;
		lone->views += output->event.kind == GROUP_EVENT_VIEW;
		lone->fresh_for_ever += output->event.kind == GROUP_EVENT_FRESH && output->event.fresh_until_ns == INT64_MAX;
		if (output->event.kind == GROUP_EVENT_STABLE)
			lone->delivered_before_stable = lone->delivered > 0;
	}
	totem_outputs_reset(&lone->outputs);
}

static void lone_step(struct lone *lone, struct totem_event event)
{
	event.now_ns = 1000000;
	event.random = 77;
	totem_step(lone->totem, &event, &lone->outputs);
	lone_look(lone);
}

static struct lone lone_started(uint64_t stored)
{
	struct lone lone = {0};
	struct totem_config config;

	totem_config_default(&config);
	config.node = 4;
	config.cluster = 1;
	lone.totem = totem_new(&config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(lone.totem);
	lone_step(&lone, (struct totem_event){.kind = TOTEM_EVENT_START, .ring_seq = stored});
	return lone;
}

static void lone_end(struct lone *lone)
{
	totem_outputs_clear(&lone->outputs);
	totem_free(lone->totem);
}

/* TOT-035, and that nothing is installed before its id is durable. */
static void first_ring_is_stored_and_above_the_old(void)
{
	struct lone lone = lone_started(100);

	CU_ASSERT_EQUAL(lone.stored, 1);
	CU_ASSERT_EQUAL(lone.store_seq, 101);
	CU_ASSERT_EQUAL(lone.views, 0);
	lone_step(&lone, (struct totem_event){.kind = TOTEM_EVENT_STORED, .ring_seq = 101});
	CU_ASSERT_EQUAL(lone.views, 1);
	CU_ASSERT_EQUAL(lone.fresh_for_ever, 1);
	lone_end(&lone);
}

static void message_of_one_is_delivered_and_stable_at_once(void)
{
	struct lone lone = lone_started(0);

	lone_step(&lone, (struct totem_event){.kind = TOTEM_EVENT_SEND, .bytes = bytes_of("early", 5)});
	CU_ASSERT_EQUAL(lone.delivered, 0);
	lone_step(&lone, (struct totem_event){.kind = TOTEM_EVENT_STORED, .ring_seq = 1});
	CU_ASSERT_EQUAL(lone.delivered, 1);
	CU_ASSERT_EQUAL(lone.stable, 1);
	lone_step(&lone, (struct totem_event){.kind = TOTEM_EVENT_SEND, .bytes = bytes_of("safe", 4), .safe = true});
	CU_ASSERT_EQUAL(lone.delivered, 2);
	CU_ASSERT_EQUAL(lone.stable, 2);
	CU_ASSERT_TRUE(lone.delivered_before_stable);
	lone_end(&lone);
}

static void packet_from(struct lone *lone, uint32_t sender, uint64_t boot)
{
	uint8_t bytes[TOTEM_RING_PACKET_SIZE];
	struct wire_writer out = {.data = bytes, .capacity = sizeof(bytes)};

	totem_header_encode(&out, &(struct totem_header){.type = TOTEM_PACKET_HOLD_CANCEL, .cluster = 1, .sender = sender, .boot = boot});
	ring_id_encode(&out, (struct ring_id){.seq = 4, .representative = 1});
	totem_packet_seal(bytes, sizeof(bytes));
	lone_step(lone, (struct totem_event){.kind = TOTEM_EVENT_PACKET, .bytes = bytes_of(bytes, sizeof(bytes))});
}

static void twin_is_named_once(void)
{
	struct lone lone = lone_started(0);

	lone_step(&lone, (struct totem_event){.kind = TOTEM_EVENT_STORED, .ring_seq = 1});
	packet_from(&lone, 4, 77); /* an echo of our own */
	CU_ASSERT_EQUAL(lone.logged_twin, 0);
	packet_from(&lone, 4, 78);
	packet_from(&lone, 4, 78);
	CU_ASSERT_EQUAL(lone.logged_twin, 1);
	lone_end(&lone);
}

/* TOT-109: any bytes do nothing but count. */
static void garbage_changes_nothing(void)
{
	struct lone lone = lone_started(0);
	uint64_t random = 1;
	uint8_t bytes[300];

	lone_step(&lone, (struct totem_event){.kind = TOTEM_EVENT_STORED, .ring_seq = 1});
	for (int i = 0; i < 20000; i++) {
		for (size_t at = 0; at < sizeof(bytes); at++)
			bytes[at] = (uint8_t)((random = random * 6364136223846793005u + 1442695040888963407u) >> 56);
		lone_step(&lone, (struct totem_event){.kind = TOTEM_EVENT_PACKET, .bytes = bytes_of(bytes, i % sizeof(bytes))});
	}
	CU_ASSERT_EQUAL(lone.totem->state, TOTEM_OPERATIONAL);
	CU_ASSERT_EQUAL(lone.views, 1);
	lone_end(&lone);
}

static void too_large_a_message_is_refused(void)
{
	struct lone lone = lone_started(0);

	CU_ASSERT_TRUE(totem_send_allowed(lone.totem, TOTEM_MESSAGE_SIZE_MAX, GROUP_ORDINARY));
	CU_ASSERT_FALSE(totem_send_allowed(lone.totem, TOTEM_MESSAGE_SIZE_MAX + 1, GROUP_ORDINARY));
	lone_end(&lone);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"a lone sender gets the maximum of a visit (TOT-081)", lone_sender_gets_the_maximum},
		{"saturated senders share the window (TOT-077, -079, -080)", saturated_senders_share_the_window},
		{"the allowance is never beyond the maximum (TOT-082)", allowance_is_never_beyond_the_maximum},
		{"defaults follow from the token timeout", defaults_follow_from_the_token},
		{"impossible values are refused (TOT-113)", impossible_values_are_refused},
		{"the first ring's id is stored and above the old (TOT-035)", first_ring_is_stored_and_above_the_old},
		{"a message on a ring of one is delivered and stable at once", message_of_one_is_delivered_and_stable_at_once},
		{"a second node with our id is named once", twin_is_named_once},
		{"garbage changes nothing (TOT-109)", garbage_changes_nothing},
		{"too large a message is refused (TOT-085)", too_large_a_message_is_refused},
	};

	return check_run("totem", cases, sizeof(cases) / sizeof(cases[0]));
}
