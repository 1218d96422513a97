# voice122: everything that a newcomer, an editor or a developer runs. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := var/stamps
INSTALLED := $(VENV)/.installed

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help call test test-asterisk lint serve asterisk bench setup clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | \
		awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

call: setup ## set everything up, then listen to three phone calls being handled
	@deploy/demo-call

test: setup $(STAMPS)/test-models $(STAMPS)/test-system ## the whole test suite, on real engines
	@$(MAKE) --no-print-directory lint
	@$(BIN)/pytest

test-asterisk: setup $(STAMPS)/test-models ## real Asterisk, real telephones (root; minutes)
	@tests/asterisk/run

lint: $(INSTALLED) ## ruff, mypy strict, import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

serve: setup ## the service: HTTP API on loopback
	@$(BIN)/voice122 serve

asterisk: setup ## a private Asterisk for trying it out with any softphone [ADDRESS=this machine's]
	@deploy/asterisk/try $(ADDRESS)

bench: setup $(STAMPS)/test-models ## measurements, printed as tables (takes minutes)
	@$(BIN)/python -m bench

setup: $(STAMPS)/system $(STAMPS)/models $(STAMPS)/trained ## environment, system packages, models, training

clean: ## forget the environment, models, caches and the store
	rm -rf $(VENV) var

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name it: make PYTHON=python3.11 call" >&2; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null; \
		  else echo "venv is missing; run: sudo apt-get install -y python3-venv" >&2; exit 2; fi; }
	@echo "Installing pinned dependencies into $(VENV) (a few minutes the first time)"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(STAMPS)/system: deploy/system-packages $(INSTALLED)
	@deploy/system-packages
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/models: models/catalogue.yaml $(INSTALLED)
	@$(BIN)/voice122 models fetch
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/test-models: models/catalogue.yaml $(INSTALLED)
	@$(BIN)/voice122 models fetch whisper-base silero-vad vosk-ko
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/test-system: deploy/test-packages
	@deploy/test-packages
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/trained: $(STAMPS)/models $(shell find nlu_data/nlu dialog/nlu -name '*.yml' -o -name '*.py')
	@$(BIN)/voice122 train
	@mkdir -p $(STAMPS) && touch $@

include deploy/rasa/rasa.mk
