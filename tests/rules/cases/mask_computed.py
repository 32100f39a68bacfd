"""A causal mask that is computed, and one that is a setting."""

from tests.rules.models import module

INPUTS = {"inputs": [(1, 2, 5, 4)]}


def computed():
    import torch
    from torch.nn import functional

    def forward(_, x):
        steps = torch.arange(5)
        mask = steps[None, :] <= steps[:, None]
        return functional.scaled_dot_product_attention(x, x, x, attn_mask=mask)

    return module({}, forward)


def told():
    from torch.nn import functional

    return module({}, lambda _, x: functional.scaled_dot_product_attention(x, x, x, is_causal=True))


def bad():
    return computed(), told(), INPUTS


def good():
    return computed(), computed(), INPUTS
