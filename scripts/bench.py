"""Measure the budgets as ratios within one run, and say which are kept.

Each program runs cold in a process of its own, in turn with what it is compared with; times are medians. This process
imports no framework and stays small, because a child's peak memory is at least what its parent had when it was started.
Run: python scripts/bench.py [--rounds 5] [--only compare ...]
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import Any

from large_weights import GO_THROUGH

ROOT = Path(__file__).parent.parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Users have compiled bytecode, as pip leaves it; where writing it is switched off, every start would compile anew."""

SIZES = {1_000: 5, 10_000: 2, 100_000: 0}
"""Numbers of layers, with how many times each is measured in a round: what takes a tenth of a second varies most.

The sizes take turns, since the machine's own pace changes over minutes; what takes longest is measured once.
"""

TOPOLOGIES = ("chain", "residual", "dense", "u-net", "transformer", "inception")
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "PYTHONPATH": str(ROOT)}
HUGE = 10 * 2**30
"""Bytes of weights of the sparse model."""

ELSEWHERE, SHARDS = 400 * 10**9, 400
"""Bytes of a model on a web server, and its files."""

PARITY = "import sys; from parity.cli import main; sys.exit(main())"
LOAD_AND_COUNT = """
import sys, keras, torch
model, program = keras.models.load_model(sys.argv[1]), torch.export.load(sys.argv[2])
print(model.count_params(), sum(each.numel() for each in program.parameters()))
"""
READ = """
import sys
from parity.adapters import read
graph = read(sys.argv[1])
assert not {"torch", "keras"} & set(sys.modules)
"""
OPEN_ARCHIVE = """
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    for name in archive.namelist():
        if name.endswith(".json"):
            json.loads(archive.read(name))
"""
OPEN_PICKLE = """
import io, pickletools, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    data = next(archive.read(name) for name in archive.namelist() if name.endswith("data.pkl"))
for opcode in pickletools.genops(io.BytesIO(data)):
    pass
"""
EVALUATE = """
import sys
import parity
parity.evaluate(sys.argv[1])
"""
LOAD = """
import sys, torch
model = torch.export.load(sys.argv[1]).module()
pixels = torch.randn(1, 3, 224, 224)
"""
TIMES = 20
PREDICT = f"""{LOAD}
with torch.no_grad():
    for _ in range({TIMES}):
        model(pixels)
"""
LOAD_ONNX = """
import sys, onnx
onnx.load(sys.argv[1], load_external_data=False)
"""
BYTES_READ = """
import sys
from pathlib import Path
from parity.cli import main
try:
    main()
except SystemExit as end:
    assert end.code in (0, 1, None), end.code
lines = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
Path("bytes-read").write_text(lines["rchar"])
"""


@dataclass(frozen=True)
class Line:
    """One budget: what was measured, against what, and whether it is kept."""

    name: str
    measured: str
    ratio: float
    budget: float

    def __str__(self) -> str:
        """A row of the table."""
        verdict = "ok" if self.ratio <= self.budget else "OVER"
        return f"{self.name:34} {self.measured:36} {self.ratio:10.4g} {self.budget:10.4g}  {verdict}"


@dataclass(frozen=True)
class Cost:
    """Median wall time and peak memory of a program."""

    seconds: float
    mebibytes: float


def main() -> None:
    """Measure what is asked for, print a line for each budget, and exit 1 if one is over."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=list(BENCHES), default=list(BENCHES))
    options = parser.parse_args()
    print(f"{'what':34} {'measured':36} {'ratio':>10} {'budget':>10}")
    over = False
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only:
            for line in BENCHES[name](Path(folder), options.rounds):
                print(line, flush=True)
                over |= line.ratio > line.budget
    sys.exit(1 if over else 0)


def compare(folder: Path, rounds: int) -> Iterator[Line]:
    """Comparing two files of ResNet-50, against loading both with their frameworks and counting."""
    files = [folder / "resnet50.keras", folder / "resnet.pt2"]
    _in_child("make_resnets", *files)
    ours, theirs = _costs(
        rounds,
        _python(PARITY, "compare", *files, expected=(0, 1)),
        _python(LOAD_AND_COUNT, *files),
    )
    times = f"{ours.seconds:.2f} s / {theirs.seconds:.2f} s"
    memory = f"{ours.mebibytes:.0f} MiB / {theirs.mebibytes:.0f} MiB"
    yield Line("compare ResNet-50, time", times, ours.seconds / theirs.seconds, 1 / 20)
    yield Line("compare ResNet-50, memory", memory, ours.mebibytes / theirs.mebibytes, 1 / 15)


def start(_: Path, rounds: int) -> Iterator[Line]:
    """Importing the package and printing the help, against importing numpy."""
    numpy, package, usage = _costs(
        3 * rounds, _python("import numpy"), _python("import parity"), _python(PARITY, "--help")
    )
    for name, cost, budget in (("import parity", package, 3), ("parity --help", usage, 5)):
        measured = f"{1000 * cost.seconds:.0f} ms / {1000 * numpy.seconds:.0f} ms"
        yield Line(f"{name}, time", measured, cost.seconds / numpy.seconds, budget)


def keras(folder: Path, rounds: int) -> Iterator[Line]:
    """Reading a file of ResNet-50 in a new process, against opening it with the standard library."""
    file = folder / "resnet50-alone.keras"
    _in_child("make_keras_file", file)
    ours, theirs = _costs(rounds, _python(READ, file), _python(OPEN_ARCHIVE, file))
    measured = f"{1000 * ours.seconds:.0f} ms / {1000 * theirs.seconds:.0f} ms"
    yield Line("read ResNet-50, .keras", measured, ours.seconds / theirs.seconds, 3)


def pytorch(folder: Path, rounds: int) -> Iterator[Line]:
    """Reading files of ResNet-50 in a new process, against opening them with the standard library."""
    files = {name: folder / f"resnet.{name}" for name in ("pt2", "pt", "bin")}
    _in_child("make_torch_files", *files.values())
    for name, against in (("pt2", OPEN_ARCHIVE), ("pt", OPEN_PICKLE), ("bin", OPEN_PICKLE)):
        ours, theirs = _costs(rounds, _python(READ, files[name]), _python(against, files[name]))
        measured = f"{1000 * ours.seconds:.0f} ms / {1000 * theirs.seconds:.0f} ms"
        what = "state_dict" if name == "bin" else f".{name}"
        yield Line(f"read ResNet-50, {what}", measured, ours.seconds / theirs.seconds, 3)


def read(folder: Path, _: int) -> Iterator[Line]:
    """Bytes read of models with 10 GB of weights, beyond what the same models with few weights make it read."""
    for ending, make in (("onnx", "make_onnx"), ("safetensors", "make_safetensors")):
        found = []
        for rows in (16, HUGE // 4 // 1024):
            path = folder / f"{rows}.{ending}"
            _in_child(make, path, rows)
            _run(_python(BYTES_READ, "summary", path), folder)
            found.append(int((folder / "bytes-read").read_text()))
        extra = max(found[1] - found[0], 0)
        yield Line(f"bytes read of 10 GiB, {ending}", f"{extra:,} / {HUGE:,}", extra / HUGE, 0.001)


def remote(folder: Path, _: int) -> Iterator[Line]:
    """Reading a model of 400 GB in 400 shards from a web server: what it sends, and how long that takes."""
    sys.path.insert(0, str(ROOT))
    from tests.remote.serving import serving, sharded

    cache = {"PARITY_CACHE": str(folder / "cache")}
    with serving(sharded(SHARDS, ELSEWHERE // SHARDS)) as server:
        address = f"{server.url}/model/model.safetensors.index.json"
        for what in ("first", "again"):
            server.sent.clear()
            seconds, mebibytes = _run(_python(PARITY, "summary", address), more=cache)
            sent = sum(server.sent.values())
            yield Line(f"400 GB elsewhere, {what}, bytes", f"{sent:,} / {ELSEWHERE:,}", sent / ELSEWHERE, 0.0001)
            yield Line(f"400 GB elsewhere, {what}, seconds", f"{seconds:.2f} s, {mebibytes:.0f} MiB", seconds, 15)


def weights(folder: Path, rounds: int) -> Iterator[Line]:
    """Comparing the weights of checkpoints of 1 GB against a pass of numpy over both; and of two layers of 10 GiB."""
    _in_child("make_checkpoints", folder, module="large_weights")
    before, after, *whole = (
        folder / f"{name}.safetensors" for name in ("before", "after", "before-whole", "after-whole")
    )
    small = folder / "small.safetensors"
    _in_child("make_deep_checkpoint", small, 2**23, module="large_weights")
    plain = ("compare", "--format", "concise", "--weights")
    start, numpy, same, trained, one = _costs(
        min(rounds, 3),
        _python(PARITY, *plain, small, small, expected=(0, 1)),
        _python(GO_THROUGH, before, after),
        _python(PARITY, *plain, before, before, expected=(0, 1)),
        _python(PARITY, *plain, before, after, expected=(0, 1)),
        _python(PARITY, *plain, *whole, expected=(0, 1)),
    )
    for name, cost in (("equal", same), ("trained further", trained), ("one tensor", one)):
        times = f"{cost.seconds:.2f} s / {numpy.seconds:.2f} s"
        yield Line(f"weights of 1 GB, {name}, time", times, cost.seconds / numpy.seconds, 2.5)
        more = cost.mebibytes - start.mebibytes
        yield Line(f"weights of 1 GB, {name}, memory", f"{more:.0f} MiB over the start", more, 256)
    deep = folder / "deep.safetensors"
    _in_child("make_deep_checkpoint", deep, HUGE, module="large_weights")
    found = []
    for layers in ((), ("layer.3", "--weights")):
        _run(_python(BYTES_READ, "explain", deep, deep, *layers, expected=(0, 1)), folder)
        found.append(int((folder / "bytes-read").read_text()))
    extra, own = found[1] - found[0], 2 * 4 * 1024 * 1024
    yield Line("weights of a layer of 10 GiB, bytes", f"{extra:,} / {own:,}", extra / own, 1.5)


def evaluate(folder: Path, rounds: int) -> Iterator[Line]:
    """Evaluating ResNet-50 in double precision against PyTorch in single; and what verifying adds to a comparison."""
    file = folder / "resnet.pt2"
    _in_child("make_torch_files", file)
    compared = ("compare", "--format", "concise", file, file)
    ours, read_only, theirs, loaded, plain, verified = _costs(
        min(rounds, 3),
        _python(EVALUATE, file),
        _python(READ, file),
        _python(PREDICT, file),
        _python(LOAD, file),
        _python(PARITY, *compared),
        _python(PARITY, *compared, "--verify", "auto"),
    )
    mine, computing = ours.seconds - read_only.seconds, (theirs.seconds - loaded.seconds) / TIMES
    yield Line("evaluate ResNet-50, time", f"{mine:.2f} s / {computing:.2f} s", mine / computing, 20)
    yield Line("evaluate ResNet-50, memory", f"{ours.mebibytes:.0f} MiB", ours.mebibytes, 1024)
    added = verified.seconds - plain.seconds
    yield Line("--verify on ResNet-50, added", f"{added:.2f} s", added, 6)


def onnx(folder: Path, rounds: int) -> Iterator[Line]:
    """Reading ONNX files with 5 GiB of weights beside them: ten times the nodes, and against onnx without the data."""
    files = {nodes: folder / f"{nodes}.onnx" for nodes in (2_000, 20_000)}
    for nodes, file in files.items():
        _in_child("make_onnx_network", file, nodes)
    small, large, theirs = _costs(
        min(rounds, 3), *(_python(READ, each) for each in files.values()), _python(LOAD_ONNX, files[20_000])
    )
    times = f"{large.seconds:.2f} s / {small.seconds:.2f} s"
    yield Line("read 20,000 ONNX nodes, time", times, large.seconds / small.seconds, 13)
    memory = f"{large.mebibytes:.0f} MiB / {theirs.mebibytes:.0f} MiB"
    yield Line("read 20,000 ONNX nodes, memory", memory, large.mebibytes / theirs.mebibytes, 4)
    _in_child("make_onnx_network", folder / "3.onnx", 3)
    found = []
    for file in (folder / "3.onnx", files[20_000]):
        _run(_python(BYTES_READ, "summary", file), folder)
        found.append(int((folder / "bytes-read").read_text()))
    extra, size = found[1] - found[0], files[20_000].stat().st_size
    yield Line("bytes read of 20,000 ONNX nodes", f"{extra:,} / {size:,}", extra / size, 1.2)


def align(_: Path, rounds: int) -> Iterator[Line]:
    """Aligning networks of six shapes with themselves and with an edited copy, each ten times as large as the last."""
    worst, most = 0.0, 0.0
    for topology in TOPOLOGIES:
        for share in (0.0, 0.01):
            costs = _alignments(topology, share, rounds)
            what = f"align {topology}, {share:.0%} edited" if share else f"align {topology}, equal"
            for size, (before, _), (after, peak) in zip([*SIZES][1:], costs, costs[1:], strict=False):
                yield Line(f"{what}, {size:,}", f"{after:.2f} s / {before:.2f} s", after / before, 13)
                worst, most = max(worst, after), max(most, peak)
    yield Line("align 100,000 layers, slowest", f"{worst:.1f} s of processor time", worst, 30)
    yield Line("align 100,000 layers, largest", f"{most:.0f} MiB", most, 2048)


def _alignments(topology: str, share: float, rounds: int) -> list[tuple[float, float]]:
    """For each size, the median processor time in seconds of an alignment, and its peak memory in MiB."""
    found: dict[int, list[tuple[float, float]]] = {size: [] for size in SIZES}
    turns = [size for size, times in SIZES.items() for _ in range(times)] * rounds
    for size in [*turns, *(size for size, times in SIZES.items() if not times)]:
        found[size].append(json.loads(_in_child("cost_of_alignment", topology, size, share)))
    return [(median(seconds for seconds, _ in each), max(peak for _, peak in each)) for each in found.values()]


def plugin(_: Path, rounds: int) -> Iterator[Line]:
    """Importing the pytest plugin into a process that has pytest, in milliseconds."""
    milliseconds = median(float(_in_child("time_plugin")) for _ in range(3 * rounds))
    yield Line("pytest plugin, import", f"{milliseconds:.2f} ms", milliseconds, 10)


def html(folder: Path, rounds: int) -> Iterator[Line]:
    """The page of two models of 10,000 layers: its size, and the time to open it in Chromium and go to a difference."""
    sizes: dict[int, list[Path]] = {10_000: [], 30: []}
    for nodes, pages in sizes.items():
        files = [folder / f"{nodes}-nodes.onnx", folder / f"{nodes - 3}-nodes.onnx"]
        for file in files:
            _in_child("make_onnx_network", file, file.name.partition("-")[0])
        page = folder / f"{nodes}.html"
        arguments = ("compare", *files, "--format", "concise", "--report", f"html={page}")
        _run(_python(PARITY, *arguments, expected=(0, 1)))
        pages.append(page)
    large, small = (pages[0].stat().st_size for pages in sizes.values())
    yield Line("html of 10,000 layers, bytes", f"{large:,} / 8,000,000", large / 8_000_000, 1)
    if not shutil.which("chromium"):
        print("html of 10,000 layers: not opened, there is no chromium")
        return
    slow, quick = (
        median(float(_in_child("time_page", pages[0])) for _ in range(min(rounds, 3))) for pages in sizes.values()
    )
    yield Line("html of 10,000 layers, opening", f"{slow:.2f} s", slow, 3)
    yield Line("html of 10,000 layers, against 30", f"{slow:.2f} s / {quick:.2f} s", slow / quick, 10)
    yield Line("html of 30 layers, bytes", f"{small:,} / 200,000", small / 200_000, 1)


BENCHES: dict[str, Callable[[Path, int], Iterator[Line]]] = {
    "compare": compare,
    "keras": keras,
    "pytorch": pytorch,
    "start": start,
    "read": read,
    "weights": weights,
    "evaluate": evaluate,
    "remote": remote,
    "onnx": onnx,
    "align": align,
    "html": html,
    "plugin": plugin,
}


@dataclass(frozen=True)
class Program:
    """A command and the exit codes with which it has done its job."""

    command: tuple[str, ...]
    expected: tuple[int, ...]


def _python(code: str, *arguments: Any, expected: tuple[int, ...] = (0,)) -> Program:
    return Program((sys.executable, "-c", code, *map(str, arguments)), expected)


def _costs(rounds: int, *programs: Program) -> list[Cost]:
    """Each program's cost; the first round warms the page cache and does not count."""
    runs: list[list[tuple[float, float]]] = [[] for _ in programs]
    for number in range(rounds + 1):
        for program, results in zip(programs, runs, strict=True):
            result = _run(program)
            if number:
                results.append(result)
    return [Cost(*(median(column) for column in zip(*results, strict=True))) for results in runs]


def _run(program: Program, folder: Path = ROOT, more: Mapping[str, str] = MappingProxyType({})) -> tuple[float, float]:
    """Seconds and MiB of one run."""
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(
            program.command, cwd=folder, env={**ENVIRONMENT, **QUIET, **more}, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in program.expected:
            output.seek(0)
            sys.exit(f"{' '.join(program.command)} ended with {child.returncode}:\n{output.read().decode()[-2000:]}")
    return seconds, usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


def _in_child(function: str, *arguments: Any, module: str = "bench") -> str:
    """Call a function of a file of this folder in a process of its own, and give what it printed last."""
    code = f"import {module}; {module}.{function}(*{[str(each) for each in arguments]!r})"
    path = os.pathsep.join((str(Path(__file__).parent), str(ROOT)))
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=ENVIRONMENT | QUIET | {"PYTHONPATH": path}, capture_output=True, text=True)  # noqa: PLW1510  reported below
    if done.returncode:
        sys.exit(f"{function} failed:\n{done.stderr[-2000:]}")
    return (done.stdout.strip().splitlines() or [""])[-1]


def make_resnets(keras_path: str, torch_path: str) -> None:
    """ResNet-50 from Keras and from transformers."""
    make_keras_file(keras_path)
    make_torch_files(torch_path)


def make_keras_file(path: str) -> None:
    """ResNet-50 from Keras, with random numbers in every weight."""
    import keras
    import numpy as np

    rng = np.random.default_rng(0)
    left = keras.applications.ResNet50(weights=None)
    left.set_weights([rng.uniform(0.5, 1.5, each.shape).astype("float32") for each in left.get_weights()])
    left.save(path)


def make_torch_files(archive: str, module: str = "", state: str = "") -> None:
    """ResNet-50 from transformers as an export archive, and where asked for as a pickled module and a state_dict."""
    import torch
    from transformers import ResNetConfig, ResNetForImageClassification

    torch.manual_seed(0)

    class Logits(torch.nn.Module):
        """Gives a plain tensor, so that loading the archive does not need transformers."""

        def __init__(self) -> None:
            super().__init__()
            self.resnet = ResNetForImageClassification(ResNetConfig(num_labels=1000))

        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            return self.resnet(pixels).logits

    model = Logits().eval()
    with torch.no_grad():
        for tensor in (*model.parameters(), *model.buffers()):
            if tensor.is_floating_point():
                tensor.uniform_(0.5, 1.5)
    torch.export.save(torch.export.export(model, (torch.zeros(1, 3, 224, 224),)), archive)
    if module:
        torch.save(model.resnet, module)
        torch.save(model.state_dict(), state)


def make_onnx(path: str, rows: str) -> None:
    """A MatMul whose weights are a hole in a file beside the model."""
    import onnx

    weight = onnx.TensorProto(name="w", dims=[1024, int(rows)], data_type=1, data_location=1)
    weight.external_data.add(key="location", value=f"{rows}.data")
    _hole(Path(path).with_name(f"{rows}.data"), 4 * 1024 * int(rows))
    ends = [onnx.helper.make_tensor_value_info(name, 1, None) for name in "xy"]
    node = onnx.helper.make_node("MatMul", ["x", "w"], ["y"])
    graph = onnx.helper.make_graph([node], "g", ends[:1], ends[1:], [weight])
    onnx.save(onnx.helper.make_model(graph), path)


def make_onnx_network(path: str, nodes: str) -> None:
    """Convolutions with shortcuts as torch's exporter writes them, their weights in a hole of 5 GiB beside them."""
    import onnx
    from onnx import helper

    settings: dict[str, dict[str, Any]] = {"Conv": {"pads": [1, 1, 1, 1]}, "Relu": {}, "Add": {}}
    calls, weights, infos, shape = [], [], [], ["N", 64, 32, 32]
    last = shortcut = "x"
    for index in range(int(nodes)):
        op, output, inputs = ("Conv", "Relu", "Add")[index % 3], f"value_{index}", [last]
        if op == "Conv":
            shortcut, name = last, f"layer.{index}.weight"
            weight = onnx.TensorProto(name=name, dims=[64, 64, 3, 3], data_type=1, data_location=1)
            entries = {"location": "network.data", "offset": 4 * 64 * 64 * 9 * len(weights), "length": 4 * 64 * 64 * 9}
            for key, value in entries.items():
                weight.external_data.add(key=key, value=str(value))
            weights.append(weight)
            inputs.append(name)
        elif op == "Add":
            inputs.append(shortcut)
        call = helper.make_node(op, inputs, [output], name=f"node_{index}", **settings[op])
        scopes = f"['', 'layer.{index // 3}', 'layer.{index // 3}.{op}', '{op}']"
        call.metadata_props.add(key="pkg.torch.onnx.name_scopes", value=scopes)
        calls.append(call)
        infos.append(helper.make_tensor_value_info(output, 1, shape))
        last = output
    ends = [helper.make_tensor_value_info(name, 1, shape) for name in ("x", last)]
    graph = helper.make_graph(calls, "g", ends[:1], ends[1:], weights, value_info=infos)
    onnx.save(helper.make_model(graph, producer_name="pytorch"), path)
    data = Path(path).with_name("network.data")
    if not data.exists():
        _hole(data, 5 * 2**30)


def make_safetensors(path: str, rows: str) -> None:
    """One tensor, whose elements are a hole."""
    size = 4 * 1024 * int(rows)
    entry = {"dtype": "F32", "shape": [int(rows), 1024], "data_offsets": [0, size]}
    header = json.dumps({"weight": entry}).encode()
    Path(path).write_bytes(len(header).to_bytes(8, "little") + header)
    _hole(Path(path), len(header) + 8 + size)


def _hole(path: Path, size: int) -> None:
    with path.open("ab") as file:
        file.truncate(size)


def time_plugin() -> None:
    """Print how long the import of the plugin takes."""
    import pytest  # noqa: F401  every session has it

    begin = time.perf_counter()
    import parity.pytest_plugin  # noqa: F401

    print(1000 * (time.perf_counter() - begin))


def time_page(path: str) -> None:
    """Print how long Chromium takes to open a page, to show the first difference and to scroll to the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        begin = time.perf_counter()
        page.goto(Path(path).as_uri())
        page.keyboard.press("n")
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.screenshot()
        seconds = time.perf_counter() - begin
        browser.close()
    print(seconds)


def cost_of_alignment(topology: str, size: str, share: str) -> None:
    """Print the processor time in seconds and the peak memory in MiB of aligning a network with an edited copy."""
    import large_networks

    from parity.alignment import align as align_graphs

    nodes = large_networks.nodes(topology, int(size))
    left, right = large_networks.graph(nodes), large_networks.graph(large_networks.edited(nodes, float(share)), "other")
    begin = time.process_time()
    found = align_graphs(left, right)
    seconds = time.process_time() - begin
    # An edit takes out at most one layer, and at worst the layers next to it are not recognised.
    if len(found.pairs) < len(nodes) * (1 - 2 * float(share)):
        sys.exit(f"only {len(found.pairs):,} of {len(nodes):,} layers were aligned")
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


if __name__ == "__main__":
    main()
