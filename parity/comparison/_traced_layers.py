"""Which axis of what aligned layers give is which, and whether they work along the same axes of what they get."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import chain

from parity.comparison._traced import Rows
from parity.comparison._traced_moves import moved
from parity.comparison._traced_pair import Apart, Forms, Numbered, Operand, Pair, Traced
from parity.comparison._traced_roles import by_role, roles
from parity.comparison.attributes import equal
from parity.graph import Shape, Unknown
from parity.graph.origin import home
from parity.kinds import kind
from parity.rearrange import Form, rearranges, relaid

KEEPING = {
    *("activation", "batch_norm", "bucketize", "cast", "cumulate", "dropout", "elementwise", "gaussian_noise"),
    *("gradient_stop", "group_norm", "identity", "instance_norm", "keras_scaling", "layer_norm", "masking"),
    *("local_response_norm", "normalization", "prelu", "rescaling", "rms_norm", "unit_norm", "where"),
}
"""Kinds that give what has the axes of what they get."""

ANY_ORDER = {
    *("activation", "batch_norm", "dense", "elementwise", "layer_norm", "normalization", "prelu", "reduce"),
    *("rms_norm", "unit_norm"),
}
"""Kinds that take the elements along their axis in any order; weights are put in the same one."""

PLACED = {"attention": 3, "matmul": 2}
"""Kinds to which the last two axes mean something each, and how many of their inputs have these."""

ALONG = {"concat", "gather", "glu", "roll", "select", "slice", "sort"}
"""Kinds that do the same to all axes but those that they number."""


def traced(pair: Pair) -> Traced:
    """Follow the axes through two aligned layers."""
    first = pair.operands[0] if pair.operands else None
    if pair.left.kind != pair.right.kind or not pair.outputs:
        return pair.unknown()
    if pair.left.kind == "region":
        return _region(pair)
    if first is None:
        return pair.unknown() if pair.left.inputs or pair.right.inputs else pair.first(*pair.fresh())
    if rearranges(pair.left, flat=True) and rearranges(pair.right, flat=True):
        return moved(pair, first)
    special = SPECIAL.get(pair.left.kind)
    if special is not None:
        return special(pair, first)
    named = roles(pair.left, first[0]), roles(pair.right, first[1])
    return by_role(pair, first, (named[0], named[1])) if named[0] and named[1] else _by_place(pair)


AT_ENDS = {"pad": "amounts", "tile": "repeats"}
"""Kinds with a setting for each axis."""

UNTOUCHED = {(0, 0), 1}
"""Such settings that leave an axis as it is."""


def _along(pair: Pair, operand: Operand) -> Apart | None:
    """The axes that two layers number, where these are not the same ones."""
    mine, theirs = pair.numbered(pair.left, operand[0]), pair.numbered(pair.right, operand[1])
    if mine is None or theirs is None:
        return (
            None if mine is theirs or operand[2].lost or operand[2].extra else _unless_all(pair, operand, mine, theirs)
        )
    left, right = (tuple(chain.from_iterable(map(pair.axes.bare, each))) for each in (mine, theirs))
    free = pair.left.kind in ANY_ORDER and not str(pair.left.attributes.get("function")).startswith("arg")
    same = pair.axes.shuffled(left, right) if free or len(mine) > 1 else pair.axes.alike(left, right)
    return None if same else pair.said(mine, theirs)


def _unless_all(pair: Pair, operand: Operand, mine: Numbered, theirs: Numbered) -> Apart | None:
    """The axes that are reduced, where one side reduces all and the other does not."""
    left, right = operand[0] if mine is None else mine, operand[1] if theirs is None else theirs
    named, form = (theirs, operand[1]) if mine is None else (mine, operand[0])
    wide = [parts for parts in form if pair.axes.bare(parts)]
    return None if named is None or all(parts in named for parts in wide) else pair.said(left, right)


def _keeping(pair: Pair, first: Operand) -> Traced:
    """Kinds that join values axis by axis, from the last one on, and leave the axes as they are."""
    apart = next((found for each in pair.operands if each is not None and (found := _along(pair, each))), None)
    shapes = pair.shapes()
    if shapes[0] is None or shapes[1] is None:
        return pair.unknown(apart)
    known = [each for each in pair.operands if each is not None]
    apart = apart or _crossed(pair, known, (shapes[0], shapes[1]))
    mine = _joined(pair, [left for left, _, _ in known], shapes[0])
    theirs = _joined(pair, [right for _, right, _ in known], shapes[1])
    if apart is not None or None in pair.operands or mine is None or theirs is None:
        return pair.first(*pair.fresh(), apart) if apart is None and first[2].same else pair.unknown(apart)
    if pair.left.kind == "concat":
        return pair.first(*_concatenated(pair, known, mine, theirs))
    return pair.first(mine, theirs)


def _crossed(pair: Pair, operands: list[Operand], shapes: tuple[Shape, Shape]) -> Apart | None:
    """Axes that meet on one side and not on the other."""
    meeting: dict[int, tuple[int, Rows | None, Operand]] = {}
    for operand in operands:
        left, right, relation = operand
        offsets = len(shapes[0]) - len(left), len(shapes[1]) - len(right)
        for at, other in {**relation.exact, **relation.rows}.items():
            rows = pair.axes.rows(left[at], right[other]) if at in relation.rows else None
            found = meeting.setdefault(at + offsets[0], (other + offsets[1], rows, operand))
            if found[:2] != (other + offsets[1], rows):
                return pair.said([left[at]], [right[other]])
    places = [place for place, _, _ in meeting.values()]
    twice = next((place for place in places if places.count(place) > 1), None)
    if twice is None:
        return None
    at = next(at for at, (place, _, _) in meeting.items() if place == twice)
    left, right, _ = meeting[at][2]
    return pair.said([left[at - len(shapes[0])]], [right[twice - len(shapes[1])]])


def _joined(pair: Pair, forms: list[Form], shape: Shape) -> Form | None:
    """For each axis of a result that of the first value that has more than one element there."""
    if any(len(form) > len(shape) for form in forms):
        return None
    made = []
    for at in range(-len(shape), 0):
        here = [form[at] for form in forms if -at <= len(form)]
        made.append(next((parts for parts in here if pair.axes.bare(parts)), here[0] if here else ()))
    return tuple(made)


def _concatenated(pair: Pair, operands: list[Operand], mine: Form, theirs: Form) -> tuple[Form | None, Form | None]:
    """What has an axis of several values in a row; where one of them has its elements in another order, so has that."""
    places = [layer.attributes["axis"] % len(form) for layer, form in ((pair.left, mine), (pair.right, theirs))]
    sizes = [(shape or ())[place] for shape, place in zip(pair.shapes(), places, strict=True)]
    number = other = pair.new("concatenated axis", *sizes)
    if any(places[0] in relation.rows for _, _, relation in operands):
        other = pair.axes.shuffled_like(number)
    forms = []
    for form, place, size, each in zip((mine, theirs), places, sizes, (number, other), strict=True):
        forms.append((*form[:place], pair.axes.place(each, size), *form[place + 1 :]))
    return forms[0], forms[1]


def _dense(pair: Pair, first: Operand) -> Traced:
    """A product with a kernel along one axis, which becomes one of units."""
    apart = _along(pair, first)
    number = pair.new("units", pair.left.attributes.get("units"), pair.right.attributes.get("units"))
    forms = []
    for layer, form in ((pair.left, first[0]), (pair.right, first[1])):
        at = layer.attributes.get("axis", -1) % len(form)
        forms.append((*form[:at], pair.axes.place(number, layer.attributes.get("units")), *form[at + 1 :]))
    return pair.first(forms[0], forms[1], apart)


def _embedding(pair: Pair, first: Operand) -> Traced:
    """A row of features for each element."""
    shapes = pair.shapes()
    if shapes[0] is None or shapes[1] is None:
        return pair.unknown()
    sizes = shapes[0][-1], shapes[1][-1]
    number = pair.new("features", *sizes)
    mine, theirs = (
        (*form, pair.axes.place(number, size)) for form, size in zip((first[0], first[1]), sizes, strict=True)
    )
    return pair.first(mine, theirs)


def _reduce(pair: Pair, first: Operand) -> Traced:
    """Axes that become one element, or go."""
    forms = []
    for layer, form in ((pair.left, first[0]), (pair.right, first[1])):
        axes = layer.attributes["axes"]
        gone = set(range(len(form))) if axes is None else {axis % len(form) for axis in axes}
        keep = layer.attributes["keepdims"]
        forms.append(tuple(() if at in gone else parts for at, parts in enumerate(form) if keep or at not in gone))
    return pair.first(forms[0], forms[1], _along(pair, first))


def _placed(pair: Pair, first: Operand) -> Traced:
    """Products of matrices, which the last two axes make; those before them may be in any order."""
    for operand in pair.operands[: PLACED[pair.left.kind]]:
        if operand is None or min(len(operand[0]), len(operand[1])) < 2:  # rows and columns
            return pair.unknown()
        left, right, relation = operand
        for at in (-1, -2):
            bare = pair.axes.bare(left[at]), pair.axes.bare(right[at])
            if not pair.axes.alike(*bare):
                return pair.unknown(pair.said([left[at]], [right[at]]) if relation.complete else None)
    shapes, ranks = pair.shapes(), (len(first[0]), len(first[1]))
    if shapes[0] is None or shapes[1] is None or (len(shapes[0]), len(shapes[1])) != ranks:
        return pair.unknown()
    numbers = [pair.new(name, shapes[0][at], shapes[1][at]) for at, name in ((-2, "rows"), (-1, "columns"))]
    mine, theirs = (
        (*form[:-2], *(pair.axes.place(number, size) for number, size in zip(numbers, shape[-2:], strict=True)))
        for form, shape in ((first[0], shapes[0]), (first[1], shapes[1]))
    )
    return pair.first(mine, theirs)


def _by_place(pair: Pair) -> Traced:
    """Any other kind does the same where its values have their axes in one order, or has settings for those."""
    known = [each for each in pair.operands if each is not None]
    if len(known) < len(pair.operands):
        return pair.unknown()
    alone = known[0] if len(known) == 1 else None
    if alone is not None and pair.left.kind in ALONG and (apart := _along(pair, alone)):
        return pair.unknown(apart)
    if all(_in_place(each) for each in known):
        return Traced(tuple(pair.fresh(at) for at in range(pair.outputs)))
    if alone is None or len(alone[0]) != len(alone[1]):
        return pair.unknown()
    return _relaid(pair, alone) if alone[2].complete else pair.unknown(_cut(pair, alone))


def _in_place(operand: Operand) -> bool:
    """Whether both sides have the same axes at the same places; those of one element fill the others."""
    left, right, relation = operand
    return relation.same and len(left) == len(right) and all(at == other for at, other in relation.exact.items())


def _cut(pair: Pair, operand: Operand) -> Apart | None:
    """An axis at whose ends both layers do something, where its elements do not come in one order."""
    left, right, _ = operand
    for at, setting in enumerate(pair.left.attributes.get(AT_ENDS.get(pair.left.kind, ""), ())):
        if setting not in UNTOUCHED and not pair.axes.alike(pair.axes.bare(left[at]), pair.axes.bare(right[at])):
            return pair.said([left[at]], [right[at]])
    return None


FIXED = Unknown(
    "how it is with its axes in another order is not known", "transpose before it, or give it the other side's axis"
)


def _relaid(pair: Pair, operand: Operand) -> Traced:
    """A layer whose settings are by axis, as it is with its axes in the order of the other side."""
    left, right, relation = operand
    order = _order(relation.exact, left, right)
    other = relaid(pair.graphs[0], pair.left, order, frozenset((*pair.left.inputs, *pair.left.outputs)))
    if other is None:
        # Frameworks have some axes in another order, and what is not supported is open anyway.
        told = home(pair.graphs[0]) is not home(pair.graphs[1]) or pair.left.kind == "opaque"
        return pair.unknown() if told else replace(pair.unknown(pair.said(left, right)), unknown=FIXED)
    for name in kind(pair.left.kind).attributes:
        mine, turned, theirs = (each.attributes.get(name) for each in (pair.left, other, pair.right))
        if not equal(mine, turned) and not equal(turned, theirs) and equal(mine, theirs):
            return pair.unknown(pair.said(left, right))
    shapes = pair.shapes()
    if shapes[0] is None or shapes[1] is None or len(shapes[0]) != len(order) or len(shapes[1]) != len(order):
        return pair.unknown()
    back = {at: place for place, at in enumerate(order)}
    numbers = [pair.new(f"axis {at}", shapes[0][at], shapes[1][back[at]]) for at in range(len(order))]
    return pair.first(pair.axes.whole(numbers, shapes[0]), pair.axes.whole([numbers[at] for at in order], shapes[1]))


def _region(pair: Pair) -> Traced:
    """Parts that compute the same where each axis that enters them is the one that it was computed with."""
    if pair.left.attributes["twins"] != pair.right.attributes["twins"]:
        return pair.unknown()
    for operand, form in zip(pair.operands, pair.left.attributes["forms"], strict=False):
        if operand is None:
            continue
        left, right, relation = operand
        places = {at: place for place, at in enumerate(form)}
        if not relation.complete or any(places.get(at) != place for at, place in relation.exact.items()):
            return pair.unknown(pair.said(left, right))
    if None in pair.operands:
        return pair.unknown()
    return Traced(tuple(_turned(pair, at, form) for at, form in enumerate(pair.left.attributes["ends"])))


def _turned(pair: Pair, at: int, form: tuple[int, ...]) -> Forms:
    """An output whose axes are the same ones, in an order that is known."""
    left, right = pair.shapes(at)
    if left is None or right is None or len(left) != len(right) or len(form) != len(left):
        return None, None
    places = {axis: place for place, axis in enumerate(form)}
    numbers = [pair.new(f"axis {axis}", left[axis], right[places[axis]]) for axis in range(len(left))]
    return pair.axes.whole(numbers, left), pair.axes.whole([numbers[axis] for axis in form], right)


def _order(exact: dict[int, int], left: Form, right: Form) -> tuple[int, ...]:
    """For each right axis its left one; those of one element take the places that are left."""
    back = {other: at for at, other in exact.items()}
    rest = iter([at for at in range(len(left)) if at not in exact])
    return tuple(back[at] if at in back else next(rest) for at in range(len(right)))


SPECIAL: Mapping[str, Callable[[Pair, Operand], Traced]] = {
    **dict.fromkeys((*KEEPING, "concat"), _keeping),
    **dict.fromkeys(PLACED, _placed),
    "dense": _dense,
    "embedding": _embedding,
    "reduce": _reduce,
}
