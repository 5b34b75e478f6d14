"""Routes of the ledger."""

from django.urls import path

from outcomes import survey_views, views

app_name = "outcomes"
urlpatterns = [
    path("patients/<uuid:pk>/measures/", views.measures, name="measures"),
    path("patients/<uuid:pk>/measures/new", views.add, name="add"),
    path("patients/<uuid:pk>/surveys/<slug:metric>", survey_views.survey, name="survey"),
    path("measures/<uuid:pk>/", views.series, name="series"),
    path("measures/<uuid:pk>/wrong", views.wrong, name="wrong"),
]
