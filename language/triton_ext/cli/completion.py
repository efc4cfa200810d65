# SPDX-License-Identifier: MIT
"""`triton-ext completion SHELL`: code that makes a shell complete commands, options, names and values.

The shell then asks `triton-ext` itself (argcomplete's protocol), which reads the
catalogue: a new extension is completed at once.
"""

from ._answer import ENVIRONMENT, Answer, CommandError

_INSTALL = {
    "bash": 'In ~/.bashrc:  eval "$(triton-ext completion bash)"',
    "zsh": 'In ~/.zshrc, after compinit:  eval "$(triton-ext completion zsh)"',
    "fish": "Once:  triton-ext completion fish > ~/.config/fish/completions/triton-ext.fish",
}


def add_arguments(parser):
    parser.epilog = "\n".join(_INSTALL.values())
    parser.add_argument("shell", choices=list(_INSTALL), metavar="SHELL", help=", ".join(_INSTALL))


def run(options):
    try:
        import argcomplete
    except ImportError:
        raise CommandError(
            "package-missing",
            "completion needs the package argcomplete",
            hint="pip install argcomplete",
            status=ENVIRONMENT,
        ) from None
    code = argcomplete.shellcode(["triton-ext"], shell=options.shell)
    install = _INSTALL[options.shell]
    # Below the code: zsh reads the first line of a completion file.
    return Answer({"shell": options.shell, "install": install, "code": code}, f"{code.strip()}\n# {install}")
