"""Parameters that a program computes with as constants, as models of Keras on the PyTorch backend have them."""

import parity
from parity.adapters import read
from parity.graph import Census


def _classes():
    import torch
    from torch import nn

    class Kept:
        """An object of another library that holds a tensor."""

        def __init__(self, parameter):
            self.value = parameter.detach()

    class Hidden(nn.Module):
        def __init__(self, *, trained=True, alike=False):
            super().__init__()
            kernel = nn.Parameter(torch.randn(8, 16))
            bias = nn.Parameter(torch.zeros(16), requires_grad=trained)
            scale = nn.Parameter(torch.zeros(16) if alike else torch.randn(16))
            self.registered = nn.ParameterDict({"kernel": kernel, "bias": bias, "scale": scale})
            self.held = [Kept(kernel), Kept(bias), Kept(scale)]

        def forward(self, x):
            kernel, bias, scale = (each.value for each in self.held)
            return (x @ kernel.to(x.dtype) + bias) * scale

    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear, self.scale = nn.Linear(8, 16), nn.Parameter(torch.ones(16))

        def forward(self, x):
            return self.linear(x) * self.scale

    return Hidden, Plain


def _both(model, tmp_path):
    import torch

    exported = torch.export.export(model.eval(), (torch.ones(2, 8),))
    torch.export.save(exported, tmp_path / "model.pt2")
    return read(tmp_path / "model.pt2"), read(exported)


def test_parameters_are_counted_and_used_and_no_constants_beside_them(tmp_path):
    hidden, plain = _classes()
    model = hidden()
    for graph in _both(model, tmp_path):
        assert {name: each.census for name, each in graph.weights.items()} == {
            f"registered.{name}": Census.TRAINABLE for name in ("kernel", "bias", "scale")
        }
        used = [name for node in graph.nodes for name in node.weights.values()]
        assert used == ["registered.kernel", "registered.bias", "registered.scale"]
    assert parity.compare(tmp_path / "model.pt2", plain(), right_inputs=[(2, 8)]).verdict == "equivalent"


def test_which_of_several_of_equal_elements_is_trained_is_presumed(tmp_path):
    hidden, _ = _classes()
    file, _ = _both(hidden(trained=False, alike=True), tmp_path)
    assert {name: each.presumed for name, each in file.weights.items()} == {
        "registered.kernel": False,
        "registered.bias": True,
        "registered.scale": True,
    }


def test_a_constant_that_no_parameter_is_equal_to_stays_one():
    import torch
    from torch import nn

    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.idle = nn.Parameter(torch.ones(4))
            self.table = [torch.arange(4.0)]

        def forward(self, x):
            return x * self.table[0]

    exported = torch.export.export(Own().eval(), (torch.ones(2, 4),))
    census = sorted(each.census.value for each in read(exported).weights.values())
    assert census == ["constant", "trainable"]
