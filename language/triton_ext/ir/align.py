# SPDX-License-Identifier: MIT
"""What differs between two modules, whatever their names.

Statements are matched by what they say and by where their operands come from,
near origins before none; then names are matched, each to the one that most of the
matched statements have in its place; then once more with these names, until nothing
gets better. The matching of sequences is difflib's.
"""

import collections
import difflib

from .text import numbered, stem_of

#: How far back operands are followed, deepest first.
_DEPTHS = (3, 1, 0)
_ROUNDS = 6
#: How much a definition counts beside a use. Which is right depends on what was changed.
_WEIGHTS = (2.0, 0.5)
#: More statements than these in a row are matched without those that are everywhere.
_MANY = 4000


class Comparison:
    """``a``, ``b``: the Modules. ``steps``: (tag, index in a or None, index in b or None), tag one of
    equal, change, delete, insert. ``names_a``, ``names_b``: what names are shown as, equal where they mean the same."""

    def __init__(self, a, b, steps, names):
        self.a, self.b, self.steps = a, b, steps
        self.names_a = a.canonical_names()
        self.names_b = _shown(a, b, names, self.names_a)

    def counts(self):
        """{"changed", "inserted", "deleted"}: how many operations."""
        found = collections.Counter(tag for tag, _, _ in self.steps)
        return {"changed": found["change"], "inserted": found["insert"], "deleted": found["delete"]}

    @property
    def same(self):
        return all(tag == "equal" for tag, _, _ in self.steps)

    def line_a(self, index):
        return self.a.render(self.a.statements[index], self.names_a)

    def line_b(self, index):
        return self.b.render(self.b.statements[index], self.names_b)

    def grouped(self, context=3):
        """The steps that differ with up to ``context`` equal ones around them, as lists, one a hunk."""
        # difflib's grouping works on runs of steps.
        runs, start = [], 0
        for index in range(1, len(self.steps) + 1):
            if index == len(self.steps) or (self.steps[index][0] == "equal") != (self.steps[start][0] == "equal"):
                tag = "equal" if self.steps[start][0] == "equal" else "replace"
                runs.append((tag, start, index, start, index))
                start = index
        matcher = difflib.SequenceMatcher()
        matcher.opcodes = runs
        if self.same:
            return []
        return [self.steps[group[0][1] : group[-1][2]] for group in matcher.get_grouped_opcodes(context)]


def compare(a, b):
    """The Comparison of two Modules that are written alike."""
    keys = _Keys()
    near_a, near_b = keys.by_origin(a), keys.by_origin(b)
    first = _match(near_a, near_b)
    best = None
    for weight in _WEIGHTS:
        candidate = _improved(a, b, first, weight, keys, near_a, near_b)
        if best is None or candidate[0] < best[0]:
            best = candidate
        if not best[0]:
            break
    _, pairs, names = best
    return Comparison(a, b, _steps(a, b, pairs, names), names)


def _improved(a, b, pairs, weight, keys, near_a, near_b):
    """(how many differ, pairs, names) after matching with names, as long as that helps."""
    best = None
    for _ in range(_ROUNDS):
        names = _names(a, b, pairs, weight)
        cost = sum(tag != "equal" for tag, _, _ in _steps(a, b, pairs, names))
        if best is not None and cost >= best[0]:
            break
        best = (cost, pairs, names)
        if not cost:
            break
        exact_a = [keys.number((statement.tokens, statement.names)) for statement in a.statements]
        exact_b = [
            keys.number((each.tokens, tuple(names.get(name, ~name) for name in each.names))) for each in b.statements
        ]
        pairs = _match([exact_a, *near_a], [exact_b, *near_b])
    return best


class _Keys:
    """Numbers for what is alike, the same in both modules."""

    def __init__(self):
        self.numbers = {}

    def number(self, key):
        return self.numbers.setdefault(key, len(self.numbers))

    def by_origin(self, module):
        """For each of `_DEPTHS`, and last for the operation's name alone, a number for each statement."""
        statements = module.statements
        level = [self.number(statement.tokens) for statement in statements]
        levels = {0: level}
        for depth in range(1, max(_DEPTHS) + 1):
            origin = {}
            for index, statement in enumerate(statements):
                for position, name in enumerate(statement.defined):
                    origin.setdefault(name, (level[index], position))
            level = [
                self.number((depth, first, *(origin.get(name) for name in statement.names)))
                for first, statement in zip(levels[0], statements, strict=True)
            ]
            levels[depth] = level
        operations = [self.number(("operation", each.operation, each.tokens[-1] == "{")) for each in statements]
        return [*(levels[depth] for depth in _DEPTHS), operations]


def _match(levels_a, levels_b):
    """Pairs of indices that belong together, in order in both."""
    pairs = []
    todo = [(0, len(levels_a[0]), 0, len(levels_b[0]), 0)]
    while todo:
        start_a, end_a, start_b, end_b, level = todo.pop()
        keys_a, keys_b = levels_a[level], levels_b[level]
        while start_a < end_a and start_b < end_b and keys_a[start_a] == keys_b[start_b]:
            pairs.append((start_a, start_b))
            start_a, start_b = start_a + 1, start_b + 1
        while start_a < end_a and start_b < end_b and keys_a[end_a - 1] == keys_b[end_b - 1]:
            end_a, end_b = end_a - 1, end_b - 1
            pairs.append((end_a, end_b))
        if start_a == end_a or start_b == end_b:
            continue
        if level + 1 == len(levels_a) and end_a - start_a == end_b - start_b == 1:
            pairs.append((start_a, start_b))
            continue
        many = end_a - start_a + end_b - start_b > _MANY
        matcher = difflib.SequenceMatcher(None, keys_a[start_a:end_a], keys_b[start_b:end_b], autojunk=many)
        at_a, at_b = start_a, start_b
        for match in matcher.get_matching_blocks():
            block_a, block_b = start_a + match.a, start_b + match.b
            pairs += [(block_a + offset, block_b + offset) for offset in range(match.size)]
            if level + 1 < len(levels_a):
                todo.append((at_a, block_a, at_b, block_b, level + 1))
            elif block_a - at_a == block_b - at_b:
                pairs += [(at_a + offset, at_b + offset) for offset in range(block_a - at_a)]
            at_a, at_b = block_a + match.size, block_b + match.size
    return sorted(pairs)


def _names(a, b, pairs, weight):
    """{index of a name of b: that of a}: what most of the pairs say, one to one."""
    votes = collections.Counter()
    for index_a, index_b in pairs:
        one, other = a.statements[index_a], b.statements[index_b]
        if one.tokens == other.tokens:
            votes.update(zip(one.names, other.names, strict=True))
            share = weight
        else:
            share = weight / 2
        if len(one.defined) == len(other.defined):
            for pair in zip(one.defined, other.defined, strict=True):
                votes[pair] += share
    names, taken = {}, set()
    for (name_a, name_b), _ in votes.most_common():
        if name_b not in names and name_a not in taken and _alike(a.names[name_a], b.names[name_b], a.written):
            names[name_b] = name_a
            taken.add(name_a)
    return names


def _alike(name_a, name_b, written):
    """Whether one name may stand for the other: values for values, 32-bit registers for their like."""
    if written == "ptx":
        return stem_of(name_a, written) == stem_of(name_b, written)
    return name_a[0] == name_b[0]


def _steps(a, b, pairs, names):
    steps, at_a, at_b = [], 0, 0
    for index_a, index_b in [*pairs, (len(a.statements), len(b.statements))]:
        steps += [("delete", index, None) for index in range(at_a, index_a)]
        steps += [("insert", None, index) for index in range(at_b, index_b)]
        at_a, at_b = index_a + 1, index_b + 1
        if index_a < len(a.statements):
            one, other = a.statements[index_a], b.statements[index_b]
            equal = one.tokens == other.tokens and one.names == tuple(names.get(name) for name in other.names)
            steps.append(("equal" if equal else "change", index_a, index_b))
    return steps


def _shown(a, b, names, names_a):
    """Names for b: those of a where they mean the same, else ones that a does not have."""
    taken = set(names_a)
    result, counts = [], {}
    for name, own in enumerate(b.canonical_names()):
        if name in names:
            result.append(names_a[names[name]])
            continue
        stem, shown = stem_of(b.names[name], b.written), own
        while shown is None or shown in taken:
            counts[stem] = counts.get(stem, 0) + 1
            shown = numbered(stem, counts[stem], b.written)
        taken.add(shown)
        result.append(shown)
    return result


def differing(tokens_a, tokens_b):
    """Where two lists of words differ: (start, end) pairs for each, by difflib."""
    parts = difflib.SequenceMatcher(None, tokens_a, tokens_b, autojunk=False).get_opcodes()
    changed = [part for part in parts if part[0] != "equal"]
    return [part[1:3] for part in changed if part[1] < part[2]], [part[3:5] for part in changed if part[3] < part[4]]
