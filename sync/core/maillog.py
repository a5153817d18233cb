"""The ``Mail log`` as a write-ahead log: what its hidden ``Key`` holds, what its lines say, what recovery makes of it.

A batch of mails stands in the log before its first mail leaves.  So a ledger that was lost, or is older than what
happened, is rebuilt from there: absent means never attempted, an intent without outcome means nobody knows.  The log
can only suppress mail, never cause it (``design.md`` P11).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from .columns import DECISIONS
from .intent import Intent
from .ports import Entry, EntryState, LogLine, LogRow, MailKey, Told
from .say import say, words
from .statuses import mail_name
from .zones import zone

GOING = "Goes"
PRESUMED = "Presumed sent"
_FAR = datetime(9999, 1, 1, tzinfo=UTC)
_FIRST_WORDS = {
    "Sent": EntryState.SENT,
    "Practice": EntryState.SENT,
    "Refused": EntryState.REFUSED,
    "Skipped": EntryState.SKIPPED,
    "Waits": EntryState.PLANNED,
}


@dataclass(frozen=True, slots=True)
class Logged:
    """What one ``Key`` cell holds: sequence number, the mail's key, a fingerprint, when, and what was told."""

    seq: int
    key: MailKey
    fingerprint: str
    at: datetime
    told: Told | None


def key_cell(entry: Entry) -> str:
    """Return the text of the ``Key`` cell: number, key, fingerprint and epoch second, then what was told as JSON."""
    parts = [str(entry.seq), str(entry.key), entry.fingerprint or "-", str(int(entry.at.timestamp()))]
    if entry.told:
        parts.append(json.dumps(_told_json(entry.told), ensure_ascii=False, separators=(",", ":")))
    return " ".join(parts)


def read_key(cell: str) -> Logged | None:
    """Return what a ``Key`` cell holds, or ``None`` when somebody typed something else there."""
    found = _head(cell)
    if found is None:
        return None
    facts = cell.strip().partition(" ")[2].partition(" ")[2].partition(" ")[2].partition(" ")[2]
    try:
        return replace(found, told=_told(json.loads(facts))) if facts else found
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def _head(cell: str) -> Logged | None:
    """Return what a ``Key`` cell holds but for what was told: all that every cycle needs of it."""
    words_ = cell.split(None, 4)[:4]
    if len(words_) < 4:
        return None
    seq, key_text, fingerprint, second = words_
    key = _key(key_text)
    numbers_ = len(seq) < 10 and seq.isascii() and seq.isdigit() and second.isascii() and second.isdigit()
    if key is None or not numbers_:
        return None
    try:
        at = datetime.fromtimestamp(int(second), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return Logged(int(seq), key, "" if fingerprint == "-" else fingerprint, at, None)


def _key(text: str) -> MailKey | None:
    parts = text.split("/")
    if len(parts) != 6 or not parts[2].isdigit() or not parts[5].isdigit():
        return None
    about, kind, revision, occasion, recipient, copy = parts
    return MailKey(about, kind, int(revision), occasion, recipient, int(copy))


def _told_json(told: Told) -> dict[str, object]:
    return {
        "r": told.revision, "s": told.start_revision, "t": told.start.isoformat(), "z": told.zone, "m": told.minutes,
        "p": told.place, "o": told.organizer, "c": told.contact, "u": told.uid, "x": told.cancelled,
    }  # fmt: skip


def _told(data: Mapping[str, object]) -> Told:
    start = datetime.fromisoformat(str(data["t"]))
    name = str(data["z"])
    return Told(
        revision=int(str(data["r"])), start_revision=int(str(data["s"])), start=start.astimezone(zone(name)), zone=name,
        minutes=int(str(data["m"])), place=str(data["p"]), organizer=str(data["o"]), contact=str(data["c"]), address="",
        uid=str(data["u"]), cancelled=bool(data["x"]),
    )  # fmt: skip


def intent_line(entry: Entry, intent: Intent, subject: str, now: datetime) -> LogLine:
    """Return the line of a mail that is about to leave."""
    local = now.astimezone(intent.opens.tzinfo)
    start = intent.told.start if intent.told else intent.meeting.start
    about = words(say("{name}, {at}", name=intent.contact.name, at=start), now) if start else intent.contact.name
    return LogLine(
        key_cell(entry), words(say("{at}", at=local), now), mail_name(intent.kind),
        f"{intent.contact.name} <{intent.address}>", about, subject, GOING, entry.message_id,
    )  # fmt: skip


def presumed_line(entry: Entry, intent: Intent, now: datetime) -> LogLine:
    """Return the line of a mail of which a damaged log cannot tell whether it left."""
    return replace(intent_line(entry, intent, "", now), result=PRESUMED)


def mark(entry: Entry) -> str:
    """Return what the line of ``entry`` should say, in short: compared with ``Entry.logged``."""
    return f"{entry.state.value}@{int(entry.at.timestamp())}"


def outcome_line(entry: Entry, now: datetime, where: tzinfo) -> LogLine:
    """Return the line with the outcome, its hour in the zone ``where``; blank texts leave their cells as they are."""
    return LogLine(key_cell(entry), result=_result(entry, now, where))


def _result(entry: Entry, now: datetime, where: tzinfo) -> str:
    at = entry.at.astimezone(where)
    if entry.state is EntryState.SENT:
        return words(say("Practice {at}" if entry.practice else "Sent {at}", at=at), now)
    if entry.state is EntryState.REFUSED:
        return words(say("Refused {at}: {reason}", at=at, reason=entry.reason), now)
    if entry.state in (EntryState.UNSURE, EntryState.SENDING):
        presumed = entry.reason == PRESUMED
        return PRESUMED if presumed else words(say("Not sure {at}. Choose a Decision.", at=at), now)
    if entry.state is EntryState.PLANNED:
        return words(say("Waits: {reason}", reason=entry.reason), now) if entry.attempts else GOING
    return words(say("Skipped {at}", at=at), now)


def overdue(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries whose log line does not say yet what became of them."""
    late = (e for e in entries if e.seq and mark(e) != e.logged and e.state is not EntryState.SENDING)
    return tuple(sorted(late, key=lambda e: e.seq))


def numbers(rows: Iterable[LogRow]) -> frozenset[int]:
    """Return the sequence numbers of the log rows that can be read."""
    return frozenset(found.seq for row in rows if (found := _head(row.key)))


def is_ahead(rows: Iterable[LogRow], entries: Mapping[MailKey, Entry]) -> bool:
    """Return whether the log tells of a mail that the ledger does not know, or of another try than it knows.

    Then the ledger may be another one or an older copy, whatever the numbers say: two ledgers give out the same ones,
    and a clock that was set back makes a later try look earlier.
    """
    return any(_is_news(found, entries) for row in rows if (found := _head(row.key)))


def _is_news(found: Logged, entries: Mapping[MailKey, Entry]) -> bool:
    known = entries.get(found.key)
    if known is None:
        return True
    return known.state is EntryState.PLANNED and found.at.timestamp() != int(known.at.timestamp())


def vanished(rows: Iterable[LogRow], entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the waiting mails whose line stood in the log and is not there any more.

    In a ledger that was put back from a copy they may have left since: the line would say so.
    """
    there = numbers(rows)
    return tuple(e for e in entries if e.state is EntryState.PLANNED and e.logged and e.seq not in there)


def decisions(rows: Iterable[LogRow]) -> dict[MailKey, str]:
    """Return what people chose in ``Decision``: mail key → ``Send again`` or ``Leave it``."""
    chosen = {}
    for row in rows:
        words_ = " ".join(row.decision.split()).casefold() if isinstance(row.decision, str) else ""
        choice = next((choice for choice in DECISIONS if choice.casefold() == words_), "")
        found = _head(row.key) if choice else None
        if found:
            chosen[found.key] = choice
    return chosen


def complete(seqs: frozenset[int], highest: int) -> bool:
    """Return whether the log has no gap from its first line up to ``highest``."""
    return len(seqs) >= highest and seqs >= frozenset(range(1, max(highest, *seqs, 0) + 1))


def recovered(
    lines: Iterable[LogLine], addresses: Mapping[str, str], known: Mapping[MailKey, Entry]
) -> tuple[Entry, ...]:
    """Return the ledger entries that the log's lines stand for, but for what the ledger knows better.

    ``addresses`` maps recipient hashes to addresses that are in the sheet now; ``known`` is what the ledger holds.  An
    intent without outcome, or one whose result cannot be read, is unsure; but one that this very ledger wrote and has
    not acted on stays as it is.
    """
    found = (entry for line in lines if (entry := _recovered(line, addresses)) and not _is_ours(line, entry, known))
    return tuple(found)


def _is_ours(line: LogLine, entry: Entry, known: Mapping[MailKey, Entry]) -> bool:
    ours = known.get(entry.key)
    if ours is None or ours.state is not EntryState.PLANNED or line.result != GOING:
        return False
    return ours.seq == entry.seq and entry.at.timestamp() <= int(ours.at.timestamp())


def _recovered(line: LogLine, addresses: Mapping[str, str]) -> Entry | None:
    found = read_key(line.key)
    if found is None:
        return None
    first = line.result.split(" ", 1)[0].rstrip(":")
    state = _FIRST_WORDS.get(first, EntryState.UNSURE)
    practice = found.key.recipient.startswith("practice-")
    if line.result.startswith(PRESUMED):
        state = EntryState.UNSURE
    told = found.told
    if told is not None:
        address = addresses.get(found.key.recipient) or line.to.rpartition("<")[2].rstrip(">")
        told = Told(**{name: getattr(told, name) for name in Told.__slots__} | {"address": address})
    closes = told.start.astimezone(UTC) if told else _FAR
    reason = line.result.partition(": ")[2] if state is EntryState.REFUSED else ""
    reason = PRESUMED if line.result.startswith(PRESUMED) else reason
    return Entry(
        found.key, state, line.message_id, found.at, closes, found.at, attempts=int(state is EntryState.PLANNED),
        reason=reason, told=told, fingerprint=found.fingerprint, practice=practice, seq=found.seq,
    )  # fmt: skip
