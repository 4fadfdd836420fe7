/* The result codes that daemon and libraries exchange. Their values are the standard's (SaAisErrorT, OV 3.3.16), so that no table
 * translates them; ais/common holds the two against each other at compile time. */
#ifndef AISLE_BASE_RESULT_H
#define AISLE_BASE_RESULT_H

enum result {
	RESULT_OK = 1,
	RESULT_LIBRARY = 2,
	RESULT_VERSION = 3,
	RESULT_INIT = 4,
	RESULT_TIMEOUT = 5,
	RESULT_TRY_AGAIN = 6,
	RESULT_INVALID_PARAM = 7,
	RESULT_NO_MEMORY = 8,
	RESULT_BAD_HANDLE = 9,
	RESULT_BUSY = 10,
	RESULT_ACCESS = 11,
	RESULT_NOT_EXIST = 12,
	RESULT_NAME_TOO_LONG = 13,
	RESULT_EXIST = 14,
	RESULT_NO_SPACE = 15,
	RESULT_INTERRUPT = 16,
	RESULT_NO_RESOURCES = 18,
	RESULT_NOT_SUPPORTED = 19,
	RESULT_BAD_OPERATION = 20,
	RESULT_FAILED_OPERATION = 21,
	RESULT_BAD_FLAGS = 25,
	RESULT_TOO_BIG = 26,
	RESULT_NO_SECTIONS = 27,
};

#endif
