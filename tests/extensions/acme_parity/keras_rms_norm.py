"""The same in Keras, where a file numbers the weights of a layer."""

from parity.extending import module

MODULE = module("acme>KerasRMSNorm", "rms_norm", epsilon="self.epsilon", weights={"gamma": "0"})
