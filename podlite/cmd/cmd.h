/* cmd.h - every command, for command_table.c; one file cmd_NAME.c each. */
#ifndef PODLITE_CMD_H
#define PODLITE_CMD_H

#include "podlite/command.h"

extern const struct command cmd_attach, cmd_builder, cmd_buildx, cmd_checkpoint, cmd_clone, cmd_container, cmd_cp, cmd_create, cmd_diff, cmd_doctor,
	cmd_events, cmd_exec, cmd_healthcheck, cmd_help, cmd_history, cmd_image, cmd_images, cmd_info, cmd_init,
	cmd_inspect, cmd_kill, cmd_logs, cmd_network, cmd_pause, cmd_pod, cmd_port,
	cmd_ps, cmd_pull, cmd_rename, cmd_restart, cmd_restore, cmd_rm, cmd_rmi, cmd_run, cmd_secret, cmd_start, cmd_stats, cmd_stop,
	cmd_system, cmd_tag, cmd_top, cmd_unpause, cmd_umount, cmd_unmount, cmd_unshare, cmd_untag, cmd_update, cmd_version,
	cmd_volume, cmd_wait, cmd_complete, cmd_completion;
/* services of systemd */
extern const struct command cmd_auto_update, cmd_generate, cmd_quadlet;
/* registries */
extern const struct command cmd_login, cmd_logout, cmd_manifest, cmd_mount, cmd_push, cmd_search;
/* images and archives */
extern const struct command cmd_commit, cmd_export, cmd_import, cmd_load, cmd_save;

#endif
