# outward: what podlite-transfer needs to speak with registries
libnet_a_SOURCES = \
	net/fetch.c net/fetch.h \
	net/fetch_token.c net/fetch_token.h \
	net/http.c net/http.h \
	net/http_url.c \
	net/registry.c net/registry.h \
	net/registry_push.c
libnet_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)

include net/sources_in.mk
# shared by podlite and podlite-transfer: the search registries, credentials, and what the two say to each other
libnetin_a_SOURCES += \
	net/auth.c net/auth.h \
	net/authfile.c net/authfile.h \
	net/authfile_write.c \
	net/base64.c net/base64.h \
	net/credhelper.c net/credhelper.h \
	net/policy.c net/policy.h \
	net/regconf.c net/regconf.h \
	podlite/transfer/request.c podlite/transfer/request.h

bin_podlite_transfer_SOURCES = \
	podlite/transfer/broker.c podlite/transfer/broker.h \
	podlite/transfer/login.c podlite/transfer/login.h \
	podlite/transfer/progress.c podlite/transfer/progress.h \
	podlite/transfer/pull.c podlite/transfer/pull.h \
	podlite/transfer/pull_image.c podlite/transfer/pull_image.h \
	podlite/transfer/pull_layers.c podlite/transfer/pull_layers.h \
	podlite/transfer/pull_site.c podlite/transfer/pull_site.h \
	podlite/transfer/push.c podlite/transfer/push.h \
	podlite/transfer/push_layer.c podlite/transfer/push_layer.h \
	podlite/transfer/push_manifest.c podlite/transfer/push_manifest.h \
	podlite/transfer/sandbox.c podlite/transfer/sandbox.h \
	podlite/transfer/search.c podlite/transfer/search.h \
	podlite/transfer/transfer_main.c
bin_podlite_transfer_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
bin_podlite_transfer_LDADD = libnet.a libnetin.a libstorage.a liboci.a libcommon.a \
	$(CURL_LIBS) $(CRYPTO_LIBS) $(JSONC_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(ISAL_LIBS)
