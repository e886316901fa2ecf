# The front door; CMake does the building.
#
#   make            the library and the command, in build/
#   make demo       installs what is missing (Debian packages), builds, trains a network on Fashion-MNIST
#   make test       installs what is missing, builds and runs every test (ROOMS="graph cli" for some, ROOMS=golden for
#                   the figures of known courses)
#   make check      format, layering, size, cppcheck, clang-tidy, a build with clang
#   make format     puts the format right
#   make asan       the tests and a short training under AddressSanitizer and UBSan, in build-asan/
#   make tsan       the tests of threads under ThreadSanitizer, in build-tsan/
#   make valgrind   one step of training under valgrind's memcheck
#   make peers      installs what the benchmarks compare with, PyTorch and others, in build/peers (4.7 GB)
#   make bench      measures, next to the peers that are there, and writes docs/benchmarks.md (BENCH="--only mlp" or
#                   BENCH="--only company" for some)
#   make docs       writes the reference pages, docs/ops.md, docs/metrics.md and docs/recipe-reference.md, and the schema of
#                   recipes, docs/recipe.schema.json
#   make course     runs the programs of the course and draws their figures, docs/course/figures (COURSE="05 09" for
#                   some); wants Chromium
#   make install    PREFIX=/usr/local, DESTDIR=
#   make clean      removes the build directories
#
# Another compiler: make CC=clang (in build-clang/). Without oneDNN, though it is there: make DNNL=OFF (in build-plain/).
# Each target takes both.

DNNL ?= ON
kind :=
ifeq ($(origin CC),command line)
COMPILER := -DCMAKE_C_COMPILER=$(CC)
kind := -$(notdir $(CC))
endif
ifeq ($(DNNL),OFF)
kind := $(kind)-plain
endif
BUILD ?= build$(kind)
PREFIX ?= /usr/local
# Warnings are errors for the compilers Gradus is tested with; WERROR=ON for any compiler.
WERROR ?= TESTED
ROOMS ?=
BENCH ?=
COURSE ?=

# Asked for when a recipe runs, since the recipe's first line may have installed it.
GENERATOR := $$(command -v ninja >/dev/null && echo -G Ninja)
JOBS := $(shell nproc 2>/dev/null || echo 2)
comma := ,
QUIET := $(if $(V),,>/dev/null)

# $(call configure,directory,options): once; afterwards the build notices changes by itself.
configure = test -f $(1)/build.ninja || test -f $(1)/Makefile || { mkdir -p $(1) && cmake -S . -B $(1) $(GENERATOR) $(COMPILER) \
	-DCMAKE_INSTALL_PREFIX=$(PREFIX) -DGRADUS_WERROR=$(WERROR) -DGRADUS_DNNL=$(DNNL) $(2); }
build = cmake --build $(1) --parallel $(JOBS)

.PHONY: all demo test check format asan tsan valgrind peers bench install examples docs course clean
MAKEFLAGS += --no-print-directory

all:
	@$(call configure,$(BUILD))
	@$(call build,$(BUILD))

demo:
	@tools/bootstrap.sh demo
	@$(MAKE) all
	@tools/demo.sh $(BUILD)

# A test that does not build counts as failed; the others run all the same.
test:
	@tools/bootstrap.sh test
	@$(call configure,$(BUILD))
	@tools/build-tests.sh $(BUILD) $(JOBS)
	@tools/run-tests.sh $(BUILD) $(ROOMS)

check:
	@tools/bootstrap.sh check
	@$(call configure,$(BUILD))
	@tools/check.sh $(BUILD)

format:
	@tools/check.sh --format

asan:
	@tools/bootstrap.sh test
	@$(call configure,$(BUILD)-asan,-DGRADUS_SANITIZE=address$(comma)undefined)
	@tools/asan.sh $(BUILD)-asan $(JOBS) $(ROOMS)

tsan:
	@tools/bootstrap.sh test
	@$(call configure,$(BUILD)-tsan,-DGRADUS_SANITIZE=thread)
	@tools/build-tests.sh $(BUILD)-tsan $(JOBS)
	@TSAN_OPTIONS=halt_on_error=1:allocator_may_return_null=1 GRADUS_SHORT=1 tools/run-tests.sh $(BUILD)-tsan base plan/test_functions \
		plan/test_batch_sizes cpu/test_gemm data/test_loader train/test_company train/test_beside

valgrind: all
	@tools/valgrind.sh $(BUILD)

peers:
	@tools/peers.sh build/peers

bench: all
	@$(call build,$(BUILD)) --target bench
	@tools/bench.sh $(BUILD) $(BENCH)

examples: all
	@$(call build,$(BUILD)) --target examples

docs: all
	@$(call build,$(BUILD)) --target references
	@$(BUILD)/op_reference >$(BUILD)/page && cp $(BUILD)/page docs/ops.md
	@$(BUILD)/metric_reference >$(BUILD)/page && cp $(BUILD)/page docs/metrics.md
	@$(BUILD)/recipe_reference >$(BUILD)/page && cp $(BUILD)/page docs/recipe-reference.md
	@$(BUILD)/gradus schema >$(BUILD)/page && cp $(BUILD)/page docs/recipe.schema.json

course:
	@tools/bootstrap.sh course
	@$(MAKE) all
	@tools/course.sh $(BUILD) $(COURSE)

install: all
	@DESTDIR=$(DESTDIR) cmake --install $(BUILD) --prefix $(PREFIX) $(QUIET)
	@echo "installed in $(DESTDIR)$(PREFIX)"

clean:
	@rm -rf build build-asan build-clang build-clang-asan build-plain build-plain-asan $(BUILD) $(BUILD)-asan
