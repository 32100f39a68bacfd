"""Packages that are installed into a folder of a test, and commands that see them."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = Path(__file__).parent / "extensions"


def install(folder, name, *points, version="1.0"):
    """Write down a distribution in a folder on the path, with its entry points."""
    about = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (about / "entry_points.txt").write_text("\n".join(["[parity.extensions]", *points, ""]))


def package(folder, name, **modules):
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text("")
    for module, text in modules.items():
        (folder / name / f"{module}.py").write_text(text)


def python(folder, *arguments):
    """What comes of a command with the folder on the path."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PARITY_")}
    environment["PYTHONPATH"] = os.pathsep.join((str(ROOT), str(folder)))
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def parity(folder, *arguments):
    return python(folder, "-m", "parity", *arguments)
