"""What is said: to which stream, in which form, and never in colour to a file."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Literal

import msgspec
import pytest

from config.settings import LogSettings
from feeds.errors import StoreUnavailable
from worker.logs import log, say, set_up

_SAYING = """
from config.settings import load
from worker.logs import say, set_up
set_up(load(environ={}).log)
say("new        A story", verdict="new")
"""


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """Give the loggers back as pytest had them."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    log.setLevel(logging.NOTSET)


def use(
    form: Literal["text", "json"] = "text",
    level: Literal["debug", "info", "warning", "error"] = "info",
) -> None:
    set_up(LogSettings(format=form, level=level))


def test_what_went_well_goes_to_one_stream_and_warnings_to_the_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    use()
    say("all is well")
    log.warning("all is not")

    said = capsys.readouterr()

    assert said.out.endswith("  all is well\n")
    assert said.err.endswith("  warning: all is not\n")
    assert len((said.out + said.err).splitlines()) == 2


def test_a_library_is_heard_only_when_it_warns(capsys: pytest.CaptureFixture[str]) -> None:
    use()
    logging.getLogger("celery").info("booting")
    logging.getLogger("celery").warning("broker gone")

    said = capsys.readouterr()

    assert said.out == ""
    assert "broker gone" in said.err


def test_the_level_is_the_operators(capsys: pytest.CaptureFixture[str]) -> None:
    use(level="error")
    say("all is well")
    log.warning("all is not")

    assert capsys.readouterr() == ("", "")


def test_for_machines_each_event_is_one_object_on_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    use("json")
    say("new  Ä story\nin two lines", verdict="new", id="abc")

    [line] = capsys.readouterr().out.splitlines()
    event = msgspec.json.decode(line)

    assert (event["message"], event["verdict"]) == ("new  Ä story\nin two lines", "new")
    assert (event["level"], event["logger"], event["id"]) == ("info", "wireroom", "abc")
    assert event["ts"].endswith("+00:00")


@pytest.mark.parametrize(("form", "one_line"), [("json", True), ("text", False)])
def test_a_fault_is_told_with_its_trace(
    capsys: pytest.CaptureFixture[str], form: Literal["text", "json"], one_line: bool
) -> None:
    use(form)
    try:
        _ = 1 // 0
    except ZeroDivisionError:
        log.exception("a fault in reading x")

    said = capsys.readouterr().err

    assert "ZeroDivisionError" in said
    assert (len(said.splitlines()) == 1) == one_line


def test_a_file_gets_no_colour(capsys: pytest.CaptureFixture[str]) -> None:
    use()
    say("new  A story", verdict="new")

    assert "\033" not in capsys.readouterr().out


@pytest.mark.parametrize(("wish", "coloured"), [(None, True), ("1", False)])
def test_a_terminal_gets_colour_unless_it_wants_none(wish: str | None, coloured: bool) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    if wish is not None:
        environment["NO_COLOR"] = wish
    terminal, end = os.openpty()
    subprocess.run([sys.executable, "-c", _SAYING], stdout=end, env=environment, check=True)
    os.close(end)

    said = os.read(terminal, 10_000).decode()
    os.close(terminal)

    assert ("\033[32mnew\033[0m" in said) == coloured
    assert "A story" in said


def test_an_outage_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    use()
    outage = RuntimeError("a library's word for it")
    outage.__cause__ = StoreUnavailable("admitting articles", "connection refused")
    logging.getLogger("celery").error("\nTask failed\nand a whole stack", exc_info=outage)

    assert capsys.readouterr().err[10:] == "error: Task failed\n"
