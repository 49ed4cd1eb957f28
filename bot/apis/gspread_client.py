"""gspread and google-auth, imported here alone: blocking calls, typed failures. Only `bot.apis.sheets` imports this."""

import json
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.auth.transport import Response as TokenAnswer
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2.service_account import Credentials
from gspread.http_client import HTTPClient
from gspread.urls import SPREADSHEETS_API_V4_BASE_URL
from requests import Response, Session
from requests.exceptions import RequestException, Timeout

from bot.apis.sheet_errors import (
    Refusal,
    SheetAccountRefused,
    SheetFailure,
    SheetTimeout,
    SheetUnreachable,
    account_refused,
)
from bot.apis.sheet_errors import failure_of as failure_of_refusal

ORIGIN = SPREADSHEETS_API_V4_BASE_URL.removesuffix("/v4/spreadsheets")
SCOPES = ("https://www.googleapis.com/auth/spreadsheets",)
Result = TypeVar("Result")


class Refused(Exception):
    """Google Sheets answered with an error."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"status {refusal.status}")
        self.refusal = refusal


class TokenRequest(Request):
    """The way to the token endpoint; what may pass is told at once instead of being retried for seconds."""

    def __call__(self, *args: Any, **kwargs: Any) -> TokenAnswer:
        """The endpoint's answer. Raises Refused, TransportError."""
        answer: TokenAnswer = super().__call__(*args, allow_redirects=False, **kwargs)  # type: ignore[no-untyped-call] # - google-auth has no types
        if answer.status == 429 or answer.status >= 500 or 300 <= answer.status < 400:
            raise Refused(Refusal(answer.status))
        if answer.status == 200 and not _is_token(answer):
            raise TransportError("no token in the answer")  # type: ignore[no-untyped-call] # - google-auth has no types
        return answer


class SheetsHttp(HTTPClient):
    """gspread's client for another origin: without redirects, proxies of the environment and gspread's own errors."""

    def __init__(self, account: Mapping[str, Any], origin: str, seconds: float) -> None:
        credentials = Credentials.from_service_account_info(account, scopes=SCOPES)  # type: ignore[no-untyped-call] # - google-auth has no types
        self._tokens = Session()
        self._calls = AuthorizedSession(credentials, auth_request=TokenRequest(self._tokens))  # type: ignore[no-untyped-call] # - google-auth has no types
        self._tokens.trust_env = self._calls.trust_env = False
        super().__init__(credentials, self._calls)
        self.set_timeout(seconds)
        self._origin = origin

    def request(self, method: str, endpoint: str, *_: Any, **options: Any) -> Response:
        """One call of gspread's. Raises Refused, RequestException, GoogleAuthError."""
        address = self._origin + endpoint.removeprefix(ORIGIN)
        limited = {**options, "timeout": self.timeout, "allow_redirects": False}
        response = self.session.request(method, address, **limited)
        if response.status_code != 200:
            raise Refused(Refusal(response.status_code, _reasons_of(response)))
        return response

    def close(self) -> None:
        """Let go of idle connections."""
        self._tokens.close()
        self._calls.close()  # type: ignore[no-untyped-call] # - google-auth has no types


class SheetsClient:
    """The service account's client, made at its first call; callable from any thread."""

    def __init__(self, account: Mapping[str, Any], origin: str, seconds: float) -> None:
        self._account = account
        self._origin = origin
        self._seconds = seconds
        self._made: SheetsHttp | None = None
        self._making: AbstractContextManager[bool] = threading.Lock()

    def attempt(self, action: Callable[[HTTPClient], Result]) -> Result | SheetFailure:
        """The action's result, or what went wrong: returned, since a raised error would hold what it came from."""
        try:
            return action(self._client())
        except Refused as error:
            return failure_of_refusal(error.refusal, str(self._account.get("client_email")))
        except RefreshError as error:
            return account_refused(_code_of(error))
        except (TransportError, RequestException) as error:
            return _unreachable(error, self._seconds)
        except SheetFailure as error:
            return error
        except GoogleAuthError as error:
            return SheetUnreachable(f"The service account could not sign in ({type(error).__name__}).")

    def allow(self, seconds: float) -> None:
        """Let one call take so long from now on."""
        self._seconds = seconds
        if self._made is not None:
            self._made.set_timeout(seconds)

    def _client(self) -> SheetsHttp:
        with self._making:
            if self._made is None:
                try:
                    self._made = SheetsHttp(self._account, self._origin, self._seconds)
                except (ValueError, TypeError, GoogleAuthError):
                    self._made = None
            if self._made is None:
                raise SheetAccountRefused(
                    "The private key in GOOGLE_SERVICE_ACCOUNT_JSON cannot be read: paste the whole JSON key file."
                )
            return self._made

    def close(self) -> None:
        """Let go of idle connections."""
        if self._made is not None:
            self._made.close()


def _is_token(answer: TokenAnswer) -> bool:
    try:
        told = json.loads(answer.data)
    except ValueError:
        return False
    return isinstance(told, dict) and isinstance(told.get("access_token"), str)


def _code_of(error: RefreshError) -> str:
    told = error.args[1] if len(error.args) > 1 else None
    code = str(told.get("error")) if isinstance(told, dict) else ""
    return code if re.fullmatch("[a-z_]{3,40}", code) else "no reason given"


def _unreachable(error: Exception, seconds: float) -> SheetUnreachable:
    if isinstance(error, Timeout):
        return SheetTimeout(f"Google Sheets did not answer within {seconds:g} seconds.", seconds)
    return SheetUnreachable(f"Google Sheets cannot be reached or understood ({_kind_of(error)}).")


def _kind_of(error: Exception) -> str:
    wrapped = error.args[0] if isinstance(error, TransportError) and error.args else error
    return type(wrapped if isinstance(wrapped, Exception) else error).__name__


def _reasons_of(response: Response) -> frozenset[str]:
    try:
        problem = response.json()["error"]
        details = [*problem.get("details", ()), *problem.get("errors", ())]
        return frozenset({str(problem.get("status")), *(str(each.get("reason")) for each in details)})
    except (RequestException, KeyError, TypeError, AttributeError):
        return frozenset()
