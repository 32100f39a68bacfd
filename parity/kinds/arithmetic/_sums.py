"""Sums with products, which PyTorch has a function for each."""

from parity.kinds._contract import Call, Draft, Spelling
from parity.kinds._written_out import Step, written_out


def fused(op: str) -> Spelling:
    """ATen's ``addcmul`` and ``addcdiv``: a tensor plus a number times the product or quotient of two others."""

    def spell(call: Call) -> tuple[Draft, ...]:
        factor = call.get("value", 1)
        steps = [Step(op, {"A": "tensor1", "B": "tensor2"}, "term")]
        if factor != 1:
            steps.append(Step("Mul", {"A": "term"}, "scaled", {"B": float(factor)}))
        return written_out(call, [*steps, Step("Add", {"A": "self", "B": steps[-1].made}, "sum")])

    return spell


def between(call: Call) -> tuple[Draft, ...]:
    """ATen's ``lerp``: a way from one tensor towards another, by a number or by a tensor of numbers."""
    steps = (
        Step("Sub", {"A": "end", "B": "self"}, "way"),
        Step("Mul", {"A": "way", "B": "weight"}, "part"),
        Step("Add", {"A": "self", "B": "part"}, "sum"),
    )
    return written_out(call, steps)
