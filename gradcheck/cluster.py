"""A Dask cluster as an engine: ``dask://HOST:PORT`` is the address of its scheduler.

The scheduler itself runs again what a dead worker had, on another. Its workers must have the same versions of what
judges installed as this process, or the record would not be the same.
"""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from gradcheck.errors import GradcheckError
from gradcheck.workers import PATIENCE, Engine

JUDGES = ("gradcheck", "numpy", "torch")
"""What has to be the same everywhere."""


def engine(address: str) -> Engine:
    """Return the engine of an address such as ``dask://127.0.0.1:8786``.

    Raises GradcheckError if it is no such address, ``distributed`` is not installed, no scheduler or no worker is
    there, or a worker has other versions installed.
    """
    scheme, _, place = address.partition("://")
    if scheme != "dask" or not place:
        raise GradcheckError(f"No such engine: {address!r}. Expected dask://HOST:PORT, a Dask scheduler's address.")
    try:
        from distributed import Client
    except ImportError as error:
        raise GradcheckError(
            f"The engine {address!r} needs Dask ({error}). Install it with: pip install 'gradcheck[distributed]'"
        ) from error
    try:
        client = Client(f"tcp://{place}", timeout=PATIENCE)
        client.wait_for_workers(1, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise GradcheckError(f"Nobody answers at {address!r}. Are a Dask scheduler and a worker running?") from error
    _same_everywhere(client)
    return Engine(lambda: client.get_executor(pure=False), lambda: _workers(client, address))


def _workers(client: Any, address: str) -> int:
    """Return how many threads work on a cluster."""
    try:
        return sum(client.nthreads().values())
    except OSError as error:
        raise GradcheckError(f"The scheduler at {address!r} does not answer any more.") from error


def _same_everywhere(client: Any) -> None:
    here = _versions()
    for worker, there in client.run(_versions).items():
        if there != here:
            raise GradcheckError(f"The worker {worker} would judge with {_told(there)}, and here is {_told(here)}.")


def _versions() -> dict[str, str]:
    """Return what is installed where this runs."""
    found = {}
    for name in JUDGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _told(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {said}" for name, said in versions.items())
