"""What is written when a contact changes: the whole documented set, so that nothing is lost.

Whether a PUT merges or replaces is not documented, so what is there is sent along.
Source: facts §4.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from worker.errors import Fault, GatewayError, TookEffect
from worker.gateways.imbrace.protocol_contacts import ALSO_WRITABLE, DOCUMENTED_WRITABLE
from worker.gateways.imbrace.wire import ContactRow, text

_WRITTEN_GENDER: Final = {"Male": "m", "Female": "f"}
"""It is written short and comes back long. Source: seed 0 §4; the female one is inferred."""


def changed_profile(row: ContactRow, fields: Mapping[str, str]) -> dict[str, str]:
    """The body of the PUT; empty where every field already is as wanted.

    Empty unchanged fields are left out: an empty first and last name would also empty the display
    name, which the platform makes of them.

    Raises:
        GatewayError: `UNSUPPORTED`, nothing was written: a field that cannot be written there.
    """
    writable = (*DOCUMENTED_WRITABLE, *ALSO_WRITABLE)
    unknown = sorted(set(fields) - set(writable))
    if unknown:
        raise GatewayError(
            Fault.UNSUPPORTED,
            f"contacts.update: {', '.join(unknown)} cannot be written on iMBRACE; "
            f"only {', '.join(writable)}",
            took_effect=TookEffect.NO,
        )
    changed = {
        name: value for name, value in fields.items() if not _same(name, _now(row, name), value)
    }
    if not changed:
        return {}
    kept = {name: _now(row, name) for name in writable}
    if kept["gender"] in _WRITTEN_GENDER:
        kept["gender"] = _WRITTEN_GENDER[kept["gender"]]
    return {name: value for name, value in kept.items() if value} | changed


def _now(row: ContactRow, name: str) -> str:
    return text(getattr(row, name))


def _same(name: str, now: str, wanted: str) -> bool:
    if name == "gender":
        return _WRITTEN_GENDER.get(now, now) == _WRITTEN_GENDER.get(wanted, wanted)
    return now == wanted
