"""Options of `predict`, `explain`, `evaluate` and `train` that are theirs alone, or mean something else there."""

from __future__ import annotations

from genoscore.core.choices import ANY_STRANDS, MAX_FLANK, MAX_MUTATED, MAX_RESAMPLES, MAX_STEPS, TRACK_STRANDS
from genoscore.core.options.option import EVALUATE, EXPLAIN, PREDICT, TRAIN, Option, Panel
from genoscore.core.toml_file import Kind

_PREDICT = (
    Option(
        name="input", panel=Panel.INPUT, commands=(PREDICT,), positional=True, metavar="SEQUENCES",
        help="FASTA, plain or gzipped; `-` is standard input.",
    ),
    Option(
        name="reference", kind=Kind.PATH, panel=Panel.INPUT, commands=(PREDICT,), short="-r", metavar="FASTA",
        environment="GENOSCORE_REFERENCE", help="What `--region` is of, plain or bgzipped.",
    ),
    Option(
        name="region", panel=Panel.INPUT, commands=(PREDICT,),
        help="`chr1:1000-2000` (1-based, inclusive), in place of SEQUENCES.",
    ),
    Option(
        name="predictor", kind=Kind.TEXTS, panel=Panel.SCORES, commands=(PREDICT, EXPLAIN), short="-p",
        metavar="NAME", pattern="[a-z][a-z0-9_]*", remedy="see: genoscore models list",
        single=True, help="A name from `genoscore models list`.",
    ),
    Option(
        name="strand", panel=Panel.SCORES, commands=(PREDICT,), choices=TRACK_STRANDS,
        help="`spec`: as the predictor is run when it scores (forward, without a gene).",
    ),
    Option(
        name="output", kind=Kind.TEXTS, panel=Panel.OUTPUT, commands=(PREDICT,), short="-o", metavar="FILE",
        required=True,
        help="Format by suffix: `.npz`, `.tsv`, `.tsv.gz`, `.bedgraph`, `.bedgraph.gz`, `.bw`; `-` is TSV on standard "
        "output.",
        more="All are written in one pass.",
    ),
)  # fmt: skip

_EXPLAIN = (
    Option(
        name="input", panel=Panel.INPUT, commands=(EXPLAIN,), positional=True, metavar="INPUT", required=True,
        help="VCF, bgzipped VCF or BCF; a CSV or TSV of variants; `-` is one of these on standard input; variants as "
        "`chr13-32345247-T-G`; a region `chr1:1000-1100` of the reference; or a FASTA.",
    ),
    Option(
        name="reference", kind=Kind.PATH, panel=Panel.INPUT, commands=(EXPLAIN,), short="-r", metavar="FASTA",
        environment="GENOSCORE_REFERENCE", help="Of variants and regions; plain or bgzipped.",
    ),
    Option(
        name="strand", panel=Panel.SCORES, commands=(EXPLAIN,), choices=ANY_STRANDS, heeded=True,
        help="Of variants and regions `spec` or `both`, as for `score`; of a FASTA also `forward` or `reverse`.",
    ),
    Option(
        name="output", kind=Kind.TEXTS, panel=Panel.OUTPUT, commands=(EXPLAIN,), short="-o", metavar="FOLDER",
        required=True, single=True, help="Folder to be made.", more="One that holds something is refused.",
    ),
    Option(
        name="figures", kind=Kind.LABELS, panel=Panel.OUTPUT, commands=(EXPLAIN,), metavar="NAME,...",
        default="all that the predictor allows",
        help="Some of `mutagenesis,profiles,contributions,attention`.",
    ),
    Option(
        name="window", kind=Kind.WHOLE, panel=Panel.OUTPUT, commands=(EXPLAIN,), metavar="BASES", low=1,
        high=MAX_MUTATED,
        help="Bases around a variant that are mutated, and whose contributions are drawn, 1 to 2,001.",
    ),
    Option(
        name="flank", kind=Kind.WHOLE, panel=Panel.OUTPUT, commands=(EXPLAIN,), metavar="BASES", low=0, high=MAX_FLANK,
        help="Bases on either side of a variant that profiles show, 0 to 5,000.",
    ),
    Option(
        name="show", panel=Panel.OUTPUT, commands=(EXPLAIN,), metavar="FIELD", default="the score of largest magnitude",
        help="The score that the heat map shows, for example `DS_DL`.",
    ),
    Option(
        name="steps", kind=Kind.WHOLE, panel=Panel.OUTPUT, commands=(EXPLAIN,), metavar="N", low=4, high=MAX_STEPS,
        help="Gradients that the integrated gradients of one sequence may take, 4 to 1,000.",
    ),
    Option(
        name="most", kind=Kind.WHOLE, panel=Panel.OUTPUT, commands=(EXPLAIN,), metavar="N", low=1, high=1_000_000,
        help="More variants (or sequences) than these are refused.",
    ),
    Option(
        name="force", kind=Kind.FLAG, panel=Panel.OUTPUT, commands=(EXPLAIN,), off="--no-force",
        help="Replace the folder of an earlier run of `explain`, and no other.",
    ),
)  # fmt: skip

_EVALUATE = (
    Option(
        name="input", panel=Panel.INPUT, commands=(EVALUATE,), positional=True, metavar="TABLE", required=True,
        help="TSV or CSV with a header line and the columns CHROM, POS, REF and ALT, or a column of sequences; plain "
        "or gzipped; `-` is standard input. Or a VCF or BCF with labels in its INFO.",
    ),
    Option(
        name="reference", kind=Kind.PATH, panel=Panel.INPUT, commands=(EVALUATE,), short="-r", metavar="FASTA",
        environment="GENOSCORE_REFERENCE",
        help="Of variants; plain or bgzipped. Sequences have none.",
    ),
    Option(
        name="label", panel=Panel.INPUT, commands=(EVALUATE,), metavar="COLUMN",
        help="Column of labels. `INFO/KEY` makes the input a VCF, here as in the other columns.",
    ),
    Option(
        name="positive", kind=Kind.LABELS, panel=Panel.INPUT, commands=(EVALUATE,), metavar="LABEL,...",
        help="Labels that should score high.", more="Rows with labels of neither class are left out.",
    ),
    Option(
        name="negative", kind=Kind.LABELS, panel=Panel.INPUT, commands=(EVALUATE,), metavar="LABEL,...",
        help="Labels that should score low.",
    ),
    Option(
        name="value", panel=Panel.INPUT, commands=(EVALUATE,), metavar="COLUMN",
        help="Column of measured effects, in place of `--label`.",
    ),
    Option(
        name="group", panel=Panel.INPUT, commands=(EVALUATE,), metavar="COLUMN", default="that of `--track-column`",
        help="Results for each of its values as well.",
    ),
    Option(
        name="cluster", panel=Panel.INPUT, commands=(EVALUATE,), metavar="COLUMN",
        help="Rows with the same value depend on each other: the bootstrap draws them together.",
    ),
    Option(
        name="sequence", panel=Panel.INPUT, commands=(EVALUATE,), metavar="COLUMN",
        default="`sequence`, where there are no variants",
        help="Column of sequences, which are predicted, in place of variants, which are scored.",
    ),
    Option(
        name="track_column", panel=Panel.INPUT, commands=(EVALUATE,), metavar="COLUMN",
        help="Of sequences: names the track of each row's value.",
    ),
    Option(
        name="strand", panel=Panel.SCORES, commands=(EVALUATE,), choices=ANY_STRANDS, heeded=True,
        help="Of variants `spec` or `both`, as for `score`; of sequences `spec`, `forward` or `reverse`, as for "
        "`predict`.",
    ),
    Option(
        name="score", kind=Kind.TEXTS, panel=Panel.SCORES, commands=(EVALUATE,), metavar="[NAME=]FIELD",
        default="`MAX`",
        help="The score that is compared.", more="See [scores](scores.md).",
    ),
    Option(
        name="signed", kind=Kind.FLAG, panel=Panel.SCORES, commands=(EVALUATE,), off="--magnitude",
        help="Compare labels with the signed score, rather than with its magnitude.",
    ),
    Option(
        name="thresholds", kind=Kind.LABELS, panel=Panel.SCORES, commands=(EVALUATE,), metavar="T,...",
        default="`0.1,0.2,0.5,0.8` of variants, none of sequences",
        help="Of labels: scores from which on a variant is called positive, for sensitivity, specificity and PPV; or "
        "`none`.",
    ),
    Option(
        name="resamples", kind=Kind.WHOLE, panel=Panel.SCORES, commands=(EVALUATE,), metavar="N", low=100,
        high=MAX_RESAMPLES, help="Of the bootstrap, 100 to 1,000,000.",
    ),
    Option(
        name="seed", kind=Kind.WHOLE, panel=Panel.SCORES, commands=(EVALUATE,), metavar="N", low=0, high=2**32 - 1,
        help="Of the bootstrap.",
    ),
    Option(
        name="output", kind=Kind.PATH, panel=Panel.OUTPUT, commands=(EVALUATE,), short="-o", metavar="FOLDER",
        help="Folder for `evaluation.json`, `variants.tsv` or `sequences.tsv`, and the plots.",
    ),
)  # fmt: skip

_TRAIN = (
    Option(
        name="config", kind=Kind.PATH, panel=Panel.INPUT, commands=(TRAIN,), positional=True, metavar="CONFIG.toml",
        required=True, in_files=False,
        help="Its tables are `[data]`, `[network]`, `[training]`, `[masking]`, `[kernel]` and `[synthetic]`.",
        more="See [train](train.md).",
    ),
    Option(
        name="output", kind=Kind.PATH, panel=Panel.OUTPUT, commands=(TRAIN,), short="-o", metavar="FOLDER",
        required=True, in_files=False,
        help="For weights, metrics and predictions of the test fold.",
        more="It is made where its parent exists, and holds the checkpoints meanwhile.",
    ),
    Option(
        name="member", kind=Kind.WHOLE, panel=Panel.RUN, commands=(TRAIN,), metavar="N", in_files=False, default="all",
        help="Fit this network of the ensemble alone, from 0.", more="A run without it joins what is fitted.",
    ),
    Option(
        name="resume", kind=Kind.FLAG, panel=Panel.RUN, commands=(TRAIN,), off="--no-resume", in_files=False,
        help="Continue from the checkpoints of an interrupted run.",
    ),
)  # fmt: skip

FURTHER = (*_PREDICT, *_EXPLAIN, *_EVALUATE, *_TRAIN)
