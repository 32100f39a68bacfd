"""One change to a design, and what must be said of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from random import Random

from tests.mutants.designs import JOINS, Design, Step

STRUCTURE = frozenset({
    "activation-differs",
    "activation-missing",
    "dropout-placement",
    "hyper-parameter",
    "layer-duplicated",
    "layer-extra",
    "layer-missing",
    "layer-rewired",
    "layers-swapped",
    "logits-against-probabilities",
    "output-shape",
    "training-only-layer",
    "weight-missing",
    "weight-shape",
})  # fmt: skip
"""Rules of which one must name a layer that came, went or moved."""

RULES: Mapping[str, frozenset[str]] = {
    name: frozenset(rules)
    for name, rules in {
        "another epsilon": {"epsilon", "norm-epsilon"},
        "another momentum": {"momentum", "momentum-convention"},
        "another slope": {"leaky-slope"},
        "another alpha": {"hyper-parameter"},
        "another rate": {"dropout-rate"},
        "another approximate": {"gelu-form"},
        "another function": {"activation-differs", "logits-against-probabilities"},
        "another axis": {"hyper-parameter", "softmax-axis", "output-shape"},
        "another stride": {"hyper-parameter"},
        "another dilation": {"hyper-parameter"},
        "another padding": {"padding-side"},
        "another mode": {"hyper-parameter"},
        "another corners": {"upsampling-grid"},
        "another border": {"hyper-parameter", "layer-missing", "layer-extra", "layer-duplicated"},
        "another empty border": set(),
        "another groups": {"hyper-parameter", "weight-shape"},
        "another factor": {"hyper-parameter", "output-shape"},
        "another counted": {"pool-border-counting"},
        "another reset_after": {"reset-after"},
        "another sequences": {
            "bidirectional-merge",
            "layer-rewired",
            "output-shape",
            "layer-missing",
            "layer-extra",
            "layer-duplicated",
        },
        "another merge": {"bidirectional-merge", "output-shape", "layer-missing", "layer-extra", "layer-duplicated"},
        "another both": {"hyper-parameter", "layer-missing", "layer-extra", "layer-duplicated", "weight-shape"},
        "another heads": {"attention-head-size", "hyper-parameter", "output-shape"},
        "another affine": {"weight-missing"},
        "frozen": {"frozen-layer"},
        "bias": {"weight-missing", "redundant-bias-before-batch-norm"},
        "weights": {"tied-weights-counted-twice", "layer-missing", "layer-extra", "layer-duplicated"},
        "dtype": {"dtype"},
        "input": {"input-shape", "output-shape", "weight-shape"},
        "output": {
            "output-count",
            "output-shape",
            "layer-missing",
            "layer-extra",
            "layer-duplicated",
            "layer-rewired",
            "never-called",
        },
    }.items()
}
TRAINING = {"another momentum", "another rate", "frozen", "weights"}
"""Changes that say nothing of what the model returns; a file for inference does not show them."""

OTHER_FUNCTIONS = {
    "relu": "tanh",
    "tanh": "relu",
    "sigmoid": "tanh",
    "relu6": "relu",
    "silu": "relu",
    "hard_silu": "silu",
    "leaky_relu": "relu",
    "elu": "relu",
    "gelu": "relu",
}
THREE = 3


@dataclass(frozen=True)
class Mutant:
    """A changed design.

    Attributes:
        change: what was done, in words.
        design: the result.
        steps: the steps of which something may be said; nothing may be said of others. None where the change is of the
            whole model.
        rules: for each change, names of the rules of which one must say it.
        trains: all that changed is how the model trains.
        folds: an exporter hides the change, since it folds a batch normalisation, or writes the ones and zeros of one
            that neither scales nor shifts as if they were weights.
    """

    change: str
    design: Design
    steps: frozenset[str] | None
    rules: tuple[frozenset[str], ...]
    trains: bool = False
    folds: bool = False


def mutants(design: Design) -> list[Mutant]:
    """Every single change that the design admits, and a sample of pairs of changes far from each other."""
    single = list(_single(design))
    return [*single, *_double(design, single)]


def _single(design: Design) -> Iterator[Mutant]:
    for step in design.steps:
        if step.of:
            yield _mutant(design, replace(step, of=""), "weights", "its own weights", step.of)
            continue
        for name, changed in _settings(step):
            yield _mutant(design, changed, f"another {name}")
        if "bias" in step.settings:
            yield _mutant(design, step.having(bias=not step.settings["bias"]), "bias")
        if step.op in {"conv", "dense", "norm", "conv_transpose", "lstm", "embedding", "attention", "layer_norm"}:
            yield _mutant(design, replace(step, frozen=True), "frozen")
        yield from _structural(design, step)
    yield from _interface(design)


def _mutant(design: Design, changed: Step, kind: str, words: str = "", *also: str) -> Mutant:
    users = design.consumers(changed.name)
    norms = [each.name for each in users if each.op == "norm"]
    near = norms if kind == "bias" else [each.name for each in users] if kind == "another sequences" else []
    folds = kind == "bias" and bool(norms)
    folds |= kind == "another affine" or (kind == "another epsilon" and _folded(design, changed))
    return Mutant(
        f"{changed.name}: {words or kind}",
        design.replaced(changed),
        frozenset({changed.name, *also, *near}),
        (rules,) if (rules := RULES.get(kind, STRUCTURE)) else (),
        trains=kind in TRAINING,
        folds=folds,
    )


FACTORS = {"epsilon": 10, "slope": 2, "alpha": 0.5, "rate": 0.5, "momentum": 0.9, "filters": 2, "heads": 2}
SUMMANDS = {"units": 3, "vocabulary": 5}
SWITCHES = ("approximate", "affine", "reset_after", "sequences", "both", "corners")
"""Settings that are multiplied, added to, and turned."""


def _folded(design: Design, step: Step) -> bool:
    """Whether exporters compute a layer into the one before."""
    makers = {design.step(each).op for each in step.inputs if each not in design.inputs}
    return step.op == "norm" and bool(makers & {"conv", "conv_transpose"})


def _settings(step: Step) -> Iterator[tuple[str, Step]]:
    """Other values of one setting, by its name."""
    known = step.settings
    for name in sorted(known.keys() & FACTORS):
        if name != "filters" or known.get("groups", 1) == 1:
            yield name, step.having(**{name: known[name] * FACTORS[name]})
    for name in sorted(known.keys() & SUMMANDS):
        yield name, step.having(**{name: known[name] + SUMMANDS[name]})
    for name in sorted(known.keys() & set(SWITCHES)):
        yield name, step.having(**{name: not known[name]})
    for (op, name), other in OTHERS.items():
        if step.op == op and known.get(name) in other:
            yield name, step.having(**{name: other[known[name]]})
    yield from _where_it_matters(step)


def _where_it_matters(step: Step) -> Iterator[tuple[str, Step]]:
    """Settings that mean something beside others only."""
    known = step.settings
    if step.op == "act":
        yield "function", replace(step, settings={"function": OTHER_FUNCTIONS[known["function"]]})
    if known.get("both"):
        yield "merge", step.having(merge="sum")
    if step.op == "conv":
        yield from _windows(step)
    if known.get("padding") and "counted" in known:
        yield "counted", step.having(counted=not known["counted"])


OTHERS: Mapping[tuple[str, str], Mapping[object, object]] = {
    ("pool", "kind"): {"max": "average", "average": "max"},
    ("global_pool", "kind"): {"max": "average", "average": "max"},
    ("pool", "size"): {2: 3, 3: 2},
    ("conv", "groups"): {1: 2},
    ("softmax", "axis"): {-1: 1},
    ("concat", "axis"): {"channels": "first"},
    ("up", "mode"): {"nearest": "bilinear", "bilinear": "nearest"},
    ("up", "factor"): {2: 4},
}
"""Settings that take other values, by the kind of step."""


def _windows(step: Step) -> Iterator[tuple[str, Step]]:
    known = step.settings
    before, after = known["padding"]
    if known["size"] == THREE:
        # Five by five over more pixels on each side gives the same size.
        wider = (before + known["dilation"], after + known["dilation"])
        yield "size", step.having(size=5, padding=wider)
        yield "dilation", step.having(dilation=known["dilation"] + 1, padding=(before + 1, after + 1))
    if known["border"] == "zeros" and before == after:
        yield ("border" if before else "empty border"), step.having(border="reflect")
    if known["stride"] > 1 and before:
        yield "padding", step.having(padding=(0, before + after))
    if known["stride"] == 1:
        yield "stride", step.having(stride=2)


def _structural(design: Design, step: Step) -> Iterator[Mutant]:
    """A layer taken out, put in twice, followed by another, exchanged with the next or for another kind, rewired."""
    fed = design.consumers(step.name)
    if step.op in {"act", "norm", "layer_norm", "group_norm", "dropout", "softmax"}:
        gone = _moved(f"{step.name}: removed", design.without(step.name), design, step)
        yield replace(gone, folds=_folded(design, step))
    if step.op in {"norm", "layer_norm", "dropout", "softmax"}:
        twice = design.followed(step.name, replace(step, name=f"{step.name}_twice"))
        found = _moved(f"{step.name}: twice", twice, design, step, f"{step.name}_twice")
        yield replace(found, folds=_folded(design, step))
    if step.op in {"dense", "conv", "conv_transpose"}:
        more = Step(f"{step.name}_more", "act", {"function": "tanh"})
        yield _moved(f"{step.name}: a tanh after it", design.followed(step.name, more), design, step, more.name)
    if step.op in {"norm", "layer_norm"} and len(fed) == 1 and fed[0].op == "act":
        yield _moved(f"{step.name}: exchanged with {fed[0].name}", _exchanged(design, step, fed[0]), design, step)
    for changed in _other_kinds(step):
        yield _moved(f"{step.name}: {changed.op} instead of {step.op}", design.replaced(changed), design, step)
    if step.op == "concat":
        turned = design.replaced(replace(step, inputs=tuple(reversed(step.inputs))))
        yield _moved(f"{step.name}: branches in another order", turned, design, step)
    if step.op == "add":
        for value in step.inputs:
            maker = None if value in design.inputs else design.step(value)
            if maker is not None and maker.op not in JOINS:
                around = design.rewired(value, maker.inputs[0], step.name)
                found = _moved(f"{step.name}: past {value}", around, design, step, value, *maker.inputs)
                yield replace(found, trains=maker.op == "dropout")


def _moved(change: str, changed: Design, design: Design, step: Step, *more: str) -> Mutant:
    """A change of structure may be told of the layers next to it."""
    near = {each.name for each in (*design.consumers(step.name), *changed.consumers(step.name))}
    near |= {each.name for name in more for each in changed.consumers(name)}
    near |= {name for name in step.inputs if name not in design.inputs}
    return Mutant(change, changed, frozenset({step.name, *more, *near}), (STRUCTURE,), trains=step.op == "dropout")


def _exchanged(design: Design, first: Step, second: Step) -> Design:
    """Two layers in a row in the other order."""
    without = design.without(first.name)
    return without.followed(second.name, first)


def _other_kinds(step: Step) -> Iterator[Step]:
    known = step.settings
    match step.op:
        case "norm":
            yield replace(step, op="group_norm", settings={"groups": 2, "epsilon": known["epsilon"]})
        case "lstm":
            yield replace(step, op="gru", settings={**known, "reset_after": True})
        case "gru":
            yield replace(step, op="lstm", settings={name: known[name] for name in known if name != "reset_after"})
        case "pool":
            window = {"size": known["size"], "stride": known["stride"], "padding": (0, 0), "border": "zeros"}
            yield replace(step, op="conv", settings={**window, "filters": 8, "dilation": 1, "groups": 1, "bias": False})
        case "add":
            yield replace(step, op="multiply")
        case "multiply":
            yield replace(step, op="add")


def _interface(design: Design) -> Iterator[Mutant]:
    """Other sizes of inputs, other outputs, other numbers."""
    for name, sizes in design.inputs.items():
        larger = {**design.inputs, name: (*(size + 4 for size in sizes[:-1]), sizes[-1])} if len(sizes) > 1 else None
        if larger is not None:
            yield Mutant(f"{name}: larger", replace(design, inputs=larger), None, (RULES["input"],))
    last = design.step(design.outputs[-1])
    if last.inputs[0] not in design.inputs:
        early = replace(
            design,
            outputs=(*design.outputs[:-1], last.inputs[0]),
            steps=tuple(each for each in design.steps if each is not last),
        )
        yield Mutant("another output", early, frozenset({last.name, last.inputs[0]}), (RULES["output"] | STRUCTURE,))
        more = replace(design, outputs=(*design.outputs, last.inputs[0]))
        yield Mutant("one more output", more, None, (RULES["output"],))
    yield Mutant("half precision", replace(design, dtype="float16"), None, (RULES["dtype"],))


def _double(design: Design, single: Sequence[Mutant], most: int = 12) -> Iterator[Mutant]:
    """Two changes of settings that do not touch each other."""
    changes = [
        (each, changed)
        for each in single
        if each.steps is not None
        and len(each.design.steps) == len(design.steps)
        and len(differing := _differing(design, each.design)) == 1
        for changed in differing
    ]
    pairs = [
        (one, other)
        for one, other in combinations(changes, 2)
        if not one[0].steps & other[0].steps and not {one[1].name, *one[1].inputs} & {other[1].name, *other[1].inputs}
    ]
    for (one, first), (other, second) in Random(len(pairs)).sample(pairs, min(most, len(pairs))):  # noqa: S311  no secret
        yield Mutant(
            f"{one.change}, {other.change}",
            design.replaced(first).replaced(second),
            one.steps | other.steps,
            (*one.rules, *other.rules),
            trains=one.trains or other.trains,
            folds=one.folds or other.folds,
        )


def _differing(design: Design, changed: Design) -> list[Step]:
    return [new for old, new in zip(design.steps, changed.steps, strict=True) if new != old]
