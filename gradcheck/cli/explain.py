"""``gradcheck explain``: what the catalogue says about a mistake, a network to see it in; how a layer is derived."""

import click


@click.command("explain", short_help="Explain a mistake of the catalogue, or derive a layer.")
@click.argument("mistake", default="")
def command(mistake: str) -> None:
    """Explain a mistake from the catalogue, or list them all; derive a layer, such as layer-norm.

    \b
    gradcheck explain
    gradcheck explain mean-for-sum
    gradcheck explain layer-norm
    """
    from gradcheck import mistakes
    from gradcheck.report.derivation import derivation

    if not mistake:
        width = max(map(len, mistakes.CATALOGUE))
        for known in mistakes.CATALOGUE.values():
            click.echo(f"{known.id:{width}}  {known.says}")
        return
    if mistake not in mistakes.CATALOGUE:
        click.echo(derivation(mistake))
        return
    from gradcheck.explanation import example
    from gradcheck.report import explanation

    known = mistakes.find(mistake)
    click.echo(explanation.text(known, example(known)))
