"""By which names callers give a program its inputs and take its outputs: the keys of dicts, and fields of data classes.

What is given or taken by its place has no name: a module that returns a tuple says nothing of what is in it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Spec = Mapping[str, Any]
"""A tree as ``torch.utils._pytree`` describes it: ``type`` (None for a leaf), ``context`` and ``children_spec``."""

MOST_LEVELS = 64


def written(text: str) -> Spec | None:
    """The tree that an archive tells as text; None where it tells none."""
    found = json.loads(text) if text else None
    return found[1] if isinstance(found, list) and len(found) > 1 else None


def live(spec: Any) -> Spec:
    """The tree of a live ``TreeSpec``."""
    inside = spec.children() if hasattr(spec, "children") else spec.children_specs  # older releases have no method
    children = [live(each) for each in inside]
    return {"type": None if spec.type is None else "node", "context": spec.context, "children_spec": children}


def names_of_inputs(spec: Spec | None, are_tensors: Sequence[bool]) -> tuple[str, ...]:
    """The names of the tensors that a program takes, of which each has one; () where some are given by their place.

    Args:
        spec: of the arguments by place and those by name.
        are_tensors: for each leaf whether it is a tensor.
    """
    groups: Sequence[Spec] = spec["children_spec"] if spec is not None else []
    if len(groups) != 2:  # by place, by name
        return ()
    return _named([*_leaves(groups[0], ""), *_leaves(groups[1], "")], are_tensors)


def names_of_outputs(spec: Spec | None, are_tensors: Sequence[bool]) -> tuple[str, ...]:
    """The names of the tensors that a program gives, of which each has one; () where some are taken by their place.

    Args:
        spec: of what is returned.
        are_tensors: for each leaf whether it is a tensor.
    """
    return _named([*_leaves(spec, "")], are_tensors) if spec is not None else ()


def _named(names: Sequence[str], are_tensors: Sequence[bool]) -> tuple[str, ...]:
    if len(names) != len(are_tensors):
        return ()
    found = tuple(name for name, is_tensor in zip(names, are_tensors, strict=True) if is_tensor)
    return found if all(found) and len(set(found)) == len(found) else ()


def _leaves(spec: Spec, name: str, depth: int = 0) -> Iterator[str]:
    """For each leaf the keys on the way to it; places count behind a key only."""
    if depth > MOST_LEVELS:
        raise ValueError(f"arguments in more than {MOST_LEVELS} levels")
    if spec["type"] is None:
        yield name
        return
    children = spec["children_spec"]
    keys = _keys(spec["context"], len(children)) or [str(at) if name else "" for at in range(len(children))]
    for key, each in zip(keys, children, strict=True):
        yield from _leaves(each, f"{name}.{key}" if name else key, depth + 1)


def _keys(context: Any, count: int) -> list[str] | None:
    """The keys of a dict, or the fields of a data class, which has those that are None beside them."""
    found = json.loads(context) if isinstance(context, str) and context[:1] in {"[", "n"} else context
    if isinstance(found, list) and len(found) == 2 and isinstance(found[0], list):  # fields, those of None
        found = found[0]
    is_keys = isinstance(found, list) and len(found) == count and all(isinstance(each, str) for each in found)
    return list(found) if is_keys else None
