/*
 * crc32c.h - CRC-32C (Castagnoli; RFC 3720 appendix B.4): to notice damage, not to prove anything.
 *
 * Every change of one bit, and of any 32 bits in a row, changes it. By the processor's instruction
 * (x86 SSE 4.2) three streams side by side, about as fast as memory is read; by a table elsewhere.
 */
#ifndef PODLITE_CRC32C_H
#define PODLITE_CRC32C_H

#include "common/base.h"

/* The sum of what had the sum crc (0: nothing yet) with n more bytes. */
uint32_t crc32c_add(uint32_t crc, const void *data, size_t n);
/* The same with n zeros, however many: for holes. */
uint32_t crc32c_zeros(uint32_t crc, uint64_t n);

#endif
