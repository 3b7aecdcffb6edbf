"""What came in a package is told by the story of its AU and by the page of a URL, with a link to its import."""

import shutil

import pytest

from apps.accounts.choices import Role
from apps.exports import importing
from apps.exports.models import Package, PackageImport
from apps.exports.taking import folder
from apps.exports.tasks import run_here
from apps.nodes import imported
from tests.accounts.factories import make_person
from tests.asking import as_person
from tests.exports.conftest import BASE, made, node, only  # noqa: F401 - a fixture
from tests.factories import make_au


@pytest.fixture
def target(node):  # noqa: F811
    return make_au("Tides, elsewhere")


def put(node, name: str, **options) -> Package:  # noqa: F811
    shutil.copyfile(only(made(node.au, **options)), folder.place() / name)
    importing.look()
    return Package.objects.get(name=name)


def taken(package: Package, user, target) -> PackageImport:
    ((row, job),) = importing.ask_import(packages=[package], user=user, into=target.auid)
    run_here(job)
    row.refresh_from_db()
    return row


def shown(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize("kind", ["warc", "zip"])
def test_story_and_url_page_tell_of_an_import(client, node, target, kind):  # noqa: F811
    user = make_person("lib", Role.LIBRARIAN)
    package = put(node, f"tides, record 1.{kind}", format=kind)
    row = taken(package, user, target)
    assert row.new > 1
    client.force_login(user)
    said = f"{row.new} versions taken from package {row.name}, by {user.display_name}."
    assert f'<a href="/imports/{row.pk}/">{said}</a>' in shown(client, f"/aus/{target.slug}/")
    page = shown(client, f"/aus/{target.slug}/url/?url={BASE}/a")
    assert f'<a href="/imports/{row.pk}/">from package {row.name}</a>' in page
    assert "origin-ref" not in page


def test_taken_twice_the_second_import_says_that_nothing_was_new(client, node, target):  # noqa: F811
    package = put(node, "tides.warc.gz")
    user = as_person(client, Role.LIBRARIAN)
    first, second = (taken(package, user, target) for _time in range(2))
    page = shown(client, f"/aus/{target.slug}/")
    assert f'<a href="/imports/{second.pk}/">Nothing new in package tides.warc.gz' in page
    assert f"{first.new} versions were here already." in page


def test_whoever_may_not_open_an_import_reads_of_it_without_a_link(client, node, target):  # noqa: F811
    row = taken(put(node, "tides.warc.gz"), make_person("lib", Role.LIBRARIAN), target)
    as_person(client, Role.READER)
    for path in (f"/aus/{target.slug}/", f"/aus/{target.slug}/url/?url={BASE}/a"):
        page = shown(client, path)
        assert "from package tides.warc.gz" in page
        assert f"/imports/{row.pk}/" not in page


def test_what_the_command_took_is_told_though_it_has_no_page(client, node, target):  # noqa: F811
    put(node, "tides.warc.gz")
    importing.import_package(path=folder.place() / "tides.warc.gz", user=None, au=target.auid)
    as_person(client, Role.LIBRARIAN)
    assert "versions taken from package tides.warc.gz, by command." in shown(client, f"/aus/{target.slug}/")
    page = shown(client, f"/aus/{target.slug}/url/?url={BASE}/a")
    assert "from package tides.warc.gz" in page
    assert "/imports/" not in page.partition("<main")[2]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("package:a.zip: content/x: y.html", "from package a.zip"),
        ("package:a.warc.gz, record 12", "from package a.warc.gz"),
        ("package:a.tar: data/b.warc, record 12", "from package a.tar"),
        ("https://elsewhere.example/", ""),
        ("", ""),
    ],
)
def test_the_name_of_the_package_is_read_from_the_place(db, place, said):
    assert imported.came_from(make_au("A"), place, links=True) == said
