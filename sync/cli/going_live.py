"""``sync go-live``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .outcome import Options, for_each, talk, told

if TYPE_CHECKING:
    from ..app.service import Service


@click.command(short_help="End practice: mail goes to the people.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
@told
def go_live(options: Options, yes: bool) -> int:
    """End practice mode: list who would be mailed from now on, ask, and take `safe_to` out of the configuration.

    Meetings that were there when the service first saw the sheet, or that were told in practice only, wait for one more
    OK: a code shows up in their rows and is typed into Settings.

    \b
    Examples:
      sync go-live
      sync go-live --yes
    """
    from ..app.golive import end_practice, practising, without_practice

    loaded = options.load()
    if not practising(loaded):
        click.echo("This is live already: mail goes to the people.")
        return 0

    code = for_each(without_practice(loaded), _list)
    if code:
        return code
    if not yes and not click.confirm("From now on mail goes to these people. Go live?", default=False, err=True):
        talk("Nothing was changed; it is still practice.")
        return 0
    for line in end_practice(loaded, talk):
        click.echo(line)
    return 0


def _list(service: Service) -> int:
    """Print who would be mailed by one team from now on."""
    from ..app.golive import waiting_words
    from ..app.look import coming, look
    from ..core.intent import Fate
    from .decisions import halted, show_decisions

    found = look(service)
    halted(found)
    going = tuple(decision for decision in coming(found) if decision.fate is not Fate.SKIPPED)
    show_decisions(service, found, going, "Nobody would be mailed just now.")
    for line in waiting_words(found):
        talk(line)
    return 0
