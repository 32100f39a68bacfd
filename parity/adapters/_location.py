"""Where a file is that a reader is given: on this machine, or elsewhere."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from parity.adapters.remote import RemotePath

Location: TypeAlias = "Path | RemotePath"
"""A file elsewhere answers to what readers ask of a ``Path``; its module is loaded by who names one only."""


Found = TypeVar("Found")

AT_ONCE = 16
"""Files elsewhere that are asked for at the same time."""


def is_remote(source: object) -> bool:
    """Whether a model is named by an address, not by a path."""
    return isinstance(source, str) and "://" in source


def plain(address: str) -> str:
    """A model as it may be told: an address without query and password, which may be secret."""
    if not is_remote(address):
        return address
    scheme, _, rest = address.partition("?")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def located(source: "str | Location") -> Location:
    """What a user has named.

    Raises:
        UnreadableModel: parity does not read this kind of address.
        MissingFramework: a package that this takes is not installed.
    """
    if not isinstance(source, str):
        return source
    if not is_remote(source):
        return Path(source)
    from parity.adapters.remote import remote

    return remote(source)


def each_of(locations: Sequence[Location], function: Callable[[Location], Found]) -> Iterator[Found]:
    """What a function makes of each, in their order; of files elsewhere several at the same time.

    Raises:
        Exception: what the function raises.
    """
    if all(isinstance(each, Path) for each in locations):
        yield from map(function, locations)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            yield from pool.map(function, locations)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def on_disk(location: Location) -> Path:
    """The file on this machine, fetched as a whole where it is elsewhere: for code that opens files by itself.

    Raises:
        Absent: it cannot be fetched, or is too large for that.
    """
    return location if isinstance(location, Path) else location.fetched()
