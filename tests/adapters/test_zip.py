"""Damaged zip archives end in one sentence, whichever structure of the archive the damage hits."""

import io
import random
import zipfile
from contextlib import suppress

import pytest

from parity.adapters._archive import Archive
from parity.adapters._bytes import File
from parity.adapters._zip import BROKEN, read_member
from parity.errors import UnreadableModel
from parity.store import Absent

METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]
MEMBERS = {"a/é.json": b'{"a": 1}' * 20, "b": b"x" * 300}
LIMIT = 2**20


def _archive(method: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in MEMBERS.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("method", METHODS)
def test_damage_ends_in_a_sentence(method, tmp_path):
    chance, good, path = random.Random(method), _archive(method), tmp_path / "model.zip"  # noqa: S311  no secret
    opened = 0
    for _ in range(5000):
        content = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            content[chance.randrange(len(content))] = chance.choice([0, 1, 255, 128, 8, chance.randrange(256)])
        path.write_bytes(content)
        with suppress(*BROKEN), zipfile.ZipFile(path) as archive:
            opened += 1
            for name in archive.namelist():
                with suppress(UnreadableModel):
                    read_member(archive, name, LIMIT, "it")
                with suppress(Absent):
                    found = Archive(File.at(path).whole(), archive.infolist()).locate(name)
                    found.read(0, found.size)
    assert opened > 1000


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_that_no_framework_writes(method):
    with (
        zipfile.ZipFile(io.BytesIO(_archive(method))) as archive,
        pytest.raises(
            UnreadableModel, match=r"its b uses a compression that no framework uses \(found method 1[24]\); copy"
        ),
    ):
        read_member(archive, "b", LIMIT, "it")


@pytest.mark.parametrize("method", METHODS)
def test_what_is_sound_is_read(method, tmp_path):
    path = tmp_path / "model.zip"
    path.write_bytes(_archive(method))
    with zipfile.ZipFile(path) as archive:
        for name, content in MEMBERS.items():
            assert read_member(archive, name, LIMIT, "it") == content
            found = Archive(File.at(path).whole(), archive.infolist()).locate(name)
            assert found.read(0, found.size).tobytes() == content
