# Two words are enough: `make run` and `make test`. The first use installs what is missing.
PYTHON := .venv/bin/python
FULL := faults/test_fair_delivery faults/test_tasks faults/test_processes faults/test_supervision \
  engine/test_deep_pages engine/test_differential engine/test_fair_reads engine/test_indexes \
  engine/test_strings doors/test_schemathesis
.DEFAULT_GOAL := help
.PHONY: help run test faults check bench format docs doctor clean

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

run: .venv/.current ## start Forge with embedded PostgreSQL and Valkey (or DATABASE_URL and REDIS_URL); Ctrl-C stops it
	@exec $(PYTHON) -m app run --with-parent

test: .venv/.current ## run every test on throw-away servers
	@exec $(PYTHON) -m pytest -n 3 --dist loadgroup -q

faults: .venv/.current ## what the suite tries with a small load, or on one of each kind, with the full load and on all
	@FORGE_FULL_LOAD=1 exec $(PYTHON) -m pytest -q $(FULL:%=tests/%.py)

check: .venv/.current ## lint, types, layers, migrations, generated files
	@exec .ci/check

bench: .venv/.current ## serve the same data eight ways, measure, and write docs/benchmarks.md
	@exec $(PYTHON) -m tests.benchmarks --write

format: .venv/.current ## format the code, and mend what the linter can
	@$(PYTHON) -m ruff check --fix-only -q . && exec $(PYTHON) -m ruff format -q .

docs: .venv/.current ## write the documentation that the code itself says
	@exec $(PYTHON) -m app docs

doctor: .venv/.current ## say what is wrong with this machine, the servers, the database
	@exec $(PYTHON) -m app doctor

clean: ## remove caches and the environment; FORGE_HOME, the data, stays
	rm -rf .venv .boot .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/.current: pyproject.toml uv.lock
	@.ci/bootstrap
