"""Interactions of the sandbox's Discord: opened by people, answered by the bot within three seconds."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from bot.sandbox.discord_calls import NO_CONTENT, Answer, Call, Route
from bot.sandbox.discord_components import check_modal
from bot.sandbox.discord_errors import ApiError, FormErrors, unknown
from bot.sandbox.discord_events import EventKind, Events, WorldEvent
from bot.sandbox.discord_gateway import Gateway
from bot.sandbox.discord_limits import check_message
from bot.sandbox.discord_messages import Messages, Sender
from bot.sandbox.discord_records import EPHEMERAL, LOADING, Channel, JsonObject, Origin, StoredMessage
from bot.sandbox.discord_state import State

FIRST_ANSWER_WITHIN = timedelta(seconds=3)  # from Discord's reference on receiving and responding
TOKEN_LIVES = timedelta(minutes=15)
MAX_CHOICES = 25
NO_ANSWER = "The application did not respond"


class InteractionKind(IntEnum):
    """Discord's interaction types."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class AnswerKind(IntEnum):
    """Discord's interaction callback types."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE_MESSAGE = 7
    AUTOCOMPLETE = 8
    MODAL = 9


IN_A_MESSAGE = {AnswerKind.DEFERRED_UPDATE, AnswerKind.UPDATE_MESSAGE}
A_MESSAGE = {AnswerKind.MESSAGE, AnswerKind.DEFERRED_MESSAGE}
ALLOWED = {
    InteractionKind.COMMAND: A_MESSAGE | {AnswerKind.MODAL},
    InteractionKind.COMPONENT: A_MESSAGE | {AnswerKind.MODAL},
    InteractionKind.AUTOCOMPLETE: {AnswerKind.AUTOCOMPLETE},
    InteractionKind.MODAL_SUBMIT: A_MESSAGE,
}


@dataclass
class Interaction:
    """One interaction and what became of it; it dies with the process."""

    id: int
    kind: InteractionKind
    user_id: int
    channel: Channel
    opened_at: datetime
    name: str = ""  # of the command
    source_id: int | None = None  # the message whose component was used
    token: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    answer: AnswerKind | None = None
    answered_at: datetime | None = None
    original_id: int | None = None
    is_ephemeral: bool = False
    message_ids: list[int] = field(default_factory=list)
    modal: JsonObject | None = None
    choices: list[JsonObject] | None = None

    @property
    def origin(self) -> Origin:
        """How the answers' messages tell where they come from."""
        return Origin(id=self.id, kind=self.kind, user_id=self.user_id, name=self.name)


class Interactions:
    """All open interactions, the callback endpoint, and the deadlines of both."""

    def __init__(self, state: State, messages: Messages, gateway: Gateway, events: Events) -> None:
        self._state = state
        self._messages = messages
        self._gateway = gateway
        self._events = events
        self._by_token: dict[str, Interaction] = {}

    def routes(self) -> list[Route]:
        """The callback; the interaction's token in the path is its permission."""
        path = "/interactions/{interaction_id}/{token}/callback"
        return [Route("POST", path, self._answer, needs_token=False)]

    def open(self, interaction: Interaction, payload: JsonObject) -> Interaction:
        """Tell the bot of a new interaction."""
        self._forget_old()
        self._by_token[interaction.token] = interaction
        self._gateway.dispatch("INTERACTION_CREATE", payload)
        self._tell("interaction_opened", interaction)
        return interaction

    def read(self, token: str) -> Interaction:
        """The answered interaction of a token, 404/10015 when there is none, 401/50027 after its 15 minutes."""
        interaction = self._by_token.get(token)
        if interaction is None or interaction.answer is None:
            raise unknown("Webhook")
        if self._state.clock() - interaction.opened_at >= TOKEN_LIVES:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        return interaction

    def find(self, interaction_id: int) -> Interaction:
        """An interaction of this process by its id."""
        for interaction in self._by_token.values():
            if interaction.id == interaction_id:
                return interaction
        raise LookupError(f"Interaction {interaction_id} is not open any more; open a new one.")

    def is_overdue(self, interaction: Interaction) -> bool:
        """Whether the three seconds passed without a first answer."""
        waited = self._state.clock() - interaction.opened_at
        return interaction.answer is None and waited >= FIRST_ANSWER_WITHIN

    def fill(self, interaction: Interaction, call: Call) -> StoredMessage | None:
        """Turn the "thinking…" message into the real one; None when there is none any more."""
        original = self._state.messages.get(interaction.original_id or 0)
        if interaction.answer is not AnswerKind.DEFERRED_MESSAGE or original is None or not original.is_loading:
            return None
        return self._messages.edit(original, call.form, call.uploads)

    def _answer(self, call: Call) -> Answer:
        interaction = self._by_token.get(call.names["token"])
        if interaction is None or interaction.id != call.snowflake("interaction_id"):
            raise unknown("interaction")
        if interaction.answer is not None:
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        if self.is_overdue(interaction):
            raise unknown("interaction")
        kind = _read_kind(call.form, interaction)
        data = call.form.get("data") or {}
        message = self._apply(interaction, kind, Call(call.names, call.query, data, call.uploads))
        interaction.answer = kind
        interaction.answered_at = self._state.clock()
        self._tell("modal_opened" if kind is AnswerKind.MODAL else "interaction_answered", interaction)
        if call.query.get("with_response", "").lower() not in ("1", "true"):
            return NO_CONTENT
        return Answer(self._describe(interaction, message))

    def _apply(self, interaction: Interaction, kind: AnswerKind, call: Call) -> StoredMessage | None:
        if kind is AnswerKind.MODAL:
            check_modal(call.form)
            interaction.modal = call.form
            return None
        if kind is AnswerKind.AUTOCOMPLETE:
            interaction.choices = _check_choices(call.form)
            return None
        if kind in IN_A_MESSAGE:
            return self._apply_to_source(interaction, kind, call)
        return self._apply_new_message(interaction, kind, call)

    def _apply_new_message(self, interaction: Interaction, kind: AnswerKind, call: Call) -> StoredMessage:
        interaction.is_ephemeral = bool(int(call.form.get("flags") or 0) & EPHEMERAL)
        if kind is AnswerKind.DEFERRED_MESSAGE:
            message = self._messages.create_loading(
                interaction.channel, interaction.origin, ephemeral=interaction.is_ephemeral
            )
        else:
            sender = Sender(self._state.bot.id, interaction.origin, ("data",))
            message = self._messages.create(interaction.channel, sender, call.form, call.uploads)
        interaction.original_id = message.id
        interaction.message_ids.append(message.id)
        return message

    def _apply_to_source(self, interaction: Interaction, kind: AnswerKind, call: Call) -> StoredMessage:
        source = self._state.messages.get(interaction.source_id or 0)
        if source is None:
            raise unknown("Message")
        if kind is AnswerKind.UPDATE_MESSAGE:
            check_message(call.form, len(call.uploads), ("data",))
            source = self._messages.edit(source, call.form, call.uploads)
        interaction.original_id = source.id
        interaction.is_ephemeral = source.is_ephemeral
        interaction.message_ids.append(source.id)
        return source

    def _describe(self, interaction: Interaction, message: StoredMessage | None) -> JsonObject:
        told: JsonObject = {"id": str(interaction.id), "type": int(interaction.kind)}
        body: JsonObject = {"interaction": told}
        if message is None:
            return body
        told["response_message_id"] = str(message.id)
        told["response_message_loading"] = bool(message.flags & LOADING)
        told["response_message_ephemeral"] = message.is_ephemeral
        body["resource"] = {"type": int(interaction.answer or 0), "message": self._messages.render(message)}
        return body

    def _tell(self, kind: EventKind, interaction: Interaction) -> None:
        self._events.publish(
            WorldEvent(
                kind=kind,
                at=self._state.clock(),
                channel_id=interaction.channel.id,
                interaction_id=interaction.id,
                message_id=interaction.original_id,
                detail=interaction.name,
            )
        )

    def _forget_old(self) -> None:
        # An expired token is still told from an unknown one, for an hour.
        limit = self._state.clock() - timedelta(hours=1)
        for token, interaction in list(self._by_token.items()):
            if interaction.opened_at >= limit:
                return
            del self._by_token[token]


def _read_kind(form: JsonObject, interaction: Interaction) -> AnswerKind:
    allowed = set(ALLOWED[interaction.kind])
    if interaction.source_id is not None:
        allowed |= IN_A_MESSAGE  # a component, or a modal that a component opened, may change that message
    errors = FormErrors()
    if errors.require(("type",), form.get("type")):
        errors.one_of(("type",), form["type"], tuple(sorted(int(kind) for kind in allowed)))
    errors.refuse_if_any()
    return AnswerKind(form["type"])


def _check_choices(form: JsonObject) -> list[JsonObject]:
    errors = FormErrors()
    choices: list[JsonObject] = form.get("choices") or []
    path = ("data", "choices")
    errors.at_most(path, choices, MAX_CHOICES)
    for index, choice in enumerate(choices):
        errors.between((*path, index, "name"), choice.get("name"), (1, 100))
        value = choice.get("value")
        if errors.require((*path, index, "value"), value) and isinstance(value, str):
            errors.at_most((*path, index, "value"), value, 100)
    errors.refuse_if_any()
    return choices
