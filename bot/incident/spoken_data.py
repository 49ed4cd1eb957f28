"""Data that stands in a log line as it is spoken, without quotes: names, channels, files, addresses, tries.

A line is seen alone, so only what its surroundings give away can be told: a mark before it, its form, or a word that
names come after. What names a service stays, for each of those fails in its own way.
"""

import re

SERVICES = (
    "Redis|Valkey|Postgre\\w*|MySQL|MariaDB|MongoDB|SQLite|SQLAlchemy|Elastic\\w*|RabbitMQ|Kafka|Discord|GitHub|GitLab"
    "|Google|Sheets?|Gmail|OpenAI|Anthropic|Gemini|Claude|Mistral|Twitch|Spotify|YouTube|SoundCloud|Lavalink|Wavelink"
    "|Sentry|Slack|Telegram|Reddit|Twitter|Steam|Riot|Patreon|Stripe|PayPal|Railway|Docker|Cloudflare|Heroku|AWS|S3|Azure"
    "|Top\\.gg|API|HTTPS?|TLS|SSL|DNS|TCP|UDP|SMTP|FTP|SSH|JSON|YAML|TOML|CSV|XML|SQL|URL|CPU|RAM|GPU|FFmpeg|Opus|None|True"
    "|False|I|The|This|That|No|Not|An?|It|If|Is"
)
NAME = rf"(?!(?:{SERVICES})\b)[^\W\d_a-z][\w'’.-]*"
TO_END = r"(?=\s*(?:[:,;(\[]|$|\.(?:\s|$)))"
STEPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<![\w&/#])#[\w-]{2,100}"), "#<w>"),
    (re.compile(r"(?<![\w.@/])@[\w.-]{2,40}"), "@<w>"),
    (re.compile(r"(?<![\w.:/@+-])(?:[A-Za-z]:)?(?:[\\/][\w.@+-]+)+[\\/]([\w@+-]+\.pyw?)\b"), r"\1"),
    (re.compile(r"(?<![\w.:/@+-])(?:[A-Za-z]:)?(?:[\\/][\w.@+-]+)+[\\/][\w@+.-]+\.\w{1,8}\b"), "<file>"),
    (
        re.compile(
            r"(?<![\w()+./-])[\w()+-]+(?:\.[\w-]+)*\.(?:csv|tsv|xlsx?|json|txt|md|pdf|zip|gz|tar|png|jpe?g|gif|webp|mp[34]"
            r"|ogg|wav|webm|sql|db|sqlite3?|bak|log|ya?ml|toml)\b"
        ),
        "<file>",
    ),
    (re.compile(r"(?<!\w)(\w+://[^\s/'\"<>]+)(/[^\s'\"<>?#]*)"), ""),  # see `shortened`
    (re.compile(r",? {0,3}\(?\b(?:attempt|try|retry) #?\d+(?: ?(?:/|of) ?\d+)?\b\)?", re.IGNORECASE), ""),
    (re.compile(r"\b([a-z]{2,20}) (?!\()[^():\d]{1,60}? \((?=\d{15,20}\))"), r"\1 <w> ("),
    (
        re.compile(r"\b((?:requested|asked|invoked|used|sent|triggered|reported) by) \S{2,40}?(?=[):,]| in | for |$)"),
        r"\1 <w>",
    ),
    (re.compile(r"\((?!(?:error )?(?:code|status|errno|reason|type)\b)([a-z]{3,20}): [^()\d]{1,200}\)"), r"(\1: <w>)"),
    (
        re.compile(
            r"\b((?:for|from|by|[Gg]uild|[Ss]erver|[Cc]hannel|[Uu]ser|[Mm]ember|[Rr]ole|[Pp]layer|[Cc]ity|[Tt]hread|[Tt]rack"
            rf"|[Ss]ong|[Ee]moji|[Ss]treamer|[Tt]eam)) {NAME}(?: {NAME}){{0,5}}{TO_END}"
        ),
        r"\1 <w>",
    ),
    (re.compile(r"\b(from|by|user|member|player|streamer) (?=\S*[\d_A-Z])[\w.-]{2,40}(?=\s*[:,;(\[]|$)"), r"\1 <w>"),
)
ADDRESS = 5
"""Where the step for addresses stands: what is in their path is told by its form."""
SEGMENT = re.compile(r"[a-z_-]+")


def without_data(text: str) -> str:
    """The line without what is spoken data in it."""
    for number, (pattern, mask) in enumerate(STEPS):
        text = pattern.sub(shortened if number == ADDRESS else mask, text)
    return text


def shortened(found: re.Match[str]) -> str:
    """An address with the first part of its path: what comes after it is mostly whose it is."""
    first = found[2].split("/")[1]
    return f"{found[1]}/{first}" if SEGMENT.fullmatch(first) else found[1]
