# Portarium for PostgreSQL: one target for everything a developer or CI does.
#
#   make deps               install the Debian packages that are missing
#   make build              extension, daemons and sidecar (into build/; the extension in its own folder)
#   make install            install the extension into the PostgreSQL of PG_CONFIG (root or sudo)
#   make demo               the main job on real input
#   make test [T=topic]     regress files in both flavours, isolation, pgTAP, C unit tests
#   make test-integration [T=topic]     the daemons against a real server
#   make test-compose       the images and the Compose stack, in real containers
#   make escape             every way out of the sandbox of programs, against each of its layers
#   make bench [ROUNDS=n SECONDS=n]     the numbers, each beside its baseline
#   make lint | format | gates | clean | dist
#
# SPDX-License-Identifier: PostgreSQL

PG_CONFIG ?= /usr/lib/postgresql/15/bin/pg_config
SUDO = $(if $(filter 0,$(shell id -u)),,sudo)
T ?=
VERSION = $(shell sed -n "s/^default_version *= *'\([0-9.]*\).*/\1/p" extension/portarium.control)

export PG_CONFIG
MAKEFLAGS += --no-print-directory

.PHONY: all deps build extension workers sidecar install demo test test-integration test-compose bench lint format gates clean dist

all: build

deps:
	test/deps.sh install

build: extension workers sidecar

extension workers sidecar:
	$(MAKE) -C $@ PG_CONFIG=$(PG_CONFIG)

install: extension
	$(SUDO) $(MAKE) -s -C extension install PG_CONFIG=$(PG_CONFIG)

demo:
	./portarium demo

test: deps
	$(MAKE) -s build
	$(MAKE) -s install
	test/run.sh $(T)

test-integration: deps
	$(MAKE) -s build
	$(MAKE) -s install
	test/integration.sh $(T)

test-compose:
	test/deps.sh --compose install
	test/compose/run.sh

escape: deps
	$(MAKE) -s -C test/escape
	bash test/escape/run.sh

bench: deps
	$(MAKE) -s build
	$(MAKE) -s install
	test/bench/run.sh

lint:
	$(MAKE) -s build
	python3 test/lint/run.py rules $(T)

format:
	python3 test/lint/format.py

gates:
	test/tools.sh
	python3 test/lint/run.py gates $(T)

clean:
	for part in extension workers sidecar; do $(MAKE) -C $$part clean PG_CONFIG=$(PG_CONFIG) || exit 1; done
	rm -rf build dist

dist:
	extension/package/build.sh
