"""All labelled errors."""

from tests.intake_set.model import Record
from tests.intake_set.records_bot import BOT
from tests.intake_set.records_degraded import DEGRADED
from tests.intake_set.records_platform import PLATFORM
from tests.intake_set.records_services import SERVICES
from tests.intake_set.records_tests import TESTS
from tests.intake_set.records_web import WEB

ALL_RECORDS: tuple[Record, ...] = (*BOT, *SERVICES, *PLATFORM, *WEB, *TESTS, *DEGRADED)
