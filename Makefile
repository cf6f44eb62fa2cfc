# Plumbline. `make help` lists the targets; `make run` and `make test` need Python 3.11 and git only.
PYTHON    ?= python3
VENV      := .venv
BIN       := $(VENV)/bin
DISTS     := libs/common services/api-server services/repo-server services/app-controller cli \
             tests/kubernetes deploy/local
SOURCES   := $(addsuffix /src,$(DISTS))
NAMESPACE ?= argocd
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run up demo check fmt lint type arch sizes test test-fast e2e e2e-node chart-test bench conformance proto crds docs lock images pin-images clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

# The environment: hash-locked third parties first, then our own distributions without dependencies.
$(VENV)/.stamp: requirements-dev.txt $(addsuffix /pyproject.toml,$(DISTS))
	@echo "installing the locked packages into $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation $(addprefix -e ,$(DISTS))
	@$(BIN)/python -m compileall -q $(SOURCES) || true
	@touch $@

run: $(VENV)/.stamp ## a local Kubernetes (or KUBECONFIG=...), the services and the bookstore, until Ctrl-C
	@$(BIN)/python -m plumbline.local run $(if $(KUBECONFIG),--kubeconfig $(KUBECONFIG)) $(if $(PORT),--port $(PORT))

demo: $(VENV)/.stamp ## the tour, headless; exit 0 only if each step held
	@$(BIN)/python -m plumbline.local demo $(if $(KUBECONFIG),--kubeconfig $(KUBECONFIG))

up: $(VENV)/.stamp ## only our services, on KUBECONFIG=... (NAMESPACE ADDRESS PORT INSECURE=1 REDIS=host:port PIDS=file)
	@test -n "$(KUBECONFIG)" || { echo "make up needs KUBECONFIG=file of the cluster to work with"; exit 2; }
	@$(BIN)/python -m plumbline.local up --kubeconfig $(KUBECONFIG) --namespace $(NAMESPACE) \
	  $(if $(ADDRESS),--address $(ADDRESS)) $(if $(PORT),--port $(PORT)) $(if $(filter 1 true,$(INSECURE)),--insecure) \
	  $(if $(REDIS),--redis $(REDIS)) $(if $(PIDS),--pids $(PIDS))

check: fmt lint type arch sizes ## static checks: format, lint, types, import contracts, sizes

fmt: $(VENV)/.stamp
	@$(BIN)/ruff format --check -q . || { echo "run: $(BIN)/ruff format ."; exit 1; }

lint: $(VENV)/.stamp
	@$(BIN)/ruff check -q .
	@! find . -path ./$(VENV) -prune -o -path '*/src/plumbline/__init__.py' -print | grep . || { echo "a namespace package must have no __init__.py"; exit 1; }

type: $(VENV)/.stamp
	@$(BIN)/mypy --no-error-summary $(SOURCES)

arch: $(VENV)/.stamp
	@$(BIN)/python tools/generate_configuration.py --check
	@$(BIN)/lint-imports --no-logo >$(VENV)/arch.log 2>&1 || { cat $(VENV)/arch.log; exit 1; }

sizes: $(VENV)/.stamp
	@$(BIN)/python tools/sizes.py

test: $(VENV)/.stamp ## everything, with a time per suite
	@$(BIN)/python tools/run_suites.py all

test-fast: $(VENV)/.stamp ## the suites that need no cluster
	@$(BIN)/python tools/run_suites.py fast

e2e: $(VENV)/.stamp ## the end-to-end suite on a real API server
	@$(BIN)/python tools/run_suites.py e2e

e2e-node: $(VENV)/.stamp ## the release in containers on a real node (root, containerd; says what lacks)
	@$(BIN)/python tools/run_suites.py node

chart-test: $(VENV)/.stamp ## the chart: rendered, checked, and dry-run on a real API server
	@$(BIN)/python tools/run_suites.py chart

conformance: $(VENV)/.stamp ## the cases of PLUMBLINE_FIXTURES=DIR, counted
	@$(BIN)/python tools/run_suites.py conformance

bench: $(VENV)/.stamp ## the benchmarks; figures are kept in docs/benchmarks.md
	@$(BIN)/python -m tests.bench $(BENCH)

images: $(VENV)/.stamp ## container images, as tars too (LOCAL_BASE=1: without a registry, auto: if none answers)
	@$(BIN)/python tools/images.py $(if $(filter 1 true,$(LOCAL_BASE)),--base local,$(if $(LOCAL_BASE),--base $(LOCAL_BASE)))

pin-images: $(VENV)/.stamp ## write the digests of the base image and of Redis where they are used
	@$(BIN)/python tools/pin_images.py

proto: $(VENV)/.stamp ## regenerate proto/ and plumbline.pb from the contract tables
	@$(BIN)/python tools/generate_proto.py --write

crds: $(VENV)/.stamp ## regenerate the custom resource definitions
	@$(BIN)/python tools/generate_crds.py --write

docs: $(VENV)/.stamp ## regenerate docs/configuration.md from the services' settings
	@$(BIN)/python tools/generate_configuration.py

lock: $(VENV)/.stamp ## recompile the hash-locked requirements
	@$(BIN)/python tools/lock.py

clean: ## remove what make made in the tree (the cache outside it stays)
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
