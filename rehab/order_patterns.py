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
    r"|mls?|cc|watts?|breaths?|bpm|cycles?|levels? (?:up|higher))(?![a-z])"
)
SHORT_UNIT = (  # only behind a figure: “one in particular”, “phase 2 in due course” are no inches
    r"(?:x|×|s|['′]|°|in(?! (?:the|due|an?|his|her|my|your|about|order|\d))|ft|m|km|mph|km/h|w|g"
    r"|oz)(?![a-z])"
)
LOAD = re.compile(  # an amount of what is done: weight, length, angle, repetitions, short times, %
    rf"{NUMBER}\s?-?\s?(?:(?:clean|good|full|more|extra|slow) )?{UNIT}"
    rf"|\d\s?-?\s?{SHORT_UNIT}|\b(?:an?|another|one|third|extra) (?:more |extra )?"
    r"(?:set|rep|repetition|round|minute|pound|second|kilo|inch)\b|\bstep (?:higher|lower)\b"
    r"|\d\s?#"
    r"|[+−±]\s?\d|(?<!\w)-\d|\bby \d+(?:[.,]\d+)? ?%|\d ?% (?:per|a|each|every|of)\b|\d ?% ?/"
    r"|\d\s?[x×]\s?\d|\b(?:doubl|halv|tripl)\w+"
)
WEIGHT = re.compile(rf"{NUMBER}\s?-?\s?(?:lbs?|pounds?|kgs?|kilos?)\b")
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
    r"\b(?:biopsychosocial\w*|holistic\w*|(?:person|patient|client) cent(?:er|re)d"
    r"|(?:relevant|contributing|associated|identified) (?:deficits?|impairments?|factors?|regions?)"
    r"|affected (?:areas?|regions?|structures?|tissues?)|stuff|etc|whatever|whichever|or so"
    r"|and such|and the like|you know|as you see fit"
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
    r"(?:nothing|none|nil|unrestricted|not restricted|free to do"
    r"|no (?:\w+ )?(?:restrictions?|precautions?|limits?|limitations?|concerns?)"
    r"|(?:everything|(?:all|any|every) (?:movements?|motions?|activit\w+|exercises?|loads?))"
    r" (?:(?:is|are) )?(?:allowed|permitted|safe|fine|ok|free))\b"
)
# Sparing oneself is what is avoided.
RESTING = re.compile(
    r"(?:(?:too much|prolonged|complete|more) )?"
    r"(?:bed ?rest|resting|rest (?:up|in bed|all)|inactiv\w+"
    r"|(?:lying|staying) (?:about|around|in bed|down all))\b"
)
# Stretching as such, without “aggressive” or “too much”.
STRETCHING = re.compile(r"(?:all |any |every )?(?:passive |static )?stretch(?:es|ing)?\b(?! too\b)")
# A kind of thing behind its name.
KIND = re.compile(r"\b(?:position|posture|movement|motion|task)s?$")
# How a joint is moved: a part of the body moved so is a movement.
EFFORT = re.compile(r"\b(?:active|passive|resisted|loaded)\b")
ALLOWED = re.compile(
    r"\b(?:allowed|permitted|encouraged|welcome|unrestricted|safe|fine|ok(?:ay)?|may"
    r"|included|free(?:ly)?(?! of))\b"
)
BECAUSE = re.compile(r"\b(?:because|since|given that|as (?:he|she|it|they|the)|due to)\b(.+)")
# An end that is no date.
FOR_GOOD = re.compile(
    r"\b(?:(?<!as )always|permanent\w*|permenant\w*|indefinite\w*|for good|never|for ?ever"
    r"|life ?long|for life|life of|rest of (?:the|his|her|their) li(?:fe|ves)"
    r"|no end|no limit|not at all"
    r"|not needed|(?:do not|don't) need|(?:skip|bin)(?: it| this| them)?"
    r"|d[/ ]?c|discharge|whole course|end of|throughout|at no time|not (?:any ?more|again)"
    r"|(?:do not|don't|not to(?: be)?) (?:ever |be )?"
    r"(?:re ?introduc\w*|resum\w*|restart\w*|bring\w* back|t(?:ake|aken) up|used? again|return\w*)"
    r"(?!.*\b(?:until|till|unless|before|without|yet|for now)\b))\b"
)
# A rung of a ladder, by its number.
RUNG = re.compile(r"\b(stage|phase|level|step)s?\s?(?:\d+|i{1,3}|iv|vi?)\b")
# Somebody who can be asked: a surgeon, a specialist, a name. “MD”, “doctor”, “PT” are nobody.
PERSON = (
    r"(?:(?:neuro ?)?surgeons?|(?:surgical|operating|transplant) team|orthop\w+|\w+ologists?"
    r"|obstetrician|midwife"
    r"|dr\.? (?!(?:says?|oks?|okays?|will|has|is|feels?|thinks?|lets?|or|and)\b"
    r"|clear|releas|lift|allow|permit|agree|approv)[a-z][a-z']+)"
)
CONSENT = (
    r"(?:clear(?:s|ed|ance)?|releas\w+|lift(?:s|ed)|allow(?:s|ed)?|permit(?:s|ted)?|permission"
    r"|agree\w*|approv\w+|sign(?:s|ed)? (?:\w+ )?off|says? (?:so|yes|ok|it|she|he|they)|lets"
    r"|word|say so|oks?|okay(?:s|ed)?|ok'd|confirm\w*|removes?|go ahead)"
)
CONSENTS = re.compile(
    rf"(?<!\bas )(?<!\bper )(?<!\bas the )(?<!\bper the )\b{PERSON}(?:'s)?"
    rf" (?:(?:has|have|had|gives?|given|it|the|an?|his|her|written|also) ){{0,3}}{CONSENT}\b"
    rf"|(?<!\bas )\b{CONSENT} (?:\w+ ){{0,2}}?(?:by|from|of) (?:(?:the|an?|his|her) )?{PERSON}\b"
)
OFF = re.compile(
    r"\b(?:out of|off|without)(?: the| a)? (?:sling|crutch|cane|brace|boot|collar|cast|splint)"
)
# Somebody says so, nobody knows when.
CLEARED = re.compile(r"\b(?:clear(?:s|ed|ance)?|surgeon ok|ok from|released?)\b")
# Free of pain in something named, or nothing brought on by it: can be asked and seen.
COMPLAINT = r"(?:pain|aches?|aching|symptoms?|sx|tingl\w+|numb\w*|paresthesias?|burning)"
FREE = re.compile(
    r"\b(?:(?:no|without|free of) (?:more )?(?:\w+ )?(?:pain|symptoms?)|pain ?free|painless"
    r"|neg(?:ative)?|no longer (?:provokes?|hurts?|reproduces?|brings? on)|no deficits?"
    r"|(?:does|do)(?:n't| not) (?:hurt|provoke)|in writing"
    r"|moves (?:all|every|the|his|her|own) \w+)\b"
    r"|\b(?:no longer|not|never|without|stop(?:s|ped)|ceases? to|doesn't|don't|isn't) (?:\w+ )?"
    r"(?:provok|hurt|reproduc|aggravat|irritat|trigger|bring\w* (?:\w+ )?on\b"
    rf"|(?:caus|produc|elicit|giv|set)\w* (?:off )?(?:\w+ ){{0,2}}{COMPLAINT}\b)"
)
# A complaint in a named limb, and none of it left: “gone”, not “settled”.
GONE = re.compile(
    rf"\b(?:{PLACE} {COMPLAINT}|\w+ (?:signs?|scarr?ing|scabs?|bruising|swelling|spasms?)"
    rf"(?: (?:at|in|of|on)(?: \w+){{1,3}}?)?) (?:(?:is|are|has|have|been|was|all) )*"
    r"(?:gone|absent|nil|none|zero|abolished|vanished|disappeared)\b"
)
# A complaint that was not there before, in a limb.
NEW_AT = re.compile(
    rf"\b(?:new|never felt|unfamiliar) (?:\w+ )?(?:{PLACE} {COMPLAINT}"
    rf"|{COMPLAINT} (?:in|at|on|of) (?:(?:the|an?|his|her|either|other|left|right) )*{PLACE})\b"
    rf"|\b{PLACE} {COMPLAINT} \(?(?:(?:that|which|is|was) )*"
    r"(?:new|not there before|none (?:now|so far|today|yet)|never had)\b"
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
