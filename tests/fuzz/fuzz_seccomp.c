/* links: oci/rt_seccomp_compile.c librt.a liboci.a libcommon.a -ljson-c -lseccomp */
/* Profile documents and linux.seccomp sections: whatever a document says, reading it ends, and what
 * compiles is a filter that the kernel would take and that answers every question. */
#include "oci/seccomp_profile.h"

#include <stdint.h>
#include <stdlib.h>

#include "oci/rt_seccomp_compile.h"
#include "tests/unit/bpf_eval.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct rt_bpf *b, uint32_t arch, uint32_t bit)
{
	for (uint32_t nr = 0; nr < 600; nr += 7) {
		struct seccomp_data d = {.nr = (int)(nr | bit), .arch = arch, .args = {nr, ~0ULL, 1ULL << 32}};

		if (bpf_eval(b->filter, b->n, &d) == BPF_EVAL_BROKEN)
			abort();
	}
}

static void compile(const struct jval *section)
{
	struct rt_bpf b = RT_BPF_INIT;
	struct err err = ERR_INIT;

	if (rt_seccomp_compile(section, &b, &err) < 0)
		return;
	if (!b.n || b.n > RT_BPF_MAX || !b.filter)
		abort();
	ask(&b, 0xC000003E, 0);
	ask(&b, 0xC000003E, 0x40000000);
	ask(&b, 0x40000003, 0);
	ask(&b, 0xC00000B7, 0);
	rt_bpf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_svec struct svec caps = SVEC_INIT;
	auto_jval struct jval *raw = NULL, *section = NULL;
	struct err err = ERR_INIT;

	svec_add(&caps, "CAP_SYS_CHROOT");
	raw = jval_parse((const char *)data, size, 0, &err);
	if (raw)
		compile(raw);
	if (seccomp_profile_from_file((const char *)data, size, &caps, &section, &err) == 0)
		compile(section);
	return 0;
}
