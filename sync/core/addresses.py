"""E-mail addresses: one usable address or a sentence.  The only file with email-validator."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from .say import Say, say
from .tidy import clip, single_line

EXAMPLE = "anna@example.org"
LONGEST = 254  # RFC 5321 4.5.3.1.3: a path of 256 octets with its angle brackets

PROVIDERS = frozenset({
    "gmail.com", "googlemail.com", "yahoo.com", "hotmail.com", "outlook.com", "live.com", "icloud.com",
    "proton.me", "protonmail.com", "gmx.de", "gmx.net", "gmx.at", "web.de", "t-online.de", "freenet.de",
    "seznam.cz", "centrum.cz", "email.cz", "post.cz", "volny.cz", "azet.sk", "zoznam.sk", "centrum.sk",
    "post.sk", "pobox.sk", "wp.pl", "onet.pl", "o2.pl", "op.pl", "interia.pl", "gazeta.pl", "poczta.onet.pl",
    "freemail.hu", "citromail.hu", "t-online.hu", "indamail.hu", "orange.fr", "wanadoo.fr", "free.fr",
    "laposte.net", "sfr.fr", "hotmail.fr", "outlook.fr", "yahoo.fr", "hotmail.es", "outlook.es", "yahoo.es",
    "telefonica.net", "hotmail.co.uk", "yahoo.co.uk", "yahoo.de", "hotmail.de", "outlook.de",
})  # fmt: skip
"""Where most people have their mailbox."""

_REAL = frozenset({
    "ymail.com", "fmail.com", "email.com", "mail.com", "hotmail.cz", "hotmail.it", "hotmail.nl", "hotmail.be",
    "yahoo.it", "yahoo.ie", "outlook.at", "outlook.be", "outlook.cz", "outlook.sk", "outlook.it", "outlook.hu",
    "yahoo.es", "yahoo.gr", "hotmail.gr", "hotmail.se", "outlook.dk", "outlook.ie",
})  # fmt: skip
"""Domains that look like a slip of the finger and are none."""

_SLIPS = {"gmail.sk": "gmail.com", "gmail.cz": "gmail.com", "gmail.pl": "gmail.com", "gmail.hu": "gmail.com",
          "gmail.de": "gmail.com", "gmail.fr": "gmail.com", "gmail.es": "gmail.com", "gmail.con": "gmail.com",
          "gmail.co": "gmail.com", "sezam.cz": "seznam.cz", "azet.cz": "azet.sk"}  # fmt: skip
_LONG_ENOUGH = 9  # characters; shorter domains have real neighbours at one letter's distance

# What email-validator surely accepts and returns as it is but for the case of the domain; spares 20 µs an address.
_USUAL = re.compile(
    r"([A-Za-z0-9_+](?:[A-Za-z0-9_+-]*[A-Za-z0-9_+])?(?:\.[A-Za-z0-9_+](?:[A-Za-z0-9_+-]*[A-Za-z0-9_+])?)*)"
    r"@((?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+(?:com|net|org|eu|test|example|cz|sk|pl|hu|de|at|es|fr|uk|ch|info))"
)
_SHORT = re.compile(r"[^@]{1,63}@(?:[^.]{1,62}\.)+[^.]+")
_INSIDE = re.compile(r"<\s*(?:mailto:)?([^<>\s@]+@[^<>\s@]+?)\s*>")
_BARE = re.compile(r"[^\s<>()\[\],;:\"]+@[^\s<>()\[\],;:\"]+")
# Small Cyrillic and Greek letters that look like Latin ones (Unicode Technical Standard 39, confusables).
_LOOKALIKES = frozenset("авеһіјкӏмнорсԛѕтухԝҽԁɡьѵαεικνορτυχγ")


def read(text: str, column: str) -> str | Say:
    """Return the address in a cell, ready for a mail server, ``""`` for a blank one, or a sentence.

    The domain comes back in lower case and in ASCII (IDNA 2008); the part before the @ as typed.  One address only, no
    display name (RFC 5322 ``addr-spec``), nothing that a mail server without SMTPUTF8 would refuse.
    """
    text = single_line(text)
    usual = _USUAL.fullmatch(text)
    if usual and len(text) <= LONGEST and _SHORT.fullmatch(text):
        return f"{usual[1]}@{usual[2].lower()}"
    return strict(text, column) if text else ""


def strict(text: str, column: str) -> str | Say:
    if len(text) > 2 * LONGEST:
        return say('{column}: "{typed}" is too long for an address. Type it like {example}.',
                   column=column, typed=clip(text), example=EXAMPLE)  # fmt: skip
    odd = _odd_shape(text, column) or _strange_letter(text, column)
    if odd is not None:
        return odd
    try:
        # Without DNS: core opens no connection.  Domains ending in .test are for trying out (RFC 2606).
        # ``strict`` holds the part before the @ to 64 characters (RFC 5321 4.5.3.1.1).
        result = validate_email(
            text, check_deliverability=False, test_environment=True, allow_smtputf8=False, strict=True
        )
    except (EmailNotValidError, ValueError):
        return _no_address(text, column)
    if "." not in result.ascii_domain:
        return _no_address(text, column)
    return f"{text.rpartition('@')[0]}@{result.ascii_domain}"


def _no_address(text: str, column: str) -> Say:
    return say('{column}: "{typed}" is not a whole address. Type it like {example}.',
               column=column, typed=clip(text), example=EXAMPLE)  # fmt: skip


def _odd_shape(text: str, column: str) -> Say | None:
    """Return a sentence for more than one address, or for an address with something around it."""
    if "@" not in text:
        return say('{column}: "{typed}" has no @. Type it like {example}.',
                   column=column, typed=clip(text), example=EXAMPLE)  # fmt: skip
    found = [hit.strip(".") for hit in (_INSIDE.findall(text) or _BARE.findall(text))]
    if len(found) > 1:
        return say("{column}: one address per row, please. Keep {first}, and give the other person a row.",
                   column=column, first=clip(found[0]))  # fmt: skip
    if len(found) == 1 and found[0] != text and not text.startswith(found[0] + "@"):
        return say('{column}: "{typed}" is more than an address. Type only {address}.',
                   column=column, typed=clip(text), address=clip(found[0]))  # fmt: skip
    return None


def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").partition(" ")[0] if letter.isalpha() else ""


def _strange_letter(text: str, column: str) -> Say | None:
    """Return a sentence for letters that only look Latin, and for any other letter before the @ that is not ASCII."""
    if text.isascii():
        return None
    local, _, domain = text.partition("@")
    parts = [local, *domain.split(".")]
    for part in parts:
        foreign = [ch for ch in part if not ch.isascii() and _script(ch) not in {"", "LATIN"}]
        mixed = any(_script(ch) == "LATIN" for ch in part)
        if foreign and (mixed or all(ch.casefold() in _LOOKALIKES for ch in part if ch.isalpha())):
            return say('{column}: the "{letter}" in "{typed}" is a {script} letter. Type the address again by hand.',
                       column=column, letter=foreign[0], typed=clip(text),
                       script=_script(foreign[0]).capitalize())  # fmt: skip
    strange = next((ch for ch in local if not ch.isascii()), None)
    if strange is None:
        return None
    return say('{column}: "{typed}" has "{letter}" before the @, where no accents can stand. Type it like {example}.',
               column=column, typed=clip(text), letter=strange, example=EXAMPLE)  # fmt: skip


def hint(address: str, column: str) -> Say | None:
    """Return a question when the domain of a usable address is one slip away from a well-known one."""
    domain = address.rpartition("@")[2]
    usual = "" if domain in PROVIDERS else _usual_domain(domain)
    if not usual:
        return None
    return say('{column}: is "{typed}" right? "{usual}" is usual.', column=column, typed=clip(address), usual=usual)


@lru_cache(maxsize=8192)
def _usual_domain(domain: str) -> str:
    slip = _SLIPS.get(domain)
    if slip or domain in _REAL:
        return slip or ""
    near = (known for known in sorted(PROVIDERS) if len(known) >= _LONG_ENOUGH and _one_slip(domain, known))
    return next(near, "")


def _one_slip(one: str, two: str) -> bool:
    """Return whether one letter too many, too few, wrong, or two neighbours swapped tell ``one`` from ``two``."""
    if abs(len(one) - len(two)) > 1:
        return False
    start = 0
    while start < min(len(one), len(two)) and one[start] == two[start]:
        start += 1
    rest_one, rest_two = one[start:], two[start:]
    if rest_one[1:] == rest_two[1:] or rest_one[1:] == rest_two or rest_one == rest_two[1:]:
        return one != two
    return rest_one[:2] == rest_two[1::-1] and rest_one[2:] == rest_two[2:]
