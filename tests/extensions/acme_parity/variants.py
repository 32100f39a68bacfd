"""Declarations of all kinds, several in a file."""

from parity.extending import module

MODULE = (
    module("acme_variants.Literal", "rms_norm", epsilon=1e-5, weights={"gamma": "scale"}),
    module(
        "acme_variants.Nested", "layer_norm", epsilon="self.config.eps", centred=False, weights={"gamma": "inner.scale"}
    ),
    module("acme_variants.Looks", "rms_norm", epsilon=1e-5, weights={"gamma": "scale"}),
    module("acme_variants.Lacks", "rms_norm", epsilon="self.epsilon", weights={"gamma": "scale"}),
    module("acme_variants.More", "rms_norm", epsilon=1e-5),
    module("acme_variants.Two", "rms_norm", epsilon=1e-5, weights={"gamma": "scale"}),
    module("acme_variants.Snake", "snake", frequency="self.frequency"),
    module("acme_variants.Own", "dense", weights={"kernel": "kernel"}),
)
