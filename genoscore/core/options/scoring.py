"""Options of `score` that decide what is read, how it is scored and what is written; most are other commands' too."""

from __future__ import annotations

from genoscore.core.choices import BANDS, CENTRES, HEADS, MASKS, MAX_DISTANCE, MAX_SHIFT, SCORE_STRANDS
from genoscore.core.options.option import BACKGROUND, CHECK, EVALUATE, EXPLAIN, PREDICT, SCORE, Option, Panel
from genoscore.core.toml_file import Kind

_RECORDS = (SCORE, CHECK, BACKGROUND)  # what reads a VCF and nothing else
_VARIANTS = (*_RECORDS, EXPLAIN, EVALUATE)
_SOME_PREDICTORS = "Of predictors with windows of one length."

SCORING = (
    Option(
        name="input", panel=Panel.INPUT, commands=_RECORDS, positional=True, metavar="INPUT", required=True,
        help="VCF, bgzipped VCF or BCF; a CSV or TSV of variants; `-` is one of these on standard input; or variants "
        "as `chr13-32345247-T-G`.",
        more="See [input](input.md).",
    ),
    Option(
        name="reference", kind=Kind.PATH, panel=Panel.INPUT, commands=_RECORDS, short="-r", metavar="FASTA",
        environment="GENOSCORE_REFERENCE", required=True,
        help="FASTA, plain or bgzipped.",
        more="A missing index is made beside it, or, where that folder is read-only, in the folder `fasta` of the "
        "[cache](weights.md#the-cache).",
    ),
    Option(
        name="region", panel=Panel.INPUT, commands=(*_RECORDS, EXPLAIN),
        help="Only records in `chr1:1000-2000` (1-based, inclusive); `chr1` is the whole contig.",
        default="all records",
    ),
    Option(
        name="regions_file", kind=Kind.PATH, panel=Panel.INPUT, commands=(*_RECORDS, EXPLAIN), metavar="BED",
        help="Only records in the regions of a BED file, plain or gzipped.", more="With `--region`, both count.",
        default="all records",
    ),
    Option(
        name="annotation", panel=Panel.GENES, commands=_VARIANTS, short="-a", metavar="GENES",
        environment="GENOSCORE_ANNOTATION",
        help="`grch37`, `grch38`, or a file: SpliceAI-style table, GTF or GFF3, plain or gzipped. `none` for "
        "predictors that can do without genes.",
        more="Read only if a predictor needs genes. See [annotations](annotations.md).",
    ),
    Option(
        name="transcripts", panel=Panel.GENES, commands=_VARIANTS,
        help="Of a GTF or GFF3: `canonical`, `all`, IDs with commas between them, or a file of IDs.",
        more="See [annotations](annotations.md#transcripts).",
    ),
    Option(
        name="genes", panel=Panel.GENES, commands=(SCORE, CHECK), metavar="GENE,...", default="all",
        help="Score in these genes only: symbols or gene IDs with commas between them, or a file with one per line.",
        more="See [gene panels](annotations.md#gene-panels).",
    ),
    Option(
        name="predictor", kind=Kind.TEXTS, panel=Panel.SCORES, commands=(*_RECORDS, EVALUATE), short="-p",
        metavar="NAME", pattern="[a-z][a-z0-9_]*", remedy="see: genoscore models list",
        help="A name from `genoscore models list`.",
    ),
    Option(
        name="weights", kind=Kind.PATHS, panel=Panel.SCORES, commands=(*_VARIANTS, PREDICT), metavar="NAME=PATH",
        help="That predictor's weights, instead of the installed ones.", more="In a file: a table `[weights]`.",
        default="installed",
    ),
    Option(
        name="distance", kind=Kind.WHOLE, panel=Panel.SCORES, commands=_VARIANTS, short="-d", metavar="BASES",
        low=0, high=MAX_DISTANCE,
        help="Bases on either side of the variant that are searched for a gained or lost site, 0 to 4,999.",
    ),
    Option(
        name="mask", panel=Panel.SCORES, commands=_VARIANTS, short="-m", choices=MASKS,
        help="`spliceai`: as its own `-M 1`, after the maximum; `site`: before it.",
        more="See [coordinates](coordinates.md#masks).",
    ),
    Option(
        name="compat", kind=Kind.FLAG, panel=Panel.SCORES, commands=(*_RECORDS, EVALUATE), off="--no-compat",
        help="Reproduce the peer tool to the letter, its gaps included.",
        more="Refused where none of the predictors has one.",
    ),
    Option(
        name="precomputed", kind=Kind.TEXTS, panel=Panel.SCORES, commands=(SCORE, EVALUATE), metavar="[NAME=]FILE",
        help="A bgzipped VCF with a tabix index: scores that it holds are taken from it, the rest is computed.",
        more="See [precomputed](precomputed.md).",
    ),
    Option(
        name="precomputed_as", panel=Panel.SCORES, commands=(SCORE, EVALUATE), metavar="TEXT",
        help="How those were made, where the files do not say so: `distance=50,mask=none,build=grch38`.",
        more="The build may be left out.",
    ),
    Option(
        name="tracks", kind=Kind.TEXTS, panel=Panel.SCORES, commands=(*_VARIANTS, PREDICT), metavar="[NAME=]WHAT",
        heeded=True, default="all",
        help="Of predictors with many tracks, only these: a regular expression searched in their descriptions, indices "
        "as `4828,5110`, or a file of either.",
        more="Of `enformer`, `regulatory`, `sei` and your own. A file has one expression or index per line. "
        "See [expression](expression.md#tracks).",
    ),
    Option(
        name="head", panel=Panel.SCORES, commands=(*_VARIANTS, PREDICT), choices=HEADS, heeded=True, default="human",
        help="Which tracks of `enformer`.",
    ),
    Option(
        name="strand", panel=Panel.SCORES, commands=_RECORDS, choices=SCORE_STRANDS, heeded=True,
        help="`spec`: as the predictor is run; `both`: the mean of the sequence and its reverse complement.",
        more=_SOME_PREDICTORS,
    ),
    Option(
        name="shifts", kind=Kind.NUMBERS, panel=Panel.SCORES, commands=_VARIANTS, metavar="BASES,...", heeded=True,
        default="0; of `regulatory` every 16 from -64 to 64",
        help="Average over windows that begin so many bases further right: `0,-43,43`.",
        more=f"From -{MAX_SHIFT} to {MAX_SHIFT}. {_SOME_PREDICTORS}",
    ),
    Option(
        name="centre", panel=Panel.SCORES, commands=_VARIANTS, choices=CENTRES, heeded=True,
        help="`grid`: variants of one bin share a window, which is faster.", more="Of predictors with bins.",
    ),
    Option(
        name="background", kind=Kind.TEXTS, panel=Panel.SCORES, commands=(SCORE, CHECK), metavar="[NAME=]FILE",
        heeded=True, default="none; of `regulatory` [its own](regulatory.md#scores)",
        help="Made by `genoscore background`: gives scores a percentile, and bands by it.",
        more="The percentile is `GS_<P>_PCT`. See [expression](expression.md#percentiles).",
    ),
    Option(
        name="untrained", kind=Kind.FLAG, panel=Panel.SCORES, commands=(*_RECORDS, EXPLAIN, PREDICT), off="--trained",
        heeded=True,
        help="Random weights, to try things out without the real ones; marks everything as meaningless.",
        more="Of `enformer` and `sei`.",
    ),
    Option(
        name="output", kind=Kind.TEXTS, panel=Panel.OUTPUT, commands=(SCORE,), short="-o", metavar="FILE",
        help="Format by suffix: `.vcf`, `.vcf.gz`, `.vcf.bgz`, `.bcf`, `.tsv`, `.tsv.gz`, `.parquet`; "
        "`.wide.tsv`, `.wide.tsv.gz`, `.wide.parquet` for one row per ALT and gene; `-` is VCF on standard output.",
        more="See [tables](tables.md). All are written in one pass. Without it, scores of variants on the command line "
        "are [printed](input.md#variants-on-the-command-line).",
    ),
    Option(
        name="min_score", kind=Kind.NUMBER, panel=Panel.OUTPUT, commands=(SCORE,), metavar="SCORE", low=0,
        default="every record",
        help="Write only records of which a `GS_<P>_ABS`, the magnitude of the largest score, reaches it.",
        more="Records with an error status are always written; what was left out is counted.",
    ),
    Option(
        name="min_band", panel=Panel.OUTPUT, commands=(SCORE,), choices=BANDS, noun="band", default="every record",
        help="The same by band.", more="With both, the stricter counts.",
    ),
    Option(
        name="keep_existing", kind=Kind.FLAG, panel=Panel.OUTPUT, commands=(SCORE,), off="--replace-existing",
        help="Leave records that carry the predictor's fields already, rather than replace these fields.",
    ),
    Option(
        name="keep_columns", kind=Kind.TEXTS, panel=Panel.OUTPUT, commands=(SCORE,), metavar="INFO/KEY,...",
        help="Of the input, as columns of tables: `INFO/AF,FORMAT/GT`, also `QUAL` and `FILTER`.",
        more="After all other columns. See [tables](tables.md#columns-of-the-input---keep-columns).",
    ),
    Option(
        name="summary", kind=Kind.PATH, panel=Panel.OUTPUT, commands=(SCORE,), metavar="FILE.json",
        help="Counts, times and provenance as JSON.",
    ),
    Option(
        name="output", panel=Panel.OUTPUT, commands=(BACKGROUND,), short="-o", metavar="FILE.npz", required=True,
        kind=Kind.TEXTS, single=True,
        help="The file to be made.",
    ),
)  # fmt: skip
