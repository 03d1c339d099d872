/* links: libcommon.a -ljson-c */
/* The journal's native protocol: fields as they are, values with newlines with their length, large entries as files. */
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/journal.h"
#include "common/msg.h"
#include "tests/unit/tap.h"

static void test_fields(void)
{
	static const char lines[] = "A\n\x03\0\0\0\0\0\0\0x\ny\nB=\n";
	auto_sbuf struct sbuf e = SBUF_INIT;

	journal_add_text(&e, "MESSAGE", "hello");
	journal_add_text(&e, "NONE", NULL);
	TAP_STR(e.buf, "MESSAGE=hello\n", "a text; none is left out");
	sbuf_reset(&e);
	journal_add(&e, "A", "x\ny", 3);
	journal_add(&e, "B", "", 0);
	TAP_OK(e.len == sizeof(lines) - 1 && !memcmp(e.buf, lines, e.len), "a newline: length and bytes");
	sbuf_reset(&e);
	journal_add(&e, "Z", "a\0b", 3);
	TAP_OK(e.len == 6 && !memcmp(e.buf, "Z=a\0b\n", 6), "a zero byte is a byte");
}

static void test_send(void)
{
	int fds[2], got = -1;
	size_t n = 0;
	char buf[64];
	struct stat st = {.st_size = 0};
	auto_sbuf struct sbuf e = SBUF_INIT;

	TAP_OK(!socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), "a pair of sockets");
	journal_add_text(&e, "MESSAGE", "small");
	TAP_OK(journal_send(fds[0], &e) == 0 && msg_recv(fds[1], buf, sizeof(buf), &got, 1, &n) == (ssize_t)e.len && n == 0, "a small entry is the datagram");
	for (int i = 0; i < 1 << 20; i++)
		sbuf_addf(&e, "F=%d\n", i);
	TAP_OK(journal_send(fds[0], &e) == 0, "a large one is sent");
	TAP_OK(msg_recv(fds[1], buf, sizeof(buf), &got, 1, &n) == 0 && n == 1, "as a descriptor and nothing else");
	TAP_OK(!fstat(got, &st) && st.st_size == (off_t)e.len, "of a file with all of it");
	TAP_OK(ftruncate(got, 0) < 0, "which is sealed");
	fd_close(got);
	fd_close(fds[0]);
	fd_close(fds[1]);
}

int main(void)
{
	test_fields();
	test_send();
	return tap_done();
}
