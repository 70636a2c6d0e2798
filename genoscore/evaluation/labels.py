"""Which class a label belongs to: the cell of a table as written, or a value of INFO as ClinVar writes it.

ClinVar's CLNSIG joins the classifications of one aggregate record with `/` (`Pathogenic/Likely_pathogenic`), and puts
terms that say nothing about pathogenicity after a `|` (`Pathogenic|drug_response`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

Judge = Callable[[str], float | None]
# ClinVar's terms that do not classify pathogenicity; they may accompany a classification.
_OTHER_TERMS = frozenset(
    "Affects association association_not_found confers_sensitivity drug_response not_provided other protective "
    "risk_factor".split()
)


def judge_cell(positive: Collection[str], negative: Collection[str]) -> Judge:
    """1 for a positive label, 0 for a negative one, None for any other."""
    return _classes(positive, negative).get


def judge_info(positive: Collection[str], negative: Collection[str]) -> Judge:
    """The same for a value of INFO.

    A value that is not itself among the labels belongs to a class if all of its terms, separated by `/` and `|`, do;
    terms that say nothing about pathogenicity do not count. Labels may be given with spaces, which INFO writes as `_`.

    >>> judge = judge_info(["Pathogenic", "Likely pathogenic"], ["Benign"])
    >>> [judge(value) for value in ("Pathogenic/Likely_pathogenic|other", "Benign", "Pathogenic/Benign", "other")]
    [1.0, 0.0, None, None]
    """
    classes = _classes([_as_in_info(label) for label in positive], [_as_in_info(label) for label in negative])

    def judge(value: str) -> float | None:
        if value in classes:
            return classes[value]
        terms = [term for term in value.replace("|", "/").split("/") if term in classes or term not in _OTHER_TERMS]
        term_classes = {classes.get(term) for term in terms}
        return term_classes.pop() if len(term_classes) == 1 else None

    return judge


def _classes(positive: Collection[str], negative: Collection[str]) -> Mapping[str, float]:
    return dict.fromkeys(positive, 1.0) | dict.fromkeys(negative, 0.0)


def _as_in_info(label: str) -> str:
    return label.replace(" ", "_")
