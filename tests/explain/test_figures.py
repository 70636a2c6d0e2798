"""Numbers of `explain` are those of `score` and `predict`: mutagenesis, profiles, regions, sequences."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from genoscore.core.config import PredictConfig, RunConfig
from genoscore.scoring.run import score_vcf
from genoscore.scoring.sequences import predict_sequences
from tests.explain.explained import Explain, page_in, snv_at
from tests.small import SmallGenome, read_table, vcf_text

pytestmark = pytest.mark.usefixtures("toy")


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("options", [{}, {"mask": "site"}, {"show": "DS_AL"}, {"predictor": "tissue_toy"}])
def test_mutagenesis_is_what_score_gives(
    run: Explain, small: SmallGenome, tmp_path: Path, options: dict[str, str]
) -> None:
    """In two genes on both strands, number by number."""
    run([snv_at(small, 470)], figures="mutagenesis", **options)
    found = read_table(page_in(tmp_path / "out") / "mutagenesis.tsv")
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
    rows = [snv_at(small, 700), f"chr1 700 {bases[699:702]} {bases[699]}", f"chr1 700 {bases[699]} {bases[699]}TT"]
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


@pytest.mark.usefixtures("undrawn")
def test_a_region(run: Explain, small: SmallGenome, tmp_path: Path) -> None:
    run("chr1:701-710", figures="mutagenesis,profiles,contributions", steps=4)
    page = page_in(tmp_path / "out")
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
