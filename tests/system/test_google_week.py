"""From sheet to mailbox over real gspread and real yagmail: the plain case, as a team lives it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from icalendar import Calendar

from sync.core.columns import TABS, Owner
from tests.system.town import Town, town

ZONE = ZoneInfo("Europe/Bratislava")
NOW = datetime(2026, 12, 1, 12, 0, tzinfo=ZONE)
SECRETS = ("heard-secret", "notes-secret", "ask-secret", "contact-secret", "prep-secret")


def moment(days: int, clock: str) -> datetime:
    """Return a moment so many days from today, in Bratislava."""
    hour, minute = clock.split(":")
    return (NOW + timedelta(days=days)).replace(hour=int(hour), minute=int(minute))


def day(days: int) -> str:
    """Return a day as people type it."""
    return f"{moment(days, '12:00'):%d/%m/%Y}"


def begin(made: Town) -> None:
    """Type organizer, contact and a meeting ten days ahead, cell by cell."""
    made.type_row("Team", 2, Name="Jana", Email="jana@example.org", Phone="0903 123 456")
    made.type_row("Contacts", 2, Name="Anna Kováčová", Email="anna@example.org",
                  How_to_reach_them="E-mail is fine", Notes="contact-secret")  # fmt: skip
    made.type_row("Meetings", 2, Contact="Anna Kováčová", Stage="Agreed", Date=day(10), Time="17:30",
                  Place="Café Dobre, Hlavná 12", Organizer="Jana", Team_notes="notes-secret", Our_ask="ask-secret",
                  Preparation_notes="prep-secret")  # fmt: skip


def cell(made: Town, header: str) -> str:
    """Return a cell of the meeting's row."""
    return str(made.hand.under("Meetings", header, 2) or "")


def only_ours_was_written(made: Town) -> None:
    """Assert that after set-up no cell of a team column was ever written."""
    ours = {(tab.title, c.header) for tab in TABS for c in tab.columns if c.owner is Owner.SERVICE}
    for write in made.book.written_cells:
        if write.tab != "Start here":
            assert (write.tab, write.header) in ours, write


def test_the_plain_case_is_exactly_four_mails_with_restarts_between(tmp_path: Path) -> None:
    with town(tmp_path, now=moment(0, "12:00")) as made:
        made.cycle()
        made.book.written_cells.clear()
        begin(made)
        for minute in (0, 3, 6, 6, 9):
            made.clock.to(moment(0, f"12:{minute:02d}"))
            made.cycle()
        assert made.kinds() == ["confirmation"]
        steps = ((8, "08:59", 1), (8, "09:00", 2), (8, "15:00", 2), (10, "07:59", 2), (10, "08:00", 3))
        for days, hour, expected in steps:
            made.clock.to(moment(days, hour))
            made.cycle(times=2)
            assert len(made.mail.kept.mails) == expected, (days, hour)
        made.type_row("Meetings", 2, Stage="Took place", What_I_heard="heard-secret",
                      Thank_you_line="The old playground has stayed with me.")  # fmt: skip
        made.clock.to(moment(10, "19:00"))
        made.cycle()
        for days, hour, expected in ((11, "08:59", 3), (11, "09:00", 4), (11, "09:01", 4), (20, "12:00", 4)):
            made.clock.to(moment(days, hour))
            made.cycle(times=2)
            assert len(made.mail.kept.mails) == expected, (days, hour)
        assert made.kinds() == ["confirmation", "reminder_2d", "reminder_day", "thank_you"]
        assert made.mail.kept.recipients == ["anna@example.org"] * 4
        texts = [part for mail in made.mails() for part in mail.walk() if part.get_content_maintype() == "text"]
        whole = b"\n".join(made.mail.kept.mails).decode() + "".join(str(part.get_content()) for part in texts)
        assert not [secret for secret in SECRETS if secret in whole]
        assert cell(made, "Thank-you").startswith("Sent ")
        only_ours_was_written(made)


def test_moved_after_the_reminder_then_called_off(tmp_path: Path) -> None:
    with town(tmp_path, now=moment(0, "12:00")) as made:
        made.cycle()
        begin(made)
        made.run(moment(8, "10:00"))
        assert made.kinds() == ["confirmation", "reminder_2d"]
        made.type_row("Meetings", 2, Date=day(12), Time="18:00")
        assert made.run(moment(8, "11:00")) == ["change"]
        first, change = made.mails()[0], made.mails()[-1]
        assert [calendar(mail)["sequence"] for mail in (first, change)] == [0, 1]
        assert calendar(first)["uid"] == calendar(change)["uid"]
        text = str(change.get_body(("plain",)).get_content())  # type: ignore[union-attr]
        assert f"{moment(12, '18:00'):%A} {moment(12, '18:00').day}" in text
        assert f"{moment(10, '17:30'):%A} {moment(10, '17:30').day}" in text
        assert made.run(moment(11, "23:00")) == []
        assert made.run(moment(12, "08:00")) == ["reminder_day"]
        made.type_row("Meetings", 2, Stage="We called off")
        assert made.run(moment(12, "12:00")) == ["cancellation"]
        cancel = calendar(made.mails()[-1])
        assert (cancel["sequence"], cancel["status"], cancel["method"]) == (2, "CANCELLED", "CANCEL")
        assert made.run(moment(30, "12:00")) == []


def calendar(mail: object) -> dict[str, object]:
    """Return what the calendar part of a mail says."""
    part = next(p for p in mail.walk() if p.get_content_type() == "text/calendar")  # type: ignore[attr-defined]
    book = Calendar.from_ical(part.get_content())
    event = next(iter(book.walk("VEVENT")))
    return {
        "method": str(book["METHOD"]), "sequence": int(event["SEQUENCE"]), "uid": str(event["UID"]),
        "status": str(event["STATUS"]),
    }  # fmt: skip
