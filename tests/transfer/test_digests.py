"""Snapshots with digests: what has changed since is found, and nothing passes that digests cannot tell."""

import json

import jsonschema
import ml_dtypes
import numpy as np
import pytest

import parity
from parity.adapters import read
from parity.adapters.snapshot import UNREAD, digests, encode
from parity.cli import main
from parity.digests import CHUNK, digest_of
from parity.errors import UnreadableModel
from parity.reports import SCHEMA, Screen, Verdict, named
from parity.transfer import State

pytestmark = pytest.mark.filterwarnings("ignore")

RANDOM = np.random.default_rng(0)
LAYERS = {
    "encoder.0.weight": (6, 5),
    "encoder.0.bias": (6,),
    "encoder.1.weight": (6, 6),
    "encoder.1.bias": (6,),
    "encoder.2.weight": (6, 6),
    "encoder.2.bias": (6,),
}


def tensors(**changed):
    """The weights of three linear layers, some in another way."""
    random = np.random.default_rng(1)
    made = {name: random.standard_normal(shape).astype("float32") for name, shape in LAYERS.items()}
    return made | changed


def stored(path, arrays):
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(each) for name, each in arrays.items()}, path)
    return path


def kept(path, model, inputs=None):
    """A snapshot with digests."""
    graph = read(model, inputs)
    path.write_text(encode(graph, digests(graph)))
    return path


def states(left, right, **more):
    report = parity.compare(left, right, weights=True, **more)
    return {each.right or each.left: each for each in report.weights}, report


def differing(left, right, **more):
    return {name: each.why for name, each in states(left, right, **more)[0].items() if each.state is not State.SAME}


@pytest.fixture
def before(tmp_path):
    return kept(tmp_path / "before.parity.json", stored(tmp_path / "before.safetensors", tensors()))


def test_a_snapshot_of_the_same_weights_is_the_same_from_either_side(before, tmp_path):
    same = stored(tmp_path / "same.safetensors", tensors())

    for pair in ((before, same), (same, before), (before, kept(tmp_path / "same.parity.json", same))):
        found, report = states(*pair)
        assert {each.state for each in found.values()} == {State.SAME}
        assert len(found) == len(LAYERS)
        assert report.facets["weights"] == "same"


def test_the_tensors_that_have_changed_are_told_with_their_moments_and_no_others(before, tmp_path):
    moved = tensors()["encoder.1.weight"] + np.float32(0.5)
    now = stored(tmp_path / "now.safetensors", tensors(**{"encoder.1.weight": moved}))

    for right in (now, kept(tmp_path / "now.parity.json", now)):
        found, report = states(before, right)
        (name,) = [each for each, tensor in found.items() if tensor.state is not State.SAME]
        assert name == "encoder.1.weight"
        assert found[name].state is State.DIFFERENT
        assert found[name].max_abs is None
        assert f"mean {moved.mean() - 0.5:.4g} -> {moved.mean():.4g}" in found[name].why
        assert report.verdict is Verdict.DIFFERENT
        assert [each.rule for each, _ in report.findings if "weights" in each.rule] == ["weights-changed"]
        document = json.loads(named("json").compared(report, Screen(), "error"))
        jsonschema.validate(document, SCHEMA)
        assert document["weights"]["tensors"][0]["max_abs"] is None
        assert name in named("text").compared(report, Screen(), "error")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"encoder.1.bias": np.zeros(6, "float32")}, "is 0 everywhere, as before training"),
        (
            {"encoder.1.bias": np.float32([1, 2, 3, np.nan, 5, np.inf])},
            "holds 2 infinite or undefined numbers, the left 0",
        ),
        ({"encoder.1.weight": tensors()["encoder.2.weight"]}, "holds the encoder.2"),
    ],
)
def test_what_moments_and_other_digests_tell_is_said(before, tmp_path, changed, words):
    found = differing(before, stored(tmp_path / "now.safetensors", tensors(**changed)))

    assert found == {next(iter(changed)): words}


def test_other_types_of_numbers_are_rounded_or_cannot_be_told(before, tmp_path):
    wide = {name: each.astype("float64") for name, each in tensors().items()}
    finer = {name: each + 1e-12 for name, each in wide.items()}
    half = {name: each.astype(np.float16) for name, each in tensors().items()}

    def all_states(arrays):
        found, report = states(before, stored(tmp_path / "now.safetensors", arrays))
        return {each.state for each in found.values()}, report.verdict

    assert all_states(wide)[0] == {State.SAME}
    assert all_states(finer)[0] == {State.ROUNDED}
    assert all_states({name: each + 1 for name, each in wide.items()})[0] == {State.DIFFERENT}
    assert all_states(half) == ({State.UNREAD}, Verdict.INCONCLUSIVE)


def test_a_snapshot_without_digests_or_of_a_tensor_that_cannot_be_read_does_not_pass(tmp_path):
    file = stored(tmp_path / "net.safetensors", tensors())
    plain = tmp_path / "plain.parity.json"
    plain.write_text(encode(read(file)))
    found, report = states(plain, file)
    assert {each.state for each in found.values()} == {State.UNREAD}
    assert "--digests" in found["encoder.0.bias"].why
    assert report.verdict is Verdict.INCONCLUSIVE

    graph = read(file)
    file.unlink()
    lost = encode(graph, digests(graph))
    assert lost.count(f'"{UNREAD}"') == len(LAYERS)
    plain.write_text(lost)
    found, report = states(plain, plain)
    assert {each.state for each in found.values()} == {State.UNREAD}
    assert report.verdict is Verdict.INCONCLUSIVE


def test_a_model_of_another_framework_has_the_digests_that_its_weights_have_in_place(tmp_path):
    import keras
    import torch
    from torch import nn

    layers = keras.layers
    model = keras.Sequential([keras.Input((6, 6, 4)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(5)])
    module = nn.Sequential(nn.Conv2d(4, 4, 3), nn.Flatten(), nn.Linear(64, 5)).eval()
    shapes = [(1, 4, 6, 6)]
    parity.port(model, module, target_inputs=shapes)
    snapshots = kept(tmp_path / "k.parity.json", model), kept(tmp_path / "t.parity.json", module, shapes)

    assert differing(snapshots[0], module, right_inputs=shapes) == {}
    assert differing(module, snapshots[0], left_inputs=shapes) == {}
    assert differing(snapshots[1], model) == {}
    # Neither has elements, and they are in another order: only what is laid out alike can be told.
    assert {*differing(*snapshots)} == {"0.weight", "2.weight"}

    with torch.no_grad():
        module[2].weight[3, 60] += 1
    assert {*differing(snapshots[0], module, right_inputs=shapes)} == {"2.weight"}


def test_a_part_of_a_tensor_is_said_to_be_one(tmp_path):
    import torch

    torch.manual_seed(0)
    module = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    shapes = [(1, 5, 8)]
    path = kept(tmp_path / "net.parity.json", module, shapes)
    assert differing(path, module, right_inputs=shapes) == {}

    with torch.no_grad():
        module.self_attn.in_proj_weight[0, 0] += 1
    found = states(path, module, right_inputs=shapes)[0]
    wrong = {name for name, each in found.items() if each.state is not State.SAME}
    assert wrong == {"self_attn.in_proj_weight"}
    assert "in self_attn.in_proj_weight, which it is a part of" in found["self_attn.in_proj_weight"].why


def test_digests_are_read_as_they_were_written_and_tied_tensors_once(tmp_path):
    import torch

    class Tied(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = torch.nn.Embedding(7, 4)
            self.head = torch.nn.Linear(4, 7, bias=False)
            self.head.weight = self.embed.weight

    torch.save(Tied().state_dict(), tmp_path / "tied.pt")
    graph = read(tmp_path / "tied.pt")
    asked = []
    plain, graph.store.read = graph.store.read, lambda name: asked.append(name) or plain(name)

    found = digests(graph)

    assert len(asked) == 1
    assert found["embed.weight"] == found["head.weight"]
    path = tmp_path / "tied.parity.json"
    path.write_text(encode(graph, found))
    assert digests(read(path)) == found
    assert encode(read(path), digests(read(path))) == path.read_text()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"digest": "', '"digest": "x'),
        ('"mean": ', '"mean": "1", "more": '),
        ('"digests": {\n"encoder.0.bias"', '"digests": {\n"another"'),
        ('"std": ', '"dtype": "float99", "std": '),
    ],
)
def test_digests_that_are_none_are_refused(before, old, new):
    text = before.read_text()
    assert old in text
    before.write_text(text.replace(old, new, 1))

    with pytest.raises(UnreadableModel, match="it is broken"):
        read(before)


def test_a_gate_against_a_snapshot_sees_changed_weights(fixtures, tmp_path, capsys):
    file, snapshot = fixtures / "bn_cnn.pt2", tmp_path / "net.parity.json"

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments)])
        return ended.value.code

    assert run("snapshot", file, "--digests", "-o", snapshot) == 0
    gate = ("check", "--against", snapshot, file, "--weights")
    assert run(*gate) == 0
    text = snapshot.read_text()
    digest = text[text.index('"fc2.bias": {"digest": "') :].split('"')[5]
    snapshot.write_text(text.replace(digest, "0" * 32))
    assert run(*gate) == 1
    assert "weights-changed" in capsys.readouterr().out


@pytest.mark.parametrize("dtype", ["float32", "int8", "bool", "complex64", ml_dtypes.bfloat16, ml_dtypes.int4])
def test_a_digest_is_of_elements_whatever_their_strides_and_number(dtype):
    array = (RANDOM.standard_normal((3, 40, 50)) * 2).round().astype(dtype)

    assert digest_of(array.transpose(2, 0, 1)) == digest_of(np.ascontiguousarray(array.transpose(2, 0, 1)))
    assert digest_of(array) != digest_of(array.transpose(0, 2, 1))
    assert digest_of(array.reshape(-1)).code == digest_of(array).code


def test_moments_are_those_of_all_elements_however_many():
    array = (RANDOM.standard_normal(2 * CHUNK + 5) + 1000).astype("float32")

    found = digest_of(array)

    wide = array.astype("float64")
    assert (found.mean, found.std) == pytest.approx((wide.mean(), wide.std()), rel=1e-5)
    assert (found.least, found.most) == pytest.approx((wide.min(), wide.max()), rel=1e-5)
