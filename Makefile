PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# datacontract-cli wants an older DuckDB than we do: it has an environment and a lock of its own.
OUTSIDE := .data/datacontract
OUTSIDE_LOCK := .ci/datacontract.txt
# pip-audit, too: what audits an environment is no part of it.
AUDIT := .data/audit
AUDIT_LOCK := .ci/audit.txt
LOCKED := --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url \
    --no-emit-find-links --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help demo dev doctor domain source product bench-comparability bench-faults bench-governance bench-speed bench-year test check lint lint-contracts audit format contracts lock clean

help: ## list what one can do here
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-20s %s\n", $$1, $$2}'

demo: $(VENV)/installed ## run the daily job of both domains over the last 30 days and print the product
	@$(BIN)/python -m tests.scenarios.demo

dev: $(VENV)/installed ## open the UI on the same data, with the sandbox and the daemon running
	@$(BIN)/python -m tests.scenarios.dev

doctor: $(VENV)/installed ## say what would keep the daily run from succeeding; --json: make doctor args=--json
	@$(BIN)/python -m shared_policies.doctor $(args)

domain: $(VENV)/installed ## add a business domain that works: make domain name=customer
	@$(BIN)/python -m shared_policies.scaffold domain "$(name)"

source: $(VENV)/installed ## add a source to a domain: make source domain=customer name=crm
	@$(BIN)/python -m shared_policies.scaffold source "$(domain)" "$(name)"

product: $(VENV)/installed ## add a product: make product domain=customer name=signups [source=crm]
	@$(BIN)/python -m shared_policies.scaffold product "$(domain)" "$(name)" "$(source)"

bench-comparability: $(VENV)/installed ## our figures against the known truth, beside a plain union of columns
	@$(BIN)/python -m tests.benchmarks.comparability

bench-faults: $(VENV)/installed ## trouble of every kind, and what a plain rerun brings back
	@$(BIN)/python -m tests.benchmarks.faults

bench-speed: $(VENV)/installed ## how far pulls, models and runs are from the least they could take
	@$(BIN)/python -m tests.benchmarks.speed

bench-year: $(VENV)/installed ## a year of daily runs: files, disk and daily time, month by month
	@$(BIN)/python -m tests.benchmarks.year

test: check ## everything that must pass: lint, types, import contracts, tests

check: $(VENV)/installed lint ## exactly what CI runs
	$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder

lint: $(VENV)/installed ## lint, formatting, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint dbt_project/models
	$(BIN)/python -m shared_policies.governance.contracts.dbt_models --check
	$(BIN)/policies lint

lint-contracts: $(VENV)/installed $(OUTSIDE)/installed ## an outside tool agrees that the contracts are valid
	$(BIN)/python -m pytest -q tests/shared_policies/governance/contracts/test_outside_opinion.py

audit: $(AUDIT)/installed ## known vulnerabilities of the locked packages
	$(AUDIT)/bin/python .ci/audit.py

format: $(VENV)/installed ## rewrite the code in the one format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

contracts: $(VENV)/installed ## write dbt's description of the products from their contracts
	$(BIN)/python -m shared_policies.governance.contracts.dbt_models --write

bench-governance: $(VENV)/installed ## spoil a good day in a hundred ways and count what readers get
	@$(BIN)/python -m tests.benchmarks.governance

lock: ## pin every dependency again, with hashes (needs uv)
	uv pip compile pyproject.toml --all-extras $(LOCKED) -o requirements.txt
	echo datacontract-cli==1.2.8 | uv pip compile - $(LOCKED) -o $(OUTSIDE_LOCK)
	echo pip-audit==2.10.1 | uv pip compile - $(LOCKED) -o $(AUDIT_LOCK)

clean: ## forget all run-time state: landing, warehouses, products, run history
	rm -rf .data dbt_project/target dbt_project/logs

# The lock is complete, so nothing is resolved again (--no-deps); hashes are checked.
$(VENV)/installed: requirements.txt pyproject.toml
	@echo "Installing the locked packages into $(VENV): one to two minutes, once."
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --quiet --no-deps --require-hashes -r requirements.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(OUTSIDE)/installed: $(OUTSIDE_LOCK)
	@test -d $(OUTSIDE) || $(PYTHON) -m venv $(OUTSIDE)
	@$(OUTSIDE)/bin/python -m pip --disable-pip-version-check install --quiet --no-deps \
	    --require-hashes -r $(OUTSIDE_LOCK)
	@touch $@

$(AUDIT)/installed: $(AUDIT_LOCK)
	@test -d $(AUDIT) || $(PYTHON) -m venv $(AUDIT)
	@$(AUDIT)/bin/python -m pip --disable-pip-version-check install --quiet --no-deps \
	    --require-hashes -r $(AUDIT_LOCK)
	@touch $@
