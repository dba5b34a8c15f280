"""What people complain of, and the words in which the published patterns name the same place.

Nothing is claimed here: a symptom is a way into the patterns whose own words name that place. Look-up in
published figures, never a diagnosis.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Symptom:
    """A complaint. ``terms`` are beginnings of words in a pattern's essential words; regular expressions."""

    id: str
    title: str
    terms: tuple[str, ...]
    names: tuple[str, ...] = ()
    but_not: tuple[str, ...] = ()

    @property
    def ask_first(self) -> tuple[str, ...]:
        """Return the ids of the red flags to ask about first, where this is complained of."""
        return _ASK_FIRST[self.id]


#: A complaint and the red flags (ids of data/screening) that can look like it, the most urgent first.
_ASK_FIRST: dict[str, tuple[str, ...]] = {
    symptom: tuple(f"red-{flag}" for flag in flags.split())
    for symptom, flags in {
        "headache-temple": "giant-cell-arteritis thunderclap-headache cervical-artery-dissection",
        "headache-forehead": "thunderclap-headache meningitis giant-cell-arteritis",
        "headache-back": "thunderclap-headache cervical-artery-dissection meningitis",
        "headache-top": "thunderclap-headache meningitis giant-cell-arteritis",
        "eye-pain": "giant-cell-arteritis cervical-artery-dissection thunderclap-headache",
        "ear-pain": "nerve-face infection",
        "toothache": "dental acute-coronary giant-cell-arteritis",
        "jaw-pain": "acute-coronary giant-cell-arteritis dental",
        "face-pain": "nerve-face giant-cell-arteritis dental",
        "throat-pain": "cervical-artery-dissection acute-coronary dental",
        "neck-pain": "cervical-artery-dissection meningitis spinal-cord",
        "shoulder-pain": "acute-coronary pulmonary-embolism polymyalgia",
        "between-blades": "acute-coronary aortic-dissection pulmonary-embolism",
        "arm-pain": "acute-coronary limb-ischaemia progressive-deficit",
        "elbow-pain": "septic-joint fracture progressive-deficit",
        "forearm-pain": "compartment limb-ischaemia progressive-deficit",
        "wrist-pain": "septic-joint fracture progressive-deficit",
        "hand-pain": "limb-ischaemia spinal-cord progressive-deficit",
        "thumb-pain": "septic-joint fracture progressive-deficit",
        "chest-pain": "acute-coronary pulmonary-embolism aortic-dissection",
        "rib-pain": "pulmonary-embolism kidney fracture",
        "abdominal-pain": "acute-abdomen aneurysm pelvic",
        "groin-pain": "pelvic acute-abdomen fracture",
        "pelvic-pain": "pelvic cauda-equina malignancy",
        "mid-back-pain": "aortic-dissection fracture malignancy",
        "low-back-pain": "cauda-equina aneurysm malignancy",
        "sacroiliac-pain": "cauda-equina inflammatory-back infection",
        "buttock-pain": "cauda-equina claudication malignancy",
        "sciatica": "cauda-equina progressive-deficit dvt",
        "hip-pain": "septic-joint fracture polymyalgia",
        "thigh-front": "dvt progressive-deficit fracture",
        "thigh-back": "cauda-equina dvt claudication",
        "knee-pain": "septic-joint dvt fracture",
        "shin-pain": "compartment dvt fracture",
        "calf-pain": "dvt compartment claudication",
        "ankle-pain": "septic-joint dvt fracture",
        "heel-pain": "fracture infection limb-ischaemia",
        "foot-pain": "limb-ischaemia septic-joint fracture",
        "toe-pain": "limb-ischaemia septic-joint fracture",
    }.items()
}


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "headache-temple",
        "Headache at the temple",
        ("temple", "temporal"),
        ("tension headache", "temple pain", "tension-type headache"),
    ),
    Symptom(
        "headache-forehead",
        "Headache in the forehead",
        ("forehead", "frontal", "eyebrow"),
        ("frontal headache", "headache over the eye", "sinus headache"),
    ),
    Symptom(
        "headache-back",
        "Headache at the back of the head",
        ("occip", "back of (the )?head"),
        ("occipital headache", "cervicogenic headache"),
    ),
    Symptom(
        "headache-top",
        "Headache on top of the head",
        ("vertex", "top of (the )?head", "crown"),
        ("vertex headache",),
    ),
    Symptom(
        "eye-pain",
        "Pain in or round the eye",
        ("eye\\b", "orbit", "behind the eye"),
        ("eye ache", "pain behind the eye"),
    ),
    Symptom("ear-pain", "Earache", ("ear\\b", "deep in the ear"), ("ear pain",)),
    Symptom("toothache", "Toothache", ("tooth", "teeth", "molar", "incisor"), ("tooth pain",)),
    Symptom(
        "jaw-pain",
        "Jaw pain",
        ("jaw", "mandib", "tmj", "temporomandibular"),
        (
            "TMJ pain",
            "jaw ache",
            "clenching",
            "grinding the teeth",
            "bruxism",
            "jaw clicking",
            "jaw pain when chewing",
            "cannot open the mouth",
        ),
    ),
    Symptom(
        "face-pain",
        "Pain in the face or cheek",
        ("cheek", "face", "maxill", "nose", "lip"),
        ("facial pain", "cheek pain", "sinus pain"),
    ),
    Symptom("throat-pain", "Pain in the throat", ("throat", "tongue", "swallow"), ("sore throat",)),
    Symptom(
        "neck-pain",
        "Neck pain or stiff neck",
        ("neck", "cervic"),
        (
            "stiff neck",
            "crick in the neck",
            "wry neck",
            "cannot turn the head",
            "turn head",
            "whiplash",
            "torticollis",
        ),
    ),
    Symptom(
        "shoulder-pain",
        "Shoulder pain",
        ("shoulder", "deltoid", "acromi"),
        (
            "frozen shoulder",
            "sore shoulder",
            "cannot lift the arm",
            "cannot raise the arm",
            "front of shoulder",
        ),
        ("shoulder blade",),
    ),
    Symptom(
        "between-blades",
        "Pain between the shoulder blades",
        (
            "shoulder blade",
            "scapula",
            "interscapular",
        ),
        ("upper back pain", "shoulder blade pain"),
        (),
    ),
    Symptom(
        "arm-pain", "Pain in the upper arm", ("upper arm", "\\barm\\b", "biceps", "triceps"), ("arm pain",)
    ),
    Symptom(
        "elbow-pain", "Elbow pain", ("elbow", "epicondyl", "olecran"), ("tennis elbow", "golfer's elbow")
    ),
    Symptom("forearm-pain", "Forearm pain", ("forearm",), ("writer's cramp",)),
    Symptom("wrist-pain", "Wrist pain", ("wrist",), ()),
    Symptom(
        "hand-pain",
        "Pain in the hand or fingers",
        ("hand", "finger", "palm", "knuckle"),
        (
            "finger pain",
            "palm pain",
            "numb fingers",
            "tingling fingers",
            "little finger pain",
            "pins and needles in the hand",
        ),
    ),
    Symptom(
        "thumb-pain", "Thumb pain", ("thumb", "thenar"), ("de Quervain", "pain at the base of the thumb")
    ),
    Symptom(
        "chest-pain",
        "Chest pain",
        (
            "chest",
            "breast",
            "pectoral",
            "sternum",
            "precordi",
        ),
        ("breast pain",),
        (),
    ),
    Symptom(
        "rib-pain",
        "Pain along the ribs or side",
        ("rib", "costal", "axill", "side of (the )?chest"),
        ("side stitch", "armpit pain"),
    ),
    Symptom(
        "abdominal-pain",
        "Abdominal pain",
        (
            "abdom",
            "quadrant",
            "pit of the stomach",
            "navel",
            "umbilic",
            "epigastr",
        ),
        ("belly pain", "stomach ache"),
        (),
    ),
    Symptom("groin-pain", "Groin pain", ("groin", "inguin", "pubi"), ()),
    Symptom(
        "pelvic-pain",
        "Pelvic pain",
        (
            "pelvi",
            "perine",
            "anus",
            "anal",
            "rectum",
            "vagin",
            "genital",
            "penis",
            "testic",
            "coccy",
            "tailbone",
        ),
        ("perineal pain", "tailbone pain", "coccyx pain", "coccydynia"),
    ),
    Symptom(
        "mid-back-pain",
        "Pain in the middle of the back",
        (
            "beside the spine",
            "middle of the back",
            "across the back",
            "lower ribs",
            "thoracic",
        ),
        ("thoracic pain",),
        (),
    ),
    Symptom(
        "low-back-pain",
        "Low back pain",
        (
            "low(er)? back",
            "lowest lumbar",
            "lumb",
            "sacr",
            "loin",
            "flank",
            "iliac crest",
        ),
        ("lumbago", "backache", "lower back pain", "lower back"),
        ("abdomen",),  # “the abdomen above the iliac crest” is not the back
    ),
    Symptom(
        "sacroiliac-pain",
        "Pain over the sacroiliac joint",
        ("sacroiliac", "sacr"),
        ("SI joint", "SIJ", "sacral pain"),
    ),
    Symptom("buttock-pain", "Pain in the buttock", ("buttock", "glute"), ("bottom pain",)),
    Symptom(
        "sciatica",
        "Pain down the back or side of the leg (like sciatica)",
        (
            "back of the (thigh|leg|calf|knee)",
            "calf",
            "outer thigh",
            "outer lower leg",
            "side of the (thigh|leg)",
        ),
        ("sciatica", "leg pain"),
        (),
    ),
    Symptom("hip-pain", "Pain at the hip", ("hip", "trochanter"), ("outer hip pain", "trochanteric pain")),
    Symptom(
        "thigh-front",
        "Pain in the front of the thigh",
        (
            "front\\S* thigh",
            "front of the (upper )?(and middle )?thigh",
            "front.*thigh",
            "inner thigh",
            "outer thigh",
        ),
        ("thigh pain", "quad pain"),
        (),
    ),
    Symptom(
        "thigh-back",
        "Pain in the back of the thigh",
        (
            "back of the thigh",
            "back-outer thigh",
            "gluteal fold",
            "posterior thigh",
            "sit bone",
        ),
        ("hamstring pain",),
        (),
    ),
    Symptom(
        "knee-pain",
        "Knee pain",
        ("knee", "patell", "popliteal"),
        (
            "kneecap pain",
            "pain behind the knee",
            "runner's knee",
            "jumper's knee",
            "anterior knee pain",
            "ITB pain",
            "iliotibial band",
        ),
    ),
    Symptom(
        "shin-pain",
        "Shin pain",
        (
            "shin",
            "lower leg",
            "tibia",
        ),
        ("shin splints",),
        (),
    ),
    Symptom(
        "calf-pain",
        "Calf pain or cramp",
        (
            "calf",
            "back of (the )?(lower )?leg",
        ),
        ("calf cramp", "night cramps"),
        (),
    ),
    Symptom("ankle-pain", "Ankle pain", ("ankle", "malleol", "achilles"), ("Achilles pain",)),
    Symptom(
        "heel-pain", "Heel pain", ("heel", "calcane"), ("plantar fasciitis", "heel spur", "plantar heel pain")
    ),
    Symptom(
        "foot-pain",
        "Pain in the foot",
        ("foot", "sole", "instep", "plantar", "metatars"),
        ("sole pain", "arch pain", "foot cramp", "metatarsalgia"),
    ),
    Symptom("toe-pain", "Pain in the toes", ("toe",), ("big toe pain", "toe cramp")),
)
BY_ID = {symptom.id: symptom for symptom in SYMPTOMS}
