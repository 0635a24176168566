"""The JUnit view of a run, which every build server reads: one test for each finding, one for the run as a whole."""

from xml.etree import ElementTree as Xml

from gradcheck.records import Counterexample, Run, Verdict
from gradcheck.report import text, words


def junit(run: Run) -> str:
    """Write a run as JUnit XML."""
    failed = len(run.counterexamples)
    undecided = run.verdict is Verdict.UNDECIDED
    suites = Xml.Element("testsuites")
    suite = Xml.SubElement(suites, "testsuite", name="gradcheck", tests=str(failed + 1), failures=str(failed))
    suite.attrib |= {"errors": "0", "skipped": str(int(undecided))}
    properties = Xml.SubElement(suite, "properties")
    for name, value in _properties(run).items():
        Xml.SubElement(properties, "property", name=f"gradcheck.{name}", value=value)
    for example in run.counterexamples:
        _failure(suite, example)
    whole = Xml.SubElement(suite, "testcase", classname="gradcheck", name=words.command(run))
    if undecided:
        Xml.SubElement(whole, "skipped", message=words.headline(run))
    Xml.indent(suites)
    return Xml.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _properties(run: Run) -> dict[str, str]:
    counts = {"seed": str(run.seed), "cases": str(run.cases), "entries": str(run.entries), "verdict": str(run.verdict)}
    return counts | {f"version.{name}": version for name, version in run.versions.items()}


def _failure(suite: Xml.Element, example: Counterexample) -> None:
    finding = example.result.findings[0]
    case = Xml.SubElement(
        suite, "testcase", classname=f"gradcheck.{finding.layer_kind or 'network'}", name=example.case
    )
    message = f"{words.title(finding)}: {finding.says}"
    Xml.SubElement(case, "failure", message=message, type=finding.clause).text = text.printable(str(example.result))
