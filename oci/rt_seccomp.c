#include "oci/rt_seccomp.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/fs.h"
#include "common/proc.h"
#include "oci/seccomp_profile.h"

#define SECTION_MAX (4u << 20)
#define CODE_MAX    (RT_BPF_MAX * sizeof(struct sock_filter))

/*
 * A cache file: this, the section's text, the compiler's output (struct rt_bpf_header and code).
 * The stamp is the compiler program's size and time of change: another podlite compiles anew, and
 * so has its own profiles where the text only names them.
 */
struct cache_head {
	char magic[8];
	uint32_t text_len, out_len;
	uint64_t stamp[3];
};

#define CACHE_MAGIC "plsec-1\n"

void rt_bpf_done(struct rt_bpf *b)
{
	free(b->filter);
	free(b->listener_path);
	*b = (struct rt_bpf)RT_BPF_INIT;
}

/* FNV-1a: spreads names, nothing else; the text itself is compared. */
static uint64_t hash_text(const char *s, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3;
	return h;
}

/* Without a compiler any stamp will do: the cache is all there is. */
static bool stamp_of(const char *compiler, uint64_t ret[3])
{
	struct stat st;

	if (!compiler || stat(compiler, &st) < 0)
		return false;
	ret[0] = (uint64_t)st.st_size;
	ret[1] = (uint64_t)st.st_mtim.tv_sec;
	ret[2] = (uint64_t)st.st_mtim.tv_nsec;
	return true;
}

/* The compiler's output, checked: it may come from a file. */
static bool decode(const char *out, size_t n, struct rt_bpf *ret)
{
	struct rt_bpf_header h;

	if (n < sizeof(h))
		return false;
	memcpy(&h, out, sizeof(h));
	if (memcmp(h.magic, RT_BPF_MAGIC, sizeof(h.magic)) || !h.n || h.n > RT_BPF_MAX || h.notify > 1)
		return false;
	if (n != sizeof(h) + h.n * sizeof(struct sock_filter))
		return false;
	ret->n = h.n;
	ret->flags = h.flags;
	ret->notify = h.notify;
	ret->filter = xmalloc(h.n * sizeof(struct sock_filter));
	memcpy(ret->filter, out + sizeof(h), h.n * sizeof(struct sock_filter));
	return true;
}

static bool cache_match(const struct cache_head *h, const struct sbuf *file, const struct sbuf *text,
	const uint64_t *stamp)
{
	return !memcmp(h->magic, CACHE_MAGIC, sizeof(h->magic)) && h->text_len == text->len &&
		file->len == sizeof(*h) + (size_t)h->text_len + h->out_len &&
		!memcmp(file->buf + sizeof(*h), text->buf, text->len) &&
		(!stamp || !memcmp(h->stamp, stamp, sizeof(h->stamp)));
}

/* A file that another user could have written, or whose content is not exactly ours, is a miss.
 * Ownership: the caller's uid, which is 0 inside the user namespace. */
static bool cache_get(int dirfd, const char *name, const struct sbuf *text, const uint64_t *stamp,
	struct rt_bpf *ret)
{
	auto_fd int fd = fd_open(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	auto_sbuf struct sbuf file = SBUF_INIT;
	struct cache_head h;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
		(st.st_mode & 022) || st.st_size < (off_t)sizeof(h) ||
		st.st_size > (off_t)(sizeof(h) + SECTION_MAX + sizeof(struct rt_bpf_header) + CODE_MAX))
		return false;
	sbuf_grow(&file, (size_t)st.st_size);
	if (fd_read_full(fd, file.buf, (size_t)st.st_size) < 0)
		return false;
	sbuf_setlen(&file, (size_t)st.st_size);
	memcpy(&h, file.buf, sizeof(h));
	return cache_match(&h, &file, text, stamp) &&
		decode(file.buf + sizeof(h) + h.text_len, h.out_len, ret);
}

static void cache_put(int dirfd, const char *name, const struct sbuf *text, const uint64_t *stamp,
	const struct sbuf *out)
{
	struct cache_head h = {.magic = CACHE_MAGIC, .text_len = (uint32_t)text->len,
		.out_len = (uint32_t)out->len};
	auto_sbuf struct sbuf file = SBUF_INIT;
	int r __unused;

	if (stamp)
		memcpy(h.stamp, stamp, sizeof(h.stamp));
	sbuf_add(&file, &h, sizeof(h));
	sbuf_add(&file, text->buf, text->len);
	sbuf_add(&file, out->buf, out->len);
	r = fs_write_file(dirfd, name, file.buf, file.len, 0600, 0); /* it can be made again */
}

static int run_compiler(const char *compiler, const struct sbuf *text, struct sbuf *out,
	struct err *err)
{
	char *const argv[] = {(char *)"podlite-runtime", (char *)"--compile-seccomp", NULL};
	char *const envp[] = {NULL};
	auto_fd int in = fd_memfd("seccomp-section", 0);
	struct proc_fd fds[] = {{in, 0}};
	const struct proc_spec spec = {.path = compiler, .argv = argv, .envp = envp, .fds = fds,
		.nfds = 1, .death_signal = SIGKILL};
	auto_sbuf struct sbuf said = SBUF_INIT;
	int r = in < 0 ? in : fd_write_all(in, text->buf, text->len);

	if (r < 0 || lseek(in, 0, SEEK_SET) < 0)
		return err_neg(err, r < 0 ? r : -errno, "memfd for the seccomp compiler");
	r = proc_capture(&spec, sizeof(struct rt_bpf_header) + CODE_MAX, out, &said, err);
	if (r < 0)
		return -1;
	sbuf_chomp(&said);
	if (r)
		return err_set(err, EK_INVALID, "%s --compile-seccomp: %s", compiler,
			said.len ? said.buf : "it failed without a message");
	return 0;
}

static int compile(const char *compiler, const struct jval *section, const struct sbuf *text,
	struct sbuf *out, struct rt_bpf *ret, struct err *err)
{
	auto_jval struct jval *whole = NULL;
	auto_sbuf struct sbuf whole_text = SBUF_INIT;

	if (!compiler)
		return err_set(err, EK_SYSTEM,
			"seccomp: the filter is not in the cache and there is no compiler");
	if (seccomp_profile_is_named(section)) {
		whole = seccomp_profile_whole(section, err);
		if (!whole)
			return -1;
		jval_print(whole, false, &whole_text);
	}
	if (run_compiler(compiler, whole ? &whole_text : text, out, err) < 0)
		return err_wrap(err, "seccomp");
	if (!decode(out->buf, out->len, ret))
		return err_set(err, EK_SYSTEM, "seccomp: %s wrote no filter; is it of this version?", compiler);
	return 0;
}

/* Threats.md X10: a filter that asks a listener which is not there would hang the container. */
static int check_listener(const struct jval *section, struct rt_bpf *b, struct err *err)
{
	const char *path = jval_get_str(section, "listenerPath", NULL);

	if (!b->notify)
		return 0;
	if (!path || *path != '/') {
		rt_bpf_done(b);
		return err_set(err, EK_INVALID,
			"seccomp: SCMP_ACT_NOTIFY needs listenerPath, the absolute path of a socket");
	}
	b->listener_path = xstrdup(path);
	return 0;
}

int rt_seccomp_load(const struct jval *seccomp, int cache_fd, const char *compiler,
	struct rt_bpf *ret, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT, out = SBUF_INIT;
	struct rt_bpf b = RT_BPF_INIT;
	uint64_t stamp[3] = {0};
	bool stamped = stamp_of(compiler, stamp), hit;
	char name[32];

	if (jval_type(seccomp) == JV_NULL) {
		*ret = b;
		return 0;
	}
	jval_print(seccomp, false, &text);
	if (text.len > SECTION_MAX)
		return err_set(err, EK_INVALID, "seccomp: the section is larger than %u bytes", SECTION_MAX);
	snprintf(name, sizeof(name), "%016llx.bpf",
		(unsigned long long)hash_text(text.buf, text.len));
	hit = cache_fd >= 0 && cache_get(cache_fd, name, &text, stamped ? stamp : NULL, &b);
	if (!hit && compile(compiler, seccomp, &text, &out, &b, err) < 0)
		return -1;
	if (!hit && cache_fd >= 0)
		cache_put(cache_fd, name, &text, stamped ? stamp : NULL, &out);
	if (check_listener(seccomp, &b, err) < 0)
		return -1;
	*ret = b;
	return 0;
}
