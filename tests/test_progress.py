"""What a command is at, for a person at a terminal, and for nobody else."""

import os
import pty
import subprocess
import sys
import threading

import pytest

from parity._stages import telling
from parity.check import check

SLOW = """
import sys, time
from parity.cli import _progress, main
_progress.PATIENCE, _progress.STEP = 0.1, 0.02
import parity.check
read = parity.check.read
def slow(*given):
    time.sleep(0.4)
    return read(*given)
parity.check.read = slow
sys.argv[0] = "parity"
main()
"""


def on_a_terminal(*arguments, **variables):
    """What a command prints, and what it writes on the terminal that its standard error is."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in {"CI", "COLUMNS", "PARITY_TRACE"}}
    environment |= {"TERM": "xterm", **variables}
    command = [sys.executable, "-c", SLOW, *map(str, arguments)]
    seen = []

    def look():
        while True:
            try:
                block = os.read(ours, 4096)
            except OSError:  # the last one has hung up
                return
            if not block:
                return
            seen.append(block)

    watcher = threading.Thread(target=look)
    done = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=theirs, text=True)
    os.close(theirs)
    watcher.start()
    out, _ = done.communicate(timeout=120)
    watcher.join(timeout=10)
    os.close(ours)
    return out, b"".join(seen).decode()


def test_the_stages_come_in_their_order(fixtures):
    class Heard:
        stages = []  # noqa: RUF012

        def about(self, subject):
            raise AssertionError(subject)

        def enter(self, stage):
            self.stages.append(stage)

    with telling(Heard()):
        check(fixtures / "bn_cnn.keras", fixtures / "bn_cnn.pt2")
    assert list(dict.fromkeys(Heard.stages)) == ["reading", "normalising", "aligning", "comparing"]


def test_a_terminal_sees_one_line_that_goes_again(fixtures):
    out, seen = on_a_terminal("compare", fixtures / "bn_cnn.keras", fixtures / "bn_cnn.pt2", "--format", "concise")

    assert "parity: reading (" in seen
    assert "\n" not in seen
    assert seen.endswith("\r\x1b[K")
    assert "parity: reading" not in out


def test_a_gate_says_which_pair_it_is_at(fixtures, tmp_path):
    path = fixtures / "bn_cnn.pt2"
    (tmp_path / "parity.toml").write_text(
        f'version = 1\nverify = "off"\n[[pair]]\nname = "same"\nleft = "{path}"\nright = "{path}"\n'
    )
    _, seen = on_a_terminal("check", "--config", tmp_path / "parity.toml")

    assert "parity: same: reading (" in seen
    assert "\r\x1b[Kparity: [1/1] same: passed" in seen


@pytest.mark.parametrize("variable", [{"CI": "true"}, {"TERM": "dumb"}])
def test_a_build_sees_nothing(fixtures, variable):
    _, seen = on_a_terminal("compare", fixtures / "bn_cnn.pt2", fixtures / "bn_cnn.pt2", **variable)

    assert seen == ""


def test_a_pipe_sees_nothing(fixtures):
    command = [sys.executable, "-c", SLOW, "compare", fixtures / "bn_cnn.pt2", fixtures / "bn_cnn.pt2"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stderr == ""
