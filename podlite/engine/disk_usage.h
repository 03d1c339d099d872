/*
 * disk_usage.h - what images, containers, volumes and beginnings of downloads take on disk, for `system df`: blocks, as
 * `du` counts them. Of an image its layers with their indexes and its documents; of a container and a volume everything that
 * belongs to it.
 */
#ifndef PODLITE_ENGINE_DISK_USAGE_H
#define PODLITE_ENGINE_DISK_USAGE_H

#include "podlite/engine/ctr_record.h"
#include "storage/image.h"
#include "storage/partial.h"
#include "storage/volume.h"

struct disk_usage {
	struct image_list images;
	struct ctr_list ctrs;
	struct volume_list volumes;
	struct disk_usage_image {
		uint64_t shared, unique; /* bytes of parts that other images have too, and of its own */
		size_t users;
	} *image;
	struct disk_usage_ctr {
		uint64_t bytes;
		bool unknown;            /* it could not be measured: bytes is 0 */
	} *ctr;
	struct disk_usage_volume {
		uint64_t bytes;
		bool unknown;
		size_t users;
	} *volume;
	struct partial_info *partial;
	size_t npartial;
	uint64_t layers;                 /* all layers and documents once, also those that no image has */
};

/* Measures everything, and warns of a container or volume that it cannot measure; enters the user namespace, as the files belong to subordinate ids. */
int disk_usage_read(struct context *c, struct disk_usage *ret, struct err *err) __must_check;
void disk_usage_done(struct disk_usage *u);

#endif
