import copyreg
import io
import pickle
import struct
import subprocess
import sys
import tarfile
import time
import zipfile

import pytest

from parity.adapters import read
from parity.adapters.torch import _pickles
from parity.adapters.torch._pickles import BrokenPickle, load
from parity.adapters.torch._records import Asked
from parity.errors import UnreadableModel
from parity.graph import Evidence
from tests.adapters.torch_checks import check_contract, check_weights, row
from tests.adapters.torch_models import Mixed, Repeated

MARKER = "nothing-may-run"
SECRET = {}


class Attack:
    """Calls something when it is unpickled."""

    def __init__(self, function, *args):
        self.function = function
        self.args = args

    def __reduce__(self):
        return self.function, self.args


def run_marker(*_args, **_kwargs):
    SECRET["ran"] = True


@pytest.fixture(autouse=True)
def nothing_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    SECRET.clear()
    yield
    assert not SECRET
    assert not (tmp_path / MARKER).exists()


@pytest.fixture
def saved(tmp_path):
    import torch

    def run(value, name="model.pt", **options):
        path = tmp_path / name
        torch.save(value, path, **options)
        return path

    return run


def archive(tmp_path, data, name="attack.pt"):
    path = tmp_path / name
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", data)
        file.writestr("archive/version", "3\n")
    return path


def refusal(path):
    with pytest.raises(UnreadableModel) as caught:
        read(path)
    return str(caught.value)


@pytest.mark.parametrize(
    "options",
    [{}, {"_use_new_zipfile_serialization": False}, {"pickle_protocol": 4}, {"pickle_protocol": 5}],
)
def test_weights_are_those_of_the_model(saved, options):
    model = Mixed()
    graph = read(saved(model, **options))
    check_contract(graph)
    check_weights(graph, model)
    assert graph.evidence is Evidence.TREE
    assert graph.format == "torch-pickle"
    assert [gap.where for gap in graph.gaps] == ["wiring"]


def test_rows_are_the_leaf_modules_in_order_of_registration(saved):
    model = Mixed()
    graph = read(saved(model))
    names = [name for name, module in model.named_modules(remove_duplicate=False) if not [*module.children()]]
    names = [name for name in names if name != "attention.out_proj"]
    names.insert(names.index("lstm") + 1, "attention")
    assert [each.path for each in graph.layers if each.type not in ("Parameter", "Buffer")] == names
    assert {each.reason for each in graph.layers} == {"a pickled module holds no wiring"}
    assert not any(each.outputs for each in graph.layers)
    assert graph.values == {}


def test_hyper_parameters_are_those_of_the_module(saved):
    model = Mixed()
    graph = read(saved(model))
    for node in graph.nodes:
        module = model.get_submodule(node.layer)
        assert node.op == type(module).__name__
        assert node.dialect == "torch.nn"
        assert node.attributes["__class__"] == f"{type(module).__module__}.{node.op}"
        for name, value in node.attributes.items():
            if name != "__class__":
                assert getattr(module, name) == value
    conv = next(node for node in graph.nodes if node.layer == "conv")
    assert conv.attributes["kernel_size"] == (3, 3)
    assert conv.weights == {"weight": "conv.weight", "bias": "conv.bias"}


def test_custom_classes_keep_their_name(saved):
    graph = read(saved(Repeated()))
    check_contract(graph)
    assert row(graph, "block").type == "Residual"
    assert row(graph, "block").weights == ("block.scale",)
    assert [each.path for each in graph.containers] == ["head"]


def test_a_custom_leaf(saved):
    import torch

    model = torch.nn.Sequential(Repeated().block.linear, Mixed().act)
    model.append(torch.nn.Sequential())
    graph = read(saved(model))
    assert [each.path for each in graph.layers] == ["0", "1", "2"]
    assert [node.op for node in graph.nodes] == ["Linear", "ReLU"]


def test_dtypes_and_meta_tensors(saved):
    import torch

    with torch.device("meta"):
        model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 4)).to(torch.bfloat16)
    graph = read(saved(model))
    check_weights(graph, model)


@pytest.mark.parametrize("legacy", [False, True])
def test_other_contents_are_named(saved, legacy):
    import torch

    options = {"_use_new_zipfile_serialization": not legacy}
    model = Mixed()
    optimizer = torch.optim.SGD(model.parameters(), momentum=0.9)
    assert "a dict with the keys epoch, optimizer" in refusal(
        saved({"epoch": 3, "optimizer": optimizer.state_dict()}, **options)
    )
    assert "found a int" in refusal(saved(3, **options))
    assert "a tensor of shape (4,)" in refusal(saved(model.kept, **options))
    assert "torch.export.save" in refusal(saved([1, 2], **options))


def test_broken_files(saved, tmp_path):
    data = saved(Mixed()).read_bytes()
    old = saved(Mixed(), _use_new_zipfile_serialization=False).read_bytes()
    contents = [data[:100], data[: len(data) // 2], old[:40], old[:3000], b"hello, world\n", bytes(range(256)) * 9]
    for number, content in enumerate(contents):
        path = tmp_path / f"{number}.pt"
        path.write_bytes(content)
        assert refusal(path)
    for content in (
        b"",
        b"\x80",
        b"\x80\x02",
        b"\xff",
        b"\x80\x02.",
        b"\x80\x02}}u.",
        b"\x80\x02cnope",
        b"t.",
        b"NNs.",
    ):
        assert "its pickle is broken" in refusal(archive(tmp_path, content))


def test_every_prefix_of_a_pickle_is_refused_cleanly(saved):
    with zipfile.ZipFile(saved(Repeated())) as file:
        data = file.read("model/data.pkl")
    for length in range(len(data)):
        with pytest.raises(BrokenPickle):
            load(io.BytesIO(data[:length]), Asked())


def test_an_attack_at_the_top_runs_nothing(saved):
    import os

    message = refusal(saved(Attack(os.system, f"touch {MARKER}")))
    assert "would call posix.system; nothing was called" in message
    assert "do not load this file" in message


def test_an_attack_inside_a_module_is_a_gap(saved):
    import os

    model = Repeated()
    model.trap = Attack(os.system, f"touch {MARKER}")
    model.head[0].other = Attack(exec, f"open({MARKER!r}, 'w')")
    graph = read(saved(model))
    check_weights(graph, model)
    reasons = " ".join(gap.reason for gap in graph.gaps)
    assert "posix.system" in reasons
    assert "exec" in reasons


def test_a_weight_that_is_a_call_is_a_gap(saved):
    model = Repeated()
    model.block._parameters["scale"] = Attack(run_marker)
    graph = read(saved(model))
    assert any(gap.where == "block.scale" for gap in graph.gaps)


def opcodes():
    """A pickle for each opcode that could call or import, all of which would leave the marker."""
    module, name = __name__.encode(), b"run_marker"
    function = b"c" + module + b"\n" + name + b"\n"
    text = b"X" + struct.pack("<I", len(module)) + module + b"X" + struct.pack("<I", len(name)) + name
    return {
        "REDUCE": function + b")R.",
        "STACK_GLOBAL": b"\x80\x04" + text + b"\x93)R.",
        "INST": b"(i" + module + b"\n" + name + b"\n.",
        "OBJ": b"(" + function + b"o.",
        "NEWOBJ": b"\x80\x02" + function + b")\x81.",
        "NEWOBJ_EX": b"\x80\x04" + function + b")}\x92.",
        "BUILD": b"\x80\x02" + function + b")\x81}X\x0c\x00\x00\x00__setstate__" + function + b"sb.",
        "BUILD of a function": function + b"}X\x08\x00\x00\x00__code__Nsb.",
        "nested REDUCE": function + function + b")R\x85R.",
        "REDUCE of getattr": b"cbuiltins\ngetattr\n" + function + b"X\x08\x00\x00\x00__call__\x86R)R.",
        "PERSID": b"P" + module + b"\n.",
        "BINPERSID": function + b")RQ.",
        "dict key": b"}" + function + b")RNs.",
        "set item": b"\x80\x04\x8f(" + function + b")R\x90.",
        "rebuild of a rebuild": b"ctorch._tensor\n_rebuild_from_type_v2\n(" + function + b"N)NtR.",
    }


def stream(tmp_path, data):
    """The same pickle as PyTorch before 1.6 has it."""
    path = tmp_path / "stream.pt"
    before = (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})
    path.write_bytes(b"".join(pickle.dumps(each, 2) for each in before) + data + pickle.dumps([], 2))
    return path


def tar(tmp_path, data):
    """The same pickle as PyTorch before 0.2 has it."""
    path = tmp_path / "tar.pt"
    nothing = pickle.dumps(0, 2)
    with tarfile.open(path, "w:") as file:
        members = {"sys_info": nothing, "pickle": data, "tensors": nothing, "storages": nothing + pickle.dumps([], 2)}
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize("container", [archive, stream, tar])
@pytest.mark.parametrize("name", opcodes())
def test_no_opcode_calls(tmp_path, name, container):
    assert refusal(container(tmp_path, opcodes()[name]))


@pytest.mark.parametrize("container", [archive, stream, tar])
@pytest.mark.parametrize(
    "name", [name for name in opcodes() if name not in {"dict key", "set item", "BUILD of a function"}]
)
def test_no_opcode_calls_inside_a_state_dict(tmp_path, name, container):
    weight = b"ctorch._utils\n_rebuild_meta_tensor_no_storage\n(ctorch\nfloat32\nK\x02\x85K\x01\x85\x89tR"
    bad = opcodes()[name][:-1].replace(b"\x80\x04", b"").replace(b"\x80\x02", b"")
    graph = read(container(tmp_path, b"\x80\x04}(X\x01\x00\x00\x00w" + weight + b"X\x01\x00\x00\x00x" + bad + b"u."))
    assert [*graph.weights] == ["w"]
    assert graph.weights["w"].shape == (2,)
    assert len(graph.gaps) > 1


def test_a_module_in_a_tar(tmp_path):
    import torch

    from tests.adapters.torch_tar import save_tar

    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    save_tar(model, tmp_path / "old.pt")
    graph = read(tmp_path / "old.pt")
    check_contract(graph)
    assert [(each.path, each.type) for each in graph.layers] == [("0", "Linear"), ("1", "ReLU")]
    assert {name: each.shape for name, each in graph.weights.items()} == {"0.weight": (3, 2), "0.bias": (3,)}


def test_extension_codes_are_refused(tmp_path):
    copyreg.add_extension(__name__, "run_marker", 200)
    try:
        for data in (b"\x82\xc8)R.", b"\x83\xc8\x00)R.", b"\x84\xc8\x00\x00\x00)R."):
            assert "opcode" in refusal(archive(tmp_path, data))
    finally:
        copyreg.remove_extension(__name__, "run_marker", 200)


def bombs():
    """Small files that would cost the standard unpickler memory, time or the stack."""
    twins = b")q\x00" + b"".join(b"h" + bytes([n]) + b"h" + bytes([n]) + b"\x86q" + bytes([n + 1]) for n in range(60))
    return {
        "memo": b"Nr\xff\xff\xff\xff.",
        "bytes": b"\x80\x04\x8e" + struct.pack("<Q", 2**40) + b".",
        "bytearray": b"\x80\x05\x96" + struct.pack("<Q", 2**40) + b".",
        "text": b"\x80\x04\x8d" + struct.pack("<Q", 2**63) + b".",
        "long": b"\x80\x02\x8b\xff\xff\xff\x7f.",
        "negative": b"\x80\x02\x8b\xff\xff\xff\xff.",
        "digits": b"I" + b"9" * 100_000 + b"\n.",
        "deep list": b"]" * 200_000 + b"a" * 199_999 + b".",
        "deep tuple": b")" + b"\x85" * 500_000 + b".",
        "hash": twins + b"}h\x3cNs.",
        "set": b"\x80\x04" + twins + b"\x8f(h\x3c\x90.",
        "marks": b"(" * 300_000 + b".",
        "steps": b"N0" * 6_000_000 + b".",
    }


@pytest.mark.parametrize("name", bombs())
def test_bombs(tmp_path, name):
    data = bombs()[name]
    begin = time.process_time()
    assert refusal(archive(tmp_path, data))
    assert time.process_time() - begin < 30


def test_bombs_take_little_memory(tmp_path):
    path = archive(tmp_path, b"\x8f" * 60_000_000 + b".")
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))\n"
        "from parity.adapters import read; from parity.errors import UnreadableModel\n"
        "try: read(sys.argv[1])\n"
        "except UnreadableModel as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, cwd=sys.path[0] or "."
    )
    assert "steps" in done.stdout


def test_zip_bombs(tmp_path):
    assert "data.pkl is implausibly large (found 134,217,729 bytes)" in refusal(archive(tmp_path, b"N" * (2**27 + 1)))
    with zipfile.ZipFile(tmp_path / "packed.pt", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("archive/data.pkl", b"N0" * 2**21)
    assert "that unpack to 4,194,304" in refusal(tmp_path / "packed.pt")


def test_modules_shared_over_and_over(saved):
    from torch import nn

    inner = nn.ReLU()
    for _ in range(30):
        inner = nn.ModuleList([inner, inner])
    assert "its tree of modules has more than" in refusal(saved(inner))


def test_a_module_that_holds_itself(saved):
    model = Repeated()
    model.block._modules["me"] = model
    graph = read(saved(model))
    assert any("contains itself" in gap.reason for gap in graph.gaps)


def test_reading_imports_no_framework(saved):
    path = saved(Mixed())
    code = (
        "import sys; from parity.adapters import read; read(sys.argv[1]); "
        "print(sorted({'torch', 'tensorflow', 'keras', 'h5py', 'onnx', 'pickle'} & set(sys.modules)))"
    )
    import parity.graph

    root = parity.graph.__file__.rpartition("/parity/")[0]
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"


def test_old_protocols_are_read():
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        value = {"a": [1, 2.5, None, True, -3, 2**70, "text\u00e9", b"bytes"], "b": (1, (2, 3)), "c": set()}
        if protocol < 4:
            value = {"a": [1, 2.5, None, True, -3, 2**70, "text"], "b": (1, (2, 3))}
        assert _pickles.load(io.BytesIO(pickle.dumps(value, protocol)), Asked()) == value
