"""Motifs as the first filters of the network."""

from __future__ import annotations

from pathlib import Path

import pytest

from genoscore.core.errors import InputError
from genoscore.training.motifs import diverse, read_motifs, similarities
from tests.training.toy_data import write_motifs


def test_motifs_are_filters(tmp_path: Path) -> None:
    consensus = ["TGACTC", "TTGACTC", "CCGG", "GAGTCA", "AATATTAATT"]  # the fourth is the first on the other strand
    motifs = read_motifs(write_motifs(tmp_path / "some.jaspar", consensus))
    alike = similarities(motifs.matrices)
    assert alike[0, 3] == pytest.approx(1)
    assert alike[0, 1] > 0.9 > 0.7 > alike[0, 2]
    order = diverse(motifs.matrices)
    assert sorted(order) == [0, 1, 2, 3, 4]
    assert {2, 4} <= {*order[:3]}, "of those that are alike one is enough"
    for count, indices in ((5, [0, 1, 2, 3, 4]), (9, [0, 1, 2, 3, 4]), (3, order[:3])):
        filters = motifs.filters(count, 5)
        assert filters.shape == (len(indices), 4, 5)
        for values, index in zip(filters, indices, strict=True):
            wanted = consensus[index]
            assert values.max(axis=0).sum() == pytest.approx(4), "what the best sequence matches with"
            if len(wanted) <= 5:
                assert (values[:, len(wanted) :] == 0).all()
                for at, base in enumerate(wanted):
                    assert values["ACGT".index(base), at] == pytest.approx(4 / len(wanted), rel=1e-5)
            else:
                assert "".join("ACGT"[one] for one in values.argmax(axis=0)) in wanted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file contains no motif"),
        (">M\nA [ 1 ]\n>N\n", "line 3: the motif before it lacks a row"),
        (">M\nA [ 1 ]\nC [ 1 ]\n", "the file ends within a motif"),
        (">M\nA [ x ]\n", "line 2: it is not a row of counts"),
        (">M\nA [ 1 ]\nA [ 1 ]\n", "line 3: it is not a row of counts"),
        (">M\nA [ 1 2 ]\nC [ 1 ]\nG [ 1 ]\nT [ 1 ]\n", "line 5: the rows of the motif differ in length"),
        (">M\nA [ 0 ]\nC [ 0 ]\nG [ 0 ]\nT [ 0 ]\n", "line 5: a position of the motif has no counts"),
    ],
)
def test_motifs_that_cannot_be(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "m.jaspar"
    path.write_text(text)
    with pytest.raises(InputError) as told:
        read_motifs(path)
    assert message in told.value.one_line()
