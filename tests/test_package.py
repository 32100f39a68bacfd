"""The package as Python shows it: its names, and its results at a prompt and in a notebook."""

import inspect
import json
import pickle
import re
import subprocess
import sys
import typing
from dataclasses import replace
from html import unescape
from types import UnionType

import pytest

import parity
from parity.reports import SCHEMA, run_of

PUBLIC = sorted(set(parity.__all__) - {"__version__"})


@pytest.fixture(scope="module")
def results(fixtures):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(fixtures)
        pair = "bn_cnn.keras", "bn_cnn.pt2"
        report = parity.compare(*pair)
        return {
            "report": report,
            "run": run_of(report),
            "summary": parity.summary("bn_cnn.keras"),
            "explained": parity.explain(*pair, "fc1"),
        }


def test_names_are_there_before_they_are_loaded():
    code = "import json, sys, parity; print(json.dumps([dir(parity), 'numpy' in sys.modules]))"
    names, loaded = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)

    assert set(parity.__all__) <= set(names)
    assert {name for name in names if not name.startswith("_")} <= set(parity.__all__)
    assert not loaded
    assert all(getattr(parity, name) is not None for name in parity.__all__)
    with pytest.raises(AttributeError, match="no attribute 'compair'"):
        parity.compair  # noqa: B018


@pytest.mark.parametrize("name", ["compare", "summary", "load_settings"])
def test_functions_are_called_as_they_are_imported(name):
    function = getattr(parity, name)

    assert pickle.loads(pickle.dumps(function)) is function
    with pytest.raises(TypeError, match=rf"^{name}\(\) got an unexpected keyword argument 'fast'"):
        function("a", fast=True)


def test_the_version_is_that_of_the_command():
    done = subprocess.run([sys.executable, "-m", "parity", "--version"], capture_output=True, text=True, check=True)

    assert re.fullmatch(r"\d+\.\d+\.\d+", parity.__version__)
    assert done.stdout == f"parity, version {parity.__version__}\n"


def _types(annotation):
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) in {typing.Union, UnionType} or arguments:
        return {found for each in arguments for found in _types(each)}
    return {annotation} if inspect.isclass(annotation) and annotation.__module__.startswith("parity") else set()


@pytest.mark.parametrize("name", [name for name in PUBLIC if inspect.isfunction(getattr(parity, name))])
def test_what_a_signature_needs_is_public(name):
    public = {getattr(parity, each) for each in PUBLIC if inspect.isclass(getattr(parity, each))}
    hints = typing.get_type_hints(getattr(parity, name))

    assert hints
    assert {found for each in hints.values() for found in _types(each)} <= public


@pytest.mark.parametrize("name", ["report", "run", "summary", "explained"])
def test_a_result_is_one_line_at_a_prompt(results, name):
    shown = repr(results[name])

    assert shown.startswith(f"<{type(results[name]).__name__}: ")
    assert "\n" not in shown
    assert len(shown) < 200


def test_the_line_says_the_answer(results):
    assert repr(results["report"]) == (
        "<Report: different, 4 real differences, 3 conversions, 3 bookkeeping "
        "(bn_cnn.keras ~ bn_cnn.pt2, profile train)>"
    )
    assert "158,358 as Keras counts" in repr(results["summary"])


def test_values_that_hold_arrays_are_one_line_too(fixtures, tmp_path):
    numpy = pytest.importorskip("numpy")
    outputs = parity.evaluate(fixtures / "bn_cnn.keras", numpy.zeros((2, 7, 7, 1)))
    assert repr(outputs) == "<Computed: dense_1 (2, 10)>"
    ported = parity.port(fixtures / "bn_cnn.keras", fixtures / "bn_cnn.pt2", tmp_path / "out.pt2")
    assert re.fullmatch(r"<Ported: [\d,]+ tensors, \S+ -> \S+, \d+ kept>", repr(ported))


@pytest.mark.parametrize("name", ["report", "run", "summary", "explained"])
def test_a_notebook_shows_the_page_in_a_frame_of_its_own(results, name):
    shown = results[name]._repr_html_()

    assert re.fullmatch(r"<iframe [^<>]*></iframe>", shown)
    assert 'sandbox="allow-scripts"' in shown
    page = unescape(re.search(r'srcdoc="([^"]*)"', shown)[1])
    assert page.replace('<base href="about:srcdoc">', "") == results[name].to_html()


def test_a_page_that_is_too_long_for_a_notebook_is_its_text(results, monkeypatch):
    monkeypatch.setattr("parity.reports._shown.MOST_BYTES", 100)
    shown = results["report"]._repr_html_()

    assert shown.startswith("<pre>\n  DIFFERENT" if shown[5] == "\n" else "<pre>  DIFFERENT")
    assert "-&gt; add torch.relu(x) after fc1" in shown


def test_names_of_a_model_are_text_in_a_notebook(results):
    from reports.hostile import ATTACKS, attacked

    summary = replace(results["summary"], side=replace(results["summary"].side, source="".join(ATTACKS)))
    for found in (attacked(results["report"]), summary):
        shown = found._repr_html_()
        assert re.fullmatch(r"<iframe [^<>]*></iframe>", shown)
        assert repr(found).isprintable()


def test_every_form_goes_to_a_file_or_is_given(results, tmp_path):
    import jsonschema

    for name, found in results.items():
        jsonschema.validate(json.loads(found.to_json()), SCHEMA)
        for form in ("json", "html", "markdown"):
            write = getattr(found, f"to_{form}")
            assert write(tmp_path / f"{name}.{form}") is None
            assert (tmp_path / f"{name}.{form}").read_text("utf-8") == write()
    assert re.search(r"^\| `conv2d` \|.*\| 320 \|", results["summary"].to_markdown(), re.MULTILINE)
    assert '<th scope="row" style="--level: 0" title="conv2d">' in results["summary"].to_html()
    assert "batch-norm-statistics" in results["report"].to_markdown()


def test_a_frame_has_a_row_for_each_finding_and_layer(results):
    frame, report = results["report"].to_frame(), results["report"]

    assert list(frame["rule"]) == [finding.rule for finding, _ in report.findings]
    assert frame.loc[frame["rule"] == "epsilon", "left"].item() == "batch_normalization"
    assert set(results["run"].to_frame()["pair"]) == {"bn_cnn.keras ~ bn_cnn.pt2"}
    layers = results["summary"].to_frame()
    assert layers["params"].sum() == 158_358
    assert layers.loc[0, "output_shape"] == "(batch, 7, 7, 1)"


def test_without_pandas_a_frame_is_one_sentence(results, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(parity.MissingFramework, match=r"pip install 'parity-checker\[pandas\]'"):
        results["report"].to_frame()


def test_suppressions_are_tables_as_in_the_configuration(fixtures):
    pair = fixtures / "bn_cnn.keras", fixtures / "bn_cnn.pt2"
    rules = ("logits-against-probabilities", "activation-missing", "epsilon")
    tables = [{"rule": rule, "reason": "known", "pair": "classifier"} for rule in rules]
    momentum = {"rule": "momentum", "reason": "known", "layer": "layer1.*", "until": "2099-12-31"}

    report = parity.assert_parity(*pair, suppress=[*tables, momentum])
    compared = parity.compare(*pair, suppress=[*tables, momentum])
    assert set(report.accepted.values()) == {"known"}
    assert compared.accepted == report.accepted
    assert (compared.verdict, compared.fails("error")) == ("different", False)
    assert parity.compare(*pair, suppress=tables).fails("error")
    with pytest.raises(parity.Mismatch):
        parity.assert_parity(*pair, suppress=[*tables, {**momentum, "until": "2001-01-01"}])
    for wrong, said in (
        ([{"rule": "epsilon"}], "the suppression of epsilon needs reason, as text"),
        ([{"rule": "epsilom", "reason": "x"}], "did you mean epsilon?"),
        ([{"rule": "epsilon", "resaon": "x"}], "did you mean reason?"),
        ([{"rule": "epsilon", "reason": "x", "delta": "1"}], "delta of the suppression of epsilon is not an integer"),
        ([{"reason": "x"}], "a suppression needs rule; parity rule lists them all"),
        (["epsilon"], "a suppression is not a table"),
        ({"rule": "epsilon", "reason": "x"}, "it is not a list"),
    ):
        for asked in (parity.assert_parity, parity.compare):
            with pytest.raises(parity.UsageError, match=re.escape(said)):
                asked(*pair, suppress=wrong)


def test_a_mismatch_has_a_public_name_and_goes_to_other_processes(fixtures):
    with pytest.raises(parity.Mismatch) as error:
        parity.assert_parity(fixtures / "bn_cnn.keras", fixtures / "bn_cnn.pt2")

    assert f"{type(error.value).__module__}.{type(error.value).__qualname__}" == "parity.Mismatch"
    again = pickle.loads(pickle.dumps(error.value))
    assert str(again) == str(error.value)
    assert again.report.verdict == "different"
