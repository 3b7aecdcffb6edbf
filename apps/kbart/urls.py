from django.urls import path

from apps.kbart import views

app_name = "kbart"
urlpatterns = [
    path("", views.report, name="report"),
    path("download/", views.download, name="download"),
]
