# SPDX-License-Identifier: MIT
"""A stand-in for the library, in Python: what the option channel needs of it.

Its passes work on the text: `planted-change` writes its knob `value` where the
stored TTIR shows it; the others fail in ways that the real library reports, or
make modules that later stages refuse. The real thing is tested with the planted
library; this one serves where an answer has to be made up.
"""

import re

from triton_ext._library import BAD_REQUEST, FAILED, OK, REFUSED, UNAVAILABLE, UNCHANGED, Result

ELEMENT = re.compile(r"([a-z-]+)(?:\{value=(\d+)\})?")
NAMES = (
    "planted-change",
    "planted-decline",
    "planted-crash",
    "planted-garbled",
    "planted-dropped",
    "planted-late-failure",
    "planted-unavailable",
    "planted-nonsense",
    "planted-gpu-change",
)


class StandIn:
    """Has the methods of `triton_ext._library.Library`. ``runs`` counts the crossings."""

    version = "0.0.0"

    def __init__(self, build_hash="5a5a"):
        self.build_hash = build_hash
        self.runs = []

    def check(self, text):
        """As the library: canonical text, or an error with a caret."""
        elements = []
        for part in text.split(","):
            match = ELEMENT.fullmatch(part.strip())
            if not match or match[1] not in NAMES:
                column = text.index(part) + 1
                message = f"unknown pass '{part}'\n  {text}\n  {' ' * (column - 1)}^"
                return Result(
                    BAD_REQUEST,
                    "",
                    {
                        "error": {
                            "code": "unknown-pass",
                            "message": message,
                            "line": 1,
                            "column": column,
                            "nearest": list(NAMES[:3]),
                        }
                    },
                )
            knobs = {"value": int(match[2])} if match[2] and match[2] != "1" else {}
            elements.append(
                {
                    "name": match[1],
                    "knobs": knobs,
                    "status": "experimental",
                    "stage": "ttgir" if "gpu" in match[1] else "ttir",
                }
            )
        canonical = ",".join(e["name"] + (f"{{value={e['knobs']['value']}}}" if e["knobs"] else "") for e in elements)
        return Result(OK, canonical, {"canonical": canonical, "elements": elements})

    def run(self, module, request):
        """As the library: the passes of the request's stage."""
        self.runs.append(request)
        text = module.replace("triton_ext.crossing", request["visibility"] or "public")
        status, passes, error = (UNCHANGED, [], None) if request["pipeline"] else (OK, [], None)
        if request["pipeline"]:
            for element in self.check(request["pipeline"]).report["elements"]:
                if element["stage"] != request["stage"]:
                    continue
                status, text, error = self._apply(element, text)
                passes.append(
                    {
                        "name": element["name"],
                        "status": {OK: "fired", UNCHANGED: "declined"}.get(status, "failed"),
                        "count": int(status == OK),
                        "remarks": [
                            {"kind": "declined", "id": "not-here", "text": "planted", "file": None, "line": None}
                        ]
                        if status == UNCHANGED
                        else [],
                        "us": 1,
                    }
                )
        words = {
            OK: "changed",
            UNCHANGED: "unchanged",
            FAILED: "failed",
            REFUSED: "refused",
            UNAVAILABLE: "unavailable",
        }
        return Result(
            status,
            text if status == OK else "",
            {
                "kernel": request["kernel"],
                "stage": request["stage"],
                "status": words[status],
                "passes": passes,
                "error": error,
                "us": {"total": 1},
            },
        )

    def _apply(self, element, text):
        name, value = element["name"], element["knobs"].get("value", 1)
        if name in ("planted-change", "planted-gpu-change"):
            mark = f"tt.{name[8:].replace('-', '_')} = {value} : i32"
            return OK, re.sub(r"\{(noinline = false[^}]*)\}", rf"{{\1, {mark}}}", text, count=1), None
        if name == "planted-late-failure":
            return OK, _with_odd_operation(text), None
        if name == "planted-garbled":
            return OK, "this is no module", None
        if name == "planted-dropped":
            return OK, re.sub(r'"tt.load"(.*?)<\{', r'"tt.load"\1<{planted = 1 : i32, ', text, count=1), None
        if name == "planted-crash":
            return FAILED, "", {"code": "crash", "pass": name, "operation": None, "message": "signal 11"}
        if name == "planted-unavailable":
            return UNAVAILABLE, "", {"code": "no-worker", "pass": None, "operation": None, "message": "no exec here"}
        if name == "planted-nonsense":
            raise ValueError("not JSON")
        return UNCHANGED, "", None

    def compare(self, sent, read_back, request):
        """Compares without locations and blanks; knows nothing of aliases."""

        def plain(text):
            lines = [line for line in text.splitlines() if not line.startswith("#loc")]
            text = re.sub(r"\bloc\(#\w+\)|\bloc\(unknown\)", "", "".join(lines))
            return re.sub(r'loc\("[^"]*"\(#\w+\)\)|%[\w#]+|\s', "", text)

        if plain(sent) == plain(read_back):
            return Result(OK, "", {})
        return Result(
            REFUSED,
            "",
            {
                "error": {
                    "code": "gate-out",
                    "pass": None,
                    "operation": "tt.load",
                    "message": "tt.load has lost a property",
                }
            },
        )

    def stop_worker(self):
        """There is none."""


def _with_odd_operation(text):
    """A cube root in the sum's place, which verifies; no release lowers it."""
    total = r'"arith\.addf"\((%\w+), %\w+\) (<\{.*?\}>) : \((\S+), \S+\) ->'
    return re.sub(total, r'"math.cbrt"(\1) \2 : (\3) ->', text, count=1)
