"""A picture of a run: the band of the ensemble at each site, what was observed, the threshold."""

import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sameboat.lib.language import choose, translate
from sameboat.lib.language import mark as _
from sameboat.packs.records import Observation, RegionPack, Scenario
from sameboat.watch.forecasts.simulation import Simulation

_COLUMNS = 4
#: Okabe & Ito's blue and vermilion: told apart by everyone, and no official warning colour.
_BAND, _SEEN = "#0072B2", "#D55E00"


def draw(
    run: Simulation,
    pack: RegionPack,
    scenario: Scenario,
    observations: Sequence[Observation],
    language: str,
) -> bytes:
    """Return a PNG with one panel for each site, or place, that the hazard comes to."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import dates
    from matplotlib import pyplot as plt

    language = language if has_chinese() else "en"
    zone = ZoneInfo(scenario.zone)
    names = {place.code: place.names for place in pack.places}
    names |= {site.key: site.names for site in pack.sites}
    sites = [site for site, band in run.series.items() if max(band["p90"]) > 0]
    rows = max(1, -(-len(sites) // _COLUMNS))
    # Fixed margins: working them out took longer than everything else together.
    figure, axes = plt.subplots(
        rows,
        _COLUMNS,
        figsize=(4 * _COLUMNS, 2.4 * rows),
        squeeze=False,
        gridspec_kw={
            "left": 0.05,
            "right": 0.99,
            "bottom": 0.3 / rows,
            "top": 1 - 0.3 / rows,
            "hspace": 0.45,
            "wspace": 0.16,
        },
    )
    try:
        for axis, site in zip(axes.flat, sites, strict=False):
            _panel(axis, run, site, observations, scenario.started_at, zone)
            axis.set_title(f"{site} {choose(names[site], language)}", fontsize=9)
            locator = dates.AutoDateLocator(maxticks=6, tz=zone)  # type: ignore[no-untyped-call]
            axis.xaxis.set_major_locator(locator)
            formatter = dates.ConciseDateFormatter(locator, tz=zone)  # type: ignore[no-untyped-call]
            axis.xaxis.set_major_formatter(formatter)
        for axis in list(axes.flat)[len(sites) :]:
            axis.set_visible(False)
        figure.suptitle(choose(scenario.title, language))
        unit = translate(_("{unit}; line: median, band: 10 % to 90 %, dots: observed"), language)
        figure.supylabel(unit.format(unit=run.unit), fontsize=8)
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=110)
        return out.getvalue()
    finally:
        plt.close(figure)


def _panel(
    axis: Any,
    run: Simulation,
    site: str,
    observations: Sequence[Observation],
    start: datetime,
    zone: ZoneInfo,
) -> None:
    band = run.series[site]
    times = [(start + timedelta(hours=hour)).astimezone(zone) for hour in band["hours"]]
    axis.fill_between(times, band["p10"], band["p90"], color=_BAND, alpha=0.25, linewidth=0)
    axis.plot(times, band["p50"], color=_BAND, linewidth=1.2)
    limits = _limits(run, site)
    for threshold in limits:
        axis.axhline(threshold, color="black", linewidth=0.8, linestyle="--")
    seen = [each for each in observations if each.site == site and each.value is not None]
    axis.plot(
        [each.at.astimezone(zone) for each in seen], [each.value for each in seen], "o",
        color=_SEEN, markersize=4,
    )  # fmt: skip
    # Arrival is read at the threshold, the peak far above it: a logarithm shows both.
    above_zero = [each for each in limits if each > 0]
    least = min(above_zero, default=max(band["p90"])) / 30
    axis.set_yscale("log")
    axis.set_ylim(least, max(max(band["p90"]), 10 * least) * 2)
    above = [place for place, value in enumerate(band["p90"]) if value > least]
    if above:
        last = min(above[-1] + 1, len(times) - 1)
        axis.set_xlim(times[max(above[0] - 1, 0)], times[last])
    axis.tick_params(labelsize=7)


def _limits(run: Simulation, site: str) -> list[float]:
    """Return the thresholds that hold at a site."""
    footprint = run.footprint
    if footprint.limits is None:
        return list(footprint.thresholds)
    row = footprint.limits[footprint.index(site)]
    return [float(each) for each in row if each == each]


def has_chinese() -> bool:
    """Use a Chinese font where the machine has one; without, labels stay in English."""
    import matplotlib
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    for family in ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Zen Hei"):
        if family in known:
            matplotlib.rcParams["font.family"] = [family, "DejaVu Sans"]
            return True
    return False
