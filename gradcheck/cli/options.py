"""The options that several commands have, each said once."""

from pathlib import Path

import click


class Whole(click.IntRange):
    """A whole number, called so when something else is given."""

    name = "whole number"


seed = click.option("--seed", type=Whole(0), default=0, show_default=True, help="Same seed, same cases, anywhere.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print the record as JSON, and nothing else.")
quiet = click.option("--quiet", "-q", is_flag=True, help="No progress, and no page of what agrees.")
jobs = click.option("--jobs", "-j", type=Whole(1), default=1, help="How many processes judge; same results.")
FOLDER = click.Path(path_type=Path)
FILE = click.Path(path_type=Path, dir_okay=False)


def echo_record(text: str) -> None:
    """Print what programs read: in UTF-8, whatever the terminal's letters are."""
    click.echo(text.rstrip("\n").encode())
