"""``gradcheck report``: the record of a run in another form, without running anything."""

from pathlib import Path

import click

from gradcheck.cli.options import echo_record


@click.command("report", short_help="Write the record of a run in another form, or compare two.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", "form", default="text", metavar="FORMAT", help="text, markdown, html, json, junit or notebook.")
@click.option("--against", type=click.Path(path_type=Path), help="Compare with this earlier run.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
def command(file: Path, form: str, against: Path | None, out: Path | None) -> None:
    """Write the record of a run in another form, or compare it with an earlier run.

    \b
    gradcheck report reports/run.json
    gradcheck report reports/run.json --to junit --out junit.xml
    gradcheck report reports/run.json --against yesterday.json
    """
    from gradcheck import report
    from gradcheck.errors import UnknownName

    if form not in report.FORMATS:
        raise UnknownName("format", form, report.FORMATS)
    run = report.decode(report.files.read(file))
    if against is not None:
        text = report.difference(report.decode(report.files.read(against)), run)
    else:
        text = report.FORMATS[form](run)
    if out is None and form == "text":
        click.echo(text.rstrip("\n"))
    elif out is None:
        echo_record(text)
    else:
        click.echo(f"written  {report.files.write(out, text)}")
