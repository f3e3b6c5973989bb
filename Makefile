# The two commands of the README are `make demo` and `make test`. Each makes .venv first.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
LOCK := autograder/requirements.lock
# uv doesn't read pip's configuration: it gets the index and folders of wheels from there. Not the
# extra indexes: to uv they come first, also where the main one has a wheel that fits better.
INDEXES = eval "$$($(BIN)/pip config list | sort -r | sed -n \
	-e 's/^.*\.find-links=/export UV_FIND_LINKS=/p' \
	-e 's/^.*\.index-url=/export UV_DEFAULT_INDEX=/p')"
# The lock constrains and doesn't list what to install: so torch's CUDA packages come only where the
# torch that is found needs them. Bytecode is written once: where PYTHONDONTWRITEBYTECODE is set, each
# process would compile torch anew. `--mend` compiles librosa's functions before any two processes do so at
# once: see exercise_lib/environment/machine_code.py.
INSTALL = $(INDEXES); $(BIN)/uv pip install --compile-bytecode --python $(BIN)/python \
	--constraint $(LOCK) --build-constraint $(LOCK)
CODE := autograder benchmarks data exercise_lib/*/ solutions tests  # files of exercise_lib are stubs

.PHONY: demo test test-slow lab lecture preview build grade bench bench-grading corpus lock clean

demo: $(READY)            ## build, hand out, collect, grade and report on a sample cohort
	$(BIN)/python -m autograder demo

# A test that crashes ends the run: pytest-xdist would start another worker and then wait for ever.
test: $(READY)            ## lint, formatting, types, and every test that needs no browser
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 --dist loadgroup --max-worker-restart 0

test-slow: $(READY)       ## browser tests, real human recordings (Debian packages), more faults
	$(BIN)/python -m pytest -m slow

lab: $(READY)             ## JupyterLab on the notebooks
	$(BIN)/jupyter lab notebooks/00_start_here.ipynb

lecture: $(READY)         ## the alignment demo for the projector
	$(BIN)/python -m autograder lecture

preview: $(READY)         ## all notebooks, solved and run, as a site in build/preview
	$(BIN)/python -m autograder preview

build: $(READY)           ## everything that is generated from solutions/
	$(BIN)/python -m autograder build

grade: $(READY)           ## make grade SUBMISSIONS=folder/of/students ASSIGNMENT=name, or neither
	$(BIN)/python -m autograder grade $(SUBMISSIONS) $(if $(ASSIGNMENT),--assignment $(ASSIGNMENT))

bench: $(READY)           ## what a check costs, how well the kept weights speak, what a laptop learns
	$(BIN)/python -m benchmarks.checking
	$(BIN)/python -m benchmarks.points
	$(BIN)/python -m benchmarks.speech
	$(BIN)/python -m benchmarks.alignment
	$(BIN)/python -m benchmarks.training
	$(BIN)/python -m benchmarks.scenes
	$(BIN)/python -m benchmarks.clip
	$(BIN)/python -m benchmarks.codebooks
	$(BIN)/python -m benchmarks.diffusion
	$(BIN)/python -m benchmarks.dit
	$(BIN)/python -m benchmarks.unclip
	$(BIN)/python -m benchmarks.stable_audio
	$(BIN)/python -m benchmarks.jukebox
	$(BIN)/python -m benchmarks.valle
	$(BIN)/python -m benchmarks.melle
	$(BIN)/python -m benchmarks.music
	$(BIN)/python -m benchmarks.encodec

bench-grading: $(READY)   ## what grading a cohort costs: nbgrader, workers, Dask (half an hour)
	$(BIN)/python -m benchmarks.grading

corpus: $(READY)          ## make data/corpus again (needs the voice; minutes)
	@$(INSTALL) -e ".[instructor,data]"
	$(BIN)/python data/build_corpus.py

lock: $(READY)            ## every version that make installs, anew from the pins of pyproject.toml
	@$(INDEXES); UV_FIND_LINKS= $(BIN)/uv pip compile --quiet --upgrade --universal \
		--python-version 3.11 --all-extras --no-annotate --custom-compile-command "make lock" \
		pyproject.toml -o $(LOCK)

clean:                    ## remove the environment and the generated course
	rm -rf .venv autograder/course autograder/demo_course

$(READY): pyproject.toml $(LOCK)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint $(LOCK) uv
	@echo "Installing into .venv"
	@$(INSTALL) -e ".[dev,quality]" || { \
		echo "Not all could be installed: again without PESQ, which needs a C compiler."; \
		$(INSTALL) -e ".[dev]"; }
	$(BIN)/python -m exercise_lib.environment --mend
	touch $@
