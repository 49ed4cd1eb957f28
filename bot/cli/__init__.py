"""The command line: thin commands, each of which opens what it needs and nothing more.

A command reads its options, calls one function of the package that does the work, and turns what comes back into lines
and an exit code. Nothing heavy is imported before a command needs it.
"""

import json
import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.cli.audit import audit
from bot.cli.autofix import autofix
from bot.cli.intake import intake
from bot.cli.keys import keys

app = typer.Typer(
    help="Suture: a Discord bot that shows its own logs, notices its own faults and mends them, with a person "
    "holding the needle.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(autofix, name="autofix")
app.add_typer(audit, name="audit")
app.add_typer(intake, name="intake")
app.add_typer(keys, name="keys")


def tell_version(wanted: bool) -> None:
    """Print `suture 0.1.0 (build …)` and exit."""
    if not wanted:
        return
    from bot import __version__

    build = os.environ.get("GIT_SHA") or os.environ.get("RAILWAY_GIT_COMMIT_SHA") or "unknown"  # settings take longer
    typer.echo(f"suture {__version__} (build {build})")
    raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=tell_version, is_eager=True, help="Print version and build, then exit."),
    ] = False,
) -> None:
    """Suture: a Discord bot that shows its own logs, notices its own faults and mends them."""


@app.command()
def run(
    *,
    exit_with_parent: Annotated[
        bool, typer.Option(help="Exit when standard input closes (the sandbox's child).")
    ] = False,
) -> None:
    """Run the bot (needs DISCORD_TOKEN)."""
    from bot.starting import run_from_environment

    raise typer.Exit(run_from_environment(exit_with_parent=exit_with_parent))


@app.command()
def watchdog() -> None:
    """Watch the logs, resources and addresses of any service. Runs beside it and needs no DISCORD_TOKEN."""
    from bot.standalone import run_from_environment

    raise typer.Exit(run_from_environment())


@app.command()
def doctor(*, as_json: Annotated[bool, typer.Option("--json", help="Print all findings as JSON.")] = False) -> None:
    """Find misconfigurations, each with its remedy. Exit code 1: something is wrong; 78: the settings are."""
    import asyncio
    from dataclasses import asdict, replace

    from bot.cogs.installation import command_shapes
    from bot.doctor.doctor import examine
    from bot.doctor.findings import exit_code
    from bot.doctor.patient import patient_of
    from bot.settings import EXIT_CONFIG, SettingsError, given_names, load_settings, suspicious

    try:
        settings = load_settings()
    except SettingsError as error:
        problems = [{"check": "settings", "state": "wrong", "sentence": each, "remedy": ""} for each in error.problems]
        typer.echo(json.dumps(problems, ensure_ascii=False, indent=1) if as_json else "\n".join(error.problems))
        raise typer.Exit(EXIT_CONFIG) from None
    patient = replace(patient_of(settings, os.environ, command_shapes()), hints=tuple(suspicious(given_names())))
    findings = asyncio.run(examine(patient))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            typer.echo(finding.as_line())
    raise typer.Exit(exit_code(findings))


@app.command()
def sandbox(
    *,
    story: Annotated[bool, typer.Option(help="Play the whole path by itself, then exit.")] = False,
    directory: Annotated[Path, typer.Option(help="Where the local world lives.")] = Path("state/sandbox"),
    fresh: Annotated[bool, typer.Option(help="Start a new world and delete the old one.")] = False,
    codex: Annotated[
        str | None, typer.Option(metavar="PROGRAM", help="Let this Codex CLI write the story's patch.")
    ] = None,
    until: Annotated[Literal["pull", "verified"], typer.Option(help="Where the story ends.")] = "verified",
) -> None:
    """Try the bot in a local Discord, GitHub and Railway. No token, no internet."""
    if story:
        from bot.sandbox.story import tell_story

        raise typer.Exit(tell_story(codex, until))
    from bot.sandbox.prompt import live

    raise typer.Exit(live(directory, fresh=fresh))


@app.command()
def drill(
    names: Annotated[
        list[str] | None, typer.Argument(help="Faults to plant, by name; an unknown name lists them all.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Plant every fault.")] = False,
    live: Annotated[bool, typer.Option(help="Use the real services of your settings, up to the proposal.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the score as JSON; the steps go to standard error.")
    ] = False,
) -> None:
    """Play a fault through the whole path, timed and scored. All of it is local; with names, plant faults to heal."""
    if every or names:
        raise typer.Exit(heal_planted(every=every, names=names or []))
    if live:
        from bot.sandbox.live_drill import live_drill

        raise typer.Exit(live_drill(as_json=as_json))
    from bot.sandbox.drill import drill as play_drill

    raise typer.Exit(play_drill(as_json=as_json))


def heal_planted(*, every: bool, names: list[str]) -> int:
    """Plant faults in a bot on this machine and score how each ends. Returns the exit code."""
    from bot.sandbox.planted_faults import FAULTS, drilled

    wanted = [fault for fault in FAULTS if every or fault.name in names]
    if not wanted:
        for fault in FAULTS:
            typer.echo(f"{fault.name:<14} {fault.words}")
        return 2
    scores = drilled(wanted, typer.echo)
    good = sum(not score.wrong for score in scores)
    typer.echo(f"{good} of {len(scores)} faults ended as they should.")
    return 0 if good == len(scores) else 1


@app.command("lint-workflow")
def lint_workflow(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Workflow files or repositories (default: this folder's).")
    ] = None,
    *,
    sarif: Annotated[
        bool, typer.Option("--json", help="Print SARIF, for programs and GitHub's code scanning.")
    ] = False,
) -> None:
    """Find security mistakes in GitHub workflows. Payloads in scripts, keys beside write tokens and forty more."""
    from bot.repair.workflow_lint import as_json, as_lines, lint_paths

    try:
        findings = lint_paths(paths or [Path()])
    except OSError as error:
        typer.echo(f"{error.filename}: {error.strerror}.", err=True)
        raise typer.Exit(2) from None
    if sarif:
        typer.echo(as_json(findings))
    else:
        for line in as_lines(findings):
            typer.echo(line)
        typer.echo(f"{len(findings)} finding(s)." if findings else "No findings.", err=True)
    raise typer.Exit(1 if findings else 0)
