"""Write down which of the tests' pairs parity judges wrongly today: ``python -m differential.opening``."""

import json
import sys
import time
from pathlib import Path

from differential.programs import Refused, Unfit
from differential.results import FATAL
from differential.routes import routes
from differential.test_routes import PAIRS, SEED

FILE = Path(__file__).parent / "open.json"


def written(found: dict[str, dict[str, list[int]]]) -> str:
    """The text of the file: a line for each kind."""
    blocks = [
        f"  {json.dumps(route)}: {{\n"
        + ",\n".join(f"    {json.dumps(kind)}: {at}" for kind, at in kinds.items())
        + "\n  }"
        for route, kinds in found.items()
    ]
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def main() -> None:
    """Run all pairs, of all routes or of those that are named."""
    found = json.loads(FILE.read_text())
    for route in sys.argv[1:] or PAIRS:
        began, kinds = time.process_time(), {}
        for index in range(PAIRS[route]):
            try:
                pair = routes()[route].pair(SEED, index)
            except (Unfit, Refused):
                continue
            outcome = routes()[route].check(pair)
            if outcome.status in FATAL or (pair.kind == "copy" and outcome.status == "open"):
                place = outcome.note.rpartition(" at ")[2] if outcome.status == "crash" else f"{pair.kind} {pair.label}"
                kinds.setdefault(f"{outcome.status} {place}".strip(), []).append(index)
        found[route] = dict(sorted(kinds.items()))
        print(
            f"{route}: {sum(map(len, kinds.values()))} of {PAIRS[route]} in {time.process_time() - began:.0f} s",
            flush=True,
        )
        FILE.write_text(written({name: each for name, each in found.items() if each}))


if __name__ == "__main__":
    main()
