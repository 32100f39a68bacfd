"""The gate passes only if every pair does, here and on a cluster alike."""

import pytest

from parity.config import Pair, Settings
from parity.errors import UsageError
from parity.gate import run_gate
from parity.policy import Policy
from parity.reports import State
from parity.suppression import Suppression


@pytest.fixture
def pairs(fixtures):
    names = {"same": "bn_cnn.keras", "port": "bn_cnn.pt2", "export": "bn_cnn_dynamo.onnx", "lost": "no.pt2"}
    return {name: Pair(name, str(fixtures / "bn_cnn.keras"), str(fixtures / right)) for name, right in names.items()}


def states(run):
    return [(each.name, each.state) for each in run.outcomes]


def test_a_run_is_as_good_as_its_worst_pair(pairs):
    passed = run_gate(Settings(pairs=(pairs["same"],)))
    failed = run_gate(Settings(pairs=(pairs["same"], pairs["port"])))
    broken = run_gate(Settings(pairs=(pairs["lost"], pairs["port"], pairs["same"])))

    assert (passed.state, failed.state, broken.state) == (State.PASSED, State.FAILED, State.BROKEN)
    assert states(broken) == [("lost", State.BROKEN), ("port", State.FAILED), ("same", State.PASSED)]
    assert "there is no such file" in broken.outcomes[0].failure


def test_no_pair_is_no_pass():
    with pytest.raises(UsageError, match="names no pair"):
        run_gate(Settings())


def test_an_error_of_ones_own_in_one_pair_leaves_the_others(pairs, monkeypatch, capsys):
    import parity.gate

    real = parity.gate.check
    monkeypatch.setattr(
        parity.gate, "check", lambda left, right, **rest: 1 / ("pt2" not in right) and real(left, right, **rest)
    )
    run = run_gate(Settings(pairs=(pairs["port"], pairs["same"])))

    assert states(run) == [("port", State.BROKEN), ("same", State.PASSED)]
    assert "ZeroDivisionError" in run.outcomes[0].failure
    assert "Traceback" in capsys.readouterr().err


def test_suppressions_count_and_those_of_no_use_are_noted(pairs):
    real = ("logits-against-probabilities", "activation-missing", "epsilon", "momentum")
    book = (*(Suppression(rule, "known", pair="port") for rule in real), Suppression("dtype", "old"))
    settings = Settings(pairs=(pairs["port"],), suppressions=book)
    run = run_gate(settings)

    assert run.state is State.PASSED
    assert [note.rule for note in run.notes] == ["suppression-unused"]
    strict = Settings(pairs=(pairs["port"],), suppressions=book, fail_on="warning")
    assert run_gate(strict).state is State.FAILED
    quiet = Settings(**vars(strict) | {"policy": Policy(ignore=frozenset({"suppression-unused"}))})
    assert run_gate(quiet).notes == ()
    assert run_gate(quiet).state is State.PASSED


def test_paths_are_told_as_they_were_given(fixtures, monkeypatch):
    monkeypatch.chdir(fixtures)
    short = tuple(Pair(name, "bn_cnn.keras", right) for name, right in (("a", "no.pt2"), ("b", "bn_cnn.keras")))
    alone, together = (run_gate(Settings(pairs=short, jobs=jobs)) for jobs in (1, 2))

    assert together == alone
    assert alone.outcomes[0].failure.startswith("cannot read 'no.pt2'")
    assert alone.outcomes[1].report.left.source == "bn_cnn.keras"


def test_progress_is_told_as_it_comes(pairs):
    seen = []
    run_gate(Settings(pairs=tuple(pairs.values())), progress=lambda *each: seen.append(each))

    assert [(each.name, number, total) for each, number, total in seen] == [
        (name, at + 1, len(pairs)) for at, name in enumerate(pairs)
    ]


def test_processes_give_the_same_as_one(pairs):
    alone = run_gate(Settings(pairs=tuple(pairs.values()), jobs=1))
    seen = []
    together = run_gate(Settings(pairs=tuple(pairs.values()), jobs=2), progress=lambda *each: seen.append(each[0].name))

    assert together == alone
    assert sorted(seen) == sorted(pairs)


@pytest.mark.parametrize("backend", ["threading", "multiprocessing", "loky"])
def test_every_backend_of_joblib_gives_the_same(pairs, backend):
    """That of Ray is one of multiprocessing's kind, which gives no result before all are there."""
    import joblib

    alone = run_gate(Settings(pairs=tuple(pairs.values()), jobs=1))
    with joblib.parallel_config(backend, n_jobs=2):
        assert run_gate(Settings(pairs=tuple(pairs.values()))) == alone


def test_a_cluster_gives_the_same_as_one_machine(pairs, tmp_path, monkeypatch):
    import joblib
    from distributed import Client, LocalCluster

    monkeypatch.chdir(tmp_path)
    alone = run_gate(Settings(pairs=tuple(pairs.values()), jobs=1))
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, protocol="tcp", host="127.0.0.1"
        ) as cluster,
        Client(cluster) as client,
        joblib.parallel_config(backend="dask", wait_for_workers_timeout=60),
    ):
        together = run_gate(Settings(pairs=tuple(pairs.values())))
        workers = client.run(lambda: "parity.check" in __import__("sys").modules)

    assert together == alone
    assert any(workers.values()), "the work was done elsewhere than on the cluster"
