from django.urls import path

from apps.api import views

app_name = "api"
urlpatterns = [
    path("DaemonStatus", views.daemon_status, name="daemon-status"),
    path("ListObjects", views.list_objects, name="list-objects"),
]
