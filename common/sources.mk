libcommon_a_SOURCES = \
	common/alloc.c common/alloc.h common/base.h \
	common/digest.c common/digest.h \
	common/err.c common/err.h \
	common/fd.c common/fd.h \
	common/fs.c common/fs.h \
	common/id.c common/id.h \
	common/jmap.c common/jmap.h \
	common/jval.c common/jval.h \
	common/lock.c common/lock.h \
	common/log.c common/log.h \
	common/msg.c common/msg.h \
	common/proc.c common/proc.h \
	common/rootfd.c common/rootfd.h \
	common/sbuf.c common/sbuf.h \
	common/subid.c common/subid.h \
	common/svec.c common/svec.h \
	common/tty.c common/tty.h \
	common/units.c common/units.h \
	common/userns.c common/userns.h
libcommon_a_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS)
