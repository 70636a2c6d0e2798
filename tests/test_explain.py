"""`genoscore explain`: its numbers against `score`, `predict` and their own sums; its pages, its folder, its errors."""

from __future__ import annotations

import importlib.util
import json
import random
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
import torch
from matplotlib.figure import Figure

from genoscore.core.config import PredictConfig, RunConfig, read_toml
from genoscore.core.errors import ConfigError, GenoscoreError
from genoscore.explaining import figures
from genoscore.explaining.attention import attention_of, rollout
from genoscore.explaining.cases import Case, cases_of
from genoscore.explaining.config import EXPLAIN_KEYS, ExplainConfig
from genoscore.explaining.contributions import Contributions, contributions_of
from genoscore.explaining.run import ExplainObserver, ExplainSummary, explain
from genoscore.explaining.subjects import Opened, open_subjects
from genoscore.networks.enformer_config import EnformerConfig
from genoscore.predictors import registry
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.enformer.predictor import EnformerPredictor
from genoscore.predictors.enformer.weights import untrained
from genoscore.predictors.windowed import as_asked
from genoscore.scoring.run import score_vcf
from genoscore.scoring.sequences import predict_sequences
from genoscore.weights.card import ModelCard
from tests.conftest import ROOT, TEST_DATA, Invoke
from tests.markdown import fences
from tests.small import SmallGenome, read_table, vcf_text

pytestmark = pytest.mark.usefixtures("toy")
Explain = Callable[..., ExplainSummary]
TRANSFORMER = EnformerConfig(
    dim=48, depth=2, heads=2, output_heads={"human": 2}, target_length=4, dim_divisible_by=8, attn_dim_key=16,
    use_tf_gamma=False, input_length=1024,
)  # fmt: skip


class TransformerEntry:
    """A small Enformer of random weights: 8 tokens of 128 bases, of which 4 are bins."""

    card = ModelCard("transformer", "", "", "MIT", "made here", "", {})

    def spec(self, config: RunConfig) -> PredictorSpec:
        """As Enformer's."""
        spec = PredictorSpec(
            context_length=512, bin_size=128, n_bins=4, strand="forward", gene_bound=False, gene_masked=False,
            max_allele_length=100, peer=None, name="transformer", family="expression", tracks=("cage", "dnase"),
            input_length=1024, tss=True, max_records=8,
        )  # fmt: skip
        return as_asked(spec, config)

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """No files."""
        return {}

    def load(self, config: RunConfig) -> EnformerPredictor:
        """Seeded."""
        torch.manual_seed(3)
        return EnformerPredictor(self.spec(config), untrained(TRANSFORMER), "human", (0, 1), torch.device("cpu"))


TRANSFORMER_ENTRY = TransformerEntry()


@pytest.fixture(autouse=True)
def _transformer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._BUILT_IN, "transformer", "tests.test_explain:TRANSFORMER_ENTRY")
    monkeypatch.setitem(registry._BUILT_IN, "bins", "tests.toy:BINS")


@pytest.fixture
def run(small: SmallGenome, tmp_path: Path) -> Explain:
    """Explain variants given as `CHROM POS REF ALT`, or any other input, into tmp_path / "out"."""

    def go(given: list[str] | str, observer: ExplainObserver | None = None, **options: object) -> ExplainSummary:
        if isinstance(given, list):
            (tmp_path / "in.vcf").write_text(vcf_text(given))
            given = str(tmp_path / "in.vcf")
        chosen = {
            "reference": small.fasta, "annotation": str(small.genes), "predictor": "toy", "window": 11, "flank": 12,
            "distance": 10, "output": str(tmp_path / "out"),
        }  # fmt: skip
        return explain(ExplainConfig(given, **(chosen | options)), observer)  # type: ignore[arg-type]

    return go


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are left out: drawing takes longer than all else."""
    for name in ("draw_mutagenesis", "draw_profile", "draw_contributions", "draw_attention"):
        monkeypatch.setattr(figures, name, lambda *_: Figure())


def _snv(small: SmallGenome, pos: int, contig: str = "chr1") -> str:
    ref = small.sequences[contig][pos - 1]
    return f"{contig} {pos} {ref} {'ACGT'[('ACGT'.index(ref) + 1) % 4]}"


def _page(folder: Path) -> Path:
    (page,) = [path for path in folder.iterdir() if path.is_dir()]
    return page


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("options", [{}, {"mask": "site"}, {"show": "DS_AL"}, {"predictor": "tissue_toy"}])
def test_mutagenesis_is_what_score_gives(
    run: Explain, small: SmallGenome, tmp_path: Path, options: dict[str, str]
) -> None:
    """In two genes on both strands, number by number."""
    run([_snv(small, 470)], figures="mutagenesis", **options)
    found = read_table(_page(tmp_path / "out") / "mutagenesis.tsv")
    assert len(found) == 11 * 3 * 2
    bases = small.sequences["chr1"]
    rows = [f"chr1 {pos} {bases[pos - 1]} {alt}" for pos in range(465, 476) for alt in "ACGT" if alt != bases[pos - 1]]
    (tmp_path / "all.vcf").write_text(vcf_text(rows))
    target = str(tmp_path / "all.parquet")
    chosen = {"predictor": "toy", "distance": 10, "precision": "fp32"} | options
    column = chosen.pop("show", "MAX")
    score_vcf(RunConfig(str(tmp_path / "all.vcf"), small.fasta, target, annotation=str(small.genes), **chosen))  # type: ignore[arg-type]
    wanted = pyarrow.parquet.read_table(target).to_pylist()
    key = ("POS", "ALT", "GENE")
    expected = {tuple(str(row[name]) for name in key): row[column] for row in wanted}
    assert {tuple(row[name] for name in key) for row in found} == expected.keys()
    for row in found:
        assert float(row["SCORE"]) == pytest.approx(expected[tuple(row[name] for name in key)], abs=1e-6)
    assert len({row["SCORE"] for row in found}) > 1


@pytest.mark.usefixtures("undrawn")
def test_profiles_are_what_predict_gives(run: Explain, small: SmallGenome, tmp_path: Path) -> None:
    """Of a genome in which the variant stands, on the gene's strand; behind a deletion and an insertion, moved."""
    bases = small.sequences["chr1"]
    rows = [_snv(small, 700), f"chr1 700 {bases[699:702]} {bases[699]}", f"chr1 700 {bases[699]} {bases[699]}TT"]
    run(rows, figures="profiles", predictor="tissue_toy")
    pages = sorted(path for path in (tmp_path / "out").iterdir() if path.is_dir())
    for page, row in zip(pages, rows, strict=True):
        ref, alt = row.split()[2:]
        mutated = tmp_path / f"{page.name}.fa"
        mutated.write_text(f">chr1\n{bases[:699]}{alt}{bases[699 + len(ref) :]}\n")
        tracks = {}
        for name, fasta, region in (("REF", small.fasta, "chr1:1-1200"), ("ALT", mutated, "chr1:1-1190")):
            target = tmp_path / f"{name}.npz"
            predict_sequences(
                PredictConfig(str(target), region=region, reference=fasta, predictor="tissue_toy", strand="reverse")
            )
            tracks[name] = np.load(target)[region]
        for one in read_table(page / "profile.MINUS.tsv"):
            pos = int(one["POS"])
            change = len(alt) - len(ref)
            for track, name in enumerate(("heart", "brain")):
                assert float(one[f"{name}_REF"]) == pytest.approx(tracks["REF"][track, pos - 1], abs=2e-6)
                if pos <= 700 - (change > 0):
                    wanted = tracks["ALT"][track, pos - 1]
                elif pos == 700:
                    wanted = tracks["ALT"][track, 699 : 699 + len(alt)].max()
                else:
                    wanted = 0.0 if pos < 700 + len(ref) else tracks["ALT"][track, pos - 1 + change]
                assert float(one[f"{name}_ALT"]) == pytest.approx(wanted, abs=2e-6)


def _opened(small: SmallGenome, tmp_path: Path, row: str, predictor: str, **options: object) -> tuple[Case, Opened]:
    from contextlib import ExitStack

    (tmp_path / "one.vcf").write_text(vcf_text([row]))
    config = ExplainConfig(
        str(tmp_path / "one.vcf"), small.fasta, "x", predictor, annotation=str(small.genes), distance=10, **options
    )  # type: ignore[arg-type]
    spec = registry.get(predictor).spec(config)
    opened = open_subjects(config, spec, ExitStack())
    (subject,) = opened.subjects
    assert subject.record is not None
    case, *_ = cases_of(subject, opened.builder.look_up(subject.record, 0), opened, spec)
    return case, opened


@pytest.mark.parametrize("predictor", ["toy", "tissue_toy", "transformer"])
@pytest.mark.parametrize(("ref", "alt"), [(1, "A"), (3, ""), (1, "TT")])
def test_integrated_gradients_sum_to_the_difference(
    small: SmallGenome, tmp_path: Path, predictor: str, ref: int, alt: str
) -> None:
    """f(x) - f(N); f is what `predict` gives; nothing is lost where ALT is put on the reference."""
    bases = small.sequences["chr1"]
    start = bases.index("C", 700)
    first = bases[start : start + ref]
    row = f"chr1 {start + 1} {first} {'A' if len(first) == len(alt) else first[0] + alt}"
    case, opened = _opened(small, tmp_path, row, predictor)
    network = registry.get(predictor).load(RunConfig("-", Path("-"), predictor=predictor, distance=10))
    parts: list[float] = []
    found = contributions_of(case, network, opened.inputs.genome, 200, parts.append)
    assert sum(parts) == pytest.approx(1)
    alleles = [found.ref, *([found.alt] if found.alt else [])]
    for one in alleles:
        assert abs(one.gap) <= 0.02 * max(abs(one.value - one.baseline), 1e-2)
        assert np.abs(one.integrated).max() > 1e-6
    assert alleles[0].value == pytest.approx(_value(found, network, found.ref.sequence, found.target.bin), abs=1e-5)
    for method in ("integrated", "input_x_gradient"):
        before, after = found.placed(method)
        assert len(before) == len(found.ref.sequence)
        if found.alt is not None and after is not None:
            own = getattr(found.alt, method)
            outside = len(before) + len(case.edit.alt) - case.edit.ref_length
            assert after.sum() == pytest.approx(own.sum(), abs=1e-3 + np.abs(own[outside - 40 :]).sum())


def _value(found: Contributions, network: object, sequence: str, bin_: int) -> float:
    from genoscore.explaining.cases import outputs_of

    at = bin_ if network.spec.input_length else 0  # type: ignore[attr-defined]
    return float(outputs_of(sequence, found.case.reading(network.spec), network)[found.target.track, at])  # type: ignore[attr-defined, arg-type]


def test_input_x_gradient_is_the_slope(small: SmallGenome, tmp_path: Path) -> None:
    """Against a finite difference at the bases that matter most, on the gene's strand."""
    case, opened = _opened(small, tmp_path, _snv(small, 700), "toy")
    network = registry.get("toy").load(RunConfig("-", Path("-"), predictor="toy", distance=10))
    found = contributions_of(case, network, opened.inputs.genome, 4, lambda _: None)
    from genoscore.core.encode import one_hot, reverse_complement

    x = one_hot([found.ref.sequence]).double()
    double = [one.double() for one in network.networks]

    def output(x: torch.Tensor) -> float:
        y = torch.stack([one(reverse_complement(x)) for one in double]).mean(0)
        return float(y[0, found.target.track, 0])

    for at in np.argsort(-np.abs(found.ref.input_x_gradient))[:4].tolist():
        moved = x.clone()
        moved[:, :, at] *= 1 + 1e-4
        assert (output(moved) - output(x)) / 1e-4 == pytest.approx(found.ref.input_x_gradient[at], rel=0.02, abs=1e-6)


def test_the_differentiable_tower_is_the_network(small: SmallGenome) -> None:
    network = TRANSFORMER_ENTRY.load(RunConfig("-", Path("-"), predictor="transformer"))
    x = torch.nn.functional.one_hot(torch.randint(4, (2, 1024)), 4).transpose(1, 2).float()
    torch.testing.assert_close(network.differentiable(x), network.predict(x), rtol=1e-4, atol=1e-5)


def test_rollout_sums_to_one(small: SmallGenome, tmp_path: Path) -> None:
    weights = [torch.softmax(torch.randn(2, 6, 6, generator=torch.Generator().manual_seed(at)), -1) for at in range(3)]
    found = rollout(weights)
    torch.testing.assert_close(found.sum(dim=1), torch.ones(6, dtype=torch.float64))
    by_hand = torch.eye(6, dtype=torch.float64)
    for one in weights:
        by_hand = (0.5 * one.double().mean(0) + 0.5 * torch.eye(6)) @ by_hand
    torch.testing.assert_close(found, by_hand)
    torch.testing.assert_close(rollout(weights, 4)[0], by_hand[4])
    for strand in ("spec", "both"):
        case, opened = _opened(small, tmp_path, _snv(small, 700), "transformer", strand=strand)
        network = TRANSFORMER_ENTRY.load(RunConfig("-", Path("-"), predictor="transformer", strand=strand))
        seen = attention_of(case, network, opened.inputs.genome)
        assert (seen.start, seen.token, seen.size) == (699 - 512, 4, 128)
        assert seen.alt is not None
        for one in (seen.ref, seen.alt):
            assert one.rollout.sum() == pytest.approx(1)
            np.testing.assert_allclose(one.heads.sum(axis=2), 1, atol=1e-5)
        assert [place for place, _, _ in seen.top(3) if place == seen.start + 4 * 128] == []


class _References(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data", "action")]


def test_pages(run: Explain, small: SmallGenome, tmp_path: Path) -> None:
    """Every ALT has a page, whole in itself; what could not be explained says why."""
    other = "ACGT".replace(small.sequences["chr1"][119], "")
    rows = [_snv(small, 300), f"chr1 120 {other[0]} {other[1]}", "chr9 5 A T", "chr2 200 <b>&x A", _snv(small, 950)]
    done = run(rows, figures="mutagenesis,profiles,contributions,attention", steps=4)
    assert done.explained == 1
    statuses = ["REF_MISMATCH", "UNKNOWN_CONTIG", "NON_ACGT", "NO_GENE"]
    assert [status for _, status in done.without] == statuses
    folder = tmp_path / "out"
    index = (folder / "index.html").read_text()
    marks = json.loads((folder / "explain.json").read_text())
    assert [one["status"] for one in marks["subjects"]] == ["SCORED", *statuses]
    for one in marks["subjects"]:
        text = (folder / one["folder"] / "index.html").read_text()
        references = _References()
        references.feed(text)
        assert all(found.startswith("data:image/png;base64,") for found in references.found)
        assert not {"script", "link", "iframe"} & {*references.tags}
        assert "http" not in text
        assert "url(" not in text
        assert "<b>&" not in text
        assert f'href="{one["folder"]}/index.html"' in index
        assert one["status"] in text
        assert len(references.found) == (4 if one["status"] == "SCORED" else 0)
        for name in one["files"]:
            assert (folder / one["folder"] / name).stat().st_size > 100
    names = {path.name for path in (folder / marks["subjects"][0]["folder"]).iterdir()}
    assert {"mutagenesis.PLUS.svg", "profile.PLUS.png", "contributions.PLUS.npz", "integrated.PLUS.svg"} <= names
    assert "attention: toy is no transformer" in marks["subjects"][0]["notes"]


@pytest.mark.usefixtures("undrawn")
def test_scores_of_a_page_are_those_of_score(run: Explain, small: SmallGenome, tmp_path: Path) -> None:
    row = _snv(small, 470)
    run([row], figures="profiles")
    target = str(tmp_path / "s.tsv")
    score_vcf(
        RunConfig(str(tmp_path / "in.vcf"), small.fasta, target, "toy", annotation=str(small.genes), distance=10)  # type: ignore[arg-type]
    )
    text = (_page(tmp_path / "out") / "index.html").read_text()
    for scored in read_table(Path(target)):
        cells = [scored[name] for name in ("GENE", "MAX", "BAND", "DS_AG", "DS_AL", "DS_DG", "DS_DL", "DP_AG")]
        assert "".join(f"<td>{cell}</td>" for cell in cells) in text


def test_a_transformer(run: Explain, small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attention in place of profiles, of the variant and not of every gene."""
    for name in ("draw_mutagenesis", "draw_contributions"):
        monkeypatch.setattr(figures, name, lambda *_: Figure())
    run([_snv(small, 700)], predictor="transformer", window=3, steps=4, centre="grid")
    page = _page(tmp_path / "out")
    assert {"attention.png", "attention.svg", "attention.npz", "attention.bed", "contributions.tsv"} <= {
        path.name for path in page.iterdir()
    }
    regions = [line.split("\t") for line in (page / "attention.bed").read_text().splitlines()]
    assert regions
    assert all(0 <= int(start) < int(end) <= 1200 for _, start, end, *_ in regions)
    saved = np.load(page / "attention.npz")
    assert saved["ref_heads"].shape == (2, 2, 8)
    notes = json.loads((tmp_path / "out" / "explain.json").read_text())["subjects"][0]["notes"]
    assert notes == [
        "heat maps in MINUS are not drawn: their numbers are in mutagenesis.tsv",
        "profiles: transformer gives no output for every base",
    ]


@pytest.mark.usefixtures("undrawn")
def test_what_a_predictor_does_not_allow_is_said(run: Explain, small: SmallGenome, tmp_path: Path) -> None:
    run([_snv(small, 700)], predictor="bins", window=3)
    notes = json.loads((tmp_path / "out" / "explain.json").read_text())["subjects"][0]["notes"]
    assert {note.partition(":")[0] for note in notes} == {"profiles", "contributions", "attention"}


@pytest.mark.usefixtures("undrawn")
def test_a_region(run: Explain, small: SmallGenome, tmp_path: Path) -> None:
    run("chr1:701-710", figures="mutagenesis,profiles,contributions", steps=4)
    page = _page(tmp_path / "out")
    rows = read_table(page / "mutagenesis.tsv")
    assert {int(row["POS"]) for row in rows} == {*range(701, 711)}
    profile = read_table(page / "profile.MINUS.tsv")
    assert "acceptor_ALT" not in profile[0]
    assert {*range(701 - 12, 711 + 12)} <= {int(row["POS"]) for row in profile}


@pytest.mark.usefixtures("undrawn")
def test_sequences_of_a_fasta(run: Explain, tmp_path: Path) -> None:
    """Without genes, on either strand; N lies around them."""
    rng = random.Random(5)
    sequence = "".join(rng.choice("ACGT") for _ in range(30))
    (tmp_path / "in.fa").write_text(f">one\n{sequence}\n>two\n{sequence[:9]}\n")
    done = run(str(tmp_path / "in.fa"), reference="-", strand="reverse", steps=4, figures="mutagenesis,profiles")
    assert done.explained == 2
    target = tmp_path / "p.npz"
    predict_sequences(PredictConfig(str(target), str(tmp_path / "in.fa"), predictor="toy", strand="reverse"))
    rows = read_table(tmp_path / "out" / "0001_one" / "profile.tsv")
    inside = [row for row in rows if 1 <= int(row["POS"]) <= 30]
    found = [[float(row[f"{name}_REF"]) for row in inside] for name in ("acceptor", "donor")]
    np.testing.assert_allclose(found, np.load(target)["one"][1:], atol=2e-6)
    assert len(read_table(tmp_path / "out" / "0001_one" / "mutagenesis.tsv")) == 90


@pytest.mark.usefixtures("undrawn")
def test_the_folder(run: Explain, small: SmallGenome, tmp_path: Path) -> None:
    """Complete or not at all; nothing of the user's is replaced."""
    target, rows = tmp_path / "out", [_snv(small, 470)]

    class Interrupted(ExplainObserver):
        def advance(self) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(rows, Interrupted(), figures="profiles")
    assert {path.name for path in tmp_path.iterdir()} == {"in.vcf"}
    target.mkdir()
    run(rows, figures="profiles")  # an empty folder
    with pytest.raises(ConfigError, match="is not empty"):
        run(rows, figures="profiles")
    (target / "left").write_text("")
    run(rows, figures="profiles", force=True)
    assert not (target / "left").exists()
    (target / "explain.json").unlink()
    with pytest.raises(ConfigError, match="no folder that genoscore explain made"):
        run(rows, figures="profiles", force=True)
    assert {path.name for path in tmp_path.iterdir()} == {"in.vcf", "out"}


@pytest.mark.parametrize(
    ("given", "options", "words"),
    [
        (["chr1 470 A T", "chr1 471 A T,C"], {"most": 2}, "holds more than 2 ALTs"),
        ("no.vcf", {}, "does not exist"),
        ("chr1:1-1100", {"most": 2000, "window": 11, "reference": "-"}, "region are of a reference"),
        ("chr1:5000-5100", {}, "ends beyond contig"),
        (["chr1 470 A T"], {"show": "SAD"}, "--show 'SAD': there is no such score; one of DS_AG"),
        (["chr1 470 A T"], {"strand": "reverse"}, "for sequences of a FASTA"),
        ("chr1:1-9", {"region": "chr1:5"}, "--region and --regions-file choose among variants"),
        (["chr1 470 A T"], {"output": "no/folder/out"}, "folder does not exist"),
        ([], {}, "holds no record"),
    ],
)
def test_errors_are_one_line(run: Explain, given: list[str] | str, options: dict[str, object], words: str) -> None:
    with pytest.raises(GenoscoreError) as caught:
        run(given, **options)
    assert words in caught.value.one_line()
    assert caught.value.hint


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"window": 0}, "window is 0"), ({"steps": 1}, "steps is 1"), ({"figures": "heat"}, "figures 'heat'"),
        ({"predictor": ("toy", "bins")}, "2 predictors"), ({"output": "-"}, "writes a folder"),
        ({"strict": True}, "knows no strict"), ({"strand": "up"}, "strand 'up'"),
    ],
)  # fmt: skip
def test_options_that_cannot_work(options: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ExplainConfig("x.vcf", **({"reference": "g.fa", "output": "o"} | options))  # type: ignore[arg-type]
    assert words in caught.value.one_line()


def test_missing_libraries(run: Explain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError) as caught:
        run(["chr1 470 A T"])
    assert "pip install matplotlib logomaker" in caught.value.one_line()


@pytest.mark.usefixtures("undrawn")
def test_the_program(invoke: Invoke, small: SmallGenome, tmp_path: Path) -> None:
    """Options from a file and from flags; usage; an error in one line."""
    (tmp_path / "in.vcf").write_text(vcf_text([_snv(small, 470)]))
    config = tmp_path / "c.toml"
    config.write_text(f'predictor = "toy"\nannotation = "{small.genes}"\nfigures = "profiles"\nflank = 8\n')
    assert read_toml(config, EXPLAIN_KEYS)["flank"] == 8
    arguments = ["explain", str(tmp_path / "in.vcf"), "-r", str(small.fasta), "--config", str(config)]
    done = invoke(*arguments, "-o", str(tmp_path / "o"))
    assert (done.exit_code, done.stderr) == (0, f"1 explained, 0 without figures: {tmp_path}/o/index.html\n")
    assert len(read_table(_page(tmp_path / "o") / "profile.PLUS.tsv")) == 17
    assert invoke(*arguments).exit_code == 2
    again = invoke(*arguments, "-o", str(tmp_path / "o"))
    assert again.exit_code == 1
    assert again.stderr.count("\n") == 1
    assert "--force" in again.stderr
    config.write_text("strict = true\n")
    with pytest.raises(ConfigError, match="unknown key 'strict'"):
        read_toml(config, EXPLAIN_KEYS)


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_example_of_the_page(spliceai_weights: Path, tmp_path: Path) -> None:
    """docs/explain.md, to six digits: the last ones depend on the machine."""
    page = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")
    (example,) = [fence.text for fence in fences(page) if fence.text.startswith("CHROM")]
    genome, genes = TEST_DATA / "genome.fa", str(TEST_DATA / "genes.tsv")
    target = tmp_path / "o"
    explain(ExplainConfig("chrA:8926-8926", genome, (str(target),), annotation=genes, figures=("mutagenesis",)))
    made = (_page(target) / "mutagenesis.tsv").read_text()
    found, wanted = ([line.split("\t") for line in text.splitlines()] for text in (made, example))
    assert [row[:10] for row in found] == [row[:10] for row in wanted]
    values = ([float(row[10]) for row in rows[1:]] for rows in (found, wanted))
    np.testing.assert_allclose(*values, atol=1e-6)
