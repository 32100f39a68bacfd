"""Leaves a live module as it was found: mode, attributes, and the state of the random generators."""

import logging
import random
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import fields, is_dataclass
from functools import wraps
from io import StringIO
from typing import Any

import numpy as np


@contextmanager
def evaluating(model: Any, *, training: bool = False) -> Iterator[None]:
    """Put every submodule in evaluation mode, or in training mode, and everything back as it was, also after an error.

    The flags are set directly: ``train()`` and ``eval()`` are often overridden. What a forward pass leaves in
    attributes (caches, the flat weights of a recurrent layer) is taken out again.
    """
    import torch

    modules = list(model.modules())
    attributes = [(module, dict(vars(module))) for module in modules]
    contents = [(value, value.copy()) for _, held in attributes for value in held.values() if _is_container(value)]
    disabled, state, numbers = logging.root.manager.disable, random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        # The tracer prints the graph of a module that it refuses.
        with redirect_stderr(StringIO()), torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            logging.disable(logging.CRITICAL)
            for module in modules:
                vars(module)["training"] = training
            yield
    finally:
        logging.disable(disabled)
        random.setstate(state)
        np.random.set_state(numbers)  # noqa: NPY002
        for module, held in attributes:
            vars(module).clear()
            vars(module).update(held)
        for container, content in contents:
            container.clear()
            container.extend(content) if isinstance(container, list) else container.update(content)


@contextmanager
def giving_tensors(model: Any, others: list[str]) -> Iterator[None]:
    """Have a module give what a program can tell of its outputs, where that is anything at all.

    Objects of classes that PyTorch does not look into, such as caches, become None, and ``others`` gets the names by
    which callers take them; a data class becomes a dict of its fields. ``evaluating``, inside which this stands, puts
    the module's own ``forward`` back.
    """
    import torch
    from torch.utils._pytree import keystr, tree_flatten_with_path, tree_map, tree_unflatten

    plain = (torch.Tensor, torch.SymInt, torch.SymFloat, torch.SymBool, bool, int, float, str, type(None))
    forward = model.forward

    @wraps(forward)
    def call(*args: Any, **kwargs: Any) -> Any:
        given = forward(*args, **kwargs)
        leaves, structure = tree_flatten_with_path(tree_map(_fields, given))
        closed = [not isinstance(leaf, plain) for _, leaf in leaves]
        if not any(isinstance(leaf, torch.Tensor) for _, leaf in leaves):
            return given
        others.extend(keystr(path).strip("[].'") for (path, _), shut in zip(leaves, closed, strict=True) if shut)
        return tree_unflatten(
            (None if shut else leaf for (_, leaf), shut in zip(leaves, closed, strict=True)), structure
        )

    vars(model)["forward"] = call
    yield


def _fields(value: Any) -> Any:
    """The fields of a data class that PyTorch does not look into."""
    if not is_dataclass(value) or isinstance(value, type):
        return value
    return {each.name: _fields(getattr(value, each.name)) for each in fields(value)}


def _is_container(value: Any) -> bool:
    # Not their subclasses: some refuse to be changed.
    return type(value) in (dict, OrderedDict, list, set)
