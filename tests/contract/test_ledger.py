"""What the ledger promises, on SQLite and on PostgreSQL alike (``design.md`` P1, P4, P12)."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sync.core.errors import LedgerError
from sync.core.ports import Approval, Claim, CycleReport, EntryState, Ledger, LedgerView, RowMemory, Watch
from sync.ledger.ledger import CLAIM_LIFE, KEPT_CYCLES, SqlLedger

from .ledgers import (
    BRATISLAVA,
    MINUTE,
    NOW,
    SHEET,
    Place,
    die_while_sending,
    entry,
    key,
    place_for,
    send,
    start,
    told,
)

NAIVE = datetime(2027, 3, 2, 9, 0)  # noqa: DTZ001


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return place_for(request.param, tmp_path)


@pytest.fixture
def ledger(place: Place) -> Iterator[SqlLedger]:
    opened = place.open()
    yield opened
    opened.close()


def test_a_mail_that_was_sent_is_remembered_in_full(ledger: SqlLedger, place: Place) -> None:
    port: Ledger = ledger
    planned = entry(told=told(), fingerprint="f1", practice=True)
    claim = port.claim(SHEET, planned)
    assert claim is not None
    assert port.view(SHEET).entries[key()].state is EntryState.PLANNED
    assert port.sending(claim, NOW + MINUTE)
    assert not port.sending(claim, NOW + MINUTE)
    assert port.view(SHEET).entries[key()].state is EntryState.SENDING
    port.settle(claim, EntryState.SENT, NOW + 2 * MINUTE)
    expected = entry(
        state=EntryState.SENT, at=NOW + 2 * MINUTE, attempts=1, told=told(), fingerprint="f1", practice=True
    )
    assert port.view(SHEET).entries == {key(): expected}
    port.close()
    again = place.open()
    assert again.view(SHEET).entries == {key(): expected}
    again.close()


@pytest.mark.parametrize("state", [state for state in EntryState if state is not EntryState.PLANNED])
def test_a_mail_in_any_state_but_planned_is_never_given_out_again(ledger: SqlLedger, state: EntryState) -> None:
    send(ledger, key(), state)
    before = ledger.view(SHEET)
    assert ledger.claim(SHEET, entry(at=NOW + timedelta(days=400))) is None
    assert ledger.view(SHEET) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"about": "rowb"},
        {"kind": "change"},
        {"revision": 1},
        {"occasion": "1h"},
        {"recipient": "another"},
        {"copy": 1},
    ],
)
def test_each_part_of_the_key_makes_another_mail(ledger: SqlLedger, changes: dict[str, Any]) -> None:
    send(ledger, key(), EntryState.SENT)
    assert ledger.claim(SHEET, entry(key(**changes))) is not None


def test_a_mail_asked_to_come_later_is_given_out_when_its_time_has_come(ledger: SqlLedger) -> None:
    claim = ledger.claim(SHEET, entry(message_id="<old@example.org>"))
    assert claim is not None
    ledger.settle(claim, EntryState.PLANNED, NOW, reason="Too busy.", not_before=NOW + 10 * MINUTE)
    waiting = ledger.view(SHEET).entries[key()]
    assert (waiting.reason, waiting.not_before, waiting.attempts) == ("Too busy.", NOW + 10 * MINUTE, 1)
    assert ledger.claim(SHEET, entry(at=NOW + 9 * MINUTE)) is None
    assert ledger.claim(SHEET, entry(at=NOW + 10 * MINUTE, fingerprint="new", told=told())) is not None
    again = ledger.view(SHEET).entries[key()]
    assert again == entry(at=NOW + 10 * MINUTE, fingerprint="new", told=told(), attempts=2)


def test_a_server_may_say_later_even_after_the_dot(ledger: SqlLedger) -> None:
    claim = ledger.claim(SHEET, entry())
    assert claim is not None
    assert ledger.sending(claim, NOW)
    ledger.settle(claim, EntryState.PLANNED, NOW, not_before=NOW + MINUTE)
    assert ledger.claim(SHEET, entry(at=NOW + MINUTE)) is not None


def test_taking_a_mail_over_voids_the_older_claim(ledger: SqlLedger, place: Place) -> None:
    other = place.open()
    first, second = ledger.claim(SHEET, entry()), other.claim(SHEET, entry())
    assert first is not None
    assert second is not None
    assert not ledger.sending(first, NOW)
    ledger.settle(first, EntryState.PLANNED, NOW, not_before=NOW + timedelta(days=1))
    assert other.sending(second, NOW)
    with pytest.raises(LedgerError):
        ledger.settle(first, EntryState.REFUSED, NOW)
    other.settle(second, EntryState.SENT, NOW)
    assert not ledger.sending(second, NOW)
    assert ledger.view(SHEET).entries[key()].state is EntryState.SENT
    other.close()


def test_a_claim_made_up_by_somebody_is_worth_nothing(ledger: SqlLedger) -> None:
    claim = ledger.claim(SHEET, entry())
    assert claim is not None
    assert not ledger.sending(Claim(key(), "x"), NOW)
    assert not ledger.sending(type(claim)(key(), "x", SHEET), NOW)


def test_settling_twice_is_settling_once(ledger: SqlLedger) -> None:
    claim = ledger.claim(SHEET, entry())
    assert claim is not None
    assert ledger.sending(claim, NOW)
    ledger.settle(claim, EntryState.SENT, NOW)
    ledger.settle(claim, EntryState.SENT, NOW + MINUTE)
    with pytest.raises(LedgerError):
        ledger.settle(claim, EntryState.REFUSED, NOW)
    ledger.settle(claim, EntryState.PLANNED, NOW)
    assert ledger.view(SHEET).entries[key()].at == NOW
    assert ledger.view(SHEET).entries[key()].state is EntryState.SENT


@pytest.mark.parametrize("state", [EntryState.SENDING, EntryState.SKIPPED, EntryState.SUPERSEDED])
def test_a_claim_ends_in_an_outcome(ledger: SqlLedger, state: EntryState) -> None:
    claim = ledger.claim(SHEET, entry())
    assert claim is not None
    with pytest.raises(ValueError, match="cannot be settled"):
        ledger.settle(claim, state, NOW)


def test_what_a_dead_process_was_sending_becomes_unsure_and_stays_so(ledger: SqlLedger, place: Place) -> None:
    process = start(die_while_sending, place.url, place.folder, key())
    process.join(30)
    assert process.exitcode == -9
    assert ledger.view(SHEET).entries[key()].state is EntryState.SENDING
    assert ledger.sweep("another sheet", NOW) == 0
    assert ledger.sweep(SHEET, NOW + MINUTE) == 1
    unsure = ledger.view(SHEET).entries[key()]
    assert (unsure.state, unsure.at, unsure.told) == (EntryState.UNSURE, NOW + MINUTE, told())
    assert unsure.reason == "The service stopped while this mail was leaving. Nobody knows whether it arrived."
    assert ledger.claim(SHEET, entry(at=NOW + timedelta(days=3))) is None
    assert ledger.sweep(SHEET, NOW + 2 * MINUTE) == 0


def test_a_sweep_spares_the_mail_at_hand_but_not_for_ever(ledger: SqlLedger) -> None:
    claim = ledger.claim(SHEET, entry())
    assert claim is not None
    assert ledger.sending(claim, NOW)
    assert ledger.sweep(SHEET, NOW + CLAIM_LIFE) == 0
    assert ledger.sweep(SHEET, NOW + CLAIM_LIFE + MINUTE) == 1
    with pytest.raises(LedgerError, match="an outcome could not be recorded"):
        ledger.settle(claim, EntryState.SENT, NOW + CLAIM_LIFE + MINUTE)
    assert ledger.view(SHEET).entries[key()].state is EntryState.UNSURE


def test_a_skipped_mail_is_recorded_and_frees_nobody_who_has_it(ledger: SqlLedger) -> None:
    claim = ledger.claim(SHEET, entry(key("planned")))
    assert claim is not None
    send(ledger, key("sent"), EntryState.SENT)
    skipped = [
        entry(key(about), EntryState.SKIPPED, reason="Agreed too late.", at=NOW + MINUTE)
        for about in ("new", "planned", "sent")
    ]
    ledger.skip(SHEET, skipped)
    entries = ledger.view(SHEET).entries
    assert entries[key("new")] == skipped[0]
    assert (entries[key("planned")].state, entries[key("planned")].reason) == (EntryState.SKIPPED, "Agreed too late.")
    assert (entries[key("sent")].state, entries[key("sent")].reason) == (EntryState.SENT, "")
    assert not ledger.sending(claim, NOW + MINUTE)
    ledger.skip(SHEET, [entry(key("new"), EntryState.SUPERSEDED)])
    assert ledger.view(SHEET).entries[key("new")] == skipped[0]


def test_only_mails_that_are_never_sent_can_be_skipped(ledger: SqlLedger) -> None:
    with pytest.raises(ValueError, match="never sent"):
        ledger.skip(SHEET, [entry(key("good"), EntryState.SKIPPED), entry(state=EntryState.SENT)])
    assert not ledger.view(SHEET).entries


def test_rows_watches_and_codes_are_remembered_and_replaced(ledger: SqlLedger) -> None:
    first = RowMemory("meetings", "rowa", "f1")
    ledger.observe(
        SHEET,
        rows=[first, RowMemory("contacts", "rowb", "f2", True, True, True, "rowc", 1)],
        watches=[Watch("rowa", "confirmation", "d1", NOW), Watch("rowb", "change", "d2", NOW)],
        approvals=[Approval("K7-2", frozenset({"one", "two"}), NOW)],
        first_contact=NOW,
    )
    ledger.observe(
        SHEET,
        rows=[RowMemory("meetings", "rowa", "f3", shown=True)],
        watches=[Watch("rowa", "confirmation", "d3", NOW + MINUTE)],
        approvals=[Approval("K7-2", frozenset({"one", "two"}), NOW, released=True)],
        first_contact=NOW + MINUTE,
    )
    view = ledger.view(SHEET)
    assert view.rows == {
        "rowa": RowMemory("meetings", "rowa", "f3", shown=True),
        "rowb": RowMemory("contacts", "rowb", "f2", True, True, True, "rowc", 1),
    }
    assert view.watches == {
        ("rowa", "confirmation"): Watch("rowa", "confirmation", "d3", NOW + MINUTE),
        ("rowb", "change"): Watch("rowb", "change", "d2", NOW),
    }
    assert view.codes == {"K7-2": Approval("K7-2", frozenset({"one", "two"}), NOW, released=True)}
    assert view.first_contact == NOW


def test_a_row_that_is_gone_is_forgotten_but_not_its_mails(ledger: SqlLedger) -> None:
    send(ledger, key("rowa"), EntryState.SENT)
    ledger.observe(
        SHEET,
        rows=[RowMemory("meetings", "rowa", "f"), RowMemory("meetings", "rowb", "f")],
        watches=[Watch("rowa", "change", "d", NOW), Watch("rowb", "change", "d", NOW)],
    )
    ledger.observe(SHEET, gone=["rowa"])
    view = ledger.view(SHEET)
    assert (set(view.rows), set(view.watches), set(view.entries)) == ({"rowb"}, {("rowb", "change")}, {key("rowa")})


def test_observing_is_all_or_nothing(ledger: SqlLedger) -> None:
    broken: Any = None
    with pytest.raises(LedgerError):
        ledger.observe(SHEET, rows=[RowMemory("meetings", "rowa", "f")], watches=[Watch("rowa", "change", broken, NOW)])
    assert ledger.view(SHEET) == LedgerView()


@pytest.mark.parametrize(
    ("start_of", "zone"),
    [
        (datetime(2027, 3, 11, 17, 30, tzinfo=BRATISLAVA), "Europe/Bratislava"),
        (datetime(2027, 10, 31, 2, 30, tzinfo=BRATISLAVA, fold=0), "Europe/Bratislava"),
        (datetime(2027, 10, 31, 2, 30, tzinfo=BRATISLAVA, fold=1), "Europe/Bratislava"),
        (datetime(2027, 7, 1, 8, 0, tzinfo=ZoneInfo("America/St_Johns")), "America/St_Johns"),
    ],
)
def test_a_told_start_keeps_its_zone_and_its_hour(ledger: SqlLedger, start_of: datetime, zone: str) -> None:
    start_of = start_of.replace(tzinfo=ZoneInfo(zone))  # today's object: in a fold two of one zone are never equal
    ledger.claim(SHEET, entry(told=told(start=start_of, zone=zone)))
    kept = ledger.view(SHEET).entries[key()].told
    assert kept is not None
    assert kept == told(start=start_of, zone=zone)
    assert (kept.start.tzinfo, kept.start.utcoffset(), kept.start.fold) == (
        ZoneInfo(zone),
        start_of.utcoffset(),
        start_of.fold,
    )


def test_a_naive_time_is_refused_and_nothing_is_recorded(ledger: SqlLedger) -> None:
    claim = ledger.claim(SHEET, entry(key("good")))
    assert claim is not None
    before = ledger.view(SHEET)
    with pytest.raises(ValueError, match="aware"):
        ledger.claim(SHEET, entry(opens=NAIVE))
    with pytest.raises(ValueError, match="aware"):
        ledger.claim(SHEET, entry(told=told(start=NAIVE)))
    with pytest.raises(ValueError, match="aware"):
        ledger.sending(claim, NAIVE)
    with pytest.raises(ValueError, match="aware"):
        ledger.settle(claim, EntryState.PLANNED, NOW, not_before=NAIVE)
    with pytest.raises(ValueError, match="aware"):
        ledger.observe(SHEET, watches=[Watch("rowa", "change", "d", NAIVE)])
    with pytest.raises(ValueError, match="aware"):
        ledger.sent_since(SHEET, NAIVE)
    assert ledger.view(SHEET) == before


def test_words_that_a_database_refuses_are_mended(ledger: SqlLedger) -> None:
    claim = ledger.claim(SHEET, entry(told=told(place="Caf\ud83d \x01 'x\" ; --")))
    assert claim is not None
    ledger.settle(claim, EntryState.REFUSED, NOW, reason="no\x00such \ud83d user")
    assert ledger.view(SHEET).entries[key()].reason == "no\N{REPLACEMENT CHARACTER}such ? user"


def test_an_error_tells_nobodys_address(ledger: SqlLedger) -> None:
    broken: Any = None
    with pytest.raises(LedgerError) as caught:
        ledger.claim(SHEET, entry(told=told(), fingerprint=broken))
    assert "anna@example.org" not in "".join(traceback.format_exception(caught.value))


def test_mails_handed_over_since_then_are_counted(ledger: SqlLedger) -> None:
    for number, state in enumerate(EntryState):
        send(ledger, key(f"row{number}"), state)
    send(ledger, key("early"), EntryState.SENT, at=NOW - MINUTE)
    send(ledger, key("elsewhere"), EntryState.SENT, sheet="another")
    assert ledger.sent_since(SHEET, NOW) == 3  # sent, sending, unsure
    assert ledger.sent_since(SHEET, NOW - MINUTE) == 4


def test_cycles_come_newest_first(ledger: SqlLedger) -> None:
    reports = [
        CycleReport(NOW + n * MINUTE, NOW + n * MINUTE + MINUTE / 2, "ok", n, 1, 2, 3, 4, 5) for n in range(1, 4)
    ]
    for report in reports:
        ledger.record_cycle(SHEET, report)
    assert ledger.cycles(SHEET) == tuple(reversed(reports))
    assert ledger.cycles(SHEET, 1) == (reports[-1],)
    assert ledger.view(SHEET).last_cycle == reports[-1].ended


def test_old_cycles_go(tmp_path: Path) -> None:
    ledger = place_for("sqlite", tmp_path).open()
    ledger.record_cycle("another", CycleReport(NOW, NOW, "ok"))
    for number in range(KEPT_CYCLES + 150):
        ledger.record_cycle(SHEET, CycleReport(NOW + number * MINUTE, NOW + number * MINUTE, "ok"))
    kept = ledger.cycles(SHEET, 10_000)
    assert KEPT_CYCLES <= len(kept) < KEPT_CYCLES + 100
    assert kept[0].started == NOW + (KEPT_CYCLES + 149) * MINUTE
    assert len(ledger.cycles("another")) == 1
    ledger.close()


def test_sheets_know_nothing_of_each_other(ledger: SqlLedger) -> None:
    send(ledger, key(), EntryState.SENT)
    ledger.observe(
        SHEET,
        rows=[RowMemory("meetings", "rowa", "f")],
        watches=[Watch("rowa", "change", "d", NOW)],
        approvals=[Approval("K7-2", frozenset({"one"}), NOW)],
        first_contact=NOW,
    )
    ledger.record_cycle(SHEET, CycleReport(NOW, NOW, "ok"))
    mine = ledger.view(SHEET)
    assert ledger.view("another") == LedgerView()
    assert ledger.cycles("another") == ()
    assert not ledger.overview("another").counts
    claim = ledger.claim("another", entry())
    assert claim is not None
    ledger.skip("another", [entry(state=EntryState.SKIPPED)])
    ledger.observe("another", gone=["rowa"], first_contact=NOW + MINUTE)
    assert ledger.view(SHEET) == mine


def test_the_overview_shows_what_needs_a_look_newest_first(ledger: SqlLedger) -> None:
    for number, state in enumerate(EntryState):
        send(ledger, key(f"row{number}"), state, at=NOW + number * MINUTE)
    overview = ledger.overview(SHEET)
    assert overview.counts == dict.fromkeys(EntryState, 1)
    assert [mail.state for mail in overview.open] == [EntryState.UNSURE, EntryState.REFUSED, EntryState.PLANNED]
    assert len(ledger.overview(SHEET, limit=1).open) == 1
