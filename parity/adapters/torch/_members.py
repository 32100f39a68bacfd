"""Reads a member of a zip archive that may come from a stranger."""

import zipfile
import zlib

LARGEST = 128 * 2**20
"""Bytes that are read; the graph of a large language model has some 20 MiB."""

SMALL = 2**20
MOST_TIMES = 100
"""How many times its size a member may unpack to; PyTorch does not compress at all, and JSON shrinks 20 times."""


def read_member(archive: zipfile.ZipFile, name: str, largest: int = LARGEST) -> bytes:
    """The bytes of a member.

    Raises:
        ValueError: it is too large, or unpacks to many times its size.
        zipfile.BadZipFile: it is damaged.
    """
    info = archive.getinfo(name)
    if info.file_size > largest:
        raise ValueError(f"{info.file_size:,} bytes, at most {largest:,} are read")
    if info.file_size > SMALL and info.file_size > MOST_TIMES * info.compress_size:
        raise ValueError(f"{info.compress_size:,} bytes that unpack to {info.file_size:,}")
    try:
        return archive.read(info)
    except (zlib.error, EOFError) as error:
        raise zipfile.BadZipFile(str(error)) from error
