"""The error answers of Google's APIs, word for word where they are known."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]

STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
MESSAGES = {
    404: "The requested URL was not found on this server.",
    429: "Quota exceeded.",
    500: "Internal error encountered.",
    502: "Bad Gateway",
    503: "The service is currently unavailable.",
}


class ApiError(Exception):
    """A refusal with the JSON body Google sends for it."""

    def __init__(self, code: int, message: str, status: str | None = None, details: list[Json] | None = None):
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or STATUS.get(code, "UNKNOWN")
        self.details = details

    def body(self) -> Json:
        """The `{"error": …}` envelope."""
        error: Json = {"code": self.code, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = self.details
        return {"error": error}


class NoSuchPage(Exception):
    """A path no API has; Google's front end answers it with a page."""


class DriveError(ApiError):
    """A refusal in the older envelope of the Drive API."""

    def __init__(self, code: int, reason: str, message: str, domain: str = "global", location: str = ""):
        super().__init__(code, message)
        self.reason, self.domain, self.location = reason, domain, location

    def body(self) -> Json:
        """The envelope with the `errors` list."""
        one: Json = {"domain": self.domain, "reason": self.reason, "message": self.message}
        if self.location:
            one |= {"locationType": "parameter", "location": self.location}
        return {"error": {"errors": [one], "code": self.code, "message": self.message}}


def bad_request(message: str) -> ApiError:
    """400 INVALID_ARGUMENT."""
    return ApiError(400, message)


def bad_fields(violations: list[tuple[str, str]]) -> ApiError:
    """400 for a body that does not fit the schema; one (path, description) per violation."""
    listed = [{"field": path, "description": text} if path else {"description": text} for path, text in violations]
    detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": listed}
    return ApiError(400, "\n".join(text for _, text in violations), details=[detail])


def bad_mask(path: str) -> ApiError:
    """400 for a `fields` query parameter that names something unknown."""
    text = f"Error expanding 'fields' parameter. Cannot find matching fields for path '{path}'."
    detail = {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{"field": path, "description": text}],
    }
    return ApiError(400, "Request contains an invalid argument.", details=[detail])


def not_found() -> ApiError:
    """404 for a wrong spreadsheet id."""
    return ApiError(404, "Requested entity was not found.")


def not_shared() -> ApiError:
    """403 for a spreadsheet the caller may not see, or may not change."""
    return ApiError(403, "The caller does not have permission")


def office_file() -> ApiError:
    """400 for an uploaded .xlsx that only looks like a Google sheet."""
    return ApiError(400, "This operation is not supported for this document", "FAILED_PRECONDITION")


def bad_token() -> ApiError:
    """401 for a missing, unknown or expired access token."""
    return ApiError(
        401,
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
        "cookie or other valid authentication credential. See "
        "https://developers.google.com/identity/sign-in/web/devconsole-project.",
    )


def few_scopes() -> ApiError:
    """403 for a token whose scopes do not cover the call."""
    return ApiError(403, "Request had insufficient authentication scopes.")


def api_off(project: str) -> ApiError:
    """403 for a Cloud project in which the Sheets API is not enabled."""
    url = f"https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?project={project}"
    text = (
        f"Google Sheets API has not been used in project {project} before or it is disabled. "
        f"Enable it by visiting {url} then retry. If you enabled this API recently, wait a few "
        "minutes for the action to propagate to our systems and retry."
    )
    details: list[Json] = [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "SERVICE_DISABLED",
            "domain": "googleapis.com",
            "metadata": {
                "serviceTitle": "Google Sheets API",
                "consumer": f"projects/{project}",
                "activationUrl": url,
                "containerInfo": project,
                "service": "sheets.googleapis.com",
            },
        },
        {
            "@type": "type.googleapis.com/google.rpc.LocalizedMessage",
            "locale": "en-US",
            "message": text,
        },
        {
            "@type": "type.googleapis.com/google.rpc.Help",
            "links": [{"description": "Google developers console API activation", "url": url}],
        },
    ]
    return ApiError(403, text, details=details)


def quota_exceeded(kind: str, limit: int, project: str) -> ApiError:
    """429 for the per-minute quota of `Read` or `Write` requests."""
    text = (
        f"Quota exceeded for quota metric '{kind} requests' and limit '{kind} requests per "
        "minute per user' of service 'sheets.googleapis.com' for consumer "
        f"'project_number:{project}'."
    )
    metadata = {
        "quota_limit_value": str(limit),
        "service": "sheets.googleapis.com",
        "consumer": f"projects/{project}",
        "quota_unit": "1/min/{project}/{user}",
        "quota_location": "global",
        "quota_metric": f"sheets.googleapis.com/{kind.lower()}_requests",
        "quota_limit": f"{kind}RequestsPerMinutePerUser",
    }
    details: list[Json] = [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "RATE_LIMIT_EXCEEDED",
            "domain": "googleapis.com",
            "metadata": metadata,
        },
        {
            "@type": "type.googleapis.com/google.rpc.Help",
            "links": [
                {
                    "description": "Request a higher quota limit.",
                    "url": "https://cloud.google.com/docs/quotas/help/request_increase",
                }
            ],
        },
    ]
    return ApiError(429, text, details=details)


def html_page(code: int) -> str:
    """The HTML page Google's front end shows for a server error."""
    text = MESSAGES.get(code, "Error")
    return (
        "<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n"
        f"  <title>Error {code} (Server Error)!!1</title>\n"
        f"  <p><b>{code}.</b> <ins>That is an error.</ins>\n  <p>{text}\n"
    )


def json_error(code: int) -> str:
    """A generic JSON error body for a status."""
    return pretty(ApiError(code, MESSAGES.get(code, "Error")).body())


def pretty(value: Any) -> str:
    """JSON indented as Google does, with a final newline; fast for long rows of cells."""
    return _pretty(value, "") + "\n"


def _pretty(value: Any, pad: str) -> str:
    inner = pad + "  "
    if isinstance(value, dict) and value:
        parts = [f"{inner}{_dump(k)}: {_pretty(v, inner)}" for k, v in value.items()]
        return "{\n" + ",\n".join(parts) + "\n" + pad + "}"
    if isinstance(value, list) and value:
        if not isinstance(value[0], dict | list) and not any(isinstance(v, dict | list) for v in value):
            body = json.dumps(value, ensure_ascii=False, separators=(",\n" + inner, ": "))
            return "[\n" + inner + body[1:-1] + "\n" + pad + "]"
        return "[\n" + ",\n".join(inner + _pretty(v, inner) for v in value) + "\n" + pad + "]"
    return _dump(value)


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
