"""Credentials told by their shape, or by what stands around them, rather than by a prefix."""

from typing import Final

from bot.logging.credential_form import Shapes, marked, shaped
from bot.logging.forms_links import LINK_FORMS
from bot.logging.forms_named import COMMAND_SHAPES, NAMED_SHAPES

_PEM_BODY: Final = r"(?:[A-Za-z0-9+/=:,\-\s]|\\+[nr])"

_JWT: Final = r"(?P<secret>eyJ[A-Za-z0-9_=-]{6,}+\.[A-Za-z0-9_=-]{10,}(?:\.[A-Za-z0-9_=-]*){0,3})|eyJ[A-Za-z0-9_=-]*+"
"""A run without the part behind the dot is consumed, though not replaced: so the time stays linear."""

_ADDRESS: Final = (
    r":(?:\\{0,7}/){2}(?!\[redacted:[a-z-]+\]@)(?!(?:localhost|[^\s/:@\"'<>]{1,200}\.[^\s/:@\"'<>]{1,200})"
    r":[0-9]{1,5}\\{0,7}[/?#])"  # a host with its port
    r"[^\s/?#\"'<>:@\\]{0,200}:"
    r"(?!(?:\[redacted:[a-z-]+\]|\*+|\{[\w.]*\}|%s|\$[A-Z_][A-Z0-9_]*|\$\{\w+\})@[^\s@\"'<>]*(?![^\s\"'<>]))"
    r"(?P<secret>(?:(?!://)[^\s\"'<>]|<wbr>|\\\n|=\r\n|[\"'](?:[ ](?:[+.][ ])?"
    r"|\n[ ]{1,12})[\"']){1,512})@(?=[A-Za-z0-9._{}$%\[-])"
)
"""Up to the last @ of the address: a password that was not encoded may hold one."""

SHAPED_FORMS: Final = (
    *NAMED_SHAPES,
    *COMMAND_SHAPES,
    *LINK_FORMS,
    shaped(
        "private-key",
        "-----BEGIN",
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
        r"(?=(?:\s|\\+[nr]|[\"']){0,12}(?:[A-Za-z0-9+/=]{16}|Proc-Type|Version|Comment|\Z))"
        r"(?:(?!-----)" + _PEM_BODY + r")*(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?",
    ),
    shaped("discord-token", ".", r"[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,45}", at_run=True),
    shaped(
        "webhook-token",
        "webhooks",
        r"(?:/|%2[Ff])webhooks(?:/|%2[Ff])[0-9]{1,20}(?:/|%2[Ff])(?P<secret>(?!\[redacted:)[A-Za-z0-9._-]{8,})",
    ),
    shaped(
        "interaction-token",
        "interactions/",
        r"/interactions/[0-9]{1,20}/(?P<secret>(?!\[redacted:)[A-Za-z0-9._-]{8,})",
    ),
    shaped(
        "slack-webhook",
        "hooks.slack.com/",
        r"hooks\.slack\.com/[a-z]{1,20}/(?P<secret>[A-Za-z0-9][A-Za-z0-9/_-]{8,})",
    ),
    shaped("jwt", "eyJ", _JWT, at_run=True),
    shaped(
        "session",
        ".",
        r"(?:eyJ|\.eJ)[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27}(?![A-Za-z0-9_-])",
        at_run=True,
    ),
    shaped(
        "bearer",
        "earer EARER",
        r"[Bb](?i:earer)[ \t]+(?P<secret>(?!\w{1,40}=(?:[\"']\w|[^=\s\"']))"
        r"(?=[A-Za-z._~+/-]*[0-9=]|[A-Za-z._~+/-]{0,40}[a-z][A-Z][A-Za-z._~+/-]{22}|[A-Za-z._~+/-]{24,}[A-Z]{2})"
        r"[A-Za-z0-9._~+/=-]{8,})",
    ),
    shaped("url-password", ":// :\\/", _ADDRESS),
    shaped(
        "url-key",
        ":// :\\/",
        r":(?:\\{0,7}/){2}(?P<secret>[A-Za-z0-9_-]{20,200})(?::(?:x-oauth-basic|x)?)?@",
        at_run=True,
    ),
    shaped(
        "basic-auth",
        "asic ASIC",
        r"[Bb](?i:asic)[ \t]{1,4}(?P<secret>(?=[A-Za-z+/]{0,60}[0-9=A-Z])[A-Za-z0-9+/_-]{12,2000}={0,2})"
        r"(?![ \t]*[a-z])",
    ),
    shaped("azure-secret", "Q~", r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}", at_run=True),
    shaped(
        "azure-token",
        "AZDO",
        r"[A-Za-z0-9]{52,76}JQQJ99[A-Za-z0-9]{0,20}AZDO[A-Za-z0-9]{4}|[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}",
        at_run=True,
    ),
    shaped(
        "azure-key",
        "JQQJ99 +ASt +AMC +AIoT AzSe ACDb",
        r"[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26}|[A-Za-z0-9+/]{30,80}(?:\+AStAA|\+AMCA|AIoTA|AzSeA"
        r"|ACDbA)[A-Za-z0-9+/]{1,10}={0,2}",
        at_run=True,
    ),
    shaped("maxmind-key", "_mmk", r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk", at_run=True),
    shaped("mailchimp-key", "-us", r"(?<![0-9a-f])[0-9a-f]{32}-us[0-9]{1,2}(?![0-9])", at_run=True),
    shaped("facebook-token", "| %7C", r"(?<![0-9])[0-9]{13,17}(?:\||%7C)[A-Za-z0-9_-]{25,40}", at_run=True),
    shaped(
        "teams-webhook",
        "IncomingWebhook/",
        r"IncomingWebhook/(?P<secret>[0-9a-f]{32}/[0-9a-f-]{36}(?:/[A-Za-z0-9_-]{10,100})?)",
    ),
    shaped(
        "webhook-token",
        "chat.googleapis.com api.telegram.org hooks.zapier.com hook. maker.ifttt.com discord hooks. webhook",
        r"(?:hooks\.zapier\.com/hooks/catch/|hook\.[a-z0-9.]{2,20}make\.com/|maker\.ifttt\.com/(?:use"
        r"|trigger/[\w-]{1,60}/(?:json/)?with/key)/"
        r"|outlook\.office\.com/webhook/|logic\.azure\.com[^\s\"']{0,200}sig=|mattermost[\w.-]{0,60}/hooks/"
        r"|/api/v[0-9]/webhook/|/hooks/)(?P<secret>(?=[A-Za-z/_-]{0,40}[0-9])[A-Za-z0-9_/%.-]{12,200})",
    ),
    shaped(
        "openvpn-key",
        "OpenVPN Static key",
        r"-----BEGIN OpenVPN Static key V1-----(?P<secret>(?:\s|\\+[nr]|[0-9a-f]){64,2000})",
    ),
    shaped(
        "putty-key", "Private-Lines:", r"Private-Lines: [0-9]{1,3}(?P<secret>(?:\s|\\+[nr]|[A-Za-z0-9+/=]){40,8000})"
    ),
    shaped(
        "command-password",
        " -u --user -p",
        r"(?:-u|--user)(?:[ =]|\\?[\"'],[ ]?\\?[\"'])\\?[\"']?[\w.@+-]{1,60}:"
        r"(?P<secret>(?!\[redacted:)[^\s\"'\\:]{3,200})",
    ),
    *marked(
        " -p",
        shaped(
            "command-password",
            "mysql mariadb sshpass mysqldump mongo redis-cli psql",
            r"(?:mysql|mariadb|mysqldump|mysqladmin|mongo(?:sh"
            r"|dump)?|sshpass)\b(?:[^\n;|\"'\\]{0,200}? )?-p[ ]?(?P<secret>(?![\[ ])[^\s\"'\\]{4,100})",
        ),
    ),
    shaped("command-password", "redis-cli", r"redis-cli\b[^\n;|\"'\\]{0,200}? -a (?P<secret>(?!\[)[^\s\"'\\]{4,100})"),
    shaped(
        "signature",
        "ignature",
        r"[Ss]ignature\\{0,3}[\"']?(?:=|%3[Dd]|: ?)\\{0,3}[\"']?(?P<secret>[A-Za-z0-9+/_%=-]{32,600})",
    ),
    shaped("digest-response", "response=", r"\bresponse=\\{0,3}[\"']?(?P<secret>[0-9a-f]{32,64})"),
    shaped("signature", "sig=", r"[?&;]sig=(?P<secret>[A-Za-z0-9+/_%=-]{20,200})", at_run=True),
    shaped(
        "azure-key", "code=", r"[?&;]code=(?P<secret>(?=[A-Za-z_/-]{0,60}[0-9])[A-Za-z0-9+/_%=.-]{16,400})", at_run=True
    ),
    shaped(
        "password",
        "IDENTIFIED identified",
        r"(?i:identified (?:by|with [\w'\"]{1,40} (?:by|as))) \\{0,3}[\"'](?P<secret>(?!\[redacted)[^\"'\n]{3,200})",
    ),
    shaped(
        "command-password",
        " -w",
        r"ldap[a-z]{3,10}\b[^\n|;]{0,200}? -w[ ]?\\{0,3}[\"']?(?P<secret>(?!\[)[^\s\"'\\]{4,100})",
    ),
    shaped("terraform-token", ".atlasv1.", r"[A-Za-z0-9]{6,20}\.atlasv1\.[A-Za-z0-9_=-]{40,80}", at_run=True),
)

SHAPES: Final = Shapes(SHAPED_FORMS)
SHAPES_AT_RUNS: Final = Shapes(row for row in SHAPED_FORMS if row.at_run)

RUN_FORMS: Final = (
    shaped("telegram-token", ":", r"(?<![0-9])[0-9]{6,12}(?::|%3[Aa])[A-Za-z0-9_-]{34,36}(?![A-Za-z0-9_-])", lead=15),
    shaped(
        "prefixed-key",
        "_",
        r"(?<![A-Za-z0-9_])(?!(?:id|img|req|sha|md5|run|job|pod|vol|net|tx|fp|inc|db|ip|msg|evt|blk|log|tmp|obj|rev"
        r"|git|v[0-9])_)"
        r"[a-z][a-z0-9]{1,5}_[0-9a-f]{32,64}(?![A-Za-z0-9_])",
        lead=0,
    ),
    shaped(
        "ably-key",
        ":",
        r"(?<![A-Za-z0-9.])[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{6}:[A-Za-z0-9_-]{40,50}(?![A-Za-z0-9_-])",
        lead=14,
    ),
    shaped(
        "kubernetes-token",
        ".",
        r"(?<![\w.-])(?=[a-z]{0,5}[0-9])[a-z0-9]{6}\.(?=[a-z]{0,15}[0-9])[a-z0-9]{16}(?![\w.-])",
        lead=7,
    ),
)
"""Forms that are looked for only where a long run of token characters is."""
