"""When a visit may be signed, and by whom."""

from myomap.records.values import (
    DrawingState,
    Practitioner,
    Role,
    VisitRecord,
)

MAY_SIGN = frozenset({Role.OWNER, Role.CLINICIAN})


def reasons_not_to_sign(record: VisitRecord, signer: Practitioner | None) -> tuple[str, ...]:
    """Return sentences that say why this person cannot sign this visit; empty if they can."""
    visit = record.visit
    if visit.is_signed:
        return ("This visit is signed already.",)
    if signer is None:
        return ("Nobody is signed in.",)
    reasons: list[str] = []
    if signer.role not in MAY_SIGN:
        reasons.append("Only a clinician can sign a visit.")
    elif not signer.licence_number.strip():
        reasons.append("Your licence number is missing: a signature names it.")
    if record.needlings and not signer.may_needle_on(visit.on):
        reasons.append(
            "There is needling in this visit, and your dry-needling certification is not valid on "
            f"{visit.on.isoformat()}."
        )
    if record.carried:
        count = len(record.carried)
        what = "One entry" if count == 1 else f"{count} entries"
        reasons.append(f"{what} copied from an earlier visit must be reviewed or removed first.")
    if record.strokes and record.drawing is not None and record.drawing.state is DrawingState.NO_PAIN:
        reasons.append("The drawing says “no pain”, but there are pen strokes on it.")
    return tuple(reasons)
