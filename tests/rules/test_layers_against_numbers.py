"""Activations and what prepares the input: the outputs differ, and agree after what the remedies say is done."""

import re
from pathlib import Path

import numpy as np
import pytest

from parity.comparison import Topic
from parity.graph import Effect
from parity.rules import rules
from tests.rules.cases import activation_differs, activation_missing, logits_against_probabilities
from tests.rules.cases import preprocessing_inside_the_model as preprocessing
from tests.rules.models import torch_net
from tests.rules.numbers import differ_and_agree, said


def as_module(code):
    """A call of ``x`` as a module."""
    import torch

    class Call(torch.nn.Module):
        def forward(self, x):
            return eval(code, {"torch": torch, "x": x})  # noqa: S307  our own words

    return Call()


def carried_over(left, right):
    """The weights of a Keras model in the dense layers and convolutions of a PyTorch one."""
    import torch

    holders = [each for each in right.modules() if hasattr(each, "weight")]
    values = iter(left.get_weights())
    with torch.no_grad():
        for each in holders:
            kernel, bias = next(values), next(values)
            order = (3, 2, 0, 1) if kernel.ndim == 4 else (1, 0)
            each.weight.copy_(torch.from_numpy(kernel.transpose(order).copy()))
            each.bias.copy_(torch.from_numpy(bias))
    return right


def vectors():
    return np.random.default_rng(4).normal(size=(3, 8)).astype("float32")


@pytest.mark.parametrize("case", [activation_missing, logits_against_probabilities])
def test_an_activation_that_is_missing_is_added_where_the_remedy_says(case):
    left, wrong, settings = case.bad()
    name = case.__name__.rpartition(".")[2].replace("_", "-")
    found = said(name, left, carried_over(left, wrong), *settings["right_inputs"])
    code, place = re.fullmatch(r"add (.*) after Linear (\d+)", found.remedy).groups()
    stack = list(wrong)

    mended = torch_net(*stack[: int(place) + 1], as_module(code), *stack[int(place) + 1 :])

    differ_and_agree(left, wrong, mended, vectors())


def test_an_activation_that_differs_is_replaced_by_what_the_remedy_says():
    left, wrong, settings = activation_differs.bad()
    found = said("activation-differs", left, carried_over(left, wrong), *settings["right_inputs"])
    code = found.remedy.removeprefix("to match the left: ")

    differ_and_agree(left, wrong, torch_net(wrong[0], as_module(code), wrong[2]), vectors())


def test_an_input_that_is_prepared_inside_is_prepared_outside_as_the_remedy_says():
    left, wrong, settings = preprocessing.bad()
    found = said("preprocessing-inside-the-model", left, carried_over(left, wrong), *settings["right_inputs"])
    code = re.fullmatch(r"pass (.*) to the right model, or remove it on the left", found.remedy)[1]
    given = np.random.default_rng(4).uniform(0, 255, (2, 8, 8, 3)).astype("float32")

    differ_and_agree(left, wrong, torch_net(as_module(code), *wrong), given)


def test_every_rule_for_a_setting_that_changes_outputs_is_run():
    """A file named ``..._against_numbers`` runs both models of each."""
    told = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*against_numbers.py"))
    wanted = {
        name
        for name, rule in rules().items()
        if Topic.ATTRIBUTE in rule.topics and rule.effect in {Effect.INFERENCE, Effect.INTERFACE} and not rule.general
    }

    assert len(wanted) > 12
    assert {name for name in wanted if f'"{name}"' not in told} == set()
