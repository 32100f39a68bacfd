"""A decoder in Keras, of layers of one's own, as people write them for weights of ``transformers``."""

import keras  # noqa: TID253  only tests of Keras import this
import numpy as np
from keras import layers, ops  # noqa: TID253  same


class Norm(layers.Layer):
    """Divides by the root of the mean square (arXiv:1910.07467)."""

    def __init__(self, epsilon, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale")

    def call(self, x):
        square = ops.mean(ops.square(ops.cast(x, "float32")), axis=-1, keepdims=True)
        return ops.cast(x, "float32") * ops.rsqrt(square + self.epsilon) * self.scale


class Rotary(layers.Layer):
    """Turns pairs of features by angles that grow with the place (arXiv:2104.09864)."""

    def __init__(self, base, *, neighbours, **kwargs):
        super().__init__(**kwargs)
        self.base, self.neighbours = base, neighbours

    def call(self, x):
        steps, width = ops.shape(x)[1], x.shape[-1]
        places = ops.cast(ops.arange(steps), "float32")
        rates = self.base ** (-ops.arange(0, width, 2, dtype="float32") / width)
        angles = ops.einsum("i,j->ij", places, rates)
        if self.neighbours:
            angles = ops.repeat(angles, 2, axis=-1)
            pairs = ops.reshape(x, (*ops.shape(x)[:-1], width // 2, 2))
            turned = ops.reshape(ops.stack([-pairs[..., 1], pairs[..., 0]], axis=-1), ops.shape(x))
        else:
            angles = ops.reshape(ops.stack([angles, angles], axis=-2), (steps, width))
            first, second = ops.split(x, 2, axis=-1)
            turned = ops.reshape(ops.stack([-second, first], axis=-2), ops.shape(x))
        angles = angles[None, :, None, :]
        return x * ops.cos(angles) + turned * ops.sin(angles)


class Attention(layers.Layer):
    """Causal attention in which several heads of queries share one of keys and values (arXiv:2305.13245).

    With ``apart`` the queries that share a head lie along an axis of their own, the halves of what is turned become
    neighbours, and rows that see nothing are zeros, as KerasHub's Gemma has it.
    """

    def __init__(self, width, heads, shared, rotary, *, tiled, apart=False, **kwargs):
        super().__init__(**kwargs)
        size = width // heads
        self.query = layers.EinsumDense("btw,whs->bths", (None, heads, size), name="query")
        self.key = layers.EinsumDense("btw,whs->bths", (None, shared, size), name="key")
        self.value = layers.EinsumDense("btw,whs->bths", (None, shared, size), name="value")
        self.out = layers.EinsumDense("bths,hsw->btw", (None, width), name="out")
        self.rotary, self.softmax = rotary, layers.Softmax(dtype="float32")
        self.groups, self.scale, self.tiled, self.apart = heads // shared, size**-0.5, tiled, apart

    def build(self, shape):
        for each in (self.query, self.key, self.value):
            each.build(shape)
        self.out.build(self.query.compute_output_shape(shape))

    def call(self, x, mask):
        query, key, value = self.rotary(self.query(x)), self.rotary(self.key(x)), self.value(x)
        if self.apart:
            return self.out(self._grouped(query, key, value, mask))
        if self.tiled:
            key, value = (ops.tile(each, (1, 1, self.groups, 1)) for each in (key, value))
        else:
            key, value = (ops.repeat(each, self.groups, axis=2) for each in (key, value))
        scores = ops.einsum("bqhs,bkhs->bhqk", query, key) * self.scale
        return self.out(ops.einsum("bhqk,bkhs->bqhs", self.softmax(scores, mask[:, None]), value))

    def _grouped(self, query, key, value, mask):
        query, key = (
            ops.reshape(ops.stack(ops.split(each, 2, axis=-1), axis=-1), ops.shape(each)) for each in (query, key)
        )
        shape = ops.shape(query)
        split = ops.reshape(query * self.scale, (*shape[:2], shape[2] // self.groups, self.groups, shape[3]))
        weights = self.softmax(ops.einsum("btkgh,bskh->bkgts", split, key), mask[:, None, None])
        made = ops.reshape(ops.einsum("bkgts,bskh->btkgh", weights, value), shape)
        blind = ops.all(ops.equal(mask, 0), axis=-1, keepdims=True)
        return ops.where(blind[..., None], ops.zeros_like(made), made)


class Block(layers.Layer):
    """Attention and a gated layer, each behind a norm and beside its input."""

    def __init__(self, width, inner, epsilon, attention, **kwargs):
        super().__init__(**kwargs)
        self.before, self.attention, self.after = Norm(epsilon, name="before"), attention, Norm(epsilon, name="after")
        self.gate = layers.Dense(inner, use_bias=False, name="gate")
        self.up = layers.Dense(inner, use_bias=False, name="up")
        self.down = layers.Dense(width, use_bias=False, name="down")

    def build(self, shape):
        for each in (self.before, self.attention, self.after, self.gate, self.up):
            each.build(shape)
        self.down.build(self.gate.compute_output_shape(shape))

    def call(self, x, padding):
        rows, steps = ops.shape(x)[0], ops.shape(x)[1]
        seen = ops.arange(steps)[:, None] >= ops.arange(steps)[None, :]
        causal = ops.broadcast_to(ops.cast(seen, "int32")[None], (rows, steps, steps))
        mask = ops.minimum(ops.cast(padding, "int32")[:, None, :], causal)
        x = x + self.attention(self.before(x), mask)
        inside = self.after(x)
        return x + self.down(ops.cast(ops.silu(self.gate(inside)), x.dtype) * self.up(inside))


def decoder(config, *, base=10000.0, epsilon=None, neighbours=False, tiled=False, apart=False):
    """The backbone of a ``transformers`` configuration of the Llama family, of any batch and any length."""
    width, heads = config.hidden_size, config.num_attention_heads
    tokens, padding = (keras.Input((None,), dtype="int32", name=name) for name in ("token_ids", "padding_mask"))
    x = layers.Embedding(config.vocab_size, width, name="tokens")(tokens)
    epsilon = config.rms_norm_eps if epsilon is None else epsilon
    for at in range(config.num_hidden_layers):
        rotary = Rotary(base, neighbours=neighbours, name="rotary")
        attention = Attention(
            width, heads, config.num_key_value_heads, rotary, tiled=tiled, apart=apart, name="attention"
        )
        x = Block(width, config.intermediate_size, epsilon, attention, name=f"block_{at}")(x, padding)
    return keras.Model({"token_ids": tokens, "padding_mask": padding}, Norm(epsilon, name="last")(x), name="decoder")


def filled(net, module):
    """The decoder with the weights of a ``transformers`` module of the same configuration."""
    state = {name: value.detach().numpy() for name, value in module.state_dict().items()}
    net.get_layer("tokens").set_weights([state["embed_tokens.weight"]])
    net.get_layer("last").set_weights([state["norm.weight"]])
    for at in range(len(module.layers)):
        block, prefix = net.get_layer(f"block_{at}"), f"layers.{at}."
        block.before.set_weights([state[prefix + "input_layernorm.weight"]])
        block.after.set_weights([state[prefix + "post_attention_layernorm.weight"]])
        for name, layer in (("gate", block.gate), ("up", block.up), ("down", block.down)):
            layer.set_weights([state[f"{prefix}mlp.{name}_proj.weight"].T])
        for name, layer in (("q", "query"), ("k", "key"), ("v", "value"), ("o", "out")):
            own = getattr(block.attention, layer)
            own.set_weights([np.reshape(state[f"{prefix}self_attn.{name}_proj.weight"].T, own.kernel.shape)])
    return net
