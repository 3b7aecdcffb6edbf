"""Reports of months in the database: whose, which, what they leave unsaid; and the command that writes them."""

import datetime as dt
import io
import json
from dataclasses import replace

import pytest
from django.conf import settings as node_settings
from django.core.management import CommandError, call_command

from apps.common.clock import now
from apps.delivery.models import InstitutionProxy
from apps.lockss.usage import WORLD, Metric
from apps.lockss.usage.exceptions import Exceptional
from apps.lockss.usage.periods import month_of, next_month, short
from apps.lockss.usage.reports import VIEWS, groups
from apps.usage.choices import Reason
from apps.usage.models import UsageLoss, UsageState
from apps.usage.services.customers import customer_of, customers
from apps.usage.services.reporting import available, report_of, totals
from tests.usage.months import counted, counting_since, last_month, read

pytestmark = pytest.mark.django_db


def made(view: str = "TR_J1", customer: str = WORLD, begin: int = 2, end: int = 1):
    found = report_of(
        view=VIEWS[view],
        customer=customer_of(customer),
        begin=short(last_month(begin)),
        end=short(last_month(end)),
        moment=now(),
    )
    assert not isinstance(found, Exceptional), found
    return found


def numbers(report) -> dict[tuple, int]:
    return {
        (group.title.name, *(value for _name, value in group.attributes), str(metric)): sum(by_month.values())
        for group in groups(report.header, report.usages)
        for metric, by_month in group.counts.items()
    }


def codes(report) -> list[int]:
    return [one.code for one in report.header.exceptions]


def test_journal_requests_are_without_what_is_free_and_without_books():
    counting_since()
    tides, shores = counted(), counted("Shores", "Book")
    read(tides)
    read(tides, year=2018, requests=2, unique=1)
    read(tides, access="Open", requests=100)
    read(tides, access="Free_To_Read", requests=100)
    read(shores, requests=100)
    read(tides, last_month(3), requests=1000)
    report = made()
    assert numbers(report) == {("Tides", "Total_Item_Requests"): 7, ("Tides", "Unique_Item_Requests"): 4}
    assert codes(report) == []


def test_by_access_type_and_books_by_year():
    counting_since()
    tides, shores = counted(), counted("Shores", "Book")
    read(tides)
    read(tides, access="Open", requests=9)
    read(shores, year=0, requests=2, unique_title_requests=1)
    read(shores, year=2019, requests=4, unique_title_requests=2)
    found = numbers(made("TR_J3"))
    assert found["Tides", "Controlled", "Total_Item_Requests"] == 5
    assert found["Tides", "Open", "Total_Item_Investigations"] == 9
    assert numbers(made("TR_B1")) == {
        ("Shores", "Book", "0001", "Total_Item_Requests"): 2,
        ("Shores", "Book", "0001", "Unique_Title_Requests"): 1,
        ("Shores", "Book", "2019", "Total_Item_Requests"): 4,
        ("Shores", "Book", "2019", "Unique_Title_Requests"): 2,
    }


def test_whose_usage_there_is():
    counting_since()
    InstitutionProxy.objects.create(name="Harbour", addresses="192.0.2.1")
    tides = counted()
    read(tides, requests=1, unique=1)
    read(tides, customer="public", requests=10, unique=1)
    read(tides, customer="proxy:Harbour", requests=100, unique=1)
    read(tides, customer="proxy:Gone", requests=1_000, unique=1)
    assert [one.id for one in customers()] == [WORLD, "own", "proxy:Gone", "proxy:Harbour"]
    asked = {one.id: numbers(made(customer=one.id))["Tides", "Total_Item_Requests"] for one in customers()}
    assert asked == {WORLD: 1_111, "own": 1, "proxy:Gone": 1_000, "proxy:Harbour": 100}
    assert made(customer="proxy:Harbour").header.institution == "Harbour"
    assert customer_of("public") is None


def test_what_a_report_leaves_unsaid():
    counting_since(2)
    assert codes(made()) == [3030]
    assert codes(made(begin=5)) == [3030, 3032]
    assert codes(made(end=0)) == [3031]
    day = last_month()
    UsageLoss.objects.create(day=day, reason=Reason.FULL, number=7)
    for number in (1, 2):
        UsageLoss.objects.create(day=day + dt.timedelta(days=number), reason=Reason.OFF)
    UsageLoss.objects.create(day=last_month(4), reason=Reason.FAILED, number=7)
    report = made()
    assert codes(report) == [3030, 3040]
    assert report.header.exceptions[1].data == (
        "7 deliveries are in no number: more was read at once than could be kept; counting was switched off on 2 days"
    )


def test_a_month_that_began_in_its_middle_is_partial():
    began = last_month().replace(day=15)
    UsageState.objects.create(
        began_at=dt.datetime(began.year, began.month, 15, tzinfo=dt.UTC), counted_at=now()
    )
    report = made(begin=1)
    assert codes(report) == [3030, 3040]
    assert report.header.exceptions[1].data == f"counting began on {began.isoformat()}"


def test_a_month_is_there_when_all_of_it_is_counted():
    this = month_of(now().date())
    assert available(now()).none
    counting_since(3)
    assert (available(now()).first, available(now()).last) == (last_month(3), last_month())
    start = dt.datetime(this.year, this.month, 1, tzinfo=dt.UTC)
    UsageState.objects.update(counted_at=start + dt.timedelta(minutes=59))
    assert available(now()).last == last_month(2)
    UsageState.objects.update(counted_at=start + dt.timedelta(minutes=61))
    assert available(now()).last == last_month()


def test_sums_for_the_picture():
    tides = counted()
    read(tides, last_month(2), requests=3, unique=1)
    read(tides, last_month(), requests=4, unique=1, total_item_investigations=9)
    read(tides, last_month(), customer="public", requests=1, unique=1)
    assert totals(last_month(2)) == [(last_month(2), 3, 0), (last_month(), 5, 5)]
    assert totals(last_month())[0][0] == last_month()


def test_a_report_costs_the_same_queries_however_much_it_holds(django_assert_max_num_queries):
    counting_since()
    for number in range(30):
        title = counted(f"Journal {number}")
        read(title)
        read(title, last_month(2), customer="public")
    whose = customer_of(WORLD)
    with django_assert_max_num_queries(5):
        found = report_of(
            view=VIEWS["TR_J1"],
            customer=whose,
            begin=short(last_month(2)),
            end=short(last_month()),
            moment=now(),
        )
    assert len(numbers(found)) == 60


# --- The command


def run(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("usage", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_command_writes_a_table(tmp_path):
    counting_since()
    read(counted())
    file = tmp_path / "tr_j1.tsv"
    begin, end = short(last_month(2)), short(last_month())
    _out, err = run("--report", "tr_j1", "--begin", begin, "--end", end, "--output", str(file))
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    assert lines[1].rstrip("\t") == "Report_ID\tTR_J1"
    assert lines[3].rstrip("\t") == "Institution_Name\tThe World"
    assert lines[15].split("\t")[-4:] == ["Total_Item_Requests", "5", "0", "5"]
    assert len(lines) == 17
    assert err == ""
    assert list(tmp_path.iterdir()) == [file]


def test_and_json_and_says_what_is_left_unsaid(tmp_path):
    counting_since()
    read(counted("Shores", "Book"), unique_title_requests=2)
    file = tmp_path / "x.json"
    begin, end = short(last_month(2)), short(last_month(0))
    arguments = ("--report", "TR_B1", "--begin", begin, "--end", end, "--format", "json", "--customer", "own")
    _out, err = run(*arguments, "--output", str(file))
    told = json.loads(file.read_bytes())
    assert told["Report_Header"]["Institution_ID"] == {"Proprietary": ["lockss:own"]}
    assert told["Report_Items"][0]["Title"] == "Shores"
    assert err.startswith("3031: Usage Not Ready for Requested Dates")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("--begin", "2026"), "3020: Invalid Date Arguments"),
        (("--customer", "nobody"), "expected one of 0000000000000000, own"),
        (("--output", "/nowhere/x.tsv"), "/nowhere/x.tsv"),
    ],
)
def test_a_command_that_cannot_be_done_writes_nothing(tmp_path, changed, said):
    counting_since()
    given = {
        "--report": "tr_j1",
        "--begin": short(last_month()),
        "--end": short(last_month()),
        "--output": str(tmp_path / "x.tsv"),
    } | dict([changed])
    with pytest.raises(CommandError, match=said) as failed:
        run(*[word for pair in given.items() for word in pair])
    assert failed.value.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_reports_name_the_registry_entry(settings):
    counting_since()
    settings.NODE = replace(node_settings.NODE, usage_registry="https://registry.example/1", name="Harbour")
    header = made(customer="own").header
    assert (header.registry, header.platform, header.institution) == (
        "https://registry.example/1",
        "Harbour",
        "Harbour",
    )
    assert header.view.metrics[0] is Metric.TOTAL_ITEM_REQUESTS
    assert next_month(header.begin) == header.end
