"""Tiny graphs for tests: a layer a line."""

from dataclasses import replace

from parity.graph import Census, Evidence, Framework, Layer, LayerGraph, Value, Weight


def weight(name, shape, role="kernel", axes="", census=Census.TRAINABLE, storage=""):
    return Weight(name, shape, "float32", census, storage or name, role=role, axes=axes)


def layer(path, kind, inputs=(), *, weights=(), outputs=None, **attributes):
    made = (f"{path}.out",) if outputs is None else outputs
    return Layer(path, kind, attributes, tuple(weights), tuple(f"{name}.out" for name in inputs), made, (path,), kind)


def dense(path, source, rows, units, *, bias=True):
    weights = [weight(f"{path}/kernel", (rows, units), "kernel", "in out")]
    if bias:
        weights.append(weight(f"{path}/bias", (units,), "bias", "out"))
    return layer(path, "dense", (source,), weights=weights, units=units)


def activation(path, source, function="relu"):
    return layer(path, "activation", (source,), function=function)


def add(path, *sources):
    return layer(path, "elementwise", sources, function="add")


def graph(*layers, shapes=None, outputs=None, framework=Framework.KERAS, evidence=Evidence.GRAPH, **fields):
    """A graph whose first layers of kind ``input`` are its inputs and whose unused values are its outputs."""
    used = {value for each in layers for value in each.inputs}
    made = [value for each in layers for value in each.outputs]
    values = {value: Value(None, reason="not given") for value in made}
    values |= {f"{name}.out": Value(shape) for name, shape in (shapes or {}).items()}
    weights = {each.storage: each for found in layers for each in found.weights}
    return LayerGraph(
        framework,
        evidence,
        tuple(layers),
        values,
        tuple(weights.values()),
        tuple(found.outputs[0] for found in layers if found.kind == "input"),
        tuple(value for value in made if value not in used) if outputs is None else outputs,
        **fields,
    )


def chain(*kinds):
    """An input and dense layers or activations in a row; a number is a dense layer of so many units."""
    layers, rows = [layer("x", "input")], 8
    for at, each in enumerate(kinds):
        before = layers[-1].path
        if isinstance(each, int):
            layers.append(dense(f"d{at}", before, rows, each))
            rows = each
        else:
            layers.append(activation(f"a{at}", before, each))
    return graph(*layers)


def without(found, path):
    """The graph without a layer, its input wired through."""
    gone = next(each for each in found.layers if each.path == path)
    layers = tuple(
        replace(
            each,
            inputs=tuple(gone.inputs[0] if value in gone.outputs else value for value in each.inputs),
        )
        for each in found.layers
        if each.path != path
    )
    outputs = tuple(gone.inputs[0] if value in gone.outputs else value for value in found.outputs)
    return replace(found, layers=layers, outputs=outputs)


def renamed(found, prefix="z"):
    """The same graph under other names."""

    def name(text):
        return f"{prefix}{text[::-1]}"

    layers = tuple(
        replace(
            each,
            path=name(each.path),
            sources=tuple(name(source) for source in each.sources),
            inputs=tuple(name(value) for value in each.inputs),
            outputs=tuple(name(value) for value in each.outputs),
            weights=tuple(replace(one, name=name(one.name), storage=name(one.storage)) for one in each.weights),
        )
        for each in found.layers
    )
    return replace(
        found,
        layers=layers,
        values={name(value): made for value, made in found.values.items()},
        weights=tuple(replace(one, name=name(one.name), storage=name(one.storage)) for one in found.weights),
        inputs=tuple(name(value) for value in found.inputs),
        outputs=tuple(name(value) for value in found.outputs),
    )
