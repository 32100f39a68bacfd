"""The harness sees what is wrong: judges that lie, models that are made smaller, programs that run by themselves."""

import contextlib
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from differential.judging import judged
from differential.onnx_family import ONNX
from differential.programs import Const, Input, Node, Pair, Program, Refused, Unfit
from differential.reducing import reduced
from differential.routes import routes
from differential.scripts import script
from differential.truth import APART, DIFFER, REFUSED, SAME, UNCERTAIN, distance, nearly_equal, told, truth

import parity

ROUTE = routes()["onnx-onnx"]


def program(*nodes, outputs=("n3",)):
    return Program((Input("x0", (2, 3)),), nodes, outputs, {"opset": 18})


CHAIN = (Node(1, "Relu", ("x0",)), Node(2, "LeakyRelu", ("n1",), {"alpha": 0.2}), Node(3, "Neg", ("n2",)))
OTHER = (CHAIN[0], CHAIN[1], replace(CHAIN[2], op="Exp"))


def verdict(monkeypatch, word):
    monkeypatch.setattr(
        parity, "compare", lambda *_args, **_given: SimpleNamespace(verdict=SimpleNamespace(value=word), findings=())
    )


def test_equivalent_where_outputs_differ_is_a_false_pass(monkeypatch):
    verdict(monkeypatch, "equivalent")
    assert ROUTE.check(Pair(program(*CHAIN), program(*OTHER), "change")).status == "false pass"
    assert ROUTE.check(Pair(program(*CHAIN), program(*CHAIN), "change")).status == "neutral"


def test_different_where_nothing_is_changed_is_a_false_alarm(monkeypatch):
    verdict(monkeypatch, "different")
    assert ROUTE.check(Pair(program(*CHAIN), program(*CHAIN), "copy")).status == "false alarm"
    assert ROUTE.check(Pair(program(*CHAIN), program(*OTHER), "change")).status == "ok"


@pytest.mark.parametrize(("error", "status"), [(ValueError("no"), "crash"), (parity.ParityError("x", "y"), "open")])
def test_an_exception_is_a_crash_unless_it_is_an_answer(monkeypatch, error, status):
    def fails(*_args, **_given):
        raise error

    monkeypatch.setattr(parity, "compare", fails)
    assert ROUTE.check(Pair(program(*CHAIN), program(*CHAIN), "copy")).status == status


def test_a_failure_is_made_smaller(monkeypatch):
    verdict(monkeypatch, "equivalent")
    pair = Pair(program(*CHAIN), program(*OTHER), "change")
    small = reduced(ONNX, pair, lambda each: ROUTE.check(each).status == "false pass")
    assert [node.op for node in small.left.nodes] == ["Neg"]
    assert [node.op for node in small.right.nodes] == ["Exp"]


def test_a_finding_runs_by_itself(capsys):
    pair = Pair(program(*CHAIN), program(*OTHER), "change")
    exec(script(ROUTE, pair, ROUTE.check(pair), "here"), {})  # noqa: S102  what a finding prints
    assert "parity: different" in capsys.readouterr().out


def test_a_weight_is_read_in_another_order_without_a_fault(monkeypatch):
    verdict(monkeypatch, "equivalent")
    nodes = (
        Node(1, "Transpose", ("x0",), {"perm": [0, 2, 1]}),
        Node(2, "Flatten", ("n1",)),
        Node(3, "MatMul", ("n2", Const("float32", (9, 2), seed=1))),
    )
    left = Program((Input("x0", (2, 3, 3)),), nodes, ("n3",), {"opset": 18})
    right = left.replaced(nodes[0].having(perm=[0, 1, 2]))
    assert ROUTE.check(Pair(left, right, "change")).status == "skipped"
    chunk = Node(4, "Slice", ("n2", *(Const("int64", (1,), (value,)) for value in (0, 3, 1))))
    sliced = [replace(side, nodes=(*side.nodes[:2], chunk), outputs=("n4",)) for side in (left, right)]
    assert ROUTE.check(Pair(*sliced, "change")).status == "false pass"


def test_distances_know_rounding_from_another_value():
    one = np.array([1.0, np.nan, np.inf])
    assert distance(one, one + 1e-9) < 1e-8
    assert distance(one, one.astype("float32")) == distance(one, np.zeros(3)) == float("inf")
    assert told([(0, 1e-7), (5, float("inf"))]) == SAME
    assert told([(0, 1e-3)]) == DIFFER


def test_the_same_number_gives_the_same_pair():
    assert ROUTE.pair(1, 2) == ROUTE.pair(1, 2)
    assert judged("change", "different", lambda: DIFFER) == "ok"


@pytest.mark.parametrize(("found", "status"), [(SAME, "false alarm"), (UNCERTAIN, "false alarm"), (REFUSED, "skipped")])
def test_a_copy_that_is_called_different_is_an_alarm_unless_its_file_does_not_run(found, status):
    assert judged("copy", "different", lambda: found) == status


def test_half_precision_has_a_rounding_of_its_own():
    one, other = np.float32([1.0, 4.0]), np.float32([1.0, 4.001])
    assert distance(one, other) > APART
    assert distance(one.astype("float16"), (other * 1.0005).astype("float16")) < APART
    assert distance(one.astype("float16"), (other * 1.1).astype("float16")) > APART


@pytest.mark.parametrize(
    ("op", "settings", "changes"),
    [
        ("layers.LayerNormalization", {"center": False, "scale": False}, False),
        ("layers.LayerNormalization", {"center": False}, True),
        ("layers.BatchNormalization", {"center": False, "scale": False}, True),  # its statistics stay as they are
        ("layers.LSTM", {"units": 2, "use_bias": False}, True),
    ],
)
def test_what_is_trained_is_not_changed_where_there_are_no_weights(op, settings, changes):
    from differential.changes import setting
    from differential.generating import evaluated
    from differential.keras_family import KERAS

    before = Program((Input("x0", (2, 3, 3)),), (Node(1, op, ("x0",), settings, seed=5),), ("n1",), {"free": True})
    before, values = evaluated(KERAS, before)
    found = set()
    for seed in range(60):
        with contextlib.suppress(Unfit, Refused):
            found.add(setting(KERAS, before, values, np.random.default_rng(seed))[1])
    assert any("trainable" in label for label in found) == changes


def test_what_is_made_of_no_elements_tells_nothing():
    pair = Pair(program(*CHAIN), program(*OTHER), "change")

    def runs(rest):
        """Two sides that differ for the last of all inputs only, where another output is of so many elements."""
        sides = np.zeros(2), np.ones(2)
        return [
            lambda feeds, last=last: (
                [[np.eye(2), np.eye(2)]] * 3
                if len(feeds) == 3
                else [[np.eye(2), np.eye(2)]] * (len(feeds) - 1) + [[last, np.eye(rest)]]
            )
            for last in sides
        ]

    assert truth(pair, runs(0)) == SAME
    assert truth(pair, runs(2)) == DIFFER


def test_numbers_that_differ_in_their_last_digits_alone_are_known():
    assert nearly_equal(np.float32([0.5, 0.49999997, -1.0]))
    assert not nearly_equal(np.float32([0.5, 0.5, -1.0, np.nan]))
    assert not nearly_equal(np.float32([0.5, 0.4999, -1.0]))
    assert not nearly_equal(np.float32([0.5, 0.1, np.inf]))
    assert nearly_equal(np.float32([0.5, 0.49999997, np.nan]))
