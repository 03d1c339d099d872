#include "common/journal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/msg.h"

#define SOCKET_PATH "/run/systemd/journal/socket"
#define SEND_BUFFER (8 << 20) /* what sd_journal_send asks for */

bool journal_is_here(void)
{
	return access(SOCKET_PATH, W_OK) == 0;
}

int journal_connect(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = SOCKET_PATH};
	auto_fd int sock = fd_socket(AF_UNIX, SOCK_DGRAM, 0);
	struct timeval patience = {.tv_sec = 1};
	int size = SEND_BUFFER;

	if (sock < 0)
		return sock;
	setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
		connect(sock, (struct sockaddr *)&a, sizeof(a)) < 0)
		return -errno;
	return take_fd(sock);
}

void journal_add(struct sbuf *entry, const char *name, const char *value, size_t n)
{
	uint64_t size = htole64(n);

	sbuf_addstr(entry, name);
	if (memchr(value, '\n', n)) {
		sbuf_addch(entry, '\n');
		sbuf_add(entry, (const char *)&size, sizeof(size));
	} else {
		sbuf_addch(entry, '=');
	}
	sbuf_add(entry, value, n);
	sbuf_addch(entry, '\n');
}

void journal_add_text(struct sbuf *entry, const char *name, const char *value)
{
	if (value)
		journal_add(entry, name, value, strlen(value));
}

static int send_file(int sock, const struct sbuf *entry)
{
	auto_fd int fd = memfd_create("journal", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r = fd < 0 ? -errno : fd_write_all(fd, entry->buf, entry->len);

	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -errno;
	return msg_send(sock, NULL, 0, &fd, 1);
}

int journal_send(int sock, const struct sbuf *entry)
{
	int r = msg_send(sock, entry->buf, entry->len, NULL, 0);

	return r == -EMSGSIZE || r == -ENOBUFS ? send_file(sock, entry) : r;
}
