"""Coverage-guided fuzzing, by atheris, of the three readers that parse most by hand; nothing is scored.

`python -m tests.fuzz.guided [READER...] [--seconds S] [--found FOLDER]`. A reader may raise InputError or ConfigError;
what else it raises is a violation, as is a file that takes seconds or gigabytes. Such a file is left in FOLDER.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

try:
    import atheris
except ImportError:
    sys.exit("atheris is not installed: pip install -e '.[fuzz]' (Linux; Python 3.11 to 3.13)")

with atheris.instrument_imports(include=["genoscore.inputs"]):
    from genoscore.core.errors import ConfigError, InputError
    from genoscore.core.plugins import import_row
    from genoscore.inputs import gene_formats
    from genoscore.inputs.lines import LineReader
    from genoscore.inputs.variant_table import VariantTable
    from genoscore.inputs.vcf import VcfReader

    for row in gene_formats.FORMATS.values():
        import_row(row)
from tests.fuzz.genes import annotations
from tests.fuzz.seeds import vcfs
from tests.fuzz.tables import tables

_LIMITS = ("-verbosity=0", "-print_final_stats=1", "-timeout=5", "-rss_limit_mb=2048", "-max_len=20000")


def read_vcf(data: bytes) -> None:
    """A VCF, but no BCF, which is htslib's. Every record keeps its line."""
    if data[:3] == b"BCF":
        return
    lines = set(data.decode("utf-8", "surrogateescape").split("\n"))
    with VcfReader(io.BytesIO(data)) as reader:
        for number, record in enumerate(reader):
            assert record.index == number
            assert data[:2] == b"\x1f\x8b" or not lines.isdisjoint({record.line, record.line + "\r"})


def read_genes(data: bytes) -> None:
    """SpliceAI's table, GTF or GFF3, by its beginning. Exons lie in order within their transcript."""
    reader = LineReader(io.BytesIO(data), "annotation")
    genes = gene_formats.find_format(reader).read(reader)
    if isinstance(genes, list):
        for gene in genes:
            assert gene.tx_start <= gene.exon_starts[0] <= gene.exon_ends[-1] <= gene.tx_end
    else:
        assert (genes.exon_starts < genes.exon_ends).all()


def read_table(data: bytes) -> None:
    """A table of variants: a record for every row, without characters that end a column."""
    with VariantTable(LineReader(io.BytesIO(data), "input")) as table:
        for record in table:
            assert len(record.columns) == 8
            assert not any("\t" in column or "\n" in column for column in record.columns)


READERS: dict[str, tuple[Callable[[bytes], None], Callable[[], list[bytes]]]] = {
    "vcf": (read_vcf, vcfs),
    "genes": (read_genes, lambda: [*annotations().values()]),
    "table": (read_table, lambda: [*tables()]),
}


def main() -> None:
    """Each reader in a process of its own, one after the other; exit code 1 if there are violations."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.guided", description=__doc__)
    parser.add_argument("readers", nargs="*", metavar="READER", help=f"of {', '.join(READERS)}; all by default")
    parser.add_argument("--seconds", type=int, default=60, help="in all")
    parser.add_argument("--found", type=Path, default=Path("fuzz_found"), help="folder for files with violations")
    arguments = parser.parse_args()
    readers = arguments.readers or [*READERS]
    if unknown := sorted(set(readers) - READERS.keys()):
        parser.error(f"no such reader: {', '.join(unknown)}")
    each = max(1, arguments.seconds // len(readers))
    failed = [reader for reader in readers if _run(reader, each, arguments.found)]
    print(f"violations: {', '.join(failed)}; see {arguments.found}" if failed else "no violations")
    sys.exit(bool(failed))


def _run(reader: str, seconds: int, found: Path) -> bool:
    """Whether there was a violation."""
    found.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="genoscore-fuzz-") as corpus:
        for number, data in enumerate(READERS[reader][1]()):
            Path(corpus, str(number)).write_bytes(data)
        options = [*_LIMITS, f"-max_total_time={seconds}", f"-artifact_prefix={found}/{reader}-"]
        command = [sys.executable, "-m", "tests.fuzz.guided", "--one", reader, *options, corpus]
        failed = bool(subprocess.run(command, check=False).returncode)
    if not any(found.iterdir()):
        found.rmdir()
    return failed


def _one(reader: str, options: list[str]) -> None:
    """Never returns: libFuzzer ends the process."""
    read = READERS[reader][0]

    def once(data: bytes) -> None:
        try:
            read(data)
        except (InputError, ConfigError):
            return

    atheris.Setup([sys.argv[0], *options], once)
    atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        _one(sys.argv[2], sys.argv[3:])
    main()
