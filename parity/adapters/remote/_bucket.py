"""Objects of S3, through ``fsspec`` and ``s3fs``."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, BinaryIO
from urllib.parse import unquote

from parity.adapters._bytes import CHANGED, READ_AGAIN
from parity.adapters.remote._site import Known, Missing, Site, Unreached, refused, too_large
from parity.adapters.remote._transport import STALL
from parity.errors import MissingFramework

CHUNK = 1 << 20
SETTINGS = {"connect_timeout": STALL, "read_timeout": STALL, "retries": {"max_attempts": 3}}


class Bucket(Site):
    """All buckets that the user may read; keys are ``bucket/key``."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        super().__init__()
        self._listed: set[str] = set()

    def __getstate__(self) -> dict[str, Any]:
        """What another process gets: no connections."""
        return {name: value for name, value in super().__getstate__().items() if name != "_s3"}

    def shown(self, key: str) -> str:
        """The address as one types it."""
        return f"s3://{unquote(key)}"

    def address(self, key: str) -> str:
        """The same, on the server that is asked."""
        return f"{self._s3.endpoint_url or ''} {self.shown(key)}"

    def known(self, key: str) -> Known:
        """Size and version of an object.

        Raises:
            Missing: there is none.
            Unreached: it cannot be had.
        """
        name = self.shown(key)
        try:
            info = self._s3.info(name, refresh=True)
        except FileNotFoundError as error:
            raise Missing("there is no such file", found=name, remedy="check the address") from error
        except Exception as error:
            raise self._refused(key, error) from error
        if info.get("type") != "file":
            raise Missing("there is no such file, but a folder", found=name, remedy="name a file in it")
        return Known(int(info["size"]), str(info.get("ETag", "")))

    def fill(self, key: str, start: int, view: memoryview, known: Known) -> None:
        """Read a part.

        Raises:
            Unreached: it cannot be had, or the object has changed.
        """
        try:
            # It is looked up when it is opened, and asks for that version then.
            with self._s3.open(self.shown(key), "rb", cache_type="none") as file:
                now = str(file.details.get("ETag", "")), file.size
                file.seek(start)
                content = file.read(len(view))
        except Exception as error:
            raise self._refused(key, error) from error
        if now != (known.tag, known.size):
            raise Unreached(CHANGED, found=f"{now[1]:,} bytes at {self.shown(key)}", remedy=READ_AGAIN)
        if len(content) != len(view):
            found = f"{len(content):,} of {len(view):,} bytes of {self.shown(key)}"
            raise Unreached("the server does not send what it announced", found=found, remedy="try again")
        view[:] = content

    def fetch(self, key: str, file: BinaryIO, most: int) -> None:
        """Write all of an object to a file.

        Raises:
            Unreached: it cannot be had, or has more bytes than may be fetched.
        """
        known = self.known(key)
        size = known.size or 0
        if size > most:
            raise too_large(self.shown(key), f"{size:,} bytes")
        for start in range(0, size, CHUNK):
            part = bytearray(min(CHUNK, size - start))
            self.fill(key, start, memoryview(part), known)
            file.write(part)

    def names(self, key: str) -> Sequence[str]:
        """Names of the objects in a folder."""
        try:
            found = self._s3.ls(self.shown(key), detail=True)
        except FileNotFoundError:
            return ()
        except Exception as error:
            raise self._refused(key, error) from error
        folder = f"{unquote(key)}/"
        names = [each["name"] for each in found if each["type"] == "file" and each["name"].startswith(folder)]
        self._listed.update(names)
        return [each.removeprefix(folder) for each in names]

    def lists(self, key: str) -> bool:
        """Whether a folder that was looked at has an object."""
        return unquote(key) in self._listed

    def _refused(self, key: str, error: Exception) -> Unreached:
        """What S3 says: its packages raise errors of their own, of the cloud's and of the web's."""
        return refused(self.shown(key), error)

    @cached_property
    def _s3(self) -> Any:
        import fsspec

        # Listings, and what other readings have found, may be of earlier versions.
        return fsspec.filesystem("s3", use_listings_cache=False, skip_instance_cache=True, config_kwargs=SETTINGS)


def bucket_site() -> Bucket:
    """Buckets, as the user's own settings say where they are and who may read them.

    Raises:
        MissingFramework: ``fsspec`` or ``s3fs`` is not installed.
    """
    try:
        import s3fs  # noqa: F401  fsspec loads it by its name
    except ImportError as error:
        raise MissingFramework("s3fs", "remote", "read s3:// addresses") from error
    return Bucket()
