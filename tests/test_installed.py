"""As a new user would: the package installed from a wheel, in a scratch project outside of this repository."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """An environment with parity from a wheel, and what it needs from the environment of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("parity_checker-*.whl")
    venv.create(folder / "env", with_pip=False)
    packages = next((folder / "env").glob("lib/python*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # The dependencies stand behind the wheel's own files, and the .pth files of the tests' environment are not read.
    (packages / "dependencies.pth").write_text("\n".join(_dependencies()) + "\n")
    scripts = folder / "env" / "bin"
    for name, start in (
        ("parity", "from parity.cli import main"),
        ("pytest", "from pytest import console_main as main"),
    ):
        (scripts / name).write_text(f"#!{scripts / 'python'}\nimport sys\n{start}\nsys.exit(main())\n")
        (scripts / name).chmod(0o755)
    return folder, wheel


def _dependencies():
    folders = [Path(each) for each in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))]
    linked = [
        Path(line)
        for folder in folders
        for path in folder.glob("*.pth")
        for line in path.read_text().splitlines()
        if not line.startswith("import")
    ]
    return dict.fromkeys(str(each) for each in (*folders, *linked) if each.is_dir() and each.resolve() != ROOT)


@pytest.fixture
def project(installed, tmp_path, fixtures):
    for name in ("bn_cnn.keras", "bn_cnn.pt2"):
        shutil.copy(fixtures / name, tmp_path)
    folder, _ = installed
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PARITY", "PYTHON", "PYTEST"))
    }
    environment["PATH"] = f"{folder / 'env' / 'bin'}:{environment['PATH']}"

    def run(script):
        command = ["bash", "-c", script]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert str(folder) in run("python -c 'import parity; print(parity.__file__)'").stdout
    return tmp_path, run


def test_the_wheel_has_all_that_is_needed_and_nothing_else(installed):
    _, wheel = installed
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"parity/reports/_page/page.css", "parity/reports/_page/page.js", "parity/py.typed"} <= names
    assert all(name.startswith(("parity/", "parity_checker-")) for name in names)
    kept = {
        str(path.relative_to(ROOT)) for path in (ROOT / "parity").rglob("*") if path.suffix in {".py", ".css", ".js"}
    }
    assert kept <= names


def test_a_gate_in_a_shell_script_sees_all_exit_codes(project):
    folder, run = project
    script = "parity check; echo code $?"
    assert "code 2" in run(script).stdout, "there is no configuration yet"
    assert run("parity init bn_cnn.keras bn_cnn.pt2").returncode == 0
    assert "code 1" in run(script).stdout
    real = "logits-against-probabilities,activation-missing,epsilon,momentum"
    assert "code 0" in run(f"parity check --ignore {real}; echo code $?").stdout
    assert run(f"set -e; parity check --ignore {real}; echo reached").stdout.endswith("reached\n")
    assert "reached" not in run("set -e; parity check; echo reached").stdout
    (folder / "bn_cnn.pt2").write_bytes(b"PK\x03\x04")
    assert "code 2" in run(script).stdout


def test_the_command(project):
    folder, run = project
    done = run(
        "parity compare bn_cnn.keras bn_cnn.pt2 --report html=page.html --report sarif=found.sarif --format json"
    )

    assert done.returncode == 1
    assert json.loads(done.stdout)["verdict"] == "different"
    assert "<style>" in (folder / "page.html").read_text()
    version = json.loads((folder / "found.sarif").read_text())["runs"][0]["tool"]["driver"]["semanticVersion"]
    assert version in run("parity --version").stdout
    assert run("python -m parity rule epsilon").returncode == 0


def test_the_assertion(project):
    folder, run = project
    (folder / "test_port.py").write_text(
        "from parity import assert_parity\n"
        "def test_port():\n    assert_parity('bn_cnn.keras', 'bn_cnn.pt2')\n"
        "def test_same(parity_snapshot):\n    assert 'bn_cnn.pt2' == parity_snapshot\n"
    )
    missing = run("pytest -p no:randomly -p no:cacheprovider")
    assert "2 failed" in missing.stdout
    assert "DIFFERENT: 4 real differences" in missing.stdout
    written = run("pytest -p no:randomly -p no:cacheprovider --parity-update-new-only --parity-report=junit")
    assert "1 failed, 1 passed" in written.stdout
    assert (folder / "parity-reports" / "parity.junit.xml").exists()
