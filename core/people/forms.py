"""What registration asks for, as typed forms: each reads its fields and says what to correct.

They never save; core/people/services/sheets.py does. A date is typed as 03/14/1974, 03141974 or
14 Mar 1974, a phone number with its area code.
"""

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.db.models import Model, Q

from core.accounts.models import User
from core.people.fields import Part, shows
from core.people.models import (
    Allergy,
    Comorbidity,
    Consent,
    Coverage,
    Episode,
    Patient,
    PatientContact,
    Payer,
    PayerClass,
)
from core.people.names import (
    ON_THE_CHART,
    birth_date_of,
    phone_dialled,
    phone_e164,
    phone_words,
    why_no_phone,
)

if TYPE_CHECKING:  # generic only for the type checker
    ModelForm = forms.ModelForm[Any]
    PayerField = forms.ModelChoiceField[Payer]
    CoverageField = forms.ModelChoiceField[Coverage]
else:
    ModelForm, PayerField, CoverageField = (
        forms.ModelForm,
        forms.ModelChoiceField,
        forms.ModelChoiceField,
    )

FAR = dt.date(2199, 12, 31)


class DateTyped(forms.CharField):
    """A day in any of the spellings people type."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=20, **more)
        self.widget.attrs |= {"inputmode": "numeric", "placeholder": "MM/DD/YYYY"}

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%m/%d/%Y}" if isinstance(value, dt.date) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        day = birth_date_of(text, today=FAR)
        if day is None:
            raise forms.ValidationError("Type the date as 03/14/1974 or 03141974.")
        return day


class PhoneTyped(forms.CharField):
    """A number as people write it, kept as E.164; `extension`: with its extension behind it."""

    def __init__(self, *, extension: bool = True, **more: Any) -> None:
        super().__init__(max_length=40, **more)
        self.extension = extension
        self.widget = forms.TextInput(attrs={"type": "tel", "inputmode": "tel"})

    def prepare_value(self, value: Any) -> Any:
        return phone_words(value) if value and str(value).startswith("+") else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return ""
        number = phone_dialled(text) if self.extension else phone_e164(text)
        if number is None:
            where = "It has at most 7 digits." if self.extension else ON_THE_CHART
            raise forms.ValidationError(why_no_phone(text, extension=where))
        return number


class Sheet(ModelForm):
    """One row of a registration. `viewer` reads no more of it than their role does."""

    error_css_class = "field--error"
    patient: Patient
    today: dt.date  # the clinic's day

    def __init__(
        self, *args: Any, patient: Patient, viewer: User, today: dt.date, **more: Any
    ) -> None:
        self.patient, self.today = patient, today
        super().__init__(*args, **more)
        self.set_up(viewer)
        for field in self.fields.values():
            field.widget.attrs.setdefault("autocomplete", "off")
        # The browser's own bubbles say less than our sentences do.
        self.use_required_attribute = False

    def set_up(self, viewer: User) -> None:
        """Choices and fields that depend on the patient or the viewer."""

    def groups(self) -> list[tuple[str, list[str], bool]]:
        """(legend, fields, shown from the start): how the form is laid out."""
        return [("", list(self.fields), True)]

    def not_ahead(self, name: str) -> None:
        """A day that has happened."""
        day = self.cleaned_data.get(name)
        if day and day > self.today:
            self.add_error(name, "That day lies in the future. Please check.")

    def validate_unique(self) -> None:
        """Asked in the service, under the lock."""

    def validate_constraints(self) -> None:
        """Likewise."""

    @property
    def words(self) -> dict[str, dict[Any, str]]:
        """Field → value → what a person reads."""
        return {
            name: {
                key: str(label) for key, label in self._meta.model._meta.get_field(name).flatchoices
            }
            for name in self.fields
            if self._meta.model._meta.get_field(name).choices
        }

    @property
    def labels(self) -> dict[str, str]:
        return {name: str(field.label) for name, field in self.fields.items()}


class Identity(Sheet):
    birth_date = DateTyped(label="Date of birth")
    phone = PhoneTyped(label="Phone", required=False, extension=False)

    class Meta:
        model: ClassVar[type[Model]] = Patient
        fields = (
            "given_name", "family_name", "preferred_name", "birth_date", "sex", "pronouns",
            "phone", "email", "address", "city", "state", "postal_code", "language", "interpreter",
            "contact_by", "may_voicemail", "may_text", "may_email",
        )  # fmt: skip
        labels: ClassVar = {
            "given_name": "First name", "family_name": "Last name",
            "preferred_name": "Wants to be called", "sex": "Sex, as the insurer has it",
            "email": "E-mail", "postal_code": "ZIP code", "address": "Street and number",
            "interpreter": "Needs an interpreter", "contact_by": "Reach them first by",
            "may_voicemail": "May leave a voicemail", "may_text": "May text reminders",
            "may_email": "May e-mail reminders",
        }  # fmt: skip

    def clean_birth_date(self) -> dt.date:
        born: dt.date = self.cleaned_data["birth_date"]
        if born > self.today:
            raise forms.ValidationError("The date of birth lies in the future. Please ask again.")
        return born

    def clean(self) -> dict[str, Any] | None:
        given = self.cleaned_data
        if given.get("may_email") and not given.get("email"):
            self.add_error("email", "Write the e-mail address, or take the tick off.")
        if (given.get("may_text") or given.get("may_voicemail")) and not given.get("phone"):
            self.add_error("phone", "Write the phone number, or take the tick off.")
        return given


class ContactSheet(Sheet):
    phone = PhoneTyped(label="Phone")

    class Meta:
        model: ClassVar[type[Model]] = PatientContact
        fields = ("name", "relation", "phone", "email", "emergency", "may_be_told")
        labels: ClassVar = {
            "email": "E-mail", "emergency": "Phone in an emergency",
            "may_be_told": "The patient agrees that we tell this person about their care",
        }  # fmt: skip


class AllergySheet(Sheet):
    class Meta:
        model: ClassVar[type[Model]] = Allergy
        fields = ("substance", "reaction", "severity")
        labels: ClassVar = {"substance": "Allergic to", "reaction": "What happens"}


class ComorbiditySheet(Sheet):
    class Meta:
        model: ClassVar[type[Model]] = Comorbidity
        fields = ("words", "since")
        labels: ClassVar = {"words": "Condition", "since": "Since when, as told"}


class ConsentSheet(Sheet):
    signed_on = DateTyped(label="Signed on")
    expires_on = DateTyped(label="Ends on", required=False)

    class Meta:
        model: ClassVar[type[Model]] = Consent
        fields = (
            "kind", "signed_by", "signed_as", "method", "witness", "signed_on", "expires_on",
            "party", "scope",
        )  # fmt: skip
        labels: ClassVar = {
            "kind": "What was signed", "signed_by": "Signed by (full name)",
            "signed_as": "Signs for the patient as", "method": "How",
            "party": "Release: from or to whom", "scope": "Release: which records",
        }  # fmt: skip
        help_texts: ClassVar = {
            "signed_as": "Leave empty when the patient signs. Else: parent, guardian, attorney …",
            "witness": "Who heard it, when it was said and not signed",
            "party": "“Any provider who treated me”, or names",
        }  # fmt: skip

    def clean(self) -> dict[str, Any] | None:
        given = self.cleaned_data
        self.not_ahead("signed_on")
        signed, ends = given.get("signed_on"), given.get("expires_on")
        if signed and ends and ends < signed:
            self.add_error("expires_on", "It cannot end before it was signed.")
        if given.get("method") == Consent.Method.VERBAL and not given.get("witness"):
            self.add_error("witness", "Write who heard it.")
        if given.get("kind") == Consent.Kind.RELEASE:
            for name, what in (("party", "whom it names"), ("scope", "which records it covers")):
                if not given.get(name):
                    self.add_error(name, f"A release says {what}. Write it as it stands there.")
        return given


class PayerChoice(PayerField):
    def label_from_instance(self, obj: Payer) -> str:
        return f"{obj.name} ({PayerClass(obj.payer_class).label})"


CLAIM = ("claim_number", "injured_on", "employer", "adjuster_name", "adjuster_phone",
         "adjuster_email", "case_manager_name", "case_manager_phone",
         "case_manager_email")  # fmt: skip


class CoverageSheet(Sheet):
    """Insurance, or with `claim` a workers' compensation claim."""

    payer = PayerChoice(queryset=Payer.objects.none(), empty_label="Choose one")
    subscriber_birth_date = DateTyped(label="Subscriber’s date of birth", required=False)
    starts_on = DateTyped(label="From", required=False)
    ends_on = DateTyped(label="Until", required=False)
    injured_on = DateTyped(label="Date of injury", required=False)
    adjuster_phone = PhoneTyped(label="Adjuster’s phone", required=False)
    case_manager_phone = PhoneTyped(label="Case manager’s phone", required=False)

    class Meta:
        model: ClassVar[type[Model]] = Coverage
        fields = (
            "payer", "priority", "plan", "member_id", "group_number", "subscriber",
            "subscriber_name", "subscriber_birth_date", "starts_on", "ends_on", *CLAIM,
        )  # fmt: skip
        labels: ClassVar = {
            "priority": "Order (1 is billed first)", "member_id": "Member ID",
            "subscriber": "Whose insurance it is", "subscriber_name": "Subscriber’s name",
            "claim_number": "Claim number", "adjuster_name": "Adjuster",
            "adjuster_email": "Adjuster’s e-mail", "case_manager_name": "Case manager",
            "case_manager_email": "Case manager’s e-mail",
        }  # fmt: skip

    def set_up(self, viewer: User) -> None:
        payers = Payer.objects.filter(clinic=self.patient.clinic_id)
        standing = self.instance.payer_id
        chosen = self.fields["payer"]
        assert isinstance(chosen, forms.ModelChoiceField)  # noqa: S101 - declared above
        chosen.queryset = (
            payers.filter(active=True) | payers.filter(pk=standing)
            if standing
            else payers.filter(active=True)
        ).order_by("name")

    def groups(self) -> list[tuple[str, list[str], bool]]:
        own = [name for name in self.fields if name not in CLAIM]
        used = any(self[name].value() or name in self.errors for name in CLAIM)
        return [("", own, True), ("Work injury: the claim and who handles it", list(CLAIM), used)]

    def clean(self) -> dict[str, Any] | None:
        given = self.cleaned_data
        self.not_ahead("injured_on")
        payer = given.get("payer")
        starts, ends = given.get("starts_on"), given.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", "It cannot end before it starts.")
        if not payer:
            return given
        if payer.payer_class == PayerClass.WORKERS_COMP:
            for name, what in (("injured_on", "the date of injury"), ("employer", "the employer")):
                if not given.get(name):
                    self.add_error(name, f"A work injury needs {what}.")
        elif payer.payer_class != PayerClass.SELF_PAY and not given.get("member_id"):
            self.add_error("member_id", "Write the member ID from the card.")
        insured = payer.payer_class not in {PayerClass.WORKERS_COMP, PayerClass.SELF_PAY}
        theirs = given.get("subscriber") == Coverage.Subscriber.SELF
        if insured and not theirs and not given.get("subscriber_name"):
            self.add_error("subscriber_name", "Write whose insurance it is.")
        return given


class CoverageChoice(CoverageField):
    def label_from_instance(self, obj: Coverage) -> str:
        number = obj.claim_number or obj.member_id
        return f"{obj.payer.name}{f', {number}' if number else ''}"


class ProblemSheet(Sheet):
    flared_on = DateTyped(label="Last flare began on", required=False)
    coverage = CoverageChoice(
        queryset=Coverage.objects.none(), required=False, empty_label="Not said yet",
        label="Paid by",
    )  # fmt: skip

    class Meta:
        model: ClassVar[type[Model]] = Episode
        fields = ("problem", "region", "side", "work", "flared_on", "coverage")
        labels: ClassVar = {"region": "Where", "work": "Work"}
        help_texts: ClassVar = {
            "problem": "In a few words, as the patient or the referrer says it",
        }

    def set_up(self, viewer: User) -> None:
        paid = self.fields["coverage"]
        assert isinstance(paid, forms.ModelChoiceField)  # noqa: S101 - declared above
        standing = Q(pk=self.instance.coverage_id) if self.instance.coverage_id else Q(pk=None)
        paid.queryset = (
            self.patient.coverages.filter(Q(ended_at=None) | standing)
            .select_related("payer")
            .order_by("priority")
        )
        if not self.instance._state.adding and not shows(viewer, Part.PROBLEM):
            del self.fields["problem"], self.fields["work"]

    def clean(self) -> dict[str, Any] | None:
        self.not_ahead("flared_on")
        return self.cleaned_data


class StatusSheet(Sheet):
    status_on = DateTyped(label="Since", required=False)

    class Meta:
        model: ClassVar[type[Model]] = Patient
        fields = ("status", "status_on", "status_note")
        labels: ClassVar = {"status_note": "Note"}

    def clean(self) -> dict[str, Any] | None:
        given = self.cleaned_data
        self.not_ahead("status_on")
        over = given.get("status") not in (None, Patient.Status.ACTIVE)
        if over and not given.get("status_on") and "status_on" not in self.errors:
            self.add_error("status_on", "Write since when.")
        return given
