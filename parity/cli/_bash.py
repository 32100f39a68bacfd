"""Completion in bash, which takes ``NAME=VALUE`` for three words."""

from typing import Any, ClassVar

from click.shell_completion import BashComplete, CompletionItem, add_completion_class

SOURCE = """\
%(complete_func)s() {
    local IFS=$'\\n' response completion type value
    response=$(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD %(complete_var)s=bash_complete $1)
    for completion in $response; do
        IFS=',' read -r type value <<< "$completion"
        if [[ $type == file ]]; then
            COMPREPLY=()
            compopt -o default
        elif [[ $type == plain ]]; then
            COMPREPLY+=("$value")
            [[ $value != *= ]] || compopt -o nospace
        fi
    done
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class Bash(BashComplete):
    """As click does it, with words that belong together put together again, and no space after a ``=``."""

    name: ClassVar[str] = "bash"
    source_template: ClassVar[str] = SOURCE

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is completed, and that one."""
        args, incomplete = super().get_completion_args()
        words: list[str] = []
        for word in (*args, incomplete):
            joins = bool(words) and (word == "=" or words[-1].endswith("="))
            words[-1:] = [words[-1] + word] if joins else [*words[-1:], word]
        return words[:-1], words[-1]

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """A completion as the last word alone, which is what bash puts in."""
        value = str(item.value)
        head, sign, tail = value.partition("=")
        return f"{item.type},{tail if head and sign and tail else value}"


def register() -> None:
    """Let click complete in bash so."""
    add_completion_class(Bash)
