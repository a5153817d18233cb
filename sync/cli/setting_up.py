"""``sync setup``: the questions at the terminal, and an option for each."""

from __future__ import annotations

from typing import Any

import click

from .outcome import Options, talk, told


class AtTerminal:
    """The person at this terminal.  Questions and talk go to stderr, what was made to stdout."""

    def say(self, text: str) -> None:
        """Say something beside the results."""
        talk(text)

    def result(self, text: str) -> None:
        """Print what was made."""
        click.echo(text)

    def ask(self, question: str, default: str = "") -> str:
        """Return one line; ``default`` for Enter."""
        suffix = _after(question)
        return str(click.prompt(question, default=default, show_default=bool(default), prompt_suffix=suffix, err=True))

    def secret(self, question: str) -> str:
        """Return one line that is not shown."""
        return str(click.prompt(question, default="", show_default=False, hide_input=True, err=True))

    def yes(self, question: str, default: bool) -> bool:
        """Return the answer to a yes-or-no question."""
        return click.confirm(question, default=default, prompt_suffix=_after(question), err=True)

    def wait(self, words: str) -> None:
        """Return when Enter was pressed."""
        click.prompt(words, default="", show_default=False, err=True)


def _after(question: str) -> str:
    """Return what stands between a question and its answer."""
    return " " if question.endswith("?") else ": "


@click.command(short_help="Connect the sheet and the mail; run again it repairs.")
@click.option("--spreadsheet", metavar="ADDRESS", help="The address of the Google spreadsheet, or its id.")
@click.option("--credentials", metavar="FILE", help="The service account's key file.")
@click.option("--api-endpoint", metavar="URL", help="Where Google's interface answers, when a proxy stands between.")
@click.option("--workbook", metavar="FILE", help="Instead of a spreadsheet: a workbook on this machine, to try it out.")
@click.option("--team-name", metavar="NAME", help="What the team is called in its mails.")
@click.option("--zone", metavar="ZONE", help="The time zone the team lives in, like Europe/Bratislava.")
@click.option("--sender", metavar="ADDRESS", help='The address mail comes from, or "Name <address>".')
@click.option("--outbox", metavar="FOLDER", help="Instead of a mail account: a folder; every mail becomes a file.")
@click.option("--mail-host", metavar="HOST", help="The mail server, like smtp.gmail.com.")
@click.option("--mail-port", type=click.IntRange(1, 65_535), metavar="PORT", help="Its port.")
@click.option("--mail-security", type=click.Choice(["ssl", "starttls", "none"]), help="How the line is protected.")
@click.option("--mail-username", metavar="NAME", help="The mail account's user name.")
@click.option("--mail-password-env", metavar="VARIABLE", help="The environment variable with the mail password.")
@click.option("--mail-password-file", metavar="FILE", help="The file with the mail password.")
@click.option("--mail-ca-file", metavar="FILE", help="The certificate authority of the mail server, if it has its own.")
@click.option("--safe-to", metavar="ADDRESS", help="Practice: all mail goes to this address.")
@click.option("--no-practice", is_flag=True, help="Mail goes to the people from the start.")
@click.option("--test-mail/--no-test-mail", default=None, help="Send a test mail to yourself, or do not.")
@click.option("--yes", is_flag=True, help="Ask nothing and send nothing: take config.yaml as it is, or these options.")
@click.pass_obj
@told
def setup(options: Options, /, yes: bool, **answers: Any) -> None:
    """Lead through the set-up, once: the team's sheet, the mail account, and the first look at the sheet.

    Each step is explained with its link, and each answer is tried out. It writes config.yaml and commonground.key,
    which only you can read, and makes the tabs in the sheet. Nothing is mailed but a test mail to you, if you like.
    Run it again to repair the tabs or to change an answer. A relative path counts from the folder of config.yaml.

    With --yes it asks nothing: an existing config.yaml is taken unchanged, otherwise one is made from the options.

    \b
    Examples:
      sync setup
      sync setup --workbook people.xlsx --outbox outbox
      sync setup --yes --workbook people.xlsx --sender me@example.org --safe-to me@example.org
      sync setup --yes
    """
    from ..app.setup import set_up, set_up_unasked
    from ..app.setup_answers import Given

    _refuse_both(answers)
    given = Given(**answers)
    if yes:
        set_up_unasked(options.config, given, AtTerminal())
    else:
        set_up(options.config, given, AtTerminal())


def _refuse_both(answers: dict[str, Any]) -> None:
    """End with 2 when two options contradict each other."""
    for one, other in (
        ("workbook", "spreadsheet"), ("outbox", "mail_host"), ("safe_to", "no_practice"),
        ("mail_password_env", "mail_password_file"),
    ):  # fmt: skip
        if answers[one] and answers[other]:
            raise click.UsageError(f"--{one} and --{other} exclude each other.".replace("_", "-"))
