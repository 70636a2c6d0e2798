"""`--pseudoexon`: what it allows, what it changes, and that a resumed run may change it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.predictors import registry
from genoscore.scoring.run import score_vcf
from tests.conftest import Invoke
from tests.consequences.test_spellings import _gtf, gene_bases
from tests.small import infos


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A gene with an acceptor in an intron, and a variant that makes a donor 60 bases on."""
    monkeypatch.setitem(registry._BUILT_IN, "motif", "tests.consequences.motif_network:MOTIF")
    genome = gene_bases(random.Random(1))
    genome = genome[:982] + "CTCTCTTCCTTTCTCCAG" + genome[1000:1058] + "AGGCAAGT" + genome[1066:]
    (tmp_path / "g.fa").write_text(f">0+\n{genome}\n")
    (tmp_path / "g.gtf").write_text(_gtf("0+"))
    rows = "".join(f"0+\t{pos}\t.\t{genome[pos - 1]}\t{alt}\t.\t.\t.\n" for pos, alt in ((1062, "T"), (1063, "C")))
    (tmp_path / "in.vcf").write_text(
        f"##fileformat=VCFv4.2\n##contig=<ID=0+>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n{rows}"
    )
    return tmp_path


def _config(folder: Path, name: str, **options: object) -> RunConfig:
    return RunConfig(
        str(folder / "in.vcf"), folder / "g.fa", (str(folder / name),), ("motif",), annotation=str(folder / "g.gtf"),
        distance=300, **options,  # type: ignore[arg-type]
    )  # fmt: skip


def _events(folder: Path, name: str) -> list[tuple[str, str]]:
    return [(info["GS_MOTIF_EVENT"], info["GS_MOTIF_EVENT_NT"]) for info in infos(folder / name)]


def test_limits_decide(folder: Path) -> None:
    done = score_vcf(_config(folder, "usual.vcf"))
    assert _events(folder, "usual.vcf") == [("pseudoexon", "60"), ("none", ".")]
    assert "Pseudoexon" not in done.provenance["motif"]
    for limits, holds in (((60, 60), True), ((61, 500), False), ((1, 59), False)):
        done = score_vcf(_config(folder, "other.vcf", pseudoexon=limits))
        assert (_events(folder, "other.vcf")[0] == ("pseudoexon", "60")) == holds
        assert done.provenance["motif"]["Pseudoexon"] == f"{limits[0]},{limits[1]}"


def test_a_resumed_run_may_have_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal holds splice sites: what becomes of the transcript is told anew, for all records."""
    with monkeypatch.context() as patch:
        patch.setattr("genoscore.scoring.run.delete_journal", lambda _: [])
        score_vcf(_config(folder, "a.vcf", resume=True))
    with monkeypatch.context() as patch:
        patch.setattr("tests.consequences.motif_network.MotifPredictor.predict", None)  # nothing is computed
        score_vcf(_config(folder, "a.vcf", resume=True, pseudoexon=(61, 500)))
    score_vcf(_config(folder, "fresh.vcf", pseudoexon=(61, 500)))
    assert _events(folder, "a.vcf") == _events(folder, "fresh.vcf") != [("pseudoexon", "60"), ("none", ".")]


def test_on_the_command_line_and_in_files(folder: Path, invoke: Invoke) -> None:
    arguments = ["score", folder / "in.vcf", "-r", folder / "g.fa", "-a", folder / "g.gtf", "-p", "motif", "-d", "300"]
    (folder / "run.toml").write_text("pseudoexon = [61, 500]\n")
    for name, given in (("a.vcf", ["--pseudoexon", "61,500"]), ("b.vcf", ["--config", folder / "run.toml"])):
        assert invoke(*arguments, "-o", folder / name, *given).exit_code == 0
        assert _events(folder, name)[0][0] != "pseudoexon"
    refused = invoke(*arguments, "-o", folder / "c.vcf", "--pseudoexon", "500,25")
    assert refused.exit_code == 1
    assert "pseudoexon is 500,25" in refused.stderr
    assert "give the shortest and the longest, for example 25,500" in refused.stderr


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((500, 25), "pseudoexon is 500,25"), ("25", "pseudoexon is 25"), ((), "pseudoexon is empty"),
        ("25,50,500", "pseudoexon is 25,50,500"), ("a,b", "pseudoexon 'a,b' is not a list of whole numbers"),
        ((0, 500), "pseudoexon is 0"), ((25, 5_001), "pseudoexon is 5001"), ("-1,4", "pseudoexon is -1"),
    ],
)  # fmt: skip
def test_what_is_refused(given: object, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        RunConfig("-", Path("g.fa"), pseudoexon=given)  # type: ignore[arg-type]
    assert str(error.value).startswith(message)
    assert error.value.hint


def test_what_is_accepted() -> None:
    for given in ("1,5000", (1, 5_000), [1, 5_000]):
        assert RunConfig("-", Path("g.fa"), pseudoexon=given).pseudoexon == (1, 5_000)  # type: ignore[arg-type]
    assert RunConfig("-", Path("g.fa")).pseudoexon == (25, 500)
