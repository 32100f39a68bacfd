"""The notebook of the documentation runs as it stands, and shows a report."""

import json
import re
from html import unescape

import nbformat
import pytest
from nbclient import NotebookClient
from reports.hostile import ATTACKS

from tests.docs.pages import ROOT

NOTEBOOK = ROOT / "docs" / "guides" / "notebook.ipynb"


def executed(notebook):
    """The notebook with what its cells print and show, run where its files are."""
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}})
    return client.execute()


def shown(cell):
    """The HTML that a cell shows."""
    (output,) = [each for each in cell.outputs if each.output_type == "execute_result"]
    return output["data"]["text/html"]


def frame(html):
    """The page within the frame that is all of a cell's HTML."""
    assert re.fullmatch(r"<iframe [^<>]*></iframe>", html)
    return unescape(re.search(r'srcdoc="([^"]*)"', html)[1])


@pytest.fixture(autouse=True)
def _path(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def test_it_is_committed_without_outputs():
    cells = [each for each in json.loads(NOTEBOOK.read_text())["cells"] if each["cell_type"] == "code"]

    assert len(cells) >= 4
    assert all(each["outputs"] == [] and each["execution_count"] is None for each in cells)


def test_it_runs_and_shows_a_report():
    cells = {cell.id: cell for cell in executed(nbformat.read(NOTEBOOK, as_version=4)).cells}

    page = frame(shown(cells["compare"]))
    assert "activation-missing" in page
    assert "158,358" in page
    assert "<td>momentum</td>" in shown(cells["frame"])
    assert "batch_normalization / layer1.2" in cells["layer"].outputs[0]["text"]  # text, and not shown by rich
    assert "conv2d" in frame(shown(cells["summary"]))


def test_names_of_a_model_stay_in_their_frame():
    """A model whose layers are called by attacks, shown in a notebook."""
    names = [each for each in ATTACKS if "\x00" not in each and "\ud800" not in each]
    code = f"""
import onnx, parity
from onnx import TensorProto, helper

names = {names!r}
nodes = [
    helper.make_node("Relu", [f"v{{at}}"], [f"v{{at + 1}}"], name=name) for at, name in enumerate(names)
]
ends = [helper.make_tensor_value_info(f"v{{at}}", TensorProto.FLOAT, (1, 4)) for at in (0, len(names))]
graph = helper.make_graph(nodes, names[0], ends[:1], ends[1:])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
parity.compare(model, model)
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])

    page = frame(shown(executed(notebook).cells[0]))
    assert "owned" in page
    assert "<script>document.title" not in page
    assert "<img src=x" not in page
