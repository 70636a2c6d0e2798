"""Inputs that the fuzzer found, each in its smallest form."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tests.fuzz.regressions import REGRESSIONS, Regression
from tests.fuzz.runner import run_case
from tests.fuzz.sandbox import warm_up

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs pidfd_open and RLIMIT_DATA")


@pytest.mark.parametrize("make", REGRESSIONS, ids=lambda make: make.__name__)
def test_found_inputs(make: Callable[[], Regression]) -> None:
    warm_up()
    regression = make()
    outcome, wrong = run_case(regression.case)
    assert not wrong, "\n".join(wrong)
    assert outcome.code == regression.code
    printed = (outcome.stdout + outcome.stderr).decode()
    for words in regression.words:
        assert words in printed
