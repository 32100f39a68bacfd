"""No report goes over what is read, none is left half written, and none that cannot be printed is a crash."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from parity.cli import _outputs
from parity.errors import UsageError
from tests.rules.models import nn, torch_net


def run(*arguments, **settings):
    command = [sys.executable, "-m", "parity", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **settings)


@pytest.fixture
def files(tmp_path):
    """A pair in each of several forms, a configuration, and what some of them consist of."""
    import numpy as np
    import torch
    from onnx import TensorProto, helper
    from safetensors.torch import save_file

    model = torch_net(nn().Linear(4, 4), nn().ReLU())
    program = torch.export.export(model, (torch.zeros(1, 4),))
    torch.export.save(program, tmp_path / "m.pt2")
    torch.export.save(program, tmp_path / "n.pt2")
    save_file(model.state_dict(), tmp_path / "part.safetensors")
    index = {"metadata": {}, "weight_map": dict.fromkeys(model.state_dict(), "part.safetensors")}
    (tmp_path / "m.safetensors.index.json").write_text(json.dumps(index))
    tensor = TensorProto(name="w", dims=[4, 300], data_type=1, data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="weights.bin")
    (tmp_path / "weights.bin").write_bytes(np.zeros(1200, "float32").tobytes())
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in "xy"]
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", ends[:1], ends[1:], [tensor])
    (tmp_path / "m.onnx").write_bytes(helper.make_model(graph).SerializeToString())
    (tmp_path / "maps.txt").write_text("0 = 0\n")
    text = 'version = 1\n\n[[pair]]\nname = "p"\nleft = "m.pt2"\nright = "n.pt2"\n'
    (tmp_path / "parity.toml").write_text(text)
    assert run("snapshot", tmp_path / "m.pt2", "-o", tmp_path / "m.parity.json").returncode == 0
    return tmp_path


OVER = {
    "a model": ("m.pt2", ("compare", "m.pt2", "n.pt2", "--report", "json=m.pt2")),
    "the other model": ("n.pt2", ("compare", "m.pt2", "n.pt2", "--report", "html=./n.pt2")),
    "a model of a summary": ("m.pt2", ("summary", "m.pt2", "--report", "json=m.pt2")),
    "a shard": (
        "part.safetensors",
        ("compare", "m.safetensors.index.json", "m.pt2", "--report", "json=part.safetensors"),
    ),
    "data beside a model": ("weights.bin", ("compare", "m.onnx", "m.onnx", "--report", "json=weights.bin")),
    "data beside a model, by a snapshot": ("weights.bin", ("snapshot", "m.onnx", "-o", "weights.bin")),
    "a snapshot": ("m.parity.json", ("snapshot", "m.parity.json", "-o", "m.parity.json")),
    "a snapshot of a gate": (
        "m.parity.json",
        ("check", "m.pt2", "--against", "m.parity.json", "--report", "json=m.parity.json"),
    ),
    "a configuration": ("parity.toml", ("check", "--report", "json=parity.toml")),
    "a model of a configuration": ("n.pt2", ("check", "--report", "junit=n.pt2")),
    "a file of pairs": ("maps.txt", ("compare", "m.pt2", "n.pt2", "--map", "maps.txt", "--report", "json=maps.txt")),
}


@pytest.mark.parametrize("name", OVER)
@pytest.mark.parametrize("link", ["", "symbolic", "hard"])
def test_what_is_read_is_not_written_over(name, link, files):
    file, arguments = OVER[name]
    before = (files / file).read_bytes()
    if link:
        (files / "other").symlink_to(files / file) if link == "symbolic" else os.link(files / file, files / "other")
        *rest, last = arguments
        head = last.partition("=")[0] + "=" if "=" in last else ""
        arguments = (*rest, f"{head}other")
    if link == "hard" and name in {"a shard", "data beside a model", "data beside a model, by a snapshot"}:
        pytest.skip("a new file takes the place of one of its names, the others stay")

    done = run(*arguments, cwd=files)

    assert done.returncode == 2
    assert "which is read" in done.stderr or "it is read" in done.stderr
    assert (files / file).read_bytes() == before


def test_reports_go_where_nothing_is_read(files):
    before = (files / "old.json").write_text("old")

    done = run("compare", "m.pt2", "n.pt2", "--report", "json=old.json", "--report", "html=new.html", cwd=files)

    assert done.returncode == 0
    assert len((files / "old.json").read_text()) > before
    assert (files / "new.html").exists()


def test_two_reports_to_one_place_by_a_link(files):
    (files / "link.json").symlink_to(files / "one.json")

    done = run("compare", "m.pt2", "n.pt2", "--report", "json=one.json", "--report", "sarif=link.json", cwd=files)

    assert done.returncode == 2
    assert "two reports go there" in done.stderr


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_report_that_cannot_be_written_leaves_nothing_behind(error, tmp_path, monkeypatch):
    def fail(self, data):
        with self.open("wb") as file:
            file.write(data[:3])
        raise error

    (tmp_path / "r.json").write_text("old")
    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(UsageError if isinstance(error, OSError) else KeyboardInterrupt):
        _outputs.write(str(tmp_path / "r.json"), "new text")

    assert [each.name for each in tmp_path.iterdir()] == ["r.json"]
    assert (tmp_path / "r.json").read_bytes() == b"old"


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "m.pt2/inside"])
def test_names_that_no_report_can_have(name, files):
    with pytest.raises(UsageError):
        _outputs.write(str(files / name), "text")


PRINTING = (
    *(("summary", "m.pt2"), ("compare", "m.pt2", "n.pt2"), ("snapshot", "m.pt2"), ("rule",), ("schema",)),
    *(("--help",), ("compare", "--help"), ("--version",), ("check", "--show-settings"), ("check",)),
)


@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
@pytest.mark.parametrize("where", [">/dev/full", ">&-"])
def test_where_nothing_can_be_printed_that_is_told(arguments, where, files):
    command = f"'{sys.executable}' -m parity {' '.join(arguments)} {where}"
    done = subprocess.run(["bash", "-c", command], stderr=subprocess.PIPE, text=True, check=False, cwd=files)

    assert "Traceback" not in done.stderr
    assert "in parity itself" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert done.returncode == 2 or (where == ">&-" and "-" in arguments[-1])  # click prints help to nowhere


def test_where_nothing_can_be_said_either(files):
    command = f"'{sys.executable}' -m parity summary missing.pt2 >/dev/full 2>/dev/full"
    done = subprocess.run(["bash", "-c", command], check=False, cwd=files)

    assert done.returncode == 2


@pytest.mark.parametrize("columns", ["1000000000", "0", "99999999999999999999", "1001"])
def test_any_number_of_columns(columns, files):
    done = run("compare", "m.pt2", "n.pt2", "--layers", cwd=files, env={**os.environ, "COLUMNS": columns})

    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 1000


def test_a_width_beyond_reason_is_refused(files):
    assert run("compare", "m.pt2", "n.pt2", "--width", "1000000000", cwd=files).returncode == 2
