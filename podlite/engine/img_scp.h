/*
 * img_scp.h - images between machines (`image scp`): `save` on the one, `load` on the other, and the user's ssh
 * between them, which asks for and checks all there is to ask and check. Nothing is on a disk on the way.
 */
#ifndef PODLITE_ENGINE_IMG_SCP_H
#define PODLITE_ENGINE_IMG_SCP_H

#include "podlite/context.h"
#include "podlite/transfer/request.h"

/* One end: "IMAGE", or "HOST::" with the image's name there behind it or not. */
struct img_scp_end {
	char *host;  /* as ssh takes it: [user@]host, ssh://[user@]host[:port]; NULL: here */
	char *image; /* NULL: none was given */
};

/* EK_USAGE for what ssh could take for an option, or a shell for more than a name. */
int img_scp_parse(const char *text, struct img_scp_end *ret, struct err *err) __must_check;
void img_scp_end_done(struct img_scp_end *e);
/* One of the ends must be elsewhere. What podlite says there goes to standard output and error. ret: what was loaded
 * here, nothing where the destination is elsewhere. */
int img_scp(struct context *c, const struct img_scp_end *from, const struct img_scp_end *to, bool quiet,
	struct request_answer *ret, struct err *err) __must_check;

#endif
