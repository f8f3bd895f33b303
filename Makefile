# The gate and the workshop. `make help` lists what there is.

PYTHON ?= python3
WORKERS ?= 3
BIN := .venv/bin
export PATH := $(CURDIR)/.tools/usr/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help demo run test torture check format bench pictures docs wheel lock clean system-packages

help: ## List the targets
	@grep -hE '^[a-z.-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z.-]+):[^#]*## (.*)/\1|\2/' | column -t -s'|'

# The environment is made from the hashed lock alone, then the project is put into it as an editable install.
.venv: .venv/ready ## Make the virtual environment, with `kryonix` in it
.venv/ready: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: .venv/ready ## A living platform in the terminal; nothing else to install
	@$(BIN)/kryonix demo $(ARGS)

run: .venv/ready ## The console, with your configuration (make run ARGS="--redis redis://host:6379")
	@$(BIN)/kryonix $(ARGS)

# A file's tests stay together on one worker: what its fixtures start is started once. Tests wait for servers, so there
# are more workers than processors; tests/order.py has what waits longest begin first.
# What Python compiles is kept, whatever the environment says: the program is started hundreds of times.
test: export PYTHONDONTWRITEBYTECODE =
test: .venv/ready system-packages ## All tests, against real servers in temporary folders
	$(BIN)/python -m compileall -q kryonix_tui tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(if $(CI),--durations=10) $(ARGS)

torture: .venv/ready system-packages ## A hundred kills of backups and of restores, and a wallboard that hangs for 20 minutes (long)
	TORTURE=$(or $(TORTURE),100) SOAK_MINUTES=$(or $(SOAK_MINUTES),20) $(BIN)/python -m pytest tests/torture $(ARGS)

check: .venv/ready ## Format, lint, types, import contracts, generated documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python scripts/generate_docs.py --check

format: .venv/ready ## Rewrite the sources in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: .venv/ready ## Regenerate the documents that are made from code
	$(BIN)/python scripts/generate_docs.py

bench: .venv/ready system-packages ## Benchmarks, as ratios against named peers (QUICK=1: smaller; ONLY=load,matrix: some)
	-@scripts/system-packages btop
	$(BIN)/python -m bench $(ARGS)

pictures: .venv/ready system-packages ## Redraw docs/pictures from the demo
	$(BIN)/python scripts/pictures.py

wheel: .venv/ready ## Build dist/kryonix_tui-*.whl
	$(BIN)/python -m hatchling build -t wheel

lock: .venv/ready ## Renew the hashed lock files
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o tests/s3/requirements.lock tests/s3/requirements.in

system-packages:
	@scripts/system-packages
	@PYTHON=$(PYTHON) scripts/store-server

clean: ## Remove the environment and everything that was made
	rm -rf .venv .tools .cache dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
