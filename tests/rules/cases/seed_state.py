"""The seed of a dropout, as earlier releases of Keras 3 write it into the file."""

import io
import zipfile

from tests.rules.models import folder, keras_net, layers, nn, torch_net

STORE = "model.weights.h5"


def keras_file(*, seeded):
    import h5py

    path = folder() / "net.keras"
    keras_net((8,), layers().Dense(2), layers().Dropout(0.5)).save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    store = io.BytesIO(members[STORE])
    if seeded:
        with h5py.File(store, "r+") as file:
            file.create_dataset("layers/dropout/seed_generator/vars/0", (2,), "int64")
            file["layers/dropout/seed_generator/vars"].attrs["name"] = "seed_generator"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**members, STORE: store.getvalue()}.items():
            archive.writestr(name, content)
    return path


def bad():
    return keras_file(seeded=True), torch_net(nn().Linear(8, 2), nn().Dropout(0.5)), {"right_inputs": [(1, 8)]}


def good():
    return keras_file(seeded=True), keras_file(seeded=True)
