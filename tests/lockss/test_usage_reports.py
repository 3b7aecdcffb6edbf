"""Reports to the byte, their JSON, and what SUSHI answers to odd requests (COUNTER R5.1)."""

import datetime as dt
import itertools
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.usage import AccessType, DataType, Metric
from apps.lockss.usage.exceptions import NO_USAGE, PARTIAL, Exceptional
from apps.lockss.usage.periods import heading, last_day, months, next_month, read_month, short
from apps.lockss.usage.reports import VIEWS, Header, TitleFacts, Usage
from apps.lockss.usage.sushi import (
    Available,
    Period,
    lacking,
    member,
    period_of,
    report,
    report_list,
    status,
    unknown_of,
)
from apps.lockss.usage.tabular import columns, lines, table

SEPTEMBER, OCTOBER = dt.date(2026, 9, 1), dt.date(2026, 10, 1)
CREATED = dt.datetime(2026, 11, 28, 10, 0, 5, tzinfo=dt.timezone(dt.timedelta(hours=1)))
TIDES = TitleFacts(
    number=7, name="Tides", publisher="Tidewater Press", print_issn="1234-5679", online_issn="2345-6784"
)
SHORES = TitleFacts(number=3, name="Shores\tand\nsands", data_type=DataType.BOOK, isbn="978-3-16-148410-0")
REQUESTS, ITEMS = Metric.TOTAL_ITEM_REQUESTS, Metric.UNIQUE_ITEM_REQUESTS
TITLES = Metric.UNIQUE_TITLE_REQUESTS
INVESTIGATIONS = Metric.TOTAL_ITEM_INVESTIGATIONS


def header(view: str, *exceptions: Exceptional, **more) -> Header:
    told = {"institution": "Harbour Library", "customer": "own", "begin": SEPTEMBER, "end": OCTOBER}
    told |= {"created": CREATED, "platform": "Node 1", "registry": "", "exceptions": exceptions, **more}
    return Header(view=VIEWS[view], **told)


def usage(
    title: TitleFacts, month: dt.date, access=AccessType.CONTROLLED, year: int = 2019, **counts
) -> Usage:
    return Usage(
        title=title,
        month=month,
        access=access,
        year=year,
        counts={Metric[name]: number for name, number in counts.items()},
    )


SOME = [
    usage(TIDES, OCTOBER, TOTAL_ITEM_REQUESTS=5, UNIQUE_ITEM_REQUESTS=3, TOTAL_ITEM_INVESTIGATIONS=9),
    usage(TIDES, SEPTEMBER, year=2018, TOTAL_ITEM_REQUESTS=2, UNIQUE_ITEM_REQUESTS=2),
    usage(TIDES, OCTOBER, AccessType.OPEN, TOTAL_ITEM_REQUESTS=1, UNIQUE_ITEM_REQUESTS=1),
    usage(SHORES, OCTOBER, TOTAL_ITEM_REQUESTS=4, UNIQUE_TITLE_REQUESTS=2),
    usage(SHORES, OCTOBER, year=0, TOTAL_ITEM_REQUESTS=1, UNIQUE_TITLE_REQUESTS=1),
    usage(SHORES, dt.date(2026, 11, 1), TOTAL_ITEM_REQUESTS=70),
]


def padded(*rows: str) -> bytes:
    width = max(row.count("\t") for row in rows)
    return ("\ufeff" + "".join(row + "\t" * (width - row.count("\t")) + "\n" for row in rows)).encode()


def test_journal_requests_to_the_byte():
    assert table(header("TR_J1"), SOME) == padded(
        "Report_Name\tJournal Requests (Controlled)",
        "Report_ID\tTR_J1",
        "Release\t5.1",
        "Institution_Name\tHarbour Library",
        "Institution_ID\tlockss:own",
        "Metric_Types\tTotal_Item_Requests; Unique_Item_Requests",
        "Report_Filters\tData_Type=Journal; Access_Type=Controlled; Access_Method=Regular",
        "Report_Attributes\t",
        "Exceptions\t",
        "Reporting_Period\tBegin_Date=2026-09-01; End_Date=2026-10-31",
        "Created\t2026-11-28T09:00:05Z",
        "Created_By\tNode 1",
        "Registry_Record\t",
        "",
        "Title\tPublisher\tPublisher_ID\tPlatform\tDOI\tProprietary_ID\tPrint_ISSN\tOnline_ISSN\tURI\tMetric_Type"
        "\tReporting_Period_Total\tSep-2026\tOct-2026",
        "Tides\tTidewater Press\t\tNode 1\t\tlockss:T7\t1234-5679\t2345-6784\t\tTotal_Item_Requests\t7\t2\t5",
        "Tides\tTidewater Press\t\tNode 1\t\tlockss:T7\t1234-5679\t2345-6784\t\tUnique_Item_Requests\t5\t2\t3",
    )


def test_identifiers_stand_where_they_are_known():
    known = replace(TIDES, doi="10.5555/tides", publisher_id="ROR:013meh722")
    some = [usage(known, OCTOBER, TOTAL_ITEM_REQUESTS=1)]
    told = table(header("TR_J1"), some).decode().split("\n")
    assert told[15].startswith("Tides\tTidewater Press\tROR:013meh722\tNode 1\t10.5555/tides\tlockss:T7\t")
    [item] = report(header("TR_J1"), some)["Report_Items"]
    assert item["Publisher_ID"] == {"ROR": ["013meh722"]}
    assert item["Item_ID"]["DOI"] == "10.5555/tides"
    assert "Publisher_ID" not in report(header("TR_J1"), SOME)["Report_Items"][0]


def test_journal_usage_by_access_type():
    told = table(header("TR_J3"), SOME).decode().split("\n")
    assert told[5].rstrip("\t") == (
        "Metric_Types\tTotal_Item_Investigations; Total_Item_Requests; Unique_Item_Investigations; Unique_Item_Requests"
    )
    assert told[6].rstrip("\t") == "Report_Filters\tData_Type=Journal; Access_Method=Regular"
    assert [line.split("\t")[9:] for line in told[14:19]] == [
        ["Access_Type", "Metric_Type", "Reporting_Period_Total", "Sep-2026", "Oct-2026"],
        ["Controlled", "Total_Item_Investigations", "9", "0", "9"],
        ["Controlled", "Total_Item_Requests", "7", "2", "5"],
        ["Controlled", "Unique_Item_Requests", "5", "2", "3"],
        ["Open", "Total_Item_Requests", "1", "0", "1"],
    ]


def test_book_requests_have_type_year_and_isbn():
    told = table(header("TR_B1"), SOME).decode().split("\n")
    assert told[6].rstrip("\t") == (
        "Report_Filters\tData_Type=Book|Reference_Work; Access_Type=Controlled; Access_Method=Regular"
    )
    assert told[14].startswith(
        "Title\tPublisher\tPublisher_ID\tPlatform\tDOI\tProprietary_ID\tISBN\tPrint_ISSN\tOnline_ISSN\tURI\tData_Type\tYOP\tMetric_Type"
    )
    # Names hold nothing that would begin a cell; a year that nobody knows is the Code's.
    assert told[15:19] == [
        "Shores and sands\t\t\tNode 1\t\tlockss:T3\t978-3-16-148410-0\t\t\t\tBook\t0001\tTotal_Item_Requests\t1\t0\t1",
        "Shores and sands\t\t\tNode 1\t\tlockss:T3\t978-3-16-148410-0\t\t\t\tBook\t0001\tUnique_Title_Requests\t1\t0\t1",
        "Shores and sands\t\t\tNode 1\t\tlockss:T3\t978-3-16-148410-0\t\t\t\tBook\t2019\tTotal_Item_Requests\t4\t0\t4",
        "Shores and sands\t\t\tNode 1\t\tlockss:T3\t978-3-16-148410-0\t\t\t\tBook\t2019\tUnique_Title_Requests\t2\t0\t2",
    ]
    assert told[19:] == [""]


def test_what_a_report_says_of_itself_stands_in_its_head():
    told = table(header("TR_J1", NO_USAGE, PARTIAL.about("3 deliveries were not counted")), []).decode()
    assert (
        "Exceptions\t3030: No Usage Available for Requested Dates; "
        "3040: Partial Data Returned (3 deliveries were not counted)\t"
    ) in told
    assert len(told.splitlines()) == 15


def test_json_of_the_same():
    told = report(header("TR_B1", PARTIAL.about("x")), SOME)
    assert told["Report_Header"] == {
        "Release": "5.1",
        "Report_ID": "TR_B1",
        "Report_Name": "Book Requests (Controlled)",
        "Created": "2026-11-28T09:00:05Z",
        "Created_By": "Node 1",
        "Institution_ID": {"Proprietary": ["lockss:own"]},
        "Institution_Name": "Harbour Library",
        "Registry_Record": "",
        "Report_Filters": {
            "Metric_Type": ["Total_Item_Requests", "Unique_Title_Requests"],
            "Begin_Date": "2026-09-01",
            "End_Date": "2026-10-31",
            "Data_Type": ["Book", "Reference_Work"],
            "Access_Type": ["Controlled"],
            "Access_Method": ["Regular"],
        },
        "Exceptions": [{"Code": 3040, "Message": "Partial Data Returned", "Data": "x"}],
    }
    [item] = told["Report_Items"]
    assert item["Item_ID"] == {"Proprietary": "lockss:T3", "ISBN": "978-3-16-148410-0"}
    # One item, however many years; no month without usage.
    assert item["Attribute_Performance"] == [
        {
            "Data_Type": "Book",
            "YOP": "0001",
            "Performance": {"Total_Item_Requests": {"2026-10": 1}, "Unique_Title_Requests": {"2026-10": 1}},
        },
        {
            "Data_Type": "Book",
            "YOP": "2019",
            "Performance": {"Total_Item_Requests": {"2026-10": 4}, "Unique_Title_Requests": {"2026-10": 2}},
        },
    ]


def test_json_without_attributes_and_without_exceptions():
    told = report(header("TR_J1"), SOME)
    assert "Exceptions" not in told["Report_Header"]
    [item] = told["Report_Items"]
    assert [list(one) for one in item["Attribute_Performance"]] == [["Performance"]]
    assert item["Item_ID"] == {
        "Proprietary": "lockss:T7",
        "Print_ISSN": "1234-5679",
        "Online_ISSN": "2345-6784",
    }


counts = st.dictionaries(st.sampled_from(list(Metric)), st.integers(0, 50), max_size=6)
usages = st.lists(
    st.builds(
        lambda name, kind, month, access, year, numbers: Usage(
            title=TitleFacts(number=len(name), name=name, data_type=kind),
            month=month,
            access=access,
            year=year,
            counts=numbers,
        ),
        st.text(max_size=4),
        st.sampled_from(list(DataType)),
        st.sampled_from([SEPTEMBER, OCTOBER, dt.date(2026, 11, 1)]),
        st.sampled_from(list(AccessType)),
        st.sampled_from([0, 1999, 2019]),
        counts,
    ),
    max_size=8,
)


@given(st.sampled_from(sorted(VIEWS)), usages)
def test_table_and_json_hold_the_same_numbers_and_all_of_them(view, some):
    head = header(view)
    shown = VIEWS[view]
    expected = sum(
        one.counts.get(metric, 0)
        for one in some
        for metric in shown.metrics
        if one.month in (SEPTEMBER, OCTOBER)
        and one.title.data_type in shown.data_types
        and (not shown.access or one.access in shown.access)
    )
    rows = [line.rstrip("\n").split("\t") for line in lines(head, some)]
    width = len(columns(shown)) + 2
    assert all(len(row) == width for row in rows)
    assert sum(int(row[-3]) for row in rows[15:]) == expected
    assert all(int(row[-3]) == int(row[-2]) + int(row[-1]) > 0 for row in rows[15:])
    in_json = json.loads(json.dumps(report(head, some)))
    assert expected == sum(
        number
        for item in in_json["Report_Items"]
        for one in item["Attribute_Performance"]
        for by_month in one["Performance"].values()
        for number in by_month.values()
    )
    assert len({item["Item_ID"]["Proprietary"] for item in in_json["Report_Items"]}) == len(
        in_json["Report_Items"]
    )


# --- Months


@pytest.mark.parametrize("text", ["2026-09", "2026-09-01"])
def test_the_beginning_of_a_period(text):
    assert read_month(text) == SEPTEMBER


@pytest.mark.parametrize("text", ["2026-09", "2026-09-30"])
def test_and_its_end(text):
    assert read_month(text, end=True) == SEPTEMBER


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "2026-09-02", "2026-9", "٢٠٢٦-09", "0000-01", "9999-12", "x"]
)
def test_what_is_no_month(text):
    with pytest.raises(ValueError):
        read_month(text)


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)), st.integers(0, 40))
def test_months_follow_each_other(day, number):
    end = next_month(day, number)
    found = list(months(day, end))
    assert len(found) == number + 1
    assert all(last_day(one) + dt.timedelta(days=1) == two for one, two in itertools.pairwise(found))
    assert read_month(short(found[0])) == found[0]
    assert heading(SEPTEMBER) == "Sep-2026"


# --- SUSHI

TODAY = dt.date(2026, 11, 28)
HAVE = Available(dt.date(2026, 8, 1), OCTOBER)


def test_a_period_that_is_there():
    assert period_of("2026-09", "2026-10-31", HAVE, TODAY) == Period(SEPTEMBER, OCTOBER)


def test_a_month_that_runs_is_left_out_and_told():
    found = period_of("2026-09-01", "2026-11-30", HAVE, TODAY)
    assert (found.begin, found.end) == (SEPTEMBER, OCTOBER)
    assert [one.as_json for one in found.exceptions] == [
        {
            "Code": 3031,
            "Message": "Usage Not Ready for Requested Dates",
            "Data": "request was for 2026-09-01 to 2026-11-30; however, usage is available from 2026-08 to 2026-10",
        }
    ]


def test_what_lies_before_the_first_month_is_left_out_and_told():
    found = period_of("2025-01", "2026-09", HAVE, TODAY)
    assert (found.begin, found.end) == (HAVE.first, SEPTEMBER)
    assert [one.code for one in found.exceptions] == [3032]
    outside = period_of("2025-01", "2025-02", HAVE, TODAY)
    assert (outside.begin, outside.end) == (dt.date(2025, 1, 1), dt.date(2025, 2, 1))
    assert [one.code for one in outside.exceptions] == [3032]


def test_a_node_that_has_just_begun_has_nothing_yet():
    young = Available(dt.date(2026, 11, 1), OCTOBER)
    found = period_of("2026-10", "2026-12", young, TODAY)
    assert (found.begin, found.end) == (OCTOBER, OCTOBER)
    assert [one.code for one in found.exceptions] == [3031, 3032]


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2026-10", "2026-09"),
        ("2026-11", "2026-11"),
        ("2027-01", "2027-02"),
        ("x", "2026-10"),
        ("2026-10", ""),
    ],
)
def test_dates_that_make_no_period_are_refused(begin, end):
    found = period_of(begin, end, HAVE, TODAY)
    assert isinstance(found, Exceptional)
    assert (found.code, found.message, found.status) == (3020, "Invalid Date Arguments", 400)


@given(st.dates(dt.date(2024, 1, 1), dt.date(2027, 6, 1)), st.integers(0, 30), st.integers(-1, 20))
def test_a_period_never_has_a_month_that_is_not_over(begin, length, available):
    have = Available(SEPTEMBER, next_month(SEPTEMBER, available)) if available < 2 else HAVE
    found = period_of(short(begin), short(next_month(begin, length)), have, TODAY)
    if isinstance(found, Period):
        assert found.begin <= found.end < dt.date(2026, 11, 1)
        cut = (found.begin, found.end) != (begin.replace(day=1), next_month(begin, length))
        assert not cut or found.exceptions


def test_parameters_that_mean_nothing_are_told_and_those_that_are_missing_refuse():
    given_ = {
        "customer_id": "own",
        "begin_date": "2026-09",
        "yop": "2019",
        "data_type": "Book",
        "platform": "x",
    }
    assert [(one.code, one.data) for one in unknown_of(given_, "Node 1")] == [
        (3050, "data_type, yop"),
        (3060, "platform"),
    ]
    assert unknown_of({"platform": "Node 1"}, "Node 1") == []
    refused = lacking(given_, ("customer_id", "begin_date", "end_date", "api_key"))
    assert refused is not None
    assert refused.as_json == {
        "Code": 1030,
        "Message": "Insufficient Information to Process Request",
        "Data": "missing: end_date, api_key",
    }
    assert lacking(given_, ("customer_id",)) is None


def test_lists():
    assert status("Node 1", "", active=True) == [
        {"Description": "Node 1", "Service_Active": True, "Registry_Record": ""}
    ]
    assert member("own", "Harbour Library")["Institution_ID"] == {"Proprietary": ["lockss:own"]}
    told = report_list(HAVE, "/r51")
    assert [(one["Report_ID"], one["Path"]) for one in told] == [
        ("TR_J1", "/r51/reports/tr_j1"),
        ("TR_J3", "/r51/reports/tr_j3"),
        ("TR_B1", "/r51/reports/tr_b1"),
    ]
    assert {(one["First_Month_Available"], one["Last_Month_Available"]) for one in told} == {
        ("2026-08", "2026-10")
    }
    assert "First_Month_Available" not in report_list(Available(OCTOBER, SEPTEMBER), "/r51")[0]
