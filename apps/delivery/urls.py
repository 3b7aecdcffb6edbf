from django.urls import path, re_path

from apps.delivery import views

app_name = "delivery"
urlpatterns = [
    re_path(r"^aus/(?P<slug>[0-9a-f]{20})/open/$", views.open_page, name="open"),
    path("open/", views.open_anywhere, name="open-anywhere"),
]
