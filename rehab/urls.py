"""Addresses of rehab."""

from django.urls import path

from rehab import update_views

app_name = "rehab"
urlpatterns = [
    path("plans/<uuid:pk>/update", update_views.write_update, name="write_update"),
    path("plans/<uuid:pk>/updates/", update_views.updates, name="updates"),
]
