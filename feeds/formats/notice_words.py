"""The words of notices in a text: what each kind looks like, in the languages of the wires.

Nothing else knows them: to teach another language, or another agency's habit, add to these.
"""

from __future__ import annotations

import re

ADDRESS = (
    r"(?:eds|editors|redactores|news\s+editors|picture\s+editors|note\s+to\s+(?:the\s+)?(?:news\s+)?"
    r"editors?|notes\s+to\s+(?:the\s+)?(?:news\s+)?editors?|(?:attn\.?|attention)[:,]?\s+(?:news\s+|all\s+)?"
    r"(?:editors|eds|desks)|attention\s+(?:aux\s+)?r[ée]dactions|atenci[oó]n\s+redacciones"
    r"|nota\s+a\s+los\s+editores|an\s+die\s+redaktionen|achtung\s+redaktionen"
    r"|hinweis\s+an\s+die\s+redaktion(?:en)?)"
)
TO_EDITORS = re.compile(
    rf"[(\[*_\s]{{0,3}}(?P<to>{ADDRESS})\s*(?P<mark>[:,.\u2013\u2014-]+|$)", re.IGNORECASE
)
BARE_ADDRESS = frozenset({"editors", "redactores", "news editors", "picture editors"})
"""These begin headlines, too; all other forms of address are the desk's alone."""

ORDER = re.compile(
    r"\b(?:please|kill(?:s|ed)?|withdraw(?:s|n|ing)?|withhold|disregard|do\s+not|must\s+not|should\s+not"
    r"|not\s+(?:be\s+)?(?:used|published)|updates|adds|subs|recasts|corrects|correcting|restores"
    r"|resend(?:s|ing)?|re-?sent|clarifies|fixes|deletes|eliminates|optional\s+trims?|embargo(?:ed)?"
    r"|will\s+(?:move|be|stand|follow)|moved|stands|to\s+come|follows|slug(?:ged)?|writethru|writethrough"
    r"|bitte|veuillez|por\s+favor|rogamos)\b",
    re.IGNORECASE,
)
# What a desk says of a new version: the story itself follows.
CHANGES = re.compile(
    r"\s*(?:minor\s+edits|updates?|updating|adds?|adding|subs|recasts|corrects|fixes|restores|deletes|clarifies|changes"
    r"|tops|with|will\s+be|apnewsnow|new\s+(?:throughout|approach)|trims|moves|minor)\b",
    re.IGNORECASE,
)
KILL_SENTENCE = re.compile(
    r"(?:^|[.!:)\]]\s+)(?:(?:editors?|eds)[,:]?\s+)?(?:"
    r"please\s+(?:kill|withdraw|disregard|delete|do\s+not\s+(?:use|run|publish))\s+(?:the|this|that|our|all|any|it|BC-|AM-|PM-)"
    r"|(?:a\s+)?kill\s+is\s+mandatory|make\s+certain\s+(?:that\s+)?the\s+(?:story|article|item|photo)\s+is\s+not\s+used"
    r"|kill\s+(?:the\s+)?(?:story|article|item|entire)\b"
    r"|(?:the\s+)?(?:story|article|item)\s+(?:should|must)\s+(?:not\s+be\s+(?:used|published|run)|be\s+killed|be\s+withdrawn)"
    r"|(?:we\s+(?:are|have)|(?:the\s+)?(?:AP|Reuters|AFP|dpa|PA|UPI|EFE)(?:\s+is|\s+has)?)\s+"
    r"(?:withdrawing|withdrawn|killing|killed|withdraws|kills)\s+(?:the|this|its|our)\b"
    r"|(?:bitte\s+)?(?:die|diese)\s+meldung\s+nicht\s+(?:verwenden|ver[öo]ffentlichen)"
    r"|(?:rogamos|por\s+favor)[,]?\s+(?:eliminen|anulen|no\s+publiquen)"
    r"|veuillez\s+(?:annuler|ne\s+pas\s+(?:utiliser|publier))"
    r")",
    re.IGNORECASE | re.MULTILINE,
)
# In capitals, alone on its line or before a mark: "KILL SWITCH LAW PASSES" is a headline.
KILL_LABEL = re.compile(
    r"[*\s\-=+(\[!]{0,8}(?:(?:URGENT|BULLETIN|FLASH|NEWS|STORY|PHOTO|ALERT)[\s:,-]{1,3}){0,2}"
    r"(?:MANDATORY[\s-]+KILL|KILL(?:[\s,-]+KILL)+|(?:STORY|NEWS|BULLETIN)[\s-]+(?:KILL|WITHDRAWAL?)|WITHDRAWAL"
    r"|WITHDRAWN|STORY\s+WITHDRAWN|KILL(?:ED)?|RETRACTION|ANNULATION|ANULACI[OÓ]N|ANULADA|ELIMINAR(?:[\s-]+ELIMINAR)*"
    r"|STREICHUNG|MELDUNG\s+(?:ZUR[ÜU]CKGEZOGEN|GESTRICHEN)|АННУЛИРОВАНИЕ|حظر(?:\s+حظر)*)"
    r"(?P<mark>[*\s\-=+)\]!.]{0,8}(?:$|[:,;\u2013\u2014(/\[]|\s-\s|-{2}))"
)
MANDATORY = re.compile(
    r"[*\s\-=+(\[]{0,8}(?:MANDATORY[\s-]+KILL|KILL(?:[\s,-]+KILL)+)\b(?!\s+[A-Z]{2,})"
)
WHOLE_LINE_KILL = re.compile(
    r"[*\W]{0,8}(?:mandatory\s+kill|kill\s+notice|notice\s+of\s+withdrawal|story\s+(?:kill|withdrawal)"
    r"|withdrawal\s+(?:notice|of\s+story))[*\W]{0,8}",
    re.IGNORECASE,
)
ADVISORY_LABEL = re.compile(
    r"[*\s\-=+(\[]{0,8}(?:(?:(?:EDITORS?|EDITORIAL)['\u2019]?S?|NEWS|URGENT|MEDIA|PRESS|CLIENT|SCHEDULE|PHOTO|COVERAGE)\s+){0,2}"
    r"(?:ADVISOR(?:Y|IES)|NOTE\s+TO\s+(?:EDITORS|DESKS|CLIENTS))"
    r"(?P<mark>[*\s\-=+)\].]{0,8}(?:$|:|[\u2013\u2014]|\s-\s|,?\s+TO\s+(?:ALL\s+)?EDITORS))"
)
SLUG_KILL = re.compile(
    r"(?:^|[\s,;/_-])(?:mandatory\s+)?(?:kill(?:ed)?|withdraw(?:al|n)?|retraction)(?=$|[\s,;/<])",
    re.IGNORECASE,
)
SLUG_ADVISORY = re.compile(
    r"(?:^|[\s,;/_-])(?:advisor(?:y|ies)|adv\s+note|news\s*(?:digest|advisory)|budget|daybook\s+advisory"
    r"|editors?\s+note|note\s+to\s+editors)(?=$|[\s,;/<])",
    re.IGNORECASE,
)
EMBARGO = re.compile(
    r"[*\s\-=+(\[]{0,8}(?:strictly\s+|under\s+|sous\s+|achtung[:,!]?\s+)?(?:"
    r"embargo(?:ed)?\b\s*(?:(?:for\s+(?:release|use|publication|transmission|broadcast)\s*)?[:\u2013\u2014-]?\s*"
    r"(?:(?P<until>until|till|til|to|before|jusqu['\u2019]\s?(?:au?|en)|hasta|fino\s+a|bis)\b\s*)?)"
    r"|(?:not\s+for\s+(?:release|use|publication|broadcast)|hold\s+for\s+release|do\s+not\s+(?:publish|use|release))"
    r"\s*(?P<before>before|until|till|til)\b\s*"
    r"|for\s+release\s+(?P<release>on|at|after|not\s+before|(?=(?:mon|tues|wednes|thurs|fri|satur|sun)days?))\b\s*"
    r"|embargado\s+(?P<hasta>hasta)\b\s*|(?P<sperre>sperrfrist|sendesperrfrist)\b\s*(?:bis\b)?\s*:?\s*(?:bis\b)?\s*"
    r"|freigabe\s+(?P<frei>ab)\b\s*"
    r")[:\s]*(?P<end>.*)",
    re.IGNORECASE | re.DOTALL,
)
NO_EMBARGO = re.compile(
    r"[*\s\-=(\[]{0,8}(?:for\s+immediate\s+(?:release|use|publication)|no\s+embargo|embargo(?:ed)?\s*[:\u2013-]\s*(?:none|nil|no|immediate|lifted)\b"
    r"|immediate\s+release|zur\s+sofortigen\s+ver[öo]ffentlichung)[^\n]{0,40}$",
    re.IGNORECASE,
)
DATE_WORDS = re.compile(
    r"\d|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b"
    r"|further\s+notice|\b(?:notice|delivery|delivered|beginn|rede|noon|midnight)\b",
    re.IGNORECASE,
)
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
CLOCK = re.compile(
    r"(?<![\d:.])(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)\s*(?:hrs?\.?|hours|h|uhr)?\s*"
    r"(?P<zone>GMT|UTC|BST|Z|[ECMP][SD]?T|CET|CEST|MEZ|MESZ|IST|JST|AE[SD]T|local)\b",
)
DOTTED_CLOCK = re.compile(
    r"(?<![\d.:])(?P<hour>[01]?\d|2[0-3])\.(?P<minute>[0-5]\d)"
    r"(?=\s?(?:[ap]\.?m\b|hrs|hours|GMT|UTC|BST))",
    re.IGNORECASE,
)
CLOCK_UNIT = re.compile(r"(?<=\d:\d\d)\s?(?:hrs?\.?|hours|h)\b", re.IGNORECASE)
ISO_NAMED = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)\s*(?:UTC|GMT|Z)\b")
CORRECTION_WORDS = (
    r"correction|corrections|corrected(?:\s+version)?|corrects|correcting|clarification|c\s+o\s+r\s+r\s+e\s+c\s+t\s+i\s+o\s+n"
    r"|berichtigung|korrektur|berichtigt|rectificatif|correctif|correcci[oó]n|rectificaci[oó]n|corre[cç][aã]o|errata|rettifica"
)
CORRECTION = re.compile(
    rf"[*\s\-=+]{{0,8}}[(\[]?\s*(?P<label>{CORRECTION_WORDS})\s*(?P<mark>[)\]]|:|[\u2013\u2014]|\s-\s|-(?=[A-Z])|$)\s*(?P<note>.*)",
    re.IGNORECASE | re.DOTALL,
)
END = re.compile(
    r"[*\s#\-=(<\[]{0,6}(?:-?\s?30\s?-|(?:press\s+release\s+|story\s+)?ends?|ende|fin|schluss|end\s+of\s+(?:story|release|text))[*\s#\-=)>\].]{0,6}|(?:#\s?){3,}"
)
ENDS_DASHED = re.compile(
    r"[-*#=\s(]{1,6}ends?[-*#=\s)]{1,6}|-\s?30\s?-|(?:#\s?){3,}|ENDS|\(END\)|\(ENDS\)",
    re.IGNORECASE,
)
NOT_FOR_READERS = re.compile(
    r"\W{0,6}(?:the\s+following|das\s+folgende|die\s+folgenden\s+informationen)?.{0,40}?"
    r"(?:not\s+(?:intended\s+)?for\s+publication|nicht\s+zur\s+ver[öo]ffentlichung(?:\s+bestimmt)?|no\s+(?:destinad[ao]s?\s+)?(?:para|a)\s+su\s+publicaci[oó]n)\W{0,6}",
    re.IGNORECASE,
)
NOTES_SECTION = re.compile(
    r"[#*\s=_-]{0,6}(?:notes?\s+to\s+(?:the\s+)?editors?|editors['\u2019]?\s+notes|media\s+contacts?|press\s+contacts?|notebook|notizblock|editorial\s+contacts?)\s*:?[*\s=_-]{0,6}",
    re.IGNORECASE,
)
MORE = re.compile(
    r"[-(\[\s]{0,4}(?:more(?:\s+to\s+(?:come|follow))?|mehr|folgt|m\s?f|mf/)[-)\]\s.]{0,4}",
    re.IGNORECASE,
)
