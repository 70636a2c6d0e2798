"""Make the background that comes with the regulatory predictor, of common variants of the 1000 Genomes Project.

python benchmarks/regulatory_background.py VARIANTS.vcf.gz GENOME.fa OUTPUT.npz

VARIANTS has AF in INFO; ALTs of a frequency from 1 % to 99 % count. The weights are those of the package. The output
holds counts of magnitudes, no variant and no score.
"""

from __future__ import annotations

import gzip
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from genoscore.core.config import RunConfig
from genoscore.scoring.backgrounds import make_background

COMMON = 0.01
_NAMES = "common.vcf", "GRCh37.fa.gz"  # by which the output says that it was made


def common_records(path: Path) -> Iterator[str]:
    """Header, and records with their common ALTs alone, without samples and INFO."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            if line.startswith("#"):
                yield line
                continue
            columns = line.rstrip("\n").split("\t")
            info = dict(entry.partition("=")[::2] for entry in columns[7].split(";"))
            pairs = zip(columns[4].split(","), info["AF"].split(","), strict=True)
            alts = [alt for alt, frequency in pairs if COMMON <= float(frequency) <= 1 - COMMON and alt[0] != "<"]
            if alts:
                yield "\t".join([*columns[:4], ",".join(alts), *columns[5:7], "."]) + "\n"


def main() -> None:
    """Make it in a folder of its own, so that no path of this machine is written into the output."""
    variants, genome, output = (Path(one).resolve() for one in sys.argv[1:4])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path(_NAMES[0]).write_text("".join(common_records(variants)), encoding="utf-8")
        for suffix in ("", ".fai", ".gzi"):
            Path(_NAMES[1] + suffix).symlink_to(f"{genome}{suffix}")
        command = f"genoscore background {_NAMES[0]} -r {_NAMES[1]} -a none -p regulatory -o {output.name}"
        config = RunConfig(
            _NAMES[0],
            Path(_NAMES[1]),
            (output.name,),
            ("regulatory",),
            annotation="none",
            device="cpu",
            command=command,
        )
        done = make_background(config)
        output.write_bytes(Path(output.name).read_bytes())
    print(f"{done.status['regulatory']}, {output.stat().st_size:,} bytes; warnings: {done.warnings}")


if __name__ == "__main__":
    main()
