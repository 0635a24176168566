# Two commands: `make report` runs the main job, `make test` passes the tests. Each sets up what it needs, once.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export MKL_NUM_THREADS ?= 1

.PHONY: report proof test types suite bench corpus sample docs clean

report: $(READY)
	$(BIN)/gradcheck run

proof: $(READY)
	$(BIN)/gradcheck run --cases 20000 --jobs 2 --out reports/proof

test: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(MAKE) --no-print-directory --jobs 2 types suite

types: $(READY)
	$(BIN)/mypy

# Byte code is kept, whatever the environment says: many processes are started, and each would compile everything.
suite: $(READY)
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n logical --maxprocesses 8 --dist worksteal

corpus: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	$(BIN)/python -m tests.corpus

bench: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	$(BIN)/python -m benchmarks

sample: $(READY)
	$(BIN)/python -m tests.report.kept

# Not --quiet: that drops the warnings before they are counted, and nothing would be strict.
docs: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	$(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $(READY)
