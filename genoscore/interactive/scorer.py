"""Scorer: predictors that are loaded once and asked again and again, from Python."""

from __future__ import annotations

import threading
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import fields, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, overload

import numpy as np
from numpy.typing import NDArray

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, GenoscoreError, InputError
from genoscore.core.suggestions import known_names
from genoscore.engine.pipeline import Ahead, spread
from genoscore.engine.results import AltResult
from genoscore.inputs.record_source import GivenVariant, MemoryRecords
from genoscore.interactive.given import Given, NotAVariant, read_given
from genoscore.interactive.score_columns import BAD_ROW, PredictorColumns, rows_of_genes, rows_of_maximum
from genoscore.planning.chunks import make_chunks
from genoscore.predictors import registry
from genoscore.scoring.assembling import Assembled, assemble
from genoscore.scoring.notes import build_suspicion
from genoscore.scoring.observers import Observer
from genoscore.scoring.opening import OpenRun, open_run
from genoscore.scoring.streaming import computers, plan_chunks
from genoscore.scoring.tallying import Tally
from genoscore.scoring.texts import predict_texts

if TYPE_CHECKING:
    from genoscore.core.variants import Variant
    from genoscore.engine.run import Assembly
    from genoscore.interactive.profiles import VariantProfiles

# Options of a run that speak of its files, or choose among their records.
_OF_FILES = frozenset(
    {
        "input", "output", "region", "regions_file", "min_score", "min_band", "keep_existing", "summary", "resume",
        "strict", "command", "protect", "origins",
    }
)  # fmt: skip
_OPTIONS = tuple(field.name for field in fields(RunConfig) if field.name not in _OF_FILES)
_FLANK = 200  # bases on either side of a variant whose profiles are given
_SAID = 3  # rows that a warning names

_Results = Mapping[str, AltResult]  # predictor -> what became of a variant


class _Warner(Observer):
    """Passes what the user should know on as Python warnings."""

    def warn(self, message: str) -> None:
        """See Observer."""
        warnings.warn(message, stacklevel=2)


class Scorer:
    """Predictors, with a reference and genes, loaded once.

    Use it in a `with` block (`with Scorer("spliceai", reference="genome.fa") as gs: gs.score(df)`), or call `close`.
    Calls from several threads take turns.

    Args:
        predictor: a name from `genoscore models list`, or several.
        reference: FASTA, plain or bgzipped.
        annotation: `grch37`, `grch38` or a gene table, GTF or GFF3; read only where a predictor needs genes.
        weights: folder of the predictor's weights, instead of the installed ones; of several, name -> folder.
        options: `distance`, `mask`, `transcripts`, `tracks`, `precomputed`, `device`, `precision`, ... as in RunConfig.

    Raises:
        ConfigError: an option that is unknown, cannot work, or is about a run's files.
        InputError, WeightsError: a file that is missing, damaged, or does not fit the others.
    """

    def __init__(
        self,
        predictor: str | Sequence[str] = "spliceai",
        *,
        reference: str | Path,
        annotation: str | Path = "grch38",
        weights: str | Path | Mapping[str, str | Path] | None = None,
        **options: Any,
    ) -> None:
        names = (predictor,) if isinstance(predictor, str) else tuple(predictor)
        self._config = RunConfig(
            input="-",
            reference=Path(reference),
            predictor=names,
            annotation=str(annotation),
            weights=_weights(weights, names),
            command="genoscore.Scorer",
            **_checked(options),
        )
        self._lock = threading.Lock()
        self._opened: tuple[OpenRun, Assembled] | None = None
        with ExitStack() as stack:
            tally = Tally(self._config, _Warner())
            resolved = registry.resolve(self._config)
            run = open_run(self._config, resolved, tally, stack, MemoryRecords(()))
            assembled = assemble(self._config, resolved, run)
            tally.warn(assembled.warnings)
            self._most = min(one.spec.limits.max_records for one in resolved.values())
            self._opened = run, assembled
            self._stack = stack.pop_all()

    def score(self, variants: Any, genes: Literal["max", "all"] = "max") -> Any:
        """Scores of variants, as `genoscore score` has them for the same variants in a VCF, unrounded.

        Args:
            variants: a pandas or polars frame with chrom, pos (1-based), ref and alt, in upper or lower case; or a
                list of texts (`chr13-32345247-T-G`, `chr13:32345247:T:G`), `Variant`s or tuples.
            genes: `max`, one row per row of the input, in the gene of the largest score, decided on rounded values as
                in a VCF; `all`, one row per row of the input and gene.

        Returns:
            The same kind of frame, in the same order, with its index and columns and, for each predictor, columns
            `<PREDICTOR>_STATUS`, `_GENE`, `_MAX`, ... (docs/python.md); a list of dictionaries for a list. A row that
            is not a variant has the status BAD_ROW, and a warning says which rows these are.

        Raises:
            InputError: a column is missing.
            ConfigError: `genes` is something else.
        """
        if genes not in ("max", "all"):
            raise ConfigError(f"genes={genes!r} is unknown", "give max or all")
        given = read_given(variants)
        with self._lock:
            run, assembled = self._open()
            results = self._results(given.variants, run, assembled)
        groups = [PredictorColumns(name, scorer, name in run.precomputed) for name, scorer in assembled.scorers.items()]
        _warn_of_bad_rows(given)
        _warn_of_builds(results)
        _warn_of_replaced(given, groups)
        if genes == "max":
            return given.with_columns(rows_of_maximum(groups, results), None)
        return given.with_columns(*rows_of_genes(groups, results))

    def profiles(
        self, variant: str | Variant | GivenVariant, flank: int = _FLANK, predictor: str | None = None
    ) -> VariantProfiles:
        """What the network says along REF and along ALT, base by base, in every gene over the variant.

        Args:
            variant: as in `score`, a single one.
            flank: bases on either side of REF's first base.
            predictor: which, of several.

        Raises:
            InputError: not a variant, or one that is not scored.
            ConfigError: the predictor does not give an output for every base, or it is not said which is meant.
        """
        from genoscore.interactive.profiles import profiles_of

        if isinstance(flank, bool) or not isinstance(flank, int) or flank < 0:
            raise ConfigError(f"flank={flank!r} is not a number of bases", "give a whole number from 0 on")
        (given,) = read_given([variant]).variants
        if isinstance(given, NotAVariant):
            raise InputError(given.reason)
        with self._lock:
            assembly = self._assembly(predictor)
            (record,) = MemoryRecords([given])
            return profiles_of(record, f"{given.contig}-{given.pos}-{given.ref}-{given.alts}", assembly, flank)

    @overload
    def predict(self, sequence: str, strand: str = "spec", predictor: str | None = None) -> NDArray[np.float32]: ...
    @overload
    def predict(
        self, sequence: list[str] | tuple[str, ...], strand: str = "spec", predictor: str | None = None
    ) -> list[NDArray[np.float32]]: ...
    def predict(
        self, sequence: str | list[str] | tuple[str, ...], strand: str = "spec", predictor: str | None = None
    ) -> NDArray[np.float32] | list[NDArray[np.float32]]:
        """Tracks of a sequence, as `genoscore predict` gives them for a FASTA: N lies around it, and no gene masks it.

        Args:
            sequence: bases as text, or several sequences.
            strand: `spec` (as the predictor is run when it scores), `forward` or `reverse`.
            predictor: which, of several.

        Returns:
            (T, N): T tracks (`tracks`), N bins (bases, of the splicing predictors), replicates averaged, unrounded;
            a list of them for several sequences.

        Raises:
            InputError: a sequence that is empty, too long, or holds what stands for no base.
            ConfigError: the strand is unknown, or it is not said which predictor is meant.
        """
        if strand not in ("spec", "forward", "reverse"):
            raise ConfigError(f"strand {strand!r} is unknown", "give spec, forward or reverse")
        with self._lock:
            loaded = self._assembly(predictor).predictor
            if isinstance(sequence, str):
                return predict_texts(loaded, [sequence], strand, self._config.batch_size)[0]
            return predict_texts(loaded, sequence, strand, self._config.batch_size)

    @property
    def tracks(self) -> dict[str, tuple[str, ...]]:
        """Predictor -> names of its tracks, in the order of the rows of what `predict` gives."""
        return {one.name: one.predictor.spec.tracks for one in self._open()[1].devices[0]}

    @property
    def provenance(self) -> dict[str, dict[str, str]]:
        """Predictor -> what it takes to score the same again: version, digest of the weights, files, options."""
        return {name: dict(values) for name, values in self._open()[0].provenance.items()}

    def close(self) -> None:
        """Close the files and let the networks go; done twice, it does nothing."""
        self._opened = None
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "" if self._opened else ", closed"
        return f"<genoscore.Scorer {', '.join(self._config.predictor)}, {self._config.reference}{state}>"

    def _open(self) -> tuple[OpenRun, Assembled]:
        if self._opened is None:
            raise GenoscoreError("this Scorer is closed", "make another, or ask inside its with block")
        return self._opened

    def _assembly(self, predictor: str | None) -> Assembly:
        assemblies = {one.name: one for one in self._open()[1].devices[0]}
        if predictor is None and len(assemblies) == 1:
            return next(iter(assemblies.values()))
        if predictor not in assemblies:
            fault = "it is not said which predictor" if predictor is None else f"predictor {predictor!r} is not loaded"
            raise ConfigError(fault, f"give predictor= one of {', '.join(assemblies)}")
        return assemblies[predictor]

    def _results(
        self, variants: Sequence[GivenVariant | NotAVariant], run: OpenRun, assembled: Assembled
    ) -> list[_Results | None]:
        """For each variant what became of it; None for what is not one."""
        results: list[_Results | None] = [None] * len(variants)
        places = {at: one for at, one in enumerate(variants) if isinstance(one, GivenVariant)}
        order = _order(places)
        chunks = make_chunks(MemoryRecords([places[at] for at in order]), self._most)
        run = replace(run, first=next(chunks, None), rest=chunks)
        tally = Tally(self._config, _Warner())
        row = iter(order)
        with Ahead(plan_chunks(run, assembled, None, tally)) as ahead:
            for computed in spread(ahead, computers(assembled, tally)):
                for result in computed.results:
                    results[next(row)] = {name: alts[0] for name, alts in result.alts.items()}
        return results


def _order(variants: Mapping[int, GivenVariant]) -> list[int]:
    """Numbers of rows by contig and position: neighbours share what is read of the reference."""
    contigs = {name: place for place, name in enumerate(dict.fromkeys(one.contig for one in variants.values()))}
    return sorted(variants, key=lambda at: (contigs[variants[at].contig], variants[at].pos))


def _weights(weights: str | Path | Mapping[str, str | Path] | None, names: Sequence[str]) -> dict[str, Path]:
    if weights is None or isinstance(weights, Mapping):
        return {name: Path(path) for name, path in (weights or {}).items()}
    if len(names) != 1:
        raise ConfigError("weights= is one folder for several predictors", "give a dictionary of name to folder")
    return {names[0]: Path(weights)}


def _checked(options: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in options:
        if name in _OF_FILES:
            raise ConfigError(f"{name}= is about a run's files or records, of which a Scorer has none", "leave it out")
        if name not in _OPTIONS:
            raise ConfigError(f"{name}= is not an option", known_names(name, sorted(_OPTIONS), "known options"))
    return options


def _warn_of_bad_rows(given: Given) -> None:
    bad = [(at, one.reason) for at, one in enumerate(given.variants) if isinstance(one, NotAVariant)]
    if bad:
        said = "; ".join(f"row {at}: {reason}" for at, reason in bad[:_SAID])
        more = f"; and {len(bad) - _SAID} more" if len(bad) > _SAID else ""
        warnings.warn(
            f"{len(bad)} of {len(given.variants)} rows are not variants and have the status {BAD_ROW} "
            f"(rows count from 0): {said}{more}",
            stacklevel=3,
        )


def _warn_of_builds(results: Sequence[_Results | None]) -> None:
    """Where so many REF alleles do not fit the reference that the builds are probably different."""
    scored = [result for result in results if result is not None]
    for name in scored[0] if scored else ():
        if message := build_suspicion(name, Counter(result[name].status for result in scored)):
            warnings.warn(message, stacklevel=3)


def _warn_of_replaced(given: Given, groups: Sequence[PredictorColumns]) -> None:
    if earlier := [name for group in groups for name in group.kinds if name in given.names]:
        warnings.warn(f"{len(earlier)} columns of earlier scores are replaced: {earlier[0]}, ...", stacklevel=3)
