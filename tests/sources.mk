# Written by tests/sources.mk.gen; do not edit.
check_PROGRAMS =

check_PROGRAMS += tests/unit/test_common
tests_unit_test_common_SOURCES = tests/unit/test_common.c 
tests_unit_test_common_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_common_LDADD = libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_doctor
tests_unit_test_doctor_SOURCES = tests/unit/test_doctor.c 
tests_unit_test_doctor_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_doctor_LDADD = libpodlite.a libmonitor.a libnetin.a libstorage.a librt.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_format
tests_unit_test_format_SOURCES = tests/unit/test_format.c 
tests_unit_test_format_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_format_LDADD = libpodlite.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_image
tests_unit_test_image_SOURCES = tests/unit/test_image.c 
tests_unit_test_image_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_image_LDADD = libstorage.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_rootfd
tests_unit_test_rootfd_SOURCES = tests/unit/test_rootfd.c 
tests_unit_test_rootfd_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_rootfd_LDADD = libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_rootfs
tests_unit_test_rootfs_SOURCES = tests/unit/test_rootfs.c 
tests_unit_test_rootfs_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_rootfs_LDADD = libstorage.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_rt_run
tests_unit_test_rt_run_SOURCES = tests/unit/test_rt_run.c 
tests_unit_test_rt_run_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_rt_run_LDADD = librt.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_rt_seccomp
tests_unit_test_rt_seccomp_SOURCES = tests/unit/test_rt_seccomp.c  oci/rt_seccomp_compile.c
tests_unit_test_rt_seccomp_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_rt_seccomp_LDADD = librt.a liboci.a libcommon.a $(JSONC_LIBS) $(SECCOMP_LIBS)

check_PROGRAMS += tests/unit/test_seccomp_filter
tests_unit_test_seccomp_filter_SOURCES = tests/unit/test_seccomp_filter.c  oci/rt_seccomp_compile.c
tests_unit_test_seccomp_filter_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_seccomp_filter_LDADD = librt.a liboci.a libcommon.a $(JSONC_LIBS) $(SECCOMP_LIBS)

check_PROGRAMS += tests/unit/test_store
tests_unit_test_store_SOURCES = tests/unit/test_store.c 
tests_unit_test_store_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_store_LDADD = libstorage.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_seccomp
tests_fuzz_fuzz_seccomp_SOURCES = tests/fuzz/fuzz_seccomp.c tests/fuzz/replay.c oci/rt_seccomp_compile.c
tests_fuzz_fuzz_seccomp_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_seccomp_LDADD = librt.a liboci.a libcommon.a $(JSONC_LIBS) $(SECCOMP_LIBS)

TESTS = $(check_PROGRAMS)
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
AM_TESTS_ENVIRONMENT = srcdir=$(srcdir) BUILDDIR=$(abs_builddir); export srcdir BUILDDIR;

lint:
	BUILDDIR=$(abs_builddir) $(srcdir)/tests/lint/run
bench: all
	BUILDDIR=$(abs_builddir) $(srcdir)/bench/run
.PHONY: lint bench
EXTRA_DIST += tests/bats tests/images tests/lib tests/lint tests/probe tests/skips.txt tests/fuzz/corpus tests/unit/tap.h tests/sources.mk.gen bench .ci
