"""The configuration and the key on disk."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sync.app.load import CONFIG_NAME, KEY_NAME, keyring_for, load, make_key, places, remove_safe_to
from sync.core.config import ConfigMistakes, render_example
from sync.core.errors import ConfigError

posix = pytest.mark.skipif(os.name != "posix", reason="file modes are a matter of POSIX systems")

SMALL = """\
sheet:
  type: workbook
  path: people.xlsx
mail:
  type: outbox
  path: ~/out
  sender: team@example.org
"""


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / CONFIG_NAME
    path.write_bytes(text.encode())
    path.chmod(mode)
    return path


def test_it_is_found_in_the_working_folder_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(tmp_path)
    own = places(None)[1]
    own.parent.mkdir(parents=True)
    written(own.parent, SMALL + "every: 11\n")
    assert load().config.every == 11
    written(tmp_path, SMALL + "every: 12\n")
    assert load().config.every == 12
    other = tmp_path / "other.yaml"
    other.write_text(SMALL + "every: 13\n", encoding="utf-8")
    assert load(other).config.every == 13


def test_paths_count_from_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "team").mkdir()
    written(tmp_path / "team", SMALL)
    monkeypatch.chdir(tmp_path)
    loaded = load(Path("team") / CONFIG_NAME)
    monkeypatch.chdir("/")
    assert loaded.folder == tmp_path / "team"
    assert loaded.path == tmp_path / "team" / CONFIG_NAME
    assert loaded.at("people.xlsx") == tmp_path / "team" / "people.xlsx"
    assert loaded.at("/etc/x") == Path("/etc/x")
    assert loaded.at("~/out") == Path.home() / "out"
    assert loaded.ledger == f"sqlite:///{tmp_path}/team/commonground.db"
    assert [team.name for team in loaded.teams()] == [""]


@pytest.mark.parametrize(("text", "ledger"), [
    ("sqlite:////var/lib/x.db", "sqlite:////var/lib/x.db"),
    ("sqlite:///sub/x.db?timeout=5", "sqlite:///{}/sub/x.db?timeout=5"),
    ("postgresql+psycopg://u@db:5432/x", "postgresql+psycopg://u@db:5432/x"),
])  # fmt: skip
def test_the_ledger_s_address(tmp_path: Path, text: str, ledger: str) -> None:
    assert load(written(tmp_path, SMALL + f"ledger: {text}\n")).ledger == ledger.format(tmp_path)


def refusal(path: Path | None) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert caught.value.remedy
    assert caught.value.exit_code == 3
    return caught.value


def test_a_missing_file_names_every_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    said = refusal(None)
    assert all(str(place) in said.sentence for place in places(None))
    assert "sync setup" in said.remedy
    assert "lost.yaml" in refusal(tmp_path / "lost.yaml").sentence


@pytest.mark.parametrize(("text", "words"), [
    ("sheet:\n  type: google\n bad: 1\n", "line 3, column "),
    ("sheet:\n\ttype: google\n", "line 2, column 1"),
    ("mail: {type: smtp\n", "line 2, column 1"),
    ("every: 1\nevery: 2\n", "line 2, column 1: every is there twice"),
    ("mail:\n  host: a\n  host: b\n", "line 3, column 3: host is there twice"),
    ("a: *nobody\n", "line 1, column 4"),
    ("a: !!python/object/apply:os.getcwd []\n", "line 1, column 4"),
    ("a: b\nc: \x01\n", "in line 2"),
    ("? [a]\n: b\n", "line 1, column 3"),
    ("a: 1\n--- \nb: 2\n", "line 2, column 1"),
    ("", "is empty"),
    ("# only words\n", "is empty"),
])  # fmt: skip
def test_a_file_that_is_no_yaml_says_where(tmp_path: Path, text: str, words: str) -> None:
    assert words in refusal(written(tmp_path, text)).sentence


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / CONFIG_NAME
    path.write_bytes(SMALL.encode("utf-16"))
    assert "UTF-8" in refusal(path).sentence
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.encode())
    assert load(path)
    assert "could not be read" in refusal(tmp_path).sentence


def test_mistakes_are_told_with_the_name_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(SMALL + "evry: 5\n", encoding="utf-8")
    said = refusal(path)
    assert isinstance(said, ConfigMistakes)
    assert said.sentence == "ours.yaml has a mistake:\n  evry  <- is not an option; did you mean every?"


@posix
def test_a_password_inside_the_ledger_s_address_must_be_hidden(tmp_path: Path) -> None:
    text = SMALL + "ledger: postgresql+psycopg://u:hunter2@db/x\n"
    said = refusal(written(tmp_path, text, 0o644))
    assert said.remedy == f"Run: chmod 600 {tmp_path / CONFIG_NAME}"
    assert "hunter2" not in str(said)
    assert load(written(tmp_path, text, 0o600))
    assert load(written(tmp_path, SMALL, 0o644))


@posix
def test_key_files_that_others_can_read_are_refused(tmp_path: Path) -> None:
    key, token = tmp_path / "key.json", tmp_path / "token.json"
    sheet = "sheet: {type: google, spreadsheet: abc, credentials: key.json}\n"
    mail = "mail: {type: smtp, host: localhost, username: a, oauth: token.json, sender: a@b.org}\n"
    config = written(tmp_path, sheet + mail)
    assert load(config)  # whoever needs them says that they are missing
    for file in (key, token):
        file.write_text("{}", encoding="utf-8")
        file.chmod(0o640)
        assert refusal(config).remedy == f"Run: chmod 600 {file}"
        file.chmod(0o600)
    assert load(config)


# --- the end of practice ---------------------------------------------------------------------------------------------


def test_the_line_goes_and_everything_else_stays(tmp_path: Path) -> None:
    text = SMALL + "  # our trial\n  safe_to: me@example.org   # until May\n  per_day: 4  # few\n\n# end\nevery: 30\n"
    path = written(tmp_path, text, 0o644)
    assert load(path).teams()[0].mail.practice
    assert remove_safe_to(path) == 1
    assert path.read_text(encoding="utf-8") == text.replace("  safe_to: me@example.org   # until May\n", "")
    assert not load(path).teams()[0].mail.practice
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert remove_safe_to(path) == 0


def test_the_example_goes_live(tmp_path: Path) -> None:
    path = written(tmp_path, render_example())
    assert remove_safe_to(path) == 1
    assert path.read_text(encoding="utf-8") == render_example().replace("  safe_to: me@example.org\n", "")


HEAD = "sheet: {type: workbook, path: p.xlsx}\n"
FLOW = HEAD + "mail: {type: outbox, path: out, sender: a@example.org%s}  # all\n"


@pytest.mark.parametrize(("before", "after"), [
    (FLOW % ", safe_to: me@example.org", FLOW % ""),
    (FLOW % ", 'safe_to':  \"me@example.org\" ", FLOW % " "),
    (FLOW % ", safe_to: me@example.org, per_day: 4", FLOW % ", per_day: 4"),
    (HEAD + "mail: {type: outbox,\n  safe_to: me@b.org, path: o,\n  sender: a@b.org}\n",
     HEAD + "mail: {type: outbox,\n  path: o,\n  sender: a@b.org}\n"),
    (HEAD + "mail: {safe_to: me@example.org, type: outbox, path: o, sender: a@b.org}\n",
     HEAD + "mail: {type: outbox, path: o, sender: a@b.org}\n"),
    (HEAD + "mail:\n  type: outbox\n  path: o\n  sender: a@b.org\n  safe_to: me@b.org",
     HEAD + "mail:\n  type: outbox\n  path: o\n  sender: a@b.org\n"),
    (HEAD + "mail:\r\n  safe_to: me@b.org\r\n  type: outbox\r\n  path: o\r\n  sender: a@b.org\r\n",
     HEAD + "mail:\r\n  type: outbox\r\n  path: o\r\n  sender: a@b.org\r\n"),
    (HEAD + "mail:\n  safe_to:\n    me@b.org\n  type: outbox\n  path: o\n  sender: a@b.org\n",
     HEAD + "mail:\n  type: outbox\n  path: o\n  sender: a@b.org\n"),
])  # fmt: skip
def test_other_ways_to_write_it(tmp_path: Path, before: str, after: str) -> None:
    path = written(tmp_path, before)
    load(path)
    assert remove_safe_to(path) == 1
    assert path.read_bytes().decode() == after
    load(path)


def test_every_team_goes_live(tmp_path: Path) -> None:
    team = "  - name: {0}\n    sheet: {{type: workbook, path: {0}.xlsx}}\n    mail:\n      type: outbox\n" \
           "      safe_to: me@example.org\n      path: out\n      sender: a@example.org\n"  # fmt: skip
    path = written(tmp_path, "teams:\n" + team.format("a") + team.format("b"))
    assert remove_safe_to(path) == 2
    assert not any(team.mail.practice for team in load(path).teams())


def test_teams_that_share_a_block_by_an_alias_go_live(tmp_path: Path) -> None:
    sheet = "    sheet: {type: workbook, path: p.xlsx}\n"
    mail = "    mail: &all\n      type: outbox\n      path: o\n      sender: a@b.org\n      safe_to: me@b.org\n"
    text = f"teams:\n  - name: a\n{sheet}{mail}  - name: b\n{sheet}    mail: *all\n"
    path = written(tmp_path, text + f"  - name: c\n{sheet}    mail:\n      <<: *all\n      per_day: 5\n")
    assert [team.mail.practice for team in load(path).teams()] == [True, True, True]
    assert remove_safe_to(path) == 1
    assert [team.mail.practice for team in load(path).teams()] == [False, False, False]


def test_a_file_that_cannot_be_cut_stays_as_it_is(tmp_path: Path) -> None:
    text = HEAD + "mail:\n  ? safe_to\n  : me@b.org\n  type: outbox\n  path: o\n  sender: a@b.org\n"
    path = written(tmp_path, text)
    assert load(path).teams()[0].mail.practice
    with pytest.raises(ConfigError, match="by hand"):
        remove_safe_to(path)
    assert path.read_text(encoding="utf-8") == text


# --- the key ---------------------------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_read_back(tmp_path: Path) -> None:
    random = bytes(range(32))
    path = make_key(tmp_path, random)
    assert path == tmp_path / KEY_NAME
    assert keyring_for(tmp_path) == random
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        make_key(tmp_path, bytes(32))
    assert keyring_for(tmp_path) == random
    with pytest.raises(ValueError, match="32"):
        make_key(tmp_path / "other", bytes(31))


def key_refusal(folder: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        keyring_for(folder)
    return caught.value


def test_a_key_that_is_missing_or_damaged_is_never_made_anew(tmp_path: Path) -> None:
    assert "backup" in key_refusal(tmp_path).remedy
    path = make_key(tmp_path, bytes(range(32)))
    whole = path.read_bytes()
    for damaged in (b"", whole[:20], whole[:-4], b"\xff" + whole, b"!" * 44, whole.replace(b"A", b"\n", 1)):
        path.write_bytes(damaged)
        assert "is damaged" in key_refusal(tmp_path).sentence
        assert path.read_bytes() == damaged
    assert whole.decode().strip() not in str(key_refusal(tmp_path))


@posix
def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = make_key(tmp_path, bytes(range(32)))
    path.chmod(0o644)
    assert key_refusal(tmp_path).remedy == f"Run: chmod 600 {path}"
