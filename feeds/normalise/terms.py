"""Terms of use: do they keep an article out of some publications?

Agencies write them for people ("NO SALES. NOT FOR USE IN GERMANY"), and no program can honour what
they ask. So they are only told apart from what holds for every subscriber: a copyright notice, a
credit that must be given, "for editorial use only", which is what we do.
"""

from __future__ import annotations

import re

_GRANTED = re.compile(
    r"\b(?:for\s+)?editorial\s+use\s+only\b"
    r"|\bmandatory\s+credit\b"
    # Every story of some agencies ends so: "may not be published, broadcast or rewritten"
    r"|\b(?:may|must|can)\s*not\s+be\s+(?:(?:published|broadcast|rewritten|redistributed|reproduced"
    r"|copied|distributed|transmitted|displayed|and|or)[,\s]*){1,12}"
    r"(?:\s*$|(?=[.;])|without\b[^.;]{0,120})"
    r"|\b(?:no|without)\s+(?:\w+\s+){0,3}restrictions?\b|\bunrestricted\b"
    r"|\ball\s+rights\s+reserved\b",
    re.IGNORECASE,
)
_RESTRICTING = re.compile(
    r"\b(?:no|not?\s+for|never|only|except|excluding|prohibited|forbidden|banned"
    r"|restrict(?:ed|ions?|s)|off\s*limits|embargo(?:ed)?|(?:may|must|can)\s*not|do\s+not)\b"
    r"|\bout\b(?=\s*(?:[.,;/)-]|$))",  # "UK OUT", "FRANCE OUT; GERMANY OUT"
    re.IGNORECASE,
)


def restricted(usage: str) -> bool:
    """Tell whether *usage*, the terms as their provider wrote them, forbid some use of a story."""
    return _RESTRICTING.search(_GRANTED.sub(" ", usage)) is not None
