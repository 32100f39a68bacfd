"""A frozen batch normalisation of Keras normalises as in inference, however it is called."""

import pytest

import parity

keras = pytest.importorskip("keras")


def net(training, **settings):
    start = keras.Input((3,), batch_size=4)
    layer = keras.layers.BatchNormalization(**settings)
    return keras.Model(start, layer(start) if training is None else layer(start, training=training))


def sides(form, folder, *models):
    if form == "live":
        return models
    paths = [folder / f"{at}.{form}" for at, _ in enumerate(models)]
    for model, path in zip(models, paths, strict=True):
        model.save(path)
    return paths


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("form", ["live", "keras", "h5"])
@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("training", [True, None])
def test_freezing_shows_where_it_counts(training, affine, form, tmp_path):
    settings = {"center": affine, "scale": affine}
    both = sides(form, tmp_path, net(training, **settings), net(training, **settings, trainable=False))

    assert parity.compare(*both, profile="train").verdict is parity.Verdict.DIFFERENT
    wanted = parity.Verdict.DIFFERENT if training else parity.Verdict.EQUIVALENT
    assert parity.compare(*both, profile="inference").verdict is wanted
    assert parity.compare(both[1], both[1], profile="train").verdict is parity.Verdict.EQUIVALENT


def test_a_frozen_one_is_the_same_whatever_mode_it_is_called_in():
    frozen = (net(training, center=False, scale=False, trainable=False) for training in (True, None))
    assert parity.compare(*frozen, profile="train").verdict is parity.Verdict.EQUIVALENT
