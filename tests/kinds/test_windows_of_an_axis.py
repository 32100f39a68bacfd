"""Windows along one axis, as PyTorch cuts them and as its exporters write them down."""

import pytest

import parity
from parity.reports import Verdict


def module(axis, size, step):
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = torch.nn.Linear(size, 3)

        def forward(self, x):
            return self.inner(x.unfold(axis, size, step))

    torch.manual_seed(0)
    return Net().eval()


CASES = [(1, 4, 4), (1, 4, 2), (-1, 3, 1), (2, 2, 5), (1, 9, 1), (-2, 5, 3)]
OTHERS = {
    (1, 4, 4): [(1, 4, 2), (1, 4, 3), (2, 4, 4)],
    (1, 4, 2): [(1, 4, 4), (2, 4, 2)],
    (-1, 3, 1): [(1, 3, 1), (2, 3, 2)],
}
X = (2, 9, 9)


FORMS = [
    (case, form)
    for case in CASES
    for form in ("live", "pt2", "dynamo", "script")
    if form != "script" or case[0] >= 0  # whose transposition is wrong for an axis counted from the end
]


@pytest.mark.parametrize(("case", "form"), FORMS)
def test_windows_are_those_of_every_export(case, form, tmp_path):
    import torch

    model, path = module(*case), tmp_path / "model"
    if form == "pt2":
        torch.export.save(torch.export.export(model, (torch.zeros(X),)), path := path.with_suffix(".pt2"))
    elif form != "live":
        path = path.with_suffix(".onnx")
        torch.onnx.export(model, (torch.zeros(X),), path, dynamo=form == "dynamo", verbose=False)

    report = parity.compare(
        model,
        module(*case) if form == "live" else path,
        left_inputs=[X],
        right_inputs=[X] if form == "live" else None,
        profile="inference",
    )

    assert report.verdict is Verdict.EQUIVALENT


@pytest.mark.parametrize(("one", "other"), [(one, other) for one, others in OTHERS.items() for other in others])
def test_other_windows_are_told(one, other):
    assert parity.compare(module(*one), module(*other), left_inputs=[X], right_inputs=[X]).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize("case", CASES)
def test_they_are_computed(case):
    import numpy as np
    import torch

    model, x = module(*case), torch.randn(X)

    found = parity.evaluate(model, [x.numpy()])

    np.testing.assert_allclose(next(iter(found.values())), model(x).detach().numpy(), atol=1e-5)
