/* push_to.h - where images go: one repository of one registry, opened once, and how they are sent. */
#ifndef PODLITE_PUSH_TO_H
#define PODLITE_PUSH_TO_H

#include "podlite/transfer/push.h"
#include "podlite/transfer/push_layer.h"
#include "podlite/transfer/push_manifest.h"

struct push_to {
	const struct push *p;
	struct ref ref;
	enum push_format format;
	struct push_layers how;
	struct svec lenders;      /* other repositories of the registry that may have the blobs */
	char *scope;
	struct fetch_site site;
	struct registry registry;
};

/* What the request says, read; nothing is opened. */
int push_to_parse(const struct push *p, struct push_to *ret, struct err *err) __must_check;
/* A repository (full reference) that the image is known from. */
void push_to_lender(struct push_to *t, const struct ref *known);
/* Credentials and certificates; what they need joins readable, for sandbox_enter. */
int push_to_open(struct push_to *t, struct svec *readable, struct err *err) __must_check;
void push_to_start(struct push_to *t); /* all lenders are known: it can be asked */
/* A manifest or list under the name that was asked for (named), or by its digest only. ret: its digest. */
int push_to_put(struct push_to *t, bool named, const char *type, const struct sbuf *text, struct digest *ret,
	struct err *err) __must_check;
void push_to_done(struct push_to *t);

#endif
