"""The elements of the tensors beside an exported program."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from parity.adapters._archive import Archive, Member
from parity.adapters._elements import NotThere, Strided
from parity.adapters.torch._dtypes import BITS, INTEGERS
from parity.adapters.torch._program import Program, Stored
from parity.errors import UnreadableModel
from parity.store import Absent, Elements

Json = Mapping[str, Any]

ELSEWHERE = NotThere("the archive holds the program without its tensors", "save it again with torch.export.save")


@dataclass(frozen=True)
class Exported:
    """What an archive has of tensors.

    Attributes:
        archive: the archive.
        folder: the one that its members are in.
        where: the file, as the user named it.
        old: where the elements are that older archives keep in pickles, by name.
    """

    archive: Archive
    folder: str
    where: str
    old: Mapping[str, Elements]

    def entered(self, program: Program, weights: Json, constants: Json) -> Program:
        """The program with the places of its elements.

        Args:
            program: the program.
            weights: the entries of ``model_weights_config.json`` by name.
            constants: the same of ``model_constants_config.json``.

        Raises:
            KeyError, TypeError, ValueError: an entry is not laid out as ``torch.export`` writes it.
        """

        def placed(stored: Stored) -> Stored:
            group, table = ("weights", weights) if stored.name in weights else ("constants", constants)
            entry = table.get(stored.name)
            found = self._of_entry(stored, group, entry) if entry else self.old.get(stored.name, ELSEWHERE)
            return replace(stored, elements=found)

        return replace(program, stored=tuple(map(placed, program.stored)))

    def _of_entry(self, stored: Stored, group: str, entry: Json) -> Elements:
        member = self.archive.member(f"{self.folder}data/{group}/{entry['path_name']}")
        if entry.get("use_pickle"):
            return Pickled(member, self.where)
        meta = entry.get("tensor_meta")
        dtype = stored.tensor.dtype or ""
        shape = tuple(size for size in stored.tensor.shape or () if isinstance(size, int))
        if not meta or dtype not in BITS or len(shape) != len(stored.tensor.shape or ()):
            return NotThere("the archive does not record its dtype or shape")
        strides = tuple(each["as_int"] for each in meta["strides"])
        start = (meta.get("storage_offset") or {}).get("as_int", 0) * BITS[dtype] // 8
        return InOrder(member, f"{self.folder}byteorder", INTEGERS.get(dtype, dtype), shape, strides, start)


@dataclass(frozen=True, slots=True)
class InOrder:
    """A view of a member, whose byte order is told by another one."""

    member: Member
    order: str
    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    start: int

    def view(self) -> Strided:
        """Where the elements are, with the order of their bytes.

        Raises:
            Absent, OSError: the archive cannot be read.
        """
        archive = self.member.archive
        told = archive.locate(self.order) if self.order in archive.members else None
        order = told.read(0, min(told.size, 16)).tobytes().strip() if told is not None else b"little"
        return Strided(self.member, self.dtype, self.shape, self.strides, self.start, order.decode("latin-1"))

    def read(self) -> Any:
        """The array.

        Raises:
            Absent: it is not there, or damaged.
            OSError: the file cannot be read.
        """
        return self.view().read()


@dataclass(frozen=True, slots=True)
class Pickled:
    """A tensor that is pickled in a member."""

    member: Member
    where: str

    def read(self) -> Any:
        """The array.

        Raises:
            Absent: it is not there, or damaged.
            OSError: the file cannot be read.
        """
        from parity.adapters.torch._records import TensorRecord
        from parity.adapters.torch._saved import read_source

        try:
            saved = read_source(self.member.located(), self.where)
        except UnreadableModel as error:
            raise Absent(error.cause, found=error.found, remedy=error.remedy) from error
        if not isinstance(saved.top, TensorRecord):
            raise Absent("its pickle does not hold a tensor", found=f"{saved.top!r:.80}")
        return saved.elements(saved.top).read()
