/* podlite-runtime: the OCI runtime's command line over oci/rt_*, and the seccomp compiler. */

#include <stdio.h>
#include <string.h>

#include "oci/rt_seccomp_compile.h"

static int compile_seccomp(void)
{
	struct err err = ERR_INIT;

	if (rt_seccomp_compile_stdio(0, 1, &err) == 0)
		return 0;
	fprintf(stderr, "podlite-runtime: %s\n", err.msg);
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--compile-seccomp"))
		return compile_seccomp();
	if (argc == 2 && (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-v"))) {
		printf("podlite-runtime version %s\nspec: 1.2.0\n", PACKAGE_VERSION);
		return 0;
	}
	fprintf(stderr, "podlite-runtime: %s: not built in this version\n", argc > 1 ? argv[1] : "no command");
	return 1;
}
