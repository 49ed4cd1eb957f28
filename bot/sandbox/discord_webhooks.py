"""An interaction's later messages in the sandbox's Discord: follow-ups, and the original edited or deleted."""

from bot.sandbox.discord_calls import NO_CONTENT, Answer, Call, Route
from bot.sandbox.discord_errors import unknown
from bot.sandbox.discord_interactions import Interaction, Interactions
from bot.sandbox.discord_messages import Messages, Sender
from bot.sandbox.discord_records import StoredMessage
from bot.sandbox.discord_state import State

ORIGINAL = "@original"


class Webhooks:
    """The endpoints below /webhooks/{application}/{interaction token}; the token is the permission."""

    def __init__(self, state: State, messages: Messages, interactions: Interactions) -> None:
        self._state = state
        self._messages = messages
        self._interactions = interactions

    def routes(self) -> list[Route]:
        """Follow up, and read, edit or delete one of the interaction's messages."""
        path = "/webhooks/{application_id}/{token}"
        one = path + "/messages/{message_id}"
        return [
            Route("POST", path, self._follow_up, needs_token=False),
            Route("GET", one, self._get, needs_token=False),
            Route("PATCH", one, self._edit, needs_token=False),
            Route("DELETE", one, self._delete, needs_token=False),
        ]

    def _follow_up(self, call: Call) -> Answer:
        interaction = self._read_interaction(call)
        message = self._interactions.fill(interaction, call)
        if message is None:
            sender = Sender(self._state.bot.id, interaction.origin)
            message = self._messages.create(interaction.channel, sender, call.form, call.uploads)
            interaction.message_ids.append(message.id)
        return Answer(self._messages.render(message))

    def _get(self, call: Call) -> Answer:
        return Answer(self._messages.render(self._read_message(call)))

    def _edit(self, call: Call) -> Answer:
        message = self._read_message(call)
        return Answer(self._messages.render(self._messages.edit(message, call.form, call.uploads)))

    def _delete(self, call: Call) -> Answer:
        self._messages.delete(self._read_message(call))
        return NO_CONTENT

    def _read_interaction(self, call: Call) -> Interaction:
        if call.snowflake("application_id") != self._state.bot.id:
            raise unknown("Webhook")
        return self._interactions.read(call.names["token"])

    def _read_message(self, call: Call) -> StoredMessage:
        interaction = self._read_interaction(call)
        wanted = interaction.original_id if call.names["message_id"] == ORIGINAL else call.snowflake("message_id")
        message = self._state.messages.get(wanted or 0)
        if message is None or message.id not in interaction.message_ids:
            raise unknown("Message")
        return message
