"""What two models compute, in words and rows that several reports have in common."""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import isfinite, log10

from parity.outputs import WEIGHTS, FrameworkNumerics, LayerError, OutputLedger, Outputs, UndoneStep
from parity.reports._contract import Report, Verdict
from parity.rules import Finding

HEADINGS = ("Error", "Undone", "Where", "Moves the outputs by")
EXACT = 1e-16
"""What is less than this is drawn as this."""

SHOWN = 3

TOLD = 6
"""Steps of a ledger that are told one by one."""

MOVES = 0.1
"""The share of an error from which on a step moves it."""


ROUNDING = 1e-12
"""An error below this is rounding, which is another one on each machine."""


def number(found: float) -> str:
    """An error."""
    if 0 < found < ROUNDING:
        return f"below {ROUNDING:g}"
    return f"{found:.2g}" if isfinite(found) else "not a number"


def headline(found: Outputs) -> str:
    """How far the outputs are apart, in one line."""
    worst = found.worst
    if worst is None:
        return f"not compared: {found.missing[0][1]}" if found.missing else "not compared"
    names = f"{worst.left} / {worst.right}"
    share = worst.error.same_choice
    chosen = "" if share is None else f", the largest in the same place in {share:.0%} of the rows"
    if found.same:
        rest = f"; {len(found.missing)} not compared" if found.missing else ""
        return f"the same to {number(worst.error.rel_l2)}{chosen}{rest}"
    return f"{names} {number(worst.error.rel_l2)} apart relative to the left{chosen}"


def parting(found: Outputs) -> str:
    """Where the models part; "" where that is not known."""
    first = found.first_divergence
    if first is None:
        return ""
    names = f"{first.left or 'nothing'} / {first.right or 'nothing'}"
    wired = ", which gets other inputs" if first.isolated is False else _fault(first)
    return f"they diverge at {names}, by {number(first.rel_l2)}{wired}"


def _fault(first: LayerError) -> str:
    if first.isolated is None:
        return ""
    return ", where the difference originates" if first.isolated else ", which only propagates it"


def of_layer(found: LayerError) -> list[str]:
    """What there is to say of what a layer makes on both sides."""
    apart = found.apart
    said = [f"their outputs are {number(found.rel_l2)} apart relative to the left{_fault(found)}"]
    if apart is not None:
        pairs = zip(apart.means, apart.spreads, strict=True)
        left, right = (f"mean {mean:.4g}, spread {spread:.4g}" for mean, spread in pairs)
        said.append(f"left {left}; right {right}")
        ends = [f"{value:.6g} at {list(place)}" for value, place in zip(apart.numbers, apart.places, strict=True)]
        said.append(f"furthest apart: {ends[0]} on the left, {ends[1]} on the right")
    return said


def ledger(found: Outputs) -> str:
    """The ledger in one line; "" where there is none."""
    if found.ledger is None:
        return ""
    steps = [f"{_undone(stage)} {number(stage[-1].error)}" for stage in _stages(found.ledger)]
    rest = found.ledger.remainder
    end = "nothing is left unexplained" if rest <= found.rtol else f"{number(rest)} is left unexplained"
    return f"inputs {found.shown}: {', '.join([f'{number(found.ledger.start)} apart', *steps])}; {end}"


def _stages(found: OutputLedger) -> list[list[UndoneStep]]:
    """The steps, where there are many those put together that hardly move the error one after the other."""
    if len(found.steps) <= TOLD:
        return [[step] for step in found.steps]
    stages: list[list[UndoneStep]] = []
    error, idle = found.start, False
    for step in found.steps:
        moves = not abs(step.error - error) <= MOVES * error
        if idle and not moves:
            stages[-1].append(step)
        else:
            stages.append([step])
            error = step.error
        idle = not moves
    return stages


def _undone(stage: Sequence[UndoneStep]) -> str:
    """What was done to the right side."""
    layers: Counter[str] = Counter()
    for step in stage:
        layers[step.rule] += len(step.layers)
    rules = [rule for rule in layers if rule != WEIGHTS]
    counts = [f" ({layers[rule]:,} layers)" if len(stage) > 1 and layers[rule] > 1 else "" for rule in rules]
    names = [rule + count for rule, count in zip(rules, counts, strict=True)]
    said = ["with the left's weights"] if WEIGHTS in layers else []
    return " and ".join(said + ([f"without {', '.join(names)}"] if names else []))


def lines(found: Report) -> list[str]:
    """What there is to say of outputs, none where they were not asked for."""
    if found.outputs is None:
        return []
    said = headline(found.outputs), parting(found.outputs), ledger(found.outputs)
    return [each for each in (*said, *map(numerics, found.outputs.recorded)) if each]


def numerics(found: FrameworkNumerics) -> str:
    """What a framework rounds, in one line."""
    start = f"{found.side} recorded by {found.producer}"
    if found.rel_l2 is None:
        return f"{start}, which could not be compared with exact arithmetic"
    worst = f", at most {number(found.layer_rel_l2)} at {found.layer}" if found.layer_rel_l2 else ""
    return f"{start}: its outputs are {number(found.rel_l2)} from exact arithmetic{worst}"


def verified(found: Report) -> list[str]:
    """What an answer that says equivalent rests on; nothing of any other answer."""
    certificate = found.certificate
    if found.verdict is not Verdict.EQUIVALENT:
        return []
    if certificate is None:
        return ["By structure only: --verify=auto computes both models."]
    if certificate.computed:
        return [f"Verified by computing, {certificate.how}."]
    return [f"By structure only: {certificate.doubt}."]


def measured(findings: Sequence[Finding]) -> list[str]:
    """By how much the outputs move where findings are undone, in one line; none where that was not measured."""
    found = [each.measured for each in findings if each.measured is not None]
    if not found:
        return []
    ends = " to ".join(dict.fromkeys(map(number, (min(found), max(found)))))
    return [
        f"measured: undoing it moves the outputs by {ends}" if max(found) else "measured: no effect on these inputs"
    ]


def rows(found: Outputs) -> Iterator[tuple[str, ...]]:
    """The ledger, a row for the start and for each cause that was undone."""
    if found.ledger is None:
        return
    yield number(found.ledger.start), "as they are", "", ""
    for step in found.ledger.steps:
        more = f" and {len(step.layers) - SHOWN} more" if len(step.layers) > SHOWN else ""
        yield number(step.error), step.rule, ", ".join(step.layers[:SHOWN]) + more, number(step.moved)


def width(error: float) -> float:
    """An error between rounding and one as a share of a bar, by its logarithm."""
    if not isfinite(error):
        return 1.0
    return min(max(1 + log10(max(error, EXACT)) / -log10(EXACT), 0.0), 1.0)
