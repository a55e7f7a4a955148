# One entry for people and scripts. make takes variables, not flags: `make local-down VOLUMES=1`,
# `make local-restart SERVICE=etcd3`, `make local-events ARGS="-f"`. The engine's own exit code is the contract;
# GNU make turns every failing recipe into 2.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:
MAKEFLAGS += --no-print-directory
export NINJA_STATUS := build: [%f/%t] 

TOPOLOGY ?=
ENV ?=
SERVICE ?=
VOLUMES ?=
CASCADE ?=
FILE ?=
CONFIRM ?=
TESTS ?=
ARGS ?=
JOBS ?= $(shell nproc)

engine := build/bin/paws-engine
named := $(if $(ENV),--env $(ENV))
file := $(if $(TOPOLOGY),$(TOPOLOGY))
ctl := $(engine) ctl
# `ctl` finds the environment by the topology's name when no other is given.
aimed := $(named) $(if $(TOPOLOGY),--file $(TOPOLOGY))
programs := paws-engine paws-keeper

.PHONY: help setup build all test lint format sanitize fuzz bench soak clean programs \
  local-start local-stop local-down local-reset local-status local-health local-events local-logs local-actors \
  local-inspect-etcd local-inspect-patroni local-inspect-redis local-resources local-cleanup local-support-bundle \
  local-pause local-resume local-restart \
  local-doctor local-plan local-validate local-gen-secrets local-validate-secrets

help: ## this list
	@printf 'make TARGET [VARIABLE=value ...]\n\n'
	awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-24s %s\n", $$1, $$2 }' Makefile
	printf '\nVariables: TOPOLOGY=file ENV=name SERVICE=name CASCADE=1 FILE=path VOLUMES=1\n           CONFIRM=yes-delete-all-data TESTS=regex ARGS="..." JOBS=n\n'

setup: ## install what is missing (Debian 12; root or sudo)
	@tools/setup.sh run build

build/build.ninja:
	@cmake --preset release

programs: build/build.ninja
	@ninja -C build -j $(JOBS) $(programs)

build: setup ## set up, then build the engine: build/bin/paws-engine
	@$(MAKE) programs

all: setup ## set up, then build the engine and every test
	@$(MAKE) build/build.ninja
	ninja -C build -j $(JOBS)

test: ## set up, build, run every test (TESTS=regex runs some)
	@tools/setup.sh run build
	$(MAKE) build/build.ninja
	ninja -C build -j $(JOBS)
	ctest --test-dir build --parallel 2 --output-on-failure --no-tests=error $(if $(TESTS),-R '$(TESTS)') $(ARGS)

lint: ## formatting, clang-tidy, shellcheck, the project's own tidy check
	@tools/setup.sh run build lint
	cmake --preset release >/dev/null
	JOBS=$(JOBS) tools/lint $(ARGS)

format: ## rewrite every source with clang-format
	@tools/setup.sh lint
	tools/lint --fix-format

sanitize: ## build and test with ASan+UBSan, then TSan where there are threads of our own
	@tools/setup.sh run build
	JOBS=$(JOBS) tools/sanitize asan-ubsan
	JOBS=$(JOBS) tools/sanitize tsan

fuzz: ## every parser that reads foreign bytes against libFuzzer, SECONDS_EACH (60) each
	@tools/setup.sh run build fuzz
	tools/fuzz

bench: ## the engine against the bare daemons, and its logs; exit 5 (here 2) when a bound is broken
	@tools/setup.sh run build bench
	$(MAKE) programs
	tools/bench $(ARGS)
	@ninja -C build -j $(JOBS) log_search_bench
	tools/bench-logs

soak: ## kill members for SOAK_MINUTES (30) and the engine SOAK_KILLS times (100); everything must heal
	@tools/setup.sh run build bench
	$(MAKE) programs
	tools/soak --minutes $(or $(SOAK_MINUTES),30) $(ARGS)
	tools/soak-engine --kills $(or $(SOAK_KILLS),100)

local-start: setup ## set up, build, bring the stack up, health report; SERVICE=name: that and what it needs
	@$(MAKE) programs
	$(engine) $(named) start $(file) $(if $(SERVICE),--service $(SERVICE)) $(ARGS)
	$(ctl) $(aimed) health

local-stop: ## stop everything, keep data and state; SERVICE=name stops only that
	@$(ctl) $(aimed) stop $(if $(SERVICE),--service $(SERVICE)) $(ARGS)

local-down: ## remove everything but the data; VOLUMES=1 CONFIRM=yes-delete-all-data removes that too
	@$(ctl) $(aimed) down $(if $(VOLUMES),--volumes) \
	  $(if $(filter yes-delete-all-data,$(CONFIRM)),--confirm-data-loss) $(ARGS)

local-reset: ## like local-down with its data; asks for the phrase (CONFIRM=yes-delete-all-data answers)
	@$(ctl) $(aimed) reset $(if $(filter yes-delete-all-data,$(CONFIRM)),--confirm-data-loss) $(ARGS)

local-status: ## what is, member by member
	@$(ctl) $(aimed) status $(ARGS)

local-health: ## a fresh check of everything, now
	@$(ctl) $(aimed) health $(if $(SERVICE),--service $(SERVICE)) $(ARGS)

local-events: ## what happened (ARGS="-f" follows)
	@$(ctl) $(aimed) events $(ARGS)

local-logs: ## what the members say; SERVICE=name, ARGS="-f --level warning"
	@$(ctl) $(aimed) logs $(SERVICE) $(ARGS)

local-inspect-etcd: ## members, revision, keys and alarms, by etcd's own word
	@$(ctl) $(aimed) inspect etcd $(ARGS)

local-inspect-patroni: ## topology, replication, slots and history, by Patroni's and PostgreSQL's own word
	@$(ctl) $(aimed) inspect patroni $(ARGS)

local-inspect-redis: ## topology, memory, keys, and what the Sentinels see
	@$(ctl) $(aimed) inspect redis $(ARGS)

local-resources: ## memory, processors and disk against the limits
	@$(ctl) $(aimed) resources $(ARGS)

local-cleanup: ## remove own old logs and leftovers; never data
	@$(ctl) $(aimed) cleanup $(ARGS)

local-support-bundle: ## FILE=path: all that a bug report needs, secrets masked
	@$(ctl) $(aimed) support-bundle $(FILE) $(ARGS)

local-actors: ## the supervision tree
	@$(ctl) $(aimed) actors $(ARGS)

local-pause: ## everything stands still
	@$(ctl) $(aimed) pause $(ARGS)

local-resume: ## everything goes on, and is proven healthy
	@$(ctl) $(aimed) resume $(ARGS)

local-restart: ## restart SERVICE=name; CASCADE=1 also what needs it
	@$(ctl) $(aimed) restart $(SERVICE) $(if $(CASCADE),--cascade) $(ARGS)

local-doctor: ## prerequisites and what this machine can do
	@$(engine) doctor $(ARGS)

local-plan: ## what would be started, in dependency layers
	@$(engine) plan $(file) $(ARGS)

local-validate: ## check the topology file only
	@$(engine) validate $(or $(TOPOLOGY),config/paws360.yaml) $(ARGS)

local-gen-secrets: ## make the secrets file; never overwrites a value
	@$(engine) secrets generate $(ARGS)

local-validate-secrets: ## check the secrets file
	@$(engine) secrets validate $(ARGS)

clean: ## remove build directories (never data)
	@rm -rf build build-debug build-asan-ubsan build-tsan build-fuzz
