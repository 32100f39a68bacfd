"""Elements of Keras' own files and live models, against the variables that Keras has."""

import os
import pickle
import zipfile
from dataclasses import replace

import h5py
import numpy as np
import pytest
from elements import all_elements, assert_same, assert_told, bits, bytes_read

from parity.adapters import read
from parity.errors import UnreadableTensor

keras = pytest.importorskip("keras")


class Odd(keras.layers.Layer):
    """Variables of every type, and of no size."""

    def build(self, _):
        for dtype in ("bool", "int8", "uint16", "int64", "float16", "bfloat16", "float64"):
            self.add_weight(shape=(2, 3), dtype=dtype, initializer="ones", trainable=False, name=dtype)
        self.add_weight(shape=(0, 3), name="empty")
        self.add_weight(shape=(), name="scalar")

    def call(self, inputs):
        return inputs


def filled(model, seed=0):
    rng = np.random.default_rng(seed)
    for each in model.variables:
        values = rng.normal(size=each.shape) * 10
        each.assign(np.asarray(values > 0 if each.dtype == "bool" else np.abs(values)).astype(each.dtype))
    return model


def small():
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, dtype="float16", name="conv2d")(inputs)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Dropout(0.5)(x)
    x = keras.layers.Flatten()(x)
    shared = keras.layers.Dense(144, dtype="bfloat16")
    x = Odd(name="odd")(shared(shared(x)))
    return filled(keras.Model(inputs, keras.layers.Dense(2)(x)))


@pytest.fixture(scope="module")
def model():
    return small()


@pytest.fixture(scope="module")
def archive(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("keras") / "model.keras"
    model.save(path)
    return path


def repacked(archive, target, *, pack=zipfile.ZIP_STORED, change=lambda data: data):
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(target, "w", pack) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name.endswith(".h5") else old.read(name))
    return target


def rewritten(data, folder, **settings):
    """The same datasets, stored in another way."""
    old, new = folder / "old.h5", folder / "new.h5"
    old.write_bytes(data)
    with h5py.File(old) as before, h5py.File(new, "w") as after:

        def copy(name, each):
            if not isinstance(each, h5py.Dataset):
                after.create_group(name).attrs.update(each.attrs)
                return
            how = settings if each.ndim and each.size else {}
            made = after.create_dataset(name, data=each[()], dtype=each.dtype, **how)
            made.attrs.update(each.attrs)

        before.visititems(copy)
    return new.read_bytes()


def values(model):
    """All but the state of dropout, which Keras does not store."""
    return [keras.ops.convert_to_numpy(each) for each in model.variables if "seed_generator" not in each.path]


def test_an_archive_gives_the_bits_of_each_variable(model, archive):
    graph = read(archive)

    assert_told(graph)
    assert bits(all_elements(graph).values()) == bits(values(model))
    kernel = model.layers[1].kernel
    assert_same(graph.store.read("conv2d/0"), keras.ops.convert_to_numpy(kernel))


def test_a_live_model_gives_its_variables_as_they_are(archive):
    model = filled(small(), seed=1)
    graph = read(model)

    assert_told(graph)
    assert bits(all_elements(graph).values()) == bits(values(model))
    assert len(graph.weights) == len(read(archive).weights)
    with pytest.raises(UnreadableTensor, match="in another process"):
        pickle.loads(pickle.dumps(graph.store)).read(next(iter(graph.weights)))


@pytest.mark.parametrize("how", [{"compression": "gzip"}, {"chunks": True, "shuffle": True}, {"compression": "lzf"}])
def test_packed_datasets_are_unpacked(model, archive, tmp_path, how):
    path = repacked(archive, tmp_path / "packed.keras", change=lambda data: rewritten(data, tmp_path, **how))
    graph = read(path)

    assert_told(graph)
    assert bits(all_elements(graph).values()) == bits(values(model))


def test_a_compressed_archive_is_unpacked(model, archive, tmp_path):
    graph = read(repacked(archive, tmp_path / "deflated.keras", pack=zipfile.ZIP_DEFLATED))

    assert bits(all_elements(graph).values()) == bits(values(model))
    assert bits(all_elements(replace(graph, store=pickle.loads(pickle.dumps(graph.store)))).values()) == bits(
        values(model)
    )


def test_numbers_of_another_byte_order_are_turned(archive, tmp_path):
    def swapped(data):
        path = tmp_path / "swapped.h5"
        path.write_bytes(data)
        with h5py.File(path, "r+") as file:
            before = file["layers/conv2d/vars/0"][()]
            del file["layers/conv2d/vars/0"]
            file.create_dataset("layers/conv2d/vars/0", data=before.astype(">f2"), dtype=">f2")
        return path.read_bytes()

    path = repacked(archive, tmp_path / "swapped.keras", change=swapped)

    assert_same(read(path).store.read("conv2d/0"), read(archive).store.read("conv2d/0"))


@pytest.mark.parametrize("ending", [".h5", ".weights.h5"])
def test_hdf5_files_give_the_bits_of_each_variable(model, tmp_path, ending):
    path = tmp_path / f"model{ending}"
    model.save_weights(path) if ending == ".weights.h5" else model.save(path)
    graph = read(path)

    assert_told(graph)
    assert bits(all_elements(graph).values()) == bits(values(model))


def test_a_file_that_has_changed_is_no_longer_read(archive, tmp_path):
    path = repacked(archive, tmp_path / "model.keras")
    graph = read(path)
    os.utime(path, ns=(1, 1))
    with pytest.raises(UnreadableTensor, match="the file has changed since the model was read"):
        graph.store.read("conv2d/0")
    path.unlink()
    with pytest.raises(UnreadableTensor, match="the operating system reports: No such file"):
        graph.store.read("conv2d/0")


def test_one_tensor_of_a_large_file_is_read_alone(tmp_path):
    path = tmp_path / "large.weights.h5"
    with h5py.File(path, "w") as file:
        for name, size in (("a", 3), ("b", 10 * 2**30), ("c", 5)):
            group = file.create_group(f"layers/{name}/vars")
            kind = h5py.h5s.create_simple((size // 4 if size > 5 else size,))
            settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            settings.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
            settings.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
            h5py.h5d.create(group.id, b"0", h5py.h5t.NATIVE_FLOAT, kind, settings)
        file.create_group("vars")
        file["layers/c/vars/0"][:] = 7
    assert path.stat().st_size > 10 * 2**30
    name = next(name for name, each in read(path).weights.items() if each.shape == (5,))

    count, size = bytes_read(path, name)

    assert size == 20
    assert count < 100_000
    assert_same(read(path).store.read(name), np.full(5, 7, np.float32))


def test_a_dataset_that_claims_far_more_than_it_holds_is_not_unpacked(tmp_path):
    path = tmp_path / "bomb.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/a/vars/0", shape=(2**40,), dtype="f4", chunks=(1024,), compression="gzip")
        file.create_group("vars")
    graph = read(path)

    with pytest.raises(UnreadableTensor, match="compressed, and implausibly large"):
        graph.store.read(next(iter(graph.weights)))


def test_low_rank_adapters_are_not_in_a_file(tmp_path):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="dense")])
    model.layers[0].enable_lora(2)
    model.save(tmp_path / "lora.keras")
    graph = read(tmp_path / "lora.keras")

    assert graph.store.read("dense/0").shape == (4, 3)
    with pytest.raises(UnreadableTensor, match="holds a low-rank adapter merged"):
        graph.store.read("dense/lora_a")


def test_a_whole_application_adds_up_to_the_same(tmp_path):
    model = keras.applications.MobileNetV3Small(weights=None, input_shape=(64, 64, 3), classes=10)
    model.save(tmp_path / "model.keras")

    for graph in (read(tmp_path / "model.keras"), read(model)):
        total = sum(float(each.astype("float64").sum()) for each in all_elements(graph).values())
        assert total == sum(float(np.asarray(each, "float64").sum()) for each in values(model))
