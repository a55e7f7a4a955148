# One entry for people and scripts. make takes variables, not flags: `make local-down VOLUMES=1`,
# `make local-restart SERVICE=etcd3`, `make local-start YES=1 QUIET=1`, `make local-events ARGS="-f"`. The engine's own
# exit code is the contract; GNU make turns every failing recipe into 2.
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
PROFILE ?=
RUNTIME ?=
WAIT_TIMEOUT ?=
FILE ?=
CONFIRM ?=
YES ?=
QUIET ?=
FORMAT ?=
PROGRESS ?=
NO_SYMBOLS ?=
TESTS ?=
ARGS ?=
JOBS ?= $(shell nproc)

# What every verb takes stands before the verb, so that no line of a recipe can forget it.
engine := build/bin/paws-engine $(if $(ENV),--env $(ENV)) $(if $(YES),--yes) $(if $(QUIET),--quiet) \
  $(if $(FORMAT),--format $(FORMAT)) $(if $(PROGRESS),--progress $(PROGRESS)) $(if $(NO_SYMBOLS),--no-symbols)
ctl := $(engine) ctl
# `ctl` and `secrets` know a topology by --file; `start`, `plan` and `validate` take it as a word.
aimed := $(if $(TOPOLOGY),--file $(TOPOLOGY))
services := $(foreach one,$(SERVICE),--service $(one))
profiles := $(foreach one,$(PROFILE),--profile $(one))
patience := $(if $(WAIT_TIMEOUT),--wait-timeout $(WAIT_TIMEOUT))
confirmed := $(if $(filter yes-delete-all-data,$(CONFIRM)),--confirm-data-loss)
programs := paws-engine paws-keeper

.PHONY: help setup build all test lint format sanitize fuzz bench soak clean programs \
  local-start local-stop local-down local-reset local-status local-health local-events local-logs local-actors \
  local-inspect-etcd local-inspect-patroni local-inspect-redis local-resources local-cleanup local-support-bundle \
  local-pause local-resume local-restart local-measure-start \
  local-doctor local-plan local-validate local-gen-secrets local-validate-secrets

help: ## this list
	@printf 'make TARGET [VARIABLE=value ...]\n\n'
	awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-24s %s\n", $$1, $$2 }' Makefile
	printf '\nVariables: TOPOLOGY=file ENV=name SERVICE=names PROFILE=names RUNTIME=name WAIT_TIMEOUT=seconds\n'
	printf '           CASCADE=1 VOLUMES=1 CONFIRM=yes-delete-all-data FILE=path YES=1 QUIET=1 NO_SYMBOLS=1\n'
	printf '           FORMAT=json PROGRESS=plain ARGS="..." TESTS=regex JOBS=n\n'

setup: ## install what is missing (Debian 12; root or sudo)
	@tools/setup.sh run build $(if $(QUIET),>/dev/null)

build/build.ninja: | setup
	@cmake --preset release

programs: build/build.ninja
	@ninja $(if $(QUIET),--quiet) -C build -j $(JOBS) $(programs)

build: programs ## set up, then build the engine: build/bin/paws-engine

all: setup ## set up, then build the engine and every test
	@$(MAKE) build/build.ninja
	ninja -C build -j $(JOBS)

test: ## set up, build, run every test (TESTS=regex runs some)
	@tools/setup.sh run build test
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
	@tools/setup.sh run build test
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

local-start: programs ## set up, build, bring the stack up, health report; SERVICE=name: that and what it needs
	@$(engine) start $(TOPOLOGY) $(if $(RUNTIME),--runtime $(RUNTIME)) $(profiles) $(services) $(patience) $(ARGS)
	$(ctl) health $(aimed)

local-measure-start: programs ## cold, warm and hot start of an environment of its own, against their budgets
	@tools/measure-start $(ARGS)

local-stop: ## stop everything, keep data and state; SERVICE=name stops only that
	@$(ctl) stop $(aimed) $(services) $(ARGS)

local-down: ## remove everything but the data; VOLUMES=1 CONFIRM=yes-delete-all-data removes that too
	@$(ctl) down $(aimed) $(if $(VOLUMES),--volumes) $(confirmed) $(ARGS)

local-reset: ## like local-down with its data; asks for the phrase (CONFIRM=yes-delete-all-data answers)
	@$(ctl) reset $(aimed) $(confirmed) $(ARGS)

local-status: ## what is, member by member
	@$(ctl) status $(aimed) $(ARGS)

local-health: ## a fresh check of everything, now
	@$(ctl) health $(aimed) $(services) $(ARGS)

local-events: ## what happened (ARGS="-f" follows)
	@$(ctl) events $(aimed) $(ARGS)

local-logs: ## what the members say; SERVICE=name, ARGS="-f --level warning"
	@$(ctl) logs $(aimed) $(SERVICE) $(ARGS)

local-inspect-etcd: ## members, revision, keys and alarms, by etcd's own word
	@$(ctl) inspect etcd $(aimed) $(ARGS)

local-inspect-patroni: ## topology, replication, slots and history, by Patroni's and PostgreSQL's own word
	@$(ctl) inspect patroni $(aimed) $(ARGS)

local-inspect-redis: ## topology, memory, keys, and what the Sentinels see
	@$(ctl) inspect redis $(aimed) $(ARGS)

local-resources: ## memory, processors and disk against the limits
	@$(ctl) resources $(aimed) $(ARGS)

local-cleanup: ## remove own old logs and leftovers; never data
	@$(ctl) cleanup $(aimed) $(ARGS)

local-support-bundle: ## FILE=path: all that a bug report needs, secrets masked
	@$(ctl) support-bundle $(FILE) $(aimed) $(ARGS)

local-actors: ## the supervision tree
	@$(ctl) actors $(aimed) $(ARGS)

local-pause: ## everything stands still
	@$(ctl) pause $(aimed) $(ARGS)

local-resume: ## everything goes on, and is proven healthy
	@$(ctl) resume $(aimed) $(patience) $(ARGS)

local-restart: ## restart SERVICE=name; CASCADE=1 also what needs it
	@$(ctl) restart $(SERVICE) $(aimed) $(if $(CASCADE),--cascade) $(patience) $(ARGS)

local-doctor: ## prerequisites and what this machine can do
	@$(engine) doctor $(ARGS)

local-plan: ## what would be started, in dependency layers
	@$(engine) plan $(TOPOLOGY) $(profiles) $(ARGS)

local-validate: ## check the topology file only
	@$(engine) validate $(TOPOLOGY) $(ARGS)

local-gen-secrets: ## make the secrets file; never overwrites a value
	@$(engine) secrets generate $(aimed) $(ARGS)

local-validate-secrets: ## check the secrets file
	@$(engine) secrets validate $(aimed) $(ARGS)

clean: ## remove build directories (never data)
	@rm -rf build build-debug build-asan-ubsan build-tsan build-fuzz
