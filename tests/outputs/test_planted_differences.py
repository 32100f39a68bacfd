"""One change to a design: the models part at what was changed, and undoing what was found ends at rounding."""

import re
import warnings

import pytest

import parity
from tests.mutants.mutations import mutants
from tests.mutants.networks import NETWORKS

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

EVERY = {"plain": 3, "residual": 9, "two_towers": 4, "gru_tagger": 6, "vgg": 17, "inverted": 32, "encoder": 14}
"""Designs, and of how many of their changes one is tried."""

ROUNDED = 1e-6


def original(design):
    """A model whose normalisations change something."""
    import torch

    from tests.mutants import in_torch

    torch.manual_seed(1)
    model = in_torch.build(design).eval()
    with torch.no_grad():
        for name, tensor in model.named_buffers():
            if "running_mean" in name:
                tensor.normal_(0, 0.3)
            if "running_var" in name:
                tensor.uniform_(0.5, 1.5)
    return model


def planted(design, model):
    """The changed design, with all the weights of the original that it has a place for."""
    import torch

    from tests.mutants import in_torch

    torch.manual_seed(2)
    made, known = in_torch.build(design).eval(), model.state_dict()
    own = made.state_dict()
    fits = {name: name in known and known[name].shape == tensor.shape for name, tensor in own.items()}
    made.load_state_dict({name: known[name] if fits[name] else own[name] for name in own})
    return made, sizes(design)


def sizes(design):
    from tests.mutants import in_torch

    return [(tuple(each.shape), str(each.dtype).removeprefix("torch.")) for each in in_torch.examples(design)]


def compared(design, model, change):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            other, inputs = planted(change.design, model)
        except (NotImplementedError, RuntimeError, ValueError):  # no such layer, or sizes that do not fit together
            return None
        asked = {"left_inputs": sizes(design), "right_inputs": inputs, "profile": "inference"}
        return parity.compare(model, other, outputs=True, **asked)


def test_the_first_divergence_is_what_was_changed_and_the_ledger_ends_at_rounding(record_property):
    apart, elsewhere, unexplained = 0, [], []
    for name, every in EVERY.items():
        design = NETWORKS[name]()
        model = original(design)
        for change in mutants(design)[::every]:
            report = compared(design, model, change) if change.steps is not None and not change.trains else None
            if report is None or not report.outputs.final or report.outputs.same:
                continue
            apart += 1
            first, ledger = report.outputs.first_divergence, report.outputs.ledger
            paths = (first.left, first.right) if first is not None else ()
            parts = {part for path in paths for part in re.split(r"[./:]|_pad\b|_\d+\b", path)}
            where = f"{name}, {change.change}"
            elsewhere += [] if parts & change.steps else [where]
            unexplained += [where] if ledger is None or ledger.remainder > ROUNDED else []
    record_property("figure: planted differences", apart)
    record_property("figure: planted differences found elsewhere first", len(elsewhere))
    record_property("figure: planted differences with a remainder", len(unexplained))

    assert apart > 30
    assert elsewhere == []
    assert len(unexplained) <= 0.05 * apart, unexplained
