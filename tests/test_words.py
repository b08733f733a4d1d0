"""Every word for people goes through the one catalogue, and comes out in the language asked for."""

import ast
import gettext
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import cli
from models import language
from models.finding import finding
from optimizer.show import language as choosing
from scripts.catalogue import CLICK, MARKS, POT, ROOT, compiled, messages, modules, template, translations

WORDS = re.compile(r"[A-Za-z]{2,}[ ,;:]+[a-z]{2,}")
LETTERS = re.compile(r"[A-Za-z]{2,}")
SINKS = ("print", "echo", "Text", "assemble", "status", "show_table", "_say", "_fail", "fail", "UsageError")
KEYWORDS = ("help", "title", "caption", "header", "remark")
NO_WORDS_FOR_PEOPLE = {
    "best effort",  # names of phases, translated where they are shown
    "kind top",  # words of the rule language
    "slots: start",  # places of an input
    "options: conversions",
    "blank first row",  # caught where it is raised
    r"at line (\d+)",
    " has no finite decimal text",  # faults of our own
    "HiGHS refuses option ",
    "passModel",  # a function of HiGHS, and
    "fairpool: ",  # the program's own name
    "  fairpool verify ",
}
DATA = (
    "optimizer/generate/",
    "optimizer/init.py",
    "optimizer/warm.py",
    "optimizer/compiled.py",
    "optimizer/registry/schema.py",
    "optimizer/registry/statements.py",
    "optimizer/registry/migrations/",
)  # what they write are files of the planner

HEADER = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=1; plural=0;\n"
TRANSLATIONS = {
    "": HEADER,
    "The plan folder to write.": "要写入的方案文件夹。",
    "List everything that is wrong or odd in an instance. Most severe first.": "列出所有问题。",
    "Example: {example}": "示例：{example}",
    "Show the version and exit.": "显示版本。",
    "Usage:": "用法：",
    "error": "错误",
    "the cost {value} is negative": "成本 {value} 为负",
    "row {row}": "第 {row} 行",
    "{n} error\0{n} errors": "{n} 个错误",
    "Missing option": "缺少选项",
}


@pytest.fixture
def chinese(tmp_path, monkeypatch):
    """A catalogue of a few Chinese messages, in place of the shipped ones."""
    catalogue = tmp_path / "zh" / "LC_MESSAGES" / "fairpool.mo"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_bytes(compiled(TRANSLATIONS))
    monkeypatch.setattr(choosing, "CATALOGUES", tmp_path)
    monkeypatch.setenv("LANGUAGE", "en")
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    yield
    language.use(gettext.NullTranslations())
    gettext.textdomain("messages")


def _run(*arguments, **environment):
    result = CliRunner().invoke(cli.main, [str(argument) for argument in arguments], env=environment)
    return result.stdout + result.stderr


def test_template_is_current():
    """The committed template holds what the sources say: `python scripts/catalogue.py` writes it."""
    assert POT.read_text(encoding="utf-8") == template()
    assert len(messages()) > 400


@pytest.mark.parametrize("po", sorted(POT.parent.glob("*/LC_MESSAGES/fairpool.po")), ids=str)
def test_translations_are_current(po):
    """A translation says nothing that the sources do not, keeps what is filled in, and is compiled."""
    translated = translations(po.read_text(encoding="utf-8"))
    assert po.with_suffix(".mo").read_bytes() == compiled(translated)
    known = messages()
    for text, said in translated.items():
        one, _null, many = text.partition("\0")
        if not one:
            continue
        assert one in known, one
        assert (known[one].plural or "") == many
        for form in [said] if isinstance(said, str) else said:
            assert set(re.findall(r"{\w+}", form)) <= set(re.findall(r"{\w+}", one + many)), one
            assert set(re.findall(r"{\w+}", one)) <= set(re.findall(r"{\w+}", form)), one
    assert len(translated) > 15


def test_what_is_no_translation():
    """A file of translations that cannot be read is refused; entries without a translation stay English."""
    assert translations('msgid "a b"\nmsgstr ""\n\nmsgid "c"\nmsgstr "d"\n"e"\n') == {"c": "de"}
    plural = 'msgid "{n} a"\nmsgid_plural "{n} as"\nmsgstr[0] "{n} x"\nmsgstr[1] ""\n'
    assert translations(plural) == {}
    assert translations(plural.replace('""', '"{n} y"')) == {"{n} a\0{n} as": ("{n} x", "{n} y")}
    for text in ("msgid a", '"lost"'):
        with pytest.raises(ValueError, match=r"a|lost"):
            translations(text)


@pytest.mark.parametrize("module", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_words_bypass_the_catalogue(module):
    """No text of two words or more, and no argument of what prints, stands outside of `_`."""
    name = str(module.relative_to(ROOT))
    tree = ast.parse(module.read_text(encoding="utf-8"))
    if name.startswith(DATA):
        return
    strays = [node for node in _texts(tree) if _is_for_people(node.value)]
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            said = [text for part in _printed(call) for text in _direct(part)]
            strays += [text for text in said if LETTERS.search(text.value) and not _is_known(text.value)]
    assert not [f"{name}:{node.lineno}: {node.value!r}" for node in strays]


def test_strays_are_found():
    """The test above finds what it looks for, inside f-strings and choices too."""
    code = (
        'console.print(f"{n} Rows" if n else "None")\nx = "two words"\nText("a", style="bold blue")\n_("a b")'
    )
    tree = ast.parse(code)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    printed = [text.value for call in calls for part in _printed(call) for text in _direct(part)]
    assert [text for text in printed if LETTERS.search(text)] == [" Rows", "None"]
    assert {node.value for node in _texts(tree) if _is_for_people(node.value)} == {"two words"}


def _is_for_people(text):
    return bool(WORDS.search(text)) and not _is_known(text)


def _is_known(text):
    """Whether a text is no message: a style of rich, a command line, or one of the list above."""
    is_style = re.fullmatch(r"bold [a-z]+", text) is not None
    return is_style or text in NO_WORDS_FOR_PEOPLE or text.startswith("fairpool ")


def _texts(tree):
    """The string constants of a module that are no docstrings and not inside a call of `_`."""
    inside = set()
    for node in ast.walk(tree):
        is_marked = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_marked or is_docstring:
            inside.update(map(id, ast.walk(node)))
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside
    ]


def _printed(call):
    """The arguments of a call that people will read."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name == "Text":
        yield from call.args[:1]
    elif name in SINKS:
        yield from call.args
    yield from (keyword.value for keyword in call.keywords if keyword.arg in KEYWORDS)


def _direct(node):
    """The string constants that make up a value, not those inside calls, names or styles."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node
    elif isinstance(node, ast.Tuple):
        yield from _direct(node.elts[0])
    elif isinstance(node, ast.List):
        for item in node.elts:
            yield from _direct(item)
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            yield from _direct(part)
    elif isinstance(node, ast.BinOp):
        yield from (*_direct(node.left), *_direct(node.right))
    elif isinstance(node, ast.IfExp):
        yield from (*_direct(node.body), *_direct(node.orelse))


def test_findings_are_marked():
    """Every text of every finding code is in the template."""
    from models.codes import CODES

    known = messages()
    assert not [name for name, code in CODES.items() if code.what not in known or code.fix not in known]


def test_words_of_click():
    """The words of click that the template lists are those that click says."""
    folder = Path(click.__file__).parent
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in folder.glob("*.py")]
    said = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert set(CLICK) <= said


@pytest.mark.parametrize("how", [("--lang", "zh"), ("--lang=zh",), ()])
@pytest.mark.usefixtures("chinese")
def test_help_is_translated(how):
    """Help is in the language of `--lang`, wherever it stands, else of the environment."""
    environment = {} if how else {"LANG": "zh_CN.UTF-8"}
    text = _run("solve", "-h", *how, **environment)
    assert "要写入的方案文件夹。" in text
    assert "用法：" in text
    assert "示例：fairpool solve instances/tiny" in text
    assert "列出所有问题。" in _run(*how, "-h", **environment) or how
    if not how:
        assert "显示版本。" in _run("-h", **environment)
    assert "要写入的方案文件夹。" not in _run("solve", "-h")
    assert "The plan folder to write." in _run("solve", "-h", "--lang", "en", LANG="zh_CN.UTF-8")


@pytest.mark.usefixtures("chinese")
def test_findings_are_translated():
    """Findings, their places and their counts are in the language asked for, for people and programs."""
    folder = ROOT / "instances" / "malformed" / "OPT-03"
    text = _run("check", folder, "--lang", "zh")
    assert "错误 options.csv 第 2 行" in text
    assert "为负" in text
    assert "1 个错误" in text
    assert "为负" in _run("check", folder, "--json", "--lang", "zh")
    assert "is negative" in _run("check", folder)
    assert "缺少选项" in _run("solve", folder, "--lang", "zh")


@pytest.mark.usefixtures("chinese")
def test_findings_are_translated_when_shown():
    """A finding made before the language was chosen is shown in it all the same."""
    made = finding("OPT-03", "options.csv", 2, "cash", "-1")
    choosing.install("zh")
    assert "成本 -1 为负" in str(made)


@pytest.mark.usefixtures("chinese")
def test_an_unknown_language_is_english():
    """A language without a catalogue, or none at all, is English; `--lang` takes known ones only."""
    assert "The plan folder to write." in _run("solve", "-h", LANG="fr_FR.UTF-8")
    assert "fr" in _run("check", ROOT / "instances" / "tiny", "--lang", "fr")
    assert choosing.asked_language(["--lang", "fr"]) is None
    assert choosing.asked_language(["check", "--lang"]) is None
