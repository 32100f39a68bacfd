"""Multiply-accumulates of kinds, worked out by hand."""

import pytest

from parity.kinds import Work, elements, kind, kinds

MULTIPLYING = {name for name, found in kinds().items() if "kernel" in found.roles} - {"spectral_norm"}
"""That one scales a kernel."""


@pytest.mark.parametrize("name", sorted(MULTIPLYING))
def test_a_kind_with_a_kernel_says_how_often_it_multiplies(name):
    assert kind(name).macs(Work({})) is None  # nothing is known of this one; a kind that sums no products says 0


@pytest.mark.parametrize(
    ("name", "work", "macs"),
    [
        ("dense", Work({"units": 4}, ((2, 5, 3),), ((2, 5, 4),), {"kernel": 12, "bias": 4}), 2 * 5 * 12),
        ("dense", Work({"units": 4}, ((2, None, 3),), ((2, None, 4),), {"kernel": 12}), None),
        ("bilinear", Work({}, ((2, 3), (2, 5)), ((2, 4),), {"kernel": 60}), 2 * 60),
        ("matmul", Work({}, ((2, 3, 4), (2, 4, 5)), ((2, 3, 5),)), 2 * 3 * 4 * 5),
        ("matmul", Work({"operands": ("stored", "value")}, ((4, 5),), ((3, 5),), {"operand": 12}), 3 * 4 * 5),
        ("matmul", Work({"operands": ("stored", "value")}, ((4,),), ((3,),), {"operand": 12}), 3 * 4),
        ("einsum", Work({"equation": "ab,bc->ac"}, ((2, 3), (3, 4))), 2 * 3 * 4),
        ("einsum", Work({"equation": "aab->b"}, ((2, 2, 3),)), 0),
        ("conv", Work({"filters": 8}, ((1, 4, 9),), ((1, 8, 7),), {"kernel": 8 * 2 * 3}), 8 * 7 * 2 * 3),
        ("conv", Work({"filters": 8}, ((1, 4, 9), (8, 4, 3)), ((1, 8, 7),)), 8 * 7 * 4 * 3),
        (
            "conv_transpose",
            Work({"data_format": "channels_first"}, ((2, 4, 9),), ((2, 8, 20),), {"kernel": 4 * 8 * 3}),
            2 * 9 * 4 * 8 * 3,
        ),
        ("lstm", Work({}, ((2, 7, 3),), (), {"kernel": 3 * 20, "recurrent_kernel": 5 * 20}), 2 * 7 * 8 * 20),
        ("gru_cell", Work({}, ((2, 3),), (), {"kernel": 3 * 15, "recurrent_kernel": 5 * 15, "bias": 15}), 2 * 8 * 15),
        ("attention", Work({}, ((2, 4, 6, 8), (2, 4, 5, 8), (2, 4, 5, 3))), 2 * 4 * 6 * 5 * (8 + 3)),
        (
            "conv_lstm",
            Work(
                {
                    "data_format": "channels_last",
                    "kernel_size": (3, 3),
                    "strides": (1, 1),
                    "dilation": (1, 1),
                    "padding": "same",
                    "filters": 5,
                },
                ((2, 4, 6, 6, 3),),
                (),
                {"kernel": 9 * 3 * 20, "recurrent_kernel": 9 * 5 * 20},
            ),
            2 * 4 * 36 * 9 * 8 * 20,
        ),
        ("embedding", Work({}, ((2, 7),), ((2, 7, 8),), {"embeddings": 80}), 0),
        ("opaque", Work({}, ((2, 7),), ((2, 7),)), None),
    ],
)
def test_by_hand(name, work, macs):
    assert kind(name).macs(work) == macs


def test_elements_are_known_where_every_size_is():
    assert (elements((2, 3)), elements(()), elements((2, None)), elements((2, "n")), elements(None)) == (
        6,
        1,
        None,
        None,
        None,
    )
