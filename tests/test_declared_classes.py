"""Classes of somebody's own, which are declared to be layers of a kind by a package that is installed."""

import re
import shutil
import tomllib

import pytest

from tests.scratch import PACKAGE, ROOT, install, package, python


@pytest.fixture(scope="module")
def acme(tmp_path_factory):
    """A folder with the package of Acme installed."""
    folder = tmp_path_factory.mktemp("acme")
    shutil.copytree(PACKAGE, folder, dirs_exist_ok=True)
    install(folder, "acme-parity", "acme = acme_parity")
    return folder


TORCH = """
import acme_models, torch, parity
from parity.graphs import graph_of
net, twin = acme_models.net(), acme_models.twin()
example = [(3, 4)]
kinds = lambda graph: [each.kind for each in graph.layers if each.kind != "input"]
print(kinds(graph_of(net, inputs=example, after="reading")))
found = parity.compare(net, twin, inputs=example, weights=True, outputs=True)
print(found.verdict, found.outputs.final[0].error.rel_l2 < 1e-6)
other = parity.compare(acme_models.net(epsilon=0.001), twin, inputs=example)
print(other.verdict, [(each.rule, each.left_value, each.right_value) for each, _ in other.findings])
torch.save(net, "net.pt")
print(kinds(graph_of("net.pt", after="reading")))
torch.export.save(torch.export.export(net, (torch.zeros(3, 4),)), "net.pt2")
print(kinds(graph_of("net.pt2", after="reading")))
print(parity.compare("net.pt2", twin, inputs=example).verdict)
"""


def test_a_declared_class_of_pytorch_is_taken_whole(acme):
    done = python(acme, "-c", TORCH)

    assert done.returncode == 0, done.stderr
    live, same, other, pickled, exported, again = done.stdout.splitlines()
    assert live == "['dense', 'rms_norm', 'dense']"
    assert same == "equivalent True"
    assert other == "different [('norm-epsilon', 0.001, 1e-05)]"
    assert pickled == live
    # A program does not keep what its modules have, so that their operators tell it.
    assert (
        exported
        == "['dense', 'elementwise', 'reduce', 'elementwise', 'elementwise', 'elementwise', 'elementwise', 'dense']"
    )
    assert again == "equivalent"


VARIANTS = """
import acme_variants, torch
from parity.graphs import graph_of


def told(model, **inputs):
    graph = graph_of(model, after="reading", **inputs)
    layers = (each for each in graph.layers if each.kind != "input" and each.op != "Linear")
    gaps = (each.reason for each in graph.gaps if each.where != "wiring")
    print(*(f"{each.kind} {each.path} {[w.name for w in each.weights]}" for each in layers), *gaps, sep="; ")


example = {"inputs": [(3, 6)]}
around = acme_variants.Around(acme_variants.Literal()).eval()
torch.export.save(torch.export.export(around, (torch.zeros(3, 6),)), "around.pt2")
told("around.pt2")
told(acme_variants.Around(acme_variants.Nested()).eval(), **example)
told(acme_variants.Around(acme_variants.Nested()).eval())
told(acme_variants.Around(acme_variants.Looks()).eval(), **example)
told(torch.nn.Sequential(acme_variants.Lacks()).eval(), **example)
told(torch.nn.Sequential(acme_variants.More()).eval(), **example)
told(acme_variants.Beside(acme_variants.Two()).eval(), **example)
told(torch.nn.Sequential(acme_variants.Own()).eval(), **example)
"""


def test_declared_classes_are_found_however_they_are_called(acme):
    done = python(acme, "-c", VARIANTS)

    assert done.returncode == 0, done.stderr
    literal, called, tree, recorded, lacks, more, two, own = done.stdout.splitlines()
    assert literal == "rms_norm layer ['layer.scale']; rms_norm layer@1 ['layer.scale']"
    assert called == "layer_norm layer ['layer.inner.scale']; layer_norm layer@1 ['layer.inner.scale']"
    assert tree == "layer_norm layer ['layer.inner.scale']"
    assert recorded == literal
    assert lacks.startswith(
        "opaque 0 ['0.scale']; acme_variants.Lacks is declared to be a rms_norm, and its epsilon is"
    )
    assert more.endswith("and the declaration does not name its weight scale")
    assert two.endswith("acme_variants.Two is declared to be a rms_norm, and this call has 2 inputs and 1 outputs")
    assert own == "dense 0 ['0.kernel']"


DECLARED = "acme_keras.Silent is declared to be a rms_norm"
UNTOLD = f"{DECLARED}, and its epsilon is to be self.epsilon, which this layer does not record"
KERAS = """
import acme_keras, keras, parity
from parity.graphs import graph_of
own, twin = acme_keras.net(acme_keras.KerasRMSNorm(1e-4)), acme_keras.net(keras.layers.RMSNormalization(epsilon=1e-4))
twin.set_weights(own.get_weights())
own.save("own.keras"), own.save("own.h5"), acme_keras.net(acme_keras.Silent(1e-4)).save("silent.keras")
print(parity.compare(own, twin, weights=True, outputs=True).verdict)
for each in ("own.keras", "own.h5"):  # which do not tell what of a class of one's own is trained
    print(parity.compare(each, twin, weights=True, outputs=True, profile="inference").verdict)
print(parity.compare("silent.keras", twin).verdict)
print(*(each.message for each, _ in parity.compare("silent.keras", twin).findings if each.rule == "part-not-read"))
"""


def test_a_declared_class_of_keras_is_taken_whole_and_what_it_does_not_tell_is_said(acme):
    done = python(acme, "-c", KERAS)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        *("equivalent",) * 3,
        "inconclusive",
        f"silent: {UNTOLD}",
    ]


SNAKES = """
import acme_variants, parity, torch

declared, called = torch.nn.Sequential(acme_variants.Snake()).eval(), acme_variants.Operator()
found = parity.compare(declared, called, inputs=[(3, 6)], outputs=True)
print(found.verdict, found.outputs.final[0].error.rel_l2 < 1e-6)
other = parity.compare(torch.nn.Sequential(acme_variants.Snake(3.0)).eval(), called, inputs=[(3, 6)])
print(other.verdict, [each.rule for each, _ in other.findings])
"""


def test_a_class_and_an_operator_are_of_a_kind_of_ones_own(acme):
    done = python(acme, "-c", SNAKES)

    assert done.stdout.splitlines() == ["equivalent True", "different ['snake-frequency']"], done.stderr


def test_the_documentation_says_how_a_class_is_declared(tmp_path):
    section = (ROOT / "docs" / "guides" / "custom-layers.md").read_text()
    ((_, python_code), (_, toml)) = re.findall(r"```(python|toml)\n# \S+\n(.*?)```", section, re.DOTALL)
    package(tmp_path, "my_package", layers=LAYERS)
    package(tmp_path / "my_package", "parity", rms_norm=python_code)
    ((name, value),) = tomllib.loads(toml)["project"]["entry-points"]["parity.extensions"].items()
    install(tmp_path, "my-package", f"{name} = {value}")
    done = python(tmp_path, "-c", USED)

    assert done.stdout == "[('rms_norm', 1e-05)]\n", done.stderr


LAYERS = """
import torch


class RMSNorm(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.eps, self.scale = 1e-5, torch.nn.Parameter(torch.ones(6))

    def forward(self, value):
        return torch.nn.functional.rms_norm(value, (6,), self.scale, self.eps)
"""
USED = """
from my_package.layers import RMSNorm
from parity.graphs import graph_of

found = graph_of(RMSNorm().eval(), inputs=[(3, 6)]).layers
print([(each.kind, each.attributes["epsilon"]) for each in found if each.kind != "input"])
"""
