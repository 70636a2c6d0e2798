"""Stages side by side: order kept, errors surface, nothing runs far ahead, several devices give what one gives."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.engine.pipeline import Ahead, Behind, spread
from genoscore.planning.chunks import make_chunks
from genoscore.predictors.device import choose_device, choose_devices
from genoscore.scoring.run import score_vcf
from tests.small import SmallGenome, vcf_text


def test_ahead_keeps_order_and_stays_a_few_ahead() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for number in range(50):
            made.append(number)
            yield number

    with Ahead(items()) as ahead:
        taken = []
        for number in ahead:
            taken.append(number)
            assert len(made) <= number + 5
    assert taken == list(range(50))


def test_ahead_passes_on_an_error_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    with Ahead(items()) as ahead:
        iterator = iter(ahead)
        assert next(iterator) == 1
        with pytest.raises(ValueError, match="broken"):
            next(iterator)


def test_a_caller_may_leave_early() -> None:
    before = threading.active_count()
    with Ahead(iter(int, 1)) as ahead:
        next(iter(ahead))
    with pytest.raises(KeyboardInterrupt), Behind(print) as _:
        raise KeyboardInterrupt
    assert threading.active_count() == before


def test_behind_does_all_in_order_before_it_ends() -> None:
    done: list[int] = []
    with Behind(done.append) as behind:
        for number in range(50):
            behind.put(number)
    assert done == list(range(50))


def test_behind_raises_what_the_work_met() -> None:
    def fail(_: int) -> None:
        raise OSError("disk full")

    def put(count: int) -> None:
        with Behind(fail) as behind:
            for number in range(count):
                behind.put(number)

    with pytest.raises(OSError, match="disk full"):
        put(50)
    with pytest.raises(OSError, match="disk full"):
        put(1)


def test_a_failure_is_heard_while_nothing_comes_in() -> None:
    """A writer fails while the reader waits for more of standard input: nobody may wait for ever."""
    more = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        more.wait(60)

    def fail(_: int) -> None:
        raise OSError("disk full")

    def run() -> None:
        with Ahead(items()) as ahead, Behind(fail, ahead.stop) as behind:
            for item in ahead:
                behind.put(item)
                threading.Timer(1, more.set).start()  # lets the reader's thread end
                more.clear()

    begun = time.monotonic()
    with pytest.raises(OSError, match="disk full"):
        run()
    assert time.monotonic() - begun < 10


def test_several_workers_share_and_keep_order() -> None:
    by: list[str] = []

    def worker(name: str, seconds: float) -> object:
        def work(item: int) -> int:
            by.append(name)
            time.sleep(seconds)
            return item * item

        return work

    found = list(spread(range(40), [worker("quick", 0.001), worker("slow", 0.02)]))  # type: ignore[list-item]
    assert found == [number * number for number in range(40)]
    assert by.count("quick") > by.count("slow") > 0


def test_a_workers_error_comes_in_its_place() -> None:
    def work(item: int) -> int:
        if item == 5:
            raise ValueError("five")
        return item

    found = []
    results = spread(range(40), [work, work])
    with pytest.raises(ValueError, match="five"):
        found.extend(results)
    assert found == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("toy")
def test_two_devices_write_what_one_writes(small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"chr1 {pos} {small.sequences['chr1'][pos - 1]} {'A' if pos % 2 else 'C'}" for pos in range(101, 400, 3)]
    rows = [row for row in rows if row.split()[2] != row.split()[3]]
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text(rows))
    monkeypatch.setattr("genoscore.scoring.opening.make_chunks", lambda records, _: make_chunks(records, max_records=4))
    texts = []
    for devices in (["cpu"], ["cpu", "cpu", "cpu"]):
        monkeypatch.setattr("genoscore.predictors.device.choose_devices", lambda _, found=devices: found)
        target = tmp_path / "out.tsv"
        run = RunConfig(
            str(source), small.fasta, output=(str(target),), predictor=("toy",), annotation=str(small.genes)
        )
        summary = score_vcf(run)
        texts.append(target.read_text())
        assert summary.screened == summary.settled == 0
        assert summary.pairs > 50
    assert texts[0] == texts[1]


def test_fp32_on_cuda_is_no_tf32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = True
    assert choose_device("auto") == torch.device("cuda")
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32


def test_device_lists() -> None:
    RunConfig("-", Path("x.fa"), device="cuda:0,cuda:3")
    RunConfig("-", Path("x.fa"), device="cuda:all")
    with pytest.raises(ConfigError, match="unknown"):
        RunConfig("-", Path("x.fa"), device="cpu,cuda:0")
    assert choose_devices("cpu") == ["cpu"]
