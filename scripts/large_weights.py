"""Files of many numbers, and plain passes over them that the comparison of weights is measured against."""

import json
from pathlib import Path

LAYERS, OUT, IN = 32, 2048, 4096
"""Dense layers of a checkpoint of one gigabyte in single precision."""

GO_THROUGH = """
import json, struct, sys
import numpy as np

def tensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        start = file.tell()
        for each in header.values():
            file.seek(start + each["data_offsets"][0])
            yield np.frombuffer(file.read(each["data_offsets"][1] - each["data_offsets"][0]), "float32")

print(max(float(np.abs(a - b).max()) for a, b in zip(tensors(sys.argv[1]), tensors(sys.argv[2]))))
"""
"""The largest difference of two files, tensor by tensor: the least that a comparison has to do."""


def make_checkpoints(folder: str) -> None:
    """Write a checkpoint, one that has been trained further, and both once more as one large tensor each."""
    import numpy as np
    from safetensors.numpy import save_file

    random = np.random.default_rng(0)
    before = {f"layer.{at}.weight": random.standard_normal((OUT, IN), dtype="float32") for at in range(LAYERS)}
    step = np.float32(0.02)
    after = {name: each + step * random.standard_normal(each.shape, dtype="float32") for name, each in before.items()}
    for name, tensors in (("before", before), ("after", after)):
        save_file(tensors, Path(folder, f"{name}.safetensors"))
        save_file({"weight": np.concatenate([*tensors.values()])}, Path(folder, f"{name}-whole.safetensors"))


def make_deep_checkpoint(path: str, size: str) -> None:
    """Write a file of dense layers of 4 MiB each, whose elements are a hole of so many bytes."""
    each = 4 * 1024 * 1024
    header = {
        f"layer.{at}.weight": {"dtype": "F32", "shape": [1024, 1024], "data_offsets": [at * each, (at + 1) * each]}
        for at in range(int(size) // each)
    }
    data = json.dumps(header).encode()
    with Path(path).open("wb") as file:
        file.write(len(data).to_bytes(8, "little") + data)
        file.truncate(file.tell() + int(size) // each * each)
