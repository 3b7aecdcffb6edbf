from django.urls import path

from apps.permissions import views, views_evidence, views_manifest, views_testing

app_name = "permissions"
urlpatterns = [
    path("agreements/new/", views.agreement_new, name="agreement-new"),
    path("agreements/<int:pk>/", views.agreement, name="agreement"),
    path("agreements/<int:pk>/change/", views.agreement_change, name="agreement-change"),
    path("agreements/<int:pk>/document/", views.document, name="document"),
    path("test/", views_testing.page_test, name="test"),
    path("test/<uuid:key>/", views_testing.page_tested, name="tested"),
    path("manifest/", views_manifest.manifest, name="manifest"),
    path("evidence/<int:pk>/", views.evidence, name="evidence"),
    path("evidence/<int:pk>/page/", views_evidence.evidence_page, name="evidence-page"),
]
