# Each target sets up what it needs: Python 3.11 or newer, make and git are enough.
# ARGS goes to the command: make test ARGS="-k ledger"

LOCK := requirements-dev.lock
PY := .venv/bin/python
# The stamp carries the lock's checksum: a changed lock is installed, an unchanged one never twice.
READY := .venv/ready-$(firstword $(shell cksum $(LOCK)))

# Nothing of the caller's own Python may reach into the virtual environment.
unexport PYTHONHOME PYTHONPATH PYTHONSAFEPATH PYTHONUSERBASE PYTHONDONTWRITEBYTECODE VIRTUAL_ENV __PYVENV_LAUNCHER__
unexport PIP_TARGET PIP_PREFIX PIP_ROOT PIP_CONSTRAINT PIP_PYTHON
export PIP_USER = 0
export PIP_REQUIRE_VIRTUALENV = 0
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_NO_INPUT = 1

# A virtual environment whose Python or pip is gone counts as none.
ifneq ($(shell $(PY) -I -c 'import pip, sys; print(sys.version_info >= (3, 11))' 2>/dev/null),True)
.PHONY: $(READY)
endif

.DEFAULT_GOAL := help
.PHONY: help run story test lint bench soak peers format clean lock

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: $(READY) ## a local Discord, GitHub and Railway with this bot in it: no token, no internet
	@$(PY) -m bot sandbox $(ARGS)

story: $(READY) ## the whole path from a fault to a merged fix that is verified, played without hands
	@$(PY) -m bot sandbox --story $(ARGS)

test: $(READY) ## the tests, on all cores
	@$(PY) -m pytest -n auto --maxprocesses 8 --dist worksteal $(ARGS)

lint: $(READY) ## style, types, import contracts and workflow security
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy
	@$(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()' --no-logo
	@.venv/bin/zizmor --offline --quiet --persona auditor .github/workflows

bench: $(READY) ## what it costs, beside its peers: a log call, redaction, a look into the log, a storm, start-up, replicas
	@$(MAKE) --no-print-directory peers
	@$(PY) -m benchmarks
	@$(PY) -m benchmarks.startup
	@$(PY) -m benchmarks.replicas

soak: $(READY) ## the long runs: the panel under load, steady load, a storm, 200 kills, many examples (SOAK_SECONDS, SOAK_KILLS, SOAK_EXAMPLES)
	@$(MAKE) --no-print-directory peers
	@$(PY) -m benchmarks.panel
	@$(PY) -m benchmarks.soak

peers: $(READY)
	@$(PY) -c 'import loguru, schemathesis, structlog' 2>/dev/null || $(PY) -m pip install --quiet --require-hashes -r requirements-bench.lock

format: $(READY) ## rewrite the code in its one form, and mend what ruff can mend
	@$(PY) -m ruff check --fix-only --quiet
	@$(PY) -m ruff format

clean: ## remove .venv and every cache; state/ stays
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: ## bring both lock files up to date with pyproject.toml (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv, which is not on this machine: see https://docs.astral.sh/uv/" >&2; exit 1; }
	@$(COMPILE) -o requirements.lock
	@$(COMPILE) --extra dev -c requirements.lock -o requirements-dev.lock
	@$(COMPILE) --extra dev --extra bench -c requirements-dev.lock -o requirements-bench.lock

COMPILE = uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	--python-version 3.11 pyproject.toml

$(READY):
	@command -v git >/dev/null || { echo "git is not on this machine: install it, then run make again." >&2; exit 1; }
	@set -e; found= reason="Python 3.11 or newer is not on this machine: install it, then run make again."; \
	for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	  "$$python" -c '' 2>/dev/null || continue; \
	  if ! "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
	    reason="Python 3.11 or newer is needed, and $$python is `"$$python" -c 'import platform; print(platform.python_version())'`: install a newer one, then run make again."; \
	  elif ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then \
	    reason="$$python has no venv module: install it (on Debian and Ubuntu: apt install python3-venv), then run make again."; \
	  else found=$$python; break; fi; \
	done; \
	[ -n "$$found" ] || { echo "$$reason" >&2; exit 1; }; \
	echo "Setting up .venv (once, about a minute)..."; \
	$(PY) -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || "$$found" -m venv --clear .venv; \
	$(PY) -m pip install --quiet --require-hashes -r $(LOCK) || { \
	  echo "The packages of $(LOCK) could not be installed; pip says why above. Mend it (the network?), then run make again." >&2; exit 1; }; \
	rm -f .venv/ready-*; touch $@
