"""Pages of documentation, played from top to bottom as a reader would: what each example prints is what stands there.

Each page has a project of its own with three models in ``models/`` and parity's ``fixtures/``. Its blocks share it:

- ``python`` and ``toml`` that begin with a comment that is a file's name are that file;
- other ``python`` is run, in one namespace for the page, and ``text`` right below it is what it printed;
- ``console`` shows ``$ parity`` commands with what they print; a line ``...`` stands for lines that are left out;
- ``sh`` is a script that begins with ``# exit code N``, or installs and starts what no test can.
"""

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from textwrap import dedent, indent

from click.testing import CliRunner

from parity.cli import main

ROOT = Path(__file__).parents[2]

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
"""Everything that is written for users by hand."""

MODELS = {"bn_cnn.keras": "net.keras", "bn_cnn.pt2": "net.pt2", "bn_cnn_dynamo.onnx": "net.onnx"}

FENCE = re.compile(r"^(?P<margin> *)```(?P<language>\w+)\n(?P<text>.*?)^(?P=margin)```$", re.MULTILINE | re.DOTALL)

NOT_RUN = {"pip", "eval", "git", "model-explorer", "scripts/demo", "scripts/fuzz", "scripts/test"}
"""Programs of which pages show only how they are started."""

ELIDED = "..."


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    text: str
    line: int
    after: str
    """What stands between it and the block before it."""


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found, end = [], 0
    for fence in FENCE.finditer(page):
        line = page.count("\n", 0, fence.start()) + 1
        found.append(Block(fence["language"], dedent(fence["text"]), line, page[end : fence.start()]))
        end = fence.end()
    return found


class Project:
    """The folder that the examples of a page stand in, and what they have left there."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self.namespace = {"__name__": "__main__"}
        self.printed = ""
        (folder / "fixtures").symlink_to(ROOT / "fixtures")
        (folder / "models").mkdir()
        for ours, theirs in MODELS.items():
            shutil.copy(ROOT / "fixtures" / ours, folder / "models" / theirs)
        (folder / "bin").mkdir()
        for program, module in (("parity", "-m parity"), ("pytest", "-m pytest"), ("python", "")):
            path = folder / "bin" / program
            path.write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n')
            path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def play(self, page: str) -> str:
        """Run the blocks of a page, in this folder; the page with what they print now."""
        shown = iter([self._shown(block) for block in blocks(page)])
        return FENCE.sub(
            lambda fence: (
                f"{fence['margin']}```{fence['language']}\n{indent(next(shown), fence['margin'])}{fence['margin']}```"
            ),
            page,
        )

    def _shown(self, block: Block) -> str:
        """Run a block; its text as it has to be."""
        printed, self.printed = self.printed, ""
        if block.language == "console":
            return "".join(transcripts(block.text))
        if block.language == "text" and not block.after.strip("\n"):
            return as_elided(block.text, printed)
        if block.language in {"python", "toml"} and (name := re.match(r"# (\S+\.(?:toml|py))\n", block.text)):
            path = self.folder / name[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
        elif block.language == "python":
            self.printed = self._python(block)
        elif block.language == "sh":
            self._shell(block)
        return block.text

    def _python(self, block: Block) -> str:
        # The lines of a traceback are those of the page.
        code = compile("\n" * block.line + block.text, self.name, "exec")
        with redirect_stdout(StringIO()) as printed:
            exec(code, self.namespace)  # noqa: S102  our own pages
        return printed.getvalue()

    def _shell(self, block: Block) -> None:
        said = re.match(r"# exit code (\d)\n", block.text)
        if said is None:
            commands = [line.split()[0] for line in block.text.splitlines() if line.strip()]
            assert set(commands) <= NOT_RUN, f"{self.name}:{block.line}: say the exit code"
            return
        done = self.bash(block.text)
        assert done.returncode == int(said[1]), f"{self.name}:{block.line}\n{done.stdout}{done.stderr}"
        for path in re.findall(r"--report \w+=(\S+)", block.text):
            assert (self.folder / path).stat().st_size > 100

    def bash(self, script: str) -> subprocess.CompletedProcess[str]:
        """What becomes of a script in this folder, which a failing command ends."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PARITY_", "PYTEST_"))}
        environment |= {"PATH": f"{self.folder / 'bin'}:{environment['PATH']}", "PYTHONPATH": str(ROOT)}
        command = ["bash", "-euo", "pipefail", "-c", script]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)


def transcripts(text: str) -> Iterator[str]:
    """The commands of a block, each with what it prints now."""
    assert text.startswith("$ parity ")
    for command, shown in re.findall(r"^(\$ parity [^\n]*\n)(.*?)(?=^\$ |\Z)", text, re.MULTILINE | re.DOTALL):
        done = CliRunner().invoke(main, shlex.split(command.removeprefix("$ parity ")))
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code in {0, 1}, f"{command}{done.output}"
        yield command + as_elided(shown, done.stdout)


def as_elided(shown: str, printed: str) -> str:
    """What was printed, without the lines that the page leaves out, if the others are as it shows them."""
    parts = [part.strip("\n") for part in re.split(rf"^ *{re.escape(ELIDED)}\n", shown, flags=re.MULTILINE)]
    if len(parts) == 1:
        return printed
    first, last = ("" if parts[0] else r"(?:.*\n)*?"), ("" if parts[-1] else r"(?:\n.*)*")
    pattern = r"\n(?:.*\n)*?".join(re.escape(part) for part in parts if part)
    return shown if re.fullmatch(first + pattern + last, printed.strip("\n")) else printed
