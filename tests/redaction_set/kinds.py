"""All kinds of credentials."""

from tests.redaction_set import kinds_cloud, kinds_code, kinds_plain, kinds_services, kinds_teams

KINDS = kinds_code.KINDS + kinds_cloud.KINDS + kinds_services.KINDS + kinds_teams.KINDS + kinds_plain.KINDS
