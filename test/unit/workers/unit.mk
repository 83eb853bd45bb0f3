# C unit tests of the daemons, under ASan and UBSan. A folder sets PARTS, the folders of workers/ that its tests need,
# and includes this file; every test_*.c becomes a program, linked with all of their modules but main.c.
#
# SPDX-License-Identifier: PostgreSQL

TOP := ../../../..
WORKERS := $(TOP)/workers
BUILD := $(TOP)/build/unit/workers/$(notdir $(CURDIR))
PKG_CONFIG ?= pkg-config

CHECK_CFLAGS := -std=gnu17 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer -Wall -Wextra -Wshadow -Werror
CHECK_CPPFLAGS := -D_GNU_SOURCE -DPORTARIUM_VERSION='"test"' -I$(WORKERS) -I$(TOP)/test/unit \
	$(shell $(PKG_CONFIG) --cflags libpq libcurl jansson libcrypto)
CHECK_LIBS := -pthread $(shell $(PKG_CONFIG) --libs libpq libcurl jansson libcrypto libseccomp rdkafka libnats)

MODULES := $(filter-out %/main.c,$(foreach part,$(PARTS),$(wildcard $(WORKERS)/$(part)/*.c)))
OBJECTS := $(patsubst $(WORKERS)/%.c,$(BUILD)/%.o,$(MODULES))
PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(wildcard test_*.c))

.PHONY: check clean
.SECONDARY: $(OBJECTS)
check: $(PROGRAMS)
	@status=0; for program in $(PROGRAMS); do $$program || status=1; done; exit $$status

$(BUILD)/%.o: $(WORKERS)/%.c
	@mkdir -p $(@D)
	$(CC) $(CHECK_CPPFLAGS) $(CHECK_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/test_%: test_%.c $(OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(CHECK_CPPFLAGS) $(CHECK_CFLAGS) -MMD -MP -o $@ $^ $(CHECK_LIBS)

clean:
	rm -rf $(BUILD)

-include $(wildcard $(BUILD)/*.d $(BUILD)/*/*.d)
