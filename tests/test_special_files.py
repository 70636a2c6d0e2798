"""Pipes and devices: refused at once where a file is read by position or twice, read where a stream will do."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pysam
import pytest

from genoscore.cli.report import count_records
from genoscore.core.config import RunConfig
from genoscore.core.errors import InputError, WeightsError
from genoscore.core.special_files import is_endless, special_kind
from genoscore.inputs.lines import LineReader
from genoscore.weights.checkpoints import load_checkpoint
from genoscore.weights.files import sha256
from tests.conftest import Invoke
from tests.precomputed.score_files import write_packed
from tests.small import SmallGenome, vcf_text

pytestmark = pytest.mark.timeout(30)  # nothing here may wait for a writer
FILES = {
    "spliceai": [f"spliceai{number}.h5" for number in range(1, 6)],
    "openspliceai": ["model_rs10.pt"],
    "pangolin": [f"final.{number}.{tissue}.3.v2" for number in (1, 2, 3) for tissue in (0, 2, 4, 6)],
    "enformer": ["pytorch_model.bin", "config.json"],
    "sei": ["sei.pth", "config.json"],
    "regulatory": ["regulatory.safetensors"],
}


@pytest.fixture
def scored(toy: None, invoke: Invoke, small: SmallGenome, tmp_path: Path) -> Callable[..., str]:
    """Score a variant with further arguments; returns standard error of a run that fails."""
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text(["chr1 121 A C"]))

    def run(*arguments: object, reference: object = small.fasta) -> str:
        done = invoke("score", source, "-r", reference, "-a", small.genes, "-o", tmp_path / "o.vcf", *arguments)
        assert done.exit_code == 1
        assert not (tmp_path / "o.vcf").exists()
        return str(done.stderr)

    return run


@pytest.mark.parametrize("name", FILES)
def test_weights_that_are_a_pipe(name: str, scored: Callable[..., str], tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    pipe, *others = FILES[name]
    os.mkfifo(folder / pipe)
    for other in others:
        (folder / other).write_text("{}")
    assert f"{folder / pipe} is a pipe (FIFO), not a regular file" in scored(
        "-p", name, "--weights", f"{name}={folder}"
    )


@pytest.mark.parametrize("read", [load_checkpoint, sha256])
@pytest.mark.parametrize("name", ["pipe.pt", "pipe.safetensors", "zero.pt"])
def test_every_reader_of_weights_refuses_them(read: Callable[[Path], object], name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name.startswith("zero"):
        path.symlink_to("/dev/zero")
    else:
        os.mkfifo(path)
    with pytest.raises(WeightsError, match="not a regular file"):
        read(path)


def test_custom_models_that_are_a_pipe(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENOSCORE_HOME", str(tmp_path / "home"))
    manifest, network = tmp_path / "m.toml", tmp_path / "net.pt"
    os.mkfifo(manifest)
    assert f"manifest {manifest} is a pipe (FIFO)" in invoke("models", "add", manifest).stderr
    assert "is a pipe (FIFO)" in invoke("models", "add", tmp_path).stderr, "the only .toml file of a folder"
    manifest.unlink()
    manifest.write_text('name = "mine"\nfile = "net.pt"\ntracks = ["a"]\ninput_length = 8\nbin_size = 4\nn_bins = 2\n')
    os.mkfifo(network)
    assert f"{network} is a pipe (FIFO)" in invoke("models", "add", manifest).stderr


@pytest.mark.parametrize("option", ["--background", "--precomputed", "--reference"])
def test_what_is_read_by_position_must_be_a_file(option: str, scored: Callable[..., str], tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.gz"
    os.mkfifo(pipe)
    if option == "--reference":
        said = scored("-p", "regulatory", reference=pipe)
    elif option == "--background":
        said = scored("-p", "regulatory", option, f"regulatory={pipe}")
    else:
        said = scored("-p", "toy", "--weights", f"toy={tmp_path}", option, f"toy={pipe}")
    assert f"{option[2:]} {pipe} is a pipe (FIFO), not a regular file" in said


@pytest.mark.parametrize("suffix", [".fai", ".gzi", ".tbi", ".csi"])
@pytest.mark.parametrize("device", ["", "/dev/zero"])
def test_indexes_must_be_files(
    toy: None, suffix: str, device: str, scored: Callable[..., str], small: SmallGenome, tmp_path: Path
) -> None:
    fasta, held = tmp_path / "g.fa", tmp_path / "p.vcf.gz"
    fasta.write_bytes(small.fasta.read_bytes())
    if suffix in (".tbi", ".csi"):
        held = write_packed(vcf_text(["chr1 121 A C"]), held)
        index, arguments = Path(f"{held}{suffix}"), ["--precomputed", f"toy={held}"]
        Path(f"{held}.tbi").unlink()
    else:
        if suffix == ".gzi":
            pysam.tabix_compress(str(fasta), f"{fasta}.gz")
            fasta = Path(f"{fasta}.gz")
        pysam.faidx(str(fasta))
        index, arguments = Path(f"{fasta}{suffix}"), []
        index.unlink()
    if device:
        index.symlink_to(device)
    else:
        os.mkfifo(index)
    kind = "a device" if device else "a pipe (FIFO)"
    said = scored("-p", "toy", *arguments, reference=fasta)
    assert f"index {index} is {kind}, not a regular file" in said


@pytest.mark.parametrize("option", ["INPUT", "--config", "--regions-file", "-a", "--genes"])
def test_devices_that_never_end_are_refused(
    toy: None, option: str, invoke: Invoke, small: SmallGenome, tmp_path: Path
) -> None:
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text(["chr1 121 A C"]))
    device = Path("/dev/zero")
    first, more = (device, []) if option == "INPUT" else (source, [option, device])
    done = invoke("check", first, "-r", small.fasta, "-a", small.genes, "-p", "toy", *more)
    assert done.exit_code == 1
    assert "/dev/zero is a device" in done.stderr


def test_streams_may_be_pipes(toy: None, invoke: Invoke, small: SmallGenome, tmp_path: Path) -> None:
    """A process substitution is a pipe: `--config <(...)`, `--regions-file <(...)`."""
    source, bed, config, panel = (tmp_path / name for name in ("x.vcf", "x.bed", "x.toml", "x.txt"))
    texts = {source: vcf_text(["chr1 121 A C", "chr1 900 A C"]), bed: "chr1\t0\t500\n", config: "distance = 40\n"}
    texts[panel] = small.genes.read_text().splitlines()[1].split("\t")[0] + "\n"
    for path, text in texts.items():
        os.mkfifo(path)
        threading.Thread(target=path.write_text, args=(text,), daemon=True).start()
    output = tmp_path / "o.tsv"
    done = invoke(
        "score", source, "-r", small.fasta, "-a", small.genes, "-p", "toy", "--config", config, "--regions-file", bed,
        "--genes", panel, "-o", output,
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert {line.split("\t")[1] for line in output.read_text().splitlines()[1:]} == {"121"}


def test_the_regions_file_is_not_read_again_for_progress(small: SmallGenome, tmp_path: Path) -> None:
    """A pipe gives its text once, and a second reader might take what the run needs."""
    source = tmp_path / "x.vcf"
    source.write_text(vcf_text(["chr1 121 A C"]))
    missing = str(tmp_path / "gone.bed")
    config = RunConfig(str(source), small.fasta, predictor=("toy",), output=("o.vcf",), regions_file=missing)
    assert count_records(config) is None


def test_kinds(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("/dev/zero")
    assert special_kind(tmp_path) == special_kind(tmp_path / "none") == special_kind(__file__) == ""
    assert special_kind("a\0b") == special_kind("a" * 5_000) == ""
    assert [is_endless(path) for path in ("/dev/zero", link, "/dev/null", __file__)] == [True, True, False, False]
    master, terminal = os.openpty()
    assert not is_endless(os.ttyname(terminal))
    os.close(master)
    os.close(terminal)
    with pytest.raises(InputError, match="input /dev/zero is a device"):
        LineReader("/dev/zero", "input")
    assert list(LineReader("/dev/null", "input")) == []
