"""The models of ``config.yaml`` (``design.md`` 8): frozen, nothing extra, adapters told apart by ``type``.

Each field's description is what ``config.example.yaml`` and ``docs/configuration.md`` say about it.  In
``json_schema_extra`` stand the few facts that only those two need (see ``docs.py``).
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from .values import (
    Mailbox,
    database_address,
    email_address,
    host_name,
    is_loopback,
    mailbox,
    spreadsheet_id,
    web_address,
)

Text = Annotated[str, Field(min_length=1)]
Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Port = Annotated[Whole, Field(ge=1, le=65_535)]
Host = Annotated[Text, AfterValidator(host_name)]
Sender = Annotated[Mailbox, BeforeValidator(mailbox)]
Address = Annotated[str, BeforeValidator(email_address)]

PORTS = {"ssl": 465, "starttls": 587, "none": 25}


def _shown(example: str = "", *, commented: bool = False, default: str = "") -> dict[str, Any]:
    """Facts for the example and the table: the value shown, whether it stands there behind ``#``, default in words."""
    return {"example": example, "commented": commented, "default": default}


class Options(BaseModel):
    """A block of options."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Secret(Options):
    """Where a secret is kept; it is read each time when used, never held here.  Exactly one of the four is set."""

    NOT_PLAIN: ClassVar[str] = (
        "must not stand here in plain words; write one of {env: NAME}, {file: PATH}, {keyring: NAME}, "
        "{command: [PROGRAM, ARGUMENT]}"
    )

    env: Text | None = Field(None, description="The name of an environment variable.")
    file: Text | None = Field(None, description="A file that only you can read.")
    keyring: Text | None = Field(None, description="A name in this computer's keyring, under the service commonground.")
    command: tuple[Text, ...] | None = Field(None, min_length=1, description="A program that prints it.")

    @model_validator(mode="before")
    @classmethod
    def _one_reference(cls, value: object) -> object:
        if not isinstance(value, dict | Secret):
            raise PydanticCustomError("plain_secret", "{words}", {"words": cls.NOT_PLAIN})
        if isinstance(value, dict) and len(value) != 1:
            raise PydanticCustomError("secret_count", "must name exactly one of env, file, keyring, command")
        return value

    @model_validator(mode="after")
    def _not_null(self) -> Secret:
        if (self.env, self.file, self.keyring, self.command) == (None,) * 4:
            raise PydanticCustomError("secret_count", "must name exactly one of env, file, keyring, command")
        return self


class GoogleSheet(Options):
    """The team's shared spreadsheet in Google Sheets."""

    type: Literal["google"] = Field(description="google: a spreadsheet in Google Sheets, shared by the team.")
    spreadsheet: Text = Field(
        description="Its address in the browser, or its id.",
        json_schema_extra=_shown("https://docs.google.com/spreadsheets/d/the-id-of-your-spreadsheet/edit"),
    )
    credentials: Text = Field(
        description="The key file of the service account the spreadsheet is shared with.",
        json_schema_extra=_shown("service-account.json"),
    )
    api_endpoint: Text | None = Field(
        None,
        description="Where Google's interface answers, when a proxy stands between.",
        json_schema_extra=_shown("https://sheets.example.org", commented=True, default="Google's own"),
    )

    @field_validator("spreadsheet")
    @classmethod
    def _names_a_spreadsheet(cls, value: str) -> str:
        spreadsheet_id(value)
        return value

    @field_validator("api_endpoint")
    @classmethod
    def _endpoint(cls, value: str | None) -> str | None:
        return value if value is None else web_address(value, plain_only_here=True)

    @property
    def id(self) -> str:
        """The spreadsheet's id."""
        return spreadsheet_id(self.spreadsheet)


class WorkbookSheet(Options):
    """A workbook file on this machine, for trying out and for one person at a time."""

    type: Literal["workbook"] = Field(description="workbook: a file, for trying out and for one person at a time.")
    path: Text = Field(description="The workbook.", json_schema_extra=_shown("people.xlsx"))


Sheet = Annotated[GoogleSheet | WorkbookSheet, Field(discriminator="type")]


class _MailLimits(Options):
    """What all ways to send have: who sends, practice mode, and ceilings that no sheet can lift."""

    sender: Sender = Field(
        description="The team's name and its address; every mail comes from it.",
        json_schema_extra=_shown('"Harbour Street Co-op <team@example.org>"'),
    )
    safe_to: Address | None = Field(
        None,
        description="Practice mode: while this line is here, all mail goes to this address instead of the people, "
        "and does not count. `sync go-live` takes the line out.",
        json_schema_extra=_shown("me@example.org", default="no practice: mail goes to the people"),
    )
    @field_validator("safe_to", mode="before")
    @classmethod
    def _not_blank(cls, value: object) -> object:
        if value is None:  # a blank line is neither practice nor the end of it; guessing would mail people
            raise ValueError("is empty; write your own address to practise, or take the line out to go live")
        return value

    per_day: Whole = Field(400, ge=1, le=100_000, description="At most so many mails in a day.")
    most_at_once: Whole = Field(200, ge=1, le=10_000, description="At most so many mails in one cycle.")
    gap_seconds: Number = Field(2, ge=0, le=60, description="Seconds between two mails.")

    @property
    def practice(self) -> bool:
        """Whether mail goes to ``safe_to`` and does not count."""
        return self.safe_to is not None


class SmtpMail(_MailLimits):
    """A mail account."""

    type: Literal["smtp"] = Field(description="smtp: a mail account.")
    host: Host = Field(description="The mail server.", json_schema_extra=_shown("smtp.gmail.com"))
    security: Literal["ssl", "starttls", "none"] = Field(
        "ssl",
        description="ssl, starttls, or none; none only for a mail server on this machine.",
    )
    port: Port = Field(
        465,
        description="Its port.",
        json_schema_extra=_shown("465", default="465 for ssl, 587 for starttls, 25 for none"),
    )
    username: Text | None = Field(
        None,
        description="The account.",
        json_schema_extra=_shown("team@example.org", default="no login"),
    )
    oauth: Text | None = Field(
        None,
        description="Instead of a password: a file with the account's OAuth client and refresh token.",
        json_schema_extra=_shown("mail-oauth.json", commented=True, default="none"),
    )
    password: Secret | None = Field(
        None,
        description="Where the password is kept; it never stands here itself. One of {env: NAME}, {file: PATH}, "
        "{keyring: NAME}, {command: [PROGRAM, ARGUMENT]}.",
        json_schema_extra=_shown("{env: SYNC_MAIL_PASSWORD}", default="none"),
        validate_default=True,
    )
    ca_file: Text | None = Field(
        None,
        description="A file with the certificate authority of the mail server, when it has its own.",
        json_schema_extra=_shown("mail-ca.pem", commented=True, default="the public ones"),
    )

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, value: Any) -> Any:
        if isinstance(value, dict) and "port" not in value:
            security = value.get("security", "ssl")
            if isinstance(security, str) and security in PORTS:
                return {**value, "port": PORTS[security]}
        return value

    @field_validator("security")
    @classmethod
    def _open_only_here(cls, value: str, info: ValidationInfo) -> str:
        if value == "none" and "host" in info.data and not is_loopback(info.data["host"]):
            raise ValueError("must be ssl or starttls; none is for a mail server on this machine only")
        return value

    @field_validator("password")
    @classmethod
    def _one_way_in(cls, value: Secret | None, info: ValidationInfo) -> Secret | None:
        known = info.data
        if "username" not in known or "oauth" not in known:
            return value
        if value and known["oauth"]:
            raise ValueError("must not stand beside oauth; keep one of the two")
        if known["username"] and not value and not known["oauth"]:
            raise ValueError("is missing, since there is a username; name where it is kept, like {env: NAME}")
        if not known["username"] and (value or known["oauth"]):
            raise PydanticCustomError("beside", "is missing, since there is a password", {"option": "username"})
        return value


class OutboxMail(_MailLimits):
    """A folder: every mail becomes a file that a mail program can open; nothing leaves."""

    type: Literal["outbox"] = Field(description="outbox: nothing leaves; every mail becomes a file.")
    path: Text = Field(description="The folder for the .eml files.", json_schema_extra=_shown("outbox"))


Mail = Annotated[SmtpMail | OutboxMail, Field(discriminator="type")]


class NoReplies(Options):
    """Nobody reads answers for us; people answer the organizer."""

    type: Literal["none"] = Field(description="none: answers go to the organizer; the service reads no mail.")


class ImapReplies(Options):
    """The team's mailbox, read over IMAP with TLS.  Nothing in it is changed."""

    type: Literal["imap"] = Field(description="imap: the service reads the answers in the team's mailbox.")
    host: Host = Field(description="The mailbox's server.", json_schema_extra=_shown("imap.gmail.com"))
    port: Port = Field(993, description="Its port; the connection is always encrypted.")
    username: Text | None = Field(
        None,
        description="The account, when it is not the mail's.",
        json_schema_extra=_shown("team@example.org", commented=True, default="the mail's"),
    )
    password: Secret | None = Field(
        None,
        description="Where its password is kept, when it is not the mail's.",
        json_schema_extra=_shown("{env: SYNC_REPLIES_PASSWORD}", commented=True, default="the mail's (or its oauth)"),
    )
    mailbox: Text = Field("INBOX", description="The folder that answers arrive in.")
    sent: Text | None = Field(
        None,
        description="The folder of sent mail, where the service looks when a line broke.",
        json_schema_extra=_shown("Sent", default="found by itself"),
    )
    ca_file: Text | None = Field(
        None,
        description="A file with the certificate authority of the server, when it has its own.",
        json_schema_extra=_shown("mail-ca.pem", commented=True, default="the public ones"),
    )


class FolderReplies(Options):
    """A folder with answers as ``.eml`` files, for trying out."""

    type: Literal["folder"] = Field(description="folder: answers are .eml files, for trying out.")
    path: Text = Field(description="The folder.", json_schema_extra=_shown("replies"))


Replies = Annotated[NoReplies | ImapReplies | FolderReplies, Field(discriminator="type")]


def _named(value: object) -> object:
    """Read ``replies: none`` as ``replies: {type: none}``: there is nothing more to say."""
    return {"type": "none"} if value in ("none", None) else value


class Team(Options):
    """One team: its sheet, its way to send and its way to hear.  ``name`` is empty when there is just one."""

    name: str = Field("", description="What the team is called in `sync status` and in messages.")
    sheet: Sheet = Field(description="Where the team keeps its people, meetings and promises.")
    mail: Mail = Field(description="How mail leaves.")
    replies: Annotated[Replies, BeforeValidator(_named)] = Field(
        NoReplies(type="none"),
        description="How answers come back.",
    )

    @field_validator("replies")
    @classmethod
    def _has_an_account(cls, value: Replies, info: ValidationInfo) -> Replies:
        if isinstance(value, ImapReplies) and "mail" in info.data:
            _lend(value, info.data["mail"])
        return value


def _lend(replies: ImapReplies, mail: SmtpMail | OutboxMail) -> None:
    """Raise when neither ``replies`` nor ``mail`` has the account to read with."""
    lender = mail if isinstance(mail, SmtpMail) else None
    for option in ("username", "password"):
        lent = lender and (getattr(lender, option) or (option == "password" and lender.oauth))
        if not getattr(replies, option) and not lent:
            raise PydanticCustomError("beside", "is missing, and mail has none to lend", {"option": option})


class Config(Options):
    """The whole file.  ``blocks`` are its teams: of ``teams:``, or the one whose blocks stand at the top."""

    ledger: Text = Field(
        "sqlite:///commonground.db",
        description="The service's memory: a file of its own, or a PostgreSQL database that several machines share, "
        "like postgresql+psycopg://user@host/name.",
        repr=False,  # may hold a database password
    )
    every: Whole = Field(60, ge=1, le=900, description="Seconds between two cycles.")
    ping: Text | None = Field(
        None,
        description="A dead man's switch: an address that is called after every good cycle and raises the alarm when "
        "it is not.",
        json_schema_extra=_shown("https://ping.example.org/your-id", commented=True, default="none"),
        repr=False,  # whoever knows it can keep the alarm quiet
    )
    blocks: tuple[Team, ...]

    @field_validator("ledger")
    @classmethod
    def _database(cls, value: str) -> str:
        return database_address(value)

    @field_validator("ping")
    @classmethod
    def _switch(cls, value: str | None) -> str | None:
        return value if value is None else web_address(value, plain_only_here=False)

    def teams(self) -> tuple[Team, ...]:
        """Return the teams in the file's order: at least one; a single one has no name."""
        return self.blocks
