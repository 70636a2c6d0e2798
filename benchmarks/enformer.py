"""Enformer at full size: seconds of a plain pass, of one SNV and of each further ALT, beside enformer-pytorch.

Usage: python benchmarks/enformer.py [--peer PYTHON] [--precision fp32,bf16] [--alts 2] [--repeats 2]

PYTHON is an interpreter that has enformer-pytorch 0.8.12; it may be another environment's. Each program runs in a
process of its own, one after another, on the same random weights, which the peer writes with its own `state_dict` and
genoscore reads, so that the outputs can be compared. Without a peer genoscore's own `--untrained` weights are taken.
Times are the shortest of the repeats, since other programs only ever add to them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

LENGTH = 196_608
SIZES = {"dim": 1_536, "depth": 11, "heads": 8, "output_heads": {"human": 5_313, "mouse": 1_643}, "target_length": 896}
PLACE = LENGTH // 2  # of the SNV, 0-based

DIFFERENCES = ("error of the edit", "largest effect", "error", "error of the peer")

Times = dict[str, float]


def fill(state: dict[str, torch.Tensor]) -> None:
    """Random weights in place; activations stay of the order of 1."""
    generator = torch.Generator().manual_seed(0)
    for key, value in state.items():
        if not value.is_floating_point() or key.startswith("_trunk"):
            continue
        if value.ndim > 1:
            value.normal_(0, math.sqrt(1 / value[0].numel()), generator=generator)
        else:
            value.normal_(0, 0.1, generator=generator)
            if not key.endswith(("bias", "running_mean")):
                value.exp_()


def window() -> torch.Tensor:
    """One-hot bases (1, 4, L)."""
    bases = torch.randint(0, 4, (1, LENGTH), generator=torch.Generator().manual_seed(1))
    return torch.nn.functional.one_hot(bases, 4).transpose(1, 2).float().contiguous()


def timed(times: Times, name: str, work: Callable[[], Any]) -> Any:
    """What `work` returns; its seconds are kept where they are the fewest so far."""
    begun = time.perf_counter()
    done = work()
    times[name] = min(times.get(name, math.inf), time.perf_counter() - begun)
    return done


@contextlib.contextmanager
def computing(precision: str) -> Iterator[None]:
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
        yield


def measure_peer(folder: Path, precisions: list[str], repeats: int) -> dict[str, Any]:
    """Times of enformer-pytorch; leaves its weights and outputs in the folder."""
    from enformer_pytorch import Enformer

    network = Enformer.from_hparams(**SIZES, use_tf_gamma=True).eval()
    with torch.no_grad():
        fill(network.state_dict())
    torch.save(network.state_dict(), folder / "pytorch_model.bin")
    (folder / "config.json").write_text(json.dumps(SIZES))
    x, found = window(), {}
    for precision in precisions:
        times = found[precision] = Times()
        for _ in range(repeats):
            with computing(precision):
                begun = time.perf_counter()
                h = timed(times, "stem", lambda: network.stem(x))
                h = timed(times, "tower", lambda h=h: network.conv_tower(h))
                h = timed(times, "transformer", lambda h=h: network.transformer(h.transpose(1, 2)))
                h = timed(times, "last layer", lambda h=h: network.final_pointwise(network.crop_final(h)))
                y = timed(times, "heads", lambda h=h: {name: head(h) for name, head in network.heads.items()})
                times["plain pass"] = min(times.get("plain pass", math.inf), time.perf_counter() - begun)
        torch.save({name: one.float() for name, one in y.items()}, folder / f"{precision}.pt")
    return found


def measure_own(folder: Path, precisions: list[str], repeats: int, alts: int) -> dict[str, Any]:
    """Times of genoscore; and how far its outputs are from the peer's, where the folder holds them."""
    from genoscore.networks.enformer_config import EnformerConfig
    from genoscore.predictors.device import keep_freed_memory
    from genoscore.predictors.enformer.weights import load_network, untrained

    keep_freed_memory()
    given = (folder / "config.json").exists()
    network = load_network(folder) if given else untrained(EnformerConfig())
    x, found = window(), {}
    alt = x.repeat(alts, 1, 1)
    for number in range(alts):
        alt[number, :, PLACE] = x[0, :, PLACE].roll(1 + number)
    for precision in precisions:
        times = found[precision] = Times()
        with computing(precision):
            network.tokens(x[..., : LENGTH // 64])  # folds the weights
            for _ in range(repeats):
                tokens, ref = _plain_pass(network, x, times)
                _, whole = _plain_pass(network, alt[:1], times)
                edited = timed(times, "edit", lambda r=tokens[0]: network.edited_tokens(alt, r, PLACE, PLACE + 1))
                embeddings = timed(times, "transformer of an ALT", lambda e=edited: network.trunk(e[:1]))
                y = timed(times, "head of an ALT", lambda e=embeddings: network.head(e, "human"))
        times["error of the edit"] = float((y - whole["human"]).abs().max())
        times["largest effect"] = float((y - ref["human"]).abs().max())
        if given:
            theirs = torch.load(folder / "fp32.pt", weights_only=True)
            times["error"] = float((ref["human"].transpose(1, 2) - theirs["human"]).abs().max())
            rough = torch.load(folder / f"{precision}.pt", weights_only=True)
            times["error of the peer"] = float((rough["human"] - theirs["human"]).abs().max())
    return found


def _plain_pass(network: Any, x: torch.Tensor, times: Times) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    begun = time.perf_counter()
    tokens = timed(times, "stem and tower", lambda: network.tokens(x))
    embeddings = timed(times, "transformer", lambda: network.trunk(tokens))
    y = timed(times, "heads", lambda: {name: network.head(embeddings, name) for name in network.heads})
    times["plain pass"] = min(times.get("plain pass", math.inf), time.perf_counter() - begun)
    return tokens, y


def run(python: str, program: str, folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """One program in its own process: its times by precision, and its peak MiB."""
    command = [python, __file__, "--program", program, "--folder", str(folder)]
    command += ["--precision", arguments.precision, "--repeats", str(arguments.repeats), "--alts", str(arguments.alts)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def report(own: dict[str, Any], peer: dict[str, Any] | None, arguments: argparse.Namespace) -> None:
    """Print the figures and the ratios."""
    for precision in arguments.precision.split(","):
        times = own[precision]
        if peer:
            print(f"{precision}, enformer-pytorch: " + _listed(peer[precision]) + f"; peak {peer['peak']:.0f} MiB")
        print(f"{precision}, genoscore: " + _listed(times) + f"; peak {own['peak']:.0f} MiB")
        plain, alone = times["plain pass"], times["transformer of an ALT"] + times["head of an ALT"]
        snv = plain + times["edit"] / arguments.alts + alone
        further = (times["edit"] / arguments.alts + times["transformer of an ALT"]) / times["transformer"]
        if peer:
            print(f"  plain pass: {plain / peer['fp32']['plain pass']:.2f} of the peer's in fp32")
            print(f"  largest difference of a human track: {times['error']:.1e} from the peer's in fp32,", end=" ")
            print(f"of the peer's own in {precision} {times['error of the peer']:.1e}")
            print(
                f"  one SNV, ref and alt: {snv / 2 / peer['fp32']['plain pass']:.2f} of the peer's two passes in fp32"
            )
        print(f"  one SNV, ref and alt: {snv / (2 * plain):.2f} of two plain passes")
        print(f"  each further ALT: {further:.2f} of the transformer's own time")
        print(f"  edit against a whole pass: {times['error of the edit']:.1e}", end=" ")
        print(f"where the SNV changes tracks by {times['largest effect']:.1e}")


def _listed(times: Times) -> str:
    return ", ".join(f"{name} {value:.2f} s" for name, value in times.items() if name not in DIFFERENCES)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", help="interpreter that has enformer-pytorch")
    parser.add_argument("--precision", default="fp32", help="fp32, or fp32,bf16")
    parser.add_argument("--alts", type=int, default=2, help="ALTs of the site, computed together up to the tokens")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--program", choices=("own", "peer"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.program:
        measure = measure_peer if arguments.program == "peer" else measure_own
        extra = () if arguments.program == "peer" else (arguments.alts,)
        found = measure(arguments.folder, arguments.precision.split(","), arguments.repeats, *extra)
        print(json.dumps({**found, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
        return
    print(f"{os.cpu_count()} cores, {LENGTH:,} bases, batch 1; shortest of {arguments.repeats}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        peer = run(arguments.peer, "peer", Path(name), arguments) if arguments.peer else None
        own = run(sys.executable, "own", Path(name), arguments)
    report(own, peer, arguments)


if __name__ == "__main__":
    main()
