"""Secrets by reference: where they come from, who may see them, and that no error repeats them."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

import pytest

from sync.app.secrets import SERVICE, read_private, resolve, write_private
from sync.core.config import Secret
from sync.core.errors import ConfigError

HIDDEN = "s3cret-hunter2"
posix = pytest.mark.skipif(os.name != "posix", reason="file modes are a matter of POSIX systems")


def file_with(path: Path, text: str = HIDDEN, mode: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def refusal(secret: Secret, folder: Path, **options: object) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        resolve(secret, folder, **options)  # type: ignore[arg-type]
    assert HIDDEN not in str(caught.value)
    assert caught.value.remedy
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


def python(code: str) -> Secret:
    return Secret(command=(sys.executable, "-c", code))


def test_from_the_environment(tmp_path: Path) -> None:
    assert resolve(Secret(env="PW"), tmp_path, environ={"PW": HIDDEN}) == HIDDEN
    assert "the environment variable PW" in refusal(Secret(env="PW"), tmp_path, environ={}).sentence


def test_the_process_environment_is_read_when_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Secret(env="COMMONGROUND_TEST_PW")
    monkeypatch.setenv("COMMONGROUND_TEST_PW", "first")
    assert resolve(secret, tmp_path) == "first"
    monkeypatch.setenv("COMMONGROUND_TEST_PW", "second")
    assert resolve(secret, tmp_path) == "second"


def test_from_a_file_beside_the_configuration(tmp_path: Path) -> None:
    file_with(tmp_path / "pw", f"\ufeff{HIDDEN}\r\nnotes about it\n")
    assert resolve(Secret(file="pw"), tmp_path) == HIDDEN
    assert resolve(Secret(file=str(tmp_path / "pw")), Path("/")) == HIDDEN


@pytest.mark.parametrize(("make", "words"), [
    (lambda path: None, "there is no such file"),
    (lambda path: path.mkdir(), "that is a folder"),
    (lambda path: file_with(path, ""), "there is nothing"),
    (lambda path: file_with(path, f"\n{HIDDEN}"), "there is nothing"),
    (lambda path: (path.write_bytes(b"\xff\xfe\x00" + HIDDEN.encode()), path.chmod(0o600)), "is not text"),
])  # fmt: skip
def test_a_file_that_holds_no_secret(tmp_path: Path, make: object, words: str) -> None:
    make(tmp_path / "pw")  # type: ignore[operator]
    assert words in refusal(Secret(file="pw"), tmp_path).sentence


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o602, 0o660])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    file_with(tmp_path / "pw", mode=mode)
    assert refusal(Secret(file="pw"), tmp_path).remedy == f"Run: chmod 600 {tmp_path / 'pw'}"
    (tmp_path / "pw").chmod(0o400)
    assert resolve(Secret(file="pw"), tmp_path) == HIDDEN


@posix
def test_what_systemd_hands_over_may_be_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = tmp_path / "credentials"
    given.mkdir()
    file_with(given / "pw", mode=0o444)
    environ = {"CREDENTIALS_DIRECTORY": str(given)}
    assert resolve(Secret(file="credentials/pw"), tmp_path, environ=environ) == HIDDEN
    refusal(Secret(file="credentials/pw"), tmp_path, environ={"CREDENTIALS_DIRECTORY": str(tmp_path / "other")})
    monkeypatch.chdir(given)
    refusal(Secret(file="credentials/pw"), tmp_path, environ={"CREDENTIALS_DIRECTORY": ""})


@posix
def test_a_link_inside_does_not_open_a_file_outside(tmp_path: Path) -> None:
    given = tmp_path / "credentials"
    given.mkdir()
    outside = file_with(tmp_path / "pw", mode=0o644)
    (given / "link").symlink_to(outside)
    refusal(Secret(file=str(given / "link")), tmp_path, environ={"CREDENTIALS_DIRECTORY": str(given)})


def test_from_a_command_without_a_shell(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("x", encoding="utf-8")
    printing = python(f"import os; print({HIDDEN!r} + str(os.path.exists('here'))); print('notes')")
    assert resolve(printing, tmp_path) == f"{HIDDEN}True"  # in the configuration's folder
    echoing = Secret(command=(sys.executable, "-c", "import sys; print(sys.argv[1])", "$HOME; `id`"))
    assert resolve(echoing, tmp_path) == "$HOME; `id`"


@pytest.mark.parametrize(("code", "words"), [
    (f"print({HIDDEN!r}); raise SystemExit(3)", "ended with 3"),
    (f"import sys; sys.stderr.write({HIDDEN!r})", "there is nothing"),
    (f"import sys; sys.stdout.buffer.write(b'\\xff' + {HIDDEN!r}.encode())", "is not text"),
])  # fmt: skip
def test_a_command_that_gives_none(tmp_path: Path, code: str, words: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert words in refusal(python(code), tmp_path).sentence
    assert capfd.readouterr() == ("", "")


def test_a_command_is_not_given_what_is_typed_to_us(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"meant for us\n")
    ours = os.dup(0)
    os.dup2(reader, 0)
    try:
        assert "ended with 1" in refusal(python("print(input())"), tmp_path).sentence
    finally:
        os.dup2(ours, 0)
        for handle in (reader, writer, ours):
            os.close(handle)


def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    begun = time.monotonic()
    assert "0.5 seconds" in refusal(python("import time; time.sleep(60)"), tmp_path, timeout=0.5).sentence
    assert time.monotonic() - begun < 20


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    said = refusal(Secret(command=("no-such-program", HIDDEN)), tmp_path)
    assert "no-such-program" in said.sentence


def test_from_the_keyring(tmp_path: Path) -> None:
    keyring = pytest.importorskip("keyring", reason="the extra keyring is not installed")
    from keyring.backend import KeyringBackend
    from keyring.errors import KeyringLocked

    class Drawer(KeyringBackend):
        priority = 1
        locked = False

        def get_password(self, service: str, username: str) -> str | None:
            if self.locked:
                raise KeyringLocked(HIDDEN)
            return {(SERVICE, "mail"): HIDDEN}.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            raise AssertionError("we only read")

    before, drawer = keyring.get_keyring(), Drawer()
    keyring.set_keyring(drawer)
    try:
        assert resolve(Secret(keyring="mail"), tmp_path) == HIDDEN
        assert "the keyring entry other" in refusal(Secret(keyring="other"), tmp_path).sentence
        drawer.locked = True
        assert "KeyringLocked" in refusal(Secret(keyring="mail"), tmp_path).sentence
    finally:
        keyring.set_keyring(before)


# --- private files ---------------------------------------------------------------------------------------------------


@posix
def test_what_we_write_is_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    old = os.umask(0)
    try:
        write_private(path, b"one")
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    write_private(path, b"two")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"two", 0o600)
    assert read_private(path, "It") == b"two"
    assert [found.name for found in tmp_path.iterdir()] == ["config.yaml"]


@posix
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target = file_with(tmp_path / "real" / "config.yaml", "old")
    (tmp_path / "config.yaml").symlink_to(target)
    write_private(tmp_path / "config.yaml", b"new")
    assert (tmp_path / "config.yaml").is_symlink()
    assert target.read_bytes() == b"new"


def test_a_file_that_must_stay_is_not_replaced(tmp_path: Path) -> None:
    path = file_with(tmp_path / "key", "old")
    with pytest.raises(FileExistsError):
        write_private(path, b"new", replace=False)
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["key"]
