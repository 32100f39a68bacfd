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
    ("onnx", "MaxUnpool"): "puts values at places that another operator tells it",
    ("onnx", "MeanVarianceNormalization"): "normalises by the statistics of the whole batch",
}
"""(dialect, operator) -> why it stays opaque."""
