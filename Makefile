# Everything runs in a local virtual environment, .venv, made and refreshed as needed.
# Knobs: PYTHON=python3.12  PYTEST_ARGS="-k swap"  BENCH_ARGS="--quick"  NO_BROWSER=1  NO_NOVA=1  NO_LIBVIRT=1  GANETI=1
#        OLDEST=1, with clean: the oldest versions that pyproject.toml allows, to see whether they do

PYTHON ?= python3 python3.11 python3.12 python3.13 python3.14
BROWSERS := chromium chromium-browser google-chrome

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
constraints := $(if $(filter 1,$(OLDEST)),$(VENV)/oldest.txt)
INSTALL := $(PIP) install $(if $(constraints),--constraint $(constraints)) --editable

# Tests by marker that are left out: NO_BROWSER=1 leaves out those marked browser, and so on.
empty :=
space := $(empty) $(empty)
left_out := $(strip $(if $(filter 1,$(NO_BROWSER)),browser) $(if $(filter 1,$(NO_NOVA)),nova) \
	$(if $(filter 1,$(NO_LIBVIRT)),libvirt))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test lint format docs bench clean browser nova libvirt ganeti

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F '|' '{ printf "%-14s%s\n", $$1, $$2 }'

demo: $(VENV)/.stamp-run ## Plan a shipped example: the heuristic against the optimiser
	$(BIN)/vmplan plan examples/chain6.json --method aspiers
	$(BIN)/vmplan plan examples/chain6.json

test: $(VENV)/.stamp-dev browser nova libvirt ganeti ## Run all tests
	$(BIN)/python -m pytest $(if $(left_out),-m "not ($(subst $(space), or ,$(left_out)))") $(PYTEST_ARGS)

lint: $(VENV)/.stamp-dev ## Check style, formatting and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(VENV)/.stamp-dev ## Format the code and mend what can be mended by itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(VENV)/.stamp-docs ## Build the manual into site/; broken links fail
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(VENV)/.stamp-bench ## Compare heuristic and optimised plans
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

clean: ## Remove .venv, caches and build products (benchmark results stay)
	@rm -rf $(VENV) .venv-nova build dist site *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp says what is installed; it lives in .venv, so that the tree stays clean.
# The virtual environment is made anew where its Python is gone or the checkout was moved.

venv_is_good := $(shell test -x $(BIN)/python && test "$$(cat $(VENV)/.stamp-venv 2>/dev/null)" = "$$(pwd -P)" && echo yes)
ifneq ($(venv_is_good),yes)
.PHONY: $(VENV)/.stamp-venv
endif

$(VENV)/.stamp-venv:
	@python=; \
	for candidate in $(PYTHON); do \
		if $$candidate -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
		then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "error: no Python >= 3.11 with the venv module among: $(PYTHON)" >&2; \
		echo "       Install one (on Debian and Ubuntu also python3-venv), or name it: make PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi; \
	echo "Setting up $(VENV) with $$($$python --version); the first time takes a minute or two" >&2; \
	$$python -m venv --clear $(VENV)
	@pwd -P > $@

$(VENV)/oldest.txt: pyproject.toml tests/oldest.py $(VENV)/.stamp-venv
	@$(BIN)/python tests/oldest.py $< > $@

# What is compiled is kept beside its source, so that no plan has to wait for it; without it all goes on in Python.
compile := $(BIN)/python -m heuristics.compiled >/dev/null || true

$(VENV)/.stamp-run: pyproject.toml $(VENV)/.stamp-venv $(constraints)
	@$(INSTALL) .
	@$(compile)
	@touch $@

$(VENV)/.stamp-bench: pyproject.toml $(VENV)/.stamp-venv $(constraints)
	@$(INSTALL) '.[bench]'
	@$(compile)
	@touch $@ $(VENV)/.stamp-run

$(VENV)/.stamp-docs: pyproject.toml $(VENV)/.stamp-venv $(constraints)
	@$(INSTALL) '.[docs]'
	@$(compile)
	@touch $@ $(VENV)/.stamp-run

$(VENV)/.stamp-dev: pyproject.toml $(VENV)/.stamp-venv $(constraints)
	@$(INSTALL) '.[dev]'
	@$(compile)
	@touch $@ $(VENV)/.stamp-run $(VENV)/.stamp-bench $(VENV)/.stamp-docs

# The nova tests talk to a real nova, which lives in an environment of its own: its pins are not ours.

nova: $(if $(filter 1,$(NO_NOVA)),,.venv-nova/.stamp)

.venv-nova/.stamp: tests/planner/clouds/openstack/nova.lock $(VENV)/.stamp-dev
	@echo "Setting up .venv-nova, a real nova for the tests (NO_NOVA=1 leaves them out); it takes a minute" >&2; \
	$(BIN)/python -m venv --clear .venv-nova
	@.venv-nova/bin/python -m pip --quiet --disable-pip-version-check --no-input install --no-deps -r $<
	@touch $@

# The libvirt tests move memory between two libvirtd; these, and what libvirt-python is built with, are the system's.

LIBVIRT := libvirt-daemon-system libvirt-clients qemu-system-x86 libvirt-dev pkg-config gcc libc6-dev
has_libvirt := { command -v libvirtd && command -v qemu-system-x86_64 && pkg-config --exists libvirt; } >/dev/null 2>&1

libvirt: $(VENV)/.stamp-dev
	@if [ "$(NO_LIBVIRT)" = 1 ]; then exit 0; fi; \
	apt="env DEBIAN_FRONTEND=noninteractive apt-get -qq"; \
	if [ "$$(id -u)" != 0 ]; then apt="sudo -n $$apt"; fi; \
	if ! $(has_libvirt) && command -v apt-get >/dev/null 2>&1 && { [ "$$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then \
		echo "Installing libvirt and QEMU for the libvirt tests (NO_LIBVIRT=1 leaves them out)" >&2; \
		$$apt update >/dev/null 2>&1; \
		$$apt install --yes --no-install-recommends $(LIBVIRT) >/dev/null 2>&1; \
	fi; \
	if ! $(has_libvirt); then echo "note: no libvirt here; its tests are left out" >&2; exit 0; fi; \
	$(BIN)/python -c 'import libvirt' 2>/dev/null || $(PIP) install libvirt-python==$$(pkg-config --modversion libvirt)

# The Ganeti tests say again what a real one answered; GANETI=1 holds them against a real one, and keeps its answers.

GANETI_PACKAGES := ganeti ganeti-3.0 openssh-server iproute2

ganeti:
	@if [ "$(GANETI)" != 1 ] || [ -x /usr/lib/ganeti/tools/vcluster-setup ]; then exit 0; fi; \
	apt="env DEBIAN_FRONTEND=noninteractive apt-get -qq"; \
	if [ "$$(id -u)" != 0 ]; then apt="sudo -n $$apt"; fi; \
	echo "Installing Ganeti for its tests" >&2; \
	$$apt update >/dev/null && $$apt install --yes --no-install-recommends $(GANETI_PACKAGES) >/dev/null

# The browser tests drive a Chromium of the system; where one can be installed without asking, it is.

has_browser := { false $(foreach browser,$(BROWSERS),|| command -v $(browser) >/dev/null 2>&1); }

browser:
	@if [ "$(NO_BROWSER)" = 1 ] || $(has_browser); then exit 0; fi; \
	apt="env DEBIAN_FRONTEND=noninteractive apt-get -qq"; \
	if [ "$$(id -u)" != 0 ]; then apt="sudo -n $$apt"; fi; \
	if command -v apt-get >/dev/null 2>&1 && { [ "$$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then \
		echo "Installing chromium for the browser tests (NO_BROWSER=1 leaves them out)" >&2; \
		$$apt update >/dev/null 2>&1; \
		$$apt install --yes --no-install-recommends chromium >/dev/null 2>&1; \
	fi; \
	$(has_browser) || echo "note: none of $(BROWSERS) here; install one, or leave the browser tests out: NO_BROWSER=1" >&2
