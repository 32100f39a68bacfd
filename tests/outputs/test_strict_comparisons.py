"""``>`` is ``>=`` but for one number, which draws have to meet whatever lies between an input and the comparison."""

import pytest

import parity
from parity.reports import Verdict
from tests.rules.models import module

torch = pytest.importorskip("torch")
keras = pytest.importorskip("keras")

LIMIT = -0.3
BEFORE = {
    "average pooling": lambda x: torch.nn.functional.avg_pool1d(x, 2),
    "adaptive pooling": lambda x: torch.nn.functional.adaptive_avg_pool1d(x, 3),
    "largest": lambda x: x.amax(-1),
    "mean": lambda x: x.mean(1),
    "sum of halves": lambda x: 0.5 * x + 0.5 * x.flip(-1),
    "slice and mean": lambda x: x[..., 1:3].mean(-1),
}
PAIRS = [(torch.gt, torch.ge), (torch.lt, torch.le)]


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("pair", PAIRS, ids=["greater", "less"])
def test_a_strict_comparison_is_another(pair, before):
    """Written so that the parts are computed: what is compared comes from one layer or several."""
    strict, loose = (module({}, lambda _, x, op=op: op(BEFORE[before](x), LIMIT)) for op in pair)

    assert parity.compare(strict, loose, inputs=[(2, 4, 6)]).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize("before", BEFORE)
def test_a_comparison_turned_around_is_the_same(before):
    """Control: ``not (x <= c)`` is ``x > c``."""
    one, other = (
        module({}, lambda _, x: torch.gt(BEFORE[before](x), LIMIT)),
        module({}, lambda _, x: ~torch.le(BEFORE[before](x), LIMIT)),
    )

    assert parity.compare(one, other, inputs=[(2, 4, 6)]).verdict is Verdict.EQUIVALENT


@pytest.mark.parametrize("layer", ["AdaptiveAveragePooling1D", "AveragePooling1D", "GlobalMaxPooling1D"])
def test_keras(layer):
    settings = {"AdaptiveAveragePooling1D": {"output_size": 2}, "AveragePooling1D": {"pool_size": 2}}.get(layer, {})

    def net(compares):
        given = keras.Input((4, 2), batch_size=2)
        return keras.Model(given, compares(getattr(keras.layers, layer)(**settings)(given), LIMIT))

    nets = [net(compares) for compares in (keras.ops.greater, keras.ops.greater_equal)]
    assert parity.compare(*nets).verdict is Verdict.DIFFERENT
