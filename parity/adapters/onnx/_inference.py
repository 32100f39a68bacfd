"""ONNX's own shape inference, in a process of its own: on a damaged model it may take all memory, or abort."""

from typing import Any

from parity.adapters._process import Helper

LONGEST = 60
"""Seconds that one model may take; one of 20,000 nodes takes two."""

PROGRAM = """
from onnx import GraphProto, shape_inference
def answer(content):
    try:
        graph = shape_inference.infer_shapes(content, check_type=False, strict_mode=False, data_prop=True).graph
        return b"+" + GraphProto(value_info=graph.value_info, output=graph.output).SerializeToString()
    except Exception as error:
        return b"-" + str(error).encode()[:1000]
"""
"""Answers models with what was inferred, or with why nothing was."""

BROKE_OFF = "it crashed, or took too much memory or time"

_helper = Helper(PROGRAM, LONGEST)


class InferenceError(Exception):
    """Nothing could be inferred, and why."""


def infer(model: Any) -> Any:
    """The graph's ``value_info`` and outputs with the shapes that ONNX infers, as a ``GraphProto``.

    Args:
        model: a ``ModelProto`` without large payloads.

    Raises:
        InferenceError: ONNX refuses the model, or breaks off.
    """
    from google.protobuf.message import DecodeError, EncodeError
    from onnx import GraphProto

    try:
        reply = _helper.ask(model.SerializeToString())
    except (OSError, EncodeError, ValueError) as error:
        raise InferenceError(" ".join(str(error).split())) from error
    if not reply.startswith(b"+"):
        said = reply[1:].decode("utf-8", "replace")
        raise InferenceError(" ".join(said.split())[:200] or BROKE_OFF)
    graph = GraphProto()
    try:
        graph.ParseFromString(reply[1:])
    except DecodeError as error:
        raise InferenceError(BROKE_OFF) from error
    return graph
