"""Hypothesis strategies for layer graphs."""

from dataclasses import replace

from hypothesis import strategies as st

from tests.builders import activation, add, dense, graph, layer

WIDTH = 4


@st.composite
def graphs(draw, most=14):
    """Graphs of dense layers, activations and additions over several inputs, with branches, joins and twins."""
    layers = [layer(f"x{at}", "input") for at in range(draw(st.integers(1, 2)))]
    for at in range(draw(st.integers(1, most))):
        sources = [each.path for each in layers]
        first = draw(st.sampled_from(sources[-5:]))
        what = draw(st.sampled_from(("dense", "relu", "tanh", "add")))
        if what == "dense":
            layers.append(dense(f"n{at}", first, WIDTH, WIDTH, bias=draw(st.booleans())))
        elif what == "add":
            layers.append(add(f"n{at}", first, draw(st.sampled_from(sources))))
        else:
            layers.append(activation(f"n{at}", first, what))
    return graph(*layers)


@st.composite
def reordered(draw, found):
    """The same graph with its layers in another order in which producers still come before consumers."""
    rest, done, order = list(found.layers), set(), []
    while rest:
        ready = [each for each in rest if all(value in done for value in each.inputs)]
        chosen = draw(st.sampled_from(ready))
        order.append(chosen)
        done.update(chosen.outputs)
        rest.remove(chosen)
    return replace(found, layers=tuple(order))
