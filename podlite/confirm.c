#include "podlite/confirm.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

int confirm_ask(const char *warning, struct err *err)
{
	char answer[16];

	if (isatty(STDIN_FILENO))
		fprintf(stderr, "WARNING! %s\nAre you sure you want to continue? [y/N] ", warning);
	if (!fgets(answer, sizeof(answer), stdin))
		return err_set(err, EK_USAGE, "no answer on standard input; use --force to go on without asking");
	answer[strcspn(answer, " \t\r\n")] = '\0';
	return !strcasecmp(answer, "y") || !strcasecmp(answer, "yes");
}
