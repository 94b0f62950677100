# Everything that is done here has a name; `make help` lists them.
# Written for any make, the 3.81 of macOS included.

# The Python to make the environment with; left empty, the first one that is new enough.
PYTHON ?=
# The environment. An existing one may be named, as `make test VENV="$CONDA_PREFIX"` does.
VENV ?= .venv
# Passed on: make lab ARGS="--no-browser --port 8899", make test ARGS="-k engine -x"
ARGS ?=
# How many tests run at a time: of two cores one would be idle while tests wait for a browser.
WORKERS ?= 2

ifneq ($(word 2,$(VENV)),)
$(error VENV is "$(VENV)", and make cannot work in a folder with a space in its name: name another)
endif

RUN = $(VENV)/bin/python
ALLOW_ROOT = $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: help lab test notebooks site hosts bench venv clean

help: ## list what can be made (this is what plain `make` does)
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | awk -F'|' '{ printf "make %-10s %s\n", $$1, $$2 }'

# JUPYTER_PATH: an editable install leaves JupyterLab's extensions where they are. JUPYTER_CONFIG_PATH: no
# question about news over the first lesson.
# With the environment first in PATH: a terminal in JupyterLab has its python, pip and tensorboard.
lab: $(VENV)/installed-lab ## open the lessons in JupyterLab; ARGS="--port 8899" is passed on
	@PATH="$$(cd $(VENV)/bin && pwd):$$PATH" \
	JUPYTER_CONFIG_PATH="$$PWD/tools/lab$${JUPYTER_CONFIG_PATH:+:$$JUPYTER_CONFIG_PATH}" \
	JUPYTER_PATH="$$PWD/share/jupyter$${JUPYTER_PATH:+:$$JUPYTER_PATH}" $(RUN) -m jupyterlab --ServerApp.root_dir=notebooks $(ALLOW_ROOT) $(ARGS)

test: $(VENV)/installed-test ## run all tests: units, lessons, browser; ARGS is passed on to pytest
	@$(RUN) -m tests.browser.chromium
	$(RUN) -m pytest -n $(WORKERS) --dist loadscope $(ARGS)

notebooks: $(VENV)/installed-test ## run the lessons again, store what they print, update README
	$(RUN) -m tests.notebooks.regenerate
	$(RUN) -m tools.readme

site: $(VENV)/installed-site ## build the website of the lessons in _site
	$(RUN) -m tools.site

hosts: $(VENV)/installed-test ## try every host of the widgets with a browser; ARGS=marimo for one
	$(RUN) -m tools.hosts $(ARGS)

bench: $(VENV)/installed-bench ## measure the engine against its peers
	$(RUN) -m benchmarks $(ARGS)

venv: ## make the environment and install nothing into it
	@PYTHON="$(PYTHON)" sh tools/python.sh tools/install.py "$(VENV)"

clean: ## remove the environment and everything else that can be made again
	rm -rf .venv _site build dist *.egg-info .pytest_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

# One stamp for each set of packages: while it is newer than what it was made from, a run
# starts at once.
$(VENV)/installed-%: pyproject.toml tools/install.py
	@PYTHON="$(PYTHON)" sh tools/python.sh tools/install.py "$(VENV)" $*
