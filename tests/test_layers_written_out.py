"""One layer in the many ways in which people write it in PyTorch, and PyTorch takes it apart."""

import pytest
import torch  # noqa: TID253  what is tested is PyTorch's own
from torch import nn  # noqa: TID253

import parity
from parity.reports import Verdict
from parity.rules import Severity
from tests.balance import remainders

TOKENS = [((1, 5), "int64")]
PRODUCTS = {
    "t": lambda h, w: h @ w.t(),
    "T": lambda h, w: h @ w.T,
    "mT": lambda h, w: h @ w.mT,
    "transpose": lambda h, w: torch.matmul(h, w.transpose(0, 1)),
    "permute": lambda h, w: torch.matmul(h, w.permute(1, 0)),
    "linear": nn.functional.linear,
    "einsum": lambda h, w: torch.einsum("btd,vd->btv", h, w),
    "einsum, matrix first": lambda h, w: torch.einsum("vd,...d->...v", w, h),
}


class Language(nn.Module):
    """Embeddings, a norm, and logits from the table of the embeddings, or from one of other size."""

    def __init__(self, product=None, units=50):
        super().__init__()
        self.words, self.norm, self.product = nn.Embedding(50, 8), nn.LayerNorm(8), product
        if product is None:
            self.head = nn.Linear(8, units, bias=False)
            self.head.weight = self.words.weight

    def forward(self, tokens):
        found = self.norm(self.words(tokens))
        return self.head(found) if self.product is None else self.product(found, self.words.weight)


@pytest.fixture(scope="module")
def usual():
    return Language().eval()


@pytest.mark.parametrize("way", PRODUCTS)
def test_logits_from_the_table_of_embeddings(usual, way):
    report = parity.compare(usual, Language(PRODUCTS[way]).eval(), inputs=TOKENS)

    assert report.verdict is Verdict.EQUIVALENT
    assert remainders(report) == {}
    assert report.left_only == report.right_only == ()


def test_a_matrix_that_is_not_turned_is_another_layer():
    square = nn.Linear(8, 8, bias=False)

    class Turned(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(8, 8))

        def forward(self, x):
            return x @ self.weight

    report = parity.compare(nn.Sequential(square), Turned(), inputs=[(1, 8)])

    assert {each.rule for each, _ in report.findings} == {"kernel-layout"}


@pytest.mark.parametrize("sizes", [(1, 8), (2, 5, 8)])
def test_a_program_that_pytorch_has_decomposed(tmp_path, sizes):
    """``run_decompositions`` makes an addition and a product with a turned matrix of each dense layer."""
    model = nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 3, bias=False)).eval()
    program = torch.export.export(model, (torch.zeros(sizes),)).run_decompositions()
    torch.export.save(program, tmp_path / "net.pt2")

    report = parity.compare(model, tmp_path / "net.pt2", left_inputs=[sizes])

    assert "addmm" in str(program.graph)
    assert report.verdict is Verdict.EQUIVALENT
    assert remainders(report) == {}


AVERAGES = {
    "divided": lambda a, b, c: (a + b + c) / 3,
    "in another order": lambda a, b, c: (a + (b + c)) / 3,
    "multiplied": lambda a, b, c: (1 / 3) * (a + b + c),
    "in a list": lambda a, b, c: sum([a, b, c]) / 3,
}


class Ensemble(nn.Module):
    """Three layers, what becomes of them, and another."""

    def __init__(self, join):
        super().__init__()
        self.parts, self.join, self.out = nn.ModuleList(nn.Linear(6, 4) for _ in range(3)), join, nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.join(*(part(x) for part in self.parts)))


@pytest.fixture(scope="module")
def keras_ensemble():
    import keras
    from keras import layers

    given = keras.Input((6,))
    return keras.Model(given, layers.Dense(2)(layers.Average()([layers.Dense(4)(given) for _ in range(3)])))


@pytest.mark.parametrize("way", AVERAGES)
def test_an_average_is_a_sum_divided_by_the_number_of_its_terms(keras_ensemble, way):
    report = parity.compare(keras_ensemble, Ensemble(AVERAGES[way]).eval(), right_inputs=[(1, 6)])

    assert report.verdict is Verdict.EQUIVALENT
    assert report.left_only == report.right_only == ()


def test_a_sum_divided_by_another_number_is_no_average(keras_ensemble):
    report = parity.compare(keras_ensemble, Ensemble(lambda a, b, c: (a + b + c) / 2).eval(), right_inputs=[(1, 6)])

    assert report.verdict is Verdict.DIFFERENT


def test_a_matrix_that_is_turned_for_two_layers_is_known_as_both():
    from parity.adapters import read
    from parity.kinds import translate
    from parity.passes.constants.fold_weight_transposes import fold_weight_transposes

    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(8, 8))

        def forward(self, tokens):
            return nn.functional.embedding(tokens, self.weight.t()) @ self.weight.t()

    graph = fold_weight_transposes(translate(read(Shared(), TOKENS)))

    used = [weight for layer in graph.layers for weight in layer.weights]
    assert [weight.role for weight in used] == ["embeddings", "kernel"]
    assert set(used) == set(graph.weights)


SOFTMAXES = {
    "softmax": lambda scores: scores.softmax(-1),
    "powers": lambda scores: scores.exp() / scores.exp().sum(-1, keepdim=True),
    "less the largest": lambda scores: torch.exp(scores - scores.amax(-1, keepdim=True)),
    "logarithm": lambda scores: torch.exp(scores - torch.logsumexp(scores, -1, keepdim=True)),
    "another axis": lambda scores: scores.exp() / scores.exp().sum(-2, keepdim=True),
}
SOFTMAXES["less the largest"] = lambda scores, power=SOFTMAXES["less the largest"]: (
    power(scores) / power(scores).sum(-1, keepdim=True)
)


class ByHand(nn.Module):
    """Attention of four heads."""

    def __init__(self, softmax, scale=0.5):
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(16, 16) for _ in range(4))
        self.softmax, self.scale = softmax, scale

    def forward(self, x):
        rows, steps, _ = x.shape
        query, key, value = (
            each(x).view(rows, steps, 4, 4).transpose(1, 2) for each in (self.query, self.key, self.value)
        )
        weights = self.softmax(query * self.scale @ key.transpose(-1, -2))
        return self.out((weights @ value).transpose(1, 2).reshape(rows, steps, 16))


class Packed(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(16, 4, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x, need_weights=False)[0]


@pytest.mark.parametrize("way", [way for way in SOFTMAXES if way != "another axis"])
@pytest.mark.parametrize("free", [False, True])
def test_attention_by_hand(way, free):
    x = torch.zeros(2, 7, 16)
    sizes = {"dynamic_shapes": ({0: torch.export.Dim("batch"), 1: torch.export.Dim("steps")},)} if free else {}
    programs = [torch.export.export(each.eval(), (x,), **sizes) for each in (Packed(), ByHand(SOFTMAXES[way]))]

    report = parity.compare(*programs)

    assert report.verdict is Verdict.EQUIVALENT
    assert remainders(report) == {}


@pytest.mark.parametrize(("way", "scale"), [("another axis", 0.5), ("less the largest", 0.25)])
def test_other_attention_by_hand(way, scale):
    x = torch.zeros(2, 7, 16)
    programs = [torch.export.export(each.eval(), (x,)) for each in (Packed(), ByHand(SOFTMAXES[way], scale))]

    assert parity.compare(*programs).verdict is not Verdict.EQUIVALENT


class Turned(nn.Module):
    """Attention with rotary embeddings, before the heads are moved to the front or after it."""

    def __init__(self, before, epsilon=1e-6, base=100.0):
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(16, 16, bias=False) for _ in range(4))
        self.norm, self.before = nn.RMSNorm(8, eps=epsilon), before
        self.register_buffer("frequencies", base ** (-torch.arange(4) / 4), persistent=False)
        angles = torch.outer(torch.arange(7.0), self.frequencies).repeat(1, 2)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def turned(self, x):
        x = self.norm(x)
        if not self.before:
            x = x.transpose(1, 2)
            return x * self.cos + torch.cat([-x[..., 4:], x[..., :4]], -1) * self.sin
        angles = (torch.arange(7.0)[None, :, None] * self.frequencies).repeat(1, 1, 2)[:, :, None]
        moved = torch.stack([-x[..., 4:], x[..., :4]], -2).reshape(x.shape)
        return (x * angles.cos() + moved * angles.sin()).transpose(1, 2)

    def forward(self, x):
        query, key, value = (each(x).view(2, 7, 2, 8) for each in (self.query, self.key, self.value))
        heads = nn.functional.scaled_dot_product_attention(
            self.turned(query), self.turned(key), value.transpose(1, 2), is_causal=True
        )
        return self.out(heads.transpose(1, 2).reshape(2, 7, 16))


def programs(*models):
    return [torch.export.export(each.eval(), (torch.zeros(2, 7, 16),)) for each in models]


def test_heads_that_are_turned_before_they_are_moved_or_after_it():
    report = parity.compare(*programs(Turned(before=True), Turned(before=False)))

    assert report.verdict is Verdict.EQUIVALENT
    assert report.left_only == report.right_only == ()
    assert remainders(report) == {}


def test_another_epsilon_before_what_is_written_otherwise_is_the_only_difference():
    report = parity.compare(*programs(Turned(before=True), Turned(before=False, epsilon=1e-5)), profile="inference")

    real = {finding.rule for finding, level in report.findings if level is not Severity.INFO}
    assert (report.verdict, real) == (Verdict.DIFFERENT, {"norm-epsilon"})


def test_heads_that_are_turned_by_other_angles_are_not_the_same():
    assert parity.compare(*programs(Turned(before=True), Turned(before=False, base=90.0))).verdict is Verdict.DIFFERENT
