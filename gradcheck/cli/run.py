"""``gradcheck run``: prove the reference, and write the report."""

import math
import sys
from pathlib import Path

import click

from gradcheck.cli import github
from gradcheck.cli.options import FILE, FOLDER, Whole, as_json, echo_record, jobs, quiet, seed
from gradcheck.cli.progress import progress
from gradcheck.cli.status import of_run
from gradcheck.records import Run


@click.command("run", short_help="Prove the reference on random networks, and write a report.")
@click.option("--cases", "-n", type=Whole(1), help="How many architectures: 500, or what --time allows.")
@click.option("--time", "seconds", type=click.FloatRange(0, 10**9, min_open=True), help="Stop after so many seconds.")
@seed
@click.option("--plant", "planted", default="", metavar="MISTAKE", help="Put a known mistake into the reference.")
@click.option("--layers", default="", metavar="NAME[,NAME]", help="Draw only these, and what connects them.")
@jobs
@click.option("--engine", default="", metavar="dask://HOST:PORT", help="Judge on a Dask cluster instead.")
@click.option("--out", type=FOLDER, default=Path("reports"), show_default=True, help="Folder.")
@click.option("--baseline", type=FOLDER, help="An earlier run.json: fail only on what is new.")
@click.option("--write-test", type=FILE, help="Write what is found as tests.")
@as_json
@quiet
def command(
    cases: int | None,
    seconds: float | None,
    seed: int,
    planted: str,
    layers: str,
    jobs: int,
    engine: str,
    out: Path,
    baseline: Path | None,
    write_test: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Prove the reference: random networks against finite differences and PyTorch, and a report.

    \b
    gradcheck run                                     500 networks, under a minute
    gradcheck run --time 600 --seed 7                 ten minutes of other networks
    gradcheck run --layers conv2d,max-pool2d          these, and what is needed to connect them
    gradcheck run --plant bias-not-summed-over-batch  would it have been noticed?
    """
    from gradcheck import cluster, mistakes, report, workers
    from gradcheck import run as job

    if planted:
        mistakes.find(planted)
    report.prepare(out)
    before = report.decode(report.files.read(baseline)) if baseline else None
    names = [name.strip() for name in layers.split(",") if name.strip()]
    if layers and not names:
        raise click.UsageError(f"--layers {layers!r} names no layer.")
    if seconds and math.isnan(seconds):
        raise click.UsageError("--time nan is no time.")
    own = cluster.engine(engine) if engine else workers.processes(jobs) if jobs > 1 else None
    with progress(quiet) as watch:
        record = job.run(
            cases=cases, seconds=seconds, seed=seed, planted=planted, layers=names, watch=watch, engine=own
        )
    record = report.with_selftest(record, out)
    paths = report.write(record, out)
    if write_test and record.counterexamples:
        paths.append(report.files.write(write_test, report.regression.tests(record)))
    github.tell_run(record)
    if as_json:
        echo_record(report.encode(record))
    else:
        click.echo(report.summary(record))
        click.echo("  written       " + "  ".join(str(path) for path in paths))
    sys.exit(of_run(record) if before is None else _since(before, record, as_json))


def _since(before: Run, record: Run, as_json: bool) -> int:
    """Return the exit status of a run that is to fail only on what an earlier run has not found."""
    from gradcheck.report.baseline import change

    found = change(before, record)
    if not as_json:
        click.echo(f"  baseline      {len(found.new)} new, {len(found.known)} known, {len(found.fixed)} fixed")
    status = of_run(record)
    return 0 if status == 1 and found.known and not found.new else status
