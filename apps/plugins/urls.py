from django.urls import path, re_path

from apps.plugins import views

app_name = "plugins"
ID = r"(?P<plugin_id>[A-Za-z0-9_.$-]{1,500})"
urlpatterns = [
    path("", views.plugins, name="plugins"),
    path("load/", views.load, name="load"),
    re_path(rf"^{ID}/override/$", views.override, name="override"),
    re_path(rf"^{ID}/$", views.plugin, name="plugin"),
]
