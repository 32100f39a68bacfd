"""Symbolic sizes in an archive, ``Mul(Integer(2), Symbol('s77', positive=True))``, as people write them: ``2*s77``."""

import ast
import re
from functools import lru_cache

LONGEST = 4096
"""Characters; a longer expression stays as it is, so that no file can keep the parser busy."""

PLAIN_SYMBOL = re.compile(r"Symbol\('(\w+)'[^()]*\)")
INFIX = {"Mod": "%", "PythonMod": "%", "FloorDiv": "//", "CleanDiv": "//", "IntTrueDiv": "/"}


@lru_cache(maxsize=1024)
def readable(text: str) -> str:
    """Rewrite a sympy ``srepr``; anything else is returned unchanged.

    >>> readable("Add(Symbol('s53', positive=True, integer=True), Integer(-2))")
    's53 - 2'
    """
    symbol = PLAIN_SYMBOL.fullmatch(text)
    if symbol:
        return symbol[1]
    if len(text) > LONGEST or "(" not in text:
        return text
    try:
        return _text(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text


def _text(node: ast.expr) -> str:  # noqa: PLR0911  a return for each kind of term
    match node:
        case ast.Call(func=ast.Name(id="Symbol"), args=[ast.Constant(value=str(name)), *_]):
            return name
        case ast.Call(func=ast.Name(id="Integer" | "Float"), args=[number, *_]):
            return ast.unparse(number).strip("'")
        case ast.Call(func=ast.Name(id="Rational"), args=[over, under]):
            return f"{ast.unparse(over)}/{ast.unparse(under)}"
        case ast.Call(func=ast.Name(id="Add"), args=[first, *rest]):
            terms = [_text(each) for each in rest]
            return _text(first) + "".join(f" - {each[1:]}" if each[0] == "-" else f" + {each}" for each in terms)
        case ast.Call(func=ast.Name(id="Mul"), args=[_, *_] as factors):
            return "*".join(_factor(each) for each in factors).replace("-1*", "-", 1)
        case ast.Call(func=ast.Name(id="Pow"), args=[base, exponent]):
            return f"{_factor(base)}**{_factor(exponent)}"
        case ast.Call(func=ast.Name(id=name), args=[left, right]) if name in INFIX:
            return f"({_factor(left)}{INFIX[name]}{_factor(right)})"
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return f"{name}({', '.join(_text(each) for each in arguments)})"
        case _:
            return ast.unparse(node)


def _factor(node: ast.expr) -> str:
    text = _text(node)
    return f"({text})" if " " in text and not text.startswith("(") else text
