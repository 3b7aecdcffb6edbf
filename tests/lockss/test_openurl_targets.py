"""Where definitions keep the pages of issues, volumes and journals, real ones too (metadata §5.4)."""

from pathlib import Path

import pytest

from apps.lockss.openurl import Level, OpenUrl, Target, parse_openurl, title_targets, unit_targets
from apps.lockss.plugin import AuDefinition, load_definition, make_au, plugin_id_of_path
from tests.lockss.plugin.maps import BASE_URL, CONFIG, ISSUES, YEAR, define
from tests.shared import DATA, needs_shared

SITE = "http://www.example.org/"


def asked(text: str) -> OpenUrl:
    found = parse_openurl(f"issn=1234-5679&{text}")
    assert isinstance(found, OpenUrl)
    return found


def au(
    features: dict[str, object], attributes: dict[str, str] | None = None, **entries: object
) -> AuDefinition:
    made = make_au(define({"au_feature_urls": features, **entries}), CONFIG, attributes=attributes)
    assert isinstance(made, AuDefinition), made
    return made


def real(path: str, config: dict[str, str]) -> AuDefinition:
    file = DATA / "plugins" / path
    plugin_id = plugin_id_of_path(Path(path).as_posix())
    made = make_au(load_definition(plugin_id, {plugin_id: file.read_bytes()}.get), config)
    assert isinstance(made, AuDefinition), made
    return made


def told(targets: tuple[Target, ...]) -> list[tuple[str, Level, bool]]:
    return [(one.url, one.level, one.manifest) for one in targets]


FEATURES = {
    "au_title": '"%sj/", base_url',
    "au_volume": '"%sv/%d", base_url, year',
    "au_issue": '"%sv/%d/%s", base_url, year, issue',
}


def test_the_issue_then_the_volume_then_where_the_unit_starts():
    made = au(FEATURES, au_permission_url='"%slockss.html", base_url')
    assert told(unit_targets(asked("volume=3&issue=2"), made)) == [
        (f"{SITE}v/2005/2", Level.ISSUE, False),
        (f"{SITE}v/2005", Level.VOLUME, False),
        (f"{SITE}start/2005", Level.VOLUME, False),
    ]
    assert [one.level for one in unit_targets(asked("volume=3"), made)] == [Level.VOLUME] * 2


def test_a_page_with_the_permission_statement_comes_last_and_is_told():
    made = au({**FEATURES, "au_volume": ['"%sstart/%d", base_url, year', '"%sv/%d", base_url, year']})
    assert told(unit_targets(asked("volume=3"), made)) == [
        (f"{SITE}v/2005", Level.VOLUME, False),
        (f"{SITE}start/2005", Level.VOLUME, True),
    ]
    assert told(unit_targets(asked("volume=3"), au({}))) == [(f"{SITE}start/2005", Level.VOLUME, True)]


def test_a_journal_has_its_own_page_but_no_permission_page():
    assert told(title_targets(asked(""), au(FEATURES))) == [(f"{SITE}j/", Level.TITLE, False)]
    assert title_targets(asked(""), au({"au_title": '"%sstart/%d", base_url, year'})) == ()
    assert title_targets(asked(""), au({})) == ()


def test_what_the_title_list_says_fills_templates_and_what_is_asked_comes_first():
    features = {"au_volume": '"%s%s/%s", base_url, journal_id, volume_name'}
    made = au(features, {"journal_id": "joe", "volume_name": "1-5"})
    assert unit_targets(asked("volume=3"), made)[0].url == f"{SITE}joe/3"
    assert unit_targets(asked(""), made)[0].url == f"{SITE}joe/1-5"


def test_a_parameter_of_the_unit_is_never_taken_from_the_question():
    made = au({"au_issue": '"%s%d/%s", base_url, year, issue'})
    assert unit_targets(asked("date=1999&issue=../../x"), made)[0].url == "http://www.example.org/x"
    assert unit_targets(asked("date=1999&issue=4"), made)[0].url == f"{SITE}2005/4"


def test_numbers_for_formats_of_numbers():
    made = au({"au_issue": '"%s%02d", base_url, issue'})
    assert unit_targets(asked("issue=4"), made)[0].url == f"{SITE}04"
    assert unit_targets(asked("issue=4a"), made)[0].level is Level.VOLUME


def test_of_a_set_of_issues_nobody_knows_which_is_meant():
    entries = {
        "plugin_config_props": [BASE_URL, YEAR, ISSUES],
        "au_feature_urls": {"au_issue": '"%si/%s", base_url, issues'},
    }
    made = make_au(define(entries), {**CONFIG, "issues": "1,2"})
    assert isinstance(made, AuDefinition)
    assert made.feature_urls("au_issue") == (f"{SITE}i/1", f"{SITE}i/2")
    assert [one.level for one in unit_targets(asked("issue=2"), made)] == [Level.VOLUME]


@needs_shared
@pytest.mark.parametrize(
    ("path", "config", "question", "expected"),
    [
        (
            "org/lockss/plugin/massachusettsmedicalsociety/MassachusettsMedicalSocietyPlugin.xml",
            {
                "base_url": "http://content.nejm.org/",
                "journal_id": "nejm",
                "volume_name": "352",
                "base_url2": "http://x.org/",
            },
            "volume=352&issue=7",
            [
                ("http://content.nejm.org/toc/nejm/352/7", Level.ISSUE, False),
                ("http://content.nejm.org/lockss/nejm/352/index.html", Level.VOLUME, True),
            ],
        ),
        (
            "org/lockss/plugin/secrecynews/SecrecyNewsPlugin.xml",
            {"base_url": "http://www.fas.org/", "year": "2009"},
            "date=2009&issue=3",
            [
                ("http://www.fas.org/sgp/news/secrecy/2009/03/index.html", Level.ISSUE, False),
                ("http://www.fas.org/sgp/news/secrecy/2009/index.html", Level.VOLUME, True),
            ],
        ),
    ],
)
def test_real_definitions(path, config, question, expected):
    made = real(path, config)
    assert told(unit_targets(asked(question), made)) == expected
