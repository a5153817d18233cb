"""Google on a bad day: passing faults cost time only, and every refusal is said in one sentence with the way out."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from sync.core.errors import ConfigError, ServiceRefused, ServiceUnreachable, SheetUnusable, SyncError
from sync.core.ports import Written
from sync.sheets.google import GoogleBackend
from tests.contract.google_sheet import calls, sentences, tell
from tests.contract.harness_google import GoogleHarness
from tests.fakes.sheets import ROBOT, faults

pytest_plugins = ("tests.contract.google_fixtures",)


# --- bad days --------------------------------------------------------------------------------------------------------

PASSING = {
    "429 twice": lambda: (faults.status(429), 2),
    "HTML 502": lambda: (faults.status(502, "html"), 1),
    "empty 503": lambda: (faults.status(503, "empty"), 1),
    "error as a bare text": lambda: (faults.status(500, '{"error": "x"}'), 1),
    "reset": lambda: (faults.reset(), 1),
    "reset when applied": lambda: (faults.reset(applied=True), 1),
    "503 when applied": lambda: (faults.status(503, applied=True), 1),
    "cut": lambda: (faults.cut(), 1),
    "broken off": lambda: (faults.cut(closes=True), 1),
    "a sign-in page": lambda: (faults.status(200, "<html>Welcome to Hotel Wifi</html>"), 1),
    "an empty 200": lambda: (faults.status(200, "empty"), 1),
    "silence": lambda: (faults.hang(2.0), 1),
}


@pytest.mark.parametrize("name", PASSING)
@pytest.mark.parametrize("piece", ["values:batchGet", "values:batchUpdate"])
def test_a_passing_fault_costs_nothing_but_time(google: GoogleHarness, name: str, piece: str) -> None:
    backend = google.backend(timeout=(5.0, 0.3))
    backend.read()
    fault, times = PASSING[name]()
    google.emulator.faults.add(fault, piece, times=times)
    google.type("Contacts", 2, "Notes", "new")
    read = backend.read().tabs["contacts"]
    assert read.cell(read.rows[0], "notes") == "new"
    assert backend.write([tell("Ben", "Soon.")], {"Last check": "10:00"}) == Written(cells=1)
    assert sentences(google) == {"Anna": None, "Ben": "Soon.", "Cecil": None, "Dora": None, "Emil": None}
    fault.released.set()


@pytest.mark.parametrize("fault", [faults.status(503, applied=True), faults.reset(applied=True), faults.status(429)])
def test_set_up_is_not_done_twice_when_its_answer_is_lost(bare: GoogleHarness, fault: faults.Fault) -> None:
    bare.emulator.faults.add(fault, f"{bare.book.id}:batchUpdate")
    assert "Made the tab Contacts." in [repair.what for repair in bare.backend().repair()]
    assert bare.titles().count("Contacts") == 1
    assert bare.backend().repair() == ()


def test_google_silent_for_long_is_given_up_within_the_budget(google: GoogleHarness) -> None:
    slept: list[float] = []
    backend = google.backend(sleep=slept.append, monotonic=lambda: sum(slept), budget=30.0)
    backend.read()
    google.emulator.faults.add(faults.status(503), "read", times=1000)
    with pytest.raises(ServiceUnreachable, match=r"did not answer properly \(503\)"):
        backend.read()
    assert 5 < sum(slept) <= 30


def test_a_stop_is_obeyed_while_waiting(google: GoogleHarness) -> None:
    slept: list[float] = []
    backend = google.backend(sleep=slept.append, monotonic=lambda: sum(slept), interrupted=lambda: sum(slept) >= 1)
    google.emulator.faults.add(faults.status(503), "read", times=1000)
    with pytest.raises(ServiceUnreachable, match="Stopped"):
        backend.read()
    assert sum(slept) <= 1.5


def test_a_token_that_ends_early_is_renewed(google: GoogleHarness) -> None:
    backend = google.backend()
    backend.read()
    google.emulator.tokens.expire_all()
    assert backend.read().tabs["contacts"].rows


def test_google_is_never_asked_by_a_name_of_its_own(google: GoogleHarness, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the token nor an address of a contact gets into the log."""
    caplog.set_level(logging.DEBUG)
    google.type("Contacts", 2, "Email", "anna@example.org")
    google.emulator.faults.add(faults.status(503), "read", times=2)
    backend = google.backend()
    backend.read()
    backend.write([tell("Ben", "Soon.")], {})
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("sync")]
    assert ours
    assert not any("anna@example.org" in text or "ya29." in text or "Soon." in text for text in ours)


# --- refusals in words -----------------------------------------------------------------------------------------------


def _refused(harness: GoogleHarness, kind: type[SyncError], *words: str, backend: GoogleBackend | None = None) -> None:
    harness.emulator.reset_log()
    with pytest.raises(kind) as caught:
        (backend or harness.backend()).read()
    said = str(caught.value)
    assert all(word in said for word in words), said
    assert caught.value.exit_code == 4
    assert caught.value.remedy
    assert len(calls(harness)) <= 1, "a refusal for good is not tried again"


def test_api_switched_off_names_the_switch(google: GoogleHarness) -> None:
    google.emulator.api_enabled = False
    _refused(google, ServiceRefused, "not switched on", "https://console.developers.google.com/apis/api/sheets")


def test_not_shared_names_the_address_to_share_with(google: GoogleHarness) -> None:
    google.hand.unshare()
    _refused(google, ServiceRefused, "not shared", ROBOT, "Editor")
    assert google.backend().share_with == ROBOT


def test_a_wrong_address_says_where_to_copy_the_right_one(google: GoogleHarness) -> None:
    backend = google.backend()
    google.emulator.remove(google.book)
    _refused(google, ServiceRefused, "no Google sheet at this address", "copy its whole address", backend=backend)


def test_an_office_file_says_how_to_convert_it(google: GoogleHarness) -> None:
    google.book.office = True
    _refused(google, SheetUnusable, "Excel file", "Save as Google Sheets")


def test_a_viewer_is_told_that_editor_is_needed(google: GoogleHarness) -> None:
    backend = google.backend()
    backend.check_write()
    backend.read()
    google.hand.make_viewer()
    backend.read()
    for act in (backend.check_write, lambda: backend.write([tell("Ben", "Soon.")], {})):
        with pytest.raises(ServiceRefused, match="may read the sheet but not write") as caught:
            act()
        assert "from Viewer to Editor" in caught.value.remedy


@pytest.mark.parametrize(
    ("answer", "words"), [("clock", "clock"), ("revoked", "deleted or replaced"), ("deleted", "does not exist")]
)
def test_a_refused_key_says_why(google: GoogleHarness, answer: str, words: str) -> None:
    google.emulator.tokens.always = answer
    _refused(google, ServiceRefused, words)


def test_a_wrong_clock_is_measured(google: GoogleHarness) -> None:
    google.emulator.tokens.always = "clock"
    _refused(google, ServiceRefused, "2 hours fast", backend=google.backend(now=lambda: time.time() + 7200))


def test_a_token_endpoint_that_answers_html_is_waited_for(google: GoogleHarness) -> None:
    google.emulator.tokens.answers += [502, 502]
    assert google.backend().read().tabs["contacts"].rows


def test_nobody_there_is_said_in_one_sentence(google: GoogleHarness, tmp_path: Path) -> None:
    key = google.emulator.key_file(tmp_path)
    backend = GoogleBackend(google.book.id, key, "http://127.0.0.1:9", sleep=lambda _: None, budget=0.0)
    with pytest.raises(ServiceUnreachable, match="Google did not answer"):
        backend.read()
    backend.close()


def test_an_endpoint_that_is_no_address_is_a_configuration_error(google: GoogleHarness, tmp_path: Path) -> None:
    backend = GoogleBackend(google.book.id, google.emulator.key_file(tmp_path), "nonsense")
    with pytest.raises(ConfigError, match="api_endpoint"):
        backend.read()
    backend.close()


def test_a_sheet_without_our_tabs_and_a_copied_sheet_ask_for_set_up(bare: GoogleHarness, tmp_path: Path) -> None:
    with pytest.raises(SheetUnusable, match="None of our tabs"):
        bare.backend().read()
    bare.backend().repair()
    twin = bare.emulator.copy_spreadsheet(bare.book)
    twin.hand.share()
    copy = GoogleBackend(twin.id, bare.emulator.key_file(tmp_path), bare.emulator.url)
    with pytest.raises(SheetUnusable, match="copy of another one"):
        copy.read()
    assert "This copy of a sheet is now a sheet of its own." in [repair.what for repair in copy.repair()]
    assert copy.read().sheet == twin.id
    copy.close()


@pytest.mark.parametrize(("text", "words"), [
    ("{", "no JSON"), ('{"installed": {}}', "OAuth client file"), ('{"web": {}}', "OAuth client file"),
    ('{"type": "authorized_user"}', "belongs to a person"), ("[]", "not a service account's key"),
    ('{"type": "service_account", "client_email": "a@b"}', "private_key is missing"),
    ('{"type": "service_account", "client_email": "a@b", "private_key": "x", "token_uri": "https://t"}', "damaged"),
])  # fmt: skip
def test_a_wrong_key_file_is_named_for_what_it_is(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words) as caught:
        GoogleBackend("x", path)
    assert caught.value.exit_code == 3
    assert caught.value.remedy


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        GoogleBackend("x", tmp_path / "none.json")
