"""The people of ``sync demo`` and what they do in a week: sample data, typed step by step as people type.

Everybody here is made up.  The week lies at a fixed time, so that every play gives the same mails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from ..sheets.workbook.hand import Typed, Value

ZONE_NAME = "Europe/Bratislava"
ZONE = ZoneInfo(ZONE_NAME)
TEAM = "Lipová Street Neighbours"
ADDRESS = "neighbours@example.org"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that somebody does: when (aware), in words, what is typed, and whose row is read afterwards.

    ``reads`` is the key of a tab and the text in its first required column.
    """

    at: datetime
    words: str
    typed: tuple[Typed, ...] = ()
    reads: tuple[str, str] | None = None


def _march(day: int) -> date:
    return date(2027, 3, day)


def _clock(clock: str) -> time:
    hour, _, minute = clock.partition(":")
    return time(int(hour), int(minute))


def moment(day: int, clock: str) -> datetime:
    """Return a moment of March 2027 in the team's zone."""
    return datetime.combine(_march(day), _clock(clock), tzinfo=ZONE)


START = moment(1, "8:00")
END = moment(8, "12:00")
OPENING = "The sheet is new and the service looks at it for the first time. There is nobody in it, so nothing goes."
CLOSING = "The week is over. Zuzana has not looked at Ondrej's row again, and nothing has gone to him."

ANNA, PETER, IVANA, DANIEL, MARIA, LUCIA, MARTIN, EVA, JAN, ONDREJ, HANA = (
    "Anna Kováčová", "Peter Novák", "Ivana Šimková", "Daniel Polák", "Mária Horváthová", "Lucia Nagyová",
    "Martin Urban", "Eva Blahová", "Ján Benko", "Ondrej Baláž", "Hana Dudová",
)  # fmt: skip


def week() -> tuple[Step, ...]:
    """Return the steps in the order of time."""
    return tuple(sorted((*_monday(), *_tuesday(), *_wednesday(), *_thursday(), *_weekend()), key=lambda step: step.at))


# --- how it is typed -------------------------------------------------------------------------------------------------


def _setting(label: str, value: Value) -> Typed:
    return Typed("settings", {"value": value}, {"setting": label})


def _organizer(name: str, email: str, phone: str, entrance: int) -> Typed:
    signature = f"{name}, entrance {entrance}, {phone}"
    return Typed("team", {"name": name, "email": email, "phone": phone, "signature": signature})


def _contact(name: str, organizer: str, greeting: str, reach: str = "E-mail is fine", **more: Value) -> Typed:
    cells = {"name": name, "reach": reach, "organizer": organizer, "greeting": greeting, **more}
    return Typed("contacts", {key: value for key, value in cells.items() if value})


def _meeting(name: str, organizer: str, day: Value, clock: Value, place: str, purpose: str) -> Typed:
    return Typed("meetings", {
        "contact": name, "organizer": organizer, "stage": "Agreed", "date": day, "time": clock, "place": place,
        "purpose": purpose,
    })  # fmt: skip


def _row(name: str, **cells: Value) -> Typed:
    """Type into the meeting with ``name``."""
    return Typed("meetings", cells, {"contact": name})


def _promise(name: str, side: str, what: str, due: date, who: str = "") -> Typed:
    cells: dict[str, Value] = {"contact": name, "side": side, "what": what, "due": due}
    return Typed("promises", {**cells, "who": who} if who else cells)


def _step(day: int, clock: str, words: str, *typed: Typed, reads: str = "", tab: str = "meetings") -> Step:
    return Step(moment(day, clock), words, typed, (tab, reads) if reads else None)


# --- the week --------------------------------------------------------------------------------------------------------


def _monday() -> Iterator[Step]:
    yield _step(1, "8:05", "Jana writes down who they are.",
                _setting("Team name", TEAM), _setting("Default time zone", ZONE_NAME),
                _setting("Default language", "English"),
                _organizer("Jana", "jana@example.org", "0903 123 456", 4),
                _organizer("Tomáš", "tomas@example.org", "0903 234 567", 2),
                _organizer("Zuzana", "zuzana@example.org", "0903 345 678", 7))  # fmt: skip
    yield _step(1, "8:10", "She adds the first people, each with how they like to be reached.",
                _contact(ANNA, "Jana", "Dear Anna,", email="anna.kovacova@example.org",
                         how_we_know="has lived in entrance 4 the longest", care_about="the playground"),
                _contact(PETER, "Tomáš", "Hello Peter,", email="peter.novak@example.org", tone="Familiar",
                         how_we_know="mends bicycles in front of entrance 2", care_about="tools, repairing"),
                _contact(IVANA, "Jana", "Dear Ivana,", email="ivana.simkova@example.net", tone="Familiar",
                         how_we_know="our children are in one class", care_about="evenings without a car"),
                _contact(DANIEL, "Tomáš", "Hello Daniel,", email="daniel.polak@example.org", tone="Familiar",
                         how_we_know="opens the hall on Saturdays"),
                _contact(MARIA, "Jana", "Dear Mrs Horváthová,", "Few e-mails", email="maria.h@example.net",
                         phone="0903 456 789", how_we_know="my mother's friend", care_about="places to sit"),
                reads=ANNA, tab="contacts")  # fmt: skip
    yield _step(1, "8:14", "She begins a row for Anna.",
                Typed("meetings", {"contact": ANNA, "organizer": "Jana"}), reads=ANNA)  # fmt: skip
    yield _step(1, "8:16", "Anna said yes to Friday: she chooses Agreed and types the day.",
                _row(ANNA, stage="Agreed", date=_march(5)), reads=ANNA)  # fmt: skip
    yield _step(1, "8:18", "Then the time and the place.",
                _row(ANNA, time=time(17, 30), place="Café Dobre, Hlavná 12"), reads=ANNA)  # fmt: skip
    yield _step(1, "8:20", "And why she would like to meet.",
                _row(ANNA, purpose="You have lived here longest, and I want to hear what you would change in the "
                                   "courtyard."), reads=ANNA)  # fmt: skip
    yield _step(1, "10:03", "Tomáš adds his meeting with Peter and types the time his own way, 18.00.",
                _meeting(PETER, "Tomáš", _march(4), "18.00", "the bench by the bicycle stand",
                         "You mend half the bicycles in the street, and I'd like to hear what a shared workshop would "
                         "need."), reads=PETER)  # fmt: skip
    yield _step(1, "13:02", "Jana adds Ivana for Wednesday, between two phone calls.",
                _meeting(IVANA, "Jana", _march(3), "5", "your kitchen, Lipová 11",
                         "Our children grow up together, and I'd like to hear what you wish for them here."),
                reads=IVANA)  # fmt: skip
    yield _step(1, "13:09", "She corrects it.", _row(IVANA, time=time(17)), reads=IVANA)
    yield _step(1, "15:21", "Tomáš adds Daniel for Saturday.",
                _meeting(DANIEL, "Tomáš", _march(6), time(10, 30), "the hall, Lipová 1",
                         "You open the hall every Saturday, and I'd like to hear how it came to that."),
                reads=DANIEL)  # fmt: skip
    yield _step(1, "17:33", "Jana has phoned Mrs Horváthová, who wants few e-mails.",
                _meeting(MARIA, "Jana", _march(4), time(15), "your kitchen, Lipová 6",
                         "I'd like to hear how the street was when you moved in, and what you miss."),
                reads=MARIA)  # fmt: skip


def _tuesday() -> Iterator[Step]:
    yield _step(2, "9:31", "Jana adds Lucia for Saturday.",
                _contact(LUCIA, "Jana", "Dear Lucia,", email="lucia.nagyova@example.org", tone="Familiar",
                         how_we_know="asked about the trees in February", care_about="trees, shade"),
                _meeting(LUCIA, "Jana", _march(6), time(15), "the bench under the lime tree",
                         "You asked who waters the young trees, and I'd like to hear more."),
                reads=LUCIA)  # fmt: skip
    yield _step(2, "11:12", "Zuzana has a day with Eva, but has not asked whether she may write to her.",
                _contact(EVA, "Zuzana", "Hello Eva,", "Ask first", email="eva.blahova@example.org", tone="Familiar",
                         how_we_know="sings in the same choir"),
                _meeting(EVA, "Zuzana", _march(8), time(17), "Café Dobre, Hlavná 12",
                         "I'm new to this, and I'd like to learn what matters to you in our street."),
                reads=EVA)  # fmt: skip
    yield _step(2, "12:20", "Tomáš adds Martin for Friday.",
                _contact(MARTIN, "Tomáš", "Hello Martin,", email="martin.urban@example.net", tone="Familiar",
                         how_we_know="neighbour from entrance 3", care_about="meetings that end on time"),
                _meeting(MARTIN, "Tomáš", _march(5), time(16), "the library, Školská 3",
                         "You said you have had enough of long meetings, and I'd like to hear what would be better."),
                reads=MARTIN)  # fmt: skip
    yield _step(2, "14:40", "He adds Ján, who has a telephone and likes it that way.",
                _contact(JAN, "Tomáš", "", "Phone only", phone="0903 567 890",
                         how_we_know="plays chess in the courtyard", care_about="quiet, chess"),
                _meeting(JAN, "Tomáš", _march(3), time(10), "the chess table in the courtyard",
                         "I'd like to hear what you see from your window all day."),
                reads=JAN)  # fmt: skip
    yield _step(2, "16:05", "Zuzana types the day with Ondrej in a hurry.",
                _contact(ONDREJ, "Zuzana", "Hello Ondrej,", email="ondrej.balaz@example.org", tone="Familiar",
                         how_we_know="bakes for the whole entrance 7", care_about="bread, a shared oven"),
                _meeting(ONDREJ, "Zuzana", "3/4", time(18, 30), "your bakery, Hlavná 30",
                         "You bake for the whole entrance, and I'd like to hear what a shared oven could be."),
                reads=ONDREJ)  # fmt: skip
    yield _step(2, "19:02", "Tomáš has to work late on Thursday and moves Peter to Sunday. First the day.",
                _row(PETER, date=_march(7)), reads=PETER)  # fmt: skip
    yield _step(2, "19:06", "Then the new time. Both go in one mail.", _row(PETER, time="16.00"), reads=PETER)


def _wednesday() -> Iterator[Step]:
    yield _step(3, "10:50", "Tomáš and Ján have sat together.", reads=JAN)
    yield _step(3, "11:40", "Tomáš notes how it was; what he heard stays in the sheet.",
                _row(JAN, stage="Took place", answer="Maybe",
                     heard="Knows everybody's name. Would keep the key, not the minutes."), reads=JAN)  # fmt: skip
    yield _step(3, "12:31", "Hana said Zuzana may write. She writes why she would like to meet and chooses Invite.",
                _contact(HANA, "Zuzana", "Dear Hana,", email="hana.dudova@example.org",
                         how_we_know="runs the corner shop", care_about="who comes in, and who does not any more"),
                Typed("meetings", {"contact": HANA, "organizer": "Zuzana", "stage": "Invite",
                                   "purpose": "You see everybody once a day, and I want to hear what people here lack "
                                              "most before we start anything."}),
                reads=HANA)  # fmt: skip
    yield _step(3, "18:02", "Zuzana has asked Eva on the way home: e-mail is fine.",
                Typed("contacts", {"reach": "E-mail is fine"}, {"name": EVA}), reads=EVA)  # fmt: skip
    yield _step(3, "18:30", "Jana is back from Ivana's kitchen.", reads=IVANA)
    yield _step(3, "18:41", "She chooses Took place and writes one line of her own.",
                _row(IVANA, stage="Took place", answer="Yes", next_step="first evening of the workshop group",
                     next_step_date=_march(16), heard="Comes home at six and does not want to drive anywhere any more.",
                     thanks="What you said about the evenings after work has stayed with me."),
                reads=IVANA)  # fmt: skip
    yield _step(3, "18:52", "And what they promised each other.",
                _promise(IVANA, "We", "lend you our ladder for the weekend", _march(5), "Jana"),
                _promise(IVANA, "They", "ask at the kindergarten who else would come", _march(11)),
                reads=IVANA)  # fmt: skip
    yield _step(3, "20:10", "There was a death in Daniel's family. Tomáš ticks Hold mail.",
                _row(DANIEL, hold=True, team_notes="His father died. I go by on Friday; no mail."),
                reads=DANIEL)  # fmt: skip


def _thursday() -> Iterator[Step]:
    yield _step(4, "9:40", "Martin has phoned: Friday does not work, he would like another day.",
                _row(MARTIN, stage="Postponed"), reads=MARTIN)  # fmt: skip
    yield _step(4, "12:11", "Jana has to be with her mother on Saturday.",
                _row(LUCIA, stage="We called off"), reads=LUCIA)  # fmt: skip
    yield _step(4, "16:25", "Mrs Horváthová said: not now, ask me when the benches are warm again.",
                _row(MARIA, stage="Took place", answer="Not today", ask_again=date(2027, 5, 3),
                     heard="Misses the benches. Tired in winter."), reads=MARIA)  # fmt: skip
    yield _step(4, "19:20", "Peter has told Tomáš on the stairs that Sunday is fine. He chooses Confirmed.",
                _row(PETER, stage="Confirmed"), reads=PETER)  # fmt: skip


def _weekend() -> Iterator[Step]:
    yield _step(5, "11:15", "Jana has brought Ivana the ladder.",
                Typed("promises", {"done": _march(5)}, {"contact": IVANA, "side": "We"}),
                reads=IVANA, tab="promises")  # fmt: skip
    yield _step(5, "18:40", "Martin and Tomáš have found a new day: he types it and chooses Agreed.",
                _row(MARTIN, stage="Agreed", date=_march(10), time=time(18)), reads=MARTIN)  # fmt: skip
    yield _step(5, "19:31", "Jana has met Anna. She notes it on the stairs, with what they promised.",
                _row(ANNA, stage="Took place", answer="Maybe",
                     heard="Angry about the playground. The last committee never came back to her.",
                     thanks="What you said about the old playground has stayed with me."),
                _promise(ANNA, "We", "send you the minutes of the February meeting", _march(14), "Jana"),
                _promise(ANNA, "They", "ask Mrs Vargová from entrance 2", _march(20)),
                reads=ANNA)  # fmt: skip
    yield _step(7, "17:35", "Tomáš has met Peter.",
                _row(PETER, stage="Took place", answer="Yes",
                     heard="Has three drills in the cellar. Wants a door that locks.",
                     thanks="I keep thinking of what you said about all the tools that lie in our cellars."),
                _promise(PETER, "We", "find out who has the key to the boiler room", _march(12), "Tomáš"),
                _promise(PETER, "They", "write down which tools you could lend", _march(14)),
                reads=PETER)  # fmt: skip
