"""Write models/locale/fairpool.pot: every word for people, collected from the sources; compile translations.

Usage: `python scripts/catalogue.py` after a change of words. A translation is
`models/locale/LANGUAGE/LC_MESSAGES/fairpool.po`; beside it stands what gettext reads, `.mo`.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
POT = ROOT / "models" / "locale" / "fairpool.pot"
SOURCES = ("cli.py", "models/**/*.py", "optimizer/**/*.py")
MARKS = ("_", "mark", "ngettext")

CLICK = (
    "Usage:",
    "Options",
    "Commands",
    "required",
    "Show this message and exit.",
    "Show the version and exit.",
    "Try '{command} {option}' for help.",
    "Error: {message}",
    "Missing argument",
    "Missing option",
    "Invalid value for {param_hint}: {message}",
    "No such command {name!r}.",
)
"""click's own words that users see most: it asks the same catalogue for them."""

_HEADER = (
    "Project-Id-Version: fairpool\n"
    "Language: \n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Plural-Forms: nplurals=2; plural=(n != 1);\n"
)


@dataclass
class Message:
    """One message: the files that hold it, and its plural if it has one."""

    files: list[str] = field(default_factory=list)
    plural: str | None = None


def modules() -> list[Path]:
    """Return the sources that hold words for people."""
    return sorted(path for pattern in SOURCES for path in ROOT.glob(pattern))


def messages() -> dict[str, Message]:
    """Return every message of the sources, in the order of files and lines.

    Raises
    ------
    SystemExit
        If a message is put together before it is translated, or has two plurals.
    """
    found: dict[str, Message] = {}
    for path in modules():
        name = str(path.relative_to(ROOT))
        for texts in _of_module(ast.parse(path.read_text(encoding="utf-8")), name):
            message = found.setdefault(texts[0], Message())
            plural = texts[1] if len(texts) > 1 else None
            if plural and message.plural not in (None, plural):
                raise SystemExit(f"{name}: {texts[0]!r} has two plurals")
            message.plural = plural or message.plural
            if name not in message.files:
                message.files.append(name)
    for text in CLICK:
        found.setdefault(text, Message(["click"]))
    return found


def _of_module(tree: ast.Module, name: str) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and name == "cli.py" and _is_command(node):
            yield (ast.get_docstring(node) or "",)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            texts = node.args[:2] if node.func.id == "ngettext" else node.args[:1]
            if any(isinstance(text, ast.JoinedStr | ast.BinOp) for text in texts):
                raise SystemExit(f"{name}:{node.lineno}: a message is put together before it is translated")
            known = [text.value for text in texts if isinstance(text, ast.Constant)]
            if known and all(known):
                yield tuple(map(str, known))


def _is_command(function: ast.FunctionDef) -> bool:
    """Say whether the function's docstring is the help of a command."""
    calls = [made.func for made in function.decorator_list if isinstance(made, ast.Call)]
    return any(ast.unparse(call) in ("command", "click.group") for call in calls)


def template() -> str:
    """Return the text of the .pot file."""
    parts = ["# Every word that fairpool says to people. Written by scripts/catalogue.py."]
    parts.append('msgid ""\nmsgstr ' + _quoted(_HEADER) + "\n")
    for text, message in messages().items():
        lines = [f"#: {file}" for file in message.files]
        if "{" in text:
            lines.append("#, python-brace-format")
        lines.append(f"msgid {_quoted(text)}")
        if message.plural is None:
            lines.append('msgstr ""')
        else:
            lines += [f"msgid_plural {_quoted(message.plural)}", 'msgstr[0] ""', 'msgstr[1] ""']
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _quoted(text: str) -> str:
    """Write a text as gettext's files do, one line of it a line."""
    lines = text.splitlines(keepends=True)
    quoted = [json.dumps(line, ensure_ascii=False) for line in lines]
    return "\n".join(['""', *quoted]) if len(lines) > 1 else json.dumps(text, ensure_ascii=False)


def compiled(translations: Mapping[str, str | tuple[str, ...]]) -> bytes:
    r"""Return a catalogue in the binary form that gettext reads (.mo).

    Parameters
    ----------
    translations
        Message -> translation; `one\0many` -> its plural forms; "" -> the header.
    """
    texts = {key.encode(): _forms(value).encode() for key, value in translations.items()}
    keys = sorted(texts)
    table = 28
    start = table + 16 * len(keys)
    ids = b"".join(key + b"\0" for key in keys)
    strings = b"".join(texts[key] + b"\0" for key in keys)
    where, numbers = start, [0x950412DE, 0, len(keys), table, table + 8 * len(keys), 0, start]
    for key in keys:
        numbers += [len(key), where]
        where += len(key) + 1
    for key in keys:
        numbers += [len(texts[key]), where]
        where += len(texts[key]) + 1
    return b"".join(number.to_bytes(4, "little") for number in numbers) + ids + strings


def _forms(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else "\0".join(value)


def translations(text: str) -> dict[str, str | tuple[str, ...]]:
    r"""Return what a .po file translates: message -> translation; `one\0many` -> its plural forms.

    Messages without a translation are left out: they are shown in English.

    Raises
    ------
    ValueError
        If a line is none of a .po file.
    """
    found: dict[str, str | tuple[str, ...]] = {}
    for entry in text.split("\n\n"):
        parts = _parts(entry)
        if "msgid" not in parts:
            continue
        forms = tuple(parts[name] for name in sorted(parts) if name.startswith("msgstr["))
        if forms and all(forms):
            found[f"{parts['msgid']}\0{parts['msgid_plural']}"] = forms
        elif parts.get("msgstr"):
            found[parts["msgid"]] = parts["msgstr"]
    return found


def _parts(entry: str) -> dict[str, str]:
    """Return keyword -> text of one entry of a .po file."""
    parts: dict[str, str] = {}
    keyword = ""
    for line in entry.splitlines():
        if not line or line.startswith("#"):
            continue
        start, quote, rest = line.partition('"')
        keyword = start.strip() or keyword
        if not quote or not keyword:
            raise ValueError(line)
        parts[keyword] = parts.get(keyword, "") + json.loads(quote + rest)
    return parts


def compile_all() -> None:
    """Write the .mo beside every .po."""
    for po in sorted(POT.parent.glob("*/LC_MESSAGES/fairpool.po")):
        po.with_suffix(".mo").write_bytes(compiled(translations(po.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    POT.parent.mkdir(parents=True, exist_ok=True)
    POT.write_text(template(), encoding="utf-8")
    compile_all()
