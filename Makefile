# make demo, make test and make check set up what they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# A CPU build of torch; give TORCH= to take the default build of your platform (with CUDA on Linux).
TORCH ?= torch==2.13.0
DEMO := demo_out

.PHONY: demo test fuzz fuzz-guided check lint types docs parity man bench clean

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "genoscore needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(if $(TORCH),$(BIN)/python -m pip install --quiet "$(TORCH)")
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	$(BIN)/python -m pip install --quiet --no-deps spliceai==1.3.1
	touch $@

demo: $(STAMP)
	mkdir -p $(DEMO)
	$(BIN)/genoscore score test_data/variants.vcf -r test_data/genome.fa -a test_data/genes.tsv \
		-o $(DEMO)/scored.vcf.gz -o $(DEMO)/scored.tsv --summary $(DEMO)/summary.json
	@echo
	@head -8 $(DEMO)/scored.tsv | cut -f 1-12
	@echo
	@echo "What becomes of the transcript: BRCA2 variants whose effect was seen in RNA"
	$(BIN)/genoscore score test_data/brca2_splice.vcf -r test_data/brca2.fa.gz -a test_data/brca2.gtf \
		--keep-columns INFO/IN_RNA -o $(DEMO)/brca2.tsv -o $(DEMO)/brca2.vcf.gz -q
	@echo
	@cut -f 3,24,28-31,33,49 $(DEMO)/brca2.tsv | \
		awk -F '\t' '{ printf "%-29s%-16s%-10s%-12s%-6s%-5s%-36s%s\n", $$1, $$2, $$3, $$4, $$5, $$6, $$7, $$8 }'
	@echo
	@echo "Written: $(DEMO)/scored.vcf.gz (annotated VCF), $(DEMO)/scored.tsv, $(DEMO)/summary.json;"
	@echo "  $(DEMO)/brca2.vcf.gz, $(DEMO)/brca2.tsv"
	@echo "Try next, with your own files:"
	@echo "  $(BIN)/genoscore check variants.vcf.gz -r genome.fa -a grch38"
	@echo "  $(BIN)/genoscore score variants.vcf.gz -r genome.fa -a grch38 -o scored.vcf.gz"
	@echo "  bcftools view -i 'GS_SPLICEAI_ABS>=0.5' $(DEMO)/scored.vcf.gz"

# Two processes of one thread each: most tests wait for programs that start.
test: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal

# Hostile inputs, N over all kinds or of one KIND; another SEED gives others (docs/testing.md).
N ?= 1000
KIND ?=
SEED ?= 1
fuzz: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.fuzz $(KIND) -n $(N) --seed $(SEED)

# The readers that parse by hand, guided by coverage, for SECONDS in all; installs atheris.
SECONDS ?= 60
fuzz-guided: $(STAMP)
	$(BIN)/python -m pip install --quiet --editable ".[fuzz]"
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.fuzz.guided --seconds $(SECONDS)

lint: $(STAMP)
	$(BIN)/ruff check genoscore tests test_data benchmarks docs
	$(BIN)/ruff format --check genoscore tests test_data benchmarks docs

types: $(STAMP)
	$(BIN)/mypy

check: lint types test

# README.md and docs/ as a site in build/site. (Not --quiet, which keeps warnings from --strict.)
docs: $(STAMP)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict -f .ci/mkdocs.yml
	@echo "Look at it, with search: $(BIN)/python -m http.server --directory build/site"

# Minutes long: every record of the peers' outputs.
parity: $(STAMP)
	$(BIN)/python -m pytest -m slow

# A man page for every command; MAN is where they go, for example $(DESTDIR)/usr/share/man/man1.
MAN ?= man1
man: $(STAMP)
	$(BIN)/python docs/make_man.py $(MAN)

bench: $(STAMP)
	$(BIN)/python benchmarks/throughput.py

clean:
	rm -rf $(VENV) $(DEMO) man1 build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
