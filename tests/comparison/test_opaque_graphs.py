"""Nodes of ONNX that run graphs of their own: equal graphs are the same, others and unread ones are undecided."""

import pytest
from onnx import parser

from parity.check import check

MODEL = """
<ir_version: 10, opset_import: ["": 20]>
g (float[2, 4] x, bool c) => (float[2, 4] y) {{
    a = Relu (x)
    y = If (c) <
        then_branch = t () => (float[2, 4] {name}) <float[4] k = {{1.0, 2.0, 3.0, 4.0}}> {{
            {name}_1 = Mul (a, k)
            {name} = {op} (k, {name}_1)
        }},
        else_branch = e () => (float[2, 4] q) {{
            i = Constant <value = int64[2] {{2, {size}}}> ()
            j = {filled}
            q = Reshape (a, i)
        }}
    >
}}
"""


def model(name="p", op="Add", size=4, filled="Neg (i)"):
    return parser.parse_model(MODEL.format(name=name, op=op, size=size, filled=filled))


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (model(), "equivalent"),
        (model(name="renamed"), "equivalent"),
        (model(op="Sub"), "inconclusive"),
        (model(size=-1), "inconclusive"),
    ],
)
def test_graphs_inside_nodes_are_compared(other, verdict):
    assert check(model(), other).verdict == verdict


def test_what_is_not_read_is_not_the_same():
    zeros = ", ".join("0" * 2000)
    filled = f"Constant <value = int64[2000] {{{zeros}}}> ()"

    assert check(model(filled=filled), model(filled=filled)).verdict == "inconclusive"
