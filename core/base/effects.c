#include "core/base/effects.h"

#include <stdlib.h>

static void effects_add(struct effects *effects, struct effect effect, struct bytes payload)
{
	if (effects->count == effects->capacity) {
		const size_t capacity = effects->capacity == 0 ? 8 : effects->capacity * 2;
		struct effect *list = realloc(effects->list, capacity * sizeof *list);

		if (list == NULL) {
			effects->failed = true;
			return;
		}
		effects->list = list;
		effects->capacity = capacity;
	}
	effect.payload_offset = effects->payloads.size;
	effect.payload_size = payload.size;
	wire_put_raw(&effects->payloads, payload.data, payload.size);
	if (effects->payloads.failed) {
		effects->failed = true;
		return;
	}
	effects->list[effects->count++] = effect;
}

void effects_reply(struct effects *effects, struct requester requester, uint32_t code, struct bytes payload)
{
	effects_reply_active(effects, requester, code, payload, 0, (struct position){0});
}

void effects_reply_active(struct effects *effects, struct requester requester, uint32_t code, struct bytes payload,
                          uint32_t active_node, struct position active_since)
{
	effects_add(effects,
	            (struct effect){
	                    .kind = EFFECT_REPLY, .requester = requester, .code = code, .active_node = active_node,
	                    .active_since = active_since},
	            payload);
}

void effects_ask(struct effects *effects, uint32_t node, struct bytes payload)
{
	effects_add(effects, (struct effect){.kind = EFFECT_ASK, .asked_node = node}, payload);
}

void effects_ordered(struct effects *effects, struct requester requester)
{
	effects_add(effects, (struct effect){.kind = EFFECT_READ, .requester = requester}, (struct bytes){0});
}

void effects_notify(struct effects *effects, struct requester client, uint16_t event, struct bytes payload)
{
	client.call = 0;
	effects_add(effects, (struct effect){.kind = EFFECT_NOTIFY, .requester = client, .event = event}, payload);
}

void effects_due(struct effects *effects, int64_t due_ns)
{
	effects_add(effects, (struct effect){.kind = EFFECT_DUE, .due_ns = due_ns}, (struct bytes){0});
}

struct bytes effects_payload(const struct effects *effects, const struct effect *effect)
{
	if (effect->payload_size == 0)
		return (struct bytes){0};
	return bytes_of(effects->payloads.data + effect->payload_offset, effect->payload_size);
}

void effects_reset(struct effects *effects)
{
	effects->count = 0;
	effects->failed = false;
	wire_writer_reset(&effects->payloads);
}

void effects_clear(struct effects *effects)
{
	free(effects->list);
	wire_writer_clear(&effects->payloads);
	*effects = (struct effects){0};
}
