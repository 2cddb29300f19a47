PYTHON ?= .venv/bin/python

.PHONY: install test lint format conformance conformance-ops conformance-oracle corpus bench memory api models readme coverage web screenshots fuzz compiled

install:  ## a virtual environment with everything that the tests need
	python3 -m venv .venv
	.venv/bin/pip install -q -e '.[test]'

test:
	$(PYTHON) -m pytest -q -n auto

lint:
	$(PYTHON) -m ruff check tflint_gemm tests tools
	$(PYTHON) -m ruff format --check tflint_gemm tests tools
	$(PYTHON) -m mypy
	$(PYTHON) -m pytest -q tests/test_quality.py

format:
	$(PYTHON) -m ruff format tflint_gemm tests tools
	$(PYTHON) -m ruff check --fix tflint_gemm tests tools

conformance:  ## what is inferred for the examples in TensorFlow's docstrings against what they do
	$(PYTHON) tools/conformance_docs.py

conformance-ops: OP ?= *
conformance-ops:  ## every op model against the installed TensorFlow on 200 made-up calls (an hour of processor time); only some: make conformance-ops OP='linalg.*'
	$(PYTHON) tools/conformance_ops.py --op '$(OP)'

conformance-oracle:  ## the same examples where TensorFlow is asked about what has no model; and its answers against the real ops
	$(PYTHON) tools/conformance_docs.py --oracle
	$(PYTHON) tools/conformance_ops.py --oracle --cases 15 --wrong

corpus:  ## check public packages: no internal error, every error finding to be read
	$(PYTHON) tools/corpus.py

fuzz: MINUTES ?= 5
fuzz:  ## made-up and mutated programs for some minutes: make fuzz MINUTES=60
	$(PYTHON) tools/fuzz.py --minutes $(MINUTES)

compiled:  ## the tests of the interpreter, run on it as mypyc compiles it
	$(PYTHON) -m tools.compiled $(ARGS)

bench:  ## speed and memory beside other tools on the same code; only some parts: make bench ARGS='--only corpus file'
	$(PYTHON) benchmarks/bench.py $(ARGS)

memory:  ## the peaks that tflint-gemm memory predicts beside those of TensorFlow; only some: make memory ARGS='--only attention'
	$(PYTHON) benchmarks/memory_ratio.py $(ARGS)

api:  ## regenerate tflint_gemm/data from the installed TensorFlow
	$(PYTHON) -m tools.generate_api

models:  ## note which module of tflint_gemm/ops has which models, so that only those that are needed are imported
	$(PYTHON) -m tools.index_models

readme:  ## the rule table and the example of the README
	$(PYTHON) tools/readme.py

coverage:  ## docs/coverage.md: which names that public code calls have a model
	$(PYTHON) tools/coverage.py

web:  ## what the HTML page takes from npm, and the form of its scripts and style
	cd tools/web && npm ci && npm run build && npm run check

screenshots:  ## the pictures of the README, taken by an installed Chromium
	$(PYTHON) tools/screenshots.py
