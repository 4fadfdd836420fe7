#include "ais/common/ais_version.h"

/* The required release if it is offered, else the smallest above it, else the largest below it. */
static SaUint8T release_nearest(const SaVersionT *offered, size_t offered_count, SaUint8T required)
{
	SaUint8T nearest = offered[0].releaseCode;

	for (size_t i = 1; i < offered_count; i++) {
		const SaUint8T release = offered[i].releaseCode;
		if (nearest >= required ? release >= required && release < nearest : release > nearest)
			nearest = release;
	}
	return nearest;
}

static SaVersionT release_highest(const SaVersionT *offered, size_t offered_count, SaUint8T release)
{
	SaVersionT highest = {.releaseCode = release};

	for (size_t i = 0; i < offered_count; i++) {
		const SaVersionT *version = &offered[i];
		if (version->releaseCode != release)
			continue;
		if (version->majorVersion > highest.majorVersion ||
		    (version->majorVersion == highest.majorVersion && version->minorVersion > highest.minorVersion))
			highest = *version;
	}
	return highest;
}

bool ais_version_negotiate(const SaVersionT *offered, size_t offered_count, SaVersionT *version)
{
	const SaVersionT required = *version;

	*version = release_highest(offered, offered_count, release_nearest(offered, offered_count, required.releaseCode));
	return version->releaseCode == required.releaseCode && version->majorVersion >= required.majorVersion;
}
