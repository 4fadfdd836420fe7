/* CKPT assertions on iterating over sections: CKPT-111 to -126. */
#include "conformance/suite/ckpt.h"

#include <limits.h>
#include <string.h>

#include "conformance/suite/assertions.h"

static SaCkptSectionIterationHandleT iterate(struct ckpt *ckpt, SaCkptSectionsChosenT chosen, SaTimeT time)
{
	SaCkptSectionIterationHandleT iteration = 0;

	test_code(ckpt->test, ckpt->api.iteration_initialize(ckpt->checkpoint, chosen, time, &iteration), SA_AIS_OK,
	          "saCkptSectionIterationInitialize(%d)", chosen);
	return iteration;
}

/* Ids of one letter; the letters that came, each as often as it came, in alphabetical order. */
static void sections_are(struct ckpt *ckpt, SaCkptSectionIterationHandleT iteration, const char *wanted)
{
	char letters[60] = "";
	size_t count = 0;
	SaCkptSectionDescriptorT section;
	SaAisErrorT error;

	while ((error = ckpt->api.iteration_next(iteration, &section)) == SA_AIS_OK && count < sizeof letters - 1) {
		const char letter = section.sectionId.idLen == 1 ? (char)section.sectionId.id[0] : '?';
		size_t at = count++;
		for (; at > 0 && letters[at - 1] > letter; at--)
			letters[at] = letters[at - 1];
		letters[at] = letter;
	}
	test_code(ckpt->test, error, SA_AIS_ERR_NO_SECTIONS, "saCkptSectionIterationNext in the end");
	test_true(ckpt->test, strcmp(letters, wanted) == 0, "sections '%s', expected '%s'", letters, wanted);
	test_code(ckpt->test, ckpt->api.iteration_next(iteration, &section), SA_AIS_ERR_NO_SECTIONS, "and again");
}

/* a, b: never; c, d: in one and in two hours from *base. */
static struct ckpt with_four(struct test *test, SaTimeT *base)
{
	struct ckpt ckpt = ckpt_begin_open(test);

	*base = wall_ns() / SA_TIME_ONE_SECOND * SA_TIME_ONE_SECOND;
	test_code(test, ckpt_section(&ckpt, "a", "1"), SA_AIS_OK, "saCkptSectionCreate a, never expires");
	test_code(test, ckpt_section_until(&ckpt, "c", "333", *base + SA_TIME_ONE_HOUR), SA_AIS_OK, "saCkptSectionCreate c, in 1 h");
	test_code(test, ckpt_section(&ckpt, "b", "22"), SA_AIS_OK, "saCkptSectionCreate b, never expires");
	test_code(test, ckpt_section_until(&ckpt, "d", "4444", *base + 2 * SA_TIME_ONE_HOUR), SA_AIS_OK, "saCkptSectionCreate d, in 2 h");
	return ckpt;
}

void CKPT_111(struct test *test)
{
	SaTimeT base;
	struct ckpt ckpt = with_four(test, &base);

	sections_are(&ckpt, iterate(&ckpt, SA_CKPT_SECTIONS_ANY, 0), "abcd");
}

void CKPT_112(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);

	sections_are(&ckpt, iterate(&ckpt, SA_CKPT_SECTIONS_ANY, 0), "");
}

void CKPT_113(struct test *test)
{
	SaTimeT base;
	struct ckpt ckpt = with_four(test, &base);

	sections_are(&ckpt, iterate(&ckpt, SA_CKPT_SECTIONS_FOREVER, 0), "ab");
}

void CKPT_114(struct test *test)
{
	SaTimeT base;
	struct ckpt ckpt = with_four(test, &base);

	sections_are(&ckpt, iterate(&ckpt, SA_CKPT_SECTIONS_LEQ_EXPIRATION_TIME, base + SA_TIME_ONE_HOUR), "c");
	sections_are(&ckpt, iterate(&ckpt, SA_CKPT_SECTIONS_LEQ_EXPIRATION_TIME, base + SA_TIME_ONE_HOUR - 1), "");
	sections_are(&ckpt, iterate(&ckpt, SA_CKPT_SECTIONS_LEQ_EXPIRATION_TIME, base + 2 * SA_TIME_ONE_HOUR), "cd");
}

void CKPT_115(struct test *test)
{
	SaTimeT base;
	struct ckpt ckpt = with_four(test, &base);

	sections_are(&ckpt, iterate(&ckpt, SA_CKPT_SECTIONS_GEQ_EXPIRATION_TIME, base + 2 * SA_TIME_ONE_HOUR), "abd");
	sections_are(&ckpt, iterate(&ckpt, SA_CKPT_SECTIONS_GEQ_EXPIRATION_TIME, base + 2 * SA_TIME_ONE_HOUR + 1), "ab");
}

void CKPT_116(struct test *test)
{
	SaTimeT base;
	struct ckpt ckpt = with_four(test, &base);

	sections_are(&ckpt, iterate(&ckpt, SA_CKPT_SECTIONS_CORRUPTED, 0), "");
}

void CKPT_117(struct test *test)
{
	static const SaTimeT ignored[] = {0, 1, SA_TIME_END, SA_TIME_UNKNOWN};
	SaTimeT base;
	struct ckpt ckpt = with_four(test, &base);

	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) {
		sections_are(&ckpt, iterate(&ckpt, SA_CKPT_SECTIONS_FOREVER, ignored[i]), "ab");
		sections_are(&ckpt, iterate(&ckpt, SA_CKPT_SECTIONS_CORRUPTED, ignored[i]), "");
		sections_are(&ckpt, iterate(&ckpt, SA_CKPT_SECTIONS_ANY, ignored[i]), "abcd");
	}
}

void CKPT_118(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	SaCkptSectionIterationHandleT iteration;

	test_code(test, ckpt.api.iteration_initialize(ckpt.checkpoint, (SaCkptSectionsChosenT)0, 0, &iteration), SA_AIS_ERR_INVALID_PARAM,
	          "sectionsChosen 0");
	test_code(test, ckpt.api.iteration_initialize(ckpt.checkpoint, (SaCkptSectionsChosenT)6, 0, &iteration), SA_AIS_ERR_INVALID_PARAM,
	          "sectionsChosen 6");
	test_code(test, ckpt.api.iteration_initialize(ckpt.checkpoint, SA_CKPT_SECTIONS_ANY, 0, NULL), SA_AIS_ERR_INVALID_PARAM,
	          "sectionIterationHandle NULL");
}

void CKPT_119(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	const SaTimeT time = wall_ns() + SA_TIME_ONE_HOUR;
	SaCkptSectionDescriptorT section;

	test_code(test, ckpt_section_until(&ckpt, "some id", "12345", time), SA_AIS_OK, "saCkptSectionCreate");
	const SaCkptSectionIterationHandleT iteration = iterate(&ckpt, SA_CKPT_SECTIONS_ANY, 0);
	memset(&section, 0xff, sizeof section);
	test_code(test, ckpt.api.iteration_next(iteration, &section), SA_AIS_OK, "saCkptSectionIterationNext");
	test_equal(test, section.sectionId.idLen, 7, "idLen");
	test_bytes(test, section.sectionId.id, "some id", 7, "id");
	test_equal(test, section.sectionSize, 5, "sectionSize");
	test_true(test, section.expirationTime == time, "expirationTime as given");
	test_equal(test, section.sectionState, SA_CKPT_SECTION_VALID, "sectionState");
}

void CKPT_120(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	SaCkptSectionDescriptorT section;

	test_code(test, ckpt_section(&ckpt, "s", "x"), SA_AIS_OK, "saCkptSectionCreate");
	const SaTimeT before = wall_ns();
	test_code(test, ckpt_write(&ckpt, "s", 0, "y"), SA_AIS_OK, "saCkptCheckpointWrite");
	const SaTimeT after = wall_ns();
	test_code(test, ckpt.api.iteration_next(iterate(&ckpt, SA_CKPT_SECTIONS_ANY, 0), &section), SA_AIS_OK, "saCkptSectionIterationNext");
	test_true(test, section.lastUpdate >= before && section.lastUpdate <= after, "lastUpdate lies %lld ns after the call, %lld before its return",
	          (long long)(section.lastUpdate - before), (long long)(after - section.lastUpdate));
}

/* Sections b and c stay; a goes when it has come, and others are there over one step each, or go before the first. */
void CKPT_121(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	SaCkptSectionDescriptorT section;
	size_t came[UCHAR_MAX + 1] = {0};

	for (const char *id = "a0bc"; *id != 0; id++)
		test_code(test, ckpt_section(&ckpt, (const char[]){*id, 0}, "x"), SA_AIS_OK, "saCkptSectionCreate of %c", *id);
	const SaCkptSectionIterationHandleT iteration = iterate(&ckpt, SA_CKPT_SECTIONS_ANY, 0);
	test_code(test, ckpt_delete(&ckpt, "0"), SA_AIS_OK, "saCkptSectionDelete of another");
	for (int i = 0; i < 20; i++) {
		const char *other = i % 2 == 0 ? "Z" : "z";
		test_code(test, ckpt_section(&ckpt, other, "x"), SA_AIS_OK, "saCkptSectionCreate of %s", other);
		const SaAisErrorT error = ckpt.api.iteration_next(iteration, &section);
		if (error == SA_AIS_ERR_NO_SECTIONS)
			break;
		test_code(test, error, SA_AIS_OK, "saCkptSectionIterationNext");
		test_equal(test, section.sectionId.idLen, 1, "idLen");
		const SaUint8T id = section.sectionId.id[0];
		came[id]++;
		if (id == 'a' && came['a'] == 1)
			test_code(test, ckpt_delete(&ckpt, "a"), SA_AIS_OK, "saCkptSectionDelete of the one just returned");
		test_code(test, ckpt_delete(&ckpt, other), SA_AIS_OK, "saCkptSectionDelete of %s", other);
	}
	test_true(test, came['a'] == 1 && came['b'] == 1 && came['c'] == 1, "a came %zu times, b %zu, c %zu", came['a'], came['b'], came['c']);
}

void CKPT_122(struct test *test)
{
	SaTimeT base;
	struct ckpt ckpt = with_four(test, &base);
	SaCkptSectionDescriptorT section;
	const SaCkptSectionIterationHandleT first = iterate(&ckpt, SA_CKPT_SECTIONS_ANY, 0), second = iterate(&ckpt, SA_CKPT_SECTIONS_FOREVER, 0);

	test_code(test, ckpt.api.iteration_next(second, &section), SA_AIS_OK, "saCkptSectionIterationNext of the second");
	sections_are(&ckpt, first, "abcd");
	test_code(test, ckpt.api.iteration_finalize(first), SA_AIS_OK, "saCkptSectionIterationFinalize of the first");
	test_code(test, ckpt.api.iteration_next(second, &section), SA_AIS_OK, "saCkptSectionIterationNext of the second");
	test_code(test, ckpt.api.iteration_next(second, &section), SA_AIS_ERR_NO_SECTIONS, "saCkptSectionIterationNext of the second");
}

void CKPT_123(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	const SaCkptSectionIterationHandleT iteration = iterate(&ckpt, SA_CKPT_SECTIONS_ANY, 0);
	SaCkptSectionDescriptorT section;

	test_code(test, ckpt.api.iteration_finalize(iteration), SA_AIS_OK, "saCkptSectionIterationFinalize");
	test_code(test, ckpt.api.iteration_next(iteration, &section), SA_AIS_ERR_BAD_HANDLE, "saCkptSectionIterationNext afterwards");
	test_code(test, ckpt.api.iteration_finalize(iteration), SA_AIS_ERR_BAD_HANDLE, "saCkptSectionIterationFinalize again");
}

void CKPT_124(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	const SaCkptSectionIterationHandleT iteration = iterate(&ckpt, SA_CKPT_SECTIONS_ANY, 0);
	SaCkptSectionDescriptorT section;

	test_code(test, ckpt.api.close(ckpt.checkpoint), SA_AIS_OK, "saCkptCheckpointClose");
	test_code(test, ckpt.api.iteration_next(iteration, &section), SA_AIS_ERR_BAD_HANDLE, "saCkptSectionIterationNext");
	test_code(test, ckpt.api.iteration_finalize(iteration), SA_AIS_ERR_BAD_HANDLE, "saCkptSectionIterationFinalize");
}

void CKPT_125(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);

	test_code(test, ckpt_section(&ckpt, "s", "x"), SA_AIS_OK, "saCkptSectionCreate");
	test_code(test, ckpt.api.iteration_next(iterate(&ckpt, SA_CKPT_SECTIONS_ANY, 0), NULL), SA_AIS_ERR_INVALID_PARAM,
	          "saCkptSectionIterationNext(NULL)");
}

void CKPT_126(struct test *test)
{
	SaTimeT base;
	struct ckpt ckpt = with_four(test, &base);
	const SaCkptSectionIterationHandleT iteration = iterate(&ckpt, SA_CKPT_SECTIONS_FOREVER, 0), other = iterate(&ckpt, SA_CKPT_SECTIONS_ANY, 0);
	SaCkptSectionDescriptorT section, ignored;

	test_code(test, ckpt.api.iteration_next(iteration, &section), SA_AIS_OK, "saCkptSectionIterationNext");
	const char letter = (char)section.sectionId.id[0];
	for (int i = 0; i < 4; i++)
		test_code(test, ckpt.api.iteration_next(other, &ignored), SA_AIS_OK, "saCkptSectionIterationNext of another iteration");
	ckpt_section_is(&ckpt, "c", "333");
	test_true(test, section.sectionId.idLen == 1 && section.sectionId.id[0] == letter && (letter == 'a' || letter == 'b'), "the id still reads '%c'",
	          section.sectionId.id[0]);
}
