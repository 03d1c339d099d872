/*
 * reader.c - how long a command sleeps: runs it again and again for a time and prints for each run
 * SLEPT WALL STATUS: microseconds in which it was neither running nor waiting for a processor (so: waiting for
 * a lock, a disk, another process), microseconds from beginning to end, its status.
 *
 *   reader UID:GID SECONDS COMMAND ARG...
 *
 * It runs in the real-time class where it may, so that its own wait for a processor is not taken for the
 * command's, which runs in the ordinary one as UID.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_US 50000

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* Microseconds a dead, not yet awaited process has run or stood in a processor's queue. */
static long long ran_us(pid_t pid)
{
	unsigned long long ran = 0, queued = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%llu %llu", &ran, &queued) != 2) {
		fprintf(stderr, "reader: the kernel keeps no schedstat\n");
		exit(2);
	}
	fclose(f);
	return (long long)((ran + queued) / 1000);
}

static pid_t start(unsigned uid, unsigned gid, char **argv)
{
	pid_t pid = fork();
	int null;

	if (pid)
		return pid;
	null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || setgid(gid) < 0 || setuid(uid) < 0)
		_exit(126);
	execv(argv[0], argv);
	_exit(127);
}

int main(int argc, char **argv)
{
	struct sched_param param = {.sched_priority = 1};
	unsigned uid, gid;
	long long end;

	if (argc < 4 || sscanf(argv[1], "%u:%u", &uid, &gid) != 2)
		return 2;
	(void)!sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param);
	end = now_us() + (long long)(atof(argv[2]) * 1e6);
	while (now_us() < end) {
		long long began = now_us(), wall, ran;
		pid_t pid = start(uid, gid, argv + 3);
		siginfo_t info;

		if (pid < 0 || waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0)
			return 2;
		wall = now_us() - began;
		ran = ran_us(pid);
		waitpid(pid, NULL, 0);
		printf("%lld %lld %d\n", wall > ran ? wall - ran : 0, wall, info.si_status);
		usleep(PAUSE_US);
	}
	return 0;
}
