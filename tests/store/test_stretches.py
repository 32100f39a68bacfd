"""Large tensors that are read a part at a time, and compared without ever being in memory as a whole."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

import parity
from parity.adapters import read
from parity.errors import UnreadableTensor

ROWS = 1 << 14
"""Of a tensor of 64 MiB, which is more than is kept."""


def bytes_read():
    return int(Path("/proc/self/io").read_text().split()[1])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    numbers = np.random.default_rng(0).standard_normal((ROWS, 1024), dtype="float32")
    changed = numbers.copy()
    changed[-1, -1] += 1
    half = numbers.astype("float16")
    for name, each in (("one", numbers), ("other", changed), ("half", half)):
        save_file({"table.weight": each}, folder / f"{name}.safetensors")
    return folder, numbers


def test_a_part_of_a_large_tensor_is_read_alone(files):
    folder, numbers = files
    store = read(str(folder / "one.safetensors")).store

    assert store.has_stretches("table.weight")
    before = bytes_read()
    part = store.stretch("table.weight", 5_000_000, 1000)
    assert bytes_read() - before < 20_000
    assert np.array_equal(part, numbers.reshape(-1)[5_000_000:5_001_000])


def test_a_small_tensor_or_one_in_another_order_is_read_whole(tmp_path):
    torch = pytest.importorskip("torch")
    base = torch.zeros(1024, ROWS)
    torch.save({"small.weight": torch.ones(4, 4), "turned.weight": base.t(), "kept.weight": base}, tmp_path / "m.pt")
    store = read(str(tmp_path / "m.pt")).store

    found = [name for name in ("small.weight", "turned.weight", "kept.weight") if store.has_stretches(name)]
    assert found == ["kept.weight"]


@pytest.mark.parametrize(
    ("name", "state", "why"),
    [
        ("one", "same", ""),
        ("other", "different", f"differs in 1 of {ROWS * 1024:,} elements, the first at [{ROWS - 1}, 1023]"),
        ("half", "rounded", ""),
    ],
)
def test_large_tensors_are_compared_as_small_ones_are(files, name, state, why):
    folder, _ = files
    report = parity.compare(folder / "one.safetensors", folder / f"{name}.safetensors", weights=True)

    assert [(each.state, each.why) for each in report.weights] == [(state, why)]


def test_a_file_that_changes_while_it_is_read_is_told(files, tmp_path):
    folder, _ = files
    path = tmp_path / "model.safetensors"
    path.write_bytes((folder / "one.safetensors").read_bytes())
    store = read(str(path)).store
    path.write_bytes(path.read_bytes()[:-4])

    with pytest.raises(UnreadableTensor, match="has changed since the model was read"):
        store.stretch("table.weight", 0, 10)


def test_the_values_of_one_layer_are_read_alone(tmp_path):
    path = tmp_path / "model.safetensors"
    save_file({f"layer.{at}.weight": np.full((512, 1024), at, "float32") for at in range(16)}, path)

    before = bytes_read()
    explained = parity.explain(path, path, "layer.3", weights=True)
    assert [(each.layers, each.state) for each in explained.report.weights] == [(("layer.3",) * 2, "same")]
    assert bytes_read() - before < 4 * 2 * 512 * 1024 * 4  # of 32 MiB on each side
