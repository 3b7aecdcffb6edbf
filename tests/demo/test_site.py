"""The sample site as link resolvers know it: articles by their tags, issues and volumes by the platform definition."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from apps.lockss.articles import Rank, article_of, meta_tags
from apps.lockss.openurl import Level, OpenUrl, parse_openurl, unit_targets
from apps.lockss.plugin import AuDefinition, load_definition, make_au
from lockss_portal.demo import site
from lockss_portal.demo.delivering import examples
from lockss_portal.demo.titles import PLUGIN

BASE = "http://127.0.0.1:8080/"
FILE = Path(site.__file__).with_name("plugins") / (PLUGIN.replace(".", "/") + ".xml")


def made(volume: int = 2) -> AuDefinition:
    config = {"base_url": BASE, "journal": "tidal", "volume": str(volume)}
    au = make_au(load_definition(PLUGIN, {PLUGIN: FILE.read_bytes()}.get), config)
    assert isinstance(au, AuDefinition), au
    return au


def got(url: str) -> site.Page:
    found = site.respond(urlsplit(url).path, visit=1, clock="now")
    assert isinstance(found, site.Page)
    return found


def question(text: str) -> OpenUrl:
    found = parse_openurl(text)
    assert isinstance(found, OpenUrl)
    return found


def test_an_article_says_what_it_is():
    url = f"{BASE}tidal/volume/2/article/3"
    page = got(url)
    article, findings = article_of(url, meta_tags(page.body, page.content_type))
    assert findings == ()
    assert article is not None
    assert (article.doi, article.title) == ("10.5555/tidal.2.3", site.article_title(site.JOURNALS[0], 2, 3))
    assert (article.journal, article.issns) == ("Journal of Tidal Archives", ("2990-0018", "2990-0026"))
    assert (article.volume, article.issue, article.start_page, article.date) == ("2", "2", "21", "2020")
    assert len(article.authors) == 2
    assert article.rank is Rank.META


@pytest.mark.parametrize("volume", site.VOLUMES)
def test_issues_and_volumes_have_a_page_inside_of_the_unit(volume):
    au = made(volume)
    for issue in site.ISSUES:
        first, second, *_ = unit_targets(question(f"issn=2990-0018&volume={volume}&issue={issue}"), au)
        assert (first.level, second.level) == (Level.ISSUE, Level.VOLUME)
        assert not first.manifest
        assert not second.manifest
        assert f"Issue {issue}" in got(first.url).body.decode()
        assert f"<h1>Volume {volume}</h1>" in got(second.url).body.decode()
        assert all(au.rules.includes(one.url) for one in (first, second))
        # A crawl comes by links alone.
        assert f'href="issue/{issue}"' in got(second.url).body.decode()


def test_the_questions_that_are_told_name_the_article_its_issue_and_its_volume():
    for each in examples(BASE):
        page = got(each.url)
        article, _ = article_of(each.url, meta_tags(page.body, page.content_type))
        assert article is not None
        assert article.title == each.heading
        asked = question(each.openurl)
        assert (asked.volume, asked.issue, asked.start_page) == (
            article.volume,
            article.issue,
            article.start_page,
        )
        of_issue, of_volume = question(each.of_issue), question(each.of_volume)
        assert (of_issue.issue, of_issue.start_page) == (article.issue, "")
        assert (of_volume.volume, of_volume.issue) == (article.volume, "")
