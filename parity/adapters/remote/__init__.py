"""Files elsewhere, of which only the parts that a reader asks for are fetched.

``remote`` takes an address and gives a ``RemotePath``, which answers to what readers ask of a ``Path``, so that they
are the same for files here and elsewhere. A site (``_web``, ``_hub``, ``_bucket``) knows how bytes of a file are asked
for; what it gives is kept in the cache (``_cache``).
"""

from parity.adapters.remote._addresses import remote
from parity.adapters.remote._path import RawRemote, RemotePath
from parity.adapters.remote._site import Unreached

__all__ = ["RawRemote", "RemotePath", "Unreached", "remote"]
