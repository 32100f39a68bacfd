"""Files that are broken, hostile or strange: a sentence and exit code 2, or a finding that says unchecked; no pass."""

import io
import os
import pickle
import subprocess
import sys
import zipfile

import pytest

import parity
from parity.reports import Verdict
from parity.rules import Severity


def run(*arguments):
    command = [sys.executable, "-m", "parity", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def refused(done, *said):
    """Exit code 2, nothing on the screen, and one sentence that says what, where and what would work."""
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("parity: cannot read '")
    assert "Traceback" not in done.stderr
    for each in said:
        assert each in done.stderr


@pytest.fixture
def good(fixtures):
    return fixtures / "bn_cnn.pt2"


def test_a_missing_file(tmp_path, good):
    refused(run("compare", tmp_path / "net.keras", good), "there is no such file")
    refused(run("compare", good, tmp_path / "net.keras"), "there is no such file")


@pytest.mark.parametrize("suffix", ["keras", "pt2", "pt", "onnx"])
def test_an_empty_file(tmp_path, good, suffix):
    path = tmp_path / f"net.{suffix}"
    path.touch()

    refused(run("compare", path, good), f"net.{suffix}", "the file is empty")


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("bn_cnn.keras", 0.5),
        ("bn_cnn.keras", 0.01),
        ("bn_cnn.pt2", 0.5),
        ("bn_cnn_module.pt", 0.5),
        ("bn_cnn_dynamo.onnx", 0.5),
    ],
)
def test_a_truncated_file(tmp_path, fixtures, good, name, share):
    whole = (fixtures / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(whole[: int(share * len(whole))])

    refused(run("compare", path, good), name)


@pytest.mark.parametrize("suffix", ["keras", "pt2", "pt", "onnx"])
def test_a_text_file_by_another_name(tmp_path, suffix):
    path = tmp_path / f"net.{suffix}"
    path.write_text("These are not the weights you are looking for.\n")

    refused(run("summary", path), f"net.{suffix}", "text that begins 'These are not")


def test_a_folder_and_an_unknown_suffix(tmp_path):
    (tmp_path / "net.dat").write_bytes(bytes(range(256)))

    refused(run("summary", tmp_path), "it is a folder")
    refused(run("summary", tmp_path / "net.dat"), "no reader recognises it", "known are", ".keras", ".onnx", ".pt2")


class Attack:
    """What a malicious model does on loading."""

    def __init__(self, flag):
        self.flag = flag

    def __reduce__(self):
        return os.system, (f"touch {self.flag}",)


def torch_zip(path, obj):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data.pkl", pickle.dumps(obj, 2))
        archive.writestr("net/version", "3\n")
        archive.writestr("net/byteorder", "little")


def test_a_malicious_pickle_does_nothing_and_is_named(tmp_path):
    flag, path = tmp_path / "flag", tmp_path / "net.pt"
    torch_zip(path, Attack(flag))

    refused(run("summary", path), "posix.system")
    assert not flag.exists()


def test_a_malicious_pickle_inside_a_module_is_unchecked(tmp_path):
    import torch

    flag, path = tmp_path / "flag", tmp_path / "net.pt"
    model = torch.nn.Sequential(torch.nn.Linear(3, 2))
    model.surprise = Attack(flag)
    torch.save(model, path)

    report = parity.compare(path, path)

    assert not flag.exists()
    assert report.verdict is Verdict.INCONCLUSIVE
    assert any("posix.system" in finding.message for finding, level in report.findings if level is Severity.WARNING)


def test_a_lambda_layer_is_unchecked(tmp_path):
    import keras

    x = keras.Input((4,))
    keras.Model(x, keras.layers.Lambda(lambda y: y * 2, output_shape=(4,))(x)).save(tmp_path / "net.keras")

    report = parity.compare(tmp_path / "net.keras", tmp_path / "net.keras")

    assert report.verdict is Verdict.INCONCLUSIVE
    assert run("compare", tmp_path / "net.keras", tmp_path / "net.keras").returncode == 1
    assert any("Lambda" in finding.message or "lambda" in finding.message for finding, _ in report.findings)


def onnx_model(*nodes, weights=(), shape=(1, 4)):
    import onnx

    ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape) for name in ("x", "y")]
    graph = onnx.helper.make_graph(list(nodes), "g", ends[:1], ends[1:], list(weights))
    opsets = [onnx.helper.make_opsetid("", 20), onnx.helper.make_opsetid("nobody", 1)]
    return onnx.helper.make_model(graph, opset_imports=opsets)


def external(location):
    import onnx

    weight = onnx.TensorProto(name="w", dims=[4, 4], data_type=1, data_location=1)
    weight.external_data.add(key="location", value=location)
    return weight


@pytest.mark.parametrize("location", ["../secret", "/etc/passwd", "a/../../secret"])
def test_external_data_outside_its_folder(tmp_path, location):
    import onnx

    node = onnx.helper.make_node("MatMul", ["x", "w"], ["y"])
    onnx.save(onnx_model(node, weights=[external(location)]), tmp_path / "net.onnx")

    refused(run("summary", tmp_path / "net.onnx"), "outside")


def test_external_data_that_is_absent(tmp_path):
    import onnx

    node = onnx.helper.make_node("MatMul", ["x", "w"], ["y"])
    onnx.save(onnx_model(node, weights=[external("net.data")]), tmp_path / "net.onnx")

    found = parity.summary(tmp_path / "net.onnx")

    assert found.side.headline.total == 16
    assert [gap.facet for gap in found.gaps] == ["weights"]
    assert "net.data" in found.gaps[0].reason + found.gaps[0].where
    report = parity.compare(tmp_path / "net.onnx", tmp_path / "net.onnx")
    assert "part-not-read" in {finding.rule for finding, _ in report.findings}
    assert report.facets["weights"] == "unchecked"


def test_an_operator_that_nobody_knows(tmp_path):
    import onnx

    def saved(name, **attributes):
        node = onnx.helper.make_node("Secret", ["x"], ["y"], domain="nobody", **attributes)
        onnx.save(onnx_model(node), tmp_path / name)
        return tmp_path / name

    report = parity.compare(saved("left.onnx", strength=1), saved("right.onnx", strength=2))

    assert report.verdict is Verdict.INCONCLUSIVE
    assert any(finding.rule == "opaque-layer" and level is Severity.WARNING for finding, level in report.findings)


def test_a_pickle_without_a_model_says_what_it_is(tmp_path):
    import torch

    torch.save({"epoch": 3}, tmp_path / "net.pt")

    refused(run("summary", tmp_path / "net.pt"), "it holds no model", "a dict with the keys epoch")


def test_a_zip_of_something_else(tmp_path):
    with zipfile.ZipFile(tmp_path / "net.keras", "w") as archive:
        archive.writestr("holiday.txt", "sun")

    refused(run("summary", tmp_path / "net.keras"), "holiday.txt")


def test_an_object_that_is_no_model():
    with pytest.raises(
        parity.ParityError, match=r"it is neither a path nor a live model that parity knows \(found _io.BytesIO\)"
    ):
        parity.summary(io.BytesIO(b""))
