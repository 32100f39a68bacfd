"""The error function of arrays in double precision, by the rational approximations of fdlibm's ``s_erf.c``.

Source: Sun Microsystems, https://www.netlib.org/fdlibm/s_erf.c; its error is below one unit in the last place.
"""

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

SMALL, MIDDLE, LARGE = 0.84375, 1.25, 1 / 0.35
ENOUGH = 28.0
"""From here on erfc is 0."""

ERX = 8.45062911510467529297e-01
"""What is taken off erf in the middle interval."""

# fmt: off
P0 = (1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02, -5.77027029648944159157e-03,
      -2.37630166566501626084e-05)
Q0 = (1.0, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03,
      1.32494738004321644526e-04, -3.96022827877536812320e-06)
P1 = (-2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01,
      3.18346619901161753674e-01, -1.10894694282396677476e-01, 3.54783043256182359371e-02, -2.16637559486879084300e-03)
Q1 = (1.0, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02,
      1.26171219808761642112e-01, 1.36370839120290507362e-02, 1.19844998467991074170e-02)
P2 = (-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01,
      -6.23753324503260060396e+01, -1.62396669462573470355e+02, -1.84605092906711035994e+02,
      -8.12874355063065934246e+01, -9.81432934416914548592e+00)
Q2 = (1.0, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02,
      6.45387271733267880336e+02, 4.29008140027567833386e+02, 1.08635005541779435134e+02, 6.57024977031928170135e+00,
      -6.04244152148580987438e-02)
P3 = (-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01,
      -1.60636384855821916062e+02, -6.37566443368389627722e+02, -1.02509513161107724954e+03,
      -4.83519191608651397019e+02)
Q3 = (1.0, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03,
      3.19985821950859553908e+03, 2.55305040643316442583e+03, 4.74528541206955367215e+02, -2.24409524465858183362e+01)
# fmt: on


def erf(x: Array) -> Array:
    """The error function, 2 / sqrt(pi) times the integral of exp(-t * t) from 0 to x, of each element."""
    x = np.asarray(x, "float64")
    inner, tail = _inner(x), _tail(x)
    return np.where(np.abs(x) < SMALL, inner, np.copysign(1 - tail, x))


def erfc(x: Array) -> Array:
    """1 - erf(x), exact where erf is close to 1."""
    x = np.asarray(x, "float64")
    inner, tail = 1 - _inner(x), _tail(x)
    return np.where(np.abs(x) < SMALL, inner, np.where(x > 0, tail, 2 - tail))


def _ratio(numerator: tuple[float, ...], denominator: tuple[float, ...], x: Array) -> Array:
    above, below = (np.polynomial.polynomial.polyval(x, each) for each in (numerator, denominator))
    return np.asarray(above / below)


def _inner(x: Array) -> Array:
    """The function near 0."""
    near = np.clip(x, -SMALL, SMALL)
    return np.asarray(near + near * _ratio(P0, Q0, near * near))


def _tail(x: Array) -> Array:
    """Erfc of the absolute value, away from 0."""
    size = np.abs(x)
    middle = 1 - ERX - _ratio(P1, Q1, np.clip(size, SMALL, MIDDLE) - 1)
    large = np.clip(size, MIDDLE, ENOUGH)
    # The square is split, so that what is rounded off it does not grow in the exponential.
    high = large.astype("float32").astype("float64")
    inverse = 1 / (large * large)
    rest = np.where(large < LARGE, _ratio(P2, Q2, inverse), _ratio(P3, Q3, inverse))
    outer = np.exp(-high * high - 0.5625) * np.exp((high - large) * (high + large) + rest) / large
    return np.where(np.isnan(size), size, np.where(size < MIDDLE, middle, np.where(size > ENOUGH, 0.0, outer)))
