"""The sandbox at a terminal: type as a member of the local Discord, read what happens there and on the local GitHub."""

import asyncio
import re
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.discord_person import Person, Place
from bot.sandbox.discord_reply import NoAnswerError, Reply
from bot.sandbox.discord_slash import ClientRefused
from bot.sandbox.discord_view import Message, Modal
from bot.sandbox.fault_menu import FaultMenu, NoSuchFault, menu_lines
from bot.sandbox.github_hands import CannotDo, obey_words
from bot.sandbox.planted_fault import CannotPlant
from bot.sandbox.rendering import github_line, message_lines, plain, visible
from bot.sandbox.world import World, clear, open_world

WELCOME = """\
Suture's sandbox: a local Discord, GitHub and Railway. No token, no internet; the coding “model” is a script.
You are ada (an admin) in #ledger. The bot has a real bug: it cannot read a decimal comma. Try, line by line:

    lunch 12,50
    /debug_open_issue summary:"a comma breaks lunch"
    click Approve                        (once the review with its diff is there)
    pull ready    pull merge             (once the draft is open; then the local Railway deploys it)
    lunch 12,50                          (three times: the fault stays away, and the card says “verified”)

also:  /debug_status   /debug_logs lines:20 level:ERROR   show patch.diff   as bob   in general   help   quit
"""
HELP = """\
    any text                      write it in the channel you are in
    /command name:value …         use a command; quote values with spaces
    fill WORDS                    send the form that a command opened
    click LABEL                   press the button of that name on the newest message that has it
    pull approve · ready · merge  do it with the newest pull request of the local GitHub
    show FILE                     print the newest attachment of that name
    as NAME · in CHANNEL          be somebody else (ada, bob) · go to another channel (general, ledger, ops, dm)
    fault · fault github 500 2    list what can go wrong · make it go wrong (fault clear: undo)
    commands · quit"""
PLACES = ("ops", "ledger", "general", "dm")
"""Where the sandbox is lived in."""
ALONE = ("help", "commands", "quit", "fill", "fault")
"""What may be typed without anything behind it."""
OPTION = re.compile(r'(\w+):(?:"((?:[^"\\]|\\.)*)"|(\S+))')
REFUSED = (ClientRefused, NoAnswerError, NoSuchFault, CannotDo, TimeoutError)


def read_options(text: str) -> dict[str, object]:
    """`lines:20 summary:"a b"` → {"lines": 20, "summary": "a b"}. Raises ClientRefused on what is left over."""
    options: dict[str, object] = {}
    for name, quoted, bare in OPTION.findall(text):
        value: object = quoted or bare
        if re.fullmatch(r"-?\d+", bare):
            value = int(bare)
        elif bare.lower() in ("true", "false"):
            value = bare.lower() == "true"
        options[name] = value
    if rest := OPTION.sub("", text).strip():
        raise ClientRefused(f"“{rest}” is not an option: write name:value, with quotes around values with spaces.")
    return options


@dataclass
class Prompt:
    """One person at the terminal, and what they see."""

    world: World
    person: Person
    channel: str = "ledger"
    form: Modal | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)
    _shown: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.faults = FaultMenu(self.world.discord, self.world.github, self.world.model)

    def print(self, *lines: str) -> None:
        """Lines for the terminal."""
        print(*lines, sep="\n", flush=True)

    async def follow_discord(self) -> None:
        """Print every message that this person sees, as it comes or changes."""
        with self.world.discord.subscribe() as events:
            async for _ in events:
                for place in PLACES:
                    for message in self.person.sees(self.place(place)):
                        self.show_if_new(message, place)

    async def follow_github(self) -> None:
        """Print what happens on the local GitHub."""
        events = self.world.github.subscribe()
        while True:
            line = github_line(await events.get())
            if line:
                self.print(line)

    @property
    def names(self) -> dict[int, str]:
        """Everybody's name by id."""
        return {user.id: user.name for user in self.world.discord.state.users}

    def place(self, name: str) -> Place:
        """A channel by name; `dm` is the direct messages with the bot."""
        return self.person.dm if name == "dm" else name

    def show_if_new(self, message: Message, place: str) -> None:
        """Print a message unless it stands on the screen as it is."""
        if message.thinking or message.author.id == self.person.id:
            return
        shown = self.lines_of(message, place)
        text = "\n".join(shown)
        if self._shown.get(message.id) != text:
            self._shown[message.id] = text
            self.print(*shown)

    def lines_of(self, message: Message, place: str) -> list[str]:
        """A message as the terminal shows it."""
        return message_lines(message, place if place == "dm" else f"#{place}", self.names)

    async def obey(self, line: str) -> None:
        """One typed line."""
        word, _, rest = line.partition(" ")
        actions: dict[str, Callable[[str], Awaitable[None]]] = {
            "click": self.click,
            "fill": self.fill,
            "show": self.show,
            "as": self.become,
            "in": self.go,
            "help": self.help,
            "commands": self.list_commands,
            "fault": self.fault,
            "pull": self.pull,
            "quit": self.quit,
        }
        try:
            if line.startswith("/"):
                await self.use(word[1:], rest)
            elif word in actions and (rest or word in ALONE):
                await actions[word](rest.strip())
            else:
                await self.person.say(self.place(self.channel), line)
        except REFUSED as error:
            self.print(f"✋ {plain(str(error))}")

    async def use(self, command: str, text: str) -> None:
        """Use a slash command."""
        reply = await self.person.slash(command, channel=self.place(self.channel), options=read_options(text))
        await self.watch(reply)

    async def click(self, label: str) -> None:
        """Press the newest button of this label."""
        for place in (self.channel, *PLACES):
            for message in reversed(self.person.sees(self.place(place))):
                named = [each.label for each in message.buttons if each.label.lower() == label.lower()]
                if named:
                    await self.watch(await self.person.click(message, named[0]))
                    return
        raise ClientRefused(f"No message that you see has a button “{label}”.")

    async def fill(self, words: str) -> None:
        """Send the open form, its first field filled with these words."""
        if self.form is None:
            raise ClientRefused("No form is open.")
        form, self.form = self.form, None
        await self.watch(await self.person.submit(form, {form.inputs[0].custom_id: words} if words else {}))

    async def watch(self, reply: Reply) -> None:
        """Wait for the first answer; what follows is printed as it comes."""
        await reply.first()
        if reply.error:
            raise ClientRefused(reply.error)
        if reply.modal:
            self.form = reply.modal
            self.print(f"┌ {reply.modal.title}", *(f"│ {each.label} {each.value}" for each in reply.modal.inputs))
            self.print("└ type  fill  to send it as it stands, or  fill YOUR WORDS")

    async def show(self, name: str) -> None:
        """Print the newest attachment of this name."""
        for place in (self.channel, *PLACES):
            for message in reversed(self.person.sees(self.place(place))):
                for file in message.attachments:
                    if file.filename == name:
                        text = file.read().decode("utf-8", "replace")
                        self.print(*(visible(line) for line in text.splitlines()))
                        return
        raise ClientRefused(f"No message that you see has a file “{name}”.")

    async def become(self, name: str) -> None:
        """Act as somebody else."""
        if name not in ("ada", "bob"):
            raise ClientRefused("There are ada (an admin) and bob (a member).")
        self.person = self.world.discord.person(name)
        for place in PLACES:
            for message in self.person.sees(self.place(place)):
                self._shown[message.id] = "\n".join(self.lines_of(message, place))
        self.print(f"You are {name} now.")

    async def go(self, channel: str) -> None:
        """Go to another channel."""
        name = channel.removeprefix("#")
        if name not in PLACES:
            raise ClientRefused("There are general, ledger, ops and dm.")
        self.channel = name
        self.print(f"You are in {name} now.")

    async def help(self, _: str) -> None:
        """What can be typed."""
        self.print(HELP)

    async def list_commands(self, _: str) -> None:
        """The bot's commands, as Discord knows them."""
        for command in self.world.discord.list_commands():
            options = " ".join(f"{each['name']}:" for each in command.get("options", []))
            self.print(f"    /{command['name']} {options}".rstrip() + f"   {command['description']}")

    async def fault(self, words: str) -> None:
        """Let something go wrong, or list what can."""
        if words:
            self.print(self.faults.order(words))
        else:
            self.print(*menu_lines())

    async def pull(self, words: str) -> None:
        """Act on a pull request as a person does on GitHub."""
        self.print(await obey_words(self.world.github, words, self.person.name))

    async def quit(self, _: str) -> None:
        """End the sandbox."""
        self.done.set()


def read_lines(queue: "asyncio.Queue[str | None]") -> None:
    """Hand standard input's lines over from a thread; None at the end of a terminal's input."""
    loop = asyncio.get_running_loop()

    def pump() -> None:
        with suppress(RuntimeError):  # the loop closed while we waited for a line
            for line in sys.stdin:
                loop.call_soon_threadsafe(queue.put_nowait, line.rstrip("\n"))
            if sys.stdin.isatty():
                loop.call_soon_threadsafe(queue.put_nowait, None)

    threading.Thread(target=pump, name="stdin", daemon=True).start()


async def converse(prompt: Prompt) -> None:
    """Obey line after line, until the person leaves."""
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    read_lines(queue)
    while not prompt.done.is_set():
        line = await queue.get()
        if line is None:
            prompt.done.set()
        elif line.strip():
            await prompt.obey(line.strip())


async def stay(directory: Path) -> None:
    """Live in the world of this directory until the person leaves or a signal comes."""
    print("Starting the local Discord, GitHub and Railway …", flush=True)
    async with open_world(directory, lambda line: print(f"[sandbox] {line}", flush=True), panel=True) as world:
        await world.discord.wait_until_connected(60)
        await world.discord.wait_until_commands(60)
        prompt = Prompt(world, world.admin)
        print(WELCOME, flush=True)
        print(f"Chat page: {world.chat.address}", flush=True)
        print(f"Panel:     {world.chat.address}panel   key: {world.panel_key}", flush=True)
        print(f"world: {directory} · GitHub: {world.github.url} · bot's log: {world.bot.log_file}\n", flush=True)
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            with suppress(NotImplementedError):
                loop.add_signal_handler(name, prompt.done.set)
        tasks = [asyncio.create_task(work()) for work in (prompt.follow_discord, prompt.follow_github)]
        tasks.append(asyncio.create_task(converse(prompt)))
        await prompt.done.wait()
        print("\nStopping the bot, Discord and GitHub …", flush=True)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def live(directory: Path, *, fresh: bool) -> int:
    """`python -m bot sandbox`; returns the exit code."""
    try:
        if fresh:
            clear(directory)
        asyncio.run(stay(directory))
    except CannotPlant as error:
        print(f"The sandbox cannot start: {error}", file=sys.stderr)
        return 1
    except TimeoutError as error:
        print(f"The bot did not come up: {error} Its log is {directory / 'bot.log'}.", file=sys.stderr)
        return 1
    return 0
