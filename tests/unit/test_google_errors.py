"""Google's refusals become sentences that name the way out, and never carry what a body holds."""

from __future__ import annotations

import json
from email.utils import formatdate

import pytest

from sync.core.errors import ConfigError, ServiceRefused, ServiceUnreachable, SheetUnusable
from sync.sheets import google_errors as errors

ROBOT = "robot@project.iam.gserviceaccount.com"


def _body(code: int, status: str, message: str = "", details: object = None) -> str:
    return json.dumps({"error": {"code": code, "status": status, "message": message, "details": details or []}})


def _fault(status: int, body: str, *, writing: bool = False) -> errors.Fault:
    return errors.from_answer(status, body, share_with=ROBOT, writing=writing)


@pytest.mark.parametrize(("status", "body"), [
    (429, _body(429, "RESOURCE_EXHAUSTED")), (500, ""), (502, "<html>Bad Gateway</html>"), (503, '{"error": "text"}'),
    (504, "[]"), (408, "{"),
    (403, _body(403, "PERMISSION_DENIED", details=[{"reason": "RATE_LIMIT_EXCEEDED"}])),
    (403, json.dumps({"error": {"errors": [{"reason": "userRateLimitExceeded"}]}}))])  # fmt: skip
def test_what_passes_is_tried_again(status: int, body: str) -> None:
    fault = _fault(status, body)
    assert fault.again
    assert isinstance(fault.error, ServiceUnreachable)
    assert fault.unsent == (status in {429, 403}), "only a refused request is surely without effect"


@pytest.mark.parametrize(("status", "body", "writing", "words"), [
    (401, _body(401, "UNAUTHENTICATED"), False, "Make a new key"),
    (403, _body(403, "PERMISSION_DENIED"), False, f"not shared with {ROBOT}"),
    (403, _body(403, "PERMISSION_DENIED"), True, "from Viewer to Editor"),
    (403, "<html>", False, f"paste {ROBOT}"),
    (403, json.dumps({"error": {"errors": [{"reason": "accessNotConfigured"}]}}), False, "press Enable"),
    (403, _body(403, "PERMISSION_DENIED", details=[{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]), False, "new key"),
    (404, _body(404, "NOT_FOUND"), False, "copy its whole address"),
    (400, _body(400, "INVALID_ARGUMENT"), True, "(400 INVALID_ARGUMENT)"), (418, "", False, "(418)")])  # fmt: skip
def test_a_refusal_for_good_names_the_way_out(status: int, body: str, writing: bool, words: str) -> None:
    fault = _fault(status, body, writing=writing)
    assert isinstance(fault.error, ServiceRefused)
    assert words in str(fault.error)
    assert not fault.again
    assert fault.rejected == (status == 400)


def test_api_off_names_googles_page_and_no_other() -> None:
    page = "https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?project=12"
    details = [{"reason": "SERVICE_DISABLED", "metadata": {"activationUrl": page}}]
    assert page in _fault(403, _body(403, "PERMISSION_DENIED", details=details)).error.remedy
    details[0]["metadata"] = {"activationUrl": "https://evil.example/console.developers.google.com"}
    assert "evil" not in str(_fault(403, _body(403, "PERMISSION_DENIED", details=details)).error)


def test_an_office_file_is_a_sheet_that_cannot_be_used() -> None:
    fault = _fault(400, _body(400, "FAILED_PRECONDITION", "This operation is not supported for this document"))
    assert isinstance(fault.error, SheetUnusable)
    assert not fault.rejected


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500])
def test_no_word_of_a_body_gets_into_a_sentence(status: int) -> None:
    text = "Invalid value at 'data.values', \"anna@example.org ya29.token\""
    fault = _fault(status, _body(status, "anna@example.org", text, [{"reason": "ya29.token"}]))
    assert "anna" not in str(fault.error)
    assert "ya29" not in str(fault.error)


NOW = 1_800_000_000.0


@pytest.mark.parametrize(("ours", "words"), [
    (NOW + 3 * 60, "3 minutes fast"), (NOW - 60.0 * 90, "90 minutes slow"), (NOW + 7200, "2 hours fast"),
    (NOW - 61, "1 minute slow"), (NOW, "clock is wrong")])  # fmt: skip
def test_a_wrong_clock_is_told_with_its_difference(ours: float, words: str) -> None:
    body = {"error": "invalid_grant", "error_description": "Invalid JWT: Token must be a short-lived token"}
    difference = errors.clock_difference(formatdate(NOW, usegmt=True), ours)
    fault = errors.from_token(body, retryable=False, share_with=ROBOT, difference=difference)
    assert words in fault.error.sentence
    assert isinstance(fault.error, ServiceRefused)


@pytest.mark.parametrize(("description", "words"), [
    ("Invalid JWT Signature.", "deleted or replaced"), ("Invalid grant: account not found", "does not exist any more"),
    ("", "deleted or replaced")])  # fmt: skip
def test_a_refused_key_says_why(description: str, words: str) -> None:
    body = {"error": "invalid_grant", "error_description": description}
    assert words in errors.from_token(body, retryable=False, share_with=ROBOT, difference=None).error.sentence


@pytest.mark.parametrize("body", [None, "<html>502</html>"])
def test_a_token_endpoint_in_trouble_is_tried_again(body: object) -> None:
    fault = errors.from_token(body, retryable=False, share_with=ROBOT, difference=None)
    assert fault.again
    assert fault.unsent


@pytest.mark.parametrize("header", ["", "yesterday"])
def test_a_date_that_is_none_tells_nothing(header: str) -> None:
    assert errors.clock_difference(header, NOW) is None


def test_a_good_key_passes() -> None:
    key = {"type": "service_account", "client_email": ROBOT, "private_key": "PEM", "token_uri": "https://t"}
    assert errors.check_key(json.dumps(key), "key.json")["client_email"] == ROBOT
    with pytest.raises(ConfigError, match="service account"):
        errors.check_key(json.dumps(key | {"type": "external_account"}), "key.json")
