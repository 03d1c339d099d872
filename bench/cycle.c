/* cycle N BUNDLE RUNTIME [OPTION...]: create, start and delete a container by an OCI runtime, N times;
 * prints the median of the three together in milliseconds, and the resident memory in MiB of the
 * largest process of `create` at its worst moment, as the kernel counted it. The first of all is not
 * counted: it finds nothing in a cache. Linked statically: a program begins with the mark of its parent. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_ARGS 32

/* 0 if it ended well; its largest memory in KiB. */
static int run(char *const *base, const char *const *more, long *ret_kib)
{
	char *argv[MAX_ARGS + 8] = {NULL};
	struct rusage used;
	int n = 0, status;
	pid_t pid;

	for (; base[n]; n++)
		argv[n] = base[n];
	for (int i = 0; more[i]; i++)
		argv[n++] = (char *)(size_t)more[i];
	pid = vfork();
	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) < 0)
		return 1;
	*ret_kib = used.ru_maxrss;
	return status;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int once(char *const *runtime, const char *bundle, double *ret_ms, long *ret_kib)
{
	const char *const create[] = {"create", "--bundle", bundle, "bench-cycle", NULL},
			  *const start[] = {"start", "bench-cycle", NULL},
			  *const del[] = {"delete", "--force", "bench-cycle", NULL};
	struct timespec a, b;
	long kib;

	clock_gettime(CLOCK_MONOTONIC, &a);
	if (run(runtime, create, ret_kib) || run(runtime, start, &kib) || run(runtime, del, &kib))
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &b);
	*ret_ms = (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
	return 0;
}

int main(int argc, char **argv)
{
	int n = argc > 3 && argc < MAX_ARGS ? atoi(argv[1]) : 0, null = open("/dev/null", O_RDWR);
	double *ms = n > 0 ? calloc((size_t)n + 1, sizeof(*ms)) : NULL;
	long kib, most = 0;

	if (!ms)
		return 2;
	dup2(null, 0);
	for (int i = 0; i <= n; i++) {
		if (once(argv + 3, argv[2], &ms[i], &kib) < 0)
			return 1;
		if (i && kib > most)
			most = kib;
	}
	qsort(ms + 1, (size_t)n, sizeof(*ms), by_size);
	printf("%.3f %.3f\n", ms[1 + n / 2], (double)most / 1024);
	return 0;
}
