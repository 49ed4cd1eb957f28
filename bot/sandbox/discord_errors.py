"""Refusals of the sandbox's Discord, with Discord's own HTTP statuses and JSON error codes."""

from typing import Any

INVALID_FORM = 50035

UNKNOWN_CODES = {
    "Channel": 10003,
    "Guild": 10004,
    "Member": 10007,
    "Message": 10008,
    "User": 10013,
    "Webhook": 10015,
    "interaction": 10062,
    "application command": 10063,
}


class ApiError(Exception):
    """A refused request: HTTP status, Discord's error code, its sentence and, for 50035, the nested `errors`."""

    def __init__(self, status: int, code: int, message: str, errors: dict[str, Any] | None = None) -> None:
        super().__init__(f"{status} (error code: {code}): {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def as_json(self) -> dict[str, Any]:
        """The body that Discord answers with."""
        body: dict[str, Any] = {"message": self.message, "code": self.code}
        if self.errors:
            body["errors"] = self.errors
        return body


def unknown(thing: str) -> ApiError:
    """404 for a thing that is not there: a Channel, Guild, Member, Message, User, Webhook or interaction."""
    return ApiError(404, UNKNOWN_CODES[thing], f"Unknown {thing}")


def missing_access() -> ApiError:
    """403/50001: the bot may not see the channel."""
    return ApiError(403, 50001, "Missing Access")


def missing_permissions() -> ApiError:
    """403/50013: the bot sees the channel but may not do this in it."""
    return ApiError(403, 50013, "Missing Permissions")


def too_large() -> ApiError:
    """413/40005: a file or the whole request is too large."""
    return ApiError(413, 40005, "Request entity too large")


class FormErrors:
    """Collects what is wrong with a body, by path, and refuses it as one 400/50035."""

    def __init__(self) -> None:
        self._tree: dict[str, Any] = {}

    def add(self, path: tuple[str | int, ...], code: str, message: str) -> None:
        """Note one fault at `path`, e.g. ("embeds", 0, "title")."""
        node = self._tree
        for step in path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def require(self, path: tuple[str | int, ...], value: object) -> bool:
        """Note that a required field is missing; true when it is there."""
        if value is None or value == "":
            self.add(path, "BASE_TYPE_REQUIRED", "This field is required")
            return False
        return True

    def at_most(self, path: tuple[str | int, ...], value: Any, limit: int) -> None:
        """Note a text or list longer than `limit`."""
        if value is not None and len(value) > limit:
            self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")

    def between(self, path: tuple[str | int, ...], value: Any, bounds: tuple[int, int]) -> None:
        """Note a text or list whose length is outside `bounds`, both ends included."""
        low, high = bounds
        if value is None or not low <= len(value) <= high:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")

    def one_of(self, path: tuple[str | int, ...], value: object, allowed: tuple[object, ...]) -> None:
        """Note a value that is none of the allowed ones."""
        if value not in allowed:
            listed = ", ".join(str(item) for item in allowed)
            self.add(path, "BASE_TYPE_CHOICES", f"Value must be one of ({listed}).")

    def refuse_if_any(self) -> None:
        """Raise 400/50035 when a fault was noted."""
        if self._tree:
            raise ApiError(400, INVALID_FORM, "Invalid Form Body", self._tree)
