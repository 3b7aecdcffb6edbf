from django.urls import path

from apps.exports import views_imports as views

app_name = "imports"
urlpatterns = [
    path("imports/", views.imports, name="imports"),
    path("imports/packages/", views.packages, name="packages"),
    path("imports/packages/act/", views.packages_act, name="packages-act"),
    path("imports/packages/<int:pk>/", views.package, name="package"),
    path("imports/<int:pk>/", views.import_, name="import"),
    path("imports/<int:pk>/pause/", views.pause, name="pause"),
    path("imports/<int:pk>/resume/", views.resume, name="resume"),
    path("imports/<int:pk>/stop/", views.stop, name="stop"),
    path("imports/<int:pk>/retry/", views.retry, name="retry"),
]
