# The chores of this project; `make` alone lists them. On a fresh machine `make demo` or `make test` is all it takes.

.DEFAULT_GOAL := help

PYTHON ?= python3
ARGS ?=
EXAMPLES ?= 1000
REQUESTS ?= 10000
SEED ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CODE := $(wildcard src tests benchmarks)

LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --quiet $(ARGS)

.PHONY: help setup demo run test check clients fuzz chaos bench format lock clean lint browser firefox servers

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## Make .venv with the arenabridge command in it (nothing to do when nothing changed)

demo: setup browser ## Show the main job with a simulated site, until Ctrl-C (ARGS="--once --port 0" ends by itself)
	@$(BIN)/arenabridge demo $(ARGS)

run: setup ## Start the gateway for the real site (ARGS="--port 8000" and so on)
	@$(BIN)/arenabridge serve $(ARGS)

# Two files at a time: what waits for a browser or for another process leaves the other core to somebody else.
test: lint browser firefox servers ## Check everything: lint, types, import rules and all tests, those in a browser included
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: lint ## Check quickly, before a commit: lint, types, import rules and unit tests
	$(BIN)/python -m pytest -q -n 2 tests/unit $(ARGS)

clients: setup browser ## Let real clients of seven makes hold a conversation with it (downloads them; needs Node too)
	@$(BIN)/python tests/clients/run.py $(ARGS)

fuzz: setup ## Send requests that nobody thought of, many more than the tests do (EXAMPLES=10000 and so on)
	FUZZ_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -q --timeout=0 tests/integration/gateway/test_fuzz.py $(ARGS)

chaos: setup browser servers ## Prove that no answer is lost, leaked or mixed, whatever breaks (REQUESTS=1000 SEED=7 and so on)
	CHAOS_REQUESTS=$(REQUESTS) CHAOS_SEED=$(SEED) $(BIN)/python -m pytest -q tests/chaos tests/browser/test_broken_links.py $(ARGS)

bench: setup ## Measure what a piece of an answer costs, as a ratio to a bare relay (Linux)
	@$(BIN)/python benchmarks/relaying.py

format: setup ## Format the code, and mend what the linter can mend
	$(BIN)/ruff check --fix-only --quiet $(CODE)
	$(BIN)/ruff format $(CODE)

# uv comes from the package index: `pipx install uv`, or `pip install uv` into any environment.
lock: ## Pin the dependencies anew in requirements/ (ARGS=--upgrade takes newer versions; needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: pipx install uv" >&2; exit 1; }
	$(LOCK) --output-file requirements/gateway.txt >/dev/null
	$(LOCK) --all-extras --group dev --output-file requirements/dev.txt >/dev/null
	$(LOCK) --extra replicas --extra tokens --extra pictures --extra documents --constraint requirements/dev.txt \
		--output-file requirements/server.txt >/dev/null
	$(LOCK:pyproject.toml=--group=build) --constraint requirements/dev.txt --output-file requirements/build.txt >/dev/null

clean: ## Remove what make made: .venv, caches and builds
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -exec rm -rf {} +

lint: setup
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	@if [ -x $(BIN)/biome ]; then $(BIN)/biome lint --error-on-warnings; fi
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports --no-logo

browser: setup
	@scripts/ensure-browser $(BIN)/python

firefox:
	@scripts/ensure-firefox

servers:
	@scripts/ensure-servers

# The version in __init__.py is part of what is installed.
$(READY): requirements/dev.txt pyproject.toml src/arenabridge/__init__.py scripts/set-up
	@scripts/set-up $(PYTHON) $(VENV)
	@touch $@
