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
SECRET ?=
VOLUMES ?=
CASCADE ?=
PROFILE ?=
DIR ?=
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
CMD ?=
JUNIT ?=
ITERATIONS ?=
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
on := $(if $(RUNTIME),--runtime $(RUNTIME))
reported := $(if $(JUNIT),--junit $(JUNIT))
shown := $(if $(FORMAT),--format $(FORMAT)) $(if $(NO_SYMBOLS),--no-symbols)
patience := $(if $(WAIT_TIMEOUT),--wait-timeout $(WAIT_TIMEOUT))
candidate := $(if $(CANDIDATE),--candidate $(CANDIDATE))
directory := $(if $(DIR),--dir $(DIR))
confirmed := $(if $(filter yes-delete-all-data,$(CONFIRM)),--confirm-data-loss)
programs := paws-engine paws-keeper

.PHONY: help setup build all images ci-image test lint format sanitize sanitizers fuzz bench mutants soak clean programs \
  local-start local-stop local-down local-reset local-status local-health local-events local-logs local-actors \
  local-inspect-etcd local-inspect-patroni local-inspect-redis local-resources local-drills local-cleanup \
  local-support-bundle local-run \
  local-pause local-resume local-restart local-rebuild local-reload local-watch local-resume-after-sleep local-time-sync \
  local-switchover local-failover local-reinit local-migrate local-seed local-measure-start local-measure-hot-reload \
  local-doctor local-plan local-validate local-gen-secrets local-validate-secrets local-rotate-secrets

help: ## this list
	@printf 'make TARGET [VARIABLE=value ...]\n\n'
	awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-24s %s\n", $$1, $$2 }' Makefile
	printf '\nVariables: TOPOLOGY=file ENV=name SERVICE=names SECRET=names PROFILE=names RUNTIME=name WAIT_TIMEOUT=seconds\n'
	printf '           CASCADE=1 VOLUMES=1 CONFIRM=yes-delete-all-data FILE=path DIR=path CMD="..." JUNIT=path YES=1 QUIET=1 NO_SYMBOLS=1\n'
	printf '           FORMAT=json PROGRESS=plain ITERATIONS=n ARGS="..." TESTS=regex JOBS=n\n'

setup: ## install what is missing (Debian 12; root or sudo)
	@tools/setup.sh run apps build $(if $(QUIET),>/dev/null)

build/build.ninja: | setup
	@cmake --preset release

programs: build/build.ninja
	@ninja $(if $(QUIET),--quiet) -C build -j $(JOBS) $(programs)

build: programs ## set up, then build the engine: build/bin/paws-engine

all: setup ## set up, then build the engine and every test
	@$(MAKE) build/build.ninja
	ninja -C build -j $(JOBS)

images: programs ## set up, have Docker and Podman answer, build the images that are missing or changed on both
	@tools/setup.sh run build containers
	tools/container-engines run -- $(engine) images build $(aimed) $(ARGS)

# Docker and Podman answer while the tests run; what was started for that ends after them.
test: ## set up, build, run every test (TESTS=regex runs some)
	@tools/setup.sh run apps browser monitor build test containers
	$(MAKE) build/build.ninja
	ninja -C build -j $(JOBS)
	tools/container-engines run -- bash -euc \
	  'if tools/container-engines status >/dev/null; then build/bin/paws-engine images build --profile infra; fi; exec ctest "$$@"' ctest \
	  --test-dir build --parallel 2 --output-on-failure --no-tests=error $(if $(TESTS),-R '$(TESTS)') $(ARGS)

lint: ## formatting, clang-tidy, shellcheck, the project's own tidy check
	@tools/setup.sh run build lint
	cmake --preset release >/dev/null
	JOBS=$(JOBS) tools/lint $(ARGS)

format: ## rewrite every source with clang-format
	@tools/setup.sh lint
	tools/lint --fix-format

sanitize: ## build and test with ASan+UBSan, then TSan where there are threads of our own
	@tools/setup.sh run apps browser monitor build test containers
	export JOBS=$(JOBS)
	tools/container-engines run -- bash -euc 'tools/sanitize asan-ubsan; tools/sanitize tsan'

sanitizers: ## build what `make sanitize` runs
	@tools/setup.sh run apps browser monitor build test containers
	JOBS=$(JOBS) tools/sanitize --build asan-ubsan
	JOBS=$(JOBS) tools/sanitize --build tsan

fuzz: ## every parser that reads foreign bytes against libFuzzer, SECONDS_EACH (60) each
	@tools/setup.sh run build fuzz
	tools/fuzz

bench: ## the engine against the bare daemons and docker-compose, and its logs; exit 5 (here 2) when a bound is broken
	@tools/setup.sh run build containers bench
	$(MAKE) programs
	tools/bench $(ARGS)
	tools/container-engines run -- bash -euc 'build/bin/paws-engine images build --runtime docker --profile infra; tools/bench-docker'
	@ninja -C build -j $(JOBS) log_search_bench
	tools/bench-logs

mutants: ## break the product's logic on purpose, in a copy: the tests in virtual time must notice every time
	@tools/setup.sh run build test
	tools/mutants --jobs $(JOBS) $(ARGS)

soak: ## hours: SOAK_SCHEDULES (100000) simulated drills, mutants, SOAK_DRILLS (30) real ones, kills for SOAK_MINUTES (30), SOAK_KILLS (100) of the engine
	@tools/setup.sh run build test bench
	$(MAKE) programs
	ninja -C build -j $(JOBS) scenario
	tools/soak-schedules --count $(or $(SOAK_SCHEDULES),100000)
	tools/mutants --jobs $(JOBS)
	tools/soak-drills --leaders $(or $(SOAK_LEADERS),10) --drills $(or $(SOAK_DRILLS),30)
	tools/soak --minutes $(or $(SOAK_MINUTES),30) $(ARGS)
	tools/soak-engine --kills $(or $(SOAK_KILLS),100)

local-start: programs ## set up, build, bring the stack up, health report; SERVICE=name: that and what it needs
	@$(engine) start $(TOPOLOGY) $(if $(RUNTIME),--runtime $(RUNTIME)) $(profiles) $(services) $(patience) $(ARGS)
	$(ctl) health $(aimed)

local-run: export PAWS_RUN = $(CMD)
local-run: programs ## CMD='...': a stack of its own for one command, taken down after it (docs/ci.md); JUNIT=file
	@$(engine) run $(TOPOLOGY) $(on) $(profiles) $(patience) $(reported) $(ARGS) -- bash -c "$$PAWS_RUN"

ci-image: programs ## the image in which CI jobs run (docs/ci.md), for Docker
	@tools/setup.sh run build containers
	images/base docker && images/ci/build

local-measure-start: programs ## cold, warm and hot start of an environment of its own, against their budgets
	@tools/measure-start $(ARGS)

local-measure-hot-reload: ## edits of a page of the frontend, ITERATIONS (10), until a browser shows them, against 3000 ms; exit 5 (here 2) when over
	@tools/setup.sh apps browser >&2
	tools/measure-hot-reload $(if $(ITERATIONS),--iterations $(ITERATIONS)) $(shown) $(ARGS)

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

local-drills: ## reports of past drills, each against the one before; ARGS=report shows one in full
	@$(ctl) drills $(aimed) $(ARGS)

local-cleanup: ## remove own old logs, drill reports and leftovers; never data. ARGS=--etcd defragments etcd
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

local-rebuild: ## build SERVICE=name from its sources, then replace it, and nothing else
	@$(ctl) rebuild $(SERVICE) $(aimed) $(patience) $(ARGS)

local-reload: ## apply the changed topology to what runs; DRY_RUN=1 only says what that would do
	@$(ctl) reload $(aimed) $(if $(DRY_RUN),--dry-run) $(patience) $(ARGS)

local-watch: programs ## start, then rebuild and replace each service whose sources change, until Ctrl-C
	@$(engine) start $(TOPOLOGY) $(on) $(profiles) $(patience) --watch $(ARGS)

local-resume-after-sleep: ## check everything anew after a sleep; restart only what does not recover by itself
	@$(ctl) resume-after-sleep $(aimed) $(patience) $(ARGS)

local-time-sync: ## compare all clocks; set this machine's where that is permitted, else say what to run
	@$(ctl) time-sync $(aimed) $(ARGS)

local-switchover: ## Patroni's leader hands over, to CANDIDATE=member or its synchronous standby
	@$(ctl) switchover $(aimed) $(candidate) $(patience) $(ARGS)

local-failover: ## another one leads, CANDIDATE=member; FORCE=1 also one that may lack acknowledged writes
	@$(ctl) failover $(aimed) $(candidate) $(if $(FORCE),--force) $(patience) $(ARGS)

local-reinit: ## TARGET=member or cluster: its data is destroyed and made anew (CONFIRM=yes-delete-all-data answers)
	@$(ctl) reinit $(TARGET) $(aimed) $(confirmed) $(patience) $(ARGS)

local-migrate: ## apply what database/migrations has and the database lacks, prove it on every member; DIR=other directory
	@$(ctl) migrate $(aimed) $(directory) $(patience) $(ARGS)

local-seed: ## put the example rows of database/seed in, any number of times; DIR=other directory
	@$(ctl) seed $(aimed) $(directory) $(patience) $(ARGS)

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

local-rotate-secrets: ## new passwords while everything runs; SECRET=names: only those
	@$(engine) secrets rotate $(aimed) $(foreach one,$(SECRET),--secret $(one)) $(ARGS)

clean: ## remove build directories (never data)
	@rm -rf build build-debug build-asan-ubsan build-tsan build-fuzz
