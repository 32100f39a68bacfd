"""The report of a large port is read on one screen, and none of it is lost where all is asked for."""

import pytest

from parity.check import check
from parity.outputs import OutputLedger, Outputs, UndoneStep
from parity.reports import Screen, named
from parity.reports._outputs import ledger

COLUMNS, MOST = 100, 45


@pytest.fixture(
    scope="module", params=[("EfficientNetB0", "EfficientNet"), ("ResNet50", "ResNet")], ids=lambda names: names[0]
)
def report(request):
    import keras
    import torch

    from tests.pairs import ported_by_hand

    application, port = request.param
    with torch.device("meta"):
        module = getattr(ported_by_hand, port)().eval()
    return check(getattr(keras.applications, application)(weights=None), module, right_inputs=[(1, 3, 224, 224)])


def height(text):
    """The lines of a text on a screen of 100 columns."""
    return sum(max(-(-len(line) // COLUMNS), 1) for line in text.splitlines())


@pytest.mark.parametrize("width", [COLUMNS, None], ids=["screen", "pipe"])
def test_it_is_read_on_one_screen(report, width):
    text = named("text").compared(report, Screen(width))

    assert height(text) <= MOST


def test_every_cause_is_in_it(report):
    text = named("text").compared(report, Screen(COLUMNS))

    assert {finding.rule for finding, _ in report.findings if finding.rule not in text} == set()


def test_all_of_every_finding_is_in_the_full_report(report):
    text = named("text").compared(report, Screen(full=True))
    lost = [
        part
        for finding, _ in report.findings
        for part in (finding.rule, finding.message, finding.remedy, ", ".join(finding.left), ", ".join(finding.right))
        if part not in text
    ]

    assert len(report.findings) > 300
    assert lost == []


def steps(*told):
    return tuple(
        UndoneStep(rule, tuple(f"{rule}{at}" for at in range(layers)), error, 0.1, ()) for rule, layers, error in told
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ((("epsilon", 1, 0.9), ("gelu-form", 1, 0.9)), "1.3 apart, without epsilon 0.9, without gelu-form 0.9; 0.9 is"),
        (
            (("weights", 4, 9.8), *(("norm-epsilon", 1, 9.9), ("gelu-form", 1, 10.0)) * 6, ("softmax", 1, 1e-13)),
            "with the left's weights 9.8, without norm-epsilon (6 layers), gelu-form (6 layers) 10, without softmax",
        ),
        (
            tuple(("epsilon", 2, 1.3 * 0.8 ** (at + 1)) for at in range(7)),
            "1.3 apart, without epsilon 1, without epsilon 0.83",
        ),
    ],
    ids=["few", "many", "each moves it"],
)
def test_steps_that_hardly_move_the_error_are_told_at_once(found, said):
    outputs = Outputs("drawn", 1e-4, (), (), (), ledger=OutputLedger(1.3, steps(*found), left_out={}), shown="normal")

    assert said in ledger(outputs)
