"""Files for `--precomputed`: published, damaged, without an index."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from genoscore.core.errors import ConfigError
from genoscore.inputs.declared import declaration
from genoscore.outputs.vcf_header import provenance_line
from tests.conftest import Score
from tests.precomputed.score_files import AS_HERE, edited, gz_text, published_string, row_at, write_published
from tests.small import SmallGenome, infos

pytestmark = pytest.mark.usefixtures("toy")


def test_files_that_cannot_be_used(
    refused: Callable[..., None], score_small: Score, small: SmallGenome, tmp_path: Path, made: Path
) -> None:
    refused(tmp_path / "no.vcf.gz", "no.vcf.gz does not exist")
    plain = tmp_path / "plain.vcf"
    plain.write_text(gz_text(made))
    refused(plain, "is not bgzipped", "tabix -p vcf")
    whole = made.read_bytes()
    alone = tmp_path / "alone.vcf.gz"
    alone.write_bytes(whole)
    refused(alone, "alone.vcf.gz has no index; run: tabix -p vcf")
    (tmp_path / "alone.vcf.gz.tbi").write_bytes(b"junk")
    refused(alone, "alone.vcf.gz.tbi cannot be read")
    (tmp_path / "alone.vcf.gz.tbi").write_bytes(Path(f"{made}.tbi").read_bytes())
    alone.write_bytes(whole[:-28])
    refused(alone, "truncated")
    alone.write_bytes(whole[:300] + b"\0" * 40 + whole[340:])
    refused(alone, "alone.vcf.gz is not a VCF, or damaged")
    keyless = edited(made, lambda text: re.sub(r"##INFO=<ID=SpliceAI,.*\n", "", text))
    refused(keyless, "declares no INFO SpliceAI")
    wider = edited(made, lambda text: text.replace("|DP_DG|DP_DL", "|DP_DG|DP_DL|DS_AG_REF", 1))
    refused(wider, "has the form", "expected: ALLELE|SYMBOL|DS_AG")
    garbled = edited(made, lambda text: text.replace("|PLUS|0.", "|PLUS|x"))
    refused(garbled, "strings are not of the form")
    with pytest.raises(ConfigError, match="is also an input"):
        score_small([row_at(small, 121)], "made.vcf.gz", precomputed=str(made))


def test_published_files(refused: Callable[..., None], score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    rows = [(pos, published_string(small, pos, "PLUS")) for pos in range(110, 400, 10)]
    rows += [
        (410, published_string(small, 410, "PLUS")),
        (410, published_string(small, 410, "PLUS", "0.09|0.00|0.00|0.00|1|2|3|4")),
    ]
    rows += [(420, published_string(small, 420, "PLUS")), (420, published_string(small, 420, "PLUS"))]
    rows += [(430, published_string(small, 430, "PLUS", ".|.|.|.|.|.|.|."))]
    file = write_published(small, tmp_path / "scores.raw.snv.vcf.gz", rows)
    refused(file, "does not say which distance and mask", f"--precomputed-as {AS_HERE}")
    refused(file, "mask spliceai, this run has none", precomputed_as="distance=50,mask=spliceai")
    refused(file, "genoscore --compat", compat=True, precomputed_as=AS_HERE)
    gtf = tmp_path / "a.gtf"
    gtf.write_text('1\tx\texon\t101\t500\t.\t+\t.\tgene_id "G"; gene_name "PLUS"; transcript_id "T";\n')
    chosen = {"annotation": str(gtf), "transcripts": "T"}
    refused(file, "--transcripts T", precomputed_as=AS_HERE, **chosen)
    asked = [row_at(small, pos) for pos in (110, 410, 420, 430, 440)]
    done = score_small(asked, "a.vcf", precomputed=str(file), precomputed_as=AS_HERE).summary
    found = infos(tmp_path / "a.vcf")
    sources = [one["GS_TOY_SOURCE"] for one in found]
    assert sources == ["precomputed", "computed", "precomputed", "computed", "computed"], "contradictions are computed"
    assert (found[0]["GS_TOY_MAX"], found[0]["GS_TOY_DP_DG"]) == ("0.31", "3")
    counts = {"taken": 2, "lacking": 2, "other_symbols": 0, "ambiguous": 1, "unreadable": 0}
    assert done.precomputed == {"toy": counts}
    assert any("1 ALTs have several scores for a gene" in warning for warning in done.warnings)


def test_damage_in_the_middle(refused: Callable[..., None], small: SmallGenome, tmp_path: Path) -> None:
    rows = [(pos, published_string(small, pos, "PLUS")) for pos in range(1, 1200)]
    file = write_published(small, tmp_path / "i.vcf.gz", rows)
    file = edited(file, lambda text: re.sub("\tSpliceAI", lambda _: f"\tX={os.urandom(60).hex()};SpliceAI", text))
    whole = file.read_bytes()
    half = len(whole) // 2
    file.write_bytes(whole[:half] + b"\0" * 40 + whole[half + 40 :])
    refused(file, "changed.vcf.gz or its index is damaged", "at 1:", precomputed_as=AS_HERE)


def test_older_index_is_a_warning(score_small: Score, small: SmallGenome, made: Path) -> None:
    os.utime(f"{made}.tbi", (1, 1))
    done = score_small([row_at(small, 121)], "a.vcf", precomputed=str(made)).summary
    (warning,) = done.warnings
    assert re.search(r"tbi is older than .*; if that has changed, run: tabix", warning)
    assert done.precomputed["toy"]["taken"] == 1


def test_a_larger_distance_shows(refused: Callable[..., None], small: SmallGenome, tmp_path: Path) -> None:
    rows = [(110, published_string(small, 110, "PLUS", "0.00|0.00|0.31|0.00|1|2|-155|4"))]
    file = write_published(small, tmp_path / "i.vcf.gz", rows)
    refused(file, "at chr1:110 a DP is 155 bases from POS", "distance 50", precomputed_as=AS_HERE)


def test_header_lines_are_read_as_they_are_written() -> None:
    values = {"Version": "1", "Command": 'genoscore "a, b" -o c\\d', "Reference": "x y.fa", "Distance": "50"}
    assert declaration(provenance_line("toy", values)) == {"ID": "TOY", **values}
