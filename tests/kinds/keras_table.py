"""Settings of every layer class of ``keras.layers`` that a kind says: class -> [(input shapes, settings), ...]."""

from itertools import product

IMAGES = {1: (13,), 2: (13, 10), 3: (9, 8, 7)}
"""Sizes that no stride divides."""


SIDES = {1: [1, (2, 1)], 2: [1, ((1, 2), (3, 0))], 3: [1, ((1, 0), (2, 1), (0, 1))]}
"""Amounts before and after each axis."""


def grid(**settings):
    """Every combination of settings."""
    return [dict(zip(settings, each, strict=True)) for each in product(*settings.values())]


def image(rank, channels, layout):
    return (channels, *IMAGES[rank]) if layout == "channels_first" else (*IMAGES[rank], channels)


def images(rank, options, channels=4):
    """Settings for images of both layouts."""
    layouts = ("channels_last", "channels_first")
    return [
        ([image(rank, channels, layout)], {**each, "data_format": layout}) for each in options for layout in layouts
    ]


def windows(**more):
    """Strides or dilation, but not both, and both paddings."""
    found = grid(padding=["valid", "same"], **more)
    steps = [*grid(strides=[1, 2, 3]), *grid(dilation_rate=[2, 3])]
    return [{**each, **step} for each in found for step in steps]


def simple(shape, *options):
    return [([shape], each) for each in options or ({},)]


def pair(left, right, *options):
    return [([left, right], each) for each in options or ({},)]


def convolutions():
    for rank in IMAGES:
        causal = [{"padding": "causal", "dilation_rate": 2}, {"padding": "causal", "strides": 2}] if rank == 1 else []
        plain = [*windows(groups=[1, 2], kernel_size=[3]), *windows(kernel_size=[2], use_bias=[False])]
        made = images(rank, [{"filters": 6, **each} for each in plain])
        made += [([image(rank, 4, "channels_last")], {"filters": 2, "kernel_size": 3, **each}) for each in causal]
        yield f"Conv{rank}D", made
        ways = [*grid(strides=[1, 2, 3], padding=["valid", "same"], kernel_size=[2, 3, 4])]
        ways += grid(strides=[2, 3], padding=["valid", "same"], kernel_size=[3], output_padding=[0, 1])
        ways += grid(dilation_rate=[2], padding=["valid", "same"], kernel_size=[3])
        yield f"Conv{rank}DTranspose", images(rank, [{"filters": 3, **each} for each in ways])
    for rank in (1, 2):
        deep = [{**each, "kernel_size": 3} for each in windows(depth_multiplier=[1, 2])]
        yield f"DepthwiseConv{rank}D", images(rank, deep)
        yield f"SeparableConv{rank}D", images(rank, [{"filters": 5, **each} for each in deep])


def spatial():
    for rank in IMAGES:
        whole, last = (3, 2, 2)[:rank], image(rank, 4, "channels_last")
        pools = grid(pool_size=[2, 3], strides=[None, 1, 2], padding=["valid", "same"])
        for name in ("MaxPooling", "AveragePooling"):
            yield f"{name}{rank}D", images(rank, pools)
        for name in ("GlobalAveragePooling", "GlobalMaxPooling"):
            yield f"{name}{rank}D", images(rank, grid(keepdims=[True, False]))
        for name in ("AdaptiveAveragePooling", "AdaptiveMaxPooling"):
            yield f"{name}{rank}D", images(rank, [{"output_size": 2}, {"output_size": whole if rank > 1 else 3}])
        flat = rank == 1  # those of one axis know no other layout
        for name, argument in (("ZeroPadding", "padding"), ("Cropping", "cropping")):
            options = [{argument: each} for each in SIDES[rank]]
            yield f"{name}{rank}D", simple(last, *options) if flat else images(rank, options)
        yield f"SpatialDropout{rank}D", simple(last, {"rate": 0.2})
        sizes = [{"size": 2}, {"size": 3}]
        yield f"UpSampling{rank}D", simple(last, *sizes) if flat else images(rank, sizes)
    yield "UpSampling2D", images(2, [{"size": (2, 3), "interpolation": each} for each in ("nearest", "bilinear")])
    yield "Resizing", images(2, [{"height": 6, "width": 9, "interpolation": each} for each in ("nearest", "bilinear")])
    yield "CenterCrop", images(2, [{"height": 6, "width": 7}])


def sequences():
    flags = grid(return_sequences=[True, False], go_backwards=[True, False], use_bias=[True, False])
    for name in ("LSTM", "GRU", "SimpleRNN"):
        yield name, simple((5, 3), *({"units": 4, **each} for each in flags))
    yield "GRU", simple((5, 3), {"units": 2, "reset_after": False})
    for rank in IMAGES:
        shape = (4, *image(rank, 2, "channels_last"))
        ways = grid(return_sequences=[True, False], padding=["valid", "same"], strides=[1, 2])
        yield f"ConvLSTM{rank}D", simple(shape, *({"filters": 3, "kernel_size": 3, **each} for each in ways))
    for name in ("Embedding", "ReversibleEmbedding"):
        yield name, simple((7,), *grid(input_dim=[9], output_dim=[3], mask_zero=[False, True]))
    yield "RepeatVector", simple((6,), {"n": 4})
    yield "Masking", simple((5, 3), {"mask_value": 0.5})


def attention():
    yield (
        "MultiHeadAttention",
        [
            *pair((6, 8), (5, 8), *grid(num_heads=[2], key_dim=[3], value_dim=[None, 5], use_bias=[True, False])),
        ],
    )
    yield "GroupQueryAttention", pair((6, 8), (5, 8), {"head_dim": 4, "num_query_heads": 4, "num_key_value_heads": 2})


def normalisation():
    yield "BatchNormalization", simple((7, 6, 4), *grid(axis=[-1, 1], center=[True, False], scale=[True, False]))
    yield "LayerNormalization", simple((7, 6, 4), *grid(axis=[-1, [1, 2], [2, 3]], center=[True, False]))
    yield "GroupNormalization", simple((7, 6, 4), {"groups": 2}, {"groups": -1}, {"groups": 4, "scale": False})
    yield "RMSNormalization", simple((7, 4), {}, {"axis": [1, 2]})
    yield "UnitNormalization", simple((7, 4), {}, {"axis": 1})
    yield "Normalization", simple((7, 4), {"mean": 1.0, "variance": 2.0}, {"axis": None, "mean": 1.0, "variance": 2.0})
    yield "Rescaling", simple((7, 4), {"scale": 0.5, "offset": -1})


def plain():
    yield "Dense", simple((7, 4), *grid(units=[3], use_bias=[True, False], activation=[None, "relu", "softmax"]))
    einsum = [("abc,cd->abd", (7, 5), "d"), ("abc,cde->abde", (7, 2, 3), "de"), ("abc,cd->abd", (7, 5), None)]
    keys = ("equation", "output_shape", "bias_axes")
    yield "EinsumDense", simple((7, 4), *(dict(zip(keys, each, strict=True)) for each in einsum))
    yield "Flatten", simple((7, 6, 4), *grid(data_format=["channels_last", "channels_first"]))
    yield "Reshape", simple((6, 4), {"target_shape": (3, 8)}, {"target_shape": (-1, 2)}, {"target_shape": (24,)})
    yield "Permute", simple((7, 6, 4), {"dims": (3, 1, 2)}, {"dims": (2, 1, 3)})
    yield "Identity", simple((7, 4))
    yield "PReLU", simple((7, 6, 4), {}, {"shared_axes": [1, 2]})
    for name in ("ReLU", "LeakyReLU", "ELU", "Softmax"):
        yield name, simple((7, 4))
    bounded = {"max_value": 0.5, "negative_slope": 0.1}, {"max_value": 0.5, "threshold": 0.25}
    yield "ReLU", simple((7, 4), {"max_value": 6.0}, {"negative_slope": 0.1}, *bounded)
    functions = ("relu", "gelu", "hard_silu", "mish", "selu", "softplus", "tanh")
    yield "Activation", simple((7, 4), *({"activation": name} for name in functions))
    yield "CategoryEncoding", simple((4,), *grid(num_tokens=[5], output_mode=["multi_hot", "count"]))
    yield "Discretization", simple((4,), {"bin_boundaries": [0.0, 1.0]})
    yield "Solarization", simple((7, 6, 3))
    for name in ("Dropout", "GaussianDropout", "AlphaDropout"):
        yield name, simple((7, 4), {"rate": 0.3})
    yield "GaussianNoise", simple((7, 4), {"stddev": 0.3})
    yield "ActivityRegularization", simple((7, 4), {"l2": 0.1})
    for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"):
        yield name, pair((7, 4), (7, 4))
    yield "Concatenate", pair((7, 4), (7, 4), {"axis": -1}, {"axis": 1})
    yield "Dot", pair((7, 4), (7, 4), {"axes": 2}, {"axes": 1})
    for name in ("Attention", "AdditiveAttention"):
        yield name, pair((6, 8), (5, 8))


def table():
    """All of it, by class."""
    found = {}
    for part in (convolutions, spatial, sequences, attention, normalisation, plain):
        for name, cases in part():
            found.setdefault(name, []).extend(cases)
    return found
