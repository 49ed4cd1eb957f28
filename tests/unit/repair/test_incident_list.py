"""The list of incidents shows what is under way, however much the bot noticed since."""

from pathlib import Path

from bot.records.sql_store import open_store
from bot.repair.incident_list import listed
from tests.factories import an_order, stored


async def test_what_is_under_way_is_listed_behind_a_flood_of_staged_orders(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        open_one = await stored(store, status="pr_open")
        for number in range(501):
            await store.orders.create(an_order(status="staged", incident_id="inc_zzzzzzzzzzzz", attempt=number + 1))

        (found,) = await listed(store, {"state": "mending"})

    assert (found.id, found.status) == (open_one.incident_id, "pr_open")
