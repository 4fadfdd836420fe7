/* A library to link against, with the symbol versions of openais 1.1 (openais.versions) and nothing in it: so a program gets the references
 * that one of openais has. It is never loaded. */
#define NOTHING(name) void name(void); void name(void) {}

NOTHING(saCkptInitialize)
NOTHING(saCkptFinalize)
NOTHING(saCkptCheckpointOpen)
NOTHING(saCkptCheckpointStatusGet)
NOTHING(saCkptSectionCreate)
NOTHING(saCkptSectionOverwrite)
NOTHING(saCkptCheckpointRead)
