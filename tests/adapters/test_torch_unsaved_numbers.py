"""A number that a module makes when it is built and does not save is a number, as it is where code has it."""

import pytest

import parity
from parity.reports import Verdict

torch = pytest.importorskip("torch")

OPERATIONS = {
    "multiply": lambda x, number: x * number,
    "add": lambda x, number: x + number,
    "subtract": lambda x, number: x - number,
    "divide": lambda x, number: x / number,
    "divided": lambda x, number: number / x,
}


class Held(torch.nn.Module):
    """A dense layer and an operation with a buffer of one element, as Gemma scales its embeddings."""

    def __init__(self, operation, number, *, saved=False):
        super().__init__()
        self.dense, self.operation = torch.nn.Linear(4, 4), operation
        self.register_buffer("number", torch.tensor(number), persistent=saved)

    def forward(self, x):
        return self.operation(self.dense(x), self.number)


class Written(torch.nn.Module):
    def __init__(self, operation, number):
        super().__init__()
        self.dense, self.operation, self.number = torch.nn.Linear(4, 4), operation, number

    def forward(self, x):
        return self.operation(self.dense(x), self.number)


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("form", ["live", "pt2"])
def test_it_is_read(name, form, tmp_path):
    held, written, other = (
        each.eval()
        for each in (Held(OPERATIONS[name], 4.0), Written(OPERATIONS[name], 4.0), Written(OPERATIONS[name], 5.0))
    )
    given = {"right_inputs": [(2, 4)]}
    if form == "pt2":
        torch.export.save(torch.export.export(held, (torch.ones(2, 4),)), tmp_path / "held.pt2")
        held = tmp_path / "held.pt2"
    else:
        given["left_inputs"] = [(2, 4)]

    same, apart = (parity.compare(held, each, **given) for each in (written, other))

    assert same.verdict is Verdict.EQUIVALENT
    assert same.ledger.left_total == same.ledger.right_total == 20
    assert apart.verdict is Verdict.DIFFERENT
    assert {each.rule for each, _ in apart.findings} & {"hyper-parameter", "scalar-arithmetic"}


def test_what_is_saved_may_be_loaded_with_another_number():
    """Control: a saved buffer is a weight."""
    nets = [Held(OPERATIONS["multiply"], 4.0, saved=saved).eval() for saved in (True, False)]

    assert parity.compare(*nets, inputs=[(2, 4)]).verdict is Verdict.DIFFERENT
