# Everything here needs only python3 (3.11 or newer) with venv; it is safe to repeat, and the second
# time it is fast: the environment is made again only when what it is made from has changed.

PYTHON ?= python3
VENV   ?= .venv
# Tests side by side: they wait for one another's processes more than they compute.
JOBS   ?= 3
# Other Pythons that the pure floor is tested on, where they are installed: names or paths; none: "".
PYTHONS ?= python3.12 python3.13
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
FIRST  := $(VENV)/.runs

# Damaged inputs by the thousand, `make fuzz SEED=7 RECORDINGS=3000 …`; without SEED one is drawn and
# printed. `.venv/bin/python -m tests.fuzz --seed 7 --only recordings:17` repeats one.
RECORDINGS ?= 3000
LOGS       ?= 3000
PAGES      ?= 3000
SCREENS    ?= 100
FAULTS     ?= 50

.PHONY: demo test sweeps versions fuzz lint format bench recordings snapshots pictures calibration docs clean

demo: $(FIRST)
	@$(BIN)/wvatui demo

test: $(STAMP)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

# What repeats one behaviour over many inputs of a kind: all of those that `make test` leaves out.
sweeps: $(STAMP)
	WVATUI_TEST_SWEEPS=all $(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m sweep

# Each has an environment of its own, .venv/python3.12 and so on.
versions: $(STAMP)
	@set -e; for python in $(PYTHONS); do \
	  if ! $$python -c 'import venv' 2>/dev/null; then echo "$$python is not installed: skipped"; continue; fi; \
	  echo "$$python: tests of wvatui/core"; \
	  own=$(VENV)/$$(basename $$python); \
	  $(MAKE) --no-print-directory PYTHON=$$python VENV=$$own $$own/.ready; \
	  $$own/bin/python -m pytest -n $(JOBS) --dist worksteal tests/core/events tests/core/fold tests/core/log tests/core/rules; \
	done

fuzz: $(STAMP)
	$(BIN)/python -m tests.fuzz $(if $(SEED),--seed $(SEED)) --recordings $(RECORDINGS) \
	  --logs $(LOGS) --pages $(PAGES) --screens $(SCREENS) --faults $(FAULTS)

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)
	$(BIN)/python -m bench

recordings: $(STAMP)
	$(BIN)/python -m bench.recordings

pictures: $(STAMP)
	$(BIN)/python -m bench.picture
	$(BIN)/python -m bench.page_picture

# Needs the recorded run beside the checkout, and says so where it is absent.
calibration: $(STAMP)
	$(BIN)/python -m bench.calibration --svg docs/calibration.svg

docs: pictures
	$(BIN)/python -m bench.keytable

snapshots: $(STAMP)
	KEEP_SNAPSHOTS=1 $(BIN)/python -m pytest tests/ui/test_snapshots.py

clean:
	rm -rf $(VENV) .bench .fuzz dist build

# $(call installed,WHAT): by pip, counting the packages on a terminal. What pip says is shown when it fails.
installed = log=$(VENV)/setup.log; \
  $(BIN)/python -m pip install --no-color --progress-bar off --disable-pip-version-check -c requirements.lock $(1) \
    > $$log 2>&1 & pip=$$!; passed=0; trap 'kill $$pip; exit 130' INT TERM; \
  while [ -t 1 ] && kill -0 $$pip 2> /dev/null; do \
    printf '\r  %d s, %d packages ' $$passed "$$(grep -c '^Collecting' $$log)"; \
    sleep 1; passed=$$((passed + 1)); done; \
  [ ! -t 1 ] || printf '\r\033[K'; \
  wait $$pip || { cat $$log; exit 1; }

# What the program needs, and no more: a person who only wants to look should not wait for linters.
$(FIRST): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "wvatui needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 2; }
	@echo "setting up $(VENV), about a minute"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(call installed,hatchling editables)
	@$(call installed,--no-build-isolation -e .)
	@touch $@

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "wvatui needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 2; }
	@echo "setting up $(VENV), about a minute"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(call installed,hatchling editables)
	@$(call installed,--no-build-isolation -e '.[dev]')
	@touch $@ $(FIRST)
