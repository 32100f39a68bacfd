"""A failed assertion tells one cause once, however many layers have it."""

import keras  # noqa: TID253  only tests of Keras import this
import pytest
from keras import layers  # noqa: TID253  same

import parity


def network(epsilon, rates, units=8):
    built = [keras.Input((8,))]
    for at, rate in enumerate(rates):
        built += [
            layers.Dense(units, name=f"dense_{at}"),
            layers.BatchNormalization(epsilon=epsilon, name=f"norm_{at}"),
            layers.Dropout(rate, name=f"drop_{at}"),
        ]
    return keras.Sequential(built)


@pytest.fixture(scope="module")
def text():
    left, right = network(1e-3, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)), network(1e-5, (0.7,) * 6)
    with pytest.raises(parity.Mismatch) as error:
        parity.assert_parity(left, right)
    return str(error.value)


def test_a_cause_is_told_once_with_an_example_and_where_else_it_is(text):
    assert text.count("\nepsilon") == text.count("\ndropout-rate") == 1
    assert "epsilon   6 layers, e.g.\nL   norm_0   0.001\nR   norm_0   1e-05\n" in text
    assert "also norm_1 / norm_1; norm_2 / norm_2; norm_3 / norm_3; and 2 more" in text
    assert "findings more" not in text


def test_values_that_vary_are_told_as_a_range(text):
    assert "values of all: 0.1 to 0.6 / 0.7" in text
    assert text.count("values of all") == 1


def test_what_is_left_out_is_counted_with_its_places(pytester, fixtures):
    pytester.makepyfile(f"""
        import sys; sys.path.insert(0, {str(fixtures.parent / "tests")!r})
        from parity import assert_parity
        from reports.test_failure import network
        def test():
            assert_parity(network(1e-3, (0.1,) * 3), network(1e-5, (0.2,) * 3))
    """)
    result = pytester.runpytest_subprocess("--parity-findings=1", "-p", "no:randomly")
    result.stdout.fnmatch_lines(["*and 1 more finding in 3 places*"])
