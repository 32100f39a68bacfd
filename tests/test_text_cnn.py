"""The same text model for an input of 35 and of 31: where do they part?"""

import seed_models

import parity
from parity.graph import Effect
from parity.reports import Screen, renderers
from parity.rules import Severity
from tests.balance import remainders


def test_the_report_leads_with_the_input_and_names_the_kernel(tmp_path):
    seed_models.text_cnn().save(tmp_path / "35.keras")
    seed_models.text_cnn(length=31).save(tmp_path / "31.keras")

    report = parity.compare(tmp_path / "35.keras", tmp_path / "31.keras")

    first, severity = report.findings[0]
    assert (first.rule, first.effect, severity) == ("input-shape", Effect.INTERFACE, Severity.ERROR)
    assert (first.left_value, first.right_value) == ((None, 35), (None, 31))
    kernels = [finding for finding, _ in report.findings if finding.rule == "weight-shape"]
    assert [(each.left, each.left_value, each.right_value) for each in kernels] == [(("dense",), (832, 3), (704, 3))]
    assert [finding for finding, _ in report.findings if finding is not first and not finding.caused_by] == []
    assert {finding.caused_by for finding, _ in report.findings if finding is not first} == {first.fingerprint}
    assert [(step.rule, step.delta) for step in report.ledger.steps] == [("weight-shape", -384)]
    assert remainders(report) == {}
    text = renderers()["text"].report(report, Screen())
    assert text.index("input-shape") < text.index("kernel (832, 3) on the left, (704, 3) on the right")
