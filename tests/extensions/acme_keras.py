"""A layer of somebody's own in Keras, which parity is not to look into."""

import keras


@keras.saving.register_keras_serializable("acme")
class KerasRMSNorm(keras.layers.Layer):
    """By the root of the mean square."""

    def __init__(self, epsilon: float = 1e-6, **kwargs) -> None:
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape) -> None:
        self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")

    def call(self, value):
        return value / keras.ops.sqrt(keras.ops.mean(value**2, axis=-1, keepdims=True) + self.epsilon) * self.scale

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon}


class Silent(KerasRMSNorm):
    """A file does not tell its epsilon."""

    def get_config(self):
        config = super().get_config()
        del config["epsilon"]
        return config


def net(norm, size: int = 6):
    """A dense layer, and a norm."""
    given = keras.Input((4,))
    return keras.Model(given, norm(keras.layers.Dense(size, name="before")(given)))
