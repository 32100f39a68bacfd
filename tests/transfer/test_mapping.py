"""A mapping that a project has, against what is found: lines that agree, contradict, name nothing, or are missing."""

import json

import pytest

from parity.cli import main
from parity.errors import UsageError
from parity.mapping import Agreement, check_map, read_map

WHOLE = {
    "conv2d/0": "layer1.0.weight",
    "conv2d/bias": "layer1.0.bias",
    "batch_normalization": "layer1.2",
    "dense/kernel:0": "fc1.weight",
    "dense/1": "fc1.bias",
    "dense_1": "fc2",
}


@pytest.fixture
def pair(fixtures):
    return fixtures / "bn_cnn.keras", fixtures / "bn_cnn.pt2"


def found(pair, mapping):
    return {(line.source, line.target): line for line in check_map(*pair, mapping)}


def states(pair, mapping):
    return {key: line.agreement for key, line in found(pair, mapping).items()}


def test_tensors_and_layers_that_are_counterparts_agree_and_nothing_is_missing(pair):
    assert {*states(pair, WHOLE).values()} == {Agreement.AGREES}
    assert len(states(pair, WHOLE)) == len(WHOLE)
    back = {other: one.removesuffix(":0") for one, other in WHOLE.items()}
    assert {*states(pair[::-1], back).values()} == {Agreement.AGREES}


def test_what_contradicts_says_what_is_found_instead(pair):
    lines = found(pair, WHOLE | {"dense/kernel:0": "fc2.weight", "dense_1": "fc1"})

    wrong = lines["dense/kernel:0", "fc2.weight"]
    assert (wrong.agreement, wrong.told) == (Agreement.CONTRADICTS, "fc2.weight is dense_1/0")
    assert (lines["dense_1", "fc1"].agreement, lines["dense_1", "fc1"].told) == (
        Agreement.CONTRADICTS,
        "dense_1 is fc2",
    )
    assert states(pair, {"dense/1": "layer1.2.num_batches_tracked"})["dense/1", "layer1.2.num_batches_tracked"] is (
        Agreement.CONTRADICTS
    )


def test_names_of_nothing_and_exchanged_sides_are_told(pair):
    lines = found(pair, {"dens": "fc1", "fc1.weight": "dense/0", "dense": "fc1.weight"})

    assert "the source has no layer or tensor 'dens'" in lines["dens", "fc1"].told
    assert "exchanged" in lines["fc1.weight", "dense/0"].told
    assert lines["dense", "fc1.weight"].told == "one is a layer, the other a tensor"
    assert all(lines[key].agreement is Agreement.UNKNOWN for key in list(lines)[:3])


def test_what_no_line_names_is_missing(pair):
    less = {name: other for name, other in WHOLE.items() if name not in {"batch_normalization", "dense/1"}}

    missing = [key for key, state in states(pair, less).items() if state is Agreement.MISSING]

    assert ("dense/1", "fc1.bias") in missing
    assert len(missing) == 5


def test_a_tensor_whose_source_is_not_known_is_undecided(tmp_path):
    from tests.transfer.test_two_checkpoints import stored, tensors

    arrays = tensors()
    more = arrays | {"head.weight": arrays["embed.weight"][:7, :7]}
    sides = stored(tmp_path / "a.safetensors", arrays), stored(tmp_path / "b.safetensors", more)

    assert states(sides, {"embed.weight": "head.weight"})["embed.weight", "head.weight"] is Agreement.UNDECIDED


def test_the_command_lists_what_does_not_agree_and_exits_by_it(pair, tmp_path, capsys):
    path = tmp_path / "map.json"

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments)])
        return ended.value.code, capsys.readouterr()

    path.write_text(json.dumps(WHOLE))
    code, said = run("port", *pair, "--check-map", path)
    assert (code, said.out) == (0, f"{path}: agrees 6\n")
    path.write_text(json.dumps(WHOLE | {"dense/1": "fc2.bias"}))
    code, said = run("port", *pair, "--check-map", path)
    assert code == 1
    assert "contradicts  dense/1 = fc2.bias: fc2.bias is dense_1/1" in said.out
    path.write_text("{}")
    assert run("port", *pair, "--check-map", path)[0] == 1
    assert run("port", *pair, "--check-map", path, "-o", tmp_path / "out.pt2")[0] == 2
    assert run("port", *pair)[0] == 2
    assert not (tmp_path / "out.pt2").exists()


@pytest.mark.parametrize("text", ["[1]", '{"a": 1}', "{", "[" * 100_000])
def test_a_file_that_is_no_table_is_refused(tmp_path, text):
    path = tmp_path / "map.json"
    path.write_text(text)

    with pytest.raises(UsageError, match="cannot read the map"):
        read_map(str(path))
