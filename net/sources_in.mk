# inward: what the monitor and the engine need to connect a container
libnetin_a_SOURCES = \
	net/hosts.c net/hosts.h net/hosts_files.c net/hosts_files.h \
	net/netns.c net/netns.h \
	net/pasta.c \
	net/pasta_options.c \
	net/port.c net/port.h \
	net/publish.c net/publish.h net/publish_proto.h \
	net/slirp.c net/slirp.h
