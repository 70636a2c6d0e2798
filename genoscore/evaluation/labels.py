"""Which class a label is of: the cell of a table as it stands, or a value of INFO as ClinVar writes them.

ClinVar's CLNSIG joins the classifications of one aggregate with `/` (`Pathogenic/Likely_pathogenic`), and sets what
says nothing of pathogenicity behind a `|` (`Pathogenic|drug_response`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

Judge = Callable[[str], float | None]
# ClinVar's terms for effects other than a disease's, and for none; they stand beside a classification.
_ASIDE = frozenset(
    "Affects association association_not_found confers_sensitivity drug_response not_provided other protective "
    "risk_factor".split()
)


def judge_cell(positive: Collection[str], negative: Collection[str]) -> Judge:
    """1 for a positive label, 0 for a negative one, None for any other."""
    return _classes(positive, negative).get


def judge_info(positive: Collection[str], negative: Collection[str]) -> Judge:
    """The same for a value of INFO.

    A value that is not itself among the labels is of a class where all of its terms, which `/` and `|` part, are; terms
    that say nothing of pathogenicity do not count. Labels may be given with spaces, which INFO writes as `_`.

    >>> judge = judge_info(["Pathogenic", "Likely pathogenic"], ["Benign"])
    >>> [judge(value) for value in ("Pathogenic/Likely_pathogenic|other", "Benign", "Pathogenic/Benign", "other")]
    [1.0, 0.0, None, None]
    """
    classes = _classes([_spelt(label) for label in positive], [_spelt(label) for label in negative])

    def judge(value: str) -> float | None:
        if value in classes:
            return classes[value]
        terms = [term for term in value.replace("|", "/").split("/") if term in classes or term not in _ASIDE]
        found = {classes.get(term) for term in terms}
        return found.pop() if len(found) == 1 else None

    return judge


def _classes(positive: Collection[str], negative: Collection[str]) -> Mapping[str, float]:
    return dict.fromkeys(positive, 1.0) | dict.fromkeys(negative, 0.0)


def _spelt(label: str) -> str:
    return label.replace(" ", "_")
