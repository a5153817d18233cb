"""Sentences and their colours, the same in every kind of spreadsheet: one table of facts."""

from __future__ import annotations

import re

import pytest
from openpyxl.workbook import Workbook

from sync.core.columns import TAB, TABS
from sync.core.shades import Shade, marks, shade_of, shaded
from sync.core.statuses import SKIP_WORDS, WAIT_WORDS
from sync.sheets import google_looks
from sync.sheets.workbook import look

RED, AMBER, GREY, GREEN = Shade
SENTENCES = [
    ("meetings", 'Time: "5" could be 5:00 or 17:00. Type 17:00.', RED),
    ("meetings", "Purpose is empty. Write one sentence Anna will read: why would you like to meet her?", RED),
    ("meetings", "Organizer: Peter has left. Choose who goes instead; until then Anna hears nothing.", RED),
    ("meetings", "Refused Tue 2 Mar 19:10: There is no such mailbox.", RED),
    ("meetings", "The confirmation to Anna was refused: There is no such mailbox.", RED),
    ("contacts", 'Email: is "anna@gmial.com" right? "gmail.com" is usual. Nothing goes before Wed 09:00.', RED),
    ("settings", 'No mail before: "late" is no time. Type 8:00.', RED),
    ("meetings", "Waiting for your OK: 120 mails at once. Type K7-120 into Settings, Approve waiting mail.", AMBER),
    ("meetings", "The line broke at 09:00. Anna may or may not have the reminder. Please ask her.", AMBER),
    ("meetings", "Thu 11 Mar is over. Choose Took place or Didn't come.", AMBER),
    ("meetings", "Practice: went to Tom, not to Anna.", AMBER),
    ("meetings", "Practice Tue 2 Mar 19:10", AMBER),
    ("meetings", "Not sure Tue 2 Mar 19:10", AMBER),
    ("meetings", "This row is a copy. Change its contact, date or time, or delete it; until then nothing goes.", AMBER),
    ("meetings", "Ján Benko is Phone only. Call them; no mail goes.", AMBER),
    ("promises", "Late since Sun 14 Mar.", AMBER),
    ("meetings", "Nothing goes yet. Choose Invite when you are ready.", GREY),
    ("meetings", "Quiet until Mon 22 Mar. Anna gets nothing, and nothing later to make up for it.", GREY),
    ("meetings", "Not today. Ask Anna again on Mon 3 May. Nobody writes before.", GREY),
    ("meetings", "On hold. Anna gets nothing, and nothing later to make up for it.", GREY),
    ("meetings", "Before start", GREY),
    ("team", "Left Wed 30 Jun.", GREY),
    ("meetings", "Sent Tue 2 Mar 19:10", GREEN),
    ("meetings", 'Confirmation sent Tue 2 Mar 19:10. Next: Tue 9 Mar 09:00, "Still good for Thursday?"', GREEN),
    ("meetings", "2-day reminder sent Tue 9 Mar 09:00. Next: Thu 11 Mar 08:00, on the day.", GREEN),
    ("promises", "Kept Sat 13 Mar.", GREEN),
    ("meetings", "Invitation sent Tue 2 Mar 18:47. When Anna says yes, type day, time and place and choose Agreed.",
     GREEN),
    ("meetings", "Confirmation goes at 18:47 if you leave this row alone. Still typing? It waits.", None),
    ("meetings", "Goes Tue 9 Mar 09:00", None),
    ("promises", "Open until Sun 14 Mar.", None),
]  # fmt: skip


@pytest.mark.parametrize(("tab", "sentence", "shade"), SENTENCES)
def test_a_sentence_has_the_colour_of_what_it_says(tab: str, sentence: str, shade: Shade | None) -> None:
    assert shade_of(TAB[tab], sentence) is shade


def test_every_status_that_waits_or_was_skipped_has_its_colour() -> None:
    assert {shade_of(TAB["meetings"], one.template) for one in WAIT_WORDS.values()} == {AMBER}
    assert {shade_of(TAB["meetings"], one.template) for one in SKIP_WORDS.values()} == {GREY}


def by_google(tab: str, sentence: str) -> str | None:
    """What Google shows: the first rule that holds wins; its comparisons take no notice of case."""
    for request in google_looks.colours(TAB[tab], 7, [1]):
        rule = request["addConditionalFormatRule"]["rule"]["booleanRule"]
        words = rule["condition"]["values"][0]["userEnteredValue"].lower()
        text = sentence.lower()
        if words in text if rule["condition"]["type"] == "TEXT_CONTAINS" else text.startswith(words):
            parts = rule["format"]["backgroundColorStyle"]["rgbColor"]
            return "#" + "".join(f"{round(parts[name] * 255):02X}" for name in ("red", "green", "blue"))
    return None


def by_workbook(tab: str, sentence: str) -> str | None:
    """What a workbook shows: the conditions of its formulas, one after the other."""
    sheet = Workbook().create_sheet()
    look.add_colours(sheet, 2, TAB[tab], TAB[tab].column("next"))
    for rule in (rule for rules in sheet.conditional_formatting for rule in rules.rules):
        begins = re.findall(r'LEFT\(B2,(\d+)\)="((?:[^"]|"")*)"', rule.formula[0])
        holds = re.findall(r'SEARCH\("((?:[^"]|"")*)",B2\)', rule.formula[0])
        assert len(begins) + len(holds) == rule.formula[0].count("LEFT(") + rule.formula[0].count("SEARCH(")
        text = sentence.lower()
        if any(text[: int(size)] == words.replace('""', '"').lower() for size, words in begins) or any(
            words.replace('""', '"').lower() in text for words in holds
        ):
            return "#" + str(rule.dxf.fill.bgColor.rgb)[-6:]
    return None


@pytest.mark.parametrize(("tab", "sentence", "shade"), SENTENCES)
def test_both_kinds_of_spreadsheet_show_the_same(tab: str, sentence: str, shade: Shade | None) -> None:
    assert (by_google(tab, sentence), by_workbook(tab, sentence)) == (shade, shade)


def test_the_order_of_rules_is_that_of_the_shades() -> None:
    """A workbook has one rule for each shade, Google one for each word: the same only while both go by shade."""
    for tab in TABS:
        order = [list(Shade).index(mark.shade) for mark in marks(tab)]
        assert order == sorted(order)
        assert not [mark for mark in marks(tab) if set(mark.words) & set("?*~")]  # SEARCH takes these as patterns


def test_all_sentences_and_states_are_coloured() -> None:
    assert shaded(TAB["meetings"]) > {"next", "st_confirmation"}
    assert shaded(TAB["mail_log"]) == {"result"}
