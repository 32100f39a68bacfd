"""Foreign code that a damaged file may keep busy for ever, or make abort: it runs in a process of its own."""

import atexit
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field

START = """
import sys
sys.path[:] = sys.argv[1:]
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, ({memory}, resource.getrlimit(resource.RLIMIT_AS)[1]))
except (ImportError, ValueError, OSError):
    pass
{program}
given, made = sys.stdin.buffer, sys.stdout.buffer
while len(head := given.read(8)) == 8:
    reply = answer(given.read(int.from_bytes(head, "little")))
    made.write(len(reply).to_bytes(8, "little") + reply)
    made.flush()
"""
"""Sizes of 8 bytes come before what is asked and what is answered."""

MEMORY = 2 << 30


@dataclass
class Helper:
    """A program that answers one question after the other, in a process that is started when it is first asked.

    Attributes:
        program: defines ``answer``, from bytes to bytes.
        longest: seconds that one answer may take.
    """

    program: str
    longest: int
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _process: "subprocess.Popen[bytes] | None" = None
    _owner: int = 0
    """The process that started it; what that has forked needs one of its own."""

    def ask(self, content: bytes) -> bytes:
        """The answer; none where the program broke off, or took too much memory or time.

        Raises:
            OSError: no process can be started.
        """
        with self._lock:
            process = self._running()
            reply = self._answer(process, content)
            if not reply:
                self._end()
            return reply

    def _answer(self, process: "subprocess.Popen[bytes]", content: bytes) -> bytes:
        given, made = process.stdin, process.stdout
        if given is None or made is None:
            return b""
        timer = threading.Timer(self.longest, process.kill)
        timer.start()
        try:
            given.write(len(content).to_bytes(8, "little") + content)
            given.flush()
            size = int.from_bytes(made.read(8), "little")
            reply = made.read(size)
        except OSError:
            return b""
        finally:
            timer.cancel()
        return reply if len(reply) == size else b""

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._owner == os.getpid() and self._process.poll() is None:
            return self._process
        if not self._owner:
            atexit.register(self._end)
        program = START.format(memory=MEMORY, program=self.program)
        command = [sys.executable, "-P", "-c", program, *filter(None, sys.path)]
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        self._owner = os.getpid()
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere)  # noqa: S603  our own program
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            process.communicate()
