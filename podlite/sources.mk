bin_podlite_SOURCES = podlite/main.c
bin_podlite_LDADD = libpodlite.a libmonitor.a libnetin.a libstorage.a librt.a liboci.a libcommon.a \
	$(JSONC_LIBS) -lm

libpodlite_a_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS)
libpodlite_a_SOURCES = \
	podlite/cmd/cmd.h \
	podlite/cmd/cmd_attach.c \
	podlite/cmd/cmd_complete.c \
	podlite/cmd/cmd_container.c \
	podlite/cmd/cmd_cp.c \
	podlite/cmd/cmd_doctor.c \
	podlite/cmd/cmd_exec.c \
	podlite/cmd/cmd_help.c \
	podlite/cmd/cmd_history.c \
	podlite/cmd/cmd_image.c \
	podlite/cmd/cmd_images.c \
	podlite/cmd/cmd_info.c \
	podlite/cmd/cmd_inspect.c \
	podlite/cmd/cmd_kill.c \
	podlite/cmd/cmd_logs.c \
	podlite/cmd/cmd_network.c \
	podlite/cmd/cmd_pause.c \
	podlite/cmd/cmd_pod.c \
	podlite/cmd/cmd_port.c \
	podlite/cmd/cmd_ps.c \
	podlite/cmd/cmd_pull.c \
	podlite/cmd/cmd_rename.c \
	podlite/cmd/cmd_rm.c \
	podlite/cmd/cmd_rmi.c \
	podlite/cmd/cmd_stop.c \
	podlite/cmd/cmd_system.c \
	podlite/cmd/cmd_system_df.c \
	podlite/cmd/cmd_system_prune.c \
	podlite/cmd/cmd_tag.c \
	podlite/cmd/cmd_top.c \
	podlite/cmd/cmd_unshare.c \
	podlite/cmd/cmd_untag.c \
	podlite/cmd/cmd_version.c \
	podlite/cmd/cmd_volume.c \
	podlite/cmd/cmd_wait.c \
	podlite/cmd/ctr_args.c podlite/cmd/ctr_args.h \
	podlite/cmd/inspect.h \
	podlite/cmd/system.h \
	podlite/command.c podlite/command.h \
	podlite/command_help.c \
	podlite/command_table.c \
	podlite/complete.c podlite/complete.h \
	podlite/complete_names.c podlite/complete_names.h \
	podlite/complete_script.c \
	podlite/confirm.c podlite/confirm.h \
	podlite/context.c podlite/context.h \
	podlite/context_enter.c \
	podlite/engine/create_caps.c \
	podlite/engine/create_device.c \
	podlite/engine/create_env.c podlite/engine/create_env.h \
	podlite/engine/create_inside.c podlite/engine/create_inside.h \
	podlite/engine/create_mount.c podlite/engine/create_mount.h \
	podlite/engine/create_network.c \
	podlite/engine/create_ns.c \
	podlite/engine/create_number.c \
	podlite/engine/create_opts.h \
	podlite/engine/create_restart.c \
	podlite/engine/create_sysctl.c \
	podlite/engine/create_tmpfs.c \
	podlite/engine/create_ulimit.c \
	podlite/engine/create_value.h \
	podlite/engine/create_volume.c \
	podlite/engine/ctr.h \
	podlite/engine/ctr_copy.c podlite/engine/ctr_copy.h \
	podlite/engine/ctr_exec.c podlite/engine/ctr_exec.h \
	podlite/engine/ctr_filter.c podlite/engine/ctr_filter.h \
	podlite/engine/ctr_inspect.c podlite/engine/ctr_inspect.h \
	podlite/engine/ctr_logs.c podlite/engine/ctr_logs.h \
	podlite/engine/ctr_record.c podlite/engine/ctr_record.h \
	podlite/engine/ctr_remove.c \
	podlite/engine/ctr_root.c \
	podlite/engine/ctr_start.c \
	podlite/engine/ctr_stop.c \
	podlite/engine/ctr_top.c podlite/engine/ctr_top.h \
	podlite/engine/ctr_view.c podlite/engine/ctr_view.h \
	podlite/engine/disk_usage.c podlite/engine/disk_usage.h \
	podlite/engine/doctor.c podlite/engine/doctor.h \
	podlite/engine/doctor_cgroup.c \
	podlite/engine/doctor_check.h \
	podlite/engine/doctor_host.c \
	podlite/engine/doctor_ids.c \
	podlite/engine/doctor_mend.c \
	podlite/engine/doctor_net.c \
	podlite/engine/doctor_probe.c \
	podlite/engine/doctor_store.c \
	podlite/engine/doctor_userns.c \
	podlite/engine/engine.h \
	podlite/engine/host_info.c podlite/engine/host_info.h \
	podlite/engine/img.h \
	podlite/engine/img_filter.c podlite/engine/img_filter.h \
	podlite/engine/img_inspect.c podlite/engine/img_inspect.h \
	podlite/engine/img_remove.c podlite/engine/img_remove.h \
	podlite/engine/img_tag.c podlite/engine/img_tag.h \
	podlite/engine/img_view.c podlite/engine/img_view.h \
	podlite/engine/monitor_client.c podlite/engine/monitor_client.h \
	podlite/engine/monitor_stream.c \
	podlite/engine/img_pull.c \
	podlite/engine/img_resolve.c \
	podlite/engine/relay.c podlite/engine/relay.h \
	podlite/engine/specgen.h \
	podlite/engine/specgen_account.c \
	podlite/engine/specgen_devices.c \
	podlite/engine/specgen_env.c \
	podlite/engine/specgen_mounts.c \
	podlite/engine/specgen_namespaces.c \
	podlite/engine/specgen_process.c \
	podlite/engine/specgen_resources.c \
	podlite/engine/specgen_security.c \
	podlite/engine/specgen_sysctl.c \
	podlite/engine/specgen_user.c podlite/engine/specgen_user.h \
	podlite/engine/specgen_view.c \
	podlite/engine/specgen_volumes.c \
	podlite/engine/vol_inspect.c podlite/engine/vol_inspect.h \
	podlite/engine/vol_use.c podlite/engine/vol_use.h \
	podlite/engine/transfer.c podlite/engine/transfer.h \
	podlite/format.c podlite/format.h \
	podlite/format_func.c \
	podlite/format_lex.c \
	podlite/format_parse.c \
	podlite/format_print.c \
	podlite/format_tree.h \
	podlite/global.c podlite/global.h \
	podlite/optgroups.c podlite/optgroups.h \
	podlite/options.c podlite/options.h \
	podlite/options_value.c podlite/options_value.h \
	podlite/output.c podlite/output.h \
	podlite/output_table.c podlite/output_table.h \
	podlite/output_yaml.c podlite/output_yaml.h \
	podlite/suggest.c podlite/suggest.h \
	podlite/transfer/request.c podlite/transfer/request.h \
	podlite/version.c podlite/version.h
