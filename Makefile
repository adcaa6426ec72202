# The project's tasks. Only Python 3.11 or newer and make are assumed; everything else is installed
# into .venv from requirements.lock, with its hashes, and cached: by uv in a third of the time, or by pip where only its
# configuration knows the way, or where there is no uv for the machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TESTS := $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --cov
FAST := tests/unit tests/architecture/test_errors.py tests/architecture/test_layers.py
PIP := $(BIN)/python -m pip --disable-pip-version-check

# The tests start some thousand processes of franca: where nothing may be kept, each compiles it anew (0.2 s).
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-spark35 check bench bench-proof soak engines fuzz docs lock clean

demo: $(STAMP)
	$(BIN)/franca demo

# The rest of the tests, after the fast ones that `check` has run: what both cover of the pure layers counts. They wait
# for services half of the time, so a worker more than `check` has does not crowd two cores.
test: check
	$(TESTS) --numprocesses 3 --cov-append $(addprefix --ignore=,$(FAST)) tests

# The tests of Spark on its older line, as on Glue 5.1: what else they need is taken from .venv.
OLDER := $(VENV)-spark35
test-spark35: $(STAMP) $(OLDER)
	@echo "installing Spark 3.5 into $(OLDER) (about 400 MB, once)"
	@$(OLDER)/bin/python -m pip --disable-pip-version-check install --quiet --no-deps 'pyspark>=3.5.5,<3.6' 'py4j==0.10.9.7'
	$(OLDER)/bin/python -m pytest tests/spark

.PHONY: $(OLDER)
# `addsitedir`, so that what .venv knows by a file of paths only, as franca itself, is found too.
$(OLDER):
	@test -x $(OLDER)/bin/python || $(BIN)/python -m venv $(OLDER)
	@$(BIN)/python -c 'import sysconfig; print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))' > \
		$$($(OLDER)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/zz-franca.pth

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	MYPY_NUM_WORKERS=2 $(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(TESTS) --cov-report= --cov-fail-under=0 $(FAST)

bench: $(STAMP)
	$(BIN)/python -m bench

# Franca beside batches and other streams: hours, or `make bench-proof PROOF="--repetitions 1"`. Each finished
# measurement is kept in .proof/, so that it goes on after a stop. Fails where a ratio is missed.
bench-proof: $(STAMP)
	$(BIN)/python -m bench.proof $(PROOF)

# What takes long, and what has a longer form than in `make test`.
soak: $(STAMP)
	$(BIN)/python -m pytest --soak -m soak tests
	$(BIN)/python -m pytest --soak tests/integration/whole/test_killed.py tests/integration/test_lake_killed.py

# The lake and its views on other engines: Trino (821 MB to fetch, once; wants Java 24 or newer, named in JAVA_HOME
# where it is not beside the one on the path), BigQuery's SQL (65 MB), and DuckDB's own reader of Delta tables.
engines: $(STAMP)
	$(BIN)/python -m tests.engines
	$(BIN)/python -m pytest --engines tests/engines tests/spark/test_views.py tests/spark/test_backfill.py

# Mutated messages through decode, mappings and sinks, and the views of random models: `make fuzz N=10000 MODELS=100
# SEED=7`. What is not survived stays in .fuzz/.
N ?= 1000000
MODELS ?= 1000
SEED ?= 1
fuzz: $(STAMP)
	$(BIN)/python -m tests.fuzz --count $(N) --seed $(SEED)
	$(BIN)/python -m tests.models --count $(MODELS) --seed $(SEED)

docs: $(STAMP)
	$(BIN)/python -m docs.generate

lock:
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-annotate \
		--no-header --extra local --extra spark --group dev pyproject.toml --output-file requirements.lock

clean:
	rm -rf $(VENV) $(OLDER) dist build .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .fuzz

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "franca needs Python 3.11 or newer, got " + sys.version.split()[0] + "; try make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing what franca needs into $(VENV) (about 700 MB, once)"
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.lock
	@sed '/^uv==/,/[^\\]$$/d' requirements.lock > $(VENV)/others.lock
	@{ $(PIP) install --quiet --require-hashes --requirement $(VENV)/uv.lock && \
		$(BIN)/uv pip install --python $(BIN)/python --require-hashes --requirement requirements.lock; } || \
		{ echo "uv could not install them: pip does, in three times the time" && \
		$(PIP) install --quiet --require-hashes --requirement $(VENV)/others.lock; }
	@$(PIP) install --quiet --no-build-isolation --no-deps --editable .
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib src || true  # once, also where Python may write no such files later
	@touch $(STAMP)
