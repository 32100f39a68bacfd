"""Which site reads an address."""

import re
from typing import NoReturn

from parity.adapters._location import plain
from parity.adapters.remote._path import RemotePath
from parity.adapters.remote._transport import is_allowed
from parity.adapters.remote._web import web
from parity.errors import UnreadableModel
from parity.store import Absent

KNOWN = "known are hf://ORG/REPOSITORY[/FILE][@REVISION], s3://BUCKET/KEY and https://HOST/FILE"
HUB = re.compile(r"hf://(?P<repository>[\w.-]+/[\w.-]+)(?P<before>@[^/@]+)?(?P<file>/[^@]*)?(?P<behind>@[^@]+)?")


def remote(address: str) -> RemotePath:
    """The file or folder at an address.

    Raises:
        UnreadableModel: there is no such site, or it is no address.
        MissingFramework: a package that reads it is not installed.
    """
    scheme = address.partition("://")[0].lower()
    if scheme == "hf":
        return _hub(address)
    if scheme == "s3":
        return _bucket(address)
    try:
        if scheme in {"https", "http"} and is_allowed(address):
            site, key = web(address)
            return RemotePath(site, key)
    except ValueError as error:
        raise UnreadableModel(plain(address), f"it is not a valid address: {error}", remedy=KNOWN) from error
    cause = (
        "only https is supported, and http on this machine"
        if scheme == "http"
        else "parity does not read this kind of address"
    )
    raise UnreadableModel(plain(address), cause, remedy=KNOWN)


def _hub(address: str) -> RemotePath:
    found = HUB.fullmatch(address)
    if found is None or (found["before"] and found["behind"]):
        _refuse(address)
    from parity.adapters.remote._hub import hub

    revision = (found["before"] or found["behind"] or "")[1:]
    try:
        site = hub(found["repository"], revision)
    except Absent as error:
        raise UnreadableModel(address, error.cause, found=error.found, remedy=error.remedy) from error
    folder = RemotePath(site, "")
    name = (found["file"] or "").strip("/")
    return folder / name if name else folder


def _bucket(address: str) -> RemotePath:
    bucket, _, key = address[len("s3://") :].partition("/")
    if not bucket or "?" in address:
        _refuse(address)
    from parity.adapters.remote._bucket import bucket_site

    return RemotePath(bucket_site(), f"{bucket}/{key}".rstrip("/"))


def _refuse(address: str) -> NoReturn:
    raise UnreadableModel(plain(address), "it is not an address of that kind", remedy=KNOWN)
