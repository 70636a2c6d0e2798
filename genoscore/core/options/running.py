"""Options that decide how a command runs: device, option files, messages."""

from __future__ import annotations

from genoscore.core.choices import PRECISIONS
from genoscore.core.options.option import (
    BACKGROUND,
    CHECK,
    COMMANDS,
    EVALUATE,
    EXPLAIN,
    PREDICT,
    SCORE,
    TRAIN,
    Option,
    Panel,
)  # fmt: skip
from genoscore.core.toml_file import Kind

_CONFIGURED = (SCORE, CHECK, BACKGROUND, PREDICT, EXPLAIN, EVALUATE)  # all whose options a TOML file may hold
_COMPUTING = (SCORE, BACKGROUND, PREDICT, EXPLAIN, EVALUATE)
_ONE_DEVICE = "auto|cpu|cuda(:[0-9]{1,2})?"

RUNNING = (
    Option(
        name="device", panel=Panel.RUN, commands=(SCORE, BACKGROUND, EVALUATE), metavar="DEVICE",
        pattern=r"auto|cpu|cuda|cuda:all|cuda:[0-9]{1,2}(,cuda:[0-9]{1,2})*",
        remedy="auto, cpu, cuda, cuda:N or cuda:N,cuda:M", environment="GENOSCORE_DEVICE",
        help="`auto`, `cpu`, `cuda` or `cuda:N`; `cuda:0,cuda:1` or `cuda:all` share the work.",
    ),
    Option(
        name="device", panel=Panel.RUN, commands=(PREDICT, EXPLAIN), metavar="DEVICE", pattern=_ONE_DEVICE,
        remedy="auto, cpu, cuda or cuda:N", environment="GENOSCORE_DEVICE",
        help="`auto`, `cpu`, `cuda` or `cuda:N`.",
    ),
    Option(
        name="device", panel=Panel.RUN, commands=(TRAIN,), metavar="DEVICE", in_files=False,
        default="that of CONFIG.toml",
        help="`auto`, `cpu`, `cuda` or `cuda:N`.",
    ),
    Option(
        name="precision", panel=Panel.RUN, commands=(SCORE, BACKGROUND, EVALUATE), choices=PRECISIONS,
        help="`bf16` is approximate; `auto` prints what `fp32` prints, after a quick screening.",
        more="Only the DP of a DS of 0.00 in the `SpliceAI` string, or an SD beside a MAX of 0.00, may differ.",
    ),
    Option(
        name="precision", panel=Panel.RUN, commands=(PREDICT, EXPLAIN), choices=PRECISIONS,
        help="`bf16` is approximate; `auto` means `fp32`.",
    ),
    Option(
        name="threads", kind=Kind.WHOLE, panel=Panel.RUN, commands=_COMPUTING, metavar="N", low=1, high=4096,
        default="all cores", help="CPU threads.",
    ),
    Option(
        name="threads", kind=Kind.WHOLE, panel=Panel.RUN, commands=(TRAIN,), metavar="N", in_files=False,
        default="those of CONFIG.toml", help="CPU threads.",
    ),
    Option(
        name="batch_size", kind=Kind.WHOLE, panel=Panel.RUN, commands=_COMPUTING, metavar="N", low=1, high=65536,
        default="fitted to memory", help="Windows, or edits, computed together.",
    ),
    Option(
        name="config", kind=Kind.PATH, panel=Panel.RUN, commands=_CONFIGURED, metavar="FILE.toml", in_files=False,
        help="A file of options; flags take precedence.", more="See [below](#files-and-environment).",
    ),
    Option(
        name="resume", kind=Kind.FLAG, panel=Panel.RUN, commands=(SCORE, BACKGROUND), off="--no-resume",
        help="Keep a journal beside the first output, and continue from the one that an interrupted run left there.",
        more="Its name is that of the output plus `.genoscore-journal`. The first output must be a file. "
        "The journal also serves an output of the same name in another format.",
    ),
    Option(
        name="commercial", kind=Kind.FLAG, panel=Panel.RUN, commands=_CONFIGURED, off="--no-commercial",
        environment="GENOSCORE_COMMERCIAL",
        help="Refuse weights, and gene tables, that are not known to allow commercial use.",
        more="They are refused before any work is done, and the message names what may be used. "
        "See [weights](weights.md#licences).",
    ),
    Option(
        name="strict", kind=Kind.FLAG, panel=Panel.RUN, commands=(SCORE,), off="--no-strict",
        help="Exit 1 if any ALT has an error status; the outputs are still complete.",
        more="Also if [BCF cannot hold](outputs.md#what-bcf-cannot-hold) a value of the input.",
    ),
    Option(
        name="strict", kind=Kind.FLAG, panel=Panel.RUN, commands=(CHECK,), off="--no-strict",
        help="Exit 1 if any ALT would have an error status, or if there are ALTs and none would be scored.",
        more="None is scored if the FASTA holds N under every REF, no variant lies in a gene, or all alleles are "
        "symbolic. The report is still printed.",
    ),
    Option(
        name="json", kind=Kind.FLAG, panel=Panel.RUN, commands=(CHECK,), in_files=False,
        help="Print the report as JSON, for programs.", more="See [below](#the-report-as-json).",
    ),
    Option(
        name="quiet", kind=Kind.FLAG, panel=Panel.RUN, commands=COMMANDS, short="-q", in_files=False,
        help="No progress and no tables; warnings and errors only.",
    ),
    Option(
        name="verbose", kind=Kind.FLAG, panel=Panel.RUN, commands=COMMANDS, short="-v", in_files=False,
        help="Details, and a traceback if something fails.",
    ),
    Option(
        name="log_file", kind=Kind.PATH, panel=Panel.RUN, commands=COMMANDS, metavar="FILE", in_files=False,
        help="Append messages to this file.",
    ),
)  # fmt: skip
