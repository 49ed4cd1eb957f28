"""`python -m bot audit`: who decided what, verified and exported, whether the bot runs or not."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.configured import settings_or_exit

if TYPE_CHECKING:
    from bot.records.audit_trail import Trail

audit = typer.Typer(
    help="Verify and export the record of who decided what. Works while the bot is down, too.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
CANNOT_READ = 2
"""The exit code when there is no audit to be read."""


def trail_or_exit(file: Path | None = None) -> "Trail":
    """The audit of this export, else of the settings' store; says what is wrong and ends when there is none."""
    import asyncio

    from bot.records.audit_trail import read_lines, read_trail
    from bot.records.sql_audit import open_audit
    from bot.records.store import StoreUnavailable

    try:
        if file:
            return read_lines(file.read_text(encoding="utf-8"))
        settings = settings_or_exit()
        with open_audit(settings.state_dir, settings.store_url) as log:
            return asyncio.run(read_trail(log))
    except (StoreUnavailable, OSError, ValueError) as error:
        typer.echo(f"The audit cannot be read: {error}", err=True)
        raise typer.Exit(CANNOT_READ) from None


@audit.command()
def verify(
    *,
    head: Annotated[
        list[str] | None,
        typer.Option(metavar="NUMBER:DIGEST", help="A head that was printed earlier and kept elsewhere."),
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Read this export instead of the store.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Tell whether the audit is whole. Exit code 0: it is; 1: it was changed or cut off; 2: it cannot be read."""
    from bot.records.audit_trail import read_head

    try:
        kept = [read_head(each) for each in head or ()]
    except ValueError:
        raise typer.BadParameter("a head is a number, a colon and 64 digits: 12:3f…", param_hint="--head") from None
    trail = trail_or_exit(file)
    problems = trail.problems(kept)
    if as_json:
        told = {"whole": not problems, "entries": len(trail.entries), "end": str(trail.end), "problems": problems}
        typer.echo(json.dumps(told))
    else:
        for problem in problems:
            typer.echo(problem)
        typer.echo(f"{'Broken' if problems else 'Whole'}: {len(trail.entries)} entries, the head is {trail.end}")
    raise typer.Exit(1 if problems else 0)


@audit.command()
def export(
    *, out: Annotated[Path | None, typer.Option(help="Write to this file (default: standard output).")] = None
) -> None:
    """Write every decision as a line of JSON. The exit codes are those of `verify`."""
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
