"""Models with one change or two: what was changed is found, in whatever format, and nothing else is said."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from parity.check import check
from parity.reports import Verdict
from parity.rules._profiles import is_untold
from tests.mutants.files import WRITERS
from tests.mutants.mutations import Mutant, mutants
from tests.mutants.networks import NETWORKS

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

FORMATS = ("keras", "pt2", "h5", "onnx")
"""What a mutant is stored in, in turn; the next one where a framework has no such layer."""

ORIGINALS = ("keras", "pt2", "onnx")
"""Two of these in turn are what each mutant is compared with, beside one of ``OTHERS``."""

OTHERS = ("h5", "module", "tensors")
PARTIAL = ("module", "tensors")
"""Formats that do not hold the wiring: what they cannot show leaves the answer open, but never makes it a pass.

Every other mutant is stored in one of these too, and compared with one original in turn.
"""

FOLLOWS = "weight-shape"
"""What follows from a change elsewhere, and cannot be told to where no wiring is known."""

PRECISION = 0.99

TOLD = {"redundant-bias-before-batch-norm", "dtype"}
"""Information that is about what a mutation changes."""


@dataclass
class Tally:
    """What came of the mutants."""

    tried: int = 0
    left_open: int = 0
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)


def said(left: Path, right: Path):
    """What a person is told: the findings that follow from no other, without mere information; and the verdict.

    What a trace in evaluation mode never tells is left out: a report asks of it as soon as training is asked of at all.
    """
    report = check(left, right)
    found = {
        (each.rule, each.attribute, each.left, each.right): severity
        for each, severity in report.findings
        if each.caused_by is None and (severity != "info" or each.rule in TOLD) and not is_untold(each)
    }
    return found, report.verdict


def concerns(finding, steps):
    """Whether a finding is of one of the steps, by the names that layers and modules have of them."""
    parts = {part for path in (*finding[2], *finding[3]) for part in re.split(r"[./:]|_pad\b|_\d+\b", path)}
    return steps is None or not parts or bool(steps & parts)


def written(mutant: Mutant, formats: tuple[str, ...], turn: int, stem: Path) -> tuple[str, Path] | None:
    """The mutant as a file, in the first of some formats from the given one on that can hold it."""
    for at in range(len(formats)):
        form = formats[(turn + at) % len(formats)]
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
    partial = set(PARTIAL).intersection(pair)
    hidden = "onnx" in pair and (mutant.trains or mutant.folds)
    unsure = partial and verdict is not Verdict.EQUIVALENT
    where = f"{pair[0]} against {mutant.change} in {pair[1]}"
    tally.tried += seen or not (hidden or unsure)
    tally.left_open += not seen and not hidden and bool(unsure)
    if not (seen or hidden or unsure):
        tally.missed.append(f"{where}: {verdict}, {sorted(map(str, new))}")
    vain = {key for key in set(new) - about if not partial or (new[key] == "error" and key[0] != FOLLOWS)}
    if vain:
        tally.false.append(f"{where}: {sorted(map(str, vain))}")


def stored(mutant: Mutant, number: int, stem: Path) -> Iterator[tuple[str, Path, tuple[str, ...]]]:
    """The mutant as files, and the formats of the originals that each is compared with."""
    if made := written(mutant, FORMATS, number, stem):
        others = ORIGINALS[: number % len(ORIGINALS)] + ORIGINALS[number % len(ORIGINALS) + 1 :]
        yield *made, (*others, OTHERS[number // len(ORIGINALS) % len(OTHERS)])
    if number % 2 and (made := written(mutant, PARTIAL, number // 2, stem)):
        yield *made, (tuple(WRITERS)[number // 4 % len(WRITERS)],)


SHARE = 4
"""Every fourth mutant, in an order without turns, is tried in each run; all of them in a thorough one."""


def sampled(design, share):
    """Mutants with their numbers among all, so that a sample stores and compares them as the whole does."""
    every = mutants(design)
    taken = np.random.default_rng(2026).permutation(len(every))[::share]
    return [(int(at), every[at]) for at in sorted(taken)]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("share", [SHARE, pytest.param(1, marks=pytest.mark.thorough)])
def test_what_was_changed_is_found_and_nothing_else(name, share, tmp_path, record_property):
    design = NETWORKS[name]()
    originals = {form: WRITERS[form](design, tmp_path / f"original_{form}") for form in WRITERS}
    bases, tally = {}, Tally()
    for number, mutant in sampled(design, share):
        for form, path, against in stored(mutant, number, tmp_path / f"mutant_{number}"):
            for original in against:
                if (original, form) not in bases:
                    bases[original, form], same = said(originals[original], originals[form])
                    partial = set(PARTIAL).intersection((original, form))
                    assert same is (Verdict.INCONCLUSIVE if partial else Verdict.EQUIVALENT)
                judge(mutant, (original, form), bases[original, form], *said(originals[original], path), tally)
    record_property("figure: mutants tried", tally.tried)
    record_property("figure: mutants missed", len(tally.missed))
    record_property("figure: mutants with a false finding", len(tally.false))
    record_property("figure: mutants left open for want of wiring", tally.left_open)

    assert tally.tried >= 20
    assert not tally.missed
    # Of all its mutants; what is false among them may all be in the sample.
    assert len(tally.false) <= share * (1 - PRECISION) * tally.tried, tally.false
