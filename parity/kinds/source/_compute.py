"""What is made of settings alone."""

import numpy as np

from parity.kinds._given import Array, Given, Uncomputable, array


def constant(given: Given) -> tuple[Array, ...]:
    """The numbers that the layer holds."""
    return (array(given.attributes["numbers"]).reshape(given.attributes["size"]),)


def fill(given: Given) -> tuple[Array, ...]:
    """A repeated number."""
    if given.attributes["value"] is None:
        raise Uncomputable("the contents of uninitialised memory are not known")
    size = given.size()
    given.makes(*size)
    return (np.full(size, given.attributes["value"]),)


def numbers(given: Given) -> tuple[Array, ...]:
    """Numbers in equal steps."""
    told = [given.attributes[name] for name in ("start", "stop", "step")]
    start, stop, step = told
    if not isinstance(start, float) or not isinstance(step, float):
        raise Uncomputable("the model computes its ends while it runs")
    count = max(0, int(-((stop - start) // -step))) if isinstance(stop, float) else given.size()[0]
    given.makes(count)
    return (start + step * np.arange(count),)
