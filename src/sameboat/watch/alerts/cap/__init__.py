"""CAP: the Common Alerting Protocol, read, judged and written.  No Django, no clock, no network.

    verdict = check_alert(raw, filename="flood.xml")
    raw = write_alert(alert)

`grammar` and `schema` hold what a message is made of; `gate` what may be parsed at all; `reading`
and `prose` what it says and whether it may; `writing` is the way out.
"""

from sameboat.watch.alerts.cap.alert import (
    CapAlert,
    CapArea,
    CapInfo,
    CapResource,
    Reference,
)
from sameboat.watch.alerts.cap.check import CapVerdict, check_alert
from sameboat.watch.alerts.cap.writing import write_alert

__all__ = [
    "CapAlert", "CapArea", "CapInfo", "CapResource", "CapVerdict", "Reference", "check_alert",
    "write_alert",
]  # fmt: skip
