"""What a command says while it works, how it waits its turn, and how it runs other programs.

All of it is said on the standard error: the standard output belongs to what was asked for, a report for one.
"""

import ctypes
import fcntl
import signal
import subprocess
import sys
import time
from contextlib import contextmanager


def say(text, end="\n"):
    print(text, end=end, file=sys.stderr, flush=True)


def stop(sentence):
    """End here, telling the person why and what may be done."""
    raise SystemExit(sentence)


@contextmanager
def step(doing, *, speaks=False):
    """Say what is being done, and after it how long it took. What speaks itself begins on a line of its own."""
    begun = time.monotonic()
    say(f"{doing} …", end="\n" if speaks else " ")
    try:
        yield
    except BaseException:
        say("")
        raise
    say(f"{'  … ' if speaks else ''}{time.monotonic() - begun:.1f} s")


@contextmanager
def alone(path, waiting=None):
    """One at a time, over all terminals. A holder that is killed lets go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting:
                say(waiting)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def begin(command, **options):
    """Start a program that ends when we do, even when we are killed (where the system can promise that: Linux)."""
    return subprocess.Popen([str(word) for word in command], preexec_fn=end_with_parent, **options)


def run(command, **options):
    """The exit status of a program that has the terminal to itself: Ctrl-C is its to answer."""
    program = begin(command, **options)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        status = program.wait()
    except BaseException:
        program.terminate()
        program.wait()
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    return 128 - status if status < 0 else status


def run_quietly(command, **options):
    """Run a program that is heard only when it fails: then its output ends this command too."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **options}
    program = begin(command, text=True, **options)
    output, _ = program.communicate()
    if program.returncode:
        stop(output.strip())


PRCTL = getattr(ctypes.CDLL(None), "prctl", None)
PR_SET_PDEATHSIG = 1


def end_with_parent():
    if PRCTL:
        PRCTL(PR_SET_PDEATHSIG, signal.SIGTERM)
