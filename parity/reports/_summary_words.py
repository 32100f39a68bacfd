"""What is said of a summary in every format for people: cells, totals, and a sentence on where the parameters are."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate

from parity.graph import Mode, Shape
from parity.reports import _wording as words
from parity.reports._summary import Row, Summary
from parity.reports._summary_lines import children, roots
from parity.rules import shape

MOST = 0.8
"""The share of the parameters that the largest layers are named for."""

FEW = 5
"""So many layers are named at most."""

LEAST = 0.2
"""Where so many layers hold less than this share none is named but the largest."""

BLOCKS = 10
"""Characters of a bar."""

MODES = {
    Mode.TRAINING: "saved in training mode: dropout is on, and batch normalisation uses the statistics of the batch",
    Mode.EVALUATION: "saved in evaluation mode: layers that act in training only are not in it",
}


def cell(column: str, row: Row, found: Summary) -> str:
    """What a column says of a layer or module."""
    total = found.side.headline.total
    says = {
        "type": lambda: row.type,
        "input": lambda: shapes(row.inputs),
        "output": lambda: outputs(row) if row.shapes else row.reason if found.knows_shapes else "",
        "params": lambda: params(row),
        "share": lambda: share(row.params, total),
        "trainable": lambda: trainable(row),
        "kernel": lambda: window(row),
        "macs": lambda: count(row.macs),
        "memory": lambda: f"{size(row.activations)} / {size(row.stored)}",
        "connected": lambda: ", ".join(row.connected),
        "dtype": lambda: row.dtype,
        "formula": lambda: formula(row),
    }
    return says[column]()


def outputs(row: Row) -> str:
    """The output shapes of each call, several of one call in brackets."""
    if not row.further:
        return shapes(row.shapes)
    calls = Counter(
        f"[{', '.join(map(shape, (first, *more)))}]" if more else shape(first)
        for first, more in zip(row.shapes, row.further, strict=True)
    )
    return _listed(calls)


def shapes(found: Iterable[Shape | None]) -> str:
    """Shapes as a list, each with how often it comes.

    >>> shapes([(None, 3), (None, 3), (2, 4)])
    '(batch, 3) x 2; (2, 4)'
    """
    return _listed(Counter("unknown" if each is None else shape(each) for each in found))


def _listed(counted: Counter[str]) -> str:
    return "; ".join(text if times == 1 else f"{text} x {times}" for text, times in counted.items())


def params(row: Row) -> str:
    """The parameters, and those that an earlier row has counted."""
    if row.uncounted:
        return row.uncounted
    return f"{row.params:,}" if row.held == row.params else f"{row.params:,} ({row.held:,} with shared)"


def share(part: int, total: int) -> str:
    """A part of a total, with a bar.

    >>> share(1, 4)
    '25.0 % ███'
    """
    if not total or not part:
        return ""
    return f"{100 * part / total:.1f} % {'█' * max(round(BLOCKS * part / total), 0)}".rstrip()


def trainable(row: Row) -> str:
    """Whether its weights are trained."""
    if not row.trainable and not row.frozen:
        return ""
    return "no" if not row.trainable else "partly" if row.frozen else "yes"


def window(row: Row) -> str:
    """The size of a window, and its stride where that is not 1."""
    moves = any(step != 1 for step in row.strides)
    return by(row.kernel) + (f", stride {by(row.strides)}" if row.kernel and moves else "")


def by(sizes: Sequence[int]) -> str:
    """Sizes of a window.

    >>> by((3, 3))
    '3x3'
    """
    return "x".join(map(str, sizes))


def count(number: int | None) -> str:
    """A number with commas, or that it is not known."""
    return "unknown" if number is None else f"{number:,}"


def size(number: int | None) -> str:
    """Bytes in the largest unit of 1024 that leaves at least one.

    >>> size(512), size(1536), size(5 << 20)
    ('512 B', '1.5 KiB', '5.0 MiB')
    """
    if number is None:
        return "unknown"
    value, units = float(number), ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024 and units[1:]:  # a unit of the next size
        value, units = value / 1024, units[1:]
    return f"{number:,} B" if units[0] == "B" else f"{value:,.1f} {units[0]}"


def formula(row: Row) -> str:
    """The arithmetic, or the shapes of the weights that it does not reproduce."""
    if row.formula or not row.params or row.layers:
        return row.formula
    return "no formula: " + ", ".join(str(weight.shape) for weight in row.weights)


def totals(found: Summary) -> list[tuple[str, str, str]]:
    """The totals of a model, each with its name; bytes of weights with those of their parts."""
    side, head = found.side, found.side.headline
    numbers = [(f"Total, {words.COUNTERS[side.framework]}", head.total)]
    if head.trainable is not None and head.non_trainable is not None:
        presumed = " (presumed from the role; the file does not say)" if side.presumed else ""
        numbers.append((f"Trainable{presumed}", head.trainable))
        numbers.append(("Non-trainable", head.non_trainable))
    numbers += [(f"{name.capitalize()} elements", each) for name, each in side.census.items() if name != "trainable"]
    unknown = [] if not side.uncounted else ["unknown"]
    lines = [(name, f"{number:,}" if number or not unknown else "unknown", "") for name, number in numbers]
    if side.uncounted:
        lines.append(("Without", words.plural(len(side.uncounted), "layer"), ""))
    return [*lines, *((*line, "") for line in _work(found)), _weights(found)]


def _weights(found: Summary) -> tuple[str, str, str]:
    """The bytes of all that is stored, and how many of them are trained, where not all are."""
    stored, trained = sum(row.stored for row in found.rows), found.memory.trainable
    told = found.side.headline.trainable is not None and stored > trained
    return "Weights", size(stored), f"{size(trained)} trainable, {size(stored - trained)} not" if told else ""


def _work(found: Summary) -> list[tuple[str, str]]:
    if not found.knows_shapes:
        return []  # nothing is known of what flows
    rows, batch = found.rows, f"batch of {found.batch}"
    inputs, outputs = [found.memory.inputs], [row.activations for row in rows]
    stored = sum(row.stored for row in rows)
    return [
        (f"Multiply-accumulates, {batch}", _known([row.macs for row in rows], "{:,}".format, "layer")),
        (f"Inputs, {batch}", _known(inputs, size, "input")),
        (f"Outputs of all layers, {batch}", _known(outputs, size, "layer")),
        ("Inputs, outputs and weights", _known([*inputs, *outputs, stored], size, "value")),
    ]


def _known(numbers: Sequence[int | None], said: Callable[[int], str], what: str) -> str:
    """A sum; where it is not known whole, what is known of it."""
    text, missing = said(sum(number for number in numbers if number is not None)), numbers.count(None)
    if missing == len(numbers):
        return "unknown"
    return f"at least {text}; unknown for {words.plural(missing, what)}" if missing else text


def mass(found: Summary) -> str:
    """Where most of the parameters are, in a sentence; "" where there are none or only one layer has any.

    That is a few layers, or some of the modules of the innermost one that holds most of them.
    """
    total = found.side.headline.total
    layers = [row for row in found.rows if row.params]
    if not total or len(layers) <= 1:
        return ""
    chosen = _most(layers, total)
    if len(chosen) <= FEW:
        return _where(chosen, total, len(layers), "layer")
    inside, level = "", roots(found)
    while len(modules := _most(level, total)) == 1:
        below = children(found, modules[0])
        if not below or len(_most(below, total)) > FEW:
            return _where(modules, total, len(level), "module")
        inside, level = f" of {modules[0].path}", below
    if len(modules) <= FEW:
        return _where(modules, total, len(level), "module", inside)
    if sum(row.params for row in chosen[:FEW]) < LEAST * total:
        share = 100 * chosen[0].params / total
        return (
            f"The parameters are spread over {len(layers):,} layers; the largest, {chosen[0].path}, has {share:.2g} %."
        )
    return _where(chosen[:FEW], total, len(layers), "layer")


def _most(rows: Sequence[Row], total: int) -> list[Row]:
    """The fewest rows that hold most of the parameters, the largest first."""
    largest = sorted((row for row in rows if row.params), key=lambda row: row.params, reverse=True)
    sums = accumulate(row.params for row in largest)
    return largest[: next((at for at, number in enumerate(sums, 1) if number >= MOST * total), len(largest))]


def _where(rows: Sequence[Row], total: int, among: int, what: str, inside: str = "") -> str:
    percent = 100 * sum(row.params for row in rows) / total
    if len(rows) == 1:
        return f"{percent:.0f} % of the parameters are in one {what}: {rows[0].path}."
    listed = ", ".join(f"{row.path} ({100 * row.params / total:.0f} %)" for row in rows)
    some = f"{len(rows)} of {among:,}" if len(rows) < among else f"the {among}"
    return f"{percent:.0f} % of the parameters are in {some} {what}s{inside}: {listed}."


def notes(found: Summary) -> list[str]:
    """Sentences below the totals: where the parameters are, the mode, and what could not be read."""
    said = [mass(found)]
    if found.side.mode in MODES:
        said.append(f"The model was {MODES[found.side.mode]}.")
    said += [f"not read: {gap.where}: {gap.reason}; {gap.remedy}".rstrip("; ") for gap in found.gaps]
    return [each for each in said if each]
