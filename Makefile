# The project's tasks. Only Python 3.11 or newer and make are assumed; everything else is installed
# into .venv from requirements.lock, with its hashes, and cached.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TESTS := $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --cov
FAST := tests/unit tests/architecture/test_errors.py tests/architecture/test_layers.py
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test check bench soak fuzz docs lock clean

demo: $(STAMP)
	$(BIN)/franca demo

# The rest of the tests, after the fast ones that `check` has run: what both cover of the pure layers counts. They wait
# for services half of the time, so a worker more than `check` has does not crowd two cores.
test: check
	$(TESTS) --numprocesses 3 --cov-append $(addprefix --ignore=,$(FAST)) tests

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(TESTS) --cov-report= --cov-fail-under=0 $(FAST)

bench: $(STAMP)
	$(BIN)/python -m bench

soak: $(STAMP)
	$(BIN)/python -m pytest --soak tests/integration/whole tests/integration/test_archive_replay.py \
		tests/integration/test_bench.py tests/integration/test_changed_model.py tests/integration/test_control.py \
		tests/integration/test_delta_sink.py tests/integration/test_lake_killed.py

# Mutated messages through decode, mappings and sinks: `make fuzz N=10000 SEED=7`. What is not survived stays in .fuzz/.
N ?= 1000000
SEED ?= 1
fuzz: $(STAMP)
	$(BIN)/python -m tests.fuzz --count $(N) --seed $(SEED)

docs: $(STAMP)
	$(BIN)/python -m docs.generate

lock:
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-annotate \
		--no-header --extra local --group dev pyproject.toml --output-file requirements.lock

clean:
	rm -rf $(VENV) dist build .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .fuzz

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "franca needs Python 3.11 or newer, got " + sys.version.split()[0] + "; try make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing what franca needs into $(VENV) (about 700 MB, once)"
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --quiet --no-build-isolation --no-deps --editable .
	@touch $(STAMP)
