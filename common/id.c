#include "common/id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static void random_bytes(void *buf, size_t n)
{
	/* getrandom of at most 256 bytes is never interrupted once the pool is ready (getrandom(2)) */
	while (getrandom(buf, n, 0) != (ssize_t)n)
		if (errno != EINTR)
			abort();
}

void id_random(char ret[ID_LEN + 1])
{
	unsigned char raw[ID_LEN / 2];

	do {
		random_bytes(raw, sizeof(raw));
		for (size_t i = 0; i < sizeof(raw); i++)
			snprintf(ret + 2 * i, 3, "%02x", raw[i]);
		/* an all-digit short id would be read as a number by some scripts */
	} while (strspn(ret, "0123456789") >= ID_SHORT);
}

static bool hex_of_len(const char *s, size_t min, size_t max)
{
	size_t n = strspn(s, "0123456789abcdef");

	return !s[n] && n >= min && n <= max;
}

bool id_is_full(const char *s)
{
	return hex_of_len(s, ID_LEN, ID_LEN);
}

bool id_is_prefix(const char *s)
{
	return hex_of_len(s, 1, ID_LEN);
}

static const char *const adjectives[] = {"able", "amber", "ample", "apt", "bold", "brave", "bright",
	"brisk", "calm", "candid", "clear", "clever", "cosy", "crisp", "curious", "daring", "deft",
	"eager", "early", "earnest", "even", "fair", "fond", "frank", "fresh", "gentle", "glad",
	"golden", "grand", "happy", "hardy", "honest", "humble", "jolly", "keen", "kind", "light",
	"lively", "loyal", "lucid", "merry", "mild", "modest", "neat", "nimble", "noble", "patient",
	"plain", "polite", "proud", "quick", "quiet", "rapid", "ready", "robust", "serene", "sharp",
	"silent", "simple", "sleek", "smart", "snug", "solid", "spry", "steady", "sunny", "swift",
	"tidy", "tender", "vivid", "warm", "wise", "witty", "young", "zesty"};

static const char *const nouns[] = {"abel", "ampere", "archimedes", "babbage", "banach", "bardeen",
	"bell", "bohr", "boole", "brahe", "cantor", "carson", "cauchy", "church", "colden", "curie",
	"darwin", "dijkstra", "dirac", "edison", "einstein", "euclid", "euler", "faraday", "fermat",
	"fermi", "feynman", "franklin", "galileo", "gauss", "germain", "goldberg", "goodall", "hamilton",
	"hawking", "hertz", "hilbert", "hodgkin", "hopper", "hypatia", "jackson", "kepler", "knuth",
	"lamarr", "leakey", "lovelace", "maxwell", "mayer", "meitner", "mendel", "morse", "newton",
	"noether", "nobel", "pascal", "pasteur", "perlman", "poincare", "ramanujan", "ride", "ritchie",
	"shannon", "stallman", "tesla", "thompson", "torvalds", "turing", "volta", "wiles", "wright",
	"wu", "yalow", "yonath"};

void id_random_name(char *ret, size_t size)
{
	uint32_t rnd[2];

	random_bytes(rnd, sizeof(rnd));
	snprintf(ret, size, "%s_%s", adjectives[rnd[0] % ARRAY_SIZE(adjectives)],
		nouns[rnd[1] % ARRAY_SIZE(nouns)]);
}
