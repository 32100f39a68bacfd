"""Where a layer comes from, when it stands for others."""

from dataclasses import replace

from parity.graph import Layer, Note, Undone


def fuse(layer: Layer, parts: tuple[Layer, ...], text: str) -> Layer:
    """A layer with the sources of all that it stands for, and a note that says so."""
    sources = dict.fromkeys(source for part in (layer, *parts) for source in part.sources)
    note = Note(Undone.DECOMPOSED, text)
    notes = dict.fromkeys((*layer.notes, *(each for part in parts for each in part.notes), note))
    return replace(layer, sources=tuple(sources), notes=tuple(notes))
