/* links: -
 * main() for a fuzz target without a fuzzer: `make check` links each fuzz_X.c with this file and
 * runs it, which feeds it its corpus, $srcdir/tests/fuzz/corpus/X/, one TAP result a file. With arguments:
 * those files or directories instead. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count, bad;

static void replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	long size = -1;

	if (f && !fseek(f, 0, SEEK_END) && (size = ftell(f)) >= 0) {
		rewind(f);
		/* exactly as long as the input, so that a sanitizer sees the first byte too many */
		data = malloc((size_t)size ? (size_t)size : 1);
	}
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size) {
		printf("not ok %d %s: cannot be read\n", ++count, path);
		bad = 1;
	} else {
		LLVMFuzzerTestOneInput(data, (size_t)size);
		printf("ok %d %s\n", ++count, path);
	}
	fflush(stdout);
	free(data);
	if (f)
		fclose(f);
}

static void replay(const char *path)
{
	struct dirent **names;
	struct stat st;
	int n;

	if (stat(path, &st) || !S_ISDIR(st.st_mode)) {
		replay_file(path);
		return;
	}
	n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char child[4096];

		if (names[i]->d_name[0] != '.') {
			snprintf(child, sizeof(child), "%s/%s", path, names[i]->d_name);
			replay(child);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	const char *srcdir = getenv("srcdir");
	char corpus[4096];

	if (!strncmp(name, "lt-", 3))
		name += 3;
	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			replay(argv[i]);
	} else if (!strncmp(name, "fuzz_", 5)) {
		snprintf(corpus, sizeof(corpus), "%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".", name + 5);
		replay(corpus);
	}
	printf("1..%d\n", count);
	return bad || !count;
}
