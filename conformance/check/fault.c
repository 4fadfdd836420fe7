#include "conformance/check/fault.h"

#include <errno.h>

/* Of the process, since what is wrapped carries no context. */
static struct {
	bool armed;
	uint64_t left; /* calls until the one that fails */
	int error;
	bool struck;
} fault;

void fault_arm(uint64_t call, int error)
{
	fault.armed = true;
	fault.left = call;
	fault.error = error;
	fault.struck = false;
}

bool fault_strikes(void)
{
	if (!fault.armed || fault.left-- > 0)
		return false;
	fault.armed = false;
	fault.struck = true;
	errno = fault.error;
	return true;
}

bool fault_disarm(void)
{
	fault.armed = false;
	return fault.struck;
}

bool fault_is_armed(void)
{
	return fault.armed;
}
