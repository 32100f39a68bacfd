"""Files of a web server, by range requests; what it says is checked before it is believed."""

import http.client
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, BinaryIO
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit

from parity._version import __version__
from parity.adapters._bytes import CHANGED, READ_AGAIN
from parity.adapters.remote._cache import BLOCK
from parity.adapters.remote._site import MOST_FETCHED, Known, Missing, Site, Unreached, too_large
from parity.adapters.remote._transport import Elsewhere, ask
from parity.store import Absent

CHUNK = 1 << 20
TRIES = 3
PASSING = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
"""What a server says that may say something else a moment later."""

GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")
EMPTY = re.compile(r"bytes \*/0")
WRITTEN = "%/?:@!$&'()*+,;=~[]"
"""Characters of an address that stay as they are."""

REMEDY = "check the address, or fetch the file yourself and name the copy"


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer that is being read."""

    response: Any
    status: int
    shown: str

    def header(self, name: str) -> str:
        return str(self.response.headers.get(name) or "")

    @property
    def tag(self) -> str:
        return self.header("ETag") or self.header("Last-Modified")

    def range(self) -> tuple[int, int, int]:
        """Where the bytes begin and end, and of how many in all."""
        found = RANGE.fullmatch(self.header("Content-Range").strip())
        if found is None:
            raise self.lies(f"not a byte range but {self.header('Content-Range')[:60]!r}")
        start, last, size = map(int, found.groups())
        if not start <= last < size:
            raise self.lies(f"bytes {start:,} to {last:,} of {size:,}")
        return start, last + 1, size

    def fill(self, view: memoryview) -> None:
        at = 0
        while at < len(view):
            done = self.response.readinto(view[at : at + CHUNK])
            if not done:
                raise self.lies(f"the end after {at:,} of {len(view):,} bytes")
            at += done

    def lies(self, found: str) -> Unreached:
        return Unreached(
            "the server does not send what it announced", found=f"{found}, for {self.shown}", remedy=REMEDY
        )


class Web(Site):
    """What lies below an address; keys are paths as they are written there."""

    def __init__(self, base: str, shown: str, headers: Mapping[str, str] | None = None) -> None:
        """Where files are.

        Args:
            base: the beginning of all addresses.
            shown: the same for people.
            headers: to be sent with each request to its host.
        """
        super().__init__()
        self._base, self._shown = base, shown
        agent = {"User-Agent": f"parity/{__version__}", "Accept-Encoding": "identity"}
        self._headers = agent | dict(headers or {})

    def shown(self, key: str) -> str:
        """The address without a query, which may be a signature."""
        return self._shown + key.partition("?")[0]

    def address(self, key: str) -> str:
        """The address."""
        return self._base + key

    def known(self, key: str) -> Known:
        """Ask for the first bytes: a server that cannot send parts shows by sending all, which is not waited for.

        Raises:
            Missing: there is no such file.
            Unreached: the server cannot be reached, or does not do its part.
        """
        try:
            with self._asked(key, 0, BLOCK) as answer:
                length = answer.header("Content-Length")
                if answer.status != HTTPStatus.PARTIAL_CONTENT:
                    return Known(int(length) if length.isdecimal() else None, answer.tag, in_parts=False)
                start, end, size = answer.range()
                if start or end != min(BLOCK, size):
                    raise answer.lies(f"bytes {start:,} to {end:,} of {size:,}")
                head = bytearray(end)
                answer.fill(memoryview(head))
                return Known(size, answer.tag, head=bytes(head))
        except _Empty:
            return Known(0, "")

    def fill(self, key: str, start: int, view: memoryview, known: Known) -> None:
        """Read a part.

        Raises:
            Unreached: it cannot be had, or the file has changed.
        """
        try:
            with self._asked(key, start, len(view)) as answer:
                if answer.status != HTTPStatus.PARTIAL_CONTENT:
                    raise answer.lies("the whole file where a part was asked for")
                begin, end, size = answer.range()
                if (answer.tag, size) != (known.tag, known.size):
                    raise Unreached(CHANGED, found=f"{size:,} bytes at {answer.shown}", remedy=READ_AGAIN)
                if (begin, end) != (start, start + len(view)):
                    raise answer.lies(f"bytes {begin:,} to {end:,} of {size:,}")
                answer.fill(view)
        except _Empty as error:
            raise Unreached(CHANGED, found=f"no bytes at {self.shown(key)}", remedy=READ_AGAIN) from error

    def fetch(self, key: str, file: BinaryIO, most: int) -> None:
        """Write all of a file to another one.

        Raises:
            Unreached: it cannot be had, or has more bytes than may be fetched.
        """
        with self._asked(key) as answer:
            length, at = answer.header("Content-Length"), 0
            while chunk := answer.response.read1(CHUNK):
                at += len(chunk)
                if at > most:
                    raise too_large(answer.shown, f"more than {MOST_FETCHED:,} bytes")
                file.write(chunk)
            if length.isdecimal() and int(length) != at:
                raise answer.lies(f"the end after {at:,} of {int(length):,} bytes")

    @contextmanager
    def _asked(self, key: str, start: int = 0, count: int = 0) -> Iterator[_Answer]:
        """The answer to a request, of a part where a number of bytes is given."""
        shown = self.shown(key)
        wanted = {"Range": f"bytes={start}-{start + count - 1}"} if count else {}
        try:
            with self._response(key, self._headers | wanted) as response:
                coding = response.headers.get("Content-Encoding") or "identity"
                answer = _Answer(response, response.status, shown)
                if coding != "identity":
                    raise answer.lies(f"bytes compressed with {coding[:20]!r}")
                yield answer
        except Absent:
            raise
        except HTTPError as error:
            raise _refusal(error, shown) from error
        except Elsewhere as error:
            cause = "the server redirects to an unencrypted address"
            raise Unreached(cause, found=f"{error} for {shown}", remedy=REMEDY) from error
        except TimeoutError as error:
            raise Unreached("the server stopped responding", found=f"{error} for {shown}", remedy=REMEDY) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, TimeoutError):
                raise Unreached(
                    "the server stopped responding", found=f"{reason} for {shown}", remedy=REMEDY
                ) from error
            found = f"{str(reason)[:200] or type(reason).__name__} for {shown}"
            raise Unreached("the server cannot be reached", found=found, remedy=REMEDY) from error

    def _response(self, key: str, headers: dict[str, str]) -> Any:
        """The answer of a server that may be busy for a moment."""
        for attempt in range(TRIES):
            try:
                return ask(self.address(key), headers)
            except HTTPError as error:
                if error.code not in PASSING or attempt == TRIES - 1:
                    raise
                error.close()
            except ConnectionError:
                if attempt == TRIES - 1:
                    raise
            time.sleep(0.5 * 2**attempt)
        raise AssertionError


class _Empty(Unreached):
    """The file has no bytes, so that no part of it can be asked for."""


def _refusal(error: HTTPError, shown: str) -> Unreached:
    error.close()
    if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and EMPTY.fullmatch(
        str(error.headers.get("Content-Range")).strip()
    ):
        return _Empty("the file is empty")
    found = f"status {error.code} for {shown}"
    if error.code in GONE:
        return Missing("there is no such file", found=found, remedy="check the address")
    if error.code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Unreached("the server refuses access", found=found, remedy="check the address, and that you may read it")
    return Unreached("the server refuses", found=found, remedy=REMEDY)


def web(url: str) -> tuple[Web, str]:
    """The server of an address, and the file's key on it.

    Raises:
        ValueError: it is no address.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    shown = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}/"
    key = quote(parts.path[1:] + (f"?{parts.query}" if parts.query else ""), safe=WRITTEN)
    headers = {}
    if parts.username:
        from base64 import b64encode
        from urllib.parse import unquote

        name = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + b64encode(name.encode()).decode()
    return Web(shown, shown, headers), key
