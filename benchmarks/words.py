"""What made sentences are made of."""

from __future__ import annotations


def _either(choices: str) -> list[str]:
    return choices.split("|")


PLACES = _either(
    "Aldermoor|Brackwater|Castlehythe|Dunmarrow|Eastering|Farrowgate|Glenhollow|Harrowby|"
    "Inverlock|Juniper Bay|Kestrel Point|Lowmarsh|Marrowdale|Northolm|Quillhaven"
)
WHO = _either(
    "the harbour board|the city council|the water authority|a group of farmers|the ferry company|"
    "the hospital trust|two former ministers|the school inspectors|engineers from the university|"
    "the coast guard|residents of the old quarter|the national archive|a panel of judges|"
    "the railway union|scientists at the observatory|the tenants' association|the port's owners"
)
DID = _either(
    "said on Tuesday that|warned again that|denied reports that|told a hearing that|has agreed that"
    "|published figures showing that|conceded in a letter that|will argue in court that|"
    "found no evidence that|announced after a long meeting that|asked a committee to confirm that"
)
WHAT = _either(
    "the new bridge|the winter timetable|a second reservoir|the contract for the tunnel|"
    "the price of bread|the flood defences|a plan to close three clinics|the fishing quota|"
    "an inquiry into the fire|the tax on empty houses|the oldest lighthouse on the coast|"
    "a shortage of teachers|the election in the northern valleys|the disputed pipeline"
)
HAPPENED = _either(
    "would cost far more than expected|had been delayed until the spring|was no longer safe|"
    "could be finished within a year|had divided the town for a decade|would need fresh money|"
    "had failed every test since {year}|was sold for {amount} million|employed {amount} people|"
    "drew {amount} visitors in its first week|should be decided by a vote|had been badly planned"
)
LINKS = _either(
    "according to documents seen by this newspaper|although officials urged patience|"
    "while opponents gathered outside|despite a promise made in {year}|and nobody disputed it|"
    "a step that few had thought possible|which surprised even its supporters|"
    "as heavy rain fell for a {amount}th day|in a vote of {amount} to {less}"
)
PEOPLE = _either(
    "Ada Merrow|Bram Okafor|Clara Voss|Daniel Esterhuys|Edith Lindqvist|Farid Haddad|Grace Tamura|"
    "Henrik Solberg|Ines Carvalho|Jonah Whitlock|Katya Romanenko|Liam Prendergast"
)
