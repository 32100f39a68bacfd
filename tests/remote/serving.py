"""A web server on this machine that serves what a table says, well or badly; it counts what it sends."""

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Resource:
    """A file: its first bytes, and zeros up to its size, which nobody holds."""

    head: bytes
    size: int = -1
    tag: str = ""
    ranges: bool = True
    length: int | None = None
    """What is said of its length, where that is a lie."""
    total: int | None = None
    """The same of the whole in the answer to a range."""
    shift: int = 0
    """How many bytes further on than asked for a range begins."""
    short: int = 0
    """Bytes that are missing at the end of an answer."""
    stall: float = 0.0
    """Seconds of silence after each byte."""
    redirect: str = ""
    status: int = 0
    """A refusal."""
    times: int = 1_000_000
    """How often it refuses, before it serves."""
    coding: str = ""

    def __post_init__(self):
        """Fill in what follows from the content."""
        self.size = len(self.head) if self.size < 0 else self.size
        self.tag = self.tag or f'"{sha256(self.head).hexdigest()[:16]}"'

    def part(self, start, end):
        return self.head[start:end].ljust(end - start, b"\0")


@dataclass
class Served:
    """A running server."""

    port: int
    files: dict[str, Resource]
    sent: Counter = field(default_factory=Counter)
    """Bytes of bodies, by path."""
    asked: list = field(default_factory=list)
    """Paths with their Range and Authorization."""
    together: threading.Barrier | None = None
    """The first requests for shards are answered when as many have come: none is, if they come one by one."""
    other: Callable | None = None
    """Makes a file for an address that the table does not have; None where there is none."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"


class Handler(BaseHTTPRequestHandler):
    """Answers from the table of its server."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Say nothing."""

    def do_HEAD(self):
        self.do_GET(body=False)

    def do_GET(self, *, body=True):
        served = self.server.served
        path = self.path.partition("?")[0]
        with served.lock:
            served.asked.append((self.path, self.headers.get("Range"), self.headers.get("Authorization")))
            number = sum("-of-" in each for each, *_ in served.asked)
        if served.together is not None and "-of-" in path and number <= served.together.parties:
            served.together.wait(10)
        try:
            self._answer(served, path, body=body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _answer(self, served, path, *, body):
        found = served.files.get(path)
        if found is None and served.other is not None:
            found = served.other(self.path)
        if found is None:
            return self._refuse(404)
        if found.redirect:
            return self._refuse(302, Location=found.redirect)
        if found.status and found.times > 0:
            found.times -= 1
            return self._refuse(found.status)
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range") or "") if found.ranges else None
        start, end = (int(wanted[1]), min(int(wanted[2]) + 1, found.size)) if wanted else (0, found.size)
        if wanted and start >= found.size:
            return self._refuse(416, **{"Content-Range": f"bytes */{found.size}"})
        start, end = start + found.shift, end + found.shift
        self.send_response(206 if wanted else 200)
        self.send_header("ETag", found.tag)
        if found.coding:
            self.send_header("Content-Encoding", found.coding)
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{found.total or found.size}")
        self.send_header("Content-Length", str(end - start if found.length is None else found.length))
        self.end_headers()
        return self._send(served, path, found, (start, end - found.short)) if body else None

    def _send(self, served, path, found, stretch):
        at, end = stretch
        step = 1 if found.stall else 1 << 20
        while at < end:
            content = found.part(at, min(at + step, end))
            with served.lock:
                served.sent[path] += len(content)
            self.wfile.write(content)
            at += step
            time.sleep(found.stall)
        if found.short:
            self.close_connection = True

    def _refuse(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


@contextmanager
def serving(files, other=None):
    """A server of the files, by path."""
    server = _Server(("127.0.0.1", 0), Handler)
    server.served = Served(server.server_port, dict(files), other=other)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def sharded(shards, size, *, folder="/model", layers=3, wide=8192):
    """Files of a model in shards of a nominal size: the headers are real, the elements are zeros that nobody holds."""
    files, table = {}, {}
    rows = size // (2 * wide * layers)
    for at in range(shards):
        name = f"model-{at + 1:05}-of-{shards:05}.safetensors"
        header, end = {"__metadata__": {"format": "pt"}}, 0
        for layer in range(at * layers, (at + 1) * layers):
            tensor, start, end = f"model.layers.{layer}.mlp.up_proj.weight", end, end + 2 * wide * rows
            header[tensor] = {"dtype": "BF16", "shape": [rows, wide], "data_offsets": [start, end]}
            table[tensor] = name
        text = json.dumps(header).encode()
        files[f"{folder}/{name}"] = Resource(len(text).to_bytes(8, "little") + text, 8 + len(text) + end)
    index = json.dumps({"metadata": {"total_size": 0}, "weight_map": table}).encode()
    return {f"{folder}/model.safetensors.index.json": Resource(index), **files}
