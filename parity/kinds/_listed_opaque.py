"""Operators and layers that no kind says, each with the reason."""

from collections.abc import Mapping

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
        ("torch.nn", f"Lazy{name}"): "its first call decides its class and creates its weights"
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
    **{("torch.nn", f"MaxUnpool{rank}d"): "puts values at places that another layer tells it" for rank in (1, 2, 3)},
    ("torch.nn", "CrossMapLRN2d"): "gives other numbers than local response normalisation, at the ends of the channels",
    ("torch.nn", "Unflatten"): "what it makes depends on the shape of its input, which a tree of modules does not tell",
    ("onnx", "MaxUnpool"): "puts values at places that another operator tells it",
    ("onnx", "GlobalLpPool"): "takes a norm over the whole image, as no layer of Keras or PyTorch does",
    ("onnx", "MeanVarianceNormalization"): "normalises by the statistics of the whole batch",
}
"""(dialect, operator) -> why it stays opaque."""
