from django.urls import path

from apps.permissions import (
    views,
    views_acts,
    views_agreement,
    views_evidence,
    views_letter,
    views_manifest,
    views_testing,
)

app_name = "permissions"
ONE = "agreements/<int:pk>/"
urlpatterns = [
    path("agreements/", views.agreements, name="agreements"),
    path("agreements/new/", views.agreement_new, name="agreement-new"),
    path(ONE, views_agreement.agreement, name="agreement"),
    path(f"{ONE}change/", views.agreement_change, name="agreement-change"),
    path(f"{ONE}move/", views_acts.move, name="agreement-move"),
    path(f"{ONE}parties/", views_acts.party_add, name="party-add"),
    path(f"{ONE}parties/<int:party>/remove/", views_acts.party_remove, name="party-remove"),
    path(f"{ONE}documents/", views_acts.documents_add, name="documents-add"),
    path(f"{ONE}documents/<int:document>/", views_acts.document, name="document"),
    path(f"{ONE}contacts/", views_acts.contact_add, name="contact-add"),
    path(f"{ONE}letter/", views_letter.letter, name="letter"),
    path(f"{ONE}letter/pdf/", views_letter.letter_pdf, name="letter-pdf"),
    path(f"{ONE}letter/sent/", views_letter.letter_sent, name="letter-sent"),
    path(f"{ONE}letters/<int:number>/", views_letter.kept_letter, name="kept-letter"),
    path(f"{ONE}letters/<int:number>/pdf/", views_letter.kept_pdf, name="kept-pdf"),
    path("reminders/<int:pk>/done/", views_acts.reminder_done, name="reminder-done"),
    path("evidence/<int:pk>/", views_evidence.evidence, name="evidence"),
    path("evidence/<int:pk>/page/", views_evidence.evidence_page, name="evidence-page"),
    path("test/", views_testing.page_test, name="test"),
    path("test/<uuid:key>/", views_testing.page_tested, name="tested"),
    path("manifest/", views_manifest.manifest, name="manifest"),
]
