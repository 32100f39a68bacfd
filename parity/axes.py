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


def sizes(layout: str, shape: tuple[int, ...]) -> dict[str, int]:
    """The size of each named axis.

    >>> sizes("in out", (3, 4))
    {'in': 3, 'out': 4}
    """
    return dict(zip(layout.split(), shape, strict=True))
