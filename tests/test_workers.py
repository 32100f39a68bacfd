"""Pairs that are compared by other processes: whichever backend, and whatever becomes of a worker."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from parity.jobs import reason, run_all

ROOT = Path(__file__).parents[1]
FATAL = """
import os, signal
from parity.extending import Evidence, Format

def recognise(probe):
    return probe.head.startswith(b"FATAL")

def read(path, inputs=None):
    os.kill(os.getpid(), signal.SIGKILL)

FORMAT = Format("fatal", None, "a file that ends its reader", (".fatal",), Evidence.GRAPH, recognise, read)
"""


@pytest.fixture
def project(tmp_path, fixtures):
    """Four pairs; a reader of an installed package ends its process for the second."""
    (tmp_path / "fatal_format.py").write_text(FATAL)
    info = tmp_path / "fatal_format-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fatal-format\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[parity.extensions]\nfatal = fatal_format\n")
    (tmp_path / "model.fatal").write_bytes(b"FATAL")
    module, program = fixtures / "bn_cnn_module.pt", fixtures / "bn_cnn.pt2"
    lefts = [module, tmp_path / "model.fatal", program, module]
    pairs = (f'[[pair]]\nname = "{at}"\nleft = "{left}"\nright = "{left}"\n' for at, left in enumerate(lefts))
    (tmp_path / "parity.toml").write_text("version = 1\n" + "".join(pairs))
    return tmp_path


def check(project, *options):
    """What the gate says of each pair, with its failure."""
    command = [sys.executable, "-m", "parity", "check", "--format", "json", "--quiet", *options]
    path = os.pathsep.join(map(str, (ROOT, project, os.environ.get("PYTHONPATH", ""))))
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 2, done.stderr[-2000:]
    return {each["name"]: each for each in json.loads(done.stdout)["pairs"]}


@pytest.mark.parametrize("backend", [(), ("--backend", "dask"), ("--backend", "ray")], ids=["processes", "dask", "ray"])
def test_a_worker_that_dies_takes_no_other_pair_with_it(project, backend):
    if "ray" in backend:
        pytest.importorskip("ray")
    found = check(project, "--jobs", "2", *backend)

    states = [found[str(at)]["state"] for at in range(4)]
    assert states == ["failed", "broken", "passed", "failed"]
    assert "the worker that compared it has failed" in found["1"]["failure"]
    assert all(found[name]["report"] for name in "023")


def _number(piece):
    return 2 * piece


def test_threads_give_the_same():
    found = dict(run_all(_number, range(7), jobs=2, backend="threading"))

    assert found == {at: 2 * at for at in range(7)}


@pytest.mark.parametrize(("backend", "package"), [("dask", "distributed"), ("ray", "ray")])
def test_a_backend_that_is_not_installed_is_told(project, backend, package, monkeypatch):
    from click.testing import CliRunner

    from parity.cli import main

    monkeypatch.setitem(sys.modules, package, None)
    done = CliRunner().invoke(main, ["check", "--config", str(project / "parity.toml"), "--backend", backend])

    assert done.exit_code == 2
    assert f"the package {package} is not installed; pip install 'parity-checker[{backend}]'" in done.output
    assert done.output.count("\n") == 1


def test_a_reason_is_a_line():
    said = reason(RuntimeError("The exit codes of the workers are {SIGKILL(-9)}\n\nsome more"))

    assert "\n" not in said
    assert "(found SIGKILL)" in said
