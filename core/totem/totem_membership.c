/* Gather: who could be in the next ring. Joins, foreign messages, time-outs, consensus (sheet §5). */
#include "core/totem/totem_internal.h"

#include <assert.h>
#include <inttypes.h>

/* Unauthenticated numbers beyond these are nobody's ring sequence. */
static const uint64_t RING_SEQ_MAX = UINT64_C(1) << 62;

void totem_join_send(struct totem *totem, bool leave)
{
	struct totem_join join = {.leave = leave, .ring_seq = totem->ring_seq, .parameters = totem->parameters,
	                          .proc = totem->proc, .fail = totem->fail};
	struct wire_writer out;

	node_set_add(&join.proc, totem->config.node);
	if (leave)
		node_set_add(&join.fail, totem->config.node);
	struct totem_buffer *packet = totem_packet_begin(totem, TOTEM_PACKET_JOIN, totem_join_size(&join), &out);
	if (packet == NULL)
		return;
	totem_join_encode(&out, &join);
	totem_packet_end(packet);
	totem_output_multicast(totem->outputs, packet);
	totem_buffer_release(packet);
}

static void candidates(const struct totem *totem, struct node_set *set)
{
	node_set_minus(&totem->proc, &totem->fail, set);
}

/* My own Join counts as received, so a node that is alone agrees with itself at once. */
static void consensus_test(struct totem *totem)
{
	struct node_set members;

	candidates(totem, &members);
	if (totem->state != TOTEM_GATHER || !node_set_subset(&members, &totem->consensus))
		return;
	assert(node_set_has(&members, totem->config.node)); /* I never put myself into fail: my own Join counts */
	totem->consensus_reached = true;
	if (members.ids[0] == totem->config.node)
		totem_commit_create(totem, &members);
}

static void consensus_reset(struct totem *totem)
{
	totem->consensus.count = 0;
	totem->consensus_reached = false;
	if (!totem_mutated(totem, TOTEM_MUTATION_OWN_JOIN_IGNORED))
		node_set_add(&totem->consensus, totem->config.node);
}

void totem_gather(struct totem *totem, enum totem_gather_reason reason)
{
	if (totem->state == TOTEM_COMMIT && totem_mutated(totem, TOTEM_MUTATION_FAIL_CLEARED_AFTER_COMMIT))
		totem->fail.count = 0;
	if (totem->state == TOTEM_COMMIT || totem->state == TOTEM_RECOVERY)
		totem_attempt_abandon(totem);
	totem_output_log(totem->outputs, TOTEM_LOG_DEBUG, "gather", "entering gather from %d; ring %s", (int)reason,
	                 ring_id_text(totem->installed->id).text);
	totem_fresh_end(totem);
	totem_token_forget(totem);
	totem_timer_stop(totem, TOTEM_TIMER_TOKEN_LOSS);
	totem_timer_stop(totem, TOTEM_TIMER_MERGE);
	totem->state = TOTEM_GATHER;
	totem->gather_entered++;
	totem->gather_count++;
	if (totem_mutated(totem, TOTEM_MUTATION_FAIL_CLEARED) && reason != TOTEM_GATHER_CONSENSUS_TIMEOUT &&
	    reason != TOTEM_GATHER_JOIN_MERGED && reason != TOTEM_GATHER_FAIL_TO_RECEIVE && reason != TOTEM_GATHER_JOIN_OPERATIONAL)
		totem->fail.count = 0;
	node_set_add(&totem->proc, totem->config.node);
	consensus_reset(totem);
	if (totem->config.send_join_ms > 0)
		totem_timer_start(totem, TOTEM_TIMER_SEND_JOIN, (int64_t)(totem->random % totem->config.send_join_ms));
	else
		totem_join_send(totem, false);
	totem_timer_start(totem, TOTEM_TIMER_JOIN, totem->config.join_ms);
	totem_timer_start(totem, TOTEM_TIMER_CONSENSUS, totem->config.consensus_ms);
	consensus_test(totem);
}

/* True: the Join brought something new, and Gather begins again with it (§5.5, case 4). */
static bool join_merge(struct totem *totem, uint32_t sender, const struct totem_join *join)
{
	struct node_set theirs = join->fail;

	if (node_set_subset(&join->proc, &totem->proc) && node_set_subset(&join->fail, &totem->fail))
		return false;
	if (node_set_has(&totem->fail, sender))
		return false;
	if (!node_set_add_all(&totem->proc, &join->proc)) {
		totem_output_log(totem->outputs, TOTEM_LOG_WARNING, "too-many-nodes", "a join of node %" PRIu32 " is ignored: more than %d nodes",
		                 sender, TOTEM_NODES_MAX);
		return false;
	}
	if (node_set_has(&theirs, totem->config.node)) {
		node_set_add(&totem->fail, sender); /* it excludes me, so I exclude it */
		totem_yield_excluded(totem, sender);
		totem_yield_due(totem);
		return true;
	}
	node_set_add_all(&totem->fail, &theirs);
	return true;
}

static bool join_is_equal(const struct totem *totem, const struct totem_join *join)
{
	if (totem_mutated(totem, TOTEM_MUTATION_CONSENSUS_BY_PROC))
		return node_set_equal(&join->proc, &totem->proc);
	return node_set_equal(&join->proc, &totem->proc) && node_set_equal(&join->fail, &totem->fail);
}

static void join_in_gather(struct totem *totem, uint32_t sender, const struct totem_join *join)
{
	if (totem->state != TOTEM_GATHER)
		return;
	if (join_is_equal(totem, join)) {
		node_set_add(&totem->consensus, sender);
		if (!totem->consensus_reached || totem->timers[TOTEM_TIMER_TOKEN_LOSS].set)
			consensus_test(totem);
		return;
	}
	if (join_merge(totem, sender, join))
		totem_gather(totem, TOTEM_GATHER_JOIN_MERGED);
}

static void join_in_operational(struct totem *totem, uint32_t sender, const struct totem_join *join)
{
	if (node_set_has(&join->fail, totem->config.node)) {
		totem_fresh_end(totem);
		return;
	}
	if (node_set_has(&totem->installed->members, sender) && join->ring_seq < totem->installed->id.seq &&
	    !totem_mutated(totem, TOTEM_MUTATION_STALE_JOINS))
		return; /* left over from before this ring */
	join_merge(totem, sender, join);
	totem_gather(totem, TOTEM_GATHER_JOIN_OPERATIONAL);
	if (totem->state == TOTEM_GATHER && join_is_equal(totem, join)) {
		node_set_add(&totem->consensus, sender);
		consensus_test(totem);
	}
}

/* A peer that gives up this attempt says so with the attempt's own sequence. */
static void join_in_attempt(struct totem *totem, uint32_t sender, const struct totem_join *join)
{
	if (!node_set_has(&totem->forming->members, sender) || join->ring_seq < totem->forming->id.seq)
		return;
	totem_gather(totem, totem->state == TOTEM_COMMIT ? TOTEM_GATHER_JOIN_COMMIT : TOTEM_GATHER_JOIN_RECOVERY);
	join_in_gather(totem, sender, join);
}

static void on_leave_of(struct totem *totem, const struct totem_header *header)
{
	const struct totem_ring *ring = totem->forming != NULL ? totem->forming : totem->installed;
	const int member = node_set_index(&ring->members, header->sender);

	if (member < 0 || ring->boots[member] != header->boot || node_set_has(&totem->leavers, header->sender))
		return; /* a stranger's, or said before */
	node_set_add(&totem->leavers, header->sender);
	if (node_set_has(&totem->fail, header->sender))
		return; /* another's Join, which came first, has told already that it fails, but not that it leaves */
	node_set_add(&totem->proc, header->sender);
	node_set_add(&totem->fail, header->sender);
	totem_gather(totem, TOTEM_GATHER_JOIN_OPERATIONAL);
}

static void parameters_check(struct totem *totem, uint32_t sender, const struct totem_join *join)
{
	if (join->parameters == totem->parameters || totem->mismatch_logged)
		return;
	totem->mismatch_logged = true;
	totem_output_log(totem->outputs, TOTEM_LOG_WARNING, "parameters-differ", "node %" PRIu32 " has other values of token, consensus, join, "
	                 "window_size or max_messages than this node: set them alike on all nodes", sender);
}

/* This node was stopped: a timer of its own ran out long ago, and only now, before it is looked at, come the packets that lay in
 * the socket meanwhile. */
static bool was_asleep(const struct totem *totem)
{
	const int64_t awake_ns = totem->now_ns - (int64_t)totem->config.token_ms * 500000; /* half of it, in ns */

	for (int timer = 0; timer < TOTEM_TIMER_COUNT; timer++)
		if (totem->timers[timer].set && totem->timers[timer].due_ns < awake_ns)
			return true;
	return false;
}

void totem_on_join(struct totem *totem, const struct totem_header *header, const struct totem_join *join)
{
	const uint32_t sender = header->sender;

	if (join->ring_seq > RING_SEQ_MAX || !node_set_has(&join->proc, sender) || node_set_has(&join->fail, sender) != join->leave) {
		totem->packets_malformed++;
		return;
	}
	if (join->leave) {
		if (!totem_mutated(totem, TOTEM_MUTATION_LEAVE_DROPPED) || !was_asleep(totem))
			on_leave_of(totem, header);
		return;
	}
	parameters_check(totem, sender, join);
	if (join->ring_seq > totem->ring_seq_seen)
		totem->ring_seq_seen = join->ring_seq;
	/* Joins from while we slept are no news but for the sequence: taken as such, they make us call our peers failed, and our word
	 * of that would break the ring that they have formed without us. They repeat what still holds; a LEAVE they do not. */
	if (was_asleep(totem)) {
		totem->packets_dropped++;
		return;
	}
	if (totem->yielding)
		return;
	node_set_add(&totem->heard, sender);
	if (totem->state == TOTEM_OPERATIONAL)
		join_in_operational(totem, sender, join);
	else if (totem->state == TOTEM_GATHER)
		join_in_gather(totem, sender, join);
	else if (totem->state == TOTEM_COMMIT || totem->state == TOTEM_RECOVERY)
		join_in_attempt(totem, sender, join);
}

static bool is_abandoned(const struct totem *totem, struct ring_id ring)
{
	for (size_t i = 0; i < TOTEM_ABANDONED_MAX; i++)
		if (ring_id_equal(totem->abandoned[i], ring))
			return true;
	return false;
}

/* DATA or MERGE DETECT of a ring that is not ours: its sender belongs with us, unless it is left over from before. */
void totem_on_foreign(struct totem *totem, uint32_t sender, struct ring_id ring, bool merge_detect)
{
	const struct totem_ring *installed = totem->installed;

	if (ring_id_equal(ring, installed->id) || is_abandoned(totem, ring) || totem->yielding)
		return;
	if (totem->state == TOTEM_OPERATIONAL) {
		if (node_set_has(&installed->members, sender) && ring.seq < installed->id.seq)
			return;
		if (node_set_add(&totem->proc, sender))
			totem_gather(totem, merge_detect ? TOTEM_GATHER_MERGE_OPERATIONAL : TOTEM_GATHER_FOREIGN_OPERATIONAL);
	} else if (totem->state == TOTEM_GATHER && !node_set_has(&totem->proc, sender)) {
		if (node_set_add(&totem->proc, sender))
			totem_gather(totem, merge_detect ? TOTEM_GATHER_MERGE_GATHER : TOTEM_GATHER_FOREIGN_GATHER);
	}
}

/* Whoever did not agree in time is considered failed. */
static void silent_fail(struct totem *totem)
{
	struct node_set members, silent;

	candidates(totem, &members);
	node_set_minus(&members, &totem->consensus, &silent);
	node_set_add_all(&totem->fail, &silent);
	totem_yield_silent(totem, &silent);
	totem_yield_due(totem);
}

void totem_on_consensus_timeout(struct totem *totem)
{
	if (totem->state != TOTEM_GATHER)
		return;
	if (!totem->consensus_reached) {
		silent_fail(totem);
		totem_gather(totem, TOTEM_GATHER_CONSENSUS_TIMEOUT);
		return;
	}
	/* All agreed, and the commit token did not come: who is still there says so again. */
	totem->consensus.count = 0;
	node_set_add(&totem->consensus, totem->config.node);
	totem_timer_start(totem, TOTEM_TIMER_TOKEN_LOSS, totem->config.token_ms);
}

void totem_on_token_loss(struct totem *totem)
{
	totem->token_lost++;
	switch (totem->state) {
	case TOTEM_OPERATIONAL:
		totem_output_log(totem->outputs, TOTEM_LOG_NOTICE, "token-lost", "no token for %" PRIu32 " ms in ring %s: forming a new one",
		                 totem->config.token_ms, ring_id_text(totem->installed->id).text);
		totem_gather(totem, TOTEM_GATHER_TOKEN_LOST);
		break;
	case TOTEM_GATHER:
		silent_fail(totem);
		totem_gather(totem, TOTEM_GATHER_CONSENSUS_EXPIRED);
		break;
	case TOTEM_COMMIT:
		totem_gather(totem, TOTEM_GATHER_COMMIT_LOST);
		break;
	case TOTEM_RECOVERY:
		totem_gather(totem, TOTEM_GATHER_RECOVERY_LOST);
		break;
	default:
		break;
	}
}
