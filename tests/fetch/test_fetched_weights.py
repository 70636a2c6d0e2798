"""What `score` does with what was fetched."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import WeightsError
from genoscore.scoring.run import score_vcf
from genoscore.weights.files import combined_sha256, fetched_folder
from tests.small import SmallGenome, vcf_text


def test_spliceai_is_found_where_it_was_fetched(home: Path, spliceai_weights: Path) -> None:
    from genoscore.predictors.splicing.spliceai import SPLICEAI

    assert {path.parent for path in SPLICEAI.find_weights(None).values()} == {spliceai_weights}
    fetched = fetched_folder("spliceai")
    fetched.mkdir(parents=True)
    for path in sorted(spliceai_weights.glob("*.h5")):
        assert {one.parent for one in SPLICEAI.find_weights(None).values()} == {spliceai_weights}, "not complete yet"
        (fetched / path.name).symlink_to(path)
    assert {path.parent for path in SPLICEAI.find_weights(None).values()} == {fetched}
    assert {path.parent for path in SPLICEAI.find_weights(spliceai_weights).values()} == {spliceai_weights}


def test_fetched_weights_that_changed_are_refused(
    home: Path, spliceai_weights: Path, small: SmallGenome, tmp_path: Path
) -> None:
    fetched = fetched_folder("spliceai")
    fetched.mkdir(parents=True)
    for path in spliceai_weights.glob("*.h5"):
        (fetched / path.name).symlink_to(path)
    (fetched / "spliceai2.h5").unlink()
    (fetched / "spliceai2.h5").write_bytes(b"damaged")
    source, target = tmp_path / "in.vcf", tmp_path / "out.vcf"
    source.write_text(vcf_text(["chr1 121 A C"]))
    config = RunConfig(str(source), small.fasta, (str(target),), annotation=str(small.genes))
    with pytest.raises(WeightsError, match=r"spliceai2\.h5 is not the published file") as caught:
        score_vcf(config)
    assert "genoscore models fetch spliceai" in caught.value.hint
    assert not target.exists()
    own = dataclasses.replace(config, weights={"spliceai": fetched})
    with pytest.raises(WeightsError, match="does not hold a SpliceAI model"):  # found out by what is in it
        score_vcf(own)


def test_installed_weights_must_be_the_published_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"something")
    files = {"a.bin": path}
    free = combined_sha256(files)
    assert combined_sha256(files, {"a.bin": "", "b.bin": "0" * 64}) == free
    with pytest.raises(WeightsError, match=r"a\.bin is not the published file"):
        combined_sha256(files, {"a.bin": "0" * 64}, "fetch it")
