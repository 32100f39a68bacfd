"""What Model Explorer is given, read by its own package and shown by its own page."""

import dataclasses
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from urllib.parse import quote

import pytest
from reports.hostile import attacked, multiplied

import parity
from parity.reports import Outcome, Run, Screen, named

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def report(fixtures):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(fixtures)
        return parity.compare("bn_cnn.keras", "bn_cnn.pt2")


def document(report):
    return json.loads(named("model-explorer").compared(report, Screen()))


def nodes(graph):
    return {node["id"]: node for node in graph["nodes"]}


@pytest.mark.parametrize("change", [lambda found: found, attacked, lambda found: multiplied(found, 5)])
def test_all_three_forms_are_of_the_same_nodes(report, change):
    found = document(change(report))
    left, right = map(nodes, found["graphs"])

    assert len(left) == len(found["graphs"][0]["nodes"])
    for graph in found["graphs"]:
        own = nodes(graph)
        assert all(edge["sourceNodeId"] in own for node in own.values() for edge in node["incomingEdges"])
        assert set(found[graph["id"]]["results"]) == set(own)
    for side, own in (("leftNodeIds", left), ("rightNodeIds", right)):
        mapped = [name for entry in found["mappingEntries"] for name in entry[side]]
        assert len(set(mapped)) == len(mapped), "a node may stand in one entry only"
        assert set(mapped) <= set(own)


def test_counterparts_and_what_was_found_of_them(report):
    found = document(report)
    left, right = (
        {node["attrs"][0]["value"]: node for node in graph["nodes"] if node["label"] != "relu"}
        for graph in found["graphs"]
    )
    entries = {tuple(entry["leftNodeIds"]): tuple(entry["rightNodeIds"]) for entry in found["mappingEntries"]}

    assert entries[left["conv2d"]["id"],] == (right["layer1.0"]["id"],)
    assert right["layer1.2"]["namespace"] == "layer1"
    said = {each["key"]: each["value"] for each in left["batch_normalization"]["attrs"]}
    assert said["result"] == "different"
    assert said["epsilon"].startswith("0.001 / 1e-05: ")


def test_the_package_reads_it(report):
    builder = pytest.importorskip("model_explorer.graph_builder")
    dacite = pytest.importorskip("dacite")
    found = document(report)

    collection = {"label": found["label"], "graphs": found["graphs"]}
    made = dacite.from_dict(builder.GraphCollection, collection, dacite.Config(strict=True))
    assert [len(graph.nodes) for graph in made.graphs] == [len(report.left.boxes), len(report.right.boxes)]
    from model_explorer import node_data_builder

    for graph in made.graphs:
        known = {each.name for each in dataclasses.fields(node_data_builder.GraphNodeData)}
        assert set(found[graph.id]) <= known


def test_several_pairs_are_one_file_with_nodes_of_their_own(report):
    outcomes = [Outcome(name, "l", "r", report) for name in ("one", "two")]
    run = Run((*outcomes, Outcome("lost", "l", "r", None, "cannot read 'l'")))
    found = json.loads(named("model-explorer").run(run, Screen()))

    assert [graph["id"].partition(":")[0] for graph in found["graphs"]] == [
        "one, left",
        "one, right",
        "two, left",
        "two, right",
    ]
    every = [node["id"] for graph in found["graphs"][::2] for node in graph["nodes"]]
    assert len(set(every)) == len(every)
    assert len(found["mappingEntries"]) == 2 * len(report.links)


@pytest.fixture
def page():
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium is installed")
        pytest.skip("no Chromium is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--use-gl=swiftshader"])
        yield browser.new_page()
        browser.close()


@pytest.fixture
def server():
    """Model Explorer as its users start it; its address."""
    pytest.importorskip("model_explorer")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--host", "127.0.0.1", "--port", str(port), "--no_open_in_browser", "--skip_health_check")
    started = subprocess.Popen(
        [sys.executable, "-m", "model_explorer", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(240):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.25)
        yield f"http://127.0.0.1:{port}/"
    finally:
        started.terminate()
        started.wait(timeout=20)


def test_its_page_shows_the_graph_and_what_was_found(server, page, report, tmp_path):
    path = tmp_path / "pair.json"
    path.write_text(named("model-explorer").compared(report, Screen()))
    data = {"models": [{"url": str(path)}], "nodeData": [str(path)], "nodeDataTargets": [""]}
    page.goto(f"{server}?data={quote(json.dumps(data))}")

    page.get_by_text("Node data providers").first.wait_for(timeout=40_000)
    page.get_by_text("left only").first.wait_for(timeout=40_000)
    text = page.inner_text("body")
    assert "left: bn_cnn.keras" in text
    assert {"BatchNormalization\tdifferent", "softmax\tleft only"} <= {
        "\t".join(line.split("\t")[1:]) for line in text.splitlines()
    }
