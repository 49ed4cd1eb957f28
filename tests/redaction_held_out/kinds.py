"""Every kind of credential in the set."""

from tests.redaction_held_out.kinds_named import NAMED
from tests.redaction_held_out.kinds_prefixed import PREFIXED
from tests.redaction_held_out.kinds_texts import TEXTS

ALL_KINDS = (*PREFIXED, *NAMED, *TEXTS)
