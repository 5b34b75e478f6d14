"""Routes of documents."""

from django.urls import path

from core.documents import refile_views, views

app_name = "documents"
urlpatterns = [
    path("patients/<uuid:pk>/documents/", views.chart_documents, name="chart"),
    path("patients/<uuid:pk>/documents/upload", views.upload, name="upload"),
    path("documents/refiled/", refile_views.refiled, name="refiled"),
    path("documents/<uuid:pk>/", views.document_page, name="document"),
    path("documents/<uuid:pk>/pages/<int:number>", views.page, name="page"),
    path("documents/<uuid:pk>/file", views.file, name="file"),
    path("documents/<uuid:pk>/classify", views.classify, name="classify"),
    path("documents/<uuid:pk>/review", views.review, name="review"),
    path("documents/<uuid:pk>/refile", refile_views.refile_page, name="refile"),
    path("documents/<uuid:pk>/refile/find", refile_views.find, name="find"),
    path("documents/<uuid:pk>/refile/move", refile_views.move, name="move"),
]
