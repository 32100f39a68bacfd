"""Every kind, rule, format and renderer that the folder scans find keeps its contract."""

import types

import pytest

from parity._discovery import claim, scan
from parity.adapters import formats
from parity.axes import expand
from parity.errors import ExtensionError
from parity.graph import Evidence
from parity.kinds import kinds
from parity.reports import renderers
from parity.rules import documentation, rules

DIALECTS = {
    "keras",
    "keras.ops",
    "keras.applications",
    "torch.nn",
    "aten",
    "onnx",
    "onnx:com.microsoft",
    "onnx:undefined",
}
PARTS = ("What it detects:", "Why it happens:", "How to fix:", "Example:")


@pytest.mark.parametrize("name", sorted(kinds()))
def test_every_kind(name):
    kind = kinds()[name]

    assert kind.name == name
    for role, weight in kind.roles.items():
        for framework in ("keras", "torch", "onnx"):
            layout = weight.layout(framework)
            rank = len(layout.split()) + (1 if "spatial" in layout else 0)
            axes = expand(layout, rank).split() if layout else []
            assert len(set(axes)) == len(axes), f"{role} names an axis twice in {framework}"
        assert sorted(weight.layout("keras").split()) == sorted(weight.layout("torch").split())
    for dialect, op in kind.spellings:
        assert dialect in DIALECTS
        assert op


@pytest.mark.parametrize("name", sorted(rules()))
def test_every_rule(name):
    rule, text = rules()[name], documentation(name)

    assert rule.name == name == name.lower()
    assert rule.topics
    assert [part for part in PARTS if part not in text] == []
    assert text.splitlines()[0].endswith(".")


@pytest.mark.parametrize("found", formats(), ids=lambda found: found.name)
def test_every_format(found):
    assert found.live == (not found.suffixes)
    assert found.evidence in Evidence
    assert found.recognise(object() if found.live else _nothing()) is False


def _nothing():
    return types.SimpleNamespace(head=b"", members=(), files=(), path=types.SimpleNamespace(name="", suffix=""))


@pytest.mark.parametrize("name", sorted(renderers()))
def test_every_renderer(name):
    assert renderers()[name].name == name


def test_a_second_claim_names_both_claimants():
    claims = {}
    claim(claims, ("onnx", "Gemm"), "the kind dense", 1)

    with pytest.raises(ExtensionError, match=r"the kind other.*already claimed by the kind dense"):
        claim(claims, ("onnx", "Gemm"), "the kind other", 2)


def test_a_module_without_its_constant_is_named(tmp_path, monkeypatch):
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "__init__.py").write_text("")
    (tmp_path / "plugins" / "_helper.py").write_text("")
    (tmp_path / "plugins" / "broken.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    import plugins

    with pytest.raises(ExtensionError, match=r"plugins\.broken.*must define RULE as a int"):
        scan(plugins, "RULE", int)
