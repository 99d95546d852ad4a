# What you need most:
#
#   make run     start the bot; without any token, a chat in this terminal
#   make test    style, types, floors and tests
#
# Both prepare .venv by themselves; after that they need no network.
# ARGS goes to the program behind a target: make run ARGS="doctor",
# make bench ARGS="-k send", make lock ARGS="--upgrade".

PY ?= python3
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
# Stamps say that a lock file is installed as it stands.
RUN := $(VENV)/.installed-run
DEV := $(VENV)/.installed-dev

PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run install test lint format words checklist bench soak coverage lock clean

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

run: $(RUN) ## start the bot
	@$(BIN)/python -m bots $(ARGS)

install: $(DEV) ## prepare .venv with all that tests need

test: lint ## check everything
	$(BIN)/python -m pytest -n 2 $(ARGS)

lint: $(DEV) ## style, types and floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV) ## put the source in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The template is made anew each time and not kept. What a second run would
# change for no reason (dates, places in the source) stays out of the files.
TEMPLATE := $(VENV)/poolkeeper.pot

words: $(DEV) ## bring bots/locales up to date with the sentences in the source
	@$(BIN)/pybabel --quiet extract --no-default-keywords -k say -k says:1,2 -k word:1c,2 \
		--no-location --sort-output --width 100 --project Poolkeeper --output-file $(TEMPLATE) bots
	@for file in bots/locales/*.po; do \
		$(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete \
			--ignore-pot-creation-date --width 100 --input-file $(TEMPLATE) \
			--output-file $$file --locale $$(basename $$file .po) || exit 1; \
	done

checklist: $(DEV) ## say in docs/checklist.md which test holds which line
	@$(BIN)/python -m tests.checklist.table

bench: $(DEV) ## measure speed, alone and without a time limit
	$(BIN)/python -m pytest -m bench -s --timeout 0 $(ARGS)

soak: $(DEV) ## the long tests, without a time limit
	$(BIN)/python -m pytest -m soak --timeout 0 $(ARGS)

coverage: $(DEV) ## which branches no test takes; of the rules all are
	$(BIN)/python -m pytest -n 2 --cov --cov-report term $(ARGS)
	$(BIN)/coverage report --include 'core/domain/*' --fail-under 100

# One lock serves every platform and Python from 3.11 on. hatchling stands in it
# too, so that the project itself installs without fetching a build tool.
# Versions stay as they are unless pyproject.toml, or ARGS=--upgrade, asks for
# others. --no-config and --no-emit-*: nothing of this machine enters the file.
COMPILE := $(BIN)/uv --no-config pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links

lock: $(DEV) ## write both lock files anew
	@printf 'hatchling>=1.27\n' > $(VENV)/build-tools.in
	$(COMPILE) $(ARGS) pyproject.toml $(VENV)/build-tools.in --output-file requirements.lock
	$(COMPILE) $(ARGS) pyproject.toml $(VENV)/build-tools.in --extra dev --extra postgres \
		--constraint requirements.lock --output-file requirements-dev.lock

clean: ## remove .venv and what the tools keep; your data stays
	rm -rf $(VENV) build dist htmlcov .coverage .hypothesis .import_linter_cache
	rm -rf .mypy_cache .pytest_cache .ruff_cache
	find bots core storage tests -type d -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Poolkeeper needs Python 3.11 or newer; $(PY) is not." \
			"Name another one: make run PY=python3.11" >&2; exit 1; }
	@$(PY) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(RUN): pyproject.toml requirements.lock | $(BIN)/python
	@echo "Preparing .venv (only now, and after an update) ..."
	@$(PIP_INSTALL) --require-hashes --requirement requirements.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): pyproject.toml requirements.lock requirements-dev.lock | $(BIN)/python
	@echo "Preparing .venv for development (only now, and after an update) ..."
	@$(PIP_INSTALL) --require-hashes --requirement requirements-dev.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $(RUN) $@
