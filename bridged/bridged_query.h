/*
 * bridged_query.h - the bytes of DNS messages (RFC 1035, 6891): as much of them as a forwarder needs.
 *
 * Everything here reads what containers and servers send: bounded by the given length, compressed
 * names are refused where they have no business (in a question), nothing is allocated.
 */
#ifndef PODLITE_BRIDGED_QUERY_H
#define PODLITE_BRIDGED_QUERY_H

#include "common/base.h"

#define BRIDGED_UDP_MAX  4096
#define BRIDGED_NAME_LEN 256
#define BRIDGED_EDNS_UDP 1232 /* what we say we take: no fragments anywhere */

enum { BRIDGED_A = 1, BRIDGED_PTR = 12, BRIDGED_AAAA = 28, BRIDGED_ANY = 255 };
enum { BRIDGED_NOERROR = 0, BRIDGED_FORMERR = 1, BRIDGED_SERVFAIL = 2, BRIDGED_NXDOMAIN = 3, BRIDGED_NOTIMP = 4 };

struct bridged_query {
	uint16_t id, type;
	bool edns, local;  /* local: class IN and a plain query, so a name of ours may be the answer */
	bool printable;    /* name holds it: else it has bytes that no name of ours has */
	size_t end;        /* of the question */
	char name[BRIDGED_NAME_LEN]; /* lower case, without a dot at its end */
};

/* 0; -EBADMSG: not a query that can be answered at all (drop it); or the code to answer with. */
int bridged_query_parse(const uint8_t *msg, size_t n, struct bridged_query *ret) __must_check;
/* Is this a server's answer to that query? Its question must come back, but for the case of letters. */
bool bridged_query_matches(const uint8_t *query, size_t nquery, const uint8_t *answer, size_t n);
/* The address that a name below in-addr.arpa or ip6.arpa stands for: its length, 0: no such name. */
size_t bridged_query_reverse(const char *name, uint8_t ret[16]);

/* An answer in the making; what does not fit sets TC. */
struct bridged_answer {
	uint8_t *buf;
	size_t len, size;
	uint16_t count;
	bool edns, cut;
};
/* Header and question of the query (q NULL: the header alone), with this code. buf has room for the query. */
void bridged_answer_begin(struct bridged_answer *a, uint8_t *buf, size_t size, const uint8_t *msg, const struct bridged_query *q, int code);
void bridged_answer_address(struct bridged_answer *a, uint16_t type, const uint8_t *ip);
void bridged_answer_name(struct bridged_answer *a, const char *name);
size_t bridged_answer_end(struct bridged_answer *a);

#endif
