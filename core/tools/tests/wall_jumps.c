/* For LD_PRELOAD: whoever looks at the wall's clock finds it two minutes later than at its last look. Other clocks go as they go. */
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { JUMP_S = 120 };

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *now)
{
	static atomic_int looks; /* a library has no other place for it */
	const long result = syscall(SYS_clock_gettime, clock, now);

	if (result == 0 && clock == CLOCK_REALTIME)
		now->tv_sec += (time_t)JUMP_S * ++looks;
	return (int)result;
}
