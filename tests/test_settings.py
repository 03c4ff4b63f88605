"""Settings: defaults, then a file, then the environment; a mistake stops the start, and says where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import PREFIX, Settings, defaults, load
from feeds.errors import SettingsError
from feeds.model import Rules, Site, Thresholds

PLAIN = [
    (section, key) for section, told in defaults().items() if isinstance(told, dict) for key in told
] + [("", key) for key, told in defaults().items() if not isinstance(told, dict)]


def written(folder: Path, text: str) -> Path:
    """Return a configuration file that holds *text*."""
    path = folder / "wireroom.toml"
    path.write_text(text, "utf-8")
    return path


def value(settings: Settings, section: str, key: str) -> Any:
    """Return the setting *key* of *section*."""
    return getattr(getattr(settings, section) if section else settings, key)


def variable(section: str, key: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + "_".join(part for part in (section, key) if part).upper()


def test_without_a_word_from_the_operator_the_defaults_hold() -> None:
    told = defaults()

    assert msgspec.to_builtins(load(environ={}))["web"] == told["web"]


def test_a_file_overlays_the_defaults(tmp_path: Path) -> None:
    path = written(tmp_path, '[web]\nport = 9000\n[site]\ntitle = "The Gazette"\n')
    settings = load(path, environ={})

    assert (settings.web.port, settings.site.title) == (9000, "The Gazette")
    assert settings.web.host == defaults()["web"]["host"]


def test_the_environment_overlays_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[web]\nport = 9000\n")

    assert load(path, environ={"WIREROOM_WEB_PORT": "9001"}).web.port == 9001


def test_the_environment_may_name_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[web]\nport = 9000\n")

    assert load(environ={"WIREROOM_CONFIG": str(path)}).web.port == 9000


@pytest.mark.parametrize("key", ["redis_url", "store_url"])
def test_a_file_may_hold_the_secret_address(tmp_path: Path, key: str) -> None:
    secret = tmp_path / key
    secret.write_text("redis://:s3cret@valkey:6379/0\n", "utf-8")
    settings = load(environ={f"WIREROOM_{key.upper()}_FILE": str(secret)})

    assert getattr(settings, key) == "redis://:s3cret@valkey:6379/0"


def test_a_secret_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"WIREROOM_REDIS_URL_FILE.*No such file"):
        load(environ={"WIREROOM_REDIS_URL_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize(("section", "key"), PLAIN)
def test_every_setting_can_be_given_by_the_environment(section: str, key: str) -> None:
    default = value(load(environ={}), section, key)
    given_text = ",".join(default) if isinstance(default, tuple) else str(default).lower()
    if isinstance(default, str):
        given_text = default

    assert value(load(environ={variable(section, key): given_text}), section, key) == default


def test_lists_are_written_with_commas_in_the_environment() -> None:
    settings = load(environ={"WIREROOM_PUBLISH_HUBS": "https://a.example/, https://b.example/"})

    assert settings.publish.hubs == ("https://a.example/", "https://b.example/")


@pytest.mark.parametrize(
    ("text", "meant"), [("true", True), ("1", True), ("yes", True), ("False", False), ("0", False)]
)
def test_yes_and_no_have_several_spellings(text: str, *, meant: bool) -> None:
    assert load(environ={"WIREROOM_WEB_OPEN_STATUS": text}).web.open_status is meant


def test_two_underscores_part_section_and_key_as_well() -> None:
    assert load(environ={"WIREROOM_WEB__PORT": "9000"}).web.port == 9000


@pytest.mark.parametrize(
    ("text", "key", "near"),
    [
        ("[web]\nprot = 1\n", "web.prot", "web.port"),
        ('data_dri = "x"\n', "data_dri", "data_dir"),
        ("[drop]\nsweep_second = 1\n", "drop.sweep_second", "drop.sweep_seconds"),
    ],
)
def test_an_unknown_key_is_answered_with_the_nearest_one(
    tmp_path: Path, text: str, key: str, near: str
) -> None:
    path = written(tmp_path, text)

    with pytest.raises(SettingsError) as caught:
        load(path, environ={})
    assert str(caught.value) == f"{path}: {key}: is no setting; did you mean {near}?"


def test_a_slip_in_a_variable_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(SettingsError, match="did you mean WIREROOM_DATA_DIR"):
        load(environ={"WIREROOM_DATA_DRI": "x"})


def test_a_variable_that_others_set_is_no_mistake() -> None:
    assert load(environ={"WIREROOM_SERVICE_HOST": "10.0.0.1"}) == load(environ={})


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[web]\nport = "many"\n', "web.port"),
        ("[web]\nport = 70000\n", "web.port"),
        ("[web]\nopen_status = 3\n", "web.open_status"),
        ('[server]\nappendfsync = "no"\n', "server.appendfsync"),
        ("[worker]\nbatch = 0\n", "worker.batch"),
        ("[site]\ntitle = []\n", "site.title"),
        ('[normalise]\ntimezone = "Mars/Olympus"\n', "normalise.timezone"),
        ('public_url = "gazette.example"\n', "public_url"),
        ('public_url = "http://["\n', "public_url"),
        ('redis_url = "http://localhost"\n', "redis_url"),
        ('redis_url = "redis://localhost:many"\n', "redis_url"),
        ('redis_url = "redis+cluster://one"\nnamespace = "desk"\n', "redis_url"),
        ('store_url = "localhost"\n', "store_url"),
        ('store_url = "redis+cluster://one,:2"\nnamespace = "desk"\n', "store_url"),
        ('store_url = "redis+cluster://one:1/2"\nnamespace = "desk"\n', "store_url"),
        ('store_url = "redis+cluster://one"\n', "namespace"),
        ('namespace = "two words"\n', "namespace"),
        ('namespace = "{half"\n', "namespace"),
        ("web = 3\n", "web"),
    ],
)
def test_a_value_that_cannot_be_stops_the_start(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(written(tmp_path, text), environ={})
    assert caught.value.key == key


@pytest.mark.parametrize("text", ["[web", 'title = "\\q"', "\x00"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)

    with pytest.raises(SettingsError, match="is not TOML") as caught:
        load(path, environ={})
    assert caught.value.where == str(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml.*cannot be read"):
        load(tmp_path / "none.toml", environ={})


def test_what_celery_is_told_is_passed_on_unjudged(tmp_path: Path) -> None:
    path = written(tmp_path, "[celery]\nworker_max_memory_per_child = 400_000\n")

    assert load(path, environ={}).celery == {"worker_max_memory_per_child": 400_000}


def test_what_normalising_needs_are_settings_of_the_same_name() -> None:
    settings = msgspec.to_builtins(load(environ={"WIREROOM_NORMALISE_DAY_FIRST": "true"}).normalise)
    rules = msgspec.to_builtins(load(environ={"WIREROOM_NORMALISE_DAY_FIRST": "true"}).rules)

    assert {name: settings[name] for name in rules} == rules
    assert set(rules) == set(Rules.__struct_fields__)


def test_what_publishing_needs_are_settings_of_the_same_name() -> None:
    settings = load(environ={"WIREROOM_PUBLIC_URL": "https://gazette.example/"})
    told = {
        **msgspec.to_builtins(settings.publish),
        **msgspec.to_builtins(settings.site),
        "feeds": (),
        "max_age_seconds": settings.web.max_age_seconds,
        "public_url": "https://gazette.example",
        "tag_authority": "gazette.example",
        "hubs": ("https://gazette.example/hub",),
    }
    site = msgspec.to_builtins(settings.published_site)

    assert {name: told[name] for name in Site.__struct_fields__} == site


def test_the_thresholds_of_likeness_are_those_that_were_measured() -> None:
    assert load(environ={}).likeness == Thresholds()


@given(setting=st.sampled_from(PLAIN), text=st.text())
def test_any_text_in_the_environment_is_taken_or_refused_by_name(
    setting: tuple[str, str], text: str
) -> None:
    try:
        told = value(load(environ={variable(*setting): text}), *setting)
    except SettingsError as error:
        told = error

    kinds = (type(value(load(environ={}), *setting)), SettingsError)
    if setting == ("normalise", "day_first"):  # true, false or "auto"
        kinds += (bool,)
    assert isinstance(told, kinds)
    assert getattr(told, "key", ".".join(filter(None, setting))) == ".".join(filter(None, setting))
