import io
import json
import subprocess
import sys
import zipfile

import pytest

from parity.adapters import read
from parity.adapters.torch._expressions import readable
from parity.errors import UnreadableModel
from parity.graph import Census, Evidence
from tests.adapters.torch_checks import check_contract, check_weights, nodes_of, row, shapes_of_calls
from tests.adapters.torch_models import Branching, Mixed, Repeated, Residual, Sized

pytestmark = [pytest.mark.filterwarnings(f"ignore::{each}") for each in ("UserWarning", "FutureWarning")]


@pytest.fixture(scope="module")
def save(tmp_path_factory):
    import torch

    def run(model, args, name="model", **options):
        path = tmp_path_factory.mktemp("archives") / f"{name}.pt2"
        torch.export.save(torch.export.export(model, args, **options), path)
        return path

    return run


@pytest.fixture(scope="module")
def mixed(save):
    import torch

    model = Mixed().eval()
    return model, read(save(model, (torch.randn(2, 1, 8, 8),)))


def rewritten(path, tmp_path, change):
    """The archive with another model.json."""
    target = tmp_path / "changed.pt2"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.infolist():
            data = old.read(member)
            if member.filename.endswith("models/model.json"):
                data = change(data)
            new.writestr(member.filename, data)
    return target


def test_contract_and_weights_of_a_mixed_model(mixed):
    model, graph = mixed
    check_contract(graph)
    check_weights(graph, model)
    assert graph.evidence is Evidence.GRAPH
    assert graph.producer.startswith("PyTorch 2.")
    assert graph.format == "torch-export"
    assert not graph.gaps


def test_types_and_output_shapes_are_those_of_the_hooks(mixed):
    import torch

    model, graph = mixed
    types = {name: type(module).__name__ for name, module in model.named_modules()}
    for name, shapes in shapes_of_calls(model, torch.randn(2, 1, 8, 8)).items():
        if name == "attention.out_proj":
            continue
        found = row(graph, name)
        assert found.type == types[name]
        assert [graph.values[output].shape for output in found.outputs] == shapes


def test_attention_owns_its_projection_and_gives_its_main_result(mixed):
    _, graph = mixed
    found = row(graph, "attention")
    assert "attention.out_proj.weight" in found.weights
    assert [graph.values[output].shape for output in found.outputs] == [(2, 3, 10)]
    assert {node.path.partition("/")[0] for node in nodes_of(graph, "attention")} == {"attention"}


def test_attention_that_returns_its_weights_too(save):
    import torch
    from torch import nn

    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(4, 2)

        def forward(self, x):
            return self.attention(x, x, x)

    graph = read(save(Both(), (torch.randn(5, 3, 4),)))
    assert [graph.values[output].shape for output in row(graph, "attention").outputs] == [(5, 3, 4)]
    assert [graph.values[output].shape for output in graph.outputs] == [(5, 3, 4), (3, 5, 5)]


def test_a_module_called_twice_is_one_row_and_two_nodes(mixed):
    _, graph = mixed
    assert [node.path for node in nodes_of(graph, "linear")] == ["linear", "linear@1"]
    assert len(row(graph, "linear").outputs) == 2


def test_each_module_uses_its_own_name_of_a_tied_weight(mixed):
    _, graph = mixed
    assert nodes_of(graph, "linear")[0].weights == {"weight": "linear.weight", "bias": "linear.bias"}
    assert nodes_of(graph, "tied")[0].weights == {"weight": "tied.weight"}


def test_rows_without_calls_say_why(mixed):
    _, graph = mixed
    assert row(graph, "unused").reason == "never called"
    assert "tied to those of linear" in row(graph, "again").reason
    assert row(graph, "token").type == "Parameter"
    assert row(graph, "offset").weights == ("offset",)
    assert graph.weights["offset"].census is Census.CONSTANT


def test_batch_norm_lists_its_counter_and_its_numbers(mixed):
    _, graph = mixed
    (node,) = nodes_of(graph, "bn")
    assert node.op == "batch_norm"
    assert set(node.weights) == {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"}
    assert node.attributes["eps"] == 1e-05
    assert node.attributes["training"] is False


def test_lstm_takes_its_weights_in_order(mixed):
    model, graph = mixed
    (node,) = [each for each in nodes_of(graph, "lstm") if each.op == "lstm"]
    names = [f"lstm.{name}" for name, _ in model.lstm.named_parameters()]
    assert [node.weights[f"params.{place}"] for place in range(8)] == names
    assert node.attributes["__overload__"] == "input"
    assert node.attributes["bidirectional"] is True
    assert list(node.inputs) == ["input", "hx.0", "hx.1"]


def test_outputs_of_dicts_and_tuples_in_order(mixed):
    _, graph = mixed
    assert [graph.values[each].shape for each in graph.outputs] == [(2, 3, 10), (2, 2, 5), (2, 4)]
    assert graph.input_names == ("image",)


def test_in_place_operators_are_followed(mixed):
    _, graph = mixed
    (mean,) = nodes_of(graph, "mean")
    assert mean.inputs["self"] == row(graph, "act").outputs[0]
    assert nodes_of(graph, "act")[0].op == "relu"


def test_a_reader_of_the_old_name_sees_what_was_written(save):
    import torch
    from torch import nn

    class Skip(nn.Module):
        def forward(self, x):
            x = x + 1
            return torch.relu_(x) * 2 + x

    graph = read(save(Skip(), (torch.randn(3),)))
    relu = next(node for node in graph.nodes if node.op == "relu")
    assert [node.inputs["self"] for node in graph.nodes if node.op == "mul"] == [relu.outputs[0]]
    assert graph.nodes[-1].inputs["other"] == relu.outputs[0]


def test_a_write_through_a_view_is_read_by_who_reads_the_whole(save):
    import torch
    from torch import nn

    class Masked(nn.Module):
        def forward(self, x):
            x = x + 1
            x[0] = 0
            return x * 2

    graph = read(save(Masked(), (torch.randn(3, 2),)))
    check_contract(graph)
    (written,) = (node for node in graph.nodes if node.op == "select_scatter")

    assert graph.gaps == ()
    assert graph.nodes[-1].inputs["self"] == written.outputs[0]


def test_training_mode_keeps_the_row_of_batch_norm(save):
    import torch

    model = Mixed().train()
    graph = read(save(model, (torch.randn(2, 1, 8, 8),)))
    check_contract(graph)
    (node,) = nodes_of(graph, "bn")
    assert node.attributes["training"] is True
    assert row(graph, "bn").outputs == node.outputs
    assert graph.values[node.outputs[0]].shape == (2, 4, 8, 8)


def test_blocks_called_twice(save):
    import torch

    model = Repeated().eval()
    graph = read(save(model, (torch.randn(2, 4),)))
    check_contract(graph)
    check_weights(graph, model)
    assert row(graph, "block").weights == ("block.scale",)
    assert row(graph, "block").type == "Residual"
    assert len(row(graph, "block.linear").outputs) == 2
    adds = [each for each in graph.layers if each.type == "add"]
    assert [each.path.partition("/")[0] for each in adds] == ["block", "block"]
    assert {each.path: each.type for each in graph.containers} == {"block": "Residual", "head": "Sequential"}


def test_symbolic_batch_and_blocks_without_gradient(save):
    import torch

    batch = torch.export.Dim("batch", min=2)
    graph = read(save(Sized().eval(), (torch.randn(3, 3, 8, 8),), dynamic_shapes=({0: batch},)))
    check_contract(graph)
    size = graph.values[graph.inputs[0]].shape[0]
    assert isinstance(size, str)
    assert graph.values[row(graph, "conv").outputs[0]].shape == (size, 4, 6, 6)
    (reshape,) = [node for node in graph.nodes if node.op == "reshape"]
    assert reshape.attributes["shape"] == (size, -1)
    assert row(graph, "frozen").outputs == ("linear",)
    assert len(graph.outputs) == 1
    assert not [node for node in graph.nodes if node.dialect != "aten"]


def test_a_model_that_is_one_layer(save):
    import torch

    graph = read(save(torch.nn.Linear(2, 3), (torch.randn(1, 2),)))
    assert [(each.path, each.weights) for each in graph.layers] == [("Linear", ("weight", "bias"))]
    assert graph.nodes[0].layer == "Linear"


def test_strict_export_and_decompositions(save, tmp_path):
    import torch

    model = Residual().eval()
    strict = read(save(model, (torch.randn(2, 4),), strict=True))
    check_contract(strict)
    assert row(strict, "linear").type == "Linear"
    path = tmp_path / "core.pt2"
    torch.export.save(torch.export.export(model, (torch.randn(2, 4),)).run_decompositions(), path)
    core = read(path)
    check_contract(core)
    check_weights(core, model)


def test_other_namespaces_are_opaque(save):
    import torch
    from torch import nn

    class Cond(nn.Module):
        def forward(self, x):
            return torch.cond(x.sum() > 0, lambda t: t + 1, lambda t: t - 1, (x,))

    graph = read(save(Cond(), (torch.randn(2),)))
    node = graph.nodes[-1]
    assert (node.dialect, node.op) == ("torch", "torch.ops.higher_order.cond")
    assert node.attributes["1"]["ops"] == ("torch.ops.aten.add.Tensor",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Symbol('s77', positive=True, integer=True)", "s77"),
        ("Mul(Integer(2), Symbol('s0', integer=True))", "2*s0"),
        ("Add(Symbol('s53', integer=True), Integer(-2))", "s53 - 2"),
        ("Mul(Integer(2), Add(Symbol('s0'), Integer(1)))", "2*(s0 + 1)"),
        ("FloorDiv(Symbol('s0'), Integer(2))", "(s0//2)"),
        ("s0 + 1", "s0 + 1"),
        ("Symbol(", "Symbol("),
    ],
)
def test_expressions(text, expected):
    assert readable(text) == expected


def test_reading_imports_no_framework(save):
    import torch

    path = save(Residual(), (torch.randn(2, 4),))
    code = (
        "import sys; from parity.adapters import read; read(sys.argv[1]); "
        "print(sorted({'torch', 'tensorflow', 'keras', 'h5py', 'onnx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def edited(change):
    """A change of the first operator after the linear one."""

    def run(data):
        document = json.loads(data)
        change(document["graph_module"]["graph"]["nodes"][1])
        return json.dumps(document).encode()

    return run


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda _: b"{", "is not readable JSON"),
        (lambda _: b"[" * 100_000, "is not readable JSON"),
        (lambda _: b"[]", "does not have the structure that torch.export writes"),
        (lambda _: b"{}", "KeyError: 'graph_module'"),
        (lambda data: data.replace(b'"as_int": 4}', b'"as_int": -4}'), "the size -4"),
        (edited(lambda node: node.update(inputs=[{"name": "self", "arg": {"as_tensor": {"name": "y"}}}])), "reads y"),
        (edited(lambda node: node.update(outputs=[{"as_tensor": {"name": "x"}}])), "appears twice"),
        (edited(lambda node: node.update(outputs=[1])), "AttributeError"),
        (edited(lambda node: node.update(inputs=None)), "TypeError"),
    ],
)
def test_broken_documents(save, tmp_path, change, message):
    import torch

    path = rewritten(save(Residual(), (torch.randn(2, 4),)), tmp_path, change)
    with pytest.raises(UnreadableModel) as caught:
        read(path)
    assert message in str(caught.value)


def test_truncated_and_foreign_files(save, tmp_path):
    import torch

    data = save(Residual(), (torch.randn(2, 4),)).read_bytes()
    for number, content in enumerate((data[:200], data[: len(data) // 2], b"hello", b"\0" * 50)):
        path = tmp_path / f"{number}.pt2"
        path.write_bytes(content)
        with pytest.raises(UnreadableModel):
            read(path)


def older(path, target, *, state=None, constants=None):
    """The archive as PyTorch 2.7 and older lay it out."""
    import torch

    with zipfile.ZipFile(path) as archive:
        document = json.loads(archive.read("model/models/model.json"))
    for node in document["graph_module"]["graph"]["nodes"]:
        del node["name"]
    del document["torch_version"]
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("serialized_exported_program.json", json.dumps(document))
        for name, tensors in (("serialized_state_dict.pt", state), ("serialized_constants.pt", constants)):
            data = io.BytesIO()
            if tensors is not None:
                torch.save(tensors, data)
            archive.writestr(name, data.getvalue())
        archive.writestr("version", "8.2")
    return target


def test_the_layout_of_older_archives(mixed, save, tmp_path):
    import torch

    model, new = mixed
    path = save(model, (torch.randn(2, 1, 8, 8),))
    constants = {"passing": model.passing, "offset": model.offset}
    old = read(older(path, tmp_path / "old.pt2", state=model.state_dict(), constants=constants))
    check_contract(old)
    check_weights(old, model)
    assert old.producer == "PyTorch, torch.export"
    assert {name: (each.shape, each.dtype, each.census) for name, each in old.weights.items()} == {
        name: (each.shape, each.dtype, each.census) for name, each in new.weights.items()
    }
    assert [(each.op, each.attributes) for each in old.nodes] == [(each.op, each.attributes) for each in new.nodes]
    assert not old.gaps
    assert all((old.store.read(name) == new.store.read(name)).all() for name in old.weights)


def test_an_older_archive_that_lacks_its_weights(save, tmp_path):
    import torch

    path = save(Mixed().eval(), (torch.randn(2, 1, 8, 8),))
    assert "which weights are tied" in read(older(path, tmp_path / "old.pt2")).gaps[0].reason


def test_an_older_archive_whose_weights_are_cut_off(save, tmp_path):
    import torch

    model = Residual()
    path = older(save(model, (torch.randn(2, 4),)), tmp_path / "old.pt2", state=model.state_dict())
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "cut.pt2", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data[:700] if name == "serialized_state_dict.pt" else data)
    with pytest.raises(UnreadableModel, match="broken"):
        read(tmp_path / "cut.pt2")


def test_archives_of_a_newer_schema(save, tmp_path):
    import torch

    def newer(change):
        def run(data):
            document = json.loads(data)
            document["schema_version"]["major"] = 9
            change(document["graph_module"]["graph"]["nodes"][0])
            return json.dumps(document).encode()

        return run

    path = save(Residual(), (torch.randn(2, 4),))
    graph = read(rewritten(path, tmp_path, newer(lambda node: node.update(unheard=["of"]))))
    check_contract(graph)
    assert "its schema 9 is newer than 8" in graph.gaps[0].reason
    with pytest.raises(UnreadableModel, match="its schema 9 is newer than 8"):
        read(rewritten(path, tmp_path, newer(lambda node: node.update(inputs="another layout"))))


def test_several_inputs_and_outputs_branches_and_sizes(save):
    import torch
    from torch import nn

    class Many(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(4, 4)

        def forward(self, x, more, flag=True):  # noqa: FBT002  a setting among the inputs
            def change(y):
                return self.linear(y)

            z = torch.cond(x.sum() > 0, change, lambda y: y - 1, (x,))
            return {"out": z + more["a"], "size": x.shape[0], "none": None, "list": [z * 2, (z, flag)]}

    batch = torch.export.Dim("batch", min=2)
    shapes = {"x": {0: batch}, "more": {"a": {0: batch}}}
    model, args = Many(), (torch.ones(3, 4), {"a": torch.ones(3, 4)})
    graph = read(save(model, args, dynamic_shapes=shapes))
    check_contract(graph)
    check_weights(graph, model)
    assert graph.input_names == ("x", "more_a")
    size = graph.values["x"].shape[0]
    assert isinstance(size, str)
    assert [graph.values[each].shape for each in graph.outputs] == [(size, 4)] * 3
    (branch,) = [each for each in graph.nodes if each.op == "torch.ops.higher_order.cond"]
    assert sorted(branch.weights.values()) == ["linear.bias", "linear.weight"]
    assert [branch.attributes[place]["ops"] for place in "12"] == [
        ("torch.ops.aten.linear.default",),
        ("torch.ops.aten.sub.Tensor",),
    ]


def test_several_programs_in_one_archive(save):
    import torch

    path = save(Residual(), (torch.randn(2, 4),))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("model/models/second.json", json.dumps({}))
    with pytest.raises(UnreadableModel, match="several programs"):
        read(path)


def test_data_dependent_models_cannot_be_saved_at_all():
    import torch

    with pytest.raises(Exception, match="data-dependent"):
        torch.export.export(Branching(), (torch.randn(3, 2),))
