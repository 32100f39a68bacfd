"""Random models of each framework, evaluated: what comes out is what the framework gives, or the operator is named."""

from collections import Counter

import numpy as np
import pytest

from tests.evaluation.evaluated import distance, of_keras, of_onnx, of_torch

COUNTS = {"torch": 60, "onnx": 150, "keras": 25}
SHARE = {"torch": 0.9, "onnx": 0.7, "keras": 0.7}
"""So many of the models can be computed as a whole."""

CLOSE, HALF = 2e-5, 1e-2
"""Shares of the largest number: of models in single precision, and of those with numbers of half precision."""


def families():
    from differential.keras_family import KERAS
    from differential.onnx_family import ONNX
    from differential.torch_family import TORCH

    return {"torch": (TORCH, of_torch), "onnx": (ONNX, of_onnx), "keras": (KERAS, of_keras)}


def drawn(family, seed):
    """A program, its model, an input and what the framework makes of it; None where it takes none of these."""
    from differential.generating import random_program, samples
    from differential.programs import Refused, Unfit

    try:
        program = random_program(family, np.random.default_rng([20, seed]))
        model, feed = family.build(program), samples(program, 1)
        theirs = family.run(model, [feed])[0]
    except (Unfit, Refused):
        return None
    return None if isinstance(theirs, Refused) else (program, model, list(feed.values()), theirs)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", COUNTS)
def test_random_models_compute_what_their_framework_does(name, record_property):
    family, evaluate = families()[name]
    wrong, states, reasons = {}, Counter(), Counter()
    for seed in range(COUNTS[name]):
        found = drawn(family, seed)
        if found is None:
            continue
        program, model, inputs, theirs = found
        mine, gaps = evaluate(model, *inputs)
        close = HALF if "float16" in repr(program.nodes) or "'to': 10" in repr(program.nodes) else CLOSE
        pairs = [each for each in zip(mine, theirs, strict=True) if each[0] is not None]
        apart = [each for each in (distance(*pair) for pair in pairs) if each > close]
        if apart:
            wrong[seed] = (apart, [node.op for node in program.nodes])
        states["computed" if not gaps else "named"] += 1
        reasons.update(gap.reason for gap in gaps)

    record_property(f"figure: random models of {name} that are computed as a whole", states["computed"])
    assert wrong == {}
    assert not [reason for reason in reasons if "do not make sense" in reason]
    assert states["computed"] >= SHARE[name] * sum(states.values()), reasons
