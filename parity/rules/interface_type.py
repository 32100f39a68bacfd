"""The dtype of an input or output differs.

What it detects:
    Two ONNX models of which one takes or returns, say, float16 and the other float32, or int32 and int64; and different
    floating-point types where one side is an ONNX file and the other PyTorch, or both are PyTorch.

Why it happens:
    A file was converted to half precision with its inputs and outputs, or exported with example inputs of another type.
    ONNX runtimes refuse every type but the declared one.

How to fix:
    Export with example inputs of the same type, or convert with ``keep_io_types=True``. Keras casts its inputs, and
    PyTorch looks up integers of any width, so neither is reported.

Example:
    Token ids of int64 on the left, of int32 on the right.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import called


def claims(_: Difference, __: View) -> bool:
    """Every other type."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the types, and what is of them."""
    first = differences[0]
    what = f"the input {called(first.layer)}" if first.name == "input" else f"{first.name}, of {called(first.layer)},"
    message = f"{what} is of type {first.left_value} on the left, {first.right_value} on the right"
    remedy = "export both with inputs and outputs of one type"
    return Explanation(message, remedy, None, None, first.left_value, first.right_value)


RULE = Rule("interface-type", Effect.INTERFACE, frozenset({Topic.NUMBER_TYPE}), claims, explain)
