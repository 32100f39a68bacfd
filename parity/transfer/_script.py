"""A plan as a Python script: from Keras to PyTorch, and back."""

from collections.abc import Sequence

from parity.errors import UsageError
from parity.graph import Framework, SourceGraph
from parity.transfer._code import code
from parity.transfer._plan import Entry, Plan

HEAD = '''\
"""Carry the weights of one model over into another one.

Written by parity. Each line says what one tensor of the target is, in terms of the tensors of the source.
"""

# from {left!r}
# into {right!r}

import numpy as np
{imports}

def convert(weights):
    """The tensors of the target by name, made of those of the source by name, all of them numpy arrays."""
    return {{
{lines}
    }}

'''

FROM_KERAS = '''
def variable(model, path):
    """The variable of a Keras model that a path names: layers by name, parts of them by attribute, then a number."""
    *names, number = path.split("/")
    found = model
    for name in names:
        layers = {layer.name: layer for layer in getattr(found, "layers", ())}
        found = layers.get(name) or getattr(found, name, None) or getattr(found, "_" + name)
    return (found._trainable_variables + found._non_trainable_variables)[int(number)]

'''

READ_KERAS = '''
def read(model):
    """The tensors of the source by name."""
    return {name: np.asarray(variable(model, name)) for name in SOURCE}

'''

READ_TORCH = '''
def read(model):
    """The tensors of the source by name."""
    stored = model.state_dict()
    return {name: stored[name].detach().cpu().numpy() for name in SOURCE}

'''

WRITE_KERAS = '''
def write(model, weights):
    """Assign the tensors to the target."""
    for name, array in weights.items():
        variable(model, name).assign(array)

'''

WRITE_TORCH = '''
def write(model, weights):
    """Copy the tensors into the target; those that are not among them stay as they are."""
    state = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in weights.items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected, unexpected

'''

TAIL = '''
def port(source, target):
    """Carry the weights of a model over into another one, in place."""
    write(target, convert(read(source)))
'''


def script(plan: Plan, left: SourceGraph, right: SourceGraph) -> str:
    """A script with the functions ``convert`` (arrays by name) and ``port`` (models).

    Args:
        plan: of both models.
        left: the source.
        right: the target.

    Raises:
        UsageError: a side is neither of Keras nor of PyTorch.
    """
    for side in (left, right):
        if side.framework not in {Framework.KERAS, Framework.TORCH}:
            cause = "scripts can be written for Keras and PyTorch models only"
            raise UsageError(f"cannot write a script for {side.source!r}", cause, remedy="write a file with -o")
    entries = [entry for entry in plan.entries if entry.value is not None]
    names = dict.fromkeys(name for entry in entries if entry.value is not None for name in entry.value.names())
    frameworks = {left.framework, right.framework}
    imports = "import torch\n" if right.framework is Framework.TORCH else ""
    head = HEAD.format(left=left.source, right=right.source, imports=imports, lines=_lines(entries, plan))
    source = "SOURCE = [\n" + "".join(f"    {name!r},\n" for name in names) + "]\n\n"
    return "".join(
        (
            head,
            "\n" + source,
            FROM_KERAS if Framework.KERAS in frameworks else "",
            READ_KERAS if left.framework is Framework.KERAS else READ_TORCH,
            WRITE_KERAS if right.framework is Framework.KERAS else WRITE_TORCH,
            TAIL,
        )
    )


def _lines(entries: Sequence[Entry], plan: Plan) -> str:
    lines = []
    for entry in entries:
        lines += [f"        # not known: {entry.guess!r}"] if entry.guess else []
        lines += [f"        {entry.name!r}: {code(entry.value)},"] if entry.value is not None else []
    # What a stranger's file names must not end the comment.
    lines += [f"        # {entry.name!r} stays as it is: {entry.reason!r}" for entry in plan.missing]
    return "\n".join(lines)
