"""Links between the pages lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")
_FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as the usual renderers make them."""
    headings = re.findall(r"^#+ +(.+?) *$", _FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """A link to a page, a folder or a heading of this project has its target."""
    for found in _LINK.finditer(_FENCED.sub("", page.read_text())):
        target, _, anchor = found["target"].partition("#")
        if "://" in target:
            continue
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{_name(page)} links to {target}, which is not there"
        assert not anchor or anchor in _anchors(path), f"{_name(page)} links to #{anchor} of {_name(path)}"


def test_every_page_is_reached_from_the_front_page() -> None:
    """A page that nothing links to is lost."""
    reached, pending = set[Path](), [ROOT / "README.md"]
    while pending:
        page = pending.pop()
        reached.add(page)
        for found in _LINK.finditer(page.read_text()):
            target = (page.parent / found["target"].partition("#")[0]).resolve()
            inside = [target] if target.suffix == ".md" else sorted(target.glob("*.md"))
            pending += [p for p in inside if p.is_file() and p not in reached]
    assert {_name(page) for page in PAGES} <= {_name(page) for page in reached}
