# Everything from a fresh machine with Python 3.11, pip and make.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv/bin
CORPORA ?= ../shared/corpora
DATA ?= ../shared/data
DEMO ?=
TESTS ?=
JOBS ?= 2
NODE ?= $(or $(SAMEBOAT_HOME),sameboat-node)
PLACE ?= cn:220200

.PHONY: help setup setup-test demo run test lint bench screenshots conformance regions clean

help:            ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

setup:           ## install everything a node needs into .venv
	@$(PYTHON) tools/bootstrap.py node

setup-test:      ## and everything the tests need
	@$(PYTHON) tools/bootstrap.py test

demo: setup      ## replay November 2005 on four nodes and open their consoles (DEMO=--check: unattended)
	@$(VENV)/sameboat demo $(DEMO)

run: setup       ## serve one empty node (NODE=folder PLACE=cn:220200: another; made where it is not there)
	@test -f $(NODE)/sameboat.toml || $(VENV)/sameboat init $(NODE) --place $(PLACE)
	@$(VENV)/sameboat serve --home $(NODE)

# make test TESTS='-m faults src/sameboat/cli': those that break real nodes.
# Tests with real nodes mostly wait: two files at a time take little more than half as long.
test: setup-test ## every test (TESTS=path: these; JOBS=1: one file at a time)
	@$(VENV)/python -m pytest -n $(JOBS) --dist loadfile $(TESTS)

lint: setup-test ## format, lint, types, import contracts, house rules, catalogues
	@$(VENV)/ruff format --check .
	@$(VENV)/ruff check .
	@$(VENV)/mypy
	@$(VENV)/lint-imports
	@$(VENV)/python -m pytest tests/test_tidy.py
	@$(VENV)/python tools/i18n.py check

bench: setup-test ## the benchmarks side by side with their peers (ONLY=name: one)
	@$(VENV)/python -m benchmarks $(ONLY)

screenshots: setup-test ## the pictures of the README and the handbook
	@$(VENV)/python -m tools.screenshots

conformance: setup-test ## third-party corpora, where they are
	@$(VENV)/python -m tools.conformance --corpora $(CORPORA)

regions: setup   ## build the region packs from their sources
	@$(VENV)/python -m tools.regions.songhua --data $(DATA)
	@$(VENV)/python -m tools.regions.haihe --data $(DATA)
	@$(VENV)/python -m tools.regions.prefectures --data $(DATA)
	@$(VENV)/python -m tools.regions.huanghe --data $(DATA)

clean:           ## remove everything that can be made again
	rm -rf .venv .tools .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis sameboat-demo
	rm -rf src/sameboat/console/frontend/node_modules src/sameboat/console/static/console/build
	find src -name '*.mo' -delete
	find . -name __pycache__ -prune -exec rm -rf {} +
