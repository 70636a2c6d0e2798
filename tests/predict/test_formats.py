"""Every format that `predict` writes, of regions and of sequences."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyBigWig
import pytest

from genoscore import PredictConfig, predict_sequences
from genoscore.core.errors import ConfigError, InputError
from genoscore.engine import tracks
from genoscore.scoring.sequences import PredictSummary
from tests.predict.toy_sequences import TRACKS, load_arrays, predicted_by_hand
from tests.small import SmallGenome

pytestmark = pytest.mark.usefixtures("toy", "bins")


def test_bins_have_coordinates(predict: Callable[..., Path], small: SmallGenome, tmp_path: Path) -> None:
    """A bin is cut at the sequence's ends, and is no row where it lies beyond them."""
    folder = predict(f">s\n{'A' * 20}\n", "o.tsv", "o.bedgraph", predictor="bins")
    rows = [line.split("\t") for line in (folder / "o.tsv").read_text().splitlines()]
    assert rows[0] == ["CHROM", "START", "END", "first_a", "all"]
    assert [row[:3] for row in rows[1:]] == [["s", "0", "3"], ["s", "3", "11"], ["s", "11", "19"], ["s", "19", "20"]]
    lines = (folder / "o.all.bedgraph").read_text().splitlines()
    assert lines[1:] == ["s\t0\t3\t8.0", "s\t3\t11\t8.0", "s\t11\t19\t8.0", "s\t19\t20\t8.0"]
    outputs = tuple(str(tmp_path / name) for name in ("r.npz", "r.bw"))
    predict_sequences(
        PredictConfig(outputs, region="chr1:101-120", reference=small.fasta, predictor="bins", strand="forward")
    )
    (values,) = [value for name, value in load_arrays(tmp_path / "r.npz").items() if name != "tracks"]
    window = small.sequences["chr1"][100 - 21 : 100 + 43]  # the contig goes on around the region
    assert values[0].tolist() == [float(window[at] == "A") for at in range(8, 56, 8)]
    with pyBigWig.open(str(tmp_path / "r.first_a.bw")) as made:
        spans = [(100, 103), (103, 111), (111, 119), (119, 120)]
        assert made.intervals("chr1") == tuple((*span, values[0][at]) for at, span in enumerate(spans, 1))


def test_a_region_of_the_reference(small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real flanks, N beyond the contig, coordinates of the genome, the same in every format."""
    monkeypatch.setattr(tracks, "PIECE", 40)
    sequence = small.sequences["chr1"]
    for region, start, end in (("1:301-420", 300, 420), ("chr1:1-50", 0, 50), ("chr1:1101-", 1100, 1200)):
        names = ("o.npz", "o.tsv", "o.tsv.gz", "o.bedGraph", "o.bedgraph.gz", "o.bw")
        outputs = tuple(str(tmp_path / name) for name in names)
        done = predict_sequences(PredictConfig(outputs, region=region, reference=small.fasta, predictor="toy"))
        assert done == PredictSummary(1, end - start, done.files)
        left, right = sequence[max(0, start - 20) : start].rjust(20, "N"), sequence[end : end + 20].ljust(20, "N")
        found = load_arrays(tmp_path / "o.npz")
        values = found[f"chr1:{start + 1}-{end}"]
        np.testing.assert_allclose(values, predicted_by_hand(sequence[start:end], left, right), atol=1e-6)
        rows = [line.split("\t") for line in (tmp_path / "o.tsv").read_text().splitlines()]
        assert gzip.decompress((tmp_path / "o.tsv.gz").read_bytes()).decode() == (tmp_path / "o.tsv").read_text()
        assert rows[0] == ["CHROM", "POS", *TRACKS]
        assert [row[:2] for row in rows[1:]] == [["chr1", str(pos)] for pos in range(start + 1, end + 1)]
        np.testing.assert_array_equal(np.array([row[2:] for row in rows[1:]], np.float32).T, values)
        for row, track in enumerate(TRACKS):
            text = (tmp_path / f"o.{track}.bedGraph").read_text()
            assert gzip.decompress((tmp_path / f"o.{track}.bedgraph.gz").read_bytes()).decode() == text
            head, *lines = text.splitlines()
            assert head.startswith(f'track type=bedGraph name="{track}" ')
            cells = [line.split("\t") for line in lines]
            assert [line[:3] for line in cells] == [["chr1", str(at), str(at + 1)] for at in range(start, end)]
            np.testing.assert_array_equal(np.array([line[3] for line in cells], np.float32), values[row])
            with pyBigWig.open(str(tmp_path / f"o.{track}.bw")) as made:
                assert made.chroms() == {"chr1": 1200, "chr2": 1200}
                assert made.header()["nBasesCovered"] == end - start
                np.testing.assert_array_equal(made.values("chr1", start, end, numpy=True), values[row])


def test_names_in_an_npz(predict: Callable[..., Path]) -> None:
    """Names that look like paths are kept; those that numpy cannot tell apart are refused."""
    names = ["a/b|c;d", "..", "x.npy", "é", "tracks2"]
    found = load_arrays(predict("".join(f">{name}\nACGT\n" for name in names)) / "o.npz")
    assert list(found) == ["tracks", *names]
    for names in (["tracks"], ["x", "x.npy"], ["x.npy", "x"], ["tracks.npy"], ["a.npy", "a.npy.npy"]):
        with pytest.raises(InputError, match="npz cannot hold"):
            predict("".join(f">{name}\nACGT\n" for name in names))
        predict("".join(f">{name}\nACGT\n" for name in names), "o.tsv")


def test_provenance(predict: Callable[..., Path]) -> None:
    folder = predict(">a\nACGT\n", "o.npz", command="genoscore predict in.fa")
    said = json.loads(zipfile.ZipFile(folder / "o.npz").comment)
    assert (said["Command"], said["Predictor"], said["Precision"]) == ("genoscore predict in.fa", "toy", "fp32")
    assert len(said["WeightsSHA256"]) == 64


def test_many_tracks_are_not_many_files(predict: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    from genoscore.outputs import tracks as formats

    monkeypatch.setattr(formats, "MOST_FILES", 2)
    with pytest.raises(ConfigError, match="3 tracks would need as many files"):
        predict(">a\nACGT\n", "o.bedgraph")
    predict(">a\nACGT\n", "o.tsv")
