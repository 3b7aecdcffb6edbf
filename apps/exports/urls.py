from django.urls import path

from apps.exports import views

app_name = "exports"
urlpatterns = [
    path("exports/", views.exports, name="exports"),
    path("exports/new/", views.new, name="new"),
    path("exports/<int:pk>/", views.export, name="export"),
    path("exports/<int:pk>/files/<int:file>/", views.file, name="file"),
    path("exports/<int:pk>/pause/", views.pause, name="pause"),
    path("exports/<int:pk>/resume/", views.resume, name="resume"),
    path("exports/<int:pk>/stop/", views.stop, name="stop"),
    path("exports/<int:pk>/retry/", views.retry, name="retry"),
    path("exports/<int:pk>/drop/", views.drop, name="drop"),
]
