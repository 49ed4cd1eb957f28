"""Passwords in the options of well-known commands, in configurations of network devices, and in the talk of protocols."""

from typing import Final

from bot.logging.credential_form import marked, shaped

_QUOTE: Final = r"\\{0,7}[\"'`]?"
_VALUE: Final = r"(?P<secret>(?!\[redacted:|\$|<)[^\s\"'\\<`]{4,200})"
_LOOKS: Final = r"(?=[^\s\"'\\<]{0,60}[0-9!?*%@$^#~])(?![0-9]{1,5}(?:[\s:]|\Z))"
_MIXED: Final = r"(?=[^\s\"'\\]{0,60}[0-9])(?=[^\s\"'\\]{0,60}[A-Za-z])(?=[^\s\"'\\]{8})"
_PASSED_BY: Final = r"[^\n|;]{0,100}"
"""What is consumed, though not replaced, behind a command without a password: so the time stays linear."""

_MECHANISM: Final = r"(?!(?:X?SCRAM|CRAM|DIGEST|NTLM|X?OAUTH|SHA|MD5|HMAC|PLAIN|LOGIN|TLS|HTTP)\b)"

COMMAND_FORMS: Final = (
    *marked(" -p", shaped(
        "command-password",
        ("7z ", "7za ", "rar ", "psexec ", "rdesktop ", "cqlsh ", "rcon ", "rcon-cli ", "plink ", "pscp ", "putty ", " login ",
         "nxc ", "winrm ", "hydra ", "useradd ", "usermod ", "rabbitmqadmin "),
        r"\b(?:7z[ar]?|rar|unrar|psexec|rdesktop|cqlsh|m?rcon(?:-cli)?|plink|pscp|putty|(?:docker|podman|az|oc|helm|skopeo|buildah"
        r"|crane|registry)(?:[ ][a-z]{2,10}){0,2}[ ]login|nxc|evil-winrm|hydra|useradd|usermod|rabbitmqadmin)\b(?:[^\n|;]{0,200}?[ ]-(?:p|pw)[ =]?"
        rf"{_QUOTE}(?![0-9:./,-]{{1,40}}(?:\s|\Z)|[./-]){_VALUE}|{_PASSED_BY})",
    )),
    *marked(" -P", shaped(
        "command-password",
        ("zip ", "sqlcmd ", "bcp ", "tsql ", "osql ", "isql ", "ipmitool ", "mosquitto_"),
        r"\b(?:zip|unzip|sqlcmd|bcp|tsql|osql|isql|ipmitool|mosquitto_[a-z]{2,4})\b(?:[^\n|;]{0,200}?[ ]-P[ ]?"
        rf"{_QUOTE}(?![0-9:./,-]{{1,40}}(?:\s|\Z)|[./-]){_VALUE}|{_PASSED_BY})",
    )),
    *marked(" -c", shaped("snmp-community", "snmp", rf"\bsnmp[a-z]{{2,10}}\b(?:[^\n|;]{{0,200}}?[ ]-c[ ]?{_QUOTE}(?!(?:public|private)\b){_VALUE}|{_PASSED_BY})")),
    shaped("command-password", ("net use ",), rf"\bnet use\b[^\n|;]{{1,120}}?/user:\S{{1,80}}[ ]{_QUOTE}(?![/*]){_VALUE}"),
    shaped("command-password", ("net use ",), rf"\bnet use[ ](?:[A-Za-z*]:?[ ])?\\\\\S{{1,120}}[ ]{_QUOTE}(?![/*]){_VALUE}(?=[ ]/)"),
    shaped("command-password", ("+login ",), rf"\+login[ ][\w.@-]{{1,60}}[ ]{_QUOTE}(?![+-]){_VALUE}"),
    shaped("wallet-password", "nlockAccount", r"nlockAccount\([^\n]{1,100}?,[ ]?\\{0,7}[\"'](?P<secret>(?!\[redacted)[^\"'\n]{4,200}?)\\{0,7}[\"']"),
    shaped(
        "roblox-cookie",
        "DO-NOT-SHARE",
        r"DO-NOT-SHARE-THIS[^|%\n]{0,200}(?:\||%7[Cc])_(?P<secret>(?:[0-9A-F]|=\r?\n){64,4000})",
    ),
)  # fmt: skip
"""Their lines hold an option or a landmark of their own."""

TALK_FORMS: Final = (
    shaped("temporary-password", ("password is generated",), r"password is generated for [^\s:]{1,80}: (?P<secret>\S{6,100})"),
    shaped(
        "recovery-codes",
        ("codes", "CODES", "Codes"),
        r"(?i:backup|recovery|rescue|scratch)[ _-]?(?i:codes)[^\w\n]{1,12}(?P<secret>(?=[a-zA-Z-]{0,12}[0-9])[a-zA-Z0-9]{3,10}-[a-zA-Z0-9-]{3,14}"
        r"(?:[^\w\n]{1,6}[a-zA-Z0-9]{3,10}-[a-zA-Z0-9-]{3,14}){1,30})",
    ),
    shaped("one-time-code", (" is ", " as "), r"\b(?:[A-Z]-)?(?P<secret>[0-9]{4,8}|[0-9]{3}[- ][0-9]{3})[ ](?i:is|as)[ ](?:your|the|a)\b[^\n.:=]{0,40}\b(?i:code|OTP|PIN|passcode)\b"),
    shaped("one-time-code", ("our ",), r"(?i:your(?: [a-z-]{2,20}){0,3} code(?: is|:)?) \\{0,7}[\"'`*]{0,2}(?P<secret>[0-9]{4,8}|[0-9]{3}[- ][0-9]{3})(?![0-9.])"),
    shaped(
        "snmp-community",
        "ommunity",
        rf"(?:snmp-server[ ]community|\b(?:ro|rw|trap)community6?)[ ]{_QUOTE}(?!(?:public|private|string)\b){_VALUE}",
    ),
    shaped("device-password", (" 0 ", " 5 ", " 6 ", " 7 ", " 8 ", " 9 "), rf"\b(?:password|secret|key|key-string|md5|pre-shared-key)[ ][05-9][ ]{_MIXED}{_VALUE}"),
    shaped("device-password", ("enable ", "username "), rf"\b(?:enable|username[ ]\S{{1,40}}(?:[ ]privilege[ ][0-9]{{1,2}})?)[ ](?:password|secret)[ ]{_LOOKS}{_VALUE}"),
    shaped("chap-secret", "chap-secrets pap-secrets", r"[cp]h?ap-secrets\b[^\n\"'\\]{0,60}\\{0,7}[\"'](?P<secret>(?!\[redacted)[^\"'\\\n]{4,200})\\{0,7}[\"']"),
    shaped("password", ("AUTH ",), rf"(?<![\w-])AUTH[ ](?:[\w.-]{{1,40}}[ ](?=\S{{8}}))?{_MECHANISM}{_QUOTE}{_MIXED}{_VALUE}"),
)  # fmt: skip
"""Their lines hold a telling name's letters."""
