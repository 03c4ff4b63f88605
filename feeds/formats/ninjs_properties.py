"""Properties of a ninjs item in any of its spellings, read liberally into one form.

Property names are in lower case here. A property of an odd type counts as absent: an item whose
version is a list is still an article.
"""

from __future__ import annotations

Item = dict[str, object]
_INT64 = 1 << 63  # a longer number is no version and no identifier, and slow to write out
_WORDS_ON_PICTURES = frozenset({"caption", "creditline", "writer"})


def lower(item: dict[str, object]) -> Item:
    """Return *item* with its property names in lower case."""
    return {str(key).lower(): value for key, value in item.items()}


def text(item: Item, *names: str) -> str | None:
    """Return the first of *names* that is text or a whole number, stripped."""
    for name in names:
        value = item.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _INT64:
            return str(value)
        if isinstance(value, str) and (stripped := value.strip()):
            return stripped
    return None


def objects(item: Item, *names: str) -> list[Item]:
    """Return the objects of the first of *names* that has any: a list, or in 1.x a map by name."""
    for name in names:
        value = item.get(name)
        if isinstance(value, dict):
            value = [{"name": k, **v} for k, v in value.items() if isinstance(v, dict)]
        if isinstance(value, list) and value:
            return [lower(one) for one in value if isinstance(one, dict)]
    return []


def names(item: Item, *properties: str) -> list[str]:
    """Return the names of the objects of a property, each once."""
    named = (text(one, "name") for one in objects(item, *properties))
    return list(dict.fromkeys(name for name in named if name))


def words(item: Item, *properties: str) -> list[str]:
    """Return the words of the first of *properties* that has any: texts, or named objects."""
    for name in properties:
        value = item.get(name)
        if isinstance(value, list) and value:
            named = (
                text(lower(o), "name", "code", "uri") if isinstance(o, dict) else o for o in value
            )
            return [one for one in named if isinstance(one, str)]
        if isinstance(value, str):
            return [value]
    return []


def name_in(value: object) -> str | None:
    """Return a name that stands as text or in an object."""
    value = lower(value).get("name") if isinstance(value, dict) else value
    return value.strip() or None if isinstance(value, str) else None


def by_role(item: Item, name: str, roles: tuple[str, ...]) -> str | None:
    """Return the text of *name* in the first of *roles* that has one.

    2.x and 3.x keep ``headlines: [{role, value}]``, 1.x ``headline`` and ``headline_ROLE``. Roles
    are free words: where "" is among *roles*, a text in a role that nobody knows will do, but for
    the words on a picture.
    """
    texts: dict[str, str] = {}
    for one in objects(item, f"{name}s"):
        if value := text(one, "value"):
            texts.setdefault((text(one, "role") or "").lower(), value)
    for key in item:
        if key.startswith(name) and isinstance(item[key], str) and (value := text(item, key)):
            texts.setdefault(key[len(name) :].removeprefix("_"), value)
    for role in roles:
        if role in texts:
            return texts[role]
    if "" not in roles:
        return None
    return next((texts[role] for role in texts if role not in _WORDS_ON_PICTURES), None)
