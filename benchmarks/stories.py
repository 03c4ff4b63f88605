"""Made stories, and how papers that take them from a wire tell them: the same text, other dress.

Each story has people, places and figures of its own, and sentences built from word lists, so that
two stories share a phrase now and then, as news does, and never a paragraph. A copy has another
headline, dateline and footer, and has lost up to four tenths of its end.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from html import escape
from typing import NamedTuple


def _either(phrases: str) -> list[str]:
    return phrases.split("|")


def _each(words: str) -> list[str]:
    return words.split()


_PAPERS = _either(
    "The Aldermoor Argus|Brackwater Evening Post|The Castlehythe Courier|Dunmarrow Daily|"
    "Eastering Echo|The Farrowgate Free Press|Glenhollow Gazette|Harrowby Herald|"
    "Inverlock Independent|The Juniper Journal|Kestrel Point Chronicle|Lowmarsh Ledger"
)
_FOOTERS = (
    "Sign up for the morning letter of {paper} and have the stories that matter before breakfast.",
    "Follow {paper} for more, or write to the newsdesk if you know something that we do not.",
    "{paper} is a member of the press council; complaints are answered within three working days.",
    "Copyright {paper}. This material may not be published, broadcast, rewritten or passed on.",
)
_NOUNS = _each(
    "bridge tunnel harbour reservoir school clinic library market railway station theatre orchard "
    "quarry lighthouse factory prison museum airport dam canal mill abbey stadium forest glacier "
    "archive foundry vineyard observatory brewery ferry depot tower cathedral garden laboratory "
    "hospital bakery hangar warehouse courthouse nursery refinery cinema barracks shipyard"
)
_ADJECTIVES = _each(
    "old new disputed northern abandoned costly narrow crowded flooded historic private unfinished "
    "remote ruined popular modern empty leaking protected fragile famous neglected expensive steep "
    "timber concrete northernmost reopened temporary independent coastal municipal"
)
_VERBS = _each(
    "inspect close repair sell defend finance rebuild visit photograph measure evacuate reopen "
    "surround expand demolish insure search restore lease map enlarge guard rename auction drain "
    "paint vaccinate connect reinforce subsidise occupy"
)
_CROWD = _each(
    "engineers teachers farmers nurses inspectors pilots divers judges tenants archaeologists "
    "fishermen students councillors accountants surveyors firefighters volunteers miners auditors "
    "shareholders botanists clerks dockers translators"
)
_WHEN = _either(
    "before dawn|after a long hearing|within a year|by the end of the month|in spite of the storm|"
    "for the third time since {year}|on the eve of the festival|when the tide had turned|"
    "at a cost of {amount} million|in front of {amount} witnesses|without telling anybody|"
    "during the first week of the strike|under an agreement signed in {year}|as snow began to fall"
)
_OPENERS = _either(
    "|||||||In a letter to the editor, |On a visit to {place2}, |Asked about the {noun2}, |"
    "Even so, |Behind closed doors |At a meeting in {place2} |Two days later |"
    "By her own account |Reluctantly |Against the advice of {crowd2} |"
    "Speaking from the {noun2}, |With some regret |As a last resort |"
    "In a room full of {crowd2} |Under oath |On the steps of the {noun2} |"
    "After {amount} letters |As the {noun2} emptied, |Between two sessions |"
    "In a statement of {less} words |To applause |"
)
_TOLD = _either(
    "told {crowd}|assured the {crowd} of {place}|wrote to {amount} {crowd}|hinted|conceded|"
    "boasted|insisted before {crowd}|reminded everybody|claimed in {year} and again now|denied|"
    "predicted|found out from {crowd}|let it be known|proved to {less} {crowd}|never doubted"
)
_FACTS = _either(
    "the {adjective} {noun} would {verb} nobody|{place} ought to {verb} its {noun}|"
    "{amount} {crowd} had been hired to {verb} a {adjective} {noun}|"
    "{person2} would {verb} the {noun}|the {noun} of {place} was too {adjective} to {verb}|"
    "{crowd} must {verb} each {adjective} {noun}|"
    "a {adjective} {noun} and a {adjective2} {noun2} were one and the same|"
    "nobody could {verb} {place}|the cost of the {noun} had risen to {amount} thousand|"
    "{crowd} did not care who would {verb} it|"
    "since {year} every {noun} in {place} had been {adjective}|"
    "the {noun} would be {adjective} again|"
    "the {noun}, {adjective} as it was, could {verb} more {crowd} than before|"
    "to {verb} {less} of the {amount} {crowd} was out of the question"
)
_HEADLINES = (
    "{place} {crowd} split over {adjective} {noun}",
    "{person} vows to {verb} {noun} in {place}",
    "Row over {place}'s {adjective} {noun} grows",
    "{crowd} turn on {person} as {noun} plan falters",
)
_STARTS = _each("b br c d dr f fl g gr h j k l m n p r s st t tr v w")
_MIDDLES = _each("a e i o u ai ea ou")
_ENDS = _each("l lm n nd r rn s sk th tt v lder mbley nnick rrow sson ttle")


class Story(NamedTuple):
    """What happened: paragraphs of sentences, and the words that its headlines are made of."""

    number: int
    paragraphs: tuple[str, ...]
    said: dict[str, str]


class Copy(NamedTuple):
    """A story as *paper* tells it; *number* is the story's. The id is the paper's own."""

    number: int
    paper: str
    id: str
    title: str
    content_html: str


class Wire:
    """Makes stories; the same seed makes the same ones."""

    def __init__(self, seed: int, papers: int = 8) -> None:
        self.papers = _PAPERS[:papers]
        self._random = random.Random(seed)

    def story(self, number: int) -> Story:
        """Return another story, of some 350 words."""
        cast = [f"{self._name()} {self._name()}" for _ in range(4)]
        places = [self._name() for _ in range(3)]
        paragraphs = tuple(
            " ".join(self._sentence(cast, places) for _ in range(self._random.randint(2, 3)))
            for _ in range(9)
        )
        return Story(number, paragraphs, self._words(cast, places))

    def copy(self, story: Story, paper: str, share: float | None = None) -> Copy:
        """Return *story* as *paper* tells it; *share* of it is kept, 0.6 to 0.9 by default."""
        kept = share or self._random.uniform(0.6, 0.9)
        paragraphs = list(story.paragraphs[: round(kept * len(story.paragraphs))])
        paragraphs[0] = f"{story.said['place'].upper()} ({paper}) - {paragraphs[0]}"
        paragraphs += [footer.format(paper=paper) for footer in _FOOTERS[:2]]
        self._random.shuffle(heads := list(_HEADLINES))
        return Copy(
            story.number,
            paper,
            f"{paper}-{story.number}",
            heads[0].format(**story.said).capitalize(),
            "".join(f"<p>{escape(one)}</p>" for one in paragraphs),
        )

    def copies(self, stories: int) -> Iterator[Copy]:
        """Yield so many stories as each of the papers tells them."""
        for number in range(stories):
            story = self.story(number)
            for paper in self.papers:
                yield self.copy(story, paper)

    def _sentence(self, cast: list[str], places: list[str]) -> str:
        said = self._words(cast, places)
        opener, told, fact, when = map(self._random.choice, (_OPENERS, _TOLD, _FACTS, _WHEN))
        sentence = f"{opener}{{person}} {told} that {fact} {when}.".format(**said)
        return sentence[0].upper() + sentence[1:]

    def _words(self, cast: list[str], places: list[str]) -> dict[str, str]:
        pick, amount = self._random.choice, self._random.randint(21, 980)
        return {
            "person": pick(cast),
            "person2": pick(cast),
            "place": pick(places),
            "place2": pick(places),
            "crowd": pick(_CROWD),
            "crowd2": pick(_CROWD),
            "noun": pick(_NOUNS),
            "noun2": pick(_NOUNS),
            "adjective": pick(_ADJECTIVES),
            "adjective2": pick(_ADJECTIVES),
            "verb": pick(_VERBS),
            "amount": str(amount),
            "less": str(amount // 3),
            "year": str(1900 + amount % 120),
        }

    def _name(self) -> str:
        parts = (self._random.choice(each) for each in (_STARTS, _MIDDLES, _ENDS, _MIDDLES, _ENDS))
        return "".join(parts).capitalize()
