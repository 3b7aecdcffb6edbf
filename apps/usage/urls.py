from django.urls import path

from apps.lockss.usage.reports import VIEWS
from apps.usage import views, views_sushi

app_name = "usage"
urlpatterns = [
    path("reports/usage/", views.usage, name="usage"),
    path("reports/usage/report/", views.report, name="report"),
    path("sushi/r51", views_sushi.base, name="sushi-base"),
    path("sushi/r51/status", views_sushi.status, name="sushi-status"),
    path("sushi/r51/members", views_sushi.members, name="sushi-members"),
    path("sushi/r51/reports", views_sushi.reports, name="sushi-reports"),
    *(
        path(f"sushi/r51/reports/{name.lower()}", views_sushi.report, {"name": name}, name=f"sushi-{name}")
        for name in VIEWS
    ),
]
