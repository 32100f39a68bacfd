"""Writes a normal form out as the layers of a graph, in one of the many ways in which exporters and people do."""

from dataclasses import dataclass, field, replace

import numpy as np

from parity.graph import Value
from parity.patterns._polynomials import ONE, Leaf, Number, Polynomial, Power, Setting, Stored
from tests.builders import graph, layer, weight

SHAPE = (2, 5, 8)

ACTIVATIONS = {"exp", "hard_sigmoid", "relu", "relu6", "sigmoid", "softplus", "tanh"}
"""Functions that are of the kind activation; the others are element-wise."""

REDUCTIONS = {"logsumexp", "max", "mean", "sum"}


class NoFormula(Exception):
    """Nothing in it is a value that a layer could work on."""


@dataclass
class Spelling:
    """A graph in the making.

    Attributes:
        chosen: draws the way in which each part is written.
        example: the numbers and settings that the form leaves open.
    """

    chosen: np.random.Generator
    example: dict
    layers: list = field(default_factory=lambda: [layer("x", "input")])
    shapes: dict = field(default_factory=lambda: {"x": SHAPE})
    stored: dict = field(default_factory=dict)

    def either(self, *ways):
        return ways[self.chosen.integers(len(ways))]

    def shuffled(self, found):
        found = sorted(found, key=repr)
        self.chosen.shuffle(found)
        return found

    def layer(self, kind, *inputs, shape=None, weights=(), **attributes):
        path = f"l{len(self.layers)}"
        self.layers.append(layer(path, kind, inputs, weights=weights, **attributes))
        stored = [each.shape for each in weights]
        self.shapes[path] = shape or np.broadcast_shapes(*(self.shapes[each] for each in inputs), *stored)
        return path

    def function(self, name, *inputs, **attributes):
        return self.layer("elementwise", *inputs, function=name, **attributes)

    def number(self, told):
        return self.example.get(told.name, 0.5) if isinstance(told, Number) else told

    def tensor(self, role):
        if role not in self.stored:
            self.stored[role] = weight(role, SHAPE[-1:], "operand")
        return {"weights": (self.stored[role],), "operand_axis": -1, "operand_shapes": (SHAPE[-1:],)}

    def sum(self, of):
        terms = [(monomial, self.number(by)) for monomial, by in self.shuffled(of.terms)]
        terms = [term for term in terms if term[1] or term[0] != ONE]
        if self.chosen.random() < 0.5 and (common := self.common(terms)):
            rest = frozenset((monomial - {(common, 1)}, by) for monomial, by in terms)
            return self.function("multiply", *self.shuffled((self.atom(common), self.sum(Polynomial(rest)))))
        terms.sort(key=lambda term: term[0] == ONE or all(isinstance(atom, Stored) for atom, _ in term[0]))
        (first, by), *rest = terms
        made = self.term(first, by)
        for monomial, factor in rest:
            made = self.plus(made, monomial, factor)
        return made

    def common(self, terms):
        """An atom that is a factor of every one of several terms."""
        values = [
            {atom for atom, power in monomial if power == 1 and not isinstance(atom, Stored)} for monomial, _ in terms
        ]
        found = self.shuffled(set.intersection(*values)) if len(values) > 1 else []
        return found[0] if found else None

    def plus(self, made, monomial, by):
        if monomial == ONE:
            return self.function("add", made, operand=by)
        if len(monomial) == 1 and by == 1 and isinstance(tensor := next(iter(monomial))[0], Stored):
            return self.function("add", made, **self.tensor(tensor.name))
        if by < 0 and self.chosen.random() < 0.7:
            other = self.term(monomial, -by)
            if self.chosen.random() < 0.5:
                return self.function("subtract", made, other)
            return self.function("add", made, self.function("negative", other))
        other = self.term(monomial, by)
        return self.function("add", *self.either((made, other), (other, made)))

    def term(self, monomial, by):
        factors = self.shuffled(monomial)
        factors.sort(key=lambda each: (isinstance(each[0], Stored), each[1] < 0))
        made = None
        if not factors or factors[0][1] < 0:
            (atom, power), *factors = factors or [(None, 0)]
            if atom is None or isinstance(atom, Stored):
                raise NoFormula
            made = self.reciprocal(self.atom(atom), power, by)
            by = 1.0
        for atom, power in factors:
            made = self.times(made, atom, power)
        if by == 1:
            return made
        if by == -1 and self.chosen.random() < 0.5:
            return self.function("negative", made)
        return self.function("multiply", made, operand=by)

    def reciprocal(self, base, power, by):
        """The inverse of a power, times a number."""
        if power != -1:
            raise NoFormula
        if by == 1 and self.chosen.random() < 0.5:
            return self.function("reciprocal", base)
        return self.function("divide", base, operand=by, operand_first=True)

    def times(self, made, atom, power):
        if isinstance(atom, Stored):
            if made is None:
                raise NoFormula
            return self.function("multiply", made, **self.tensor(atom.name))
        if power < 0:
            return self.divided(made, atom, power)
        base = self.atom(atom)
        if power > 1 and self.chosen.random() < 0.5:
            base, power = self.function("power", base, operand=float(power)), 1
        for _ in range(power):
            made = base if made is None else self.function("multiply", *self.either((made, base), (base, made)))
        return made

    def divided(self, made, atom, power):
        if power != -1:
            raise NoFormula
        if isinstance(atom, Power) and atom.exponent == 0.5 and self.chosen.random() < 0.7:
            base = self.sum(atom.base)
            inverse = self.either(
                lambda: self.function("rsqrt", base),
                lambda: self.function("reciprocal", self.function("sqrt", base)),
                lambda: self.function("power", base, operand=-0.5),
            )()
            return self.function("multiply", *self.either((made, inverse), (inverse, made)))
        return self.function("divide", made, self.atom(atom))

    def atom(self, of):
        if isinstance(of, Leaf):
            return of.name
        if isinstance(of, Power):
            base = self.sum(of.base)
            if of.exponent == 1:
                return base
            return (
                self.function("sqrt", base) if of.exponent == 0.5 else self.function("power", base, operand=of.exponent)
            )
        return self.call(of)

    def call(self, of):
        settings = self.example.get(of.settings.name, {}) if isinstance(of.settings, Setting) else dict(of.settings)
        settings = {
            n: self.example.get(v.name, (len(SHAPE) - 1,)) if isinstance(v, Setting) else v for n, v in settings.items()
        }
        if of.function in REDUCTIONS:
            made = self.sum(of.operands[0])
            shape = tuple(1 if at in settings["axes"] else size for at, size in enumerate(self.shapes[made]))
            return self.layer("reduce", made, shape=shape, function=of.function, axes=settings["axes"], keepdims=True)
        if of.function == "where":
            return self.layer("where", *map(self.sum, of.operands))
        constants = [next(iter(each.terms)) for each in of.operands if {m for m, _ in each.terms} == {ONE}]
        values = [each for each in of.operands if {m for m, _ in each.terms} != {ONE}]
        more = {"operand": self.number(constants[0][1])} if constants else {}
        if of.function in ACTIVATIONS:
            return self.layer("activation", *map(self.sum, values), function=of.function, **settings)
        return self.function(of.function, *map(self.sum, values), **more)


def spelled(form, example, seed):
    """A graph that computes a normal form of its input, and arrays for what it has stored."""
    chosen = np.random.default_rng(seed)
    spelling = Spelling(chosen, example)
    last = spelling.sum(form)
    layers = spelling.layers
    found = graph(*layers, shapes=spelling.shapes, outputs=(f"{last}.out",))
    values = {name: Value(value.shape, "float32") for name, value in found.values.items()}
    for each in layers:
        if each.attributes.get("function") == "greater":
            values[each.outputs[0]] = Value(SHAPE, "bool")
    stored = {each.name: np.random.default_rng(seed).uniform(0.5, 1.5, each.shape) for each in spelling.stored.values()}
    return replace(found, values=values), stored
