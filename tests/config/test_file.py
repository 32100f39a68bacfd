"""A configuration is found, read, and refused with a sentence that says what would work."""

import datetime as dt
from pathlib import Path

import pytest

from parity.config import find, load, show, template
from parity.errors import UsageError
from parity.rules import Severity

WHOLE = """\
version = 1
profile = "inference"
fail-on = "warning"
jobs = 2
select = ["epsilon", "momentum"]
ignore = ["dtype"]

[severity]
momentum = "warning"

[[pair]]
name = "classifier"
left = "models/net.keras"
right = "models/net.pt2"
fail-on = "info"
profile = "exact"
map = { conv1 = "layer1.0" }
[pair.inputs]
image = [1, 3, 224, 224]
ids = { shape = [1, 10], dtype = "int64" }

[[pair]]
left = "/models/other.keras"
right = "other.onnx"
inputs = [[1, 3], [1, 4]]
map = "other.map"

[[suppress]]
rule = "frozen-layer"
reason = "on purpose"
pair = "classifier"
layer = "head/**"
delta = -64
until = 2027-03-31
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.map").write_text('"layer1.0" = "conv"\n')
    return tmp_path


def written(text, name="parity.toml"):
    Path(name).write_text(text)
    return load(Path(name))


@pytest.mark.usefixtures("project")
def test_everything_is_read():
    found = written(WHOLE)

    assert (found.file, found.profile, found.fail_on, found.jobs) == ("parity.toml", "inference", "warning", 2)
    assert found.policy.select == {"epsilon", "momentum"}
    assert found.policy.ignore == {"dtype"}
    assert found.policy.severities == {"momentum": Severity.WARNING}
    first, second = found.pairs
    assert (first.name, first.left, first.right) == ("classifier", "models/net.keras", "models/net.pt2")
    assert (first.profile, first.fail_on, first.map) == ("exact", "info", {"conv1": "layer1.0"})
    assert first.inputs == {"image": (1, 3, 224, 224), "ids": ((1, 10), "int64")}
    assert (first.place.line, second.place.line) == (11, 22)
    assert second.name == "other.keras ~ other.onnx"
    assert (second.left, second.right) == ("/models/other.keras", "other.onnx")
    assert (second.inputs, second.map) == ([(1, 3), (1, 4)], {"layer1.0": "conv"})
    (only,) = found.suppressions
    assert (only.rule, only.reason, only.pair, only.layer) == ("frozen-layer", "on purpose", "classifier", "head/**")
    assert (only.delta, only.until, only.place.line) == (-64, dt.date(2027, 3, 31), 28)


@pytest.mark.usefixtures("project")
def test_what_is_shown_says_the_same():
    found = written(WHOLE)
    again = written(show(found), "shown.toml")

    for name in ("profile", "fail_on", "jobs", "policy"):
        assert getattr(again, name) == getattr(found, name)
    for mine, other in zip(again.pairs, found.pairs, strict=True):
        assert [getattr(mine, name) for name in ("name", "left", "right", "inputs", "profile", "map", "fail_on")] == [
            getattr(other, name) for name in ("name", "left", "right", "inputs", "profile", "map", "fail_on")
        ]
    assert [(each.rule, each.layer, each.delta, each.until) for each in again.suppressions] == [
        (each.rule, each.layer, each.delta, each.until) for each in found.suppressions
    ]


def test_the_nearest_file_wins_and_paths_are_relative_to_it(project, monkeypatch):
    inner = project / "a" / "b"
    inner.mkdir(parents=True)
    (project / "parity.toml").write_text('version = 1\n[[pair]]\nleft = "l.keras"\nright = "r.pt2"\n')
    monkeypatch.chdir(inner)

    assert find(Path.cwd()) == project / "parity.toml"
    assert load(find(Path.cwd())).pairs[0].left == str(Path("..", "..", "l.keras"))

    (project / "a" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert find(Path.cwd()) == project / "parity.toml"
    (project / "a" / "pyproject.toml").write_text(
        '[tool.parity]\nversion = 1\n[[tool.parity.pair]]\nleft = "l.keras"\nright = "r.pt2"\n'
    )
    nearest = find(Path.cwd())
    assert nearest == project / "a" / "pyproject.toml"
    assert load(nearest).pairs[0].place.line == 3
    (project / "a" / ".parity.toml").write_text("version = 1\n")
    assert find(Path.cwd()).name == ".parity.toml"
    (project / "a" / "parity.toml").write_text("version = 1\n")
    assert find(Path.cwd()).name == "parity.toml"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the configuration needs version; begin with: version = 1"),
        ("version = 2", "version is not 1 (found 2); begin with: version = 1"),
        ("version = 1\nprofil = 'train'", "the configuration has no key 'profil'; did you mean profile?"),
        (
            "version = 1\nprofile = 'strict'",
            "profile is not one of exact, train, inference, interface (found 'strict')",
        ),
        ("version = 1\nprofile = 3", "profile is not one of exact, train, inference, interface (found 3)"),
        ("version = 1\nfail-on = 'all'", "fail-on is not one of error, warning, info, never (found 'all')"),
        ("version = 1\njobs = 0", "jobs is not an integer of at least 1 (found 0)"),
        ("version = 1\njobs = true", "jobs is not an integer of at least 1 (found True)"),
        ("version = 1\nselect = 'epsilon'", "select is not a list of rules"),
        (
            "version = 1\nselect = ['epsilom']",
            "item 1 of select is not a rule (found 'epsilom'); did you mean epsilon?",
        ),
        (
            "version = 1\n[severity]\nepsilon = 'fatal'",
            "epsilon of severity is not one of error, warning, info (found 'fatal')",
        ),
        (
            "version = 1\n[pair]\nleft = 'a'",
            "pair is not a list of tables (found {'left': 'a'}); begin each with [[pair]]",
        ),
        ("version = 1\n[[pair]]\nleft = 'a'", "parity.toml:2: pair 1 needs right, as text"),
        ("version = 1\n[[pair]]\nleft = 'a'\nright = 7", "right of pair 1 is not text (found 7)"),
        (
            "version = 1\n[[pair]]\nleft = 'a'\nrihgt = 'b'",
            "parity.toml:2: pair 1 has no key 'rihgt'; did you mean right?",
        ),
        ("version = 1\n[[pair]]\nleft='a'\nright='b'\n[[pair]]\nleft='a'\nright='b'", "two pairs are called 'a ~ b'"),
        (
            "version = 1\n[[pair]]\nleft='a'\nright='b'\ninputs = 3",
            "inputs of pair 1 is not a list of shapes or a table of shapes (found 3); write inputs = [[",
        ),
        (
            "version = 1\n[[pair]]\nleft='a'\nright='b'\ninputs = ['x']",
            "item 1 of inputs of pair 1 is not a list of integers or a table (found 'x'); write [1, 10]",
        ),
        (
            "version = 1\n[[pair]]\nleft='a'\nright='b'\nmap = { a = { b = 'c' } }",
            "a of map of pair 1 is not text (found {'b': 'c'}); write one line",
        ),
        ("version = 1\n[[pair]]\nleft='a'\nright='b'\nmap = 'no.map'", "cannot read the map 'no.map'"),
        ("version = 1\n[[suppress]]\nrule = 'epsilon'", "the suppression of epsilon needs reason, as text"),
        (
            "version = 1\n[[suppress]]\nrule = 'epsilon'\nreason = ' '",
            "reason of the suppression of epsilon is blank",
        ),
        ("version = 1\n[[suppress]]\nrule = 'epsilonn'\nreason = 'x'", "did you mean epsilon?"),
        ("version = 1\n[[suppress]]\nrule = 'epsilon'\nreason = 'x'\npair = 'b'", "no pair is called 'b'"),
        ("version = 1\n[[suppress]]\nrule = 'epsilon'\nreason = 'x'\nuntil = 'soon'", "write it as 2027-03-31"),
        (
            "version = 1\n[[suppress]]\nrule = 'epsilon'\nreason = 'x'\ndelta = 'many'",
            "delta of the suppression of epsilon is not an integer (found 'many')",
        ),
        ("rtol = nan\nversion = 1", "rtol is not a number of at least 0 (found nan)"),
        (
            "version = 1\n[severity]\nepsilonn = 'info'",
            "a key of severity is not a rule (found 'epsilonn'); did you mean",
        ),
        ("version = 1\npair = [3]", "pair 1 is not a table (found 3)"),
        ("version = 1\n[[pair]]\nleft='a'\nright='b'\nname='c'\nweights=1", "weights of pair 'c' is not true or false"),
        (
            "version = 1\n[[pair]]\nleft='a'\nright='b'\n[[pair]]\nleft='c'\nright='d'\ndata=['x.npz', 3]",
            "parity.toml:5: item 2 of data of pair 2 is not text (found 3)",
        ),
        (
            "version = 1\n[[pair]]\nleft='a'\nright='b'\ninputs={shape=[1]}",
            "is not the name of an input (found 'shape')",
        ),
        (
            "version = 1\n[[pair]]\nleft='a'\nright='b'\ninputs={x={shap=[1]}}",
            "x of inputs of pair 1 has no key 'shap'",
        ),
        ("version = 1\n[[pair]]\nleft='a'\nright='b'\ninputs=[[1, true]]", "item 2 of item 1 of inputs of pair 1"),
        ("version = 1\n'a - at `$.jobs' = 1", "the configuration has no key 'a - at `$.jobs'"),
        ("version = 1\nversion = 1", "it is not TOML"),
        ("version = " + "[" * 5000, "it is not TOML"),
    ],
)
@pytest.mark.usefixtures("project")
def test_what_makes_no_sense_is_refused(text, said):
    with pytest.raises(UsageError) as error:
        written(text)

    assert said in str(error.value)
    assert "parity.toml" in str(error.value) or "map" in said


@pytest.mark.usefixtures("project")
def test_the_template_can_be_read_and_its_comments_too():
    text = template('a "b".keras', "c.pt2", "näme")

    assert written(text).pairs[0].left == 'a "b".keras'
    examples = [line[2:] for line in text.splitlines() if line.startswith("# ") and (" = " in line or "[" in line)]
    examples = [line for line in examples if line.split(" = ")[0] in {"profile", "fail-on", "jobs", "select", "ignore"}]
    assert len(examples) >= 5
    assert written("version = 1\n" + "\n".join({line.split(" = ")[0]: line for line in examples}.values()))


@pytest.mark.usefixtures("project")
def test_the_schema_is_of_what_is_read():
    import tomllib

    import jsonschema

    from parity.config import schema

    found = schema()
    jsonschema.Draft202012Validator.check_schema(found)
    for text in (WHOLE, template("a.keras", "b.pt2", "net")):
        data = tomllib.loads(text)
        for each in data.get("suppress", ()):
            each["until"] = str(each["until"])
        jsonschema.validate(data, found)
        assert written(text).pairs
    bad = 'version = 1\n[[pair]]\nleft = "a"\nright = "b"\n'
    for wrong in ('verify = "perhaps"', "jobs = 0", 'ignore = ["epsilom"]', "rtol = 1.0", 'baseline = ""', "x = 1"):
        text = bad.replace("version = 1", f"version = 1\n{wrong}")
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(tomllib.loads(text), found)
        with pytest.raises(UsageError):
            written(text)
