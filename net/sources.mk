# outward: what podlite-transfer needs to speak with registries
libnet_a_SOURCES = \
	net/fetch.c net/fetch.h \
	net/fetch_token.c net/fetch_token.h \
	net/http.c net/http.h \
	net/http_url.c \
	net/registry.c net/registry.h \
	net/registry_push.c \
	net/sigstore.c net/sigstore.h
libnet_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)

include net/sources_in.mk
# shared by podlite and podlite-transfer: the search registries, credentials, and what the two say to each other
libnetin_a_SOURCES += \
	net/auth.c net/auth.h \
	net/authfile.c net/authfile.h \
	net/authfile_write.c \
	net/base64.c net/base64.h \
	net/credhelper.c net/credhelper.h \
	net/identity.c net/identity.h \
	net/policy.c net/policy.h \
	net/policy_store.c \
	net/regconf.c net/regconf.h \
	net/registriesd.c net/registriesd.h \
	podlite/transfer/request.c podlite/transfer/request.h

bin_podlite_transfer_SOURCES = \
	podlite/transfer/arc_oci.c podlite/transfer/arc_oci.h \
	podlite/transfer/arc_read.c podlite/transfer/arc_read.h \
	podlite/transfer/arc_tar.c podlite/transfer/arc_tar.h \
	podlite/transfer/arc_write.c podlite/transfer/arc_write.h \
	podlite/transfer/arc_xz.c podlite/transfer/arc_xz.h \
	podlite/transfer/broker.c podlite/transfer/broker.h \
	podlite/transfer/login.c podlite/transfer/login.h \
	podlite/transfer/cancel.h \
	podlite/transfer/check_store.c podlite/transfer/check_store.h \
	podlite/transfer/commit.c podlite/transfer/commit.h \
	podlite/transfer/describe.c podlite/transfer/describe.h \
	podlite/transfer/import_podman.c podlite/transfer/import_podman.h \
	podlite/transfer/download.c podlite/transfer/download.h \
	podlite/transfer/load.c podlite/transfer/load.h \
	podlite/transfer/make_manifest.c podlite/transfer/make_manifest.h \
	podlite/transfer/put_image.c podlite/transfer/put_image.h \
	podlite/transfer/put_layer.c podlite/transfer/put_layer.h \
	podlite/transfer/rebuild.c podlite/transfer/rebuild.h \
	podlite/transfer/save.c podlite/transfer/save.h \
	podlite/transfer/progress.c podlite/transfer/progress.h \
	podlite/transfer/pull.c podlite/transfer/pull.h \
	podlite/transfer/pull_fits.c podlite/transfer/pull_fits.h \
	podlite/transfer/pull_image.c podlite/transfer/pull_image.h \
	podlite/transfer/pull_layers.c podlite/transfer/pull_layers.h \
	podlite/transfer/pull_site.c podlite/transfer/pull_site.h \
	podlite/transfer/push.c podlite/transfer/push.h \
	podlite/transfer/push_copy.c podlite/transfer/push_copy.h \
	podlite/transfer/push_image.c podlite/transfer/push_image.h \
	podlite/transfer/push_layer.c podlite/transfer/push_layer.h \
	podlite/transfer/push_stream.c podlite/transfer/push_stream.h \
	podlite/transfer/push_list.c podlite/transfer/push_list.h \
	podlite/transfer/push_manifest.c podlite/transfer/push_manifest.h \
	podlite/transfer/push_to.c podlite/transfer/push_to.h \
	podlite/transfer/sandbox.c podlite/transfer/sandbox.h \
	podlite/transfer/search.c podlite/transfer/search.h \
	podlite/transfer/shelf.c podlite/transfer/shelf.h \
	podlite/transfer/shelf_oci.c podlite/transfer/shelf_store.c \
	podlite/transfer/shelves.c podlite/transfer/shelves.h \
	podlite/transfer/tarsplit.c podlite/transfer/tarsplit.h podlite/transfer/tarsplit_map.c podlite/transfer/tarsplit_map.h \
	podlite/transfer/transfer_main.c
bin_podlite_transfer_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(ZLIB_CFLAGS) $(LZMA_CFLAGS)
bin_podlite_transfer_LDADD = libnet.a libnetin.a libstorage.a liboci.a libcommon.a \
	$(CURL_LIBS) $(CRYPTO_LIBS) $(JSONC_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(LZMA_LIBS) \
	$(ISAL_LIBS) -lpthread
