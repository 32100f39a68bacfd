"""x + sin(frequency * x)^2 / frequency, written out, is one layer."""

from dataclasses import replace

from parity.extending import Layer, LayerGraph, Note, Pass, Undone, rewrite


def recompose_snake(graph: LayerGraph) -> LayerGraph:
    """Put a sum together with the four operators that only it needs."""
    replaced, dropped = {}, set()
    for layer in graph.layers:
        found = _parts(graph, layer)
        if found is None:
            continue
        value, frequency, parts = found
        sources = tuple(dict.fromkeys(name for each in (*parts, layer) for name in each.sources))
        note = Note(Undone.DECOMPOSED, f"{layer.source} is the end of a snake that is written out")
        made = replace(layer, kind="snake", attributes={"frequency": frequency}, inputs=(value,), sources=sources)
        replaced[layer.path] = replace(made, notes=(*layer.notes, note))
        dropped |= {each.path for each in parts}
    return rewrite(graph, replaced=replaced, dropped=dropped)


def _parts(graph: LayerGraph, layer: Layer) -> tuple[str, float, list[Layer]] | None:
    """What goes into a snake that ends with a layer, its frequency, and the other layers of it."""
    if len(layer.inputs) != 2 or not _is(layer, "add"):
        return None
    value, wave = layer.inputs
    steps = []
    for function in ("multiply", "multiply", "sin", "multiply"):
        maker = graph.producers.get(wave)
        if maker is None or not _is(maker, function) or len(set(maker.inputs)) != 1 or wave in graph.outputs:
            return None
        if {each.path for each in graph.consumers[wave]} != {(steps[-1] if steps else layer).path}:
            return None
        steps.append(maker)
        wave = maker.inputs[0]
    inverse, square, _, scaled = steps
    frequency = scaled.attributes.get("operand")
    fits = wave == value and len(square.inputs) == 2 and isinstance(frequency, float)
    return (value, frequency, steps) if fits and inverse.attributes.get("operand") == 1 / frequency else None


def _is(layer: Layer, function: str) -> bool:
    return layer.kind == "elementwise" and layer.attributes.get("function") == function and not layer.weights


PASS = Pass("arithmetic", recompose_snake)
