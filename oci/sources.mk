liboci_a_SOURCES = \
	oci/ref.c oci/ref.h \
	oci/seccomp_profile.c oci/seccomp_profile_from.c oci/seccomp_profile.h \
	oci/spec_descriptor.c oci/spec_descriptor.h \
	oci/spec_image.c oci/spec_image.h \
	oci/spec_index.c oci/spec_manifest.c oci/spec_media.c oci/spec_platform.c \
	oci/spec_resources.c \
	oci/spec_runtime.c oci/spec_runtime.h
liboci_a_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS)

# Between clone and exec run rt_child*.c and common/rootfd.c only; tests/lint/child looks at them.
librt_a_SOURCES = \
	oci/rt.h oci/rt_sys.h \
	oci/rt_attr.c oci/rt_attr.h \
	oci/rt_caps.c oci/rt_caps.h \
	oci/rt_cgroup.c oci/rt_cgroup_dir.c oci/rt_cgroup_place.c oci/rt_cgroup_values.c oci/rt_cgroup.h \
	oci/rt_cgroup1.c oci/rt_cgroup1_life.c oci/rt_cgroup1_values.c oci/rt_cgroup1.h \
	oci/rt_child.c oci/rt_child_cgroup.c oci/rt_child_id.c oci/rt_child_mount.c oci/rt_child.h \
	oci/rt_create.c \
	oci/rt_dev.c oci/rt_dev_bpf.c oci/rt_dev.h \
	oci/rt_exec.c \
	oci/rt_hooks.c oci/rt_hooks.h \
	oci/rt_idmap.c oci/rt_idmap.h \
	oci/rt_listener.c oci/rt_listener.h \
	oci/rt_mount.c oci/rt_mount.h \
	oci/rt_ns.c oci/rt_ns.h \
	oci/rt_plan.c oci/rt_plan.h \
	oci/rt_scope.c oci/rt_scope.h \
	oci/rt_seal.c oci/rt_seal.h \
	oci/rt_seccomp.c oci/rt_seccomp.h \
	oci/rt_start.c oci/rt_start.h \
	oci/rt_sync.c oci/rt_sync.h \
	oci/rt_tmpcopy.c oci/rt_tmpcopy.h
librt_a_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS)

bin_podlite_runtime_SOURCES = \
	oci/runtime_main.c oci/runtime.h \
	oci/runtime_cgroup.c oci/runtime_create.c oci/runtime_events.c oci/runtime_exec.c oci/runtime_procs.c oci/runtime_query.c \
	oci/runtime_signal.c oci/runtime_spec.c oci/runtime_state.c oci/runtime_stats.c oci/runtime_tty.c \
	oci/runtime_update.c oci/runtime_util.c \
	oci/rt_scope_bus.c \
	oci/rt_seccomp_compile.c oci/rt_seccomp_compile.h
bin_podlite_runtime_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(SECCOMP_CFLAGS)
bin_podlite_runtime_LDADD = librt.a liboci.a libcommon.a $(JSONC_LIBS) $(SECCOMP_LIBS)

bin_podlite_init_SOURCES = oci/init_main.c
# static, so that any image can hold it: neither a sanitizer's library nor -pie goes with that
bin_podlite_init_CFLAGS = $(AM_CFLAGS) -fno-sanitize=all
bin_podlite_init_LDFLAGS = -static -Wl,-z,relro -Wl,--gc-sections
