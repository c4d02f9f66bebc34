# Brigade: how it is built, started, watched and checked. `make help` lists the targets.
#
#   FLAVOUR=release|asan|tsan|strict   separate objects for each (strict: warnings are errors)
#   V=1                                show every command
#   PYTHON=...                         must see Debian's python3-* packages
#
# SPDX-License-Identifier: MIT

SERVICES := order consumer kitchen accounting notifier
FLAVOUR  ?= release
PYTHON   ?= /usr/bin/python3
CC       := gcc

B     := build/$(FLAVOUR)
GEN   := build/gen
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif
Q     := $(if $(V),,@)
say    = $(if $(V),,@printf '  %-8s %s\n' $(1) $(2))

export BRIGADE_FLAVOUR := $(FLAVOUR)
export PYTHONPYCACHEPREFIX := $(CURDIR)/build/pycache
export UBSAN_OPTIONS ?= print_stacktrace=1

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
  -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-align -Wcast-qual \
  -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wimplicit-fallthrough -Wnull-dereference \
  -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init
OPTIMIZE := -O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=2
SANITIZE := -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all
FLAGS_release := $(OPTIMIZE)
FLAGS_strict  := $(OPTIMIZE) -Werror
FLAGS_asan    := $(SANITIZE) -fsanitize=address,undefined
FLAGS_tsan    := $(SANITIZE) -fsanitize=thread
FLAGS_fuzz    := $(SANITIZE) -fsanitize=fuzzer-no-link,address,undefined

# Only clang has libFuzzer; gcc's warnings are gcc's business (FLAVOUR=strict).
ifeq ($(FLAVOUR),fuzz)
CC       := clang-14
WARNINGS := -Wall -Wextra
endif

# Asked for when the first recipe runs, which is after tools/deps.sh.
PACKAGES := librabbitmq libmicrohttpd libpq json-c libcrypto libcurl
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(PACKAGES)))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $$(shell pkg-config --libs $(PACKAGES)))$(PKG_LIBS)
INCLUDES  := -Icommon -I$(GEN) $(SERVICES:%=-Iservices/%)
COMPILE    = $(CC) -std=c11 -D_GNU_SOURCE -pthread $(FLAGS_$(FLAVOUR)) $(WARNINGS) $(INCLUDES) $(PKG_CFLAGS)
LINK       = $(CC) -pthread $(FLAGS_$(FLAVOUR)) -Wl,--as-needed -Wl,-z,relro,-z,now -o $@ $^

objects = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)/*.c))
SHARED   := $(call objects,common) $(B)/gen/schemas.o
RULES    := $(patsubst %.c,$(B)/%.o,$(wildcard services/*/decide*.c))
CORES    := $(RULES) $(SERVICES:%=$(B)/services/%/store.o)
BINARIES := $(SERVICES:%=$(B)/bin/%) $(B)/bin/brigadectl
UNIT     := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
UNIT_LIB := $(patsubst %.c,$(B)/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))
CODEC    := $(B)/tests/codec_tool
MODEL    := $(B)/tests/model/model
LOAD     := $(B)/tests/load
LIMIT    := $(B)/tests/limit
FUZZ     := $(patsubst tests/fuzz/%.c,$(B)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_LIB := $(patsubst %.c,$(B)/%.o,$(filter-out tests/fuzz/fuzz_%,$(wildcard tests/fuzz/*.c)))
ASSETS   := $(SERVICES:%=$(GEN)/%_assets.h)

.PHONY: all deps unit contract model stories mutants system faults upgrade test check fmt up down status logs watch \
        demo test-compose clean help binaries tests compile-command need-build need-run need-test need-check \
        fuzz fuzz-targets fuzz-objects need-fuzz bench bench-scale need-bench
.DELETE_ON_ERROR:
.SECONDARY:

all: binaries ## Build the services and brigadectl into build/release/bin (the default)

# What is generated, and the services

$(GEN)/schemas.c $(GEN)/schemas.h &: tools/schemagen.py tools/schema_model.py $(wildcard schemas/*/*.json) | need-build
	$(call say,GEN,schemas)
	$(Q)$(PYTHON) tools/schemagen.py --out $(GEN) schemas

$(GEN)/openapi/%.json: schemas/openapi/%.yaml tools/openapi_bundle.py \
                       $(wildcard schemas/*/*.json schemas/openapi/*.yaml) | need-build
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D) && $(PYTHON) tools/openapi_bundle.py $< --out $@

$(GEN)/parties.c $(GEN)/parties.h &: tools/parties.py schemas/asyncapi.yaml | need-build
	$(call say,GEN,parties)
	$(Q)$(PYTHON) tools/parties.py --out $(GEN) schemas/asyncapi.yaml
$(B)/bin/brigadectl: $(call objects,tools/brigadectl) $(B)/gen/parties.o $(SHARED)

define service
$(GEN)/$(1)_assets.c $(GEN)/$(1)_assets.h &: tools/embed.py $(GEN)/openapi/$(1).json \
        $(wildcard common/migrations/*.sql services/$(1)/migrations/*.sql)
	$$(call say,GEN,$(1)_assets)
	$(Q)$(PYTHON) tools/embed.py --service $(1) --openapi $(GEN)/openapi/$(1).json \
	    --migrations common/migrations services/$(1)/migrations --out $(GEN)
$(B)/bin/$(1): $(SHARED) $(call objects,services/$(1)) $(B)/gen/$(1)_assets.o
endef
$(foreach s,$(SERVICES),$(eval $(call service,$(s))))

$(BINARIES):
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(LINK) $(PKG_LIBS)

$(B)/gen/%.o: $(GEN)/%.c $(GEN)/schemas.h
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(COMPILE) -MMD -MP -c -o $@ $<

$(RULES): WARNINGS += -Wswitch-enum
$(B)/%.o: %.c | $(GEN)/schemas.h $(GEN)/parties.h $(ASSETS)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(COMPILE) -MMD -MP -c -o $@ $<

TEST_OBJECTS := $(call objects,tests/unit) $(B)/tests/contract/codec_tool.o
$(TEST_OBJECTS): | need-test
$(UNIT) $(CODEC): LINK += -lcmocka
$(UNIT): $(B)/tests/%: $(B)/tests/unit/%.o $(UNIT_LIB) $(SHARED) $(CORES)
$(CODEC): $(B)/tests/contract/codec_tool.o $(SHARED)
$(UNIT) $(CODEC):
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(LINK) $(PKG_LIBS)

# The limit of the benchmark: the same messages and rows, and no services.
$(LIMIT): $(patsubst %.c,$(B)/%.o,$(wildcard tests/bench/limit*.c)) $(SHARED)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(LINK) $(PKG_LIBS)

# The model checker: the services' own code in one program, each main under a name of its own.
# Of common/ it takes what that code calls, from an archive, since it has its own step API.
MODEL_MAINS := $(SERVICES:%=$(B)/tests/model/mains/%.o)
MODEL_PARTS := $(call objects,tests/model) $(MODEL_MAINS) $(SERVICES:%=$(B)/gen/%_assets.o) \
  $(foreach s,$(SERVICES),$(filter-out %/main.o,$(call objects,services/$(s))))
$(call objects,tests/model): | need-test
$(B)/tests/model/mains/%.o: services/%/main.c tests/model/mains.h | $(GEN)/schemas.h $(ASSETS)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(COMPILE) -Dmain=$*_main -include tests/model/mains.h -MMD -MP -c -o $@ $<
$(B)/tests/model/common.a: $(SHARED)
	$(Q)mkdir -p $(@D) && rm -f $@ && ar rcs $@ $^
$(MODEL): $(MODEL_PARTS) $(B)/tests/model/common.a
	$(call say,LINK,$@)
	$(Q)$(LINK) $(PKG_LIBS)

# The benchmark's load generator.
LOAD_PARTS := $(patsubst %.c,$(B)/%.o,$(wildcard tests/bench/load_*.c))
$(B)/tests/test_load: $(LOAD_PARTS)
$(LOAD): $(B)/tests/bench/load.o $(LOAD_PARTS) $(SHARED)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(LINK) $(PKG_LIBS)

# The fuzz targets: each alone with libFuzzer's main, which FLAVOUR=fuzz has.
FUZZ_PARTS := $(foreach s,$(SERVICES),$(filter-out %/main.o,$(call objects,services/$(s))))
$(call objects,tests/fuzz): | need-fuzz
$(FUZZ): $(B)/tests/%: $(B)/tests/fuzz/%.o $(FUZZ_LIB) $(FUZZ_PARTS) $(SHARED)
	$(call say,LINK,$@)
	$(Q)$(LINK) -fsanitize=fuzzer $(PKG_LIBS)

binaries: $(BINARIES)
fuzz-targets: $(FUZZ)
fuzz-objects: $(call objects,tests/fuzz)
tests: $(UNIT) $(CODEC) $(MODEL) $(LOAD) $(LIMIT)
compile-command: ; @echo $(COMPILE)

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# Debian packages: each costs a few milliseconds when nothing is missing.

need-build need-run need-test need-check need-fuzz need-bench: need-%: ; @tools/deps.sh $*
deps: ; @tools/deps.sh build run test check fuzz bench ## Install every Debian package that is missing

# Tests and checks

PYTEST := $(PYTHON) -m pytest -q -o cache_dir=build/pytest

unit: tests ## Run the unit tests
	@tools/unit.sh $(UNIT)

contract: binaries tests ## Test schemas, examples, codecs and API documents
	$(PYTEST) tests/contract

model: $(MODEL) ## Check the sagas under every order of events (QUICK=1: less; DEEP=1: more)
	$(MODEL) $(if $(QUICK),--quick) $(if $(DEEP),--deep --jobs 1)

stories: $(MODEL) ## Compare the golden stories and docs/architecture.md (WRITE=1: rewrite them)
	$(MODEL) $(if $(WRITE),--write,--stories) tests/model/stories
	$(PYTHON) tools/architecture.py $(if $(WRITE),--write) $(MODEL)

mutants: tests ## Put known bugs into a copy of the code: a test must notice each (ONLY=part of a name)
	$(PYTHON) tools/mutants.py $(ONLY:%=--only %)

fuzz: need-build need-fuzz ## Fuzz the decoders and the rules (SECONDS=60 for each target; ONLY=part of a name)
	@$(MAKE) --no-print-directory fuzz-targets FLAVOUR=fuzz
	@$(PYTHON) tests/fuzz/run.py --seconds $(or $(SECONDS),60) $(ONLY:%=--only %)

system: need-run need-test binaries ## Test the services with their own PostgreSQL and RabbitMQ
	$(PYTEST) -n 2 --dist loadfile tests/system

faults: need-run need-test binaries ## Break everything under load, then audit (LONG=1 MINUTES=n: longer; SEED=n)
	$(PYTHON) tests/faults/run.py $(if $(LONG),--long) $(MINUTES:%=--minutes %) $(SEED:%=--seed %)

bench: need-run need-test need-bench binaries $(LOAD) $(LIMIT) ## Throughput, latency and cost (SECONDS= RATE= BURST= MIX= REPLICAS= QUICK=1: 40 s)
	$(PYTHON) tests/bench/run.py $(if $(QUICK),--quick) $(SECONDS:%=--seconds %) $(RATE:%=--rate %) \
	    $(BURST:%=--burst %) $(MIX:%=--mix %) $(REPLICAS:%=--replicas %)

bench-scale: need-run need-test need-bench binaries $(LOAD) ## Two and four processes, a burst, a dump, a backlog, a million orders (ONLY= ORDERS= EVENTS=; 45 min)
	$(PYTHON) tests/bench/scale.py $(ONLY:%=--only %) $(ORDERS:%=--orders %) $(EVENTS:%=--events %)

upgrade: need-run need-test binaries ## Run the previous commit's services beside these (BRIGADE_PREVIOUS=commit or tree)
	$(PYTEST) tests/upgrade

test: ## Run all tests: unit and contract (with ASan and UBSan), then system
	@$(MAKE) --no-print-directory unit FLAVOUR=asan
	@$(MAKE) --no-print-directory contract FLAVOUR=asan
	@$(MAKE) --no-print-directory system

check: need-build need-test need-check ## Format, warnings, static analysis, layering rules
	@tools/check.sh

fmt: need-check ## Format the C sources
	clang-format-14 -i $$(git ls-files -co --exclude-standard '*.c' '*.h')

test-compose: ## Run the suite with Docker Compose and check it
	deploy/test-compose.sh

# The local stack

up: need-run binaries ## Start the whole stack in the background
	@$(PYTHON) tools/stack.py up

down: ## Stop it; data and logs stay
	@$(PYTHON) tools/stack.py down

status: ## Who runs
	@$(PYTHON) tools/stack.py status

logs: ## Follow all logs
	@$(PYTHON) tools/stack.py logs

watch: need-run ## Follow the events
	@$(PYTHON) tools/watch.py

demo: need-run binaries ## Orders of several kinds, and every event that they cause
	@$(PYTHON) tools/demo.py

clean: ## Stop the stack; remove build/, data and logs
	@[ ! -x $(PYTHON) ] || $(PYTHON) tools/stack.py down --purge
	rm -rf build

help: ## This list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' Makefile | expand -t 22
