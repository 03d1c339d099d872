# what podlite-net is made of, and its unit tests
libnetd_a_SOURCES = \
	netd/netd.h \
	netd/netd_confine.c \
	netd/netd_room.c \
	netd/netd_route.c \
	netd/netd_source.c \
	netd/netd_table.c netd/netd_table.h \
	netd/netd_tcp.c \
	netd/netd_udp.c

bin_podlite_net_SOURCES = netd/netd_main.c
bin_podlite_net_LDADD = libnetd.a libcommon.a
# static: it is small, resident and starts once more for each container
if SANITIZERS
else
bin_podlite_net_LDFLAGS = -static-pie -Wl,-z,relro -Wl,-z,now -Wl,--gc-sections
endif
