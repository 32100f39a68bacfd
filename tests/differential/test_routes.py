"""Random models, changed and unchanged, on every route: no false pass, no false alarm, no crash, no hang, no miscount."""

import json
from collections import Counter
from pathlib import Path

import pytest
from differential.programs import Refused, Unfit
from differential.results import FATAL
from differential.routes import routes
from differential.working import checked

SEED = 2026

PAIRS = {
    "onnx-onnx": 1820, "torch-torch-live": 280, "torch-torch-pt2": 160, "keras-keras-live": 200, "keras-keras-keras": 120, "keras-keras-h5": 80,
    "keras-torch-live": 120, "keras-torch-files": 60, "torch-onnx-script": 70, "torch-onnx-script-unfolded": 50, "torch-onnx-dynamo": 12,
    "torch-onnx-dynamo-plain": 12, "keras-onnx-export": 10, "keras-onnx-tf2onnx": 20,
}  # fmt: skip

CHUNKS = {
    "onnx-onnx": 200,
    "torch-torch-live": 70,
    "torch-torch-pt2": 80,
    "keras-keras-live": 50,
    "keras-keras-keras": 60,
    "keras-torch-live": 60,
}

OPEN = {
    (route, index): kind
    for route, kinds in json.loads((Path(__file__).parent / "open.json").read_text()).items()
    for kind, indices in kinds.items()
    for index in indices
}
"""Pairs that parity is known to judge wrongly today, by kind; whoever mends a kind takes it out."""


def chunks():
    for route, pairs in PAIRS.items():
        size = CHUNKS.get(route, pairs)
        for first in range(0, pairs, size):
            yield route, first, min(first + size, pairs)


@pytest.fixture(autouse=True)
def verified(monkeypatch):
    """Every rewrite of every pass is checked: a graph that is not sound is a crash."""
    monkeypatch.setenv("PARITY_VERIFY", "1")


def test_every_route_is_run():
    assert set(PAIRS) == set(routes())
    assert sum(PAIRS.values()) >= 3000


@pytest.mark.parametrize(("route", "first", "last"), list(chunks()))
def test_verdicts_are_the_truth(route, first, last, record_property):
    found, undecided, copies, counts = routes()[route], 0, 0, Counter()
    for index in range(first, last):
        try:
            pair = found.pair(SEED, index)
        except (Unfit, Refused):
            continue
        outcome = found.check(pair)
        counts[outcome.status] += 1
        copies += pair.kind == "copy"
        undecided += pair.kind == "copy" and outcome.status == "open" and (route, index) not in OPEN
        if outcome.status in FATAL and (route, index) not in OPEN:
            pytest.fail(f"{outcome.status}: {route} {index}\n{checked(route, SEED, index).script}")
    for status, count in counts.items():
        record_property(f"figure: random pairs, {status}", count)
    assert undecided <= max(1, copies // 50)
