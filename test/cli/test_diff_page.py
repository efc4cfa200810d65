# SPDX-License-Identifier: MIT
"""The page of `diff --html` in a real browser: what stands in it, what is marked, and that it is to be seen."""

from __future__ import annotations

import html.parser
import pathlib
import shutil
import struct
import subprocess
import zlib

import pytest
from ir_texts import TEXTS, TTIR

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
SIZE = (900, 500)
LIGHT = {"back": (255, 255, 255), "gone": (255, 193, 186), "new": (166, 233, 181)}
DARK = {"back": (13, 17, 23), "gone": (142, 44, 44), "new": (31, 106, 52)}
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)> & \u202e"


@pytest.fixture(scope="session")
def browser():
    """The program of a browser that needs no screen."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        pytest.fail(
            "no browser to look at the page with: apt-get install --no-install-recommends chromium-headless-shell"
        )
    return found


@pytest.fixture
def page(cli, tmp_path):
    """`page(a, b)`: the page of two texts."""

    def make(a, b, suffix="ttir"):
        for name, text in (("a", a), ("b", b)):
            (tmp_path / f"{name}.{suffix}").write_text(text)
        file = tmp_path / "page.html"
        ran = cli("diff", f"a.{suffix}", f"b.{suffix}", "--html", file, "--json", cwd=tmp_path)
        assert ran.json["html"] == str(file) and ran.status == (0 if ran.json["same"] else 1)
        return file

    return make


def load(browser, page, *words):
    """What the browser prints when it loads the page; it can reach nothing else."""
    words = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND", "--hide-scrollbars", *words]
    profile = page.with_suffix(".profile")
    done = subprocess.run(
        [browser, f"--user-data-dir={profile}", *words, page.as_uri()], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Document(html.parser.HTMLParser):
    """The rows of a page, as [(class of the cell, its text, its marked texts)], and everything else that matters."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.kinds, self.tags, self.title, self.open = [], [], set(), "", []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
            self.kinds.append(dict(attrs).get("class"))
        elif tag == "td":
            self.rows[-1].append([dict(attrs).get("class"), "", []])
        elif tag == "mark":
            self.rows[-1][-1][2].append("")

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if "title" in self.open:
            self.title += data
        elif "td" in self.open:
            self.rows[-1][-1][1] += data
            if self.open[-1] == "mark":
                self.rows[-1][-1][2][-1] += data


def pixels(path: pathlib.Path) -> set[tuple[int, ...]]:
    """The colours of a PNG of 8 bits a channel."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed, header = 8, b"", None
    while at < len(data):
        (length,), kind = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        header = struct.unpack(">IIBBBBB", body) if kind == b"IHDR" else header
        packed += body if kind == b"IDAT" else b""
        at += length + 12
    width, height, depth, colour, *_ = header
    assert (width, height, depth) == (*SIZE, 8)
    channels = {2: 3, 6: 4}[colour]
    raw, stride, above, colours = zlib.decompress(packed), width * channels, bytes(width * channels), set()
    for row in range(height):
        start = row * (stride + 1)
        line = unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), above, channels)
        colours.update(zip(*(line[channel::channels] for channel in range(3)), strict=True))
        above = line
    return colours


def unfiltered(kind, line, above, channels):
    """A line of a PNG without its filter (RFC 2083, 6)."""
    for index in range(len(line)):
        left = line[index - channels] if index >= channels else 0
        corner = above[index - channels] if index >= channels else 0
        up = above[index]
        guess = left + up - corner
        near = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
        line[index] = (line[index] + (0, left, up, (left + up) // 2, near)[kind]) & 255
    return bytes(line)


def test_rows_and_marks_are_what_differs(browser, page):
    file = page(TTIR, TTIR.replace("arith.addf", "arith.mulf").replace("    tt.store", "    tt.of_tests\n    tt.store"))
    document = Document(load(browser, file, "--dump-dom"))
    assert [kind for kind in document.kinds if kind and kind != "equal"] == ["change", "insert"]
    change, insert = (document.rows[document.kinds.index(kind)] for kind in ("change", "insert"))
    assert [cell[0] for cell in change] == ["number", "gone", "number", "new"]
    assert change[1][2] == ["arith.addf"] and change[3][2] == ["arith.mulf"]
    assert change[0][1] == "13" and "%y_1 = arith.addf %acc, %y" in change[1][1]
    assert [cell[0] for cell in insert] == ["number", "none", "number", "new"] and "tt.of_tests" in insert[3][1]
    # Everything is in the page, what is equal too.
    assert sum(kind in ("equal", "change", "insert") for kind in document.kinds) == 18
    assert "details" in document.tags and document.title == "a.ttir and b.ttir"


@pytest.mark.parametrize("mode, colours", [("1", LIGHT), ("0", DARK)], ids=["light", "dark"])
def test_it_is_to_be_seen(browser, page, tmp_path, mode, colours):
    file = page(TTIR, TTIR.replace("arith.addf", "arith.mulf"))
    picture = tmp_path / "page.png"
    size = f"--window-size={SIZE[0]},{SIZE[1]}"
    load(browser, file, size, f"--blink-settings=preferredColorScheme={mode}", f"--screenshot={picture}")
    seen = pixels(picture)
    assert set(colours.values()) <= seen and len(seen) > 20


def test_no_text_becomes_markup(browser, page):
    hostile = TTIR.replace("tt.return loc(#loc)", f'tt.print "{HOSTILE}"\n    tt.return')
    file = page(TTIR, hostile)
    document = Document(load(browser, file, "--dump-dom"))
    assert document.title == "a.ttir and b.ttir" and not {"script", "img", "link"} & document.tags
    row = next(row for row in document.rows if len(row) == 4 and "tt.print" in row[3][1])
    assert f'tt.print "{HOSTILE}"'.replace("\u202e", "\\u202e") in row[3][1]
    text = file.read_text()
    assert "http" not in text and "\u202e" not in text


@pytest.mark.parametrize("suffix", TEXTS)
def test_every_stage_has_a_page(browser, page, suffix):
    text, otherwise, one, another = TEXTS[suffix]
    document = Document(load(browser, page(text.replace(one, another), otherwise, suffix), "--dump-dom"))
    assert document.kinds.count("change") == 1


def test_nothing_differs(browser, page):
    shown = load(browser, page(*TEXTS["ttir"][:2]), "--dump-dom")
    assert "The same" in shown and "<table" not in shown
