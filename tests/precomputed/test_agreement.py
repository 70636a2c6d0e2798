"""`--precomputed` with files of other options, weights, genes or builds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import InputError
from genoscore.engine import known
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.genes import load_gene_models
from genoscore.inputs.precomputed import Alleles
from genoscore.inputs.vcf import Record
from genoscore.planning.jobs import JobBuilder
from genoscore.predictors import registry
from genoscore.scoring import run as scoring_run
from tests.conftest import Score
from tests.precomputed.score_files import AS_HERE, ILLUMINA, edited, gz_text, row_at, write_packed
from tests.small import SmallGenome, infos, vcf_text

pytestmark = pytest.mark.usefixtures("toy")


def test_declared_otherwise(refused: Callable[..., None], made: Path) -> None:
    refused(made, "was made with distance 50, this run has 20", "give -d 50", distance=20)
    refused(made, "was made with mask none, this run has site", "give -m none", mask="site")
    refused(made, "was made with --compat off, this run has true", compat=True)
    weights = edited(made, lambda text: re.sub("WeightsSHA256=[0-9a-f]", "WeightsSHA256=x", text))
    refused(weights, "was made with weights of SHA-256 x")
    other = edited(made, lambda text: text.replace("<ID=TOY,", "<ID=OTHER,"))
    refused(other, "holds scores of OTHER, not of TOY")
    rough = edited(made, lambda text: text.replace("Precision=fp32", "Precision=bf16"))
    refused(rough, "precision bf16, this run has fp32")
    said = {"precomputed_as": "distance=20,mask=none"}
    refused(made, "has, according to --precomputed-as, distance 20, this run has 50", **said)


def test_each_of_several_earlier_runs_must_agree(refused: Callable[..., None], made: Path) -> None:
    """--keep-existing leaves records of an earlier run beside its own, and a line of each."""
    line = next(line for line in gz_text(made).splitlines() if line.startswith("##genoscore="))
    second = line.replace("ID=TOY,", "ID=TOY.2,").replace("Distance=50", "Distance=40")
    both = edited(made, lambda text: text.replace(line, line + "\n" + second))
    refused(both, "was made with distance 40")


def test_other_genes_are_refused(
    refused: Callable[..., None], score_small: Score, small: SmallGenome, tmp_path: Path, made: Path
) -> None:
    """By what they are, not by the name of their file: the same name may hold other exons or other transcripts."""
    other = tmp_path / "other"
    other.mkdir()
    rows, options = [row_at(small, 121)], {"annotation": str(other / small.genes.name)}
    (other / small.genes.name).write_text(small.genes.read_text())
    done = score_small(rows, "a.vcf", precomputed=str(made), **options).summary
    assert (done.warnings, done.precomputed["toy"]["taken"]) == ([], 1)
    (other / small.genes.name).write_text(small.genes.read_text().replace("100,200,400,", "100,201,400,"))
    refused(made, "was made with other genes or exons", **options)


def test_unknown_genes_are_a_warning(score_small: Score, small: SmallGenome, made: Path) -> None:
    before = edited(made, lambda text: re.sub(r",Genes=[0-9a-f]+", "", text))
    done = score_small([row_at(small, 121)], "a.vcf", precomputed=str(before)).summary
    (warning,) = done.warnings
    assert "does not say which genes" in warning
    assert done.precomputed["toy"]["taken"] == 1


def test_other_build(refused: Callable[..., None], tmp_path: Path, made: Path) -> None:
    lengths = edited(made, lambda text: text.replace("ID=chr1,length=1200", "ID=chr1,length=1300"))
    refused(lengths, "another build: its contig chr1 has 1300 bases", "1200")
    swap = str.maketrans("ACGT", "CGTA")

    def wrong_refs(text: str) -> str:
        text = re.sub(r"##contig.*\n", "", text)
        return re.sub(
            r"^(chr\w+\t\d+\t\.\t)(\w)", lambda one: one[1] + one[2].translate(swap), text, flags=re.MULTILINE
        )

    refused(edited(made, wrong_refs), "another build: 7 of 7 sampled REF alleles")
    (tmp_path / "scores.hg19.vcf.gz").write_bytes(made.read_bytes())
    (tmp_path / "scores.hg19.vcf.gz.tbi").write_bytes(Path(f"{made}.tbi").read_bytes())
    said = {"precomputed_as": f"{AS_HERE},build=grch38"}
    refused(tmp_path / "scores.hg19.vcf.gz", "--precomputed-as says GRCh38, its name says GRCh37", **said)


def test_human_builds_are_compared(tmp_path: Path, small: SmallGenome) -> None:
    fasta, source = tmp_path / "g.fa", tmp_path / "in.vcf"
    fasta.write_text(f">chr21\n{'N' * 46_709_983}\n")  # GRCh38's length
    source.write_text(vcf_text(["chr21 100 A C"]))
    head = f"##fileformat=VCFv4.2\n##reference=GRCh37/hg19\n{ILLUMINA}\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    file = write_packed(
        head + "21\t100\t.\tA\tC\t.\t.\tSpliceAI=C|G|0.00|0.00|0.00|0.00|1|1|1|1\n", tmp_path / "i.vcf.gz"
    )
    config = RunConfig(
        str(source), fasta, (str(tmp_path / "o.vcf"),), ("toy",), annotation=str(small.genes),
        precomputed=(str(file),), precomputed_as=AS_HERE,
    )  # fmt: skip
    with pytest.raises(InputError, match=r"##reference=GRCh37/hg19 says GRCh37, .*g\.fa with .* says GRCh38"):
        scoring_run.score_vcf(config)


def test_other_gene_names(
    refused: Callable[..., None], score_small: Score, small: SmallGenome, tmp_path: Path, made: Path
) -> None:
    renamed = edited(made, lambda text: re.sub(r"\|(PLUS|MINUS|SHORT)\|", r"|ENSG_\1|", text))
    refused(renamed, "was made with other genes: of 7 variants examined, 7 name no gene")
    few = edited(made, lambda text: re.sub(r"(\t260\t.*)\|PLUS\|", r"\1|OLD|", text))
    done = score_small([row_at(small, 121), row_at(small, 260)], "a.vcf", precomputed=str(few)).summary
    assert [one["GS_TOY_SOURCE"] for one in infos(tmp_path / "a.vcf")] == ["precomputed", "computed"]
    assert done.precomputed["toy"]["other_symbols"] == 1
    assert any("1 ALTs have scores only under other gene names" in warning for warning in done.warnings)


def test_one_of_two_genes_is_not_enough(score_small: Score, small: SmallGenome, tmp_path: Path, made: Path) -> None:
    only = edited(made, lambda text: re.sub(r"(\t480\t.*SpliceAI=[^,]+),[^;]+", r"\1", text))
    done = score_small([row_at(small, 480), row_at(small, 460)], "a.vcf", precomputed=str(only)).summary
    assert [one["GS_TOY_SOURCE"] for one in infos(tmp_path / "a.vcf")] == ["computed", "precomputed"]
    assert (done.precomputed["toy"]["taken"], done.precomputed["toy"]["lacking"]) == (2, 1)


def test_gene_names_are_judged_on_the_way(small: SmallGenome, monkeypatch: pytest.MonkeyPatch) -> None:
    class Files:
        name, unreadable = "f.vcf.gz", 0

        def find(self, wanted):
            return {one: {"OTHER": {(0.0,) * 8}} for one in wanted}

    monkeypatch.setattr(known, "_JUDGED", 4)
    spec = registry.get("toy").spec(RunConfig("-", Path("-"), predictor=("toy",)))
    builder = JobBuilder(spec, ReferenceGenome(small.fasta), load_gene_models(str(small.genes)), {})
    rows = []
    for at, pos in enumerate(range(110, 150, 10)):
        _, _, ref, alt = row_at(small, pos).split()
        rows.append(Record(at, ["chr1", str(pos), ".", ref, alt, ".", ".", "."], pos, (alt,)))
    lookups = [[builder.look_up(row, 0)] for row in rows]
    tally: Counter[str] = Counter()
    assert known.take_known(rows[:3], lookups[:3], Files(), 8, tally) == {}
    assert tally == {"other_symbols": 3, "held": 3}
    with pytest.raises(InputError, match=r"f\.vcf\.gz was made with other genes: of 4 variants examined, 4"):
        known.take_known(rows[3:], lookups[3:], Files(), 8, tally)

    class Held(Files):
        def find(self, wanted):
            return {one: {"PLUS": {(0.5,) * 4 + (1.0,) * 4}} for one in wanted if isinstance(one, Alleles)}

    (row,) = known.take_known(rows[:1], lookups[:1], Held(), 9, Counter()).values()
    assert row[:8] == (0.5,) * 4 + (1.0,) * 4
    assert str(row[8]) == "nan", "a field that files do not hold"
