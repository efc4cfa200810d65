# Every command of the checkout; `make help` lists them.
#
# CMake builds, infra/setup installs what is missing, test/run.py runs the tests.

TRITON_VERSIONS ?=
FILTER ?=
JOBS ?= $(shell nproc)
export TRITON_VERSIONS

BUILD := build/dev
BIN := .venv/tools/bin
SETUP := infra/setup/setup
VERSIONS = $(shell TRITON_VERSIONS='$(TRITON_VERSIONS)' infra/setup/versions)
RUN = $(BIN)/python test/run.py --build $(BUILD) --filter '$(FILTER)' --triton '$(VERSIONS)'

.DEFAULT_GOAL := help
.PHONY: help setup build demo check test test-lit test-unit test-repo test-cli \
	test-package test-contribute test-python test-gpu evidence matrix bench docs wheel \
	dist release format format-check clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16
	@echo
	@echo 'TRITON_VERSIONS="3.7.1 3.8.0"  the stock releases to test (default: the oldest and the newest supported)'
	@echo 'TRITON_VERSIONS=all|newest     every supported release; the newest there is'
	@echo 'FILTER=loop-split              only tests whose name contains it'

setup: ## install what the checkout needs, where it is missing
	@$(SETUP)

build: ## build the library, triton-ext-opt and the tests into build/dev
	@$(SETUP) apt
	@[ -f $(BUILD)/build.ninja ] || cmake --preset dev
	@cmake --build $(BUILD) -j $(JOBS)

demo: build ## the attention kernel on a stock Triton, without and with loop-split
	@TRITON_VERSIONS=$(firstword $(VERSIONS)) $(SETUP) wheels
	@docs/demo/run $(BUILD) $(firstword $(VERSIONS))

check: ## one extension: NAME=loop-split is built, and its test and the repository's run
	@$(SETUP) apt tools
	@$(BIN)/python infra/setup/check '$(NAME)' --build $(BUILD) --jobs $(JOBS)

test: build ## every test that needs no GPU
	@$(SETUP) apt-test tools wheels
	@$(RUN)

test-lit: build ## the passes' own tests, and those of triton-ext-opt
	@$(SETUP) tools
	@$(RUN) lit

test-unit: build ## GoogleTests
	@$(SETUP) tools
	@$(RUN) unit

test-repo: ## what the files say of one another; seconds, nothing built
	@$(SETUP) tools
	@$(RUN) repo

test-cli: build ## the command triton-ext
	@$(SETUP) apt-test tools wheels
	@$(RUN) cli

test-package: build ## what the package ships: needs, exports, tag
	@$(SETUP) tools wheels
	@$(RUN) package

test-contribute: build ## a pass from nothing to use, in a copy of the checkout
	@$(SETUP) apt-test tools wheels
	@$(RUN) contribute

test-python: build ## the Python package on stock wheels
	@$(SETUP) apt-test tools wheels
	@$(RUN) python

test-gpu: build ## same results as stock, then how much faster; needs a GPU, torch and Triton
	@TRITON_EXT_LIBRARY=$(CURDIR)/$(BUILD)/lib/libTritonExtPassInfra.so \
	sh -c 'for test in shelf loop_split precision instruments torch_compile profiling; do \
		python3 test/gpu/$$test.py || [ $$? -eq 77 ] || failed=1; done; exit $${failed-0}'

evidence: ## NAME=loop-split [KNOBS=max-splits=2] [ARGS=--json]: what a pull request shows
	@$(MAKE) --no-print-directory build >&2
	@TRITON_VERSIONS=$(firstword $(VERSIONS)) $(SETUP) wheels >&2
	@TRITON_EXT_LIBRARY=$(CURDIR)/$(BUILD)/lib/libTritonExtPassInfra.so \
	.venv/triton-$(firstword $(VERSIONS))/bin/python test/evidence.py '$(NAME)' \
		$(if $(KNOBS),--knobs '$(KNOBS)') $(ARGS)

matrix: build ## every pass over every kernel, compiled on: [ARGS="--target sm_90 --pass loop-split"]
	@TRITON_VERSIONS='$(VERSIONS)' $(SETUP) wheels
	@for version in $(VERSIONS); do echo "=== Triton $$version"; \
	TRITON_EXT_LIBRARY=$(CURDIR)/$(BUILD)/lib/libTritonExtPassInfra.so \
	.venv/triton-$$version/bin/python test/python/matrix.py $(ARGS) || failed=1; done; exit $${failed-0}

bench: build ## every figure that needs no GPU, clean build and rebuild included
	@$(SETUP) tools wheels
	@bench/run $(BUILD)

docs: build ## the reference of the catalogue, and every pass on every kernel: Markdown, in build/dev/docs
	@TRITON_VERSIONS=$(firstword $(VERSIONS)) $(SETUP) tools wheels
	@TRITON_EXT_LIBRARY= ./triton-ext docs
	@TRITON_EXT_LIBRARY=$(CURDIR)/$(BUILD)/lib/libTritonExtPassInfra.so \
	.venv/triton-$(firstword $(VERSIONS))/bin/python test/python/page.py --out $(BUILD)/docs/kernels.md

wheel: ## dist/triton_ext-<version>-py3-none-manylinux_2_35_<arch>.whl
	@$(SETUP) apt tools
	@infra/setup/wheel

dist: ## what is released, in dist/: wheel, tarball, SHA256SUMS
	@$(SETUP) apt tools
	@infra/setup/dist

# Nothing changes but dist/, unless PUBLISH=yes, which commits and tags (and
# pushes nothing). REPEAT=no builds once instead of comparing two builds.
release: ## VERSION=0.2.0: check, build twice, show what would be tagged; PUBLISH=yes tags
	@$(SETUP) apt tools
	@$(BIN)/python infra/setup/release.py '$(VERSION)' \
		$(if $(filter yes,$(PUBLISH)),--publish) $(if $(filter no,$(REPEAT)),--no-repeat)

format: ## clang-format and ruff, in place
	@$(SETUP) tools
	@infra/setup/format

format-check: ## whether `make format` would change anything
	@$(SETUP) tools
	@infra/setup/format --check || { echo 'fix it by: make format' >&2; exit 1; }

clean: ## remove what was built; .venv stays
	@rm -rf build dist
