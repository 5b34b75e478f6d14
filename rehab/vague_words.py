"""Words that fit every therapy order and so say nothing in one (order_evidence.py)."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Grammar, hedges, deferrals: nothing is said by them in any part.
EMPTY = _words("""
a able abnormal abnormality about above accept acceptable acceptably accepted accordance
according accordingly across acute adapt adapted additional address adjust advance advancement
advised again agreeable all allow allowed along also am amount an and any anything applicable
apply approach appropriate are area arise around as ascertain aspect at attention available aware
based baseline basic be because been before being believe below benefit best best-practice better
between beyond bit both but by call calm can capacity care careful case caution cautious
cautiously choice clear cleared clinic clinical clinician colleague comfort comfortable common
complaint comprehensive concern concerned condition confidence confident conservative consider
continue contraindicated could course current customary customized decide decided deem defer
deficit degree department depend desired determine diagnosis different discretion discretionary
discuss disorder ditto do doctor does done dr drill due duration during dysfunction each
effective efficient either else encourage enough ensure etc eval even every everyday everything
evidence evidence-based expected experience expert expertise extra fashion feasible few find fine
first fit fitting follow following for forward found freedom frequency from full further general
generic gentle get give given go goal goals good grade gradual grateful guidance guide guided
guideline had happen has have he helpful henceforth her him his history hold holistic hopefully
how however i ideal identified if impairment improve improvement in include indicate indication
individual individualize information initial instruct instruction intensity into is issue it its
itself judge judgement judgment judicious just keep kellgren kind kindly know latitude lawrence
least less let level light like limit limitation limited list little lot lots low maintain make
manage manageable management manner many matter max maximize may md me measure medical meet mild
minus moderate modify monitor more most much multimodal must my myself n/a na necessary necessity
need needed next nice nil no none nor normal not note notice now np of off ok okay on once one
ongoing only onto optimal optimize optimum option or order other otherwise our out outcome
outcomes outlined over overall own pa pace pain painful part pathology patient pending per
perform period permit permitted permitting person personalized pertinent phase physician place
plan pleasant please plus point policy possible practice precaution prefer preference prescribe
prescribed prescription previous prior prn problem proceed process professional progress proper
protocol provide provided provider provision push quality quick reach ready reason reasonable
recommend recommended reduce refer referral referred regarding regime regimen regular relevant
remain report require required resolve resolved respect respond response restricted restriction
result review right routine rx s/p safe safely same scope see seem seen select send sense
sensible sensibly serve session sessions set settle settled severe she should signs simple
situation slow so some something soon specific specifics specified specify stable staff stage
standard start state state-of-the-art status status-post still stuff style such suggest suit
suitable sure symptom symptomatic tailor tailored take target tbd team team-based than thank
thanks that the their them then therapeutic there thereafter thereof these they thing this those
though through throughout thus thx time times to today together tolerable tolerably tolerance
tolerate too toward towards treat treating treatment try tx type typical under unless until
unusual up upon us use used useful usual various very via visit visits want was way we well were
what whatever whatever's when whenever where whether which while who why will wise wisely wish
with within without work workable would year you your
""")
# What every therapy is: an instruction only together with what it is done to.
THERAPY = _words("""
active activities activity adl adls aerobic ambulate ambulation aquatic assess assessment back
cardio circuit conditioning cool-down cooldown core daily e-stim educate education equipment
estim eval evaluate evaluation exercise exercises exercising fitness flexibility function
functional gym hep home isometric-type life living load loading loosen machine machines manual
massage mechanics met mobile mobility mobilization mobilize modalities modality motion move
movement muscle muscles neuromuscular nmr normal ot physical physio physiotherapy pnf posture
program programme pt range re-education recondition reeducation regain rehab rehabilitate
rehabilitation release resistance restore resume return rom routine series soft stabilization
stabilize strength strengthen strengthening stretch stretches stretching strong stronger
technique techniques ther-ex thera therapist therapists therapy therex tissue train training
ultrasound warm-up warmup wbat weights work-out workout
""")
# Regions and names of complaints: where, not what to do.
PLACES = _words("""
acl ankle arm arthritis articular back bilateral body bursitis buttock calf cartilage cervical
chest chronic claudication crps cuff degeneration degenerative disc disease elbow facet finger
foot feet fusion groin hamstring-type hand heel herniated herniation hip hypermobility injury
instability joint joints knee labral labrum laminectomy laxity lbp left leg ligament limb lower
lumbar lumbosacral moderate mri neck oa opll osteoarthritis patella patellofemoral pelvic pelvis
post-op postop postoperative radiating radicular radiculopathy rcr repair right rotator
sacroiliac sciatica shoulder si side sij spinal spine sprain stenosis strain surgery syndrome
tear tendinopathy tendon tha thigh thoracic thumb tka toe trunk upper vmo wrist xray
""")
# For stop rules, goals and limits: what everybody feels and wants.
WORSE = _words("""
overstretch overstretching poor
ache adverse aggravate aggravated aggravates aggravating aggravation bad better bother bothersome
change complain complains contraindications decrease decreased discomfort discontinue distress
exacerbate exacerbation exceed exceeded excess excessive exertion fatigue feel feeling feels flag
flags flare forcing free gain happier happy health healthy hurt hurts increase increased increases
intolerable listen oneself overdo overdoing overexert overexertion overextending pain-free pains
pian problem provocative provoke quality reaction red relief relieve rest risk risky silly sore
soreness stop strenuous stress stressful stupid terminate tired too trouble unable unbearable
uncomfortable unsafe well worse worsen worsening wrong
""")
