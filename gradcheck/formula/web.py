"""A judgement as a page for a browser or a notebook: the formula set as mathematics, the slip marked in the text.

Everything is in the page itself; it needs no script and no network, and follows its reader's light or dark setting.
"""

from html import escape

from gradcheck.formula.judgement import Judgement, Slip
from gradcheck.formula.page import HEADLINES
from gradcheck.formula.posed.drawing import STYLES as MARKS
from gradcheck.formula.posed.drawing import svg

COLORS = {"correct": "#208154", "unreadable": "#8a6d00"}
"""Green and amber; everything else is red. All can be read on white and on black."""
LEGEND = {"right": "there", "missing": "missing", "twice": "counted twice", "meaningless": "no such link"}
"""What the marks of the graph mean."""
STYLE = """<style>
.gc-formula { font: 15px/1.55 system-ui, sans-serif; max-width: 56rem; border: 1px solid #8884; border-radius: 10px;
  padding: 1.1rem 1.4rem; margin: 1rem 0 }
.gc-formula h2 { font-size: 1.05rem; margin: 0; color: var(--verdict) }
.gc-formula h2 span { color: #888; font-weight: normal; margin-left: .6em }
.gc-formula .set { overflow-x: auto; margin: .9rem 0 }
.gc-formula math { font-size: 1.35em; text-align: left }
.gc-formula mtd { padding: .3em 0 }
.gc-formula pre { font: 14px/1.6 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
  background: #8881; border-radius: 6px; padding: .6rem .9rem; margin: .6rem 0 }
.gc-formula mark { background: #d43f3622; color: inherit; border-bottom: 2px solid #d43f36; border-radius: 2px }
.gc-formula .slip { border-left: 3px solid var(--verdict); padding-left: .9rem; margin: 1rem 0 }
.gc-formula .slip p { margin: .25rem 0 }
.gc-formula .kind { font-size: .8rem; color: #888 }
.gc-formula dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .9rem; margin: .4rem 0 }
.gc-formula dt { color: #888 } .gc-formula dd { margin: 0 }
.gc-formula code { font: 14px ui-monospace, monospace }
.gc-formula .good { color: #208154 } .gc-formula svg { max-width: 100%; height: auto }
.gc-formula figure { margin: 1rem 0 0 } .gc-formula figcaption { font-size: .8rem; color: #888 }
.gc-formula figcaption b { margin-right: 1.2em }
</style>"""
"""How a judgement looks."""


def html_page(judgement: Judgement) -> str:
    """Return one judgement, for a notebook."""
    return f"{STYLE}\n{_article(judgement)}"


def html_file(judgements: list[Judgement]) -> str:
    """Return a whole file that shows judgements."""
    head = '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>gradcheck formula</title>'
    head += '<meta name="viewport" content="width=device-width">'
    body = "<style>:root { color-scheme: light dark } body { max-width: 60rem; margin: 1.5rem auto; padding: 0 1rem }"
    shown = "\n".join(_article(judgement) for judgement in judgements)
    return f"{head}\n{body}</style>\n{STYLE}</head>\n<body>\n{shown}\n</body></html>\n"


def _article(judgement: Judgement) -> str:
    color = COLORS.get(judgement.verdict, "#d43f36")
    about = ", ".join(escape(part) for part in (judgement.target, judgement.problem) if part)
    slips = "".join(_slip(slip, judgement.verdict == "correct") for slip in judgement.diagnoses)
    parts = [
        f"<h2>{escape(HEADLINES[judgement.verdict])}<span>{about}</span></h2>",
        f'<div class="set">{judgement.mathml}</div>' if judgement.mathml else "",
        f"<pre>{_marked(judgement.text, judgement.diagnoses)}</pre>",
        "".join(f'<p class="good">✓ {escape(praise)}</p>' for praise in judgement.right),
        slips,
        "".join(f"<p><b>A question:</b> {escape(question)}</p>" for question in judgement.questions),
        _graph(judgement),
        f'<p class="kind">{escape("; ".join(judgement.taken))}</p>' if judgement.taken else "",
    ]
    return (
        f'<article class="gc-formula" style="--verdict: {color}">\n' + "\n".join(filter(None, parts)) + "\n</article>"
    )


def _slip(slip: Slip, harmless: bool) -> str:
    """One thing to mend, or to note: what, then what to write instead, what shows it, what to ask oneself."""
    lead = "A note: " if harmless else ""
    rows = [
        ("try" if slip.cause == "unreadable" else "write", slip.repair),
        ("see it", slip.shown),
        ("ask", slip.question),
    ]
    said = "".join(f"<dt>{name}</dt><dd>{_arrowed(text)}</dd>" for name, text in rows if text)
    says = f'<p>{lead}{escape(slip.says)} <span class="kind">{escape(slip.kind)}</span></p>'
    return f'<div class="slip">{says}<dl>{said}</dl></div>'


def _arrowed(text: str) -> str:
    """Return what to write instead as code, and any other text as it is."""
    old, arrow, new = text.partition("  ->  ")
    return f"<code>{escape(old)}</code> → <code>{escape(new)}</code>" if arrow else escape(text)


def _marked(text: str, slips: tuple[Slip, ...]) -> str:
    """Return the person's text with the places of the slips marked."""
    shown, done = "", 0
    for begin, end in sorted(slip.span for slip in slips if slip.span):
        if begin >= done and text[begin:end].strip():
            shown += f"{escape(text[done:begin])}<mark>{escape(text[begin:end])}</mark>"
            done = end
    return shown + escape(text[done:])


def _graph(judgement: Judgement) -> str:
    """Draw the graph, say what its colours mean, and list the routes."""
    if not judgement.links:
        return ""
    used = {link.mark for link in judgement.links}
    legend = "".join(
        f'<b style="color: {MARKS[mark][0]}">{meaning}</b>' for mark, meaning in LEGEND.items() if mark in used
    )
    routes = f"<pre>{escape(chr(10).join(judgement.graph))}</pre>" if judgement.graph else ""
    return f"<figure>{svg(judgement.links)}<figcaption>{legend}</figcaption></figure>{routes}"
