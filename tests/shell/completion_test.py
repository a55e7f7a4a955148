#!/usr/bin/env python3
"""bash, zsh and fish themselves complete a command line of paws-engine with the scripts that it prints.
   completion_test.py BUILD/bin/paws-engine"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 60

# words before the cursor -> what must be offered, and how a word begins that must not
CASES = [
    ("paws-engine ctl res", {"reset", "resources", "restart", "resume"}, "status"),
    ("paws-engine start --runtime po", {"podman"}, "process"),
    ("paws-engine ctl restart etcd", {"etcd", "etcd1", "etcd2", "etcd3"}, "redis"),
    ("paws-engine ctl health --service patroni-", {"patroni-leader"}, "patroni1"),
    ("paws-engine completion ", {"bash", "zsh", "fish"}, "status"),
    ("paws-engine start conf", {"config/"}, "start"),
]

# The function is called as bash itself would call it.
BASH = r'''
source <(paws-engine completion bash)
line=$1 words=($1)
[[ $line != *' ' ]] || words+=('')
COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1)) COMP_LINE=$line COMP_POINT=${#line}
_paws_engine
# what `complete -o default` adds when the function has nothing to say
[ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "${words[-1]}")
for each in "${COMPREPLY[@]}"; do [ -d "$each" ] && each=$each/; printf '%s\n' "$each"; done
'''

# A zsh at a pseudo-terminal, the script a file of its $fpath; the first TAB is the one that counts.
ZSH = r'''
zmodload zsh/zpty
zpty shell 'PS1=; TERM=dumb; exec zsh -f -i'
tell() { zpty -w shell "$1"; }
tell "stty -echo; fpath=($2 \$fpath); autoload -U compinit; compinit -u -d $2/.dump"
tell "zstyle ':completion:*' list-prompt ''; zstyle ':completion:*' menu no; LISTMAX=1000"
tell "zle -N report; report() { print -r -- \"<<<\$BUFFER>>>\" }; bindkey '^X' report"
tell "bindkey '^I' list-choices; bindkey '^E' complete-word"
tell "print rea''dy"
zpty -r shell seen '*ready*'
zpty -n -w shell "$1"$'\t'
zpty -n -w shell $'\C-X'
zpty -r shell seen '*<<<*>>>*'
print -r -- "$seen"
zpty -d shell
'''


def run(argv, place):
    done = subprocess.run(argv, cwd=place, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          timeout=PATIENCE_SECONDS, env=dict(os.environ, PATH=f"{place}/bin:{os.environ['PATH']}",
                                                             HOME=str(place), TERM="xterm", LC_ALL="C.UTF-8"))
    return done.stdout, done.stderr


def offered(shell, line, place):
    """Words that the shell offers after `line`, and all that it said."""
    if shell == "bash":
        out, err = run(["bash", "--norc", "-c", BASH, "bash", line], place)
    elif shell == "fish":
        out, err = run(["fish", "--no-config", "-c", f"paws-engine completion fish | source; complete -C '{line}'"],
                       place)
        out = "\n".join(each.split("\t")[0] for each in out.splitlines())
    else:
        out, err = run(["zsh", "-f", "-c", ZSH, "zsh", line, str(place / "functions")], place)
    return set(out.split()), out + err


def main():
    engine = pathlib.Path(sys.argv[1]).resolve()
    wrong = []
    with tempfile.TemporaryDirectory(prefix="paws-completion-") as made:
        place = pathlib.Path(made)
        for folder in ("bin", "config", "functions"):
            (place / folder).mkdir()
        (place / "bin/paws-engine").symlink_to(engine)
        shutil.copy(TOP / "config/paws360.yaml", place / "config")
        (place / "functions/_paws-engine").write_text(run(["paws-engine", "completion", "zsh"], place)[0])
        for shell in ("bash", "zsh", "fish"):
            if not shutil.which(shell):
                wrong.append(f"{shell} is not installed: tools/setup.sh test")
                continue
            for line, wanted, unwanted in CASES:
                before = time.monotonic()
                words, said = offered(shell, line, place)
                if not wanted <= words:
                    wrong.append(f"{shell}: `{line}` offers {sorted(words)} and not {sorted(wanted - words)}:\n{said}")
                if any(word.startswith(unwanted) for word in words - set(line.split())):
                    wrong.append(f"{shell}: `{line}` offers {unwanted} as well:\n{said}")
                print(f"{shell}: `{line}` in {time.monotonic() - before:.1f} s", flush=True)
    for each in wrong:
        print(each, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
