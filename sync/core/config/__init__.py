"""``config.yaml`` as one schema: the checks, the commented example and the option table come from it."""

from .docs import render_example, render_table
from .mistakes import ConfigMistakes, parse
from .models import (
    Config,
    FolderReplies,
    GoogleSheet,
    ImapReplies,
    Mail,
    NoReplies,
    OutboxMail,
    Replies,
    Secret,
    Sheet,
    SmtpMail,
    Team,
    WorkbookSheet,
)
from .values import Mailbox, spreadsheet_id

__all__ = [
    "Config",
    "ConfigMistakes",
    "FolderReplies",
    "GoogleSheet",
    "ImapReplies",
    "Mail",
    "Mailbox",
    "NoReplies",
    "OutboxMail",
    "Replies",
    "Secret",
    "Sheet",
    "SmtpMail",
    "Team",
    "WorkbookSheet",
    "parse",
    "render_example",
    "render_table",
    "spreadsheet_id",
]
