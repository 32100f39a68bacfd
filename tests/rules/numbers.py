"""Running both sides of a pair on the same numbers, before and after what a rule's remedy says."""

import numpy as np
import pytest

import parity
from tests.rules.models import torch_net


def said(rule, left, right, *sizes):
    """What a rule says of a Keras model and a PyTorch module."""
    report = parity.compare(left, right, right_inputs=list(sizes))
    return next(each for each, _ in report.findings if each.rule == rule)


def remedied(finding, wrap=lambda code: code):
    """The PyTorch module that a remedy names, what it leaves open filled in."""
    import torch

    code = finding.remedy.removeprefix("to match the left: ")
    return torch_net(eval(wrap(code), {"nn": torch.nn, "torch": torch}))  # noqa: S307  our own words


def returned(left, right, given):
    """What both return for the same input, channels last."""
    import torch

    with torch.no_grad():
        turned = given.transpose(0, 3, 1, 2) if given.ndim == 4 else given
        other = right(torch.from_numpy(turned)).numpy()
    return left.predict(given, verbose=0), other.transpose(0, 2, 3, 1) if other.ndim == 4 else other


def differ_and_agree(left, wrong, right, given):
    """The left model differs from the wrong one, and agrees with the right one."""
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(*returned(left, wrong, given), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(*returned(left, right, given), rtol=1e-4, atol=1e-5)
