"""`python -m bot keys`: the keys of the API and the panel, made, listed and revoked in the store of the settings."""

from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bot.cli.configured import settings_or_exit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.records.api_key import KeyRing

Result = TypeVar("Result")
keys = typer.Typer(help="Keys of the API and the panel.", no_args_is_help=True, rich_markup_mode=None)


@keys.command("make")
def make_key(
    name: Annotated[str, typer.Argument(help="What the key is for; the log names it with each request.")],
    *,
    read_only: Annotated[bool, typer.Option("--read", help="A read-only key.")] = False,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How many days it is valid.")] = 90,
) -> None:
    """Make a key and print it. It cannot be shown again."""
    from datetime import timedelta

    key = with_keys(lambda ring: ring.make(name, "read" if read_only else "admin", timedelta(days=days)))
    typer.echo(key)


@keys.command("list")
def list_keys() -> None:
    """List the keys: name, right, and when they end. The keys themselves are stored nowhere."""
    for key in with_keys(lambda ring: ring.all()):
        ended = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else f"until {key.until:%Y-%m-%d}"
        typer.echo(f"{key.name}\t{key.right}\t{ended}")


@keys.command("revoke")
def revoke_key(name: Annotated[str, typer.Argument(help="The key's name.")]) -> None:
    """Revoke a key. It stops working at once."""
    with_keys(lambda ring: ring.revoke(name))
    typer.echo(f"{name} is revoked.")


def with_keys(work: "Callable[[KeyRing], Awaitable[Result]]") -> "Result":
    """What `work` does with the keys of the store that the settings name; its refusals are sentences."""
    import asyncio

    from bot.adapters import utc_now
    from bot.records.api_key import KeyRing
    from bot.records.sql_store import open_store
    from bot.records.store import RecordMissing, StaleRecord, StoreUnavailable

    settings = settings_or_exit()

    async def run() -> "Result":
        async with open_store(settings.state_dir, settings.store_url) as store:
            return await work(KeyRing(store.documents, utc_now))

    try:
        return asyncio.run(run())
    except (RecordMissing, StaleRecord, StoreUnavailable) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
