"""What holds for every graph of a PyTorch model, whatever it was read from."""

from itertools import product

from parity.graph import Census

PARAMETERS = (Census.TRAINABLE, Census.FROZEN)
SAVED = (*PARAMETERS, Census.STATE)


def check_contract(graph):
    owned = [name for row in graph.layers for name in row.weights]
    rows = [row.path for row in graph.layers]
    nodes = [node.path for node in graph.nodes]
    assert sorted(owned) == sorted(graph.weights)
    assert len(set(rows)) == len(rows)
    assert len(set(nodes)) == len(nodes)
    made = set(graph.inputs)
    for node in graph.nodes:
        assert set(node.inputs.values()) <= made
        assert set(node.weights.values()) <= set(graph.weights)
        assert node.layer in rows
        assert made.isdisjoint(node.outputs)
        made.update(node.outputs)
    assert made == set(graph.values) or set(graph.outputs) <= set(graph.values)
    for row in graph.layers:
        assert set(row.outputs) <= made
        assert row.outputs or row.reason


def check_weights(graph, model):
    """Names, shapes, classes and ties are those that PyTorch tells."""
    parameters = dict(model.named_parameters(remove_duplicate=False))
    buffers = dict(model.named_buffers(remove_duplicate=False))
    saved = model.state_dict()
    found = {name: each for name, each in graph.weights.items() if each.census is not Census.CONSTANT}
    assert set(found) == set(parameters) | set(buffers)
    for name, tensor in {**parameters, **buffers}.items():
        weight = found[name]
        assert (weight.shape, f"torch.{weight.dtype}") == (tuple(tensor.shape), str(tensor.dtype))
        assert not weight.presumed
        if name in parameters:
            assert weight.census is (Census.TRAINABLE if tensor.requires_grad else Census.FROZEN)
        else:
            assert weight.census is (Census.STATE if name in saved else Census.NONPERSISTENT)
    for (left, one), (right, other) in product(parameters.items(), repeat=2):
        assert (found[left].storage == found[right].storage) is (one is other)
    storages = {each.storage: each.numel for each in found.values() if each.census in PARAMETERS}
    assert sum(storages.values()) == sum(each.numel() for each in model.parameters())


def row(graph, path):
    return next(each for each in graph.layers if each.path == path)


def nodes_of(graph, path):
    return [each for each in graph.nodes if each.layer == path]


def shapes_of_calls(model, *args, leaves=True, **kwargs):
    """The output shapes of every call of every module, as hooks see them; of modules without children by default.

    Modules that give something else than a tensor, or a tuple that begins with one, are left out.
    """
    import torch

    found = {}

    def hook(name):
        def note(_module, _args, output):
            first = output[0] if isinstance(output, tuple) and output else output
            found.setdefault(name, []).append(tuple(first.shape) if torch.is_tensor(first) else None)

        return note

    names = {module: name for name, module in model.named_modules() if not leaves or not [*module.children()]}
    handles = [module.register_forward_hook(hook(name)) for module, name in names.items()]
    with torch.no_grad():
        model(*args, **kwargs)
    for handle in handles:
        handle.remove()
    return {name: shapes for name, shapes in found.items() if None not in shapes}
