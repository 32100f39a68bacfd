import hashlib
import random
import subprocess
import sys

import numpy as np
import pytest
import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same

from parity.adapters import read
from parity.adapters.torch.live import recognise
from parity.check import check
from parity.errors import UnreadableModel, UsageError
from parity.graph import Census, Evidence
from tests.adapters.torch_checks import check_contract, check_weights, row, shapes_of_calls
from tests.adapters.torch_models import Branching, Mixed, Repeated, Residual, Sized

pytestmark = [pytest.mark.filterwarnings(f"ignore::{each}") for each in ("UserWarning", "FutureWarning")]

MODELS = {
    "mixed": (Mixed, (2, 1, 8, 8)),
    "repeated": (Repeated, (2, 4)),
    "residual": (Residual, (2, 4)),
    "sized": (Sized, (3, 3, 8, 8)),
}


def fingerprint(model):
    """Everything of a model and of the random generators that a reader might disturb."""
    digest = hashlib.sha256()
    tensors = [*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)]
    for name, tensor in tensors:
        data = b"" if tensor.is_meta else tensor.detach().numpy().tobytes()
        digest.update(repr((name, id(tensor), tensor.requires_grad, tensor.grad)).encode() + data)
    for name, module in model.named_modules():
        digest.update(repr((name, module.training, sorted(vars(module)))).encode())
        for value in vars(module).values():
            if isinstance(value, list | dict | set):
                digest.update(repr([id(each) for each in value]).encode())
            elif not isinstance(value, bool):
                digest.update(repr(id(value)).encode())
    digest.update(torch.get_rng_state().numpy().tobytes())
    digest.update(repr((random.getstate(), np.random.get_state())).encode())  # noqa: NPY002  the global one
    return digest.hexdigest()


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("training", [False, True])
def test_a_program_reads_like_its_archive(name, training, tmp_path):
    kind, shape = MODELS[name]
    program = torch.export.export(kind().train(training), (torch.randn(shape),))
    torch.export.save(program, tmp_path / "model.pt2")
    archive, live = read(tmp_path / "model.pt2"), read(program)
    check_contract(live)
    assert (live.layers, live.nodes, live.values) == (archive.layers, archive.nodes, archive.values)
    assert (live.inputs, live.outputs, live.containers) == (archive.inputs, archive.outputs, archive.containers)
    assert [*live.weights] == [*archive.weights]
    for left, right in zip(live.weights.values(), archive.weights.values(), strict=True):
        assert (left.shape, left.dtype, left.census) == (right.shape, right.dtype, right.census)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_a_module_is_read_and_left_alone(name, device):
    kind, shape = MODELS[name]
    with torch.device(device):
        model = kind().train()
    model.register_forward_hook(lambda *_: None)
    before = fingerprint(model)
    graph = read(model, [shape])
    assert fingerprint(model) == before
    check_contract(graph)
    check_weights(graph, model)
    assert graph.evidence is Evidence.GRAPH
    assert not graph.gaps
    assert graph.values[graph.inputs[0]].shape == shape


def test_a_module_that_cannot_be_traced_is_run_and_left_alone(capsys):
    model = Branching()
    model.bn.eval()
    before = fingerprint(model)
    graph = read(model, [(3, 2)])
    assert fingerprint(model) == before
    assert (model.calls, model.history, model.training, model.bn.training) == (0, [], True, False)
    check_contract(graph)
    check_weights(graph, model)
    assert graph.evidence is Evidence.GRAPH
    assert graph.producer.endswith("recorded calls")
    assert "torch.export refused the module: Could not" in graph.gaps[0].reason
    assert "other inputs may take another path" in graph.gaps[0].reason
    assert "\n" not in graph.gaps[0].reason
    assert capsys.readouterr() == ("", "")


class Choosing(nn.Module):
    """Looks at its data; changes buffers in place, writes attributes and draws random numbers before it does."""

    def __init__(self, fails=False):  # noqa: FBT002  a setting
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.bn = nn.BatchNorm2d(4)
        self.act = nn.ReLU(inplace=True)
        self.lstm = nn.LSTM(4, 5, batch_first=True)
        self.attention = nn.MultiheadAttention(5, 1, batch_first=True)
        self.encoder = nn.TransformerEncoderLayer(5, 1, 6, batch_first=True)
        self.head = nn.Linear(5, 5)
        self.tied = nn.Linear(5, 5)
        self.tied.weight = self.head.weight
        self.register_buffer("seen", torch.zeros(4))
        self.offset = torch.ones(5)
        self.fails = fails

    def forward(self, image, scale):
        x = self.act(self.bn(self.conv(image)))
        self.seen += 1
        self.bn.running_mean.add_(1)
        self.last = torch.rand(3)
        if self.fails:
            raise RuntimeError("midway")
        x, _ = self.lstm(x.flatten(2).transpose(1, 2))
        x = self.encoder(self.attention(x, x, value=x)[0])
        if x.sum() > 1e9:
            return x
        return {"out": self.head(x) + self.tied(x) * scale + self.offset}


def test_recorded_calls_have_the_shapes_of_the_hooks():
    model = Choosing().eval()
    model.get_submodule("head").bias.requires_grad_(requires_grad=False)
    graph = read(model, [(2, 3, 8, 8), (5,)])
    check_contract(graph)
    check_weights(graph, model)
    expected = shapes_of_calls(model, torch.rand(2, 3, 8, 8), torch.rand(5))
    layers = {node.layer: node for node in graph.nodes if node.dialect == "torch.nn"}
    assert set(expected) - {"attention.out_proj", "encoder.self_attn.out_proj"} <= set(layers)
    for path, node in layers.items():
        if path in expected:
            assert [graph.values[node.outputs[0]].shape] == expected[path]
        assert node.op == type(model.get_submodule(path)).__name__
    assert [*graph.input_names] == ["image", "scale"]
    assert [graph.values[each].shape for each in graph.outputs] == [(2, 36, 5)]
    assert graph.weights["offset"].census is Census.CONSTANT
    calls = {node.path: node for node in graph.nodes}
    assert calls["bn"].inputs == {"input": calls["conv"].outputs[0]}
    assert calls["flatten" if "flatten" in calls else "view"].inputs["self"] == calls["act"].outputs[0]


def test_a_run_that_fails_midway_leaves_the_model_alone():
    model = Choosing(fails=True)
    before = fingerprint(model)
    graph = read(model, [(2, 3, 8, 8), (5,)])
    assert fingerprint(model) == before
    assert not hasattr(model, "last")
    assert graph.evidence is Evidence.TREE
    assert graph.gaps[0].reason.endswith("running it failed too: midway")
    assert nn.Module.__call__.__name__ == "_wrapped_call_impl"


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_run_changes_is_changed_back(fails):
    model = Choosing(fails).train()
    model.register_forward_hook(lambda *_: None)
    (model.head(torch.rand(5)).sum()).backward()
    before = fingerprint(model)
    read(model, [(2, 3, 8, 8), (5,)])
    assert fingerprint(model) == before


def test_on_the_meta_device_nothing_can_be_run():
    with torch.device("meta"):
        model = Branching()
    graph = read(model, [(3, 2)])
    check_weights(graph, model)
    assert graph.evidence is Evidence.TREE
    assert "it is on the meta device" in graph.gaps[0].reason


def test_the_model_still_trains_afterwards():
    model = Mixed().train()
    read(model, [(2, 1, 8, 8)])
    out = model(torch.randn(2, 1, 8, 8))
    out["logits"].sum().backward()
    assert model.lstm.weight_ih_l0.grad is not None


def test_overridden_train_is_not_called():
    class Loud(Residual):
        def train(self, mode=True):  # noqa: FBT002  PyTorch's signature
            raise AssertionError(mode)

    graph = read(Loud(), [(2, 4)])
    assert graph.evidence is Evidence.GRAPH


def test_without_inputs_it_is_a_tree():
    model = Mixed()
    graph = read(model)
    check_contract(graph)
    check_weights(graph, model)
    assert graph.evidence is Evidence.TREE
    assert "inputs=" in graph.gaps[0].remedy
    assert row(graph, "attention").weights[-1] == "attention.out_proj.bias"
    norm = next(node for node in graph.nodes if node.layer == "bn")
    assert norm.attributes["momentum"] == 0.1


class Named(nn.Module):
    """Takes indices and a mask by name."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 4)

    def forward(self, ids, mask=None, *, scale=1):
        x = self.embedding(ids)
        return x if mask is None else x * mask[..., None] * scale


@pytest.mark.parametrize(
    "inputs",
    [
        {"ids": ((1, 3), "int64"), "mask": (1, 3)},
        {"ids": torch.zeros(1, 3, dtype=torch.long), "mask": torch.ones(1, 3), "scale": 2},
        {"ids": np.zeros((1, 3), "int64"), "mask": np.zeros((1, 3), "float32")},
        [((1, 3), "int64"), (1, 3)],
    ],
)
def test_ways_to_give_inputs(inputs):
    graph = read(Named(), inputs)
    assert graph.input_names == ("ids", "mask")
    assert [graph.values[each].dtype for each in graph.inputs] == ["int64", "float32"]
    assert graph.values[graph.outputs[0]].shape == (1, 3, 4)


def test_inputs_that_make_no_sense():
    with pytest.raises(UsageError, match=r"inputs=\[\(1, 3\)\]"):
        read(Named(), (1, 3))
    with pytest.raises(UsageError, match="no dtype of that name"):
        read(Named(), [((1, 3), "int63")])


def test_wrapped_and_scripted_modules():
    graph = read(torch.compile(Residual()), [(2, 4)])
    assert row(graph, "linear").type == "Linear"
    with pytest.warns(DeprecationWarning, match="torch.jit"):
        scripted = torch.jit.script(nn.Linear(2, 2))
    with pytest.raises(UnreadableModel, match="it is a TorchScript module; pass example inputs"):
        read(scripted)


class Stepwise(nn.Module):
    """A recurrent layer, whose weights TorchScript also holds in a list, beside a layer that is never called."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.steps = nn.LSTM(8, 4, batch_first=True)
        self.head = nn.Linear(4, 5)
        self.idle = nn.Linear(2, 2)
        self.norm.weight.requires_grad = False

    def forward(self, images):
        found = nn.functional.max_pool2d(torch.relu(self.norm(self.conv(images))), 2)
        return self.head(self.steps(found.flatten(2).transpose(1, 2))[0])


SCRIPTS = {
    "scripted": torch.jit.script,
    "traced": lambda model: torch.jit.trace(model, torch.zeros(1, 3, 8, 8)),
}


@pytest.mark.filterwarnings("ignore:`torch.jit")
@pytest.mark.parametrize(("way", "training"), [("scripted", True), ("traced", False)])
def test_torchscript_is_the_model_that_it_was_made_from(way, training, tmp_path):
    model = Stepwise().eval()
    torch.jit.save(SCRIPTS[way](model), tmp_path / "script.pt")
    script = torch.jit.load(tmp_path / "script.pt").train(training)
    before = [(module.training, module.original_name) for module in script.modules()]
    state = {name: value.clone() for name, value in script.state_dict().items()}

    shape = [(1, 3, 8, 8)]
    graph = read(script, shape)

    assert graph.producer == f"PyTorch {torch.__version__.partition('+')[0]}, TorchScript"
    modules = {each.path: (each.type, len(each.weights)) for each in graph.layers if each.weights}
    assert modules == {
        "conv": ("Conv2d", 2),
        "norm": ("BatchNorm2d", 5),
        "steps": ("LSTM", 4),
        "head": ("Linear", 2),
        "idle": ("Module", 2),
    }
    check_weights(graph, model)
    assert check(model, script, left_inputs=shape, right_inputs=shape).verdict == "equivalent"
    model.norm.eps = 1e-3
    assert check(model, script, left_inputs=shape, right_inputs=shape).verdict == "different"
    assert [(module.training, module.original_name) for module in script.modules()] == before
    assert all(torch.equal(value, state[name]) for name, value in script.state_dict().items())


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_torchscript_that_cannot_be_converted():
    class Loop(nn.Module):
        def forward(self, x):
            while bool(x.sum() > 0):
                x = x - 1
            return x

    with pytest.raises(UnreadableModel, match=r"its TorchScript cannot be converted: .*pass the nn\.Module"):
        read(torch.jit.script(Loop()), [(2, 2)])


def lazy():
    return nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(3))


def test_lazy_modules_without_inputs_say_what_is_missing():
    model = lazy()
    graph = read(model)
    assert {gap.where for gap in graph.gaps} >= {"wiring", "0.weight", "0.bias", "3.weight"}
    assert nn.parameter.is_lazy(model[0].weight)


def test_lazy_modules_are_read_as_what_they_would_become():
    model = lazy().train()
    before = [(name, type(each), id(each)) for name, each in model.named_parameters()]
    state = torch.get_rng_state()
    graph = read(model, [(2, 3, 8, 8)])
    assert [(name, type(each), id(each)) for name, each in model.named_parameters()] == before
    assert [type(each).__name__ for each in model] == ["LazyConv2d", "LazyBatchNorm2d", "Flatten", "LazyLinear"]
    assert all(each.training for each in model.modules())
    assert torch.equal(torch.get_rng_state(), state)
    assert not graph.gaps
    model(torch.rand(2, 3, 8, 8))
    check_weights(graph, model)
    assert graph.values[graph.outputs[0]].shape == (2, 3)


def test_lazy_modules_that_cannot_be_called_say_why():
    graph = read(lazy(), [(2, 3)])
    assert "the shapes of its lazy modules could not be inferred" in graph.gaps[0].reason


def test_caches_that_refuse_changes_are_left_alone():
    class Locked(dict):
        def update(self, *_):
            raise AssertionError

    model = Residual()
    model.cache = Locked(a=1)
    assert read(model, [(2, 4)]).evidence is Evidence.GRAPH
    assert model.cache == {"a": 1}


def test_recognise_imports_nothing():
    code = (
        "import sys; from parity.adapters.torch.live import recognise; "
        "print(recognise(object()), recognise(3), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "False"]
    assert recognise(Residual())
    assert not recognise(Residual)


def test_tensors_that_a_meta_module_makes_itself():
    class Positions(Named):
        def forward(self, ids):
            return super().forward(ids) + torch.arange(4) + torch.tensor([0.5])

    with torch.device("meta"):
        model = Positions()
    graph = read(model, {"ids": ((1, 3), "int64")})
    assert graph.evidence is Evidence.GRAPH


def test_bert_on_the_meta_device():
    transformers = pytest.importorskip("transformers")
    with torch.device("meta"):
        model = transformers.BertModel(transformers.BertConfig(vocab_size=100_000))
    graph = read(model, {"input_ids": ((1, 10), "int64"), "attention_mask": ((1, 10), "int64")})
    check_contract(graph)
    check_weights(graph, model)
    assert graph.evidence is Evidence.GRAPH
    assert sum(each.numel for each in graph.weights.values() if each.census == "trainable") == 162_841_344
    query = row(graph, "encoder.layer.11.attention.self.query")
    assert [graph.values[output].shape for output in query.outputs] == [(1, 10, 768)]


def test_resnet_reads_fully():
    transformers = pytest.importorskip("transformers")
    with torch.device("meta"):
        model = transformers.ResNetForImageClassification(transformers.ResNetConfig())
    graph = read(model, [(1, 3, 224, 224)])
    check_contract(graph)
    check_weights(graph, model)
    assert not graph.gaps
    assert not [each for each in graph.layers if each.type == "Module"]
    assert len([node for node in graph.nodes if node.op == "conv2d"]) == 53
