# Everything a person types. Without make: the recipes below are plain commands, and
# README.md lists the two that matter.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check bench docs lock clean help

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 10

demo: .venv/demo.stamp ## Build a course on this laptop, with real submissions, and open its site
	$(BIN)/aims demo $(DEMO_OPTIONS)

test: .venv/test.stamp ## Run every check and every test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	$(BIN)/python tools/programs.py
	$(BIN)/python tools/openapi.py
	$(BIN)/pytest -n auto --dist loadfile

bench: .venv/test.stamp .venv/peers.stamp ## Measure speed beside peers and floors
	$(BIN)/python -m tools.bench

docs: .venv/test.stamp ## Build the documentation
	$(BIN)/mkdocs build --strict

lock: .venv/uv.stamp ## Resolve the dependencies again, with hashes
	$(BIN)/python tools/lock.py

clean: ## Remove what was built here
	rm -rf .venv site dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/uv.stamp: requirements/uv.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/demo.stamp: .venv/uv.stamp requirements/demo.txt pyproject.toml
	$(BIN)/uv pip install --python $(BIN)/python --require-hashes -r requirements/demo.txt
	$(BIN)/uv pip install --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

.venv/test.stamp: .venv/demo.stamp requirements/test.txt requirements/torch.txt
	$(BIN)/uv pip install --python $(BIN)/python --require-hashes -r requirements/test.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/torch.txt
	@touch $@

.venv/peers.stamp: .venv/uv.stamp requirements/peers.txt
	$(BIN)/uv venv --quiet --clear .venv/peers
	$(BIN)/uv pip install --quiet --python .venv/peers/bin/python --require-hashes -r requirements/peers.txt
	@touch $@
