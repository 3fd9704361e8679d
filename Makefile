# SPDX-License-Identifier: BSD-2-Clause
# Makefile: build rules only; what this machine has stands in config.mk. `make help` names the targets.

.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:

# ---- configuration ----------------------------------------------------------------------------------

# These look for missing packages before anything is configured.
bootstrap_goals := deps help demo check check-release check-minimal clean distclean configure
ifneq ($(filter-out $(bootstrap_goals),$(or $(MAKECMDGOALS),all)),)
include config.mk
endif

all: program plugins ## ./pathprobe and its plugins

configure: configure.ac m4/pkg.m4
	@command -v autoconf >/dev/null || { echo "autoconf not found" >&2; echo "hint: sudo make deps" >&2; exit 1; }
	$(Q)autoheader && autoconf && sed -i 's/rm -f core /rm -f /; s/rm -f -r core /rm -f -r /' $@ # core/ is ours

# What make was told for one build (CFLAGS=-O0) is not configured; what ./configure was told before stays.
unset_flags := env -u CC -u CFLAGS -u CPPFLAGS -u LDFLAGS
config.mk: configure config.mk.in core/abi/pathprobe-plugin.pc.in
	$(Q)if test -x config.status; then $(unset_flags) ./config.status -q --recheck && ./config.status -q; \
	    else $(unset_flags) ./configure -q; fi
config.h pathprobe-plugin.pc: config.mk ;

# V=1 shows whole commands. BUILD is another build tree (sanitizers, coverage); SANITIZE goes to -fsanitize.
ifeq ($(V),1)
say = @:
else
Q := @
say = @printf '  %-7s %s\n'
endif
BUILD ?= build
OBJCOPY ?= objcopy
SANITIZE ?=

# c-ares of Debian 12 does not have yet what that of Debian 13 says to use instead.
pp_CFLAGS := -std=gnu11 -D_GNU_SOURCE -DCARES_NO_DEPRECATED -I. -MMD -MP -fPIC -Wall -Wextra -Wshadow \
             -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wwrite-strings -Wformat=2 $(WERROR)
WERROR ?= $(if $(CI),-Werror)
ifneq ($(SANITIZE),)
pp_CFLAGS += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
pp_LDFLAGS += -fsanitize=$(SANITIZE)
else # what is large has its place on the heap: a stack may be small
$(BUILD)/core/%.o $(BUILD)/cmd/%.o: pp_CFLAGS += -Wframe-larger-than=262144
endif
compile = $(CC) $(pp_CFLAGS) $(DEP_CFLAGS) $(CPPFLAGS) $(CFLAGS)
plugindir = $(libdir)/pathprobe/plugins-2
defines = -DPP_PLUGIN_DIR='"$(plugindir)"' -DPP_SITE_CONFIG='"$(sysconfdir)/pathprobe/pathprobe.conf"'

# The default tree leaves ./pathprobe with its plugins beside it; other trees keep theirs.
top := $(if $(filter build,$(BUILD)),.,$(BUILD))

# ---- what is built ----------------------------------------------------------------------------------

# Directories are the lists: each of them is one idea, and whatever .c file lies in it belongs to it.
core_src := $(wildcard core/*/*.c)
lab_src := $(wildcard lab/*/*.c)
cmd_src := $(wildcard cmd/*.c)
plugin_src := $(wildcard plugins/*.c)
unit_src := $(wildcard tests/unit/test_*.c)
fuzz_src := $(wildcard tests/fuzz/fuzz_*.c)

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
core_lib := $(BUILD)/libcore.a
lab_lib := $(BUILD)/liblab.a
plugin_so := $(patsubst plugins/%.c,$(top)/plugins/%.so,$(plugin_src))
unit_bin := $(patsubst %.c,$(BUILD)/%,$(unit_src))
fuzz_bin := $(patsubst %.c,$(BUILD)/%,$(fuzz_src))
replay_bin := $(patsubst tests/fuzz/fuzz_%.c,$(BUILD)/tests/fuzz/replay_%,$(fuzz_src))

program: $(top)/pathprobe
# The example of an experiment out of the tree is one of ours, built against the installed header.
example := man/examples/evilbit/evilbit.c
$(example): plugins/evilbit.c
	$(Q)sed 's,"../core/abi/plugin.h",<pathprobe/plugin.h>,' $< >$@
plugins: $(plugin_so) $(example)

# Whatever ./configure is told anew, flags and directories, is in all of them.
$(BUILD)/%.o: %.c config.mk
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(compile) $(defines) -c -o $@ $<

# The metadata of a run names the commit; made anew only when that is another one.
commit := $(shell test ! -e .git || git describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null)
commit_line := \#define PP_COMMIT "$(commit)"
ifneq ($(shell cat $(BUILD)/commit.h 2>/dev/null),$(commit_line))
.PHONY: $(BUILD)/commit.h
endif
$(BUILD)/commit.h:
	@mkdir -p $(@D)
	@echo '$(commit_line)' >$@
$(BUILD)/core/results/host_info.o: $(BUILD)/commit.h
$(BUILD)/core/results/host_info.o: pp_CFLAGS += -I$(BUILD)

# Scenarios are compiled in, and style and script of reports.
$(BUILD)/lab/truth/builtin.o: $(wildcard lab/scenarios/*.json)
$(BUILD)/core/report/asset.o: core/report/report.css core/report/report.js

$(core_lib): $(call objects,$(core_src))
$(lab_lib): $(call objects,$(lab_src))
$(core_lib) $(lab_lib):
	$(say) AR $@
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(top)/pathprobe: $(call objects,$(cmd_src)) $(lab_lib) $(core_lib)
	$(say) LD $@
	$(Q)$(CC) $(pp_LDFLAGS) $(LDFLAGS) -o $@ $^ $(DEP_LIBS)

# A plugin exports one symbol and needs nothing from the program.
$(top)/plugins/%.so: plugins/%.c core/abi/plugin.h config.mk
	$(say) PLUGIN $@
	@mkdir -p $(@D)
	$(Q)$(compile) -fvisibility=hidden -MF $(BUILD)/plugin-$*.d -shared -Wl,-z,defs $(pp_LDFLAGS) $(LDFLAGS) -o $@ $<

# ---- tests --------------------------------------------------------------------------------------------

# What several unit tests share, and the plugins that must not load.
unit_help := $(call objects,$(filter-out tests/unit/test_% tests/unit/units.c,$(wildcard tests/unit/*.c)))
bad_plugins := $(patsubst tests/unit/bad_plugins/%.c,$(BUILD)/tests/unit/bad_plugins/%.so,$(wildcard tests/unit/bad_plugins/*.c))

# One program holds them all, each with its main() under another name and nothing else to be seen by the others. What is
# linked in a way of its own is a program of its own.
unit_alone := test_torture test_broker
unit_names := $(filter-out $(unit_alone),$(unit_src:tests/unit/%.c=%))
units := $(BUILD)/tests/unit/units
open := UNIT(
close := )
unit_list := $(addprefix $(open),$(addsuffix $(close),$(unit_names)))
ifneq ($(shell cat $(units).h 2>/dev/null),$(unit_list))
.PHONY: $(units).h
endif
$(units).h:
	@mkdir -p $(@D)
	@echo '$(unit_list)' >$@
$(units).o: $(units).h
$(units).o: pp_CFLAGS += -I$(BUILD)/tests/unit
$(BUILD)/tests/unit/%.unit: $(BUILD)/tests/unit/%.o
	$(Q)$(OBJCOPY) --redefine-sym main=pp_unit_$* --keep-global-symbol=pp_unit_$* $< $@
$(units): $(units).o $(unit_names:%=$(BUILD)/tests/unit/%.unit) $(unit_help) $(lab_lib) $(core_lib)
	$(say) LD $@
	$(Q)$(CC) $(pp_LDFLAGS) $(LDFLAGS) -o $@ $^ $(DEP_LIBS) -lcmocka
$(unit_names:%=$(BUILD)/tests/unit/%): $(units)
	@ln -sf $(<F) $@
$(unit_alone:%=$(BUILD)/tests/unit/%): %: %.o $(unit_help) $(lab_lib) $(core_lib)
	$(say) LD $@
	$(Q)$(CC) $(pp_LDFLAGS) $(LDFLAGS) -o $@ $^ $(DEP_LIBS) -lcmocka

$(BUILD)/tests/unit/bad_plugins/%.so: tests/unit/bad_plugins/%.c core/abi/plugin.h
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -I. -fPIC -fvisibility=hidden -shared -o $@ $<

# Fails the n-th allocation.
$(BUILD)/tests/unit/test_torture: pp_LDFLAGS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

# The live wire's test is a program that wire_live.sh runs between namespaces.
wire_live_objects := $(call objects,$(wildcard tests/net/*.c))
$(BUILD)/tests/net/wire_live: $(wire_live_objects) $(core_lib)
	$(say) LD $@
	$(Q)$(CC) $(pp_LDFLAGS) $(LDFLAGS) -o $@ $^ $(DEP_LIBS) -lcmocka

# Each fuzz entry point twice: replaying its seeds in every test run, and under libFuzzer (make fuzz).
$(BUILD)/tests/fuzz/replay_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(lab_lib) $(core_lib)
	$(say) LD $@
	$(Q)$(CC) $(pp_LDFLAGS) $(LDFLAGS) -o $@ $^ $(DEP_LIBS)

# What a test puts between a program and the C library.
preloads := $(patsubst %.c,$(BUILD)/%.so,$(wildcard tests/preload/*.c))
$(BUILD)/tests/preload/%.so: tests/preload/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra $(WERROR) -O2 -fPIC -shared -o $@ $< -ldl

# Programs that shell tests use.
lab_programs := accuracy compare places quotes virtual
lab_help := $(call objects,$(filter-out $(lab_programs:%=tests/lab/%.c),$(wildcard tests/lab/*.c)))
$(BUILD)/tests/lab/%: $(BUILD)/tests/lab/%.o $(lab_help) $(lab_lib) $(core_lib)
	$(say) LD $@
	$(Q)$(CC) $(pp_LDFLAGS) $(LDFLAGS) -o $@ $^ $(DEP_LIBS)

lab_bin := $(lab_programs:%=$(BUILD)/tests/lab/%)
net_bin := $(BUILD)/tests/net/wire_live
usage_bin := $(BUILD)/tests/bench/usage
test_programs: $(unit_bin) $(replay_bin) $(lab_bin) $(net_bin) $(bad_plugins) $(preloads) $(usage_bin)

fuzz_name = $(patsubst tests/fuzz/fuzz_%.c,%,$(1))
replays := $(foreach f,$(fuzz_src),"$(BUILD)/tests/fuzz/replay_$(call fuzz_name,$(f)) tests/fuzz/seeds/$(call fuzz_name,$(f))")
export PATHPROBE := $(top)/pathprobe
export TESTS := $(BUILD)/tests

lab_tests := $(filter-out %/virtual.sh %/fleet_rig.sh,$(wildcard tests/lab/*.sh))
net_tests := $(filter-out %/topology.sh %/tap.sh %/rows.sh %/peers.sh %/wire_live.sh,$(wildcard tests/net/*.sh)) "tests/net/wire_live.sh $(net_bin)"

# What the tests' programs wrote is held against schema/ when all have ended (tests/net/tap.sh).
written = $(abspath $(BUILD))/log/written
run_tests = @rm -rf $(written); WRITTEN=$(written) tests/run $(BUILD)/log $(1); code=$$?; \
            tests/lab/written.py schema $(written) && exit $$code

check-unit: all test_programs ## unit tests and fuzz seeds
	@tests/run $(BUILD)/log $(unit_bin) $(replays)
check-lab: all test_programs ## in front of the emulated Internet
	$(call run_tests,$(lab_tests))
check-net: all test_programs ## between network namespaces with Linux stacks (root)
	$(call run_tests,$(net_tests))
check-all: all test_programs
	$(call run_tests,$(net_tests) $(lab_tests) $(unit_bin) $(replays))

# Yardsticks of the benchmark: no library of ours.
$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o
	$(say) LD $@
	$(Q)$(CC) $(pp_LDFLAGS) $(LDFLAGS) -o $@ $^
bench: all $(BUILD)/tests/bench/yardstick $(BUILD)/tests/bench/usage
	@tests/bench/run $(ARGS)
soak: all ## MINUTES of a campaign at full rate: memory and descriptors stay flat
	@tests/bench/soak $(MINUTES)
accuracy: all test_programs
	@tests/lab/accuracy $(HOSTS)

# These see first whether what they need is installed.
# A browser is no small thing to ask for, nor are R and DuckDB: .ci/run has them, the last where npm can be reached.
may_skip := report_browser\.sh: .*chromium is not|campaign\.sh: .*systemd-analyze is not|recipes\.sh: .*(pandas is not|R is not|no DuckDB)
check check-release: export MAY_SKIP := ^lab/($(may_skip))
check: ## all tests; installs what is missing when it may
	@.ci/deps build demo package test
	@$(MAKE) --no-print-directory check-all
demo: ## the tour: a measurement in front of the emulated Internet
	@.ci/deps build demo
	@$(MAKE) --no-print-directory run-demo
run-demo: all
	@lab/demo.sh
pictures: all ## runs the demo and puts its screen into README.md, its report's into man/report.png (chromium)
	@lab/pictures.sh
duckdb: ## brings DuckDB's library from npm, for tests/lab/recipes.sh
	@.ci/duckdb
deps: ## installs the packages of .ci/packages, or of its GROUPS
	@.ci/deps --install $(GROUPS)

# ---- sanitizers, static analysis, fuzzing ---------------------------------------------------------------

# What cannot be had there: system calls confined, the C library's allocator.
check-asan: export MAY_SKIP := ^(unit/test_(confine|http)|lab/(torture\.sh|$(may_skip)))
check-asan: ## unit and lab tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(MAKE) --no-print-directory BUILD=build/asan SANITIZE=address,undefined CFLAGS='-g -O1' check-all net_tests=

# What runs in threads. TSan of gcc 12 cannot live with as many random bits in addresses as newer kernels use.
threaded_src := $(filter %_queue.c %_feeder.c %_blocklist.c %_writer.c %_token_bucket.c,$(unit_src))
threaded := $(wildcard tests/lab/workers.sh) $(patsubst %.c,$(BUILD)/%,$(threaded_src))
check-threads: all $(filter $(BUILD)/%,$(threaded)) $(lab_bin)
	@setarch -R tests/run $(BUILD)/log $(threaded)
check-tsan: ## workers, feeder and writer under ThreadSanitizer
	@$(MAKE) --no-print-directory BUILD=build/tsan SANITIZE=thread CFLAGS='-g -O1' unit_src='$(threaded_src)' check-threads

check-warnings: ## everything compiles without a warning: gcc without optimization, clang with
	@$(MAKE) --no-print-directory BUILD=build/gcc CC=gcc CFLAGS=-O0 WERROR=-Werror all test_programs
	@$(MAKE) --no-print-directory BUILD=build/clang CC=clang CFLAGS=-O2 WERROR=-Werror all test_programs

# Where cppcheck is wrong: `/* cppcheck-suppress ID; reason */` over the line; .ci/cppcheck has what is not of one line.
cppcheck: config.h ## static analysis
	$(Q)cppcheck -q -j2 --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -I. \
	    --suppressions-list=.ci/cppcheck cmd core lab plugins tests

check-man: ## the manual, by mandoc and groff
	$(Q)mandoc -Tlint -W warning man/*.[1-8]
	$(Q)for page in man/*.[1-8]; do groff -ww -z -K utf8 -mdoc -Tutf8 $$page; done 2>&1 | \
	    awk '{ print } END { exit NR > 0 }'

# From the seeds on, under libFuzzer or AFL++ (package afl++), with the same entry points. What is found new stays in
# build/fuzz/corpus or build/afl/out, and is where the next run begins; F names one of tests/fuzz/fuzz_*.c.
RUNS ?= 100000
ENGINE ?= libfuzzer
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(lab_lib) $(core_lib)
	$(say) LD $@
	$(Q)$(CC) $(pp_LDFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(DEP_LIBS)

fuzz: ## F=NAME [RUNS=N] [ENGINE=afl]: fuzzes one parser
	@test -f "tests/fuzz/fuzz_$(F).c" || { echo "F is one of: $(sort $(call fuzz_name,$(fuzz_src)))" >&2; exit 2; }
	@$(MAKE) --no-print-directory fuzz-$(ENGINE)
fuzz-libfuzzer:
	@$(MAKE) --no-print-directory BUILD=build/fuzz CC=clang SANITIZE=fuzzer-no-link,address,undefined \
	    CFLAGS='-g -O1' build/fuzz/tests/fuzz/fuzz_$(F)
	@mkdir -p build/fuzz/corpus/$(F)
	@build/fuzz/tests/fuzz/fuzz_$(F) -runs=$(RUNS) -artifact_prefix=build/fuzz/ build/fuzz/corpus/$(F) \
	    tests/fuzz/seeds/$(F)
fuzz-afl:
	@command -v afl-fuzz >/dev/null || { echo "afl-fuzz not found" >&2; echo "hint: apt install afl++" >&2; exit 1; }
	@$(MAKE) --no-print-directory BUILD=build/afl CC=afl-clang-fast SANITIZE=address,undefined CFLAGS='-g -O1' \
	    build/afl/tests/fuzz/fuzz_$(F)
	@mkdir -p build/afl/out && AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_AUTORESUME=1 AFL_QUIET=1 \
	    AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 afl-fuzz -m none -E $(RUNS) -i tests/fuzz/seeds/$(F) \
	    -o build/afl/out/$(F) -- build/afl/tests/fuzz/fuzz_$(F) >build/afl/$(F).log || { tail -n 30 build/afl/$(F).log; exit 1; }
	@grep -E '^(run_time|execs_done|corpus_count|saved_crashes|saved_hangs|bitmap_cvg)' \
	    build/afl/out/$(F)/default/fuzzer_stats
	@! ls build/afl/out/$(F)/default/crashes/id* 2>/dev/null

coverage: ## lines that the unit tests reach
	@mkdir -p build/coverage && find build/coverage -name '*.gcda' -delete
	@$(MAKE) --no-print-directory BUILD=build/coverage CC=gcc CFLAGS='-O0 --coverage' LDFLAGS=--coverage check-unit
	@for dir in core/packet core/flow core/talk; do \
	    gcov -n -o build/coverage/$$dir $$dir/*.c 2>/dev/null | tests/coverage.awk -v dir=$$dir; \
	done

# ---- installing -----------------------------------------------------------------------------------------

pages := $(wildcard man/*.[1-8])
examples := $(sort $(filter-out %.so,$(wildcard man/examples/*/*)) $(example))
scenarios := $(wildcard lab/scenarios/*.json)
schemas := $(wildcard schema/*.json)
schemadir = $(datarootdir)/pathprobe/schema
completions := bash-completion/completions/pathprobe zsh/site-functions/_pathprobe fish/vendor_completions.d/pathprobe.fish
docs := $(examples:man/%=%) $(scenarios:lab/%=examples/%) # below docdir
section = man$(subst .,,$(suffix $(1)))
installed = $(bindir)/pathprobe $(plugin_src:plugins/%.c=$(plugindir)/%.so) \
            $(includedir)/pathprobe/plugin.h $(libdir)/pkgconfig/pathprobe-plugin.pc \
            $(docs:%=$(docdir)/%) $(completions:%=$(datarootdir)/%) $(schemas:schema/%=$(schemadir)/%) \
            $(foreach p,$(pages),$(mandir)/$(call section,$(p))/$(notdir $(p)))

# DESTDIR may have blanks, and is the shell's alone; the other directories are words here, as ./configure sees to.
export DESTDIR
dest = $(foreach f,$(1),"$$DESTDIR"$(f))
put = $(INSTALL) -m 644 $(1) $(call dest,$(2))

install: all ## to $(DESTDIR) and the directories that ./configure was told
	$(INSTALL) -d $(call dest,$(sort $(dir $(installed))))
	$(INSTALL) -m 755 $(top)/pathprobe $(call dest,$(bindir))
	$(call put,$(plugin_so),$(plugindir))
	$(call put,core/abi/plugin.h,$(includedir)/pathprobe)
	$(call put,pathprobe-plugin.pc,$(libdir)/pkgconfig)
	$(foreach e,$(examples),$(call put,$(e),$(docdir)/$(e:man/%=%)) &&) :
	$(foreach c,$(completions),$(top)/pathprobe completion $(firstword $(subst -, ,$(subst /, ,$(c)))) \
	    >$(BUILD)/completion && $(call put,$(BUILD)/completion,$(datarootdir)/$(c)) &&) :
	$(call put,$(scenarios),$(docdir)/examples/scenarios)
	$(call put,$(schemas),$(schemadir))
	$(foreach p,$(pages),$(call put,$(p),$(mandir)/$(call section,$(p))) &&) :

uninstall: ## takes away what install put there
	rm -f $(call dest,$(installed))
	for dir in $(plugindir) $(dir $(plugindir)) $(includedir)/pathprobe $(schemadir) $(dir $(schemadir)) \
	    $(sort $(dir $(docs:%=$(docdir)/%))) $(docdir)/examples $(docdir); do \
	    test ! -d "$$DESTDIR$$dir" || rmdir --ignore-fail-on-non-empty "$$DESTDIR$$dir"; \
	done

check-install: all ## installs to a temporary directory, runs what is there, uninstalls
	@MAKE='$(MAKE)' tests/install.sh '$(bindir)' '$(plugindir)' '$(libdir)/pkgconfig' '$(docdir)'
	@MAKE='$(MAKE)' tests/kit.sh
	@MAKE='$(MAKE)' tests/configure.sh

new-plugin: ## P=NAME: begins an experiment: its source, unit test, lab test and section of the manual
	@plugins/new-plugin '$(P)'

dist: ## build/pathprobe-VERSION.tar.gz of the last commit, of which the Debian package is built
	@mkdir -p build
	git -c safe.directory='$(CURDIR)' archive --prefix=pathprobe-$(VERSION)/ -o build/pathprobe-$(VERSION).tar.gz HEAD

check-release: ## unit and lab tests and the package, for another release: .ci/root trixie make check-release
	@.ci/deps build demo package test
	@$(MAKE) --no-print-directory check-all net_tests=
	@$(MAKE) --no-print-directory check-deb

check-minimal: ## README's first commands on a Debian 12 and a Debian 13 that have nothing else (root)
	@.ci/root bookworm --readme
	@.ci/root trixie --readme

check-deb: ## builds the Debian package twice, looks it over, installs and removes it (root)
	@MAKE='$(MAKE)' tests/deb.sh $(VERSION)

# ---- cleaning, help -------------------------------------------------------------------------------------

clean: ## takes away what make made
	rm -rf build pathprobe plugins/*.so $(example)
distclean: clean ## and what ./configure made
	rm -rf autom4te.cache config.h config.h.in config.log config.mk pathprobe-plugin.pc config.status configure configure~

help: ## this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' Makefile
	@echo "  V=1 shows whole commands, CFLAGS are yours, BUILD names another tree."

.PHONY: all program plugins test_programs check-unit check-lab check-net check-all check demo run-demo deps check-asan \
        check-threads check-tsan check-warnings cppcheck check-man fuzz fuzz-libfuzzer fuzz-afl coverage install \
        uninstall soak pictures duckdb check-install check-release check-minimal check-deb new-plugin dist clean distclean help

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
