"""Weights that are carried over make the target compute what the source computes, by the frameworks' own numbers."""

from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import parity
from parity.errors import ParityError, UsageError
from parity.porting import port_script
from tests.mutants.files import WRITERS
from tests.mutants.networks import NETWORKS

pytestmark = pytest.mark.filterwarnings("ignore")

TOLERANCE = 1e-4
IMAGE = 4


def inputs_of(design, seed=0):
    """Inputs of the right sizes, as Keras takes them."""
    random = np.random.default_rng(seed)
    return [
        random.integers(0, 5, (2, *sizes)) if len(sizes) == 1 else random.standard_normal((2, *sizes)).astype("float32")
        for sizes in design.inputs.values()
    ]


def turned(array, order):
    """An image with its channels elsewhere; anything else as it is."""
    return array.transpose(order) if array.ndim == IMAGE else array


def outputs_of_keras(model, arrays):
    """What Keras computes."""
    made = model(arrays if len(arrays) > 1 else arrays[0], training=False)
    return [np.asarray(each) for each in (made if isinstance(made, list | tuple) else [made])]


def outputs_of_torch(module, arrays):
    """What PyTorch computes of the same arrays, in Keras' layout."""
    import torch

    given = [torch.from_numpy(turned(each, (0, 3, 1, 2)).copy()) for each in arrays]
    with torch.no_grad():
        made = module.eval()(*given)
    return [turned(each.numpy(), (0, 2, 3, 1)) for each in (made if isinstance(made, list | tuple) else [made])]


def filled(model):
    """A Keras model of numbers that are all different; variances are positive."""
    random = np.random.default_rng(1)
    for variable in model.weights:
        noise = random.random(variable.shape)
        variable.assign(0.5 + noise if "variance" in variable.path else (noise - 0.5) * 0.6)
    return model


def built(name):
    """A design, and models of it in both frameworks with numbers of their own."""
    from tests.mutants import in_keras, in_torch

    design = NETWORKS[name]()
    return design, filled(in_keras.build(design)), in_torch.build(design)


def agree(one, other):
    assert len(one) == len(other) > 0
    for mine, theirs in zip(one, other, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=TOLERANCE, rtol=TOLERANCE)


@pytest.mark.parametrize("name", NETWORKS)
def test_both_frameworks_compute_the_same_after_a_port_there_and_back(name, tmp_path):
    from tests.mutants import in_torch

    design, keras_model, module = built(name)
    arrays = inputs_of(design)
    expected = outputs_of_keras(keras_model, arrays)
    source, examples = (
        tmp_path / "source.keras",
        [(tuple(each.shape), str(each.dtype)[6:]) for each in in_torch.examples(design)],
    )
    keras_model.save(source)
    before = [np.asarray(each) for each in keras_model.weights]

    parity.port(source, module, target_inputs=examples)
    agree(outputs_of_torch(module, arrays), expected)

    for variable in keras_model.weights:
        variable.assign(np.zeros(variable.shape))
    parity.port(module, keras_model, source_inputs=examples)

    assert all(np.array_equal(np.asarray(now), then) for now, then in zip(keras_model.weights, before, strict=True))


@pytest.mark.parametrize("name", ["plain", "residual", "stacked_lstm", "gru_tagger", "encoder", "decoder"])
def test_a_ported_file_of_onnx_computes_what_keras_computes(name, tmp_path):
    import onnxruntime

    design, keras_model, _ = built(name)
    arrays = [each[:1] for each in inputs_of(design)]
    source, target, out = tmp_path / "a.keras", WRITERS["onnx"](design, tmp_path / "b"), tmp_path / "c.onnx"
    keras_model.save(source)

    parity.port(source, target, out)

    session = onnxruntime.InferenceSession(out)
    given = {each.name: turned(array, (0, 3, 1, 2)) for each, array in zip(session.get_inputs(), arrays, strict=True)}
    agree([turned(each, (0, 2, 3, 1)) for each in session.run(None, given)], outputs_of_keras(keras_model, arrays))


@pytest.mark.parametrize("name", ["plain", "vgg", "stacked_lstm", "encoder", "modern", "inverted"])
def test_a_script_carries_over_the_same_numbers_in_both_directions(name, tmp_path):
    design, keras_model, module = built(name)
    arrays = inputs_of(design)
    source, target = tmp_path / "a.keras", WRITERS["pt2"](design, tmp_path / "b")
    keras_model.save(source)
    expected = outputs_of_keras(keras_model, arrays)

    there, back = {}, {}
    exec(port_script(source, target), there)  # noqa: S102  our own code
    exec(port_script(target, source), back)  # noqa: S102
    there["port"](keras_model, module)
    agree(outputs_of_torch(module, arrays), expected)

    for variable in keras_model.weights:
        variable.assign(np.zeros(variable.shape))
    back["port"](module, keras_model)
    agree(outputs_of_keras(keras_model, arrays), expected)


FORMATS = {"keras": ".keras", "h5": ".h5", "pt2": ".pt2", "module": ".pt", "tensors": ".pth", "onnx": ".onnx"}
BY_NAME = {"keras": [".npz", ".weights.h5"], "pt2": [".npz", ".safetensors", ".pt"], "onnx": [".npz"]}


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written_and_read_back(form, tmp_path):
    import keras
    import torch

    design = NETWORKS["plain"]()
    source = tmp_path / "source.keras"
    _, keras_model, _ = built("plain")
    keras_model.save(source)
    target = WRITERS[form](design, tmp_path / "target")
    content = target.read_bytes()

    for ending in (FORMATS[form], *BY_NAME.get(form, ())):
        out = tmp_path / f"out{ending}"
        done = parity.port(source, target, out)
        assert done.carried == 8
        if ending in {".keras", ".h5"}:
            now = [np.asarray(each) for each in keras.saving.load_model(out).weights]
            assert all(np.array_equal(a, np.asarray(b)) for a, b in zip(now, keras_model.weights, strict=True))
        elif ending == ".pt2":
            kernel = torch.export.load(out).state_dict["layers.dense10.weight"].detach().numpy()
            assert np.array_equal(kernel, np.asarray(keras_model.get_layer("dense10").kernel).T)
        elif ending in {".pt", ".pth"}:
            loaded = torch.load(out, weights_only=False)
            state = loaded if isinstance(loaded, dict) else loaded.state_dict()
            assert np.array_equal(
                state["layers.dense10.bias"].detach().numpy(), np.asarray(keras_model.get_layer("dense10").bias)
            )
        elif ending == ".weights.h5":
            fresh = keras.saving.load_model(target)
            fresh.load_weights(out)
            assert np.array_equal(np.asarray(fresh.weights[0]), np.asarray(keras_model.weights[0]))
    assert target.read_bytes() == content
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


@pytest.mark.parametrize("name", ["plain", "vgg", "residual", "text_cnn", "stacked_lstm", "pre_norm"])
def test_a_ported_state_dict_loads_and_computes_the_same(name, tmp_path):
    import torch

    design, keras_model, module = built(name)
    arrays = inputs_of(design)
    source, target, out = tmp_path / "a.keras", WRITERS["tensors"](design, tmp_path / "b"), tmp_path / "c.pth"
    keras_model.save(source)

    done = parity.port(source, target, out)

    module.load_state_dict(torch.load(out))
    agree(outputs_of_torch(module, arrays), outputs_of_keras(keras_model, arrays))
    # A file of tensors does not tell how a Flatten runs: what is taken for granted is said.
    told = [entry.name for entry in done.plan.entries if entry.guess]
    assert bool(told) is any(step.op == "flatten" for step in design.steps)


def two(tmp_path, change=None):
    """A model of Keras and a module that would take its weights, unless it was changed."""
    import keras
    import torch
    from torch import nn

    source = tmp_path / "a.keras"
    filled(keras.Sequential([keras.Input((6,)), keras.layers.Dense(5, name="one"), keras.layers.Dense(4)])).save(source)
    module = nn.Sequential(nn.Linear(6, 5), nn.Linear(5, 4))
    if change is not None:
        module = change(nn, module)
    target = tmp_path / "b.pt2"
    torch.export.save(torch.export.export(module.eval(), (torch.zeros(1, 6),)), target)
    return source, target


def test_a_tensor_without_a_source_is_named_and_nothing_is_written(tmp_path):
    source, target = two(tmp_path, lambda nn, net: nn.Sequential(*net, nn.LayerNorm(4)))
    out = tmp_path / "out.pt2"

    with pytest.raises(
        ParityError, match=r"2 of 6 tensors of the target have no source .*2.weight: 2 has no counterpart"
    ):
        parity.port(source, target, out)
    assert not out.exists()

    done = parity.port(source, target, out, partial=True)
    assert [entry.name for entry in done.plan.missing] == ["2.weight", "2.bias"]
    assert {"2.weight", "2.bias"} <= {*done.kept}


def test_a_bias_that_the_target_has_no_place_for_is_not_lost_in_silence(tmp_path):
    source, target = two(tmp_path, lambda nn, net: nn.Sequential(nn.Linear(6, 5, bias=False), net[1]))

    with pytest.raises(ParityError, match=r"no weights for some that change what the source computes .*one/1"):
        parity.port(source, target, tmp_path / "out.pt2")


def test_designs_that_differ_are_said_to(tmp_path):
    source, target = two(tmp_path, lambda nn, net: nn.Sequential(net[0], nn.ReLU(), net[1]))

    assert parity.port(source, target, tmp_path / "out.pt2").differs == ("activation-missing",)
    assert parity.port(*two(tmp_path), tmp_path / "out.pt2").differs == ()


@contextmanager
def no_room_after(size):
    """No file of this process may become larger; a disk that is full fails in the same way."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("form", FORMATS)
def test_where_there_is_no_room_nothing_is_left(form, tmp_path):
    target = WRITERS[form](NETWORKS["plain"](), tmp_path / "target")
    source = WRITERS["keras"](NETWORKS["plain"](), tmp_path / "source")
    before = {each.name for each in tmp_path.iterdir()}
    for ending in (FORMATS[form], *BY_NAME.get(form, ())):
        with no_room_after(1 << 10), pytest.raises(UsageError, match=r"cannot write .*(too large|os error)"):
            parity.port(source, target, tmp_path / f"out{ending}")
        assert {each.name for each in tmp_path.iterdir()} == before


def test_an_input_is_never_written_to(tmp_path):
    source, target = two(tmp_path)
    for each in (source, target):
        content = Path(each).read_bytes()
        with pytest.raises(UsageError, match=r"it is read"):
            parity.port(source, target, each)
        assert Path(each).read_bytes() == content


def test_a_format_that_is_none_of_the_target_is_refused(tmp_path):
    source, target = two(tmp_path)

    with pytest.raises(UsageError, match=r"not a format for this model; use one of .*npz"):
        parity.port(source, target, tmp_path / "out.onnx")


def test_numbers_that_the_target_cannot_hold_are_refused_before_anything_is_written(tmp_path):
    import keras

    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(5), keras.layers.Dense(4)])
    model.layers[0].kernel.assign(np.full((6, 5), 1e6))
    source = tmp_path / "large.keras"
    model.save(source)
    _, target = two(tmp_path, lambda nn, net: net.half() if nn else net)

    with pytest.raises(ParityError, match=r"float16, which cannot hold values that large"):
        parity.port(source, target, tmp_path / "out.pt2")
    assert not (tmp_path / "out.pt2").exists()


def test_a_name_in_a_file_writes_no_code(tmp_path):
    source, target = two(tmp_path)
    evil = tmp_path / 'a"""\nraise SystemExit\n.keras'
    evil.write_bytes(source.read_bytes())

    text = port_script(evil, target)

    compile(text, "script", "exec")
    assert "\nraise SystemExit" not in text
