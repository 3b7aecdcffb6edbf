from django.urls import path, re_path

from apps.delivery import (
    views,
    views_openurl,
    views_proxies,
    views_readers,
    views_serving,
    views_triggers,
)

app_name = "delivery"
AU = r"^serving/aus/(?P<slug>[0-9a-f]{20})/"
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
    path("serving/", views_serving.serving, name="serving"),
    path("serving/network/", views_serving.of_network, name="of-network"),
    path("serving/network/say/", views_serving.say_of_network, name="say-of-network"),
    path("serving/publishers/<int:pk>/", views_serving.of_publisher, name="of-publisher"),
    path("serving/publishers/<int:pk>/say/", views_serving.say_of_publisher, name="say-of-publisher"),
    path("serving/titles/<int:pk>/", views_serving.of_title, name="of-title"),
    path("serving/titles/<int:pk>/say/", views_serving.say_of_title, name="say-of-title"),
    path("serving/titles/<int:pk>/trigger/", views_triggers.propose_for_title, name="propose-for-title"),
    re_path(rf"{AU}$", views_serving.of_au, name="of-au"),
    re_path(rf"{AU}say/$", views_serving.say_of_au, name="say-of-au"),
    re_path(rf"{AU}trigger/$", views_triggers.propose_for_au, name="propose-for-au"),
    path("serving/readers/", views_readers.readers, name="readers"),
    path("serving/readers/keep/", views_readers.readers_keep, name="readers-keep"),
    path("serving/proxies/new/", views_readers.proxy_new, name="proxy-new"),
    path("serving/proxies/<int:pk>/", views_readers.proxy, name="proxy"),
    path("serving/proxies/<int:pk>/remove/", views_readers.proxy_remove, name="proxy-remove"),
    path("serving/triggers/", views_triggers.triggers, name="triggers"),
    path("serving/triggers/<int:pk>/", views_triggers.trigger, name="trigger"),
    path("serving/triggers/<int:pk>/confirm/", views_triggers.confirm, name="trigger-confirm"),
    path("serving/triggers/<int:pk>/withdraw/", views_triggers.withdraw, name="trigger-withdraw"),
    path("serving/triggers/<int:pk>/urls.csv", views_triggers.trigger_urls, name="trigger-urls"),
]
