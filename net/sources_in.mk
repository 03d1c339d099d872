# inward: what the monitor and the engine need to connect a container
libnetin_a_SOURCES = \
	net/bridge.c net/bridge.h net/bridge_configure.c net/bridge_proto.h \
	net/cidr.c net/cidr.h \
	net/hosts.c net/hosts.h net/hosts_files.c net/hosts_files.h \
	net/netns.c net/netns.h \
	net/network.c net/network.h \
	net/network_dir.c \
	net/network_subnet.c \
	net/pasta.c \
	net/pasta_options.c \
	net/port.c net/port.h \
	net/publish.c net/publish.h net/publish_proto.h \
	net/slirp.c net/slirp.h
