"""One cause is told once: a block that is gone, what stands in its place, layers in the other order, heads."""

import pytest

import parity
from parity.reports import Verdict
from tests.rules.models import keras_model, keras_net, layers, module, nn, torch_net


def roots(report):
    """The rules of the errors that follow from nothing."""
    return [each.rule for each, severity in report.findings if severity == "error" and each.caused_by is None]


def errors(report):
    return [each for each, severity in report.findings if severity == "error"]


def residual(width=8):
    import torch

    parts = {"first": nn().Linear(width, 2 * width), "second": nn().Linear(2 * width, width)}
    return module(parts, lambda self, x: x + self.second(torch.relu(self.first(x))))


@pytest.mark.parametrize("gone", [1, 2])
def test_a_block_that_is_gone_takes_its_addition_with_it(gone):
    left, right = (nn().Sequential(*(residual() for _ in range(count))).eval() for count in (4, 4 - gone))
    report = parity.compare(left, right, inputs=[(1, 8)])

    assert report.verdict is Verdict.DIFFERENT
    assert roots(report) == ["layer-missing"] * (1 if gone == 1 else len(roots(report)))
    assert len(errors(report)) == 4 * gone
    assert {each.rule for each in errors(report)} == {"layer-missing", "activation-missing"}


def test_two_blocks_apart_are_two_causes():
    def net(*, whole):
        blocks = [residual(8), nn().Linear(8, 10), residual(10), nn().Linear(10, 4)]
        return nn().Sequential(*(blocks if whole else blocks[1::2])).eval()

    report = parity.compare(net(whole=True), net(whole=False), inputs=[(1, 8)])

    assert roots(report) == ["layer-missing", "layer-missing"]
    assert len(errors(report)) == 8


def test_what_stands_in_the_place_of_a_layer_follows_from_that():
    left, right = (torch_net(nn().Linear(8, 16), each, nn().Linear(16, 2)) for each in (nn().PReLU(), nn().ReLU()))
    report = parity.compare(left, right, inputs=[(1, 8)])
    (first,) = (each for each in errors(report) if each.caused_by is None)

    assert first.rule == "layer-missing"
    assert "ReLU 1 is at its position on the right" in first.message
    assert [each.rule for each in errors(report) if each.caused_by == first.fingerprint] == ["activation-missing"]


@pytest.mark.parametrize("blocks", [1, 2, 3, 5])
@pytest.mark.parametrize("mirrored", [False, True])
def test_layers_in_the_other_order_are_told_as_such_however_often(blocks, mirrored):
    def net(*, swapped):
        def pair():
            norm, act = nn().BatchNorm2d(4), nn().ReLU()
            return (act, norm) if swapped else (norm, act)

        return nn().Sequential(*(each for _ in range(blocks) for each in (nn().Conv2d(4, 4, 3, padding=1), *pair())))

    report = parity.compare(net(swapped=mirrored).eval(), net(swapped=not mirrored).eval(), inputs=[(1, 4, 9, 9)])

    assert roots(report) == ["layers-swapped"] * blocks
    assert sum(len(link.left) for link in report.links) == 3 * blocks + 1


@pytest.mark.parametrize("mirrored", [False, True])
def test_heads_of_another_size_are_one_cause(mirrored):
    start = layers().Input((6, 32))
    left = keras_model(start, layers().MultiHeadAttention(4, key_dim=32)(start, start))
    parts = {"attend": nn().MultiheadAttention(32, 4, batch_first=True)}
    right = module(parts, lambda self, x: self.attend(x, x, x, need_weights=False)[0])
    sides, given = ((right, left), "left_inputs") if mirrored else ((left, right), "right_inputs")
    report = parity.compare(*sides, **{given: [(2, 6, 32)]})
    (first,) = (each for each in errors(report) if each.caused_by is None)

    assert first.rule == "attention-head-size"
    assert "key_dim=8" in first.remedy
    assert {"attention-scale", "weight-shape"} <= {each.rule for each in errors(report)}


def test_another_number_of_heads_is_told_as_that():
    left, right = (
        module(
            {"attend": nn().MultiheadAttention(32, heads, batch_first=True)}, lambda self, x: self.attend(x, x, x)[0]
        )
        for heads in (4, 8)
    )
    report = parity.compare(left, right, inputs=[(2, 6, 32)])
    found = next(each for each in errors(report) if each.rule == "attention-head-size")

    assert "4 heads of 8 features on the left, 8 heads of 4 on the right" in found.message


def test_another_scale_is_a_cause_of_its_own_beside_heads_of_another_size():
    import torch

    def net(size, scale):
        parts = {"heads": nn().Linear(32, 12 * size), "last": nn().Linear(4 * size, 32)}

        def forward(self, x):
            q, k, v = (each.unflatten(-1, (4, size)).transpose(1, 2) for each in self.heads(x).chunk(3, -1))
            made = torch.nn.functional.scaled_dot_product_attention(q, k, v, scale=scale)
            return self.last(made.transpose(1, 2).flatten(2))

        return module(parts, forward)

    report = parity.compare(net(8, None), net(32, 0.7), inputs=[(2, 6, 32)])

    assert set(roots(report)) == {"attention-head-size", "attention-scale"}


@pytest.mark.parametrize("first", [False, True])
def test_a_forgotten_batch_first_is_named(first):
    left = keras_net((7, 5), layers().LSTM(4), layers().Dense(1))
    parts = {"rnn": nn().LSTM(5, 4, batch_first=first), "last": nn().Linear(4, 1)}
    right = module(parts, lambda self, x: self.last(self.rnn(x)[0][:, -1]))
    report = parity.compare(left, right, right_inputs=[(2, 7, 5)])

    assert (report.verdict is Verdict.EQUIVALENT) is first
    assert any("give rnn batch_first=True" in each.remedy for each, _ in report.findings) is not first


def test_what_is_extra_at_another_end_does_not_follow_from_what_is_missing():
    import torch

    parts = {"first": (8, 8), "second": (8, 6)}
    left, right = (
        module({name: nn().Linear(*sizes) for name, sizes in parts.items()}, forward)
        for forward in (
            lambda self, x: (torch.flip(self.first(x), (1,)), self.second(x)),
            lambda self, x: (self.first(x), torch.cumsum(self.second(x), 1)),
        )
    )
    report = parity.compare(left, right, inputs=[(1, 8)])

    assert sorted(roots(report)) == ["layer-extra", "layer-missing"]


def test_the_last_layer_is_replaced_like_any_other():
    left, right = (torch_net(nn().Linear(8, 16), each) for each in (nn().PReLU(), nn().ReLU()))
    report = parity.compare(left, right, inputs=[(1, 8)])

    assert roots(report) == ["layer-missing"]
