"""Options of `score` for what is read, how it is scored and what is written; other commands share most of them."""

from __future__ import annotations

from genoscore.core.choices import (
    BANDS,
    CENTRES,
    HEADS,
    MASKS,
    MAX_DISTANCE,
    MAX_PSEUDOEXON,
    MAX_REACH,
    MAX_SHIFT,
    SCORE_STRANDS,
)
from genoscore.core.options.option import BACKGROUND, CHECK, EVALUATE, EXPLAIN, PREDICT, SCORE, Option, Panel
from genoscore.core.toml_file import Kind

_RECORDS = (SCORE, CHECK, BACKGROUND)  # commands that read variants and nothing else
_VARIANTS = (*_RECORDS, EXPLAIN, EVALUATE)
_SOME_PREDICTORS = "For predictors with fixed-length windows."

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
        more="A missing index is made beside it, or, if that folder is read-only, in the folder `fasta` of the "
        "[cache](weights.md#the-cache).",
    ),
    Option(
        name="region", panel=Panel.INPUT, commands=(*_RECORDS, EXPLAIN),
        help="Only records in `chr1:1000-2000` (1-based, inclusive); `chr1` is the whole contig.",
        default="all records",
    ),
    Option(
        name="regions_file", kind=Kind.PATH, panel=Panel.INPUT, commands=(*_RECORDS, EXPLAIN), metavar="BED",
        help="Only records in the regions of a BED file, plain or gzipped.",
        more="With `--region`, records in either are kept.",
        default="all records",
    ),
    Option(
        name="annotation", panel=Panel.GENES, commands=_VARIANTS, short="-a", metavar="GENES",
        environment="GENOSCORE_ANNOTATION",
        help="`grch37`, `grch38`, `mane`, or a file: SpliceAI-style table, GTF or GFF3, plain or gzipped. `none` for "
        "predictors that work without genes.",
        more="Read only if a predictor needs genes. `mane`, a GTF and a GFF3 have coding sequences, so that "
        "[consequences](consequences.md) are written. See [annotations](annotations.md).",
    ),
    Option(
        name="transcripts", panel=Panel.GENES, commands=_VARIANTS,
        help="From a GTF or GFF3: `canonical`, `all`, comma-separated IDs, or a file of IDs.",
        more="See [annotations](annotations.md#transcripts).",
    ),
    Option(
        name="genes", panel=Panel.GENES, commands=(SCORE, CHECK), metavar="GENE,...", default="all",
        help="Score only in these genes: comma-separated symbols or gene IDs, or a file with one per line.",
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
        name="mask", panel=Panel.SCORES, commands=_VARIANTS, short="-m", choices=MASKS, up_to=2,
        help="`spliceai`: as SpliceAI's own `-M 1`, after the maximum is taken; `site`: before. Two, as `none,site`: "
        "the second adds `GS_<P>_MAX_MASKED`.",
        more="See [coordinates](coordinates.md#masks).",
    ),
    Option(
        name="site_probabilities", kind=Kind.FLAG, panel=Panel.SCORES, commands=(SCORE, CHECK),
        off="--no-site-probabilities", heeded=True,
        help="Also write the probabilities behind each splicing score, with REF and with ALT: `GS_<P>_DS_AG_REF` "
        "and so on.",
        more="See [coordinates](coordinates.md#site-probabilities).",
    ),
    Option(
        name="compat", kind=Kind.FLAG, panel=Panel.SCORES, commands=(*_RECORDS, EVALUATE), off="--no-compat",
        help="Reproduce the peer tool to the letter, including its gaps.",
        more="Refused if none of the predictors has a peer tool.",
    ),
    Option(
        name="consequences", kind=Kind.FLAG, panel=Panel.SCORES, commands=(SCORE, CHECK), off="--no-consequences",
        default="on if the annotation is a GTF or GFF3 and a predictor scores splice sites; off under `--compat`",
        help="Say what becomes of the transcript: event, reading frame, first new stop, HGVS.",
        more="With a SpliceAI-style table, which has no coding sequences, frame, stop and HGVS are missing. See "
        "[consequences](consequences.md).",
    ),
    Option(
        name="reach", kind=Kind.WHOLE, panel=Panel.SCORES, commands=(SCORE, CHECK, EXPLAIN), metavar="BASES", low=0,
        high=MAX_REACH,
        help="Bases on either side of the variant in which splice sites are looked for, 0 to 5,000, for consequences "
        "and for warnings of sites beyond `-d`. Scores follow `-d` alone.",
        more="See [how far sites are looked for](consequences.md#how-far-sites-are-looked-for).",
    ),
    Option(
        name="evidence", kind=Kind.PATH, panel=Panel.SCORES, commands=(SCORE, CHECK), metavar="FILE.toml",
        default="the ClinGen thresholds, for `spliceai`",
        help="Thresholds of `EVIDENCE` (PP3, BP4) by predictor: a panel's own, or those that "
        "`genoscore evaluate --calibrate` made.",
        more="Refused in a run without consequences. See [evidence](evidence.md).",
    ),
    Option(
        name="pseudoexon", kind=Kind.NUMBERS, panel=Panel.SCORES, commands=(SCORE, CHECK), metavar="BASES,BASES", low=1,
        high=MAX_PSEUDOEXON, remedy="give the shortest and the longest, for example 25,500",
        help="For `--consequences`: the shortest and the longest exon neither end of which is annotated.",
        more=f"1 to {MAX_PSEUDOEXON:,} bases. See [consequences](consequences.md#how-the-event-is-chosen).",
    ),
    Option(
        name="precomputed", kind=Kind.TEXTS, panel=Panel.SCORES, commands=(SCORE, EVALUATE), metavar="[NAME=]FILE",
        help="A bgzipped VCF with a tabix index: scores that it holds are taken from it, the rest are computed.",
        more="See [precomputed](precomputed.md).",
    ),
    Option(
        name="precomputed_as", panel=Panel.SCORES, commands=(SCORE, EVALUATE), metavar="TEXT",
        help="How they were made, if the files do not say so: `distance=50,mask=none,build=grch38`.",
        more="The build may be omitted.",
    ),
    Option(
        name="tracks", kind=Kind.TEXTS, panel=Panel.SCORES, commands=(*_VARIANTS, PREDICT), metavar="[NAME=]WHAT",
        heeded=True, default="all",
        help="For predictors with many tracks, only these: a regular expression searched for in their descriptions, "
        "indices such as `4828,5110`, or a file of either.",
        more="For `enformer`, `regulatory`, `sei` and custom models. A file has one expression or index per line. "
        "See [expression](expression.md#tracks).",
    ),
    Option(
        name="head", panel=Panel.SCORES, commands=(*_VARIANTS, PREDICT), choices=HEADS, heeded=True, default="human",
        help="Which tracks of `enformer`, by species.",
    ),
    Option(
        name="strand", panel=Panel.SCORES, commands=_RECORDS, choices=SCORE_STRANDS, heeded=True,
        help="`spec`: the predictor's default; `both`: the mean of the sequence and its reverse complement.",
        more=_SOME_PREDICTORS,
    ),
    Option(
        name="shifts", kind=Kind.NUMBERS, panel=Panel.SCORES, commands=_VARIANTS, metavar="BASES,...", heeded=True,
        default="0; for `regulatory`, every 16 from -64 to 64", remedy="for example 0,-43,43",
        help="Average over windows shifted to the right by these numbers of bases: `0,-43,43`.",
        more=f"From -{MAX_SHIFT} to {MAX_SHIFT}. {_SOME_PREDICTORS}",
    ),
    Option(
        name="centre", panel=Panel.SCORES, commands=_VARIANTS, choices=CENTRES, heeded=True,
        help="`grid`: variants in the same bin share a window, which is faster.", more="For predictors with bins.",
    ),
    Option(
        name="background", kind=Kind.TEXTS, panel=Panel.SCORES, commands=(SCORE, CHECK), metavar="[NAME=]FILE",
        heeded=True, default="none; for `regulatory`, [its own](regulatory.md#scores)",
        help="A file made by `genoscore background`: adds percentiles to scores, and bands based on them.",
        more="The percentile is `GS_<P>_PCT`. See [expression](expression.md#percentiles).",
    ),
    Option(
        name="untrained", kind=Kind.FLAG, panel=Panel.SCORES, commands=(*_RECORDS, EXPLAIN, PREDICT), off="--trained",
        heeded=True,
        help="Random weights, to try things out without the real ones; marks everything as meaningless.",
        more="For `enformer` and `sei`.",
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
        help="Write only records with a `GS_<P>_ABS`, the magnitude of the largest score, of at least this.",
        more="Records with an error status are always written; what was left out is counted.",
    ),
    Option(
        name="min_band", panel=Panel.OUTPUT, commands=(SCORE,), choices=BANDS, noun="band", default="every record",
        help="The same by band.", more="If both are given, the stricter one applies.",
    ),
    Option(
        name="keep_existing", kind=Kind.FLAG, panel=Panel.OUTPUT, commands=(SCORE,), off="--replace-existing",
        help="Leave records that already carry the predictor's fields, rather than replacing the fields.",
    ),
    Option(
        name="keep_columns", kind=Kind.TEXTS, panel=Panel.OUTPUT, commands=(SCORE,), metavar="INFO/KEY,...",
        help="Values of the input to add to tables as columns: `INFO/AF,FORMAT/GT`, also `QUAL` and `FILTER`.",
        more="After all other columns. See [tables](tables.md#columns-of-the-input---keep-columns).",
    ),
    Option(
        name="summary", kind=Kind.PATH, panel=Panel.OUTPUT, commands=(SCORE,), metavar="FILE.json",
        help="Counts, times and provenance as JSON.",
    ),
    Option(
        name="output", panel=Panel.OUTPUT, commands=(BACKGROUND,), short="-o", metavar="FILE.npz", required=True,
        kind=Kind.TEXTS, single=True,
        help="File to create.",
    ),
)  # fmt: skip
