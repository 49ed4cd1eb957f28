"""Passwords in commands and protocols that name the command, but not the password."""

from typing import Final

from bot.logging.credential_form import marked, shaped
from bot.logging.forms_commands import COMMAND_FORMS, TALK_FORMS

_QUOTE: Final = r"\\{0,7}[\"'`]?"
_VALUE: Final = r"(?P<secret>(?!\[redacted:)[^\s\"'\\<`]{3,200})"
_LOOKS: Final = r"(?=[^\s\"'\\<]{0,60}[0-9!?*%@$^#~])"

NAMED_SHAPES: Final = (
    *TALK_FORMS,
    *marked(" -p", shaped("command-password", "sshpass", rf"sshpass[ ](?:-[veP]\S*[ ]){{0,3}}-p[ ]?{_QUOTE}{_VALUE}")),
    shaped(
        "command-password",
        "htpasswd",
        rf"htpasswd[ ](?:-[A-Za-z]+[ ]){{0,4}}-[A-Za-z]*b[A-Za-z]*[ ](?:-[A-Za-z0-9]+[ ]){{0,4}}(?:(?!-)\S+[ ])?[\w.@+-]{{1,60}}[ ]{_QUOTE}{_VALUE}",
    ),
    shaped(
        "command-password",
        "chpasswd",
        rf"echo[ ](?:-[en][ ])?{_QUOTE}[\w.-]{{1,40}}:{_VALUE}{_QUOTE}[ ]?\|[ ]?(?:sudo[ ])?chpasswd",
    ),
    shaped("command-password", "pass: --pass", rf"-pass(?:in|out|phrase)?[ =]{_QUOTE}pass:{_VALUE}"),
    shaped(
        "password",
        "PASS",
        rf"(?:>[ ]?|C:[ ]|\bUSER[ ][^\s\\]{{1,60}}(?:\s|\\{{1,3}}[rn]|[;,]){{1,8}})PASS[ ]:?(?![\w.-]+/[\w./-]*(?:\s|\Z)){_LOOKS}{_VALUE}",
    ),
    shaped("smtp-login", "AUTH", r"\bAUTH[ ](?:PLAIN|LOGIN|XOAUTH2)[ ](?P<secret>[A-Za-z0-9+/]{12,2000}={0,2})"),
    shaped(
        "password",
        "IDENTIFIED identified",
        r"(?i:identified[ ]by[ ](?:password[ ])?)\\{0,7}[\"'](?P<secret>(?!\[redacted)[^\"'\n]{3,200})",
    ),
)
"""Their lines hold a telling name's letters."""

COMMAND_SHAPES: Final = (
    *COMMAND_FORMS,
    shaped(
        "password",
        "NickServ nickserv NICKSERV",
        rf"(?i:nickserv)\b(?:@[\w.]{{1,60}})?[ :]{{1,4}}(?i:identify|register|ghost|release|recover|regain|login|set[ ]password)[ ]"
        rf"(?:[\w\[\]{{}}|^-]{{1,30}}[ ](?={_QUOTE}{_LOOKS}))?{_LOOKS}{_VALUE}",
    ),
    shaped(
        "snmp-password",
        "createUser",
        rf"createUser[ ](?:-e[ ]\S{{1,40}}[ ])?[\w.-]{{1,60}}[ ](?:MD5|SHA\S{{0,5}})[ ]{_QUOTE}(?=[!-~]){_VALUE}",
    ),
    shaped(
        "snmp-password",
        "createUser",
        rf"createUser[ ](?:-e[ ]\S{{1,40}}[ ])?[\w.-]{{1,60}}[ ](?:MD5|SHA\S{{0,5}})[ ]\S{{1,200}}[ ](?:DES|AES\S{{0,4}})[ ]{_QUOTE}(?=[!-~]){_VALUE}",
    ),
    *marked(
        " -", shaped("snmp-password", "snmp", rf"snmp[a-z]{{2,10}}\b[^\n|;]{{0,200}}?[ ]-[AX][ ]?{_QUOTE}{_VALUE}")
    ),
    *marked(
        " -U",
        shaped(
            "command-password",
            "smbclient rpcclient winexe smbget crackmapexec wmic smbmap net",
            rf"\b(?:smbclient|rpcclient|winexe|smbget|wmic|net[ ][a-z]{{2,10}})\b[^\n|;]{{0,200}}?[ ]-U[ ]?{_QUOTE}[^\s%\"'\\]{{1,60}}%{_VALUE}",
        ),
    ),
    shaped(
        "url-password",
        ":thin: :oci sqlplus",
        r"(?:jdbc:oracle:(?:thin|oci8?):|sqlplus[ ](?:-[A-Za-z]{1,8}[ ]){0,3}\\{0,3}[\"']?)[\w$#.-]{1,60}\\{0,3}/(?P<secret>(?!\[redacted)[^\s@\"'<>\\]{1,200})@",
    ),
)
"""Their lines hold none, but a landmark of their own."""
