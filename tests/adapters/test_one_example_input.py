"""A single array is the only example input of a model, and the only one of its data."""

import numpy as np
import pytest

import parity

torch = pytest.importorskip("torch")

X = np.zeros((2, 4), "float32")


@pytest.fixture(scope="module")
def model():
    return torch.nn.Linear(4, 3).eval()


@pytest.mark.parametrize("given", [X, torch.tensor(X), [X], [(2, 4)]], ids=["array", "tensor", "list", "shape"])
def test_it_may_stand_alone(model, given):
    assert parity.compare(model, model, inputs=given).verdict is parity.Verdict.EQUIVALENT
    assert parity.compare(model, model, left_inputs=given, right_inputs=[X]).verdict is parity.Verdict.EQUIVALENT
    assert parity.summary(model, inputs=given).side.headline.total == 15
    parity.assert_parity(model, model, inputs=given)
    assert parity.explain(model, model, "", inputs=given) is not None


@pytest.mark.parametrize("given", [X, torch.tensor(X), [X]], ids=["array", "tensor", "list"])
def test_it_may_be_the_data(model, given):
    report = parity.compare(model, model, inputs=X, data=given)
    assert report.outputs.inputs == "given"
    assert report.outputs.same


def test_models_that_are_ported_take_it(model):
    other = torch.nn.Linear(4, 3).eval()
    parity.port(model, other, inputs=X)
    assert torch.equal(model.weight, other.weight)
