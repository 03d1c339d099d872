#include "common/tty.h"

#include <sys/ioctl.h>

int tty_raw(int fd, struct tty *ret)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return -errno;
	ret->saved = t;
	ret->fd = fd;
	cfmakeraw(&t);
	return tcsetattr(fd, TCSANOW, &t) < 0 ? -errno : 0;
}

int tty_noecho(int fd, struct tty *ret)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return -errno;
	ret->saved = t;
	ret->fd = fd;
	t.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	return tcsetattr(fd, TCSAFLUSH, &t) < 0 ? -errno : 0;
}

void tty_restore(struct tty *t)
{
	int saved = errno;

	if (t->fd >= 0)
		tcsetattr(t->fd, TCSADRAIN, &t->saved);
	t->fd = -1;
	errno = saved;
}

int tty_size(int fd, uint16_t *rows, uint16_t *cols)
{
	struct winsize ws;

	if (ioctl(fd, TIOCGWINSZ, &ws) < 0)
		return -errno;
	*rows = ws.ws_row;
	*cols = ws.ws_col;
	return 0;
}

int tty_set_size(int fd, uint16_t rows, uint16_t cols)
{
	const struct winsize ws = {.ws_row = rows, .ws_col = cols};

	return ioctl(fd, TIOCSWINSZ, &ws) < 0 ? -errno : 0;
}
