"""What parts and operations are called on pages in English; documents keep the Chinese names that they print."""

from collections.abc import Callable, Mapping

from flask import Flask, g

from portal.catalogue import queries
from portal.kernel import i18n


def install(app: Flask) -> None:
    """Give templates `part_name(code, name)` and `operation_name(code, name)`.

    `name` is the one that a document keeps; an English page shows the catalogue's English name of now where there is
    one. The names are read once a request, and only for English pages.
    """
    app.jinja_env.globals["part_name"] = _namer("part_names", queries.english_part_names)
    app.jinja_env.globals["operation_name"] = _namer("operation_names", queries.english_operation_names)


def _namer(kept: str, read: Callable[[], Mapping[str, str]]) -> Callable[[str, str], str]:
    def name_of(code: str, name: str) -> str:
        if i18n.language() != "en":
            return name
        if kept not in g:
            setattr(g, kept, read())
        return str(getattr(g, kept).get(code, name))

    return name_of
