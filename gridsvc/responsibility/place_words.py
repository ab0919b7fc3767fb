"""Places of the decision table in words, for who reads rows without knowing how they are written."""

from collections.abc import Callable, Mapping

from gridsvc.responsibility.places import Disc, Places, Term

Titles = Mapping[str, tuple[str, str]]
NameOf = Callable[[str, str], str]


def in_words(places: Places, titles: Titles, name_of: NameOf) -> tuple[str, str]:
    """Say in Chinese and English where a row holds.

    ``titles`` are those of the layers, ``name_of`` gives the name of an area by its layer and code, or an empty text.
    """
    if not places:
        return "全区域", "everywhere"
    told = [[_of_term(term, titles, name_of) for term in terms] for terms in places]
    return "；或".join("，且".join(zh for zh, _ in terms) for terms in told), "; or ".join(
        " and ".join(en for _, en in terms) for terms in told
    )


def _of_term(term: Term, titles: Titles, name_of: NameOf) -> tuple[str, str]:
    zh_not, en_not = ("不在", "not ") if term.negated else ("", "")
    if isinstance(term, Disc):
        at = f"{term.point.lon:.6f},{term.point.lat:.6f}"
        return f"{zh_not}距 {at} {term.radius_m:g} 米以内", f"{en_not}within {term.radius_m:g} m of {at}"
    zh, en = (title or term.layer for title in titles.get(term.layer, ("", "")))
    if term.key is not None:
        return f"{zh_not}{zh}（{term.key}={term.value}）", f"{en_not}in {en} with {term.key}={term.value}"
    if term.code is None or term.code == "*":
        return f"{zh_not}任一{zh}", f"{en_not}in any {en}"
    name = name_of(term.layer, term.code)
    if not name or name == term.code:
        return f"{zh_not}{zh} {term.code}", f"{en_not}in {en} {term.code}"
    return f"{zh_not}{zh} {name}（{term.code}）", f"{en_not}in {en} {name} ({term.code})"
