"""Which files a run reads, so that none of its outputs replaces one."""

from __future__ import annotations

import os
from pathlib import Path

from genoscore.core.config import RunConfig
from genoscore.inputs.fetched_annotation import annotation_file


def input_files(config: RunConfig) -> list[str | Path]:
    """Every file that a run reads or must not touch."""
    files: list[str | Path] = [config.input, config.reference, annotation_file(config.annotation), *config.protect]
    files += [f"{config.reference}{suffix}" for suffix in (".fai", ".gzi")]
    if config.regions_file is not None:
        files.append(config.regions_file)
    if config.evidence is not None:
        files.append(config.evidence)
    if config.resume:
        files.append(journal_path(config.output[0]))
    for path in precomputed_paths(config):
        files += [path, f"{path}.tbi", f"{path}.csi"]
    return files + option_files(config)


def journal_path(target: str) -> Path:
    """The path of the journal for `--resume`: next to the first output."""
    return Path(f"{target}.genoscore-journal")


def option_files(config: RunConfig) -> list[str]:
    """Files named by options: genes, transcripts, tracks and backgrounds."""
    named = [config.transcripts, *filter(None, [config.genes])]
    for name in config.predictor:
        named += [*config.of_predictor("tracks", name), *config.of_predictor("background", name)]
    return [path for path in dict.fromkeys(named) if os.path.isfile(path)]


def precomputed_paths(config: RunConfig) -> list[Path]:
    """The files of `--precomputed`."""
    return [path for paths in config.precomputed_files.values() for path in paths]
