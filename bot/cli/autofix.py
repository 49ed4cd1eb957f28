"""`python -m bot autofix`: the steps of the workflow, as GitHub Actions runs them."""

from pathlib import Path
from typing import Annotated

import typer

autofix = typer.Typer(
    help="The steps of the autofix workflow in GitHub Actions.", no_args_is_help=True, rich_markup_mode=None
)


@autofix.command()
def brief(
    event: Annotated[Path, typer.Option(help="The event's file (GITHUB_EVENT_PATH).")],
    out: Annotated[Path, typer.Option(help="The folder for prompt, data and schema.")],
) -> None:
    """Write what the coding agent gets. Prints go=false when an earlier run already has this dispatch."""
    from bot.repair.steps import brief_step

    raise typer.Exit(brief_step(event, out))


@autofix.command()
def revert(
    event: Annotated[Path, typer.Option(help="The event's file (GITHUB_EVENT_PATH).")],
    out: Annotated[Path, typer.Option(help="Where the report goes, as JSON.")],
    repo: Annotated[Path, typer.Option(help="A full checkout of the default branch.")] = Path(),
) -> None:
    """Take back the merged fix that the dispatch names. Without a commit, and without a model."""
    from bot.repair.steps import revert_step

    raise typer.Exit(revert_step(event, out, repo))


@autofix.command()
def prove(
    diff: Annotated[Path, typer.Option(help="The patch.")],
    out: Annotated[Path, typer.Option(help="Where the proof goes, as JSON.")],
    repo: Annotated[Path, typer.Option(help="A checkout of the commit that the patch is for.")] = Path(),
    incident: Annotated[Path | None, typer.Option(help="The patch's incident, or its event, as JSON.")] = None,
    *,
    exit_with_parent: Annotated[bool, typer.Option(help="Exit when standard input closes.")] = False,
) -> None:
    """Tell how far a patch holds. Does it apply, do tests pass, does a new one fail without it, is none weakened?"""
    from bot.repair.steps import Trial, end_with_parent, prove_step

    if exit_with_parent:
        end_with_parent()
    raise typer.Exit(prove_step(Trial(repo=repo, diff=diff, incident=incident), out))


@autofix.command()
def publish(
    event: Annotated[Path, typer.Option(help="The event's file (GITHUB_EVENT_PATH).")],
    out: Annotated[Path, typer.Option(help="Where the outcome goes, as JSON.")],
    repo: Annotated[Path, typer.Option(help="A full checkout of the default branch.")] = Path(),
) -> None:
    """Push the approved patch and open its draft pull request."""
    from bot.repair.steps import publish_step

    raise typer.Exit(publish_step(event, out, repo))
