"""Damaged files of every format, and a process of its own that judges them: it is killed when one takes too long."""

import io
import json
import os
import select
import subprocess
import sys
import zipfile
from pathlib import Path

LIMIT = 20
"""Seconds for one file."""

MOST_MEMORY = 1 << 30
"""Bytes that the process may grow to."""

JUDGE = """
import json, resource, sys, traceback
limit = int(sys.argv[1]) * 3
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
import parity
for line in sys.stdin:
    given, good = json.loads(line)
    said = "report"
    try:
        parity.summary(given)
        parity.compare(given, good)
        parity.compare(good, given, profile="exact")
    except parity.ParityError as error:
        said = "refused" if "\\n" not in str(error) else f"several lines: {error}"
    except BaseException:
        said = traceback.format_exc()
    with open("/proc/self/status") as status:  # what getrusage tells counts the process that started this one
        memory = next(int(row.split()[1]) for row in status if row.startswith("VmHWM")) * 1024
    print(json.dumps([said, memory]), flush=True)
"""

ODD = (
    *("text", "", "a/../b", "\\u0000", "x" * 5000, -1, 0, 1, 3, 2.5, 1e308, -0.0, 10**30, 2**63, True, False, None),
    *([], [0], [[]], [None, -1], ["text"], [3] * 70, [[1, 2], [3]], {}, {"a": 1}, {"class_name": "Dense"}, "9" * 400),
)
"""What may stand in the place of any field of a document."""

WORDS = (b"\xff" * 4, b"\x00" * 8, b"\x7f\xff\xff\xff", b"(", b"}", b"-1", b"99999999999999999999", b"[", b"null", b"")


class Judge:
    """A process that reads and compares files one after the other; a new one where the last was killed."""

    def __init__(self):
        """Start none yet."""
        self.process = None

    def verdict(self, path, good):
        """``report``, ``refused``, or what went wrong."""
        if self.process is None:
            command = [sys.executable, "-c", JUDGE, str(MOST_MEMORY)]
            environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
            pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
            self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere, env=environment)
        self.process.stdin.write(json.dumps([str(path), str(good)]).encode() + b"\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], LIMIT)[0]:
            self.end()
            return f"no answer within {LIMIT} seconds"
        line = self.process.stdout.readline()
        if not line:
            self.end()
            return "the process broke off"
        said, memory = json.loads(line)
        if memory > MOST_MEMORY:
            self.end()
            return f"{memory >> 20} MiB"
        return said

    def end(self):
        """Stop the process, if there is one."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
        self.process = None


def damaged_bytes(content, rng):
    """A file with some bytes changed, left out, doubled, put in, or set to zero; or its end missing."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(data) + 1)
        way = rng.randrange(7)
        if way == 0 and data:
            data[at % len(data)] ^= 1 << rng.randrange(8)
        elif way == 1:
            data[at : at + rng.choice((1, 4, 8))] = rng.choice(WORDS)
        elif way == 2:
            del data[at : at + rng.choice((1, 8, 100))]
        elif way == 3:
            data[at:at] = data[at : at + rng.choice((1, 16, 200))]
        elif way == 4:
            size = rng.choice((1, 8, 64, 500))
            data[at : at + size] = bytes(len(data[at : at + size]))
        elif way == 5:
            data[at : at + 8] = rng.randbytes(len(data[at : at + 8]))
        elif rng.random() < 0.2:
            del data[at:]
    return bytes(data)


def damaged_document(content, rng):
    """JSON with some fields of other types and values, left out, or in each other's place."""
    document = json.loads(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        places = list(_places(document))
        if not places:
            break
        holder, key = rng.choice(places)
        way = rng.randrange(5)
        if way == 0 and isinstance(holder, dict):
            del holder[key]
        elif way == 1:
            other, name = rng.choice(places)
            holder[key] = json.loads(json.dumps(other[name]))
        elif way == 2 and isinstance(holder, list):
            holder.insert(key, json.loads(json.dumps(holder[key])))
        else:
            holder[key] = json.loads(json.dumps(rng.choice(ODD)))
    return json.dumps(document).encode()


def _places(document):
    """Each field of a document, as what holds it and its key."""
    waiting = [document]
    while waiting:
        holder = waiting.pop()
        pairs = holder.items() if isinstance(holder, dict) else enumerate(holder)
        for key, value in pairs:
            yield holder, key
            if isinstance(value, dict | list):
                waiting.append(value)


def damaged_archive(content, rng):
    """A zip with one member damaged, whose checksum fits what it holds."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(made, "w") as changed:
        names = given.namelist()
        chosen = rng.choice([name for name in names if given.getinfo(name).file_size] or names)
        for name in names:
            held = given.read(name)
            changed.writestr(given.getinfo(name), damaged(held, rng) if name == chosen else held)
    return made.getvalue()


def damaged(content, rng):
    """A file damaged as its content suggests, or as bytes."""
    try:
        if content[:2] == b"PK" and rng.random() < 0.8:
            return damaged_archive(content, rng)
        if content.lstrip()[:1] in {b"{", b"["} and rng.random() < 0.8:
            return damaged_document(content, rng)
    except (ValueError, zipfile.BadZipFile, RecursionError):
        pass
    return damaged_bytes(content, rng)


def folder_with(path: Path, content: bytes, good: Path) -> Path:
    """A damaged file beside what the good one has beside it; of a model that is a folder the whole folder."""
    import shutil

    if good.is_dir():
        shutil.copytree(good, path, dirs_exist_ok=True)
        (path / "saved_model.pb").write_bytes(content)
        return path
    path.write_bytes(content)
    return path
