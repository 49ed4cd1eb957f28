"""The command line: thin commands, each of which opens what it needs and nothing more."""

import gc
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from bot.records.audit_trail import Trail

app = typer.Typer(
    help="Suture: a Discord bot that shows its own logs, notices its own faults and mends them, with a person "
    "holding the needle.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
autofix = typer.Typer(
    help="The steps of the autofix workflow, as GitHub Actions runs them.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(autofix, name="autofix")
audit = typer.Typer(
    help="Who decided what, read from the store of the settings, whether the bot runs or not.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(audit, name="audit")
CANNOT_READ = 2
"""The exit code when there is no audit to be read."""


def tell_version(wanted: bool) -> None:
    """`suture 0.1.0 (build …)`, and nothing more."""
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
        bool, typer.Option("--version", callback=tell_version, is_eager=True, help="Version and build, then end.")
    ] = False,
) -> None:
    """Suture: a Discord bot that shows its own logs, notices its own faults and mends them."""


@app.command()
def watchdog() -> None:
    """Watch log files, resources and addresses of any service, beside it (needs no DISCORD_TOKEN)."""
    from bot.settings import EXIT_CONFIG, EmbeddedSettings, SettingsError, load_settings
    from bot.standalone import run_watchdog

    try:
        settings = load_settings(kind=EmbeddedSettings)
    except SettingsError as error:
        for problem in error.problems:
            typer.echo(problem, err=True)
        raise typer.Exit(EXIT_CONFIG) from None
    raise typer.Exit(run_watchdog(settings))


@app.command()
def run(
    *,
    exit_with_parent: Annotated[
        bool, typer.Option(help="End when standard input closes (the sandbox's child).")
    ] = False,
) -> None:
    """Run the bot (needs DISCORD_TOKEN)."""
    gc.disable()  # all that is imported stays: looking for garbage in it costs a tenth of the start
    from bot.app import run_bot
    from bot.settings import EXIT_CONFIG, SettingsError, given_names, load_settings, suspicious

    try:
        settings = load_settings()
        for hint in suspicious(given_names()):
            typer.echo(f"Note: {hint}", err=True)
    except SettingsError as error:
        typer.echo("Suture cannot start:", err=True)
        for problem in error.problems:
            typer.echo(f"  - {problem}", err=True)
        typer.echo("Set them in the environment or in a .env file; .env.example lists all. ", err=True, nl=False)
        typer.echo("To try it without any: python -m bot sandbox", err=True)
        raise typer.Exit(EXIT_CONFIG) from None
    gc.freeze()
    gc.enable()
    raise typer.Exit(run_bot(settings, exit_with_parent=exit_with_parent))


@app.command()
def doctor(*, as_json: Annotated[bool, typer.Option("--json", help="All findings as JSON.")] = False) -> None:
    """Look for misconfigurations, each with its remedy; exit code 1 when something is wrong, 78 without settings."""
    import asyncio
    import json
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
    story: Annotated[bool, typer.Option(help="Play the whole path without hands, then end.")] = False,
    directory: Annotated[Path, typer.Option(help="Where the local world lives.")] = Path("state/sandbox"),
    fresh: Annotated[bool, typer.Option(help="Begin a new world, forgetting the old one.")] = False,
    codex: Annotated[
        str | None, typer.Option(metavar="PROGRAM", help="Let this Codex CLI write the story's patch.")
    ] = None,
    until: Annotated[Literal["pull", "verified"], typer.Option(help="Where the story ends.")] = "verified",
) -> None:
    """A local Discord, GitHub and Railway with this bot in it: no token, no internet."""
    if story:
        from bot.sandbox.story import tell_story

        raise typer.Exit(tell_story(codex, until))
    from bot.sandbox.prompt import live

    raise typer.Exit(live(directory, fresh=fresh))


@app.command()
def drill(
    names: Annotated[
        list[str] | None, typer.Argument(help="Planted faults to heal, by name; an unknown name lists them.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every planted fault.")] = False,
    live: Annotated[bool, typer.Option(help="With the services of your settings, up to the proposal.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The score as JSON; the steps go to standard error.")] = False,
) -> None:
    """Play a fault through the whole path in a local world, timed and scored; with names, plant faults to be healed."""
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


@autofix.command()
def brief(
    event: Annotated[Path, typer.Option(help="The event's file (GITHUB_EVENT_PATH).")],
    out: Annotated[Path, typer.Option(help="The folder for prompt, data and schema.")],
) -> None:
    """Write what the coding agent gets; says go=false when an earlier run has this dispatch already."""
    from bot.repair.steps import brief_step

    raise typer.Exit(brief_step(event, out))


@autofix.command()
def incident(
    event: Annotated[Path, typer.Option(help="The event's file (GITHUB_EVENT_PATH).")],
    out: Annotated[Path, typer.Option(help="Where the incident goes, as JSON.")],
) -> None:
    """Write the incident of a dispatch into a file of its own, for the proof."""
    from bot.repair.steps import incident_step

    raise typer.Exit(incident_step(event, out))


@autofix.command()
def revert(
    event: Annotated[Path, typer.Option(help="The event's file (GITHUB_EVENT_PATH).")],
    out: Annotated[Path, typer.Option(help="Where the report goes, as JSON.")],
    repo: Annotated[Path, typer.Option(help="A full checkout of the default branch.")] = Path(),
) -> None:
    """Take back the merged fix that the dispatch names, without a commit and without a model."""
    from bot.repair.steps import revert_step

    raise typer.Exit(revert_step(event, out, repo))


@autofix.command()
def prove(
    diff: Annotated[Path, typer.Option(help="The patch.")],
    out: Annotated[Path, typer.Option(help="Where the proof goes, as JSON.")],
    repo: Annotated[Path, typer.Option(help="A checkout of the commit that the patch is for.")] = Path(),
    incident: Annotated[Path | None, typer.Option(help="The incident that the patch is for, as JSON.")] = None,
    *,
    exit_with_parent: Annotated[bool, typer.Option(help="End when standard input closes.")] = False,
) -> None:
    """Tell how far a patch holds: applies, tests pass, a new one fails without it, none is weakened."""
    from bot.repair.steps import end_with_parent, prove_step

    if exit_with_parent:
        end_with_parent()
    raise typer.Exit(prove_step(repo, diff, out, incident))


@autofix.command()
def publish(
    event: Annotated[Path, typer.Option(help="The event's file (GITHUB_EVENT_PATH).")],
    out: Annotated[Path, typer.Option(help="Where the outcome goes, as JSON.")],
    repo: Annotated[Path, typer.Option(help="A full checkout of the default branch.")] = Path(),
) -> None:
    """Push the approved patch as a branch and open its draft pull request."""
    from bot.repair.steps import publish_step

    raise typer.Exit(publish_step(event, out, repo))


def trail_or_exit(file: Path | None = None) -> "Trail":
    """The audit of this export, else of the settings' store; says what is wrong and ends when there is none."""
    import asyncio

    from bot.records.audit_trail import read_lines, read_trail
    from bot.records.sql_audit import open_audit
    from bot.records.store import StoreUnavailable
    from bot.settings import EXIT_CONFIG, EmbeddedSettings, SettingsError, load_settings

    try:
        if file:
            return read_lines(file.read_text(encoding="utf-8"))
        settings = load_settings(kind=EmbeddedSettings)  # the bot's token is not needed
        url = settings.database_url.get_secret_value() if settings.database_url else None
        with open_audit(settings.state_dir, url) as log:
            return asyncio.run(read_trail(log))
    except SettingsError as error:
        for problem in error.problems:
            typer.echo(problem, err=True)
        raise typer.Exit(EXIT_CONFIG) from None
    except (StoreUnavailable, OSError, ValueError) as error:
        typer.echo(f"The audit cannot be read: {error}", err=True)
        raise typer.Exit(CANNOT_READ) from None


@audit.command()
def verify(
    *,
    head: Annotated[
        list[str] | None, typer.Option(metavar="NUMBER:DIGEST", help="An end that was printed earlier and kept.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="An export, in place of the store.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell whether the audit is whole: 0 it is, 1 something was changed, removed or cut off, 2 it cannot be read."""
    from bot.records.audit_trail import read_head

    try:
        kept = [read_head(each) for each in head or ()]
    except ValueError:
        raise typer.BadParameter("an end is a number, a colon and 64 digits: 12:3f…", param_hint="--head") from None
    trail = trail_or_exit(file)
    problems = trail.problems(kept)
    if as_json:
        told = {"whole": not problems, "entries": len(trail.entries), "end": str(trail.end), "problems": problems}
        typer.echo(json.dumps(told))
    else:
        for problem in problems:
            typer.echo(problem)
        typer.echo(f"{'Broken' if problems else 'Whole'}: {len(trail.entries)} entries, the end is {trail.end}")
    raise typer.Exit(1 if problems else 0)


@audit.command()
def export(*, out: Annotated[Path | None, typer.Option(help="A file; without it, standard output.")] = None) -> None:
    """Write every decision as a line of JSON; the exit codes are those of `verify`."""
    from bot.records.audit_trail import as_json_lines

    trail = trail_or_exit()
    text = as_json_lines(trail.entries)
    if out:
        out.write_text(text, encoding="utf-8")
    else:
        typer.echo(text, nl=False)
    problems = trail.problems()
    for problem in problems:
        typer.echo(problem, err=True)
    raise typer.Exit(1 if problems else 0)


@app.command("lint-workflow")
def lint_workflow(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Workflow files or repositories (default: this folder's).")
    ] = None,
    *,
    sarif: Annotated[bool, typer.Option("--json", help="As SARIF, for programs and GitHub's code scanning.")] = False,
) -> None:
    """Find in workflows what would turn them against their owner: payloads in scripts, keys beside tokens."""
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
