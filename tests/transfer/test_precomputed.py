"""What an exporter has computed beforehand is compared with what the model computes of its weights."""

from dataclasses import replace

import numpy as np
import pytest

import parity
from parity.errors import ParityError
from parity.graph import Census, Layer, Weight
from parity.reports import Verdict
from parity.transfer import Compared, State, weight_differences

pytestmark = pytest.mark.filterwarnings("ignore")


def net():
    """A table of positions that is looked up, and a scale that is the exponential of a trained number."""
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.places = nn.Embedding(9, 4), nn.Embedding(12, 4)
            self.scale, self.head = nn.Parameter(torch.tensor([[0.5, -0.2, 0.1, 0.7]])), nn.Linear(4, 3)
            self.register_buffer("order", torch.arange(12).unsqueeze(0))

        def forward(self, ids):
            found = self.words(ids) + self.places(self.order[:, 1 : ids.shape[1] + 1])
            return self.head(found * self.scale.clamp(max=4).exp())

    torch.manual_seed(0)
    return Net().eval()


INPUTS = [((1, 5), "int64")]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    import torch

    model, path = net(), tmp_path_factory.mktemp("precomputed") / "net.onnx"
    ids = torch.zeros((1, 5), dtype=torch.int64)
    torch.onnx.export(model, (ids,), path, dynamo=True, external_data=False, verbose=False)
    return model, path


def compared(model, file):
    yield parity.compare(model, file, weights=True, left_inputs=INPUTS)
    yield parity.compare(file, model, weights=True, right_inputs=INPUTS)


def test_results_that_an_exporter_stores_are_what_the_model_computes(pair):
    for report in compared(*pair):
        assert {each.state for each in report.weights} <= {State.SAME, State.ROUNDED}
        assert len(report.weights) == 5
        assert report.verdict is Verdict.EQUIVALENT


@pytest.mark.parametrize(("name", "place"), [("places.weight", (3, 1)), ("scale", (0, 2))])
def test_another_number_is_found(pair, name, place):
    import torch

    model, file = net(), pair[1]
    with torch.no_grad():
        model.get_parameter(name)[place] += 0.1

    for report in compared(model, file):
        assert [each.state for each in report.weights if each.state not in {State.SAME, State.ROUNDED}] == [
            State.DIFFERENT
        ]
        assert report.verdict is Verdict.DIFFERENT


def test_what_is_computed_is_not_carried_back(pair):
    model, file = pair
    before = {name: each.numpy().copy() for name, each in model.state_dict().items()}

    with pytest.raises(ParityError, match=r"stores what is computed of it"):
        parity.port(file, model, target_inputs=INPUTS)

    assert all(np.array_equal(each.numpy(), before[name]) for name, each in model.state_dict().items())


def test_places_in_a_table_stay_as_they_are():
    import torch

    source, target = net(), net()
    with torch.no_grad():
        for each in source.parameters():
            each.add_(1)

    done = parity.port(source, target, inputs=INPUTS)

    assert done.kept == ("order",)
    assert all(torch.equal(a, b) for a, b in zip(source.parameters(), target.parameters(), strict=True))


def test_what_is_compared_nowhere_is_undecided_though_one_side_has_no_such_weight():
    held = Layer("b", "elementwise", {}, weights=(Weight("t", (2,), "float32", Census.TRAINABLE, "t", role="operand"),))
    layers = Layer("a", "elementwise", {}), held
    alone = Compared(layers, "operand", "", "t", "", State.UNREAD, reason="it has none", given=True)
    also = replace(alone, state=State.SAME)

    assert [each.name for each in weight_differences([alone])] == ["operand"]
    assert [*weight_differences([alone, also])] == []


class Rotated:
    """Features that are turned by angles of one row of frequencies, and a file of that."""

    def __init__(self, path, *, dynamo, changed=None):
        import onnx
        import torch
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.front, self.back = nn.Linear(8, 8), nn.Linear(8, 4)
                self.register_buffer("frequencies", torch.rand(8))

            def forward(self, x):
                angles = torch.arange(6)[:, None].float() * self.frequencies.float()
                x = self.front(x)
                return self.back(x * angles.cos() + x.roll(1, -1) * angles.sin())

        torch.manual_seed(0)
        self.net, self.path = Net().eval(), path
        told = {"external_data": False, "verbose": False} if dynamo else {}
        torch.onnx.export(self.net, (torch.zeros(2, 6, 8),), path, dynamo=dynamo, **told)
        stored = onnx.load(path)
        for each in [each for each in stored.graph.initializer if each.name == changed]:
            values = onnx.numpy_helper.to_array(each).copy()
            values[3] *= 1.7
            each.CopyFrom(onnx.numpy_helper.from_array(values, each.name))
        onnx.save(stored, path)

    def verdicts(self, **told):
        """In both directions: the tensor that results are computed of is a weight of one of the layers alone."""
        there = parity.compare(self.net, self.path, left_inputs=[(2, 6, 8)], **told)
        back = parity.compare(self.path, self.net, right_inputs=[(2, 6, 8)], **told)
        return {there.verdict, back.verdict}


@pytest.mark.parametrize(("changed", "verdict"), [(None, "equivalent"), ("cos", "different"), ("sin", "different")])
def test_each_of_several_results_of_one_tensor_is_compared(tmp_path, changed, verdict):
    found = Rotated(tmp_path / "net.onnx", dynamo=True, changed=changed)
    assert found.verdicts(weights=True, verify="full") == {verdict}


def test_numbers_tell_what_was_computed_where_a_file_does_not(tmp_path):
    """An export through TorchScript names nothing that it has folded."""
    import torch

    found = Rotated(tmp_path / "net.onnx", dynamo=False)
    assert found.verdicts() == {"inconclusive"}
    assert found.verdicts(weights=True, verify="full") == {"equivalent"}
    with torch.no_grad():
        found.net.frequencies[3] *= 1.01
    assert found.verdicts(weights=True) == {"different"}
