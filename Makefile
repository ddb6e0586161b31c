# Every target makes what it needs; PYTHON names the interpreter for the virtual environment.
PYTHON ?= python3
BIN := .venv/bin
PYTHON_NEWEST ?= python3.13
NEWEST := .venv-newest/bin/python
JOBS ?= 2
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: bench test newest full chromium spark arrays ray distributed lint types docs gallery readme results default speed equivalence equivalence-versions claims-fuzz probabilities costs decisions threshold rounds nested promises answer path damaged serving clean

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

# A stamp is remade when a dependency moves. pip reads the user's own index settings.
.venv/benchmark: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) -e '.[bench,xgboost-cpu,lightgbm,catboost]'
	touch $@

.venv/installed: .venv/benchmark
	$(PIP) -e '.[dev]'
	touch $@

bench: .venv/benchmark  ## the tiny suite on real data: table printed, results and report under runs/
	$(BIN)/boostweights bench --suite tiny

# Tests start some hundred processes, each of which would compile the package again.
test newest full: export PYTHONDONTWRITEBYTECODE :=

test: .venv/installed lint types
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

# The newest versions that resolve, so without constraints.txt.
.venv-newest/installed: pyproject.toml
	test -x $(NEWEST) || $(PYTHON_NEWEST) -m venv .venv-newest
	$(NEWEST) -m pip install --quiet --disable-pip-version-check --upgrade --upgrade-strategy eager \
		-e '.[xgboost-cpu,lightgbm,catboost,ydf,perpetual,interpret,frames,arrays,bench,cli,excel,serving]' \
		array-api-strict hatchling hypothesis pytest pytest-xdist shap
	touch $@

newest:  ## the quick tests of what depends on the libraries most, on Python 3.13 and the newest versions
	if $(PYTHON_NEWEST) -c 'import ensurepip, venv' 2>/dev/null; then \
		$(MAKE) --no-print-directory .venv-newest/installed && \
		$(NEWEST) -m pytest -n $(JOBS) --dist worksteal \
			tests/adapters tests/equivalence tests/estimator tests/regressions tests/serving; \
	else \
		echo "make newest is skipped: $(PYTHON_NEWEST), with its venv module, is not installed"; test -z "$$CI"; \
	fi

full: .venv/installed  ## the tests that `make test` leaves out: the matrix of forms, and those of tests/long.txt
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m full

chromium:  ## the browser of tests/browser, from the system's packages where it is missing
	if ! { command -v chromium && command -v chromedriver; } >/dev/null; then \
		$(SUDO) apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -qq -y --no-install-recommends chromium chromium-driver; \
	fi

spark:  ## the Java of tests/distributed and tests/frames, from the system's packages where it is missing
	if ! command -v java >/dev/null; then \
		$(SUDO) apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -qq -y --no-install-recommends default-jre-headless; \
	fi

arrays: .venv/installed  ## labels as torch and jax arrays, which it installs: gigabytes on Linux, for torch brings CUDA along
	$(PIP) torch jax
	$(BIN)/python -m pytest tests/weighting/test_arrays.py tests/estimator/test_arrays.py

ray: .venv/installed  ## Ray installed beside all else, then counts, weights and trainings of two workers, and docs/ray.md
	$(PIP) -e '.[ray]'
	$(BIN)/python -m pytest -m "full or not full" tests/distributed/test_ray.py "tests/docs/test_docs.py::test_a_page_runs_and_prints_what_it_says[docs/ray.md]"

distributed: .venv/installed  ## how far Dask's and Spark's models are from those of one machine
	$(BIN)/python -m benchmarks.distributed.measure

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed
	$(BIN)/mypy

docs: .venv/installed  ## the documentation, into site/ (open site/index.html); a broken link or reference fails
	$(BIN)/mkdocs build --strict

gallery: .venv/installed  ## the scripts of examples/gallery run, their pictures into docs/gallery/
	cd docs/gallery && for script in ../../examples/gallery/*.py; do ../../$(BIN)/python $$script || exit; done

readme: .venv/installed  ## each environment that the README names, installed by itself, and its blocks run there
	$(BIN)/python -m pytest -m full tests/test_readme.py

equivalence: .venv/installed  ## every claimed cell trained: all tests of forms, then the page from real data
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "full or not full" tests/equivalence tests/regressions
	PYTHONPATH=tests $(BIN)/python -m benchmarks.equivalence.measure --jobs $(JOBS)
	$(BIN)/python -m benchmarks.equivalence.page

PAIRS ?= 1200
SEED ?= 0
claims-fuzz: .venv/installed  ## random claims of every library, both sides trained by hand; resumable, about ten minutes
	PYTHONPATH=tests $(BIN)/python -m benchmarks.fuzz.measure --pairs $(PAIRS) --seed $(SEED)

equivalence-versions: .venv/installed  ## the quick claims, corrections, paths and commands on the oldest and the newest versions, environments apart
	$(BIN)/python benchmarks/equivalence/versions.py

results: bench .venv/installed  ## make bench, published: benchmarks/results/tiny/ and the table of docs/findings.md
	$(BIN)/python -m benchmarks.publish runs/tiny

default: .venv/installed  ## the published measurement, about four hours, resumable; then its tables, docs/claims.md and the findings
	for suite in default multiclass ordered noise cap; do $(BIN)/boostweights bench --suite $$suite --jobs $(JOBS) || exit; done
	for suite in default multiclass ordered noise cap; do $(BIN)/python -m benchmarks.publish runs/$$suite || exit; done

forecast: .venv/installed  ## how long `make default` takes here, by one fold of every set, and what six hours allow
	$(BIN)/python -m benchmarks.forecast --suite default --jobs $(JOBS)

locked: .venv/installed  ## once, by whoever owns the project: the ten locked families, from a clean commit; published unchanged
	$(BIN)/boostweights bench --suite locked --jobs $(JOBS)
	$(BIN)/python -m benchmarks.publish runs/locked

RUN ?= benchmarks/results/default
verify: .venv/installed  ## a hundredth of a published run's cells trained again, and compared to the bit
	$(BIN)/boostweights bench --verify $(RUN)

probabilities costs decisions threshold rounds nested answer: .venv/installed  ## what correction restores and how many trees it fits, costs a row, decisions between classes, weight against threshold, where it is tuned, what a recommendation expects and comes to next to other tools: on real data
	$(BIN)/python -m benchmarks.$@.measure --jobs $(JOBS)
	$(if $(filter probabilities,$@),$(BIN)/python -m benchmarks.probabilities.few --jobs $(JOBS))
	$(if $(filter answer,$@),$(BIN)/python -m benchmarks.answer.rivals --jobs $(JOBS))
	$(if $(filter answer,$@),$(BIN)/python -m benchmarks.answer.classes --jobs $(JOBS))

# FLAML wants another XGBoost, and another pandas.
.venv-flaml/installed:
	test -x .venv-flaml/bin/python || $(PYTHON) -m venv .venv-flaml
	.venv-flaml/bin/python -m pip install --quiet --disable-pip-version-check \
		'flaml[automl]>=2.3,<3' 'lightgbm>=4' 'xgboost<3' 'catboost>=1.2' 'pandas>=2,<3' 'pyarrow>=15'
	touch $@

answer: .venv-flaml/installed

promises: .venv/installed  ## promises on real data, what they cost where the truth is known, and by the rows held out
	for part in measure simulated holdout; do $(BIN)/python -m benchmarks.promises.$$part --jobs $(JOBS) || exit; done

path: .venv/installed  ## a weight path of real loans: its tables, pictures and page
	$(BIN)/python -m benchmarks.path

MODELS ?= 300
serving: .venv/installed  ## every library in every format, newest and oldest versions, compared in its runtime: the table of docs/serving.md; then exports of models with odd settings
	$(BIN)/python -m benchmarks.serving.versions
	PYTHONPATH=tests $(BIN)/python -m benchmarks.serving.fuzz --models $(MODELS) --seed $(SEED)

damaged: .venv/installed  ## how the reading of 3,000 damaged model files ends: benchmarks/results/damaged.md
	$(BIN)/python -m benchmarks.damaged.measure

warnings: .venv/installed  ## what is said of the catalogue's tables, and of faults planted in them: benchmarks/results/warnings
	$(BIN)/python -m benchmarks.warnings.measure

speed: .venv/installed  ## ratios against peers, written to benchmarks/results/speed/
	$(BIN)/python -m benchmarks.speed.run

clean:
	rm -rf .venv .venv-newest .venv-flaml .pytest_cache .mypy_cache .ruff_cache
