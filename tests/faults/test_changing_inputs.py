"""Files that are replaced, cut or written to while a run reads them: an error, never a mixture."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.faults.jobs import contents, hidden, one_error, run, score_job, write_variants
from tests.small import SmallGenome, write_small_genome

# The file changes when so many records have been read. (The reference is not read ahead, or it would all be there.)
_AFTER = """
import genoscore.inputs.fasta; genoscore.inputs.fasta._AHEAD = 1
_made = opening.make_chunks
def _changing(records):
    for at, record in enumerate(records):
        if at == {records}:
            path = {path!r}
            {change}
        yield record
opening.make_chunks = lambda records, most: _made(_changing(records), most)
"""
_CHANGES = {
    "cut": "import os; os.truncate(path, os.path.getsize(path) // 2)",
    "written": "open(path, 'r+b').write(open(path, 'rb').read()[::-1])",
    "longer": "open(path, 'ab').write(b'chr1\\t790\\t.\\tA\\tC\\t.\\t.\\t.\\n')",
}
_ANOTHER = "import os, shutil; shutil.copy(path, path + '2'); os.truncate(path + '2', 9); os.replace(path + '2', path)"


@pytest.fixture
def own(tmp_path: Path) -> SmallGenome:
    """Files that only this test has."""
    folder = tmp_path / "inputs"
    folder.mkdir()
    return write_small_genome(folder)


def _run(own: SmallGenome, tmp_path: Path, which: str, change: str) -> tuple[CompletedProcess[str], Path, Path]:
    """Run while a file changes; also the file, and the folder of the outputs, where an earlier one lies."""
    source = write_variants(own, tmp_path / "in.vcf", 2500)
    path = source if which == "variants" else own.fasta
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "o.vcf").write_text("of an earlier run")
    fault = _AFTER.format(records=200, path=str(path), change=change)
    return run(score_job(own, source, ("o.vcf",)), folder, fault=fault), path, folder


@pytest.mark.parametrize("change", _CHANGES)
@pytest.mark.parametrize("which", ["variants", "reference"])
def test_a_file_changes(own: SmallGenome, tmp_path: Path, which: str, change: str) -> None:
    done, path, folder = _run(own, tmp_path, which, _CHANGES[change])
    error = one_error(done)
    assert path.name in error
    assert "changed" in error or "damaged" in error or "truncated" in error
    assert contents(folder) == {"o.vcf": b"of an earlier run"}
    assert hidden(folder) == []


@pytest.mark.parametrize("which", ["variants", "reference"])
def test_another_file_takes_the_name(own: SmallGenome, tmp_path: Path, which: str) -> None:
    """The run goes on with the file that it has opened."""
    done, _, folder = _run(own, tmp_path, which, _ANOTHER)
    assert done.returncode == 0, done.stderr
    assert sum(not line.startswith("#") for line in (folder / "o.vcf").read_text().splitlines()) == 2500
