"""Operators and layers that no kind says, each with the reason."""

from collections.abc import Mapping

LOSSES = (
    *("BCELoss", "BCEWithLogitsLoss", "CTCLoss", "CosineEmbeddingLoss", "CrossEntropyLoss", "GaussianNLLLoss"),
    *("HingeEmbeddingLoss", "HuberLoss", "KLDivLoss", "L1Loss", "LinearCrossEntropyLoss", "MSELoss"),
    *("MarginRankingLoss", "MultiLabelMarginLoss", "MultiLabelSoftMarginLoss", "MultiMarginLoss", "NLLLoss"),
    *("NLLLoss2d", "PoissonNLLLoss", "SmoothL1Loss", "SoftMarginLoss", "TripletMarginLoss"),
    "TripletMarginWithDistanceLoss",
)
CONTAINERS = ("Container", "DataParallel", "ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential")
TRANSFORMERS = (
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
)
MICROSOFT = (
    "DecoderMaskedMultiHeadAttention",
    "GroupQueryAttention",
    "PackedMultiHeadAttention",
)

BLOCKED = (
    *("AveragePool", "Conv", "GlobalAveragePool", "GlobalMaxPool", "MaxPool", "ReorderInput", "ReorderOutput"),
    "Upsample",
)

ONNX: Mapping[str, tuple[str, ...]] = {
    "runs a graph of its own": ("If", "Loop", "Scan", "SequenceMap"),
    "works on sequences of tensors or optional tensors, which no Keras or PyTorch layer does": (
        *("ConcatFromSequence", "SequenceAt", "SequenceConstruct", "SequenceEmpty", "SequenceErase"),
        *("SequenceInsert", "SequenceLength", "SplitToSequence"),
        *("Optional", "OptionalGetElement", "OptionalHasElement"),
    ),
    "works on text": ("RegexFullMatch", "StringConcat", "StringNormalizer", "StringSplit", "TfIdfVectorizer"),
    "draws random numbers, in inference too": (
        *("Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"),
    ),
    "computes spectra": ("BlackmanWindow", "DFT", "HammingWindow", "HannWindow", "MelWeightMatrix", "STFT"),
    "a loss: what training minimises is not part of the model": (
        *("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"),
    ),
    "samples an image at positions that the model computes": ("AffineGrid", "DeformConv", "GridSample"),
    "works on boxes in an image, which no Keras or PyTorch layer does": (
        *("MaxRoiPool", "NonMaxSuppression", "RoiAlign"),
    ),
    "keeps a state between calls, which no Keras or PyTorch layer does": (
        *("CausalConvWithState", "LinearAttention", "TensorScatter"),
    ),
    "reads an image file": ("ImageDecoder",),
    "crops or pads to a size that the model computes": ("CenterCropPad",),
    "reinterprets the bits of its elements": ("BitCast",),
    "a determinant, which no layer computes": ("Det",),
    "its output size depends on the data": ("Unique",),
    "reverses each sequence up to a length of its own": ("ReverseSequence",),
    "rotates pairs of elements by angles that are stored or computed, as exporters otherwise write out": (
        *("RotaryEmbedding",),
    ),
    "a matrix of the size of its input, which other exporters store": ("EyeLike",),
    "a constant of the file, which the reader inlines; this one is an output or has an unknown type": (*("Constant",),),
}
ONNX_ML = (
    *("ArrayFeatureExtractor", "Binarizer", "CastMap", "CategoryMapper", "DictVectorizer", "FeatureVectorizer"),
    *("Imputer", "LabelEncoder", "LinearClassifier", "LinearRegressor", "Normalizer", "OneHotEncoder"),
    *("SVMClassifier", "SVMRegressor", "Scaler", "TreeEnsemble", "TreeEnsembleClassifier", "TreeEnsembleRegressor"),
    "ZipMap",
)
ONNX_TRAINING = ("Adagrad", "Adam", "Gradient", "Momentum")

KERAS_OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "runs custom code": (
        "AssociativeScan",
        "Cond",
        "ForiLoop",
        "Map",
        "Scan",
        "Switch",
        "VectorizedMap",
        "WhileLoop",
    ),
    "works on colours of images": ("HSVToRGB", "RGBToGrayscale", "RGBToHSV"),
    "samples an image at positions that the model computes": (
        *("AffineTransform", "ElasticTransform", "MapCoordinates", "PerspectiveTransform", "ScaleAndTranslate"),
    ),
    "filters an image with a kernel that is not a weight": ("ExtractPatches", "GaussianBlur", "SobelEdges"),
    "measures the similarity of images": ("PSNR", "SSIM"),
    "decomposes a matrix, or solves an equation": (
        *(
            "Cholesky",
            "CholeskyInverse",
            "Det",
            "Eig",
            "Eigh",
            "Inv",
            "Logdet",
            "Lstsq",
            "LuFactor",
            "MatrixRank",
            "Pinv",
        ),
        *("Qr", "SVD", "Slogdet", "Solve", "SolveTriangular", "JVP"),
    ),
    "assembles segments that the model computes": (
        *("SegmentMax", "SegmentMin", "SegmentProd", "SegmentReduction", "SegmentSum"),
    ),
    "computes spectra": ("ExtractSequences", "FFT", "FFT2", "IFFT2", "IRFFT", "ISTFT", "RFFT", "STFT"),
    "works on complex numbers": ("Angle", "Isreal", "Polar"),
    "a loss or metric": (
        *("BinaryCrossentropy", "CTCDecode", "CTCLoss", "CategoricalCrossentropy", "InTopK"),
        "SparseCategoricalCrossentropy",
    ),
    "its output size depends on the data": ("Bincount", "Histogram", "Unique"),
    "a size that is only known while the code runs": ("Ndim", "Size"),
    "ignores NaN, which no other framework does under that name": (
        *("Fmax", "Fmin", "Nanargmax", "Nanargmin", "Nancumprod", "Nancumsum", "Nanmax", "Nanmean"),
        *("Nanmedian", "Nanmin", "Nanpercentile", "Nanprod", "Nanquantile", "Nanstd", "Nansum", "Nanvar"),
    ),
    "a numeric function that layers do not use": (
        *(
            "AllClose",
            "Arange",
            "Argpartition",
            "Array",
            "CDist",
            "Cbrt",
            "Corrcoef",
            "Correlate",
            "CountNonzero",
            "Cross",
        ),
        *("Diag", "Diagflat", "Diagonal", "Digitize", "EmptyLike", "Erfinv", "Gcd", "Geomspace", "Heaviside", "I0"),
        *("IsIn", "Isclose", "Kron", "Lcm", "Ldexp", "Linspace", "Logaddexp2", "Logspace"),
        *("Median", "MultiHot", "Nextafter", "Nonzero", "Percentile", "Ptp", "Quantile", "Rot90", "SearchSorted"),
        *("Select", "Signbit", "Sinc", "Trace", "Trapezoid", "UnravelIndex", "Vander", "Vdot", "View"),
    ),
}

LISTED: Mapping[tuple[str, str], str] = {
    # Convolution, pooling, images, normalisation
    ("keras", "AutoContrast"): "stretches each image by its own extremes, in inference too",
    ("keras", "ContrastLimitedAdaptiveHistogramEqualization"): "equalises tiles of an image, in inference too",
    (
        "keras",
        "RandomCrop",
    ): "releases of Keras differ in whether it crops the centre or passes the image on in inference",
    ("keras", "MaxNumBoundingBoxes"): "works on dictionaries of bounding boxes",
    ("keras", "InputLayer"): "it computes nothing: the input of the model itself stands for it",
    ("keras", "MelSpectrogram"): "computes spectra",
    ("keras", "STFTSpectrogram"): "computes spectra",
    **{
        ("torch.nn", f"Lazy{name}"): "its class and weights are decided by its first call"
        for name in (
            "Linear",
            *(
                f"{each}{rank}d"
                for each in ("BatchNorm", "Conv", "ConvTranspose", "InstanceNorm")
                for rank in (1, 2, 3)
            ),
        )
    },
    **{("torch.nn", f"FractionalMaxPool{rank}d"): "draws its windows at random, in inference too" for rank in (2, 3)},
    **{("torch.nn", f"MaxUnpool{rank}d"): "puts values at positions that another layer computes" for rank in (1, 2, 3)},
    ("torch.nn", "CrossMapLRN2d"): "differs from local response normalisation at the first and last channels",
    ("torch.nn", "Unflatten"): "its output depends on the shape of its input, which a module tree does not record",
    ("onnx", "MaxUnpool"): "puts values at positions that another operator computes",
    ("onnx", "GlobalLpPool"): "takes a norm over the whole image, which no Keras or PyTorch layer does",
    ("onnx", "MeanVarianceNormalization"): "normalises by the statistics of the whole batch",
    **{("onnx", name): reason for reason, names in ONNX.items() for name in names},
    **{("keras.ops", name): reason for reason, names in KERAS_OPERATIONS.items() for name in names},
    **{
        ("onnx:ai.onnx.ml", name): "classical machine learning, of which Keras and PyTorch have none"
        for name in ONNX_ML
    },
    **{("onnx:ai.onnx.preview.training", name): "computes a step of training" for name in ONNX_TRAINING},
    ("onnx:ai.onnx.preview", "FlexAttention"): "attention around graphs of its own, in a form that is not settled yet",
    # Recurrent, attention, sequences, containers
    **dict.fromkeys(
        (("keras", name) for name in ("Hashing", "HashedCrossing")),
        "hashes its input, with a function that other frameworks do not have",
    ),
    **dict.fromkeys(
        (("keras", name) for name in ("StringLookup", "IntegerLookup", "TextVectorization")),
        "looks words up in a vocabulary that is not a weight",
    ),
    **dict.fromkeys(
        (("keras", name) for name in ("JaxLayer", "FlaxLayer", "TFSMLayer", "TorchModuleWrapper")),
        "runs a model of another framework",
    ),
    ("keras", "Lambda"): "runs code of the user's own",
    ("keras", "Pipeline"): "runs layers on data before a model sees it",
    ("keras", "StackedRNNCells"): "several cells for one step; said where RNN runs it over a sequence",
    ("keras", "Layer"): "the base class, which computes nothing by itself",
    ("keras", "Wrapper"): "a base class, which computes nothing by itself",
    **dict.fromkeys(
        (("torch.nn", name) for name in (*LOSSES, "AdaptiveLogSoftmaxWithLoss")),
        "a loss: what training minimises is not part of the model",
    ),
    **dict.fromkeys(
        (("torch.nn", name) for name in ("RNNBase", "RNNCellBase", "Module")),
        "a base class, which computes nothing by itself",
    ),
    **dict.fromkeys((("torch.nn", name) for name in CONTAINERS), "only holds modules or parameters"),
    **dict.fromkeys((("torch.nn", name) for name in TRANSFORMERS), "is its children, and what it calls between them"),
    **dict.fromkeys(
        (("onnx:com.microsoft", name) for name in MICROSOFT),
        "fuses attention with its projections or a cache, as onnxruntime's optimiser packs them",
    ),
    **dict.fromkeys(
        (("onnx:com.microsoft.nchwc", name) for name in BLOCKED),
        "has its channels in zero-padded blocks, for the processor that onnxruntime optimised it on",
    ),
}
"""(dialect, operator) -> why it stays opaque."""


def why_opaque(operator: str) -> str:
    """Why no kind says an operator, given as ``dialect.name``; "" where that is not a decision but a lack."""
    dialect, _, name = operator.rpartition(".")
    return LISTED.get((dialect, name), "")
