"""`--transcripts` through a run: what is computed, what is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.errors import InputError
from genoscore.core.windows import GeneUse, Stretch
from genoscore.engine.journal import Journal
from genoscore.predictors import registry
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.splicing.predictor import SplicePredictor
from genoscore.scoring.run import score_vcf
from tests.conftest import Run, Score
from tests.small import SmallGenome, info, records, vcf_text
from tests.toy import ToyEntry


class CountingEntry(ToyEntry):
    """The toy, which counts the edits and the windows that it is asked for."""

    def __init__(self, masked: bool, whole: bool) -> None:
        self.masked, self.whole = masked, whole
        self.edits = self.windows = 0

    def spec(self, config: RunConfig) -> PredictorSpec:
        return replace(super().spec(config), genes=GeneUse(bound=True, masked=self.masked))

    def load(self, config: RunConfig, spec: PredictorSpec) -> Any:
        made = super().load(config, spec)
        return _Windows(made, self) if self.whole else _Edits(made, self)


class _Windows:
    def __init__(self, predictor: SplicePredictor, entry: CountingEntry) -> None:
        self.spec, self.device, self.to_fallback = predictor.spec, predictor.device, predictor.to_fallback
        self._predictor, self._entry = predictor, entry

    def predict(self, x: torch.Tensor) -> torch.Tensor:
        self._entry.windows += len(x)
        return self._predictor.predict(x)


class _Edits(_Windows):
    def predict_edits(self, stretch: Stretch, edits: Sequence[Edit], *options: Any) -> tuple[torch.Tensor, ...]:
        self._entry.edits += len(edits)
        return self._predictor.predict_edits(stretch, edits, *options)


MASKED_EDITS, MASKED_WINDOWS = CountingEntry(masked=True, whole=False), CountingEntry(masked=True, whole=True)
FREE_EDITS, FREE_WINDOWS = CountingEntry(masked=False, whole=False), CountingEntry(masked=False, whole=True)


# Exons, 1-based, inclusive: A and B have the same bounds, C ends earlier; OTHER lies over them on the same strand.
TRANSCRIPTS = (
    ("ONE", "A", "MANE_Select", ((101, 150), (201, 260), (401, 500))),
    ("ONE", "B", "basic", ((101, 150), (301, 330), (401, 500))),
    ("ONE", "C", "basic", ((101, 150), (201, 260))),
    ("OTHER", "D", "Ensembl_canonical", ((181, 300), (351, 480))),
)


@pytest.fixture(scope="module")
def gtf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = []
    for gene, name, tag, exons in TRANSCRIPTS:
        of = f'gene_id "G{gene}.1"; gene_name "{gene}"; transcript_id "T{name}.1"; tag "{tag}";'
        lines.append(f"1\tx\ttranscript\t{exons[0][0]}\t{exons[-1][1]}\t.\t+\t.\t{of}")
        lines += [f"1\tx\texon\t{start}\t{end}\t.\t+\t.\t{of}" for start, end in exons]
    path = tmp_path_factory.mktemp("gtf") / "a.gtf"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def score_places(score_small: Score, small: SmallGenome, gtf: Path) -> Callable[..., Path]:
    """Score an SNV and an insertion at every one of PLACES for some transcripts; the table, with a VCF beside it."""

    def run(transcripts: str, **options: Any) -> Path:
        sequence = small.sequences["chr1"]
        rows = [f"chr1 {pos} {sequence[pos - 1]} {sequence[pos - 1]}GT,{_other(sequence[pos - 1])}" for pos in PLACES]
        names = [transcripts.replace(",", "_") + suffix for suffix in (".tsv", ".vcf")]
        options = {"consequences": False, **options}  # their columns come last
        return score_small(rows, *names, annotation=str(gtf), transcripts=transcripts, **options).outputs[0]

    return run


PLACES = (110, 201, 205, 230, 250, 302, 420, 470)


def _other(base: str) -> str:
    return "A" if base != "A" else "C"


def _rows(target: Path) -> list[list[str]]:
    return sorted(line.split("\t") for line in target.read_text().splitlines()[1:])


def _over(name: str) -> list[int]:
    exons = next(exons for _, of, _, exons in TRANSCRIPTS if of == name)
    return [pos for pos in PLACES if exons[0][0] <= pos <= exons[-1][1]]


@pytest.mark.parametrize(("mask", "batch_size"), [("none", None), ("site", 1), ("spliceai", 3)])
@pytest.mark.parametrize("name", ["MASKED_EDITS", "MASKED_WINDOWS", "FREE_EDITS", "FREE_WINDOWS"])
def test_what_the_network_cannot_tell_apart_is_computed_once(
    score_places: Callable[..., Path],
    small: SmallGenome,
    monkeypatch: pytest.MonkeyPatch,
    mask: str,
    batch_size: int | None,
    name: str,
) -> None:
    monkeypatch.setitem(registry._BUILT_IN, "toy", f"{__name__}:{name}")
    entry: CountingEntry = globals()[name]
    entry.edits = entry.windows = 0
    options = {"mask": mask, "batch_size": batch_size, "distance": 20}
    together = _rows(score_places("all", **options))
    asked, windows = entry.edits, entry.windows
    apart = []
    for _, one, _, _ in TRANSCRIPTS:
        apart += [row for row in _rows(score_places(f"T{one}", **options)) if row[7] != "."]
    assert together == sorted(apart), "each as if it had been computed alone"
    assert len({tuple(row[12:]) for row in together}) > 2 * len(PLACES), "the transcripts differ in their masks"
    bounds = {(pos, "A" if one == "B" else one) for one in "ABCD" for pos in _over(one)}
    distinct = 2 * len(bounds if entry.masked else PLACES)  # two ALTs a place
    if entry.whole:
        both = 2 if batch_size else 1.5  # small batches may part a place's ALTs, which share a reference window
        assert 1.5 * distinct <= windows <= both * distinct
    else:
        assert asked == distinct


@pytest.mark.usefixtures("toy")
def test_canonical_is_the_default(score_places: Callable[..., Path], small: SmallGenome) -> None:
    rows = _rows(score_places("canonical"))
    assert {row[-2] for row in rows} == {"TA.1", "TD.1"}
    assert RunConfig("-", small.fasta).transcripts == "canonical"


@pytest.mark.usefixtures("toy")
def test_ids_of_gene_and_transcript_are_written(score_places: Callable[..., Path]) -> None:
    target = score_places("all")
    header = target.read_text().splitlines()[0].split("\t")
    assert (header[8], header[-2]) == ("GENE_ID", "TRANSCRIPT")
    text = target.with_suffix(".vcf").read_text()
    for key in ("GENE_ID", "TRANSCRIPT"):
        assert f"##INFO=<ID=GS_TOY_{key},Number=A,Type=String," in text
    assert "Transcripts=all" in text
    rows = _rows(target)
    of_symbol = {"ONE": "GONE.1", "OTHER": "GOTHER.1"}
    for columns in records(target.with_suffix(".vcf")):
        fields = info(columns)
        alts = columns[4].split(",")
        for at, alt in enumerate(alts):
            gene, gene_id, transcript, most = (
                fields[f"GS_TOY_{key}"].split(",")[at] for key in ("GENE", "GENE_ID", "TRANSCRIPT", "MAX")
            )
            own = [row for row in rows if (row[1], row[4]) == (columns[1], alt)]
            (row,) = [row for row in own if row[-2] == transcript]
            assert (gene, gene_id, most) == (row[7], row[8], row[10])
            assert gene_id == of_symbol[gene]
            assert float(most) == max(float(row[10]) for row in own)
        strings = [one.split("|")[1] for one in fields["SpliceAI"].split(",")]
        assert len(strings) == len([row for row in rows if row[1] == columns[1]]), "one string per ALT and transcript"


@pytest.mark.usefixtures("toy")
def test_a_table_without_ids_has_no_fields_for_them(
    score_places: Callable[..., Path], small: SmallGenome, tmp_path: Path
) -> None:
    """And an earlier run's are taken out, since they would be of other scores."""
    first = score_places("canonical").with_suffix(".vcf")
    assert "GS_TOY_TRANSCRIPT=" in first.read_text()
    second, third = tmp_path / "second.vcf", tmp_path / "third.vcf"
    for source, target in ((first, second), (tmp_path / "in.vcf", third)):
        score_vcf(RunConfig(str(source), small.fasta, (str(target),), ("toy",), annotation=str(small.genes)))
        assert "GENE_ID" not in target.read_text()
        assert "TRANSCRIPT" not in target.read_text()
    assert records(second) == records(third)


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"transcripts": "canonical"}, "names.txt' in the interrupted run"),
        ({"compat": True}, "Compat of toy"),
        ({}, "names.txt was"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_resuming_a_run_of_other_transcripts_is_refused(
    small: SmallGenome,
    tmp_path: Path,
    gtf: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, Any],
    words: str,
    first: bool,
) -> None:
    """Whether the option is given in the interrupted run alone, or in the later one alone."""
    names, source, target = tmp_path / "names.txt", tmp_path / "in.vcf", tmp_path / "o.tsv"
    names.write_text("TA\n")
    source.write_text(vcf_text(["chr1 901 A <DEL>"]))
    config = RunConfig(
        str(source), small.fasta, (str(target),), ("toy",), annotation=str(gtf), transcripts=str(names), resume=True
    )
    runs = [config, replace(config, **change)]
    runs = runs if first else runs[::-1]
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "delete", Journal.close)  # as if it had stopped when it was about to finish
        score_vcf(runs[0])
    if not change:
        names.write_text("TA\nTB\n")
    with pytest.raises(InputError) as error:
        score_vcf(runs[1])
    assert words in error.value.one_line() or not first


def test_options_of_the_program(genoscore: Run, small: SmallGenome, tmp_path: Path, gtf: Path) -> None:
    base = small.sequences["chr1"][229]
    text = vcf_text([f"chr1 230 {base} {_other(base)}"])
    for given, pairs in (("canonical", 2), ("all", 4), ("TA,TB", 2)):
        done = genoscore("check", "-", "-r", small.fasta, "-a", gtf, "--transcripts", given, stdin=text)
        assert done.returncode == 0, done.stderr
        assert f"spliceai: {pairs} variant x gene pairs" in done.stdout
    config = tmp_path / "c.toml"
    config.write_text('transcripts = "all"\n')
    done = genoscore("check", "-", "-r", small.fasta, "-a", gtf, "--config", config, stdin=text)
    assert "spliceai: 4 variant x gene pairs" in done.stdout
    for given, words in (("TX", "holds no exons of transcript TX"), ("", "transcripts is empty")):
        done = genoscore("check", "-", "-r", small.fasta, "-a", gtf, "--transcripts", given, stdin=text)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert words in done.stderr
    done = genoscore("check", "-", "-r", small.fasta, "-a", small.genes, "--transcripts", "all", stdin=text)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "one transcript per gene" in done.stderr


def test_a_file_of_transcripts_is_not_overwritten(
    genoscore: Run, small: SmallGenome, tmp_path: Path, gtf: Path
) -> None:
    names = tmp_path / "names.vcf"
    names.write_text("TA\n")
    done = genoscore(
        "score", "-", "-r", small.fasta, "-a", gtf, "--transcripts", names, "-o", names, stdin=vcf_text([])
    )
    assert done.returncode == 1
    assert "also an input" in done.stderr
    assert names.read_text() == "TA\n"
