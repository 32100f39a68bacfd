"""ONNX's own shape inference, in a process of its own: on a damaged model it may take all memory, or abort."""

import atexit
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Any

LONGEST = 60
"""Seconds that one model may take; one of 20,000 nodes takes two."""

WORKER = f"""
import sys
sys.path[:] = sys.argv[1:]
from onnx import GraphProto, shape_inference
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, ({2 << 30}, resource.getrlimit(resource.RLIMIT_AS)[1]))
except (ImportError, ValueError, OSError):
    pass
given, made = sys.stdin.buffer, sys.stdout.buffer
while len(head := given.read(8)) == 8:
    content = given.read(int.from_bytes(head, "little"))
    try:
        graph = shape_inference.infer_shapes(content, check_type=False, strict_mode=False, data_prop=True).graph
        reply = b"+" + GraphProto(value_info=graph.value_info, output=graph.output).SerializeToString()
    except Exception as error:
        reply = b"-" + str(error).encode()[:1000]
    made.write(len(reply).to_bytes(8, "little") + reply)
    made.flush()
"""
"""Answers models with what was inferred, or with why nothing was; sizes of 8 bytes come before both."""

BROKE_OFF = "it broke off, or took too much memory or time"


class InferenceError(Exception):
    """Nothing could be inferred, and why."""


@dataclass
class _Worker:
    """A process that waits for models; it ends with this one."""

    process: "subprocess.Popen[bytes]"
    owner: int
    """The process that started it; what that has forked needs one of its own."""

    def ask(self, content: bytes) -> bytes:
        """Its answer, or less than one where it broke off."""
        given, made = self.process.stdin, self.process.stdout
        if given is None or made is None:
            return b""
        timer = threading.Timer(LONGEST, self.process.kill)
        timer.start()
        try:
            given.write(len(content).to_bytes(8, "little") + content)
            given.flush()
            return made.read(int.from_bytes(made.read(8), "little"))
        except OSError:
            return b""
        finally:
            timer.cancel()

    def end(self) -> None:
        """Stop it, if it is still there."""
        self.process.kill()
        self.process.communicate()


_lock = threading.Lock()
_workers: list[_Worker] = []


def infer(model: Any) -> Any:
    """The graph's ``value_info`` and outputs with the shapes that ONNX infers, as a ``GraphProto``.

    Args:
        model: a ``ModelProto`` without large payloads.

    Raises:
        InferenceError: ONNX refuses the model, or breaks off.
    """
    from google.protobuf.message import DecodeError, EncodeError
    from onnx import GraphProto

    try:
        content = model.SerializeToString()
        with _lock:
            reply = _worker().ask(content)
            if not reply:
                _drop()
    except (OSError, EncodeError, ValueError) as error:
        raise InferenceError(" ".join(str(error).split())) from error
    if not reply.startswith(b"+"):
        said = reply[1:].decode("utf-8", "replace")
        raise InferenceError(" ".join(said.split())[:200] or BROKE_OFF)
    graph = GraphProto()
    try:
        graph.ParseFromString(reply[1:])
    except DecodeError as error:
        raise InferenceError(BROKE_OFF) from error
    return graph


def _worker() -> _Worker:
    _workers[:] = [each for each in _workers if each.owner == os.getpid() and each.process.poll() is None]
    if not _workers:
        if not _registered:
            atexit.register(_drop)
            _registered.append(True)
        command = [sys.executable, "-P", "-c", WORKER, *filter(None, sys.path)]
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere)  # noqa: S603  our own program
        _workers.append(_Worker(process, os.getpid()))
    return _workers[0]


_registered: list[bool] = []


def _drop() -> None:
    while _workers:
        worker = _workers.pop()
        if worker.owner == os.getpid():
            worker.end()
