"""The moving mean and the moving variance of a normalisation are exchanged.

What it detects:
    Matched normalisations of which one holds the mean where the other holds the variance.

Why it happens:
    Weights were carried over by position: Keras lists gamma, beta, mean, variance; others list the variance first.

How to fix:
    Carry the statistics over by name.

Example:
    ``running_var`` holds the means: variances below zero make every output NaN.
"""

from parity.rules._values import of_values
from parity.transfer import Cause

RULE = of_values("weights-statistics-exchanged", Cause.STATISTICS)
