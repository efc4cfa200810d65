# SPDX-License-Identifier: MIT
"""`triton-ext report`: what passes did, from the files that TRITON_EXT_REPORT collected."""

from .._programs import _merged
from ._answer import DIFFERS, DONE, ENVIRONMENT, Answer, CommandError
from ._print import columns

_EPILOG = """\
DIR is what TRITON_EXT_REPORT, or `triton-ext run --report`, named. Exit code: 0; 1 where ranks differ, which they must
not, or where there is no record.
"""


def add_arguments(parser):
    parser.epilog = _EPILOG
    parser.add_argument("folder", metavar="DIR", help="the folder of reports")
    parser.add_argument("--kernel", metavar="PATTERN", default="*", help="only kernels of this name, e.g. 'attn_*'")


def run(options):
    try:
        data = {"folder": options.folder, **_merged.merged(options.folder, options.kernel)}
    except OSError as error:
        raise CommandError(
            "no-folder",
            f"{options.folder} cannot be read: {error.strerror}",
            hint="name the folder that TRITON_EXT_REPORT, or `triton-ext run --report`, named",
            status=ENVIRONMENT,
        ) from None
    differs = bool(data["differences"]) or not data["records"]
    return Answer(data, lambda style: _text(data, style), DIFFERS if differs else DONE)


def _text(data, style):
    lines = []
    if data["passes"]:
        head = ["pass", "kernel", "stage", *_merged.OUTCOMES, "cached", "us", ""]
        rows = [
            [
                each["pass"],
                each["kernel"],
                each["stage"],
                *(str(each[name]) for name in (*_merged.OUTCOMES, "cached", "us")),
                "",
            ]
            for each in data["passes"]
        ]
        first, *table = columns([head, *rows])
        lines.append(style(first, "bold"))
        for line, each in zip(table, data["passes"], strict=True):
            lines += [line, *(style(f"    {_reason(reason)}", "dim") for reason in each["reasons"])]
        lines.append("")
    lines.append(
        f"processes: {len(data['processes'])}, crossings: {data['records']}, out of a cache: {data['cached']}, "
        f"compile time: {data['us'] / 1e6:.3f} s"
    )
    lines += [style(f"warning: {warning}", "yellow") for warning in data["warnings"]]
    return "\n".join(lines)


def _reason(reason):
    where = f" ({reason['file']}:{reason['line']})" if reason["file"] else ""
    return f"{reason['outcome']} {reason['count']}x: {reason['id']}: {reason['text']}{where}"
