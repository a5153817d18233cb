"""``sync run``."""

from __future__ import annotations

import click

from .outcome import Options, told


@click.command(short_help="Keep the service working; --once does one round.")
@click.option("--once", is_flag=True, help="Do one round for every team and end.")
@click.option("--take-over", is_flag=True, help="Begin although another machine was at work here: it is dead.")
@click.pass_obj
@told
def run(options: Options, once: bool, take_over: bool) -> int:
    """Read the sheet, send what is due, write back what happens next; again and again until told to stop.

    One round (a cycle) a minute is usual; `every` in the configuration says how often. Ctrl+C or SIGTERM ends it after
    the mail at hand, with exit code 0; a second one ends it at once. When Google or the mail server cannot be reached
    it waits and tries again. What a person must mend (a key file, sharing, a password) ends it with one sentence when
    it is so in the first round, later it is said and tried again. With several teams it goes on as long as one works.

    One service works on a sheet. Another one, on another machine, says who is there and ends with 5; when that machine
    is dead, use --take-over, or wait half an hour.

    With --once the exit code is 1 when a mail was refused, is unsure, or newly waits for an OK, and 4 when Google or
    the mail server refused or cannot be reached. A row with a mistake in it is an ordinary day: 0.

    \b
    Examples:
      sync run
      sync -c /etc/commonground/config.yaml run --once
    """
    from ..app.hold import fill_closed_streams, work_once, work_until_stopped
    from .outcome import complain, talk

    fill_closed_streams()
    loaded = options.load()
    if once:
        return work_once(loaded, talk, complain, take_over=take_over)
    work_until_stopped(loaded, talk, take_over=take_over)
    return 0
