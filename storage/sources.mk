libstorage_a_SOURCES = \
	storage/changes.c storage/changes.h \
	storage/check.c storage/check.h \
	storage/check_image.c storage/check_layer.c storage/check_leftover.c storage/check_volume.c \
	storage/compress.c storage/compress.h \
	storage/compress_gzip.c storage/compress_gzip.h \
	storage/deflate_block.c storage/deflate_block.h \
	storage/feed.c storage/feed.h \
	storage/flusher.c storage/flusher.h \
	storage/gc.c storage/gc.h \
	storage/image.c storage/image.h storage/image_find.c storage/image_use.c \
	storage/image_name.c storage/image_name.h \
	storage/image_record.c \
	storage/implied.c storage/implied.h \
	storage/inode_map.c storage/inode_map.h \
	storage/inode_names.c storage/inode_names.h \
	storage/inflate.c storage/inflate.h \
	storage/inventory.h storage/inventory_compare.c \
	storage/inventory_tree.c storage/inventory_tree.h \
	storage/layer.c storage/layer.h \
	storage/litter.c storage/litter.h \
	storage/overlay.h storage/overlay_copy.c storage/overlay_fuse.c storage/overlay_kernel.c \
	storage/pack.c storage/pack.h \
	storage/pack_index.c storage/pack_index.h \
	storage/partial.c storage/partial.h \
	storage/rootfs.c storage/rootfs.h \
	storage/seclist.c storage/seclist.h \
	storage/secret.c storage/secret.h \
	storage/store.c storage/store.h \
	storage/tarball.c storage/tarball.h \
	storage/tree.c storage/tree.h \
	storage/unpack.c storage/unpack.h \
	storage/volume.c storage/volume.h \
	storage/zwriter.c storage/zwriter.h
libstorage_a_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ZLIB_CFLAGS) $(ZSTD_CFLAGS) $(ISAL_CFLAGS)

bin_podlite_unpack_SOURCES = \
	storage/confine.c storage/confine.h \
	storage/inventory_write.c \
	storage/pipeline.c storage/pipeline.h \
	storage/tarindex.c storage/tarindex.h \
	storage/tarscan.c storage/tarscan.h \
	storage/unpack_forks.c storage/unpack_forks.h \
	storage/unpack_main.c \
	storage/untar.c storage/untar.h \
	storage/untar_meta.c storage/untar_meta.h \
	storage/untar_path.c storage/untar_path.h
bin_podlite_unpack_CFLAGS = $(AM_CFLAGS) $(ARCHIVE_CFLAGS) $(CRYPTO_CFLAGS) $(ZLIB_CFLAGS) $(ZSTD_CFLAGS) \
	$(ISAL_CFLAGS)
bin_podlite_unpack_LDADD = libstorage.a libcommon.a $(ARCHIVE_LIBS) $(CRYPTO_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(ISAL_LIBS) \
	-lpthread
