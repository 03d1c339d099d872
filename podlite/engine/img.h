/* img.h - images as commands use them: found in the store or pulled by policy. */
#ifndef PODLITE_ENGINE_IMG_H
#define PODLITE_ENGINE_IMG_H

#include "podlite/context.h"
#include "storage/image.h"

/* ---- img_resolve.c ---- */
enum pull_policy { PULL_MISSING, PULL_ALWAYS, PULL_NEVER, PULL_NEWER };
int img_pull_policy(const char *text, enum pull_policy *ret, struct err *err) __must_check;
struct img_pull_opts {
	const char *platform;    /* "os/arch/variant" or NULL */
	int tls_verify;          /* OPT_TRI: 0 by configuration */
	const char *authfile, *creds, *cert_dir;
	bool quiet;
	bool all_tags;
	int64_t retry;           /* -1: default */
	int64_t retry_delay_ns;
};
/* --retry N and --retry-delay DURATION of pull, push, run and create; NULL: the default, -1 and 0. */
int img_retry_parse(const char *retry, const char *delay, int64_t *ret_retry, int64_t *ret_delay_ns, struct err *err) __must_check;
/* struct rootfs.lowers of the image for a container (image_lowers), after making what it lacks
 * (storage/implied.h). The store is held by the caller. */
int img_lowers(struct context *c, struct image *img, struct svec *ret, struct err *err) __must_check;
/* What a short name may stand for, by registries.conf: its alias (NULL if it has none) before localhost/NAME, the search
 * registries after it. Nothing for a full name, which the file is not read for. */
struct img_short {
	char *alias;
	const struct svec *search; /* c's */
};
int img_short_load(struct context *c, const char *text, struct img_short *ret, struct err *err) __must_check;
void img_short_done(struct img_short *s);
#define IMG_SHORT_INIT {.alias = NULL}
#define auto_img_short auto_cleanup(img_short_done)
/* image_find by all of these: for what a user wrote. */
int img_find(struct context *c, const char *text, struct image *ret, struct err *err) __must_check;
/* The same where s is loaded; and on a list, as image_find_in does. */
int img_find_short(struct context *c, const char *text, const struct img_short *s, struct image *ret, struct err *err) __must_check;
int img_find_in(const struct image_list *list, const char *text, const struct img_short *s, size_t *ret, char **ret_name,
	struct err *err) __must_check;
/* Local image or pulled by policy. ret_name: the name it was found under (canonical). */
int img_resolve(struct context *c, const char *text, enum pull_policy policy, const struct img_pull_opts *o, struct image *ret, char **ret_name, struct err *err) __must_check;
/* transfer.c: run podlite-transfer; progress goes to stderr. ret_id: image id. */
int transfer_pull(struct context *c, const char *text, const struct img_pull_opts *o, char ret_id[65], char **ret_name, struct err *err) __must_check;

#endif
