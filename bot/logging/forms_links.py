"""Capability URLs: addresses that let whoever knows them do something, by a segment nobody could guess."""

from typing import Final

from bot.logging.credential_form import UUID, marked, shaped

_SEGMENT: Final = rf"(?:{UUID}|[0-9a-f]{{24,128}}|(?=(?:[^/\s?#]{{0,60}}?[0-9]){{2}})(?=[^/\s?#]{{0,60}}?[A-Za-z])[A-Za-z0-9_-]{{16,200}})(?![A-Za-z0-9_-])"
_TOKEN: Final = rf"(?P<secret>{_SEGMENT}(?:/{_SEGMENT}){{0,3}})"
_STEPS: Final = r"(?:(?!deliver|attempt|event|log|commit|blob|tree|compare)[\w.@~:-]{1,40}/){0,3}?"
_DOMAIN: Final = r"(?::[0-9]{1,5})?/"

_ROWS: Final = (
    shaped("webhook-token", "hook", rf"/(?:[\w.-]{{1,30}}[-_])?(?:web[-_]?)?hooks?(?:b2)?(?:[-_][a-z]{{2,12}})?/{_STEPS}{_TOKEN}"),
    shaped(
        "path-key",
        "infura.io alchemy. alchemyapi. quiknode. quicknode. ankr.com chainstack. blastapi. nodereal. moralis. moralis- getblock."
        " drpc.org blockpi. onfinality. tenderly. nownodes. helius. helius-",
        r"(?:infura\.io|alchemy(?:api)?\.(?:com|io)|quiknode\.pro|quicknode\.com|ankr\.com|chainstack\.com|blastapi\.io|nodereal\.io"
        r"|moralis[\w.-]{3,30}|getblock\.io|drpc\.org|blockpi\.network|onfinality\.io|tenderly\.co|nownodes\.io|helius[\w.-]{3,30})"
        rf"{_DOMAIN}{_STEPS}{_TOKEN}",
    ),
    shaped(
        "path-key",
        "mainnet testnet sepolia rpc. rpc-",
        rf"(?:mainnet|testnet|sepolia|goerli|holesky|rpc)[\w.-]{{0,60}}{_DOMAIN}(?:[\w.-]{{1,20}}/){{0,3}}?{_TOKEN}",
    ),
    shaped("feed-token", "/private-", r"/private-(?P<secret>[0-9a-f]{20,64}|[A-Za-z0-9_-]{20,64})"),
    shaped(
        "feed-token",
        "/feed /rss /ical /calendar /webcal",
        rf"/(?:feeds?|rss|ical|calendars?|webcal)/(?:[\w.@-]{{1,30}}/){{0,2}}?{_TOKEN}",
    ),
    shaped(
        "one-time-link",
        "reset confirm verif activat magic recover unsubscribe invit /secret one-time impersonate unlock",
        r"/(?:[a-z]{2,12}[-_])?(?:reset|confirm(?:ation)?|verify|verification|activat(?:e|ion)|magic|recover|unsubscribe|invit(?:e|ation)s?|secrets?"
        rf"|one-?time|impersonate|unlock)(?:[-_][a-z]{{2,12}}){{0,2}}/(?:[\w-]{{1,20}}/){{0,2}}?{_TOKEN}",
    ),
    shaped(
        "ping-token",
        "hc-ping.com webhook.site nosnch.in api.day.app ftqq.com cronitor. /inputs/ /heartbeat /receiver/ /trigger/ /push/"
        " pagerduty.com/integration /integrations/generic/ /deploy/",
        r"(?:hc-ping\.com|webhook\.site|nosnch\.in|api\.day\.app|sctapi\.ftqq\.com|cronitor\.link/p|/inputs|/heartbeats?|/receiver/v1/http"
        r"|/trigger|/api/push|/push/v[0-9]|pagerduty\.com/integration|/integrations/generic/[0-9]{1,12}/alert|/deploy/prj_[A-Za-z0-9]{8,40})"
        r"/(?P<secret>(?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{10,200}(?:={1,2}|(?:/[A-Za-z0-9_-]{8,200}){1,2})?)",
    ),
)  # fmt: skip

LINK_FORMS: Final = marked("/", *_ROWS)
