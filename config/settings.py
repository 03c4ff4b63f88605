"""Typed settings: defaults, then a file, then the environment; a mistake stops the start.

An unknown key or a value of the wrong kind is a SettingsError that names the place, the key and
the nearest key that exists. ``defaults.toml`` is the reference: every setting, one comment each.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from importlib import resources
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from feeds.errors import SettingsError
from feeds.model import FeedRule, Order, Rules, Site, Stories, Thresholds

from . import servers
from .hub import HubSettings, check_hub
from .tables import feed_rules

PREFIX = "WIREROOM_"

_Positive = Annotated[float, msgspec.Meta(gt=0)]
_Count = Annotated[int, msgspec.Meta(ge=1)]
_Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]


class SiteSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[site]: how what we publish calls itself."""

    title: str
    description: str
    language: str
    tag_authority: str
    id_policy: Literal["own", "upstream"]


class WebSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[web]: the server that readers poll."""

    host: str
    port: _Port
    max_age_seconds: _Count
    open_status: bool
    pages_at_feeds: bool
    event_clients: Annotated[int, msgspec.Meta(ge=0)]


class DropSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[drop]: the folder that files are dropped into."""

    settle_seconds: Annotated[float, msgspec.Meta(ge=0)]
    sweep_seconds: _Positive
    max_bytes: _Count
    ignore: tuple[str, ...]


class NormaliseSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[normalise]: what is believed, cut and cleaned."""

    future_hours: int
    earliest_year: int
    timezone: str
    day_first: bool | Literal["auto"]
    summary_characters: _Count
    tracking_parameters: tuple[str, ...]
    field_bytes: _Count


class PublishSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[publish]: which stories a feed holds, and how often it is written."""

    window_hours: _Count
    window_min_items: _Count
    window_max_items: _Count
    window_bytes: _Count
    window_order: Order
    category_feeds: bool
    category_limit: int
    every_milliseconds: _Count
    sweep_seconds: _Positive
    hubs: tuple[str, ...]
    restricted_feeds: tuple[str, ...]


class InboxSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[inbox]: the stream that programs submit to."""

    sweep_seconds: _Positive
    abandoned_seconds: _Positive


class PollSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[poll]: how upstream sources are polled."""

    sweep_seconds: _Positive
    tasks: _Count
    at_once: _Count
    seconds: _Positive
    connect_seconds: _Positive
    body_bytes: _Count
    host_seconds: Annotated[float, msgspec.Meta(ge=0)]
    min_seconds: _Count
    max_seconds: _Count
    usual_seconds: _Count
    gone_days: _Count
    move_sightings: _Count
    move_hours: Annotated[int, msgspec.Meta(ge=0)]
    first_entries: Annotated[int, msgspec.Meta(ge=0)]
    full_text_pages: Annotated[int, msgspec.Meta(ge=0)]
    allowed_networks: tuple[str, ...]
    contact: str


class PushSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[push]: hubs that tell us of new entries (WebSub)."""

    callbacks: Literal["https", "http", "off"]
    lease_seconds: _Count
    sweep_seconds: _Positive
    body_bytes: _Count


class StoriesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[stories]: which articles are one story, and which of its copies is shown."""

    compare: bool
    window_days: Annotated[int, msgspec.Meta(ge=1, le=200)]
    off: tuple[str, ...]
    groups: dict[str, tuple[str, ...]]
    face: tuple[Literal["preferred", "wire", "fullest", "first"], ...]
    preferred: Annotated[tuple[str, ...], msgspec.Meta(max_length=62)]


class RetentionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[retention]: how long what is remembered."""

    article_days: _Count
    identity_days: _Count
    outcome_days: _Count
    memory_megabytes: Annotated[int, msgspec.Meta(ge=0)]


class WorkerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[worker]: the processes that do the work."""

    concurrency: Annotated[int, msgspec.Meta(ge=0)]
    batch: _Count
    task_seconds: _Count
    stall_seconds: _Positive
    stop_seconds: _Positive


class ServerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[server]: the embedded Valkey."""

    maxmemory: str
    appendfsync: Literal["always", "everysec"]


class LogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[log]: what is said, and in which form."""

    format: Literal["text", "json"]
    level: Literal["debug", "info", "warning", "error"]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that an operator can decide."""

    data_dir: str
    redis_url: str
    store_url: str
    namespace: str
    public_url: str
    feeds: tuple[FeedRule, ...]
    site: SiteSettings
    web: WebSettings
    drop: DropSettings
    normalise: NormaliseSettings
    publish: PublishSettings
    inbox: InboxSettings
    poll: PollSettings
    push: PushSettings
    hub: HubSettings
    stories: StoriesSettings
    likeness: Thresholds
    retention: RetentionSettings
    worker: WorkerSettings
    server: ServerSettings
    log: LogSettings
    celery: dict[str, Any]

    @property
    def data(self) -> Path:
        """The data directory, absolute."""
        return Path(self.data_dir).expanduser().absolute()

    @property
    def drop_folder(self) -> Path:
        """Where files are dropped."""
        return self.data / "drop"

    @property
    def public_folder(self) -> Path:
        """The published tree."""
        return self.data / "public"

    @property
    def pictures_folder(self) -> Path:
        """Where the pictures that came with articles are kept."""
        return self.data / "pictures"

    @property
    def address(self) -> str:
        """The public address, with no slash at its end."""
        return (self.public_url or f"http://127.0.0.1:{self.web.port}").rstrip("/")

    @property
    def callback(self) -> str:
        """The address at which hubs reach us, a token to be added; "" where none is to be asked."""
        scheme = urlsplit(self.address).scheme
        return f"{self.address}/websub/" if self.push.callbacks in ("http", scheme) else ""

    @property
    def own_hub(self) -> str:
        """The address of our own hub; "" where it is off."""
        return self.hub.address(self.address)

    @property
    def hubs(self) -> tuple[str, ...]:
        """The WebSub hubs that feeds name: our own first, and the foreign ones."""
        return (*filter(None, [self.own_hub]), *self.publish.hubs)

    @property
    def rules(self) -> Rules:
        """What normalising needs to know."""
        return Rules(
            future_hours=self.normalise.future_hours,
            earliest_year=self.normalise.earliest_year,
            timezone=self.normalise.timezone,
            day_first=None if self.normalise.day_first == "auto" else self.normalise.day_first,
            summary_characters=self.normalise.summary_characters,
            tracking_parameters=self.normalise.tracking_parameters,
            field_bytes=self.normalise.field_bytes,
        )

    @property
    def kinship(self) -> Stories:
        """What telling stories apart needs to know."""
        return Stories(
            compare=self.stories.compare,
            window_days=self.stories.window_days,
            off=self.stories.off,
            groups=self.stories.groups,
            face=self.stories.face,
            preferred=self.stories.preferred,
            thresholds=self.likeness,
        )

    @property
    def published_site(self) -> Site:
        """What publishing needs to know."""
        host = urlsplit(self.address).hostname or "localhost"
        return Site(
            public_url=self.address,
            title=self.site.title,
            description=self.site.description,
            language=self.site.language,
            tag_authority=self.site.tag_authority or host,
            id_policy=self.site.id_policy,
            window_hours=self.publish.window_hours,
            window_min_items=self.publish.window_min_items,
            window_max_items=self.publish.window_max_items,
            window_bytes=self.publish.window_bytes,
            window_order=self.publish.window_order,
            category_feeds=self.publish.category_feeds,
            category_limit=self.publish.category_limit,
            max_age_seconds=self.web.max_age_seconds,
            hubs=self.hubs,
            restricted_feeds=self.publish.restricted_feeds,
            feeds=self.feeds,
        )


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings: the defaults, overlaid by the file at *path*, then by *environ*.

    Raises:
        SettingsError: a file cannot be read, a key is unknown, a value is of the wrong kind.
    """
    environ = os.environ if environ is None else environ
    tree = defaults()
    known = _names(tree)
    if path is None and environ.get(PREFIX + "CONFIG"):
        path = Path(environ[PREFIX + "CONFIG"])
    if path is not None:
        _overlay(tree, _read(path), str(path), known)
    _environment(tree, environ, known)
    feeds = feed_rules(tree.pop("feeds"), str(path or "settings"))
    try:
        settings = msgspec.convert({**tree, "feeds": ()}, Settings, strict=False)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at `$.")
        name = where.rstrip("`").partition("[")[0]
        raise SettingsError("settings", name or "?", problem) from error
    _check(settings)
    return msgspec.structs.replace(settings, feeds=feeds)


def defaults() -> dict[str, Any]:
    """Return ``defaults.toml`` as it stands."""
    return tomllib.loads(resources.files("config").joinpath("defaults.toml").read_text("utf-8"))


def _names(tree: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return every setting by its dotted name, as the path of keys that leads to it."""
    names: dict[str, tuple[str, ...]] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            names.update({f"{key}.{inner}": (key, inner) for inner in value})
        else:
            names[key] = (key,)
    return names


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(str(path), "-", f"cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(str(path), "-", f"is not TOML: {error}") from error


def _overlay(
    tree: dict[str, Any], changes: Mapping[str, Any], where: str, known: Mapping[str, object]
) -> None:
    for key, value in changes.items():
        if key == "celery" and isinstance(value, dict):
            tree["celery"].update(value)
        elif isinstance(value, dict) and isinstance(tree.get(key), dict):
            for inner, setting in value.items():
                if inner not in tree[key]:
                    raise SettingsError(where, f"{key}.{inner}", _unknown(f"{key}.{inner}", known))
                tree[key][inner] = setting
        elif key in known:
            tree[key] = value
        else:
            raise SettingsError(where, key, _unknown(key, known))


def _environment(
    tree: dict[str, Any], environ: Mapping[str, str], known: Mapping[str, tuple[str, ...]]
) -> None:
    """Overlay WIREROOM_SECTION_KEY (or SECTION__KEY), and WIREROOM_REDIS_URL_FILE for a secret.

    So WIREROOM_STORE_URL_FILE.
    """
    secrets = {f"{PREFIX}{name.upper()}_FILE": name for name in ("redis_url", "store_url")}
    variables = {PREFIX + "_".join(path).upper(): path for path in known.values()}
    variables |= {PREFIX + "__".join(path).upper(): path for path in known.values()}
    for variable, value in environ.items():
        if variable in secrets:
            try:
                tree[secrets[variable]] = Path(value).read_text("utf-8").strip()
            except OSError as error:
                raise SettingsError(variable, value, str(error.strerror)) from error
        elif variable in variables:
            path = variables[variable]
            place = tree if len(path) == 1 else tree[path[0]]
            place[path[-1]] = _typed(value, place[path[-1]])
        elif variable.startswith(PREFIX) and variable != PREFIX + "CONFIG":
            # Only what looks like a slip: Kubernetes itself sets WIREROOM_SERVICE_HOST.
            for near in difflib.get_close_matches(variable, variables, 1, cutoff=0.85):
                raise SettingsError("environment", variable, f"is no setting; did you mean {near}?")


def _typed(value: str, default: object) -> object:
    """Return the text of an environment variable in the kind that its default has."""
    if isinstance(default, list):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(default, dict):  # an inline table: { sport = ["feed-*"] }
        try:
            return tomllib.loads(f"table = {value}")["table"]
        except tomllib.TOMLDecodeError:
            return value
    if isinstance(default, bool) or value.lower() in ("true", "false"):
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
            value.lower(), value
        )
    return value


def _unknown(key: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(key, known, 1)
    return f"is no setting; did you mean {near[0]}?" if near else "is no setting"


def _check(settings: Settings) -> None:
    """Raise SettingsError for what types cannot tell."""
    try:
        scheme = urlsplit(settings.public_url).scheme
    except ValueError as error:
        raise SettingsError("settings", "public_url", str(error)) from error
    if settings.public_url and scheme not in ("http", "https"):
        raise SettingsError("settings", "public_url", "must start with http:// or https://")
    servers.check(settings.redis_url, settings.store_url, settings.namespace)
    if settings.poll.seconds > settings.worker.task_seconds / 3:
        problem = "must be at most a third of worker.task_seconds, or a slow source ends the task"
        raise SettingsError("settings", "poll.seconds", problem)
    if settings.poll.min_seconds > settings.poll.max_seconds:
        raise SettingsError("settings", "poll.min_seconds", "must be at most poll.max_seconds")
    for network in settings.poll.allowed_networks:
        try:
            ip_network(network, strict=False)
        except ValueError as error:
            raise SettingsError("settings", "poll.allowed_networks", str(error)) from error
    check_hub(settings.hub)
    if not settings.poll.contact.isprintable():
        raise SettingsError("settings", "poll.contact", "must be one line of text")
    try:
        ZoneInfo(settings.normalise.timezone)
    except (KeyError, ValueError, OSError) as error:
        raise SettingsError(
            "settings", "normalise.timezone", f"{settings.normalise.timezone!r} is no time zone"
        ) from error
