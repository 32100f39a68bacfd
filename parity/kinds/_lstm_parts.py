"""What every framework's LSTM is made of: gates, weights and settings."""

from typing import Any

GATES = 4
ROLES = ("kernel", "recurrent_kernel", "bias", "recurrent_bias")


def settings(units: int, order: str, **more: Any) -> dict[str, Any]:
    """The canonical attributes of one layer and direction, with the defaults that all frameworks share."""
    return {
        "units": units,
        "gate_order": order,
        "reverse": False,
        "activation": "tanh",
        "recurrent_activation": "sigmoid",
        "time_major": False,
        "stateful": False,
        "flipped": False,
        "dropout": 0.0,
        "recurrent_dropout": 0.0,
        **more,
    }
