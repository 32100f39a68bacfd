"""Leaves a live module as it was found: mode, attributes, and the state of the random generators."""

import logging
import random
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
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


def _is_container(value: Any) -> bool:
    # Not their subclasses: some refuse to be changed.
    return type(value) in (dict, OrderedDict, list, set)
