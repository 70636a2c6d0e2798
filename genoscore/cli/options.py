"""Options that several commands share, declared once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from genoscore.core.config import RUN_KEYS, RunConfig, read_toml
from genoscore.core.errors import ConfigError
from genoscore.outputs.targets import check_targets

Input = Annotated[
    str | None,
    typer.Argument(metavar="INPUT", help="VCF, bgzipped VCF or BCF; - is standard input.", show_default=False),
]
Reference = Annotated[
    Path | None, typer.Option("-r", "--reference", help="FASTA, plain or bgzipped (required).", show_default=False)
]
Predictors = Annotated[
    list[str] | None, typer.Option("-p", "--predictor", help="Predictor; may be repeated. [default: spliceai]")
]
Weights = Annotated[
    list[str] | None,
    typer.Option("--weights", metavar="NAME=PATH", help="That predictor's weights, instead of the installed ones."),
]
Annotation = Annotated[
    str | None,
    typer.Option(
        "-a",
        "--annotation",
        help="grch37, grch38, or a file: SpliceAI-style table, GTF or GFF3; none where no predictor needs genes. "
        "[default: grch38]",
    ),
]
Transcripts = Annotated[
    str | None,
    typer.Option("--transcripts", help="Of a GTF or GFF3: canonical, all, IDs, or a file of IDs. [default: canonical]"),
]
Distance = Annotated[
    int | None, typer.Option("-d", "--distance", help="Bases either side of the variant searched. [default: 50]")
]
Mask = Annotated[
    str | None,
    typer.Option(
        "-m", "--mask", help="none; spliceai (its -M 1, after the maximum); site (before it). [default: none]"
    ),
]
Precomputed = Annotated[
    list[str] | None,
    typer.Option(
        "--precomputed",
        metavar="[NAME=]FILE",
        help="bgzipped VCF with a tabix index, whose scores are taken first. May be repeated.",
    ),
]
PrecomputedAs = Annotated[
    str | None,
    typer.Option(
        "--precomputed-as",
        metavar="TEXT",
        help="How they were made, where they do not say it: distance=50,mask=none,build=grch38.",
    ),
]
Tracks = Annotated[
    list[str] | None,
    typer.Option(
        "--tracks",
        metavar="[NAME=]WHAT",
        help="Of enformer, sei and the like: a pattern searched in the descriptions, indices as 4828,5110, or a file "
        "of them. May be repeated. [default: all]",
    ),
]
Head = Annotated[str | None, typer.Option("--head", help="Of enformer: human or mouse. [default: human]")]
Strand = Annotated[
    str | None,
    typer.Option("--strand", help="Of enformer and the like: spec, as it is run; both, averaged. [default: spec]"),
]
Shifts = Annotated[
    str | None,
    typer.Option(
        "--shifts",
        help="Of enformer and the like: average over windows moved so far. [default: 0; of regulatory -64 to 64 by 16]",
    ),
]
Centre = Annotated[
    str | None,
    typer.Option("--centre", help="variant; grid: variants of one bin share a window. [default: variant]"),
]
Device = Annotated[
    str | None, typer.Option("--device", help="auto, cpu, cuda, cuda:N, cuda:0,cuda:1 or cuda:all. [default: auto]")
]
Precision = Annotated[
    str | None,
    typer.Option(
        "--precision", help="fp32; bf16 (rough); auto: what fp32 prints, after a quick screening. [default: auto]"
    ),
]
OneDevice = Annotated[str | None, typer.Option("--device", help="auto, cpu, cuda, cuda:N. [default: auto]")]
PlainPrecision = Annotated[
    str | None, typer.Option("--precision", help="fp32; bf16 (rough); auto is fp32. [default: auto]")
]
Resume = Annotated[
    bool | None,
    typer.Option("--resume/--no-resume", help="Keep a journal beside the first output; go on from one left there."),
]
Untrained = Annotated[
    bool | None,
    typer.Option("--untrained/--trained", help="Random weights, to try things out; marks everything as meaningless."),
]
Compat = Annotated[
    bool | None, typer.Option("--compat/--no-compat", help="Reproduce the peer tool to the letter, its gaps included.")
]
Commercial = Annotated[
    bool | None,
    typer.Option("--commercial/--no-commercial", help="Refuse predictors whose weights forbid commercial use."),
]
Region = Annotated[str | None, typer.Option("--region", help="chr1:1000-2000 (1-based, inclusive).")]
RegionsFile = Annotated[Path | None, typer.Option("--regions-file", help="BED file.")]
Config = Annotated[
    Path | None, typer.Option("--config", help="TOML file with any of these options; flags win over it.")
]
Threads = Annotated[int | None, typer.Option("--threads", help="CPU threads. [default: all cores]")]
BatchSize = Annotated[int | None, typer.Option("--batch-size", help="Windows a call. [default: fitted to memory]")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress, no summary table.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Show tracebacks and details.")]
LogFile = Annotated[Path | None, typer.Option("--log-file", help="Append messages to this file.")]


def build_config(config_file: Path | None, given: dict[str, Any], log_file: Path | None = None) -> RunConfig:
    """RunConfig from a TOML file and the flags that were given (not None); flags win.

    Raises:
        typer.BadParameter: INPUT or --reference is given nowhere (exit code 2).
        ConfigError: see RunConfig.
    """
    return make_config(read_options(config_file, given, RUN_KEYS), config_file, log_file)


def make_config(
    options: dict[str, Any],
    config_file: Path | None,
    log_file: Path | None,
    what: str = "INPUT",
    kind: type[RunConfig] = RunConfig,
) -> RunConfig:
    """RunConfig from the options of `read_options`; see `build_config`.

    Args:
        what: how the command calls its input.
        kind: RunConfig, or one derived from it.
    """
    for name, label in (("input", what), ("reference", "-r/--reference")):
        if name not in options:
            raise typer.BadParameter(f"missing {label}")
    run_config = kind(**options, protect=side_files(config_file, log_file))
    precomputed = [path for paths in run_config.precomputed_files.values() for path in paths]
    genes = run_config.annotation, run_config.transcripts
    check_log_file(
        log_file, config_file, run_config.input, run_config.reference, *genes, *precomputed, *run_config.output
    )
    return run_config


def read_options(config_file: Path | None, given: dict[str, Any], keys: Mapping[str, type]) -> dict[str, Any]:
    """Options of a TOML file, which may have such `keys`, and the flags that were given (not None); flags win."""
    options = read_toml(config_file, keys) if config_file else {}
    return options | {name: value for name, value in given.items() if value is not None}


def side_files(*paths: Path | None) -> tuple[Path, ...]:
    """Files beside the inputs that no output may replace."""
    return tuple(path for path in paths if path is not None)


def check_log_file(log_file: Path | None, *taken: str | Path | None) -> None:
    """Refuse a log file that would replace one of the files of the run.

    Raises:
        ConfigError, OutputError: see `check_targets`.
    """
    if log_file is not None:
        check_targets([str(log_file)], [path for path in taken if path is not None], "log file")


def parse_weights(pairs: list[str] | None) -> dict[str, Path] | None:
    """`NAME=PATH` options to a dictionary.

    Raises:
        ConfigError: no `=`.
    """
    if not pairs:
        return None
    found = {}
    for pair in pairs:
        name, equals, path = pair.partition("=")
        if not (name and equals and path):
            raise ConfigError(f"--weights {pair!r} is not NAME=PATH", "for example --weights spliceai=models/")
        found[name] = Path(path)
    return found


def weights_of(name: str, pairs: list[str] | None) -> Path | None:
    """The path of a command that is about one predictor; None where none is given.

    Raises:
        ConfigError: no `=`, or another predictor's name.
    """
    folders = parse_weights(pairs) or {}
    if folders.keys() - {name}:
        raise ConfigError(f"--weights names {', '.join(folders.keys() - {name})}, not {name}", f"give {name}=PATH")
    return folders.get(name)


def set_up_logging(verbose: bool, log_file: Path | None) -> None:
    """Messages to a file, and with `verbose` to standard error.

    Raises:
        ConfigError: the file cannot be opened.
    """
    logging.raiseExceptions = False  # a full disk under the log must not print a page for every line
    log = logging.getLogger("genoscore")
    log.setLevel(logging.DEBUG)
    log.handlers.clear()
    log.propagate = False
    shape = logging.Formatter("%(asctime)s %(message)s")
    if log_file is not None:
        try:
            to_file: logging.Handler = logging.FileHandler(log_file)
        except OSError as error:
            raise ConfigError(
                f"log file {log_file} cannot be written ({error.strerror})", "give another path"
            ) from None
        to_file.setFormatter(shape)
        log.addHandler(to_file)
    if verbose:
        to_terminal = logging.StreamHandler()
        to_terminal.setFormatter(shape)
        log.addHandler(to_terminal)
    if not log.handlers:
        log.addHandler(logging.NullHandler())
