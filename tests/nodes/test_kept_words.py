"""What rows keep in English stands on pages in the reader's language: findings, jobs, the log, alerts."""

import html
import re

import pytest
from django.utils import timezone
from django.utils.translation import override

from apps.accounts.choices import Role
from apps.common import clock_trust, disks
from apps.common.choices import JobState
from apps.common.findings import record_finding
from apps.common.jobs import DIED
from apps.common.models import Finding, Job
from apps.crawls.choices import CrawlState
from apps.crawls.models import Crawl
from apps.nodes.alert_mail import mail_text
from apps.nodes.choices_alerts import AlertKind, Weight
from apps.nodes.models import Alert, AlertNotice, LogLine
from apps.nodes.services import chronicling
from tests.asking import as_person

pytestmark = pytest.mark.django_db


def read(client, page: str) -> str:
    shown = client.get(page, HTTP_ACCEPT_LANGUAGE="es")
    assert shown.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown.content.decode())))


def finding(message: str, code: str = "x") -> Finding:
    return record_finding(code=code, subject="au:1", message=message)


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (
            "It joined a poll and left it before its vote was counted. It does not hold this archival unit.",
            "Se unió a un sondeo",
        ),
        (
            "invitation to poll 'k', which is a poll of another peer",
            "invitación al sondeo 'k', que es un sondeo de otro par",
        ),
        (
            "It would add at least 2 GB. Of the store's quota of 4 TB, 1 GB are left. Nothing was selected.",
            "No se seleccionó nada.",
        ),
        (
            "3 stored versions are damaged: other bytes than were stored",
            "3 versiones guardadas están dañadas: bytes distintos de los que se guardaron",
        ),
        (
            "The JAR a.jar was refused: a.class: it was changed after it was signed, and 2 more. Nothing of it was loaded.",
            "El JAR a.jar se rechazó: a.class: se cambió después de firmarse, y 2 más. No se cargó nada de él.",
        ),
        (
            "The plugin registry “Ours” could not be read: The host does not answer. What it gave before stays loaded.",
            "No se pudo leer el registro de plugins «Ours»: El host no responde. Lo que dio antes sigue cargado.",
        ),
        (
            "Version 7 of org.x.P is not used. It asks for the parameter year, which Tides 2 was selected without. The version in use stays.",
            "La versión 7 de org.x.P no se usa. Pide el parámetro year, sin el cual se seleccionó Tides 2. La versión en uso se mantiene.",
        ),
        (
            "Version 7 of org.x.P is not used: needs b. The version in use stays.",
            "La versión 7 de org.x.P no se usa: necesita b. La versión en uso se mantiene.",
        ),
    ],
)
def test_findings(client, sample, kept, said):
    one = finding(kept)
    as_person(client, Role.SYSTEM)
    for page in ("/findings/", f"/findings/{one.pk}/"):
        shown = read(client, page)
        assert said in shown
        assert kept not in shown
    assert kept in html.unescape(client.get(f"/findings/{one.pk}/").content.decode())
    assert kept in client.get("/findings/?format=csv", HTTP_ACCEPT_LANGUAGE="es").getvalue().decode().replace(
        '""', '"'
    )


def test_findings_that_a_request_causes_are_kept_in_english(sample):
    with override("es"):
        clock_trust.hold(server="time.example", seconds=90.4)
        disks.hold_content(OSError(28, "No space left on device"), "x")
    kept = dict(
        Finding.objects.filter(code__in=(clock_trust.WRONG, disks.HELD)).values_list("code", "message")
    )
    assert kept[clock_trust.WRONG] == "this computer's clock differs by 90 s from time.example"
    assert kept[disks.HELD].startswith("A write to the store failed (No space left on device).")


def test_a_job_says_why_it_failed(client, sample):
    job = Job.objects.create(
        kind="crawl",
        subject="crawl:999",
        state=JobState.FAILED,
        max_attempts=1,
        run_after=timezone.now(),
        error=DIED,
    )
    as_person(client, Role.SYSTEM)
    for page in (f"/jobs/{job.pk}/", "/jobs/?state=failed"):
        assert DIED not in read(client, page)
    Job.objects.filter(pk=job.pk).update(error="The store's disk is nearly full.")
    assert "El disco del almacén está casi lleno." in read(client, f"/jobs/{job.pk}/")


def test_the_log_gives_its_reasons(client, sample):
    Crawl.objects.filter(state=CrawlState.DONE).update(
        outcome="interrupted", reason="The crawl was stopped by a person."
    )
    with override("es"):
        chronicling.scan()
    lines = LogLine.objects.filter(code__in=("crawl-short", "repair-done")).exclude(why="")
    assert {line.code for line in lines} == {"crawl-short", "repair-done"}
    assert not [line.why for line in lines if not line.why.startswith("The ")]
    as_person(client)
    assert "Una persona detuvo la recolección." in read(client, "/log/?kind=crawl-short")
    assert "The copy came from" not in read(client, "/log/?kind=repair-done")


def test_the_page_of_a_crawl_says_why_it_ended(client, sample):
    row = Crawl.objects.filter(state=CrawlState.DONE).first()
    Crawl.objects.filter(pk=row.pk).update(outcome="aborted", reason="The crawl was stopped by a person.")
    as_person(client)
    assert "Una persona detuvo la recolección." in read(client, f"/crawls/{row.pk}/")


def test_an_alert_says_what_is_wrong(client, sample):
    at = timezone.now()
    row = Alert.objects.create(
        kind=AlertKind.AUDIT,
        subject="audit",
        severity=Weight.CRITICAL,
        message="",
        params={"name": "event 7 was removed before it was sealed"},
        raised_at=at,
        last_seen_at=at,
    )
    as_person(client, Role.SYSTEM)
    for page in ("/alerts/", f"/alerts/{row.pk}/"):
        assert "el evento 7 se eliminó antes de sellarse" in read(client, page)
    with override("es"):
        subject, text = mail_text([AlertNotice(alert=row, event="raised", channel="mail")])
    assert "el evento 7 se eliminó antes de sellarse" in text
    assert "was removed" not in subject + text
