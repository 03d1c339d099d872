#include "bridged/bridged_query.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER   12
#define QR       0x80 /* of the third byte */
#define OPCODE   0x78
#define TC       0x02
#define RD       0x01
#define RA       0x80 /* of the fourth */
#define CLASS_IN 1
#define TYPE_OPT 41
#define TTL      5    /* s: containers come and go */

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* One label of a name into text, in lower case. */
static void add_label(const uint8_t *label, size_t len, struct bridged_query *q, size_t *at)
{
	if (*at)
		q->name[(*at)++] = '.';
	for (size_t i = 0; i < len; i++) {
		unsigned char c = label[i];

		if (c > 126 || (!isalnum(c) && c != '-' && c != '_'))
			q->printable = false;
		q->name[(*at)++] = (char)tolower(c);
	}
}

/* A name without compression; the offset behind it, or 0. A name has at most 255 bytes, and its text is shorter. */
static size_t read_name(const uint8_t *msg, size_t n, size_t off, struct bridged_query *q)
{
	size_t at = 0, start = off;

	q->printable = true;
	while (off < n && msg[off]) {
		size_t len = msg[off];

		if (len > 63 || off + 1 + len >= n || off + 1 + len - start > 254)
			return 0;
		add_label(msg + off + 1, len, q, &at);
		off += 1 + len;
	}
	q->name[at] = '\0';
	return off < n ? off + 1 : 0;
}

/* The first record of the additional section is where clients put it: the root's name, type OPT. */
static bool has_edns(const uint8_t *msg, size_t n, size_t off)
{
	return !get16(msg + 6) && !get16(msg + 8) && get16(msg + 10) && off + 11 <= n && !msg[off] &&
		get16(msg + off + 1) == TYPE_OPT;
}

int bridged_query_parse(const uint8_t *msg, size_t n, struct bridged_query *ret)
{
	size_t off;

	memset(ret, 0, sizeof(*ret));
	if (n < HEADER || (msg[2] & QR))
		return -EBADMSG;
	ret->id = get16(msg);
	if (msg[2] & OPCODE)
		return BRIDGED_NOTIMP;
	if (get16(msg + 4) != 1)
		return BRIDGED_FORMERR;
	off = read_name(msg, n, HEADER, ret);
	if (!off || off + 4 > n)
		return BRIDGED_FORMERR;
	ret->type = get16(msg + off);
	ret->local = get16(msg + off + 2) == CLASS_IN;
	ret->end = off + 4;
	ret->edns = has_edns(msg, n, ret->end);
	return 0;
}

bool bridged_query_matches(const uint8_t *query, size_t nquery, const uint8_t *answer, size_t n)
{
	struct bridged_query q;

	if (n < HEADER || bridged_query_parse(query, nquery, &q) || n < q.end)
		return false;
	if (get16(answer) != q.id || !(answer[2] & QR) || (answer[2] & OPCODE) || get16(answer + 4) != 1)
		return false;
	for (size_t i = HEADER; i < q.end; i++)
		if (tolower(query[i]) != tolower(answer[i]))
			return false;
	return true;
}

/* ---- reverse names ---- */

static size_t reverse4(const char *name, uint8_t ret[16])
{
	unsigned b[4];
	char back[BRIDGED_NAME_LEN];

	if (sscanf(name, "%3u.%3u.%3u.%3u.", &b[3], &b[2], &b[1], &b[0]) != 4)
		return 0;
	/* one spelling only */
	snprintf(back, sizeof(back), "%u.%u.%u.%u.in-addr.arpa", b[3], b[2], b[1], b[0]);
	if (strcmp(back, name) || b[0] > 255 || b[1] > 255 || b[2] > 255 || b[3] > 255)
		return 0;
	for (int i = 0; i < 4; i++)
		ret[i] = (uint8_t)b[i];
	return 4;
}

static size_t reverse6(const char *name, uint8_t ret[16])
{
	if (strlen(name) != 72 || strcmp(name + 64, "ip6.arpa"))
		return 0;
	memset(ret, 0, 16);
	for (size_t i = 0; i < 32; i++) {
		char digit[2] = {name[2 * i], '\0'};

		if (!isxdigit((unsigned char)digit[0]) || name[2 * i + 1] != '.')
			return 0;
		ret[15 - i / 2] |= (uint8_t)(strtoul(digit, NULL, 16) << (i % 2 ? 4 : 0));
	}
	return 16;
}

size_t bridged_query_reverse(const char *name, uint8_t ret[16])
{
	size_t n = reverse4(name, ret);

	return n ? n : reverse6(name, ret);
}

/* ---- answers ---- */

#define OPT_LEN 11

void bridged_answer_begin(struct bridged_answer *a, uint8_t *buf, size_t size, const uint8_t *msg,
	const struct bridged_query *q, int code)
{
	size_t end = q ? q->end : HEADER;

	memmove(buf, msg, end);
	buf[2] = (uint8_t)(QR | (msg[2] & (OPCODE | RD)));
	buf[3] = (uint8_t)(RA | code);
	put16(buf + 4, q ? 1 : 0);
	memset(buf + 6, 0, 6);
	*a = (struct bridged_answer){.buf = buf, .len = end, .size = size, .edns = q && q->edns};
	if (a->edns)
		a->size -= OPT_LEN;
}

/* The name of the question again, by a pointer to it. */
static uint8_t *begin_record(struct bridged_answer *a, uint16_t type, size_t len)
{
	uint8_t *p = a->buf + a->len;

	if (a->len + 12 + len > a->size) {
		a->cut = true;
		return NULL;
	}
	put16(p, 0xc000 | HEADER);
	put16(p + 2, type);
	put16(p + 4, CLASS_IN);
	put16(p + 6, 0);
	put16(p + 8, TTL);
	put16(p + 10, (unsigned)len);
	a->len += 12 + len;
	a->count++;
	return p + 12;
}

void bridged_answer_address(struct bridged_answer *a, uint16_t type, const uint8_t *ip)
{
	size_t len = type == BRIDGED_A ? 4 : 16;
	uint8_t *p = begin_record(a, type, len);

	if (p)
		memcpy(p, ip, len);
}

void bridged_answer_name(struct bridged_answer *a, const char *name)
{
	uint8_t wire[BRIDGED_NAME_LEN + 2], *p;
	size_t n = 0;

	while (*name) {
		size_t len = strcspn(name, ".");

		if (!len || len > 63 || n + len + 2 > 255)
			return;
		wire[n++] = (uint8_t)len;
		memcpy(wire + n, name, len);
		n += len;
		name += len + (name[len] == '.');
	}
	wire[n++] = 0;
	p = begin_record(a, BRIDGED_PTR, n);
	if (p)
		memcpy(p, wire, n);
}

size_t bridged_answer_end(struct bridged_answer *a)
{
	put16(a->buf + 6, a->count);
	if (a->cut)
		a->buf[2] |= TC;
	if (a->edns) {
		uint8_t *p = a->buf + a->len;

		memset(p, 0, OPT_LEN);
		put16(p + 1, TYPE_OPT);
		put16(p + 3, BRIDGED_EDNS_UDP);
		put16(a->buf + 10, 1);
		a->len += OPT_LEN;
	}
	return a->len;
}
