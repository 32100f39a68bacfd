"""Each pattern finds its own formula however that is written, and what it puts there computes the same."""

import numpy as np
import pytest

from parity.evaluation import Tensors, run
from parity.passes.arithmetic.fuse_formulas import fuse_formulas, patterns
from parity.passes.canonical.eliminate_dead_code import eliminate_dead_code
from parity.patterns._polynomials import Number, Polynomial
from tests.patterns.spelling import NoFormula, spelled

WAYS = [(pattern, at) for pattern in patterns() for at in range(len(pattern.ways))]
SPELLINGS = 12

INPUT = np.concatenate([np.random.default_rng(1).normal(0, scale, (2, 5, 2)) for scale in (0.1, 1, 5, 20)], axis=-1)


def computed(graph, stored, given):
    found = run(graph, Tensors(stored), {"x.out": given})
    assert not found.gaps
    return next(iter(found.values.values()))


def agree(one, other):
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-8, atol=1e-8, equal_nan=True)


def names(pattern):
    return f"{pattern[0].name}-{pattern[1]}"


@pytest.mark.parametrize("way", WAYS, ids=names)
@pytest.mark.parametrize("seed", range(SPELLINGS))
def test_a_pattern_is_found_however_it_is_written_and_computes_the_same(way, seed):
    pattern, at = way
    graph, stored = spelled(pattern.ways[at], pattern.example, seed)
    positive = "rsqrt" in pattern.name
    given = np.abs(INPUT) + 0.1 if positive else INPUT
    expected = computed(graph, stored, given)

    made = eliminate_dead_code(fuse_formulas(graph))

    assert [layer.kind for layer in made.layers if layer.kind != "input"] != []
    assert len(made.layers) == 2, [(layer.kind, dict(layer.attributes)) for layer in made.layers]
    assert agree(computed(made, stored, given), expected)


def mutants(form, rng):
    """The form with one of its numbers or terms another."""
    for monomial, by in sorted(form.terms, key=repr):
        rest = frozenset(form.terms - {(monomial, by)})
        if not isinstance(by, Number):
            yield Polynomial(rest | {(monomial, by * rng.choice([0.9, 1.1, -1]))})
        if rest and monomial:
            yield Polynomial(rest)
        doubled = frozenset((atom, power * 2) for atom, power in monomial if power > 0)
        if doubled:
            yield Polynomial(rest | {(doubled, by)})


@pytest.mark.parametrize("way", WAYS, ids=names)
def test_what_is_nearly_a_pattern_still_computes_the_same(way):
    pattern, at = way
    rng = np.random.default_rng(5)
    tried = 0
    for seed, form in enumerate(mutants(pattern.ways[at], rng)):
        try:
            graph, stored = spelled(form, pattern.example, seed)
        except NoFormula:
            continue
        tried += 1
        made = fuse_formulas(graph)
        assert agree(computed(made, stored, INPUT), computed(graph, stored, INPUT)), form
    assert tried
