"""Who has an alert and what each does about it, as JSON."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from ninja import Schema
from pydantic import Field

if TYPE_CHECKING:
    from sameboat.watch.alerts.deliveries import Delivery


class ProofOut(Schema):
    """An entry of another place's log that shows a state."""

    state: str
    entry: str = Field(description="its address; its receipt proves it")
    said_at: datetime = Field(description="by that place's clock")
    signed: bool = Field(description="whether a receipt can be had")


class DeliveryOut(Schema):
    """What one place has said of an alert, and what is known of its log."""

    place: str
    state: Literal[
        "queued", "delivered", "read", "acknowledged", "acting", "unable", "refused"
    ]  # fmt: skip
    late: bool = Field(description="no receipt within three hours")
    addressed: bool = Field(description="false: it only follows us")
    followed: bool = Field(description="false: its log is not read, so nothing can be known")
    p_reached_permille: int | None
    arrival_p10: datetime | None
    arrival_p50: datetime | None
    arrival_p90: datetime | None
    by: str
    text: str
    read_at: datetime | None = Field(description="when its log was read last")
    silent: str = Field(description="why its log could not be read last")
    proofs: list[ProofOut]


def delivery_out(row: "Delivery") -> dict[str, Any]:
    """Return what one place has said of an alert, as it is sent."""
    fields = ("place", "state", "late", "addressed", "followed", "by", "text", "read_at",
              "silent")  # fmt: skip
    reached = row.reached
    return {
        **{name: getattr(row, name) for name in fields},
        "p_reached_permille": reached.p_permille if reached else None,
        **{f"arrival_{p}": getattr(reached, p) if reached else None
           for p in ("p10", "p50", "p90")},
        "proofs": [
            {"state": each.state, "entry": f"{each.entry.origin}/entry/{each.entry.index}",
             "said_at": each.entry.said_at, "signed": each.signed}
            for each in row.proofs
        ],
    }  # fmt: skip
