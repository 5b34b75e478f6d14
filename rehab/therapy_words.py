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
        abdominal abdominis abductor abs achilles adductor anconeus biceps brachialis
        brachioradialis calf calves capsule cuff deltoid diaphragm dnf ecrb ehl erector erectors
        evertor extensor fascia fdl fhl flexor gastroc gastrocnemius gemelli glute gluteal
        gluteus gracilis hamstring iliacus iliopsoas infraspinatus intrinsics invertor itb
        latissimus lats levator longus lumbricals maximus medius minimus multifidus oblique
        obturator paraspinal pec pectoral pectoralis peroneal peroneus piriformis popliteus
        pronator psoas ql quad quadratus quadricep quadruceps rectus rhomboid rotators sartorius
        scalene scap scapula scapulae scapular scar scm serratus soleus splenius
        sternocleidomastoid sternomastoid suboccipital subscap subscapularis supinator
        supraspinatus teres tfl tibialis tra transversus trap trapezius tricep vastus vm vmo
        """),
    # Movements, directions and the exercises called by them.
    "move": _words("""
        aarom abd abducting abduction adduction alphabet arabesque arching arom backbend
        bend bimanual brace bridge burpee carry centralisation centralise centralization
        centralize chinup chop circles circumduct circumduction clam clamshell climb
        codman copenhagen counternutation crawl crouch crunch curl cutting cycling
        deadbug deadlift decompress df dip distraction dktc dnf doming dorsiflex
        dorsiflexion eccentric elevate elevation elongation er erg ergometer eversion
        evert ext extend extension flex flexion folding glide grasp grip hang hinge hold
        hop hyperextend hyperextension immobilise immobilization immobilize inchworm
        incline inversion invert ir iso isom isometric jog jump kick kickback kickstand
        kneebend kneel landing laterality lateroflexion lean lift lowering lunge march
        nod nutation offload offset opposition overpress overpressure pallof pedal
        pendulum pike pivot plank plantarflex plantarflexion plie plyo plyometric pnf
        ppt press pressdown pressup prom pronate pronation protraction pull pulldown
        pulley pulses pump punch pushdown pushup raise rdl reach recumbent releve
        reposition resisted retract retraction rise rock roll rollout romberg rot rotate
        rotation rotational row run scaption scissor scrub shift shrug shuffle shuttle
        sidebend sidelift sidestep situp sktc slide slider slouch slr slump snags sprint
        squat squeeze stagger stair standup stepdown stepping stepup stoop straighten
        stride sts superman supinate supination swim swing swivel tabletop tensioner
        thrust tilt tiptoe tke traction transferring transfers tuck turnout twist unload
        unweight vacuuming valgus valsalva varus walkout wb weightbear windmill wring
        yoga
        """),
    # Positions and ranges it is done in.
    "position": _words("""
        astride barefoot crook decubitus endrange hooklying inclined kyphosis lordosis lying
        midline midrange neutral outstretched overhead plantigrade prone quadruped recliner
        seated sidelying sideways sit sl slant slumped stance stand straddle supine tandem
        upright
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
        bicycle bike board bolster boot bosu bottle box brace broomstick brush bucket cable cane
        cards cart cast chair clock collar corset cotton couch counter crate crutch cup cushion
        cycle desk doorframe doorway dumbbell dynamometer elastic elliptical ergometer foam
        footstool glove goblet goniometer handrail harness heels helmet hydrotherapy insole kafo
        kettle kettlebell kneeler loop mannequin mat mattress metronome nmes noodle nustep
        orthosis orthotic orthotics pad pedal pillow plate pole pool pram putty pvc rail
        rebounder recumbent reformer rice rings rollator roller rope rower sack saddle sandbag
        satchel seat sheet shoe sled sling sock sofa spirometer splint stepper stick stool strap
        stroller suitcase table tape tb theraband theraputty timer tm towel trampoline tray
        treadmill trolley trx tube ube velcro vest walker wall wand wedge wobble wool wrap
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
        allodynia anesthesia angina antalgic aphasia arrhythmia ataxia ataxic atrophy
        babinski bladder blanch bleed blister blotchy bluish blurred blurry bowel
        bradycardia breakdown breathless breathlessness bruise buckle bulge burning
        bursa catch cellulitis chills choke choking clammy claudicate claw click clonus
        clumsier clumsiness clumsy clunk cold colder collapse color colour compensate
        confused confusion contractions contracture cough cramp crease crepitus cyanosis
        cyanotic deformity dehiscence delirium desaturate diaphoresis diplopia discolor
        discoloration discolouration dislocate dislocation dizziness dizzy doubles drag
        drain drainage drool droop drop drowsiness drowsy dusky dvt dysarthria
        dysesthesia dysphagia dyspnea dystonia dystonic ecchymosis edema effusion
        electric embolism erythema faint fall fasciculation fever feverish flaccid
        floaters fumble gangrene giddy girth goosebump goosebumps grimace grinding ha
        haemarthrosis haematoma haematuria haemorrhage hallucination headache heavier
        heaviness hemarthrosis hematoma hematuria hemorrhage hike hitch hives hoarse
        hoarseness hobble hoffman hoffmann hot hump hyperalgesia hyperreflexia
        hypertonia hypoglycemia hypotension incision incontinence incontinent infected
        jerk jolt lag lancinating leak lhermitte lightheaded limp lock lump lurch
        mottled nausea nauseated necrosis noise numb numbness nystagmus odour oedema ooze
        orthopnea pale paleness pallor palpitations paraesthesia paralysis paresis
        paresthesia pee peripheralise peripheralization peripheralize petechiae pinch
        pop presyncope priapism ptosis puff puffiness puffy pulse purple pus rash
        recurvatum red reddens redness saddle sats scuff seize seizure sensation shake
        shaky sharp shiny shiver shock shooting shrug skin slap slip slur slurred slurring
        snap sob spasm spasticity stab steppage stridor stumble sublux subluxate
        subluxation suicidal sway sweat swell swollen syncope tachycardia tachypnea
        temperature throb tightening tightens tighter tightness tingle tinnitus
        torticollis tremble tremor trendelenburg trip twitch ulcer unconscious
        unresponsive unsteadiness unsteady urinate urination urine urticaria veer
        vertigo vision vomit vomiting waddle wake warm warmer wasting weak weaken weaker
        weakness weep wheeze wince winces winging wobble wobbly wound zinger
        """),
    # Tests, scales and measures that have a result.
    "test": _words("""
        2mwt 5xsts 6mwt apprehension aslr beighton berg bmi borg bp cpm dynamometer ely
        emg faber fabere fadir fist gaenslen goniometry hawkins hr jobe kemp koos
        lachman lefs lsi mcmurray mmt mrc ndi neer nprs nrs ober odi oswestry patrick
        phalen psfs quadrant quickdash rir rm romberg rpe sbp scour sebt sensation sls
        spo2 spurling stinchfield thomas tinel trendelenburg tsk tug ultt ultt1 vo2
        volumeter yeoman
        """),
    # What a person does with it: daily life, work, sport.
    "act": _words("""
        airplane archery ballet baseball basketball bathing bathroom bathtub bleachers bowling
        boxing bra breaststroke bus cambered car carpet chainsaw choir chores climber cobra
        commute computer cooking cricket crossfit curb cycle cyclist dance dancer desk digging
        dishes dishwasher downhill dress drill drive farm farmer farmwork fishing floor football
        freestyle garden golf golfer groceries grocery grooming guitar gymnastics hairdresser
        hairdressing hammer headstand highchair hike hockey horse housework ironing jeans kayak
        keyboard kitchen knitting ladder laundry lawnmower mattress mopping motorbike motorcycle
        mowing musician nurse oversplits paint pew piano pickleball pilates pitching plumber
        raking riding roof rugby runner sandals sawing serve sew shelf shelves shopping shovel
        shoveling shovelling shower skate skateboard ski slope snow soccer softball splits sport
        stadium stilettos stocking surf sweeping swimmer tennis throw toddler toilet tractor
        trampoline trousers truck tub typing typist uphill vacuum violin violinist volleyball
        warehouse washing weeding weightlifting wheelbarrow wheelchair workbench workstation
        wrench writing
        """),
    # What ends a restriction from outside.
    "event": _words("""
        bloods cardiologist cardiology ct cta ctscan delivery discharge emg exam examination
        film imaging mri neurology neurosurg neurosurgery operation ortho radiograph recheck
        reexam review rheum rheumatology scan surgery visit xray
        """),
    # Why nothing has to be avoided.
    "reason": _words("""
        bridged cleared consolidated ct deficit density emg exam examination excluded film fused
        harm heal intact lifted mri released solid stable uncomplicated union united
        unremarkable xray
        """),
    # Who it is done with: an emphasis only together with a number or a skill.
    "context": _words("""
        afib anticoagulated asthma cardiac caregiver coach copd defibrillator dementia diabetic
        ef epilepsy hardware neuropathy obese osteopenia osteoporosis pacemaker parkinson
        postpartum pots pregnant rheumatoid spondylolisthesis stroke wheelchair
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
        achilles tendon, adductor magnus, ankle control, anterior chain, back endurance,
        calf endurance, deep neck flexor, deep rotator, edema control, femoral head,
        glute max, glute med, gluteal tendon, head control, heel cord, hip abductor, hip
        control, hip endurance, hip flexor, hip rotator, it band, joint position, knee
        control, lateral chain, levator scap, load transfer, lower trap, lumbar control,
        lumbopelvic control, mid trap, neck control, neck endurance, neck strength,
        patellar mobility, patellar tendon, pelvic control, pelvic floor, plantar
        fascia, posterior chain, protect repair, quadratus lumborum, rotator cuff,
        scapular control, scar mobility, shoulder blade, swelling control, trunk
        control, trunk endurance, walking endurance
        """),
    "move": _phrases("""
        1 leg, 2 leg, 90/90, active assisted, active motion, active range, active rom,
        aggressive stretch, ankle mobility, ankle pump, anterior glide, arm bike,
        backward walk, ball roll, ball toss, bear crawl, bear weight, bearing weight,
        bears weight, bed mobility, bend lift twist, bird dog, blt, both hand, box lift,
        cat camel, cat cow, chair rise, chair stand, childs pose, chin tuck, clock
        reach, closed chain, closed kinetic chain, cross body, dead bug, dead lift, desk
        pushup, directional bias, directional preference, dorsal glide, double knee,
        double leg, drawing in, elbow bend, extension bias, farmer's walk, figure 8,
        figure eight, finger to nose, fire hydrant, fist making, flexion bias, foam
        roll, force closure, get up from, get up off, getting up, glute set, goblet
        squat, good morning, half kneel, ham set, hand to mouth, heel drop, heel hang,
        heel lift, heel prop, heel raise, heel slide, heel tap, heel toe, heel walk, hip
        airplane, hip hike, hip hinge, hip mobility, hollow hold, inferior glide, joint
        mob, joint mobs, jumping jack, keeping still, kick stand, knee bend, knee to
        chest, knees to chest, laq, laser head, lat pull, lateral glide, leg extension,
        leg lift, leg press, leg raise, limb still, log roll, long arc, monster walk,
        muscle energy, nerve floss, nerve glide, nerve mobility, nerve tension, neural
        glide, no weight, nordic curl, off the floor, on and off, one hand, one handed,
        one leg, one legged, open book, open chain, open close, open kinetic chain,
        opposite arm, partial weight bearing, passive motion, passive range, passive
        rom, pelvic clock, pelvic drop, pelvic tilt, posterior glide, posture break,
        press down, press up, prone hang, prone on elbows, prone t, prone y, pull apart,
        pull down, pull through, push down, push off, push up, push ups, quad set, retro
        walk, reverse nordic, rhythmic stab, rhythmic stabilisation, rhythmic
        stabilization, rib mobility, rock back, roll over, saq, scapular clock, self
        mob, short arc, side bend, side glide, side plank, side shift, side step,
        sideways walk, single leg, single limb, sit back, sit to stand, sit up, sl
        bridge, sleep position, sleeper stretch, sleeping position, slump mob, spanish
        squat, split squat, split stance, stair climbing, step down, step length, step
        over, step up, straight leg, straight leg raise, stress loading, stretch hard,
        table slide, table top, thoracic extension, thoracic mobility, thread the
        needle, toe raise, toe tap, toe touch, toe walk, towel scrunch, towel slide,
        trap bar, turkish get, turning in bed, two handed, two hands, two leg, up from
        the floor, wall angel, wall lean, wall sit, wall slide, wall squat, weight
        acceptance, weight bearing, weight shift, weight transfer, wood chop, wrist curl
        """),
    "position": _phrases("""
        arm overhead, behind back, behind the back, cross legged, end of range, end range, four
        point, half kneeling, half sitting, hands and knees, inner range, legs crossed, long
        sit, long sitting, low chair, low seat, mid range, neutral spine, on all fours, on
        elbows, outer range, past neutral, short lever, side lying, spine neutral, tall
        kneeling, tall sitting
        """),
    "tech": _phrases("""
        blocked practice, cognitive functional, contrast bath, directional preference, dual
        task, error free, external cue, graded exposure, graded loading, graded motor imagery,
        joint protection, kinesio tape, left or right, left right, mcconnell, mirror box, mirror
        cue, mirror therapy, motor control, motor imagery, scar massage, scar mob, sensory
        discrimination, stress loading, tactile cue, two point discrimination, verbal cue
        """),
    "skill": _phrases("""
        bending tolerance, body weight, by the clock, carry tolerance, dynamic
        stability, grip tolerance, kneeling tolerance, lifting tolerance, load
        tolerance, neural mobility, overhead tolerance, reach tolerance, reaching
        tolerance, sitting tolerance, standing tolerance, touch tolerance, walking
        tolerance, weight loss, weight tolerance, work hardening
        """),
    "gear": _phrases("""
        air cast, ankle cuff, ankle weight, balance board, bare floor, bathroom scale, blood
        pressure cuff, bp cuff, compression stocking, compression wrap, gait belt, hand weight,
        heart rate, high heel, higher step, loop band, lower step, lumbar roll, medicine ball,
        on a scale, on scale, pressure cuff, raised toilet, rotation disc, sit stand desk, slant
        board, stability ball, standing desk, step stool, swiss ball, taller step, texture
        ladder, two scales, walking frame, weight vest, wobble board, yoga block, yoga mat
        """),
    "modality": _phrases("""
        cold pack, contrast bath, dry needling, electrical stimulation, high velocity, hot pack,
        spinal manipulation
        """),
    "act": _phrases("""
        contact sport, hot tub, lawn mower, sewing machine
        """),
    "sign": _phrases("""
        above baseline, above knee, above start, above the elbow, above the knee, ankle
        rolls, back rounds, below knee, below the elbow, below the knee, blackouts,
        blacks out, blurred vision, calf pain, can't bear, can't stand, can't walk,
        cannot bear, cannot feel, cannot stand, cannot walk, cant bear, cant stand, cant
        walk, caves in, chest pain, chest tightness, color change, colour change, comes
        out, distal to, double vision, down the arm, down the leg, drop attack, drops a
        grade, fluid loss, foot drop, foot slap, gait change, gait wide, gave out, gave
        way, give out, give way, gives in, gives out, gives way, giving out, giving way,
        goes blue, goes cold, goes down the, goes grey, goes limp, goes numb, goes
        white, gray vision, grey vision, hip drop, into the arm, into the leg, knee
        caves, knee dives, let go of, lets go, level pelvis, loss of balance, loss of
        control, loss of coverage, loss of elevation, loss of strength, losses of
        balance, moves down, moves further, neuro loss, neurological loss, new neuro,
        new neurological, new symptom in, night pain, pain at night, pain at rest, past
        baseline, past the knee, pelvis drop, pelvis drops, pelvis level, pins and
        needles, pops out, rest pain, runs down, self harm, shoots down, short of
        breath, shortness of breath, slides out, spreads down, stays level, temp change,
        visual change, new radicular,
        thoughts of harm, toes curl, trace effusion, travels below, travels down, turns
        blue, turns dark, turns gray, turns grey, turns purple, turns white, urinary
        retention, urine retention, wakes her, wakes him, wet or red, worst ever, wt
        bearing
        """),
    "test": _phrases("""
        active straight leg raise, drop arm, empty can, full arom, full extension, full motion,
        full range, full rom, hawkins kennedy, heart rate, hop test, lag sign, one rep max,
        pinch gauge, provocation test, single leg squat, slump test, straight leg raise, stroke
        test, sweep test, talk test, thigh thrust, y balance
        """),
    "event": _phrases("""
        closing visit, ct scan, follow up, hand clinic, last visit, mri read, mri scan, next
        visit, re exam, surgeon lets, surgeon visit, us scan
        """),
}
# Turns of speech whose words would otherwise be taken for therapy.
IDIOMS = _phrases("""
a balance, a raise, a range of, across the board, are reached, around the clock, as it stands,
at a stretch, at any rate, at hand, baby steps, back on her feet, back on his feet, balance of,
bear in mind, bear with, bearing in mind, bed rest, been reached, best foot, by ir, by leaps,
capable hands, carried out, carries out, carries over, carry on, carry out, carry over, carrying
on, carrying out, carryover, case load, catch me, catch up, cold call, cold feet, cool down,
course load, dig in, drag on, drags its feet, drags on, draw on, drawing on, drop in, drop me,
drop off, drop us, er doc, er trip, er trips, er visit, er visits, extension of, extension to,
facet loading, fall back, fall short, fall under, fear not, first step, first steps, flare up,
flare ups, follow suit, go ahead, go to er, go to town, go with the flow, good hands, green
light, hand over, hands on, hang in, hang on, hard to reach, head start, head up, heads up,
heavy load, hit the ground running, hold back, hold off, hold pt, hold steady, hold therapy,
hold treatment, hot line, in good shape, in hand, in the driving seat, in the know, in the long
run, in the loop, in the right direction, in touch, in turn, ir consult, is reached, keep in
touch, kind regards, ladder of care, lean on, lean towards, leans on, lift her spirits, lift his
spirits, lift off, light load, light touch, listen to the body, load management, load of, load
off, load up on, long run, long standing, mirrors her, mirrors his, mirrors the, move the
needle, moved the needle, nerve block, neutral on, next step, next steps, off and running, off
the bat, off the cuff, off track, on balance, on board, on hand, on her plate, on his plate, on
hold, on the cards, on the rise, on the table, on their feet, on track, one step, or time, out
of hand, outside the box, over the hump, over the top, pain is the brake, pick up, play it by
ear, pop in, press ahead, press for, press on, prone to, pull back, pull together, push on, push
through, raise any, raise concerns, raise the bar, raise with, raises any, range of exercises,
reach a, reach full, reach her, reach his, reach me, reach our, reach out, reach us, reached a
plateau, reaches a, red flag, red flags, rest assured, right foot, roll out, roll with, rotate
through, rule of thumb, run a, run by, run it, run this, run with, running a, runs a, seen in
er, seen in the er, sense of, sent to er, set back, sharp eye, show up, sign off, sit well, sits
on, sits well, skin in the game, skip ahead, sleep on it, small steps, stand by, stand it, stand
point, standing order, standing orders, standpoint, step back, step by step, step it up, step
things up, steps back, stick to, stick with, stretch goal, strike a balance, stumbling block,
take a load, take hold, the balance, the drill, the er, the works, thumbs up, time frame,
tolerated load, touch and go, touch base, transfer care, transfer of care, turn out, turn the
corner, turns out, up and running, up to scratch, up to speed, walk before, walk her through,
walk him through, walk me through, warm regards, warm up, weigh up, weight on, went to er, where
he stands, where she stands, wide range, with flying colors, within range, work magic, wound up,
yellow flag, yellow flags, your magic
""")
# Of the lexicon, but said in any letter (“he runs a shop”, “hold therapy”): need company.
EVERYDAY = _words("""
bag bar bed board box burning cards carry chair climb clock cold cup curb cutting cycle dip drive
drop elevate extend fall floor garden grip hang hold hot incline inclined iso jump kick kitchen
landing lean lift load loop lying march mass neutral nurse paint pike plate pole press pull pump
punch raise reach recumbent reposition resisted rise rock roll rope row run saw seat serve sew
sharp sheet shelf shift shock shower sit sleep slide slip slump snags sport sprint squeeze stagger
stance stand steps stick strap swim swing table throw tilt transfer transferring transfers trap
tray trip truck twist unload upright vacuuming visit wake walker wall warm weight yoga
""")
# Skills of every plan; skills that can be avoided; weakness; scales that ask, and test nothing.
EVERY_PLAN = _words("""
aerobic ambulate ambulation balance coordination endurance gait stiff stiffness walk weight
""")
DOABLE = _words("aerobic amb ambulate ambulation bike gait passive touch transfer walk")
DEFICITS = _words("drop lag weak weaker weakness") | {"foot drop", "lag sign"}
QUESTIONNAIRES = _words("bmi bp emg hr koos lefs ndi nprs nrs odi oswestry psfs quickdash")
# Skills nobody can see from outside: no end of a restriction.
UNSEEN = _words("exposure fear fearful kinesiophobia pacer pacing protect relaxation sequencing")
# Behind a muscle these make a diagnosis or a complaint of it.
DIAGNOSIS = _words("""
ache avulsion bursitis calcification claudication compression contusion discomfort disease
disorder dysfunction enthesopathy fracture impingement injuries injury irritation issue issues
neuropathy pain painful problem problems reconstruction release repair repairs replacement
rupture ruptures soreness spasm sprain strain surgery syndrome tear tears tendinitis
tendinopathy tendinosis tendonitis tightness
""")
# Heads of phrases that name a family and no member of it.
FAMILY = _words("""
activities activity approach care choice concept conditioning core directions drill education ex
excercise excercises exercise exercises exercising factor factors fitness flexibility functional
hep home impact independence machines maneuver manual measures mix mobility modalities modality
motion movement movements muscle package physical physiotherapy planes position positions
posture postures precaution precautions principles procedure program programme progression
protocol protocols regime regimen regions rehab rehabilitation resistance restriction
restrictions rom routine rrom selection series services stab stabilisation stabilization stage
strength strengthening stuff style task tasks technique techniques ther ther-ex therapeutic
therapies theraputic therapy therex thing things training treatment trick tricks type units
variety work workout workouts
""")
# Said instead of content; beside content it does no harm.
DEFERS = _words("""
any anything anywhere appropriate appropriately choice clinician decide deemed defer discretion
ditto everything expertise helpful indicated judgement judgment kindly necessary needed please
pls preference prn protocol reasonable same sensible standard suitable suits surgeon's tbd thank
thanks therapist therapist's therapists tolerable tolerance tolerated usual whatever wherever
whichever wish you your yours
""")
