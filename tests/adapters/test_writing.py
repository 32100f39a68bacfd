"""New elements in a model's own file: in place, in the stored type, whole or not at all."""

from pathlib import Path

import numpy as np
import pytest

from parity.adapters import read
from parity.adapters._placing import fitted, replaced
from parity.adapters.writing import write
from parity.errors import ParityError


def test_views_of_one_storage_are_each_written_where_they_are(tmp_path):
    import torch

    base = torch.arange(24.0).reshape(4, 6)
    path, out = tmp_path / "a.pth", tmp_path / "b.pth"
    torch.save({"turned": base[:2].T, "rest": base[2:, 1:3], "half": torch.ones(3, dtype=torch.bfloat16)}, path)
    source = read(str(path))
    new = {
        "turned": np.full((6, 2), 7, "float32") + np.arange(2, dtype="float32"),
        "rest": np.full((2, 2), -1, "float32"),
        "half": np.array([0.5, 2, 3], "float32"),
    }

    write(source, path, new, out)

    found = torch.load(out)
    for name, array in new.items():
        assert np.array_equal(found[name].float().numpy(), array), name
    assert found["half"].dtype == torch.bfloat16
    assert found["turned"].untyped_storage().data_ptr() == found["rest"].untyped_storage().data_ptr()
    assert np.array_equal(torch.load(path)["rest"].numpy(), base[2:, 1:3].numpy())


def test_bytes_between_the_tensors_of_a_file_stay_as_they_are(tmp_path):
    from safetensors.numpy import load_file, save_file

    path, out = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    stored = {"one": np.arange(6, dtype="float32"), "two": np.arange(4, dtype="float16").reshape(2, 2)}
    save_file(stored, path, {"format": "pt", "note": "kept"})

    write(read(str(path)), path, {"two": np.full((2, 2), 0.5, "float32")}, out)

    assert np.array_equal(load_file(out)["one"], stored["one"])
    assert load_file(out)["two"].dtype == np.float16
    assert np.all(load_file(out)["two"] == 0.5)
    assert len(out.read_bytes()) == len(path.read_bytes())


@pytest.mark.parametrize(
    ("array", "dtype", "why"),
    [
        (np.array([0.5, 1]), "int64", "are not integers"),
        (np.array([1e6, 1]), "float16", "cannot hold values that large"),
        (np.zeros(3), "float32", "it has the shape"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(array, dtype, why):
    with pytest.raises(ParityError, match=why):
        fitted("w", array, dtype, (2,))


def test_numbers_that_are_no_numbers_are_kept():
    array = np.array([np.nan, np.inf, 1.0])

    assert np.array_equal(fitted("w", array, "float16", (3,)), array.astype("float16"), equal_nan=True)


def test_a_failure_leaves_nothing_behind(tmp_path):
    out = tmp_path / "out"
    out.write_text("as it was")

    def interrupted(error):
        with replaced(out) as fresh:
            fresh.write_text("half")
            raise error

    with pytest.raises(ParityError, match="No space left"):
        interrupted(OSError(28, "No space left on device"))
    with pytest.raises(KeyboardInterrupt):
        interrupted(KeyboardInterrupt())
    assert out.read_text() == "as it was"
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_a_data_file_beside_an_onnx_model_is_never_written_to(tmp_path):
    import onnx
    from onnx import helper, numpy_helper

    kernel = np.arange(1200, dtype="float32").reshape(40, 30)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "k"], ["y"])],
        "net",
        [helper.make_tensor_value_info("x", 1, (1, 40))],
        [helper.make_tensor_value_info("y", 1, (1, 30))],
        [numpy_helper.from_array(kernel, "k")],
    )
    path, out = tmp_path / "a.onnx", tmp_path / "other" / "b.onnx"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])
    onnx.save(model, path, save_as_external_data=True, location="a.data", size_threshold=0)
    before = Path(tmp_path / "a.data").read_bytes()

    write(read(str(path)), path, {"k": kernel * 2}, out)

    assert (tmp_path / "a.data").read_bytes() == before
    assert np.array_equal(numpy_helper.to_array(onnx.load(out).graph.initializer[0]), kernel * 2)
