/* cmd_checkpoint.c - `podlite container checkpoint` and `restore`: known, and refused with the reason. */
#include "podlite/cmd/cmd.h"

/* Whatever options follow, the answer is this one. */
static int refuse(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	(void)c, (void)opt, (void)argc, (void)argv;
	err_set(err, EK_UNSUPPORTED, "checkpoints are not supported: CRIU needs root of the host to freeze and restore processes");
	return err_advise(err, "podlite commit keeps the files of a container, podlite pause stops its processes for a while");
}

const struct command cmd_checkpoint = {
	.name = "checkpoint",
	.args = "[options] CONTAINER [CONTAINER...]",
	.summary = "Refused: writing the state of processes needs root of the host",
	.needs = CMD_ANY_OPTION,
	.max_args = -1,
	.run = refuse,
};

const struct command cmd_restore = {
	.name = "restore",
	.args = "[options] CONTAINER [CONTAINER...]",
	.summary = "Refused: as checkpoint",
	.needs = CMD_ANY_OPTION,
	.max_args = -1,
	.run = refuse,
};
