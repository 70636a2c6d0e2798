"""Weights are numbers as they were trained: another type, NaN and infinity are refused by every loader."""

from __future__ import annotations

import json
import pickle
import re
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from genoscore.core.config import RunConfig
from genoscore.core.errors import GenoscoreError, InputError, WeightsError, is_out_of_memory
from genoscore.inputs import gene_cache
from genoscore.predictors import registry
from genoscore.scores import background
from genoscore.scores.background import load_background
from genoscore.scores.sequence_classes import _read_array
from genoscore.training import checkpoint, prepared
from genoscore.weights.checkpoints import as_weights, load_checkpoint
from tests.test_checkpoints import Attack

ONES = torch.ones(4)


def _saved(folder: Path, state: dict[str, Any], name: str = "model.pt") -> Path:
    path = folder / name
    torch.save(state, path)
    return path


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ONES.to(torch.int8), "of type int8"),
        (lambda: ONES.to(torch.int64), "of type int64"),
        (lambda: ONES.to(torch.bool), "of type bool"),
        (lambda: ONES.to(torch.complex64), "of type complex64"),
        (lambda: ONES.to(torch.float64), "of type float64"),
        (lambda: ONES.to(torch.float8_e4m3fn), "of type float8_e4m3fn"),
        (lambda: torch.quantize_per_tensor(ONES, 0.1, 0, torch.qint8), "quantized"),
        (lambda: torch.eye(3).to_sparse(), "sparse"),
        (lambda: torch.ones(3, device="meta"), "without data"),
        (lambda: torch.ones(1).expand(1 << 50), "numbers, of which the file holds fewer"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.filterwarnings("ignore")
def test_what_is_not_weights_is_refused(make: Callable[[], torch.Tensor], message: str, tmp_path: Path) -> None:
    path = _saved(tmp_path, {"stem.weight": make()})
    with pytest.raises(WeightsError, match=f"tensor stem.weight is .*{message}.*, expected float32") as caught:
        load_checkpoint(path)
    assert str(path) in str(caught.value)


@pytest.mark.filterwarnings("ignore")
def test_nested_tensors_are_refused(tmp_path: Path) -> None:
    path = _saved(tmp_path, {"w": torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])})
    with pytest.raises(WeightsError, match="tensor w is nested"):
        load_checkpoint(path)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_refused(dtype: torch.dtype, value: float, tmp_path: Path) -> None:
    tensor = torch.linspace(-1, 1, 1_000, dtype=dtype).reshape(20, 50)
    tensor[7, 3] = value
    path = _saved(tmp_path, {"a": ONES, "head.bias": tensor})
    with pytest.raises(WeightsError, match=r"tensor head\.bias holds NaN or infinity"):
        load_checkpoint(path)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_smaller_types_are_widened_exactly(dtype: torch.dtype, tmp_path: Path) -> None:
    tensor = torch.linspace(-3, 3, 100).to(dtype)
    state = load_checkpoint(_saved(tmp_path, {"w": tensor, "empty": torch.zeros(0)}))
    assert state["w"].dtype is torch.float32
    assert torch.equal(state["w"].to(dtype), tensor)
    assert torch.equal(state["w"].double(), tensor.double())


def test_counters_and_computed_tensors_may_be_anything(tmp_path: Path) -> None:
    counter, spline = torch.tensor(7), torch.ones(3, dtype=torch.float64)
    state = load_checkpoint(_saved(tmp_path, {"n.num_batches_tracked": counter, "spline.b": spline}), ("spline",))
    assert state == {"n.num_batches_tracked": counter}


def _changed(state: dict[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """The state with its largest tensor changed, after which a network would still load."""
    name = max(state, key=lambda key: state[key].numel())
    return {**state, name: change(state[name])}


def _openspliceai(folder: Path, change: Callable[[Any], Any], shared: Path) -> None:
    source = shared / "models/openspliceai-mane/80nt/model_80nt_rs10.pt"
    _saved(folder, _changed(load_checkpoint(source), change))


def _pangolin(folder: Path, change: Callable[[Any], Any], shared: Path) -> None:
    for path in (shared / "models/pangolin").glob("final.*"):
        (folder / path.name).symlink_to(path)
    name = "final.1.0.3.v2"
    state = _changed(load_checkpoint(folder / name), change)
    (folder / name).unlink()
    torch.save(state, folder / name)


def _spliceai(folder: Path, change: Callable[[Any], Any], weights: Path) -> None:
    import h5py

    for path in weights.glob("*.h5"):
        shutil.copy(path, folder)
    with h5py.File(folder / "spliceai1.h5", "r+") as file:
        kernels: list[str] = []
        file["model_weights"].visit(lambda name: kernels.append(name) if name.endswith("kernel:0") else None)
        values = change(torch.from_numpy(file["model_weights"][kernels[0]][()])).numpy()
        del file["model_weights"][kernels[0]]
        file["model_weights"][kernels[0]] = values


def _regulatory(folder: Path, change: Callable[[Any], Any], _: Path) -> None:
    from genoscore.predictors.regulatory.weights import FILE, shipped

    metadata = _metadata(shipped(FILE))
    save_file(_changed(load_file(shipped(FILE)), change), folder / FILE, metadata)


def _metadata(path: Path) -> dict[str, str]:
    raw = path.read_bytes()
    header = json.loads(raw[8 : 8 + struct.unpack("<Q", raw[:8])[0]])
    return dict(header["__metadata__"])


def _enformer(folder: Path, change: Callable[[Any], Any], _: Path) -> None:
    from genoscore.networks.enformer_config import EnformerConfig
    from genoscore.predictors.enformer.weights import port_key, untrained

    sizes = {"dim": 48, "depth": 1, "heads": 2, "dim_divisible_by": 2, "attn_dim_key": 4}
    sizes |= {"input_length": 2_048, "target_length": 4}
    (folder / "config.json").write_text(json.dumps({**sizes, "output_heads": {"human": 3}, "use_tf_gamma": False}))
    network = untrained(EnformerConfig(**sizes, output_heads={"human": 3}, use_tf_gamma=False))  # type: ignore[arg-type]
    state = {port_key(name): value for name, value in network.state_dict().items()}
    _saved(folder, _changed(state, change), "pytorch_model.bin")


def _sei(folder: Path, change: Callable[[Any], Any], _: Path) -> None:
    _saved(folder, _changed({"lconv1.0.bias": torch.zeros(480)}, change), "sei.pth")  # the rest would be 1 GB


def _not_a_number(tensor: Any) -> Any:
    tensor = tensor.clone()
    tensor.view(-1)[tensor.numel() // 2] = np.nan
    return tensor


@pytest.mark.parametrize(
    ("change", "message"),
    [(lambda tensor: (tensor * 100).to(torch.int8), "is of type int8, expected float32"), (_not_a_number, "holds NaN")],
    ids=["int8", "nan"],
)
@pytest.mark.parametrize("make", [_openspliceai, _pangolin, _spliceai, _regulatory, _enformer, _sei])
def test_every_loader_refuses_them(
    make: Callable[..., None], change: Any, message: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    name = make.__name__.removeprefix("_")
    needed = {"openspliceai": "shared", "pangolin": "shared", "spliceai": "spliceai_weights"}.get(name)
    make(tmp_path, change, request.getfixturevalue(needed) if needed else None)
    entry = registry.get(name)
    config = RunConfig("-", Path("-"), predictor=(name,), weights={name: tmp_path})
    spec = entry.spec(config)
    with pytest.raises(WeightsError, match=message) as caught:
        entry.load(config, spec)
    assert str(tmp_path) in str(caught.value)


def test_a_keras_file_that_links_to_others_is_refused(tmp_path: Path, spliceai_weights: Path) -> None:
    import h5py

    from genoscore.predictors.splicing.spliceai import _read_keras

    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["model_weights"] = h5py.ExternalLink(str(spliceai_weights / "spliceai1.h5"), "/model_weights")
    with pytest.raises(WeightsError, match="it links to another file"):
        _read_keras(tmp_path / "a.h5")
    shutil.copy(spliceai_weights / "spliceai1.h5", tmp_path / "b.h5")
    with h5py.File(tmp_path / "b.h5", "r+") as file:
        names: list[str] = []
        file["model_weights"].visit(lambda name: names.append(name) if name.endswith("bias:0") else None)
        shape = file["model_weights"][names[0]].shape
        del file["model_weights"][names[0]]
        outside = [(str(tmp_path / "raw"), 0, h5py.h5f.UNLIMITED)]
        file["model_weights"].create_dataset(names[0], shape, np.float32, external=outside)
    with pytest.raises(WeightsError, match="its data are in another file"):
        _read_keras(tmp_path / "b.h5")


def test_an_archive_that_unpacks_to_more_than_its_size_is_refused(tmp_path: Path) -> None:
    path = _saved(tmp_path, {"w": torch.zeros(1_000_000)})
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(tmp_path / "d.pt", "w", zipfile.ZIP_DEFLATED) as packed:
        for name in whole.namelist():
            packed.writestr(name, whole.read(name))
    with pytest.raises(WeightsError, match=r"d\.pt is refused: its [0-9,]+ bytes unpack to 4,[0-9,]+, and torch\.save"):
        load_checkpoint(tmp_path / "d.pt")


@pytest.mark.parametrize("length", [1 << 60, (1 << 64) - 1, 100])
def test_a_safetensors_header_of_any_length(length: int, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(struct.pack("<Q", length) + b'{"w": ')
    for read in (load_checkpoint, lambda path: registry.get("regulatory").tracks(path, None)):  # type: ignore[attr-defined]
        with pytest.raises(WeightsError, match="is damaged or not a"):
            read(path)


def test_a_header_that_promises_a_vast_network_takes_no_memory(tmp_path: Path) -> None:
    from genoscore.predictors.regulatory.weights import FILE, load_networks, shipped

    metadata = _metadata(shipped(FILE))
    shape = json.loads(metadata["config"]) | {"channels": 10_000, "heads": 1, "width": 9_999}
    save_file(load_file(shipped(FILE)), tmp_path / FILE, metadata | {"config": json.dumps(shape)})
    with pytest.raises(WeightsError, match="has shape"):  # its first convolution has 4e14 bytes
        load_networks(tmp_path / FILE)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "9" * 5_000, '{"dim": ' + "9" * 5_000 + "}"])
def test_json_that_is_nested_too_deeply_or_has_endless_numbers(text: str, tmp_path: Path) -> None:
    from genoscore.predictors.enformer.weights import read_config
    from genoscore.predictors.sei.weights import find_folder

    (tmp_path / "config.json").write_text(text)
    (tmp_path / "sei.pth").write_bytes(b"")
    with pytest.raises(WeightsError, match="is not a JSON object"):
        read_config(tmp_path)
    with pytest.raises(WeightsError, match="is not a JSON object"):
        find_folder(tmp_path, needed=True)


@pytest.mark.parametrize(
    "values", [{"depth": 10**9}, {"dim": 10**30}, {"input_length": 10**12}, {"output_heads": {"human": 10**9}}]
)
def test_a_config_of_vast_dimensions_is_refused(values: dict[str, Any], tmp_path: Path) -> None:
    from genoscore.predictors.enformer.weights import read_config

    (tmp_path / "config.json").write_text(json.dumps(values))
    with pytest.raises(WeightsError, match="is more than"):
        read_config(tmp_path)


def test_too_little_memory_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _saved(tmp_path, {"w": ONES})

    def allocate(*_: object, **__: object) -> torch.Tensor:
        return torch.empty(1 << 50)

    with pytest.raises(RuntimeError) as caught:
        allocate()
    assert is_out_of_memory(caught.value), "torch's own error is recognized"
    monkeypatch.setattr(torch, "load", allocate)
    with pytest.raises(WeightsError, match="needs more memory than there is"):
        load_checkpoint(path)


def _training(path: Path) -> object:
    return checkpoint.read(path, {})


def _pickled_npz(path: Path, names: list[str], value: Any) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, np.array([value], dtype=object), allow_pickle=True)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["torch", "legacy", "pickle", "npz", "npy"])
@pytest.mark.parametrize(
    "read", [load_checkpoint, _training, prepared._read, load_background, gene_cache.load, _read_array]
)
def test_no_reader_runs_what_a_pickle_holds(read: Callable[[Path], object], kind: str, tmp_path: Path) -> None:
    mark = tmp_path / "it_ran"
    path = tmp_path / "file.npz"
    attack: Any = Attack(mark)
    if kind in ("torch", "legacy"):
        torch.save({"format": 1, "w": attack}, path, _use_new_zipfile_serialization=kind == "torch")
    elif kind == "pickle":
        path.write_bytes(pickle.dumps(attack))
    elif kind == "npz":
        _pickled_npz(path, ["made", "tracks", "alts", "symbols", "field_a"], attack)
    else:
        with open(path, "wb") as file:
            np.save(file, np.array([attack], dtype=object), allow_pickle=True)
    if read in (prepared._read, gene_cache.load):  # what they read is made again
        assert read(path) is None
    else:
        with pytest.raises(GenoscoreError, match=re.escape(str(path))):
            read(path)
    assert not mark.exists()


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\x80\x02.", b"junk", [1, 2], {"format": 1}, {"format": [], "run": 3}]
)
def test_damaged_checkpoints_of_training(content: Any, tmp_path: Path) -> None:
    path = tmp_path / "c.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    with pytest.raises(InputError, match=r"c\.pt (is damaged|was written by another version)"):
        checkpoint.read(path, {})
    assert prepared._read(path) is None


def test_backgrounds_that_unpack_to_anything(tmp_path: Path) -> None:
    path = tmp_path / "b.npz"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("made.npy", "w", force_zip64=True) as out,
    ):
        block = bytes(1 << 24)
        for _ in range(4):
            out.write(block)

    assert background._LARGEST == 4 << 30
    small = pytest.MonkeyPatch()
    with small.context() as patched:
        patched.setattr(background, "_LARGEST", 1 << 20)
        with pytest.raises(InputError, match="unpacks to 67,108,864 bytes"):
            load_background(path)
    for made in ("[1]", "[" * 100_000, '"x"', "9" * 5_000):
        np.savez(path, made=np.array(made), tracks=np.array(["a"]), alts=np.zeros(4096, np.int64))
        with pytest.raises(InputError, match=r"is not a background|another version"):
            load_background(path)


def test_the_guard_has_the_name_of_the_file(tmp_path: Path) -> None:
    assert torch.equal(as_weights(tmp_path, "w", ONES), ONES)
    with pytest.raises(WeightsError) as caught:
        as_weights(tmp_path, "x" * 5_000, ONES.int())
    assert len(caught.value.one_line()) < 300
