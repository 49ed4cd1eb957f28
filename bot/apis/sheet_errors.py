"""What may go wrong with a Google sheet, each as a sentence with its remedy; none holds the key or Google's words."""

from dataclasses import dataclass

QUOTA_REASONS = {"RATE_LIMIT_EXCEEDED", "rateLimitExceeded", "userRateLimitExceeded", "RESOURCE_EXHAUSTED"}
DISABLED_REASONS = {"SERVICE_DISABLED", "accessNotConfigured"}


class SheetFailure(Exception):
    """The sheet gave no usable answer; the sentence says why and what to do."""


class SheetQuota(SheetFailure):
    """Too many requests: it passes within a minute."""


class SheetNotShared(SheetFailure):
    """The service account may not use this sheet."""


class SheetMissing(SheetFailure):
    """There is no such spreadsheet, or no such tab in it."""


class SheetUnreachable(SheetFailure):
    """No answer, not in time, or not an answer of Google Sheets. A write may have taken effect."""


class SheetTimeout(SheetUnreachable):
    """No answer in time."""

    def __init__(self, sentence: str, seconds: float) -> None:
        super().__init__(sentence)
        self.seconds = seconds


class SheetAccountRefused(SheetFailure):
    """Google does not take the service account as it is."""


@dataclass(frozen=True)
class Refusal:
    """An error answer of Google Sheets: its status and the reasons in its body."""

    status: int
    reasons: frozenset[str] = frozenset()


Told = tuple[type[SheetFailure], str]
KEY_REFUSED = (
    "Google does not accept the service account's key ({status}): make a new JSON key for it and put it into "
    "GOOGLE_SERVICE_ACCOUNT_JSON (and see that this machine's clock is right)."
)
UNREACHABLE: Told = (SheetUnreachable, "Google Sheets answered {status}: it has a problem of its own, try again later.")
REDIRECTED: Told = (
    SheetUnreachable,
    "Google Sheets redirects ({status}), which is not followed: check GOOGLE_SHEETS_API_URL.",
)
NOT_SHARED: Told = (
    SheetNotShared,
    "The service account may not use the sheet ({status}): share the sheet with {email} as an editor.",
)
SWITCHED_OFF: Told = (
    SheetAccountRefused,
    "The Google Sheets API is switched off in the service account's project ({status}): enable it in Google Cloud.",
)
BY_STATUS: dict[int, Told] = {
    400: (
        SheetMissing,
        "The ledger's cells are not there ({status}): GOOGLE_SHEET_TAB must be a tab of at least six columns, "
        "and the file a Google spreadsheet, not an uploaded Excel file.",
    ),
    401: (SheetAccountRefused, KEY_REFUSED),
    404: (
        SheetMissing,
        "There is no such spreadsheet ({status}): copy GOOGLE_SHEET_ID from the sheet's address, "
        "between /d/ and the next slash.",
    ),
    429: (
        SheetQuota,
        "Google Sheets had too many requests in this minute ({status}): try again in a minute.",
    ),
}


def failure_of(refusal: Refusal, email: str) -> SheetFailure:
    """The failure that this answer means for the service account of this e-mail address."""
    status = refusal.status
    kind, sentence = UNREACHABLE
    if status == 403:
        kind, sentence = forbidden(refusal.reasons)
    elif status in BY_STATUS:
        kind, sentence = BY_STATUS[status]
    elif 300 <= status < 400:
        kind, sentence = REDIRECTED
    return kind(sentence.format(status=status, email=email))


def forbidden(reasons: frozenset[str]) -> Told:
    """Which of the things that Google answers with 403."""
    if reasons & QUOTA_REASONS:
        return BY_STATUS[429]
    return SWITCHED_OFF if reasons & DISABLED_REASONS else NOT_SHARED


def account_refused(code: str) -> SheetAccountRefused:
    """Google knows the service account's key no more, or never did."""
    return SheetAccountRefused(KEY_REFUSED.format(status=code))
