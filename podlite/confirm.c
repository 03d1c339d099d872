#include "podlite/confirm.h"

#include <stdio.h>
#include <strings.h>

#include "podlite/output.h"

int confirm_ask(const char *warning, struct err *err)
{
	char answer[16];

	if (output_safe("WARNING! ", err) < 0 || output_safe(warning, err) < 0 ||
		output_safe("\nAre you sure you want to continue? [y/N] ", err) < 0 || output_flush(err) < 0)
		return -1;
	if (!fgets(answer, sizeof(answer), stdin))
		return err_set(err, EK_USAGE, "no answer on standard input; use --force to go on without asking");
	return !strcasecmp(answer, "y\n") || !strcasecmp(answer, "yes\n");
}
