"""Files that keep HDF5's own code busy for ever are told from others within a limit of time."""

import time
import zipfile

import keras  # noqa: TID253  only tests of Keras import this
import pytest

import parity
from parity.adapters import read
from parity.adapters.keras import _isolated
from parity.errors import UnreadableModel


def model():
    x = keras.Input((6, 4))
    return keras.Model(x, keras.layers.Dense(2)(keras.layers.LSTM(3)(x)))


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    monkeypatch.setattr(_isolated._helper, "longest", 2)


def with_zeros(content, mark, count):
    """Zeros put in before a mark, over the heap that holds the text there."""
    at = content.index(mark)
    return content[:at] + bytes(count) + content[at:]


@pytest.mark.parametrize("count", [16, 64, 4096])
@pytest.mark.parametrize("mark", [b'"output_layers"', b'"class_name"', b'"LSTM"'])
def test_a_config_over_a_broken_heap(mark, count, tmp_path):
    model().save(tmp_path / "good.h5")
    (tmp_path / "m.h5").write_bytes(with_zeros((tmp_path / "good.h5").read_bytes(), mark, count))

    started = time.monotonic()
    with pytest.raises(UnreadableModel) as caught:
        read(tmp_path / "m.h5")
    with pytest.raises(UnreadableModel):
        parity.compare(tmp_path / "m.h5", tmp_path / "good.h5")

    assert time.monotonic() - started < 15
    assert "\n" not in str(caught.value)
    assert read(tmp_path / "good.h5").nodes


@pytest.mark.parametrize("mark", [b"HEAP", b"TREE", b"SNOD"])
@pytest.mark.parametrize("kind", ["m.h5", "m.weights.h5", "m.keras"])
def test_structures_set_to_zero(kind, mark, tmp_path):
    made = model()
    (made.save_weights if "weights" in kind else made.save)(tmp_path / kind)
    content = (tmp_path / kind).read_bytes()
    if kind.endswith(".keras"):
        with zipfile.ZipFile(tmp_path / kind) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        members["model.weights.h5"] = _broken(members["model.weights.h5"], mark)
        with zipfile.ZipFile(tmp_path / kind, "w") as archive:
            for name, held in members.items():
                archive.writestr(name, held)
    else:
        (tmp_path / kind).write_bytes(_broken(content, mark))

    started = time.monotonic()
    with pytest.raises(UnreadableModel):
        read(tmp_path / kind)
    assert time.monotonic() - started < 15


def _broken(content, mark):
    at = content.index(mark) + len(mark)
    return content[:at] + bytes(24) + content[at + 24 :]


def test_one_that_is_known_to_find_no_end_is_not_asked_again(tmp_path, monkeypatch):
    model().save(tmp_path / "m.h5")
    asked = []

    def ask(_, content):
        asked.append(content)
        return b""

    monkeypatch.setattr(type(_isolated._helper), "ask", ask)
    with pytest.raises(UnreadableModel, match="does not finish"):
        read(tmp_path / "m.h5")
    assert len(asked) == 1
