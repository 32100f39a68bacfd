"""A fitted model, and one that was never compiled."""

from tests.rules.models import folder, keras_net, layers


def saved(suffix, *, fitted):
    import numpy as np

    made = keras_net((8,), layers().Dense(3))
    if fitted:
        made.compile("adam", "mse")
        made.train_on_batch(np.zeros((4, 8)), np.zeros((4, 3)))
    path = folder() / f"net{suffix}"
    made.save(path)
    return path


def bad(suffix=".keras"):
    return saved(suffix, fitted=True), saved(".keras", fitted=False)


def good():
    path = saved(".keras", fitted=True)
    return path, path
