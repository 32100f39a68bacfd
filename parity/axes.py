"""Axis names as strings, and the permutation between two of them.

A layout is a string of names, ``"kh kw in out"``. An axis that merges others is written with stars, outermost
first: ``"gate*units in"``. ``spatial`` stands for as many axes as the rank leaves.
"""

from parity.errors import ParityError

SPATIAL = {1: ("kw",), 2: ("kh", "kw"), 3: ("kd", "kh", "kw")}


def expand(layout: str, rank: int) -> str:
    """Replace ``spatial`` by the axes that a tensor of this rank has there.

    >>> expand("out in spatial", 4)
    'out in kh kw'

    Raises:
        ParityError: the layout cannot have this rank.
    """
    names = layout.split()
    if "spatial" in names:
        count = rank - len(names) + 1
        if count not in SPATIAL:
            raise ParityError(f"cannot name the axes of a rank-{rank} tensor", f"the layout is {layout!r}")
        at = names.index("spatial")
        names[at : at + 1] = SPATIAL[count]
    if len(names) != rank:
        raise ParityError(f"cannot name the axes of a rank-{rank} tensor", f"the layout is {layout!r}")
    return " ".join(names)


def permutation(source: str, target: str) -> tuple[int, ...]:
    """The axes of ``source`` in the order of ``target``, as ``numpy.transpose`` takes them.

    >>> permutation("kh kw in out", "out in kh kw")
    (3, 2, 0, 1)

    Raises:
        ParityError: the two do not name the same axes; both are quoted.
    """
    names, wanted = source.split(), target.split()
    if sorted(names) != sorted(wanted) or len(set(names)) != len(names):
        raise ParityError("cannot permute axes", f"{source!r} and {target!r} do not name the same axes")
    return tuple(names.index(each) for each in wanted)


def rearrangement(
    source: str, shape: tuple[int, ...], target: str, wanted: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """How a tensor with one layout becomes that with another: reshaped, transposed, and reshaped to the wanted shape.

    >>> rearrangement("kh kw group multiplier", (3, 3, 32, 1), "group*multiplier in kh kw", (32, 1, 3, 3))
    ((3, 3, 32, 1), (2, 3, 0, 1))

    Returns:
        The shape before and the order of the transposition; None where that cannot be told.
    """
    sized = {**sizes(source, shape), **sizes(target, wanted)}
    first, second = (
        (source.split(), target.split()) if {*source.split()} == {*target.split()} else _parts(source, target)
    )
    common = [name for name in first if name in second]
    if len({*first}) < len(first) or len({*second}) < len(second) or any(name not in sized for name in common):
        return None
    if any(sized.get(name) != 1 for name in {*first} ^ {*second}):
        return None
    return tuple(sized[name] for name in common), tuple(common.index(name) for name in second if name in common)


def moves(source: str, shape: tuple[int, ...], target: str, wanted: tuple[int, ...]) -> tuple[str, ...]:
    """The calls that make of a tensor with one layout that with another; none where that cannot be told.

    >>> moves("kh kw in out", (3, 3, 8, 16), "out in kh kw", (16, 8, 3, 3))
    ('transpose(3, 2, 0, 1)',)
    >>> moves("kh kw group multiplier", (3, 3, 32, 1), "group*multiplier in kh kw", (32, 1, 3, 3))
    ('transpose(2, 3, 0, 1)', 'reshape(32, 1, 3, 3)')
    """
    steps = rearrangement(source, shape, target, wanted)
    if steps is None:
        return ()
    apart, order = steps
    turned = tuple(apart[at] for at in order)
    found = [f"reshape{apart}"] if apart != shape else []
    found += [f"transpose{order}"] if list(order) != sorted(order) else []
    return (*found, f"reshape{wanted}") if turned != wanted else tuple(found)


def _parts(*layouts: str) -> tuple[list[str], ...]:
    """The axes of layouts, merged ones taken apart."""
    return tuple([part for axis in layout.split() for part in axis.split("*")] for layout in layouts)


def sizes(layout: str, shape: tuple[int, ...]) -> dict[str, int]:
    """The size of each named axis.

    >>> sizes("in out", (3, 4))
    {'in': 3, 'out': 4}
    """
    return dict(zip(layout.split(), shape, strict=True))
