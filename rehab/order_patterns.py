"""Figures and turns of speech of a therapy order, as patterns over plain text. Pure."""

import re

# --- figures --------------------------------------------------------------------------------------

NUMBER = (
    r"(?:\d+(?:[.,]\d+)?|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty"
    r"|thirty|half)\b)"
)
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
COUNT = re.compile(NUMBER)
UNIT = (
    r"(?:reps?|sets?|repetitions?|secs?|seconds?|min|mins|minutes?|lbs?|pounds?|kgs?|kilos?|deg|degrees?|cm"
    r"|mm|mmhg|inch|inches|feet|meters?|metres?|miles?|blocks?|laps?|flights?|lengths?|bouts?|rounds?"
    r"|watts?|breaths?|bpm|cycles?|levels? (?:up|higher))(?![a-z])"
)
SHORT_UNIT = (  # only behind a figure: “one in particular”, “phase 2 in due course” are no inches
    r"(?:x|×|s|['′]|°|in(?! (?:the|due|an?|his|her|my|your|about|order|\d))|ft|m|km|mph|km/h|w|g"
    r"|oz)(?![a-z])"
)
LOAD = re.compile(  # an amount of what is done: weight, length, angle, repetitions, short times, %
    rf"{NUMBER}\s?-?\s?(?:(?:clean|good|full|more|extra|slow) )?{UNIT}"
    rf"|\d\s?-?\s?{SHORT_UNIT}|\b(?:an?|another|one|third|extra) (?:more |extra )?"
    r"(?:set|rep|repetition|round|minute|pound|second|kilo|inch)\b|\bstep (?:higher|lower)\b"
    r"|[+−±]\s?\d|(?<!\w)-\d|\bby \d+(?:[.,]\d+)? ?%|\d ?% (?:per|a|each|every|of)\b|\d ?% ?/"
    r"|\d\s?[x×]\s?\d|\b(?:doubl|halv|tripl)\w+"
)
TIME = re.compile(
    rf"(?:{NUMBER}\s?(?:-|to)\s?)?{NUMBER}[\s-]?(?:more )?"
    r"(?:h|hrs?|hours?|d|days?|nights?|wks?|weeks?|mos?|mths?|months?|yrs?|years?|visits?|sessions?|pod)(?![a-z])"
    rf"|\b(?:weeks?|wks?|months?|days?|pod|visit)\s?{NUMBER}|\d{{1,2}}/\d{{1,2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s{MONTH}|\b{MONTH}[a-z]*\.?\s\d{{1,2}}"
    r"|\b(?:an?|few) (?:hour|day|week|fortnight|month)|\bfortnight"
)
RATED = re.compile(  # pain of 10, strength of 5, over or under a number, a scale with its number
    r"\d\s?(?:/|of|out of)\s?10\b|\b\d points?\b|[0-5][+-]?\s?/\s?5\b|(?<!-)[<>≤≥=]\s?\d|<=|>="
    r"|\b(?:over|above|past|under|below|beyond|exceeds?|than|reaches|passes)\s\d"
    r"|\b(?:nprs|nrs|vas|borg|rpe|hr|sbp|lsi|ndi|odi|tsk|bmi)\b\s?[a-z ]{0,12}\d"
)
WEEKLY = re.compile(  # how often therapy is, or over how long: not how much of it
    r"\b\d(?:\s?-\s?\d)?(?:\s?(?:x|times|sessions|visits)\s?(?:/|per|a|each)?|\s?(?:/|per|a|each))"
    r"\s?(?:wks?|weeks?|weekly)\b"
    rf"|\b(?:x|for|over|in|within|during|throughout) (?:the )?(?:next |course of )?{NUMBER}"
    r"(?:\s?(?:-|to)\s?\d+)?\s?(?:wk|week|month)s?\b"
    rf"|{NUMBER}\s?-?\s?(?:week|month) (?:course|program|programme|block|period|plan)\b"
)
COURSE = re.compile(  # so many weeks or visits of therapy
    rf"(?:\b(?:more|less|longer) than |\b(?:over|after|within|in|for) )?{NUMBER}"
    r"(?:\s?(?:-|to)\s?\d+)?\s?(?:wk|week|month|mo|visit|session)s?\b"
)
PLACE = (
    r"(?:leg|knee|arm|elbow|hand|foot|calf|thigh|buttock|groin|ankle|wrist|shoulder|toe|finger)s?"
)
RADIATES = re.compile(
    r"\b(?:down|into|below|past|beyond|distal to|above) "
    rf"(?:(?:the|an?|his|her|one|either|left|right) )*{PLACE}\b"
)
AGE = re.compile(r"\b\d{2}[ -]?(?:yo|yrs?|y[/ ]o|years?(?: old)?|year old|[fm])\b|\baged \d{2}\b")
ROOT = re.compile(r"\b[clst]\d{1,2}(?:\s?[-/]\s?[clst]?\d{1,2})*\b")


# --- turns of speech ------------------------------------------------------------------------------

SENTENCE = re.compile(r"[.;!?](?:\s|$)")
# Said of a list that goes on somewhere else: what is named beside it needs company.
VAGUE = re.compile(
    r"\b(?:stuff|etc|whatever|whichever|or so|and such|and the like|you know|as you see fit"
    r"|your call|or similar|of choice|type things?)\b"
)
# A limb brought back into use.
USE = re.compile(
    r"\buse (?:the |her |his )?(?:\w+ )?(?:arm|hand|leg|foot|limb)\b|\b(?:hand|arm|limb) use\b"
)
# What makes an exercise of a muscle.
MUSCLE_WORK = re.compile(
    r"\b(?:stretch\w*|iso\w*|activat\w*|sets?|release|squeeze\w*|contract\w*)\b"
)
# Sets of an unsaid number, levels, sessions: no dose.
SETS_ALONE = re.compile(
    rf"^\D*{NUMBER}(?:\s?(?:-|to|or)\s?{NUMBER})?\s?(?:sets?|sessions?|visits?)\b(?=\D*$)"
    r"|^(?:a )?few sets\b|\b\d+ish\b|\blevels? \d(?:\s?-\s?\d)?"
)
# The dose of what is worn.
WHEN = re.compile(r"\b(?:each|every|per|on|off|at|during|while|when)\b")
# Counted by occasions.
OCCASION = re.compile(
    r"\b(?:each|every|per) (?:time|hour|meal|night|waking hour|trip|transfer|turn|step)\b"
    r"|\bhourly\b"
)
# Bands.
COLOURS = re.compile(r"\b(?:tan|yellow|red|green|blue|black|silver|gold)\b")
# What has to hold first, as far as the next comma.
CONDITION = re.compile(
    r"\b(?:when(?:ever)?|once|if|after|as soon as|as long as|until|till|unless|while|provided)\b"
    r"([^,.;:]*)"
)
# Nothing has to be avoided.
NOTHING = re.compile(
    r"(?:nothing|none|no (?:\w+ )?(?:restrictions?|precautions?|limits?|limitations?|concerns?))\b"
)
# An end that is no date.
FOR_GOOD = re.compile(
    r"\b(?:(?<!as )always|permanent\w*|indefinite\w*|for good|never|lifelong|for life|life of"
    r"|no end|d[/ ]?c|discharge|whole course|end of|throughout)\b"
)
OFF = re.compile(
    r"\b(?:out of|off|without)(?: the| a)? (?:sling|crutch|cane|brace|boot|collar|cast|splint)"
)
# Somebody says so, nobody knows when.
CLEARED = re.compile(r"\b(?:clear(?:s|ed|ance)?|surgeon ok|ok from|released?)\b")
# Free of pain in something named: can be asked and seen.
FREE = re.compile(
    r"\b(?:(?:no|without|free of) (?:more )?(?:\w+ )?(?:pain|symptoms?)|pain ?free|painless"
    r"|neg(?:ative)?|no longer (?:provokes?|hurts?|reproduces?|brings? on|causes?)|no deficits?"
    r"|(?:does|do)(?:n't| not) (?:hurt|provoke)|in writing"
    r"|moves (?:all|every|the|his|her|own) \w+)\b"
)
# “Healed” of nothing that can be looked at.
HEALED = re.compile(
    r"^(?!.*\b(?:wound|incision|scar|skin|bone|fracture|graft)).*\b(?:heal|recover)"
)
# A test's result: what was found, not what to do.
FOUND = re.compile(
    r"\b(?:slr|straight leg raise|slump|compression|distraction|thigh thrust|spurlings?)"
    r"(?= ?(?:\+|pos|neg|test|sign|at \d|is ))"
)
# So much of a measure reached.
PERCENT = re.compile(r"\d ?%(?! (?:better|improve|of normal))")
# A device left off again.
LEFT_OFF = re.compile(r"\b(?:off|out of|away|wean\w*|without|discard|lose)\b")
# A part of the body that is as it should be.
QUIET = re.compile(r"\b(?:quiet|silent|dry|flat|symmetric\w*|equal|closed)\b")
# So many times without something.
WITHOUT = re.compile(
    r"\b(?:no|without|free of) (?:an? |more )?(?:\w+ )?"
    r"(?:pain|symptoms?|flares?|limp|ache|soreness|swelling|help|hands|rail|support|setback)\b"
)
# What a patient suddenly cannot do.
CANNOT = re.compile(
    r"\b(?:can ?not|can't|cant|unable to|not able to|fails to) (?:\w+ )?"
    r"(?:lift|stand|walk|bear|speak|talk|raise|grip|hold|feel|swallow|breathe|straighten|bend|sit"
    r"|weight|catch|put|turn|finish|use|move)\b"
)
# How long, how often within a day.
HOURS = re.compile(
    rf"{NUMBER}[\s-]?(?:h|hrs?|hours?|nights?|times)\b|\ban hour\b|\btwice\b"
    r"|\bnext (?:day|morning)\b|\bovernight\b"
)
