"""``gradcheck doctor``: does everything that a check needs work here, and in which versions?"""

import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from gradcheck.cli.status import IMPOSSIBLE

PACKAGES = ("gradcheck", "numpy", "torch", "hypothesis", "pytest", "matplotlib", "msgspec", "rich", "click", "jinja2")
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
CASE = "2x1 affine:1 half-sum-of-squares"
"""A case that is judged to see that both oracles answer, and with a mistake in it."""


@click.command("doctor", short_help="Say what is installed here, and whether the oracles work.")
def command() -> None:
    """Say what is installed here, how many threads there are, and which oracles work.

    Exits with status 3 if something does not work.

    \b
    gradcheck doctor
    OMP_NUM_THREADS=1 gradcheck doctor
    """
    click.echo(f"python      {platform.python_version()}   {platform.platform()}   {sys.executable}")
    for name in PACKAGES:
        click.echo(f"{name:10}  {_version(name)}")
    click.echo(f"blas        {_blas()}")
    said = [f"{name}={os.environ[name]}" for name in THREADS if name in os.environ]
    click.echo(f"threads     {os.cpu_count()} processors" + (f", {', '.join(said)}" if said else ""))
    click.echo(f"settings    {_settings()}")
    ill = list(_oracles())
    for line in ill:
        click.echo(f"ILL         {line}")
    click.echo("Something does not work here." if ill else "Everything works here.")
    sys.exit(IMPOSSIBLE if ill else 0)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _blas() -> str:
    import numpy as np

    built = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{built.get('name', 'unknown')} {built.get('version', '')}".strip()


def _settings() -> str:
    """Say what pyproject.toml says."""
    from gradcheck.config import read

    return ", ".join(f"{key} = {value!r}" for key, value in read(Path.cwd()).items()) or "none in pyproject.toml"


def _oracles() -> Iterator[str]:
    """Let both oracles judge a right and a wrong case; show that they answer, and yield what is not as it should be."""
    from gradcheck.errors import OracleMissing
    from gradcheck.run import judge, parse_case

    try:
        right, wrong = judge(parse_case(CASE)), judge(parse_case(CASE), "mean-for-sum")
    except OracleMissing as error:
        yield str(error)
        return
    click.echo(f"oracles     {', '.join(right.oracles)}")
    if len(right.oracles) < 2:
        yield "Not all oracles answer."
    if right.verdict != "agrees":
        yield f"A right gradient is judged {right.verdict}: {CASE}"
    if wrong.verdict != "differs":
        yield f"A wrong gradient is judged {wrong.verdict}: {CASE} --plant mean-for-sum"
