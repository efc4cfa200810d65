# SPDX-License-Identifier: MIT
"""Opens and closes the option channel: wraps methods of Triton's classes, and puts them back.

Counted: open while anything is enabled. Closed, every method is what it was;
where somebody has wrapped one of ours meanwhile, ours stays below theirs and
passes through.
"""

import collections
import functools
import os
import threading

_lock = threading.Lock()
_count = 0
_open = False
_patches = []
_provided = []
_releases = collections.deque()


def provide(wrappers):
    """Names what to wrap: ``wrappers()``, called when the channel opens, gives (class, name, wrapper maker)."""
    _provided.append(wrappers)


def is_open():
    """Whether the channel is open, that is, whether anything is enabled."""
    return _open


def acquire():
    """Opens the channel, or keeps it open, until as many `release` calls."""
    global _count
    with _lock:
        _count += 1
        _settle()


def release():
    """Undoes one `acquire`."""
    _releases.append(None)
    with _lock:
        _settle()


def release_later():
    """As `release`, for finalizers: never waits, since this thread may hold the lock."""
    _releases.append(None)
    if _lock.acquire(blocking=False):
        try:
            _settle()
        finally:
            _lock.release()


def _settle():
    global _count, _open
    while _releases:
        _releases.popleft()
        _count -= 1
    if _count > 0 and not _open:
        try:
            _install()
        except BaseException:
            _remove()
            _count -= 1
            raise
        _open = True
    elif _count <= 0 and _open:
        _open = False
        _remove()


class _Patch:
    """A method of ``owner``, or an attribute of its objects, replaced by ``make(what it was)``, until `remove`."""

    def __init__(self, owner, name, make):
        self.owner, self.name = owner, name
        self.inherited = name not in vars(owner)
        self.before = vars(owner).get(name)
        stock = getattr(owner, name, None)
        made = make(stock)
        self.wrapper = functools.wraps(stock)(made) if callable(made) else made
        setattr(owner, name, self.wrapper)

    def remove(self):
        if vars(self.owner).get(self.name) is not self.wrapper:
            return  # wrapped by somebody else meanwhile: ours now passes through
        if self.inherited:
            delattr(self.owner, self.name)
        else:
            setattr(self.owner, self.name, self.before)


def _install():
    for wrappers in _provided:
        for owner, name, make in wrappers():
            _patches.append(_Patch(owner, name, make))


def _remove():
    while _patches:
        _patches.pop().remove()


def wrap(owner, name, make):
    """Wraps one more method of a class, until the channel closes."""
    with _lock:
        if _open and not any(patch.owner is owner and patch.name == name for patch in _patches):
            _patches.append(_Patch(owner, name, make))


def _after_fork():
    # Another thread of the parent may have held the lock.
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
