"""Work in processes, threads and on clusters: a worker that dies takes no other piece of work with it."""

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar

from parity.errors import MissingFramework

BACKENDS = ("loky", "threading", "dask", "ray")
"""Processes and threads of this machine; clusters of Dask and Ray, or ones of their own on this machine."""

AHEAD = 2
"""Pieces of work for each worker that joblib hands out before they are asked for."""

EXIT_CODES = re.compile(r"exit codes? of the workers? (?:are|is) \{?(\w+)")

Found = TypeVar("Found")
Work = TypeVar("Work")
Numbered = tuple[int, Work]


def run_all(
    function: Callable[[Work], Found], work: Sequence[Work], *, jobs: int | None, backend: str
) -> Iterator[tuple[int, Found | Exception]]:
    """Each piece's number with what the function makes of it, or with why its worker failed, as they come.

    Args:
        function: raises nothing; it and what it takes and gives can be sent to other processes.
        work: the pieces.
        jobs: how many at the same time; None for as many as the backend has workers.
        backend: one of ``BACKENDS``, or "" for the one that joblib's ``parallel_config`` says, else processes.

    Raises:
        MissingFramework: the backend's package is not installed.
    """
    numbered = [*enumerate(work)]
    if backend == "ray":
        yield from _by_ray(function, numbered, jobs)
        return
    if backend == "dask":
        with _dask(jobs) as client:
            yield from _by_dask(function, numbered, client)
        return
    from joblib import parallel_config
    from joblib.parallel import get_active_backend

    with parallel_config(backend, n_jobs=jobs or -1) if backend else nullcontext():
        # joblib's own way to Dask waits for ever for a piece whose worker has died.
        client = getattr(get_active_backend()[0], "client", None)
        yield from _by_dask(function, numbered, client) if client else _by_joblib(function, numbered, jobs)


def in_this_process(count: int, jobs: int | None, backend: str) -> bool:
    """Whether work is done by whoever asks: nothing speaks for another process."""
    return not backend and (jobs == 1 or (jobs is None and "joblib" not in sys.modules) or count == 1)


def reason(error: Exception) -> str:
    """Why a worker has failed, in a line."""
    said = " ".join(str(error).split())
    code = EXIT_CODES.search(said)
    what = code[1] if code else f"{type(error).__name__}: {said[:160]}".rstrip(": ")
    return f"the worker that compared it has failed (found {what}); check its memory, or compare the pair alone"


def _by_joblib(
    function: Callable[[Work], Found], left: Sequence[Numbered[Work]], jobs: int | None
) -> Iterator[tuple[int, Found | Exception]]:
    """A process that ends breaks off all that joblib is at; what was handed out then is done again, piece by piece."""
    from joblib import effective_n_jobs

    while left:
        done: set[int] = set()
        try:
            for at, found in _parallel(function, left, jobs):
                done.add(at)
                yield at, found
        except Exception:  # noqa: BLE001  of any library; each piece tells its own below
            left = [each for each in left if each[0] not in done]
            count = AHEAD * max(1, effective_n_jobs(jobs))
            for piece in left[:count]:
                yield _alone(function, piece, jobs)
            left = left[count:]
        else:
            return


def _alone(function: Callable[[Work], Found], piece: Numbered[Work], jobs: int | None) -> tuple[int, Found | Exception]:
    try:
        return next(_parallel(function, [piece], jobs))
    except Exception as error:  # noqa: BLE001  whatever it is, it is what became of this piece
        return piece[0], error


def _parallel(
    function: Callable[[Work], Found], work: Sequence[Numbered[Work]], jobs: int | None
) -> Iterator[tuple[int, Found]]:
    from joblib import Parallel, delayed
    from joblib.parallel import get_active_backend

    # Ray's backend gives results only when all are there.
    backend, _ = get_active_backend()
    how = "generator_unordered" if backend.supports_return_generator else "list"
    parallel = Parallel(n_jobs=jobs, return_as=how, batch_size=1, pre_dispatch=f"{AHEAD}*n_jobs")
    yield from parallel(delayed(_numbered)(function, at, each) for at, each in work)


def _numbered(function: Callable[[Work], Found], at: int, piece: Work) -> tuple[int, Found]:
    return at, function(piece)


def _by_dask(
    function: Callable[[Work], Found], work: Sequence[Numbered[Work]], client: Any
) -> Iterator[tuple[int, Found | Exception]]:
    """Dask suspects all that a worker was to do when it died: those are done again, one after the other."""
    from distributed import as_completed

    numbers = {client.submit(function, piece, pure=False): at for at, piece in work}
    pieces, suspects = dict(work), []
    for future, found in as_completed([*numbers], with_results=True, raise_errors=False):
        at = numbers.pop(future)
        if future.status == "finished":
            yield at, found
        else:
            suspects.append(at)
    for at in suspects:
        future = client.submit(function, pieces[at], pure=False)
        error = future.exception()
        yield at, future.result() if error is None else error


@contextmanager
def _dask(jobs: int | None) -> Iterator[Any]:
    """The client that there is, one of the cluster of Dask's settings, or one of processes of this machine."""
    try:
        import dask
        from distributed import Client, LocalCluster, get_client
    except ImportError as error:
        raise MissingFramework("distributed", "dask", "use Dask") from error
    try:
        there = get_client()
    except ValueError:  # nobody has made one
        there = None
    address = dask.config.get("scheduler-address", None)
    if there is not None or address:
        with nullcontext(there) if there is not None else Client(address) as client:
            yield client
        return
    settings: Mapping[str, Any] = {"dashboard_address": None, "protocol": "tcp", "host": "127.0.0.1"}
    workers = {"n_workers": jobs or os.cpu_count() or 1, "threads_per_worker": 1}
    # Whoever asks does again what has cost a worker; Dask need not try it on all others.
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(**workers, **settings) as cluster,
        Client(cluster) as client,
    ):
        yield client


def _by_ray(
    function: Callable[[Work], Found], work: Sequence[Numbered[Work]], jobs: int | None
) -> Iterator[tuple[int, Found | Exception]]:
    """On the cluster that is there or that ``RAY_ADDRESS`` names, else in processes of this machine."""
    try:
        import ray
    except ImportError as error:
        raise MissingFramework("ray", "ray", "use Ray") from error
    there = ray.is_initialized()
    if not there:
        own = {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": jobs or os.cpu_count(), "include_dashboard": False}
        ray.init(log_to_driver=False, logging_level="ERROR", **own)
    try:
        remote = ray.remote(max_retries=0)(function)
        numbers = {remote.remote(piece): at for at, piece in work}
        while numbers:
            [future], _ = ray.wait([*numbers], num_returns=1)
            at = numbers.pop(future)
            try:
                yield at, ray.get(future)
            except ray.exceptions.RayError as error:
                yield at, error
    finally:
        if not there:
            ray.shutdown()
