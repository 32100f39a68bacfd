"""Rotary embeddings by complex numbers are those by real ones, and not others."""

import numpy as np
import pytest

import parity
from parity.reports import Verdict

torch = pytest.importorskip("torch")
nn = torch.nn

HEADS, SIZE, STEPS, WIDTH = 4, 8, 10, 32


def angles(base=10_000.0):
    places = torch.arange(STEPS).float()
    return torch.outer(places, base ** (-torch.arange(0, SIZE, 2).float() / SIZE))


class Rotary(nn.Module):
    def __init__(self, base=10_000.0):
        super().__init__()
        self.project, self.out = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.keep(angles(base))

    def forward(self, x):
        rows = x.shape[0]
        pairs = self.project(x).view(rows, STEPS, HEADS, SIZE // 2, 2)
        return self.out(self.turned(pairs).reshape(rows, STEPS, WIDTH))


class Complex(Rotary):
    def keep(self, turns):
        self.register_buffer("turns", torch.polar(torch.ones_like(turns), turns), persistent=False)

    def turned(self, pairs):
        return torch.view_as_real(torch.view_as_complex(pairs) * self.turns[None, :, None])


class Conjugate(Complex):
    def turned(self, pairs):
        return torch.view_as_real(torch.view_as_complex(pairs) * self.turns[None, :, None].conj())


class Polar(Rotary):
    """The turns are made while the model runs."""

    def keep(self, turns):
        self.register_buffer("angles", turns, persistent=False)

    def turned(self, pairs):
        turns = torch.polar(torch.ones_like(self.angles), self.angles)[None, :, None]
        made = torch.complex(pairs[..., 0], pairs[..., 1]) * turns
        return torch.stack([made.real, made.imag], -1)


class Real(Rotary):
    sign = 1

    def keep(self, turns):
        self.register_buffer("cos", turns.cos(), persistent=False)
        self.register_buffer("sin", turns.sin(), persistent=False)

    def turned(self, pairs):
        x, y = pairs[..., 0], pairs[..., 1]
        cos, sin = self.cos[None, :, None], self.sin[None, :, None] * self.sign
        return torch.stack([x * cos - y * sin, x * sin + y * cos], -1)


class Backwards(Real):
    sign = -1


def file(folder, name, model):
    torch.manual_seed(0)
    made = model.eval()
    made.load_state_dict({key: torch.randn_like(each) * 0.2 for key, each in made.state_dict().items()})
    path = folder / f"{name}.pt2"
    torch.export.save(torch.export.export(made, (torch.zeros(2, STEPS, WIDTH),)), path)
    return path, made


SAME = [(Complex, Real), (Real, Complex), (Polar, Real), (Complex, Polar), (Conjugate, Backwards)]
OTHER = [(Complex, Backwards), (Conjugate, Real), (Complex, Conjugate), (Polar, Backwards)]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_turn_is_the_same_model(one, other, tmp_path):
    left, right = file(tmp_path, "left", one()), file(tmp_path, "right", other())
    x = torch.randn(2, STEPS, WIDTH)
    assert torch.allclose(left[1](x), right[1](x), atol=1e-5)

    report = parity.compare(left[0], right[0], verify="auto", outputs=True)

    assert report.verdict is Verdict.EQUIVALENT
    assert report.facets["outputs"] == "same"
    assert report.certificate.computed


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_another_turn_is_never_the_same(one, other, tmp_path):
    left, right = file(tmp_path, "left", one()), file(tmp_path, "right", other())

    report = parity.compare(left[0], right[0], outputs=True)

    assert report.verdict is not Verdict.EQUIVALENT
    assert report.facets["outputs"] == "different"


def test_turns_by_another_base_are_not_the_same(tmp_path):
    left, right = file(tmp_path, "left", Complex()), file(tmp_path, "right", Real(500.0))

    assert parity.compare(left[0], right[0]).verdict is not Verdict.EQUIVALENT


@pytest.mark.parametrize("model", [Complex, Conjugate, Polar])
def test_complex_numbers_are_computed_as_pytorch_does(model, tmp_path):
    path, made = file(tmp_path, "model", model())
    x = torch.randn(2, STEPS, WIDTH)

    (found,) = parity.evaluate(path, [x.numpy()]).outputs.values()
    assert np.abs(found - made(x).detach().numpy()).max() < 1e-5


def test_an_output_of_complex_numbers_is_not_compared(tmp_path):
    class Ends(nn.Module):
        def forward(self, pairs):
            return torch.view_as_complex(pairs) * (1 + 2j)

    torch.export.save(torch.export.export(Ends(), (torch.zeros(3, 2),)), tmp_path / "model.pt2")

    report = parity.compare(tmp_path / "model.pt2", tmp_path / "model.pt2", outputs=True)
    assert report.facets["outputs"] == "unchecked"
