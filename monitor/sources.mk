# what the engine shares with the monitor: the protocol, the log format (and its writer,
# for its test), finding the user namespace
libmonitor_a_SOURCES = \
	monitor/eventlog.c monitor/eventlog.h \
	monitor/health.c monitor/health.h \
	monitor/join.c monitor/join.h \
	monitor/logfile.c monitor/logfile.h \
	monitor/mon_log.c monitor/mon_log.h \
	monitor/proto.c monitor/proto.h
libmonitor_a_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS)

bin_podlite_monitor_SOURCES = \
	monitor/mon.h \
	monitor/mon_attach.c \
	monitor/mon_bridge.c monitor/mon_bridge.h \
	monitor/mon_bridge_names.c \
	monitor/mon_cgroup.c \
	monitor/mon_control.c \
	monitor/mon_event.c \
	monitor/mon_exit.c \
	monitor/mon_health.c monitor/mon_health.h \
	monitor/mon_io.c \
	monitor/mon_main.c \
	monitor/mon_mounts.c \
	monitor/mon_network.c \
	monitor/mon_notify.c monitor/mon_notify.h \
	monitor/mon_probe.c \
	monitor/mon_rmi.c \
	monitor/mon_start.c \
	monitor/mon_state.c \
	monitor/rt_external.c \
	monitor/rt_ops.c monitor/rt_ops.h
bin_podlite_monitor_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS)
bin_podlite_monitor_LDFLAGS = $(STATIC_LDFLAGS)
bin_podlite_monitor_LDADD = libmonitor.a librt.a libstorage.a libnetin.a liboci.a libcommon.a $(JSONC_LIBS)
