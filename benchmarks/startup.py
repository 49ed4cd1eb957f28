"""What it costs to start and to idle: the bot beside a bare `import discord`, interleaved; medians."""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from bot.sandbox.discord_server import DiscordServer

ROUNDS = 7
IDLE_SECONDS = 3.0
MOST_CPU, MOST_MEMORY = 1.6, 80.0
PROBE = """\
import resource
{work}
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


def imported(work: str) -> tuple[float, float]:
    """CPU seconds and MiB of a Python that only imports."""
    out = subprocess.run([sys.executable, "-c", PROBE.format(work=work)], capture_output=True, text=True, check=True)
    cpu, kib = out.stdout.split()
    return float(cpu), float(kib) / 1024


def used_by(pid: int) -> tuple[float, float]:
    """CPU seconds and MiB of a living process (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return cpu, pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


WEB = {"WEB_ENABLED": "true", "PORT": "0", "WEB_ADMIN_KEY": "k" * 24}


async def run(
    discord: DiscordServer, directory: Path, more: Mapping[str, str] = MappingProxyType({})
) -> tuple[float, float]:
    """CPU seconds until the bot idles in a local Discord, and its MiB then."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path.cwd()),
        "DISCORD_TOKEN": "bench",
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "STATE_DIR": str(directory),
        **more,
    }
    command = [sys.executable, "-m", "bot", "run"]
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, cwd=directory
    )
    assert process.stdout is not None
    async for line in process.stdout:
        if b'"action":"ready"' in line:
            break
    await asyncio.sleep(IDLE_SECONDS)
    used = used_by(process.pid)
    process.terminate()
    await process.communicate()
    return used


async def main() -> None:
    """Print the table and its verdicts."""
    bare, ours, running, serving = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        discord = DiscordServer(Path(folder, "discord"), token="bench")
        await discord.start()
        for number in range(ROUNDS):
            bare.append(imported("import discord"))
            ours.append(imported("import discord, bot.app"))
            state = Path(folder, f"state-{number}")
            state.mkdir()
            running.append(await run(discord, state))
            serving.append(await run(discord, state, WEB))
        await discord.stop()
    rows = {"import discord": bare, "import bot.app": ours, "python -m bot run, idle": running}
    rows["with the API and the panel"] = serving
    base = statistics.median(cpu for cpu, _ in bare)
    for name, values in rows.items():
        cpu, memory = (statistics.median(column) for column in zip(*values, strict=True))
        print(f"{name:26} {cpu * 1000:6.0f} ms CPU  {cpu / base:5.2f} x  {memory:6.1f} MiB")
    cpu, memory = (statistics.median(column) for column in zip(*running, strict=True))
    print(f"start-up CPU at most {MOST_CPU} x: {'holds' if cpu / base <= MOST_CPU else 'falls short'}")
    print(f"idle memory at most {MOST_MEMORY:.0f} MiB: {'holds' if memory <= MOST_MEMORY else 'falls short'}")


if __name__ == "__main__":
    asyncio.run(main())
