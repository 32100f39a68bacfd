"""Models with one change or two: what was changed is found, in whatever format, and nothing else is said."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from parity.check import check
from parity.reports import Verdict
from tests.mutants.files import WRITERS
from tests.mutants.mutations import Mutant, mutants
from tests.mutants.networks import NETWORKS

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

FORMATS = ("keras", "pt2", "module", "h5", "onnx", "tensors")
"""What a mutant is stored in, in turn; the next one where a framework has no such layer."""

ORIGINALS = ("keras", "pt2", "onnx")
"""What each mutant is compared with, beside one of ``OTHERS`` in turn."""

OTHERS = ("h5", "module", "tensors")
PARTIAL = {"module", "tensors"}
"""Formats that do not hold the wiring: what they cannot show leaves the answer open, but never makes it a pass."""

FOLLOWS = "weight-shape"
"""What follows from a change elsewhere, and cannot be told to where no wiring is known."""

PRECISION = 0.99

TOLD = {"redundant-bias-before-batch-norm", "dtype"}
"""Information that is about what a mutation changes."""


@dataclass
class Tally:
    """What came of the mutants."""

    tried: int = 0
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)


def said(left: Path, right: Path):
    """What a person is told: the findings that follow from no other, without mere information; and the verdict."""
    report = check(left, right)
    found = {
        (each.rule, each.attribute, each.left, each.right): severity
        for each, severity in report.findings
        if each.caused_by is None and (severity != "info" or each.rule in TOLD)
    }
    return found, report.verdict


def concerns(finding, steps):
    """Whether a finding is of one of the steps, by the names that layers and modules have of them."""
    parts = {part for path in (*finding[2], *finding[3]) for part in re.split(r"[./:]|_pad\b|_\d+\b", path)}
    return steps is None or not parts or bool(steps & parts)


def written(mutant: Mutant, turn: int, stem: Path) -> tuple[str, Path] | None:
    """The mutant as a file, in the first format from the given one on that can hold it."""
    for at in range(len(FORMATS)):
        form = FORMATS[(turn + at) % len(FORMATS)]
        try:
            return form, WRITERS[form](mutant.design, stem)
        except (NotImplementedError, RuntimeError, ValueError):  # no such layer, or sizes that do not fit together
            continue
    return None


def judge(mutant: Mutant, pair: tuple[str, str], base, found, verdict, tally: Tally) -> None:
    """Count what was found and what was said in vain."""
    new = {key: severity for key, severity in found.items() if key not in base}
    about = {key for key in new if concerns(key, mutant.steps)}
    seen = all(any(key[0] in rules for key in about) for rules in mutant.rules)
    partial = PARTIAL.intersection(pair)
    hidden = "onnx" in pair and (mutant.trains or mutant.folds)
    where = f"{pair[0]} against {mutant.change} in {pair[1]}"
    tally.tried += seen or not hidden
    if not (seen or hidden or (partial and verdict is not Verdict.EQUIVALENT)):
        tally.missed.append(f"{where}: {verdict}, {sorted(map(str, new))}")
    vain = {key for key in set(new) - about if not partial or (new[key] == "error" and key[0] != FOLLOWS)}
    if vain:
        tally.false.append(f"{where}: {sorted(map(str, vain))}")


@pytest.mark.parametrize("name", NETWORKS)
def test_what_was_changed_is_found_and_nothing_else(name, tmp_path, record_property):
    design = NETWORKS[name]()
    originals = {form: WRITERS[form](design, tmp_path / f"original_{form}") for form in WRITERS}
    bases, tally = {}, Tally()
    for number, mutant in enumerate(mutants(design)):
        made = written(mutant, number, tmp_path / f"mutant_{number}")
        if made is None:
            continue
        form, path = made
        for original in (*ORIGINALS, OTHERS[number // len(FORMATS) % len(OTHERS)]):
            if (original, form) not in bases:
                bases[original, form], same = said(originals[original], originals[form])
                assert same is (Verdict.INCONCLUSIVE if original in PARTIAL else Verdict.EQUIVALENT)
            found, verdict = said(originals[original], path)
            judge(mutant, (original, form), bases[original, form], found, verdict, tally)
    record_property("figure: mutants tried", tally.tried)
    record_property("figure: mutants missed", len(tally.missed))
    record_property("figure: mutants with a false finding", len(tally.false))

    assert tally.tried > 20
    assert not tally.missed
    assert len(tally.false) <= (1 - PRECISION) * tally.tried, tally.false
