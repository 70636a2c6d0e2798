"""Options that only `predict`, `explain`, `evaluate` or `train` have, or that mean something else there."""

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
        environment="GENOSCORE_REFERENCE", help="FASTA that `--region` refers to, plain or bgzipped.",
    ),
    Option(
        name="region", panel=Panel.INPUT, commands=(PREDICT,),
        help="`chr1:1000-2000` (1-based, inclusive), instead of SEQUENCES.",
    ),
    Option(
        name="predictor", kind=Kind.TEXTS, panel=Panel.SCORES, commands=(PREDICT, EXPLAIN), short="-p",
        metavar="NAME", pattern="[a-z][a-z0-9_]*", remedy="see: genoscore models list",
        single=True, help="A name from `genoscore models list`.",
    ),
    Option(
        name="strand", panel=Panel.SCORES, commands=(PREDICT,), choices=TRACK_STRANDS,
        help="`spec`: the strand that the predictor scores (forward, without a gene).",
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
        environment="GENOSCORE_REFERENCE", help="FASTA of variants and regions, plain or bgzipped.",
    ),
    Option(
        name="strand", panel=Panel.SCORES, commands=(EXPLAIN,), choices=ANY_STRANDS, heeded=True,
        help="`spec` or `both` for variants and regions, as for `score`; for a FASTA, also `forward` or `reverse`.",
    ),
    Option(
        name="output", kind=Kind.TEXTS, panel=Panel.OUTPUT, commands=(EXPLAIN,), short="-o", metavar="FOLDER",
        required=True, single=True, help="Folder to create.", more="A folder that is not empty is refused.",
    ),
    Option(
        name="figures", kind=Kind.LABELS, panel=Panel.OUTPUT, commands=(EXPLAIN,), metavar="NAME,...",
        default="all that the predictor supports",
        help="Any of `mutagenesis,profiles,contributions,attention`.",
    ),
    Option(
        name="window", kind=Kind.WHOLE, panel=Panel.OUTPUT, commands=(EXPLAIN,), metavar="BASES", low=1,
        high=MAX_MUTATED,
        help="Bases around a variant that are mutated, and whose contributions are drawn: 1 to 2,001.",
    ),
    Option(
        name="flank", kind=Kind.WHOLE, panel=Panel.OUTPUT, commands=(EXPLAIN,), metavar="BASES", low=0, high=MAX_FLANK,
        help="Bases that profiles show on either side of a variant, 0 to 5,000.",
    ),
    Option(
        name="show", panel=Panel.OUTPUT, commands=(EXPLAIN,), metavar="FIELD",
        default="the score with the largest magnitude",
        help="The score that the heat map shows, for example `DS_DL`.",
    ),
    Option(
        name="steps", kind=Kind.WHOLE, panel=Panel.OUTPUT, commands=(EXPLAIN,), metavar="N", low=4, high=MAX_STEPS,
        help="Gradient evaluations allowed for the integrated gradients of one sequence, 4 to 1,000.",
    ),
    Option(
        name="most", kind=Kind.WHOLE, panel=Panel.OUTPUT, commands=(EXPLAIN,), metavar="N", low=1, high=1_000_000,
        help="Refuse more variants (or sequences) than this.",
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
        help="FASTA of variants, plain or bgzipped. Sequences need none.",
    ),
    Option(
        name="label", panel=Panel.INPUT, commands=(EVALUATE,), metavar="COLUMN",
        help="Column of labels. `INFO/KEY` makes the input a VCF, here and in the other columns.",
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
        help="Column of measured effects, instead of `--label`.",
    ),
    Option(
        name="group", panel=Panel.INPUT, commands=(EVALUATE,), metavar="COLUMN", default="that of `--track-column`",
        help="Column by whose values results are also reported.",
    ),
    Option(
        name="cluster", panel=Panel.INPUT, commands=(EVALUATE,), metavar="COLUMN",
        help="Rows with the same value depend on each other: the bootstrap draws them together.",
    ),
    Option(
        name="sequence", panel=Panel.INPUT, commands=(EVALUATE,), metavar="COLUMN",
        default="`sequence`, if there are no variants",
        help="Column of sequences to predict, instead of variants to score.",
    ),
    Option(
        name="track_column", panel=Panel.INPUT, commands=(EVALUATE,), metavar="COLUMN",
        help="For sequences: column that names the track of each row's value.",
    ),
    Option(
        name="strand", panel=Panel.SCORES, commands=(EVALUATE,), choices=ANY_STRANDS, heeded=True,
        help="`spec` or `both` for variants, as for `score`; `spec`, `forward` or `reverse` for sequences, as for "
        "`predict`.",
    ),
    Option(
        name="score", kind=Kind.TEXTS, panel=Panel.SCORES, commands=(EVALUATE,), metavar="[NAME=]FIELD",
        default="`MAX`",
        help="The score to compare.", more="See [scores](scores.md).",
    ),
    Option(
        name="signed", kind=Kind.FLAG, panel=Panel.SCORES, commands=(EVALUATE,), off="--magnitude",
        help="Compare labels with the signed score rather than its magnitude.",
    ),
    Option(
        name="thresholds", kind=Kind.LABELS, panel=Panel.SCORES, commands=(EVALUATE,), metavar="T,...",
        default="`0.1,0.2,0.5,0.8` for variants, none for sequences",
        help="For labels: scores at or above which a variant is called positive, for sensitivity, specificity and PPV; "
        "or `none`.",
    ),
    Option(
        name="resamples", kind=Kind.WHOLE, panel=Panel.SCORES, commands=(EVALUATE,), metavar="N", low=100,
        high=MAX_RESAMPLES, help="Bootstrap resamples, 100 to 1,000,000.",
    ),
    Option(
        name="seed", kind=Kind.WHOLE, panel=Panel.SCORES, commands=(EVALUATE,), metavar="N", low=0, high=2**32 - 1,
        help="Seed of the bootstrap.",
    ),
    Option(
        name="calibrate", kind=Kind.PATH, panel=Panel.OUTPUT, commands=(EVALUATE,), metavar="FILE.toml",
        help="Make a file of thresholds for `score --evidence`, from the likelihood ratios of labelled variants.",
        more="See [evidence](evidence.md#calibrating).",
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
        help="Folder for weights, metrics and predictions of the test fold.",
        more="It is created if its parent exists, and also holds the checkpoints.",
    ),
    Option(
        name="member", kind=Kind.WHOLE, panel=Panel.RUN, commands=(TRAIN,), metavar="N", in_files=False, default="all",
        help="Fit only this network of the ensemble, counted from 0.",
        more="A run without it joins the fitted networks.",
    ),
    Option(
        name="resume", kind=Kind.FLAG, panel=Panel.RUN, commands=(TRAIN,), off="--no-resume", in_files=False,
        help="Continue from the checkpoints of an interrupted run.",
    ),
)  # fmt: skip

FURTHER = (*_PREDICT, *_EXPLAIN, *_EVALUATE, *_TRAIN)
