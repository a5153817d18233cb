"""The page of mails: what of a mail gets into it, and in which order."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from sync.app.showcase import Event, Shown, letter, page
from sync.app.wire import read_templates

ZONE = ZoneInfo("Europe/Bratislava")


@pytest.mark.parametrize(("html", "words"), [
    ("<p>Dear <strong>Anna</strong>,</p>", "<p>Dear <strong>Anna</strong>,</p>"),
    ("<p style='position:fixed' onclick=x class=event>a</p>", "<p>a</p>"),
    ("<p class='team'>a</p>", '<p class="team">a</p>'),
    ("<script>alert(1)</script>a", "a"),
    ("<style>p { color: red }</style><p>a</p>", "<p>a</p>"),
    ("<head><title>t</title></head>a", "a"),
    ("<img src=https://example.org/x onerror=alert(1)>a", "a"),
    ("a &lt;script&gt; &amp; b", "a &lt;script&gt; &amp; b"),
    ("<a href='javascript:alert(1)'>a</a>", "<a>a</a>"),
    ("<a href='mailto:a@example.org?subject=\"x'>a</a>", '<a href="mailto:a@example.org?subject=&quot;x">a</a>'),
    ("<article><section>a</section></article></main>", "a"),
    ("<p><strong>a", "<p><strong>a</strong></p>"),
    ("<p><s>a</p>b", "<p><s>a</s></p>b"),
    ("</p></strong>a", "a"),
    ("<p>a<br>b</p><hr>", "<p>a<br>b</p><hr>"),
    ("<!-- <p>x</p> -->a<![CDATA[x]]>", "a"),
])  # fmt: skip
def test_only_words_and_plain_marks_of_a_mail_are_taken_over(html: str, words: str) -> None:
    assert letter(html) == words


def mail(at: datetime, subject: str, to: str = "Anna <anna@example.org>") -> Shown:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Jana <team@example.org>", to, subject
    message["Date"] = at
    message["X-CommonGround-Kind"] = "confirmation"
    message.set_content("plain words")
    message.add_alternative("<p>Dear Anna</p>", subtype="html")
    return Shown(bytes(message), says="Confirmation <sent>.")


def test_mails_and_events_stand_in_the_order_of_time_and_of_the_zone() -> None:
    late = datetime(2027, 3, 1, 23, 30, tzinfo=UTC)  # Tuesday in Bratislava
    early = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
    events = [Event(late, "Jana types <b>."), Event(early, "First.", "The sheet says.", "Anna")]
    shown = page(read_templates()["showcase.html"], [mail(late, "Second & last"), mail(early, "One")], events,
                 title="A week", intro=["Hello."], zone=ZONE)  # fmt: skip
    order = ["Monday 1 March", "First.", "The sheet says.", "<h3>One</h3>", "Tuesday 2 March", "Jana types &lt;b&gt;.",
             "<h3>Second &amp; last</h3>"]  # fmt: skip
    places = [shown.index(words) for words in order]
    assert places == sorted(places)
    assert "Confirmation &lt;sent&gt;." in shown
    assert "<time>00:30</time>" in shown


def test_a_reader_can_follow_one_person() -> None:
    at = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
    two = [mail(at, "One"), mail(at, "Two", "Eva <eva@example.org>")]
    shown = page(read_templates()["showcase.html"], two, [Event(at, "About Eva.", about="Eva")], title="t", intro=[],
                 zone=ZONE)  # fmt: skip
    assert '<label for="p2">Eva</label>' in shown
    assert '<div class="event" data-p="2">' in shown
    assert '<article data-p="1">' in shown
    assert 'body:has(#p2:checked) [data-p]:not([data-p="2"])' in shown
