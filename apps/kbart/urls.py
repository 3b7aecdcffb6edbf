from django.urls import path

from apps.kbart import views

app_name = "kbart"
urlpatterns = [
    path("reports/kbart/", views.report, name="report"),
    path("reports/kbart/download/", views.download, name="download"),
    path("reports/kbart/about/", views.about, name="about"),
    path("reports/kbart/left-out/", views.left_out, name="left-out"),
]
