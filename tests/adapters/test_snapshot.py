"""A snapshot is the model's graph, to the last type; what is no snapshot is refused in a sentence."""

import copy
import json
import random
import warnings
from dataclasses import fields, replace
from pathlib import Path
from types import MappingProxyType

import keras_exports
import numpy as np
import onnx
import pytest
import torch_nets
from adapters import torch_zoo

import parity
from parity.adapters import read
from parity.adapters.snapshot import encode
from parity.adapters.snapshot._words import plain, python
from parity.errors import ParityError, UnreadableModel, UsageError
from parity.graph import (
    Census,
    Container,
    Evidence,
    Framework,
    Gap,
    Merged,
    Mode,
    Piece,
    SourceGraph,
    SourceLayer,
    SourceNode,
    Unknown,
    Value,
    Weight,
)

FIRST = Path(__file__).parent / "snapshot_version_1.parity.json"
FILES = ("bn_cnn.keras", "bn_cnn.pt2", "bn_cnn_dynamo.onnx", "bn_cnn_torchscript.onnx", "bn_cnn_module.pt")
SMALL = ("resnet", "swin", "bert")
LARGER = ("vit", "gpt2", "t5", "whisper")


def spelled(value):
    """A graph as text in which everything that tells two graphs apart can be seen, types of mappings apart."""
    if isinstance(value, dict | MappingProxyType):
        return {key: spelled(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return type(value).__name__, [spelled(each) for each in value]
    if hasattr(value, "__dataclass_fields__"):
        return {each.name: spelled(getattr(value, each.name)) for each in fields(value) if each.compare}
    return repr(value)


def round_trip(graph, folder):
    path = folder / "model.parity.json"
    text = encode(graph)
    path.write_text(text, "utf-8")
    again = read(path)
    assert spelled(again) == spelled(graph)
    assert list(again.values) == list(graph.values)
    assert list(again.weights) == list(graph.weights)
    assert encode(again) == text
    return path


@pytest.mark.parametrize("name", FILES)
def test_a_file_and_its_snapshot_are_one_graph(fixtures, tmp_path, name):
    path = round_trip(read(fixtures / name), tmp_path)

    lines = path.read_text().splitlines()
    graph = read(path)
    parts = graph.layers, graph.containers, graph.nodes, graph.values, graph.weights, graph.gaps
    assert len(lines) == 2 + len(parts) + sum(map(len, parts)), "a line for the model and each part, and for all in it"


@pytest.mark.parametrize("left", FILES)
def test_reports_of_snapshots_are_the_reports_of_the_files(fixtures, tmp_path, left):
    snapshots = {}
    for name in FILES:
        snapshots[name] = tmp_path / f"{name}.parity.json"
        snapshots[name].write_text(encode(read(fixtures / name)))
    for right in FILES:
        from_files = parity.compare(fixtures / left, fixtures / right)

        assert parity.compare(snapshots[left], snapshots[right]) == from_files
        assert parity.compare(fixtures / left, snapshots[right]) == from_files
    assert parity.summary(snapshots[left]) == parity.summary(fixtures / left)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(torch_nets.NETS))
def test_nets_of_pytorch(tmp_path, name):
    round_trip(read(*torch_nets.build(name)), tmp_path)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(keras_exports.MODELS))
def test_models_of_keras(tmp_path, name):
    model = keras_exports.MODELS[name]()
    path = round_trip(read(model), tmp_path)

    report = parity.compare(path, model)
    assert not report.fails("info"), report.findings


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [*SMALL, *(pytest.param(name, marks=pytest.mark.thorough) for name in LARGER)])
def test_architectures_of_transformers(tmp_path, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model, inputs = torch_zoo.build(name)
        graph = read(model, inputs)
    path = round_trip(graph, tmp_path)

    assert parity.compare(path, path).fails("error") == parity.compare(model, model, inputs=inputs).fails("error")


def whole():
    """A graph in which no field is as it is by default."""
    piece = Piece("w", ((0, 1), (0, 2)), ((0, 1), (1, 3)), (1, None))
    weight = Weight(
        "w",
        (1, 2),
        "float32",
        Census.FROZEN,
        "s",
        presumed=True,
        role="kernel",
        axes="in out",
        pieces=(piece,),
        numbers=(0.5, -0.0),
        zeros=True,
        repeats="again",
        computed_of=("w", "exp"),
        regularizer="L2(l2=0.01)",
        constraint="NonNeg",
        initializer="zeros",
    )
    merged = Merged("BatchNorm2d", "norm", 1e-5)
    node = SourceNode("n", "l", "aten", "conv", {"x": "i"}, {"weight": "v"}, {"a": 1}, ("o",), (merged,))
    return SourceGraph(
        framework=Framework.TORCH,
        format="torch-export",
        source="net.pt2",
        producer="PyTorch",
        evidence=Evidence.TREE,
        layers=(SourceLayer("l", "Conv", ("w",), ("o",), "why", "not built"),),
        nodes=(node,),
        values={
            "i": Value((None, "s", 3), "float32", "why", ("N", None, "C"), recorded=False),
            "o": Value(None, reason="no"),
        },
        weights={"w": weight, "v": replace(weight, name="x")},
        inputs=("i",),
        outputs=("o",),
        input_names=("x",),
        output_names=("y",),
        inputs_by_name=True,
        outputs_by_name=True,
        containers=(Container("c", "Model", ("o",)),),
        ordered=False,
        inference_only=True,
        mode=Mode.TRAINING,
        gaps=(Gap("l", "why", "what", "counts"),),
        beside=(Weight("optimizer/0", (2,), "float32", Census.OPTIMIZER, "t"),),
    )


MADE_LATER = {
    "whole",
    "cuts",
    "joined",
    "along",
    "factor",
    "by_numbers",
    "ones",
    "outputs_left_out",
    "weights_left_out",
}
"""Fields that translation, passes, numbers and what is asked set: no source has them."""


def test_every_field_of_a_graph_is_kept(tmp_path):
    graph = whole()
    parts = (graph, *graph.layers, *graph.nodes, *graph.nodes[0].merged, graph.values["i"], graph.weights["w"])
    for part in (*parts, *graph.weights["w"].pieces, *graph.containers, *graph.gaps):
        for each in (field for field in fields(part) if field.compare and field.name not in MADE_LATER):
            assert getattr(part, each.name) != each.default, f"{type(part).__name__}.{each.name} is not tried here"

    round_trip(graph, tmp_path)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -(2**80),
        1.0,
        -0.0,
        float("inf"),
        float("-inf"),
        1e-300,
        "text",
        "\x1b[2J\n\u2028\ud800",
        b"\0\xff",
        (),
        [],
        (1, [2, (3,)]),
        {},
        {"a": {"b": 1}},
        {"$list": 1},
        {1: 2, (3, 4): [5]},
        1 + 2j,
        frozenset({1, 2}),
        Unknown("why", "what to do"),
        (Unknown("why"), {"k": Unknown("x")}),
    ],
)
def test_every_value_that_an_attribute_can_have(value):
    written = json.loads(json.dumps(plain(value)))

    assert repr(python(written)) == repr(value)


def test_a_value_that_is_not_a_number_stays_none():
    assert str(python(json.loads(json.dumps(plain(float("nan")))))) == "nan"


@pytest.mark.parametrize("dtype", ["bool", "int64"])
def test_stored_numbers_of_every_type(tmp_path, dtype):
    """A mask that an exporter has computed beforehand is stored as truth values."""
    array = onnx.numpy_helper.from_array(np.array([[1, 0, 1]], dtype), "told")
    node = onnx.helper.make_node("Cast", ["told"], ["made"], to=onnx.TensorProto.FLOAT)
    add = onnx.helper.make_node("Add", ["x", "made"], ["y"])
    ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [2, 3]) for name in "xy"]
    graph = onnx.helper.make_graph([node, add], "g", ends[:1], ends[1:], [array])
    onnx.save(onnx.helper.make_model(graph), tmp_path / "a.onnx")

    path = round_trip(read(tmp_path / "a.onnx"), tmp_path)

    assert read(path).weights["told"].numbers == (1, 0, 1)


def test_what_cannot_be_written_is_refused(fixtures):
    graph = read(fixtures / "bn_cnn.keras")
    node = replace(graph.nodes[0], attributes={"a": object()})

    with pytest.raises(UsageError, match=r"a snapshot cannot hold \(found builtins.object\)"):
        encode(replace(graph, nodes=(node, *graph.nodes[1:])))


def test_the_first_version_stays_readable(fixtures):
    report = parity.compare(FIRST, fixtures / "bn_cnn.keras")

    assert not report.fails("info")
    assert report.verdict == "equivalent"


def test_names_in_a_snapshot_do_nothing_to_a_terminal_or_a_diff(fixtures):
    graph = read(fixtures / "bn_cnn.keras")
    row = replace(graph.layers[1], type="Conv\x1b[2J\u202e\n\ud800")
    text = encode(replace(graph, layers=(graph.layers[0], row, *graph.layers[2:])))

    text.encode()
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text.splitlines()) == len(encode(graph).splitlines())


@pytest.fixture
def document(fixtures):
    return json.loads(encode(read(fixtures / "bn_cnn.keras")))


def refused(tmp_path, content):
    path = tmp_path / "bad.parity.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(UnreadableModel) as error:
        read(path)
    assert str(error.value).count("\n") == 0
    return str(error.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda found: found | {"parity_snapshot": 2}, "written by a later version of parity (found 2); update parity"),
        (lambda found: found | {"parity_snapshot": "1"}, "not a snapshot of a known version"),
        (lambda found: found | {"parity_snapshot": True}, "not a snapshot of a known version"),
        (lambda found: found | {"more": 1}, "the snapshot has 'more', which is not a known key"),
        (lambda found: found | {"model": 3}, "model is not an object"),
        (lambda found: found | {"calls": {}}, "calls of the snapshot is not a list"),
        (lambda found: found | {"values": {}}, "there is no value 'input_layer:0'"),
        (lambda found: found | {"weights": {}}, "there is no weight 'conv2d/0'"),
        (lambda found: found | {"layers": []}, "there is no layer 'conv2d'"),
        (lambda found: found | {"layers": found["layers"] * 2}, "a name appears twice among the layers"),
        (lambda _: {"parity_snapshot": 1}, "model is not an object"),
    ],
)
def test_what_is_broken_is_told(tmp_path, document, change, said):
    assert said in refused(tmp_path, change(document))


def test_text_that_breaks_off_is_told(tmp_path, document):
    assert "its JSON is broken" in refused(tmp_path, json.dumps(document)[:-10])
    assert "its JSON is broken" in refused(tmp_path, '{"parity_snapshot": ' + "[" * 100_000)


def places(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(each, (*path, key))


MALFORMED = (
    None,
    -1,
    2**70,
    1.5,
    True,
    "x",
    "",
    [],
    {},
    [None],
    {"$list": 3},
    {"$float": "x"},
    {"$what": []},
    "🙂\ud800",
)


def test_nonsense_anywhere_is_refused_or_read_and_never_a_crash(tmp_path, document, fixtures):
    spots = [path for path in places(document) if path]
    chosen = random.Random(20)  # noqa: S311  no secret
    path, read_anyway = tmp_path / "odd.parity.json", 0
    for _ in range(250):
        found = copy.deepcopy(document)
        where = chosen.choice(spots)
        holder = found
        for key in where[:-1]:
            holder = holder[key]
        holder[where[-1]] = chosen.choice(MALFORMED)
        path.write_text(json.dumps(found))
        try:
            parity.compare(path, fixtures / "bn_cnn.pt2")
            parity.summary(path)
            read_anyway += 1
        except ParityError:
            continue
    assert 0 < read_anyway < 250


ONNX_FILES = sorted((Path(onnx.__file__).parent / "backend" / "test" / "data").rglob("*.onnx"))


def test_every_model_that_ships_with_onnx(tmp_path):
    kept = 0
    for path in ONNX_FILES:
        try:
            graph = read(path)
        except UnreadableModel:
            continue
        round_trip(graph, tmp_path)
        kept += 1
    assert kept > 100
