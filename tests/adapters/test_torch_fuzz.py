"""Damaged files of every PyTorch format: a result or a ParityError, in little time and memory."""

import io
import json
import random
import resource
import subprocess
import sys
import time
import zipfile

import pytest
import torch  # noqa: TID253  only tests of PyTorch import this
from safetensors.torch import save_file
from torch import nn  # noqa: TID253  same

from parity.adapters import Probe, formats, read
from parity.errors import ParityError
from parity.kinds import translate
from tests.adapters.torch_tar import save_tar

pytestmark = [pytest.mark.filterwarnings(f"ignore::{each}") for each in ("UserWarning", "DeprecationWarning")]

MUTATIONS = {
    "torch-export": 1000,
    "torch-pickle": 500,
    "torch-script": 2000,
    "torch-safetensors": 2000,
    "torch-sharded": 2000,
}
"""For one of the files below, so that each format has 2,000."""

LONGEST = 5.0
"""Seconds for one damaged file, on a slow machine that does other things too."""

MOST_MEMORY = 600 * 2**20
WORDS = (
    b"\xff" * 4,
    b"\x00" * 8,
    b"\x7f\xff\xff\xff",
    b"R",
    b"b",
    b"(",
    b"t",
    b"}",
    b"-1",
    b"99999999999999999999",
    b"[",
    b"null",
)


def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2))


def write_archive(path):
    torch.export.save(torch.export.export(model().eval(), (torch.zeros(1, 1, 4, 4),)), path)


def write_old_archive(path):
    write_archive(path)
    with zipfile.ZipFile(path) as archive:
        document = archive.read(next(name for name in archive.namelist() if name.endswith("models/model.json")))
    state = io.BytesIO()
    torch.save(model().state_dict(), state)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("serialized_exported_program.json", document)
        archive.writestr("serialized_state_dict.pt", state.getvalue())


def write_index(path):
    state = model().state_dict()
    save_file(state, path.parent / "shard.safetensors")
    document = {"metadata": {"total_size": 1}, "weight_map": dict.fromkeys(state, "shard.safetensors")}
    path.write_text(json.dumps(document))


WRITERS = {
    "model.pt2": write_archive,
    "old.pt2": write_old_archive,
    "module.pt": lambda path: torch.save(model(), path),
    "stream.pt": lambda path: torch.save(model(), path, _use_new_zipfile_serialization=False),
    "state_dict.bin": lambda path: torch.save({"epoch": 1, "model": model().state_dict()}, path),
    "tar.pt": lambda path: save_tar(model().state_dict(), path),
    "script.pt": lambda path: torch.jit.save(torch.jit.script(model()), path),
    "model.safetensors": lambda path: save_file(model().state_dict(), path),
    "model.safetensors.index.json": write_index,
}


def damaged(data, chance):
    """Bytes with one to three changes of the kinds that disks, networks and attackers make."""
    found = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(found) + 1)
        length = chance.choice((1, 1, 2, 8, 64))
        match chance.randrange(6):
            case 0:
                found[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del found[place : place + length]
            case 2:
                found[place:place] = found[place : place + length]
            case 3:
                found[place : place + length] = chance.choice(WORDS)
            case 4:
                found[place:place] = chance.randbytes(length)
            case 5:
                del found[max(place, len(found) // 4) :]
        found = found or bytearray(b"\0")
    return bytes(found)


def variants(path, count, chance):
    """Damage to the file, and to what a zip archive holds, so that its checksums are right again."""
    whole = path.read_bytes()
    members = {}
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    said = [name for name in members if name.endswith((".pkl", ".json", ".py", ".pt"))] or [*members]
    for number in range(count):
        if not members or number % 4 == 0:
            yield damaged(whole, chance)
            continue
        victim = chance.choice(said)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, damaged(data, chance) if name == victim else data)
        yield packed.getvalue()


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_is_of_one_format(name, tmp_path):
    WRITERS[name](tmp_path / name)
    assert recognised(tmp_path / name) == [read(tmp_path / name).format]


def test_reading_imports_no_framework(tmp_path):
    for name, write in WRITERS.items():
        write(tmp_path / name)
    code = (
        "import sys; from parity.adapters import read\n"
        "for path in sys.argv[1:]: read(path)\n"
        "print(sorted({'torch', 'numpy', 'safetensors', 'pickle', 'tarfile', 'onnx', 'h5py'} & set(sys.modules)))"
    )
    paths = [str(tmp_path / name) for name in WRITERS]
    done = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_fixtures_are_of_one_format(fixtures):
    for path in fixtures.iterdir():
        assert recognised(path) == [read(path).format]


def recognised(path):
    with path.open("rb") as file:
        probe = Probe(path, file.read(4096))
    return [each.name for each in formats() if not each.live and each.recognise(probe)]


@pytest.mark.parametrize("name", WRITERS)
def test_damaged_files_end_in_a_result_or_a_sentence(name, tmp_path):
    path, chance = tmp_path / name, random.Random(name)  # noqa: S311  no secret
    WRITERS[name](path)
    graph = read(path)
    count = MUTATIONS[graph.format]
    translate(graph)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    results, longest = 0, 0.0
    for content in variants(path, count, chance):
        path.write_bytes(content)
        begin = time.process_time()
        try:
            translate(read(path))
            results += 1
        except ParityError as error:
            assert "\n" not in str(error)  # noqa: PT017  one of two right outcomes
        longest = max(longest, time.process_time() - begin)
    assert 0 < results < count
    assert longest < LONGEST
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < MOST_MEMORY
