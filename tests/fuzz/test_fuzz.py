"""Some 200 cases over all kinds, always the same; `make fuzz` runs others."""

from __future__ import annotations

import sys

import pytest

from tests.fuzz.kinds import KINDS
from tests.fuzz.runner import run_numbered
from tests.fuzz.sandbox import warm_up

SEED = 0
TESTED = [kind for kind in KINDS if KINDS[kind].tested]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs pidfd_open and RLIMIT_DATA")


@pytest.mark.parametrize("kind", TESTED)
def test_nothing_that_comes_in_is_a_violation(kind: str) -> None:
    warm_up()
    verdicts = [run_numbered(kind, SEED, number) for number in range(KINDS[kind].tested)]
    wrong = [str(verdict) for verdict in verdicts if verdict.wrong]
    assert not wrong, "\n".join(wrong)
    wanted = {0} if kind == "consequences" else {0, 1}
    assert {verdict.outcome.code for verdict in verdicts} >= wanted, "cases that fail and cases that succeed"
