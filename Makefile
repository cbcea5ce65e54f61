# `make demo` to try it, `make test` to test it, `make runtime` to run it. Everything they need is
# installed by themselves: Python packages into .venv, and (as root, by apt) MariaDB and Chromium for
# the tests.
.PHONY: runtime setup demo test check format lock bench soak

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" pyproject.toml

runtime: $(BIN)/sspanel-im

setup: $(VENV)/.development $(BIN)/sspanel-im
	@bash tests/setup/system-packages

$(VENV)/.runtime: requirements.txt
	@echo "Installing the Python packages into $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements.txt
	@touch $@

$(BIN)/sspanel-im: $(VENV)/.runtime
	@printf '%s\n' '#!/bin/sh' '# The command: run.py of this checkout.' \
		'exec "$(CURDIR)/$(BIN)/python" "$(CURDIR)/run.py" "$$@"' >$@
	@chmod +x $@

$(VENV)/.development: requirements-dev.txt $(VENV)/.runtime
	@$(PIP) -r requirements-dev.txt
	@touch $@

demo: $(BIN)/sspanel-im
	@exec $(BIN)/python run.py demo

# Most tests wait for something most of the time, so two processors do with four workers. The tests
# name the files that take long, which begin first.
test: setup
	@$(BIN)/python -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.development
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/pyright --warnings
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.checks.translations
	@$(BIN)/python -m tests.checks.locked_dependencies

bench: setup
	@$(BIN)/python -m bench.answers
	@$(BIN)/python -m bench.sending
	@$(BIN)/python -m bench.queue
	@$(BIN)/python -m bench.broadcast --rate 1000
	@$(BIN)/python -m bench.broadcast

soak: setup
	@$(BIN)/python -m bench.crash kills --engine mariadb
	@$(BIN)/python -m bench.crash kills --engine sqlite
	@$(BIN)/python -m bench.crash database
	@$(BIN)/python -m bench.crash takeovers
	@$(BIN)/python -m bench.crash troubles

format: $(VENV)/.development
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

lock: $(VENV)/.development
	@$(LOCK) --output-file requirements.txt
	@$(LOCK) --group dev --output-file requirements-dev.txt
