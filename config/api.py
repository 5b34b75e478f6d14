"""The API's routes. Every view declares its access per method; what declares nothing is refused."""

from typing import ClassVar

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from core.accounts.access import DeclaredAccess
from core.accounts.permissions import Perm
from core.people import api as people
from intake import api as intake
from messaging import api as messaging
from outcomes import api as outcomes
from rehab import api as rehab


class SchemaView(SpectacularAPIView):
    """OpenAPI, for signed-in people."""

    access: ClassVar[dict[str, Perm]] = {"get": Perm.HOME_VIEW}
    permission_classes = (DeclaredAccess,)


class DocsView(SpectacularSwaggerSplitView):
    """The schema as a page; its script comes from this origin."""

    access: ClassVar[dict[str, Perm]] = {"get": Perm.HOME_VIEW}
    permission_classes = (DeclaredAccess,)
    http_method_names = ("get", "head")  # a page has no OPTIONS of its own
    template_name = "api/docs.html"  # without the inline style our CSP refuses


urlpatterns = [
    path("schema", SchemaView.as_view(), name="schema"),
    path("docs", DocsView.as_view(url_name="schema"), name="docs"),
    path("v1/triage/evaluate", intake.EvaluateView.as_view(), name="api_evaluate"),
    path("v1/patients/search", people.PatientSearchView.as_view(), name="api_patient_search"),
    path("v1/patients/<uuid:pk>", people.PatientView.as_view(), name="api_patient"),
    path("v1/calls", intake.CallsView.as_view(), name="api_calls"),
    path("v1/calls/<uuid:pk>", intake.CallView.as_view(), name="api_call"),
    path("v1/calls/<uuid:pk>/answers", intake.AnswersView.as_view(), name="api_answers"),
    path("v1/calls/<uuid:pk>/actions", intake.ActionsView.as_view(), name="api_actions"),
    path("v1/calls/<uuid:pk>/close", intake.CloseView.as_view(), name="api_close"),
    path("v1/work-items", messaging.WorkItemsView.as_view(), name="api_work_items"),
    path(
        "v1/work-items/<uuid:pk>/close",
        messaging.WorkItemCloseView.as_view(),
        name="api_work_item_close",
    ),
    path(
        "v1/surveys/<slug:metric>/score",
        outcomes.SurveyScoreView.as_view(),
        name="api_survey_score",
    ),
    path("v1/measurements", outcomes.MeasurementsView.as_view(), name="api_measurements"),
    path("v1/restrictions", rehab.RestrictionsView.as_view(), name="api_restrictions"),
    path("v1/plans", rehab.PlansView.as_view(), name="api_plans"),
    path("v1/plans/<uuid:pk>", rehab.PlanView.as_view(), name="api_plan"),
    path("v1/threads", messaging.ThreadsView.as_view(), name="api_threads"),
    path("v1/threads/<uuid:pk>", messaging.ThreadView.as_view(), name="api_thread"),
]
