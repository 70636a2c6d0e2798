"""`--precomputed` and `--precomputed-as` on the command line and as values."""

from __future__ import annotations

from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.config_groups import Stated
from genoscore.core.errors import ConfigError
from genoscore.core.settings import read_toml
from tests.conftest import Run
from tests.precomputed.score_files import AS_HERE, published_string, row_at, write_published
from tests.small import SmallGenome, infos, vcf_text

pytestmark = pytest.mark.usefixtures("toy")


def test_on_the_command_line(genoscore_with_toy: Run, small: SmallGenome, tmp_path: Path) -> None:
    file = write_published(small, tmp_path / "i.vcf.gz", [(110, published_string(small, 110, "PLUS"))])
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text([row_at(small, 110), row_at(small, 901)]))
    command = ["score", source, "-r", small.fasta, "-a", small.genes, "-p", "toy", "-o", tmp_path / "o.vcf"]
    done = genoscore_with_toy(*command, "--precomputed", f"toy={file}", "--precomputed-as", AS_HERE)
    assert done.returncode == 0, done.stderr
    assert "toy: 1 variant x gene pairs taken from files, the others computed" in done.stderr
    assert infos(tmp_path / "o.vcf")[0]["GS_TOY_SOURCE"] == "precomputed"


def test_values_of_the_options(tmp_path: Path) -> None:
    def config(**options: object) -> RunConfig:
        return RunConfig("-", Path("g.fa"), predictor=("toy", "spliceai"), **options)

    found = config(precomputed=["toy=a.vcf.gz", "spliceai=b.vcf.gz", "toy=c=d.vcf.gz"])
    assert found.precomputed_files == {"toy": (Path("a.vcf.gz"), Path("c=d.vcf.gz")), "spliceai": (Path("b.vcf.gz"),)}
    for text in ("a.vcf.gz", "other=a.vcf.gz"):
        with pytest.raises(ConfigError, match="--precomputed names"):
            config(precomputed=text)
    with pytest.raises(ConfigError, match="given twice"):
        config(precomputed=["toy=a", "toy=a"])
    with pytest.raises(ConfigError, match="--precomputed-as without"):
        config(precomputed_as=AS_HERE)
    file = {"precomputed": "toy=a"}
    assert config(**file, precomputed_as="mask=site, distance=7,build=grch37").stated == Stated(7, "site", "grch37")
    for text in (
        "distance=50",
        "distance=x,mask=none",
        "distance=50,mask=all",
        f"{AS_HERE},build=hg19",
        f"{AS_HERE},x=1",
        "",
    ):
        with pytest.raises(ConfigError, match="is not understood"):
            config(**file, precomputed_as=text)
    toml = tmp_path / "c.toml"
    toml.write_text(f'precomputed = ["a.vcf.gz", "b.vcf.gz"]\nprecomputed-as = "{AS_HERE}"\n')
    assert read_toml(toml) == {"precomputed": ("a.vcf.gz", "b.vcf.gz"), "precomputed_as": AS_HERE}
