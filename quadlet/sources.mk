# quadlet files: what podlite-user-generator and `podlite quadlet` share
libquadlet_a_SOURCES = \
	quadlet/conv.c quadlet/conv.h \
	quadlet/conv_container.c \
	quadlet/conv_network.c \
	quadlet/conv_volume.c \
	quadlet/generate.c quadlet/generate.h \
	quadlet/source.c quadlet/source.h \
	quadlet/unit.c quadlet/unit.h \
	quadlet/word.c quadlet/word.h

# systemd runs it at each daemon-reload: static and small
usergenerator_PROGRAMS = bin/podlite-user-generator
usergeneratordir = $(prefix)/lib/systemd/user-generators
bin_podlite_user_generator_SOURCES = quadlet/generator_main.c
bin_podlite_user_generator_LDADD = libquadlet.a libcommon.a
if SANITIZERS
else
bin_podlite_user_generator_LDFLAGS = -static-pie -Wl,-z,relro -Wl,-z,now -Wl,--gc-sections
endif
