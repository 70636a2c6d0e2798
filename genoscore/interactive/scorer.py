"""Scorer: predictors that are loaded once and used many times, from Python."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, overload

import numpy as np
from numpy.typing import NDArray

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, GenoscoreError, InputError
from genoscore.engine.results import RecordResult
from genoscore.inputs.record_source import GivenVariant, MemoryRecords
from genoscore.interactive.consequences import VariantConsequences, consequences_of, rows_of_consequences
from genoscore.interactive.given import Given, NotAVariant, read_given
from genoscore.interactive.notices import warn_of_bad_rows, warn_of_builds, warn_of_replaced
from genoscore.interactive.options import checked, weights_of
from genoscore.interactive.results import results_of
from genoscore.interactive.score_columns import PredictorColumns, rows_of_genes, rows_of_maximum
from genoscore.predictors import registry
from genoscore.scoring.assembling import Assembled, assemble
from genoscore.scoring.effects import Effects
from genoscore.scoring.observers import Observer
from genoscore.scoring.opening import OpenRun, open_run
from genoscore.scoring.tallying import Tally
from genoscore.scoring.texts import predict_texts

if TYPE_CHECKING:
    from genoscore.core.variants import Variant
    from genoscore.engine.assembly import Assembly
    from genoscore.interactive.profiles import VariantProfiles

_FLANK = 200  # bases shown on either side of a variant in its profiles


class _Warner(Observer):
    """Passes messages for the user on as Python warnings."""

    def warn(self, message: str) -> None:
        """See Observer."""
        warnings.warn(message, stacklevel=2)


class Scorer:
    """Predictors, with a reference and genes, loaded once.

    Use it in a `with` block (`with Scorer("spliceai", reference="genome.fa") as gs: gs.score(df)`), or call `close`.
    Calls from several threads take turns.

    Args:
        predictor: a name from `genoscore models list`, or several names.
        reference: FASTA, plain or bgzipped.
        annotation: `grch37`, `grch38`, `mane` or a gene table, GTF or GFF3; read only if a predictor needs genes.
        weights: folder of the predictor's weights, instead of the installed ones; name -> folder for several.
        options: `distance`, `mask`, `transcripts`, `tracks`, `precomputed`, `device`, `precision`, ... as in RunConfig.

    Raises:
        ConfigError: an option is unknown, has an invalid value, or concerns a run's files.
        InputError, WeightsError: a file is missing or damaged, or does not match the others.
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
            weights=weights_of(weights, names),
            command="genoscore.Scorer",
            **checked(options),
        )
        self._lock = threading.Lock()
        self._opened: tuple[OpenRun, Assembled] | None = None
        with ExitStack() as stack:
            tally = Tally(self._config, _Warner())
            resolved = registry.resolve(self._config)
            run = open_run(self._config, resolved, tally, stack, MemoryRecords(()))
            assembled = assemble(self._config, resolved, run)
            tally.warn(assembled.warnings)
            self._most = min(predictor.spec.limits.max_records for predictor in resolved.values())
            self._opened = run, assembled
            inputs = run.inputs
            self._effects = Effects(assembled.consequences, inputs.genome, inputs.genes, self._config)
            self._stack = stack.pop_all()

    def score(self, variants: Any, genes: Literal["max", "all"] = "max") -> Any:
        """Score variants; the same scores as from `genoscore score` for these variants in a VCF, but unrounded.

        Args:
            variants: a pandas or polars frame with chrom, pos (1-based), ref and alt, in upper or lower case; or a
                list of strings (`chr13-32345247-T-G`, `chr13:32345247:T:G`), `Variant`s or tuples.
            genes: `max`, one row per input row, for the gene of the largest score, decided on rounded values as in a
                VCF; `all`, one row per input row and gene.

        Returns:
            The same type of frame, in the same order, with its index and columns plus, for each predictor, columns
            `<PREDICTOR>_STATUS`, `_GENE`, `_MAX`, ... (docs/python.md); a list of dictionaries for a list. A row that
            is not a variant has the status BAD_ROW, and a warning names such rows.

        Raises:
            InputError: a column is missing.
            ConfigError: `genes` has another value.
        """
        if genes not in ("max", "all"):
            raise ConfigError(f"genes={genes!r} is unknown", "give max or all")
        given = read_given(variants)
        groups, results = self._scored(given)
        warn_of_bad_rows(given)
        warn_of_builds(results)
        warn_of_replaced(given, (name for group in groups for name in group.kinds))
        if genes == "max":
            return given.with_columns(rows_of_maximum(groups, results), None)
        return given.with_columns(*rows_of_genes(groups, results))

    def consequences(self, variants: Any) -> Any:
        """What variants do to transcripts, as in the tables of `genoscore score`.

        Args:
            variants: as in `score`.

        Returns:
            The same type of frame, one row per input row, transcript and predictor of splice sites, with the input's
            columns plus GENE, TRANSCRIPT, PREDICTOR, STATUS, EVENT, EVENT_EXON, ... (docs/consequences.md), in the
            order of the input; a list of dictionaries for a list.

        Raises:
            InputError: a column is missing.
            ConfigError: this Scorer gives no consequences.
        """
        given = read_given(variants)
        groups, results = self._scored(given, of_sites=True)
        columns, rows = rows_of_consequences(groups, results)
        warn_of_bad_rows(given)
        warn_of_builds(results)
        warn_of_replaced(given, (column.name for column in columns))
        return given.with_columns(columns, rows)

    def consequence(self, variant: str | Variant | GivenVariant) -> VariantConsequences:
        """What a variant does to every transcript that it is scored in; a notebook shows it as tables.

        Args:
            variant: a single one, as in `score`.

        Raises:
            InputError: not a variant, or one that is not scored, or whose scores are from a file.
            ConfigError: this Scorer gives no consequences.
        """
        given = read_given([variant])
        ((one,), (groups, (found,))) = given.variants, self._scored(given, of_sites=True)
        if isinstance(one, NotAVariant):
            raise InputError(one.reason)
        assert found is not None
        title = f"{one.contig}-{one.pos}-{one.ref}-{one.alts}"
        told = consequences_of(groups, found, title)
        if not told:
            statuses = ", ".join(f"{group.name} {found.alts[group.name][0].status}" for group in groups)
            raise InputError(f"{title} has no consequences: {statuses}", "see docs/consequences.md")
        return told

    def profiles(
        self, variant: str | Variant | GivenVariant, flank: int = _FLANK, predictor: str | None = None
    ) -> VariantProfiles:
        """The network's outputs along REF and ALT, base by base, in every gene that overlaps the variant.

        Args:
            variant: a single one, as in `score`.
            flank: bases on either side of REF's first base.
            predictor: which one, if several are loaded.

        Raises:
            InputError: not a variant, or one that cannot be scored.
            ConfigError: the predictor does not give an output for every base, or `predictor` is needed and not given.
        """
        from genoscore.interactive.profiles import profiles_of

        if isinstance(flank, bool) or not isinstance(flank, int) or flank < 0:
            raise ConfigError(f"flank={flank!r} is not a number of bases", "give a whole number, 0 or more")
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
        """Tracks of a sequence, as from `genoscore predict` for a FASTA: flanked with N, and not masked outside a gene.

        Args:
            sequence: bases as a string, or several sequences.
            strand: `spec` (as the predictor is run when it scores), `forward` or `reverse`.
            predictor: which one, if several are loaded.

        Returns:
            (T, N): T tracks (`tracks`), N bins (bases for the splicing predictors), replicates averaged, unrounded;
            a list of such arrays for several sequences.

        Raises:
            InputError: a sequence is empty, too long, or contains a character that is not a base.
            ConfigError: the strand is unknown, or `predictor` is needed and not given.
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
        """Predictor -> names of its tracks, in the order of the rows that `predict` returns."""
        return {assembly.name: assembly.predictor.spec.tracks for assembly in self._open()[1].devices[0]}

    @property
    def provenance(self) -> dict[str, dict[str, str]]:
        """Predictor -> what is needed to reproduce its scores: version, digest of the weights, files, options."""
        return {name: dict(values) for name, values in self._open()[0].provenance.items()}

    def close(self) -> None:
        """Close the files and release the networks; a second call does nothing."""
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
            raise GenoscoreError("this Scorer is closed", "make another one, or use it inside its with block")
        return self._opened

    def _assembly(self, predictor: str | None) -> Assembly:
        assemblies = {assembly.name: assembly for assembly in self._open()[1].devices[0]}
        if predictor is None and len(assemblies) == 1:
            return next(iter(assemblies.values()))
        if predictor not in assemblies:
            fault = "several predictors are loaded" if predictor is None else f"predictor {predictor!r} is not loaded"
            raise ConfigError(fault, f"give predictor= one of {', '.join(assemblies)}")
        return assemblies[predictor]

    def _scored(self, given: Given, of_sites: bool = False) -> tuple[list[PredictorColumns], list[RecordResult | None]]:
        """Each predictor's columns, and the result of each row.

        Args:
            of_sites: only predictors whose results have consequences.

        Raises:
            ConfigError: there is none.
        """
        with self._lock:
            run, assembled = self._open()
            told = assembled.consequences
            if of_sites and not told:
                raise ConfigError(
                    "this Scorer gives no consequences",
                    "give a GTF or GFF3 as annotation, or consequences=True, and a predictor of splice sites",
                )
            results = results_of(
                given.variants, run, assembled, self._effects, self._most, Tally(self._config, _Warner())
            )
        groups = [
            PredictorColumns(name, scorer, name in run.precomputed, name in told, told.get(name))
            for name, scorer in assembled.scorers.items()
            if name in told or not of_sites
        ]
        return groups, results
