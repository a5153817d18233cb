"""The guide in ``Start here``: short, the same everywhere, and true to what there is to choose."""

from __future__ import annotations

import pytest

from sync.core.columns import LIVE_FIRST_ROW, LIVE_LINES, REACH, STAGES, STOP_WORDS, TABS
from sync.core.guide import COLOURS, GUIDE_ROW, guide
from sync.core.shades import Shade
from sync.core.statuses import mail_name


@pytest.mark.parametrize("file", [True, False])
def test_it_is_read_in_a_minute(file: bool) -> None:
    words = [word for line in guide(file=file) for part in line for word in part.split()]
    assert 150 < len(words) < 310
    assert not [line for line in guide(file=file) if "!" in "".join(line)]


def test_both_kinds_of_spreadsheet_say_the_same_but_for_ticks_and_saving() -> None:
    online, file = set(guide(file=False)), set(guide(file=True))
    assert {label for label, _ in online ^ file} == {STOP_WORDS, "Close this file"}
    assert "TRUE" not in str(online)
    assert "tick" not in str(file)


def test_it_names_only_what_can_be_chosen_and_what_goes() -> None:
    text = " ".join(part for line in guide(file=True) for part in line)
    titles = [tab.title for tab in TABS]
    assert [label[3:] in titles for label, _ in guide(file=True) if label[:1].isdigit()] == [True] * 4
    for words in ("Invite", "Agreed", "Confirmed", "Took place", "Postponed", "They called off", "We called off"):
        assert words in text
        assert words in STAGES
    assert "E-mail is fine" in text
    assert "E-mail is fine" in REACH
    for kind in ("invitation", "confirmation", "thank_you"):
        assert mail_name(kind).capitalize() in text
    assert "remind" not in text  # nobody is reminded of a promise yet


def test_it_stands_below_the_live_lines_and_explains_every_colour() -> None:
    assert LIVE_FIRST_ROW + len(LIVE_LINES) < GUIDE_ROW
    assert {shade for _, _, shade in COLOURS} == set(Shade)
