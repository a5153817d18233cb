"""The guards of the promises (``design.md`` 5): where each stands, how it is taken out, and the test that misses it."""

from __future__ import annotations

from dataclasses import dataclass

PROMISES = "tests/property/test_promises.py::"
AHEAD = "tests/unit/test_write_ahead.py::"
PLAN = "tests/unit/test_plan.py::"
BRAKES = "tests/unit/test_plan_brakes.py::"
SMTP = "tests/contract/test_smtp.py::"
LEDGER = "tests/contract/test_ledger.py::"


@dataclass(frozen=True)
class Guard:
    """One guard: ``old`` stands once in ``file`` and becomes ``new``; then ``test`` fails."""

    promise: str
    what: str
    file: str
    old: str
    new: str
    test: str


GUARDS = (
    Guard("P1", "a mail that was handed over is never given out again", "sync/ledger/statements.py",
          "            and_(planned, or_(mail.c.not_before.is_(None), mail.c.not_before <= excluded_at)),",
          "            or_(mail.c.not_before.is_(None), mail.c.not_before <= excluded_at),",
          LEDGER + "test_a_mail_in_any_state_but_planned_is_never_given_out_again"),
    Guard("P1", "the ledger is committed before the final dot", "sync/mail/session.py",
          "        self._ask()\n        self.phase = Phase.DOT\n", "        self.phase = Phase.DOT\n",
          "tests/contract/test_mailer.py::test_nothing_arrives_when_the_ledger_says_no"),
    Guard("P1", "an older copy of the ledger is recognised by a later try in the log", "sync/core/maillog.py",
          "    return known.state is EntryState.PLANNED and found.at.timestamp() != int(known.at.timestamp())",
          "    return False",
          PROMISES + "test_an_old_copy_of_the_ledger_is_recognised_though_it_counts_as_far_as_the_log"),
    Guard("P1", "two ledgers that gave out one number know each other's mails", "sync/core/maillog.py",
          "    if known is None:\n        return True\n", "    if known is None:\n        return False\n",
          PROMISES + "test_two_ledgers_that_gave_out_the_same_number_know_each_others_mails"),
    Guard("P1", "a number that another mail has is not used a second time", "sync/ledger/ledger.py",
          "                if entry.key not in ours and taken.get(entry.seq, entry.key) != entry.key:",
          "                if False and entry.key not in ours:",
          PROMISES + "test_two_ledgers_that_gave_out_the_same_number_know_each_others_mails"),
    Guard("P2", "a mail that a server asked to come later is tried again", "sync/app/delivery.py",
          "    service.ledger.settle(claim, EntryState.PLANNED, now, reason=receipt.words, not_before=now + wait)",
          "    service.ledger.settle(claim, EntryState.REFUSED, now, reason=receipt.words)",
          BRAKES + "test_a_busy_server_is_tried_again_and_the_row_says_when"),
    Guard("P2", "a decision is carried out although its first try failed", "sync/core/kinds/again.py",
          "    done = {entry.key for entry in entries if entry.state is not EntryState.PLANNED}",
          "    done = {entry.key for entry in entries}",
          PROMISES + "test_once_more_is_tried_again_when_the_server_asks_to_come_later"),
    Guard("P3", "a mail whose use is over does not leave", "sync/core/decide.py",
          "    if max(at, now) >= intent.closes:", "    if False:",
          BRAKES + "test_what_is_stale_after_an_outage_is_skipped_and_said"),
    Guard("P3", "a meeting called off is not remembered", "sync/core/kinds/reminding.py",
          "    if meeting.stage not in AHEAD or meeting.start is None:", "    if meeting.start is None:",
          PLAN + "test_called_off_is_one_calendar_cancel_and_nothing_after"),
    Guard("P3", "what becomes due while a batch leaves goes by a fresh read", "sync/app/cycle.py",
          "        if more or current.plan.due:", "        if more:",
          PROMISES + "test_mail_that_becomes_due_while_a_batch_leaves_goes_by_a_fresh_read"),
    Guard("P4", "what a dead process was sending is unsure", "sync/ledger/statements.py",
          "        .values(state=EntryState.UNSURE.value, at=at, reason=reason)",
          "        .values(state=EntryState.PLANNED.value, at=at, reason=reason)",
          PROMISES + "test_a_crash_at_a_point_sends_nothing_twice_and_loses_nothing"),
    Guard("P4", "a line that breaks after the dot leaves a doubt", "sync/app/delivery.py",
          "        service.ledger.settle(claim, EntryState.UNSURE, now, reason=receipt.words)",
          "        service.ledger.settle(claim, EntryState.PLANNED, now, reason=receipt.words)",
          BRAKES + "test_an_unsure_mail_says_so_and_is_never_repeated"),
    Guard("P5", "a team's cell is never written", "sync/sheets/workbook/backend.py",
          "        _refuse_team_cells(edits, live)\n", "",
          "tests/contract/test_backend_writing.py::test_a_team_cell_is_refused_and_nothing_is_written"),
    Guard("P6", "content beats id: a range sorted without its ids", "sync/core/identity.py",
          "            self._settle_moved(core_of)\n", "",
          BRAKES + "test_a_range_sorted_without_its_ids_causes_no_mail"),
    Guard("P7", "one mail that cannot be written does not stop the others", "sync/app/delivery.py",
          "        except SyncError as error:\n            if isinstance(error, UnsafeMessage)",
          "        except ZeroDivisionError as error:\n            if isinstance(error, UnsafeMessage)",
          PROMISES + "test_one_mail_that_cannot_be_written_stops_no_other"),
    Guard("P8", "what is written stays text", "sync/sheets/google_wire.py",
          '"valueInputOption": "RAW"', '"valueInputOption": "USER_ENTERED"',
          "tests/contract/test_backend_writing.py::test_what_is_written_comes_back_as_text"),
    Guard("P8", "a cell adds no line to a header", "sync/core/headers_safe.py",
          '    return " ".join(clean_text(value).split())', "    return value",
          "tests/unit/test_render.py::test_a_cell_is_cleaned_for_a_header"),
    Guard("P9", "whatever happens in a cycle, the service goes on", "sync/app/attempt.py",
          "    except Exception as caught:  # one team's", "    except ZeroDivisionError as caught:  # one",
          "tests/system/test_daemon_teams.py::test_one_teams_trouble_of_any_kind_does_not_stop_the_other_and_ends"
          "_without_a_restart"),
    Guard("P10", "many rows that vanish are an alarm", "sync/core/brakes.py",
          "    return missing > FEWER and missing * 100 > FEWER * (missing + present)", "    return False",
          BRAKES + "test_when_many_meetings_vanish_nothing_new_goes_but_reminders_do"),
    Guard("P11", "only what surely stands in the log may leave", "sync/app/wal.py",
          "    return {key: entry for key, entry in planned.items() if entry.seq in done}", "    return planned",
          PROMISES + "test_half_a_write_ahead_lets_only_that_half_go"),
    Guard("P11", "a ledger that is behind the log is rebuilt", "sync/app/wal.py",
          "    if not (fresh or ahead or view.first_contact is None):\n        return None\n", "    return None\n",
          AHEAD + "test_a_lost_ledger_sends_nothing_twice_and_goes_on"),
    Guard("P11", "an intent without an outcome is unsure", "sync/core/maillog.py",
          "    state = _FIRST_WORDS.get(first, EntryState.UNSURE)",
          "    state = _FIRST_WORDS.get(first, EntryState.PLANNED)",
          AHEAD + "test_the_open_batch_of_a_dead_machine_is_unsure"),
    Guard("P11", "a log with a gap presumes", "sync/core/maillog.py",
          "    return len(seqs) >= highest and", "    return True or len(seqs) >= highest and",
          AHEAD + "test_a_log_that_lost_lines_presumes_that_what_was_due_has_gone"),
    Guard("P11", "a recovery that was cut short starts over", "sync/ledger/ledger.py",
          "            if not gap:\n", "            if True:\n",
          PROMISES + "test_a_recovery_that_was_cut_short_starts_over"),
    Guard("P11", "a line that vanished from the log is presumed sent", "sync/app/wal.py",
          "    lost = _presume_vanished(service, snapshot, view) if fresh else 0\n", "    lost = 0\n",
          PROMISES + "test_an_old_copy_whose_lines_have_vanished_from_the_log_presumes"),
    Guard("P12", "if the ledger cannot commit, the dot is not sent", "sync/app/delivery.py",
          "            broken.append(error)\n            return False\n",
          "            broken.append(error)\n            return True\n",
          PROMISES + "test_when_the_ledger_cannot_commit_nothing_leaves"),
    Guard("P13", "a file with a secret that others can read is refused", "sync/app/secrets.py",
          "    if os.name != \"posix\" or not mode & (stat.S_IRWXG | stat.S_IRWXO) or _is_guarded(path, environ):",
          "    if True:", "tests/unit/test_secrets.py::test_a_file_that_others_can_read_is_refused"),
    Guard("P13", "a mail server's certificate is verified", "sync/mail/account.py",
          "        context = ssl.create_default_context(cafile=str(account.ca_file) if account.ca_file else None)",
          "        context = ssl._create_unverified_context()",
          SMTP + "test_an_unknown_authority_gets_no_password"),
)  # fmt: skip
