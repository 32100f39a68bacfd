"""Writes through views: a part of a tensor that is changed in place, as a new tensor that differs in this part.

A program of ``torch.export`` that was not decomposed has ``x[a:b].fill_(1)`` as a view and an operator on it, of which
whoever reads ``x``, or another view of it, later sees the result. Here every tensor is made once: after a write the
tensor that the view is of is made anew, by ATen's ``slice_scatter`` and the like, and a view that is read after a write
to its tensor is taken again. ``torch.func.functionalize`` does the same to a program that can be run.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from parity.adapters.torch._program import Op, Ref, Tensor

VIEWS = frozenset(
    {
        *("alias", "as_strided", "chunk", "detach", "diagonal", "expand", "flatten", "movedim", "narrow", "permute"),
        *("reshape", "select", "slice", "split", "squeeze", "swapaxes", "t", "transpose", "unbind", "unflatten"),
        *("unfold", "unsqueeze", "view", "view_as"),
    }
)
"""Operators whose output shares memory with their first input."""

MAY_COPY = frozenset({"flatten", "reshape"})
"""Those whose output does so or not, by how the memory is laid out, which a program does not tell."""

CUTS = frozenset({"select", "slice"})
"""Those of which ATen has the opposite under the same settings."""

SAME = frozenset({"alias", "detach"})
SHAPED = frozenset({"squeeze", "unflatten", "unsqueeze", "view", "view_as"})
TURNED = frozenset({"swapaxes", "t", "transpose"})
"""Those that are undone by doing them again."""

ATEN = "torch.ops.aten"


@dataclass
class Views:
    """What shares memory with what, while a program is gone through in order.

    Attributes:
        now: what a name stands for at this place.
        tensors: what is known of each.
        made: each view by name, with the name of its operator, and the operator.
        first: what a tensor that was made anew was called at first.
    """

    now: Callable[[str], str]
    tensors: dict[str, Tensor]
    made: dict[str, tuple[str, Op]] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)

    def note(self, name: str, op: Op) -> None:
        """Remember what an operator of this name gives, if that is a view."""
        if name in VIEWS and _source(op) is not None:
            self.made.update(dict.fromkeys(op.outputs, (name, op)))

    def rewritten(self, op: Op, part: str) -> Iterator[tuple[str, Op]]:
        """Each tensor that a changed view is of, from the inside, with the operator that makes it anew.

        What was written is a view of that from here on.

        Args:
            op: what changes the view.
            part: the view.
        """
        value = op.outputs[0]
        while part in self.made:
            name, cut = self.made[part]
            whole = _source(cut) or part
            made = self._fresh(f"{op.name}_in", whole)
            yield whole, replace(self._undone(name, cut, whole, value), name=made, outputs=(made,), stack=op.stack)
            outputs = tuple(value if each == part else each for each in cut.outputs)
            self.made[value] = name, replace(cut, arguments={**cut.arguments, "self": Ref(made)}, outputs=outputs)
            part, value = whole, made

    def taken_again(self, name: str) -> Iterator[tuple[tuple[str, ...], Op]]:
        """What a view is to be read from after a write to what it is of: old names, and the operator for new ones.

        Nothing where there was none.
        """
        if name not in self.made:
            return
        kind, op = self.made[name]
        source = self.now(_source(op) or name)
        for old, again in self.taken_again(source):
            yield old, again
            source = again.outputs[old.index(source)] if source in old else source
        if source == _source(op):
            return
        target = f"{ATEN}.{kind}_after_write.default" if kind in MAY_COPY else op.target
        outputs = tuple(self._fresh("again", each) for each in op.outputs)
        arguments = {**op.arguments, "self": Ref(source)}
        again = replace(op, name=outputs[0], target=target, arguments=arguments, outputs=outputs)
        self.note(kind, again)
        yield op.outputs, again

    def _fresh(self, how: str, name: str) -> str:
        """A name for a tensor that is made anew; it stays readable after many writes."""
        first, number = self.first.get(name, name), 0
        while (made := f"{how}_{first}{f'_{number}' if number else ''}") in self.first:
            number += 1
        self.first[made] = first
        return made

    def _undone(self, name: str, cut: Op, whole: str, value: str) -> Op:
        """What puts a changed view back into what it is of; an operator that nobody knows where ATen has none."""
        rest = {key: each for key, each in cut.arguments.items() if key != "self"}
        shape = self.tensors[whole].shape if whole in self.tensors else None
        both = {"self": Ref(whole), "src": Ref(value)}
        target, arguments = f"{name}_scatter.default" if name in CUTS else f"{name}_write.default", {**both, **rest}
        if name in SAME:
            target, arguments = f"{name}.default", {"self": Ref(value)}
        elif name in TURNED:
            target, arguments = cut.target.removeprefix(f"{ATEN}."), {"self": Ref(value), **rest}
        elif name in SHAPED and shape is not None and all(isinstance(size, int) for size in shape):
            target, arguments = "view.default", {"self": Ref(value), "size": tuple(shape)}
        elif name == "permute" and isinstance(order := rest.get("dims"), tuple):
            rank = len(order)
            back = sorted(range(rank), key=lambda at: order[at] % rank)
            target, arguments = "permute.default", {"self": Ref(value), "dims": tuple(back)}
        return Op("", f"{ATEN}.{target}", arguments, ())


def _source(op: Op) -> str | None:
    """The tensor that a view is one of."""
    found = op.arguments.get("self")
    return found.name if isinstance(found, Ref) else None
