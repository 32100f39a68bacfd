"""Repositories of the Hugging Face hub: ``huggingface_hub`` tells commit and files, its web server the bytes."""

import os
from collections.abc import Sequence
from urllib.parse import quote, unquote

from parity.adapters.remote._site import Known, Missing, Unreached, refused
from parity.adapters.remote._transport import STALL
from parity.adapters.remote._web import Web
from parity.errors import MissingFramework


class Hub(Web):
    """A repository at one commit, whatever is pushed to it meanwhile."""

    def __init__(self, base: str, shown: str, headers: dict[str, str], files: Sequence[str]) -> None:
        """``files`` are all that the commit has."""
        super().__init__(base, shown, headers)
        self._all = dict.fromkeys(files)

    def shown(self, key: str) -> str:
        """The address as one types it."""
        return (self._shown + unquote(key)).rstrip("/")

    def known(self, key: str) -> Known:
        """Ask for the first bytes of a file that the commit has.

        Raises:
            Missing: it has none with that name.
            Unreached: the server cannot be reached, or does not do its part.
        """
        if unquote(key) not in self._all:
            raise Missing("there is no such file in the repository", found=self.shown(key), remedy="check the address")
        return super().known(key)

    def lists(self, key: str) -> bool:
        """Whether the commit has a file."""
        return unquote(key) in self._all

    def names(self, key: str) -> Sequence[str]:
        """Names of the files in a folder."""
        folder = f"{unquote(key)}/" if key else ""
        found = (each.removeprefix(folder) for each in self._all if each.startswith(folder))
        return [each for each in found if "/" not in each]


def hub(repository: str, revision: str) -> Hub:
    """A repository, at the commit that a revision names.

    Raises:
        MissingFramework: ``huggingface_hub`` is not installed.
        Unreached: there is no such repository or revision, or the hub cannot be reached.
    """
    try:
        from huggingface_hub import HfApi, constants, get_token
    except ImportError as error:
        raise MissingFramework("huggingface_hub", "remote", f"read 'hf://{repository}'") from error
    endpoint = (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")
    shown = f"hf://{repository}{f'@{revision}' if revision else ''}"
    try:
        info = HfApi(endpoint).model_info(repository, revision=revision or None, timeout=STALL)
    except (OSError, ValueError) as error:
        raise refused(shown, error) from error
    except Exception as error:
        # What the client of the web raises is of a package that later versions may exchange for another.
        if type(error).__module__.partition(".")[0] in {"httpx", "httpx2", "httpcore", "requests"}:
            raise refused(shown, error) from error
        raise
    if not info.sha:
        raise Unreached("the Hub does not say which commit it is", found=shown, remedy="name a revision")
    base = f"{endpoint}/{quote(repository)}/resolve/{quote(info.sha)}/"
    files = [each.rfilename for each in info.siblings or ()]
    token = get_token()
    return Hub(base, f"{shown}/", {"Authorization": f"Bearer {token}"} if token else {}, files)
