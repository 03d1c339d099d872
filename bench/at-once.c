/* at-once N COMMAND [ARG...]: starts the command N times without waiting in between, then waits for
 * all; fails when one fails. A shell would take as much of the processors as what it starts. */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[1]) : 0, bad = 0, status;
	pid_t pid;

	if (n < 1)
		return 2;
	for (int i = 0; i < n; i++)
		if (posix_spawn(&pid, argv[2], NULL, NULL, argv + 2, environ))
			return 2;
	while (wait(&status) > 0)
		bad |= status;
	return bad != 0;
}
