"""Attention of every framework: one core, with projections around it that add up."""

import numpy as np
import pytest

from parity.adapters import read
from parity.check import check
from parity.kinds import kind, translate
from parity.passes import normalise
from tests.kinds.translated import array, checked, kinds_of, only, read_torch, roles

HEADS, WIDTH, STEPS, KEYS, SIZE = 2, 4, 5, 6, 8
PROJECTION = ["dense", "reshape", "permute"]


def of_keras(layer, *, mask=None, **call):
    import keras

    x, y = keras.Input((STEPS, SIZE)), keras.Input((KEYS, SIZE))
    masks = [] if mask is None else [keras.Input(mask, dtype="bool")]
    call |= {"attention_mask": masks[0]} if masks else {}
    return keras.Model([x, y, *masks], layer(x, y, **call))


def explicit(scale=None, *, causal=False, dropout=0.0):
    """Projections and attention as people write them in PyTorch."""
    import torch

    class Attention(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.q, self.k, self.v, self.o = (torch.nn.Linear(SIZE, SIZE) for _ in range(4))

        def forward(self, x, y, mask=None):
            q, k, v = (
                layer(each).view(each.shape[0], each.shape[1], HEADS, WIDTH).transpose(1, 2)
                for layer, each in ((self.q, x), (self.k, y), (self.v, y))
            )
            made = torch.nn.functional.scaled_dot_product_attention(
                q, k, v, attn_mask=mask, scale=scale, is_causal=causal, dropout_p=dropout
            )
            return self.o(made.transpose(1, 2).reshape(x.shape[0], x.shape[1], SIZE))

    return Attention()


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("value", [None, 3])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("mask", [None, (STEPS, KEYS), (1, STEPS, KEYS)])
def test_keras(bias, value, causal, mask):
    import keras

    layer = keras.layers.MultiHeadAttention(HEADS, WIDTH, value_dim=value, use_bias=bias, dropout=0.1)

    model = of_keras(layer, mask=mask, **({"use_causal_mask": True} if causal else {}))
    graph = checked(read(model))

    found = only(graph, "attention")
    assert [each for each in kinds_of(graph) if each != "stack_axis"] == [
        *PROJECTION * 3,
        "attention",
        "permute",
        "reshape",
        "dense",
    ]
    assert found.attributes["causal"] is causal
    assert found.attributes["mask"] == ("attends" if mask else None)
    assert found.attributes["scale"] == WIDTH**-0.5
    assert found.attributes["dropout"] == 0.1
    assert graph.shape(graph.outputs[0]) == tuple(model.output.shape)
    assert sum(weight.numel for weight in graph.weights) == layer.count_params()
    kernels = [roles(each)["kernel"] for each in graph.layers if each.kind == "dense"]
    assert kernels[0] == ((SIZE, HEADS * WIDTH), "in out")
    assert kernels[3] == ((HEADS * (value or WIDTH), SIZE), "in out")


def test_settings_that_others_do_not_know():
    import keras

    layers = keras.layers
    for layer in (
        layers.MultiHeadAttention(HEADS, WIDTH, output_shape=(3, 2)),
        layers.MultiHeadAttention(HEADS, WIDTH, use_gate=True),
    ):
        assert kinds_of(translate(read(of_keras(layer)))) == ["opaque"]
    grouped = layers.GroupQueryAttention(WIDTH, 4, 2)
    graph = checked(read(of_keras(grouped)))
    assert only(graph, "attention").attributes["groups"] == 2
    assert sum(weight.numel for weight in graph.weights) == grouped.count_params()


@pytest.mark.parametrize("mask", [False, True])
def test_projections_and_the_core_are_those_of_keras(mask):
    import keras

    layer = keras.layers.MultiHeadAttention(HEADS, WIDTH)
    model = of_keras(layer, mask=(1, STEPS, KEYS) if mask else None)
    shapes = {"x": ((2, STEPS, SIZE), "float32"), "y": ((2, KEYS, SIZE), "float32")}
    shapes |= {"mask": ((2, 1, STEPS, KEYS), "bool")} if mask else {}

    ours, theirs = (normalise(checked(each)) for each in (read(model), read(explicit().eval(), inputs=shapes)))

    assert kinds_of(ours) == kinds_of(theirs)
    mine, other = only(ours, "attention"), only(theirs, "attention")
    compared = kind("attention").attributes.keys() - {"always"}
    assert {name: mine.attributes[name] for name in compared} == {name: other.attributes[name] for name in compared}
    assert "always" not in {**mine.attributes, **other.attributes}


def test_dropout_that_a_trace_in_evaluation_mode_does_not_tell(tmp_path):
    import keras
    import torch

    shapes = {"x": ((2, STEPS, SIZE), "float32"), "y": ((2, KEYS, SIZE), "float32")}
    plain, dropping = (of_keras(keras.layers.MultiHeadAttention(HEADS, WIDTH, dropout=rate)) for rate in (0.0, 0.1))

    exported = torch.export.export(explicit().eval(), (torch.zeros(2, STEPS, SIZE), torch.zeros(2, KEYS, SIZE)))
    torch.export.save(exported, tmp_path / "eval.pt2")

    def verdict(model, profile):
        return check(model, tmp_path / "eval.pt2", profile=profile).verdict

    assert verdict(plain, "train") == "inconclusive"
    assert verdict(dropping, "train") == "inconclusive"
    assert verdict(dropping, "inference") == "equivalent"
    # The live module has been watched: it never asks whether it is trained, so that it never drops anything.
    assert check(plain, explicit().eval(), right_inputs=shapes, profile="train").verdict == "equivalent"
    assert check(dropping, explicit().eval(), right_inputs=shapes, profile="train").verdict == "different"


def module(*, first=True, weights=True, bias=True):
    import torch

    class Attends(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = torch.nn.MultiheadAttention(SIZE, HEADS, batch_first=first, bias=bias)

        def forward(self, x, y=None, z=None):
            y = x if y is None else y
            return self.attention(x, y, y if z is None else z, need_weights=weights)[0]

    return Attends()


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("weights", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("others", [0, 1, 2])
def test_the_module_in_an_export(first, weights, bias, others):
    """Its operators are one call again: packed and split projections, whichever way the core was traced."""
    lengths = (STEPS, *(KEYS,) * others)
    shapes = [(2, length, SIZE) if first else (length, 2, SIZE) for length in lengths]
    traced = module(first=first, weights=weights, bias=bias)

    graph = normalise(checked(read_torch(traced, *shapes)))

    whole = [*PROJECTION * 3, "attention", "permute", "reshape", "dense"]
    assert [kind for kind in kinds_of(graph) if kind != "permute"] == [kind for kind in whole if kind != "permute"]
    assert graph.shape(graph.outputs[0]) == shapes[0]
    assert only(graph, "attention").attributes["scale"] == WIDTH**-0.5
    names = {weight.name.partition("[")[0] for weight in graph.weights}
    assert names == {name for name, _ in traced.named_parameters()}
    assert sum(weight.numel for weight in graph.weights) == sum(each.numel() for each in traced.parameters())
    turned = [layer for layer in graph.layers if layer.kind == "permute" and layer.attributes["order"] == (1, 0, 2)]
    assert len(turned) == (0 if first else 1)  # those before the projections join what takes the heads apart


@pytest.mark.parametrize("weights", [False, True])
def test_keras_and_the_module_are_the_same(weights):
    import keras

    model = of_keras(keras.layers.MultiHeadAttention(HEADS, WIDTH))
    shapes = {"x": ((2, STEPS, SIZE), "float32"), "y": ((2, KEYS, SIZE), "float32")}

    assert check(model, module(weights=weights).eval(), right_inputs=shapes).verdict == "equivalent"
    assert check(model, explicit().eval(), right_inputs=shapes).verdict == "equivalent"
    free = keras.Input((None, SIZE)), keras.Input((None, SIZE))
    longer = keras.Model(free, keras.layers.MultiHeadAttention(HEADS, WIDTH)(*free))
    report = check(longer, module(weights=weights).eval(), right_inputs=shapes)
    assert "attribute-differs" not in {finding.rule for finding, _ in report.findings}
    other = of_keras(keras.layers.MultiHeadAttention(HEADS * 2, WIDTH // 2))
    assert check(other, module(weights=weights).eval(), right_inputs=shapes).verdict == "different"


def test_weights_that_are_looked_at_are_no_part_of_the_call():
    import torch

    class Looks(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = torch.nn.MultiheadAttention(SIZE, HEADS, batch_first=True)

        def forward(self, x):
            return self.attention(x, x, x)

    graph = checked(read_torch(Looks(), (2, STEPS, SIZE)))

    assert "attention" not in kinds_of(graph)
    assert [graph.shape(value) for value in graph.outputs] == [(2, STEPS, SIZE), (2, STEPS, STEPS)]


def test_differences_show():
    import torch

    shapes = {"x": ((2, STEPS, SIZE), "float32"), "y": ((2, KEYS, SIZE), "float32")}

    def core(module, **more):
        return only(checked(read(module.eval(), inputs=shapes | more)), "attention").attributes

    plain = core(explicit())
    assert torch.isclose(torch.tensor(plain["scale"]), torch.tensor(WIDTH**-0.5))
    assert core(explicit(scale=1.0))["scale"] == 1.0
    assert core(explicit(causal=True))["causal"] is True
    assert core(explicit(dropout=0.25))["dropout"] == 0.25
    assert core(explicit(), mask=((2, 1, STEPS, KEYS), "bool"))["mask"] == "attends"
    assert core(explicit(), mask=((2, 1, STEPS, KEYS), "float32"))["mask"] == "adds"


@pytest.mark.parametrize("settings", [{}, {"bias": False}, {"kdim": 3, "vdim": 5}])
def test_the_module_in_a_tree(settings, tmp_path):
    import torch

    module = torch.nn.MultiheadAttention(SIZE, HEADS, dropout=0.1, **settings)
    torch.save(torch.nn.Sequential(module), tmp_path / "model.pt")

    source = read(tmp_path / "model.pt")
    graph = translate(source)

    assert graph.gaps == source.gaps
    assert kinds_of(graph) == [*PROJECTION * 3, "attention", "permute", "reshape", "dense"]
    assert only(graph, "attention").attributes["dropout"] == 0.1
    stored = [weight for layer in graph.layers for weight in layer.weights]
    assert sum(weight.numel for weight in stored) == sum(each.numel() for each in module.parameters())
    assert [roles(each)["kernel"][0][0] for each in graph.layers if each.kind == "dense"] == [SIZE] * 4
    unusual = torch.nn.MultiheadAttention(SIZE, HEADS, add_bias_kv=True)
    torch.save(torch.nn.Sequential(unusual), tmp_path / "other.pt")
    assert kinds_of(translate(read(tmp_path / "other.pt"))) == ["opaque"]


@pytest.mark.parametrize("settings", [{}, {"bias": False}, {"kdim": 3, "vdim": 5}])
def test_the_module_in_a_file_of_tensors(settings, tmp_path):
    import torch

    module = torch.nn.Sequential(torch.nn.MultiheadAttention(SIZE, HEADS, **settings))
    torch.save(module.state_dict(), tmp_path / "model.pt")

    graph = translate(read(tmp_path / "model.pt"))

    assert {layer.kind for layer in graph.layers} == {"dense"}
    stored = [weight for layer in graph.layers for weight in layer.weights]
    assert sum(weight.numel for weight in stored) == sum(each.numel() for each in module.parameters())
    columns = [SIZE, settings.get("kdim", SIZE), settings.get("vdim", SIZE), SIZE]
    assert [roles(each)["kernel"][0] for each in graph.layers] == [(SIZE, each) for each in columns]


@pytest.mark.parametrize(
    ("settings", "score", "weights"),
    [
        ({}, "dot", set()),
        ({"use_scale": True}, "dot", {"scale"}),
        ({"score_mode": "concat"}, "concat", {"score"}),
        ({"score_mode": "concat", "use_scale": True, "dropout": 0.2}, "concat", {"scale", "score"}),
    ],
)
def test_attention_without_projections(settings, score, weights):
    import keras

    x, y, z = keras.Input((STEPS, SIZE)), keras.Input((KEYS, SIZE)), keras.Input((KEYS, SIZE))

    graph = checked(read(keras.Model([x, y, z], keras.layers.Attention(**settings)([x, y, z]))))

    found = only(graph, "attention")
    assert found.inputs == (graph.inputs[0], graph.inputs[2], graph.inputs[1])  # keys come last in Keras
    assert (found.attributes["score"], found.attributes["scale"]) == (score, 1.0)
    assert roles(found).keys() == weights
    additive = keras.layers.AdditiveAttention()
    other = only(checked(read(keras.Model([x, y], additive([x, y])))), "attention")
    assert (other.attributes["score"], roles(other)["scale"]) == ("additive", ((SIZE,), "width"))


def test_what_attention_computes():
    """The numbers of Keras' layer are those of PyTorch's operator with the attributes that translation says."""
    import keras
    import torch

    q, k, v = array(2, STEPS, SIZE), array(2, KEYS, SIZE), array(2, KEYS, SIZE)
    layer = keras.layers.Attention()
    x, y, z = keras.Input((STEPS, SIZE)), keras.Input((KEYS, SIZE)), keras.Input((KEYS, SIZE))
    told = only(checked(read(keras.Model([x, y, z], layer([x, y, z])))), "attention").attributes

    made = torch.nn.functional.scaled_dot_product_attention(*map(torch.tensor, (q, k, v)), scale=told["scale"])

    assert np.allclose(keras.ops.convert_to_numpy(layer([q, v, k])), made.numpy(), atol=1e-5)


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("settings", [{}, {"is_causal": 1}, {"scale": 1.0}, {"softcap": 2.0}])
def test_onnx(flat, settings):
    from onnx import TensorProto, helper

    shapes = (
        [(2, STEPS, 4 * WIDTH), (2, KEYS, 2 * WIDTH), (2, KEYS, 2 * WIDTH)]
        if flat
        else [(2, 4, STEPS, WIDTH), (2, 2, KEYS, WIDTH), (2, 2, KEYS, WIDTH)]
    )
    counts = {"q_num_heads": 4, "kv_num_heads": 2} if flat else {}
    node = helper.make_node("Attention", ["q", "k", "v"], ["y"], name="node", **counts, **settings)
    given = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in zip("qkv", shapes, strict=True)
    ]
    made = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    graph = helper.make_graph([node], "model", given, made)

    found = checked(read(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)])))

    core = only(found, "attention").attributes
    assert core["groups"] == 2
    assert core["causal"] is bool(settings.get("is_causal"))
    assert core["softcap"] == settings.get("softcap", 0.0)
    assert core["scale"] == settings.get("scale", WIDTH**-0.5)
    assert kinds_of(found) == (
        [*["reshape", "permute"] * 3, "attention", "permute", "reshape"] if flat else ["attention"]
    )


def test_a_masked_module_stays_what_torch_made_of_it():
    import torch

    class Masked(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = torch.nn.MultiheadAttention(SIZE, HEADS, batch_first=True)

        def forward(self, x, mask):
            return self.attention(x, x, x, attn_mask=mask, need_weights=False)[0]

    shapes = {"x": ((2, STEPS, SIZE), "float32"), "mask": ((STEPS, STEPS), "bool")}
    graph = checked(read(Masked().eval(), inputs=shapes))

    assert only(graph, "attention").attributes["scale"] == WIDTH**-0.5
    assert "opaque" not in kinds_of(graph)
    assert "opaque" not in kinds_of(
        checked(read_torch(torch.nn.TransformerEncoderLayer(SIZE, HEADS, 16), (STEPS, 2, SIZE)))
    )
