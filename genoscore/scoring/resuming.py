"""`--resume`: the path of a run's journal, and what must be the same for its scores to be reused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from pathlib import Path

from genoscore.core.config import RunConfig
from genoscore.core.errors import OutputError
from genoscore.engine.journal import Journal, is_of_run
from genoscore.inputs.fetched_annotation import annotation_file
from genoscore.inputs.genes import BUILT_IN, NO_GENES
from genoscore.outputs.targets import FORMATS, match_suffix
from genoscore.scoring.files import journal_path, option_files, precomputed_paths
from genoscore.scoring.opening import OpenRun

# Options that the scores and splice sites in a journal do not depend on (what becomes of a transcript is told anew),
# and `weights`, whose files are compared by their digests.
_MAY_DIFFER = {
    "output", "summary", "strict", "min_score", "min_band", "keep_columns", "resume", "command", "protect", "origins",
    "weights", "commercial", "pseudoexon",
}  # fmt: skip


def open_journal(config: RunConfig, run: OpenRun, stack: ExitStack) -> Journal | None:
    """The journal of this run, new or existing; None without `--resume`.

    If the first output has none, one that an interrupted run left for the same name in another format is used.

    Raises:
        InputError: it belongs to another run. OutputError: it cannot be written.
    """
    if not config.resume:
        return None
    agree = _what_must_agree(config, run)
    path = journal_path(config.output[0])
    if not path.exists():
        path = next((other for other in _in_other_formats(config.output[0]) if is_of_run(other, agree)), path)
    journal = Journal(path, agree)
    stack.callback(journal.close)
    return journal


def _in_other_formats(target: str) -> list[Path]:
    """Paths of journals of outputs that differ from `target` only in their format."""
    suffixes = [*FORMATS, f".{target.rpartition('.')[2]}"]
    stem = target.removesuffix(match_suffix(target, suffixes) or "")
    return [journal_path(stem + suffix) for suffix in FORMATS]


@contextmanager
def keeping_journal(journal: Journal | None) -> Iterator[None]:
    """If an output fails, its error says that the scores are kept."""
    try:
        yield
    except OutputError as error:
        if journal is not None:
            error.hint += f"; {journal.path} keeps the scores: --resume uses them for this output in any format"
        raise


def delete_journal(journal: Journal | None) -> list[str]:
    """Delete the journal of a finished run. Returns a warning if that fails; the outputs are complete all the same."""
    try:
        if journal is not None:
            journal.delete()
    except OSError as error:
        return [f"a journal that is no longer needed cannot be deleted ({error.strerror}): delete {error.filename}"]
    return []


def _what_must_agree(config: RunConfig, run: OpenRun) -> dict[str, str]:
    """Everything that the scores depend on: name -> value."""
    header = run.inputs.records.header
    text = "\n".join([*header.meta, header.columns])
    names = {field.name for field in fields(config)}
    agree = {  # for genes, the files and options below say more than their digest
        f"{key} of {name}": value
        for name, values in run.provenance.items()
        for key, value in values.items()
        if key not in ("Command", "OptionsFrom", "Genes", "Pseudoexon")
    }
    agree |= {name: str(getattr(config, name)) for name in sorted(names - _MAY_DIFFER)}
    agree |= {"input header": hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]}
    files = [Path(config.reference)]
    if config.annotation not in (*BUILT_IN, NO_GENES):
        annotation = Path(annotation_file(config.annotation))
        files += [annotation] if annotation.exists() else []  # it may not be needed
    if config.regions_file is not None:
        files.append(config.regions_file)
    files += map(Path, option_files(config))
    for path in [*files, *precomputed_paths(config)]:
        status = path.stat()
        agree[f"size and time of {path}"] = f"{status.st_size} {status.st_mtime_ns}"
    return agree
