# make demo: simulate a small cohort as raw DICOM and run everything on it
# make test: look at the demo, and run every test that needs no cluster
# Both make their own environment first; the second `make demo` has nothing left to do.
# make test-one-core test-conda test-slurm test-s3: the same bytes in other places?

SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: demo test test-one-core test-conda test-conda-part test-slurm demo-on-slurm demo-on-slurm-part test-s3 lint format lock clean

PYTHON ?= python3
RUN_DEMO := .venv/bin/snakemake --configfile config/demo.yaml

# $(call environment,FOLDER,LOCK): uv where it is there (.venv-test has one), else venv and pip;
# hashes are checked and bytecode is compiled by both: where Python may not write it
# (PYTHONDONTWRITEBYTECODE), every job would compile its packages anew, three times the start
define environment
	@echo "Setting up $(1) from $(2) (once) ..."
	@PATH="$$PATH:$(CURDIR)/.venv-test/bin"; if command -v uv >/dev/null; then \
	  uv venv -q --allow-existing --python $(PYTHON) $(1) && \
	  uv pip sync -q --compile-bytecode --python $(1)/bin/python --require-hashes $(2); \
	else \
	  $(PYTHON) -m venv $(1) && $(1)/bin/pip install -qq --disable-pip-version-check --require-hashes -r $(2); \
	fi
	@touch $@
endef

demo: .venv/ready
	$(RUN_DEMO) --cores all --directory demo
	@echo
	@echo "Done. Look at  demo/results/report.html     the paper's tables and figures"
	@echo "          and  demo/results/qc/index.html   every participant, step by step"

test: demo .venv-test/ready
	RT1T2_DEMO='$(CURDIR)/demo' .venv-test/bin/python -m pytest

# The demo once more: on one core, each job in a folder that holds only its declared inputs; each
# rule in an environment of its own; and on SLURM. -part: only one patient and the group, and with
# an environment per rule both ways at once, on one core
test-one-core: demo
	$(RUN_DEMO) --snakefile tests/workflow/declared.smk --cores 1 --directory .one-core-test all
	.venv/bin/python tests/same_bytes.py demo .one-core-test

test-conda test-conda-part: demo .venv-test/ready
	RT1T2_CONDA=1 .venv-test/bin/python -m pytest tests/conda
	.venv/bin/python tests/conda/run.py demo $(if $(findstring part,$@),--part)

test-slurm: demo-on-slurm .venv-test/ready
	RT1T2_SLURM=1 .venv-test/bin/python -m pytest -n 0 tests/slurm

demo-on-slurm demo-on-slurm-part: demo
	.venv/bin/python tests/slurm/run.py demo $(if $(findstring part,$@),.slurm-test/part --part) || \
	  [ $$? = 77 ]  # 77: SLURM cannot be had, and why

# every file in an object store, by hand: half an hour
test-s3: demo .venv-s3/ready
	.venv-s3/bin/python tests/s3/run.py demo

lint: .venv-test/ready
	.venv-test/bin/ruff check .
	.venv-test/bin/ruff format --check .
	.venv-test/bin/snakefmt --check Snakefile rules
	.venv-test/bin/codespell
	.venv-test/bin/yamllint -s config envs
	.venv-test/bin/mypy
	.venv-test/bin/snakemake --lint --configfile config/demo.yaml --directory demo

format: .venv-test/ready
	.venv-test/bin/ruff check --fix .
	.venv-test/bin/ruff format .
	.venv-test/bin/snakefmt Snakefile rules

.venv/ready: requirements.lock
	$(call environment,.venv,$<)

.venv-test/ready: requirements-test.lock
	$(call environment,.venv-test,$<)

.venv-s3/ready: requirements-s3.lock
	$(call environment,.venv-s3,$<)

# Maintainers: after editing a .in file. The locks carry hashes and name no host.
lock: .venv-test/ready
	for name in requirements requirements-test requirements-s3; do \
	  .venv-test/bin/uv pip compile $$name.in --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header --no-annotate -q -o $$name.lock; \
	done

clean:
	rm -rf demo .one-core-test .conda-test .slurm-test .s3-test .venv .venv-test .venv-s3 .snakemake
