# finishline: the commands a newcomer needs. `make demo` and `make test` work on a bare machine.
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo install install-dev test test-dashboard test-others check format clean help

help:
	@echo "make demo      install what is missing, simulate a race, tag it live, open the dashboard"
	@echo "make install   the command $(BIN)/finishline"
	@echo "make test      unit and end-to-end tests"
	@echo "make check     ruff, format, mypy --strict"

demo: install
	$(BIN)/finishline demo $(if $(DEMO_SECONDS),--seconds $(DEMO_SECONDS))

install:
	@docker/prepare.sh apt docker/apt-runtime.txt
	@docker/prepare.sh venv $(VENV)

install-dev:
	@docker/prepare.sh apt docker/apt-runtime.txt docker/apt-test.txt
	@docker/prepare.sh venv $(VENV) dev

# One process for each layer: its tests meet only the native libraries that the layer needs. The
# dashboard's mostly wait for a browser, so the others run beside them, and after those some of the
# dashboard's: so both sides take about as long.
APART = access feeds recognition uploads video
test: install-dev
	$(MAKE) --no-print-directory -j2 --output-sync=line test-dashboard test-others

test-dashboard:
	$(BIN)/python -m pytest -q tests/dashboard $(APART:%=--ignore=tests/dashboard/%)

test-others:
	$(BIN)/python -m pytest -q tests/engines
	$(BIN)/python -m pytest -q tests/stream
	$(BIN)/python -m pytest -q tests/docker
	$(BIN)/python -m pytest -q tests/test_end_to_end.py
	$(BIN)/python -m pytest -q $(APART:%=tests/dashboard/%)

check: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: install-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build dist *.egg-info demo-race
