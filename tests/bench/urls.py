"""The portal's addresses, and one that does nothing: what a page costs before it says anything."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from lockss_portal.urls import urlpatterns as portal


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path("bench/empty/", empty), *portal]
