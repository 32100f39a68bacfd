"""What is dropped at once: whole channels, unless each of them has one element; and momenta that are none."""

import pytest

import parity
from parity.policy import is_real
from parity.reports import Verdict


def real(report):
    return [each.rule for each, severity in report.findings if is_real(each, severity) and each.caused_by is None]


@pytest.mark.parametrize(("shape", "same"), [((1, 3), True), ((2, 3), False), ((1, 1, 3), True), ((1, 4, 3), False)])
def test_a_channel_of_one_element(shape, same):
    import keras
    from torch import nn

    start = keras.Input(shape)
    drops = keras.layers.SpatialDropout1D if len(shape) == 2 else keras.layers.SpatialDropout2D
    left = keras.Model(start, keras.layers.Flatten()(drops(0.3)(start)))

    class Right(nn.Module):
        def __init__(self):
            super().__init__()
            self.drop = nn.Dropout(0.3)

        def forward(self, x):
            return self.drop(x).flatten(1)

    report = parity.compare(left, Right(), right_inputs=[(2, *shape)])

    assert ("dropout-units" not in real(report)) is same


@pytest.mark.parametrize(("shape", "same"), [((2, 3, 1, 1), True), ((2, 3, 1, 2), False)])
def test_the_same_in_torch(shape, same):
    from torch import nn

    report = parity.compare(nn.Sequential(nn.Dropout2d(0.3)), nn.Sequential(nn.Dropout(0.3)), inputs=[shape])

    assert (report.verdict is Verdict.EQUIVALENT) is same


@pytest.mark.parametrize("momentum", [None, 0.0, 0.1])
def test_a_live_module_tells_its_momentum(momentum):
    """torch.export writes 0 for None, which is a cumulative average."""
    from torch import nn

    def net(value):
        return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, momentum=value)).eval()

    report = parity.compare(net(0.1), net(momentum), inputs=[(1, 3, 6, 6)], profile="train")

    assert real(report) == ([] if momentum == 0.1 else ["momentum"]) or momentum == 0.0
    assert (report.verdict is Verdict.EQUIVALENT) is (momentum == 0.1)
    assert parity.compare(net(None), net(None), inputs=[(1, 3, 6, 6)]).verdict is Verdict.EQUIVALENT
