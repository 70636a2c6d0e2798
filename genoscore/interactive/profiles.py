"""A network's outputs along REF and ALT of a variant, for use from Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from genoscore.core.errors import ConfigError, InputError
from genoscore.explaining.cases import variant_cases
from genoscore.explaining.profiles import Profile, has_profiles, profile_of
from genoscore.explaining.run import check_libraries

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from genoscore.engine.assembly import Assembly
    from genoscore.inputs.gene import Gene
    from genoscore.inputs.vcf import Record


@dataclass(frozen=True, slots=True)
class GeneProfile:
    """Outputs for REF and ALT of a variant in one gene, base by base, in genomic order on the forward strand."""

    _profile: Profile

    @property
    def gene(self) -> Gene | None:
        """The gene, with `symbol`, `gene_id`, `transcript_id` and `strand`; None for a predictor without genes."""
        return self._profile.case.gene

    @property
    def contig(self) -> str:
        """The contig, spelt as in the FASTA."""
        return self._profile.case.contig

    @property
    def positions(self) -> NDArray[np.int64]:
        """Positions of the N bases, 1-based: (N,)."""
        return self._profile.positions

    @property
    def bases(self) -> str:
        """REF's N bases; N outside the gene where the predictor masks it."""
        return self._profile.bases

    @property
    def tracks(self) -> tuple[str, ...]:
        """Names of the T tracks."""
        return self._profile.tracks

    @property
    def ref(self) -> NDArray[np.float32]:
        """Outputs along REF: (T, N), replicates averaged."""
        return self._profile.ref

    @property
    def alt(self) -> NDArray[np.float32]:
        """Outputs along ALT on REF's positions: (T, N). Deleted bases are 0; inserted ones give their maximum."""
        assert self._profile.alt is not None
        return self._profile.alt

    def _cells(self) -> dict[str, Any]:
        n_bases, symbol = len(self.bases), self.gene.symbol if self.gene else None
        positions = {"CHROM": [self.contig] * n_bases, "POS": self.positions, "REF": list(self.bases)}
        return {**positions, "GENE": [symbol] * n_bases, **self._profile.columns()}

    def frame(self, library: str = "pandas") -> Any:
        """One row per base: CHROM, POS (1-based), REF, GENE, and each track along REF, along ALT, and ALT - REF.

        Args:
            library: `pandas` or `polars`, the type of the frame.

        Raises:
            ConfigError: it is not installed.
        """
        return _frame(library, [self])

    def figure(self) -> Figure:
        """One panel per track, with REF and ALT, and the gene's exons below.

        Raises:
            ConfigError: matplotlib or logomaker is not installed.
        """
        check_libraries()
        from genoscore.explaining.figures import draw_profile

        return draw_profile(self._profile, [self.gene] if self.gene else [])


@dataclass(frozen=True, slots=True, repr=False)
class VariantProfiles(Sequence[GeneProfile]):
    """A variant's profiles, one for each gene that affects the network's input.

    `profiles[0]` is the first one, `profiles["BRCA2"]` the one of that gene.
    """

    predictor: str
    variant: str
    _genes: tuple[GeneProfile, ...]

    def __len__(self) -> int:
        return len(self._genes)

    def __iter__(self) -> Iterator[GeneProfile]:
        return iter(self._genes)

    def __repr__(self) -> str:
        symbols = ", ".join(self.symbols) or "no gene"
        return f"<profiles of {self.variant} by {self.predictor}: {symbols}>"

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols of the genes, in order."""
        return tuple(profile.gene.symbol for profile in self._genes if profile.gene)

    @overload
    def __getitem__(self, key: int | str) -> GeneProfile: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[GeneProfile, ...]: ...
    def __getitem__(self, key: int | str | slice) -> GeneProfile | tuple[GeneProfile, ...]:
        if not isinstance(key, str):
            return self._genes[key]
        named = [profile for profile in self._genes if profile.gene and profile.gene.symbol == key]
        if len(named) != 1:
            raise KeyError(f"{len(named)} profiles of {key}: {self!r}")
        return named[0]

    def frame(self, library: str = "pandas") -> Any:
        """The frames of all genes, concatenated; see `GeneProfile.frame`."""
        return _frame(library, self._genes)

    def figure(self, gene: str | None = None) -> Figure:
        """See `GeneProfile.figure`.

        Args:
            gene: symbol of the gene; required if there are several profiles.

        Raises:
            ConfigError: there are several profiles and `gene` is not given.
        """
        if gene is None and len(self._genes) > 1:
            raise ConfigError(
                f"{self.variant} lies in {len(self._genes)} genes or transcripts ({', '.join(self.symbols)})",
                'give .figure("SYMBOL"), or profiles[0].figure()',
            )
        return self[0 if gene is None else gene].figure()


def profiles_of(record: Record, title: str, assembly: Assembly, flank: int) -> VariantProfiles:
    """Run the network on both alleles of a record with one ALT.

    Args:
        flank: bases on either side of REF's first base.

    Raises:
        ConfigError: the predictor gives no output for every base.
        InputError: the variant cannot be scored; its status says why.
        GenoscoreError: outputs that are not finite.
    """
    predictor = assembly.predictor
    spec = predictor.spec
    if not has_profiles(spec):
        raise ConfigError(
            f"{spec.name} has no profiles: it does not give an output for every base", "use a splicing predictor"
        )
    lookup = assembly.builder.look_up(record, 0)
    cases = variant_cases(lookup, spec)
    if not cases:
        raise InputError(f"{title} has no profiles under {spec.name}: {lookup.status}, {lookup.status.meaning}")
    profiles = (GeneProfile(profile_of(case, predictor, assembly.genome, flank)) for case in cases)
    return VariantProfiles(spec.name, title, tuple(profiles))


def _frame(library: str, profiles: Sequence[GeneProfile]) -> Any:
    if library not in ("pandas", "polars"):
        raise ConfigError(f"library={library!r} is not supported", "give pandas or polars")
    try:
        if library == "pandas":
            import pandas as pd

            return pd.concat([pd.DataFrame(profile._cells()) for profile in profiles], ignore_index=True)
        import polars as pl

        return pl.concat([pl.DataFrame(profile._cells()) for profile in profiles])
    except ModuleNotFoundError:
        raise ConfigError(f"{library} is not installed", f"run: pip install {library}") from None
