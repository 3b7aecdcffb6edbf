"""Hosts without a permission page of their own: the node's list, and its consent to a definition's (permissions §5)."""

from dataclasses import replace

import pytest

from apps.crawls.au_site import crawl_au
from apps.permissions.models import Evidence
from tests.crawls.test_run import run

CDN = "https://static.cdn.example/style.css"


@pytest.mark.parametrize(
    ("patterns", "permitted"),
    [
        ((), False),
        ((r"\.cdn\.example$",), True),
        (("CDN",), True),
        ((r"^cdn",), False),
        (("other", "static"), True),
    ],
)
@pytest.mark.django_db
def test_the_nodes_list_of_hosts(au, settings, patterns, permitted) -> None:
    settings.NODE = replace(settings.NODE, permitted_hosts=patterns)
    assert crawl_au(au).hosts.without_page(CDN) is permitted


@pytest.mark.django_db
def test_consent_alone_permits_nothing_that_no_definition_names(au, settings) -> None:
    settings.NODE = replace(settings.NODE, permitted_plugin_hosts=("cdn",))
    assert not crawl_au(au).hosts.without_page(CDN)


@pytest.mark.django_db(transaction=True)
def test_a_clockss_node_reads_its_own_statement(au, settings) -> None:
    settings.NODE = replace(settings.NODE, permission_statement="clockss")
    crawl = run(au)
    assert crawl.outcome == "no-permission"
    assert "clockss statements" in Evidence.objects.get().message
