/* CRC-32C (Castagnoli): turns corruption of a packet into loss where no authentication does. */
#ifndef AISLE_TOTEM_CRC_H
#define AISLE_TOTEM_CRC_H

#include "core/base/bytes.h"

uint32_t totem_crc32c(uint32_t crc, struct bytes bytes); /* start with 0; the result of one part continues with the next */
/* The same where the processor has no instruction for it. */
uint32_t totem_crc32c_by_tables(uint32_t crc, struct bytes bytes);

#endif
