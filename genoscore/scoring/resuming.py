"""`--resume`: the path of a run's journal, and what must be the same for its scores to be reused."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from pathlib import Path

from genoscore.core.config import RunConfig
from genoscore.engine.journal import Journal
from genoscore.inputs.genes import BUILT_IN, NO_GENES
from genoscore.scoring.files import option_files, precomputed_paths
from genoscore.scoring.opening import OpenRun

_AGREE = (
    "device", "batch_size", "keep_existing", "region", "regions_file", "min_score", "min_band", "output", "precomputed",
    "precomputed_as", "keep_columns",
)  # fmt: skip


def journal_path(config: RunConfig) -> Path:
    """The path of the journal for `--resume`: next to the first output."""
    return Path(config.output[0] + ".genoscore-journal")


def open_journal(config: RunConfig, run: OpenRun, stack: ExitStack) -> Journal | None:
    """The journal of this run, new or existing; None without `--resume`.

    Raises:
        InputError: it belongs to another run. OutputError: it cannot be written.
    """
    if not config.resume:
        return None
    journal = Journal(journal_path(config), _what_must_agree(config, run))
    stack.callback(journal.close)
    return journal


def _what_must_agree(config: RunConfig, run: OpenRun) -> dict[str, str]:
    """Everything that the scores and the outputs' bytes depend on: name -> value."""
    header = run.inputs.records.header
    text = "\n".join([*header.meta, header.columns])
    agree = {  # for genes, the files and options below say more than their digest
        f"{key} of {name}": value
        for name, values in run.provenance.items()
        for key, value in values.items()
        if key != "Genes"
    }
    agree |= {option: str(getattr(config, option)) for option in _AGREE}
    agree |= {"input header": hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]}
    files = [Path(config.reference)]
    if config.annotation not in (*BUILT_IN, NO_GENES):
        files.append(Path(config.annotation))
    if config.regions_file is not None:
        files.append(config.regions_file)
    files += map(Path, option_files(config))
    for path in [*files, *precomputed_paths(config)]:
        status = path.stat()
        agree[f"size and time of {path}"] = f"{status.st_size} {status.st_mtime_ns}"
    return agree
