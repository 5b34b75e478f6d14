"""Routes of imports."""

from django.urls import path

from core.importing import views

app_name = "importing"
urlpatterns = [
    path("", views.imports, name="imports"),
    path("<uuid:pk>/", views.batch, name="batch"),
    path("<uuid:pk>/columns", views.columns, name="columns"),
    path("<uuid:pk>/check", views.check, name="check"),
    path("<uuid:pk>/choose", views.choose, name="choose"),
    path("<uuid:pk>/commit", views.commit, name="commit"),
    path("<uuid:pk>/undo", views.undo, name="undo"),
    path("<uuid:pk>/discard", views.discard, name="discard"),
]
