"""How much the choice of thresholds flatters the events: a grid, and leave-one-exon-out selection on it.

Usage: python benchmarks/event_thresholds.py TABLE REFERENCE ANNOTATION -p NAME[=WEIGHTS] [-p ...] [-d 50]
           [--reach 5000]

TABLE is described in observed_splicing.py. A predictor runs once; each event is derived from the sites that were found
with every LEAST_SHARE (and STRONG_CHANGE) of genoscore/consequences/events.py and RELUCTANCE of
splicing_paths.py on the grid. Then the variants nearest to one exon after the other are set aside, the point with most
classes right among the others is chosen, and what it says of those set aside is counted; where several points are
equally good, their mean. Where changes are below 0.1, sites are not looked for, so a LEAST_SHARE below that can find
little more.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from events import label, parser_of_runs, run
from numpy.typing import NDArray
from observed_splicing import Key, exons_of, nearest_exon, read_observed, single

from genoscore.consequences import events, splicing_paths
from genoscore.consequences.consequence import Consequence
from genoscore.consequences.transcript_effect import consequence_of
from genoscore.engine.results import RecordResult
from genoscore.scoring.effects import Effects

SHARES, RELUCTANCES, STRONG = (0.05, 0.1, 0.15, 0.2), (0.5, 0.7, 0.85, 1.0), (0.3, 0.5, 0.7, 2.0)
SHIPPED = events.LEAST_SHARE, splicing_paths.RELUCTANCE, events.STRONG_CHANGE
Point = tuple[float, float, float]  # LEAST_SHARE, RELUCTANCE, STRONG_CHANGE
Right = NDArray[np.bool_]  # (P, N): points, variants


def events_at(arguments: argparse.Namespace, predictor: str, points: Sequence[Point]) -> dict[Key, list[str]]:
    """The first event at every point, of each variant near which a run finds a site that changes."""
    found: dict[Key, list[str]] = {}
    current: list[Key] = []
    of = Effects.of

    def noted(effects: Effects, result: RecordResult) -> RecordResult:
        record = result.record
        current[:] = [(record.contig, record.pos, record.ref, record.alts[0])]
        return of(effects, result)

    def told(*given: Any) -> Consequence:
        found[current[0]] = [_first(point, given) for point in points]
        return consequence_of(*given)

    with (
        tempfile.TemporaryDirectory() as folder,
        patch.object(Effects, "of", noted),
        patch("genoscore.scoring.effects.consequence_of", told),
    ):
        target = Path(folder) / "out.tsv"
        run(arguments, predictor, arguments.distance, target)
    return found


def _first(point: Point, given: tuple[Any, ...]) -> str:
    share, reluctance, strong = point
    with (
        patch.object(events, "LEAST_SHARE", share),
        patch.object(events, "STRONG_CHANGE", strong),
        patch.object(splicing_paths, "RELUCTANCE", reluctance),
    ):
        return consequence_of(*given).first.event.value


def left_out(right: Right, groups: NDArray[np.int64]) -> float:
    """How many are right if each group's point is the best of the other groups; the mean over equally good points."""
    total = 0.0
    for group in np.unique(groups):
        others = right[:, groups != group].sum(axis=1)
        total += float(right[others == others.max()][:, groups == group].sum(axis=1).mean())
    return total


def report(name: str, points: list[Point], right: Right, groups: NDArray[np.int64]) -> None:
    """Print the grid at the shipped STRONG_CHANGE, the others, and what is left of the best."""
    hits = dict(zip(points, right.sum(axis=1).tolist(), strict=True))
    print(f"\n{name}: classes right of {right.shape[1]}\n")
    print("| `LEAST_SHARE` | " + " | ".join(f"`RELUCTANCE` {value}" for value in RELUCTANCES) + " |")
    print("| --- |" + " --- |" * len(RELUCTANCES))
    for share in SHARES:
        cells = (str(hits[share, reluctance, SHIPPED[2]]) for reluctance in RELUCTANCES)
        print(f"| {share} | " + " | ".join(cells) + " |")
    print("\nSTRONG_CHANGE", {strong: hits[*SHIPPED[:2], strong] for strong in STRONG})
    flat = [row for row, point in enumerate(points) if point[2] == SHIPPED[2]]
    for what, rows in (("LEAST_SHARE x RELUCTANCE", flat), ("all three", list(range(len(points))))):
        best = right[rows].sum(axis=1).max()
        chosen = left_out(right[rows], groups)
        print(f"{what}: shipped {hits[SHIPPED]}, best of the grid {best}, leave-one-exon-out {chosen:.1f}")


def main() -> None:
    """Run and print."""
    parser = parser_of_runs(__doc__)
    parser.add_argument("-d", "--distance", type=int, default=50)
    arguments = parser.parse_args()
    observed = single(read_observed(arguments.table))
    exons = {contig: exons_of(arguments.annotation, contig) for contig in {one.key[0] for one in observed}}
    groups = np.array([nearest_exon(one.key[1], exons[one.key[0]]) for one in observed])
    points: list[Point] = list(itertools.product(SHARES, RELUCTANCES, STRONG))
    for predictor in arguments.predictor:
        said = events_at(arguments, predictor, points)
        nothing = ["none"] * len(points)
        right = np.array([[event in one.events for event in said.get(one.key, nothing)] for one in observed]).T
        report(label(predictor, arguments.distance), points, right, groups)


if __name__ == "__main__":
    main()
