"""HTTP with limits: time for each answer, redirects to encrypted places only, no password carried to another host."""

import http.client
import io
import socket
import ssl
import time
from typing import Any
from urllib import request
from urllib.parse import urlsplit

from parity.adapters.remote._site import Unreached

STALL = 20.0
"""Seconds that a server may be silent."""

PATIENCE = 60.0
"""Seconds that an answer may take, and one more for each ``SLOWEST`` bytes of it."""

SLOWEST = 16 << 10
REDIRECTS = 5
LOCAL = ("localhost", "127.0.0.1", "::1")
"""Hosts that are spoken to without encryption."""

SECRET = ("Authorization", "Cookie")


class Elsewhere(Exception):
    """A redirect that is not followed."""


class _Timed(io.RawIOBase):
    """What comes from a socket, as long as it comes: a server that sends a byte now and then is silent, too."""

    def __init__(self, raw: Any) -> None:
        super().__init__()
        self._raw = raw
        self._end = time.monotonic() + PATIENCE

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if time.monotonic() > self._end:
            raise TimeoutError(f"fewer than {SLOWEST:,} bytes in a second")
        count: int | None = self._raw.readinto(buffer)
        self._end += (count or 0) / SLOWEST
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Timed(self.fp.detach()))


class _Plain(http.client.HTTPConnection):
    response_class = _Response


class _Secure(http.client.HTTPSConnection):
    response_class = _Response


class _Http(request.HTTPHandler):
    def http_open(self, req: request.Request) -> Any:
        return self.do_open(_Plain, req)


class _Https(request.HTTPSHandler):
    def https_open(self, req: request.Request) -> Any:
        return self.do_open(_Secure, req, context=ssl.create_default_context())


class _Redirects(request.HTTPRedirectHandler):
    max_redirections = REDIRECTS

    def redirect_request(
        self, req: request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> request.Request | None:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if new.scheme != "https" and (new.scheme, new.netloc) != (old.scheme, old.netloc):
            raise Elsewhere(f"{new.scheme}://{new.hostname}"[:200])
        made = super().redirect_request(req, fp, code, msg, headers, newurl)
        if made is not None and new.netloc != old.netloc:
            for name in SECRET:
                made.remove_header(name)
        return made


def _opener() -> request.OpenerDirector:
    made = request.OpenerDirector()
    handlers = (
        request.ProxyHandler,
        _Http,
        _Https,
        _Redirects,
        request.HTTPDefaultErrorHandler,
        request.HTTPErrorProcessor,
        request.UnknownHandler,
    )
    for each in handlers:
        made.add_handler(each())
    return made


def is_allowed(url: str) -> bool:
    """Whether an address is spoken to: encrypted, or on this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL))


def ask(url: str, headers: dict[str, str]) -> Any:
    """The answer to a GET, which the caller closes.

    Raises:
        urllib.error.HTTPError: a status that is no success.
        OSError, http.client.HTTPException: there is no answer, or none in time.
        Elsewhere: a redirect that is not followed.
        Unreached: the address is not encrypted.
    """
    if not is_allowed(url):
        raise Unreached("only https is supported, and http on this machine", remedy="name an https:// address")
    return _opener().open(request.Request(url, headers=headers), timeout=STALL)  # noqa: S310  checked above
