"""`python -m bot keys`: the keys of the API and the panel, made, listed and revoked in the store of the settings."""

from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.records.api_key import KeyRing

Result = TypeVar("Result")
keys = typer.Typer(help="Keys of the API and the panel.", no_args_is_help=True, rich_markup_mode=None)


@keys.command("make")
def make_key(
    name: Annotated[str, typer.Argument(help="What it is for: it stands in the log of what was asked.")],
    *,
    read_only: Annotated[bool, typer.Option("--read", help="It may look and not act.")] = False,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it works.")] = 90,
) -> None:
    """Make a key and print it, this once."""
    from datetime import timedelta

    key = with_keys(lambda ring: ring.make(name, "read" if read_only else "admin", timedelta(days=days)))
    typer.echo(key)


@keys.command("list")
def list_keys() -> None:
    """Every key: name, right, until when, and whether it was revoked. The keys themselves are nowhere kept."""
    for key in with_keys(lambda ring: ring.all()):
        ended = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else f"until {key.until:%Y-%m-%d}"
        typer.echo(f"{key.name}\t{key.right}\t{ended}")


@keys.command("revoke")
def revoke_key(name: Annotated[str, typer.Argument(help="The key's name.")]) -> None:
    """From now on this key opens nothing."""
    with_keys(lambda ring: ring.revoke(name))
    typer.echo(f"{name} opens nothing any more.")


def with_keys(work: "Callable[[KeyRing], Awaitable[Result]]") -> "Result":
    """What `work` does with the keys of the store that the settings name; its refusals are sentences."""
    import asyncio

    from bot.adapters import utc_now
    from bot.records.api_key import KeyRing
    from bot.records.sql_store import open_store
    from bot.records.store import RecordMissing, StaleRecord, StoreUnavailable
    from bot.settings import EXIT_CONFIG, EmbeddedSettings, SettingsError, load_settings

    async def run() -> "Result":
        settings = load_settings(kind=EmbeddedSettings)  # the bot's token is not needed
        url = settings.database_url.get_secret_value() if settings.database_url else None
        async with open_store(settings.state_dir, url) as store:
            return await work(KeyRing(store.documents, utc_now))

    try:
        return asyncio.run(run())
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(EXIT_CONFIG) from None
    except (RecordMissing, StaleRecord, StoreUnavailable) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
