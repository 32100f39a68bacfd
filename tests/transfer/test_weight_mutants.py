"""One changed tensor, or two, in a model that holds the weights of another: found, diagnosed, and no other accused."""

import numpy as np
import pytest

from parity.adapters import read
from parity.check import examine
from parity.comparison import compare
from parity.policy import NOTHING
from parity.transfer import State, compare_weights, plan
from tests.mutants.files import WRITERS
from tests.mutants.networks import NETWORKS
from tests.mutants.weights import mutants

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

PAIRS = (("keras", "pt2"), ("pt2", "keras"), ("keras", "h5"), ("pt2", "tensors"), ("module", "pt2"))
TURNS = 3
"""Pairs of formats for each design, in turn."""

RIGHT = 0.95


class Stored:
    """The numbers of a model with others in their place; those that nobody has put there are its own."""

    def __init__(self, arrays, store):
        self.arrays, self.store = arrays, store

    def read(self, name):
        return self.arrays[name] if name in self.arrays else self.store.read(name)

    def has_stretches(self, name):
        return name not in self.arrays and self.store.has_stretches(name)


def numbers(source, seed):
    """Numbers for all tensors of a source that are all different; variances are positive."""
    random = np.random.default_rng(seed)
    return {
        name: (random.random(weight.shape) * 0.9 + 0.05 + seed).astype(weight.dtype)
        if weight.dtype.startswith("float")
        else source.store.read(name)
        for name, weight in source.weights.items()
        if not weight.pieces
    }


@pytest.mark.parametrize("name", [name for at, name in enumerate(NETWORKS) if name != "two_towers"])
def test_a_changed_tensor_is_found_and_told_and_no_other_is_accused(name, tmp_path, record_property):
    files = {
        form: WRITERS[form](NETWORKS[name](), tmp_path / form) for form in ("keras", "pt2", "h5", "module", "tensors")
    }
    tried, wrong = 0, []
    turn = [*NETWORKS].index(name)
    for at in range(TURNS):
        left, right = PAIRS[(turn + at) % len(PAIRS)]
        _, view = examine(str(files[left]), str(files[right]), (None, None), profile=None, map=None, policy=NOTHING)
        sources = read(str(files[left])), read(str(files[right]))
        planned = plan(compare(view.left, view.right, view.alignment), *sources)
        given = Stored(numbers(sources[0], 0), sources[0].store)
        carried = {e.name: e.value.array(given.read) for e in planned.entries if e.value is not None}
        base = compare_weights(planned.matched, given, Stored(carried, sources[1].store), 1e-5)
        assert {each.state for each in base} <= {State.SAME, State.ROUNDED}
        for mutant in mutants(list(view.right.layers), carried, at):
            found = compare_weights(planned.matched, given, Stored(carried | mutant.arrays, sources[1].store), 1e-5)
            worse = {(each.layers[1].path, each.role): each for each in found if each.state is State.DIFFERENT}
            tried += 1
            assert roles(worse) == roles(mutant.touched), mutant.change
            if not all(each.diagnosis.cause in mutant.causes for each in worse.values()):
                wrong.append((mutant.change, [each.diagnosis.words for each in worse.values()]))
    record_property("figure: weight mutants tried", tried)
    record_property("figure: weight mutants with another diagnosis", len(wrong))

    assert tried > 50
    assert len(wrong) <= (1 - RIGHT) * tried, wrong


def roles(found):
    """Layers and roles; of two biases that are added it does not matter which has changed."""
    return {(path, role.removeprefix("recurrent_") if role == "recurrent_bias" else role) for path, role in found}
