"""Invented people for the large demo sizes: accents, hyphens, apostrophes, namesakes.

Names are picked with a long tail, so a clinic has many of the first and few of the last, as a real
one has. Every phone number is from the range kept free for fiction (555-0100 to 555-0199).
"""

import random
from bisect import bisect
from itertools import accumulate

FEMALE = """
Mary Maria Linda Susan Patricia Jennifer Ana Karen Margaret Lisa Dorothy Nancy Betty Sandra Ashley
Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Laura Helen Sharon Cynthia
Kathleen Amy Shirley Angela Anna Ruth Brenda Pamela Nicole Katherine Virginia Catherine Christine
Samantha Debra Janet Rachel Carolyn Emma Diane Heather Julie Joyce Victoria Kelly Christina Lauren
Joan Evelyn Olivia Judith Megan Cheryl Andrea Hannah Martha Jacqueline Frances Gloria Teresa
Kathryn Sara Janice Jean Alice Julia Grace Priya Aisha Fatima Mei Yuki Ngozi Amara Zainab Lakshmi
Svetlana Ingrid Chiara Zoë Chloé Renée Inés Sofía Lucía Elena José-Marie Anne-Marie Mary-Jo Ji-woo
Siobhán Aoife Łucja Zuzana Noémie Thu-Hà D'Ann
""".split()  # noqa: SIM905 - a list of names reads best as text
MALE = """
James John Robert Michael William David Richard Joseph Thomas Charles Jose Christopher Daniel
Matthew Anthony Mark Donald Steven Paul Andrew Joshua Kenneth Kevin Brian George Edward Ronald
Timothy Jason Jeffrey Ryan Jacob Gary Nicholas Eric Jonathan Stephen Larry Justin Scott Brandon
Benjamin Samuel Gregory Frank Alexander Raymond Patrick Jack Dennis Jerry Tyler Aaron Henry
Douglas Peter Adam Nathan Zachary Walter Kyle Harold Carl Jeremy Keith Roger Gerald Ethan Arthur
Terry Luis Carlos Juan Miguel Rafael Hiroshi Wei Arjun Mohammed Omar Kwame Chidi Dmitri Björn José
André Jesús Iñaki François Jean-Luc Jean-Paul Søren Tomáš Mikołaj Seán D'Andre Đức Youssef
Abdul-Rahman
""".split()  # noqa: SIM905 - likewise
FAMILY = """
Smith Johnson Garcia Williams Brown Jones Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez
Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark
Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams
Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker
Cruz Edwards Collins Reyes Stewart Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper
Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez Wood James
Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster
Jimenez Powell Jenkins Perry Russell Sullivan Bell Coleman Butler Henderson Barnes Gonzales Fisher
Vasquez Simmons Romero Jordan Patterson Alexander Hamilton Graham Reynolds Griffin Wallace Moreno
West Cole Hayes Bryant Herrera Gibson Ellis Tran Medina Aguilar Stevens Murray Ford Castro
Marshall Owens Harrison Fernandez McDonald Woods Washington Kennedy Wells Vargas Henry Chen
Freeman Webb Tucker Guzman Burns Crawford Olson Simpson Porter Hunter Gordon Mendez Silva Shaw
Snyder Mason Dixon Munoz Hunt Hicks Holmes Palmer Wagner Black Robertson Boyd Stone Salazar Fox
Warren Mills Meyer Rice Schmidt Garza Daniels Ferguson Nichols Stephens Soto Weaver Ryan Gardner
Payne Grant Dunn Okafor Mensah Diallo Adeyemi Haddad Nair Suzuki Tanaka Kowalski Nowak Petrov
Lindqvist Sørensen Núñez Peña Muñoz Ibáñez Gómez Müller Schröder Jørgensen Łukasik Dvořák Çelik
Þórsson O'Brien O'Connor O'Neill D'Angelo D'Souza N'Diaye Smith-Jones García-López Hale-Whitfield
Ortiz-Vega Lloyd-Price Abdul-Malik Al-Sayed El-Amin Van-Dyke St-Pierre MacLeod McBride Fitzgerald
Featherstonehaugh Wolfeschlegel Quintanilla-Rosenbaum Ng Wu Li Xu Ito Oh
""".split()  # noqa: SIM905 - likewise

AREAS = (
    205,
    209,
    212,
    216,
    224,
    251,
    262,
    303,
    309,
    312,
    314,
    319,
    331,
    402,
    414,
    419,
    469,
    502,
    515,
    563,
    605,
    608,
    612,
    618,
    630,
    641,
    701,
    708,
    712,
    715,
    773,
    815,
    847,
    872,
    920,
)

PROBLEMS = (
    ("low_back", "Low back pain with left leg symptoms"), ("low_back", "Lumbar stenosis"),
    ("low_back", "Low back pain after lifting"), ("neck", "Neck pain with arm symptoms"),
    ("neck", "Neck pain after a collision"), ("shoulder", "Rotator cuff related shoulder pain"),
    ("shoulder", "Frozen shoulder"), ("knee", "Knee osteoarthritis"),
    ("knee", "Knee pain after surgery"), ("hip", "Hip osteoarthritis"),
    ("mid_back", "Mid back pain"), ("other", "Persistent pain after an ankle fracture"),
)  # fmt: skip
WORK = ("", "", "Warehouse", "Teacher", "Nurse aide", "Driver", "Retired", "Office", "Contractor")
ASKS = (
    ("Weekly scores", "Please send this week's function measures before Thursday."),
    ("Walking time", "Walks 20 minutes now, was 12. May I add stairs next week?"),
    ("Imaging", "The report has come; please read it before the next visit."),
    ("Work note", "Asks for a note about lifting at work. Who writes it?"),
    ("Sleep", "Sleeps four hours a night. Can we talk about it at the huddle?"),
    ("Home programme", "Has stopped the exercises since Monday; please ring before the visit."),
    ("Appointment", "Cannot come on Tuesday; please offer the week after."),
    ("Question about the plan", "Wants to know why the load went down. Please explain."),
)


class Tail:
    """Picks from a list with a long tail: about one in fifty is the first, as in a real clinic."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.steps = list(accumulate(1 / (rank + 20) for rank in range(len(words))))

    def pick(self, dice: random.Random) -> str:
        return self.words[bisect(self.steps, dice.random() * self.steps[-1])]


female, male, family = Tail(FEMALE), Tail(MALE), Tail(FAMILY)


def name_of(dice: random.Random, sex: str) -> tuple[str, str]:
    """(given, family); one in thirty carries two given names or two family names."""
    given = (male if sex == "male" else female).pick(dice)
    surname = family.pick(dice)
    odd = dice.random()
    if odd < 0.02:
        given = f"{given} {(male if sex == 'male' else female).pick(dice)}"
    elif odd < 0.035 and "-" not in surname:
        surname = f"{surname}-{family.pick(dice)}"
    return given, surname


def phone_of(dice: random.Random) -> str:
    return f"+1{dice.choice(AREAS)}55501{dice.randrange(100):02}"
