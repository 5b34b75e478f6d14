"""What a therapy order can name, as data: muscles, movements, positions, signs and so on. Pure.

General clinical vocabulary (GEN) in plain words and usual abbreviations, across the 12 lanes of
`protocols/lanes.yaml`. A word stands in its ground form; plurals, -ed, -ing and slips of the pen
are found by `order_evidence.py`. One word may stand in several classes. To teach the guard a word,
write it here in its class and add an order that needs it to tests/rehab.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> frozenset[str]:
    return frozenset(phrase.strip() for phrase in " ".join(text.split()).split(","))


WORDS: dict[str, frozenset[str]] = {
    # What is trained or spared. A muscle named with its tear or repair is a diagnosis.
    "muscle": _words("""
        abdominal abdominis abductor abs adductor anconeus biceps brachialis brachioradialis
        calf calves cuff deltoid diaphragm dnf ecrb ehl erector evertor extensor fdl fhl flexor
        gastroc gastrocnemius gemelli glute gluteal gluteus gracilis hamstring iliacus iliopsoas
        infraspinatus intrinsics invertor itb latissimus lats longus lumbricals maximus medius
        minimus multifidi multifidus oblique obturator paraspinal pec pectoral pectoralis
        peroneal peroneus piriformis popliteus pronator psoas ql quad quadratus quadricep
        quadruceps rectus rhomboid rotators sartorius scalene scap scapula scapulae scapular scm
        serratus soleus splenius sternocleidomastoid sternomastoid suboccipital subscap
        subscapularis supinator supraspinatus teres tfl tibialis tra transversus trap trapezius
        tricep vastus vm vmo
        """),
    # Movements, directions and the exercises called by them.
    "move": _words("""
        aarom abd abducting abduction adduction arching arom backbend bend brace bridge carry
        centralisation centralise centralization centralize chinup chop circumduct circumduction
        clam clamshell climb copenhagen counternutation crawl crunch curl cutting cycling
        deadbug deadlift decompress df dip distraction dktc dnf doming dorsiflex dorsiflexion
        eccentric elevate elevation elongation er erg ergometer eversion evert ext extend
        extension flex flexion folding glide grip hang hinge hold hop hyperextend hyperextension
        incline inversion invert ir iso isom isometric jog jump kick kickback kneebend kneel
        landing laterality lateroflexion lean lift lowering lunge march nod nutation offload
        offset opposition overpress overpressure pallof pedal pendulum pike pivot plank
        plantarflex plantarflexion plyo plyometric ppt press pressdown pressup prom pronate
        pronation protraction pull pulldown pulley pulses pump punch pushdown pushup raise rdl
        reach recumbent reposition resisted retract retraction rise rock roll rollout rot rotate
        rotation rotational row run scaption scissor scrub shift shrug shuffle sidebend sidelift
        sidestep situp sktc slide slider slouch slr slump snags sprint squat squeeze stagger
        stair standup stepdown stepping stepup straighten stride sts supinate supination swim
        swing swivel tensioner thrusts tilt tiptoe tke traction transferring transfers tuck
        turnout twist unload unweight vacuuming valgus valsalva varus walkout wb weightbear
        windmill yoga
        """),
    # Positions and ranges it is done in.
    "position": _words("""
        astride barefoot crook decubitus endrange hooklying inclined kyphosis lordosis lying
        midline midrange neutral outstretched overhead prone quadruped seated sidelying sideways
        sit sl slumped stance stand straddle supine tandem upright
        """),
    # Techniques with something to do: eyes, skin, brain, hands.
    "tech": _words("""
        biofeedback brushing dowel gmi imagery imagined kettlebell laterality mirror
        neurodynamic perturbation plyo retrain snags stereognosis texture visualise
        visualization visualize
        """),
    # Skills: one alone fits every patient; two of them, or one with a number, say something.
    "skill": _words("""
        aerobic agility amb ambulate ambulation balance bike breath breathe cadence coordination
        deconditioned desens desensitisation desensitise desensitization desensitize dexterity
        endurance exposure fear fearful gait handwriting hardening kinesiophobia load pacer
        pacing passive prehab prehabilitation proprio proprioception proprioceptive protect
        relaxation sensorimotor sensory sequencing stamina touch transfer vestibular visual walk
        wean weight
        """),
    # Things held, worn, stood on or pulled.
    "gear": _words("""
        afo airex anchor armrest backpack bag ball band bar barbell basket bed belt bench
        bicycle bike block board boot bosu bottle box brace broomstick brush bucket cable cane
        cards cart cast chair clock collar corset cotton couch counter crate crutch cuff cup
        cushion cycle desk disc doorframe doorway dumbbell dynamometer elastic elliptical
        ergometer foam footstool frame goblet goniometer handrail harness heels helmet
        hydrotherapy insole kettle kettlebell kneeler ladder loop mannequin mat mattress
        metronome nmes noodle nustep orthosis orthotic pad pedal pillow plate pole pool pram
        putty rail recumbent reformer rice rings rollator roller rope rower sack saddle sandbag
        satchel scale seat sheet shoe sled sling sock sofa splint stepper steps stick stool
        strap stroller suitcase table tape tb theraband theraputty timer tm towel trampoline
        tray treadmill trolley trx tube ube velcro vest walker wall wand wedge wobble wool
        """),
    # Passive physical agents, drugs: something to avoid, never an emphasis.
    "modality": _words("""
        acupuncture bath chiropractic compress cryotherapy diathermy electro electrotherapy
        estim heat hotpack hvla ice ifc infrared injection iontophoresis iv laser manip
        manipulate manipulation massage microcurrent mobs needling nsaid paraffin sauna
        shockwave steroid stim tens thermotherapy tourniquet ultrasound vibration whirlpool
        """),
    # What can be seen, felt or measured in a session.
    "sign": _words("""
        allodynia anesthesia antalgic aphasia atrophy babinski bladder blanch bleed blister
        blotchy bluish blurred bowel breakdown breathless breathlessness bruise buckle bulge
        burning bursa catch chills clammy claudicate click clonus clumsier clumsy clunk cold
        collapse color colour compensate confused confusion contractions contracture cough cramp
        crease crepitus cyanosis dehiscence diaphoresis diplopia discolor discolouration
        dizziness dizzy drain drainage drop drowsy dusky dyspnea dystonia dystonic ecchymosis
        edema effusion electric erythema faint fall fasciculation fever feverish fumble giddy
        girth grimace grinding ha haematoma headache heavier heaviness hematoma hike hitch
        hobble hoffman hoffmann hot hump hyperalgesia incision incontinence incontinent infected
        jerk jolt lag leak lhermitte lightheaded limp lock lump lurch mottled nausea nauseated
        numb numbness nystagmus odour oedema ooze pale paleness pallor palpitations paraesthesia
        paralysis paresis paresthesia pee peripheralise peripheralization peripheralize
        petechiae pinch pop presyncope puffiness puffy pulse purple pus rash red reddens redness
        saddle seize seizure shake shaky sharp shiny shiver shock shooting shrug skin slap slip
        slurred slurring snap spasm stab stumble sublux subluxate subluxation sway sweat swell
        swollen syncope tachycardia temperature throb tightening tightens tighter tightness
        tingle tinnitus tremble tremor trendelenburg trip twitch unconscious unsteadiness
        unsteady urinate urination urine vertigo vision vomiting wake warm weak weaken weaker
        weakness wheeze winging wobble wobbly wound
        """),
    # Tests, scales and measures that have a result.
    "test": _words("""
        6mwt aslr beighton bmi borg bp dynamometer emg faber fabere fadir fist goniometry
        hawkins hr koos lefs lsi mmt mrc ndi nprs nrs odi oswestry phalen psfs quickdash rir rm
        rpe sbp sls spo2 spurling thomas tinel trendelenburg tsk tug ultt ultt1 vo2
        """),
    # What a person does with it: daily life, work, sport.
    "act": _words("""
        bathing bathroom bowling boxing breaststroke bus cambered car carpet choir chores
        climber cobra commute computer cooking cricket curb cycle cyclist dance dancer desk
        digging dishes downhill dress drive farm farmer farmwork floor football freestyle garden
        golf golfer grooming gymnastics hairdresser hairdressing headstand highchair hike hockey
        horse housework ironing jeans keyboard kitchen ladder laundry lawnmower mopping
        motorbike mowing musician nurse oversplits paint pilates plumber raking riding roof
        rugby runner sawing serve sew shelf shelves shopping shoveling shovelling shower skate
        ski slope soccer softball splits sport stadium stocking surf sweeping swimmer tennis
        throw toilet tractor trampoline trousers truck typing typist uphill vacuum violin
        violinist volleyball warehouse washing weeding weightlifting wheelbarrow wheelchair
        workbench workstation writing
        """),
    # What ends a restriction from outside.
    "event": _words("""
        bloods cardiologist cardiology ct cta ctscan delivery discharge emg exam examination
        film imaging mri neurology neurosurg neurosurgery operation ortho radiograph recheck
        reexam review rheum rheumatology scan surgery visit xray
        """),
    # Why nothing has to be avoided.
    "reason": _words("""
        bridged cleared ct deficit emg exam examination film fused harm heal intact lifted mri
        released solid stable xray
        """),
    # Who it is done with: an emphasis only together with a number or a skill.
    "context": _words("""
        afib anticoagulated asthma cardiac caregiver coach copd defibrillator dementia diabetic ef
        epilepsy hardware neuropathy obese osteopenia osteoporosis pacemaker parkinson postpartum pots
        pregnant rheumatoid spondylolisthesis stroke wheelchair
        """),
    # Where: says nothing about what to do.
    "region": _words("""
        abdomen ankle anterior arm axial back bilat bilateral body buttock cervical chest disc
        distal elbow extremity face facet feet finger foot foramen forearm forefoot groin hand
        head heel hindfoot hip ilium ischial jaw joint knee kneecap lateral left leg limb lower
        lumbar lumbopelvic medial neck nerve palm patella pelvic pelvis posterior proximal rib
        right root sacral sacroiliac sacrum shin shoulder si side sij spinal spine sternum tail
        tendon thigh thoracic thumb tissue toe trunk upper wrist
        """),
}
# As WORDS; hyphens and slashes count as spaces here, and a plural of the last word is found too.
PHRASES: dict[str, frozenset[str]] = {
    "muscle": _phrases("""
        back endurance, calf endurance, deep neck flexor, deep rotator, femoral head, glute max,
        glute med, hip abductor, hip endurance, hip flexor, hip rotator, it band, load transfer,
        lower trap, mid trap, neck endurance, neck strength, pelvic floor, rotator cuff,
        shoulder blade, trunk endurance, walking endurance
        """),
    "move": _phrases("""
        1 leg, 2 leg, 90/90, aggressive stretch, ankle pump, arm bike, b/l/t, bear weight,
        bearing weight, bears weight, bend lift twist, bird dog, blt, box lift, cat camel, cat
        cow, chair rise, chair stand, childs pose, chin tuck, clock reach, closed chain, cross
        body, dead bug, dead lift, desk pushup, directional bias, directional preference, double
        knee, drawing in, elbow bend, farmer's walk, fire hydrant, foam roll, force closure, get
        up from, glute set, goblet squat, gr iii, gr iv, grade iii, grade iv, half kneel, ham
        set, heel drop, heel hang, heel lift, heel prop, heel raise, heel slide, heel tap, heel
        toe, heel walk, hip airplane, hip hike, hip hinge, joint mob, knee bend, knee to chest,
        knees to chest, laq, laser head, lat pull, leg extension, leg lift, leg press, leg
        raise, log roll, long arc, monster walk, muscle energy, nerve floss, nerve glide, nerve
        mobility, neural glide, nordic curl, one leg, one legged, open book, open chain,
        opposite arm, passive motion, pelvic clock, pelvic drop, pelvic tilt, posture break,
        press down, press up, prone hang, prone t, prone y, pull apart, pull down, pull through,
        push down, push off, push up, quad set, reverse nordic, rhythmic stab, rhythmic
        stabilisation, rhythmic stabilization, rock back, saq, scapular clock, self mob, short
        arc, side bend, side glide, side plank, side shift, side step, single leg, single limb,
        sit to stand, sit up, sl bridge, sleeper stretch, spanish squat, split squat, split
        stance, step down, step over, step up, straight leg, straight leg raise, stress loading,
        stretch hard, table slide, toe raise, toe tap, toe touch, towel scrunch, trap bar,
        turkish get, turning in bed, two leg, up from the floor, wall angel, wall lean, wall
        sit, wall slide, wall squat, weight acceptance, weight bearing, weight shift, weight
        transfer, wood chop, wrist curl
        """),
    "position": _phrases("""
        arm overhead, behind back, behind the back, cross legged, end of range, end range, four
        point, half kneeling, hands and knees, inner range, legs crossed, long sitting, low
        chair, low seat, mid range, on all fours, on elbows, outer range, past neutral, short
        lever, side lying, tall kneeling
        """),
    "tech": _phrases("""
        contrast bath, directional preference, graded exposure, graded motor imagery, joint
        protection, kinesio tape, left or right, left right, mcconnell, mirror box, mirror
        therapy, motor control, motor imagery, scar massage, scar mob, stress loading
        """),
    "skill": _phrases("""
        body weight, by the clock, load tolerance, sitting tolerance, standing tolerance,
        walking tolerance, weight loss, work hardening
        """),
    "gear": _phrases("""
        air cast, bare floor, blood pressure cuff, bp cuff, heart rate, high heel, medicine
        ball, step stool
        """),
    "modality": _phrases("""
        cold pack, contrast bath, dry needling, electrical stimulation, high velocity, hot pack,
        spinal manipulation
        """),
    "sign": _phrases("""
        above knee, above the elbow, above the knee, ankle rolls, back rounds, below knee, below
        the elbow, below the knee, blackouts, blacks out, blurred vision, calf pain, can't bear,
        can't stand, can't walk, cannot bear, cannot stand, cannot walk, cant bear, cant stand,
        cant walk, caves in, chest pain, chest tightness, color change, colour change, distal
        to, double vision, down the arm, down the leg, drop attack, drops a grade, fluid loss,
        foot drop, gait change, gait wide, gave out, gave way, give out, give way, gives out,
        gives way, giving out, giving way, goes cold, goes down the, goes grey, gray vision,
        grey vision, hip drop, into the arm, into the leg, knee caves, knee dives, let go of,
        lets go, loss of control, loss of coverage, loss of elevation, loss of strength, moves
        down, moves further, neuro change, neurological, new neuro, night pain, pain at night,
        pain at rest, past the knee, pelvis drops, pins and needles, rest pain, runs down,
        shoots down, short of breath, shortness of breath, spreads down, temp change, toes curl,
        travels below, travels down, turns blue, turns dark, wakes her, wakes him, worst ever,
        wt bearing
        """),
    "test": _phrases("""
        active straight leg raise, full arom, full extension, full motion, full range, full rom,
        heart rate, lag sign, one rep max, provocation test, single leg squat, slump test,
        straight leg raise, stroke test, sweep test, talk test, thigh thrust
        """),
    "event": _phrases("""
        closing visit, ct scan, follow up, last visit, mri scan, next visit, re exam, surgeon
        visit, us scan
        """),
}
# Turns of speech whose words would otherwise be taken for therapy.
IDIOMS = _phrases("""
a balance, a range of, across the board, are reached, around the clock, as it stands, at a
stretch, at hand, baby steps, back on her feet, back on his feet, bear in mind, bear with,
bearing in mind, been reached, capable hands, carried out, carries out, carry on, carry out,
carrying out, catch up, cold feet, draw on, drawing on, drop in, drop me, drop off, drop us,
facet loading, fall back, fall short, fall under, fear not, first step, first steps, flare up,
flare ups, follow suit, go ahead, go to town, go with the flow, good hands, green light, hand
over, hands on, head start, head up, heads up, hit the ground running, hold back, hold off, in
good shape, in hand, in the driving seat, in the long run, in the loop, in touch, in turn, is
reached, keep in touch, kind regards, lean on, lean towards, leans on, lift her spirits, lift
his spirits, light touch, listen to the body, load management, load off, load up on, long run,
next step, next steps, off and running, off the bat, off track, on balance, on board, on hand,
on hold, on the cards, on the table, on their feet, on track, one step, out of hand, over the
top, pain is the brake, play it by ear, pop in, press ahead, press on, pull back, push on, push
through, raise any, raise concerns, raise the bar, raises any, range of exercises, reach me,
reach out, reach us, reached a plateau, red flag, red flags, rest assured, roll out, roll with,
rule of thumb, run by, run it, run this, run with, set back, sharp eye, sign off, sit well, sits
well, skip ahead, sleep on it, small steps, stand by, stand point, standpoint, step back, step
by step, step it up, step things up, steps back, strike a balance, take a load, take hold, the
balance, thumbs up, tolerated load, touch and go, touch base, turn out, turns out, up and
running, up to speed, walk before, walk her through, walk him through, walk me through, warm
regards, weigh up, where he stands, where she stands, wide range, within range, work magic,
wound up, yellow flag, yellow flags, your magic
""")
# Behind a muscle these make a diagnosis or a complaint of it.
DIAGNOSIS = _words("""
ache bursitis compression contusion disease disorder dysfunction enthesopathy fracture
impingement injuries injury irritation issue issues pain painful problem problems reconstruction
release repair replacement rupture sprain strain surgery syndrome tear tears tendinitis
tendinopathy tendinosis tendonitis tightness
""")
# Heads of phrases that name a family and no member of it.
FAMILY = _words("""
activities activity approach care choice concept conditioning core directions drill education
exercise exercises exercising factor factors fitness flexibility functional hep home impact
independence machines maneuver manual measures mix mobility modalities modality motion movement
movements muscle package physical physiotherapy planes position positions posture postures
precaution precautions principles procedure program programme progression protocol protocols
regime regimen regions rehab rehabilitation resistance restriction restrictions rom routine rrom
selection series services set sets stab stabilisation stabilization stage strain strength
strengthening stress stuff style task tasks technique techniques ther-ex therapeutic therapies
therapy therex thing things training treatment trick tricks type units variety whole work
workout workouts
""")
# Said instead of content; beside content it does no harm.
DEFERS = _words("""
appropriate appropriately choice clinician decide deemed defer discretion ditto expertise
helpful indicated judgement judgment kindly necessary needed please pls preference prn protocol
reasonable same sensible standard suitable suits surgeon's tbd thank thanks therapist
therapist's therapists tolerable tolerance tolerated usual whatever wherever whichever wish you
your yours
""")
