from django.urls import path

from apps.crawls import views

app_name = "crawls"
urlpatterns = [
    path("", views.crawls, name="crawls"),
    path("<int:pk>/", views.crawl, name="crawl"),
]
