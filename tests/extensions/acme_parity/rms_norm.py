"""The RMS norm of Acme's own models."""

from parity.extending import module

MODULE = module("acme_models.RMSNorm", "rms_norm", epsilon="self.epsilon", weights={"gamma": "scale"})
