"""completion_typed.py — types half words and TAB into a real shell on a terminal of its own, and reads what came of it.

Usage: python3 tests/completion_typed.py bash|zsh PROGRAM    status 77: the shell is not installed
"""
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

shell, program = sys.argv[1], os.path.realpath(sys.argv[2])
if not shutil.which(shell):
    print(f"{shell} is not installed: its completion is not tested")
    sys.exit(77)

# typed before TAB → the words that the command then gets
CASES = [
    ("symopt ru", "run"),
    ("symopt inv", "invariance"),
    ("symopt run pap", "run paper"),
    ("symopt run paper --annea", "run paper --annealing"),
    ("symopt run paper --annealing bo", "run paper --annealing bold-driver"),
    ("symopt run paper --dataset fash", "run paper --dataset fashion-mnist"),
    ("symopt run paper --dataset=fash", "run paper --dataset=fashion-mnist"),
    ("symopt run paper --dataset fold", "run paper --dataset folder:"),
    ("symopt run paper --quick --star", "run paper --quick --start"),
    ("symopt run paper --networks archbn-4,archbn-conv,archbn", "run paper --networks archbn-4,archbn-conv,archbn-2"),
    ("symopt run paper --optimizers sgd,b-", "run paper --optimizers sgd,b-sgd"),
    ("symopt run --quick pap", "run --quick paper"),
    ("symopt run --trials 3 pap", "run --trials 3 paper"),
    ("symopt run conf", "run config.ini"),
    ("symopt plot res", "plot results"),
    ("symopt run paper --out res", "run paper --out results"),
    ("symopt data fet", "data fetch"),
    ("symopt data fetch kmn", "data fetch kmnist"),
    ("symopt data fetch mnist kmn", "data fetch mnist kmnist"),
    ("symopt data verify --mir", "data verify --mirror"),
    ("symopt list data", "list datasets"),
    ("symopt list networks opti", "list networks opti"),  # optimizers or options: not decided
    ("symopt plot results --format sv", "plot results --format svg"),
    ("symopt help plo", "help plot"),
    ("symopt completion zs", "completion zsh"),
    ("symopt man", "manual"),
    ("symopt nonsense pap", "nonsense pap"),
]

scratch = tempfile.mkdtemp()
script = subprocess.run([program, "completion", shell], check=True, capture_output=True, text=True).stdout
open(f"{scratch}/config.ini", "w").close()
os.mkdir(f"{scratch}/results")
with open(f"{scratch}/script", "w") as f:
    f.write(script)
# The program is not needed to complete its words: here it only shows what it is called with.
RC = """
PS1='READY> '
symopt() { printf '\\n@@'; printf ' %s' "$@"; printf '\\n'; }
"""
with open(f"{scratch}/.zshrc", "w") as f:
    f.write(f"autoload -Uz compinit && compinit -u -D\n{RC}. {scratch}/script\nunsetopt prompt_sp\n")
with open(f"{scratch}/bashrc", "w") as f:
    f.write(f"{RC}. {scratch}/script\nbind 'set enable-bracketed-paste off'\n")
command = {"bash": ["bash", "--noprofile", "--rcfile", f"{scratch}/bashrc", "-i"], "zsh": ["zsh", "-i"]}[shell]

process, terminal = pty.fork()
if process == 0:
    os.chdir(scratch)
    os.environ.update(ZDOTDIR=scratch, HOME=scratch, TERM="dumb", INPUTRC="/dev/null", COLUMNS="200")
    os.execvp(command[0], command)

seen = ""


def read_until(found, seconds=20):
    """Reads on until found(all that was read since the last call); what was read, or None."""
    global seen
    end = time.monotonic() + seconds
    while True:
        plain = re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", seen)  # without what only a terminal understands
        if found(plain):
            seen = ""
            return plain
        if time.monotonic() > end:
            return None
        if select.select([terminal], [], [], 0.05)[0]:
            seen += os.read(terminal, 4096).decode(errors="replace")


def quiet():
    """Reads until the shell has been silent for a while."""
    global seen
    while select.select([terminal], [], [], 0.3)[0]:
        seen += os.read(terminal, 4096).decode(errors="replace")


failures = 0
if read_until(lambda text: "READY> " in text) is None:
    print(f"{shell}: expected a prompt, found {seen!r}")
    failures = 1
else:
    for typed, expected in CASES:
        os.write(terminal, typed.encode())
        read_until(lambda text: typed in text)  # zsh takes a TAB that came before it read as a character
        os.write(terminal, b"\t")
        quiet()
        os.write(terminal, b"\r")
        answer = read_until(lambda text: re.search(r"@@ [^\n]*\n", text) and text.rstrip().endswith("READY>"))
        match = re.search(r"@@ ([^\n\r]*)", answer or "")
        found = match[1].strip().removesuffix("/") if match else f"nothing, but {answer or seen!r}"
        if found != expected:
            print(f"{shell}: '{typed}' and TAB: expected '{expected}', found '{found}'")
            failures += 1
            if failures == 3:
                print(f"{shell}: the rest is not tried")
                break
os.write(terminal, b"\x03\rexit\r")
os.close(terminal)
os.waitpid(process, 0)
shutil.rmtree(scratch)
if failures == 0:
    print(f"{shell}: {len(CASES)} of {len(CASES)} completed as expected")
sys.exit(1 if failures else 0)
