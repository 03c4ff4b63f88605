"""The settings of [hub], and what is checked of them."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Literal

import msgspec

from feeds.errors import SettingsError
from feeds.model import HubTerms

_Positive = Annotated[float, msgspec.Meta(gt=0)]
_Count = Annotated[int, msgspec.Meta(ge=1)]


class HubSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[hub]: our own WebSub hub, and how foreign ones are pinged."""

    enabled: Literal["https", "always", "off"]
    lease_seconds: _Count
    min_lease_seconds: _Count
    max_lease_seconds: _Count
    topic_subscribers: _Count
    host_subscriptions: _Count
    callback_topics: _Count
    verify_seconds: _Positive
    every_seconds: Annotated[float, msgspec.Meta(ge=0)]
    at_once: _Count
    host_at_once: _Count
    seconds: _Positive
    give_up_hours: _Positive
    signature: Literal["sha1", "sha256", "sha384", "sha512"]
    allowed_networks: tuple[str, ...]
    sweep_seconds: _Positive
    tasks: _Count

    @property
    def terms(self) -> HubTerms:
        """What the hub needs to know."""
        return HubTerms(**{name: getattr(self, name) for name in HubTerms.__struct_fields__})

    def address(self, public_url: str) -> str:
        """Return the hub's address at *public_url* (no slash at its end); "" where it is off."""
        on = {"https": public_url.startswith("https:"), "always": True, "off": False}
        return f"{public_url}/hub" if on[self.enabled] else ""


def check_hub(hub: HubSettings) -> None:
    """Raise SettingsError for what types cannot tell."""
    for network in hub.allowed_networks:
        try:
            ip_network(network, strict=False)
        except ValueError as error:
            raise SettingsError("settings", "hub.allowed_networks", str(error)) from error
