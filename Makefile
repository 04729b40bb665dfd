# Two commands matter: `make run` and `make test`. The others are for those who build.
PY ?= python3
V := .venv/bin
PORT ?= 8000

.PHONY: help run test check format bench drill assets lock clean

help: ## say what each command does
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

.venv/bin/python:
	@echo "1/4 environnement Python…"
	@$(PY) -m venv --without-pip .venv

.venv/.runtime: requirements.txt | .venv/bin/python
	@echo "2/4 bibliothèques (empreintes vérifiées) : une minute la première fois…"
	@$(PY) -m pip --python .venv/bin/python install -q --disable-pip-version-check --root-user-action=ignore --require-hashes -r requirements.txt
	@printf '#!/bin/sh\ncd "%s" && exec .venv/bin/python -m service "$$@"\n' "$(CURDIR)" > .venv/bin/cellule
	@chmod +x .venv/bin/cellule
	@touch $@

.venv/.test: .venv/.runtime requirements-test.txt
	@echo "bibliothèques des essais…"
	@$(PY) -m pip --python .venv/bin/python install -q --disable-pip-version-check --root-user-action=ignore --require-hashes -r requirements-test.txt
	@touch $@

run: .venv/.runtime ## install, load the demo on SQLite, serve on http://127.0.0.1:8000
	@$(V)/python -m service run --port $(PORT)

test: .venv/.test ## every test; PostgreSQL and the browser when they are there
	@PYTHONHASHSEED=0 $(V)/python -m pytest -q -n 2 --dist loadgroup

check: .venv/.test ## format, lint, types, import contracts, migrations on both databases
	$(V)/ruff format --check .
	$(V)/ruff check .
	$(V)/mypy
	$(V)/lint-imports
	$(V)/python -m tests.check_migrations

format: .venv/.test ## put the code in shape
	$(V)/ruff format .
	$(V)/ruff check --fix .

bench: .venv/.test ## side-by-side ratios, both databases
	$(V)/python -m tests.bench

drill: .venv/.test ## the long properties and the marker scan, at full size
	CELLULE_TEST_DRILL=1 $(V)/python -m pytest -q tests/drills

assets: ## build CSS and scripts again (needs node and npm)
	npm ci --ignore-scripts && npm run build

lock: ## resolve the dependencies again (needs uv)
	uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements.txt
	uv pip compile -q pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -c requirements.txt -o requirements-test.txt

clean: ## remove what was installed and the demo
	rm -rf .venv var node_modules
