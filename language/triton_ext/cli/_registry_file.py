# SPDX-License-Identifier: MIT
"""Edits registry.yaml, and leaves every byte that an edit is not about as it is.

ruamel.yaml says where things are; the text is spliced there rather than written
anew, so that comments, order and layout cannot change. After each edit the new
text is read again, and must say what the old one said with the edit made to it.
"""

import math
import os
import re
from pathlib import Path

from ._answer import CommandError

#: Fields of an entry in the order in which they are written; the others keep theirs, behind.
_ORDER = ("kind", "summary", "exactness", "declines", "stage", "status", "successor", "since", "measured", "knobs")
_ROW_ORDER = ("work", "machine", "triton", "ratio", "knobs")
#: Lists of names of entries, and the one name of one.
_REFERENCE_FIELDS = ("after", "conflicts", "successor")


class RegistryFile:
    """The catalogue as text. Raises CommandError where it is no YAML, or not edited safely.

    To read it is what takes the time: a ``copy.copy`` is edited apart from the original.
    """

    def __init__(self, path):
        self.path = Path(path)
        try:
            # Not read_text: that would make one kind of line ends of all.
            self._set(self.path.read_bytes().decode("utf-8"))
        except UnicodeDecodeError as error:
            before = error.object[: error.start]
            line = before.count(b"\n") + 1
            raise self._error(line, error.start - (before.rfind(b"\n") + 1) + 1, "what is not UTF-8") from None

    def text(self):
        """The file as it is to be."""
        return self._text

    def names(self):
        """The names of the entries in the order of the file."""
        return list(self._data)

    def entry(self, name):
        """The fields of one entry, as plain data."""
        return self._data[name]

    def line_of(self, name):
        """The line, from 1, that the entry begins on."""
        return self._text.count("\n", 0, self._entries[name].key.start_mark.index) + 1

    def save(self):
        """Replaces the file in one step: it is never there in part."""
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            with open(part, "wb") as out:
                out.write(self._text.encode())
                out.flush()
                os.fsync(out.fileno())
            os.replace(part, self.path)
        finally:
            part.unlink(missing_ok=True)

    # Edits.

    def insert(self, name, entry):
        """Adds an entry at its sorted place."""
        if name in self._data:
            raise CommandError("name-taken", f"{self.path.name} has an entry '{name}' on line {self.line_of(name)}")
        body = self._newline.join(self._indented(_entry_lines(name, entry)))
        after = next((other for other in self._entries if other > name), None)
        if after is not None:
            place = self._entries[after].start
            text = self._text[:place] + body + self._gap() + self._text[place:]
        else:
            text = self._appended(body)
        self._replace(text, {**self._data, name: entry})

    def rename(self, old, new):
        """Gives an entry another name and place, and leads what refers to it there."""
        if new in self._data:
            raise CommandError("name-taken", f"{self.path.name} has an entry '{new}' on line {self.line_of(new)}")
        expected = {(new if name == old else name): _renamed(entry, old, new) for name, entry in self._data.items()}
        self._replace(self._text_renamed(old, new), expected)

    def set_measured(self, name, rows):
        """Gives an entry these measured rows, a dict each; none takes the field away.

        A row that is there already keeps its text and the comment above it.
        """
        entry = self._entries[name]
        if entry.value.flow_style:
            raise self._error_at(entry.value, "an entry in braces", "one field a line, to be edited")
        fields = {key.value: (key, value) for key, value in entry.value.value}
        rows = [_in_order({**row, "ratio": round(row["ratio"], 3)}, _ROW_ORDER) for row in rows]
        indent = entry.value.start_mark.column
        if "measured" in fields:
            key, value = fields["measured"]
            start, end = self._line_start(key.start_mark.index), self._end_of_field(entry, value)
            kept = list(zip(self._data[name]["measured"], self._row_texts(key, value, end), strict=False))
        else:
            kept = []
            start = self._line_start(fields["knobs"][0].start_mark.index) if "knobs" in fields else entry.end
            end = start
        lines = [" " * indent + "measured:"] if rows else []
        for row in rows:
            old = next((text for data, text in kept if data == row), None)
            lines.append(old if old is not None else " " * (indent + 2) + f"- {_flow(_shown(row))}")
        body = "".join(line + self._newline for line in lines)
        before, behind = self._text[:start], self._text[end:]
        if before and not before.endswith("\n"):
            before += self._newline
        text = before + body + behind
        if not self._text.endswith("\n"):
            text = text.removesuffix(self._newline)
        data = {key: value for key, value in self._data[name].items() if key != "measured"}
        if rows:
            data["measured"] = rows
        self._replace(text, {**self._data, name: data})

    # Reading.

    def _set(self, text):
        self._text = text
        self._newline = "\r\n" if re.search(r"\r\n", text) else "\n"
        self._root, self._data = self._read(text)
        self._entries = self._located()

    def _read(self, text):
        """The tree of ``text``, with marks, and its data."""
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError

        yaml = YAML(typ="safe", pure=True)
        try:
            # To load the text would be to read it once more, which is what takes the time.
            root = yaml.compose(text)
            data = None if root is None else yaml.constructor.construct_document(root)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = (error.problem or str(error)).splitlines()[0]
            raise self._error(mark.line + 1, mark.column + 1, "what is not YAML", f"YAML ({problem})") from None
        except YAMLError as error:
            position = getattr(error, "position", 0)
            line = text.count("\n", 0, position) + 1
            column = position - (text.rfind("\n", 0, position) + 1) + 1
            raise self._error(line, column, "what is not YAML", f"YAML ({str(error).splitlines()[0]})") from None
        if root is None:
            return None, {}
        if not isinstance(data, dict) or root.flow_style:
            raise self._error_at(root, "no entries", "a mapping from names to entries, one below the other")
        for key, value in root.value:
            entry = data.get(key.value) if isinstance(key.value, str) else None
            if not isinstance(entry, dict):
                # What is nothing is placed on the next line.
                at = value if isinstance(value.value, str) and value.value else key
                raise self._error_at(at, "no entry", "a name and its fields")
        return root, data

    def _located(self):
        """Where each entry is, by name."""
        entries = {}
        if self._root is None:
            return entries
        pairs = self._root.value
        starts = [self._start_with_comments(key) for key, _ in pairs]
        ends = [*starts[1:], self._root.end_mark.index]
        for (key, value), start, end in zip(pairs, starts, ends, strict=True):
            entries[key.value] = _Located(key, value, start, self._content_end(key, end), end)
        return entries

    def _line_start(self, index):
        return self._text.rfind("\n", 0, index) + 1

    def _start_with_comments(self, key):
        """Where the entry of ``key`` begins: at the comment right above it, if that is not the file's own."""
        own = start = self._line_start(key.start_mark.index)
        while start and self._text[self._line_start(start - 1) : start].lstrip().startswith("#"):
            start = self._line_start(start - 1)
        return start if start else own

    def _content_end(self, key, limit):
        """Where the last line of the entry ends: what is blank, or a comment no deeper than its key, is behind it."""
        end = limit
        while True:
            start = self._line_start(end - 1)
            line = self._text[start:end]
            depth = len(line) - len(line.lstrip())
            is_behind = not line.strip() or (line.lstrip().startswith("#") and depth <= key.start_mark.column)
            if not is_behind or start <= key.start_mark.index:
                return end
            end = start

    def _end_of_field(self, entry, value):
        """Where the lines of a field of ``entry`` end."""
        behind = [key.start_mark.index for key, _ in entry.value.value if key.start_mark.index > value.start_mark.index]
        if not behind:
            return entry.end
        return self._without_comments(self._line_start(min(behind)), value.start_mark.index)

    def _without_comments(self, end, start):
        """``end``, or before the comments and empty lines that end there."""
        while True:
            line = self._line_start(end - 1)
            if line <= start or not re.match(r"\s*(#|$)", self._text[line:end]):
                return end
            end = line

    def _row_texts(self, key, value, end):
        """The text of each row of the list ``value`` of ``key``, comments above it included, as far as ``end``."""
        if value.flow_style or not value.value:
            return []
        starts = [node.start_mark.index for node in value.value]
        ends = [self._without_comments(self._line_start(b), a) for a, b in zip(starts, starts[1:], strict=False)]
        first = self._text.index("\n", key.end_mark.index) + 1
        edges = [first, *ends, end]
        return [self._text[a:b].rstrip("\r\n") for a, b in zip(edges, edges[1:], strict=False)]

    def _names_of(self, name):
        """The nodes that name the entry ``name``: its key, and references."""
        nodes = [self._entries[name].key]
        for entry in self._entries.values():
            for key, value in entry.value.value:
                if key.value in _REFERENCE_FIELDS:
                    items = value.value if isinstance(value.value, list) else [value]
                    nodes += [item for item in items if item.value == name]
        return nodes

    # Writing.

    def _replace(self, text, expected):
        """Takes ``text``, if it says what is ``expected``."""
        before = vars(self).copy()
        try:
            self._set(text)
            if self._data != expected:
                raise CommandError(
                    "registry-layout",
                    f"{self.path.name} is laid out in a way that this cannot edit and be sure to change nothing else",
                    hint="edit it by hand",
                )
        except CommandError:
            vars(self).update(before)
            raise

    def _text_renamed(self, old, new):
        """The text with the entry ``old`` called ``new``, at its sorted place; what is between entries stays there."""
        # An alias is the node that it stands for: a place is replaced once.
        places = dict(sorted((node.start_mark.index, node.end_mark.index) for node in self._names_of(old)))
        located = list(self._entries.values())
        bodies = [self._text_with(places, old, new, each.start, each.end) for each in located]
        gaps = [self._text[each.end : each.limit] for each in located]
        names = list(self._entries)
        body = bodies.pop(names.index(old))
        names.remove(old)
        bodies.insert(next((i for i, other in enumerate(names) if other > new), len(names)), body)
        # A last line may have no end; anywhere else it needs one.
        ends = [each[len(each.rstrip("\r\n")) :] for each in bodies]
        bodies = [each.rstrip("\r\n") for each in bodies]
        wanted = [self._newline] * (len(bodies) - 1) + ["" if "" in ends else self._newline]
        middle = "".join(a + b + c for a, b, c in zip(bodies, wanted, gaps, strict=True))
        return self._text[: located[0].start] + middle + self._text[located[-1].limit :]

    def _text_with(self, places, old, new, start, end):
        """The text from ``start`` to ``end`` with ``new`` for ``old`` at those of the places that are in it."""
        pieces = []
        for first, last in places.items():
            if start <= first < end:
                pieces += [self._text[start:first], self._text[first:last].replace(old, new)]
                start = last
        return "".join([*pieces, self._text[start:end]])

    def _gap(self):
        """What is between an entry and the next: an empty line, unless the file has none."""
        gaps = [self._text[each.end : each.limit] for each in list(self._entries.values())[:-1]]
        return self._newline if gaps and not any(gaps) else self._newline * 2

    def _appended(self, body):
        place = self._root.end_mark.index if self._root is not None else len(self._text)
        before, behind = self._text[:place], self._text[place:]
        if not before:
            return body + self._newline + behind
        if not before.endswith("\n"):
            # The file has no last line end, and is to have none.
            return before + self._gap() + body + behind
        is_apart = before.replace("\r", "").endswith("\n\n")
        gap = "" if is_apart else self._gap()[len(self._newline) :]
        return before + gap + body + self._newline + behind

    def _indented(self, lines):
        column = self._root.start_mark.column if self._root is not None else 0
        return [" " * column + line for line in lines]

    def _error_at(self, node, found, expected):
        return self._error(node.start_mark.line + 1, node.start_mark.column + 1, found, expected)

    def _error(self, line, column, found, expected="YAML in UTF-8"):
        """In the words of the build's own check of the file."""
        message = f"{self.path.name}:{line}:{column}: error: found {found}, expected {expected}"
        return CommandError("registry-invalid", message, hint=f"mend line {line} of {self.path.name} first")


class _Located:
    """An entry and its place: ``start`` to ``end`` are its lines, up to ``limit`` nothing else begins."""

    def __init__(self, key, value, start, end, limit):
        self.key, self.value = key, value
        self.start, self.end, self.limit = start, end, limit


def _in_order(mapping, order):
    return {key: mapping[key] for key in sorted(mapping, key=lambda k: order.index(k) if k in order else len(order))}


def _renamed(entry, old, new):
    """``entry`` with its references to ``old`` leading to ``new``."""
    changed = dict(entry)
    for field in _REFERENCE_FIELDS:
        value = entry.get(field)
        if isinstance(value, list):
            changed[field] = [new if item == old else item for item in value]
        elif value == old:
            changed[field] = new
    return changed


def _entry_lines(name, entry):
    """The lines of an entry: a field each, and below `knobs` and `measured` a knob or row each."""
    lines = [f"{name}:"]
    for field, value in _in_order(entry, _ORDER).items():
        if field == "knobs":
            lines.append("  knobs:")
            lines += [f"    {knob}: {_flow(fields)}" for knob, fields in value.items()]
        elif field == "measured":
            lines.append("  measured:")
            lines += [f"    - {_flow(_shown(_in_order(row, _ROW_ORDER)))}" for row in value]
        else:
            lines.append(f"  {field}: {_flow(value)}")
    return lines


class _Number(float):
    """A number that is written with three digits behind the point."""


def _shown(row):
    """A measured row as it is written: the ratio to three digits, whatever they are."""
    return {key: _Number(value) if key == "ratio" else value for key, value in row.items()}


def _flow(value):
    """``value`` on one line, as every YAML reader takes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, _Number):
        return f"{value:.3f}"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f"{'-' if value < 0 else ''}.{str(abs(value))}"
    if isinstance(value, int):
        return str(value)
    return _flow_text(value)


def _flow_text(text):
    """A text, quoted where some reader would take it for something else."""
    if _reads_as_itself(text):
        return text
    if "\n" in text or not text.isprintable():
        import json

        return json.dumps(text)
    return "'" + text.replace("'", "''") + "'"


def _reads_as_itself(text):
    """Whether ``text`` needs no quotes, by either version of YAML."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    # Numbers such as 1e3 are none to some readers, which ruamel.yaml would warn of.
    if not text.isprintable() or re.fullmatch(r"[-+.\d][\d_.]*(e[-+\d]*)?", text) and text.count(".") < 2:
        return False
    for version in ((1, 1), (1, 2)):
        yaml = YAML(typ="safe", pure=True)
        yaml.version = version
        try:
            if yaml.load(f"{{a: {text}, b: [{text}]}}") != {"a": text, "b": [text]}:
                return False
        except YAMLError:
            return False
    return True
