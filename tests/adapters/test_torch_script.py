import zipfile

import pytest
import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same

from parity.adapters import read
from parity.errors import UnreadableModel
from parity.graph import Census, Evidence
from parity.kinds import kind, translate
from tests.adapters.torch_checks import check_contract, check_weights

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


class Model(nn.Module):
    """Layers with settings of every kind, a tied and a frozen weight, buffers and bare tensors."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 8, padding_idx=1)
        self.lstm = nn.LSTM(8, 5, 2, batch_first=True, bidirectional=True)
        self.norm = nn.LayerNorm(10, eps=1e-3)
        self.drop = nn.Dropout(0.3)
        self.linear = nn.Linear(10, 4)
        self.tied = nn.Linear(10, 4)
        self.tied.weight = self.linear.weight
        self.unused = nn.Conv1d(4, 6, 3, groups=2, padding_mode="circular", padding=1)
        self.act = nn.Sequential(nn.GELU("tanh"), nn.LeakyReLU(0.2), nn.ReLU(), nn.Softmax(dim=-1))
        self.token = nn.Parameter(torch.ones(4))
        self.register_buffer("kept", torch.ones(4))
        self.linear.bias.requires_grad_(requires_grad=False)

    def forward(self, x):
        y, _ = self.lstm(self.embedding(x))
        y = self.drop(self.norm(y))
        return self.act(self.linear(y) + self.tied(y)) * self.token + self.kept


def image_model():
    return nn.Sequential(
        *(nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8, eps=1e-3, momentum=0.3), nn.ReLU()),
        *(nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.Conv2d(8, 8, 3, dilation=2, groups=8), nn.SiLU()),
        *(nn.AvgPool2d(2, count_include_pad=False), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.4)),
        *(nn.Linear(8, 4), nn.LeakyReLU(0.1), nn.LayerNorm(4, eps=1e-4), nn.Softmax(dim=1)),
    ).eval()


MODELS = {
    "scripted": (Model, torch.jit.script),
    "scripted images": (image_model, torch.jit.script),
    "traced": (lambda: Model().eval(), lambda model: torch.jit.trace(model, torch.zeros(2, 3, dtype=torch.long))),
    "traced images": (image_model, lambda model: torch.jit.trace(model, torch.zeros(1, 3, 32, 32))),
}


def saved(name, folder):
    torch.manual_seed(0)
    build, convert = MODELS[name]
    model = build()
    torch.jit.save(convert(model), folder / "script.pt")
    torch.save(model, folder / "module.pt")
    return model, read(folder / "script.pt"), read(folder / "module.pt")


@pytest.mark.parametrize("name", MODELS)
def test_weights_and_modules_are_those_of_the_model(name, tmp_path):
    model, script, module = saved(name, tmp_path)
    check_contract(script)
    check_weights(script, model)
    assert script.evidence is Evidence.TREE
    assert script.producer == "PyTorch, TorchScript"
    assert {(each.path, each.type, each.weights) for each in script.layers} == {
        (each.path, each.type, each.weights) for each in module.layers
    }
    assert [gap.where for gap in script.gaps] == ["wiring"]


@pytest.mark.parametrize("name", MODELS)
def test_settings_are_those_of_the_module_or_untold(name, tmp_path):
    _, script, module = saved(name, tmp_path)
    expected = {layer.path: layer for layer in translate(module).layers}
    told = 0
    for layer in translate(script).layers:
        if layer.kind == "opaque":
            continue
        told += 1
        twin = expected[layer.path]
        assert layer.kind == twin.kind
        for setting in kind(layer.kind).attributes:
            assert layer.attributes.get(setting) == twin.attributes.get(setting)
    opaque = [each for each in translate(script).layers if each.kind == "opaque"]
    assert told > 7
    assert not opaque or name == "traced"


def test_a_traced_layer_whose_settings_do_not_show_is_opaque(tmp_path):
    torch.jit.save(torch.jit.trace(nn.Sequential(nn.Hardtanh(-2, 2)), torch.zeros(2)), tmp_path / "net.pt")
    (layer,) = translate(read(tmp_path / "net.pt")).layers
    assert (layer.kind, layer.op) == ("opaque", "Hardtanh")


def test_a_momentum_that_tracing_has_lost_is_not_made_up(tmp_path):
    model = nn.Sequential(nn.BatchNorm1d(2, momentum=None)).eval()
    torch.jit.save(torch.jit.trace(model, torch.zeros(3, 2)), tmp_path / "net.pt")
    (layer,) = translate(read(tmp_path / "net.pt")).layers
    assert layer.kind == "opaque"


def test_frozen_scripts_say_that_their_weights_are_constants(tmp_path):
    torch.jit.save(torch.jit.freeze(torch.jit.script(image_model())), tmp_path / "net.pt")
    graph = read(tmp_path / "net.pt")
    check_contract(graph)
    assert {each.census for each in graph.weights.values()} == {Census.CONSTANT}
    assert (8, 3, 3, 3) in {each.shape for each in graph.weights.values()}
    assert "torch.jit.freeze" in graph.gaps[1].reason


def test_an_archive_whose_code_is_damaged_or_gone(tmp_path):
    path = tmp_path / "net.pt"
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), path)
    for change in (lambda _: b"", lambda _: b"\xff\xfe" * 999, lambda text: b"class Linear(Module):\n" + text[:60]):
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "other.pt", "w") as new:
            for info in old.infolist():
                data = old.read(info)
                new.writestr(info.filename, change(data) if info.filename.endswith(".py") else data)
        try:
            graph = read(tmp_path / "other.pt")
        except UnreadableModel as error:
            assert "no model" in str(error)  # noqa: PT017  either answer will do
        else:
            check_contract(graph)
