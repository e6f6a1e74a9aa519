"""What the documentation site changes in the pages (hooks of MkDocs).

The pages are read in the repository, too, and link to its tests and examples there. On the site such a link becomes the
name of the file, because the site does not know where the repository is published.

Material's search in a page that was opened as a file needs a script, which it would load from a network. The script
comes with the site instead: `tools/site` fetches the package, and this adds its file.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any, Final

from mkdocs.structure.files import File

_LINK: Final = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#:\s]+)(#[^)\s]*)?\)")
_OWN_PAGES: Final = {"SECURITY.md": "threat-model.md"}
_SHIM_ADDRESS: Final = "https://unpkg.com/iframe-worker/shim"
_SHIM: Final = "javascripts/iframe-worker.js"
_SHIM_FILE: Final = (
    Path(__file__).parent.parent / "build" / "npm" / "iframe-worker@1.0.4" / "package" / "shim" / "index.js"
)


def on_page_markdown(markdown: str, *, page: Any, **others: Any) -> str:
    """The page's text, without links that lead out of docs/."""
    folder = posixpath.dirname(page.file.src_uri)

    def inside(link: re.Match[str]) -> str:
        text, target, anchor = link[1], link[2], link[3] or ""
        path = posixpath.normpath(posixpath.join(folder, target))
        if not path.startswith(".."):
            return link[0]
        own = _OWN_PAGES.get(posixpath.basename(path))
        if own:
            return f"[{text}]({posixpath.relpath(own, folder or '.')}{anchor})"
        return text if "`" in text else f"`{text}`"

    return _LINK.sub(inside, markdown)


def on_files(files: Any, *, config: Any, **others: Any) -> Any:
    """The files of the site, with the script of the search."""
    files.append(File.generated(config, _SHIM, content=_SHIM_FILE.read_bytes()))
    return files


def on_post_page(output: str, *, page: Any, **others: Any) -> str:
    """The page's HTML, which loads nothing from elsewhere; Material's search dialog has no name for screen readers."""
    own = posixpath.relpath(_SHIM, posixpath.dirname(page.url) or ".")
    return output.replace(_SHIM_ADDRESS, own).replace('role="dialog"', 'role="dialog" aria-label="Search"', 1)


def on_post_template(output: str, *, template_name: str, **others: Any) -> str:
    """The same for pages that are not from a file: the page for a URL that does not exist."""
    return output.replace(_SHIM_ADDRESS, f"/{_SHIM}") if template_name == "404.html" else output
