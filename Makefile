# The two commands of the README are `make demo` and `make test`. Each makes .venv first.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
SUBMISSIONS ?= autograder/course/submitted

.PHONY: demo test test-slow lab lecture build grade bench bench-grading corpus clean

demo: $(READY)            ## build, hand out, collect, grade and report on a sample cohort
	$(BIN)/python -m autograder demo

test: $(READY)            ## lint, formatting, types, and every test that needs no browser
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 --dist loadgroup

test-slow: $(READY)       ## browser tests and real human recordings (Debian packages)
	$(BIN)/python -m pytest -m slow

lab: $(READY)             ## JupyterLab on the notebooks
	$(BIN)/jupyter lab notebooks/00_start_here.ipynb

lecture: $(READY)         ## the alignment demo for the projector
	$(BIN)/python -m autograder lecture

build: $(READY)           ## everything that is generated from solutions/
	$(BIN)/python -m autograder build

grade: $(READY)           ## make grade SUBMISSIONS=folder/of/students
	$(BIN)/python -m autograder grade $(SUBMISSIONS)

bench: $(READY)           ## what a check costs, how well the kept weights speak, what a laptop learns
	$(BIN)/python -m benchmarks.checking
	$(BIN)/python -m benchmarks.speech
	$(BIN)/python -m benchmarks.training

bench-grading: $(READY)   ## what grading a cohort costs: nbgrader, workers, Dask (half an hour)
	$(BIN)/python -m benchmarks.grading

corpus: $(READY)          ## make data/corpus again (needs the voice; minutes)
	$(BIN)/pip install --quiet -e ".[instructor,data]"
	$(BIN)/python data/build_corpus.py

clean:                    ## remove the environment and the generated course
	rm -rf .venv autograder/course autograder/demo_course

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet -e ".[dev]"
	$(BIN)/python -m exercise_lib.doctor.environment --mend
	touch $@
