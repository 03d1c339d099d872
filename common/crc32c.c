#include "common/crc32c.h"

#include <string.h>

#define POLY 0x82f63b78u /* bits reversed: the coefficient of x^31 is bit 0 */
#define LANE 4096        /* bytes of one of three streams */

/* --- polynomials modulo POLY -------------------------------------------------------------------------------- */

static uint32_t times_x(uint32_t a)
{
	return a & 1 ? a >> 1 ^ POLY : a >> 1;
}

static uint32_t multiply(uint32_t a, uint32_t b)
{
	uint32_t product = 0;

	for (uint32_t bit = 1u << 31; bit; bit >>= 1) {
		if (a & bit)
			product ^= b;
		b = times_x(b);
	}
	return product;
}

/* x to the power of 8n: what n bytes that follow multiply a sum by. */
static uint32_t power(uint64_t n)
{
	uint32_t result = 1u << 31, square = 1u << 23; /* 1, x^8 */

	for (; n; n >>= 1) {
		if (n & 1)
			result = multiply(result, square);
		square = multiply(square, square);
	}
	return result;
}

uint32_t crc32c_zeros(uint32_t crc, uint64_t n)
{
	return n ? ~multiply(~crc, power(n)) : crc;
}

/* --- bytes ---------------------------------------------------------------------------------------------------- */

/* Four bits at a time. */
static uint32_t by_table(uint32_t crc, const unsigned char *p, size_t n)
{
	static const uint32_t table[16] = {
		0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
		0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
	};

	for (; n; n--) {
		crc ^= *p++;
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return crc;
}

#if defined(__x86_64__)

#define SSE42 __attribute__((target("sse4.2")))

static inline uint64_t word(const unsigned char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

SSE42 static uint32_t one_stream(uint32_t crc, const unsigned char *p, size_t n)
{
	uint64_t c = crc;

	for (; n >= 8; p += 8, n -= 8)
		c = __builtin_ia32_crc32di(c, word(p));
	for (; n; n--)
		c = __builtin_ia32_crc32qi((uint32_t)c, *p++);
	return (uint32_t)c;
}

/* The instruction takes three cycles, and one can begin in each: three streams, put together. */
SSE42 static uint32_t three_streams(uint32_t crc, const unsigned char *p, uint32_t shift)
{
	uint64_t a = crc, b = 0, c = 0;

	for (size_t i = 0; i < LANE; i += 8) {
		a = __builtin_ia32_crc32di(a, word(p + i));
		b = __builtin_ia32_crc32di(b, word(p + LANE + i));
		c = __builtin_ia32_crc32di(c, word(p + 2 * LANE + i));
	}
	b ^= multiply((uint32_t)a, shift);
	return (uint32_t)c ^ multiply((uint32_t)b, shift);
}

static uint32_t add(uint32_t crc, const unsigned char *p, size_t n)
{
	const uint32_t shift = n >= 3 * LANE ? power(LANE) : 0;

	if (!__builtin_cpu_supports("sse4.2"))
		return by_table(crc, p, n);
	for (; n >= 3 * LANE; p += 3 * LANE, n -= 3 * LANE)
		crc = three_streams(crc, p, shift);
	return one_stream(crc, p, n);
}

#else

static uint32_t add(uint32_t crc, const unsigned char *p, size_t n)
{
	return by_table(crc, p, n);
}

#endif

uint32_t crc32c_add(uint32_t crc, const void *data, size_t n)
{
	return ~add(~crc, data, n);
}
