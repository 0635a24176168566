"""The command line. It alone prints, reads the terminal, and exits.

Results go to standard output, progress to standard error. One module holds one command, and is imported when that
command is asked for. To add a command, write a module with a ``command`` in it and add its name to ``COMMANDS``.
"""

import io
import os
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

import click

from gradcheck import config
from gradcheck.cli import letters
from gradcheck.cli.status import IMPOSSIBLE, INTERRUPTED, USAGE
from gradcheck.errors import GradcheckError, OracleMissing, UnknownName

COMMANDS = ("run", "check", "new", "replay", "report", "formula", "derive", "explain", "selftest", "doctor")
"""The commands, in the order of the help: each a module of this package."""

WITH_FOLDER = ("run", "replay", "selftest")
"""The commands whose --out is the folder of the reports; for others it is one file."""


class Commands(click.Group):
    """The commands, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command of that name, or None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"{__name__}.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is asked for; that of a file is check.

        Raises UnknownName, with the nearest, if there is none.
        """
        if args[0] not in COMMANDS and args[0].endswith((".py", ".ipynb")):
            args = ["check", *args]
        if args[0] not in COMMANDS:
            raise UnknownName("command", args[0], COMMANDS)
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("gradcheck"), message="gradcheck %(version)s")
@click.pass_context
def commands(ctx: click.Context) -> None:
    """Somebody derived a gradient by hand. Is it right, and if not, what exactly is wrong?"""
    said = config.read(Path.cwd())
    said = {"seconds" if name == "time" else name: value for name, value in said.items()}
    elsewhere = {name: value for name, value in said.items() if name != "out"}
    ctx.default_map = {name: said if name in WITH_FOLDER else elsewhere for name in COMMANDS}


def main() -> NoReturn:
    """Run a command; turn every error that gradcheck raises on purpose into one line and an exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors=letters.register())  # a terminal that has no ∂ shows a d in its place
    try:
        status = commands.main(prog_name="gradcheck", standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(USAGE)
    except click.UsageError as error:
        _fail(f"{error.format_message()}{_help(error)}", USAGE)
    except click.ClickException as error:
        _fail(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail("Interrupted before anything was judged.", INTERRUPTED)
    except OracleMissing as error:
        _fail(str(error), IMPOSSIBLE)
    except GradcheckError as error:
        _fail(str(error), USAGE)
    except BrokenPipeError:  # whoever read has read enough
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - Python closes it when it ends
        sys.exit(0)
    except OSError as error:
        _fail(f"{error.filename or 'This computer'}: {error.strerror or error}.", IMPOSSIBLE)


def _help(error: click.UsageError) -> str:
    """Say where there is help with a command."""
    return f" See '{error.ctx.command_path} --help'." if error.ctx else ""


def _fail(message: str, status: int) -> NoReturn:
    click.echo(f"gradcheck: {message}", err=True)
    sys.exit(status)
