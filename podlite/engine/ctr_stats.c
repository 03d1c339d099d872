#include "podlite/engine/ctr_stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "common/fd.h"
#include "common/units.h"
#include "oci/rt.h"

#define NET_MAX 65536 /* of /proc/PID/net/dev */

/* A file with one number; "max" is UINT64_MAX, none is dflt. */
static uint64_t number(const char *cgroup, const char *file, uint64_t dflt)
{
	auto_sbuf struct sbuf text = SBUF_INIT;

	if (rt_cgroup_read(cgroup, file, &text) < 0)
		return dflt;
	return !strncmp(text.buf, "max", 3) ? UINT64_MAX : strtoull(text.buf, NULL, 10);
}

/* The sum of all "KEY123" in the file, KEY with its separator and at the beginning of a word. */
static uint64_t sum(const char *cgroup, const char *file, const char *key)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	uint64_t n = 0;

	if (rt_cgroup_read(cgroup, file, &text) < 0)
		return 0;
	for (const char *p = text.buf; (p = strstr(p, key)); p += strlen(key))
		if (p == text.buf || p[-1] == ' ' || p[-1] == '\n')
			n += strtoull(p + strlen(key), NULL, 10);
	return n;
}

static uint64_t count_lines(const char *cgroup, const char *file)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	uint64_t n = 0;

	if (rt_cgroup_read(cgroup, file, &text) < 0)
		return 0;
	for (const char *p = text.buf; (p = strchr(p, '\n')); p++)
		n++;
	return n;
}

/* "  eth0: RX-BYTES and seven more, TX-BYTES ..." after two lines of heading. */
static void network(const struct ctr *ctr, struct ctr_stats *s)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	char path[48];
	auto_fd int fd = -1;

	if (ctr->rec.network && !strcmp(ctr->rec.network, "host"))
		return;
	snprintf(path, sizeof(path), "/proc/%lld/net/dev", (long long)ctr->state.pid);
	fd = fd_open(AT_FDCWD, path, O_RDONLY, 0);
	if (fd < 0 || fd_read_all(fd, NET_MAX, &text) < 0)
		return;
	for (char *line = text.buf, *next; *line; line = next) {
		unsigned long long in, out;
		char *colon;

		next = strchrnul(line, '\n');
		if (*next)
			*next++ = '\0';
		colon = strchr(line, ':');
		line += strspn(line, " ");
		if (!colon || (!strncmp(line, "lo:", 3)) ||
			sscanf(colon + 1, "%llu %*u %*u %*u %*u %*u %*u %*u %llu", &in, &out) != 2)
			continue;
		s->net_in += in;
		s->net_out += out;
	}
}

static void memory(const char *cgroup, struct ctr_stats *s)
{
	struct sysinfo si;

	s->memory = number(cgroup, "memory.current", 0);
	if (!s->memory)
		return; /* the controller is not there */
	s->memory_limit = number(cgroup, "memory.max", UINT64_MAX);
	if (!sysinfo(&si))
		s->memory_limit = MIN_OF(s->memory_limit, (uint64_t)si.totalram * si.mem_unit);
}

static double percent(uint64_t used, int64_t passed)
{
	return passed > 0 ? 100.0 * (double)used / (double)passed : 0;
}

static void cpu(const struct ctr *ctr, const struct ctr_stats *before, struct ctr_stats *s)
{
	s->cpu_ns = sum(ctr->state.cgroup, "cpu.stat", "usage_usec ") * 1000;
	s->cpu_system_ns = sum(ctr->state.cgroup, "cpu.stat", "system_usec ") * 1000;
	s->cpu_average = percent(s->cpu_ns, s->at_ns - ctr->state.started_ns);
	s->cpu_percent = s->cpu_average;
	/* less than before: it was restarted meanwhile */
	if (before && before->at_ns && before->cpu_ns <= s->cpu_ns)
		s->cpu_percent = percent(s->cpu_ns - before->cpu_ns, s->at_ns - before->at_ns);
}

int ctr_stats(const struct ctr *ctr, const struct ctr_stats *before, struct ctr_stats *ret, struct err *err)
{
	struct ctr_stats s = {.at_ns = units_now_ns()};
	const char *group = ctr->state.cgroup;

	*ret = (struct ctr_stats){0};
	if (ctr->state.pid <= 0 || (ctr->status != CTR_RUNNING && ctr->status != CTR_PAUSED))
		return 0;
	if (!group) {
		err_set(err, EK_UNSUPPORTED, "container %s has no cgroup of its own, which is what could be measured", ctr->rec.name);
		return err_advise(err, "start it with --cgroup-manager systemd or with a limit; podlite doctor tells what the host lacks for that");
	}
	cpu(ctr, before, &s);
	memory(group, &s);
	s.block_in = sum(group, "io.stat", "rbytes=");
	s.block_out = sum(group, "io.stat", "wbytes=");
	s.pids = number(group, "pids.current", 0);
	if (!s.pids)
		s.pids = count_lines(group, "cgroup.threads");
	network(ctr, &s);
	*ret = s;
	return 0;
}
