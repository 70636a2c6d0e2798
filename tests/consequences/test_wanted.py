"""`--consequences` and `--reach`: which runs say what becomes of the transcript, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from genoscore.consequences.wanted import are_wanted, check_request
from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, InputError
from genoscore.explaining.config import ExplainConfig
from genoscore.inputs.genes import GeneModels, load_gene_models
from tests.conftest import Score
from tests.small import SmallGenome
from tests.toy import BINS, TISSUE_TOY, TOY

_GTF = """\
1\tx\texon\t101\t150\t.\t+\t.\tgene_id "G"; transcript_id "T";
1\tx\texon\t201\t260\t.\t+\t.\tgene_id "G"; transcript_id "T";
"""
_GFF3 = """\
##gff-version 3
1\tx\tgene\t101\t260\t.\t+\t.\tID=g;Name=G
1\tx\tmRNA\t101\t260\t.\t+\t.\tID=t;Parent=g
1\tx\texon\t101\t150\t.\t+\t.\tParent=t
"""
_TABLE = "#NAME\tCHROM\tSTRAND\tTX_START\tTX_END\tEXON_START\tEXON_END\nG\t1\t+\t100\t260\t100,\t150,\n"


def _config(**options: object) -> RunConfig:
    return RunConfig(input="-", reference=Path("g.fa"), **options)  # type: ignore[arg-type]


def _genes(folder: Path, text: str) -> GeneModels:
    path = folder / "annotation"
    path.write_text(text)
    return load_gene_models(path)


@pytest.mark.parametrize(("text", "has"), [(_GTF, True), (_GFF3, True), (_TABLE, False)])
@pytest.mark.parametrize("entry", [TOY, TISSUE_TOY])
def test_by_default_where_the_annotation_has_transcripts(tmp_path: Path, text: str, has: bool, entry: object) -> None:
    genes = _genes(tmp_path, text)
    spec = entry.spec(_config())  # type: ignore[attr-defined]
    assert genes.has_transcripts is has
    assert are_wanted(_config(), spec, genes) is has
    assert are_wanted(_config(consequences=True), spec, genes)
    assert not are_wanted(_config(consequences=False), spec, genes)
    assert not are_wanted(_config(compat=True), spec, genes)
    assert not are_wanted(_config(consequences=True), spec, None)


def test_only_for_splice_sites(tmp_path: Path) -> None:
    genes = _genes(tmp_path, _GTF)
    bins, toy = BINS.spec(_config()), TOY.spec(_config())
    assert not are_wanted(_config(consequences=True), bins, genes)
    asked = _config(consequences=True, predictor=("bins",))
    with pytest.raises(ConfigError, match="--consequences: bins does not score splice sites"):
        check_request(asked, [bins])
    check_request(replace(asked, predictor=("bins", "toy")), [bins, toy])
    check_request(replace(asked, consequences=None), [bins])


def test_not_for_other_commands(tmp_path: Path) -> None:
    config = ExplainConfig(input="-", reference=Path("g.fa"), output=("pages",))
    assert not are_wanted(config, TOY.spec(config), _genes(tmp_path, _GTF))


def test_options_that_conflict_or_are_out_of_range() -> None:
    with pytest.raises(ConfigError, match=r"--compat .* --consequences"):
        _config(compat=True, consequences=True)
    _config(compat=True, consequences=False)
    for reach in (-1, 5001):
        with pytest.raises(ConfigError, match=f"reach is {reach}"):
            _config(reach=reach)
    assert (_config().reach, _config().consequences) == (5000, None)


@pytest.mark.usefixtures("toy")
def test_a_journal_of_another_reach_is_refused(
    score_small: Score, small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both options decide what is computed."""
    rows = [f"chr1 {pos} {small.sequences['chr1'][pos - 1]} <DEL>" for pos in (110, 210)]
    with monkeypatch.context() as patch:
        patch.setattr("genoscore.scoring.run.delete_journal", lambda _: [])
        score_small(rows, "a.vcf", resume=True, reach=70)
    assert (tmp_path / "a.vcf.genoscore-journal").exists()
    for options in ({"reach": 71}, {"reach": 70, "consequences": False}):
        with pytest.raises(InputError, match=f"{next(reversed(options))} was"):
            score_small(rows, "a.vcf", resume=True, **options)
    score_small(rows, "a.vcf", resume=True, reach=70)
