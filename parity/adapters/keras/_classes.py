"""Keras' own classes by name, for files that do not tell where a class is from: those of Keras 1 and 2, and all .h5."""

from typing import Any

RANKS = ("1D", "2D", "3D")

_BY_RANK = """
AdaptiveAveragePooling AdaptiveMaxPooling AveragePooling AvgPool Conv ConvLSTM Convolution Cropping
GlobalAveragePooling GlobalAvgPool GlobalMaxPool GlobalMaxPooling MaxPool MaxPooling SpatialDropout
UpSampling ZeroPadding DepthwiseConv SeparableConv SeparableConvolution LocallyConnected AtrousConvolution
"""
_OTHERS = """
AbstractRNNCell Activation ActivityRegularization Add AddLoss AddMetric AdditiveAttention AlphaDropout Attention
AugMix AutoContrast Average BaseRandomLayer BatchNormalization Bidirectional CategoryEncoding CenterCrop
ClassMethod Concatenate ContrastLimitedAdaptiveHistogramEqualization Conv1DTranspose Conv2DTranspose
Conv3DTranspose Convolution1DTranspose Convolution2DTranspose Convolution3DTranspose CuDNNGRU CuDNNLSTM CutMix
Deconvolution2D Deconvolution3D Dense DenseFeatures DeviceWrapper Discretization Dot Dropout DropoutWrapper
DynamicEmbedding DynamicLookup ELU EinsumDense Embedding Equalization Flatten FlaxLayer GRU GRUCell
GaussianDropout GaussianNoise GroupNormalization GroupQueryAttention HashedCrossing Hashing Highway Identity
InputLayer InstanceMethod InstanceProperty IntegerLookup JaxLayer LSTM LSTMCell Lambda Layer LayerNormalization
LeakyReLU Masking MaxNumBoundingBoxes MaxoutDense Maximum MelSpectrogram Merge Minimum MixUp MultiHeadAttention
Multiply Normalization PReLU ParametricSoftplus Permute Pipeline PreprocessingLayer RMSNormalization RNN
RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop
RandomElasticTransform RandomErasing RandomFlip RandomFourierFeatures RandomGaussianBlur RandomGrayscale
RandomHeight RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation
RandomSharpness RandomShear RandomTranslation RandomWidth RandomZoom ReLU RepeatVector Rescaling ResidualWrapper
Reshape Resizing ReversibleEmbedding STFTSpectrogram SequenceFeatures SimpleRNN SimpleRNNCell SlicingOpLambda
Softmax Solarization SpectralNormalization StackedRNNCells StringLookup Subtract SyncBatchNormalization
TFOpLambda TFSMLayer TensorFlowOpLayer TextVectorization ThresholdedReLU TimeDistributed TorchModuleWrapper
UnitNormalization Wrapper
"""

LAYERS = frozenset([*(f"{name}{rank}" for name in _BY_RANK.split() for rank in RANKS), *_OTHERS.split()])
"""Every layer that a release of Keras has had, with some names that none had."""

ALIASES = {
    "GroupedQueryAttention": "GroupQueryAttention",
    **{
        f"{name}{version}": name
        for name in ("BatchNormalization", "LSTM", "GRU", "LSTMCell", "GRUCell")
        for version in ("V1", "V2")
    },
}
"""Names that classes had besides their public ones."""

MODELS = frozenset({"Functional", "Model", "Sequential"})


def origin(data: dict[str, Any], config: dict[str, Any]) -> tuple[str, str | None, str | None]:
    """Class name, module and registered name of a layer; a file that names no module means Keras' own by their names.

    A layer of Keras has a flag ``trainable`` among its arguments, an operation never.
    """
    name = data["class_name"]
    if "module" in data or not isinstance(name, str):
        return name, data.get("module"), data.get("registered_name")
    if ">" in name:
        return name.rpartition(">")[2], None, name
    name = ALIASES.get(name, name)
    if name in MODELS:
        return name, "keras", None
    if "trainable" not in config and not (name in LAYERS and "dtype" in config) and _new_calls(data):
        return name, "keras.src.ops", None
    return name, "keras.layers" if name in LAYERS else None, None


def _new_calls(data: dict[str, Any]) -> bool:
    nodes = data.get("inbound_nodes")
    return isinstance(nodes, list) and bool(nodes) and all(isinstance(node, dict) and "args" in node for node in nodes)
