"""Feed readers that people use, each as a class: told an address, it says what it holds after that.

Each runs in a home of its own and keeps there what it keeps for its owner, so that the next reading
meets what the last one left. A reader that is not installed has ``missing`` to say so.
"""

from __future__ import annotations

import email
import email.policy
import importlib.util
import json
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

_SECONDS = 60


class Held(NamedTuple):
    """A story as a reader holds it; what it does not keep, or does not say, is empty."""

    id: str = ""
    title: str = ""
    link: str = ""
    author: str = ""
    text: str = ""
    unread: bool = False


class Read(NamedTuple):
    """What a reader holds after a reading, and what it had to complain of.

    *modified* is how many stories it says were changed, where it says so.
    """

    held: list[Held]
    error: str = ""
    modified: int = 0

    @property
    def titles(self) -> list[str]:
        """The titles that it holds, in the order of the alphabet."""
        return sorted(one.title for one in self.held)

    def one(self, entry_id: str) -> Held:
        """Return the only story that it holds under *entry_id*."""
        [found] = [one for one in self.held if one.id == entry_id]
        return found


class Client:
    """A reader at *home*, a folder that is made for it.

    *programs* must be on the path; *suffixes* are the formats that it reads; *readings* is how often
    it is to read an unchanged feed until it has shown all that it does with one.
    """

    programs: ClassVar[tuple[str, ...]] = ()
    suffixes: ClassVar[tuple[str, ...]] = ("rss", "atom")
    readings: ClassVar[int] = 1

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir(parents=True)

    @classmethod
    def missing(cls) -> str:
        """Return what of it is not installed; nothing when all is there."""
        return " ".join(name for name in cls.programs if shutil.which(name) is None)

    def read(self, url: str) -> Read:
        """Read the feed at *url*."""
        raise NotImplementedError

    def mark_read(self) -> None:
        """Mark everything as read, where it has such a mark."""

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run *command* at home, with *more* in its environment; its exit status is not judged."""
        return subprocess.run(
            command,
            cwd=self.home,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "LANG": "C.UTF-8",
                "LC_ALL": "C.UTF-8",
                **more,
            },
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )


class Newsboat(Client):
    """newsboat, whose own SQLite file is read. Its exit status is 0 even when a feed failed."""

    programs = ("newsboat",)
    readings = 3

    def read(self, url: str) -> Read:
        """Reload *url*, and no other feed."""
        (self.home / "urls").write_text(f"{url}\n")
        (self.home / "config").write_text("")
        (self.home / "log").unlink(missing_ok=True)
        files = ("-u", "urls", "-C", "config", "-c", "cache.db", "-d", "log", "-l", "4")
        self.run("newsboat", *files, "-x", "reload")
        rows = self._ask("select guid, title, url, author, content, unread from rss_item")
        problems = re.findall("USERERROR: (.*)", (self.home / "log").read_text("utf-8", "replace"))
        held = [Held(*row[:5], unread=bool(row[5])) for row in rows]
        return Read(held, "\n".join(problems))

    def mark_read(self) -> None:
        """Mark everything as read, as its owner would by opening it."""
        self._ask("update rss_item set unread = 0")

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.home / "cache.db")) as store, store:
            return store.execute(query).fetchall()


class Sfeed(Client):
    """sfeed_update and its file of lines; it fetches with curl."""

    programs = ("sfeed_update", "curl")

    def read(self, url: str) -> Read:
        """Update the feed ``lab``, wherever it is now."""
        feed = f'sfeedpath="{self.home}/feeds"\nfeeds() {{ feed lab "{url}"; }}\n'
        (self.home / "sfeedrc").write_text(feed)
        done = self.run("sfeed_update", "./sfeedrc")
        lines = (self.home / "feeds" / "lab").read_text().splitlines()
        held = []
        for line in lines:
            _, title, link, text, _, entry_id, author, *_ = line.split("\t")
            held.append(Held(entry_id, title, link, author, text))
        return Read(held, done.stderr if done.returncode else "")


class Rss2email(Client):
    """rss2email with a Maildir: what it holds is what it has mailed."""

    programs = ("r2e",)
    readings = 2
    _config = (
        "[DEFAULT]\nfrom = desk@localhost\nto = me@localhost\nemail-protocol = maildir\n"
        "maildir-path = ./Maildir\nmaildir-mailbox = feeds\nhtml-mail = {html}\ndate-header = True\n"
    )
    html: ClassVar[bool] = False

    def read(self, url: str) -> Read:
        """Mail what is new at *url*, which is added at the first reading."""
        if not (self.home / "cfg").exists():
            (self.home / "cfg").write_text(self._config.format(html=self.html))
            for part in ("new", "cur", "tmp"):
                (self.home / "Maildir" / "feeds" / part).mkdir(parents=True)
            self._r2e("add", "lab", url)
        self._turn_to(url)
        said = self._r2e("-VV", "run").stderr
        problems = [line for line in said.splitlines() if re.search(r"\[(WARNING|ERROR)\]", line)]
        return Read([self._held(each) for each in self.letters()], "\n".join(problems))

    def letters(self) -> list[EmailMessage]:
        """Return the letters that it has sent."""
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted((self.home / "Maildir" / "feeds" / "new").iterdir())
        ]

    def _turn_to(self, url: str) -> None:
        """Have *url* in its configuration, as its owner would by editing that."""
        config = self.home / "cfg"
        config.write_text(
            re.sub("^url = .*$", f"url = {url}", config.read_text(), flags=re.MULTILINE)
        )

    def _held(self, letter: EmailMessage) -> Held:
        part = letter.get_body(("plain", "html"))
        assert part is not None
        text = " ".join(str(part.get_content()).split())  # whatever the width it was wrapped at
        head = (letter["X-RSS-ID"], letter["Subject"], letter["X-RSS-URL"], letter["From"])
        return Held(*map(str, head), text)

    def _r2e(self, *command: str) -> subprocess.CompletedProcess[str]:
        return self.run("r2e", "-c", "cfg", "-d", "data.json", *command)


class Rsstail(Client):
    """rsstail, which keeps nothing: what it holds is what it printed."""

    programs = ("rsstail",)

    def read(self, url: str) -> Read:
        """Print the 50 latest items of *url* once."""
        done = self.run("rsstail", "-1", "-n", "50", "-l", "-p", "-a", "-d", "-u", url)
        held = []
        for item in re.split(r"^Title: ", done.stdout, flags=re.MULTILINE)[1:]:
            title, _, rest = item.partition("\n")
            fields = dict(re.findall(r"^(Link|Author): (.*)$", rest, re.MULTILINE))
            text = rest.partition("Description: ")[2]
            held.append(
                Held("", title, fields.get("Link", ""), fields.get("Author", ""), text.strip())
            )
        return Read(held, done.stderr.strip() if done.returncode or not held else "")


class Reader(Client):
    """The Python package ``reader``, in this process, with its database at home."""

    suffixes = ("rss", "atom", "json")
    readings = 2

    @classmethod
    def missing(cls) -> str:
        """Return what of it is not installed."""
        needed = ("reader", "sgmllib")  # the second is of the package sgmllib3k
        return " ".join(name for name in needed if importlib.util.find_spec(name) is None)

    def read(self, url: str) -> Read:
        """Update *url*, which takes the place of the address that it had before."""
        import reader  # noqa: PLC0415  # not everywhere

        with closing(reader.make_reader(str(self.home / "reader.db"))) as mine:
            for feed in list(mine.get_feeds()):
                if feed.url != url:
                    mine.change_feed_url(feed.url, url)
            mine.add_feed(url, exist_ok=True)
            [result] = mine.update_feeds_iter(scheduled=False)
            held = [self._held(entry) for entry in mine.get_entries()]
        modified = result.updated_feed.modified if result.updated_feed else 0
        return Read(held, str(result.error or ""), modified)

    def mark_read(self) -> None:
        """Mark everything as read."""
        import reader  # noqa: PLC0415  # not everywhere

        with closing(reader.make_reader(str(self.home / "reader.db"))) as mine:
            for entry in list(mine.get_entries()):
                mine.mark_entry_as_read(entry)

    @staticmethod
    def _held(entry: Any) -> Held:
        text = entry.content[0].value if entry.content else entry.summary
        return Held(
            entry.id,
            entry.title or "",
            entry.link or "",
            entry.authors_str or "",
            text or "",
            unread=not entry.read,
        )


class _Node(Client):
    """A package of Node, which keeps nothing: what it holds is what it made of the address."""

    programs = ("node",)
    package: ClassVar[str]

    @classmethod
    def missing(cls) -> str:
        """Return what of it is not installed."""
        folders = os.environ.get("NODE_PATH", "").split(os.pathsep)
        here = any(folder and (Path(folder) / cls.package).is_dir() for folder in folders)
        return super().missing() or ("" if here else cls.package)

    def read(self, url: str) -> Read:
        """Have the package fetch and parse *url*."""
        script = Path(__file__).with_name("clients.cjs")
        done = self.run("node", str(script), self.package, url, NODE_PATH=os.environ["NODE_PATH"])
        told = json.loads(done.stdout)
        return Read(self._held(told["said"]) if "said" in told else [], told.get("error", ""))

    def _held(self, said: Mapping[str, Any]) -> list[Held]:
        raise NotImplementedError


class RssParser(_Node):
    """rss-parser, of npm; it fetches by itself."""

    package = "rss-parser"

    def _held(self, said: Mapping[str, Any]) -> list[Held]:
        return [
            Held(
                one.get("guid") or one.get("id") or "",
                one["title"],
                one["link"],
                one.get("creator") or one.get("author") or "",
                one.get("content:encoded") or one["content"],
            )
            for one in said["items"]
        ]


class Feedsmith(_Node):
    """feedsmith, of npm, given what Node fetched."""

    package = "feedsmith"
    suffixes = ("rss", "atom", "json")

    def _held(self, said: Mapping[str, Any]) -> list[Held]:
        kept = {"rss": self._rss, "atom": self._atom, "json": self._json}[said["format"]]
        feed = said["feed"]
        return [kept(one) for one in feed.get("items") or feed["entries"]]

    @staticmethod
    def _rss(one: Mapping[str, Any]) -> Held:
        author = one.get("dc", {}).get("creators", [""])[0]
        text = one.get("content", {}).get("encoded") or one["description"]
        return Held(one["guid"]["value"], one["title"], one["link"], author, text)

    @staticmethod
    def _atom(one: Mapping[str, Any]) -> Held:
        [link] = [each["href"] for each in one["links"] if each.get("rel") == "alternate"]
        author = one.get("authors", [{"name": ""}])[0]["name"]
        return Held(one["id"], one["title"]["value"], link, author, one["content"]["value"])

    @staticmethod
    def _json(one: Mapping[str, Any]) -> Held:
        author = one.get("authors", [{"name": ""}])[0]["name"]
        return Held(one["id"], one["title"], one["url"], author, one["content_html"])
