"""What files without wiring leave to guess, and settings that only one of two functions has."""

import pytest

import parity
from parity.policy import is_real
from parity.reports import Verdict


def real(report):
    return [each.rule for each, severity in report.findings if is_real(each, severity) and each.caused_by is None]


def torch_pair(*activations):
    from torch import nn

    return [nn.Sequential(nn.Linear(8, 16), each, nn.Linear(16, 2)).eval() for each in activations]


def functions():
    from torch import nn

    return {
        "relu and gelu": (nn.ReLU(), nn.GELU()),
        "elu and silu": (nn.ELU(0.5), nn.SiLU()),
        "softmax and tanh": (nn.Softmax(-1), nn.Tanh()),
        "a clip and a threshold": (nn.Hardtanh(-2, 2), nn.Threshold(0.1, 0)),
        "softplus and leaky": (nn.Softplus(2.0), nn.LeakyReLU(0.3)),
    }


@pytest.mark.parametrize("name", list(functions()))
def test_a_setting_that_the_other_function_does_not_have_follows(name):
    left, right = torch_pair(*functions()[name])

    assert real(parity.compare(left, right, inputs=[(1, 8)])) == ["activation-differs"]


def test_a_setting_that_both_have_is_told():
    from torch import nn

    left, right = torch_pair(nn.LeakyReLU(0.1), nn.LeakyReLU(0.3))

    assert len(real(parity.compare(left, right, inputs=[(1, 8)]))) == 1


def test_a_saved_function_may_hold_constants(tmp_path):
    """A SavedModel lists variables; what its functions compute with besides is not read."""
    import tensorflow as tf
    import torch
    from torch import nn

    class Holds(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((1, 3), tf.float32)])
        def __call__(self, x):
            return tf.nn.relu(x @ tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))

    tf.saved_model.save(Holds(), str(tmp_path / "holds"))
    torch.save(nn.Sequential(nn.Linear(3, 2)).state_dict(), tmp_path / "linear.pth")

    report = parity.compare(str(tmp_path / "holds"), str(tmp_path / "linear.pth"))

    assert report.verdict is Verdict.INCONCLUSIVE
    assert real(report) == []


def test_a_batch_of_one_is_an_axis():
    """A row of features is no batch of one, where nothing but the batch's name would tell them apart."""
    import torch
    from torch import nn

    class Norm(nn.Module):
        def __init__(self, *, keepdim):
            super().__init__()
            self.keepdim = keepdim

        def forward(self, x):
            return torch.norm(x, dim=0, keepdim=self.keepdim)

    report = parity.compare(Norm(keepdim=False), Norm(keepdim=True), inputs=[(1, 1)])

    assert report.verdict is Verdict.DIFFERENT
