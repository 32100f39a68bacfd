"""What a call says of the mode that it was recorded in: operators that act in training only have a flag that tells."""

from parity.graph import Effect, Layer, SourceNode, Unknown
from parity.kinds._contract import Attribute, Call

ALWAYS = {"always": Attribute(Effect.INFERENCE, default=False)}
"""The attribute of what acts in training only: whether this one acts in inference as well."""

DROPOUTS = frozenset(("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout", "native_dropout"))
RECURRENT = frozenset(("lstm", "gru", "rnn_tanh", "rnn_relu"))
NORMS = frozenset(("batch_norm", "_native_batch_norm_legit", "_native_batch_norm_legit_functional", "cudnn_batch_norm"))
ATTENTION = "scaled_dot_product_attention"

TEST_FLAG = 7
"""Before this opset ``is_test`` tells the mode, which is training where it is left out."""

TRAINING_FLAG = {"BatchNormalization": 14, "Dropout": 12}
"""The first opsets with ``training_mode``; before, a batch normalisation with more than one output is in training."""


def in_training(node: SourceNode) -> bool | None:
    """Whether an operator was recorded in training mode; None where it would be the same in either."""
    if node.dialect == "aten":
        return _of_torch(node)
    return _of_onnx(node) if node.dialect == "onnx" else None


def always(call: Call) -> bool:
    """Whether what acts in training only does so in the graph as it is, or wherever the model is called."""
    return in_training(call.node) is True or call.training is True


def leaves_a_trace(layer: Layer) -> bool:
    """Whether PyTorch has an operator for what acts in training only, so that any trace of a model shows it.

    Nobody but the model's own code drops whole samples, adds noise, or changes images.
    """
    told = layer.attributes
    if layer.kind == "dropout":
        return told.get("units") in {"elements", "channels"} and told.get("noise") in {"zero", "alpha"}
    return layer.kind not in {"gaussian_noise", "augmentation", "activity_regularization"}


def never(call: Call) -> bool:
    """Whether what acts in training only is called so that it does not act there either."""
    return call.training is False


IN_TRAINING = "__dropout_in_training__"
"""The attribute of PyTorch's attention that a trace in evaluation mode records without dropout: that of training."""

UNRECORDED = Unknown(
    "the dropout of attention is not recorded where a model was traced in evaluation mode",
    "compare the live model; what it computes in inference is compared by --profile inference",
)

CALLED_IN = "__training__"
"""The attribute of a Keras layer that is called with ``training=``: the mode that this sets, whatever the model's."""


def _of_torch(node: SourceNode) -> bool | None:
    op, told = node.op.removesuffix("_"), node.attributes
    if op in DROPOUTS:
        return told.get("train") is not False if op == "native_dropout" else bool(told.get("train"))
    if op in RECURRENT:
        return bool(told.get("train"))
    if op == "rrelu":
        return bool(told.get("training"))
    if op == "_native_batch_norm_legit_no_training":
        return False
    if op in NORMS or op == "instance_norm":
        moving = {"running_mean", "input_mean"} & {*node.weights, *node.inputs}
        flag = told.get("training", told.get("use_input_stats", op.endswith("_functional")))
        return bool(flag) if moving else None
    return True if ATTENTION in op and told.get("dropout_p") else None


def statistics_of(node: SourceNode) -> tuple[str, str]:
    """The slots of mean and variance of ONNX's batch normalisation, which have other names since opset 14."""
    found = {*node.inputs, *node.weights}
    return ("input_mean", "input_var") if "input_mean" in found else ("mean", "var")


def by_batch_alone(node: SourceNode) -> bool:
    """Whether ONNX's batch normalisation is of a layer that keeps no statistics, and does the same in either mode.

    PyTorch computes those of the batch for it, which the operator does not use in training.
    """
    return node.inputs.keys() >= {*statistics_of(node)} and bool(_flag(node))


def _flag(node: SourceNode) -> bool | None:
    """What an operator of ONNX says of its mode; None where the model computes it."""
    if node.op not in TRAINING_FLAG or "training_mode" in {*node.inputs, *node.weights}:
        return None
    told, opset = node.attributes, node.attributes.get("__opset__") or max(TRAINING_FLAG.values())
    if opset >= TRAINING_FLAG[node.op]:
        flag = told.get("training_mode", 0)
        return bool(flag) if not isinstance(flag, tuple) else any(flag)
    if opset < TEST_FLAG:
        return not told.get("is_test", 0)
    return node.op == "BatchNormalization" and len(node.outputs) > 1


def _of_onnx(node: SourceNode) -> bool | None:
    alone = node.op == "BatchNormalization" and by_batch_alone(node)
    return None if alone else _flag(node)
