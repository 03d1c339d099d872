# Written by tests/sources.mk.gen; do not edit.
check_PROGRAMS =

check_PROGRAMS += tests/unit/test_auth
tests_unit_test_auth_SOURCES = tests/unit/test_auth.c 
tests_unit_test_auth_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_auth_LDADD = libnet.a libnetin.a liboci.a libcommon.a $(JSONC_LIBS) $(CURL_LIBS) $(CRYPTO_LIBS)

check_PROGRAMS += tests/unit/test_bridged
tests_unit_test_bridged_SOURCES = tests/unit/test_bridged.c 
tests_unit_test_bridged_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_bridged_LDADD = libbridged.a libnetin.a libcommon.a

check_PROGRAMS += tests/unit/test_common
tests_unit_test_common_SOURCES = tests/unit/test_common.c 
tests_unit_test_common_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_common_LDADD = libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_compress
tests_unit_test_compress_SOURCES = tests/unit/test_compress.c 
tests_unit_test_compress_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_compress_LDADD = libstorage.a liboci.a libcommon.a $(JSONC_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(ISAL_LIBS) -lpthread

check_PROGRAMS += tests/unit/test_create_parse
tests_unit_test_create_parse_SOURCES = tests/unit/test_create_parse.c 
tests_unit_test_create_parse_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_create_parse_LDADD = libpodlite.a libmonitor.a libnetin.a libstorage.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_doctor
tests_unit_test_doctor_SOURCES = tests/unit/test_doctor.c 
tests_unit_test_doctor_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_doctor_LDADD = libpodlite.a libmonitor.a libnetin.a libstorage.a librt.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_feed
tests_unit_test_feed_SOURCES = tests/unit/test_feed.c 
tests_unit_test_feed_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_feed_LDADD = libstorage.a libcommon.a $(CRYPTO_LIBS) $(ZSTD_LIBS) $(ZLIB_LIBS) $(ISAL_LIBS) $(JSONC_LIBS) -lpthread

check_PROGRAMS += tests/unit/test_flusher
tests_unit_test_flusher_SOURCES = tests/unit/test_flusher.c 
tests_unit_test_flusher_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_flusher_LDADD = libstorage.a libcommon.a $(CRYPTO_LIBS) $(ZSTD_LIBS) $(ZLIB_LIBS) $(ISAL_LIBS) $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_format
tests_unit_test_format_SOURCES = tests/unit/test_format.c 
tests_unit_test_format_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_format_LDADD = libpodlite.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_health
tests_unit_test_health_SOURCES = tests/unit/test_health.c 
tests_unit_test_health_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_health_LDADD = libmonitor.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_hosts
tests_unit_test_hosts_SOURCES = tests/unit/test_hosts.c 
tests_unit_test_hosts_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_hosts_LDADD = libnetin.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_identity
tests_unit_test_identity_SOURCES = tests/unit/test_identity.c 
tests_unit_test_identity_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_identity_LDADD = libnetin.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_image
tests_unit_test_image_SOURCES = tests/unit/test_image.c 
tests_unit_test_image_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_image_LDADD = libstorage.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_init
tests_unit_test_init_SOURCES = tests/unit/test_init.c 
tests_unit_test_init_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_init_LDADD = libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_inventory
tests_unit_test_inventory_SOURCES = tests/unit/test_inventory.c  storage/inventory_write.c
tests_unit_test_inventory_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_inventory_LDADD = libstorage.a libcommon.a $(CRYPTO_LIBS) $(ZSTD_LIBS) $(ZLIB_LIBS) $(ISAL_LIBS) $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_journal
tests_unit_test_journal_SOURCES = tests/unit/test_journal.c 
tests_unit_test_journal_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_journal_LDADD = libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_logfile
tests_unit_test_logfile_SOURCES = tests/unit/test_logfile.c 
tests_unit_test_logfile_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_logfile_LDADD = libmonitor.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_loop
tests_unit_test_loop_SOURCES = tests/unit/test_loop.c 
tests_unit_test_loop_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_loop_LDADD = libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_mon_log
tests_unit_test_mon_log_SOURCES = tests/unit/test_mon_log.c 
tests_unit_test_mon_log_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_mon_log_LDADD = libmonitor.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_netd
tests_unit_test_netd_SOURCES = tests/unit/test_netd.c 
tests_unit_test_netd_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_netd_LDADD = libnetd.a libcommon.a

check_PROGRAMS += tests/unit/test_network
tests_unit_test_network_SOURCES = tests/unit/test_network.c 
tests_unit_test_network_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_network_LDADD = libnetin.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_options
tests_unit_test_options_SOURCES = tests/unit/test_options.c 
tests_unit_test_options_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_options_LDADD = libpodlite.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_output
tests_unit_test_output_SOURCES = tests/unit/test_output.c 
tests_unit_test_output_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_output_LDADD = libpodlite.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_pack
tests_unit_test_pack_SOURCES = tests/unit/test_pack.c  storage/tarindex.c
tests_unit_test_pack_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_pack_LDADD = libstorage.a libcommon.a $(CRYPTO_LIBS) $(ZSTD_LIBS) $(ZLIB_LIBS) $(ISAL_LIBS) $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_policy
tests_unit_test_policy_SOURCES = tests/unit/test_policy.c 
tests_unit_test_policy_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_policy_LDADD = libnetin.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_port
tests_unit_test_port_SOURCES = tests/unit/test_port.c 
tests_unit_test_port_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_port_LDADD = libnetin.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_ref
tests_unit_test_ref_SOURCES = tests/unit/test_ref.c 
tests_unit_test_ref_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_ref_LDADD = liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_regconf
tests_unit_test_regconf_SOURCES = tests/unit/test_regconf.c 
tests_unit_test_regconf_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_regconf_LDADD = libnetin.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_registriesd
tests_unit_test_registriesd_SOURCES = tests/unit/test_registriesd.c 
tests_unit_test_registriesd_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_registriesd_LDADD = libnetin.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_remove
tests_unit_test_remove_SOURCES = tests/unit/test_remove.c 
tests_unit_test_remove_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_remove_LDADD = libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_request
tests_unit_test_request_SOURCES = tests/unit/test_request.c  podlite/transfer/request.c
tests_unit_test_request_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_request_LDADD = libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_rootfd
tests_unit_test_rootfd_SOURCES = tests/unit/test_rootfd.c 
tests_unit_test_rootfd_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_rootfd_LDADD = libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_rootfs
tests_unit_test_rootfs_SOURCES = tests/unit/test_rootfs.c 
tests_unit_test_rootfs_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_rootfs_LDADD = libstorage.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_rt_dev
tests_unit_test_rt_dev_SOURCES = tests/unit/test_rt_dev.c 
tests_unit_test_rt_dev_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_rt_dev_LDADD = librt.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_rt_hostile
tests_unit_test_rt_hostile_SOURCES = tests/unit/test_rt_hostile.c 
tests_unit_test_rt_hostile_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_rt_hostile_LDADD = librt.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_rt_plan
tests_unit_test_rt_plan_SOURCES = tests/unit/test_rt_plan.c 
tests_unit_test_rt_plan_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_rt_plan_LDADD = librt.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_rt_run
tests_unit_test_rt_run_SOURCES = tests/unit/test_rt_run.c 
tests_unit_test_rt_run_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_rt_run_LDADD = librt.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_rt_seal
tests_unit_test_rt_seal_SOURCES = tests/unit/test_rt_seal.c 
tests_unit_test_rt_seal_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_rt_seal_LDADD = librt.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_rt_seccomp
tests_unit_test_rt_seccomp_SOURCES = tests/unit/test_rt_seccomp.c  oci/rt_seccomp_compile.c
tests_unit_test_rt_seccomp_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_rt_seccomp_LDADD = librt.a liboci.a libcommon.a $(JSONC_LIBS) $(SECCOMP_LIBS)

check_PROGRAMS += tests/unit/test_sandbox
tests_unit_test_sandbox_SOURCES = tests/unit/test_sandbox.c  podlite/transfer/sandbox.c
tests_unit_test_sandbox_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_sandbox_LDADD = libstorage.a liboci.a libcommon.a $(JSONC_LIBS) -lpthread

check_PROGRAMS += tests/unit/test_seccomp_filter
tests_unit_test_seccomp_filter_SOURCES = tests/unit/test_seccomp_filter.c  oci/rt_seccomp_compile.c
tests_unit_test_seccomp_filter_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_seccomp_filter_LDADD = librt.a liboci.a libcommon.a $(JSONC_LIBS) $(SECCOMP_LIBS)

check_PROGRAMS += tests/unit/test_spec_image
tests_unit_test_spec_image_SOURCES = tests/unit/test_spec_image.c 
tests_unit_test_spec_image_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_spec_image_LDADD = liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_spec_runtime
tests_unit_test_spec_runtime_SOURCES = tests/unit/test_spec_runtime.c 
tests_unit_test_spec_runtime_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_spec_runtime_LDADD = liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_specgen
tests_unit_test_specgen_SOURCES = tests/unit/test_specgen.c 
tests_unit_test_specgen_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_specgen_LDADD = libpodlite.a libmonitor.a libnetin.a libstorage.a librt.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_store
tests_unit_test_store_SOURCES = tests/unit/test_store.c 
tests_unit_test_store_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_store_LDADD = libstorage.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_volume
tests_unit_test_volume_SOURCES = tests/unit/test_volume.c 
tests_unit_test_volume_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_volume_LDADD = libstorage.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_arc_tar
tests_fuzz_fuzz_arc_tar_SOURCES = tests/fuzz/fuzz_arc_tar.c tests/fuzz/replay.c podlite/transfer/arc_tar.c
tests_fuzz_fuzz_arc_tar_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_arc_tar_LDADD = libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_bridged
tests_fuzz_fuzz_bridged_SOURCES = tests/fuzz/fuzz_bridged.c tests/fuzz/replay.c
tests_fuzz_fuzz_bridged_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_bridged_LDADD = libbridged.a libnetin.a libcommon.a

check_PROGRAMS += tests/fuzz/fuzz_challenge
tests_fuzz_fuzz_challenge_SOURCES = tests/fuzz/fuzz_challenge.c tests/fuzz/replay.c
tests_fuzz_fuzz_challenge_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_challenge_LDADD = libnetin.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_format
tests_fuzz_fuzz_format_SOURCES = tests/fuzz/fuzz_format.c tests/fuzz/replay.c
tests_fuzz_fuzz_format_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_format_LDADD = libpodlite.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_identity
tests_fuzz_fuzz_identity_SOURCES = tests/fuzz/fuzz_identity.c tests/fuzz/replay.c
tests_fuzz_fuzz_identity_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_identity_LDADD = libnetin.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_inflate
tests_fuzz_fuzz_inflate_SOURCES = tests/fuzz/fuzz_inflate.c tests/fuzz/replay.c storage/inflate.c storage/feed.c
tests_fuzz_fuzz_inflate_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_inflate_LDADD = libcommon.a $(ZLIB_LIBS) $(ZSTD_LIBS) $(ISAL_LIBS) $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_logfile
tests_fuzz_fuzz_logfile_SOURCES = tests/fuzz/fuzz_logfile.c tests/fuzz/replay.c
tests_fuzz_fuzz_logfile_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_logfile_LDADD = libmonitor.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_mount
tests_fuzz_fuzz_mount_SOURCES = tests/fuzz/fuzz_mount.c tests/fuzz/replay.c
tests_fuzz_fuzz_mount_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_mount_LDADD = libpodlite.a libstorage.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_network
tests_fuzz_fuzz_network_SOURCES = tests/fuzz/fuzz_network.c tests/fuzz/replay.c
tests_fuzz_fuzz_network_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_network_LDADD = libnetin.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_options
tests_fuzz_fuzz_options_SOURCES = tests/fuzz/fuzz_options.c tests/fuzz/replay.c
tests_fuzz_fuzz_options_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_options_LDADD = libpodlite.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_pack
tests_fuzz_fuzz_pack_SOURCES = tests/fuzz/fuzz_pack.c tests/fuzz/replay.c
tests_fuzz_fuzz_pack_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_pack_LDADD = libstorage.a liboci.a libcommon.a $(CRYPTO_LIBS) $(ZSTD_LIBS) $(ZLIB_LIBS) $(ISAL_LIBS) $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_port
tests_fuzz_fuzz_port_SOURCES = tests/fuzz/fuzz_port.c tests/fuzz/replay.c
tests_fuzz_fuzz_port_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_port_LDADD = libnetin.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_quadlet
tests_fuzz_fuzz_quadlet_SOURCES = tests/fuzz/fuzz_quadlet.c tests/fuzz/replay.c
tests_fuzz_fuzz_quadlet_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_quadlet_LDADD = libquadlet.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_ref
tests_fuzz_fuzz_ref_SOURCES = tests/fuzz/fuzz_ref.c tests/fuzz/replay.c
tests_fuzz_fuzz_ref_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_ref_LDADD = liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_registriesd
tests_fuzz_fuzz_registriesd_SOURCES = tests/fuzz/fuzz_registriesd.c tests/fuzz/replay.c
tests_fuzz_fuzz_registriesd_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_registriesd_LDADD = libnetin.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_seccomp
tests_fuzz_fuzz_seccomp_SOURCES = tests/fuzz/fuzz_seccomp.c tests/fuzz/replay.c oci/rt_seccomp_compile.c
tests_fuzz_fuzz_seccomp_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_seccomp_LDADD = librt.a liboci.a libcommon.a $(JSONC_LIBS) $(SECCOMP_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_spec_image
tests_fuzz_fuzz_spec_image_SOURCES = tests/fuzz/fuzz_spec_image.c tests/fuzz/replay.c
tests_fuzz_fuzz_spec_image_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_spec_image_LDADD = liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_spec_runtime
tests_fuzz_fuzz_spec_runtime_SOURCES = tests/fuzz/fuzz_spec_runtime.c tests/fuzz/replay.c
tests_fuzz_fuzz_spec_runtime_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_spec_runtime_LDADD = librt.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_tarscan
tests_fuzz_fuzz_tarscan_SOURCES = tests/fuzz/fuzz_tarscan.c tests/fuzz/replay.c storage/tarscan.c storage/tarindex.c storage/zwriter.c
tests_fuzz_fuzz_tarscan_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_tarscan_LDADD = libcommon.a $(ZSTD_LIBS) $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_tarsplit_map
tests_fuzz_fuzz_tarsplit_map_SOURCES = tests/fuzz/fuzz_tarsplit_map.c tests/fuzz/replay.c podlite/transfer/tarsplit_map.c
tests_fuzz_fuzz_tarsplit_map_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_tarsplit_map_LDADD = libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_toml
tests_fuzz_fuzz_toml_SOURCES = tests/fuzz/fuzz_toml.c tests/fuzz/replay.c
tests_fuzz_fuzz_toml_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_toml_LDADD = libnetin.a liboci.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_untar
tests_fuzz_fuzz_untar_SOURCES = tests/fuzz/fuzz_untar.c tests/fuzz/replay.c storage/untar.c storage/untar_path.c storage/untar_meta.c storage/pipeline.c storage/inflate.c storage/feed.c storage/tarscan.c storage/tarindex.c storage/zwriter.c storage/inode_map.c
tests_fuzz_fuzz_untar_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_untar_LDADD = libcommon.a $(ARCHIVE_LIBS) $(CRYPTO_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(ISAL_LIBS) $(JSONC_LIBS) -lpthread

check_PROGRAMS += tests/fuzz/fuzz_user
tests_fuzz_fuzz_user_SOURCES = tests/fuzz/fuzz_user.c tests/fuzz/replay.c
tests_fuzz_fuzz_user_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_user_LDADD = libpodlite.a libcommon.a $(JSONC_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_volume
tests_fuzz_fuzz_volume_SOURCES = tests/fuzz/fuzz_volume.c tests/fuzz/replay.c
tests_fuzz_fuzz_volume_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(ARCHIVE_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_volume_LDADD = libpodlite.a libmonitor.a libnetin.a libstorage.a liboci.a libcommon.a $(JSONC_LIBS)

TESTS = $(check_PROGRAMS)
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
AM_TESTS_ENVIRONMENT = srcdir=$(srcdir) BUILDDIR=$(abs_builddir); export srcdir BUILDDIR;

lint:
	BUILDDIR=$(abs_builddir) $(srcdir)/tests/lint/run
bench: all
	BUILDDIR=$(abs_builddir) $(srcdir)/bench/run
check-vm: all
	PODLITE_BIN=$(abs_builddir) $(srcdir)/tests/vm/run
campaign: all
	PODLITE_BIN=$(abs_builddir) $(srcdir)/tests/campaign/run
.PHONY: lint bench check-vm campaign
EXTRA_DIST += tests/bats tests/campaign tests/differential tests/images tests/lib tests/lint tests/probe tests/vm tests/skips.txt tests/fuzz/corpus tests/unit/bpf_eval.h tests/unit/rt_box.h tests/unit/storage_test.h tests/unit/tap.h tests/unit/seccomp_table.txt tests/sources.mk.gen .ci
