"""Text without credentials: one redactor for all that is recorded or shown of a cluster.

A secret is known by its name (`--api-key V`, `HF_TOKEN=V`, `"password": "V"`, `?sig=V`), by its
place (`user:V@host`, `-u user:V`, `Authorization: Bearer V`, the path of a webhook) or by its own
form (a JWT, `AKIA…`, `hf_…`, a PEM block). It becomes `***`; quotes, braces and separators stay,
so that JSON is still JSON and a log line is still read by its dialect.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache

HIDDEN = "***"
LIMIT = 20_000
"""Characters of one argument that are kept."""

_NAME = (
    r"(?:token|secret|passw(?:or)?d|passphrase|passcode|pwd|_pass|credentials?|creds|key[-_]?data"
    r"|(?:api|access|secret|private|auth|account|signing|encryption|master|shared|license"
    r"|subscription|webhook|admin|client)[-_.]?key)"
)
"""How the name of a secret ends in any kind of text. Bare `key` is too common to be here."""
SECRET_NAME = rf"(?:{_NAME}|authorization|cookie|[-_.]key)\Z"
"""How the name of a field with a secret text ends; search for it in either case."""
_WEAK = r"(?:key|auth|pass|pw|sig|signature|credential|jwt|sas|hmac|code|pat)"
"""Names of secrets among the parameters of a URL, and (all but `code`) among flags."""
_COUNTED = re.compile(
    r"(?:first|last|next|per|prompt|input|output|generated?|special|eos|bos|pad|unk|sep|cls|mask"
    r"|stop|end|start|image|think|inter)[-_ .]?\Z",
    re.I,
)
"""Words before `token` that mean a language model's tokens, not a credential."""
_FIXED = re.compile(
    r"(?:\*\*\*|(?i:true|false|null|none|nil|undefined|string)|"
    r"\$[({]?[A-Z][A-Z0-9_]*[)}]?|)\Z",
    re.ASCII,
)
"""Values that are no secret: empty or masked ones, constants, and names of variables."""
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?(?:m?s|%)?\Z", re.I | re.ASCII)
_BETWEEN = "\x1f"
"""Stands between the words of a command line while they are read together: white space for `re`."""
_QUOTED = r"(?P<q>\\*[\"'])(?:(?!(?P=q))(?:\\[^\x1f]|[^\\\x1f]))*(?:(?P=q)|\\?(?=\x1f)|\\?\Z)"
_BARE = (
    r"(?:[^\s,;&\"'`\\}\])]|,(?!\s|\\*[\"'{\[]|[\w.-]{1,60}[=:]|\Z)|[}\])](?![\s,;}\])\"'\\]|\Z)"
    r"|\\(?![\"'\\]|\Z))+"
)
_VALUE = rf"(?P<value>(?![{{\[(<])(?:{_QUOTED}|{_BARE})+)"
_CLOSE = r"(?P<close>\\*[\"']?)"
_NEXT = r"(?P<between>=|\\*[\"'],[ \t]*(?=\\*[\"'])|[ \t]{0,9}\n[ \t]{0,60}-[ ]+|\x1f|\s+)"
"""From a flag to its value: in a shell, a JSON or YAML list, or the next word."""
_WORD = rf"(?P<value>(?<=\x1f)[^\x1f]+|{_QUOTED}|(?![\"'])[^\s\"'`\\;|&]+)"

_SUSPICIOUS = re.compile(
    r"@|key|token|secret|pass|pwd|[?&;](?:pw|sig|code|sas|pat|jwt|hmac)|cred|auth|cookie|bearer"
    r"|signature|basic |hook|(?<![\w-])--?(?:[up]|pw|pat|sig|jwt)|eyj|akia|asia|hf_|sk-|gh[pousr]_"
    r"|github_pat|glpat|xox|aiza|nvapi|sha256~|-----begin|/bot\d|redis-cli|mysql|mariadb|sshpass"
)
"""A quick test that settles most texts: where it finds nothing in lower case, nothing is hidden."""


def is_secret(name: str) -> bool:
    """Whether a field of this name holds a credential."""
    named = _names().search(name)
    return named is not None and _COUNTED.search(name[: named.start()]) is None


@cache
def _names() -> re.Pattern[str]:
    return re.compile(SECRET_NAME, re.I)


def redacted_text(text: str) -> str:
    """`text` with `***` in place of what looks like a credential; itself where nothing does."""
    if _SUSPICIOUS.search(text.lower()) is None:
        return text
    for pattern, replacement in _rules():
        text = pattern.sub(replacement, text)
    return text


def redacted_words(words: Iterable[str]) -> tuple[str, ...]:
    """The words of a command line, each of at most `LIMIT` characters, without credentials.

    The value of a flag may be in the same word or the next one: `-p V`, `--api-key V`.
    """
    kept = tuple(word[:LIMIT].replace(_BETWEEN, " ") for word in words)
    whole = redacted_text(_BETWEEN.join(kept)).split(_BETWEEN)
    return tuple(whole) if len(whole) == max(1, len(kept)) and kept else kept


Replacement = str | Callable[[re.Match[str]], str]

_FLAG = (
    rf"(?<![\w-])--?(?=[a-z])(?:[\w.-]{{0,60}}?{_NAME}|(?:[\w.-]{{0,60}}?[-_.])?(?!code){_WEAK})"
)
_PART = r"[^\s\"',;}\\]+"


def _masked(value: str, quotes: str = "") -> str:
    """`***` in the quotes of `value`, or in `quotes` where it has none."""
    own = re.match(r"\\*[\"']", value)
    around = own.group() if own is not None else quotes
    return f"{around}{HIDDEN}{around}"


def _bare(value: str) -> str:
    return value.strip("\\\"'")


def _field(match: re.Match[str]) -> str:
    """`name = value` and `"name": value`."""
    value, head = match["value"], match["head"]
    bare = _bare(value)
    if _FIXED.match(bare) or bare[:1] == "<":
        return match.group()
    if head.lower().endswith(("token", "_pass")):  # or how many tokens, how many passed
        before = match.string[max(0, match.start() - 20) : match.start()]
        if _NUMBER.match(bare) or _COUNTED.search(before):
            return match.group()
    return f"{head}{match['close']}{match['between']}{_masked(value, match['close'])}"


def _header(match: re.Match[str]) -> str:
    """`Authorization: scheme value`; where the scheme is not known, two words are the value."""
    return f"{match['head']}{match['scheme'] or ''}{HIDDEN}"


def _flag(match: re.Match[str]) -> str:
    """`--name value`; a number is the value of a flag about a model's tokens."""
    value, head = match["value"], match["head"].lower()
    bare = _bare(value)
    if _FIXED.match(bare):
        return match.group()
    if head.endswith("token") and (_NUMBER.match(bare) or _COUNTED.search(head[:-5])):
        return match.group()
    return f"{match['head']}{match['between']}{_masked(value)}"


def _user(match: re.Match[str]) -> str:
    """`-u name:password`; `-u 1000:1000` is a user and a group, and stays."""
    value = match["value"]
    name, colon, rest = value.partition(":")
    bare = _bare(rest)
    if not colon or rest.startswith("//") or bare.isdigit() or _FIXED.match(bare):
        return match.group()
    end = re.search(r"\\*[\"']\Z", rest)
    return f"{match['head']}{match['between']}{name}:{HIDDEN}{end.group() if end else ''}"


_PORTS = re.compile(r"[\d.:*-]+(?:/(?:tcp|udp|sctp))?\Z", re.ASCII)
_OTHER_P = re.compile(
    r"(?:^|[\s\x1f/\"'])(?:mkdir|cp|install|ps|kubectl|read|tar|patch|make)(?=[\s\x1f\"']|\Z)"
)
"""Commands whose `-p` is no password."""


def _short(match: re.Match[str]) -> str:
    """`-p value`, where that is no port, no path and no option of another kind."""
    value = match["value"]
    bare = _bare(value)
    if _FIXED.match(bare) or _PORTS.match(bare) or bare[:1] in "/~{[.<":
        return match.group()
    before = re.split(r"[;&|\n(`]", match.string[max(0, match.start() - 300) : match.start()])[-1]
    if _OTHER_P.search(before):
        return match.group()
    return f"{match['head']}{match['between']}{_masked(value)}"


def _parameter(match: re.Match[str]) -> str:
    """`?name=value` of a URL; a code that is a number is a status."""
    if _FIXED.match(match["value"]) or (
        match["head"].lower().endswith("code") and match["value"].isdigit()
    ):
        return match.group()
    return f"{match['head']}={HIDDEN}"


def _path(match: re.Match[str]) -> str:
    """A URL whose path is the secret: everything after the start that all such URLs share."""
    if re.search(r"\.svc[.:/]", match["host"]):  # an admission webhook of the cluster
        return match.group()
    return f"{match['host']}{HIDDEN}"


_RULES: tuple[tuple[str, Replacement], ...] = (
    # A key or a certificate, to its end or to the end of the text.
    (
        r"-----BEGIN [^-\x1f]{1,60}-----[^\x1f]*?(?:-----END [^-\x1f]{1,60}-----|(?=\x1f)|\Z)",
        HIDDEN,
    ),
    # scheme://user:password@host, also with @ or / in the password; user:password@host.
    (r"(?<=://)[^\s/?#@\"'<>]{0,300}@(?:[^\s/?#@\"'<>]{0,300}@)?", f"{HIDDEN}@"),
    (r"(?<=://)[^\s/:@\"'<>]{1,60}:(?!\d+(?:/|\Z))[^\s@\"'<>?]{1,300}@(?!sha\d)", f"{HIDDEN}@"),
    (
        r"(?<![\w@/:.%+-])(?!mailto:|sha\d+:)[\w.%+-]{1,60}:(?!//)[^\s/@:\"'<>,]{1,200}@"
        r"(?!sha\d+:)(?=[\w\[])",
        f"{HIDDEN}@",
    ),
    # Webhooks, whose path is the secret.
    (
        r"(?i)(?P<host>https?://(?:[\w.-]{0,60}\.)?(?:hooks?|webhooks?)\.[\w.:-]+/)"
        r"[^\s\"'<>\\]+",
        _path,
    ),
    (
        r"(?i)(?P<host>(?:webhook(?:[-_]?urls?)?[\s=:,\"'\\]{1,9}https?://[^\s\"'<>\\/]{1,99}/"
        r"|https?://[\w.:-]{1,99}/(?:[\w.-]{1,40}/){0,4}(?:web)?hooks?/))"
        r"[^\s\"'<>\\]+",
        _path,
    ),
    (
        r"(?i)(?P<host>https?://[\w.-]*(?:discord(?:app)?\.com/api/(?:v\d+/)?webhooks/"
        r"|\.office\.com/webhook[\w]*/|outlook\.office(?:365)?\.com/webhook[\w]*/"
        r"|api\.telegram\.org/bot))[^\s\"'<>\\/]+(?:/(?!send)[^\s\"'<>\\]+)?",
        _path,
    ),
    # A variable of a container: name: HF_TOKEN, value: …
    (
        rf"(?i)(?P<head>\bname\\*[\"']?[ \t]*:[ \t]*\\*[\"']?[\w.-]{{0,80}}?(?:{_NAME})\\*[\"']?"
        rf"[\s,]{{1,80}}\\*[\"']?value)(?P<close>\\*[\"']?)(?P<between>[ \t]*:[ \t]*){_VALUE}",
        _field,
    ),
    # Headers, and the schemes of the first one alone.
    (
        rf"(?i)(?P<head>\b(?:proxy-)?authorization\\*[\"']?[ \t]*[:=][\s\"'\\]*)"
        rf"(?!\*\*\*|[{{\[(<$]|(?:true|false|null|none)\b)"
        rf"(?P<scheme>(?:bearer|basic|token|digest|negotiate|ntlm|apikey|aws4-hmac-sha256)\s+)?"
        rf"{_PART}(?(scheme)|(?:[ ]+(?![\w.-]+[=:]){_PART})?)",
        _header,
    ),
    (
        r"(?i)(?P<head>\b(?:set-)?cookie\\*[\"']?[ \t]*:[ \t\"'\\]*)[^\"'\n\x1f\\]+",
        rf"\g<head>{HIDDEN}",
    ),
    (
        r"(?i)(?P<head>\bbearer\s+)(?!(?:token|auth\w*|realm|error|scope|service|scheme)\b)"
        r"[\w.~+/=-]{3,}",
        rf"\g<head>{HIDDEN}",
    ),
    (r"(?P<head>\b[Bb]asic\s+)(?=[a-z+/]*[A-Z0-9=])[\w+/]{6,}={0,2}", rf"\g<head>{HIDDEN}"),
    # Flags: by their name, -u name:password, -p password, -p and -a of some clients.
    (rf"(?i)(?P<head>{_FLAG}){_NEXT}(?:(?<==)|(?!-)){_WORD}", _flag),
    (rf"(?P<head>(?<![\w-])(?:-u|-U|--user|--proxy-user)){_NEXT}{_WORD}", _user),
    (r"(?P<head>(?<![\w-])-u[\w.@-]{1,60}:)(?!//)[^\s:/\"']+", rf"\g<head>{HIDDEN}"),
    (rf"(?P<head>(?<![\w-])-p){_NEXT}(?!-){_WORD}", _short),
    (
        r"(?P<head>\b(?:mysql|mariadb|sshpass|redis-cli)\b[^;|&\n]{0,99}?\s-[pa][ \x1f]?)"
        r"(?![-\s]|\*\*\*)[^\s\"']+",
        rf"\g<head>{HIDDEN}",
    ),
    # Parameters of a URL, and fields of JSON, YAML, console lines and environments.
    (
        rf"(?i)(?P<head>[?&;](?:[\w.%-]{{0,60}}?[-_.])?{_WEAK})=(?P<value>[^&#\s\"'<>;\\]+)",
        _parameter,
    ),
    (rf"(?i)(?P<head>{_NAME}){_CLOSE}(?P<between>[ \t]*(?:=>|:=|[:=])[ \t]*){_VALUE}", _field),
    (
        rf"(?i)(?P<head>\b(?:auth|signature|sig)){_CLOSE}(?P<between>[ \t]*[:=][ \t]*)"
        rf"(?=\\*[\"']?[\w+/=-]{{12}}){_VALUE}",
        _field,
    ),
    # Secrets with a form of their own: JWTs, keys of AWS, Hugging Face, GitHub, GitLab, Slack,
    # Google, NVIDIA, OpenShift and OpenAI. Pod names are in lower case, so they do not match.
    (
        r"(?<![\w-])(?:eyJ[\w-]{5,}(?:\.[\w-]*){1,4}|(?:AKIA|ASIA)[A-Z0-9]{12,}"
        r"|hf_(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{10,}|gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}"
        r"|glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}|AIza[\w-]{30,}|nvapi-[\w-]{16,}|sha256~[\w-]{16,}"
        r"|sk-(?:[A-Za-z0-9]{16,}|(?=[a-z0-9_-]*[A-Z])[\w-]{12,}"
        r"|(?:proj|ant|or|live|test|svcacct|admin)-[\w-]{10,}))",
        HIDDEN,
    ),
)
"""The rules, applied in this order."""


@cache
def _rules() -> tuple[tuple[re.Pattern[str], Replacement], ...]:
    """The rules, made when they are first needed: that takes some milliseconds."""
    return tuple((re.compile(pattern), replacement) for pattern, replacement in _RULES)
