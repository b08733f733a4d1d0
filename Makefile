# Works from any shell and any folder (make -C). Needs Python 3.11 or later and nothing else.
.DEFAULT_GOAL := help
.PHONY: help plan test test-all lint format pages bench dev runtime lock clean check-python

INSTANCE ?= complete-journey
GAP ?= 1e-3
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONPATH PYTHONHOME

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

plan: runtime ## from nothing to a subsidy plan on the screen (INSTANCE=, GAP=)
	.venv/bin/fairpool solve instances/$(INSTANCE) --out plans/$(INSTANCE) --gap $(GAP)

test: dev ## every test but the full-volume ones
	.venv/bin/python -m pytest

test-all: dev ## every test, at full volume; installs PostgreSQL and Chromium where it can
	@.ci/services
	.venv/bin/python -m pytest --full

lint: dev ## style, types and import rules
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache

format: dev ## rewrite the code in the house style
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

pages: dev ## write anew what is made from the sources: findings, words, the output that README shows
	.venv/bin/python scripts/findings_page.py
	.venv/bin/python scripts/catalogue.py
	.venv/bin/python scripts/chinese_words.py
	.venv/bin/python scripts/console_blocks.py README.md docs/*.md

bench: dev ## the scale ladder and the peers, phases timed apart
	.venv/bin/python -m benchmarks

dev: ## the environment for development, .venv
dev runtime: check-python
	@"$(PYTHON)" scripts/ensure_venv.py $@

check-python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo \
	"fairpool needs Python 3.11 or later on the PATH (or: make PYTHON=/path/to/python3.11)" >&2; exit 1; }

# The locks hold hashes for every platform, and name no registry: pip uses the one it is configured for.
LOCK = uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate pyproject.toml

lock: ## resolve the dependencies anew (needs uv)
	$(LOCK) --group dev --output-file requirements-dev.lock
	$(LOCK) --group build --constraints requirements-dev.lock --output-file requirements.lock

clean: ## remove what can be made again
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
