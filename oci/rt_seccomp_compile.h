/*
 * rt_seccomp_compile.h - OCI linux.seccomp section to BPF; the only user of libseccomp, linked
 * into podlite-runtime alone.
 *
 * Rules: a rule without args covers the call whole and beats rules with args. args are all
 * required, except where one argument index is named twice: then each is an alternative (as crun
 * and runc read it). A rule whose action is the default's changes nothing. Names that neither
 * libseccomp nor our table of newer calls knows are left out, so they get the default action.
 * A call through an ABI that is not listed kills the process.
 */
#ifndef PODLITE_RT_SECCOMP_COMPILE_H
#define PODLITE_RT_SECCOMP_COMPILE_H

#include "oci/rt_seccomp.h"

int rt_seccomp_compile(const struct jval *section, struct rt_bpf *ret, struct err *err) __must_check;
/* `podlite-runtime --compile-seccomp`: the section's JSON from fd in, struct rt_bpf_header and the
 * filter to fd out. */
int rt_seccomp_compile_stdio(int in, int out, struct err *err) __must_check;

#endif
