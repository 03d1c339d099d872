/* img_view.h - images as JSON for `images`, `history` and `system df`, in podman's shapes. */
#ifndef PODLITE_ENGINE_IMG_VIEW_H
#define PODLITE_ENGINE_IMG_VIEW_H

#include "common/jval.h"
#include "podlite/engine/ctr_record.h"
#include "storage/image.h"

/* An element of `images --format json`. Reads the image's config for its labels. */
struct jval *img_view_json(struct context *c, const struct image *img, const struct ctr_list *ctrs, struct err *err) __must_check;
/* A row: one name of the image, in its two parts (img_view_split). With json, which Labels and Containers come from, it
 * is for templates; without, it has no more than tables without a template show. */
struct jval *img_view_row(const struct image *img, const char *repository, const char *tag, bool no_trunc, const struct jval *json);
/* Containers made from the image. */
size_t img_view_users(const struct image *img, const struct ctr_list *ctrs);
/* Rows of `history`, newest first; json: podman's JSON elements (may be NULL). */
struct jval *img_view_history(struct context *c, const struct image *img, bool human, bool no_trunc, struct jval *json, struct err *err) __must_check;
/* Its names with tags. */
struct jval *img_view_tags(const struct image *img);
/* "host/path" and "tag" of a reference; "<none>" where there is none, or no name (NULL). Allocated. */
void img_view_split(const char *name, char **ret_repository, char **ret_tag);
/* "3 hours ago"; "N/A" when the time is not known. */
void img_view_age(int64_t created_ns, char *ret, size_t size);

#endif
