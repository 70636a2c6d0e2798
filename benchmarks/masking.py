"""The perturbation test: what networks still predict when their most salient positions, or as many others, are gone.

Usage: python benchmarks/masking.py CONFIG.toml NAME=WEIGHTS.safetensors... [--rows 3000] [--draws 2] [--threads 1]

CONFIG.toml is that of `genoscore train`; rows are drawn from the folds that none of the networks was fitted to. As
regression: Pearson's and Spearman's correlation with the measured values, and the mean squared error. As
classification of active against inactive, above and below the median of the fitted values of the track: AUROC, and
accuracy of predictions at that threshold. Salience is attention rollout, or |input x gradient| of the row's own track;
both are means over strands, as predictions are. At random are taken positions, or whole tokens, as attention takes
them. Positions are replaced by unknown bases (zeros), or by one of the three other bases at random. Figures of anything
random are means over draws. Prints a Markdown table for each NAME.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open

from genoscore.core.correlation import once, pearson, ranks
from genoscore.core.encode import UNKNOWN, Codes, one_hot_codes, reverse_complement
from genoscore.networks.regulatory import RegulatoryConfig, RegulatoryEnsemble
from genoscore.training.batches import one_hot_batches
from genoscore.training.config import NO_FOLD, read_config
from genoscore.training.rows import Rows, read_rows

SHARES = (0.05, 0.1, 0.2)
BATCH = 64
MEASURES = ("Pearson", "Spearman", "MSE", "AUROC", "accuracy")
Scores = NDArray[np.float32]


def load(path: Path) -> tuple[RegulatoryEnsemble, dict]:
    """Networks, and what they were made of."""
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
        ensemble = RegulatoryEnsemble(RegulatoryConfig.read(json.loads(metadata["config"])), int(metadata["networks"]))
        ensemble.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
    return ensemble.eval(), json.loads(metadata["trained"])


def unseen(rows: Rows, trained: list[dict], count: int) -> NDArray[np.int64]:
    """Rows of folds that none was fitted to."""
    kept = set.intersection(*({one["test_fold"], one["validation_fold"]} - {NO_FOLD} for one in trained))
    candidates = np.flatnonzero(np.isin(rows.folds, sorted(kept)))
    drawn = np.random.default_rng(0).permutation(candidates)[:count]
    return np.sort(drawn)


@torch.no_grad()
def predict(ensemble: RegulatoryEnsemble, codes: Codes) -> NDArray[np.float64]:
    """(V, T), the mean of both strands."""
    predicted = []
    for x in one_hot_batches(codes, BATCH, torch.device("cpu")):
        predicted.append(((ensemble(x) + ensemble(reverse_complement(x))) / 2).double().numpy())
    return np.concatenate(predicted)


def by_attention(ensemble: RegulatoryEnsemble, codes: Codes) -> Scores:
    """(B, L), the mean of both strands."""
    with torch.no_grad():
        x = one_hot_codes(codes)
        forward, reverse = (ensemble.importance(strand) for strand in (x, reverse_complement(x)))
    return ((forward + reverse.flip(1)) / 2).numpy()


def by_gradient(ensemble: RegulatoryEnsemble, codes: Codes, tracks: NDArray[np.int64]) -> Scores:
    """(B, L), the magnitude of the mean of both strands."""
    found = []
    for strand in (one_hot_codes(codes), reverse_complement(one_hot_codes(codes))):
        x = strand.requires_grad_()
        own = ensemble(x).gather(1, torch.from_numpy(tracks)[:, None])
        (gradient,) = torch.autograd.grad(own.sum(), x)
        found.append((x * gradient).sum(dim=1).detach())
    return ((found[0] + found[1].flip(1)) / 2).abs().numpy()


def salience(ensemble: RegulatoryEnsemble, codes: Codes, tracks: NDArray[np.int64]) -> dict[str, Scores]:
    """Method -> (N, L)."""
    parts = [slice(at, at + BATCH) for at in range(0, len(codes), BATCH)]
    return {
        "attention": np.concatenate([by_attention(ensemble, codes[part]) for part in parts]),
        "input x gradient": np.concatenate([by_gradient(ensemble, codes[part], tracks[part]) for part in parts]),
    }


def at_random(codes: Codes, together: int, rng: np.random.Generator) -> Scores:
    """(N, L), the same for so many neighbours."""
    return rng.random((len(codes), codes.shape[1] // together), np.float32).repeat(together, axis=1)


def without(codes: Codes, scores: Scores, share: float, by: str, rng: np.random.Generator) -> Codes:
    """Codes with the `share` of positions that score highest replaced."""
    count = round(share * codes.shape[1])
    chosen = np.argsort(-scores, axis=1, kind="stable")[:, :count]
    before = np.take_along_axis(codes, chosen, axis=1)
    other = (before + rng.integers(1, 4, before.shape)) % 4 if by == "random bases" else UNKNOWN
    after = np.where(before == UNKNOWN, UNKNOWN, other).astype(np.uint8)
    replaced = codes.copy()
    np.put_along_axis(replaced, chosen, after, axis=1)
    return replaced


def measured(rows: Rows, chosen: NDArray[np.int64], predicted: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T, 5) `MEASURES`."""
    from sklearn.metrics import roc_auc_score

    found, table = [], rows.table
    for track in range(len(table.track_names)):
        own = table.tracks[chosen] == track
        values, given = table.values[chosen][own], predicted[own, track]
        fitted = rows.fitted[table.tracks[rows.fitted] == track]
        threshold = np.median(table.values[fitted])
        active, whole = values > threshold, once(values)
        found.append(
            [
                pearson(values, given, whole)[0],
                pearson(ranks(values, whole), ranks(given, whole), whole)[0],
                ((values - given) ** 2).mean(),
                roc_auc_score(active, given),
                (active == (given > threshold)).mean(),
            ]
        )
    return np.array(found)


def tested(
    ensemble: RegulatoryEnsemble, rows: Rows, chosen: NDArray[np.int64], draws: int
) -> Iterator[tuple[str, str, str, NDArray[np.float64]]]:
    """(share, positions, replacement, (T, 5)), line by line."""
    codes, rng = rows.table.codes[chosen], np.random.default_rng(1)
    yield "0 %", "none", "", measured(rows, chosen, predict(ensemble, codes))
    salient = salience(ensemble, codes, rows.table.tracks[chosen])
    together = {"random": 1, "random tokens": ensemble.config.token_size}
    for share in SHARES:
        for by in ("zeros", "random bases"):
            for method in (*salient, *together):
                times = 1 if method in salient and by == "zeros" else draws
                results = []
                for _ in range(times):
                    scores = salient[method] if method in salient else at_random(codes, together[method], rng)
                    changed = without(codes, scores, share, by, rng)
                    results.append(measured(rows, chosen, predict(ensemble, changed)))
                yield f"{share:.0%}".replace("%", " %"), method, by, np.mean(results, axis=0)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("weights", nargs="+", metavar="NAME=WEIGHTS")
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--draws", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    config = read_config(given.config)
    named = dict(one.split("=", 1) for one in given.weights)
    loaded = {name: load(Path(path)) for name, path in named.items()}
    rows = read_rows(config)
    for name, (_, trained) in loaded.items():
        if trained["table_sha256"] != rows.table.sha256 or trained["folds"] != config.data.folds:
            sys.exit(f"{name} was fitted to another table, or other folds")
    chosen = unseen(rows, [trained for _, trained in loaded.values()], given.rows)
    counts = np.bincount(rows.table.tracks[chosen])
    of_tracks = [f"{count:,} of {track}" for track, count in zip(rows.table.track_names, counts, strict=True)]
    print(f"{len(chosen):,} rows that no network was fitted to: {', '.join(of_tracks)}")
    head = ["removed", "positions", "replaced by"]
    head += [f"{track} {measure}" for track in rows.table.track_names for measure in MEASURES]
    for name, (ensemble, _) in loaded.items():
        print(f"\n{name}\n\n| {' | '.join(head)} |\n|{' --- |' * 3}{' ---: |' * (len(head) - 3)}")
        for share, positions, by, figures in tested(ensemble, rows, chosen, given.draws):
            print(
                f"| {share} | {positions} | {by} | {' | '.join(f'{one:.3f}' for one in figures.ravel())} |", flush=True
            )


if __name__ == "__main__":
    main()
