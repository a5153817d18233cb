"""The schema of config.yaml: what it accepts, and what it says about everything else."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sync.core.config import (
    Config,
    ConfigMistakes,
    FolderReplies,
    GoogleSheet,
    ImapReplies,
    Mailbox,
    OutboxMail,
    SmtpMail,
    WorkbookSheet,
    parse,
    render_example,
    render_table,
    spreadsheet_id,
)

PLAIN = """
sheet: {type: google, spreadsheet: abc-1, credentials: key.json}
mail:
  type: smtp
  host: smtp.example.org
  username: team@example.org
  password: {env: PW}
  sender: Harbour Street Co-op <team@example.org>
"""


def data(**changes: object) -> dict[str, Any]:
    """PLAIN with ``mail__port=1`` set and options whose new value is ``...`` taken out."""
    tree = yaml.safe_load(PLAIN)
    for path, value in changes.items():
        *blocks, option = path.split("__")
        block = tree
        for name in blocks:
            block = block.setdefault(name, {})
        if value is ...:
            del block[option]
        else:
            block[option] = value
    return tree


def mistakes(tree: object) -> list[str]:
    with pytest.raises(ConfigMistakes) as caught:
        parse(tree)
    return list(caught.value.mistakes)


def smtp(config: Config) -> SmtpMail:
    mail = config.teams()[0].mail
    assert isinstance(mail, SmtpMail)
    return mail


def test_the_shortest_file_has_the_documented_defaults() -> None:
    config = parse(data())
    (team,) = config.teams()
    assert (config.ledger, config.every, config.ping) == ("sqlite:///commonground.db", 60, None)
    assert (team.name, team.replies.type) == ("", "none")
    mail = smtp(config)
    assert (mail.security, mail.port, mail.per_day, mail.most_at_once, mail.gap_seconds) == ("ssl", 465, 400, 200, 2)
    assert mail.safe_to is None
    assert not mail.practice


@pytest.mark.parametrize(("security", "port"), [("ssl", 465), ("starttls", 587)])
def test_the_port_follows_the_security(security: str, port: int) -> None:
    assert smtp(parse(data(mail__security=security))).port == port
    assert smtp(parse(data(mail__security=security, mail__port=2525))).port == 2525


def test_blocks_are_told_apart_by_type() -> None:
    tree = data()
    tree["sheet"] = {"type": "workbook", "path": "people.xlsx"}
    tree["mail"] = {"type": "outbox", "path": "out", "sender": "a@example.org", "safe_to": "me@example.org"}
    tree["replies"] = {"type": "folder", "path": "in"}
    (team,) = parse(tree).teams()
    assert isinstance(team.sheet, WorkbookSheet)
    assert isinstance(team.mail, OutboxMail)
    assert isinstance(team.replies, FolderReplies)
    assert team.mail.practice


def test_nothing_can_be_changed_afterwards() -> None:
    config = parse(data())
    with pytest.raises(ValidationError, match="frozen"):
        config.every = 5  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        smtp(config).safe_to = None  # type: ignore[misc]


# --- mistakes --------------------------------------------------------------------------------------------------------

ONE_MISTAKE = [
    (data(mail__port="abc"), "mail.port  <- must be a whole number"),
    (data(mail__port="465"), "mail.port  <- must be a whole number"),
    (data(mail__port=True), "mail.port  <- must be a whole number"),
    (data(mail__port=70000), "mail.port  <- must be at most 65535"),
    (data(mail__per_day=0), "mail.per_day  <- must be at least 1"),
    (data(mail__gap_seconds="soon"), "mail.gap_seconds  <- must be a number"),
    (data(mail__gap_seconds=float("nan")), "mail.gap_seconds  <- must be a number"),
    (data(mail__gap_seconds=-1), "mail.gap_seconds  <- must be at least 0"),
    (data(every=0), "every  <- must be at least 1"),
    (data(mail__host=...), "mail.host  <- is missing; write it like smtp.gmail.com"),
    (data(mail__host=""), "mail.host  <- must not be empty"),
    (data(mail__host=5), "mail.host  <- must be text; put it in quotes"),
    (data(mail__host="https://smtp.example.org"), "mail.host  <- must be a bare host name, like smtp.gmail.com"),
    (data(mail__host="smtp.example.org:465"),
     "mail.host  <- must be a bare host name; the part behind the colon belongs under port"),
    (data(mail__security="tls"), "mail.security  <- must be ssl, starttls or none"),
    (data(mail__security="none"),
     "mail.security  <- must be ssl or starttls; none is for a mail server on this machine only"),
    (data(mail__type=...), "mail.type  <- is missing; write smtp or outbox"),
    (data(mail__type="stmp"), "mail.type  <- must be smtp or outbox; did you mean smtp?"),
    (data(mail=...), "mail  <- is missing"),
    (data(mail=None), "mail  <- must be a block of options, each on a line of its own"),
    (data(mail__usernam="x"), "mail.usernam  <- is not an option; did you mean username?"),
    (data(mial={}), "mial  <- is not an option; did you mean mail?"),
    (data(mail__path="out"), "mail.path  <- is not an option of mail of type smtp; it belongs to mail of type outbox"),
    (data(host="x"), "host  <- is not an option here; it belongs to mail of type smtp"),
    (data(mail__every=5), "mail.every  <- is not an option here; it stands at the left edge of the file"),
    (data(sheet__zzzzzz=5),
     "sheet.zzzzzz  <- is not an option; here there are type, spreadsheet, credentials and api_endpoint"),
    (data(mail__safe_to=None),
     "mail.safe_to  <- is empty; write your own address to practise, or take the line out to go live"),
    (data(mail__safe_to="me"), "mail.safe_to  <- is not an e-mail address: "),
    (data(mail__password={}), "mail.password  <- must name exactly one of env, file, keyring, command"),
    (data(mail__password={"env": None}), "mail.password  <- must name exactly one of env, file, keyring, command"),
    (data(mail__password={"env": "A", "file": "b"}),
     "mail.password  <- must name exactly one of env, file, keyring, command"),
    (data(mail__password={"evn": "A"}), "mail.password.evn  <- is not an option; did you mean env?"),
    (data(mail__password={"command": "pass mail"}),
     "mail.password.command  <- must be a list, with a dash before each item"),
    (data(mail__password={"command": []}), "mail.password.command  <- must not be empty"),
    (data(mail__password=...),
     "mail.password  <- is missing, since there is a username; name where it is kept, like {env: NAME}"),
    (data(mail__username=...), "mail.username  <- is missing, since there is a password"),
    (data(mail__oauth="token.json"), "mail.password  <- must not stand beside oauth; keep one of the two"),
    (data(ledger="sqlite://"), "ledger  <- must name a file, like sqlite:///commonground.db: "),
    (data(ledger="sqlite:///:memory:"), "ledger  <- must name a file, like sqlite:///commonground.db: "),
    (data(ledger="postgresql://u@h/d"), "ledger  <- must begin with postgresql+psycopg:// instead of postgresql://"),
    (data(ledger="mysql://h/d"), "ledger  <- must be like sqlite:///commonground.db or postgresql+psycopg://"),
    (data(ping="ping.example.org"), "ping  <- must be an address that begins with https://"),
    (data(sheet__api_endpoint="http://sheets.example.org"), "sheet.api_endpoint  <- must begin with https://; "),
    (data(sheet__spreadsheet="our sheet"), "sheet.spreadsheet  <- must be a spreadsheet's address, like "),
    (data(replies={"type": "imap", "host": "h", "password": {"env": "A"}, "port": 0}),
     "replies.port  <- must be at least 1"),
    (data(replies="imap"), "replies  <- must be a block of options, each on a line of its own"),
    ([1], "(the whole file)  <- must be blocks of options, beginning with sheet:"),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "line"), ONE_MISTAKE, ids=[line for _, line in ONE_MISTAKE])
def test_a_mistake_is_told_in_the_words_of_the_file(tree: object, line: str) -> None:
    (said,) = mistakes(tree)
    assert said.startswith(line)
    assert said == line or line.endswith((" ", "://", "like "))


def test_all_mistakes_are_told_at_once() -> None:
    tree = data(mail__port="x", mail__hots="y", every="often", sheet__credentials=..., mail__password="pw", ledger="x:")
    assert {line.split("  <- ")[0] for line in mistakes(tree)} == {
        "every", "ledger", "sheet.credentials", "mail.port", "mail.password", "mail.hots",
    }  # fmt: skip
    with pytest.raises(ConfigMistakes, match=r"^config\.yaml has 6 mistakes:\n  ") as caught:
        parse(tree)
    assert caught.value.exit_code == 3
    assert "config.example.yaml" in caught.value.remedy


def test_a_plain_password_is_refused_with_the_remedy_and_never_repeated() -> None:
    with pytest.raises(ConfigMistakes) as caught:
        parse(data(mail__password="hunter2-s3cret"))
    assert "{env: NAME}" in str(caught.value)
    assert "hunter2" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
                    lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.sampled_from(["sheet", "mail", "replies", "teams", "type", "password", "x", 1,
                                                       "smtp", "imap", "outbox", "name", "blocks"]), inner, max_size=4),
                    max_leaves=12))  # fmt: skip
def test_whatever_stands_in_the_file_is_answered_with_lines_about_options(tree: object) -> None:
    for line in mistakes(tree):
        path, arrow, words = line.partition("  <- ")
        assert path
        assert arrow
        assert words
        assert "blocks" not in path or "blocks" in str(tree)
        assert "Value error" not in words


# --- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("Harbour Street Co-op <team@example.org>", "Harbour Street Co-op", "team@example.org"),
        ('"Söhne, & Co." <team@Example.org>', "Söhne, & Co.", "team@example.org"),
        ("team@example.org", "", "team@example.org"),
        (" <team@mail.local> ", "", "team@mail.local"),
        ("Team <team@localhost>", "Team", "team@localhost"),
    ],
)
def test_the_sender_is_a_name_and_an_address(text: str, name: str, address: str) -> None:
    sender = smtp(parse(data(mail__sender=text))).sender
    assert sender == Mailbox(name, address)
    assert sender.domain == address.split("@")[1]


@pytest.mark.parametrize(
    "text", ["Team", "Team <team>", "Team <a@b.cz> <c@d.cz>", "Team <a@b.cz", "A\nBcc: x@example.org <a@b.cz>", "", 7,
             "Team <a@b.cz>, c@d.cz", "Team <a b@c.test>", "Team <a@-.local>", "a@b"],
)  # fmt: skip
def test_a_sender_that_is_no_mailbox_is_refused(text: object) -> None:
    (said,) = mistakes(data(mail__sender=text))
    assert said.startswith("mail.sender  <- ")


@pytest.mark.parametrize(
    "text",
    [
        "1AbC_d-9",
        " 1AbC_d-9 ",
        "https://docs.google.com/spreadsheets/d/1AbC_d-9/edit?gid=0#gid=0",
        "https://docs.google.com/spreadsheets/u/1/d/1AbC_d-9/edit",
        "docs.google.com/spreadsheets/d/1AbC_d-9",
        "http://127.0.0.1:8080/spreadsheets/d/1AbC_d-9",
    ],
)
def test_a_spreadsheet_is_named_by_address_or_id(text: str) -> None:
    assert spreadsheet_id(text) == "1AbC_d-9"
    sheet = parse(data(sheet__spreadsheet=text)).teams()[0].sheet
    assert isinstance(sheet, GoogleSheet)
    assert sheet.id == "1AbC_d-9"


@pytest.mark.parametrize(
    "text",
    [
        "https://docs.google.com/spreadsheets/d/e/2PACX-1vQ/pubhtml",
        "https://docs.google.com/document/d/1AbC_d-9/edit",
        "https://drive.google.com/drive/folders/1AbC",
        "",
    ],
)
def test_other_addresses_are_no_spreadsheet(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(must be a spreadsheet's address|is the address of a published page)"):
        spreadsheet_id(text)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "mail.localhost"])
def test_mail_in_the_clear_is_for_this_machine(host: str) -> None:
    assert smtp(parse(data(mail__host=host, mail__security="none"))).port == 25


@pytest.mark.parametrize("host", ["127.0.0.1.example.org", "10.0.0.1", "localhost.example.org", "0.0.0.0"])
def test_mail_in_the_clear_goes_nowhere_else(host: str) -> None:
    (said,) = mistakes(data(mail__host=host, mail__security="none"))
    assert said.startswith("mail.security  <- ")


def test_secrets_of_addresses_stay_out_of_the_repr() -> None:
    config = parse(data(ledger="postgresql+psycopg://u:topsecret@db/x", ping="https://ping.example.org/topsecret"))
    assert "topsecret" not in repr(config)


# --- replies and teams -----------------------------------------------------------------------------------------------


def test_replies_use_the_account_of_the_mail() -> None:
    replies = parse(data(replies={"type": "imap", "host": "imap.example.org"})).teams()[0].replies
    assert isinstance(replies, ImapReplies)
    assert (replies.port, replies.mailbox, replies.username, replies.password) == (993, "INBOX", None, None)
    lent = data(replies={"type": "imap", "host": "imap.example.org"}, mail__password=..., mail__oauth="token.json")
    assert parse(lent).teams()


def test_replies_without_any_account_say_so() -> None:
    tree = data(replies={"type": "imap", "host": "imap.example.org"})
    tree["mail"] = {"type": "outbox", "path": "out", "sender": "a@example.org"}
    assert mistakes(tree) == ["replies.username  <- is missing, and mail has none to lend"]
    tree["replies"] |= {"username": "a"}
    assert mistakes(tree) == ["replies.password  <- is missing, and mail has none to lend"]


def test_no_replies_may_be_written_short() -> None:
    assert parse(data(replies="none")).teams()[0].replies.type == "none"


def several(*names: object) -> dict[str, Any]:
    block = {key: value for key, value in data().items() if key in ("sheet", "mail")}
    return {"teams": [{**copy.deepcopy(block), "name": name} for name in names], "every": 30}


def test_several_teams_share_what_stands_at_the_edge() -> None:
    config = parse(several("Harbour", "Mill Lane"))
    assert [team.name for team in config.teams()] == ["Harbour", "Mill Lane"]
    assert config.every == 30


def test_mistakes_in_a_team_are_counted_from_one() -> None:
    tree = several("Harbour", "Mill Lane")
    tree["teams"][1]["mail"]["port"] = "x"
    assert mistakes(tree) == ["teams[2].mail.port  <- must be a whole number"]


def test_teams_are_told_apart_by_their_names() -> None:
    tree = several("Harbour", "HARBOUR ", "")
    del tree["teams"][0]["name"]
    tree["teams"].append({**tree["teams"][1]})
    assert mistakes(tree) == [
        "teams[1].name  <- is missing; several teams are told apart by their names",
        "teams[3].name  <- is missing; several teams are told apart by their names",
        "teams[4].name  <- is another team's name too",
    ]


def test_a_block_at_the_edge_beside_teams_is_misplaced() -> None:
    assert mistakes({**several("Harbour"), "mail": {}}) == [
        "mail  <- stands inside each team when there are teams:",
    ]


@pytest.mark.parametrize("teams", [[], {}, None, "Harbour"])
def test_teams_must_be_a_list_of_blocks(teams: object) -> None:
    (said,) = mistakes({"teams": teams})
    assert said.startswith("teams  <- ")


# --- the example and the table ---------------------------------------------------------------------------------------


def test_every_option_at_rest_in_the_example_is_right_as_it_stands() -> None:
    """Each commented block type and option, put in force, makes a configuration that is accepted."""
    seen = set()
    for kinds in ({"sheet": "workbook"}, {"mail": "outbox"}, {"replies": "imap"}, {"replies": "folder"}, {}):
        config = parse(yaml.safe_load(_in_force(render_example(), kinds)))
        (team,) = config.teams()
        seen |= {team.sheet.type, team.mail.type, team.replies.type}
        assert config.ping
    assert seen == {"google", "workbook", "smtp", "outbox", "none", "imap", "folder"}


def _in_force(example: str, wanted: dict[str, str]) -> str:
    """The example with the wanted type of each block instead of its first, and every option at rest put in force."""
    block, kind, out, default = "", "", [], ""
    for line in example.split("#teams:")[0].splitlines():
        option = line.strip().removeprefix("#")
        if not line.startswith((" ", "#")) and line.endswith(":"):
            block = line.removesuffix(":")
            default = kind = ""
        if line.strip() == "# with every type" or not line.startswith(" "):
            kind = ""
        if option.startswith("type: "):
            kind = option.removeprefix("type: ")
            default = default or kind
        if line.strip().startswith("# ") or (kind and kind != wanted.get(block, default)) or option.startswith("oauth"):
            continue
        out.append(line.replace("#", "", 1) if line.strip().startswith("#") else line)
    return "\n".join(out)


def test_the_example_of_several_teams_is_right_as_it_stands() -> None:
    lines = render_example().split("#teams:")[1].splitlines()
    tree = yaml.safe_load("teams:\n" + "\n".join(line.removeprefix("#") for line in lines))
    assert [team.name for team in parse(tree).teams()] == ["Harbour Street", "Mill Lane"]


def test_the_table_names_every_option() -> None:
    table = render_table()
    for word in ("spreadsheet", "api_endpoint", "safe_to", "per_day", "ca_file", "mailbox", "ledger", "every", "ping"):
        assert f"| `{word}` |" in table
