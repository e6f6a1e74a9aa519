# Everything a contributor types. `make` alone explains itself; every target makes what it needs.

PYTHON ?=
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
NEWEST := $(VENV)/newest/.ready
FUZZING := $(VENV)/fuzz/.ready
MUTATING := $(VENV)/mutants/.ready

# Tests run in so many processes, more than two processors because many tests wait for a server. Coverage begins in each before pytest does: the plugin is loaded first of all.
WORKERS ?= 3
MEASURED := COVERAGE_PARALLEL=true COVERAGE_PROCESS_START=$(CURDIR)/pyproject.toml

# Tests start hundreds of processes. Python keeps what it compiled for them, also where the environment says not to.
export PYTHONDONTWRITEBYTECODE :=

# What the tests start, from Debian.
NEED := tools/need chromium firefox-esr openssl fonts-dejavu-core libatomic1 wrk nginx postgresql redis-server git curl

.DEFAULT_GOAL := help
.PHONY: help demo site quick test nightly lint record bench flood scanners release oldest fidelity reload structures fresh origins proxies chaos soak peers fuzz mutants clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1mmake %-8s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## Watch CORS happen: a front end on :3000, an API on :8000
	@$(BIN)/crossorigin demo

site: $(READY) ## The documentation site, in build/site; opens without a network
	@tools/site

test: $(READY) ## Lint, types, and the tests, two browsers included; T=tests/policy K=star runs some, without the rest
ifeq ($(T)$(K),)
	@$(NEED)
	@$(MAKE) --no-print-directory lint
	@$(MEASURED) $(BIN)/python -m coverage erase
	@$(MEASURED) $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder --hypothesis-profile ci
	@$(BIN)/python -m coverage combine -q
	@$(BIN)/python -m coverage report
else
	@$(BIN)/python -m pytest -q $(T) $(if $(K),-k "$(K)")
endif

nightly: $(READY) ## Every test, also the long forms that `make test` leaves out, with five times the examples
	@$(NEED)
	@STRUCTURES=$${STRUCTURES:-10000} $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "" \
		--hypothesis-profile nightly

quick: $(READY) ## ruff, and every test that needs no browser, no server and little time
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m pytest -q -n 2 -m "not browser and not server and not slow and not nightly"

lint: $(READY) $(NEWEST) ## ruff, import rules, mypy --strict, and the documents' programs under mypy and pyright
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/zizmor --offline --no-progress --quiet .github action.yml
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/mypy
	@$(BIN)/python tools/typed

release: $(READY) ## dist/: wheel and sdist, built twice and compared, an SBOM, and their sums; licences are checked
	@$(BIN)/python tools/release

oldest: $(READY) ## The middleware's tests with the oldest FastAPI, Starlette and pydantic that it supports
	@tools/oldest

record: $(READY) ## Add new responses to tests/recorded/headers.json; lists those that would change, and keeps them
	@$(BIN)/python tools/record

bench: $(READY) ## Speed against Starlette's middleware, in one run; prints the README's table
	@$(BIN)/python bench/bench.py

flood: $(READY) ## Floods of denied requests, each from another origin: lines, memory, and what they cost the others
	@$(BIN)/python bench/flood.py
	@$(BIN)/python bench/many.py

peers: $(READY) ## Other libraries' CORS beside ours: speed, memory, imports, real Chromium; writes docs/peers.md
	@tools/need chromium fonts-dejavu-core
	@$(BIN)/python -m bench.peers $(if $(STEPS),--steps $(STEPS))

scanners: $(READY) ## The audit beside other CORS scanners, run for real; writes docs/scanners.md
	@tools/need nginx openssl
	@$(BIN)/python -m bench.scanners $(if $(KEEP),--keep $(KEEP))

SEED ?= 20260702

fidelity: $(READY) ## The simulator against real Chromium and Firefox; SEED=… draws other scenarios
	@tools/need chromium firefox-esr openssl fonts-dejavu-core libatomic1
	@status=0; \
	$(BIN)/python -m fidelity.campaign --browser chromium --count 3000 --seed $(SEED) || status=1; \
	$(BIN)/python -m fidelity.campaign --browser firefox --count 1100 --seed $(SEED) || status=1; \
	exit $$status

reload: $(READY) ## A server reconfigured 1,000 times a second under wrk's load for 20 s, every response checked
	@tools/need wrk
	@$(BIN)/python -m tests.e2e.reload.campaign --seconds 20 --through middleware
	@$(BIN)/python -m tests.e2e.reload.campaign --seconds 20 --through installed

MINUTES ?= 30

soak: $(READY) ## MINUTES=30 of mixed traffic under uvicorn and granian: no wrong verdict, no error, no leak
	@$(BIN)/python -m tests.e2e.soak.campaign --minutes $(MINUTES)

structures: $(READY) ## 10,000 apps made by chance, each endpoint asked: none is open to a page that its policy does not allow
	@STRUCTURES=10000 $(BIN)/python -m pytest -q -n $(WORKERS) tests/middleware/test_structures.py

fresh: ## The demo and the tests on a new minimal Debian; SUITE=bookworm, trixie or forky, TARGET=test
	@tools/fresh "$(SUITE)" "$(TARGET)"

origins: $(READY) ## What a source costs a request, what 100,000 rows cost, how long a change takes to 8 workers and 200 followers
	@tools/need postgresql redis-server
	@$(BIN)/python bench/changing.py
	@$(BIN)/python -m pytest -q -s tests/origins/test_scale.py
	@$(BIN)/python -m tests.origins.campaign

proxies: $(READY) ## 600 configurations drawn by chance, asked of the real nginx, Caddy and Envoy: who may read, as check says
	@tools/need nginx openssl
	@$(BIN)/python -m tests.e2e.proxies.campaign

chaos: $(READY) ## Twenty faults of PostgreSQL, Redis and the network under wrk's load for a minute
	@tools/need postgresql redis-server wrk faketime
	@$(BIN)/python -m tests.origins.chaos

fuzz: MINUTES = 1
fuzz: $(READY) $(FUZZING) ## Each harness of fuzz/ under atheris for MINUTES=1; ONLY="decide har" runs some; keeps what crashes
	@PYTHONPATH=$(CURDIR):$(FUZZING:/.ready=) $(BIN)/python -m fuzz --minutes $(MINUTES) $(ONLY)

mutants: $(READY) $(MUTATING) ## One thing changed at a time in the code that decides: who notices; ONLY=server runs one package, build/mutants has what survived
	@PYTHONPATH=$(MUTATING:/.ready=) $(BIN)/python -m tools.mutants $(ONLY)

clean: ## Remove what these targets made
	@rm -rf $(VENV) .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(READY): pyproject.toml constraints.txt
	@PYTHON="$(PYTHON)" tools/venv $(VENV)
	@touch $@

# A folder that holds atheris and nothing else: it has no wheels for some systems, and no test needs it.
$(FUZZING): $(READY)
	@$(BIN)/python -m pip --quiet --disable-pip-version-check install -c constraints.txt --no-deps --upgrade \
		--target $(@D) --group fuzz
	@PYTHONPATH=$(@D) $(BIN)/python -c 'import atheris'
	@touch $@

# A folder that holds mutmut and what it needs besides .venv.
$(MUTATING): $(READY)
	@$(BIN)/python -m pip --quiet --disable-pip-version-check install -c constraints.txt --no-deps --upgrade \
		--target $(@D) --group mutants
	@touch $@

# An environment that holds the newest mypy and nothing else, for tools/typed.
$(NEWEST): $(READY)
	@$(BIN)/python -m venv --clear --without-pip $(@D)
	@$(BIN)/python -m pip --quiet --disable-pip-version-check --python $(@D)/bin/python install mypy 2>&1 \
		| grep -v 'WARNING: Location' >&2 || true
	@$(@D)/bin/python -m mypy --version >/dev/null # the pipe above hides a failure; this does not
	@touch $@
