"""Sei at full size on random weights: a variant through the edit path against plain passes of the plain network.

Usage: python benchmarks/sei.py [--threads N] [--device D] [--precision fp32|bf16] [--repeats N]

Everything in one process, by turns, the median of the repeats. "Two plain passes" are those of the reference window and
of the alternate one, each on both strands, by torch's own layers; an SNV's edit path gives the same numbers, whose
largest difference is printed. Memory is the highest resident set of each part (Linux).
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.encode import one_hot, reverse_complement
from genoscore.core.windows import Stretch, alt_sequence, ref_window
from genoscore.networks.sei import Sei
from genoscore.predictors.device import choose_device, keep_freed_memory
from genoscore.predictors.sei.predictor import SEI, SeiPredictor
from genoscore.predictors.sei.weights import find_folder, untrained_network

AT = 5_000


def measured(device: torch.device, run: Callable[[], torch.Tensor], repeats: int) -> tuple[float, torch.Tensor]:
    """Median seconds, after a first call that is not counted, and what came out."""
    times, found = [], run()
    for _ in range(repeats):
        if device.type == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        found = run()
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return statistics.median(times), found


def peak_mib() -> float:
    """The highest resident set since the last call."""
    status = Path("/proc/self/status").read_text()
    Path("/proc/self/clear_refs").write_text("5")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else float("nan")


def plain(network: Sei, windows: list[str]) -> torch.Tensor:
    """Every window on both strands, one pass each: (B, T)."""
    weight = next(network.parameters())
    with torch.inference_mode():
        found = []
        for window in windows:
            x = one_hot([window], 0.25).to(weight)
            found.append(network(torch.cat([x, reverse_complement(x)])).mean(0))
    return torch.stack(found)


def main() -> None:
    """Print one line a case."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    keep_freed_memory()
    device = choose_device(arguments.device)
    config = RunConfig("-", Path("-"), predictor=("sei",), untrained=True, device=arguments.device)
    spec = SEI.spec(config)
    rng = random.Random(1)
    sequence = "".join(rng.choice("ACGT") for _ in range(2 * AT))
    others = [base for base in "ACGT" if base != sequence[AT]]
    snvs = [Edit(AT, AT + 1, base) for base in others]
    stretch = Stretch("c", 0, 2 * AT, "+", sequence)
    windows = [stretch.cut(*ref_window(snvs[0], spec)), *(alt_sequence(stretch, edit, spec) for edit in snvs)]

    network = untrained_network(find_folder(None, needed=False)).eval()
    dtype = torch.bfloat16 if arguments.precision == "bf16" else torch.float32
    network = network.to(device, dtype)
    print(f"random weights: {peak_mib():,.0f} MiB", flush=True)
    two, wanted = measured(device, lambda: plain(network, windows[:2]), arguments.repeats)
    print(f"two plain passes, both strands: {two:.3f} s, {peak_mib():,.0f} MiB", flush=True)
    every = plain(network, windows)

    predictor = SeiPredictor(spec, lambda: network, device, arguments.precision)

    def score(edits: list[Edit]) -> torch.Tensor:
        return torch.stack([side[:, 0, :, 0] for side in predictor.predict_edits(stretch, edits)])

    one, found = measured(device, lambda: score(snvs[:1]), arguments.repeats)
    print(f"one SNV, ref and alt: {one:.3f} s, {one / two:.3f} of two plain passes, {peak_mib():,.0f} MiB")
    print(f"largest difference from the plain passes: {(found[:, 0] - wanted).abs().max():.1e}")
    three, found = measured(device, lambda: score(snvs), arguments.repeats)
    print(f"three SNVs of a site: {three:.3f} s, each further ALT {(three - one) / 2:.3f} s")
    print(f"largest difference from the plain passes: {(found[1] - every[1:]).abs().max():.1e}")
    deletion = [Edit(AT, AT + 2, sequence[AT])]
    indel, _ = measured(device, lambda: score(deletion), arguments.repeats)
    print(f"one deletion of a base: {indel:.3f} s, {indel / two:.3f} of two plain passes", flush=True)
    apart = [Edit(at, at + 1, others[0]) for at in range(AT - 8, AT + 8)]
    wide = replace(stretch)  # another object: its reference is computed afresh
    many, _ = measured(device, lambda: predictor.predict_edits(wide, apart)[1], 1)
    print(
        f"16 SNVs at 16 sites: {many / 16:.3f} s each, {many / 16 / two:.3f} of two plain passes, {peak_mib():,.0f} MiB"
    )


if __name__ == "__main__":
    main()
