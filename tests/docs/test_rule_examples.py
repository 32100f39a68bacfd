"""The code that a rule's page shows is true: what differs is found, and what is the same is not."""

import numpy as np
import pytest

import parity
from parity.graph import Effect
from parity.rules import rules
from tests.docs.pages import ROOT

EXAMPLES = {path.stem: path.read_text() for path in sorted((ROOT / "docs" / "examples" / "rules").glob("*.py"))}

CALM = {Effect.BOOKKEEPING, Effect.CONVERSION}


def models(name):
    """The models that an example names, and a function that compares the left one with another."""
    names = {}
    built, mark, carried = EXAMPLES[name].partition("# %% Carry the weights over")
    exec(compile(built, f"{name}.py", "exec"), names)  # noqa: S102  our own
    if mark:
        # As after training: with biases of zero, many a mistake in carrying them over would not show.
        drawn = np.random.default_rng(0)
        names["ours"].set_weights([drawn.uniform(0.1, 1, each.shape) for each in names["ours"].get_weights()])
        exec(compile(mark + carried, f"{name}.py", "exec"), names)  # noqa: S102  our own
    inputs = [(names["TOKENS"], "int64")] if "TOKENS" in names else [names["SHAPE"]]

    def compare(right, left="ours", **settings):
        return parity.compare(names[left], names[right].eval(), right_inputs=inputs, **settings)

    return names, compare


def errors(report):
    """The rules of real differences that follow from no other."""
    found = [finding for finding, severity in report.findings if severity == "error"]
    prints = {each.fingerprint for each in found}
    return {each.rule for each in found if each.caused_by not in prints}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_true(name):
    calm = rules()[name].effect in CALM
    names, compare = models(name)

    if calm:
        report = compare("theirs", outputs=True)
        assert name in {finding.rule for finding, _ in report.findings}
        assert report.verdict == "equivalent"
        assert report.facets["outputs"] == "same"
        return
    assert errors(compare("differs")) == {name}
    assert errors(compare("same", "other" if "other" in names else "ours")) == set()


def test_the_common_rules_have_an_example():
    assert set(EXAMPLES) <= set(rules())
    assert len(EXAMPLES) >= 20
