# SPDX-License-Identifier: MIT
"""Reads IR of Triton's stages into statements that do not depend on how it is written.

White space, comments, locations and debug information are left out, entries of
dictionaries are sorted, and the names of values, blocks, registers and aliases
are told apart from what is said with them. Works on tokens: TTGIR's syntax is its
own Triton's alone, and differs between releases.
"""

import bisect
import re

#: The stages whose text can be read, and how it is written.
WRITTEN = {"ttir": "mlir", "ttgir": "mlir", "llir": "llvm", "ptx": "ptx", "amdgcn": "amdgcn"}
_SUFFIXES = {**WRITTEN, "mlir": "mlir", "ll": "llvm"}


class NotIR(ValueError):
    """This text is nothing that can be read; the message says why, as the end of a sentence."""


class Statement:
    """One operation, instruction, label or directive.

    ``tokens``: its words, a placeholder (`PLACE` and the number of the name within
    the statement) for each name. ``names``: the `Module.names` that stand there,
    by index, in order. ``defined``: those of them that are defined here. ``depth``: how
    many regions it lies in. ``line``: where it starts in the text, from 1. ``function``: the
    name of the function that it lies in, or "".
    """

    __slots__ = ("tokens", "names", "defined", "depth", "line", "function")

    def __init__(self, tokens, names, defined, depth, line, function):
        self.tokens, self.names, self.defined = tokens, names, defined
        self.depth, self.line, self.function = depth, line, function

    @property
    def operation(self):
        """The word that says what it does."""
        words = self.tokens
        if "=" in words and words[0].startswith((PLACE, "%")):
            words = words[words.index("=") + 1 :]
        return next((word for word in words if word[0].isalpha() or word[0] in '".'), words[0] if words else "")


class Module:
    """``statements``; ``names``: as written, by index; ``written``: mlir, llvm, ptx or amdgcn."""

    def __init__(self, written):
        self.written = written
        self.statements = []
        self.names = []

    def canonical_names(self):
        """A name for each of `names`: its stem, numbered in order of appearance within each function."""
        result = [None] * len(self.names)
        everywhere, own, function = {}, {}, None
        for statement in self.statements:
            if statement.function != function:
                function, own = statement.function, {}
            for name in statement.names:
                if result[name] is None:
                    stem = stem_of(self.names[name], self.written)
                    counts = everywhere if stem[0] in "#!" else own
                    number = counts[stem] = counts.get(stem, -1) + 1
                    result[name] = numbered(stem, number, self.written)
        return result

    def render(self, statement, names):
        """``statement`` as a line, with ``names`` (by index) for its names."""
        given = iter(statement.names)
        words = [_given(word, names, given) for word in statement.tokens]
        return "  " * statement.depth + _joined(words, self.written)

    def lines(self):
        """The whole as lines, with canonical names."""
        names = self.canonical_names()
        return [self.render(statement, names) for statement in self.statements]

    def digest(self):
        """A digest of everything but how names are spelt."""
        import hashlib

        seen, result = {}, hashlib.sha256()
        for statement in self.statements:
            numbers = [seen.setdefault(name, len(seen)) for name in statement.names]
            result.update(repr((statement.tokens, numbers)).encode("utf-8", "surrogateescape"))
        return result.hexdigest()[:16]


#: Stands for a name in the tokens of a statement, followed by its number there.
PLACE = "\0"


def _given(word, names, given):
    return names[next(given)] if word.startswith(PLACE) else word


def written_in(path, text):
    """How the file ``path`` with this text is written. Raises NotIR."""
    suffix = str(path).rpartition(".")[2]
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    for written, sign in _SIGNS.items():
        if sign.search(text):
            return written
    raise NotIR(f"is no IR that is known: expected one of {', '.join('.' + each for each in _SUFFIXES)}")


_SIGNS = {
    "amdgcn": re.compile(r"^\s*\.amdgcn_target\b", re.MULTILINE),
    "ptx": re.compile(r"^\s*\.version\s+\d", re.MULTILINE),
    "llvm": re.compile(r"^(target (datalayout|triple)|define|declare)\b", re.MULTILINE),
    "mlir": re.compile(r'^\s*(module\b|"?builtin\.module\b|(tt|func)\.func\b)', re.MULTILINE),
}


def read(data, path):
    """The Module of a file's content ``data`` (bytes); ``path`` says by its suffix how it is written. Raises NotIR."""
    if b"\0" in data[:4096]:
        raise NotIR("is no text; of a binary, compare the assembly that it was made from")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotIR(f"is no text: byte {error.start + 1} is not UTF-8") from None
    if not text.strip():
        raise NotIR("is empty")
    try:
        return parse(text, written_in(path, text))
    except RecursionError:
        raise NotIR("is nested deeper than IR is") from None


def parse(text, written):
    """The Module of ``text``, written as ``written``."""
    return _READERS[written](text.replace("\r\n", "\n"))


# --- What all have in common --------------------------------------------------------------------------------------


class _Lines:
    """Which line of a text a position is in."""

    def __init__(self, text):
        self.ends = [found.start() for found in re.finditer("\n", text)]

    def __call__(self, position):
        return bisect.bisect_left(self.ends, position) + 1


class _Names:
    """Hands out the names of a module, by scope."""

    def __init__(self, module):
        self.module = module
        self.scopes = [{}]
        self.waiting = set()
        self.seen = set()

    def enter(self):
        self.scopes.append({})

    def leave(self):
        if len(self.scopes) > 1:
            self.scopes.pop()

    def forget(self):
        """A new function: nothing but what is global is known."""
        self.scopes = [self.scopes[0], {}]

    def _new(self, text, scope):
        self.module.names.append(text)
        scope[text] = len(self.module.names) - 1
        return scope[text]

    def defined(self, text, scope=None):
        scope = self.scopes[-1] if scope is None else scope
        known = scope.get(text)
        if known is not None and known in self.waiting:
            self.waiting.discard(known)
            return known
        return self._new(text, scope)

    def used(self, text, scope=None):
        for known in reversed(self.scopes):
            if text in known:
                return known[text]
        name = self._new(text, self.scopes[-1] if scope is None else scope)
        self.waiting.add(name)
        return name


def _statement(parts, depth, line, function):
    """``parts``: words, or (name, whether it is defined) in their place."""
    tokens, names, defined, places = [], [], [], {}
    for part in parts:
        if isinstance(part, str):
            tokens.append(part)
            continue
        name, is_defined = part
        tokens.append(f"{PLACE}{places.setdefault(name, len(places))}")
        names.append(name)
        if is_defined and name not in defined:
            defined.append(name)
    return Statement(tuple(tokens), tuple(names), tuple(defined), depth, line, function)


_SIGIL = re.compile(r"[%^#!$.]*")


def stem_of(name, written):
    """A name without its number, and without what only says that it has none of its own."""
    sigil = _SIGIL.match(name)[0]
    rest = name[len(sigil) :]
    if written == "mlir" and sigil == "%":
        rest = re.sub(r"(_\d+)+$", "", rest)
        return sigil if re.fullmatch(r"(arg)?\d+", rest) else sigil + rest
    return sigil + re.sub(r"([._]?\d+)+$", "", rest)


def numbered(stem, number, written):
    """``stem`` with a number, as the text's own printer would spell it."""
    if written == "mlir" and len(stem) > 1 and stem[0] in "%#!" and not stem.endswith("^"):
        return f"{stem}_{number}" if number and stem[0] == "%" else f"{stem}{number or ''}"
    if written == "llvm" and len(stem) > 1:
        return f"{stem}{number or ''}"
    if written == "amdgcn":
        return f"{stem}_{number}"
    return f"{stem}{number}"


def _joined(words, written):
    """Words as a line, spaced by one rule."""
    line, before, depth = [], "(", 0
    for word in words:
        if word in "([":
            depth += 1
        elif word in ")]":
            depth -= 1
        line.append(word if _is_tight(before, word, depth, written) else " " + word)
        before = word
    text = "".join(line)
    return text[:-2] + ":" if text[0] == "^" and before == ":" else text


def _is_tight(before, word, depth, written):
    """Whether no space stands between two words."""
    if before in _TIGHT_AFTER[written] or word in _TIGHT_BEFORE[written]:
        return True
    after_word = before[-1].isalnum() or before[-1] in '"$_'
    if word == "(" or (word == "[" and written != "llvm"):
        return after_word and before not in _SPACED
    if written != "mlir":
        return False
    if word[0] == ":":
        return before[0] == "%" and (depth > 0 or len(word) > 1)
    if word[0] == "#":
        return before[0] == "%" and word[1:].isdigit()
    return (word == "<" and after_word) or (word[0] == "!" and before[0].isdigit())


_TIGHT_AFTER = {"mlir": "([<{", "llvm": "([<!", "ptx": "([@!{-", "amdgcn": "([:-"}
_TIGHT_BEFORE = {"mlir": ")],>}", "llvm": ")],>:", "ptx": ")],;:}", "amdgcn": ")],:"}
_SPACED = frozenset(("to", "step", "label", "ret"))


# --- MLIR ---------------------------------------------------------------------------------------------------------

_MLIR = re.compile(
    r"""
    (?P<blank>(?:[^\S\n]+|//[^\n]*)+)
  | (?P<newline>\n)
  | (?P<string>"(?:[^"\\\n]|\\.)*"?)
  | (?P<value>%(?:[\w$.]|-(?!>))+)
  | (?P<label>\^(?:[\w$.]|-(?!>))+)
  | (?P<alias>[\#!][A-Za-z_][\w$]*(?![\w$.]))
  | (?P<word>[\#!@](?:[\w$.]+|"[^"\n]*")|-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?(?![\w.])|[\w$.]+|->|::|==|:\d+(?=\s*[,=])|.)
    """,
    re.VERBOSE,
)
_OPEN, _CLOSE = frozenset("([<"), frozenset(")]>")
#: A line that ends or begins so goes on.
_GOES_ON_AFTER = frozenset((",", ":", "->", "="))
_GOES_ON_BEFORE = frozenset((",", ":", "->", "=", ")", "]", ">", "attributes"))


def _read_mlir(text):
    found = [(match.lastgroup, match[0], match.start()) for match in _MLIR.finditer(text) if match.lastgroup != "blank"]
    module = Module("mlir")
    names, line_of = _Names(module), _Lines(text)
    depth, function, function_depth, aliases = 0, "", -1, []
    for kinds, words, position, opens in _mlir_statements(found):
        kinds, words = _without_locations(kinds, words)
        if not words or words == [";"]:
            continue
        if words[0] == "}" and depth:
            depth -= 1
            names.leave()
        if depth <= function_depth:
            function, function_depth = "", -1
        if kinds[0] == "alias" and words[1:2] == ["="]:
            if re.fullmatch(r"#loc\d*", words[0]):
                continue
            aliases.append((_sorted_entries(kinds, words), line_of(position)))
            continue
        name = _function_name(words)
        if name:
            function, function_depth = name, depth
        parts = _mlir_parts(*_sorted_entries(kinds, words), names, opens)
        module.statements.append(_statement(parts, depth, line_of(position), function))
        if opens:
            depth += 1
    return _with_aliases(module, names, aliases)


def _mlir_statements(found):
    """(kinds, words, position, whether a region opens at the end) of each operation, label and closing brace."""
    kinds, words, start = [], [], 0
    braces, nested = [], 0

    at, end = 0, len(found)
    while at < end:
        kind, word, position = found[at]
        at += 1
        if kind == "newline":
            if not words or nested > 0 or braces:
                continue
            following = next((found[i] for i in range(at, min(at + 64, end)) if found[i][0] != "newline"), None)
            label = kinds[0] == "label" and words[-1] == ":"
            if not label and words[-1] in _GOES_ON_AFTER:
                continue
            if following is not None and following[1] in _GOES_ON_BEFORE and kinds[-1] != "label":
                continue
            yield kinds, words, start, False
            kinds, words = [], []
            continue
        if word == "}" and not braces:
            if words:
                yield kinds, words, start, False
            kinds, words, start, nested = ["word"], ["}"], position, 0
            continue
        if not words:
            start, nested = position, 0
        kinds.append(kind)
        words.append(word)
        if word == "{":
            if _is_dictionary(found, at):
                braces.append(nested)
            else:
                yield kinds, words, start, True
                kinds, words, nested = [], [], 0
        elif word == "}":
            nested = braces.pop()
        elif word in _OPEN:
            nested += 1
        elif word in _CLOSE:
            nested = max(nested - 1, 0)
    if words:
        yield kinds, words, start, False


def _is_dictionary(found, at):
    """Whether the brace before token ``at`` opens a dictionary, not a region."""
    newline, ahead = False, []
    for kind, word, _ in found[at : at + 64]:
        if kind == "newline":
            newline = newline or not ahead
            continue
        ahead.append((kind, word))
        if len(ahead) == 2:
            break
    if not ahead:
        return False
    kind, word = ahead[0]
    after = ahead[1][1] if len(ahead) == 2 else ""
    if word == "}":
        return not newline
    if kind not in ("word", "string") or after not in ("=", ",", "}"):
        return False
    return not (newline and after == "}")


def _without_locations(kinds, words):
    if "loc" not in words:
        return kinds, words
    kept_kinds, kept, depth, within = [], [], 0, False
    for index, word in enumerate(words):
        if not within and word == "loc" and words[index + 1 : index + 2] == ["("]:
            within, depth = True, 0
        elif not within:
            kept_kinds.append(kinds[index])
            kept.append(word)
        else:
            depth += (word == "(") - (word == ")")
            within = depth > 0
    return kept_kinds, kept


def _function_name(words):
    """The name of the function that a statement begins, or None."""
    if words[0].endswith(".func"):
        return next((word[1:] for word in words[:4] if word[0] == "@"), None)
    if words[0][0] == '"' and words[0].endswith('.func"') and "sym_name" in words:
        return words[words.index("sym_name") + 2].strip('"')
    return None


def _sorted_entries(kinds, words):
    """The same with the entries of each dictionary in order."""
    if "{" not in words:
        return kinds, words
    pairs = _sort_pairs([*zip(kinds, words, strict=True)], 0)[0]
    return [kind for kind, _ in pairs], [word for _, word in pairs]


def _sort_pairs(pairs, at, end=None):
    """``pairs`` from ``at`` on, up to and without the word ``end``, sorted; and where that is."""
    entries, entry, depth = [], [], 0
    while at < len(pairs):
        kind, word = pairs[at]
        if end and word == end and not depth:
            break
        at += 1
        if word == "{" and at < len(pairs):
            inner, at = _sort_pairs(pairs, at, "}")
            entry += [(kind, word), *inner, *pairs[at : at + 1]]
            at += 1
            continue
        depth += (word in _OPEN) - (word in _CLOSE)
        if end and word == "," and not depth:
            entries.append(entry)
            entry = []
        else:
            entry.append((kind, word))
    if not end:
        return entry, at
    entries = sorted([*entries, entry] if entry else entries, key=lambda each: [word for _, word in each])
    result = []
    for index, each in enumerate(entries):
        result += [("word", ",")] * bool(index) + each
    return result, at


def _mlir_parts(kinds, words, names, opens):
    """The words of a statement, with names found or made in the scopes."""
    results = _results(kinds, words)
    parts = [None] * len(words)
    # What a region begins with is known in it; what it uses, outside.
    inner = {}
    for index, (kind, word) in enumerate(zip(kinds, words, strict=True)):
        if kind == "value":
            if index < results:
                continue
            after = words[index + 1] if index + 1 < len(words) else ""
            if after == "=" or (after == ":" and _is_type(words, index + 2) and _in_parentheses(words, index)):
                inner[index] = word
            else:
                parts[index] = (names.used(word), False)
        elif kind == "label":
            parts[index] = (names.defined(word), True) if index == 0 else (names.used(word), False)
        elif kind == "alias":
            parts[index] = (names.used(word, names.scopes[0]), False)
        else:
            parts[index] = word
    for index in range(results):
        if kinds[index] == "value":
            parts[index] = (names.defined(words[index]), True)
    if opens:
        names.enter()
    for index, word in inner.items():
        parts[index] = (names.defined(word), True)
    return parts


def _results(kinds, words):
    """How many words the results of an operation take, with the = after them."""
    if kinds[0] != "value":
        return 0
    for index, word in enumerate(words):
        if word == "=":
            return index + 1
        if kinds[index] != "value" and word != "," and not re.fullmatch(r":\d+", word):
            return 0
    return 0


def _is_type(words, index):
    return index < len(words) and (words[index][0] == "!" or words[index][0].isalpha())


def _in_parentheses(words, index):
    # Operands have their types after all of them; an argument has its own.
    return words[index - 1] in ("(", ",") and "(" in words[:index]


def _with_aliases(module, names, aliases):
    """Aliases before everything else, in the order of what they stand for."""

    def meaning(alias):
        (kinds, words), _ = alias
        return [word for kind, word in zip(kinds, words, strict=True) if kind != "alias"]

    statements = []
    for (kinds, words), line in sorted(aliases, key=meaning):
        own = names.used(words[0], names.scopes[0])
        parts = [
            ((names.used(word, names.scopes[0]), index == 0) if kind == "alias" else word)
            for index, (kind, word) in enumerate(zip(kinds, words, strict=True))
        ]
        assert parts[0] == (own, True)
        statements.append(_statement(parts, 0, line, ""))
    module.statements[:0] = statements
    return module


# --- LLVM IR ------------------------------------------------------------------------------------------------------

_LLVM = re.compile(
    r"""
    (?P<blank>(?:[^\S\n]+|;[^\n]*)+)
  | (?P<newline>\n)
  | (?P<string>c?"[^"\n]*"?)
  | (?P<value>%(?:[\w$.-]+|"[^"\n]*"))
  | (?P<metadata>!\d+|\#\d+)
  | (?P<word>[!@$](?:[\w$.-]+|"[^"\n]*")|\#dbg_\w+|-?[\w$.]+(?:[+-]\d+)?|::|\.\.\.|.)
    """,
    re.VERBOSE,
)


def _read_llvm(text):
    module = Module("llvm")
    names, line_of = _Names(module), _Lines(text)
    statements = [
        (kinds, words, line_of(position)) for kinds, words, position in _llvm_statements(text) if _is_code(words)
    ]
    debug = _debug_nodes(statements)
    function = ""
    for kinds, words, line in statements:
        if words[0] in debug:
            continue
        kinds, words = _without_debug(kinds, words, debug)
        if words[0] == "define":
            names.forget()
            function = next((word[1:] for word in words if word[0] == "@"), "")
        if words[0] == "attributes":
            words = _sorted_attributes(words)
            kinds = ["metadata" if re.fullmatch(r"#\d+", word) else "word" for word in words]
        inside = bool(function) and words[0] not in ("define", "}")
        parts = _llvm_parts(kinds, words, names)
        module.statements.append(_statement(parts, int(inside), line, function))
        if words[0] == "}":
            function = ""
            names.forget()
    return module


def _llvm_statements(text):
    """(kinds, words, position) of each line; one that is not finished goes on in the next."""
    kinds, words, start, nested = [], [], 0, 0
    for match in _LLVM.finditer(text):
        kind, word = match.lastgroup, match[0]
        if kind == "blank":
            continue
        if kind == "newline":
            if words and nested <= 0 and words[-1] not in (",", "=", "to"):
                yield kinds, words, start
                kinds, words, nested = [], [], 0
            continue
        if not words:
            start = match.start()
        nested += (word in ("(", "[")) - (word in (")", "]"))
        kinds.append(kind)
        words.append(word)
    if words:
        yield kinds, words, start


def _is_code(words):
    if words[0] in ("source_filename", "!llvm.dbg.cu") or words[0].startswith("#dbg_"):
        return False
    return not any(word.startswith("@llvm.dbg.") for word in words)


def _debug_nodes(statements):
    """The metadata that only says where code comes from."""
    nodes = {words[0]: words for kinds, words, _ in statements if kinds[0] == "metadata" and words[1:2] == ["="]}
    debug = {
        node
        for node, words in nodes.items()
        if any(word.startswith("!DI") for word in words[2:4])
        or '"Debug Info Version"' in words
        or '"Dwarf Version"' in words
        or '!"Debug Info Version"' in words
        or '!"Dwarf Version"' in words
    }
    used = set()
    for _, words, _ in statements:
        if words[0] not in nodes:
            used |= {word for index, word in enumerate(words) if word in nodes and words[index - 1] != "!dbg"}
    reached = set()
    todo = [*(used - debug)]
    while todo:
        node = todo.pop()
        if node not in reached:
            reached.add(node)
            todo += [word for word in nodes[node][1:] if word in nodes and word not in debug]
    return set(nodes) - reached


def _without_debug(kinds, words, debug):
    kept_kinds, kept = [], []
    for kind, word in zip(kinds, words, strict=True):
        if kind == "metadata" and word in debug:
            if kept and kept[-1] == "!dbg":
                kept.pop(), kept_kinds.pop()
            if kept and kept[-1] == ",":
                kept.pop(), kept_kinds.pop()
            continue
        if word == "," and kept and kept[-1] in ("{", "("):
            continue  # what stood before it went
        kept_kinds.append(kind)
        kept.append(word)
    return kept_kinds, kept


def _sorted_attributes(words):
    start = words.index("{") + 1 if "{" in words else len(words)
    items, depth = [], 0
    for word in words[start:-1]:
        if items and (depth or word in ("=", "(") or items[-1][-1] == "="):
            items[-1].append(word)
        else:
            items.append([word])
        depth += (word == "(") - (word == ")")
    return [*words[:start], *(word for item in sorted(items) for word in item), *words[-1:]]


#: After these, what looks like a value is a type of the module's own.
_BEFORE_TYPES = frozenset(("inbounds", "nuw", "nusw", "getelementptr", "alloca", "load", "type"))


def _llvm_parts(kinds, words, names):
    everywhere = names.scopes[0]
    if words[-1:] == [":"] and len(words) == 2:
        return [(names.defined("%" + words[0].removeprefix("%")), True), ":"]
    parts = []
    for index, (kind, word) in enumerate(zip(kinds, words, strict=True)):
        if kind == "value":
            is_defined = index == 0 and words[1:2] == ["="]
            if words[index + 1 : index + 3] == ["=", "type"] or (index and words[index - 1] in _BEFORE_TYPES):
                parts.append(word)
                continue
            parts.append((names.defined(word), True) if is_defined else (names.used(word), False))
        elif kind == "metadata":
            is_defined = index == 0 or words[0] == "attributes"
            parts.append((names.used(word, everywhere), is_defined))
        else:
            parts.append(word)
    return parts


# --- PTX ----------------------------------------------------------------------------------------------------------

_PTX = re.compile(
    r"""
    (?P<blank>(?:[^\S\n]+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)+)
  | (?P<newline>\n)
  | (?P<string>"[^"\n]*"?)
  | (?P<value>%(?!(?:clock|clock_hi|envreg|pm|reserved_smem_offset_|globaltimer)\d)[a-z]+\d+(?![\w.]))
  | (?P<label>\$[\w$]+)
  | (?P<word>%?[\w$.]+|-?\d[\w.]*|.)
    """,
    re.VERBOSE,
)
_PTX_DEBUG = re.compile(r"^\s*\.section\s+\.debug_\w+\s*\{[^}]*\}", re.MULTILINE)
_PTX_DROPPED = frozenset((".loc", ".file", ".reg"))
_PTX_MARKS = re.compile(r"\$L__(tmp|func_begin|func_end)\d+|\$L__debug\w*")


def _read_ptx(text):
    text = _PTX_DEBUG.sub(lambda found: "\n" * found[0].count("\n"), text)
    module = Module("ptx")
    names, line_of = _Names(module), _Lines(text)
    depth, function = 0, ""
    for kinds, words, position in _ptx_statements(text):
        if words[0] in _PTX_DROPPED or _PTX_MARKS.fullmatch(words[0]):
            continue
        if words[0] == "}":
            depth = max(depth - 1, 0)
        if ".entry" in words or ".func" in words:
            names.forget()
            after = words[words.index(".entry" if ".entry" in words else ".func") + 1 :]
            function = next((word for word in after if word[0].isalpha() or word[0] == "_"), "")
        parts = []
        for kind, word in zip(kinds, words, strict=True):
            if kind in ("value", "label"):
                parts.append((names.used(word), word not in names.scopes[-1] or words[-1] == ":"))
            else:
                parts.append(word)
        module.statements.append(_statement(_first_defined(parts, names), depth, line_of(position), function))
        if words[0] == "{":
            depth += 1
    return module


def _first_defined(parts, names):
    """A register is defined where it is first named, a label where it stands."""
    result = []
    for part in parts:
        if not isinstance(part, str) and part[0] in names.waiting and part[0] not in names.seen:
            names.seen.add(part[0])
            part = (part[0], True)
        elif not isinstance(part, str):
            part = (part[0], False)
        result.append(part)
    return result


def _ptx_statements(text):
    """(kinds, words, position) of each instruction, label, directive and brace."""
    kinds, words, start, nested = [], [], 0, 0
    for match in _PTX.finditer(text):
        kind, word = match.lastgroup, match[0]
        if kind == "blank":
            continue
        if kind == "newline":
            if not words or nested or words[0][0] != ".":
                continue
        else:
            if not words:
                start, nested = match.start(), 0
            kinds.append(kind)
            words.append(word)
            nested += (word in ("(", "[")) - (word in (")", "]"))
            ends = word == ";" or (len(words) == 1 and word in "{}") or (word == ":" and len(words) == 2)
            if not ends:
                continue
        yield kinds, words, start
        kinds, words = [], []
    if words:
        yield kinds, words, start


# --- AMD assembly -------------------------------------------------------------------------------------------------

_AMD = re.compile(
    r"""
    (?P<blank>(?:[^\S\n]+|[;][^\n]*|//[^\n]*)+)
  | (?P<newline>\n)
  | (?P<string>"[^"\n]*"?)
  | (?P<label>\.L[\w$]+)
  | (?P<word>-?[\w$.@]+|.)
    """,
    re.VERBOSE,
)
_AMD_DROPPED = re.compile(r"\.loc|\.file|\.cfi_\w+|\.ident")
_AMD_MARKS = re.compile(r"\.L(tmp|func_begin|debug)\w*")


def _read_amdgcn(text):
    module = Module("amdgcn")
    names, line_of = _Names(module), _Lines(text)
    function, debug = "", False
    for kinds, words, position in _amd_statements(text):
        if words[0] in (".section", ".text", ".amdgpu_metadata"):
            debug = words[0] == ".section" and words[1:2] != [] and words[1].startswith(".debug")
        if debug or _AMD_DROPPED.fullmatch(words[0]) or _AMD_MARKS.fullmatch(words[0]):
            continue
        is_label = words[1:2] == [":"] and len(words) == 2
        if words[0] == ".type" and "@function" in words:
            function = words[1]
            names.forget()
        parts = [
            ((names.defined(word), True) if is_label else (names.used(word), False)) if kind == "label" else word
            for kind, word in zip(kinds, words, strict=True)
        ]
        inside = not is_label and words[0][0] != "."
        module.statements.append(_statement(parts, int(inside), line_of(position), function))
    return module


def _amd_statements(text):
    """(kinds, words, position) of each line."""
    kinds, words, start = [], [], 0
    for match in _AMD.finditer(text + "\n"):
        kind, word = match.lastgroup, match[0]
        if kind == "blank":
            continue
        if kind == "newline":
            if words:
                yield kinds, words, start
                kinds, words = [], []
            continue
        if not words:
            start = match.start()
        kinds.append(kind)
        words.append(word)


_READERS = {"mlir": _read_mlir, "llvm": _read_llvm, "ptx": _read_ptx, "amdgcn": _read_amdgcn}
