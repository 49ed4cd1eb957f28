"""Passwords that no `name=value` tells: in sentences, commands, columns, other languages, and pieces."""

import secrets

import pytest

from bot.logging import redact

PLACES = [
    "password for user anna: {}",
    "Das Passwort lautet: {}",
    "credentials are anna:{}",
    "admin_pw={}",
    'network={{ssid="office" psk="{}"}}',
    "recovery_code: {}",
    "mot_de_passe={}",
    "пароль: {}",
    "smtp_pass\t\t{}",
    "password::{}",
    "> PASS {}",
    "PRIVMSG NickServ :IDENTIFY {}",
    "createUser monitor SHA {} AES",
    "sshpass -p '{}' ssh deploy@10.0.0.9 uptime",
    "htpasswd -b .htpasswd anna {}",
    "smbclient //nas/share -U anna%{}",
    "jdbc:oracle:thin:scott/{}@ora1:1521:ORCL",
    '{{"url":"redis:\\/\\/default:{}@cache:6379"}}',
    '<wsse:Password Type="PasswordText">{}</wsse:Password>',
    "<td>db_password</td> = &quot;{}&quot;",
    'array(1) {{ ["db_password"]=> string(16) "{}" }}',
    "id,user,db_password,created\n7,anna,{},2026-01-02",
    "INSERT INTO accounts (user_name, db_password) VALUES ('anna', '{}')",
    '[{{"key": "db_password", "type": "text", "value": "{}"}}]',
]


@pytest.mark.parametrize("place", PLACES)
def test_a_password_is_told_by_the_place_it_stands_in(place: str) -> None:
    secret = f"Ot7{secrets.token_hex(5)}q4Z"

    redacted = redact(place.format(secret))

    assert secret not in redacted
    assert "[redacted:" in redacted
    assert redact(redacted) == redacted


@pytest.mark.parametrize("joint", ["' + '", "'\n    '", "\\\n", "\n    ", "<wbr>", "\x00"])
def test_a_named_value_in_pieces_is_one_secret(joint: str) -> None:
    first, second = f"Ot7{secrets.token_hex(5)}", f"{secrets.token_hex(5)}q4Z"

    redacted = redact(f"db_password='{first}{joint}{second}'")

    assert first not in redacted
    assert second not in redacted


@pytest.mark.parametrize("between", [" ", "', '", "\x00"])
def test_a_token_written_letter_by_letter_is_a_secret(between: str) -> None:
    spaced = between.join(f"Ot7{secrets.token_hex(14)}")

    redacted = redact(f'{{"access_token": "{spaced}"}}')

    assert spaced not in redacted
    assert "[redacted:" in redacted


@pytest.mark.parametrize(
    "line",
    [
        "socket.io client hp4RTmrCW8mscSzbC8XU disconnected: transport close",
        "[node-8] high disk watermark [90%] exceeded on [kZ1R6wgVIvVGHSkSdhsNBP]",
        "{node-1}{kZ1R6wgVIvVGHSkSdhsNBP}{10.0.0.1:9300} joined",
        "Invalid password for user anna: 3 attempts left",
        "bot::auth::HmacSha256 was chosen",
        'SELECT "auth_user"."password", "auth_user"."email" FROM "auth_user"',
        "PASS tests/app.spec.ts",
        "reset,password,again\nthis is, only, prose",
    ],
)
def test_ids_of_nodes_and_sockets_and_prose_about_passwords_stay(line: str) -> None:
    assert redact(line) == line
