# Manual pages: Markdown with shared option texts (man/options), through go-md2man. A release has
# them made; from a checkout without go-md2man nothing is made or installed.
MAN_PAGES = \
	man/podlite-attach.1 \
	man/podlite-completion.1 \
	man/podlite-container-exists.1 \
	man/podlite-container-inspect.1 \
	man/podlite-container-prune.1 \
	man/podlite-container.1 \
	man/podlite-cp.1 \
	man/podlite-create.1 \
	man/podlite-diff.1 \
	man/podlite-doctor.1 \
	man/podlite-events.1 \
	man/podlite-exec.1 \
	man/podlite-healthcheck-run.1 \
	man/podlite-healthcheck.1 \
	man/podlite-help.1 \
	man/podlite-history.1 \
	man/podlite-image-exists.1 \
	man/podlite-image-inspect.1 \
	man/podlite-image-prune.1 \
	man/podlite-image.1 \
	man/podlite-images.1 \
	man/podlite-info.1 \
	man/podlite-inspect.1 \
	man/podlite-kill.1 \
	man/podlite-login.1 \
	man/podlite-logout.1 \
	man/podlite-logs.1 \
	man/podlite-network-exists.1 \
	man/podlite-network-ls.1 \
	man/podlite-network-prune.1 \
	man/podlite-network.1 \
	man/podlite-pause.1 \
	man/podlite-pod-exists.1 \
	man/podlite-pod-ls.1 \
	man/podlite-pod-rm.1 \
	man/podlite-pod.1 \
	man/podlite-port.1 \
	man/podlite-ps.1 \
	man/podlite-pull.1 \
	man/podlite-rename.1 \
	man/podlite-restart.1 \
	man/podlite-rm.1 \
	man/podlite-rmi.1 \
	man/podlite-run.1 \
	man/podlite-start.1 \
	man/podlite-stop.1 \
	man/podlite-system-df.1 \
	man/podlite-system-prune.1 \
	man/podlite-system.1 \
	man/podlite-tag.1 \
	man/podlite-top.1 \
	man/podlite-unpause.1 \
	man/podlite-unshare.1 \
	man/podlite-untag.1 \
	man/podlite-version.1 \
	man/podlite-volume-create.1 \
	man/podlite-volume-exists.1 \
	man/podlite-volume-inspect.1 \
	man/podlite-volume-ls.1 \
	man/podlite-volume-prune.1 \
	man/podlite-volume-rm.1 \
	man/podlite-volume.1 \
	man/podlite-wait.1 \
	man/podlite.1
MAN_OPTIONS = \
	man/options/add-host.md \
	man/options/annotation.md \
	man/options/arch.md \
	man/options/attach.md \
	man/options/authfile.md \
	man/options/cap-add.md \
	man/options/cap-drop.md \
	man/options/cgroupns.md \
	man/options/cgroups.md \
	man/options/cidfile.md \
	man/options/conmon-pidfile.md \
	man/options/cpu-period.md \
	man/options/cpu-quota.md \
	man/options/cpu-shares.md \
	man/options/cpus.md \
	man/options/detach-keys.md \
	man/options/device.md \
	man/options/dns-option.md \
	man/options/dns-search.md \
	man/options/dns.md \
	man/options/entrypoint.md \
	man/options/env-file.md \
	man/options/env-host.md \
	man/options/env.md \
	man/options/expose.md \
	man/options/group-add.md \
	man/options/health-cmd.md \
	man/options/health-interval.md \
	man/options/health-on-failure.md \
	man/options/health-retries.md \
	man/options/health-start-period.md \
	man/options/health-timeout.md \
	man/options/hostname.md \
	man/options/http-proxy.md \
	man/options/init-path.md \
	man/options/init.md \
	man/options/interactive.md \
	man/options/ipc.md \
	man/options/label-file.md \
	man/options/label.md \
	man/options/log-driver.md \
	man/options/log-opt.md \
	man/options/memory-reservation.md \
	man/options/memory-swap.md \
	man/options/memory.md \
	man/options/mount.md \
	man/options/name.md \
	man/options/network.md \
	man/options/no-healthcheck.md \
	man/options/no-hostname.md \
	man/options/no-hosts.md \
	man/options/oom-score-adj.md \
	man/options/os.md \
	man/options/passwd-entry.md \
	man/options/passwd.md \
	man/options/pid.md \
	man/options/pidfile.md \
	man/options/pids-limit.md \
	man/options/platform.md \
	man/options/preserve-fds.md \
	man/options/privileged.md \
	man/options/publish-all.md \
	man/options/publish.md \
	man/options/pull.md \
	man/options/quiet.md \
	man/options/read-only-tmpfs.md \
	man/options/read-only.md \
	man/options/replace.md \
	man/options/restart.md \
	man/options/rm.md \
	man/options/rootfs.md \
	man/options/runtime.md \
	man/options/security-opt.md \
	man/options/shm-size.md \
	man/options/sig-proxy.md \
	man/options/stop-signal.md \
	man/options/stop-timeout.md \
	man/options/sysctl.md \
	man/options/timeout.md \
	man/options/tls-verify.md \
	man/options/tmpfs.md \
	man/options/tty.md \
	man/options/tz.md \
	man/options/ulimit.md \
	man/options/umask.md \
	man/options/unsetenv-all.md \
	man/options/unsetenv.md \
	man/options/user.md \
	man/options/userns.md \
	man/options/uts.md \
	man/options/variant.md \
	man/options/volume.md \
	man/options/workdir.md
EXTRA_DIST += man/include.awk $(MAN_PAGES:.1=.1.md) $(MAN_OPTIONS)

if HAVE_MD2MAN
dist_man1_MANS = $(MAN_PAGES)
endif
MAINTAINERCLEANFILES = $(MAN_PAGES)


$(MAN_PAGES): $(MAN_OPTIONS) man/include.awk
man/%.1: man/%.1.md
	$(AM_V_GEN)$(MKDIR_P) man && \
	awk -v dir=$(srcdir)/man/options -f $(srcdir)/man/include.awk $< >$@.tmp && \
	$(MD2MAN) -in $@.tmp -out $@ && rm -f $@.tmp
