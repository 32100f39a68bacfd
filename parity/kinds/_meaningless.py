"""Settings that no spelling needs to read, each with the reason; ``_accounting`` asks for all others.

None means "not given" in all dialects and is no entry here.
"""

from collections.abc import Iterable, Mapping
from typing import Any

OF_WEIGHTS = ("_initializer", "_regularizer", "_constraint")
"""How the names of those settings of Keras end that are compared with the weight that they are of, or the layer."""

PLACEMENT = "where and how values are stored, not which"
SHAPE_TOLD = "the output shape implies it"
TYPE_TOLD = "the output dtype implies it"
WEIGHTS_TELL = "the weights and their shapes imply it"
OUTPUTS_TELL = "the outputs imply it"
LABEL = "a label"
NO_AXES = "it is only used without axes"

MEANINGLESS: Mapping[str, Mapping[str, str]] = {
    "aten": {
        "__overload__": "the arguments imply it",
        **dict.fromkeys(("cudnn_enable", "cudnn_enabled", "device", "layout", "memory_format"), PLACEMENT),
        **dict.fromkeys(("non_blocking", "copy", "pin_memory"), PLACEMENT),
        "dtype": TYPE_TOLD,
        "__dropout_in_training__": "it is asked for where the call itself records none",
    },
    "keras": {
        "name": LABEL,
        "trainable": "the trainability of its weights implies it",
        "dtype": "the types of its weights and values are compared",
        "seed": "the seed of a random generator",
        "__training__": "the call as a whole is asked for its mode",
        "quantization_config": "compared with the type of number that the layer computes in",
        "lora_rank": "the shapes of the adapters imply it",
        "lora_alpha": "compared with the adapters that it scales",
        "unroll": "another implementation of the same computation",
        "implementation": "another implementation of the same computation",
        "input_length": "the input shape, which is compared",
        "input_dtype": "the type of the model's input, which is compared",
        "batch_input_shape": "the shape of the model's input, which is compared",
        "batch_shape": "the shape of the model's input, which is compared",
        "return_state": OUTPUTS_TELL,
        "unit_forget_bias": "the initial value of a bias",
        "synchronized": "the same numbers on one device",
    },
    "keras.applications": {
        "name": LABEL,
        "trainable": "the trainability of its weights implies it",
        "dtype": "the types of its weights and values are compared",
        "init_values": "the initial value of a weight",
    },
    "keras.ops": {"dtype": TYPE_TOLD},
    "onnx": {"__opset__": "it is asked for where it decides"},
    "onnx:com.microsoft": {"__opset__": "it is asked for where it decides"},
    "torch.nn": {
        "__class__": "the class in full",
        "name": LABEL,
        "inplace": PLACEMENT,
        "training": "the mode of the whole model, which is compared",
    },
}
"""By dialect and name, for all operators."""


def _for(operators: str, names: str, reason: str) -> Iterable[tuple[tuple[str, str], str]]:
    return (((operator, name), reason) for operator in operators.split() for name in names.split())


OF_OPERATORS: Mapping[str, Mapping[tuple[str, str], str]] = {
    "aten": dict(
        (
            *_for("squeeze unsqueeze unflatten", "dim", SHAPE_TOLD),
            *_for("reshape", "shape", SHAPE_TOLD),
            *_for("view expand full ones zeros new_full new_ones new_zeros", "size", SHAPE_TOLD),
            *_for("unflatten", "sizes", SHAPE_TOLD),
            *_for("instance_norm", "momentum", "it keeps no statistics"),
            *_for("einsum", "path", "the order in which the operands are multiplied changes no result"),
        )
    ),
    "keras": dict(
        (
            *_for("Bidirectional", "layer.zero_output_for_mask backward_layer.zero_output_for_mask", "Keras sets it"),
            *_for("Bidirectional", "backward_layer.return_sequences", "Keras reads it from the forward layer"),
            *_for("Discretization", "epsilon num_bins", "how bounds are found in data, which are compared"),
            *_for("GRUCell LSTMCell SimpleRNNCell", "__inputs__", "the order of the inputs implies it"),
            *_for("Resizing", "fill_mode fill_value", "only unsupported paddings use it"),
            *_for("ReversibleEmbedding", "output_dim", WEIGHTS_TELL),
            *_for("MultiHeadAttention", "query_shape key_shape value_shape", WEIGHTS_TELL),
            *_for("BatchNormalization", "renorm_momentum", "it means nothing without renorm"),
        )
    ),
    "keras.ops": dict(
        (*_for("ExpandDims Squeeze", "axis", SHAPE_TOLD), *_for("Reshape", "newshape", SHAPE_TOLD)),
    ),
    "onnx": dict(
        (
            *_for("Reshape", "shape allowzero", SHAPE_TOLD),
            *_for("Expand", "shape", SHAPE_TOLD),
            *_for("Squeeze Unsqueeze", "axes", SHAPE_TOLD),
            *_for("CastLike", "target_type", TYPE_TOLD),
            *_for("ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax", "noop_with_empty_axes", NO_AXES),
            *_for("ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare", "noop_with_empty_axes", NO_AXES),
            *_for("Split", "num_outputs", OUTPUTS_TELL),
            *_for("GRU LSTM RNN", "hidden_size", WEIGHTS_TELL),
            *_for("Conv ConvTranspose", "kernel_shape", WEIGHTS_TELL),
            *_for("BatchNormalization", "momentum", "it keeps no statistics in inference"),
            *_for("Resize", "roi extrapolation_value", "only unsupported grids use it"),
            *_for("Resize", "cubic_coeff_a exclude_outside", "it is asked for where the kernel is cubic"),
        )
    ),
    "torch.nn": dict(
        (
            *_for(
                "BatchNorm1d BatchNorm2d BatchNorm3d GroupNorm InstanceNorm1d InstanceNorm2d", "affine", WEIGHTS_TELL
            ),
            *_for("InstanceNorm3d SyncBatchNorm", "affine", WEIGHTS_TELL),
            *_for("LayerNorm RMSNorm", "elementwise_affine", WEIGHTS_TELL),
            *_for("GRU GRUCell LSTM LSTMCell RNN RNNCell", "bias hidden_size input_size mode", WEIGHTS_TELL),
            *_for("Embedding EmbeddingBag", "embedding_dim num_embeddings", WEIGHTS_TELL),
            *_for("Embedding EmbeddingBag", "norm_type", "it means nothing without max_norm"),
            *_for("GroupNorm", "num_channels", WEIGHTS_TELL),
            *_for("Bilinear", "in1_features in2_features out_features", WEIGHTS_TELL),
            *_for("PReLU", "num_parameters", WEIGHTS_TELL),
            *_for("PReLU", "init", "the initial value of a weight"),
            *_for("UpsamplingBilinear2d UpsamplingNearest2d", "mode", "the class implies it"),
            *_for("BatchNorm1d BatchNorm2d BatchNorm3d InstanceNorm1d", "num_features", WEIGHTS_TELL),
            *_for("InstanceNorm2d InstanceNorm3d SyncBatchNorm", "num_features", WEIGHTS_TELL),
            *_for("BatchNorm1d BatchNorm2d BatchNorm3d InstanceNorm1d", "track_running_stats", WEIGHTS_TELL),
            *_for("InstanceNorm2d InstanceNorm3d SyncBatchNorm", "track_running_stats", WEIGHTS_TELL),
            *_for("InstanceNorm1d InstanceNorm2d InstanceNorm3d", "momentum", "without statistics it means nothing"),
            *_for("Conv1d Conv2d Conv3d", "in_channels out_channels kernel_size transposed", WEIGHTS_TELL),
            *_for("ConvTranspose1d ConvTranspose2d ConvTranspose3d", "in_channels out_channels", WEIGHTS_TELL),
            *_for("ConvTranspose1d ConvTranspose2d ConvTranspose3d", "kernel_size transposed", WEIGHTS_TELL),
            *_for("Conv1d Conv2d Conv3d", "output_padding", "only a transposed convolution uses it"),
            *_for("MultiheadAttention", "head_dim", "the size of the embedding and the number of heads imply it"),
            *_for("MultiheadAttention", "batch_first", "a module without wiring does not record which axis is which"),
            *_for("MaxPool1d MaxPool2d MaxPool3d", "return_indices", OUTPUTS_TELL),
            *_for("AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d", "return_indices", OUTPUTS_TELL),
        )
    ),
}
"""By dialect, operator and name; of a layer inside another by the path of its setting."""

DEFAULTS: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "aten": {
        "train": (False,),
        "training": (False,),
        "use_input_stats": (False,),
        "scale_grad_by_freq": (False,),
        "sparse": (False,),
        "half_to_float": (False,),
        "convolution.output_padding": ((0,), (0, 0), (0, 0, 0)),
    },
    "keras": {
        "zero_output_for_mask": (False,),
        "mask_zero": (False,),
        "renorm": (False,),
        "data_format": ("channels_last",),
        "groups": (1,),
        "time_major": (False,),
        "softmax_robust_masking": (False,),
    },
    "keras.ops": {"sorted": (True,)},
    "onnx": {
        "sorted": (1,),
        "saturate": (1,),
        "stash_type": (1,),
        "qk_matmul_output_mode": (0,),
        "keep_aspect_ratio_policy": ("stretch",),
    },
    "torch.nn": {
        "scale_grad_by_freq": (False,),
        "sparse": (False,),
        "ReLU6.max_val": (6.0,),
        "ReLU6.min_val": (0.0,),
    },
}
"""Values with which a setting means nothing, by its name, or the operator's and its name."""
