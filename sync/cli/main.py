"""The command group.  Everything that costs time to import is imported inside the commands."""

from __future__ import annotations

from pathlib import Path

import click

from .. import __version__
from .going_live import go_live
from .looking import check, preview, status
from .outcome import Options, ready
from .running import run
from .setting_up import setup
from .showing import demo

EXIT_CODES = """\b
Exit codes:
  0  done
  1  something needs a person now
  2  the command was typed wrongly
  3  the configuration or a key file cannot be used
  4  Google or the mail server refused, or cannot be reached
  5  another daemon holds this sheet
"""


class InOrder(click.Group):
    """A group that lists its commands in the order in which people need them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names as they were added."""
        return list(self.commands)


@click.group(
    cls=InOrder,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "-c", "--config", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="The configuration. Without it: config.yaml in this folder, then in your configuration folder.",
)  # fmt: skip
@click.option("-v", "--verbose", is_flag=True, help="Say more when something goes wrong.")
@click.version_option(__version__, prog_name="Common Ground", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context, config: Path | None, verbose: bool) -> None:
    """Common Ground keeps a team's one-on-one meetings on track.

    It reads the team's shared sheet, says in every row what is wrong or what happens next, and sends the mails:
    confirmation, reminders, thank-you.

    \b
    Begin with:
      sync demo      look at it without an account
      sync setup     connect your sheet and your mail, once
      sync run       keep it working
    """
    context.obj = Options(config, verbose)
    ready(verbose)


for command in (setup, go_live, run, preview, check, status, demo):
    main.add_command(command)
