"""Random pairs until the time is over, a table of rates by route, and a file of findings."""

import argparse
import itertools
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from differential.judging import VERIFY
from differential.results import FATAL, Result, by_kind, rates, slug
from differential.working import Job, checked, worked


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser("fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5, help="how long to go on")
    parser.add_argument("--seed", type=int, default=0, help="of all pairs")
    parser.add_argument("--route", action="append", help="only these routes; all by default")
    parser.add_argument("--pairs", type=int, help="stop after so many")
    parser.add_argument("--only", type=int, help="the pair of this number, in this process")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--out", type=Path, default=Path("fuzz-findings.txt"), help="the file of findings")
    parser.add_argument("--verify", choices=("off", "auto", "full"), default="off", help="compute what is equivalent")
    parser.add_argument("--folder", type=Path, help="a folder for one script for each kind of finding")
    return parser.parse_args(given)


def jobs(names: Sequence[str], seed: int, pairs: int | None) -> Iterator[Job]:
    """A few pairs of each route in turn, more of those that are cheap."""
    from differential.routes import routes

    at = dict.fromkeys(names, 0)
    turns = itertools.cycle(names)
    for _ in itertools.count() if pairs is None else range(pairs):
        name = next(turns)
        for _ in range(1 if pairs is not None else routes()[name].share):
            yield name, seed, at[name]
            at[name] += 1


def written(results: Sequence[Result], path: Path, folder: Path | None) -> str:
    """Write the findings down by kind, and count them."""
    kinds, lines = by_kind(results), []
    for (route, kind), found in kinds.items():
        example = next((each for each in found if each.script), found[0])
        lines.append(
            f"{'=' * 100}\n{len(found)} x {route}: {kind}\n--only {', '.join(str(each.index) for each in found[:12])}\n{example.note}\n\n{example.script}\n"
        )
        if folder is not None and example.script:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{slug(f'{route} {kind}')}.py").write_text(example.script)
    path.write_text("\n".join(lines))
    return f"{sum(map(len, kinds.values()))} findings of {len(kinds)} kinds in {path}"


def main() -> int:
    """Run it."""
    from differential.routes import routes

    asked = arguments()
    names = asked.route or list(routes())
    if unknown := set(names) - set(routes()):
        sys.exit(f"no route {', '.join(sorted(unknown))}; there are {', '.join(routes())}")
    os.environ[VERIFY] = asked.verify
    os.environ["PARITY_VERIFY"] = "1"  # a graph that a pass has broken is a crash
    if asked.only is not None:
        found = [checked(name, asked.seed, asked.only) for name in names]
    else:
        until = time.monotonic() + 60 * asked.minutes
        found = []
        for result in worked(jobs(names, asked.seed, asked.pairs), asked.jobs, until):
            found.append(result)
            if result.is_finding and result.script:
                written(found, asked.out, asked.folder)
            if result.is_finding:
                print(f"{result.route} {result.index}: {result.kind_of_fault}", flush=True)
    told = written(found, asked.out, asked.folder)
    print(rates(found))
    print(told)
    faults = sum(each.status in FATAL for each in found)
    print(f"{faults} faults in {len(found)} pairs")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
