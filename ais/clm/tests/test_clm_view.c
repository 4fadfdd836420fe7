/* Unit tests of clm_view: what follows from two successive views. */
#include "conformance/check/check.h"

#include <stdio.h>

#include "ais/clm/clm_view.h"

enum { MEMBERS_MAX = 8 };

struct view_fixture {
	struct service_member members[MEMBERS_MAX];
	struct service_view view;
};

static void fixture_init(struct view_fixture *fixture, uint64_t number)
{
	*fixture = (struct view_fixture){.view = {.ring = {.seq = number, .representative = 1}, .members = fixture->members, .node = 1}};
}

static struct service_member *fixture_add(struct view_fixture *fixture, uint32_t node, uint64_t incarnation, uint64_t joined)
{
	struct service_member *member = &fixture->members[fixture->view.member_count++];

	*member = (struct service_member){
		.node = node, .incarnation = incarnation, .joined = {.seq = joined, .representative = 1}, .address_family = 4,
		.address = bytes_of_text("10.0.0.1"), .name = bytes_of_text("node"), .boot_ns = 1000,
	};
	return member;
}

static struct clm_view *view_of(struct view_fixture *fixture)
{
	struct clm_view *view = clm_view_new(&fixture->view);

	CU_ASSERT_PTR_NOT_NULL_FATAL(view);
	return view;
}

/* "1= 2+ 3- 4*": id and what became of it. */
static void assert_list(const struct clm_view *before, const struct clm_view *now, uint8_t mode, const char *expected)
{
	static const char marks[] = "?=+-*";
	struct clm_list list;
	char text[200] = "";

	CU_ASSERT_TRUE_FATAL(clm_view_list(before, now, mode, &list));
	for (size_t i = 0; i < list.count; i++) {
		const size_t size = strlen(text);
		snprintf(text + size, sizeof text - size, "%s%u%c", i == 0 ? "" : " ", list.entries[i].node.id, marks[list.entries[i].change]);
		CU_ASSERT_EQUAL(list.entries[i].node.member, list.entries[i].change != SA_CLM_NODE_LEFT);
	}
	CU_ASSERT_STRING_EQUAL(text, expected);
	clm_list_clear(&list);
}

static void current_lists_all_members_unchanged(void)
{
	struct view_fixture now;

	fixture_init(&now, 8);
	fixture_add(&now, 1, 11, 4);
	fixture_add(&now, 2, 12, 8);
	struct clm_view *view = view_of(&now);
	assert_list(NULL, view, SA_TRACK_CURRENT, "1= 2=");
	clm_view_free(view);
}

static void joiners_and_leavers_of_one_transition_come_together_by_id(void)
{
	struct view_fixture before, now;

	fixture_init(&before, 8);
	fixture_add(&before, 1, 11, 4);
	fixture_add(&before, 3, 13, 4);
	fixture_add(&before, 5, 15, 4);
	fixture_init(&now, 12);
	fixture_add(&now, 1, 11, 4);
	fixture_add(&now, 2, 12, 12);
	fixture_add(&now, 3, 13, 4);
	struct clm_view *old = view_of(&before), *new = view_of(&now);
	assert_list(old, new, SA_TRACK_CHANGES, "1= 2+ 3= 5-");
	assert_list(old, new, SA_TRACK_CHANGES_ONLY, "2+ 5-");
	clm_view_free(old);
	clm_view_free(new);
}

/* CASE-109: nodes that leave at nearly the same time, in one view or in two: each is told once, whatever the views were. */
static void each_of_two_leavers_is_told_once(void)
{
	struct view_fixture all, four, three;

	fixture_init(&all, 8);
	fixture_init(&four, 12);
	fixture_init(&three, 16);
	for (uint32_t node = 1; node <= 5; node++) {
		fixture_add(&all, node, 10 + node, 4);
		if (node <= 4)
			fixture_add(&four, node, 10 + node, 4);
		if (node <= 3)
			fixture_add(&three, node, 10 + node, 4);
	}
	struct clm_view *before = view_of(&all), *between = view_of(&four), *after = view_of(&three);
	assert_list(before, after, SA_TRACK_CHANGES, "1= 2= 3= 4- 5-");
	assert_list(before, after, SA_TRACK_CHANGES_ONLY, "4- 5-");
	assert_list(before, between, SA_TRACK_CHANGES, "1= 2= 3= 4= 5-");
	assert_list(between, after, SA_TRACK_CHANGES, "1= 2= 3= 4-");
	assert_list(between, after, SA_TRACK_CHANGES_ONLY, "4-");
	assert_list(after, after, SA_TRACK_CHANGES, "1= 2= 3=");
	clm_view_free(before);
	clm_view_free(between);
	clm_view_free(after);
}

static void a_leaver_with_the_lowest_id_comes_first(void)
{
	struct view_fixture before, now;

	fixture_init(&before, 8);
	fixture_add(&before, 1, 11, 4);
	fixture_add(&before, 2, 12, 4);
	fixture_init(&now, 12);
	fixture_add(&now, 2, 12, 4);
	struct clm_view *old = view_of(&before), *new = view_of(&now);
	assert_list(old, new, SA_TRACK_CHANGES, "1- 2=");
	assert_list(old, new, SA_TRACK_CHANGES_ONLY, "1-");
	clm_view_free(old);
	clm_view_free(new);
}

static void a_restart_within_one_transition_is_one_join(void)
{
	struct view_fixture before, now;

	fixture_init(&before, 8);
	fixture_add(&before, 1, 11, 4);
	fixture_add(&before, 2, 12, 4);
	fixture_add(&before, 3, 13, 4);
	fixture_init(&now, 12);
	fixture_add(&now, 1, 11, 4);
	fixture_add(&now, 2, 99, 12);
	fixture_add(&now, 3, 98, 4); /* told apart by its incarnation alone */
	struct clm_view *old = view_of(&before), *new = view_of(&now);
	assert_list(old, new, SA_TRACK_CHANGES, "1= 2+ 3+");
	assert_list(old, new, SA_TRACK_CHANGES_ONLY, "2+ 3+");
	CU_ASSERT_EQUAL(clm_view_find(new, 2)->node.initial_view, 12);
	clm_view_free(old);
	clm_view_free(new);
}

static void an_absence_that_nobody_was_told_of_is_one_join(void)
{
	struct view_fixture before, now;

	fixture_init(&before, 8);
	fixture_add(&before, 2, 12, 4);
	fixture_init(&now, 20);
	fixture_add(&now, 2, 12, 20); /* same life of the node, counted anew */
	struct clm_view *old = view_of(&before), *new = view_of(&now);
	assert_list(old, new, SA_TRACK_CHANGES, "2+");
	clm_view_free(old);
	clm_view_free(new);
}

static void a_view_without_a_change_lists_nobody_changed(void)
{
	struct view_fixture before, now;

	fixture_init(&before, 8);
	fixture_add(&before, 1, 11, 4);
	fixture_init(&now, 12);
	fixture_add(&now, 1, 11, 4);
	struct clm_view *old = view_of(&before), *new = view_of(&now);
	assert_list(old, new, SA_TRACK_CHANGES, "1=");
	assert_list(old, new, SA_TRACK_CHANGES_ONLY, "");
	clm_view_free(old);
	clm_view_free(new);
}

static void another_name_or_address_is_a_reconfiguration(void)
{
	struct view_fixture before, now;

	fixture_init(&before, 8);
	fixture_add(&before, 1, 11, 4);
	fixture_add(&before, 2, 12, 4);
	fixture_init(&now, 12);
	fixture_add(&now, 1, 11, 4)->name = bytes_of_text("renamed");
	fixture_add(&now, 2, 12, 4)->address = bytes_of_text("10.0.0.9");
	struct clm_view *old = view_of(&before), *new = view_of(&now);
	assert_list(old, new, SA_TRACK_CHANGES_ONLY, "1* 2*");
	clm_view_free(old);
	clm_view_free(new);
}

static void the_first_view_joins_everybody(void)
{
	struct view_fixture now;

	fixture_init(&now, 8);
	fixture_add(&now, 1, 11, 8);
	fixture_add(&now, 2, 12, 8);
	struct clm_view *view = view_of(&now);
	assert_list(NULL, view, SA_TRACK_CHANGES, "1+ 2+");
	clm_view_free(view);
}

static void assert_address(uint8_t family, const char *text, const char *expected)
{
	struct view_fixture now;

	fixture_init(&now, 8);
	struct service_member *member = fixture_add(&now, 1, 11, 8);
	member->address = bytes_of_text(text);
	member->address_family = family;
	struct clm_view *view = view_of(&now);
	CU_ASSERT_TRUE(bytes_equal(clm_view_find(view, 1)->node.address, bytes_of_text(expected)));
	clm_view_free(view);
}

static void ipv6_is_written_in_eight_groups(void)
{
	assert_address(4, "10.1.2.3", "10.1.2.3");
	assert_address(6, "fd00::1", "fd00:0:0:0:0:0:0:1");
	assert_address(6, "::", "0:0:0:0:0:0:0:0");
	assert_address(6, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6");
	assert_address(6, "fe80::2%eth0", "fe80:0:0:0:0:0:0:2");
	assert_address(6, "no address at all", "no address at all");
}

static void texts_that_are_too_long_are_cut(void)
{
	uint8_t longest[400];
	struct view_fixture now;

	memset(longest, 'x', sizeof longest);
	fixture_init(&now, 8);
	struct service_member *member = fixture_add(&now, 1, 11, 8);
	member->name = bytes_of(longest, sizeof longest);
	member->address = bytes_of(longest, sizeof longest);
	struct clm_view *view = view_of(&now);
	CU_ASSERT_EQUAL(clm_view_find(view, 1)->node.name.size, SA_MAX_NAME_LENGTH);
	CU_ASSERT_EQUAL(clm_view_find(view, 1)->node.address.size, SA_CLM_MAX_ADDRESS_LENGTH);
	clm_view_free(view);
}

static void only_members_are_found(void)
{
	struct view_fixture now;

	fixture_init(&now, 8);
	for (uint32_t node = 2; node <= 14; node += 2)
		fixture_add(&now, node, node, 8);
	struct clm_view *view = view_of(&now);
	for (uint32_t node = 0; node <= 16; node++)
		CU_ASSERT_EQUAL(clm_view_find(view, node) != NULL, node >= 2 && node <= 14 && node % 2 == 0);
	clm_view_free(view);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"CURRENT lists all members unchanged", current_lists_all_members_unchanged},
		{"joiners and leavers of one transition come together, by id", joiners_and_leavers_of_one_transition_come_together_by_id},
		{"each of two leavers is told once (CASE-109)", each_of_two_leavers_is_told_once},
		{"a leaver with the lowest id comes first", a_leaver_with_the_lowest_id_comes_first},
		{"a restart within one transition is one join", a_restart_within_one_transition_is_one_join},
		{"an absence that nobody was told of is one join", an_absence_that_nobody_was_told_of_is_one_join},
		{"a view without a change lists nobody changed", a_view_without_a_change_lists_nobody_changed},
		{"another name or address is a reconfiguration", another_name_or_address_is_a_reconfiguration},
		{"the first view joins everybody", the_first_view_joins_everybody},
		{"IPv6 is written in eight groups", ipv6_is_written_in_eight_groups},
		{"texts that are too long are cut", texts_that_are_too_long_are_cut},
		{"only members are found", only_members_are_found},
	};
	return check_run("clm_view", cases, sizeof cases / sizeof *cases);
}
