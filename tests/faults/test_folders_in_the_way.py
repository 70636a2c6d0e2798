"""A folder that somebody makes, during a run, where an output will be."""

from __future__ import annotations

from pathlib import Path

import pytest

from genoscore.core.errors import OutputError
from genoscore.core.pending import PendingFile, publish_all
from genoscore.core.scratch import Scratch


def test_a_folder_made_under_an_outputs_name_is_kept(tmp_path: Path) -> None:
    first, second = tmp_path / "o.vcf", tmp_path / "o.tsv"
    first.write_text("old")
    scratch = Scratch()
    files = [PendingFile(path, scratch) for path in (first, second)]
    for file in files:
        file.path.write_text("new")
    second.mkdir()
    (second / "theirs").write_text("x")
    with pytest.raises(OutputError, match=r"o\.tsv cannot be written \(Is a directory\)"):
        publish_all(files)
    scratch.close()
    assert first.read_text() == "old"
    assert (second / "theirs").read_text() == "x"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.tsv", "o.vcf"]
