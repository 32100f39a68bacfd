"""A layer that does not tell all of what it is declared to be, in a file."""

from parity.extending import module

MODULE = module("acme_keras.Silent", "rms_norm", epsilon="self.epsilon", weights={"gamma": "0"})
