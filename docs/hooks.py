"""What the manual takes from outside ``docs``: the documents at the root, the example pools, pictures.

Links are written as the repository has them (``../../ALGORITHM.md#phases``, ``../../examples/swap.json``), so
that they work where the Markdown itself is read; here they are turned into links of the site.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.plugins import event_priority
from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
TAKEN = (
    "ALGORITHM.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "benchmarks/README.md",
    "benchmarks/pictures/*.png",
    "benchmarks/cases/*.json",
    "examples/**/*.*",
)
"""What becomes part of the site, at the same place as in the repository."""

LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is taken from the root."""
    for pattern in TAKEN:
        for path in sorted(ROOT.glob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Turn the links of the repository into links of the site."""
    inside = page.file.generated_by is None
    folder = posixpath.join("docs" if inside else "", posixpath.dirname(page.file.src_uri))

    def of_site(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, link[1])).removeprefix("docs/")
        here = posixpath.dirname(page.file.src_uri)
        return f"]({posixpath.relpath(target, here or '.')}{link[2] or ''})"

    return LINK.sub(of_site, markdown)


@event_priority(-100)  # behind the search, which writes its index then
def on_post_build(config: MkDocsConfig) -> None:
    """Write the index of the search as a script too: opened from the disk, a page can read no other file."""
    index = Path(config.site_dir, "search", "search_index.json")
    if index.exists():
        index.with_suffix(".js").write_text(
            f"var __index = {index.read_text(encoding='utf-8')}", encoding="utf-8"
        )
