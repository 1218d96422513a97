# Rasa as the interpreter, in an environment of its own (docs/rasa.md). Included by the Makefile.
VENV_RASA := .venv-rasa
# The first that runs and is 3.10: a shim of pyenv may be on the path without a Python behind it.
PYTHON310 ?= $(shell for python in python3.10 "$$HOME"/.pyenv/versions/3.10.*/bin/python3.10; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null && \
	{ command -v "$$python"; break; }; done || true)

.PHONY: rasa serve-rasa test-rasa

rasa: $(STAMPS)/rasa-python ## Rasa beside the service: own environment (2.7 GB) and training (slow)
	@deploy/rasa/train

serve-rasa: rasa ## Rasa's server on loopback, for VOICE122_NLU=rasa
	@deploy/rasa/serve

test-rasa: $(INSTALLED) rasa ## tests on a served Rasa: the interpreter contract, faults
	@TEST_RASA=1 $(BIN)/pytest tests/rasa

$(STAMPS)/rasa-python: deploy/rasa/requirements.txt deploy/rasa/constraints.txt
	@[ -n "$(PYTHON310)" ] && "$(PYTHON310)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' || \
		{ echo "Rasa needs Python 3.10; name it: make PYTHON310=/path/to/python3.10 rasa" >&2; exit 2; }
	@echo "Installing Rasa into $(VENV_RASA) (2.7 GB, minutes the first time)"
	@[ -x $(VENV_RASA)/bin/python ] || "$(PYTHON310)" -m venv $(VENV_RASA)
	@$(VENV_RASA)/bin/pip install --quiet --constraint deploy/rasa/constraints.txt \
		--requirement deploy/rasa/requirements.txt
	@mkdir -p $(STAMPS) && touch $@
