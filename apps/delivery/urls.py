from django.urls import path, re_path

from apps.delivery import views, views_openurl, views_proxies

app_name = "delivery"
urlpatterns = [
    re_path(r"^aus/(?P<slug>[0-9a-f]{20})/open/$", views.open_page, name="open"),
    re_path(r"^aus/(?P<slug>[0-9a-f]{20})/audit/$", views_proxies.audit, name="audit"),
    path("proxies/", views_proxies.proxies, name="proxies"),
    path("proxies/lines/", views_proxies.lines, name="proxy-lines"),
    path("proxies/certificate/", views_proxies.certificate, name="proxy-certificate"),
    path("proxies/certificate/file/", views_proxies.certificate_file, name="proxy-certificate-file"),
    path("openurl/", views_openurl.openurl, name="openurl"),
    path("openurl/target/", views_openurl.target, name="openurl-target"),
    path("open/", views.open_anywhere, name="open-anywhere"),
]
