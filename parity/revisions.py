"""Models as a git repository has them at a revision: written to a folder for the time of a comparison."""

import subprocess
from pathlib import Path, PurePosixPath

from parity.errors import UsageError

PREFIX = "git:"
POINTER = b"version https://git-lfs.github.com/spec/"
SEARCHED = 64 << 20
"""Bytes of a file that are looked through for the names of others that it consists of."""


class Revision:
    """A revision of the repository that a folder is in."""

    def __init__(self, name: str, into: Path) -> None:
        """Find the revision; what is read of it goes to the folder ``into``.

        Raises:
            UsageError: git is not installed, this is no repository, or it has no such revision.
        """
        self.name, self._into = name, into
        self._top = Path(self._said("rev-parse", "--show-toplevel", why="this is not a git repository"))
        found = self._said(
            "rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}", why="there is no such revision"
        )
        self.commit = found
        self._tree: dict[str, tuple[str, str]] = {}
        for line in filter(None, self._ran("ls-tree", "-r", "-z", "--full-tree", found).split(b"\0")):
            about, _, path = line.partition(b"\t")
            mode, _, blob = about.decode().split(" ")
            self._tree[path.decode("utf-8", "surrogateescape")] = mode, blob

    def model(self, path: str) -> str:
        """Write a file or folder as it was, with the files beside it that it names; the path of that.

        Raises:
            UsageError: it was not there, lies outside of the repository, or its content is not in it.
        """
        try:
            inside = PurePosixPath(Path(path).resolve().relative_to(self._top.resolve()).as_posix())
        except ValueError as error:
            raise self._refused(path, "it is not in this git repository") from error
        own = [each for each in self._tree if each == str(inside) or each.startswith(f"{inside}/")]
        if not own:
            raise self._refused(path, "it is not in that revision", "commit it, or name a revision that has it")
        for each in own:
            self._write(each)
        if own == [str(inside)]:
            self._write_parts(inside)
        return str(self._into / inside)

    def _write_parts(self, inside: PurePosixPath) -> None:
        """The files in the folder of a file that it holds the names of: shards, weights of an ONNX file."""
        with (self._into / inside).open("rb") as file:
            content = file.read(SEARCHED)
        above = "" if str(inside.parent) == "." else f"{inside.parent}/"
        for each in self._tree:
            name = each.removeprefix(above)
            if each != str(inside) and each.startswith(above) and name.encode("utf-8", "surrogateescape") in content:
                self._write(each)

    def _write(self, path: str) -> None:
        mode, blob = self._tree[path]
        if mode not in {"100644", "100755"}:
            raise self._refused(path, "it is a link or a submodule there", "name the file itself")
        content = self._ran("cat-file", "blob", blob)
        if content.startswith(POINTER):
            cause = "it is a Git LFS pointer there; its content is not in the repository"
            raise self._refused(path, cause, "compare with a snapshot of it, which does not need LFS: parity snapshot")
        target = self._into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def _refused(self, path: str, cause: str, remedy: str = "") -> UsageError:
        return UsageError(f"cannot read {path!r} at {self.name}", cause, remedy=remedy)

    def _said(self, *arguments: str, why: str) -> str:
        return self._ran(*arguments, why=why).decode("utf-8", "surrogateescape").strip("\n")

    def _ran(self, *arguments: str, why: str = "") -> bytes:
        """What git prints; nothing is checked out, and no filter or hook of the repository runs."""
        subject = f"cannot use {PREFIX}{self.name}"
        try:
            done = subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S603, S607  git as the user has it
        except OSError as error:
            raise UsageError(subject, "git cannot be run", found=str(error.strerror)) from error
        if done.returncode:
            found = "" if why else done.stderr.decode(errors="replace").strip()[:200]
            raise UsageError(subject, why or "git cannot read it", found=found)
        return done.stdout
