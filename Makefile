# make run   sets everything up and opens the window (without a display: writes pictures instead)
# make test  sets everything up and runs every check and test
# make maps  builds the maps and the atlas anew from the anatomy meshes (ANATOMY=../shared/anatomy)
# make lock  resolves the dependencies anew (needs the network)

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
PY := $(VENV)/bin/python
ANATOMY ?= ../shared/anatomy
OUT ?= out
# The interpreter that makes the environment. The lock is made for Python 3.11 and newer.
PYTHON ?= python3

.PHONY: help run test check maps lock demo clean

help:
	@sed -n '1,4s/^# //p' Makefile

# Each stamp says: this environment holds exactly what that lock names.
.make/run: requirements.lock pyproject.toml .ci/system-packages .ci/environment
	@.ci/system-packages run
	@PYTHON="$(PYTHON)" .ci/environment requirements.lock
	@mkdir -p .make && touch .make/run

.make/test: .make/run .ci/test.lock
	@.ci/system-packages test
	@PYTHON="$(PYTHON)" .ci/environment .ci/test.lock
	@mkdir -p .make && touch .make/test

run: .make/run
	@if [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ] || [ "$$(uname)" = Darwin ]; then \
	  exec $(PY) -m myomap; \
	else \
	  echo "There is no display here, so no window can open. Pictures and a sample PDF instead:"; \
	  QT_QPA_PLATFORM=offscreen $(PY) -m myomap demo --out "$(OUT)"; \
	fi

demo: .make/run
	@QT_QPA_PLATFORM=offscreen $(PY) -m myomap demo --out "$(OUT)"

test: .make/test
	@.ci/checks

check: .make/test
	@.ci/checks --static

maps: .make/test
	@PYTHONPATH=app $(PY) -m mapmaker --anatomy "$(ANATOMY)"

lock:
	@.ci/lock

clean:
	rm -rf .make build dist $(OUT)
