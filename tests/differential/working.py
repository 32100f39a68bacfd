"""Pairs checked in processes of their own: what hangs, crashes or grows there ends nothing but itself."""

import multiprocessing
import os
import resource
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from differential.judging import Outcome
from differential.programs import Pair, Refused, Unfit
from differential.results import Result, kind_of

LONGEST = 240
"""Seconds for a pair with its export and reduction, before its process is ended."""

MEMORY = 1 << 30
"""Bytes that a comparison may take."""

LARGEST = 7 << 30
"""Bytes of a process, frameworks and all."""

REDUCED = 2
"""Failures of one kind that are reduced."""

Job = tuple[str, int, int]


def checked(route: str, seed: int, index: int, seen: Counter[str] | None = None) -> Result:
    """The result of a pair; a failure is reduced unless many like it have been."""
    from differential.routes import routes

    found = routes()[route]
    try:
        pair = found.pair(seed, index)
    except (Unfit, Refused):
        return Result(route, index, "copy", "unfit")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcome = found.check(pair)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    if grown > MEMORY:
        outcome = Outcome("hang", outcome.verdict, f"takes {grown >> 20} MiB", outcome.seconds)
    result = Result(route, index, pair.kind, outcome.status, outcome.verdict, pair.label, outcome.note, outcome.seconds)
    return (
        _explained(result, found, pair, outcome, seed, Counter() if seen is None else seen)
        if result.is_finding
        else result
    )


def _explained(result: Result, route: Any, pair: Pair, outcome: Outcome, seed: int, seen: Counter[str]) -> Result:
    from differential.reducing import reduced
    from differential.scripts import script

    rough = kind_of(pair, outcome) if outcome.status == "crash" else f"{outcome.status} {pair.kind} {pair.label}"
    seen[rough] += 1
    if seen[rough] > REDUCED and pair.kind != "copy":
        return Result(**{**vars(result), "kind_of_fault": f"({rough})"})

    def fails(smaller: Pair) -> bool:
        again = route.check(smaller)
        place = again.note.rpartition(" at ")[2] == outcome.note.rpartition(" at ")[2]
        return (
            again.status == outcome.status and again.verdict == outcome.verdict and (place or outcome.status != "crash")
        )

    pair = _plainest(route, pair, outcome)
    attempts = 0 if outcome.status == "hang" else route.attempts
    small = reduced(route.family, pair, fails, attempts)
    last = route.check(small) if attempts else outcome
    text = script(route, small, last, f"--route {result.route} --seed {seed} --only {result.index}")
    return Result(**{**vars(result), "kind_of_fault": kind_of(small, last), "script": text, "note": last.note})


def _plainest(route: Any, pair: Pair, outcome: Outcome) -> Pair:
    """An unchanged side, where that alone is taken for another model."""
    if pair.kind == "rewriting" and outcome.status == "false alarm":
        for side in pair.sides():
            same = Pair(side, side, "copy", profile=pair.profile)
            if route.check(same).status == "false alarm":
                return same
    return pair


def _serve(pipe: Connection) -> None:
    """Answer jobs until there are no more."""
    import warnings

    warnings.filterwarnings("ignore")
    seen: Counter[str] = Counter()
    while (job := pipe.recv()) is not None:
        try:
            result = checked(*job, seen)
        except Exception:
            result = Result(
                job[0], job[2], "change", "broken", note=traceback.format_exc(), kind_of_fault="the harness itself"
            )
        pipe.send(result)
        if seen.total() > 4000:
            seen.clear()


class Worker:
    """A process and what it works on."""

    def __init__(self) -> None:
        """Start it."""
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.job: Job | None = None
        self.began = 0.0

    def give(self, job: Job) -> None:
        """Give it work."""
        self.job, self.began = job, time.monotonic()
        self.pipe.send(job)

    def memory(self) -> int:
        """The bytes that it holds."""
        try:
            return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, ValueError):
            return 0

    def end(self) -> None:
        """End it."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def worked(jobs: Iterable[Job], count: int, until: float) -> Iterator[Result]:
    """The results of jobs, worked on by so many processes until a time."""
    source, workers = iter(jobs), [Worker() for _ in range(count)]
    try:
        for at, worker in enumerate(workers):
            workers[at] = _next(worker, source, until)
        while busy := [worker for worker in workers if worker.job is not None]:
            wait([worker.pipe for worker in busy], timeout=1)
            for at, worker in enumerate(workers):
                if worker.job is None:
                    continue
                result, workers[at] = _answer(worker)
                if result is not None:
                    yield result
                    workers[at] = _next(workers[at], source, until)
    finally:
        for worker in workers:
            worker.end()


def _next(worker: Worker, source: Iterator[Job], until: float) -> Worker:
    job = next(source, None) if time.monotonic() < until else None
    worker.job = None
    if job is not None:
        worker.give(job)
    return worker


def _answer(worker: Worker) -> tuple[Result | None, Worker]:
    """What a process has to say; one that has ended, takes too long or too much is replaced."""
    assert worker.job is not None
    route, _, index = worker.job
    try:
        if worker.pipe.poll():
            result = worker.pipe.recv()
            if result.status != "hang":
                return result, worker
            worker.end()  # what was stopped may leave a framework in the midst of something
            return result, Worker()
    except EOFError:
        worker.end()
        return Result(route, index, "copy", "skipped", note="the runtime ends the process"), Worker()
    if time.monotonic() - worker.began > LONGEST or worker.memory() > LARGEST:
        worker.end()
        return Result(
            route, index, "change", "hang", note="takes too long or too much", kind_of_fault="hang of the process"
        ), Worker()
    return None, worker
