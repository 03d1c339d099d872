/* A container's terminal in the foreground: the caller's terminal is copied to and from it, as
 * `runc run` does when no --console-socket is given. */
#include "oci/runtime.h"

#include "common/log.h"
#include "common/proc.h"
#include "common/relay.h"
#include "common/tty.h"

int runtime_tty_wait(pid_t pid, int pidfd, int master)
{
	struct relay r = {.ways = {{.from = 0, .to = master, .is_stdin = true}, {.from = master, .to = 1},
				  {.from = -1, .to = -1}},
		.pidfd = pidfd,
		.console = master,
		.size_from = 0,
		.forward_signals = true};
	struct tty saved = TTY_INIT;
	enum relay_end end;
	struct err e = ERR_INIT;

	/* not a terminal: its bytes are copied as they are */
	if (tty_raw(0, &saved) < 0)
		saved = (struct tty)TTY_INIT;
	if (relay_run(&r, &end, &e) < 0)
		log_warn("%s", e.msg);
	tty_restore(&saved);
	return proc_wait(pid);
}
