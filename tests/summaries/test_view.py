"""What of a summary is shown, and how: levels, columns, patterns, orders, formats."""

import json
from html.parser import HTMLParser

import jsonschema
import pytest
import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same

import parity
from parity.errors import UsageError
from parity.reports import COLUMNS, ORDERS, SCHEMA, Screen, named


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)

    def forward(self, x):
        return x + torch.relu(self.norm(self.conv(x)))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, stride=2)
        self.blocks = nn.ModuleList(Block() for _ in range(2))
        self.head = nn.Linear(4, 100)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean(3).mean(2).mul(2).sub(1))


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    """The file of a small network: to read it takes less time than to trace it."""
    path = tmp_path_factory.mktemp("net") / "net.pt2"
    torch.export.save(torch.export.export(Net().eval(), (torch.zeros(1, 3, 9, 9),)), path)
    return path


def shown(net, **settings):
    """The lines of the table: what stands in the first column."""
    text = named("text").summary(parity.summary(net, columns=["type"], **settings), Screen())
    lines = text.split("Layer   ", 1)[1].split("\n\n")[0].splitlines()[1:]
    return [line[3:].split("  ")[0] if line.startswith("   ") and line[3] != " " else line for line in lines]


def names(net, **settings):
    return [line.strip().split("  ")[0] for line in shown(net, **settings)]


def test_modules_are_a_tree(net):
    assert names(net) == [
        *("stem", "blocks", "0", "conv", "norm", "relu", "add", "1", "conv", "norm", "relu_1", "add_1"),
        *("+ 4 operators", "head"),
    ]


def test_levels_are_cut_off_with_their_totals(net):
    assert names(net, depth=1) == ["stem", "blocks", "+ 4 operators", "head"]
    assert names(net, depth=2) == ["stem", "blocks", "0", "1", "+ 4 operators", "head"]
    found = parity.summary(net, depth=1)
    (blocks,) = (row for row in found.containers if row.path == "blocks")
    assert blocks.params == 2 * (4 * 4 * 9 + 4 + 8) == sum(each.numel() for each in Net().blocks.parameters())
    assert blocks.macs == 2 * 16 * 4 * 4 * 9
    assert blocks.layers == 8


def test_operators_outside_of_layers_are_folded_unless_all_are_asked_for(net):
    assert [name for name in names(net, full=True) if name in {"mean", "mean_1", "mul", "sub"}] == [
        "mean",
        "mean_1",
        "mul",
        "sub",
    ]


def test_layers_are_chosen_by_a_pattern_of_their_paths(net):
    assert names(net, layer="*.norm") == ["blocks.0.norm", "blocks.1.norm"]
    assert names(net, layer="blocks.?") == ["blocks.0", "blocks.1"]


@pytest.mark.parametrize("order", ORDERS)
def test_layers_are_sorted_the_largest_first(net, order):
    found = names(net, sort=order)
    assert found[0] == {"params": "head", "macs": "blocks.0.conv", "memory": "head"}[order]
    assert len(found) == len(parity.summary(net).rows)
    assert "blocks" in names(net, sort=order, depth=1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layer": "norm"}, "no layer matches 'norm': patterns are compared with whole paths; write '*norm*'"),
        ({"layer": "heads"}, "no layer matches 'heads': patterns are compared with whole paths; there are head"),
        ({"sort": "size"}, "cannot sort by 'size': it is not known; use one of params, macs, memory"),
        ({"depth": 0}, "cannot show 0 levels: there must be at least 1"),
        ({"columns": ["name"]}, f"no column 'name': it is not known; use some of {', '.join(COLUMNS)}"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(net, settings, message):
    with pytest.raises(UsageError) as refused:
        parity.summary(net, **settings)
    assert str(refused.value) == message


def test_every_column(net):
    found = parity.summary(net, columns=list(COLUMNS), layer="stem")
    line = next(line for line in str(found).splitlines() if line.strip().startswith("stem"))
    for text in (
        *("Conv2d", "(batch, 3, 9, 9)", "(batch, 4, 4, 4)", "112", "12.1 % █", "yes", "3x3, stride 2x2", "1,728"),
        *("256 B / 448 B", "float32", "4*3*3*3 + 4"),
    ):
        assert f" {text} " in f"{line} "


@pytest.mark.parametrize("settings", [{}, {"depth": 1}, {"layer": "*.conv"}, {"sort": "macs"}])
def test_json_holds_what_is_shown(net, settings):
    found = parity.summary(net, **settings)
    document = json.loads(named("json").summary(found, Screen()))
    jsonschema.validate(document, SCHEMA)
    paths = {each["path"] for each in (*document["layers"], *document["containers"])}
    assert ("blocks.0.conv" in paths) == (settings != {"depth": 1})
    assert ("stem" in paths) == ("layer" not in settings)
    assert document["macs"] == 1728 + 2 * 16 * 4 * 4 * 9 + 400


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.words, self.codes = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words.append(data.strip())
        if self.tags and self.tags[-1][0] == "code" and data.strip():
            self.codes.append(data)


def test_a_page_and_a_comment_hold_every_line(net):
    found = parity.summary(net, columns=["type", "params", "macs"])
    page = Page(named("html").summary(found, Screen()))
    assert page.codes[1:] == names(net)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert any("default-src 'none'" in attributes.get("content", "") for _, attributes in page.tags)
    lines = named("markdown").summary(found, Screen()).splitlines()
    table = [line for line in lines if line.startswith("| ") and "`" in line]
    assert [line.split("`")[1] for line in table] == names(net)


def test_names_of_a_stranger_stay_names():
    hostile = nn.Sequential()
    hostile.add_module("<script>alert(1)<|script>`|*@all*", nn.Linear(2, 2))
    found = parity.summary(hostile.eval(), inputs=[(1, 2)])
    page = Page(named("html").summary(found, Screen()))
    assert "script" not in {tag for tag, _ in page.tags}
    assert any("<script>alert(1)" in word for word in page.words)
    assert "<script>" in named("text").summary(found, Screen())
    row = next(line for line in named("markdown").summary(found, Screen()).splitlines() if "alert" in line)
    assert row.startswith("| ``<script>alert(1)<\\|script>`\\|*@all*`` | ")


def test_the_batch_is_called_so_wherever_it_is():
    class Masked(nn.Module):
        def forward(self, x):
            return x.reshape(2, 3, 4).transpose(1, 2).unsqueeze(1).contiguous() @ torch.eye(3)

    found = parity.summary(Masked().eval(), inputs=[(2, 12)], full=True)
    assert {row.shapes[0][0] for row in found.rows if row.type != "eye"} == {None}
    assert "(2," not in str(found)


def test_a_file_that_was_saved_in_training_mode_says_so(tmp_path):
    model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5)).train()
    torch.export.save(torch.export.export(model, (torch.zeros(1, 3),)), tmp_path / "net.pt2")
    assert "saved in training mode: dropout is on" in str(parity.summary(tmp_path / "net.pt2"))


def test_operators_of_an_onnx_file_stand_below_the_layer_that_they_were_exported_from(tmp_path):
    class Norm(nn.Module):
        def forward(self, x):
            return x / (x.pow(2).mean(-1, keepdim=True) + 1e-6).sqrt()

    model = nn.Sequential(nn.Linear(4, 4), Norm()).eval()
    torch.onnx.export(model, (torch.zeros(1, 4),), tmp_path / "net.onnx", dynamo=True)
    found = parity.summary(tmp_path / "net.onnx")
    (norm,) = found.containers
    assert (norm.path, norm.type) == ("1", "Norm")
    assert norm.layers == 5
    assert parity.summary(tmp_path / "net.onnx", depth=1).containers == found.containers


def test_where_the_parameters_are():
    layers = [nn.Linear(100, 100), nn.Linear(100, 2), nn.Linear(2, 2)]
    assert "98 % of the parameters are in one layer: 0." in str(parity.summary(nn.Sequential(*layers)))
    two = nn.Sequential(nn.Linear(9, 9), nn.Linear(9, 9))
    assert "100 % of the parameters are in the 2 layers: 0 (50 %), 1 (50 %)." in str(parity.summary(two))
    deep = nn.Sequential(nn.Sequential(*(nn.Linear(9, 9) for _ in range(20))), nn.Linear(9, 1))
    assert "99 % of the parameters are in one module: 0." in str(parity.summary(deep))
    halves = nn.Sequential(*(nn.Sequential(*(nn.Linear(9, 9) for _ in range(6))) for _ in range(2)))
    assert "100 % of the parameters are in the 2 modules: 0 (50 %), 1 (50 %)." in str(parity.summary(halves))
    assert "42 % of the parameters are in 5 of 12 layers: 0 (8 %)" in str(
        parity.summary(nn.Sequential(*(nn.Linear(9, 9) for _ in range(12))))
    )
    assert "The parameters are spread over 40 layers; the largest, 0, has 2.5 %." in str(
        parity.summary(nn.Sequential(*(nn.Linear(9, 9) for _ in range(40))))
    )


def test_a_line_of_a_count_ends_with_the_count(net):
    """Scripts read the last word of a line; bytes have lines of their own."""
    lines = [line.split() for line in str(parity.summary(net)).splitlines()]
    counted = [line for line in lines if line and line[0] in {"Total,", "Trainable", "Non-trainable"}]

    assert len(counted) == 3
    assert all(line[-1].replace(",", "").isdecimal() for line in counted)
    assert any(line[:1] == ["Weights"] and "KiB" in line for line in lines)
