"""Decoders of ``transformers`` against ports in Keras whose layers are of their author's own, with free sizes."""

import numpy as np
import pytest

import parity
from parity.reports import Verdict

TOKENS = {"input_ids": ((1, 7), "int64"), "attention_mask": ((1, 7), "int64")}


def llama(layers, shared=2):
    """A small Llama, its weights drawn, with so many heads of keys and values."""
    import torch
    import transformers

    torch.manual_seed(3)
    sizes = {"hidden_size": 32, "num_hidden_layers": layers, "num_attention_heads": 4, "num_key_value_heads": shared}
    config = transformers.LlamaConfig(**sizes, intermediate_size=48, vocab_size=60, max_position_embeddings=24)
    model = transformers.LlamaModel(config).eval()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, 0.3 if weight.ndim == 1 else 0.0, 0.1)
    return model


@pytest.fixture(scope="module")
def module():
    return llama(2)


def test_a_port_with_free_sizes_is_the_same_model(module):
    """Code is read at the sizes of the other side, caches are left out, and rotations agree in either order of axes."""
    import torch

    from tests.keras_decoders import decoder, filled

    net = filled(decoder(module.config), module)
    ids = np.random.default_rng(0).integers(0, 60, (1, 7))
    own = net({"token_ids": ids, "padding_mask": np.ones_like(ids)})
    with torch.no_grad():
        theirs = module(input_ids=torch.tensor(ids)).last_hidden_state
    assert np.abs(np.asarray(own) - theirs.numpy()).max() < 1e-5

    report = parity.compare(net, module, right_inputs=TOKENS, weights=True, outputs=True, verify="auto")

    assert report.verdict is Verdict.EQUIVALENT, report
    assert {each.state.value for each in report.weights} == {"same"}
    assert len(report.weights) == len(net.weights)
    assert report.certificate.computed
    assert any("past_key_values" in finding.remedy for finding, _ in report.findings), report


@pytest.mark.parametrize(
    "change",
    [{"base": 1000.0}, {"neighbours": True}, {"tiled": True}, {"epsilon": 1e-5}],
    ids=lambda change: next(iter(change)),
)
def test_another_rotation_order_of_heads_or_epsilon_is_not(module, change):
    """Each changes what is computed, and no size of a weight."""
    from tests.keras_decoders import decoder, filled

    net = filled(decoder(module.config, **change), module)

    report = parity.compare(net, module, right_inputs=TOKENS)

    assert report.verdict is Verdict.DIFFERENT, report
    if "epsilon" in change:
        real = {finding.rule for finding, severity in report.findings if severity.value == "error"}
        assert real == {"norm-epsilon"}, report


@pytest.mark.parametrize(("change", "real"), [({}, set()), ({"epsilon": 1e-5}, {"norm-epsilon"})])
def test_one_head_of_keys_and_values_lies_anywhere(change, real):
    """An axis of one element is at another place on each side, also where a norm around it differs for good."""
    from tests.keras_decoders import decoder, filled

    module = llama(2, shared=1)
    net = filled(decoder(module.config, **change), module)

    report = parity.compare(net, module, right_inputs=TOKENS)

    assert {finding.rule for finding, severity in report.findings if severity.value == "error"} == real, report
    assert report.verdict is (Verdict.DIFFERENT if real else Verdict.EQUIVALENT)


@pytest.mark.parametrize("change", [{"base": 1000.0}, {"neighbours": True}], ids=lambda change: next(iter(change)))
def test_another_rotation_of_one_head_is_a_difference(change):
    from tests.keras_decoders import decoder, filled

    module = llama(2, shared=1)
    net = filled(decoder(module.config, **change), module)

    assert parity.compare(net, module, right_inputs=TOKENS).verdict is Verdict.DIFFERENT


PADDED = {"input_ids": ((2, 7), "int64"), "attention_mask": ((2, 7), "int64")}


@pytest.mark.parametrize("layers", [1, 5])
def test_groups_that_lie_apart_are_the_same_attention_in_every_block(layers):
    """Rows that see nothing are zeros in both, and queries and keys in another order make the same scores."""
    from tests.keras_decoders import decoder, filled

    module = llama(layers)
    net = filled(decoder(module.config, apart=True), module)

    report = parity.compare(net, module, right_inputs=PADDED, outputs=True)

    assert report.verdict is Verdict.EQUIVALENT, report
    assert report.facets["outputs"] == "same"


@pytest.mark.parametrize("change", [{"base": 1000.0}, {"neighbours": True}], ids=lambda change: next(iter(change)))
def test_another_rotation_is_a_difference_where_groups_lie_apart(module, change):
    from tests.keras_decoders import decoder, filled

    net = filled(decoder(module.config, apart=True, **change), module)

    assert parity.compare(net, module, right_inputs=PADDED).verdict is Verdict.DIFFERENT
