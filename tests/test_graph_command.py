"""``parity graph`` and what the environment asks for between passes."""

import pytest

from parity.cli import main
from parity.errors import ParityError, UsageError
from parity.graph.printer import printed
from parity.graphs import graph_of
from parity.passes import PHASES, verify


@pytest.fixture
def run():
    from click.testing import CliRunner

    return lambda *words, **env: CliRunner().invoke(main, [words[0], *map(str, words[1:])], env=env)


def test_a_graph_is_a_line_a_layer(run, fixtures):
    told = run("graph", fixtures / "bn_cnn.keras").output

    assert "keras model" in told
    assert "= conv(%input_layer:0) {kernel_size=(3, 3)" in told
    assert "kernel: dense/0 float32[1568, 100] (in out) trainable" in told
    assert told.count(" = activation(") == 3


def test_after_a_phase_or_none(run, fixtures):
    path = fixtures / "bn_cnn_torchscript.onnx"
    read, whole = run("graph", path, "--after", "reading").output, run("graph", path).output

    assert "(N C H W)" in whole
    assert "(N C H W)" not in read
    assert run("graph", path, "--after", PHASES[-1].name).output == whole


def test_a_phase_that_there_is_not(run, fixtures):
    done = run("graph", fixtures / "bn_cnn.keras", "--after", "soon")

    assert done.exit_code == 2
    assert "there is no phase named 'soon'; name one of reading, constants" in done.stderr


def test_phases_and_rewrites_are_traced(run, fixtures):
    path = fixtures / "bn_cnn_dynamo.onnx"
    phases = run("graph", path, PARITY_TRACE="phase").stderr
    rewrites = run("graph", path, PARITY_TRACE="rewrite", PARITY_VERIFY="1").stderr

    assert [f"--- after the phase {phase.name}" in phases for phase in PHASES] == [True] * len(PHASES)
    assert "--- after name_axes in the phase canonical" in rewrites


def test_a_trace_of_something_else(run, fixtures):
    done = run("graph", fixtures / "bn_cnn_dynamo.onnx", PARITY_TRACE="all")

    assert done.exit_code == 2
    assert "PARITY_TRACE is 'all'; set it to phase or rewrite" in done.stderr


def test_a_graph_that_is_not_sound_is_refused(fixtures):
    from dataclasses import replace

    graph = graph_of(fixtures / "bn_cnn.pt2")
    late = replace(graph, layers=graph.layers[::-1])
    twice = replace(graph, layers=(*graph.layers, graph.layers[-1]))

    verify(graph)
    with pytest.raises(ParityError, match="before it is produced"):
        verify(late)
    with pytest.raises(ParityError, match="two layers are called"):
        verify(twice)


def test_names_of_strangers_do_nothing_to_the_terminal(fixtures):
    from dataclasses import replace

    graph = graph_of(fixtures / "bn_cnn.pt2")
    layers = tuple(replace(layer, sources=("\x1b[2J",)) for layer in graph.layers)

    assert "\x1b" not in printed(replace(graph, layers=layers))


def test_python_is_refused_what_the_command_line_is(fixtures):
    with pytest.raises(UsageError, match="there is no phase"):
        graph_of(fixtures / "bn_cnn.pt2", after="soon")


def test_why_arithmetic_is_not_a_pattern_and_where_it_is(run, tmp_path):
    import torch

    class Net(torch.nn.Module):
        def forward(self, x):
            y = x * (1 + torch.erf(x / 2**0.5)) / 2
            z = torch.nn.functional.linear(y, torch.ones(4, 4))
            return z * (1 + torch.erf(z / 2)) / 2

    torch.export.save(torch.export.export(Net().eval(), (torch.randn(2, 4),)), tmp_path / "net.pt2")
    gelu, mish = (run("graph", tmp_path / "net.pt2", "--why", name).output for name in ("gelu", "mish"))

    assert "is the end of a gelu" in gelu
    assert "where x is" in gelu
    assert "is 0.5 * erf(0.5 * x) * x + 0.5 * x, where x is linear" in gelu
    assert "and gelu is 0.5 * erf(0.707107 * x) * x + 0.5 * x" in gelu
    assert "none of the 5 operators that lead to div_3 is softplus or tanh" in mish


def test_a_pattern_that_there_is_not(run, fixtures):
    done = run("graph", fixtures / "bn_cnn.keras", "--why", "gello")

    assert done.exit_code == 2
    assert "there is no pattern named 'gello'; name one of clip, gelu, gelu_by_tanh" in done.stderr
