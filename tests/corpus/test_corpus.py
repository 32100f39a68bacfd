"""Phases over the corpus: they come to rest, keep every graph sound, and ensure what they say."""

import pytest

from parity.kinds import kinds
from parity.passes import PHASES, broken, normalise, problems
from tests.corpus.stored import NAMES, graph

BY_NAME = {phase.name: phase for phase in PHASES}
AFTER = {phase.name: following for phase, following in zip(PHASES, (*PHASES[1:], None), strict=True)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tmp_path_factory.mktemp("corpus"))


def test_the_corpus_has_models_of_every_framework_and_exporter():
    endings = {name.rpartition("-")[2] for name in NAMES}

    assert len(NAMES) >= 60
    assert endings == {"pt2", "keras", "export", "tf2onnx", "free", "fixed", "onnx", "torch"}
    assert all(any(exporter in name for name in NAMES) for exporter in ("-script-", "-dynamo-", "-as-it-is-"))


@pytest.mark.parametrize("name", NAMES)
def test_a_model_of_the_corpus(name, folder):
    found, wrong = graph(name, folder), []
    known = set(problems(found))

    def watch(phase, each, done):
        if each:
            wrong.extend(f"{phase}/{each}: {problem}" for problem in problems(done) if problem not in known)
        else:
            wrong.extend(f"after {phase}: {each}" for each in broken(done, BY_NAME[phase].ensures))
            if (following := AFTER[phase]) is not None:
                wrong.extend(f"before {following.name}: {each}" for each in broken(done, following.requires))

    done = normalise(found, watch)

    assert wrong == []
    assert normalise(done) is done
    assert not any("did not converge" in gap.reason for gap in done.gaps)


def test_most_kinds_are_in_the_corpus(folder):
    met = {layer.kind for name in NAMES for layer in graph(name, folder).layers}

    assert len(met & set(kinds())) > 70
