"""The output of `evaluate --calibrate` on standard output: likelihood ratios, and the thresholds that they give."""

from __future__ import annotations

import math

from rich.table import Table

from genoscore.core.wording import counted
from genoscore.evaluation.calibrating import at_least, at_most
from genoscore.evaluation.calibration import Calibration
from genoscore.inputs.evidence_table import AGAINST, FOR, STRENGTHS


def calibration_table(calibration: Calibration) -> Table:
    """One line per interval of scores."""
    table = Table(box=None, pad_edge=False)
    table.add_column(f"GS_{calibration.predictor.upper()}_ABS", overflow="fold")
    for heading in ("positive", "negative", "ratio"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("95 % interval", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    for one in calibration.intervals:
        high = "any" if math.isinf(one.high) else f"{one.high:.3g}"
        table.add_row(
            f"{one.least:.2f} to {one.most:.2f}",
            f"{one.positives:,}",
            f"{one.negatives:,}",
            f"{one.ratio:.3g}",
            f"{one.low:.3g} to {high}",
            f"{one.points:+d}" if one.points else "0",
        )
    return table


def calibration_line(calibration: Calibration) -> str:
    """Which thresholds the file has, and which levels are not reached."""
    least, most = at_least(calibration.intervals), at_most(calibration.intervals)
    reached = [f"{word} from {number:g}" for word, number in least.items()]
    reached += [f"{word} up to {number:g}" for word, number in most.items()]
    words = [code + strength for code in (FOR, AGAINST) for strength in STRENGTHS]
    missed = [word for word in words if word not in {*least, *most}]
    left_out = (
        f"; left out: {counted(calibration.canonical, 'variant')} at the first or last two bases of an intron"
        if calibration.canonical
        else ""
    )
    not_reached = f"; not reached: {', '.join(missed)}" if missed else ""
    return f"evidence of {calibration.predictor}: {', '.join(reached) or 'none'}{not_reached}{left_out}"
