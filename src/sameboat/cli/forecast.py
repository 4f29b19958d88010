"""`sameboat forecast`: which places a hazard reaches, when, how strongly, how surely."""

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from sameboat.cli.shown import current_language, speak
from sameboat.lib.fault import Fault, FaultyInput
from sameboat.lib.language import closest, translate
from sameboat.lib.language import mark as _

if TYPE_CHECKING:
    from sameboat.packs.records import Observation, RegionPack, Scenario
    from sameboat.watch.forecasts.hazards.asked import Asked
    from sameboat.watch.forecasts.simulation import Simulation


class Format(StrEnum):
    """How the answer is printed."""

    table = "table"
    json = "json"
    geojson = "geojson"
    csv = "csv"


MOST_MEMBERS = 10_000
MOST_SEED = 2**63 - 1
_STEPS = {
    "question": _("preparing the question"),
    "members": _("computing the members"),
    "options": _("comparing the options"),
    "network": _("tracing the river"),
    "learning": _("learning from the observations"),
    "reach": _("following the clouds"),
    "series": _("drawing the bands"),
}


Language = Annotated[
    str | None,
    typer.Option(
        help="zh-Hans or en; without it, the shell's language.", is_eager=True, callback=speak
    ),
]


def forecast(
    scenario: Annotated[
        Path, typer.Argument(help="The scenario's file, in the folder `scenarios` of its pack.")
    ],
    observations: Annotated[
        Path | None,
        typer.Option(help="CSV of what was measured; without it, nothing measured is used."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Use only what was known by then: 2005-12-01T05:00."),
    ] = None,
    members: Annotated[
        int | None,
        typer.Option(help="How many members the ensemble has; what would not fit is refused."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same numbers.")] = None,
    format: Annotated[
        Format, typer.Option(help="table for people; json, geojson, csv for programs.")
    ] = Format.table,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="Take the counter-measures of this option; repeatable."),
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Also compare all options of the scenario.")
    ] = False,
    plot: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Also draw the bands at every site.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Write the answer to a file instead of printing it.")
    ] = None,
    language: Language = None,
) -> None:
    """Say which sites and places a hazard reaches, when, how strongly and how surely.

    **For example**

        sameboat forecast regions/songhua/scenarios/nitrobenzene-2005.toml

        sameboat forecast regions/songhua/scenarios/nitrobenzene-2005.toml
        --observations regions/songhua/observations/2005.csv --until 2005-12-01T05:00 --plot out.png

    The answer goes to standard output, progress and notices to standard error.
    The same input and seed give the same numbers. Nothing is stored.
    A run that takes long is told with its time and memory before it starts.

    **Exit code**: 0 answered · 1 it cannot be computed · 2 bad input, named by file,
    line or field · 130 interrupted; no file is left half written.
    """
    wanted = _Wanted(until, members, seed, tuple(option or ()), compare, format, plot, output)
    _answer(scenario, observations, wanted, closest(language) if language else current_language())


@dataclass(frozen=True)
class _Wanted:
    """What the options of the command line ask for."""

    until: str | None
    members: int | None
    seed: int | None
    options: tuple[str, ...]
    compare: bool
    format: Format
    plot: Path | None
    output: Path | None


def _answer(scenario: Path, observations: Path | None, wanted: _Wanted, tongue: str) -> None:
    """Run and print; every end has its exit code."""
    # The compiled loops use the processor; a second crowd of threads would only spin beside them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    kept = signal.signal(signal.SIGTERM, _interrupt)
    try:
        _run(scenario, observations, wanted, tongue)
    except FaultyInput as faulty:
        for fault in faulty.faults:
            typer.echo(fault.in_language(tongue), err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        typer.echo(translate(_("Interrupted: nothing was written."), tongue), err=True)
        raise typer.Exit(130) from None
    finally:
        signal.signal(signal.SIGTERM, kept)


def _run(scenario: Path, observations: Path | None, wanted: _Wanted, language: str) -> None:
    from sameboat.lib.refusal import Refusal

    for file in (wanted.output, wanted.plot):
        if file is not None:
            _check_writable(file)
    pack, chosen = _open(scenario)
    _check_numbers(wanted.members, wanted.seed, chosen.hazard)
    moment = _moment(wanted.until, chosen)
    seen = _observed(observations, pack)
    from sameboat.watch.forecasts.simulate import simulate

    progress = _Progress(language)
    workers = os.cpu_count() or 1
    try:
        asked = _prepared(pack, chosen, wanted, seen, moment, progress)
        with ThreadPoolExecutor(workers) as threads:
            run = simulate(
                pack, chosen, observations=seen, until=moment, members=wanted.members,
                seed=wanted.seed, options=wanted.options, compare=wanted.compare, asked=asked,
                bands=wanted.plot is not None, executor=threads, workers=workers,
                progress=progress,
            )  # fmt: skip
    except FaultyInput:
        raise
    except Refusal as refusal:
        typer.echo(refusal.in_language(language), err=True)
        raise typer.Exit(1) from None
    _give(run, pack, chosen, wanted, language)


def _prepared(
    pack: "RegionPack",
    chosen: "Scenario",
    wanted: _Wanted,
    observations: "tuple[Observation, ...]",
    until: datetime | None,
    progress: "_Progress",
) -> "Asked | None":
    """Return the question, having said what it takes where that is long; None: the river's own."""
    from sameboat.watch.forecasts.hazards import ASKED, ask

    if chosen.hazard not in ASKED:
        return None
    from sameboat.cli.pilot import expect, expect_learning
    from sameboat.watch.forecasts.choices import options_of
    from sameboat.watch.forecasts.hazards.asked import read_run
    from sameboat.watch.forecasts.seeing import check_learning, seen_in

    progress("question", 0.0)
    asked = ask(pack, chosen)
    size = read_run(chosen, members=wanted.members, seed=wanted.seed)
    runs = 1 + len(options_of(chosen)) if wanted.compare else 1
    workers = os.cpu_count() or 1
    _used, seen, _notices = seen_in(observations, asked, chosen, until)
    check_learning(asked.problem, seen, size.members)
    for told in (
        expect(asked.problem, size.members, workers, progress.language, runs=runs),
        expect_learning(asked.problem, seen, size.members, progress.language, workers=workers),
    ):
        if told:
            typer.echo(told, err=True)
    return asked


def _give(
    run: "Simulation", pack: "RegionPack", chosen: "Scenario", wanted: _Wanted, language: str
) -> None:
    """Print or write the answer in the format that is wanted."""
    from sameboat.watch.forecasts.notices import say_notice
    from sameboat.watch.forecasts.render import as_csv, as_geojson, as_json_text, as_table

    match wanted.format:
        case Format.json:
            text = as_json_text(run.result)
        case Format.geojson:
            text = as_geojson(run, pack)
        case Format.csv:
            text = as_csv(run.result)
        case Format.table:
            text = as_table(run.result, language)
    if wanted.format in (Format.geojson, Format.csv):
        for notice in run.notices:  # the table and the JSON carry them themselves
            typer.echo(f"! {say_notice(notice, language)}", err=True)
    if wanted.plot is not None:
        from sameboat.watch.forecasts.picture import draw

        _write(wanted.plot, draw(run, pack, chosen, run.used, language))
    if wanted.output is not None:
        _write(wanted.output, text.encode())
    else:
        typer.echo(text, nl=False)


def _open(path: Path) -> "tuple[RegionPack, Scenario]":
    """Return the pack that the scenario lies in, and the scenario."""
    if path.is_dir():
        raise _faulty(
            "unreadable", path, _("is a folder, not a scenario's file."),
            _("Give the path of a scenario, such as regions/songhua/scenarios/….toml."),
        )  # fmt: skip
    if not path.is_file():
        raise _faulty(
            "missing_file", path, _("the file is not there."),
            _("Give the path of a scenario, such as regions/songhua/scenarios/….toml."),
        )  # fmt: skip
    folder = path.resolve().parent.parent
    if path.resolve().parent.name != "scenarios" or not (folder / "pack.toml").is_file():
        raise _faulty(
            "no_pack", path, _("does not lie in the folder `scenarios` of a region pack."),
            _("Put it beside the pack's other scenarios; the pack tells its river."),
        )  # fmt: skip
    from sameboat.packs import read_pack

    pack = read_pack(folder)
    for scenario in pack.scenarios:
        if scenario.path is not None and scenario.path.resolve() == path.resolve():
            return pack, scenario
    raise _faulty("not_toml", path, _("is not one of the pack's scenarios."), _("Name it *.toml."))


def _observed(path: Path | None, pack: "RegionPack") -> "tuple[Observation, ...]":
    if path is None:
        return ()
    from sameboat.packs import read_observations

    return read_observations(
        path,
        sites={site.key for site in pack.sites} | {place.code for place in pack.places},
        substances={substance.key for substance in pack.substances},
        zone=pack.zone,
        now=datetime.now(UTC),
        name=str(path),
    )


def _moment(text: str | None, scenario: "Scenario") -> datetime | None:
    if text is None:
        return None
    from sameboat.lib.times import parse_moment

    try:
        return parse_moment(text, zone=scenario.zone)
    except ValueError:
        raise FaultyInput(
            [
                Fault(
                    "not_a_time",
                    _("is no moment."),
                    field="--until",
                    value=text,
                    next_step=_("Write it as 2005-12-01T05:00 or 2005-12-01T05:00+08:00."),
                )
            ]
        ) from None


def _check_numbers(members: int | None, seed: int | None, hazard: str) -> None:
    """Name the option, not the scenario, where a number of the command line is out of range.

    A hazard whose memory is reckoned before it runs may be asked for more members.
    """
    most = MOST_MEMBERS if hazard == "river_pollutant" else 10**9
    wrong = [
        Fault(
            "out_of_range",
            _("lies outside its range."),
            field=option,
            value=value,
            allowed=f"{least} … {most}",
        )
        for option, value, least, most in (
            ("--members", members, 1, most),
            ("--seed", seed, 0, MOST_SEED),
        )
        if value is not None and not least <= value <= most
    ]
    if wrong:
        raise FaultyInput(wrong)


def _check_writable(path: Path) -> None:
    """Say before the work, not after it, that the answer cannot be kept.

    A device such as /dev/null is refused as well: moving a file in its place would end it.
    """
    if (
        (path.exists() and not path.is_file())
        or not path.parent.is_dir()
        or not os.access(path.parent, os.W_OK)
    ):
        raise _faulty(
            "unwritable", path, _("cannot be written."),
            _("Name a file in a folder that exists and that you may write to."),
        )  # fmt: skip


def _write(path: Path, content: bytes) -> None:
    """Write beside the file and move it in place: whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as problem:
        raise FaultyInput(
            [
                Fault(
                    "unwritable",
                    _("cannot be written: {problem}."),
                    file=str(path),
                    next_step=_("Name a file in a folder that exists and that you may write to."),
                    facts={"problem": problem.strerror or str(problem)},
                )
            ]
        ) from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _faulty(code: str, path: Path, says: str, next_step: str) -> FaultyInput:
    return FaultyInput([Fault(code, says, file=str(path), next_step=next_step)])


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


class _Progress:
    """One line per step on standard error, with its part done where somebody watches."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.watched = sys.stderr.isatty()
        self.step = ""

    def __call__(self, step: str, part: float) -> None:
        text = translate(_STEPS[step], self.language)
        if self.watched:
            end = "\n" if part >= 1.0 else ""
            typer.echo(f"\r{text} {part:4.0%}{end}", err=True, nl=False)
        elif step != self.step:
            typer.echo(f"{text} …", err=True)
        self.step = step
