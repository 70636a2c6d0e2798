"""`python -m tests.fuzz [KIND...] [-n CASES] [--seed SEED]`, or one case again: `KIND --seed SEED --case NUMBER`."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from tests.fuzz.kinds import KINDS
from tests.fuzz.runner import Verdict, run_numbered
from tests.fuzz.sandbox import warm_up

_EVERY = 5.0  # seconds between lines of progress


def main() -> None:
    """Exit code 1 if there are violations."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; all by default")
    parser.add_argument("-n", "--cases", type=int, default=300, help="in all, over the kinds (300)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", type=int, help="run this one of the only KIND, and show what it prints")
    parser.add_argument("--keep", type=Path, help="folder for the files of cases with violations, or of --case")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    kinds = arguments.kinds or list(KINDS)
    if unknown := sorted(set(kinds) - KINDS.keys()):
        parser.error(f"no such kind: {', '.join(unknown)}")
    warm_up()
    if arguments.case is not None:
        sys.exit(_show(run_numbered(kinds[0], arguments.seed, arguments.case, arguments.keep)))
    numbered = _shared_out(kinds, arguments.cases)
    verdicts = list(_reported(_all(numbered, arguments.seed, arguments.processes), len(numbered)))
    if arguments.keep:
        for verdict in verdicts:
            if verdict.wrong:
                keep = arguments.keep / f"{verdict.kind}-{verdict.seed}-{verdict.number}"
                run_numbered(verdict.kind, verdict.seed, verdict.number, keep)
    print(_table(verdicts))
    sys.exit(any(verdict.wrong for verdict in verdicts))


def _shared_out(kinds: list[str], cases: int) -> list[tuple[str, int]]:
    """Kind and number of every case: by the kinds' shares, each at least once."""
    total = sum(KINDS[kind].share for kind in kinds)
    return [(kind, number) for kind in kinds for number in range(max(1, round(cases * KINDS[kind].share / total)))]


def _all(numbered: list[tuple[str, int]], seed: int, processes: int) -> Iterator[Verdict]:
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        yield from pool.imap_unordered(partial(_run, seed), numbered, chunksize=4)


def _run(seed: int, numbered: tuple[str, int]) -> Verdict:
    kind, number = numbered
    return run_numbered(kind, seed, number)


def _reported(verdicts: Iterable[Verdict], total: int) -> Iterator[Verdict]:
    """Show violations as they come, and progress now and then."""
    shown = started = time.monotonic()
    for done, verdict in enumerate(verdicts, 1):
        if verdict.wrong:
            print(verdict, flush=True)
        now = time.monotonic()
        if now - shown > _EVERY:
            shown = now
            print(f"{done} of {total} cases, {done / (now - started):.0f} per second", file=sys.stderr, flush=True)
        yield verdict


def _table(verdicts: list[Verdict]) -> str:
    rows = [("kind", "cases", "exit 0", "exit 1", "violations", "slowest")]
    for kind in KINDS:
        of_kind = [verdict for verdict in verdicts if verdict.kind == kind]
        if of_kind:
            codes = Counter(verdict.outcome.code for verdict in of_kind)
            wrong = sum(bool(verdict.wrong) for verdict in of_kind)
            slowest = max(verdict.outcome.seconds for verdict in of_kind)
            rows.append((kind, *map(str, (len(of_kind), codes[0], codes[1], wrong)), f"{slowest:.2f} s"))
    return "\n".join("".join(f"{cell:>12}" for cell in row) for row in rows)


def _show(verdict: Verdict) -> bool:
    outcome = verdict.outcome
    for stream in (outcome.stdout, outcome.stderr):
        print(stream.decode(errors="replace"), end="")
    print(f"exit code {outcome.code}, signal {outcome.signal}, {outcome.seconds:.2f} s")
    print(verdict)
    return bool(verdict.wrong)


if __name__ == "__main__":
    main()
