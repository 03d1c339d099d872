# what podlite-bridge is made of
libbridged_a_SOURCES = \
	bridged/bridged.h \
	bridged/bridged_ask.c \
	bridged/bridged_confine.c \
	bridged/bridged_dns.c \
	bridged/bridged_link.c \
	bridged/bridged_member.c \
	bridged/bridged_names.c \
	bridged/bridged_outer.c \
	bridged/bridged_pool.c bridged/bridged_pool.h \
	bridged/bridged_query.c bridged/bridged_query.h \
	bridged/bridged_tcp.c

bin_podlite_bridge_SOURCES = bridged/bridged_main.c
bin_podlite_bridge_LDADD = libbridged.a libnetin.a libcommon.a
# static, as podlite-net
if SANITIZERS
else
bin_podlite_bridge_LDFLAGS = -static-pie -Wl,-z,relro -Wl,-z,now -Wl,--gc-sections
endif
