import warnings
from collections import OrderedDict

import numpy as np
import pytest
import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same

from parity.adapters import read
from parity.errors import UnreadableModel
from parity.graph import Census, Evidence
from tests.adapters.torch_checks import check_contract, row
from tests.adapters.torch_models import Mixed
from tests.adapters.torch_tar import save_tar

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
LAYOUTS = {
    "zip": {},
    "zip, protocol 4": {"pickle_protocol": 4},
    "stream": {"_use_new_zipfile_serialization": False},
    "tar": None,
}


@pytest.fixture
def saved(tmp_path):
    def run(value, layout="zip", name="model.pt"):
        path = tmp_path / name
        save_tar(value, path) if layout == "tar" else torch.save(value, path, **LAYOUTS[layout])
        return path

    return run


def refusal(path):
    with pytest.raises(UnreadableModel) as caught:
        read(path)
    return str(caught.value)


def check_tensors(graph, expected):
    """Names, shapes, types and ties are those of the tensors."""
    check_contract(graph)
    assert [*graph.weights] == [*expected]
    for name, tensor in expected.items():
        weight = graph.weights[name]
        assert (weight.shape, f"torch.{weight.dtype}") == (tuple(tensor.shape), str(tensor.dtype))
        for other, twin in expected.items():
            tied = tensor.data_ptr() == twin.data_ptr() and tensor.shape == twin.shape
            assert (weight.storage == graph.weights[other].storage) is tied


@pytest.mark.parametrize("layout", LAYOUTS)
def test_tensors_are_those_of_the_state_dict(saved, layout):
    state = Mixed().state_dict()
    graph = read(saved(state, layout))
    check_tensors(graph, state)
    assert graph.evidence is Evidence.TENSORS
    assert graph.producer == "PyTorch, state_dict"
    assert [gap.where for gap in graph.gaps] == ["wiring"]


def test_a_row_and_a_node_for_each_module_in_the_order_of_the_file(saved):
    model = Mixed()
    graph = read(saved(model.state_dict()))
    owners = dict.fromkeys(name.rpartition(".")[0] or name for name in model.state_dict())
    del owners["attention.out_proj"]
    assert [each.path for each in graph.layers] == [*owners] == [node.path for node in graph.nodes]
    assert {(node.dialect, node.op) for node in graph.nodes} == {("torch.weights", "")}
    slots = {node.path: [*node.weights] for node in graph.nodes}
    assert slots["bn"] == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    assert slots["attention"] == ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"]
    assert slots["token"] == ["token"]
    assert row(graph, "token").type == "Parameter"


def test_a_model_that_is_one_layer(saved):
    graph = read(saved(nn.Linear(2, 3).state_dict()))
    assert [(each.path, each.weights) for each in graph.layers] == [("Module", ("weight", "bias"))]


def test_out_proj_is_a_layer_of_its_own_where_no_attention_is_certain(saved):
    state = {"a.q_proj.weight": torch.zeros(4, 4), "a.out_proj.weight": torch.zeros(4, 4)}
    odd = {"b.in_proj_weight": torch.zeros(5, 4), "b.out_proj.weight": torch.zeros(4, 4)}  # Mamba's is no attention
    graph = read(saved({**state, **odd}))
    assert [each.path for each in graph.layers] == ["a.q_proj", "a.out_proj", "b", "b.out_proj"]


@pytest.mark.parametrize(
    "build",
    [
        lambda: nn.MultiheadAttention(6, 2, kdim=4, vdim=5),
        lambda: nn.TransformerEncoderLayer(4, 2, 8),
        lambda: nn.utils.parametrizations.weight_norm(nn.Linear(3, 4)),
        lambda: nn.utils.parametrizations.spectral_norm(nn.Conv2d(3, 4, 3)),
    ],
)
def test_trainable_and_buffers_are_presumed_as_torch_has_them(saved, build):
    model = nn.Sequential(OrderedDict(inner=build(), norm=nn.BatchNorm1d(3)))
    graph = read(saved(model.state_dict()))
    parameters = {name for name, _ in model.named_parameters()}
    trainable = {name for name, each in graph.weights.items() if each.census is Census.TRAINABLE}
    assert trainable == parameters
    assert {each.presumed for each in graph.weights.values() if each.census is Census.TRAINABLE} == {True}
    assert {each.census for name, each in graph.weights.items() if name not in parameters} == {Census.STATE}


def test_a_parametrized_layer_is_one_row(saved):
    model = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(3, 4)), nn.Linear(4, 2))
    graph = read(saved(model.state_dict()))
    assert [each.path for each in graph.layers] == ["0", "1"]
    assert sorted(graph.nodes[0].weights) == [
        "bias",
        "parametrizations.weight.original0",
        "parametrizations.weight.original1",
    ]


def test_parameters_that_say_whether_they_are_frozen(saved):
    model = Mixed()
    graph = read(saved(model.state_dict(keep_vars=True)))
    for name, parameter in model.named_parameters(remove_duplicate=False):
        assert graph.weights[name].census is (Census.TRAINABLE if parameter.requires_grad else Census.FROZEN)
        assert not graph.weights[name].presumed


def test_integers_that_may_be_parameters_are_of_no_class(saved):
    state = {"a.weight": torch.zeros(2, dtype=torch.int8), "a.position_ids": torch.zeros(2, dtype=torch.int64)}
    found = read(saved(state)).weights
    assert [each.census for each in found.values()] == [Census.UNKNOWN, Census.STATE]


def optimised(model):
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.randn(2, 3)).sum().backward()
    optimizer.step()
    return optimizer.state_dict()


def checkpoints():
    """Ways to keep a state_dict among other things, and what must be said of the part that is taken."""
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    state, more = model.state_dict(), {"epoch": 3, "optimizer": optimised(model), "best": 0.5}
    other = {name: each + 1 for name, each in state.items()}
    return state, {
        "state_dict": ({**more, "state_dict": state}, "state_dict was taken"),
        "model": ({**more, "model": state}, "model was taken"),
        "model_state_dict": ({"model_state_dict": state, **more}, "model_state_dict was taken"),
        "ema": ({**more, "ema": state}, "ema was taken"),
        "ema beside model": ({"ema": other, "model": state}, "model was taken (it holds ema too)"),
        "under another name": ({"student": state, **more}, "student was taken"),
        "twice nested": ({"model": {"state_dict": state, "ema": other}}, "model.state_dict was taken"),
        "module.": ({f"module.{name}": each for name, each in state.items()}, "without the prefix module."),
        "_orig_mod.": ({f"_orig_mod.{name}": each for name, each in state.items()}, "without the prefix _orig_mod."),
        "model.": ({"state_dict": {f"model.{name}": each for name, each in state.items()}}, "the prefix model."),
        "all": (
            {"state_dict": {f"module._orig_mod.model.{name}": each for name, each in state.items()}},
            "state_dict was taken, names without the prefix _orig_mod. and module. and model.",
        ),
        "optimizer of another name": ({"opt": optimised(model), "net": state}, "net was taken"),
        "own class of dict": ({"model": OrderedDict(state), "args": {"lr": 0.1}}, "model was taken"),
    }


@pytest.mark.parametrize("name", checkpoints()[1])
@pytest.mark.parametrize("layout", ["zip", "stream"])
def test_checkpoints(saved, name, layout):
    torch.manual_seed(0)
    state, found = checkpoints()
    value, said = found[name]
    graph = read(saved(value, layout))
    assert {key: each.shape for key, each in graph.weights.items()} == {
        key: tuple(each.shape) for key, each in state.items()
    }
    assert said in graph.producer


def test_several_parts_are_one_model(saved):
    graph = read(saved({"encoder": nn.Linear(2, 3).state_dict(), "decoder": nn.Linear(3, 2).state_dict()}))
    assert [each.path for each in graph.layers] == ["encoder", "decoder"]


@pytest.mark.parametrize("key", ["model", "ema"])
def test_a_module_in_a_checkpoint_is_read_as_one(saved, key):
    model = Mixed()
    graph = read(saved({"epoch": 1, key: model, "state": model.state_dict()}))
    assert graph.evidence is Evidence.TREE
    assert set(graph.weights) == {name for name, _ in model.named_parameters(remove_duplicate=False)} | {
        name for name, _ in model.named_buffers(remove_duplicate=False)
    }
    assert f"{key} was taken" in graph.producer


def kinds_of_tensors():
    types = ("float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu", "uint16", "uint32", "uint64", "complex32", "bfloat16")
    warnings.simplefilter("ignore")
    return {
        **{name: torch.zeros(4, dtype=torch.uint8).to(getattr(torch, name)) for name in types if "e8m0" not in name},
        "float8_e8m0fnu": torch.zeros(4, dtype=torch.uint8).view(torch.float8_e8m0fnu),
        "complex128": torch.zeros(2, 2, dtype=torch.complex128),
        "per tensor": torch.quantize_per_tensor(torch.zeros(3, 4), 0.1, 0, torch.qint8),
        "per channel": torch.quantize_per_channel(torch.zeros(2, 3), torch.ones(2), torch.zeros(2), 0, torch.quint8),
        "coo": torch.eye(3).to_sparse(),
        "csr": torch.eye(4).to_sparse_csr(),
        "bsc": torch.eye(4).to_sparse_bsc((2, 2)),
        "broadcast": torch.zeros(3, 1).expand(3, 5),
        "view": torch.zeros(10)[2:5],
        "turned": torch.zeros(2, 3).T,
        "scalar": torch.tensor(1.0),
        "nothing": torch.zeros(0, 3),
        "meta": torch.zeros(2, 3, device="meta"),
    }


@pytest.mark.parametrize("layout", ["zip", "zip, protocol 4", "stream"])
def test_every_kind_of_tensor(saved, layout):
    expected = kinds_of_tensors()
    graph = read(saved(expected, layout))
    found = {name: (each.shape, f"torch.{each.dtype}", each.numel) for name, each in graph.weights.items()}
    assert found == {name: (tuple(each.shape), str(each.dtype), each.numel()) for name, each in expected.items()}


@pytest.mark.parametrize("layout", ["zip", "zip, protocol 4", "stream"])
def test_numpy_arrays(saved, layout):
    arrays = {f"a.{code}": np.zeros((2, 3), code) for code in ("f2", "f4", "f8", ">i4", "i8", "u1", "c8", "?")}
    arrays["b.weight"] = np.asfortranarray(np.zeros((3, 4), "f4"))
    found = read(saved(arrays, layout)).weights
    assert {name: (each.shape, each.dtype) for name, each in found.items()} == {
        name: (each.shape, each.dtype.name) for name, each in arrays.items()
    }


def test_quantised_modules_keep_their_tensors(saved):
    state = {"fc.scale": torch.tensor(1.0), "fc._packed": (kinds_of_tensors()["per tensor"], None), "fc.dtype": 3}
    graph = read(saved(state))
    assert [*graph.weights] == ["fc.scale", "fc._packed.0"]
    assert graph.weights["fc._packed.0"].dtype == "qint8"
    assert len(graph.gaps) == 1


def test_what_is_no_tensor_is_a_gap(saved):
    graph = read(saved({"a.weight": torch.zeros(2), "a.thing": nn.modules.module._IncompatibleKeys([], [])}))
    assert [gap.where for gap in graph.gaps] == ["wiring", "a.thing"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_elements_that_are_cut_off(saved, layout, tmp_path):
    path = saved({"a.weight": torch.randn(100, 100)}, layout)
    whole = path.read_bytes()
    short = tmp_path / "short.pt"
    for length in (len(whole) // 2, len(whole) - len(whole) // 4, 300, 20):
        short.write_bytes(whole[:length])
        assert "short.pt" in refusal(short)


class View:
    """A tensor as a pickle may describe it, whether it can be or not."""

    def __init__(self, offset, size, stride):
        self.given = (offset, size, stride)

    def __reduce__(self):
        return torch._utils._rebuild_tensor_v2, (torch.zeros(6).storage(), *self.given, False, OrderedDict())


@pytest.mark.parametrize("layout", ["zip", "stream"])
@pytest.mark.parametrize(
    ("offset", "size", "stride", "said"),
    [
        (0, (7,), (1,), "it needs 28 bytes, and its storage"),
        (3, (2, 2), (2, 1), "it needs 28 bytes"),
        (0, (2**40, 2**20), (2**20, 1), "bytes, and its storage"),
        (0, (2, 3), (-3, 1), "negative"),
        (-1, (2,), (1,), "negative"),
        (0, (2, 3), (3,), "do not fit its shape"),
        (0, (2, 3), None, "do not fit its shape"),
    ],
)
@pytest.mark.filterwarnings("ignore:TypedStorage")
def test_views_that_no_storage_can_hold(saved, layout, offset, size, stride, said):
    message = refusal(saved({"a.weight": View(offset, size, stride)}, layout))
    assert "the tensor a.weight is broken" in message
    assert said in message


@pytest.mark.filterwarnings("ignore:TypedStorage")
def test_views_that_overlap_are_fine(saved):
    graph = read(saved({"a": View(0, (4, 3), (1, 1)), "b": View(5, (9, 9), (0, 0)), "c": View(6, (0, 5), (1, 1))}))
    assert [each.numel for each in graph.weights.values()] == [12, 81, 0]


def test_state_dicts_that_share_themselves_over_and_over(saved):
    inner = {"weight": torch.zeros(1)}
    for _ in range(6):
        inner = {str(number): inner for number in range(20)}
    assert "it has more than 1,000,000 entries" in refusal(saved({"state_dict": inner}))


def test_what_has_no_tensors_is_not_searched_over_and_over(saved):
    shared = [[number] for number in range(2000)]
    value = {f"setting {number}": [shared, number] for number in range(2000)}
    assert "it has more than 1,000,000 entries" in refusal(saved({**value, "model": {"weight": torch.zeros(2)}}))


def test_state_dicts_that_hold_themselves(saved):
    state = {"a.weight": torch.zeros(2)}
    state["self"] = state
    assert read(saved({"model": state})).gaps[-1].reason.startswith("what it holds is nested too deeply")
