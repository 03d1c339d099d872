#include "net/netns.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/proc.h"

/* In the child: joining is one-way, the caller could not return to the host's namespace. */
static int loopback_up(int nsfd)
{
	struct ifreq ifr = {.ifr_name = "lo"};
	auto_fd int sock = -1;

	if (setns(nsfd, CLONE_NEWNET) < 0)
		return errno;
	sock = fd_socket(AF_INET, SOCK_DGRAM, 0);
	if (sock < 0)
		return -sock;
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	return ioctl(sock, SIOCSIFFLAGS, &ifr) < 0 ? errno : 0;
}

int netns_loopback_up(int nsfd, struct err *err)
{
	pid_t child;
	int status;

	child = fork();
	if (!child)
		_exit(loopback_up(nsfd)); /* errno values fit an exit status */
	if (child < 0)
		return err_sys(err, "network: fork");
	status = proc_wait(child);
	if (status)
		return err_neg(err, -status, "network: bring up lo");
	return 0;
}
