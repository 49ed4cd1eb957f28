"""Secrets in sentences, in key and value, in configuration and on command lines."""

from tests.redaction_set.placement import ANY, ONE_LINE, QUOTED, WORD, Table

sentence = Table("ordinary", "nothing", ONE_LINE)
SENTENCES = (
    sentence("alone", "{s}"),
    sentence("start-of-line", "{s} was refused by the upstream"),
    sentence("middle-of-line", "using {s} for the next request"),
    sentence("end-of-line", "the upstream refused {s}"),
    sentence("after-level", "2026-03-04 05:06:07,089 WARNING worker.sync retrying with {s}"),
    sentence("in-brackets", "skipped [{s}] after 3 tries"),
    sentence("in-parentheses", "login failed (with {s}) for guild {id}"),
    sentence("in-single-quotes", "unexpected value '{s}' in row 14"),
    sentence("in-double-quotes", 'unexpected value "{s}" in row 14'),
    sentence("in-backticks", "run `{s}` was not understood"),
    sentence("after-arrow", "rotated -> {s}"),
    sentence("with-newline-after", "got {s}\nwaiting 5 s"),
    sentence("beside-trace-id", "trace={hex} request={uuid} got {s}"),
    sentence("after-snowflake", "user {id} pasted {s}"),
)
touching = Table("hard", "nothing", WORD)
TOUCHING = (
    touching("before-comma", "tried {s}, then gave up"),
    touching("before-full-stop", "The value was {s}."),
    touching("before-colon", "{s}: not accepted"),
    touching("before-semicolon", "first {s}; second none"),
    touching("before-exclamation", "leaked {s}!"),
    touching("in-angle-brackets", "expected <{s}> to be valid"),
    touching("in-braces", "template {{s}} was rendered"),
    touching("between-pipes", "| 14 |{s}| refused |"),
    touching("between-tabs", "14\t{s}\trefused"),
    touching("in-csv", "14,alice,{s},refused"),
    touching("between-slashes", "GET /hooks/{s}/run 404"),
    touching("after-equals", "got={s}"),
    touching("after-colon", "got:{s}"),
    touching("in-list", "args: [{s}, 5, true]"),
    touching("two-on-a-line", "swapped {s} for {s2} today"),
    touching("two-with-comma", "{s},{s2}"),
    touching("after-redacted", "token {e} then {s}"),
    touching("in-asterisks", "**{s}** was posted in the channel"),
    touching("in-code-fence", "```\n{s}\n```"),
    touching("in-markdown-link", "[open](https://example.com/x?v={s})"),
    touching("in-html-element", "<td>{s}</td>"),
    touching("after-no-break-space", "value\u00a0{s}\u00a0refused"),
)
tight = Table("extreme", "nothing", WORD)
TIGHT = (
    tight("beside-cyrillic", "ключ{s}отклонён"),
    tight("beside-cjk", "密钥{s}无效"),
    tight("beside-emoji", "🔑{s}🔥"),
    tight("in-spoiler", "||{s}||"),
    tight("after-at-sign", "@{s}"),
    tight("after-escaped-newline", "first line\\n{s}\\nlast line"),
    tight("after-escaped-tab", "x\\t{s}"),
    tight("in-guillemets", "«{s}»"),
    tight("after-zero-width", "value \u200b{s}\u200b refused"),
)

pair = Table("ordinary", "name", WORD)
PAIRS = (
    pair("env-line", "{K}={s}"),
    pair("export", "export {K}={s}"),
    pair("snake-equals", "config loaded {k}={s} debug=True"),
    pair("camel-equals", "options: {c}={s}"),
    pair("kebab-equals", "{d}={s}"),
    pair("snake-colon", "{k}: {s}"),
    pair("camel-colon", "{c}: {s}"),
    pair("pascal-colon", "{P}: {s}"),
    pair("header-colon", "{D}: {s}"),
    pair("spaced-equals", "{k} = {s}"),
    pair("arrow-pair", "{k} => {s}"),
    pair("logfmt", "level=info msg=start {k}={s} dur=12ms"),
    pair("ini", "[client]\n{k} = {s}\ntimeout = 30"),
    pair("yaml", "client:\n  {k}: {s}\n  timeout: 30"),
    pair("env-dump", "PATH=/usr/bin\n{K}={s}\nLANG=C.UTF-8"),
    pair("docker-e", "docker run -e {K}={s} -p 80:80 app:1.2"),
    pair("long-option", "started: bot --{d} {s} --verbose"),
    pair("long-option-equals", "started: bot --{d}={s} --verbose"),
    pair("set-command", "heroku config:set {K}={s} -a app"),
    pair("dockerfile-env", "ENV {K} {s}"),
    pair("java-property", "-D{o}={s} -jar app.jar"),
    pair("semicolon-pairs", "host=a;{k}={s};timeout=3"),
)
quoted = Table("ordinary", "name", QUOTED)
QUOTES = (
    quoted("double-quoted", 'set {k}="{s}"'),
    quoted("single-quoted", "set {k}='{s}'"),
    quoted("toml", '[client]\n{k} = "{s}"'),
    quoted("yaml-quoted", 'client:\n  {k}: "{s}"'),
    quoted("js-object", "{ {c}: '{s}', retries: 3 }"),
    quoted("keyword-argument", "Client({k}='{s}', timeout=3)"),
    quoted("source-line", '    client = connect({k}="{s}")'),
    quoted("ruby-hash", '{:{k} => "{s}"}'),
    quoted("go-struct", '{Host:a {P}:"{s}" Port:5}'),
    quoted("csharp-setter", 'options.{P} = "{s}";'),
    quoted("php-define", "define('{K}', '{s}');"),
)
spelling = Table("hard", "name", WORD)
SPELLINGS = (
    spelling("words-colon", "{w}: {s}"),
    spelling("words-is", "the {w} is {s}"),
    spelling("words-title", "{W}: {s}"),
    spelling("flat-equals", "{f}={s}"),
    spelling("dotted-equals", "app.{o}={s}"),
    spelling("prefixed-screaming", "MYAPP_PROD_{K}={s}"),
    spelling("prefixed-camel", "my{P}={s}"),
    spelling("suffixed", "{k}_1={s}"),
    spelling("double-underscore", "APP__{K}={s}"),
    spelling("backticked-value", "{k}: `{s}`"),
    spelling("backticked-name", "`{k}` = {s}"),
    spelling("bold-name", "**{W}:** {s}"),
    spelling("was-set-to", "{k} was set to {s}"),
    spelling("got-value", "invalid {w} {s}"),
    spelling("tab-between", "{k}\t{s}"),
    spelling("walrus", "{k} := {s}"),
    spelling("double-equals", "assert {k} == {s}"),
    spelling("padded-table", "{k}        | {s}"),
    spelling("csv-header", "id,{k}\n1,{s}"),
    spelling("no-break-space", "{k}:\u00a0{s}"),
    spelling("terraform-set", 'set { name = "{k}" value = "{s}" }'),
    spelling("two-names", "{k}={s} {k}_previous={s2}"),
    spelling("old-and-new", "changed {k} from {s} to {s2}"),
)
apart = Table("extreme", "name", WORD)
APART = (
    apart("value-on-next-line", "{k}:\n{s}"),
    apart("value-indented-below", "{k}:\n    {s}"),
    apart("yaml-folded", "{k}: >-\n  {s}\n"),
    apart("yaml-literal", "{k}: |\n  {s}\n"),
    apart("name-value-objects", '[{"name": "{K}", "value": "{s}"}]'),
    apart("name-value-yaml", "- name: {K}\n  value: {s}"),
    apart("key-value-struct", '{"Key": "{K}", "Value": "{s}"}'),
    apart("zero-width-name", "{k}\u200b=\u200b{s}"),
    apart("fullwidth-equals", "{k}＝{s}"),
    apart("tuple-pair", "('{k}', '{s}')"),
    apart("bytes-pair", "(b'{d}', b'{s}')"),
    apart("annotated", "{k}: str = '{s}'"),
    apart("type-between", "{k} (string, required): {s}"),
    apart("getenv-default", "os.environ.get('{K}', '{s}')"),
    apart("sentence-far", "The {w} you asked for, as agreed on Monday, is: {s}"),
)
holding = Table("hard", "name", ANY)
PLACEMENTS = (
    *(*SENTENCES, *TOUCHING, *TIGHT, *PAIRS, *QUOTES, *SPELLINGS, *APART),
    holding("heredoc", "cat > /run/{d} <<EOF\n{s}\nEOF"),
)
