# SPDX-License-Identifier: MIT
"""Words that were meant, for errors."""


def nearest(word, words, count=3):
    """The at most ``count`` of ``words`` that ``word`` was likely meant to be, nearest first.

    A name of another library, ``mine/loop-split``, is near to its last part too.
    """
    import difflib

    words = list(words)
    found = difflib.get_close_matches(word, words, count)
    ends = {each.rpartition("/")[2]: each for each in reversed(words)}
    found += [ends[each] for each in difflib.get_close_matches(word.rpartition("/")[2], list(ends), count)]
    return list(dict.fromkeys(found))[:count]
