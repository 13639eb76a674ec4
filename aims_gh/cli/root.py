"""The root of the commands: where errors become two lines and an exit code."""

from __future__ import annotations

import logging
import sys
from typing import Any

import click

from aims_gh.errors import AimsError
from aims_gh.version import __version__

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class AimsGroup(click.Group):
    """Turns an error into message, hint and exit code; a traceback only when asked for."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except AimsError as error:
            if ctx.params.get("traceback"):
                raise
            _fail(error.message, error.hint, error.exit_code)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            click.echo("\nstopped; what was recorded stays, and the same command goes on", err=True)
            sys.exit(130)
        except Exception as error:
            if ctx.params.get("traceback"):
                raise
            what = f"{type(error).__name__}: {error}"
            _fail(f"unexpected {what}", "this is a bug: run aims --traceback … and report it", 1)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """List commands in the order in which people meet them."""
        return list(self.commands)


def _fail(message: str, hint: str, exit_code: int) -> None:
    from aims_gh.core.inert import plain

    message, hint = plain(message), plain(hint)
    click.echo(f"{click.style('error', fg='red', bold=True)}: {message}", err=True)
    click.echo(f"{click.style('hint', fg='cyan')}: {hint}", err=True)
    sys.exit(exit_code)


@click.group(cls=AimsGroup, context_settings=SETTINGS)
@click.version_option(__version__, prog_name="aims")
@click.option("--traceback", is_flag=True, help="Show where in the program an error arose.")
@click.option("-v", "--verbose", is_flag=True, help="Say more on stderr.")
def aims(traceback: bool, verbose: bool) -> None:  # noqa: ARG001  read from the context
    """Share a machine-learning task, submit models, compare them fairly, use the best one.

    A course is a git repository of playgrounds. On this machine it is a folder, on
    GitHub OWNER/NAME; a playground in it is named COURSE/SLUG.

    \b
    Example:
        aims demo                                   # everything at once, on real data
        aims leaderboard aims-demo/course/diabetes
    """
    if verbose:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
        logger = logging.getLogger("aims_gh")
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
